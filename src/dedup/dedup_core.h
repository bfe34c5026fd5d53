/* The collection of kept documents, as dedup.c and decide.c see it. SPDX-License-Identifier: MIT */
#ifndef SM_DEDUP_CORE_H
#define SM_DEDUP_CORE_H

#include "store/store.h"

#include <seimai/dedup.h>

struct sm_dedup {
    sm_dedup_options set;
    sm_minhash *permutations;
    store *store;
    store_reader reader; /* of decide */
    sm_lsh_hits hits;    /* scratch of decide … */
    sm_lsh_hits seen;    /* … and of lookup */
    uint32_t *members;   /* [bands] scratch of decide */
    sm_dedup_counts counts;
};

struct sm_dedup_signer {
    const sm_dedup *dedup;
    sm_shingler *shingler;
    sm_tagger *tagger;            /* NULL: shingles of characters */
    uint32_t *signature, *points; /* scratch */
    size_t cap_points;
    store_reader reader;
};

struct sm_dedup_candidate {
    uint32_t document;
    double similarity; /* UNKNOWN until it is measured */
};

/* dedup_settle checks the options and fills in bands and rows. */
int dedup_settle(sm_dedup_options *o, sm_error *err) SM_MUST_USE;
/* What the store is told of the (settled) options. */
store_options dedup_store_options(const sm_dedup_options *o);
/* dedup_over makes a collection of a store, which it takes over. */
sm_dedup *dedup_over(const sm_dedup_options *settled, store *s);

#endif
