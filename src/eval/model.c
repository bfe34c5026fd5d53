/* A model that is evaluated: see seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/checkpoint.h>
#include <seimai/eval.h>

#include <string.h>

/* transformers' bos, else what ends a document: in our models they are the same. */
static int find_first(sm_eval_model *m, const char *path, sm_error *err)
{
    const size_t n = sm_tokenizer_size(m->tokenizer);
    m->style.first = sm_tokenizer_eot(m->tokenizer);
    if (m->config.bos_token_id >= 0 && (uint64_t)m->config.bos_token_id < n)
        m->style.first = (uint32_t)m->config.bos_token_id;
    if (m->style.first == SM_NO_TOKEN)
        SM_FAIL(err, SM_EFORMAT, "%s: no token that ends a document", path);
    return SM_OK;
}

static int open_tokenizer(sm_eval_model *m, const char *path, const char *bos, sm_error *err)
{
    uint32_t begins = SM_NO_TOKEN;
    SM_TRY(sm_tokenizer_load(&m->tokenizer, path, err));
    SM_TRY(find_first(m, path, err));
    if (sm_tokenizer_size(m->tokenizer) > m->config.vocab_size)
        SM_FAIL(err, SM_EFORMAT, "%s: %zu ids, the model has %u", path,
                sm_tokenizer_size(m->tokenizer), m->config.vocab_size);
    if (strcmp(bos, "auto") == 0) SM_TRY(sm_tokenizer_begins(path, m->tokenizer, &begins, err));
    if (begins != SM_NO_TOKEN) m->style.first = begins;
    m->style.tokenizer = m->tokenizer;
    m->style.begins = begins != SM_NO_TOKEN || strcmp(bos, "yes") == 0;
    return SM_OK;
}

int sm_eval_model_open(sm_eval_model *m, const char *dir, const char *tokenizer_path,
                       const char *bos, bool bare, sm_error *err)
{
    *m = (sm_eval_model){.dir = dir};
    int status = sm_model_weights(dir, &m->config, &m->w, err);
    if (status == SM_OK && !bare)
        status = open_tokenizer(m, tokenizer_path ? tokenizer_path : dir, bos, err);
    if (status < 0) sm_eval_model_close(m);
    return status;
}

void sm_eval_model_close(sm_eval_model *m)
{
    sm_tokenizer_free(m->tokenizer);
    sm_vector_free(m->w);
    *m = (sm_eval_model){0};
}
