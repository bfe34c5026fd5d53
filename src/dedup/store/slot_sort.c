/* American flag sort of fixed entries. See slot_sort.h.
 * SPDX-License-Identifier: MIT */
#include "slot_sort.h"

#include <string.h>

enum { SMALL = 24, WORDS_MAX = 3 };

typedef struct slot {
    uint64_t word[WORDS_MAX];
} slot;

static uint64_t word_of(const uint64_t *p, unsigned words, unsigned i)
{
    return i + 1 == words ? (uint32_t)p[i] : p[i];
}

/* Digit number `depth` from the most significant one. */
static unsigned digit(const uint64_t *p, unsigned words, unsigned depth)
{
    return (unsigned)(word_of(p, words, depth / 8) >> (56 - 8 * (depth % 8))) & 255;
}

static bool is_less(const uint64_t *a, const uint64_t *b, unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        const uint64_t x = word_of(a, words, i), y = word_of(b, words, i);
        if (x != y) return x < y;
    }
    return false;
}

static void insertion_sort(uint64_t *p, size_t n, unsigned words)
{
    const size_t size = words * sizeof *p;
    for (size_t i = 1; i < n; i++) {
        slot moved;
        size_t at = i;
        memcpy(moved.word, p + i * words, size);
        for (; at > 0 && is_less(moved.word, p + (at - 1) * words, words); at--)
            memcpy(p + at * words, p + (at - 1) * words, size);
        memcpy(p + at * words, moved.word, size);
    }
}

static void swap(uint64_t *a, uint64_t *b, unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        const uint64_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

/* Moves each entry into the group of its digit; ends[d] is where group d ends. */
static void split(uint64_t *p, size_t n, unsigned words, unsigned depth, size_t ends[256])
{
    size_t next[256], at = 0;
    size_t counts[256] = {0};
    for (size_t i = 0; i < n; i++)
        counts[digit(p + i * words, words, depth)]++;
    for (unsigned d = 0; d < 256; d++) {
        next[d] = at;
        at += counts[d];
        ends[d] = at;
    }
    for (unsigned d = 0; d < 256; d++) {
        while (next[d] < ends[d]) {
            uint64_t *here = p + next[d] * words;
            const unsigned to = digit(here, words, depth);
            if (to != d) swap(here, p + next[to] * words, words);
            next[to]++;
        }
    }
}

static void sort(uint64_t *p, size_t n, unsigned words, unsigned depth)
{
    size_t ends[256];
    if (n <= SMALL || depth == 8 * words) {
        insertion_sort(p, n, words);
        return;
    }
    split(p, n, words, depth, ends);
    for (unsigned d = 0; d < 256; d++) {
        const size_t first = d ? ends[d - 1] : 0;
        if (ends[d] - first > 1) sort(p + first * words, ends[d] - first, words, depth + 1);
    }
}

void slot_sort(uint64_t *slots, size_t n, unsigned words)
{
    sort(slots, n, words, 0);
}
