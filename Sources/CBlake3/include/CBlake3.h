#ifndef PEERAGE_CBLAKE3_H
#define PEERAGE_CBLAKE3_H

#include <stddef.h>
#include <stdint.h>

// BLAKE3, plain and keyed, of bytes that are in memory: what names chunks and pages.
//
// What it does not do: stream (a chunk has at most 128 KiB), longer outputs than 32 bytes, key derivation, threads.
// Invariant: every kernel gives the same 32 bytes for the same input on every machine; kernels differ in speed only.
// Why not the reference C library: Debian 12 does not package it, and a file per instruction set in assembly is more to
// keep than one kernel that the compiler turns into each of them.

/// Hashes `length` bytes at `input` into `out`, with the widest kernel this processor has. A null `key` means the plain
/// hash, otherwise it is 32 bytes and the keyed hash is meant. `input` may be null only if `length` is 0.
void peerage_blake3(const uint8_t *_Nullable key, const void *_Nullable input, size_t length, uint8_t *_Nonnull out);

/// How many BLAKE3 chunks one kernel hashes side by side.
typedef enum peerage_blake3_lanes : uint8_t {
    /// One: plain C, no vectors. The oracle the others are tested against.
    peerage_blake3_portable = 1,
    /// Four: 128-bit vectors, which every x86-64 and arm64 has.
    peerage_blake3_four = 4,
    /// Eight: 256-bit vectors; on x86-64 AVX2.
    peerage_blake3_eight = 8,
    /// Sixteen: 512-bit vectors; on x86-64 AVX-512F.
    peerage_blake3_sixteen = 16,
} peerage_blake3_lanes;

/// The widest kernel this processor runs.
peerage_blake3_lanes peerage_blake3_widest(void);

/// As `peerage_blake3`, with kernels no wider than `widest`, which the caller has checked against
/// `peerage_blake3_widest`. For tests and measurements.
void peerage_blake3_limited(peerage_blake3_lanes widest, const uint8_t *_Nullable key, const void *_Nullable input,
                            size_t length, uint8_t *_Nonnull out);

#endif
