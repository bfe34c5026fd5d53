/* lineage.json, written and read: see seimai/lineage.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/lineage.h>

#include <math.h>
#include <string.h>

#include <seimai/file.h>
#include <seimai/json.h>

#include "run/run_internal.h"

#define FORMAT "seimai-lineage 1"

enum { MOST = 64 << 20, DEEPEST = 256 }; /* bytes of a file; ancestors that are kept */

/* What changes no number of a run. */
static const char *const passing[] = {
    "output",    "threads",       "stop-after",   "data",        "valid",  "tokenizer",
    "init",      "model",         "quiet",        "verbose",     "keep",   "save-every",
    "config",    "eval-every",    "valid-tokens", "watch",       "sample", "sample-every",
    "log-every", "verify-resume", "progress",     "no-progress", NULL};

/* ---- weights by their hash -------------------------------------------------------------------------- */

char *lineage_weights_path(const char *dir, sm_error *err)
{
    static const char *const names[] = {"model.safetensors", "model.safetensors.index.json",
                                        "adapter_model.safetensors", NULL};
    for (size_t i = 0; names[i]; i++) {
        char *const path = run_path(dir, names[i]);
        if (sm_file_exists(path)) return path;
        sm_free(path);
    }
    (void)sm_error_set(err, SM_ENOENT, "%s: no model.safetensors", dir);
    return NULL;
}

int sm_lineage_weights(const char *dir, sm_hash128 *hash, sm_error *err)
{
    sm_map map = {0};
    char *const path = lineage_weights_path(dir, err);
    if (!path) return SM_ENOENT;
    const int status = sm_map_open(&map, path, err);
    sm_free(path);
    SM_TRY(status);
    *hash = sm_hash128_of(map.bytes);
    sm_map_close(&map);
    return SM_OK;
}

/* ---- an entry ------------------------------------------------------------------------------------------ */

static void put_set(sm_buffer *json, const sm_lineage_set *set)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "dir", set->dir);
    sm_json_put_real(json, "share", set->share);
    sm_json_put_hash(json, "hash", set->hash);
    sm_json_put_uint(json, "tokens", set->tokens);
    sm_json_put_uint(json, "documents", set->documents);
    sm_json_put_uint(json, "text_bytes", set->text_bytes);
    sm_json_close(json, '}');
}

static void put_data(sm_buffer *json, const sm_lineage *l)
{
    sm_json_key(json, "data");
    sm_json_open(json, '[');
    for (size_t i = 0; i < l->n_data; i++)
        put_set(json, l->data + i);
    sm_json_close(json, ']');
    sm_json_key(json, "validation");
    if (l->validation)
        put_set(json, l->validation);
    else
        sm_json_null(json);
}

static bool is_passing(sm_span key)
{
    for (size_t i = 0; passing[i]; i++)
        if (sm_span_equal(key, sm_span_of(passing[i]))) return true;
    return false;
}

/* The lines of run.yaml; a value stays the text that it is there, without its quotation marks. */
static void put_settings(sm_buffer *json, sm_span text)
{
    sm_json_key(json, "settings");
    sm_json_open(json, '{');
    while (text.n > 0) {
        const char *const end = memchr(text.p, '\n', text.n);
        const sm_span line = {text.p, end ? (size_t)(end - text.p) : text.n};
        const size_t used = line.n + (end != NULL);
        const char *const colon = memchr(line.p, ':', line.n);
        text = (sm_span){text.p + used, text.n - used};
        if (!colon) continue;
        const sm_span key = {line.p, (size_t)(colon - line.p)};
        sm_span value = {colon + 1, line.n - key.n - 1};
        while (value.n > 0 && value.p[0] == ' ')
            value = (sm_span){value.p + 1, value.n - 1};
        if (value.n >= 2 && value.p[0] == '"') value = (sm_span){value.p + 1, value.n - 2};
        if (is_passing(key) || sm_span_equal(value, SM_SPAN("[]"))) continue;
        sm_json_key_span(json, key);
        sm_json_string(json, value);
    }
    sm_json_close(json, '}');
}

