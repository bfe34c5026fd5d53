/* Laying out the training text.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include "places.h"

#include <stdlib.h>
#include <string.h>

typedef struct by_count {
    uint64_t count;
    uint32_t index;
    bool untagged;
} by_count;

static int falling(const void *a, const void *b)
{
    const by_count *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    if (x->untagged != y->untagged) return x->untagged ? 1 : -1;
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
        order[(*n)++] = (by_count){e.count, (uint32_t)i, e.untagged};
        *bytes += e.bytes.n + 1;
    }
    qsort(order, *n, sizeof *order, falling);
    return order;
}

/* ---- units ---------------------------------------------------------------------------------- */

bool units_is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
}

static uint32_t next_byte(const places_units *units, sm_span s, size_t *at)
{
    const uint8_t byte = (uint8_t)s.p[(*at)++];
    return units->digits_apart && units_is_digit(byte) ? WALL : sm_symbol_of_byte(byte);
}

uint32_t units_next(const places_units *units, sm_span s, size_t *at, size_t *valid)
{
    if (!units->unit_of) return next_byte(units, s, at);
    if (*at >= *valid) *valid = *at + sm_utf8_check((sm_span){s.p + *at, s.n - *at});
    if (*at >= *valid) {
        ++*at;
        return WALL;
    }
    const char *p = s.p + *at;
    const uint32_t c = sm_utf8_next(&p, s.p + *valid);
    *at = (size_t)(p - s.p);
    return units->digits_apart && units_is_digit(c) ? WALL : units->unit_of[c];
}

/* ---- the text ------------------------------------------------------------------------------- */

static void put_edge(places *t, const sm_count_entry *e, size_t k, size_t p)
{
    t->edges[p >> 6] |= UINT64_C(1) << (p & 63);
    if (!e->crossings || e->crossings[k] == e->count) return;
    t->parts = sm_array_grow(t->parts, t->n_parts, &t->cap_parts, sizeof *t->parts);
    t->parts[t->n_parts++] = (places_part){(uint32_t)p, e->crossings[k]};
}

static void put_group(places *t, const sm_count_entry *e)
{
    const places_group *last = t->n_groups ? &t->groups[t->n_groups - 1] : NULL;
    if (last && last->count == e->count && last->tagged == !e->untagged) return;
    t->groups = sm_array_grow(t->groups, t->n_groups, &t->cap_groups, sizeof *t->groups);
    t->groups[t->n_groups++] = (places_group){(uint32_t)t->n, !e->untagged, e->count};
}

static void put_word(places *t, const sm_count_entry *e)
{
    const uint32_t documents = e->documents < UINT32_MAX ? (uint32_t)e->documents : UINT32_MAX;
    t->words[t->n_words++] = (places_word){(uint32_t)t->n, documents};
}

static void put_pretoken(places *t, const places_units *units, const sm_count_entry *e)
{
    size_t valid = 0, edge = 0;
    put_group(t, e);
    if (t->words) put_word(t, e);
    for (size_t at = 0; at < e->bytes.n;) {
        while (edge < e->n_edges && e->edges[edge] < at)
            edge++;
        if (t->edges && edge < e->n_edges && e->edges[edge] == at) put_edge(t, e, edge, t->n);
        t->at[t->n++] = units_next(units, e->bytes, &at, &valid);
    }
    t->at[t->n++] = WALL;
}

int places_init(places *t, const sm_counts *counts, const places_units *units, unsigned with,
                sm_error *err)
{
    size_t n = 0, bytes = 0;
    by_count *order = sorted(counts, &n, &bytes);
    *t = (places){0};
    if (bytes >= INSIDE) {
        sm_free(order);
        SM_FAIL(err, SM_ELIMIT, "more than 4 GiB of distinct pre-tokens");
    }
    t->at = sm_malloc((bytes + 1) * sizeof *t->at); /* an upper bound: cut to size below */
    t->at[t->n++] = WALL;
    if (with & PLACES_DOCUMENTS) t->words = sm_malloc(n * sizeof *t->words);
    if (with & PLACES_EDGES) t->edges = sm_calloc(bytes / 64 + 2, sizeof *t->edges);
    for (size_t i = 0; i < n; i++) {
        const sm_count_entry e = sm_counts_get(counts, order[i].index);
        put_pretoken(t, units, &e);
    }
    sm_free(order);
    t->at = sm_realloc(t->at, t->n * sizeof *t->at);
    return 0;
}

void places_fini(places *t)
{
    sm_free(t->at);
    sm_free(t->groups);
    sm_free(t->edges);
    sm_free(t->parts);
    sm_free(t->words);
}

uint64_t places_part_at(const places *t, uint32_t p, uint64_t count)
{
    size_t low = 0, high = t->n_parts;
    while (high - low > 1) {
        const size_t mid = low + (high - low) / 2;
        if (t->parts[mid].place <= p)
            low = mid;
        else
            high = mid;
    }
    return t->parts[low].place == p ? t->parts[low].crossings : count;
}
