/* Intervals by resampling documents, while they stream by.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_BOOTSTRAP_H
#define SM_BPE_BOOTSTRAP_H

#include <seimai/base.h>

enum { RESAMPLES = 1000 };

/* The Poisson bootstrap (Hanley and MacGibbon 2006; Chamandy et al. 2012): in each resample a document counts as often
 * as a Poisson number of mean 1 says, which for many documents is drawing as many with replacement. The weights are a
 * function of a seed that the caller gives with the document, and the sums are whole numbers below 2^53: so neither
 * order nor threads matter, and no document is kept. */
typedef struct bootstrap {
    double *sums; /* [RESAMPLES][columns] */
    size_t columns;
} bootstrap;

bootstrap bootstrap_make(size_t columns);
void bootstrap_free(bootstrap *b);
/* bootstrap_add adds one document, `values` being its columns. */
void bootstrap_add(bootstrap *b, uint64_t seed, const double *values);
void bootstrap_merge(bootstrap *into, const bootstrap *from);

/* A ratio of sums of columns: weights by column above and below the line. */
typedef struct ratio {
    size_t above, below, below_too; /* SIZE_MAX for none */
    double times;
} ratio;

/* bootstrap_interval gives the 2.5 and 97.5 percentiles of times * above / (below + below_too). */
void bootstrap_interval(const bootstrap *b, const ratio *r, double interval[2]);

#endif
