/* Sorting strings that share long beginnings: multikey quicksort (Bentley and Sedgewick, SODA 1997) on 8 bytes at a
 * time, which the keys hold.
 * SPDX-License-Identifier: MIT */
#include "table.h"

#include <string.h>

enum { SMALL = 16 };

/* A stretch of keys that agree in their first `depth` bytes and hold the next 8. */
typedef struct stretch {
    table_key *p;
    size_t n;
    size_t depth;
} stretch;

static void swap(table_key *a, table_key *b)
{
    const table_key kept = *a;
    *a = *b;
    *b = kept;
}

static uint64_t head_at(sm_span s, size_t depth)
{
    unsigned char bytes[8] = {0};
    uint64_t head;
    memcpy(bytes, s.p + depth, s.n - depth < 8 ? s.n - depth : 8);
    memcpy(&head, bytes, sizeof head);
    return __builtin_bswap64(head);
}

static void next_heads(const table *t, const stretch *s)
{
    enum { AHEAD = 8 };
    for (size_t i = 0; i < s->n; i++) {
        if (i + AHEAD < s->n)
            __builtin_prefetch((const char *)table_at(t, s->p[i + AHEAD].at) + s->depth);
        s->p[i].head = head_at(table_bytes(t, table_at(t, s->p[i].at)), s->depth);
    }
}

/* The middle one of three. */
static uint64_t middle(uint64_t a, uint64_t b, uint64_t c)
{
    if (a < b) return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

static uint64_t pivot_of(const stretch *s)
{
    const size_t step = s->n / 8;
    uint64_t of[3];
    for (size_t i = 0; i < 3; i++) {
        const table_key *p = s->p + i * 3 * step;
        of[i] = middle(p[0].head, p[step].head, p[2 * step - (i == 2)].head);
    }
    return middle(of[0], of[1], of[2]);
}

/* Below, equal to and above the pivot's head. */
static void partition(const stretch *s, stretch parts[3])
{
    const uint64_t pivot = pivot_of(s);
    size_t low = 0, i = 0, high = s->n;
    while (i < high) {
        if (s->p[i].head < pivot)
            swap(&s->p[low++], &s->p[i++]);
        else if (s->p[i].head > pivot)
            swap(&s->p[i], &s->p[--high]);
        else
            i++;
    }
    parts[0] = (stretch){s->p, low, s->depth};
    parts[1] = (stretch){s->p + low, high - low, s->depth};
    parts[2] = (stretch){s->p + high, s->n - high, s->depth};
}

/* Of keys with equal heads, those that end here come first, the shorter before the longer (what is longer goes on with
 * zeros); the rest is looked at 8 bytes further on. */
static stretch go_deeper(const table *t, const stretch *s)
{
    const size_t depth = s->depth + 8;
    size_t ended = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->p[i].n <= depth) swap(&s->p[ended++], &s->p[i]);
    for (size_t i = 1; i < ended; i++) /* at most one of each length: nine */
        for (size_t k = i; k > 0 && s->p[k].n < s->p[k - 1].n; k--)
            swap(&s->p[k], &s->p[k - 1]);
    const stretch rest = {s->p + ended, s->n - ended, depth};
    next_heads(t, &rest);
    return rest;
}

static bool comes_before(const table *t, const table_key *a, const table_key *b)
{
    if (a->head != b->head) return a->head < b->head;
    return sm_span_order(table_bytes(t, table_at(t, a->at)),
                         table_bytes(t, table_at(t, b->at))) < 0;
}

/* Few keys: insertion. */
static void sort_few(const table *t, const stretch *s)
{
    for (size_t i = 1; i < s->n; i++)
        for (size_t k = i; k > 0 && comes_before(t, &s->p[k], &s->p[k - 1]); k--)
            swap(&s->p[k], &s->p[k - 1]);
}

static void keep_largest_last(stretch parts[3])
{
    for (size_t i = 0; i < 2; i++)
        if (parts[i].n > parts[2].n) {
            const stretch kept = parts[2];
            parts[2] = parts[i];
            parts[i] = kept;
        }
}

/* The largest part is sorted by the loop, so that the calls nest at most log2(n) deep. */
static void sort(const table *t, stretch s)
{
    while (s.n > SMALL) {
        stretch parts[3];
        partition(&s, parts);
        parts[1] = go_deeper(t, &parts[1]);
        keep_largest_last(parts);
        sort(t, parts[0]);
        sort(t, parts[1]);
        s = parts[2];
    }
    sort_few(t, &s);
}

void table_sort_keys(const table *t, table_key *keys, size_t n)
{
    sort(t, (stretch){keys, n, 0});
}
