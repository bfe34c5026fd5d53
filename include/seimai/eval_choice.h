/* seimai/eval_choice.h - multiple choice: how likely a model finds each of several continuations of a context.
 * SPDX-License-Identifier: MIT
 *
 * The ids are cut as lm-evaluation-harness does it (Gao et al.; its Hugging Face backend), so that log-likelihoods are
 * equal (tests/conformance/peers/eval_test.py):
 *   - white space at the end of the context moves to the continuation;
 *   - context and context + continuation are encoded; the continuation's ids are those of the whole behind as many as
 *     the context has; the context's ids are its own;
 *   - a continuation of which so nothing is left, because it merged with the context, is encoded by itself (there it is
 *     an error);
 *   - an empty context is the token that begins a document;
 *   - what is longer than the model's positions loses its left end.
 *
 * Nouns
 *   request   a context with one continuation: what is asked of the model
 *   group     neighbours among the requests with one and the same context, which goes through the net once
 *   trunk     the ids with which all contexts of a batch begin (the examples of a few-shot prompt): once a batch
 *
 * Threads: a reader belongs to one thread at a time; it opens its own inside a call. Ids and texts are borrowed. */
#ifndef SEIMAI_EVAL_CHOICE_H
#define SEIMAI_EVAL_CHOICE_H

#include <seimai/causal_lm.h>
#include <seimai/generate.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- ids ------------------------------------------------------------------------------------- */

/* How texts begin. */
typedef struct sm_request_style {
    const sm_tokenizer *tokenizer;
    uint32_t
        first;   /* the token that begins a document: for empty contexts, and with `begins` */
    bool begins; /* it stands before every context (add_bos_token) */
} sm_request_style;

/* How contexts begin: as transformers' tokenizer of the directory has it (lm-evaluation-harness's default), always with the
 * token that begins a document (its add_bos_token=True), or never. */
#define SM_EVAL_BOS_CHOICES "auto|yes|no"

/* sm_request_style_of: `bos` is one of these. SM_EFORMAT for a model without a token that begins or ends a document. */
SM_API int sm_request_style_of(sm_request_style *style, const sm_causal_lm *lm, const char *bos,
                               sm_error *err) SM_MUST_USE;
/* sm_request_encode appends the ids of context and continuation to `ids`; *context is how many of them are context, at
 * least one. False for an empty continuation, or one that the tokenizer makes nothing of. */
SM_API bool sm_request_encode(const sm_request_style *style, sm_encoder *encoder,
                              sm_span context, sm_span continuation, sm_ids *ids,
                              size_t *n_context);
/* sm_tokenizer_begins tells whether transformers puts a token before every text: the single template of tokenizer.json's
 * TemplateProcessing begins with a special token. *token is its id; SM_NO_TOKEN where there is none, or no such file in
 * the directory. SM_EFORMAT for a broken file. */
SM_API int sm_tokenizer_begins(const char *dir, const sm_tokenizer *tokenizer, uint32_t *token,
                               sm_error *err) SM_MUST_USE;

/* ---- log-likelihoods --------------------------------------------------------------------------- */

typedef struct sm_request {
    const uint32_t *ids; /* (n), context and continuation */
    size_t n, context;   /* 1 ≤ context < n */
    double logp;         /* set: Σ log p of the continuation's ids, in nats */
    bool greedy;         /* set: each was the likeliest id */
} sm_request;

typedef struct sm_reader sm_reader;

typedef struct sm_reader_options {
    uint32_t
        length; /* positions: ids that a request may have beside its last one; at most the model's */
    size_t memory; /* bytes that caches and passes may take, at least one of each; 0: 1 GiB */
    unsigned threads;
} sm_reader_options;

/* sm_reader_new: w are the weights in the order of sm_params. SM_EUSAGE for a length beyond the model's. */
SM_API int sm_reader_new(sm_reader **reader, const sm_model_config *config, const float *w,
                         const sm_reader_options *options, sm_error *err) SM_MUST_USE;
SM_API void sm_reader_free(sm_reader *reader); /* NULL is allowed */

/* sm_reader_read sets logp and greedy of n requests. What a request gets depends on the requests, to rounding on its own ids
 * only, and never on the number of threads. *cut counts those
 * that lost their left end. SM_EUSAGE for an id outside the model, SM_ELIMIT for a continuation longer than `length`,
 * SM_ENUMERIC. */
SM_API int sm_reader_read(sm_reader *reader, sm_request *requests, size_t n, uint64_t *cut,
                          sm_error *err) SM_MUST_USE;
/* sm_reader_read_one gives the same by a pass over the whole request and nothing shared: the oracle, and what
 * requests that fill all positions go through. */
SM_API int sm_reader_read_one(sm_reader *reader, sm_request *request, bool *cut,
                              sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
