/* The packed product in plain C: what the vector kernels are compared with. See gemm_kernel.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "kern/gemm_kernel.h"

enum { ROWS = 4, COLUMNS = 8 };

static void pack(float *to, size_t width, const sm_gemm_source *s)
{
    for (size_t k = 0; k < s->k; k++)
        for (size_t i = 0; i < width; i++)
            to[k * width + i] = i >= s->n     ? 0.0F
                                : s->is_along ? s->p[i * s->ld + k]
                                              : s->p[k * s->ld + i];
}

static void micro(const sm_gemm_micro *t)
{
    for (size_t i = 0; i < t->m; i++)
        for (size_t j = 0; j < t->n; j++) {
            float *const c = t->c + i * t->ldc + j;
            float sum = 0.0F;
            for (size_t k = 0; k < t->k; k++)
                sum = fmaf(t->a[k * t->m + i], t->b[k * COLUMNS + j], sum);
            *c = t->beta != 0.0F ? fmaf(t->alpha, sum, t->beta * *c) : t->alpha * sum;
        }
}

const sm_gemm_kernel sm_sgemm_portable = {
    .name = "portable", .mr = ROWS, .nr = COLUMNS, .pair = 1, .pack = pack, .micro = micro};
