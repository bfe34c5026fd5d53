/* Intervals by bootstrap: see seimai/eval_interval.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/eval_interval.h>
#include <seimai/parallel.h>
#include <seimai/random.h>

#include <math.h>
#include <stdlib.h>

enum { MAX_WIDTH = 32, BLOCK = 16 /* resamples a piece of work */ };

typedef struct draws {
    const sm_bootstrap *how;
    const sm_eval_sample *a, *base; /* base may be NULL */
    double *scores;                 /* (resamples) */
} draws;

static void add_row(const sm_eval_sample *s, size_t row, double *sums)
{
    for (size_t k = 0; k < s->width; k++)
        sums[k] += s->values[row * s->stride + k];
}

static double resample(const draws *d, uint64_t r)
{
    double a[MAX_WIDTH] = {0}, base[MAX_WIDTH] = {0};
    const size_t n = d->a->n;
    for (size_t i = 0; i < n; i++) {
        const size_t row = (size_t)sm_random_below(d->how->seed, r, i, n);
        add_row(d->a, row, a);
        if (d->base) add_row(d->base, row, base);
    }
    return d->a->score(a, n) - (d->base ? d->base->score(base, n) : 0);
}

static int resample_block(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const draws *const d = shared;
    (void)worker, (void)err;
    for (size_t r = i * BLOCK; r < (i + 1) * BLOCK && r < d->how->resamples; r++)
        d->scores[r] = resample(d, r);
    return SM_OK;
}

static int order_reals(const void *a, const void *b)
{
    const double *const x = a, *const y = b;
    return (*x > *y) - (*x < *y);
}

double sm_quantile(const double *p, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t below = (size_t)at;
    if (below + 1 >= n) return p[n - 1];
    return p[below] + (at - (double)below) * (p[below + 1] - p[below]);
}

static double whole(const sm_eval_sample *s)
{
    double sums[MAX_WIDTH] = {0};
    for (size_t i = 0; i < s->n; i++)
        add_row(s, i, sums);
    return s->score(sums, s->n);
}

static int bootstrap(const sm_bootstrap *how, const sm_eval_sample *a,
                     const sm_eval_sample *base, sm_eval_interval *out, sm_error *err)
{
    *out = (sm_eval_interval){(double)NAN, (double)NAN, (double)NAN};
    if (a->width > MAX_WIDTH) SM_FAIL(err, SM_ELIMIT, "a score of %zu sums", a->width);
    if (a->n == 0) return SM_OK;
    out->value = whole(a) - (base ? whole(base) : 0);
    if (a->n < 2 || how->resamples < 2) return SM_OK;
    draws d = {how, a, base, sm_calloc(how->resamples, sizeof(double))};
    const size_t blocks = ((size_t)how->resamples + BLOCK - 1) / BLOCK;
    const int status = sm_parallel(how->threads, blocks, resample_block, &d, err);
    if (status == SM_OK) {
        const double tail = (1 - how->confidence) / 2;
        qsort(d.scores, how->resamples, sizeof *d.scores, order_reals);
        out->low = sm_quantile(d.scores, how->resamples, tail);
        out->high = sm_quantile(d.scores, how->resamples, 1 - tail);
    }
    sm_free(d.scores);
    return status;
}

int sm_bootstrap_score(const sm_bootstrap *b, const sm_eval_sample *sample,
                       sm_eval_interval *out, sm_error *err)
{
    return bootstrap(b, sample, NULL, out, err);
}

int sm_bootstrap_difference(const sm_bootstrap *b, const sm_eval_sample *a,
                            const sm_eval_sample *base, sm_eval_interval *out, sm_error *err)
{
    return bootstrap(b, a, base, out, err);
}
