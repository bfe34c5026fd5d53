/* config.json, in and out: see seimai/model.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include <seimai/json.h>
#include <seimai/model.h>

#define DEFAULTS                                                                               \
    {                                                                                          \
        .max_position_embeddings = 2048, .rms_norm_eps = 1e-6, .rope_theta = 10000.0,          \
        .initializer_range = 0.02, .bos_token_id = 0, .eos_token_id = 0, .pad_token_id = -1    \
    }

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct size_key {
    const char *key;
    uint32_t *out;
    bool required;
} size_key;

static int read_sizes(sm_model_config *c, const sm_value *root, sm_error *err)
{
    const size_key keys[] = {{"vocab_size", &c->vocab_size, true},
                             {"hidden_size", &c->hidden_size, true},
                             {"intermediate_size", &c->intermediate_size, true},
                             {"num_hidden_layers", &c->num_hidden_layers, true},
                             {"num_attention_heads", &c->num_attention_heads, true},
                             {"num_key_value_heads", &c->num_key_value_heads, false},
                             {"head_dim", &c->head_dim, false},
                             {"max_position_embeddings", &c->max_position_embeddings, false}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const sm_value *v = sm_value_get(root, keys[i].key);
        if (v && v->kind == SM_NULL && !keys[i].required) v = NULL;
        if (!v && keys[i].required) return sm_value_fail(root, err, "%s: missing", keys[i].key);
        int64_t value = *keys[i].out;
        SM_TRY(sm_value_read_int(v, keys[i].key, 1, INT32_MAX, &value, err));
        *keys[i].out = (uint32_t)value;
    }
    return SM_OK;
}

/* An id, or null, or (eos of chat models) a list whose first id we take. */
static int read_token(const sm_value *root, const char *key, int64_t *out, sm_error *err)
{
    const sm_value *v = sm_value_get(root, key);
    if (v && v->kind == SM_LIST && v->n > 0) v = v->items;
    if (v && v->kind == SM_NULL) {
        *out = -1;
        return SM_OK;
    }
    return sm_value_read_int(v, key, -1, INT32_MAX, out, err);
}

static int refuse_string(const sm_value *v, const char *what, const char *only, sm_error *err)
{
    sm_span s = sm_span_of(only);
    SM_TRY(sm_value_read_string(v, what, &s, err));
    if (sm_span_equal(s, sm_span_of(only))) return SM_OK;
    return sm_value_fail(v, err, "%s: '%.*s' is not built in, only '%s'", what, (int)s.n, s.p,
                         only);
}

static int refuse_true(const sm_value *root, const char *key, sm_error *err)
{
    bool on = false;
    SM_TRY(sm_value_read_bool(sm_value_get(root, key), key, &on, err));
    if (!on) return SM_OK;
    return sm_value_fail(sm_value_get(root, key), err, "%s: biases are not built in", key);
}

static int read_rope(sm_model_config *c, const sm_value *root, sm_error *err)
{
    const sm_value *const scaling = sm_value_get(root, "rope_scaling");
    const sm_value *const newer = sm_value_get(root, "rope_parameters");
    SM_TRY(sm_value_read_real(sm_value_get(root, "rope_theta"), "rope_theta", 1.0, 1e12,
                              &c->rope_theta, err));
    if (scaling && scaling->kind != SM_NULL)
        return sm_value_fail(scaling, err, "rope_scaling: not built in");
    if (!newer || newer->kind == SM_NULL) return SM_OK;
    if (newer->kind != SM_MAP) return sm_value_fail(newer, err, "rope_parameters: not a map");
    SM_TRY(refuse_string(sm_value_get(newer, "rope_type"), "rope_type", "default", err));
    return sm_value_read_real(sm_value_get(newer, "rope_theta"), "rope_theta", 1.0, 1e12,
                              &c->rope_theta, err);
}

static int refuse_unknown(const sm_value *root, sm_error *err)
{
    double dropout = 0.0;
    SM_TRY(refuse_string(sm_value_get(root, "model_type"), "model_type", "llama", err));
    SM_TRY(refuse_string(sm_value_get(root, "hidden_act"), "hidden_act", "silu", err));
    SM_TRY(refuse_true(root, "attention_bias", err));
    SM_TRY(refuse_true(root, "mlp_bias", err));
    const sm_value *const v = sm_value_get(root, "attention_dropout");
    SM_TRY(sm_value_read_real(v, "attention_dropout", 0.0, 1.0, &dropout, err));
    if (dropout > 0.0) return sm_value_fail(v, err, "attention_dropout: not built in");
    return SM_OK;
}

static int read_reals(sm_model_config *c, const sm_value *root, sm_error *err)
{
    SM_TRY(sm_value_read_real(sm_value_get(root, "rms_norm_eps"), "rms_norm_eps", 0.0, 1.0,
                              &c->rms_norm_eps, err));
    SM_TRY(sm_value_read_real(sm_value_get(root, "initializer_range"), "initializer_range", 0.0,
                              10.0, &c->initializer_range, err));
    return sm_value_read_bool(sm_value_get(root, "tie_word_embeddings"), "tie_word_embeddings",
                              &c->tie_word_embeddings, err);
}

