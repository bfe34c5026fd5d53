/* The product of bf16 in plain C: what the vector kernels are compared with. See bf16.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "kern/bf16.h"
#include "kern/gemm_kernel.h"

enum { ROWS = 4, COLUMNS = 8 };

/* a·b + c, or 0 for less than what rounds to a normal number: half a unit (of 24 bits) below the smallest one. In double
 * a·b is exact. */
static float add(float a, float b, float c)
{
    const float sum = fmaf(a, b, c);
    const double exact = fabs((double)a * (double)b + (double)c);
    return exact < 0x1p-126 - 0x1p-151 ? copysignf(0.0F, sum) : sum;
}

static uint32_t element(const sm_gemm_source *s, size_t i, size_t k)
{
    if (i >= s->n || k >= s->k) return 0;
    return sm_bf16_round(s->is_along ? s->p[i * s->ld + k] : s->p[k * s->ld + i]);
}

static void pack(float *to, size_t width, const sm_gemm_source *s)
{
    for (size_t k = 0; k < s->k; k += 2, to += width)
        for (size_t i = 0; i < width; i++) {
            const uint32_t word = element(s, i, k) | element(s, i, k + 1) << 16;
            memcpy(to + i, &word, sizeof word);
        }
}

static float half(const float *word, unsigned which)
{
    uint32_t bits;
    memcpy(&bits, word, sizeof bits);
    return sm_bf16_float((uint16_t)(bits >> 16 * which));
}

static void micro(const sm_gemm_micro *t)
{
    for (size_t i = 0; i < t->m; i++)
        for (size_t j = 0; j < t->n; j++) {
            float *const c = t->c + i * t->ldc + j;
            float sum = 0.0F;
            for (size_t k = 0; k < t->k; k++) {
                const float *const a = t->a + k * t->m + i, *const b = t->b + k * COLUMNS + j;
                sum = add(half(a, 1), half(b, 1), sum);
                sum = add(half(a, 0), half(b, 0), sum);
            }
            *c = add(t->alpha, sum, t->beta != 0.0F ? add(t->beta, *c, -0.0F) : -0.0F);
        }
}

const sm_gemm_kernel sm_bf16_portable = {
    .name = "portable", .mr = ROWS, .nr = COLUMNS, .pair = 2, .pack = pack, .micro = micro};
