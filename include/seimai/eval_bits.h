/* seimai/eval_bits.h - how well a model predicts documents: bits per byte over a stream, or over shards.
 * SPDX-License-Identifier: MIT
 *
 * The score of a document is seimai/score.h's: by itself, from the end-of-text token on. Documents are scored side by
 * side, one a thread, and added up by source in the order of the input. Over shards the figures are the trainer's own.
 *
 * Ownership: model and table are the caller's, and outlive the job. Threads: as the runner's (seimai/runner.h). */
#ifndef SEIMAI_EVAL_BITS_H
#define SEIMAI_EVAL_BITS_H

#include <seimai/eval.h>
#include <seimai/score.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_eval_bits {
    const sm_causal_lm *lm;
    uint32_t length; /* tokens of a window; 0: the model's, at most 1,024 */
    bool annotate;   /* documents go on, with metadata.bpb */
    sm_score_table *table;
    uint32_t eot;
} sm_eval_bits;

/* sm_eval_bits_job is a job that scores documents into the table, and --stats' figures from it. The first four fields
 * are the caller's; the job fails with SM_EUSAGE for a length beyond the model's. SM_EFORMAT where the tokenizer has no
 * end-of-text token. */
SM_API int sm_eval_bits_job(sm_eval_bits *bits, sm_job *job, sm_error *err) SM_MUST_USE;

/* sm_eval_bits_shards scores a directory of shards by a model's directory, which needs no tokenizer, in windows of
 * `length` (0: as above), and appends what it says, as text or (json) as an object. */
SM_API int sm_eval_bits_shards(const char *model, const char *data, uint32_t length,
                               unsigned threads, bool json, sm_buffer *out,
                               sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
