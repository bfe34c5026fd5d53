/* seimai/score.h - what a model thinks of a document: bits per byte.
 * SPDX-License-Identifier: MIT
 *
 * A document is scored by itself, from the end-of-text token on; its own EOT is the last target. A document that does not
 * fit a window goes through windows of T targets with stride T/2: every target counts once, with at least T/2 tokens
 * before it but in the first window (FORMATS, "Bits per byte"). sm_validate gives the same over a set of shards.
 *
 * Ownership: a scorer belongs to its maker; weights and configuration are borrowed. Threads: a scorer belongs to one thread, the
 * weights may be shared by many. What a document gets depends on it and the model alone. */
#ifndef SEIMAI_SCORE_H
#define SEIMAI_SCORE_H

#include <seimai/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_scorer sm_scorer;

/* sm_scorer_new: windows of `length` ≥ 2 tokens; w are the weights in the order of sm_params (seimai/net.h).
 * SM_EUSAGE for a length beyond the model's. Memory: one evaluation pass of (1, length). */
SM_API int sm_scorer_new(sm_scorer **scorer, const sm_model_config *config, const float *w,
                         uint32_t length, uint32_t eot, sm_error *err) SM_MUST_USE;
SM_API void sm_scorer_free(sm_scorer *scorer); /* NULL is allowed */

/* sm_scorer_score gives Σ −ln p over n ids and the EOT behind them, n + 1 targets. SM_EUSAGE for an id that the model
 * lacks, SM_ENUMERIC where the model gives no number. */
SM_API int sm_scorer_score(sm_scorer *scorer, const uint32_t *ids, size_t n, double *nats,
                           sm_error *err) SM_MUST_USE;

/* ---- sums ---------------------------------------------------------------------------------- */

/* A document, or the sum over several. */
typedef struct sm_score {
    uint64_t documents, targets, bytes, characters;
    double nats; /* Σ −ln p */
} sm_score;

SM_API double sm_score_bpb(const sm_score *s); /* bits per byte; NaN without bytes */

/* A table of sums: all documents, and each source by its name (of the first 4,094; the rest are "(others)"). */
typedef struct sm_score_table sm_score_table;

SM_API sm_score_table *sm_score_table_new(void) SM_MUST_USE;
SM_API void sm_score_table_free(sm_score_table *table);
/* sm_score_table_add counts one document; an empty source is none. The name is copied. */
SM_API void sm_score_table_add(sm_score_table *table, sm_span source, const sm_score *score);
/* Members of a JSON object: documents, targets, bytes, loss (nats a target), perplexity, bpb, bpc, and the same for
 * each of "sources". */
SM_API void sm_score_table_json(const sm_score_table *table, sm_buffer *json);
/* Lines for a terminal, of the 30 sources that came first. */
SM_API void sm_score_table_text(const sm_score_table *table, sm_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
