// The tree of chunks (§2.1), and which kernel hashes what.

#include "CBlake3.h"
#include "blake3.h"

#include <string.h>

/// Chunks hashed into one level of values at a time: the longest Peerage chunk, 128 KiB, in one go; 8 KiB of stack.
constexpr size_t group_chunks = 128;

/// One hash: how, and how wide.
typedef struct hasher {
    mode mode;
    size_t widest;
} hasher;

peerage_blake3_lanes peerage_blake3_widest(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return peerage_blake3_sixteen;
    if (__builtin_cpu_supports("avx2")) return peerage_blake3_eight;
#endif
    return peerage_blake3_four;
}

/// The widest kernel that `count` inputs fill, and its lanes.
static kernel *kernel_for(const hasher *hasher, size_t count, size_t *lanes) {
    size_t limit = count < hasher->widest ? count : hasher->widest;
    *lanes = limit >= 16 ? 16 : limit >= 8 ? 8 : limit >= 4 ? 4 : 1;
    switch (*lanes) {
    case 16: return hash_sixteen;
    case 8: return hash_eight;
    case 4: return hash_four;
    default: return hash_one;
    }
}

/// Hashes `count` inputs of `blocks` blocks each, side by side at `input`, to a value each at `out`.
static void hash_many(const hasher *hasher, const uint8_t *input, size_t count, size_t blocks, uint64_t counter,
                      bool counting, uint32_t first, uint32_t last, uint8_t *out) {
    size_t lanes;
    kernel *hash = kernel_for(hasher, count, &lanes);
    for (size_t done = 0; done < count; done += lanes) {
        // The last group reaches back rather than going on one by one: hashing an input twice costs less.
        if (done + lanes > count) done = count - lanes;
        hash(&hasher->mode, input + done * blocks * block_bytes, blocks, counting ? counter + done : counter, counting,
             first, last, out + done * value_bytes);
    }
}

/// The value of one chunk of at most 1024 bytes; `extra` is `root` if it is the whole input.
static void hash_chunk(const hasher *hasher, const uint8_t *input, size_t length, uint64_t counter, uint32_t extra,
                       uint8_t *out) {
    uint32_t state[8];
    memcpy(state, hasher->mode.key, sizeof state);
    uint32_t start = chunk_start;
    while (length > block_bytes) {
        compress(state, input, block_bytes, counter, hasher->mode.flags | start);
        start = 0;
        input += block_bytes;
        length -= block_bytes;
    }
    uint8_t block[64] = {};
    if (length > 0) memcpy(block, input, length);
    compress(state, block, (uint32_t)length, counter, hasher->mode.flags | start | chunk_end | extra);
    memcpy(out, state, value_bytes);
}

/// The value of two children; `extra` is `root` at the top.
static void hash_parent(const hasher *hasher, const uint8_t children[64], uint32_t extra, uint8_t *out) {
    uint32_t state[8];
    memcpy(state, hasher->mode.key, sizeof state);
    compress(state, children, block_bytes, 0, hasher->mode.flags | parent | extra);
    memcpy(out, state, value_bytes);
}

/// Hashes at most `group_chunks` chunks, and their parents until at most `until` values are left at `values`. Pairing
/// level by level and carrying an odd value up gives the tree of §2.1, whose left subtrees are full.
static size_t hash_group(const hasher *hasher, const uint8_t *input, size_t length, uint64_t counter, size_t until,
                         uint8_t values[group_chunks * value_bytes]) {
    size_t whole = length / chunk_bytes, rest = length % chunk_bytes, count = whole + (rest > 0);
    hash_many(hasher, input, whole, chunk_bytes / block_bytes, counter, true, chunk_start, chunk_end, values);
    if (rest > 0)
        hash_chunk(hasher, input + whole * chunk_bytes, rest, counter + whole, 0, values + whole * value_bytes);
    uint8_t parents[group_chunks / 2 * value_bytes];
    while (count > until) {
        size_t pairs = count / 2, odd = count % 2;
        hash_many(hasher, values, pairs, 1, 0, false, parent, 0, parents);
        if (odd) memcpy(parents + pairs * value_bytes, values + (count - 1) * value_bytes, value_bytes);
        count = pairs + odd;
        memcpy(values, parents, count * value_bytes);
    }
    return count;
}

/// The bytes of a full left subtree (§2.1): the largest power of two chunks that leaves at least a byte.
static size_t left_bytes(size_t length) {
    size_t chunks = (length - 1) / chunk_bytes;
    size_t power = 1;
    while (power <= chunks / 2) power *= 2;
    return power * chunk_bytes;
}

/// The value of a subtree that is not the root.
static void hash_subtree(const hasher *hasher, const uint8_t *input, size_t length, uint64_t counter, uint8_t *out) {
    if (length <= group_chunks * chunk_bytes) {
        uint8_t values[group_chunks * value_bytes];
        hash_group(hasher, input, length, counter, 1, values);
        memcpy(out, values, value_bytes);
        return;
    }
    uint8_t children[2 * value_bytes];
    size_t left = left_bytes(length);
    hash_subtree(hasher, input, left, counter, children);
    hash_subtree(hasher, input + left, length - left, counter + left / chunk_bytes, children + value_bytes);
    hash_parent(hasher, children, 0, out);
}

void peerage_blake3_limited(peerage_blake3_lanes widest, const uint8_t *key, const void *input, size_t length,
                            uint8_t *out) {
    hasher hasher = {.mode = {.flags = key ? keyed_hash : 0}, .widest = widest};
    memcpy(hasher.mode.key, key ? (const void *)key : initial_value, 32);
    if (length <= chunk_bytes) {
        hash_chunk(&hasher, input, length, 0, root, out);
        return;
    }
    if (length <= group_chunks * chunk_bytes) {
        uint8_t values[group_chunks * value_bytes];
        hash_group(&hasher, input, length, 0, 2, values);
        hash_parent(&hasher, values, root, out);
        return;
    }
    uint8_t children[2 * value_bytes];
    size_t left = left_bytes(length);
    hash_subtree(&hasher, input, left, 0, children);
    hash_subtree(&hasher, (const uint8_t *)input + left, length - left, left / chunk_bytes, children + value_bytes);
    hash_parent(&hasher, children, root, out);
}

void peerage_blake3(const uint8_t *key, const void *input, size_t length, uint8_t *out) {
    peerage_blake3_limited(peerage_blake3_widest(), key, input, length, out);
}
