/* ref_lora.h - a linear map with an adapter, once more as plain loops in double: see ref.h.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_OP_REF_REF_LORA_H
#define SM_NN_OP_REF_REF_LORA_H

#include <stddef.h>

/* y = x·Wᵀ + scale·(x∘keep)·Aᵀ·Bᵀ. Arrays are dense; backward writes dx, dA and dB, W being frozen. */
typedef struct sm_ref_lora {
    size_t rows, in, out, rank;
    double scale;
    const double *x, *w; // (rows,in), (out,in)
    const double *A, *B; // (rank,in), (out,rank)
    const double *keep;  // (rows,in): what dropout multiplies by; NULL: 1
    const double *dy;    // (rows,out)
    double *y;           // (rows,out)
    double *dx, *dA, *dB;
} sm_ref_lora;

void sm_ref_lora_forward(const sm_ref_lora *r);
void sm_ref_lora_backward(const sm_ref_lora *r);

#endif
