/* seimai/eval_interval.h - how sure a score is: intervals by bootstrap.
 * SPDX-License-Identifier: MIT
 *
 * A score is a function of sums over items: the mean of 0s and 1s, or chrF of the n-grams of a corpus. The bootstrap
 * (Efron 1979) draws as many items as there are, with replacement, many times over, and asks what the score would have
 * been; the middle 95 % of those answers are the interval (percentile method). Of two models on the same items each
 * draw is scored for both, and the interval is that of the difference (paired: Koehn 2004): items that are hard for both
 * do not blur it.
 *
 * Draw i of resample r is a function of (seed, r, i) (Philox), so that intervals are the same for any number of threads,
 * and the draws are the same for every metric and model.
 * Threads: free functions on the caller's data, which they only read. */
#ifndef SEIMAI_EVAL_INTERVAL_H
#define SEIMAI_EVAL_INTERVAL_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A score from `width` sums over n ≥ 1 items. Pure. */
typedef double (*sm_eval_score)(const double *sums, size_t n);

/* What items gave: rows of `width` numbers, `stride` apart. */
typedef struct sm_eval_sample {
    const double *values; /* (n, width) */
    size_t n, width, stride;
    sm_eval_score score;
} sm_eval_sample;

typedef struct sm_eval_interval {
    double value;     /* of the items as they are */
    double low, high; /* NaN for fewer than two items */
} sm_eval_interval;

typedef struct sm_bootstrap {
    uint32_t resamples; /* 1,000 where the second digit matters */
    double confidence;  /* .95 */
    uint64_t seed;
    unsigned threads;
} sm_bootstrap;

/* sm_bootstrap_score gives a score with its interval; NaN all for no item. */
SM_API int sm_bootstrap_score(const sm_bootstrap *b, const sm_eval_sample *sample,
                              sm_eval_interval *out, sm_error *err) SM_MUST_USE;
/* sm_bootstrap_difference gives score(a) − score(b): row i of both is the same item, n is a's. */
SM_API int sm_bootstrap_difference(const sm_bootstrap *b, const sm_eval_sample *a,
                                   const sm_eval_sample *base, sm_eval_interval *out,
                                   sm_error *err) SM_MUST_USE;

/* sm_quantile gives the q-quantile, 0 ≤ q ≤ 1, of n ≥ 1 ascending numbers, linear between neighbours (numpy's default). */
SM_API double sm_quantile(const double *ascending, size_t n, double q);

#ifdef __cplusplus
}
#endif
#endif
