/* Bounds on what n-grams come to, which settle the rules on repetition for nearly every text.
 * SPDX-License-Identifier: MIT
 *
 * The most frequent n-gram is no more frequent than the most frequent character. The n-grams that had occurred before are
 * no more than the places whose hash had: a set of bits that keeps no keys counts some too many, and none too few. */
#include "filter_internal.h"

#include <string.h>

enum {
    FREQUENCIES = 1 << 16, /* characters are counted by their last 16 bits */
    MIN_BITS = 1 << 12,    /* of the set, a power of two: */
    MAX_BITS = 1 << 23,    /* 1 MiB, in reach of the caches */
    BITS_A_PLACE = 16,     /* of which at most one in 16 is set: 3 % are counted by accident */
};

struct sm_bounds {
    uint32_t frequency[FREQUENCIES]; /* all 0 between calls */
    uint64_t *bits;
};

sm_bounds *sm_bounds_new(void)
{
    sm_bounds *const b = sm_calloc(1, sizeof *b);
    b->bits = sm_malloc(MAX_BITS / 8);
    return b;
}

void sm_bounds_free(sm_bounds *b)
{
    if (!b) return;
    sm_free(b->bits);
    sm_free(b);
}

uint64_t sm_bound_top(sm_bounds *b, const uint32_t *chars, size_t n_chars)
{
    uint32_t top = 0;
    for (size_t i = 0; i < n_chars; i++) {
        const uint32_t count = ++b->frequency[chars[i] & (FREQUENCIES - 1)];
        if (count > top) top = count;
    }
    for (size_t i = 0; i < n_chars; i++)
        b->frequency[chars[i] & (FREQUENCIES - 1)] = 0;
    return top;
}

static unsigned bits_for(size_t n_chars)
{
    unsigned log2 = 12;
    while ((size_t)1 << log2 < MAX_BITS && (size_t)1 << log2 < BITS_A_PLACE * n_chars)
        log2++;
    return log2;
}

uint64_t sm_bound_repeats(sm_bounds *b, const uint32_t *chars, size_t n_chars, int n)
{
    static const uint64_t base = 0xD6E8FEB86659FD93u;
    const size_t length = (size_t)n;
    const unsigned log2 = bits_for(n_chars);
    uint64_t hash = 0, leaving = 1, repeats = 0; /* leaving: base ^ length */
    if (n_chars < length) return 0;
    memset(b->bits, 0, ((size_t)1 << log2) / 8);
    for (size_t i = 0; i < length; i++)
        leaving *= base;
    for (size_t i = 0; i < n_chars; i++) {
        hash = hash * base + chars[i] + 1;
        if (i >= length) hash -= leaving * (chars[i - length] + 1);
        if (i + 1 < length) continue;
        const uint64_t slot = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u >> (64 - log2);
        const uint64_t bit = (uint64_t)1 << slot % 64;
        repeats += (b->bits[slot / 64] & bit) != 0;
        b->bits[slot / 64] |= bit;
    }
    return repeats;
}
