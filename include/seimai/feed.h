/* seimai/feed.h - which tokens a step sees: a pure function of (sets, shares, seed, step, leaf).
 * SPDX-License-Identifier: MIT
 *
 * Step s takes the samples s·S … s·S + S - 1 of a run (seimai/samples.h), S = leaves · rows; leaf l of them takes rows of its
 * own. Nothing is stored: resuming is asking for the next step, on any number of threads or processes.
 *
 * With SM_PACK_NONE a batch is only as long as the longest row of its leaf, in steps of 16.
 *
 * Documents of a row are kept apart by the mask (sm_batch_documents).
 * Threads: a feed is read-only; batches belong to their caller. */
#ifndef SEIMAI_FEED_H
#define SEIMAI_FEED_H

#include <seimai/batch.h>
#include <seimai/samples.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_feed {
    sm_samples from;
    uint32_t leaves; /* of a step, each of from.rows samples */
} sm_feed;

/* sm_feed_batch fills a batch of (rows, at most length) for a leaf of a step, and sets its T; batch->seq holds the samples.
 * Returns how many places hold a token of a document: those that are no padding. */
SM_API uint64_t sm_feed_batch(const sm_feed *feed, uint64_t step, uint32_t leaf,
                              sm_batch *batch);
/* sm_feed_validation fills a batch, from the first set, with windows first … first + rows - 1 in their order, phase 0, or
 * with such rows of epoch 0 of its packing; rows past the end weigh 0. */
SM_API void sm_feed_validation(const sm_feed *feed, uint64_t first, sm_batch *batch);

/* ---- documents by themselves ----------------------------------------------------------------- */

/* sm_solo gives documents one by one for bits per byte: each begins with the EOT and sees nothing of others.
 * Those that fit are packed behind each other in a row (the mask makes that the same); a longer one
 * goes through windows of T with stride T/2, every target counted once, with at least T/2 tokens before it
 * but in the first window. */
typedef struct sm_solo {
    const sm_shards *set; /* with an EOT */
    uint64_t sequence;    /* next document's first sequence */
    uint64_t done;        /* targets of the current document that were given */
    uint64_t first, left; /* the current document: its first token; targets to come */
    uint64_t bytes, characters, targets, documents; /* of the documents begun so far */
} sm_solo;

/* sm_solo_next fills a batch, and begins no document once `limit` targets were given (0 = no limit). Returns 1, or
 * 0 at the end. */
SM_API int sm_solo_next(sm_solo *solo, uint64_t limit, sm_batch *batch,
                        sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
