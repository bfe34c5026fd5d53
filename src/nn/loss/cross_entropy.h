/* cross_entropy.h - cross-entropy of one row of logits.
 * SPDX-License-Identifier: MIT
 *
 * A pure function on a small vector; the head (op/head.c) calls it row by row. */
#ifndef SM_NN_LOSS_CROSS_ENTROPY_H
#define SM_NN_LOSS_CROSS_ENTROPY_H

#include <stdbool.h>
#include <stdint.h>

#include "kern/vec.h"

/* sm_cross_entropy gives −log p(target) of n logits, and their log-sum-exp in *lse. The logits are consumed: with
 * `gradient` they become weight·(softmax·(1 + 2·z·lse) − onehot(target)), the gradient of weight·(−log p + z·lse²), else
 * they are left undefined. */
float sm_cross_entropy(const sm_vec *vec, float *logits, size_t n, uint32_t target,
                       float weight, float z, bool gradient, float *lse);

#endif
