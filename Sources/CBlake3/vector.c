// The vector kernels: one template, compiled once per width.

#include "blake3.h"

#include <string.h>

// Element j of the two rows that come out of an exchange at distance d; elements of the second row count from LANES.
#define LOW(j, d) ((j) & (d) ? LANES + (j) - (d) : (j))
#define HIGH(j, d) ((j) & (d) ? LANES + (j) : (j) + (d))
#define INDICES_4(f, d, j) f(j, d), f(j + 1, d), f(j + 2, d), f(j + 3, d)
#define INDICES_8(f, d, j) INDICES_4(f, d, j), INDICES_4(f, d, j + 4)
#define INDICES_16(f, d, j) INDICES_8(f, d, j), INDICES_8(f, d, j + 8)

#define EXCHANGE_ROWS(rows, d)                                                                                         \
    _Pragma("clang loop unroll(full)") for (int row = 0; row < LANES; row++) {                                         \
        if (row & d) continue;                                                                                         \
        lanes upper = rows[row], lower = rows[row + d];                                                                \
        rows[row] = __builtin_shufflevector(upper, lower, INDICES(LOW, d, 0));                                         \
        rows[row + d] = __builtin_shufflevector(upper, lower, INDICES(HIGH, d, 0));                                    \
    }

#define LANES 4
#define KERNEL hash_four
#define TARGET
#define INDICES INDICES_4
#include "kernel.h"

#if defined(__x86_64__)
#define TARGET_256 __attribute__((target("avx2")))
#define TARGET_512 __attribute__((target("avx512f")))
#else
// Wider than the machine: the compiler makes pairs of narrower vectors. Never chosen, only tested.
#define TARGET_256
#define TARGET_512
#endif

#define LANES 8
#define KERNEL hash_eight
#define TARGET TARGET_256
#define INDICES INDICES_8
#include "kernel.h"

#define LANES 16
#define KERNEL hash_sixteen
#define TARGET TARGET_512
#define INDICES INDICES_16
#include "kernel.h"
