/* What the files of the search for benchmark items share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_DEDUP_AGAINST_INTERNAL_H
#define SM_DEDUP_AGAINST_INTERNAL_H

#include <seimai/contamination.h>

enum {
    SEED = 13,         /* characters */
    TEMPLATE_MIN = 33, /* items that make a seed a template … */
    RAREST = 4,        /* … of which an item keeps so many where it has nothing else */
    STRIDE = 4,        /* every so many-th seed of an item of LONG or more characters is kept */
    LONG = 64
};

typedef struct item {
    sm_span id;
    uint32_t benchmark;
    uint32_t begin, n; /* its code points in the pool */
} item;

typedef struct benchmark {
    sm_span name;
    uint64_t items, short_items, template_items, items_hit, documents_hit;
    bool in_this_document; /* scratch of note */
} benchmark;

/* Where a seed stands. */
typedef struct posting {
    uint64_t hash;
    uint32_t item, at;
} posting;

struct sm_contamination {
    sm_contamination_options set;
    item *items;
    size_t n_items, cap_items;
    benchmark *benchmarks;
    size_t n_benchmarks, cap_benchmarks;
    uint32_t *points; /* of all items */
    size_t n_points, cap_points;
    bool *is_hit;  /* [n_items] */
    bool only_tag; /* of the job */
    sm_arena arena;
    /* The seeds that are looked for, sorted by hash; built last. */
    posting *postings;
    size_t n_postings;
    uint32_t *first; /* hash's first 2^shift bits → its first posting */
    unsigned shift;
    uint64_t *filter; /* one bit a seed, by other bits of its hash */
    uint64_t filter_mask;
};

/* ---- seeds.c ---------------------------------------------------------------------------------- */

/* The hash of a seed rolls: h = Σ c[i]·B^(SEED-1-i), then mixed. seed_leaving is B^SEED, what the code point
 * weighs that leaves the window. */
extern const uint64_t seed_base;
uint64_t seed_leaving(void);

static inline uint64_t seed_mix(uint64_t h)
{
    h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    h = (h ^ h >> 29) * UINT64_C(0xA0761D6478BD642F);
    return h ^ h >> 32;
}

void seeds_build(sm_contamination *c);

/* The postings of a hash: [*begin, *end). Mostly none, which the filter tells. */
static inline bool seeds_maybe(const sm_contamination *c, uint64_t hash)
{
    const uint64_t bit = hash & c->filter_mask;
    return c->filter[bit >> 6] >> (bit & 63) & 1;
}

size_t seeds_find(const sm_contamination *c, uint64_t hash, size_t *begin);

#endif
