/* Batches: see seimai/batch.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/batch.h>

sm_batch *sm_batch_new(uint32_t B, uint32_t T)
{
    const size_t n = (size_t)B * T;
    sm_batch *const batch = sm_malloc(sizeof *batch);
    *batch = (sm_batch){.B = B,
                        .T = T,
                        .ids = sm_calloc(n, sizeof(uint32_t)),
                        .target = sm_calloc(n, sizeof(uint32_t)),
                        .weight = sm_calloc(n, sizeof(float)),
                        .pos = sm_calloc(n, sizeof(uint32_t)),
                        .lo = sm_calloc(n, sizeof(uint32_t)),
                        .hi = sm_calloc(n, sizeof(uint32_t)),
                        .seq = sm_calloc(B, sizeof(uint64_t))};
    sm_batch_causal(batch);
    return batch;
}

void sm_batch_free(sm_batch *batch)
{
    if (!batch) return;
    sm_free(batch->ids);
    sm_free(batch->target);
    sm_free(batch->weight);
    sm_free(batch->pos);
    sm_free(batch->lo);
    sm_free(batch->hi);
    sm_free(batch->seq);
    sm_free(batch);
}

void sm_batch_causal(sm_batch *batch)
{
    for (size_t i = 0; i < (size_t)batch->B * batch->T; i++) {
        const uint32_t t = (uint32_t)(i % batch->T);
        batch->pos[i] = t;
        batch->lo[i] = 0;
        batch->hi[i] = t + 1;
    }
}

void sm_batch_documents(sm_batch *batch, uint32_t eot)
{
    uint32_t start = 0;
    for (size_t i = 0; i < (size_t)batch->B * batch->T; i++) {
        const uint32_t t = (uint32_t)(i % batch->T);
        if (t == 0 || batch->ids[i] == eot) start = t;
        batch->pos[i] = t - start;
        batch->lo[i] = start;
        batch->hi[i] = t + 1;
    }
}

uint64_t sm_batch_targets(const sm_batch *batch)
{
    uint64_t n = 0;
    for (size_t i = 0; i < (size_t)batch->B * batch->T; i++)
        n += batch->weight[i] != 0.0F;
    return n;
}
