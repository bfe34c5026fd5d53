/* The families: see family.h and seimai/model.h.
 * SPDX-License-Identifier: MIT */
#include "model/family.h"

#include <math.h>
#include <stddef.h>

#define PI 3.14159265358979323846

#define LLAMA_DEFAULTS                                                                         \
    .max_position_embeddings = 2048, .rms_norm_eps = 1e-6, .rope_theta = 10000.0,              \
    .initializer_range = 0.02, .pad_token_id = -1

const sm_family sm_families[SM_MODEL_FAMILIES] = {
    [SM_MODEL_LLAMA] = {"llama",
                        "LlamaForCausalLM",
                        "hidden_act",
                        "silu",
                        SM_BIAS_BY_KEY,
                        false,
                        SM_SLIDING_NEVER,
                        {LLAMA_DEFAULTS}},
    [SM_MODEL_MISTRAL] = {"mistral",
                          "MistralForCausalLM",
                          "hidden_act",
                          "silu",
                          SM_BIAS_NEVER,
                          false,
                          SM_SLIDING_ALWAYS,
                          {LLAMA_DEFAULTS, .sliding_window = 4096}},
    [SM_MODEL_QWEN2] = {"qwen2",
                        "Qwen2ForCausalLM",
                        "hidden_act",
                        "silu",
                        SM_BIAS_QKV,
                        false,
                        SM_SLIDING_LATER,
                        {LLAMA_DEFAULTS, .sliding_window = 4096, .max_window_layers = 28}},
    [SM_MODEL_QWEN3] = {"qwen3",
                        "Qwen3ForCausalLM",
                        "hidden_act",
                        "silu",
                        SM_BIAS_BY_KEY,
                        true,
                        SM_SLIDING_LATER,
                        {LLAMA_DEFAULTS, .sliding_window = 4096, .max_window_layers = 28,
                         .head_dim = 128}},
    [SM_MODEL_GPT2] = {"gpt2",
                       "GPT2LMHeadModel",
                       "activation_function",
                       "gelu_new",
                       SM_BIAS_ALWAYS,
                       false,
                       SM_SLIDING_NEVER,
                       {.max_position_embeddings = 1024,
                        .rms_norm_eps = 1e-5,
                        .attention_dropout = 0.1,
                        .embedding_dropout = 0.1,
                        .residual_dropout = 0.1,
                        .initializer_range = 0.02,
                        .tie_word_embeddings = true,
                        .pad_token_id = -1}},
};

#define SIZE(field, key, gpt2, required)                                                       \
    {                                                                                          \
        offsetof(sm_model_config, field), key, gpt2, required, 0.0, 0.0                        \
    }
#define REAL(field, key, gpt2, least, most)                                                    \
    {                                                                                          \
        offsetof(sm_model_config, field), key, gpt2, false, least, most                        \
    }

const sm_config_key sm_config_sizes[] = {
    SIZE(vocab_size, "vocab_size", "vocab_size", true),
    SIZE(hidden_size, "hidden_size", "n_embd", true),
    SIZE(intermediate_size, "intermediate_size", "n_inner", false),
    SIZE(num_hidden_layers, "num_hidden_layers", "n_layer", true),
    SIZE(num_attention_heads, "num_attention_heads", "n_head", true),
    SIZE(num_key_value_heads, "num_key_value_heads", NULL, false),
    SIZE(head_dim, "head_dim", NULL, false),
    SIZE(max_position_embeddings, "max_position_embeddings", "n_positions", false),
    SIZE(vocab_size, NULL, NULL, false),
};

const sm_config_key sm_config_reals[] = {
    REAL(rms_norm_eps, "rms_norm_eps", "layer_norm_epsilon", 0.0, 1.0),
    REAL(initializer_range, "initializer_range", "initializer_range", 0.0, 10.0),
    REAL(attention_dropout, "attention_dropout", "attn_pdrop", 0.0, 0.99),
    REAL(embedding_dropout, NULL, "embd_pdrop", 0.0, 0.99),
    REAL(residual_dropout, NULL, "resid_pdrop", 0.0, 0.99),
    REAL(vocab_size, NULL, NULL, 0.0, 0.0),
};

const char *sm_model_type(sm_model_family family)
{
    return sm_families[family].type;
}

