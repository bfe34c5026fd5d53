/* The batch of the benches of a step: ids and targets that look like nothing, every one a target.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_BENCH_BATCH_H
#define SEIMAI_BENCH_BATCH_H

#include <seimai/batch.h>

static inline sm_batch *bench_batch(uint32_t B, uint32_t T, uint32_t V)
{
    sm_batch *const batch = sm_batch_new(B, T);
    for (size_t i = 0; i < (size_t)B * T; i++) {
        batch->ids[i] = (uint32_t)(i * 7919 % V);
        batch->target[i] = (uint32_t)((i * 104729 + 1) % V);
        batch->weight[i] = 1.0F;
    }
    return batch;
}

#endif
