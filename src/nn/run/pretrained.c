/* A directory that is a model, or an adapter with its base; and adapters merged into models: see seimai/adapter.h.
 * SPDX-License-Identifier: MIT */
#include "run/adapter_internal.h"

#include <seimai/file.h>
#include <seimai/shard.h>

#include <string.h>

int adapter_net(sm_net **net, const sm_model_config *config, const sm_lora *lora, sm_error *err)
{
    const sm_net_options least = {
        .plan = SM_PLAN_DECODE, .B = 1, .T = 1, .cache = 1, .threads = 1, .lora = lora};
    return sm_net_build(net, config, &least, err);
}

/* ---- opening -------------------------------------------------------------------------------------- */

/* Base and adapter side by side. */
static int read_both(sm_pretrained *m, const sm_net *net, sm_error *err)
{
    const sm_params *const params = sm_net_params(net);
    m->w = sm_vector_new(params->total);
    SM_TRY(sm_model_read(params, m->w, m->base_dir, err));
    m->base_hash = sm_model_hash(params, m->w);
    SM_TRY(sm_adapter_check(m->adapter, m->base_hash, err));
    return sm_adapter_read(m->adapter, params, m->w, err);
}

static int open_adapter(sm_pretrained *m, const char *dir, sm_net **net, sm_error *err)
{
    SM_TRY(sm_adapter_open(&m->adapter, dir, err));
    m->lora = sm_adapter_lora(m->adapter);
    SM_TRY(sm_model_open(&m->config, m->base_dir, err));
    SM_TRY(adapter_net(net, &m->config, m->lora, err));
    return read_both(m, *net, err);
}

/* Also gives the net that has the layout. */
static int open_either(sm_pretrained *m, const char *dir, const char *base, sm_net **net,
                       sm_error *err)
{
    sm_buffer path = sm_buffer_make(1 << 16);
    const int kind = sm_adapter_base(dir, base, &path, err);
    if (kind == 1) m->base_dir = sm_strdup(sm_buffer_span(&path));
    sm_buffer_free(&path);
    SM_TRY(kind);
    return kind ? open_adapter(m, dir, net, err)
                : run_model_read(dir, &m->config, net, &m->w, err);
}

int sm_pretrained_open(sm_pretrained *m, const char *dir, const char *base, sm_error *err)
{
    sm_net *net = NULL;
    *m = (sm_pretrained){0};
    const int status = open_either(m, dir, base, &net, err);
    sm_net_free(net);
    return status;
}

void sm_pretrained_close(sm_pretrained *m)
{
    sm_adapter_close(m->adapter);
    sm_vector_free(m->w);
    sm_free(m->base_dir);
    *m = (sm_pretrained){0};
}

int sm_pretrained_weights(const char *dir, const char *base, sm_model_config *config, float **w,
                          sm_error *err)
{
    sm_net *net = NULL;
    sm_pretrained m = {0};
    const int status = open_either(&m, dir, base, &net, err);
    *w = NULL;
    if (status >= 0) {
        if (m.lora) sm_net_merge(net, m.w);
        *config = m.config;
        *w = m.w;
        m.w = NULL;
    }
    sm_net_free(net);
    sm_pretrained_close(&m);
    return status;
}

int sm_model_weights(const char *dir, sm_model_config *config, float **w, sm_error *err)
{
    return sm_pretrained_weights(dir, NULL, config, w, err);
}

/* ---- merging ---------------------------------------------------------------------------------------- */

typedef struct merger {
    const char *const *dirs; /* of the adapters */
    size_t n;
    char *base;
    sm_model_config config;
    sm_adapter **adapters; /* (n) */
    sm_net **nets;         /* (n) with their layouts */
    float *w;
} merger;

static bool holds(const char *dir, const char *name)
{
    char *path = run_path(dir, name);
    const bool there = sm_file_exists(path);
    sm_free(path);
    return there;
}

