/* Laying out the training text.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>

#include "places.h"

#include <stdlib.h>
#include <string.h>

typedef struct by_count {
    uint64_t count;
    uint32_t index;
} by_count;

static int falling(const void *a, const void *b)
{
    const by_count *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Pre-tokens of one byte have no pair and stay out. */
static by_count *sorted(const sm_counts *counts, size_t *n, size_t *bytes)
{
    const size_t size = sm_counts_size(counts);
    by_count *order = sm_malloc(size * sizeof *order);
    *n = *bytes = 0;
    for (size_t i = 0; i < size; i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        if (e.bytes.n < 2 || e.count == 0) continue;
        order[(*n)++] = (by_count){e.count, (uint32_t)i};
        *bytes += e.bytes.n + 1;
    }
    qsort(order, *n, sizeof *order, falling);
    return order;
}

static void put_edges(places *t, const sm_count_entry *e, size_t start)
{
    for (size_t k = 0; k < e->n_edges; k++) {
        const size_t p = start + e->edges[k];
        t->edges[p >> 6] |= UINT64_C(1) << (p & 63);
        if (!e->crossings) continue;
        t->parts = sm_array_grow(t->parts, t->n_parts, &t->cap_parts, sizeof *t->parts);
        t->parts[t->n_parts++] = (places_part){(uint32_t)p, e->crossings[k]};
    }
}

static void put_pretoken(places *t, const sm_count_entry *e)
{
    if (t->n_groups == 0 || t->groups[t->n_groups - 1].count != e->count) {
        t->groups = sm_array_grow(t->groups, t->n_groups, &t->cap_groups, sizeof *t->groups);
        t->groups[t->n_groups++] = (places_group){(uint32_t)t->n, e->count};
    }
    if (t->edges) put_edges(t, e, t->n);
    for (size_t i = 0; i < e->bytes.n; i++)
        t->at[t->n++] = sm_symbol_of_byte((uint8_t)e->bytes.p[i]);
    t->at[t->n++] = WALL;
}

int places_init(places *t, const sm_counts *counts, bool with_edges, sm_error *err)
{
    size_t n = 0, bytes = 0;
    by_count *order = sorted(counts, &n, &bytes);
    *t = (places){0};
    if (bytes >= INSIDE) {
        sm_free(order);
        SM_FAIL(err, SM_ELIMIT, "more than 4 GiB of distinct pre-tokens");
    }
    t->at = sm_malloc((bytes + 1) * sizeof *t->at);
    t->at[t->n++] = WALL;
    if (with_edges) t->edges = sm_calloc(bytes / 64 + 2, sizeof *t->edges);
    for (size_t i = 0; i < n; i++) {
        const sm_count_entry e = sm_counts_get(counts, order[i].index);
        put_pretoken(t, &e);
    }
    sm_free(order);
    return 0;
}

void places_fini(places *t)
{
    sm_free(t->at);
    sm_free(t->groups);
    sm_free(t->edges);
    sm_free(t->parts);
}

uint64_t places_part_at(const places *t, uint32_t p)
{
    size_t low = 0, high = t->n_parts;
    while (high - low > 1) {
        const size_t mid = low + (high - low) / 2;
        if (t->parts[mid].place <= p)
            low = mid;
        else
            high = mid;
    }
    return t->parts[low].place == p ? t->parts[low].crossings : places_count(t, p);
}
