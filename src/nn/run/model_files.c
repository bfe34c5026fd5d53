/* Model directories as transformers reads them: see seimai/checkpoint.h.
 * SPDX-License-Identifier: MIT */
#include "run/adapter_internal.h"

#include <seimai/adapter.h>
#include <seimai/checkpoint.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/safetensors.h>
#include <seimai/shard.h>

#include <string.h>

char *run_path(const char *dir, const char *name)
{
    sm_buffer b = sm_buffer_make(1 << 16);
    sm_buffer_printf(&b, "%s/%s", dir, name);
    char *path = sm_strdup(sm_buffer_span(&b));
    sm_buffer_free(&b);
    return path;
}

/* ---- reading --------------------------------------------------------------------------------- */

int sm_model_open(sm_model_config *config, const char *dir, sm_error *err)
{
    sm_buffer base = sm_buffer_make(1 << 16);
    int status = sm_adapter_base(dir, NULL, &base, err);
    if (status >= 0) {
        char *path = run_path(status ? base.p : dir, "config.json");
        status = sm_model_config_load(config, path, err);
        sm_free(path);
    }
    sm_buffer_free(&base);
    return status;
}

/* A model that was saved without its head calls its tensors "h.0.…", not "transformer.h.0.…"; GPT-2's own files do. */
static const char *without_prefix(const char *name)
{
    static const char *const prefixes[] = {"transformer.", "model."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (sm_span_starts(sm_span_of(name), sm_span_of(prefixes[i])))
            return name + strlen(prefixes[i]);
    return name;
}

static const sm_stored_tensor *find_tensor(const sm_safetensors *set, const char *name)
{
    const sm_stored_tensor *const t = sm_safetensors_find(set, sm_span_of(name));
    return t ? t : sm_safetensors_find(set, sm_span_of(without_prefix(name)));
}

static int read_param(const sm_safetensors *set, const sm_param *p, run_take *take, void *state,
                      const char *dir, sm_error *err)
{
    const sm_stored_tensor *const t = find_tensor(set, p->name);
    if (!t) SM_FAIL(err, SM_EFORMAT, "%s: tensor '%s' is missing", dir, p->name);
    bool fits = t->n_dims == p->n_dims;
    for (uint32_t d = 0; fits && d < p->n_dims; d++)
        fits = t->shape[d] == p->shape[d];
    if (!fits)
        SM_FAIL(err, SM_EFORMAT,
                "%s: tensor '%s' does not have the shape that config.json says", dir, p->name);
    return take(state, p, t, err);
}

/* Tensors that are no parameters but may be there: a tied head's copy, and tables that follow from the
 * configuration (of rotary positions; GPT-2's masks). */
static bool may_be_there(const sm_params *params, sm_span name)
{
    static const char *const endings[] = {".rotary_emb.inv_freq", ".attn.bias",
                                          ".attn.masked_bias"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (sm_span_ends(name, sm_span_of(endings[i]))) return true;
    for (size_t i = 0; i < params->n_model; i++)
        if (sm_span_equal(name, sm_span_of(params->items[i].name)) ||
            sm_span_equal(name, sm_span_of(without_prefix(params->items[i].name))))
            return true;
    return sm_span_equal(name, SM_SPAN("lm_head.weight"));
}

static int read_params(const sm_safetensors *set, const sm_params *params, run_take *take,
                       void *state, const char *dir, sm_error *err)
{
    for (size_t i = 0; i < params->n_model; i++)
        SM_TRY(read_param(set, &params->items[i], take, state, dir, err));
    for (size_t i = 0; i < sm_safetensors_count(set); i++) {
        const sm_span name = sm_safetensors_at(set, i)->name;
        if (!may_be_there(params, name))
            SM_FAIL(err, SM_EFORMAT, "%s: tensor '%.*s' belongs to no parameter", dir,
                    (int)name.n, name.p);
    }
    return SM_OK;
}

int run_model_walk(const sm_params *params, const char *dir, run_take *take, void *state,
                   sm_error *err)
{
    sm_safetensors *set = NULL;
    char *single = run_path(dir, "model.safetensors");
    char *index = run_path(dir, "model.safetensors.index.json");
    const bool many = !sm_file_exists(single) && sm_file_exists(index);
    int status = sm_safetensors_open(&set, many ? index : single, err);
    if (status >= 0) status = read_params(set, params, take, state, dir, err);
    sm_safetensors_close(set);
    sm_free(single);
    sm_free(index);
    return status;
}

static int take_floats(void *w, const sm_param *p, const sm_stored_tensor *t, sm_error *err)
{
    return sm_stored_tensor_read(t, (float *)w + p->offset, err);
}

int sm_model_read(const sm_params *params, float *w, const char *dir, sm_error *err)
{
    return run_model_walk(params, dir, take_floats, w, err);
}

int run_model_read(const char *dir, sm_model_config *config, sm_net **net, float **w,
                   sm_error *err)
{
    *net = NULL;
    *w = NULL;
    SM_TRY(sm_model_open(config, dir, err));
    SM_TRY(adapter_net(net, config, NULL, err));
    *w = sm_vector_new(sm_net_params(*net)->total);
    return sm_model_read(sm_net_params(*net), *w, dir, err);
}

void run_transpose(float *matrix, uint64_t rows, uint64_t columns)
{
    const size_t n = rows * columns;
    float *const copy = sm_malloc(n * sizeof *copy);
    memcpy(copy, matrix, n * sizeof *copy);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            matrix[j * rows + i] = copy[i * columns + j];
    sm_free(copy);
}

/* ---- writing --------------------------------------------------------------------------------- */

int write_named(const char *dir, const char *name, sm_span content, sm_error *err)
{
    char *path = run_path(dir, name);
    const int status = sm_file_write(path, content, err);
    sm_free(path);
    return status;
}

sm_stored_tensor tensor_of(const sm_param *p, sm_span name, const float *values)
{
    sm_stored_tensor t = {.name = name,
                          .dtype = SM_DTYPE_F32,
                          .n_dims = p->n_dims,
                          .bytes = {(const char *)values, p->n * sizeof(float)}};
    for (uint32_t d = 0; d < p->n_dims; d++)
        t.shape[d] = p->shape[d];
    return t;
}

static int write_weights(const sm_params *params, const float *w, const char *dir,
                         sm_error *err)
{
    sm_stored_tensor *tensors = sm_calloc(params->n_model, sizeof *tensors);
    for (size_t i = 0; i < params->n_model; i++) {
        const sm_param *const p = params->items + i;
        tensors[i] = tensor_of(p, sm_span_of(p->name), w + p->offset);
    }
    char *path = run_path(dir, "model.safetensors");
    const int status = sm_safetensors_write(path, tensors, params->n_model, NULL, 0, err);
    sm_free(path);
    sm_free(tensors);
    return status;
}

static void put_token(sm_buffer *json, const char *key, int64_t id)
{
    if (id < 0) return;
    sm_json_put_int(json, key, id);
}

static int write_configs(const sm_model_config *config, const char *dir, sm_error *err)
{
    sm_buffer json = sm_buffer_make(1 << 20);
    sm_model_config_write(config, &json);
    int status = write_named(dir, "config.json", sm_buffer_span(&json), err);
    sm_buffer_clear(&json);
    sm_json_open(&json, '{');
    put_token(&json, "bos_token_id", config->bos_token_id);
    put_token(&json, "eos_token_id", config->eos_token_id);
    put_token(&json, "pad_token_id", config->pad_token_id);
    sm_json_close(&json, '}');
    sm_buffer_putc(&json, '\n');
    if (status >= 0)
        status = write_named(dir, "generation_config.json", sm_buffer_span(&json), err);
    sm_buffer_free(&json);
    return status;
}

int sm_model_write(const sm_model_config *config, const sm_params *params, const float *w,
                   const char *dir, const char *tokenizer_dir, sm_error *err)
{
    SM_TRY(sm_directory_make(dir, err));
    SM_TRY(write_configs(config, dir, err));
    SM_TRY(write_weights(params, w, dir, err));
    return tokenizer_dir ? sm_tokenizer_files_copy(tokenizer_dir, dir, err) : SM_OK;
}
