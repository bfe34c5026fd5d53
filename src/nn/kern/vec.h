/* vec.h - loops over vectors: sums, exponentials, the rows of operators, AdamW.
 * SPDX-License-Identifier: MIT
 *
 * One source (vec_body.h) is compiled for the portable instruction set, AVX2 and AVX-512. Sums run over a
 * fixed number of lanes and are folded in a fixed order, and nothing is contracted: all three give the
 * same bits. exp has a relative error below 2e-7 on [-87, 88] and is clamped outside.
 *
 * All pointers are aligned to 4 bytes only; arrays of one call do not overlap unless it says so.
 * Threads: pure. */
#ifndef SM_NN_KERN_VEC_H
#define SM_NN_KERN_VEC_H

#include <stddef.h>
#include <stdint.h>

/* What AdamW needs of a step, prepared in double and rounded once. */
typedef struct sm_adamw_factors {
    float scale;        /* of the gradient: clipping and 1/targets */
    float beta1, beta2; /* and their complements */
    float rest1, rest2;
    float rate; /* lr / (1 − β1^t) */
    float root; /* 1 / √(1 − β2^t) */
    float epsilon;
    float keep; /* 1 − lr·decay */
} sm_adamw_factors;

/* Scores of `width` queries side by side (a multiple of 8), key below key: of key k and query q at k·width + q. Query q
 * sees the keys [first[q], end[q]); what it does not see comes out as 0, whatever stood there. */
typedef struct sm_score_panel {
    size_t width, keys;
    const int32_t *first, *end; /* (width) */
    float scale;
} sm_score_panel;

typedef struct sm_vec {
    const char *name; /* "portable", "avx2", "avx512" */

    /* Sums and extremes of n floats. */
    float (*dot)(const float *x, const float *y, size_t n);
    float (*max)(const float *x, size_t n); /* -inf for n = 0; a NaN may be passed over */
    double (*square_sum)(const float *x, size_t n); /* in double */
    float (*sum)(const float *x, size_t n);
    float (*deviation)(const float *x, float mean, size_t n); /* Σ (x − mean)² */

    /* x ← exp(scale·x − shift), and their sum. */
    float (*exp_sum)(float *x, size_t n, float scale, float shift);
    void (*scale)(float *y, float a, size_t n); /* y ← a·y */
    void (*add)(float *z, const float *x, const float *y,
                size_t n); /* z ← x + y; z may be x or y */
    void (*axpy)(float *y, float a, const float *x, size_t n); /* y ← y + a·x */

    /* Rows of operators; what they mean stands in op/. `keep` 0 writes, 1 adds to what is there. */
    void (*rmsnorm)(float *y, const float *x, const float *w, float rstd, size_t n);
    void (*rmsnorm_back)(float *dx, const float *dy, const float *x, const float *w, float rstd,
                         size_t n, int keep);
    void (*layernorm)(float *y, const float *x, const float *w, const float *b, float mean,
                      float rstd, size_t n);
    void (*layernorm_back)(float *dx, const float *dy, const float *x, const float *w,
                           float mean, float rstd, size_t n, int keep);
    void (*product_sum)(float *sum, const float *x, const float *y, float shift, float a,
                        size_t n); /* sum += a·x·(y − shift) */
    void (*gelu)(float *y, const float *x, size_t n);
    void (*gelu_back)(float *dx, const float *dy, const float *x, size_t n);
    /* x ← x·factor or, where its word is below limit, 0. Element i has word i mod 4 of Philox4x32-10 (seimai/random.h)
     * at the counter (i / 4, place). */
    void (*dropout)(float *x, const uint32_t key[2], const uint32_t place[3], uint32_t limit,
                    float factor, size_t n);
    void (*swiglu)(float *y, const float *gate, const float *up, size_t n);
    void (*swiglu_back)(float *dgate, float *dup, const float *dy, const float *gate,
                        const float *up, size_t n);
    /* Attention; max, sum, lse and d have a number for each query.
     * s ← exp(scale·s − max), max the largest of scale·s, and the sums of what comes out; a query that sees nothing
     * has the sum 0. Then, in backward, the same again from the log-sum-exp, and ds ← s·(ds − d)·scale. */
    void (*softmax)(float *s, const sm_score_panel *panel, float *max, float *sum);
    void (*softmax_again)(float *s, const sm_score_panel *panel, const float *lse);
    void (*softmax_back)(float *ds, const float *s, const sm_score_panel *panel,
                         const float *d);
    /* Rotary positions: pair (x[j], x[half + j]) turns by the angle whose cosine is angle[j] and whose sine is
     * sign·angle[half + j]. */
    void (*rotate)(float *x, const float *angle, size_t half, float sign);
    void (*adamw)(const sm_adamw_factors *f, float *w, const float *g, float *m, float *v,
                  size_t n);
} sm_vec;

/* sm_vec_choose gives the best set of this machine. */
const sm_vec *sm_vec_choose(void);
/* sm_vec_path gives set i = 0, 1 … of those that this machine can run, NULL past the last; 0 is portable. */
const sm_vec *sm_vec_path(size_t i);

#endif
