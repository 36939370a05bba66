// The compression function in plain C: the oracle for the vector kernels, and what hashes a last partial chunk.

#include "blake3.h"

#include <string.h>

static inline uint32_t rotated(uint32_t word, int bits) { return word >> bits | word << (32 - bits); }

/// The quarter round (§2.2).
static inline void mix(uint32_t v[16], int a, int b, int c, int d, uint32_t x, uint32_t y) {
    v[a] += v[b] + x;
    v[d] = rotated(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotated(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotated(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotated(v[b] ^ v[c], 7);
}

void compress(uint32_t state[8], const uint8_t block[64], uint32_t length, uint64_t counter, uint32_t flags) {
    uint32_t words[16];
    memcpy(words, block, sizeof words);
    uint32_t v[16];
    memcpy(v, state, 32);
    memcpy(v + 8, initial_value, 16);
    v[12] = (uint32_t)counter;
    v[13] = (uint32_t)(counter >> 32);
    v[14] = length;
    v[15] = flags;
#pragma clang loop unroll(full)
    for (int round = 0; round < 7; round++) {
        const uint8_t *s = schedule[round];
        mix(v, 0, 4, 8, 12, words[s[0]], words[s[1]]);
        mix(v, 1, 5, 9, 13, words[s[2]], words[s[3]]);
        mix(v, 2, 6, 10, 14, words[s[4]], words[s[5]]);
        mix(v, 3, 7, 11, 15, words[s[6]], words[s[7]]);
        mix(v, 0, 5, 10, 15, words[s[8]], words[s[9]]);
        mix(v, 1, 6, 11, 12, words[s[10]], words[s[11]]);
        mix(v, 2, 7, 8, 13, words[s[12]], words[s[13]]);
        mix(v, 3, 4, 9, 14, words[s[14]], words[s[15]]);
    }
    for (int i = 0; i < 8; i++) state[i] = v[i] ^ v[i + 8];
}

void hash_one(const mode *mode, const uint8_t *input, size_t blocks, uint64_t counter, bool counting, uint32_t first,
              uint32_t last, uint8_t *out) {
    (void)counting;
    uint32_t state[8];
    memcpy(state, mode->key, sizeof state);
    for (size_t block = 0; block < blocks; block++) {
        uint32_t flags = mode->flags | (block == 0 ? first : 0) | (block == blocks - 1 ? last : 0);
        compress(state, input + block * block_bytes, block_bytes, counter, flags);
    }
    memcpy(out, state, value_bytes);
}