static void put_scores(sm_buffer *json, const sm_lineage *l)
{
    sm_json_key(json, "scores");
    sm_json_open(json, '{');
    for (size_t i = 0; i < l->n_scores; i++)
        sm_json_put_real(json, l->scores[i].name, l->scores[i].value);
    sm_json_close(json, '}');
}

static int put_parents(sm_buffer *json, const sm_lineage *l, sm_error *err)
{
    sm_json_key(json, "parents");
    sm_json_open(json, '[');
    for (size_t i = 0; i < l->n_parents; i++) {
        sm_hash128 hash;
        SM_TRY(sm_lineage_weights(l->parents[i], &hash, err));
        sm_json_open(json, '{');
        sm_json_put_text(json, "dir", l->parents[i]);
        sm_json_put_hash(json, "weights", hash);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
    return SM_OK;
}

static int put_entry(sm_buffer *json, const sm_lineage *l, const char *dir, sm_error *err)
{
    sm_hash128 hash;
    char tokenizer[SM_HASH_HEX + 1];
    SM_TRY(sm_lineage_weights(dir, &hash, err));
    sm_hash128_hex(l->tokenizer, tokenizer);
    sm_json_open(json, '{');
    sm_json_put_hash(json, "weights", hash);
    sm_json_put_text(json, "by", l->by);
    if (l->kernels) {
        sm_json_put_uint(json, "step", l->step);
        sm_json_put_uint(json, "tokens", l->tokens);
        sm_json_put_uint(json, "seed", l->seed);
        sm_json_put_text(json, "kernels", l->kernels);
    }
    sm_json_key(json, "tokenizer");
    if (l->has_tokenizer)
        sm_json_string(json, sm_span_of(tokenizer));
    else
        sm_json_null(json);
    put_data(json, l);
    put_settings(json, l->settings);
    put_scores(json, l);
    SM_TRY(put_parents(json, l, err));
    sm_json_close(json, '}');
    return SM_OK;
}

/* ---- ancestors ------------------------------------------------------------------------------------------- */

/* The weights of the entries written so far. */
typedef struct known {
    sm_hash128 items[DEEPEST];
    size_t n;
} known;

static bool is_new(known *k, sm_hash128 hash)
{
    for (size_t i = 0; i < k->n; i++)
        if (sm_hash128_equal(k->items[i], hash)) return false;
    if (k->n == DEEPEST) return false;
    k->items[k->n++] = hash;
    return true;
}

/* The hash of the weights that an entry is about. */
static bool take_weights(const sm_value *entry, sm_hash128 *hash)
{
    const sm_value *const weights = sm_value_get(entry, "weights");
    return weights && weights->kind == SM_STRING && sm_hash128_parse(weights->as.string, hash);
}

static int put_ancestors(sm_buffer *json, const char *parent, known *k, sm_error *err)
{
    sm_config file = {0};
    const sm_value *models = NULL;
    const int found = sm_lineage_read(&file, &models, parent, err);
    for (size_t i = 0; found > 0 && i < models->n; i++) {
        sm_hash128 hash;
        if (take_weights(models->items + i, &hash) && is_new(k, hash))
            sm_value_write(models->items + i, json);
    }
    sm_config_free(&file);
    return found;
}

/* The file around the entries. */
static void open_file(sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "format", FORMAT);
    sm_json_key(json, "models");
    sm_json_open(json, '[');
}

static int write_file(sm_buffer *json, const char *dir, sm_error *err)
{
    sm_json_close(json, ']');
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
    return write_named(dir, "lineage.json", sm_buffer_span(json), err);
}

static int put_models(sm_buffer *json, const sm_lineage *l, const char *dir, sm_error *err)
{
    known k = {.n = 0};
    open_file(json);
    SM_TRY(put_entry(json, l, dir, err));
    for (size_t i = 0; i < l->n_parents; i++)
        SM_TRY(put_ancestors(json, l->parents[i], &k, err));
    return SM_OK;
}

