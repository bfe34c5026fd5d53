/* A model taken over to a vocabulary that was extended: see sm_train_options.extend_map in seimai/train.h.
 * The rows of new ids begin where their old pieces were, on average: as embeddings and in the head (Hewitt:
 * "Initializing new word embeddings for pretrained language models", 2021). SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/config.h>
#include <seimai/file.h>

#include <math.h>
#include <string.h>

/* The tables that have a row for each id. */
static const char *const tables[] = {"model.embed_tokens.weight", "lm_head.weight",
                                     "transformer.wte.weight"};

typedef struct extension {
    const sm_params *params; /* of the larger model */
    float *w;
    const char *map;
    uint64_t old_ids, ids;      /* rows there were, and are */
    uint64_t first, next, line; /* the ids that the map names so far; its line */
} extension;

/* ---- what stays -------------------------------------------------------------------------------- */

static bool is_table(const sm_param *p)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strcmp(p->name, tables[i]) == 0) return true;
    return false;
}

/* All weights of the smaller model at their places in the larger one. */
static int copy_weights(const extension *x, const sm_params *old, const float *w, sm_error *err)
{
    for (size_t i = 0; i < x->params->n_model; i++) {
        const sm_param *const to = x->params->items + i;
        const sm_param *const from = sm_params_find(old, sm_span_of(to->name));
        const bool fits =
            from && (is_table(to) ? from->shape[1] == to->shape[1] && from->n <= to->n
                                  : from->n == to->n);
        if (!fits)
            SM_FAIL(err, SM_EFORMAT,
                    "%s: the model to start from has no such tensor, or another"
                    " shape of it",
                    to->name);
        memcpy(x->w + to->offset, w + from->offset, from->n * sizeof *w);
    }
    return SM_OK;
}

/* ---- what is new ------------------------------------------------------------------------------- */

static int fail(const extension *x, sm_error *err, const char *what)
{
    return sm_error_set(err, SM_EFORMAT, "%s:%llu: %s", x->map, (unsigned long long)x->line,
                        what);
}

/* One row from those of `from`, by `weights` where there are any; from all old rows where there are none. */
static int put_row(const extension *x, const sm_param *p, uint64_t id, const sm_value *from,
                   const sm_value *weights, sm_error *err)
{
    const size_t width = (size_t)p->shape[1];
    const size_t n = from->n ? from->n : (size_t)x->old_ids;
    float *const row = x->w + p->offset + id * width;
    double total = 0, *const sum = sm_calloc(width, sizeof *sum);
    int status = SM_OK;
    for (size_t k = 0; k < n && status >= 0; k++) {
        int64_t piece = (int64_t)k;
        double weight = 1;
        if (from->n)
            status =
                sm_value_read_int(&from->items[k], "from", 0, (int64_t)id - 1, &piece, err);
        if (weights && status >= 0)
            status = sm_value_read_real(&weights->items[k], "weights", -1e6, 1e6, &weight, err);
        const float *const part = x->w + p->offset + (size_t)piece * width;
        for (size_t c = 0; c < width; c++)
            sum[c] += weight * (double)part[c];
        total += weight;
    }
    for (size_t c = 0; c < width; c++)
        row[c] = (float)(fabs(total) > 0.0 ? sum[c] / total : 0.0);
    sm_free(sum);
    return status;
}

static int put_id(extension *x, const sm_value *line, sm_error *err)
{
    const sm_value *const from = sm_value_get(line, "from");
    const sm_value *const weights = sm_value_get(line, "weights");
    int64_t id = -1;
    SM_TRY(sm_value_read_int(sm_value_get(line, "id"), "id", 0, INT64_MAX, &id, err));
    if (id < 0 || !from || from->kind != SM_LIST) return fail(x, err, "id and from are needed");
    if (x->line == 1) x->first = x->next = (uint64_t)id;
    if ((uint64_t)id != x->next) return fail(x, err, "ids must follow each other");
    if (x->first > x->old_ids)
        SM_FAIL(err, SM_EFORMAT,
                "%s: begins with id %lld, the model to start from has %llu ids", x->map,
                (long long)id, (unsigned long long)x->old_ids);
    if ((uint64_t)id >= x->ids) return fail(x, err, "more ids than the model has");
    if (weights && (weights->kind != SM_LIST || weights->n != from->n))
        return fail(x, err, "weights must be as many as from");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const sm_param *const p = sm_params_find(x->params, sm_span_of(tables[i]));
        if (p) SM_TRY(put_row(x, p, (uint64_t)id, from, weights, err));
    }
    x->next++;
    return SM_OK;
}

static int read_map(extension *x, sm_span text, sm_error *err)
{
    while (text.n) {
        const char *const end = memchr(text.p, '\n', text.n);
        const sm_span line = {text.p, end ? (size_t)(end - text.p) : text.n};
        sm_config json = {0};
        sm_error broken = {0};
        x->line++;
        if (sm_config_parse_json(&json, x->map, line, &broken) < 0)
            return fail(x, err, "no line of JSON");
        const int status = put_id(x, &json.root, err);
        sm_config_free(&json);
        SM_TRY(status);
        text = (sm_span){text.p + line.n + (end != NULL), text.n - line.n - (end != NULL)};
    }
    if (x->next == x->ids || x->ids == x->old_ids) return SM_OK; /* the rest were spare */
    SM_FAIL(err, SM_EFORMAT, "%s: ends before id %llu, the model has %llu ids", x->map,
            (unsigned long long)x->next, (unsigned long long)x->ids);
}

int extend_model(const sm_params *params, float *w, const char *init, const char *map,
                 sm_error *err)
{
    sm_model_config config;
    sm_net *net = NULL;
    float *old = NULL;
    sm_map text = {0};
    const sm_param *table = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !table; i++)
        table = sm_params_find(params, sm_span_of(tables[i]));
    extension x = {.params = params, .w = w, .map = map, .ids = table ? table->shape[0] : 0};
    int status = run_model_read(init, &config, &net, &old, err);
    x.old_ids = config.vocab_size;
    if (status >= 0) status = copy_weights(&x, sm_net_params(net), old, err);
    if (status >= 0) status = sm_map_open(&text, map, err);
    if (status >= 0) status = read_map(&x, text.bytes, err);
    sm_map_close(&text);
    sm_vector_free(old);
    sm_net_free(net);
    return status;
}

int sm_train_extended_size(const char *map, uint32_t *ids, sm_error *err)
{
    sm_map text = {0};
    sm_config json = {0};
    int64_t id = -1;
    SM_TRY(sm_map_open(&text, map, err));
    size_t end = text.bytes.n, begin;
    while (end > 0 && text.bytes.p[end - 1] == '\n')
        end--;
    for (begin = end; begin > 0 && text.bytes.p[begin - 1] != '\n';)
        begin--;
    int status =
        sm_config_parse_json(&json, map, (sm_span){text.bytes.p + begin, end - begin}, err);
    if (status >= 0)
        status = sm_value_read_int(sm_value_get(&json.root, "id"), "id", 0, UINT32_MAX - 1, &id,
                                   err);
    if (status >= 0 && id < 0)
        status = sm_error_set(err, SM_EFORMAT, "%s: its last line names no id", map);
    *ids = (uint32_t)(id + 1);
    sm_config_free(&json);
    sm_map_close(&text);
    return status;
}
