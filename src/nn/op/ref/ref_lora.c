/* LoRA in double: see ref_lora.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/ref/ref_lora.h"

/* Row i of x as the adapter sees it. */
static double input(const sm_ref_lora *r, size_t i, size_t c)
{
    const size_t at = i * r->in + c;
    return r->keep ? r->x[at] * r->keep[at] : r->x[at];
}

/* Column k of (x∘keep)·Aᵀ in row i. */
static double inner(const sm_ref_lora *r, size_t i, size_t k)
{
    double sum = 0.0;
    for (size_t c = 0; c < r->in; c++)
        sum += input(r, i, c) * r->A[k * r->in + c];
    return sum;
}

void sm_ref_lora_forward(const sm_ref_lora *r)
{
    for (size_t i = 0; i < r->rows; i++)
        for (size_t n = 0; n < r->out; n++) {
            double sum = 0.0;
            for (size_t c = 0; c < r->in; c++)
                sum += r->x[i * r->in + c] * r->w[n * r->in + c];
            for (size_t k = 0; k < r->rank; k++)
                sum += r->scale * inner(r, i, k) * r->B[n * r->rank + k];
            r->y[i * r->out + n] = sum;
        }
}

/* What reaches column k of the inner product of row i from behind. */
static double inner_gradient(const sm_ref_lora *r, size_t i, size_t k)
{
    double sum = 0.0;
    for (size_t n = 0; n < r->out; n++)
        sum += r->scale * r->dy[i * r->out + n] * r->B[n * r->rank + k];
    return sum;
}

void sm_ref_lora_backward(const sm_ref_lora *r)
{
    memset(r->dx, 0, r->rows * r->in * sizeof *r->dx);
    memset(r->dA, 0, r->rank * r->in * sizeof *r->dA);
    memset(r->dB, 0, r->out * r->rank * sizeof *r->dB);
    for (size_t i = 0; i < r->rows; i++) {
        for (size_t n = 0; n < r->out; n++)
            for (size_t c = 0; c < r->in; c++)
                r->dx[i * r->in + c] += r->dy[i * r->out + n] * r->w[n * r->in + c];
        for (size_t k = 0; k < r->rank; k++) {
            const double u = inner(r, i, k), du = inner_gradient(r, i, k);
            for (size_t n = 0; n < r->out; n++)
                r->dB[n * r->rank + k] += r->scale * r->dy[i * r->out + n] * u;
            for (size_t c = 0; c < r->in; c++) {
                const size_t at = i * r->in + c;
                r->dA[k * r->in + c] += du * input(r, i, c);
                r->dx[at] += du * r->A[k * r->in + c] * (r->keep ? r->keep[at] : 1.0);
            }
        }
    }
}
