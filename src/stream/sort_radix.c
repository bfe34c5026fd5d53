/* Sorting in memory: a stable radix sort from the first byte on, between two arrays.
 * SPDX-License-Identifier: MIT
 *
 * P. M. McIlroy, K. Bostic, M. D. McIlroy, "Engineering radix sort", Computing Systems 1993. Each level moves the records
 * to the other array in 256 groups by one byte of their keys; small groups are finished by insertion. */
#include "sort_internal.h"

#include <seimai/parallel.h>

enum { SMALL = 24, WIDTH_MAX = 256, PARALLEL_MIN = 1 << 15 };

typedef struct radix {
    size_t width, key;
} radix;

static void insert_small(const radix *r, char *a, size_t n)
{
    char held[WIDTH_MAX];
    const size_t w = r->width;
    for (size_t i = 1; i < n; i++) {
        size_t j = i;
        while (j > 0 && memcmp(a + (j - 1) * w, a + i * w, r->key) > 0)
            j--;
        if (j == i) continue;
        memcpy(held, a + i * w, w);
        memmove(a + (j + 1) * w, a + j * w, (i - j) * w);
        memcpy(a + j * w, held, w);
    }
}

/* The width is a constant where this is expanded, so that a move is one or two instructions. */
static inline void scatter_by(const char *from, char *to, size_t n, size_t width, size_t depth,
                              size_t next[256])
{
    for (size_t i = 0; i < n; i++) {
        const char *record = from + i * width;
        memcpy(to + next[(uint8_t)record[depth]]++ * width, record, width);
    }
}

static void scatter(const char *from, char *to, size_t n, size_t width, size_t depth,
                    size_t next[256])
{
    switch (width) {
    case 8: scatter_by(from, to, n, 8, depth, next); break;
    case 12: scatter_by(from, to, n, 12, depth, next); break;
    case 16: scatter_by(from, to, n, 16, depth, next); break;
    case 20: scatter_by(from, to, n, 20, depth, next); break;
    case 24: scatter_by(from, to, n, 24, depth, next); break;
    default: scatter_by(from, to, n, width, depth, next);
    }
}

/* Groups the records by byte `depth` into `to`; begin[b] is where group b begins, begin[256] = n. False, and
 * nothing moved, if all are in one group. */
static bool group(const radix *r, const char *from, char *to, size_t n, size_t depth,
                  size_t begin[257])
{
    size_t next[256] = {0};
    for (size_t i = 0; i < n; i++)
        next[(uint8_t)from[i * r->width + depth]]++;
    if (next[(uint8_t)from[depth]] == n) return false;
    size_t sum = 0;
    for (size_t b = 0; b < 256; b++) {
        const size_t members = next[b];
        begin[b] = next[b] = sum;
        sum += members;
    }
    begin[256] = n;
    scatter(from, to, n, r->width, depth, next);
    return true;
}

/* Sorts `a`; the result lies in `b` if `crossed`, else in `a`. */
static void sort_from(const radix *r, char *a, char *b, size_t n, size_t depth, bool crossed)
{
    size_t begin[257];
    while (n > SMALL && depth < r->key && !group(r, a, b, n, depth, begin))
        depth++;
    if (n <= SMALL || depth == r->key) {
        if (n <= SMALL) insert_small(r, a, n);
        if (crossed) memcpy(b, a, n * r->width);
        return;
    }
    for (size_t g = 0; g < 256; g++) {
        const size_t members = begin[g + 1] - begin[g], at = begin[g] * r->width;
        if (members > 0) sort_from(r, b + at, a + at, members, depth + 1, !crossed);
    }
}

/* ---- with threads --------------------------------------------------------------------------- */

typedef struct groups {
    const radix *r;
    char *a, *b; /* grouped into b; to be sorted back into a */
    size_t begin[257], depth;
} groups;

static int sort_group(void *shared, unsigned worker, size_t g, sm_error *err)
{
    (void)worker;
    (void)err;
    const groups *s = shared;
    const size_t members = s->begin[g + 1] - s->begin[g], at = s->begin[g] * s->r->width;
    if (members > 0) sort_from(s->r, s->b + at, s->a + at, members, s->depth + 1, true);
    return 0;
}

