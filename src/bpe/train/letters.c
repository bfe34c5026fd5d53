/* Counting characters and choosing an alphabet.
 * SPDX-License-Identifier: MIT */
#include "letters.h"

#include <seimai/utf8.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are no UTF-8 are passed over. */
static void count_pretoken(letters *l, sm_span s, uint64_t count)
{
    for (size_t at = 0; at < s.n; at++) {
        const size_t valid = at + sm_utf8_check((sm_span){s.p + at, s.n - at});
        for (const char *p = s.p + at, *end = s.p + valid; p < end;) {
            l->count[sm_utf8_next(&p, end)] += count;
            l->total += count;
        }
        at = valid;
    }
}

void letters_init(letters *l, const sm_counts *counts)
{
    *l = (letters){.count = sm_calloc(CODE_POINTS, sizeof *l->count),
                   .unit_of = sm_malloc(CODE_POINTS * sizeof *l->unit_of)};
    memset(l->unit_of, 0xFF, CODE_POINTS * sizeof *l->unit_of);
    for (size_t i = 0; i < sm_counts_size(counts); i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        count_pretoken(l, e.bytes, e.count);
    }
}

void letters_fini(letters *l)
{
    sm_free(l->count);
    sm_free(l->unit_of);
    sm_free(l->code);
}

/* Numbers the characters that are marked by anything but NO_LETTER. */
static void number(letters *l)
{
    size_t cap = 0;
    for (uint32_t c = 0; c < CODE_POINTS; c++) {
        if (l->unit_of[c] == NO_LETTER) continue;
        l->code = sm_array_grow(l->code, l->n, &cap, sizeof *l->code);
        l->unit_of[c] = (uint32_t)l->n;
        l->code[l->n++] = c;
    }
}

void letters_choose_frequent(letters *l, uint64_t least)
{
    for (uint32_t c = 0; c < CODE_POINTS; c++)
        if (c < 0x80 || (l->count[c] && l->count[c] >= least)) l->unit_of[c] = 0;
    number(l);
}

typedef struct letter_count {
    uint64_t count;
    uint32_t code;
} letter_count;

static int falling(const void *a, const void *b)
{
    const letter_count *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->code < y->code ? -1 : x->code > y->code;
}

void letters_choose_covering(letters *l, double coverage, const uint32_t *required, size_t n)
{
    letter_count *order = NULL;
    size_t n_order = 0, cap = 0;
    for (uint32_t c = 0; c < CODE_POINTS; c++) {
        if (l->count[c] == 0) continue;
        order = sm_array_grow(order, n_order, &cap, sizeof *order);
        order[n_order++] = (letter_count){l->count[c], c};
    }
    if (n_order) qsort(order, n_order, sizeof *order, falling);
    const uint64_t wanted = (uint64_t)ceil(coverage * (double)l->total);
    uint64_t sum = 0;
    for (size_t i = 0; i < n_order && sum < wanted; i++) {
        sum += order[i].count;
        l->unit_of[order[i].code] = 0;
    }
    for (size_t i = 0; i < n; i++)
        l->unit_of[required[i]] = 0;
    sm_free(order);
    number(l);
}

sm_counts *letters_table(const letters *l)
{
    sm_counts *table = sm_counts_new();
    for (uint32_t c = 0x80; c < CODE_POINTS; c++) {
        char bytes[4];
        if (l->count[c])
            sm_counts_add(table, (sm_span){bytes, sm_utf8_put(c, bytes)}, l->count[c]);
    }
    return table;
}
