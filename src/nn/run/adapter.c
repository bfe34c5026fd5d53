/* Adapter directories: see seimai/adapter.h.
 * SPDX-License-Identifier: MIT */
#include "run/adapter_internal.h"

#include <seimai/file.h>

#include <stdlib.h>
#include <string.h>

#include "model/module.h"

#define END_A     ".lora_A.weight"
#define HASH_NOTE "seimai.base"

struct sm_adapter {
    char *dir;
    sm_config json;
    sm_safetensors *tensors;
    sm_arena arena; /* what lora points to */
    sm_lora lora;
};

static bool has_file(const char *dir, const char *name)
{
    char *path = run_path(dir, name);
    const bool there = sm_file_exists(path);
    sm_free(path);
    return there;
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* The module of a tensor lora_A; empty for another tensor. */
static sm_span module_of(const sm_stored_tensor *t)
{
    const sm_span start = SM_SPAN(ADAPTER_PREFIX), end = SM_SPAN(END_A);
    if (!sm_span_starts(t->name, start) || !sm_span_ends(t->name, end)) return (sm_span){0};
    return (sm_span){t->name.p + start.n, t->name.n - start.n - end.n};
}

/* The alpha that the configuration gives a module; 0: the adapter's. */
static double alpha_of(const sm_lora *lora, size_t n, sm_span module)
{
    for (size_t i = 0; i < n; i++)
        if (sm_module_fits(module, lora->exceptions[i].module))
            return lora->exceptions[i].alpha;
    return 0.0;
}

/* The targets are the modules in the file; those that differ from the adapter as a whole become exceptions. */
static int take_modules(sm_adapter *a, sm_error *err)
{
    const size_t n = sm_safetensors_count(a->tensors), n_alphas = a->lora.n_exceptions;
    const char **const targets = sm_arena_zalloc(&a->arena, n + 1, sizeof *targets);
    sm_lora_exception *const own = sm_arena_zalloc(&a->arena, n + 1, sizeof *own);
    size_t n_targets = 0, n_own = 0;
    for (size_t i = 0; i < n; i++) {
        const sm_stored_tensor *const t = sm_safetensors_at(a->tensors, i);
        const sm_span module = module_of(t);
        if (module.n == 0) continue;
        if (t->n_dims != 2 || t->shape[0] == 0 || t->shape[0] > SM_LORA_RANKS)
            SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' is no A of rank 1 … %d", a->dir,
                    (int)t->name.n, t->name.p, SM_LORA_RANKS);
        const uint32_t rank = (uint32_t)t->shape[0];
        const double alpha = alpha_of(&a->lora, n_alphas, module);
        targets[n_targets] = sm_arena_copy(&a->arena, module).p;
        if (rank != a->lora.rank || alpha > 0.0)
            own[n_own++] = (sm_lora_exception){targets[n_targets], rank, alpha};
        n_targets++;
    }
    if (n_targets == 0) SM_FAIL(err, SM_EFORMAT, "%s: no tensor is a lora_A", a->dir);
    a->lora.targets = targets;
    a->lora.exceptions = own;
    a->lora.n_exceptions = n_own;
    return SM_OK;
}

static int open_files(sm_adapter *a, sm_error *err)
{
    char *config = run_path(a->dir, "adapter_config.json");
    char *tensors = run_path(a->dir, "adapter_model.safetensors");
    int status = sm_config_read(&a->json, config, err);
    if (status >= 0) status = adapter_config_read(&a->json.root, &a->arena, &a->lora, err);
    if (status >= 0 && !sm_file_exists(tensors) && has_file(a->dir, "adapter_model.bin"))
        status =
            sm_error_set(err, SM_ENOSUP,
                         "%s: adapter_model.bin is a pickle: save it as safetensors", a->dir);
    if (status >= 0) status = sm_safetensors_open(&a->tensors, tensors, err);
    sm_free(config);
    sm_free(tensors);
    return status;
}

int sm_adapter_open(sm_adapter **out, const char *dir, sm_error *err)
{
    sm_adapter *const a = sm_calloc(1, sizeof *a);
    a->dir = sm_strdup(sm_span_of(dir));
    int status = open_files(a, err);
    if (status >= 0) status = take_modules(a, err);
    *out = status < 0 ? NULL : a;
    if (status < 0) sm_adapter_close(a);
    return status;
}

void sm_adapter_close(sm_adapter *a)
{
    if (!a) return;
    sm_safetensors_close(a->tensors);
    sm_config_free(&a->json);
    sm_arena_free(&a->arena);
    sm_free(a->dir);
    sm_free(a);
}

const sm_lora *sm_adapter_lora(const sm_adapter *adapter)
{
    return &adapter->lora;
}

static int read_tensor(const sm_adapter *a, const sm_param *p, sm_span name, float *w,
                       sm_error *err)
{
    const sm_stored_tensor *const t = sm_safetensors_find(a->tensors, name);
    if (!t)
        SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' is missing", a->dir, (int)name.n, name.p);
    bool fits = t->n_dims == p->n_dims;
    for (uint32_t d = 0; fits && d < p->n_dims; d++)
        fits = t->shape[d] == p->shape[d];
    if (!fits)
        SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' does not fit the base", a->dir, (int)name.n,
                name.p);
    return sm_stored_tensor_read(t, w + p->offset, err);
}

bool adapter_saves(const sm_lora *lora, const sm_param *p)
{
    for (const char *const *name = lora->saved; name && *name; name++)
        if (sm_module_fits(sm_module_of(p->name), *name)) return true;
    return false;
}