uint32_t sm_model_window(const sm_model_config *c, uint32_t layer)
{
    return layer < c->max_window_layers ? 0 : c->sliding_window;
}

/* The share of a wavelength's own speed, against the slower one: 1 for short ones, 0 for long ones. */
static double llama3_share(const sm_rope_scaling *s, double wavelength)
{
    const double turns = (double)s->original_max_position_embeddings / wavelength;
    const double share =
        (turns - s->low_freq_factor) / (s->high_freq_factor - s->low_freq_factor);
    return fmin(1.0, fmax(0.0, share));
}

double sm_rope_frequency(const sm_model_config *c, uint32_t j)
{
    const sm_rope_scaling *const s = &c->rope_scaling;
    const double frequency = pow(c->rope_theta, -2.0 * (double)j / (double)c->head_dim);
    if (s->type == SM_ROPE_DEFAULT) return frequency;
    if (s->type == SM_ROPE_LINEAR) return frequency / s->factor;
    const double own = llama3_share(s, 2.0 * PI / frequency);
    return own * frequency + (1.0 - own) * frequency / s->factor;
}

/* ---- checking ------------------------------------------------------------------------------- */

static int check_rope(const sm_model_config *c, sm_error *err)
{
    const sm_rope_scaling *const s = &c->rope_scaling;
    if (s->type == SM_ROPE_DEFAULT) return SM_OK;
    if (!(s->factor >= 1.0))
        SM_FAIL(err, SM_EUSAGE, "model: rope factor %g is below 1", s->factor);
    if (s->type == SM_ROPE_LINEAR) return SM_OK;
    if (s->original_max_position_embeddings == 0 || !(s->low_freq_factor > 0.0) ||
        !(s->high_freq_factor > s->low_freq_factor))
        SM_FAIL(err, SM_EUSAGE,
                "model: llama3 scaling needs 0 < low_freq_factor < "
                "high_freq_factor and original_max_position_embeddings");
    return SM_OK;
}

int sm_model_config_check(const sm_model_config *c, sm_error *err)
{
    const uint64_t widest = (uint64_t)c->head_dim * c->num_attention_heads;
    if (!c->vocab_size || !c->hidden_size || !c->intermediate_size || !c->num_hidden_layers ||
        !c->num_attention_heads || !c->num_key_value_heads || !c->max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "model: a size is 0");
    if (c->head_dim == 0 || c->head_dim % 2 != 0)
        SM_FAIL(err, SM_EUSAGE, "model: head_dim %u is not a positive even number",
                c->head_dim);
    if (c->num_attention_heads % c->num_key_value_heads != 0)
        SM_FAIL(err, SM_EUSAGE,
                "model: num_key_value_heads %u does not divide num_attention_heads %u",
                c->num_key_value_heads, c->num_attention_heads);
    if (c->family == SM_MODEL_GPT2 && widest != c->hidden_size)
        SM_FAIL(err, SM_EUSAGE, "model: n_head %u does not divide n_embd %u",
                c->num_attention_heads, c->hidden_size);
    if (3 * widest > INT32_MAX || 2 * (uint64_t)c->intermediate_size > INT32_MAX)
        SM_FAIL(err, SM_EUSAGE, "model: a layer wider than 2^31");
    return check_rope(c, err);
}

/* ---- cost ----------------------------------------------------------------------------------- */

/* Keys that a query of a layer sees on average over T positions. */
static double mean_keys(const sm_model_config *c, uint32_t layer, double T)
{
    const double window = sm_model_window(c, layer);
    return window > 0.0 && window < T ? window - window * window / (2.0 * T) : T / 2.0;
}

double sm_model_flops(const sm_model_config *c, uint32_t T)
{
    const double C = c->hidden_size, F = c->intermediate_size, L = c->num_hidden_layers;
    const double Q = (double)c->num_attention_heads * c->head_dim;
    const double KV = (double)c->num_key_value_heads * c->head_dim;
    const double mlp = c->family == SM_MODEL_GPT2 ? 2.0 : 3.0; /* matrices */
    const double block = C * (2.0 * Q + 2.0 * KV) + mlp * C * F;
    double keys = 0.0;
    for (uint32_t layer = 0; layer < c->num_hidden_layers; layer++)
        keys += mean_keys(c, layer, (double)T);
    return 6.0 * (L * block + (double)c->vocab_size * C) + 12.0 * Q * keys;
}
