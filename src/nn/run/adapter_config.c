/* adapter_config.json, both ways: see seimai/adapter.h and adapter_internal.h.
 * SPDX-License-Identifier: MIT */
#include "run/adapter_internal.h"

#include <seimai/json.h>

#include <string.h>

/* ---- reading ------------------------------------------------------------------------------------ */

/* Keys that mean nothing for the result; all that is in neither list must be empty. */
static const char *const passed_over[] = {
    "auto_mapping",        "base_model_name_or_path", "revision",        "peft_version",
    "task_type",           "inference_mode",          "megatron_core",   "qalora_group_size",
    "ensure_weight_tying", "runtime_config",          "exclude_modules", "layers_pattern",
    "layers_to_transform", "target_modules",          "rank_pattern",    NULL};
static const char *const read_keys[] = {"peft_type",
                                        "r",
                                        "lora_alpha",
                                        "lora_dropout",
                                        "use_rslora",
                                        "fan_in_fan_out",
                                        "bias",
                                        "init_lora_weights",
                                        "modules_to_save",
                                        "alpha_pattern",
                                        NULL};

static bool is_in(const char *const *list, sm_span key)
{
    for (; *list; list++)
        if (sm_span_equal(key, sm_span_of(*list))) return true;
    return false;
}

/* null, false, 0, "", [] and {} ask for nothing. */
static bool is_empty(const sm_value *v)
{
    switch (v->kind) {
    case SM_NULL: return true;
    case SM_BOOL: return !v->as.boolean;
    case SM_INT: return v->as.integer == 0;
    case SM_REAL: return v->as.real == 0.0;
    case SM_STRING: return v->as.string.n == 0;
    case SM_LIST:
    case SM_MAP: return v->n == 0;
    }
    return false;
}

static int not_supported(const sm_value *v, const char *key, sm_error *err)
{
    SM_FAIL(err, SM_ENOSUP, "%s:%d: %s: this kind of adapter is not supported", v->file,
            v->line, key);
}

static int refuse_others(const sm_value *root, sm_error *err)
{
    for (size_t i = 0; i < root->n; i++) {
        const sm_span key = root->keys[i];
        if (is_in(passed_over, key) || is_in(read_keys, key)) continue;
        if (is_empty(root->items + i)) continue;
        SM_FAIL(err, SM_ENOSUP, "%s:%d: %.*s: this kind of adapter is not supported",
                root->items[i].file, root->items[i].line, (int)key.n, key.p);
    }
    return SM_OK;
}

/* A string must be one of a list. */
static int must_be(const sm_value *root, const char *key, const char *const *list,
                   sm_error *err)
{
    const sm_value *const v = sm_value_get(root, key);
    if (!v || v->kind == SM_NULL || v->kind == SM_BOOL) return SM_OK;
    sm_span text = {NULL, 0};
    SM_TRY(sm_value_read_string(v, key, &text, err));
    return is_in(list, text) ? SM_OK : not_supported(v, key, err);
}

static const sm_value *present(const sm_value *root, const char *key)
{
    const sm_value *const v = sm_value_get(root, key);
    return v && v->kind != SM_NULL ? v : NULL;
}

static int read_numbers(const sm_value *root, sm_lora *lora, sm_error *err)
{
    int64_t rank = 8;
    lora->alpha = 8.0;
    SM_TRY(sm_value_read_int(present(root, "r"), "r", 1, SM_LORA_RANKS, &rank, err));
    lora->rank = (uint32_t)rank;
    SM_TRY(sm_value_read_real(present(root, "lora_alpha"), "lora_alpha", 0.0, 1e9, &lora->alpha,
                              err));
    SM_TRY(sm_value_read_real(present(root, "lora_dropout"), "lora_dropout", 0.0, 0.99,
                              &lora->dropout, err));
    return sm_value_read_bool(present(root, "use_rslora"), "use_rslora", &lora->rslora, err);
}

static int read_saved(const sm_value *root, sm_arena *arena, sm_lora *lora, sm_error *err)
{
    const sm_value *const list = present(root, "modules_to_save");
    if (!list) return SM_OK;
    if (list->kind != SM_LIST) return sm_value_fail(list, err, "modules_to_save is no list");
    if (list->n == 0) return SM_OK;
    const char **const names = sm_arena_zalloc(arena, list->n + 1, sizeof *names);
    for (size_t i = 0; i < list->n; i++) {
        sm_span name = {NULL, 0};
        SM_TRY(sm_value_read_string(list->items + i, "modules_to_save", &name, err));
        names[i] = sm_arena_copy(arena, name).p;
    }
    lora->saved = names;
    return SM_OK;
}

/* PEFT takes the keys of patterns for regular expressions; names are such that fit themselves. */
static bool is_name(sm_span key)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    for (size_t i = 0; i < key.n; i++)
        if (!memchr(letters, key.p[i], sizeof letters - 1)) return false;
    return key.n > 0;
}

static int read_alphas(const sm_value *root, sm_arena *arena, sm_lora *lora, sm_error *err)
{
    const sm_value *const map = present(root, "alpha_pattern");
    if (!map) return SM_OK;
    if (map->kind != SM_MAP) return sm_value_fail(map, err, "alpha_pattern is no map");
    if (map->n == 0) return SM_OK;
    sm_lora_exception *const list = sm_arena_zalloc(arena, map->n, sizeof *list);
    for (size_t i = 0; i < map->n; i++) {
        if (!is_name(map->keys[i]))
            SM_FAIL(err, SM_ENOSUP, "%s:%d: alpha_pattern: '%.*s' is a regular expression",
                    map->items[i].file, map->items[i].line, (int)map->keys[i].n,
                    map->keys[i].p);
        list[i].module = sm_arena_copy(arena, map->keys[i]).p;
        SM_TRY(sm_value_read_real(map->items + i, "alpha_pattern", 1e-9, 1e9, &list[i].alpha,
                                  err));
    }
    lora->exceptions = list;
    lora->n_exceptions = map->n;
    return SM_OK;
}