int sm_lineage_write(const sm_lineage *lineage, const char *dir, sm_error *err)
{
    sm_buffer json = sm_buffer_make(MOST);
    int status = put_models(&json, lineage, dir, err);
    if (status >= 0) status = write_file(&json, dir, err);
    sm_buffer_free(&json);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static int take_models(const sm_config *file, const sm_value **models, const char *dir,
                       sm_error *err)
{
    const sm_value *const format = sm_value_get(&file->root, "format");
    *models = sm_value_get(&file->root, "models");
    if (format && format->kind == SM_STRING &&
        sm_span_equal(format->as.string, SM_SPAN(FORMAT)) && *models &&
        (*models)->kind == SM_LIST && (*models)->n > 0)
        return 1;
    SM_FAIL(err, SM_EFORMAT, "%s/lineage.json: not of the format '%s'", dir, FORMAT);
}

int sm_lineage_read(sm_config *file, const sm_value **models, const char *dir, sm_error *err)
{
    char *const path = run_path(dir, "lineage.json");
    *file = (sm_config){0};
    *models = NULL;
    int status = sm_file_exists(path) ? 1 : 0;
    if (status > 0 && sm_config_read(file, path, err) < 0)
        status = err ? err->code : SM_EFORMAT;
    sm_free(path);
    return status > 0 ? take_models(file, models, dir, err) : status;
}

/* ---- scores that come later -------------------------------------------------------------------------------- */

static const sm_lineage_score *score_named(const sm_lineage_score *scores, size_t n,
                                           sm_span name)
{
    for (size_t i = 0; i < n; i++)
        if (sm_span_equal(name, sm_span_of(scores[i].name))) return scores + i;
    return NULL;
}

/* The scores that are there and not set anew, then the new ones. */
static void put_merged(sm_buffer *json, const sm_value *old, const sm_lineage_score *scores,
                       size_t n)
{
    sm_json_open(json, '{');
    for (size_t i = 0; old && old->kind == SM_MAP && i < old->n; i++) {
        if (score_named(scores, n, old->keys[i])) continue;
        sm_json_key_span(json, old->keys[i]);
        sm_value_write(old->items + i, json);
    }
    for (size_t i = 0; i < n; i++)
        sm_json_put_real(json, scores[i].name, scores[i].value);
    sm_json_close(json, '}');
}

static void put_scored(sm_buffer *json, const sm_value *entry, const sm_lineage_score *scores,
                       size_t n)
{
    sm_json_open(json, '{');
    for (size_t i = 0; i < entry->n; i++) {
        const bool here = sm_span_equal(entry->keys[i], SM_SPAN("scores"));
        sm_json_key_span(json, entry->keys[i]);
        if (here)
            put_merged(json, entry->items + i, scores, n);
        else
            sm_value_write(entry->items + i, json);
    }
    sm_json_close(json, '}');
}

static int check_weights(const sm_value *entry, const char *dir, sm_error *err)
{
    sm_hash128 told, there;
    SM_TRY(sm_lineage_weights(dir, &there, err));
    if (take_weights(entry, &told) && sm_hash128_equal(told, there)) return SM_OK;
    SM_FAIL(err, SM_EHASH, "%s/lineage.json: it tells of other weights than those beside it",
            dir);
}

static int rewrite(const sm_value *models, const char *dir, const sm_lineage_score *scores,
                   size_t n, sm_error *err)
{
    sm_buffer json = sm_buffer_make(MOST);
    open_file(&json);
    put_scored(&json, models->items, scores, n);
    for (size_t i = 1; i < models->n; i++)
        sm_value_write(models->items + i, &json);
    const int status = write_file(&json, dir, err);
    sm_buffer_free(&json);
    return status;
}

int sm_lineage_record(const char *dir, const sm_lineage_score *scores, size_t n, sm_error *err)
{
    const sm_lineage elsewhere = {.by = "elsewhere", .scores = scores, .n_scores = n};
    sm_config file = {0};
    const sm_value *models = NULL;
    int status = sm_lineage_read(&file, &models, dir, err);
    if (status == 0) {
        status = sm_lineage_write(&elsewhere, dir, err);
    } else if (status > 0) {
        status = check_weights(models->items, dir, err);
        if (status >= 0) status = rewrite(models, dir, scores, n, err);
    }
    sm_config_free(&file);
    return status;
}
