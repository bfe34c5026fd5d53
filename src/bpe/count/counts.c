/* The table of pre-tokens and their counts.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>

#include "counts_internal.h"

#include <stdlib.h>
#include <string.h>

sm_counts *sm_counts_new(void)
{
    return sm_calloc(1, sizeof(sm_counts));
}

void sm_counts_free(sm_counts *c)
{
    if (!c) return;
    intern_free(&c->set);
    sm_arena_free(&c->edge_arena);
    sm_free(c->counts);
    sm_free(c->edges);
    sm_free(c->order);
    sm_free(c);
}

size_t counts_index(sm_counts *c, sm_span pretoken)
{
    const size_t i = intern_add(&c->set, pretoken);
    if (i < c->n) return i;
    c->counts = sm_array_grow(c->counts, c->n, &c->cap, sizeof *c->counts);
    c->counts[c->n++] = 0;
    sm_free(c->order); /* the sorted order is out of date */
    c->order = NULL;
    return i;
}

void sm_counts_add(sm_counts *c, sm_span pretoken, uint64_t count)
{
    const size_t i = counts_index(c, pretoken);
    c->counts[i] += count;
}

void sm_counts_add_text(sm_counts *c, const sm_cutter *cutter, sm_span text)
{
    sm_cut cut = {.text = text};
    sm_span pretoken = {0};
    while (sm_cutter_next(cutter, &cut, &pretoken))
        sm_counts_add(c, pretoken, 1);
    c->documents++;
    c->bytes += text.n;
}

size_t sm_counts_size(const sm_counts *c)
{
    return c->n;
}

uint64_t sm_counts_documents(const sm_counts *c)
{
    return c->documents;
}

uint64_t sm_counts_bytes(const sm_counts *c)
{
    return c->bytes;
}

bool sm_counts_is_tagged(const sm_counts *c)
{
    return c->tagged;
}

sm_count_entry sm_counts_get(const sm_counts *c, size_t i)
{
    const size_t k = c->order ? c->order[i] : i;
    sm_count_entry e = {intern_get(&c->set, k), c->counts[k], NULL, NULL, 0};
    if (k < c->n_edges) {
        e.edges = c->edges[k].at;
        e.crossings = c->edges[k].crossings;
        e.n_edges = c->edges[k].n;
    }
    return e;
}

/* ---- merging ------------------------------------------------------------------------------ */

void counts_room_for_edges(sm_counts *c)
{
    if (c->n_edges == c->n) return;
    c->edges = sm_realloc(c->edges, c->n * sizeof *c->edges);
    memset(c->edges + c->n_edges, 0, (c->n - c->n_edges) * sizeof *c->edges);
    c->n_edges = c->n;
}

static uint64_t crossings_at(const sm_count_entry *e, size_t k)
{
    return e->crossings ? e->crossings[k] : e->count;
}

/* Two ascending lists of edges become one; equal places add up. */
void counts_add_edges(sm_counts *c, size_t i, uint64_t old_count, const sm_count_entry *from)
{
    const edge_list old = c->edges[i];
    const sm_count_entry have = {.count = old_count, .crossings = old.crossings};
    const size_t room = old.n + from->n_edges;
    edge_list sum = {sm_arena_alloc(&c->edge_arena, room * sizeof *sum.at),
                     sm_arena_alloc(&c->edge_arena, room * sizeof *sum.crossings), 0};
    for (size_t a = 0, b = 0; a < old.n || b < from->n_edges;) {
        const bool left = b == from->n_edges || (a < old.n && old.at[a] <= from->edges[b]);
        const bool right = a == old.n || (b < from->n_edges && from->edges[b] <= old.at[a]);
        sum.at[sum.n] = left ? old.at[a] : from->edges[b];
        sum.crossings[sum.n++] =
            (left ? crossings_at(&have, a) : 0) + (right ? crossings_at(from, b) : 0);
        a += left;
        b += right;
    }
    c->edges[i] = sum;
}

void sm_counts_merge(sm_counts *into, const sm_counts *from)
{
    for (size_t i = 0; i < from->n; i++) {
        const sm_count_entry e = sm_counts_get(from, i);
        const size_t k = counts_index(into, e.bytes);
        if (from->tagged) {
            counts_room_for_edges(into);
            counts_add_edges(into, k, into->counts[k], &e);
        }
        into->counts[k] += e.count;
    }
    into->tagged |= from->tagged;
    into->documents += from->documents;
    into->bytes += from->bytes;
}

/* ---- order -------------------------------------------------------------------------------- */

typedef struct sort_key {
    uint64_t head; /* the first 8 bytes, big-endian: most comparisons end here */
    uint32_t index;
    const sm_counts *counts;
} sort_key;

static int by_bytes(const void *a, const void *b)
{
    const sort_key *x = a, *y = b;
    if (x->head != y->head) return x->head < y->head ? -1 : 1;
    return sm_span_order(intern_get(&x->counts->set, x->index),
                         intern_get(&y->counts->set, y->index));
}

static uint64_t head_of(sm_span s)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < s.n ? (unsigned char)s.p[i] : 0u);
    return head;
}

void sm_counts_sort(sm_counts *c)
{
    if (c->order || c->n == 0) return;
    sort_key *keys = sm_malloc(c->n * sizeof *keys);
    for (size_t i = 0; i < c->n; i++)
        keys[i] = (sort_key){head_of(intern_get(&c->set, i)), (uint32_t)i, c};
    qsort(keys, c->n, sizeof *keys, by_bytes);
    c->order = sm_malloc(c->n * sizeof *c->order);
    for (size_t i = 0; i < c->n; i++)
        c->order[i] = keys[i].index;
    sm_free(keys);
}
