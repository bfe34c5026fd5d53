/* seimai/batch.h - a batch: what a net reads in one pass.
 * SPDX-License-Identifier: MIT
 *
 * A batch is B sequences of T tokens. Everything that training, packing, fine-tuning and evaluation do
 * differently is in its arrays; the net itself knows no document and no template.
 *
 * Nouns
 *   id       the token that goes in at a position
 *   target   the token that is to be predicted there
 *   weight   what the target counts: 1, or 0 for "no target" (prompts, padding, surplus)
 *   pos      the position that RoPE sees; 0 at the start of a document
 *   lo, hi   the keys that a query sees: [lo, hi) of its own sequence. Causal masks, documents packed
 *            together and sliding windows are all such intervals. lo < hi always holds. With a cache, the
 *            query's own key goes to place hi - 1 of it
 *   leaf     a batch of fixed size; the global batch of one step is 2^k leaves (seimai/optim.h)
 *
 * Ownership: sm_batch_new makes the arrays, sm_batch_free gives them back; a caller may also fill the
 * struct with arrays of its own. Threads: one at a time; a net only reads it. */
#ifndef SEIMAI_BATCH_H
#define SEIMAI_BATCH_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_batch {
    uint32_t B, T;    /* at most what the net was built for */
    uint32_t *ids;    /* (B,T) */
    uint32_t *target; /* (B,T); read where weight is not 0. NULL in decoding */
    float *weight;    /* (B,T); NULL in decoding */
    uint32_t *pos;    /* (B,T) */
    uint32_t *lo;     /* (B,T) first key, 0 … T - 1; with a cache an index into it */
    uint32_t *hi;     /* (B,T) one past the last key */
    uint64_t *seq; /* (B) number of the sample, which keys its dropout; in decoding its cache */
} sm_batch;

/* sm_batch_new gives arrays of zeros, but for hi: the causal mask without documents, pos = t. */
SM_API sm_batch *sm_batch_new(uint32_t B, uint32_t T) SM_MUST_USE;
SM_API void sm_batch_free(sm_batch *batch);

/* sm_batch_causal sets pos, lo and hi for sequences without documents: pos = t, keys [0, t + 1). */
SM_API void sm_batch_causal(sm_batch *batch);
/* sm_batch_documents sets pos, lo and hi from the ids: an input that is `eot` opens a document (FORMATS,
 * "Shards"); a query sees the keys of its document up to itself. What stands before the first EOT of a
 * sequence belongs to a document that began in an earlier window; its positions start at 0 here. */
SM_API void sm_batch_documents(sm_batch *batch, uint32_t eot);
/* sm_batch_targets counts the weights that are not 0. */
SM_API uint64_t sm_batch_targets(const sm_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