void radix_sort(char *records, char *scratch, size_t n, size_t width, size_t key,
                unsigned threads)
{
    const radix r = {width, key};
    groups s = {.r = &r, .a = records, .b = scratch};
    if (threads <= 1 || n < PARALLEL_MIN) {
        sort_from(&r, records, scratch, n, 0, false);
        return;
    }
    while (s.depth < key && !group(&r, records, scratch, n, s.depth, s.begin))
        s.depth++;
    if (s.depth < key) (void)!sm_parallel(threads, 256, sort_group, &s, NULL); /* cannot fail */
}

/* ---- records of any size -------------------------------------------------------------------- */

static void put_place(char *entry, uint64_t at)
{
    for (int i = 0; i < 7; i++)
        entry[ENTRY_KEY + i] = (char)(at >> (8 * i));
}

uint64_t entry_place(const char *entry)
{
    uint64_t at = 0;
    for (int i = 0; i < 7; i++)
        at |= (uint64_t)(uint8_t)entry[ENTRY_KEY + i] << (8 * i);
    return at;
}

/* Makes the entry show the key from byte `skip` on, which it has. */
static void show(char *entry, const char *record, size_t skip)
{
    const size_t left = sm_get_u32(record) - skip, shown = left < 8 ? left : 8;
    memset(entry, 0, 8);
    memcpy(entry, record + RECORD_HEAD + skip, shown);
    entry[8] = (char)(left > 8 ? ENTRY_MORE : left);
}

void entry_make(char *entry, const char *bytes, uint64_t at)
{
    show(entry, bytes + at, 0);
    put_place(entry, at);
}

static sm_span key_from(const char *entry, const char *bytes, size_t skip)
{
    const char *record = bytes + entry_place(entry);
    return (sm_span){record + RECORD_HEAD + skip, sm_get_u32(record) - skip};
}

/* Merges two sorted neighbours of n_a and n_b entries into `to`; of equals those of the first come first. */
static void merge_entries(const char *a, size_t n_a, size_t n_b, char *to, const char *bytes,
                          size_t skip)
{
    const char *b = a + n_a * ENTRY, *const end_a = b, *const end_b = b + n_b * ENTRY;
    for (; a < end_a || b < end_b; to += ENTRY) {
        const bool second =
            a == end_a || (b < end_b && sm_span_order(key_from(b, bytes, skip),
                                                      key_from(a, bytes, skip)) < 0);
        memcpy(to, second ? b : a, ENTRY);
        *(second ? &b : &a) += ENTRY;
    }
}

/* By comparing whole keys: for few entries, and where keys agree for so long that levels would pile up. */
static void merge_sort(char *entries, char *scratch, size_t n, const char *bytes, size_t skip)
{
    char *from = entries, *to = scratch;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += 2 * run) {
            const size_t n_a = n - i < run ? n - i : run;
            const size_t n_b = n - i - n_a < run ? n - i - n_a : run;
            merge_entries(from + i * ENTRY, n_a, n_b, to + i * ENTRY, bytes, skip);
        }
        char *const swap = from;
        from = to;
        to = swap;
    }
    if (from != entries) memcpy(entries, from, n * ENTRY);
}

/* Sorts entries that agree in the first `skip` bytes of their keys: by the next 8, and groups that agree in
 * these again. */
static void sort_entries_from(char *entries, char *scratch, size_t n, const char *bytes,
                              size_t skip, unsigned threads)
{
    enum { LONG = 4096 };
    if (n <= SMALL || skip > LONG) {
        merge_sort(entries, scratch, n, bytes, skip);
        return;
    }
    for (size_t k = 0; skip > 0 && k < n; k++)
        show(entries + k * ENTRY, bytes + entry_place(entries + k * ENTRY), skip);
    radix_sort(entries, scratch, n, ENTRY, ENTRY_KEY, threads);
    for (size_t i = 0, end; i < n; i = end) {
        char *const first = entries + i * ENTRY;
        for (end = i + 1; end < n && !memcmp(first, entries + end * ENTRY, ENTRY_KEY);)
            end++;
        if (end - i > 1 && first[8] == ENTRY_MORE)
            sort_entries_from(first, scratch, end - i, bytes, skip + 8, threads);
    }
}

void entries_sort(char *entries, char *scratch, size_t n, const char *bytes, unsigned threads)
{
    sort_entries_from(entries, scratch, n, bytes, 0, threads);
}