/* Says what a folder without adapter_config.json is instead. */
static int check_adapter(const char *dir, sm_error *err)
{
    if (holds(dir, "adapter_config.json")) return SM_OK;
    if (!sm_file_exists(dir)) SM_FAIL(err, SM_ENOENT, "%s: there is no such folder", dir);
    SM_FAIL(err, SM_EFORMAT,
            "%s: no adapter: a folder with adapter_config.json and adapter_model.safetensors "
            "is needed, as train --lora-rank or peft write it%s",
            dir,
            holds(dir, "config.json") ? " (this is a model: name it first, or with --base)"
                                      : "");
}

/* The first directory may be the base. */
static int find_base(merger *m, const char *const dirs[], size_t n, const char *base,
                     sm_error *err)
{
    sm_buffer path = sm_buffer_make(1 << 16);
    int kind = n > 0 ? sm_adapter_base(dirs[0], base, &path, err) : 0;
    const bool first_is_base = n > 0 && kind == 0 && !base;
    m->dirs = dirs + first_is_base;
    m->n = n - first_is_base;
    m->base =
        sm_strdup(kind == 1 ? sm_buffer_span(&path) : sm_span_of(first_is_base ? dirs[0] : ""));
    sm_buffer_free(&path);
    SM_TRY(kind);
    if (first_is_base && !holds(dirs[0], "config.json")) return check_adapter(dirs[0], err);
    if (m->n == 0)
        SM_FAIL(err, SM_EUSAGE, "%s: a model, and no adapter to add to it: name adapters too",
                n > 0 ? dirs[0] : "merge");
    for (size_t i = 0; i < m->n; i++)
        SM_TRY(check_adapter(m->dirs[i], err));
    return SM_OK;
}

/* All adapters lie behind the base in turn, so the room is that of the largest. */
static int open_all(merger *m, sm_error *err)
{
    size_t most = 0;
    SM_TRY(sm_model_open(&m->config, m->base, err));
    m->adapters = sm_calloc(m->n, sizeof *m->adapters);
    m->nets = sm_calloc(m->n, sizeof *m->nets);
    for (size_t i = 0; i < m->n; i++) {
        SM_TRY(sm_adapter_open(m->adapters + i, m->dirs[i], err));
        SM_TRY(adapter_net(m->nets + i, &m->config, sm_adapter_lora(m->adapters[i]), err));
        const size_t total = sm_net_params(m->nets[i])->total;
        most = total > most ? total : most;
    }
    m->w = sm_vector_new(most);
    return sm_model_read(sm_net_params(m->nets[0]), m->w, m->base, err);
}

static int merge_all(merger *m, sm_error *err)
{
    const sm_hash128 base = sm_model_hash(sm_net_params(m->nets[0]), m->w);
    for (size_t i = 0; i < m->n; i++) {
        SM_TRY(sm_adapter_check(m->adapters[i], base, err));
        SM_TRY(sm_adapter_read(m->adapters[i], sm_net_params(m->nets[i]), m->w, err));
        sm_net_merge(m->nets[i], m->w);
    }
    return SM_OK;
}

static int write_merged(const merger *m, const char *output, sm_error *err)
{
    const char *tokenizer = holds(m->base, "tokenizer.json") ? m->base : NULL;
    for (size_t i = 0; i < m->n; i++)
        if (holds(m->dirs[i], "tokenizer.json")) tokenizer = m->dirs[i];
    return sm_model_write(&m->config, sm_net_params(m->nets[0]), m->w, output, tokenizer, err);
}

static void merger_close(merger *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->adapters) sm_adapter_close(m->adapters[i]);
        if (m->nets) sm_net_free(m->nets[i]);
    }
    sm_free((void *)m->adapters);
    sm_free((void *)m->nets);
    sm_vector_free(m->w);
    sm_free(m->base);
}

int sm_model_merge(const char *const dirs[], size_t n, const char *base, const char *output,
                   sm_error *err)
{
    merger m = {0};
    int status = find_base(&m, dirs, n, base, err);
    if (status >= 0) status = open_all(&m, err);
    if (status >= 0) status = merge_all(&m, err);
    if (status >= 0) status = write_merged(&m, output, err);
    merger_close(&m);
    return status;
}
