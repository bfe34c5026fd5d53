/* A model with its tokenizer, from a directory: see seimai/causal_lm.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include <seimai/adapter.h>
#include <seimai/causal_lm.h>
#include <seimai/file.h>
#include <seimai/utf8.h>

static char *name_of(const char *dir)
{
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    return sm_strdup((sm_span){dir, n});
}

enum { MOST_PATH = 1 << 16 };

static void find_ends(sm_causal_lm *lm)
{
    const sm_model_config *const c = &lm->config;
    lm->eot = sm_tokenizer_eot(lm->tokenizer);
    if (lm->eot == SM_NO_TOKEN && c->eos_token_id >= 0) lm->eot = (uint32_t)c->eos_token_id;
    lm->bos = lm->eot;
    if (c->bos_token_id >= 0 && (uint64_t)c->bos_token_id < sm_tokenizer_size(lm->tokenizer))
        lm->bos = (uint32_t)c->bos_token_id;
}

static int read_tokenizer(sm_causal_lm *lm, const char *dir, sm_error *err)
{
    lm->tokenizer_path = sm_strdup(sm_span_of(dir));
    SM_TRY(sm_tokenizer_load(&lm->own_tokenizer, dir, err));
    lm->tokenizer = lm->own_tokenizer;
    if (sm_tokenizer_size(lm->tokenizer) > lm->config.vocab_size)
        SM_FAIL(err, SM_EFORMAT, "%s: the tokenizer has %zu ids, the model %u", dir,
                sm_tokenizer_size(lm->tokenizer), lm->config.vocab_size);
    lm->encoder = sm_encoder_new();
    find_ends(lm);
    return sm_chat_template_in(dir, &lm->chat, err);
}

static bool has_tokenizer(const char *dir)
{
    sm_buffer path = sm_buffer_make(MOST_PATH);
    sm_buffer_printf(&path, "%s/tokenizer.json", dir);
    sm_buffer_putc(&path, '\0');
    const bool has = !path.overflow && sm_file_exists(path.p);
    sm_buffer_free(&path);
    return has;
}

/* An adapter without a tokenizer has its base's. */
static int open_tokenizer(sm_causal_lm *lm, const char *dir, const char *base, sm_error *err)
{
    sm_buffer path = sm_buffer_make(MOST_PATH);
    int status = sm_adapter_base(dir, base, &path, err);
    const bool of_base = status == 1 && !has_tokenizer(dir);
    if (status >= 0) status = read_tokenizer(lm, of_base ? path.p : dir, err);
    sm_buffer_free(&path);
    return status;
}

int sm_causal_lm_open_with(sm_causal_lm **out, const char *dir, const char *base,
                           const char *tokenizer, sm_error *err)
{
    sm_causal_lm *const lm = sm_calloc(1, sizeof *lm);
    *out = NULL;
    lm->name = name_of(dir);
    int status = sm_pretrained_weights(dir, base, &lm->config, &lm->own_w, err);
    lm->w = lm->own_w;
    if (status >= 0)
        status =
            tokenizer ? read_tokenizer(lm, tokenizer, err) : open_tokenizer(lm, dir, base, err);
    if (status < 0)
        sm_causal_lm_free(lm);
    else
        *out = lm;
    return status;
}

int sm_causal_lm_open(sm_causal_lm **lm, const char *dir, const char *base, sm_error *err)
{
    return sm_causal_lm_open_with(lm, dir, base, NULL, err);
}

sm_causal_lm *sm_causal_lm_of(const char *name, const sm_model_config *config, const float *w,
                              const sm_tokenizer *tokenizer)
{
    sm_causal_lm *const lm = sm_calloc(1, sizeof *lm);
    *lm = (sm_causal_lm){.name = name_of(name),
                         .config = *config,
                         .w = w,
                         .tokenizer = tokenizer,
                         .encoder = sm_encoder_new()};
    find_ends(lm);
    return lm;
}

void sm_causal_lm_free(sm_causal_lm *lm)
{
    if (!lm) return;
    sm_encoder_free(lm->encoder);
    sm_tokenizer_free(lm->own_tokenizer);
    sm_vector_free(lm->own_w);
    sm_free(lm->tokenizer_path);
    sm_free(lm->name);
    sm_free(lm);
}

int sm_causal_lm_encode(const sm_causal_lm *lm, sm_span text, sm_ids *ids, sm_error *err)
{
    const size_t valid = sm_utf8_check(text);
    if (valid < text.n) SM_FAIL(err, SM_EFORMAT, "the prompt is no UTF-8 at byte %zu", valid);
    ids->n = 0;
    if (lm->bos != SM_NO_TOKEN) sm_ids_put(ids, lm->bos);
    sm_tokenizer_encode(lm->tokenizer, lm->encoder, text, ids);
    if (ids->n == 0) SM_FAIL(err, SM_EUSAGE, "this model cannot begin with nothing");
    return SM_OK;
}
