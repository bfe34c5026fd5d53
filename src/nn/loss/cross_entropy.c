/* Cross-entropy of one row: see cross_entropy.h.
 * SPDX-License-Identifier: MIT */
#include "loss/cross_entropy.h"

#include <math.h>

float sm_cross_entropy(const sm_vec *vec, float *logits, size_t n, uint32_t target,
                       float weight, float z, bool gradient, float *lse)
{
    const float chosen = logits[target];
    const float max = vec->max(logits, n);
    const float sum = vec->exp_sum(logits, n, 1.0F, max);
    *lse = max + logf(sum);
    if (gradient) {
        vec->scale(logits, weight * (1.0F + 2.0F * z * *lse) / sum, n);
        logits[target] -= weight;
    }
    return *lse - chosen;
}
