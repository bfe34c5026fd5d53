/* What the files of the account share. See seimai/filter_account.h.
 * SPDX-License-Identifier: MIT */
#ifndef SM_FILTER_ACCOUNT_INTERNAL_H
#define SM_FILTER_ACCOUNT_INTERNAL_H

#include <seimai/filter_account.h>

/* ---- bins (bins.c) ----------------------------------------------------------------------------- */

enum {
    SM_BIN_PARTS = 32, /* of a power of two */
    SM_BIN_LOW = -20,
    SM_BIN_HIGH = 44, /* exponents of two; what lies outside is in the last bin */
    SM_BIN_HALF = (SM_BIN_HIGH - SM_BIN_LOW) * SM_BIN_PARTS,
    SM_BINS = 2 * SM_BIN_HALF + 1 /* negative numbers, zero, positive ones */
};

/* The bin of a number that is no NaN; bins ascend with it. */
size_t sm_bin_of(double value);
/* The end of a bin that is nearer to zero: for small whole numbers, the number itself. */
double sm_bin_edge(size_t bin);

/* ---- samples (samples.c) ------------------------------------------------------------------------ */

typedef struct sm_account_sample {
    uint64_t hash; /* of the id */
    double value;
    char *id, *url, *text;
} sm_account_sample;

/* The documents with the smallest hashes, in their order. */
typedef struct sm_account_samples {
    sm_account_sample *items;
    size_t n, cap, most;
} sm_account_samples;

void sm_account_samples_add(sm_account_samples *samples, const sm_filter_case *one,
                            double value);
void sm_account_samples_merge(sm_account_samples *into, const sm_account_samples *from);
void sm_account_samples_free(sm_account_samples *samples);

/* ---- the account --------------------------------------------------------------------------------- */

typedef struct sm_rule_counts {
    sm_rule_account counts;
    uint64_t bins[SM_BINS];
    sm_account_samples samples;
} sm_rule_counts;

struct sm_filter_account {
    const sm_filter *filter;
    size_t n; /* rules */
    uint64_t documents, bytes, kept, kept_bytes;
    uint64_t measured;               /* documents whose values are known */
    uint64_t emptied, emptied_bytes; /* documents of which rewriting left nothing */
    sm_rule_counts *rules;           /* [n] */
    uint64_t *overlap;               /* [n][n] */
    size_t *failed;                  /* [n] scratch: the rules that a document fails */
    sm_filter_edits edits;
};

#endif
