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

/* The first parameter that reaches behind float `at`. */
static size_t first_param(const sm_params *params, size_t at)
{
    size_t low = 0, high = params->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (params->items[middle].offset + params->items[middle].n <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void sm_adamw_update(const sm_adamw *adamw, const sm_params *params, float *w, const float *g,
                     float *m, float *v, double scale, double lr, uint64_t t, unsigned threads)
{
    const sm_vec *const vec = sm_vec_choose();
    const sm_adamw_factors plain = factors_of(adamw, scale, lr, t);
    sm_adamw_factors decaying = plain;
    decaying.keep = (float)(1.0 - lr * adamw->decay);
#pragma omp parallel for num_threads((int)threads)
    for (size_t first = 0; first < params->total; first += SM_VECTOR_BLOCK) {
        const size_t block_end = first + SM_VECTOR_BLOCK;
        for (size_t i = first_param(params, first); i < params->n; i++) {
            const sm_param *const p = params->items + i;
            if (p->offset >= block_end) break;
            if (adamw->spares_matrices && p->kind == SM_PARAM_MATRIX) continue;
            const size_t from = p->offset > first ? p->offset : first;
            const size_t end = p->offset + p->n < block_end ? p->offset + p->n : block_end;
            vec->adamw(p->kind != SM_PARAM_VECTOR ? &decaying : &plain, w + from, g + from,
                       m + from, v + from, end - from);
        }
    }
}