int sm_model_config_read(sm_model_config *config, const sm_value *root, sm_error *err)
{
    sm_model_config c = DEFAULTS;
    if (root->kind != SM_MAP) return sm_value_fail(root, err, "a model is a map of keys");
    SM_TRY(refuse_unknown(root, err));
    SM_TRY(read_sizes(&c, root, err));
    SM_TRY(read_reals(&c, root, err));
    SM_TRY(read_rope(&c, root, err));
    SM_TRY(read_token(root, "bos_token_id", &c.bos_token_id, err));
    SM_TRY(read_token(root, "eos_token_id", &c.eos_token_id, err));
    SM_TRY(read_token(root, "pad_token_id", &c.pad_token_id, err));
    if (c.num_key_value_heads == 0) c.num_key_value_heads = c.num_attention_heads;
    if (c.head_dim == 0) c.head_dim = c.hidden_size / c.num_attention_heads;
    if (sm_model_config_check(&c, err) < 0) {
        sm_error_prefix(err, "%s:%d", root->file, root->line);
        return SM_EUSAGE;
    }
    *config = c;
    return SM_OK;
}

int sm_model_config_load(sm_model_config *config, const char *path, sm_error *err)
{
    sm_config file = {0};
    SM_TRY(sm_config_read(&file, path, err));
    const int status = sm_model_config_read(config, &file.root, err);
    sm_config_free(&file);
    return status;
}

/* ---- checking ------------------------------------------------------------------------------- */

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
    if (3 * widest > INT32_MAX || 2 * (uint64_t)c->intermediate_size > INT32_MAX)
        SM_FAIL(err, SM_EUSAGE, "model: a layer wider than 2^31");
    return SM_OK;
}

double sm_model_flops(const sm_model_config *c, uint32_t T)
{
    const double C = c->hidden_size, F = c->intermediate_size, L = c->num_hidden_layers;
    const double Q = (double)c->num_attention_heads * c->head_dim;
    const double KV = (double)c->num_key_value_heads * c->head_dim;
    const double block = C * (2.0 * Q + 2.0 * KV) + 3.0 * C * F;
    return 6.0 * (L * block + (double)c->vocab_size * C) + 6.0 * L * Q * (double)T;
}

/* ---- writing ---------------------------------------------------------------------------------- */

static void put_int(sm_buffer *b, const char *key, int64_t value)
{
    sm_json_key(b, key);
    if (value < 0)
        sm_json_null(b);
    else
        sm_json_int(b, value);
}

static void put_sizes(sm_buffer *b, const sm_model_config *c)
{
    put_int(b, "vocab_size", c->vocab_size);
    put_int(b, "hidden_size", c->hidden_size);
    put_int(b, "intermediate_size", c->intermediate_size);
    put_int(b, "num_hidden_layers", c->num_hidden_layers);
    put_int(b, "num_attention_heads", c->num_attention_heads);
    put_int(b, "num_key_value_heads", c->num_key_value_heads);
    put_int(b, "head_dim", c->head_dim);
    put_int(b, "max_position_embeddings", c->max_position_embeddings);
}

static void put_rope(sm_buffer *b, const sm_model_config *c)
{
    sm_json_put_real(b, "rope_theta", c->rope_theta);
    sm_json_key(b, "rope_parameters");
    sm_json_open(b, '{');
    sm_json_put_real(b, "rope_theta", c->rope_theta);
    sm_json_put_text(b, "rope_type", "default");
    sm_json_close(b, '}');
}

void sm_model_config_write(const sm_model_config *c, sm_buffer *b)
{
    sm_json_open(b, '{');
    sm_json_key(b, "architectures");
    sm_json_raw(b, SM_SPAN("[\"LlamaForCausalLM\"]"));
    sm_json_put_text(b, "model_type", "llama");
    put_sizes(b, c);
    sm_json_put_text(b, "hidden_act", "silu");
    sm_json_put_real(b, "rms_norm_eps", c->rms_norm_eps);
    put_rope(b, c);
    sm_json_put_bool(b, "tie_word_embeddings", c->tie_word_embeddings);
    sm_json_put_real(b, "initializer_range", c->initializer_range);
    put_int(b, "bos_token_id", c->bos_token_id);
    put_int(b, "eos_token_id", c->eos_token_id);
    put_int(b, "pad_token_id", c->pad_token_id);
    sm_json_put_bool(b, "attention_bias", false);
    sm_json_put_bool(b, "mlp_bias", false);
    sm_json_put_real(b, "attention_dropout", 0.0);
    sm_json_put_bool(b, "use_cache", true);
    sm_json_put_text(b, "torch_dtype", "float32");
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}
