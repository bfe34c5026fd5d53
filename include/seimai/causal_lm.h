/* seimai/causal_lm.h - a model that goes on with texts: configuration, weights and tokenizer of one directory.
 * SPDX-License-Identifier: MIT
 *
 *     sm_causal_lm *lm;
 *     sm_causal_lm_open(&lm, "run/model", NULL, &err);
 *     … sm_generator_new(&gen, &lm->config, …); sm_generator_use(gen, lm->w); …
 *     sm_causal_lm_free(lm);
 *
 * The directory is Hugging Face's (seimai/checkpoint.h): a model with its tokenizer, or a PEFT adapter, whose base is
 * then read and the adapter added to it in float32.
 *
 * Ownership: open and free pair up; everything in it is read-only. Threads: it may be shared, but for the encoder, which is
 * one thread's. */
#ifndef SEIMAI_CAUSAL_LM_H
#define SEIMAI_CAUSAL_LM_H

#include <seimai/chat.h>
#include <seimai/model.h>
#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_causal_lm {
    char *
        name; /* the directory as it was named, without slashes at the end: what answers are signed with */
    sm_model_config config;
    const float *w;       /* laid out as sm_generator_params says */
    char *tokenizer_path; /* where the tokenizer was read; NULL: nowhere */
    const sm_tokenizer *tokenizer;
    sm_encoder *encoder;
    uint32_t eot;     /* ends a document; SM_NO_TOKEN where nothing says */
    uint32_t bos;     /* begins one: config.json's, else what ends one */
    const char *chat; /* name of its chat template; NULL where the directory names none */
    float *own_w;     /* what it frees; NULL: borrowed (sm_causal_lm_of) */
    sm_tokenizer *own_tokenizer;
} sm_causal_lm;

/* sm_causal_lm_open: SM_ENOENT where there is no such directory, SM_EFORMAT for a broken file or a tokenizer with more ids
 * than the model, SM_EUSAGE for a model that cannot be (seimai/model.h). `base` stands for the base that an adapter names;
 * NULL: that one. */
SM_API int sm_causal_lm_open(sm_causal_lm **lm, const char *dir, const char *base,
                             sm_error *err) SM_MUST_USE;
SM_API void sm_causal_lm_free(sm_causal_lm *lm); /* NULL is allowed */

/* sm_causal_lm_open_with takes the tokenizer from another directory or file; NULL: as sm_causal_lm_open. */
SM_API int sm_causal_lm_open_with(sm_causal_lm **lm, const char *dir, const char *base,
                                  const char *tokenizer, sm_error *err) SM_MUST_USE;

/* sm_causal_lm_of is one around weights and a tokenizer that are in memory, such as those of a training that goes on; both
 * must outlive it. Freed as the others. */
SM_API sm_causal_lm *sm_causal_lm_of(const char *name, const sm_model_config *config,
                                     const float *w, const sm_tokenizer *tokenizer) SM_MUST_USE;

/* sm_causal_lm_encode replaces `ids` by those of a text that begins a document: the document's token, then the text.
 * SM_EFORMAT for bytes that are no UTF-8 (their offset is told), SM_EUSAGE where nothing would be left to begin with. */
SM_API int sm_causal_lm_encode(const sm_causal_lm *lm, sm_span text, sm_ids *ids,
                               sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
