/* config.json, out: see seimai/model.h.
 * SPDX-License-Identifier: MIT */
#include "model/family.h"

#include <seimai/json.h>

static void put_sizes(sm_buffer *b, const sm_model_config *c)
{
    for (const sm_config_key *k = sm_config_sizes; k->key || k->gpt2_key; k++) {
        const char *const key = sm_config_key_of(k, c->family);
        const void *const at = (const char *)c + k->at;
        if (key) sm_json_put_uint(b, key, *(const uint32_t *)at);
    }
}

static void put_reals(sm_buffer *b, const sm_model_config *c)
{
    for (const sm_config_key *k = sm_config_reals; k->key || k->gpt2_key; k++) {
        const char *const key = sm_config_key_of(k, c->family);
        const void *const at = (const char *)c + k->at;
        if (key) sm_json_put_real(b, key, *(const double *)at);
    }
}

static void put_rope_map(sm_buffer *b, const char *key, const sm_model_config *c)
{
    static const char *const names[] = {[SM_ROPE_DEFAULT] = "default",
                                        [SM_ROPE_LINEAR] = "linear",
                                        [SM_ROPE_LLAMA3] = "llama3"};
    const sm_rope_scaling *const s = &c->rope_scaling;
    sm_json_key(b, key);
    sm_json_open(b, '{');
    sm_json_put_real(b, "rope_theta", c->rope_theta);
    sm_json_put_text(b, "rope_type", names[s->type]);
    if (s->type != SM_ROPE_DEFAULT) sm_json_put_real(b, "factor", s->factor);
    if (s->type == SM_ROPE_LLAMA3) {
        sm_json_put_real(b, "low_freq_factor", s->low_freq_factor);
        sm_json_put_real(b, "high_freq_factor", s->high_freq_factor);
        sm_json_put_uint(b, "original_max_position_embeddings",
                         s->original_max_position_embeddings);
    }
    sm_json_close(b, '}');
}

/* Older readers look for rope_scaling, newer ones for rope_parameters. */
static void put_rope(sm_buffer *b, const sm_model_config *c)
{
    sm_json_put_real(b, "rope_theta", c->rope_theta);
    if (c->rope_scaling.type != SM_ROPE_DEFAULT) put_rope_map(b, "rope_scaling", c);
    put_rope_map(b, "rope_parameters", c);
}

static void put_window(sm_buffer *b, const sm_model_config *c)
{
    const sm_sliding sliding = sm_families[c->family].sliding;
    if (sliding == SM_SLIDING_NEVER) return;
    sm_json_key(b, "sliding_window");
    if (c->sliding_window > 0)
        sm_json_uint(b, c->sliding_window);
    else
        sm_json_null(b);
    if (sliding != SM_SLIDING_LATER) return;
    sm_json_put_bool(b, "use_sliding_window", c->sliding_window > 0);
    sm_json_put_uint(b, "max_window_layers", c->max_window_layers);
}

static void put_llama(sm_buffer *b, const sm_model_config *c)
{
    put_rope(b, c);
    put_window(b, c);
    if (sm_families[c->family].bias == SM_BIAS_BY_KEY)
        sm_json_put_bool(b, "attention_bias", c->qkv_bias);
    if (c->family == SM_MODEL_LLAMA) sm_json_put_bool(b, "mlp_bias", c->mlp_bias);
}

static void put_token(sm_buffer *b, const char *key, int64_t id)
{
    sm_json_key(b, key);
    if (id < 0)
        sm_json_null(b);
    else
        sm_json_int(b, id);
}

void sm_model_config_write(const sm_model_config *c, sm_buffer *b)
{
    const sm_family *const family = sm_families + c->family;
    sm_json_open(b, '{');
    sm_json_key(b, "architectures");
    sm_json_open(b, '[');
    sm_json_string(b, sm_span_of(family->architecture));
    sm_json_close(b, ']');
    sm_json_put_text(b, "model_type", family->type);
    put_sizes(b, c);
    sm_json_put_text(b, family->activation_key, family->activation);
    put_reals(b, c);
    if (c->family != SM_MODEL_GPT2) put_llama(b, c);
    sm_json_put_bool(b, "tie_word_embeddings", c->tie_word_embeddings);
    put_token(b, "bos_token_id", c->bos_token_id);
    put_token(b, "eos_token_id", c->eos_token_id);
    put_token(b, "pad_token_id", c->pad_token_id);
    sm_json_put_bool(b, "use_cache", true);
    sm_json_put_text(b, "torch_dtype", "float32");
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}
