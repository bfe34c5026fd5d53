/* AdamW by blocks: see seimai/optim.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/optim.h>

#include "kern/vec.h"

static sm_adamw_factors factors_of(const sm_adamw *a, double scale, double lr, uint64_t t)
{
    return (sm_adamw_factors){.scale = (float)scale,
                              .beta1 = (float)a->beta1,
                              .beta2 = (float)a->beta2,
                              .rest1 = (float)(1.0 - a->beta1),
                              .rest2 = (float)(1.0 - a->beta2),
                              .rate = (float)(lr / (1.0 - pow(a->beta1, (double)t))),
                              .root = (float)(1.0 / sqrt(1.0 - pow(a->beta2, (double)t))),
                              .epsilon = (float)a->epsilon,
                              .keep = 1.0F};
}

/* Floats [at, at + n) of a parameter that lie in the block [first, end) of the trainable ones. */
typedef struct share {
    size_t at, n;
} share;

static share share_of(const sm_param *p, size_t first, size_t end)
{
    if (p->trainable_at == SM_FROZEN || p->trainable_at >= end ||
        p->trainable_at + p->n <= first)
        return (share){0, 0};
    const size_t at = p->trainable_at < first ? first - p->trainable_at : 0;
    const size_t left = p->n - at, most = end - (p->trainable_at + at);
    return (share){at, left < most ? left : most};
}

void sm_adamw_update(const sm_adamw *adamw, const sm_params *params, float *w, const float *g,
                     float *m, float *v, double scale, double lr, uint64_t t, unsigned threads)
{
    const sm_vec *const vec = sm_vec_choose();
    const sm_adamw_factors plain = factors_of(adamw, scale, lr, t);
    sm_adamw_factors decaying = plain;
    decaying.keep = (float)(1.0 - lr * adamw->decay);
#pragma omp parallel for num_threads((int)threads) schedule(dynamic)
    for (size_t first = 0; first < params->trainable; first += SM_VECTOR_BLOCK)
        for (size_t i = 0; i < params->n; i++) {
            const sm_param *const p = params->items + i;
            const share s = share_of(p, first, first + SM_VECTOR_BLOCK);
            const size_t at = p->trainable_at + s.at;
            if (s.n == 0 || (adamw->spares_matrices && p->kind == SM_PARAM_MATRIX)) continue;
            vec->adamw(p->kind != SM_PARAM_VECTOR ? &decaying : &plain, w + p->offset + s.at,
                       g + at, m + at, v + at, s.n);
        }
}
