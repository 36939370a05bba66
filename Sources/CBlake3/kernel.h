// A template, included once per width by `vector.c`: the compression function on LANES inputs side by side, lane i of
// each vector being input i (§5.3). KERNEL is the function's name, TARGET the instruction set it may use.
//
// No include guard: each inclusion undefines what it was given.

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define LOCAL(name) JOIN(name, LANES)
#define lanes LOCAL(lanes)

typedef uint32_t lanes __attribute__((vector_size(LANES * 4)));

TARGET static inline lanes LOCAL(rotated)(lanes word, int bits) { return word >> bits | word << (32 - bits); }

TARGET static inline lanes LOCAL(filled)(uint32_t word) { return (lanes){} + word; }

/// The quarter round (§2.2).
TARGET static inline void LOCAL(mix)(lanes v[16], int a, int b, int c, int d, lanes x, lanes y) {
    v[a] += v[b] + x;
    v[d] = LOCAL(rotated)(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = LOCAL(rotated)(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = LOCAL(rotated)(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = LOCAL(rotated)(v[b] ^ v[c], 7);
}

/// Transposes a square of LANES rows: at each distance, rows that far apart exchange the quarters off the diagonal.
TARGET static inline void LOCAL(transpose)(lanes *rows) {
    EXCHANGE_ROWS(rows, 1);
    EXCHANGE_ROWS(rows, 2);
#if LANES >= 8
    EXCHANGE_ROWS(rows, 4);
#endif
#if LANES >= 16
    EXCHANGE_ROWS(rows, 8);
#endif
}

/// Loads a block of each input, `stride` bytes apart, so that word w of all of them is `words[w]`.
TARGET static inline void LOCAL(load)(lanes words[16], const uint8_t *input, size_t stride) {
#pragma clang loop unroll(full)
    for (int square = 0; square < 16; square += LANES) {
#pragma clang loop unroll(full)
        for (int lane = 0; lane < LANES; lane++)
            memcpy(&words[square + lane], input + (size_t)lane * stride + (size_t)square * 4, LANES * 4);
        LOCAL(transpose)(words + square);
    }
}

TARGET void KERNEL(const mode *mode, const uint8_t *input, size_t blocks, uint64_t counter, bool counting,
                   uint32_t first, uint32_t last, uint8_t *out) {
    lanes state[8], counter_low, counter_high;
    for (int i = 0; i < 8; i++) state[i] = LOCAL(filled)(mode->key[i]);
    for (int lane = 0; lane < LANES; lane++) {
        uint64_t number = counter + (counting ? (uint64_t)lane : 0);
        counter_low[lane] = (uint32_t)number;
        counter_high[lane] = (uint32_t)(number >> 32);
    }
    for (size_t block = 0; block < blocks; block++) {
        uint32_t flags = mode->flags | (block == 0 ? first : 0) | (block == blocks - 1 ? last : 0);
        lanes words[16];
        LOCAL(load)(words, input + block * block_bytes, blocks * block_bytes);
        lanes v[16];
        for (int i = 0; i < 8; i++) v[i] = state[i];
        for (int i = 0; i < 4; i++) v[8 + i] = LOCAL(filled)(initial_value[i]);
        v[12] = counter_low;
        v[13] = counter_high;
        v[14] = LOCAL(filled)(block_bytes);
        v[15] = LOCAL(filled)(flags);
#pragma clang loop unroll(full)
        for (int round = 0; round < 7; round++) {
            const uint8_t *s = schedule[round];
            LOCAL(mix)(v, 0, 4, 8, 12, words[s[0]], words[s[1]]);
            LOCAL(mix)(v, 1, 5, 9, 13, words[s[2]], words[s[3]]);
            LOCAL(mix)(v, 2, 6, 10, 14, words[s[4]], words[s[5]]);
            LOCAL(mix)(v, 3, 7, 11, 15, words[s[6]], words[s[7]]);
            LOCAL(mix)(v, 0, 5, 10, 15, words[s[8]], words[s[9]]);
            LOCAL(mix)(v, 1, 6, 11, 12, words[s[10]], words[s[11]]);
            LOCAL(mix)(v, 2, 7, 8, 13, words[s[12]], words[s[13]]);
            LOCAL(mix)(v, 3, 4, 9, 14, words[s[14]], words[s[15]]);
        }
        for (int i = 0; i < 8; i++) state[i] = v[i] ^ v[i + 8];
    }
    for (int i = 0; i < 8; i++)
        for (int lane = 0; lane < LANES; lane++) {
            uint32_t word = state[i][lane];
            memcpy(out + lane * value_bytes + i * 4, &word, 4);
        }
}

#undef lanes
#undef LOCAL
#undef JOIN
#undef JOIN_
#undef LANES
#undef KERNEL
#undef TARGET
#undef INDICES
