#ifndef PEERAGE_BLAKE3_INTERNAL_H
#define PEERAGE_BLAKE3_INTERNAL_H

// What the tree (`tree.c`) and the kernels (`portable.c`, `vector.c`) share. Section numbers are those of the BLAKE3
// paper, "BLAKE3: one function, fast everywhere".

#include <stddef.h>
#include <stdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are loaded as they lie in memory");

constexpr size_t block_bytes = 64;
constexpr size_t chunk_bytes = 1024;
constexpr size_t value_bytes = 32;

/// Domain flags (§2.2, table 3).
enum : uint32_t {
    chunk_start = 1,
    chunk_end = 2,
    parent = 4,
    root = 8,
    keyed_hash = 16,
};

/// The first words of the square roots of the first eight primes, as in SHA-256 (§2.2, table 1).
static constexpr uint32_t initial_value[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/// Which message word each of the sixteen places of a round takes: row r is the permutation of §2.2, table 2, r times.
static constexpr uint8_t schedule[7][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
    {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
    {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

/// What stays the same through one hash.
typedef struct mode {
    /// The key, or the initial value.
    uint32_t key[8];
    /// `keyed_hash` or 0, on every compression.
    uint32_t flags;
} mode;

/// Hashes as many inputs as the kernel has lanes. They lie side by side, `blocks` whole blocks each; `counter` is the
/// first one's chunk number, each next one's is one more if `counting` and the same if not. `first` and `last` are the
/// flags of an input's first and last block, beside the mode's. Writes a chaining value an input.
typedef void kernel(const mode *mode, const uint8_t *input, size_t blocks, uint64_t counter, bool counting,
                    uint32_t first, uint32_t last, uint8_t *out);

/// One lane, for every machine.
kernel hash_one;
/// Four lanes, for every machine.
kernel hash_four;
/// Eight lanes; on x86-64 for processors with AVX2.
kernel hash_eight;
/// Sixteen lanes; on x86-64 for processors with AVX-512F.
kernel hash_sixteen;

/// Compresses one block of `length` bytes (the rest zero) into `state` (§2.2).
void compress(uint32_t state[8], const uint8_t block[64], uint32_t length, uint64_t counter, uint32_t flags);

#endif
