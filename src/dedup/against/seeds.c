/* The seeds of all items: which are kept, and how they are found.
 * SPDX-License-Identifier: MIT */
#include "against_internal.h"

#include <stdlib.h>
#include <string.h>

/* B is odd, its bits drawn at random; B^SEED is what the code point weighs that leaves the window. */
const uint64_t seed_base = UINT64_C(0x9E6C63D0876A46AD);

static uint64_t power(uint64_t b, unsigned n)
{
    uint64_t p = 1;
    while (n-- > 0)
        p *= b;
    return p;
}

uint64_t seed_leaving(void)
{
    return power(seed_base, SEED);
}

/* ---- all seeds ------------------------------------------------------------------------------------ */

static size_t seeds_of(const item *it, const uint32_t *points, uint32_t number, posting *out)
{
    uint64_t h = 0;
    const uint64_t leaving = seed_leaving();
    const uint32_t *p = points + it->begin;
    size_t n = 0;
    for (uint32_t i = 0; i < it->n; i++) {
        h = h * seed_base + p[i] - (i >= SEED ? p[i - SEED] * leaving : 0);
        if (i + 1 >= SEED) out[n++] = (posting){seed_mix(h), number, i + 1 - SEED};
    }
    return n;
}

static int by_hash(const void *a, const void *b)
{
    const posting *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    if (x->item != y->item) return x->item < y->item ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int by_item(const void *a, const void *b)
{
    const posting *x = a, *y = b;
    if (x->item != y->item) return x->item < y->item ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* ---- which are kept --------------------------------------------------------------------------------- */

/* How many items have the seed of postings [begin, end), which are sorted by item. */
static uint32_t count_items(const posting *p, size_t begin, size_t end)
{
    uint32_t n = 1;
    for (size_t i = begin + 1; i < end; i++)
        n += p[i].item != p[i - 1].item;
    return n;
}

/* A seed of one item with the number of items that have it. */
typedef struct rated {
    posting p;
    uint32_t items;
} rated;

static int by_rarity(const void *a, const void *b)
{
    const rated *x = a, *y = b;
    if (x->items != y->items) return x->items < y->items ? -1 : 1;
    return (x->p.at > y->p.at) - (x->p.at < y->p.at);
}

/* Chooses among the seeds of one item, and appends them to c->postings. */
static void choose(sm_contamination *c, rated *seeds, size_t n)
{
    const item *it = &c->items[seeds[0].p.item];
    const uint32_t stride = it->n >= LONG ? STRIDE : 1;
    const size_t before = c->n_postings;
    for (size_t i = 0; i < n; i++)
        if (seeds[i].items < TEMPLATE_MIN && seeds[i].p.at % stride == 0)
            c->postings[c->n_postings++] = seeds[i].p;
    if (c->n_postings > before) return;
    qsort(seeds, n, sizeof *seeds, by_rarity);
    c->benchmarks[it->benchmark].template_items += seeds[0].items >= TEMPLATE_MIN;
    for (size_t i = 0; i < n && i < RAREST; i++)
        c->postings[c->n_postings++] = seeds[i].p;
}

/* Rates all seeds (sorted by hash), then chooses item by item. */
static void choose_all(sm_contamination *c, posting *all, size_t n)
{
    rated *seeds = sm_calloc(n, sizeof *seeds);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && all[end].hash == all[i].hash;)
            end++;
        const uint32_t items = count_items(all, i, end);
        for (size_t k = i; k < end; k++)
            seeds[k] = (rated){all[k], items};
    }
    qsort(seeds, n, sizeof *seeds, by_item); /* a rated begins with its posting */
    c->postings = all;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && seeds[end].p.item == seeds[i].p.item;)
            end++;
        choose(c, seeds + i, end - i);
    }
    sm_free(seeds);
}

/* ---- how they are found ------------------------------------------------------------------------------ */

static void build_filter(sm_contamination *c)
{
    uint64_t bits = 1 << 12;
    while (bits < 16 * c->n_postings)
        bits *= 2;
    c->filter_mask = bits - 1;
    c->filter = sm_calloc(bits / 64, sizeof *c->filter);
    for (size_t i = 0; i < c->n_postings; i++) {
        const uint64_t bit = c->postings[i].hash & c->filter_mask;
        c->filter[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
}

/* first[k] is the number of postings whose hash has fewer than k in its first bits. */
static void build_first(sm_contamination *c)
{
    unsigned bits = 8;
    while (bits < 28 && (size_t)1 << bits < c->n_postings)
        bits++;
    c->shift = 64 - bits;
    const size_t n = (size_t)1 << bits;
    c->first = sm_calloc(n + 1, sizeof *c->first);
    for (size_t i = 0; i < c->n_postings; i++)
        c->first[(c->postings[i].hash >> c->shift) + 1]++;
    for (size_t k = 0; k < n; k++)
        c->first[k + 1] += c->first[k];
}

void seeds_build(sm_contamination *c)
{
    posting *all = sm_calloc(c->n_points, sizeof *all);
    size_t n = 0;
    for (uint32_t i = 0; i < c->n_items; i++)
        n += seeds_of(&c->items[i], c->points, i, all + n);
    qsort(all, n, sizeof *all, by_hash);
    choose_all(c, all, n);
    qsort(c->postings, c->n_postings, sizeof *c->postings, by_hash);
    build_filter(c);
    build_first(c);
}

size_t seeds_find(const sm_contamination *c, uint64_t hash, size_t *begin)
{
    size_t i = c->first[hash >> c->shift];
    const size_t stop = c->first[(hash >> c->shift) + 1];
    while (i < stop && c->postings[i].hash < hash)
        i++;
    *begin = i;
    while (i < stop && c->postings[i].hash == hash)
        i++;
    return i - *begin;
}