int sm_adapter_read(const sm_adapter *a, const sm_params *params, float *w, sm_error *err)
{
    sm_arena arena = {0};
    size_t read = 0;
    int status = SM_OK;
    for (size_t i = 0; i < params->n && status >= 0; i++) {
        const sm_param *const p = params->items + i;
        const bool own = i >= params->n_model;
        if (!own && !adapter_saves(&a->lora, p)) continue;
        const char *const name =
            own ? p->name : sm_arena_printf(&arena, ADAPTER_PREFIX "%s", p->name);
        status = read_tensor(a, p, sm_span_of(name), w, err);
        read++;
    }
    sm_arena_free(&arena);
    SM_TRY(status);
    if (read == sm_safetensors_count(a->tensors)) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: of %zu tensors the model has a place for %zu", a->dir,
            sm_safetensors_count(a->tensors), read);
}

/* ---- the base ------------------------------------------------------------------------------------- */

sm_hash128 sm_model_hash(const sm_params *params, const float *w)
{
    sm_hasher *const hasher = sm_hasher_new();
    for (size_t i = 0; i < params->n_model; i++) {
        const sm_param *const p = params->items + i;
        sm_hasher_add(hasher, sm_span_of(p->name));
        sm_hasher_add(hasher, (sm_span){(const char *)(w + p->offset), p->n * sizeof *w});
    }
    const sm_hash128 hash = sm_hasher_value(hasher);
    sm_hasher_free(hasher);
    return hash;
}

int sm_adapter_check(const sm_adapter *a, sm_hash128 base, sm_error *err)
{
    const sm_span hex = sm_safetensors_metadata(a->tensors, HASH_NOTE);
    sm_hash128 known;
    if (hex.n == 0 || (sm_hash128_parse(hex, &known) && sm_hash128_equal(known, base)))
        return SM_OK;
    SM_FAIL(err, SM_EHASH, "%s: the adapter was trained on another base", a->dir);
}

static void put_path(sm_buffer *path, const char *from, const char *to)
{
    sm_buffer_clear(path);
    sm_buffer_printf(path, "%s%s%s", from, from[0] ? "/" : "", to);
}

/* The base as it was named: from here, else from the adapter's directory. */
static int find_base(const sm_value *root, const char *dir, sm_buffer *path, sm_error *err)
{
    sm_span name = {NULL, 0};
    const sm_value *const v = sm_value_get(root, "base_model_name_or_path");
    if (v && v->kind != SM_NULL)
        SM_TRY(sm_value_read_string(v, "base_model_name_or_path", &name, err));
    if (name.n == 0) SM_FAIL(err, SM_EFORMAT, "%s: the adapter does not name its base", dir);
    put_path(path, "", name.p);
    if (has_file(path->p, "config.json")) return 1;
    put_path(path, dir, name.p);
    if (has_file(path->p, "config.json")) return 1;
    SM_FAIL(err, SM_ENOENT, "%s: its base '%s' is no directory with a model", dir, name.p);
}

int sm_adapter_base(const char *dir, const char *base, sm_buffer *path, sm_error *err)
{
    sm_config json = {0};
    sm_buffer_clear(path);
    if (!has_file(dir, "adapter_config.json")) return 0;
    if (base) {
        put_path(path, "", base);
        return 1;
    }
    char *config = run_path(dir, "adapter_config.json");
    int status = sm_config_read(&json, config, err);
    if (status >= 0) status = find_base(&json.root, dir, path, err);
    sm_config_free(&json);
    sm_free(config);
    return status;
}

/* ---- writing -------------------------------------------------------------------------------------- */

static int write_config(const sm_lora *lora, const sm_params *params,
                        const sm_adapter_origin *origin, const char *dir, sm_error *err)
{
    sm_buffer json = sm_buffer_make(1 << 24);
    adapter_config_write(lora, params, origin, &json);
    const int status = write_named(dir, "adapter_config.json", sm_buffer_span(&json), err);
    sm_buffer_free(&json);
    return status;
}

static int write_tensors(const sm_lora *lora, const sm_params *params, const float *w,
                         const sm_adapter_origin *origin, const char *dir, sm_error *err)
{
    sm_stored_tensor *const tensors = sm_calloc(params->n, sizeof *tensors);
    sm_arena arena = {0};
    size_t n = 0;
    char hex[SM_HASH_HEX + 1];
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        const bool own = i >= params->n_model;
        if (!own && !adapter_saves(lora, p)) continue;
        const char *const name =
            own ? p->name : sm_arena_printf(&arena, ADAPTER_PREFIX "%s", p->name);
        tensors[n++] = tensor_of(p, sm_span_of(name), w + p->offset);
    }
    sm_hash128_hex(origin->hash, hex);
    const sm_safetensors_note note = {HASH_NOTE, {hex, SM_HASH_HEX}};
    char *path = run_path(dir, "adapter_model.safetensors");
    const int status = sm_safetensors_write(path, tensors, n, &note, 1, err);
    sm_free(path);
    sm_arena_free(&arena);
    sm_free(tensors);
    return status;
}

int sm_adapter_write(const sm_lora *lora, const sm_params *params, const float *w,
                     const sm_adapter_origin *origin, const char *dir, sm_error *err)
{
    SM_TRY(sm_directory_make(dir, err));
    SM_TRY(write_config(lora, params, origin, dir, err));
    return write_tensors(lora, params, w, origin, dir, err);
}
