/* Muon, matrix by matrix: see seimai/optim.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include <seimai/optim.h>

#include "op/op.h"

enum { STEPS = 5 };
#define A_FACTOR 3.4445F
#define B_FACTOR (-4.7750F)
#define C_FACTOR 2.0315F
#define LEAST    1e-7 /* of a norm, before something is divided by it */
#define RMS      0.2  /* of AdamW's updates */

/* One matrix: (rows, columns) floats, of which the smaller side is n. */
typedef struct matrix {
    size_t rows, columns, n;
    int threads;
    float *X, *next, *gram, *map; /* (rows,columns) twice, (n,n) twice */
} matrix;

static matrix matrix_of(const sm_param *p, float *scratch, unsigned threads)
{
    const size_t rows = p->shape[0], columns = p->shape[1], n = rows < columns ? rows : columns;
    return (matrix){.rows = rows,
                    .columns = columns,
                    .n = n,
                    .threads = (int)threads,
                    .X = scratch,
                    .next = scratch + p->n,
                    .gram = scratch + 2 * p->n,
                    .map = scratch + 2 * p->n + n * n};
}

size_t sm_muon_floats(const sm_params *params)
{
    size_t most = 0;
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        if (p->kind != SM_PARAM_MATRIX || p->trainable_at == SM_FROZEN) continue;
        const size_t n = p->shape[0] < p->shape[1] ? p->shape[0] : p->shape[1];
        const size_t floats = 2 * (p->n + n * n);
        most = floats > most ? floats : most;
    }
    return most;
}

/* m ← μ·m + (1 − μ)·g, and X = μ·m + (1 − μ)·g. */
static void look_ahead(const matrix *a, const sm_muon *muon, const float *g, float *m,
                       double scale)
{
    const float mu = (float)muon->momentum, rest = (float)(1.0 - muon->momentum);
    const float factor = (float)scale;
    const size_t n = a->rows * a->columns;
#pragma omp parallel for num_threads(a->threads)
    for (size_t first = 0; first < n; first += SM_VECTOR_BLOCK) {
        const size_t end = n - first < SM_VECTOR_BLOCK ? n : first + SM_VECTOR_BLOCK;
        for (size_t i = first; i < end; i++) {
            const float gradient = factor * g[i];
            m[i] = mu * m[i] + rest * gradient;
            a->X[i] = mu * m[i] + rest * gradient;
        }
    }
}

/* gram (n,n) = XXᵀ, or XᵀX where X is tall. */
static void gram_of(const matrix *a)
{
    const bool wide = a->rows <= a->columns;
    sm_matmul(a->threads, &(sm_gemm){.ta = !wide,
                                     .tb = wide,
                                     .M = a->n,
                                     .N = a->n,
                                     .K = wide ? a->columns : a->rows,
                                     .A = a->X,
                                     .lda = a->columns,
                                     .B = a->X,
                                     .ldb = a->columns,
                                     .C = a->gram,
                                     .ldc = a->n,
                                     .alpha = 1.0F});
}

/* map = bA + cA² */
static void polynomial(const matrix *a)
{
    memcpy(a->map, a->gram, a->n * a->n * sizeof *a->map);
    sm_matmul(a->threads, &(sm_gemm){.M = a->n,
                                     .N = a->n,
                                     .K = a->n,
                                     .A = a->gram,
                                     .lda = a->n,
                                     .B = a->gram,
                                     .ldb = a->n,
                                     .C = a->map,
                                     .ldc = a->n,
                                     .alpha = C_FACTOR,
                                     .beta = B_FACTOR});
}

/* next = aX + map·X, or aX + X·map where X is tall. */
static void apply(const matrix *a)
{
    const bool wide = a->rows <= a->columns;
    memcpy(a->next, a->X, a->rows * a->columns * sizeof *a->next);
    sm_matmul(a->threads, &(sm_gemm){.M = a->rows,
                                     .N = a->columns,
                                     .K = a->n,
                                     .A = wide ? a->map : a->X,
                                     .lda = wide ? a->n : a->columns,
                                     .B = wide ? a->X : a->map,
                                     .ldb = wide ? a->columns : a->n,
                                     .C = a->next,
                                     .ldc = a->columns,
                                     .alpha = 1.0F,
                                     .beta = A_FACTOR});
}

static void orthogonalise(matrix *a)
{
    const size_t n = a->rows * a->columns;
    const double norm = sm_vector_norm(a->X, n, (unsigned)a->threads);
    const float factor = (float)(1.0 / fmax(norm, LEAST));
    for (size_t i = 0; i < n; i++)
        a->X[i] *= factor;
    for (int step = 0; step < STEPS; step++) {
        gram_of(a);
        polynomial(a);
        apply(a);
        float *const X = a->next;
        a->next = a->X;
        a->X = X;
    }
}

static void step_along(const matrix *a, const sm_muon *muon, float *w, double lr)
{
    const size_t n = a->rows * a->columns, side = a->rows > a->columns ? a->rows : a->columns;
    const float keep = (float)(1.0 - lr * muon->decay);
    const float rate = (float)(lr * RMS * sqrt((double)side));
#pragma omp parallel for num_threads(a->threads)
    for (size_t first = 0; first < n; first += SM_VECTOR_BLOCK) {
        const size_t end = n - first < SM_VECTOR_BLOCK ? n : first + SM_VECTOR_BLOCK;
        for (size_t i = first; i < end; i++)
            w[i] = keep * w[i] - rate * a->X[i];
    }
}

void sm_muon_update(const sm_muon *muon, const sm_params *params, float *w, const float *g,
                    float *m, double scale, double lr, float *scratch, unsigned threads)
{
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        if (p->kind != SM_PARAM_MATRIX || p->trainable_at == SM_FROZEN) continue;
        matrix a = matrix_of(p, scratch, threads);
        look_ahead(&a, muon, g + p->trainable_at, m + p->trainable_at, scale);
        orthogonalise(&a);
        step_along(&a, muon, w + p->offset, lr);
    }
}
