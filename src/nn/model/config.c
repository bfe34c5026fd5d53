/* config.json, in: see seimai/model.h.
 * SPDX-License-Identifier: MIT */
#include "model/family.h"

/* ---- numbers ------------------------------------------------------------------------------ */

static int read_sizes(sm_model_config *c, const sm_value *root, sm_error *err)
{
    for (const sm_config_key *k = sm_config_sizes; k->key || k->gpt2_key; k++) {
        const char *const key = sm_config_key_of(k, c->family);
        uint32_t *const out = (uint32_t *)(void *)((char *)c + k->at);
        const sm_value *v = key ? sm_value_get(root, key) : NULL;
        if (v && v->kind == SM_NULL && !k->required) v = NULL;
        if (!v && k->required) return sm_value_fail(root, err, "%s: missing", key);
        int64_t value = *out;
        SM_TRY(sm_value_read_int(v, key, 1, INT32_MAX, &value, err));
        *out = (uint32_t)value;
    }
    if (c->family != SM_MODEL_GPT2 && c->intermediate_size == 0)
        return sm_value_fail(root, err, "intermediate_size: missing");
    return SM_OK;
}

static int read_reals(sm_model_config *c, const sm_value *root, sm_error *err)
{
    for (const sm_config_key *k = sm_config_reals; k->key || k->gpt2_key; k++) {
        const char *const key = sm_config_key_of(k, c->family);
        double *const out = (double *)(void *)((char *)c + k->at);
        const sm_value *const v = key ? sm_value_get(root, key) : NULL;
        if (v && v->kind == SM_NULL) continue;
        SM_TRY(sm_value_read_real(v, key, k->least, k->most, out, err));
    }
    return sm_value_read_bool(sm_value_get(root, "tie_word_embeddings"), "tie_word_embeddings",
                              &c->tie_word_embeddings, err);
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

/* ---- rotary positions ----------------------------------------------------------------------- */

static const char *const rope_types[] = {
    [SM_ROPE_DEFAULT] = "default", [SM_ROPE_LINEAR] = "linear", [SM_ROPE_LLAMA3] = "llama3"};

static int read_rope_type(const sm_value *map, sm_rope_type *type, sm_error *err)
{
    const sm_value *const newer = sm_value_get(map, "rope_type");
    const sm_value *const v = newer ? newer : sm_value_get(map, "type");
    sm_span name = sm_span_of(rope_types[SM_ROPE_DEFAULT]);
    SM_TRY(sm_value_read_string(v, "rope_type", &name, err));
    for (size_t i = 0; i < sizeof rope_types / sizeof *rope_types; i++) {
        if (!sm_span_equal(name, sm_span_of(rope_types[i]))) continue;
        *type = (sm_rope_type)i;
        return SM_OK;
    }
    return sm_value_fail(v, err,
                         "rope_type: '%.*s' is not built in, only default, linear and llama3",
                         (int)name.n, name.p);
}

static int read_rope_map(sm_model_config *c, const sm_value *map, const char *what,
                         sm_error *err)
{
    sm_rope_scaling *const s = &c->rope_scaling;
    int64_t original = c->max_position_embeddings;
    if (!map || map->kind == SM_NULL) return SM_OK;
    if (map->kind != SM_MAP) return sm_value_fail(map, err, "%s: not a map", what);
    SM_TRY(read_rope_type(map, &s->type, err));
    SM_TRY(sm_value_read_real(sm_value_get(map, "rope_theta"), "rope_theta", 1.0, 1e12,
                              &c->rope_theta, err));
    if (s->type == SM_ROPE_DEFAULT) return SM_OK;
    SM_TRY(
        sm_value_read_real(sm_value_get(map, "factor"), "factor", 1.0, 1e6, &s->factor, err));
    if (s->type == SM_ROPE_LINEAR) return SM_OK;
    SM_TRY(sm_value_read_real(sm_value_get(map, "low_freq_factor"), "low_freq_factor", 0.0, 1e6,
                              &s->low_freq_factor, err));
    SM_TRY(sm_value_read_real(sm_value_get(map, "high_freq_factor"), "high_freq_factor", 0.0,
                              1e6, &s->high_freq_factor, err));
    SM_TRY(sm_value_read_int(sm_value_get(map, "original_max_position_embeddings"),
                             "original_max_position_embeddings", 1, INT32_MAX, &original, err));
    s->original_max_position_embeddings = (uint32_t)original;
    return SM_OK;
}

static int read_rope(sm_model_config *c, const sm_value *root, sm_error *err)
{
    if (c->family == SM_MODEL_GPT2) return SM_OK;
    SM_TRY(sm_value_read_real(sm_value_get(root, "rope_theta"), "rope_theta", 1.0, 1e12,
                              &c->rope_theta, err));
    SM_TRY(read_rope_map(c, sm_value_get(root, "rope_scaling"), "rope_scaling", err));
    return read_rope_map(c, sm_value_get(root, "rope_parameters"), "rope_parameters", err);
}

/* ---- biases and windows ------------------------------------------------------------------------ */

static int read_biases(sm_model_config *c, const sm_value *root, sm_error *err)
{
    const sm_bias bias = sm_families[c->family].bias;
    c->qkv_bias = bias == SM_BIAS_QKV || bias == SM_BIAS_ALWAYS;
    c->o_bias = c->mlp_bias = bias == SM_BIAS_ALWAYS;
    if (bias != SM_BIAS_BY_KEY) return SM_OK;
    SM_TRY(sm_value_read_bool(sm_value_get(root, "attention_bias"), "attention_bias",
                              &c->qkv_bias, err));
    c->o_bias = c->qkv_bias;
    if (c->family != SM_MODEL_LLAMA) return SM_OK;
    return sm_value_read_bool(sm_value_get(root, "mlp_bias"), "mlp_bias", &c->mlp_bias, err);
}

/* Layers by their types: full ones first, then sliding ones. */
static int read_layer_types(sm_model_config *c, const sm_value *types, sm_error *err)
{
    uint32_t full = 0;
    if (types->kind != SM_LIST || types->n != c->num_hidden_layers)
        return sm_value_fail(types, err, "layer_types: not a list of %u", c->num_hidden_layers);
    for (uint32_t i = 0; i < types->n; i++) {
        sm_span type = {NULL, 0};
        SM_TRY(sm_value_read_string(types->items + i, "layer_types", &type, err));
        const bool slides = sm_span_equal(type, SM_SPAN("sliding_attention"));
        if (!slides && (!sm_span_equal(type, SM_SPAN("full_attention")) || full < i))
            return sm_value_fail(types->items + i, err,
                                 "layer_types: '%.*s' of layer %u is not built in here",
                                 (int)type.n, type.p, i);
        full += !slides;
    }
    c->max_window_layers = full;
    if (full == types->n) c->sliding_window = 0;
    return SM_OK;
}

static int read_window(sm_model_config *c, const sm_value *root, sm_error *err)
{
    const sm_sliding sliding = sm_families[c->family].sliding;
    const sm_value *const v = sm_value_get(root, "sliding_window");
    const sm_value *const types = sm_value_get(root, "layer_types");
    bool used = sliding == SM_SLIDING_ALWAYS;
    int64_t window = c->sliding_window, full = c->max_window_layers;
    c->sliding_window = 0;
    if (sliding == SM_SLIDING_LATER) {
        SM_TRY(sm_value_read_bool(sm_value_get(root, "use_sliding_window"),
                                  "use_sliding_window", &used, err));
        SM_TRY(sm_value_read_int(sm_value_get(root, "max_window_layers"), "max_window_layers",
                                 0, INT32_MAX, &full, err));
    }
    c->max_window_layers = (uint32_t)full;
    if (!used || (v && v->kind == SM_NULL)) return SM_OK;
    SM_TRY(sm_value_read_int(v, "sliding_window", 1, INT32_MAX, &window, err));
    c->sliding_window = (uint32_t)window;
    const bool listed = types && types->kind != SM_NULL && sliding == SM_SLIDING_LATER;
    return listed ? read_layer_types(c, types, err) : SM_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static int read_family(sm_model_config *c, const sm_value *root, sm_error *err)
{
    const sm_value *const v = sm_value_get(root, "model_type");
    sm_span type = sm_span_of(sm_families[SM_MODEL_LLAMA].type);
    SM_TRY(sm_value_read_string(v, "model_type", &type, err));
    for (int i = 0; i < SM_MODEL_FAMILIES; i++) {
        if (!sm_span_equal(type, sm_span_of(sm_families[i].type))) continue;
        *c = sm_families[i].defaults;
        c->family = (sm_model_family)i;
        return SM_OK;
    }
    return sm_value_fail(v, err,
                         "model_type: '%.*s' is not built in, only llama, mistral, "
                         "qwen2, qwen3 and gpt2",
                         (int)type.n, type.p);
}

/* What would compute something else than we do. */
static int refuse_others(const sm_model_config *c, const sm_value *root, sm_error *err)
{
    static const struct {
        const char *key;
        bool only;
    } flags[] = {{"scale_attn_weights", true},
                 {"scale_attn_by_inverse_layer_idx", false},
                 {"add_cross_attention", false}};
    const sm_family *const family = sm_families + c->family;
    const sm_value *const v = sm_value_get(root, family->activation_key);
    sm_span activation = sm_span_of(family->activation);
    SM_TRY(sm_value_read_string(v, family->activation_key, &activation, err));
    if (!sm_span_equal(activation, sm_span_of(family->activation)))
        return sm_value_fail(v, err, "%s: '%.*s' is not built in, only '%s'",
                             family->activation_key, (int)activation.n, activation.p,
                             family->activation);
    for (size_t i = 0; c->family == SM_MODEL_GPT2 && i < sizeof flags / sizeof *flags; i++) {
        bool on = flags[i].only;
        const sm_value *const flag = sm_value_get(root, flags[i].key);
        SM_TRY(sm_value_read_bool(flag, flags[i].key, &on, err));
        if (on != flags[i].only)
            return sm_value_fail(flag, err, "%s: not built in", flags[i].key);
    }
    return SM_OK;
}

static void complete(sm_model_config *c)
{
    if (c->num_key_value_heads == 0) c->num_key_value_heads = c->num_attention_heads;
    if (c->head_dim == 0) c->head_dim = c->hidden_size / c->num_attention_heads;
    if (c->intermediate_size == 0) c->intermediate_size = 4 * c->hidden_size;
}

int sm_model_config_read(sm_model_config *config, const sm_value *root, sm_error *err)
{
    sm_model_config c = {0};
    if (root->kind != SM_MAP) return sm_value_fail(root, err, "a model is a map of keys");
    SM_TRY(read_family(&c, root, err));
    SM_TRY(refuse_others(&c, root, err));
    SM_TRY(read_sizes(&c, root, err));
    SM_TRY(read_reals(&c, root, err));
    SM_TRY(read_rope(&c, root, err));
    SM_TRY(read_biases(&c, root, err));
    SM_TRY(read_window(&c, root, err));
    SM_TRY(read_token(root, "bos_token_id", &c.bos_token_id, err));
    SM_TRY(read_token(root, "eos_token_id", &c.eos_token_id, err));
    SM_TRY(read_token(root, "pad_token_id", &c.pad_token_id, err));
    complete(&c);
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