int adapter_config_read(const sm_value *root, sm_arena *arena, sm_lora *lora, sm_error *err)
{
    static const char *const types[] = {"LORA", NULL}, *const biases[] = {"none", NULL};
    static const char *const inits[] = {"gaussian", "eva", "orthogonal", "true", NULL};
    if (root->kind != SM_MAP) return sm_value_fail(root, err, "the configuration is no map");
    SM_TRY(must_be(root, "peft_type", types, err));
    SM_TRY(must_be(root, "bias", biases, err));
    SM_TRY(must_be(root, "init_lora_weights", inits, err));
    SM_TRY(refuse_others(root, err));
    SM_TRY(read_numbers(root, lora, err));
    SM_TRY(read_saved(root, arena, lora, err));
    return read_alphas(root, arena, lora, err);
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_null(sm_buffer *json, const char *key)
{
    sm_json_key(json, key);
    sm_json_null(json);
}

static void put_names(sm_buffer *json, const char *key, const char *const *names)
{
    sm_json_key(json, key);
    sm_json_open(json, '[');
    for (; names && *names; names++)
        sm_json_string(json, sm_span_of(*names));
    sm_json_close(json, ']');
}

/* The last part of the module of a parameter lora_A: "q_proj"; empty for another parameter. */
static sm_span last_part(const sm_param *p)
{
    const sm_span name = sm_span_of(p->name), end = SM_SPAN(".lora_A.weight");
    if (!sm_span_ends(name, end)) return (sm_span){NULL, 0};
    size_t first = name.n - end.n;
    while (first > 0 && name.p[first - 1] != '.')
        first--;
    return (sm_span){name.p + first, name.n - end.n - first};
}

static bool came_before(const sm_params *params, size_t i)
{
    for (size_t k = params->n_model; k < i; k++)
        if (sm_span_equal(last_part(params->items + k), last_part(params->items + i)))
            return true;
    return false;
}

/* "all-linear" is spelt out, as PEFT does. */
static void put_targets(sm_buffer *json, const sm_lora *lora, const sm_params *params)
{
    bool all = false;
    for (const char *const *t = lora->targets; t && *t; t++)
        all |= strcmp(*t, "all-linear") == 0;
    if (!all) {
        put_names(json, "target_modules", lora->targets);
        return;
    }
    sm_json_key(json, "target_modules");
    sm_json_open(json, '[');
    for (size_t i = params->n_model; i < params->n; i++)
        if (last_part(params->items + i).n > 0 && !came_before(params, i))
            sm_json_string(json, last_part(params->items + i));
    sm_json_close(json, ']');
}

static void put_layers(sm_buffer *json, const sm_lora *lora)
{
    if (lora->n_layers == 0) {
        put_null(json, "layers_to_transform");
        return;
    }
    sm_json_key(json, "layers_to_transform");
    sm_json_open(json, '[');
    for (size_t i = 0; i < lora->n_layers; i++)
        sm_json_uint(json, lora->layers[i]);
    sm_json_close(json, ']');
}

static void put_patterns(sm_buffer *json, const sm_lora *lora)
{
    sm_json_key(json, "rank_pattern");
    sm_json_open(json, '{');
    for (size_t i = 0; i < lora->n_exceptions; i++)
        if (lora->exceptions[i].rank)
            sm_json_put_uint(json, lora->exceptions[i].module, lora->exceptions[i].rank);
    sm_json_close(json, '}');
    sm_json_key(json, "alpha_pattern");
    sm_json_open(json, '{');
    for (size_t i = 0; i < lora->n_exceptions; i++)
        if (lora->exceptions[i].alpha > 0.0)
            sm_json_put_real(json, lora->exceptions[i].module, lora->exceptions[i].alpha);
    sm_json_close(json, '}');
}

void adapter_config_write(const sm_lora *lora, const sm_params *params,
                          const sm_adapter_origin *origin, sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "peft_type", "LORA");
    sm_json_put_text(json, "task_type", "CAUSAL_LM");
    if (origin->base)
        sm_json_put_text(json, "base_model_name_or_path", origin->base);
    else
        put_null(json, "base_model_name_or_path");
    sm_json_put_uint(json, "r", lora->rank);
    sm_json_put_real(json, "lora_alpha", lora->alpha);
    sm_json_put_real(json, "lora_dropout", lora->dropout);
    sm_json_put_bool(json, "use_rslora", lora->rslora);
    put_targets(json, lora, params);
    put_layers(json, lora);
    put_patterns(json, lora);
    if (lora->saved)
        put_names(json, "modules_to_save", lora->saved);
    else
        put_null(json, "modules_to_save");
    sm_json_put_text(json, "bias", "none");
    sm_json_put_bool(json, "fan_in_fan_out", origin->conv1d);
    sm_json_put_bool(json, "init_lora_weights", true);
    sm_json_put_bool(json, "use_dora", false);
    sm_json_put_bool(json, "inference_mode", true);
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
}
