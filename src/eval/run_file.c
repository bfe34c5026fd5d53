/* Runs as files, a line an item: see seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include "ids.h"

#include <seimai/eval.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/utf8.h>

static const size_t MAX_FILE = (size_t)1 << 31;

/* ---- writing -------------------------------------------------------------------------------------------- */

/* A share of 1, as the peers write it; chrF of the item by itself. */
static double value_of(const sm_eval_metric *metric, const double *values)
{
    return metric->width == 1 ? *values : metric->score(values, 1);
}

static void put_counts(const sm_eval_choice *metrics, const double *values, sm_buffer *json)
{
    bool opened = false;
    for (size_t m = 0; m < metrics->n; m++) {
        if (metrics->items[m]->width == 1) continue;
        if (!opened) sm_json_key(json, "counts");
        if (!opened) sm_json_open(json, '{');
        opened = true;
        sm_json_key(json, metrics->items[m]->name);
        sm_json_open(json, '[');
        for (unsigned k = 0; k < metrics->items[m]->width; k++)
            sm_json_uint(json, (uint64_t)values[metrics->offset[m] + k]);
        sm_json_close(json, ']');
    }
    if (opened) sm_json_close(json, '}');
}

static void put_choices(const sm_eval_run *run, const sm_eval_item *item, size_t i,
                        sm_buffer *json)
{
    sm_json_key(json, "choices");
    sm_json_open(json, '[');
    for (size_t k = 0; k < item->n_choices; k++) {
        sm_json_open(json, '{');
        sm_json_put_real(json, "logp", run->logp[run->first[i] + k]);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
    sm_json_put_uint(json, "answer", item->answer);
    sm_json_put_uint(json, "picked", run->picked[i]);
}

static void put_item(const sm_eval_run *run, const sm_eval_items *items, size_t i,
                     sm_buffer *json)
{
    const double *const values = run->values + i * run->metrics.width;
    sm_json_open(json, '{');
    sm_json_put_string(json, "id", run->ids[i]);
    sm_json_put_hash(json, "item", run->hashes[i]);
    sm_json_put_text(json, "model", run->name);
    sm_json_key(json, "metrics");
    sm_json_open(json, '{');
    for (size_t m = 0; m < run->metrics.n; m++)
        sm_json_put_real(json, run->metrics.items[m]->name,
                         value_of(run->metrics.items[m], values + run->metrics.offset[m]));
    sm_json_close(json, '}');
    if (run->logp) put_choices(run, &items->items[i], i, json);
    if (run->outputs) sm_json_put_string(json, "output", run->outputs[i]);
    put_counts(&run->metrics, values, json);
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
}

int sm_eval_run_write(const sm_eval_run *run, const sm_eval_items *items, sm_output *out,
                      sm_error *err)
{
    sm_buffer line = sm_buffer_make(SIZE_MAX / 8), stored = sm_buffer_make(SIZE_MAX / 8);
    int status = SM_OK;
    for (size_t i = 0; i < run->n && status == SM_OK; i++) {
        put_item(run, items, i, &line);
        if (line.n < 1 << 20 && i + 1 < run->n) continue;
        sm_buffer_clear(&stored);
        sm_output_compress(out, sm_buffer_span(&line), &stored);
        status = sm_output_write(out, sm_buffer_span(&stored), err);
        sm_buffer_clear(&line);
    }
    sm_buffer_free(&line);
    sm_buffer_free(&stored);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

/* Where a line stands, and the line as a tree. */
typedef struct line {
    const char *path;
    int number;
    const sm_value *root;
} line;

static int read_value(const line *l, const sm_eval_metric *metric, double *values,
                      sm_error *err)
{
    const sm_value *const v = sm_value_get(sm_value_get(l->root, "metrics"), metric->name);
    if (v && (v->kind == SM_REAL || v->kind == SM_INT)) {
        *values = v->kind == SM_REAL ? v->as.real : (double)v->as.integer;
        return SM_OK;
    }
    SM_FAIL(err, SM_EFORMAT, "%s:%d: the item has no metric '%s'", l->path, l->number,
            metric->name);
}

static int read_counts(const line *l, const sm_eval_metric *metric, double *values,
                       sm_error *err)
{
    const sm_value *const v = sm_value_get(sm_value_get(l->root, "counts"), metric->name);
    bool good = v && v->kind == SM_LIST && v->n == metric->width;
    for (size_t k = 0; good && k < v->n; k++) {
        good = v->items[k].kind == SM_INT && v->items[k].as.integer >= 0;
        values[k] = (double)v->items[k].as.integer;
    }
    if (good) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s:%d: the item has no counts of %u numbers for '%s'", l->path,
            l->number, metric->width, metric->name);
}

static int read_names(sm_eval_run *run, const line *l, size_t at, sm_error *err)
{
    const sm_value *const id = sm_value_get(l->root, "id"), *const item =
                                                                sm_value_get(l->root, "item");
    if (!id || id->kind != SM_STRING || !item || item->kind != SM_STRING ||
        !sm_hash128_parse(item->as.string, &run->hashes[at]))
        SM_FAIL(err, SM_EFORMAT, "%s:%d: not an item of `eval`: it has no id and hash", l->path,
                l->number);
    run->ids[at] = sm_arena_copy(&run->arena, id->as.string);
    if (sm_eval_ids_find(run->by_id, run->ids[at]) != SM_EVAL_NONE)
        SM_FAIL(err, SM_EFORMAT,
                "%s:%d: the id '%.*s' stands twice (a file of several models? "
                "compare with one of them)",
                l->path, l->number, (int)run->ids[at].n, run->ids[at].p);
    sm_eval_ids_add(run->by_id, run->ids[at], at);
    return SM_OK;
}

static int read_item(sm_eval_run *run, const line *l, size_t at, sm_error *err)
{
    double *const values = run->values + at * run->metrics.width;
    SM_TRY(read_names(run, l, at, err));
    for (size_t m = 0; m < run->metrics.n; m++) {
        const sm_eval_metric *const metric = run->metrics.items[m];
        double *const to = values + run->metrics.offset[m];
        SM_TRY(metric->width == 1 ? read_value(l, metric, to, err)
                                  : read_counts(l, metric, to, err));
    }
    return SM_OK;
}

static int read_line(sm_eval_run *run, sm_span text, line *l, size_t at, sm_error *err)
{
    sm_config tree = {0};
    sm_error fault = {0};
    if (sm_config_parse_json(&tree, l->path, text, &fault) < 0)
        SM_FAIL(err, SM_EFORMAT, "%s:%d: not JSON", l->path, l->number);
    l->root = &tree.root;
    const int status = read_item(run, l, at, err);
    sm_config_free(&tree);
    return status;
}

static size_t count_lines(sm_span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n + 1;
}

static int read_lines(sm_eval_run *run, const char *path, sm_span text, sm_error *err)
{
    const size_t lines = count_lines(text);
    run->ids = sm_arena_zalloc(&run->arena, lines, sizeof *run->ids);
    run->hashes = sm_arena_zalloc(&run->arena, lines, sizeof *run->hashes);
    run->values = sm_calloc(lines * run->metrics.width, sizeof *run->values);
    run->by_id = sm_eval_ids_new();
    for (int number = 1; text.n > 0; number++) {
        const char *const end = sm_span_find(text, SM_SPAN("\n"));
        const sm_span one = {text.p, end ? (size_t)(end - text.p) : text.n};
        line l = {path, number, NULL};
        text = sm_span_from(text, one.n + (end != NULL));
        if (one.n == 0) continue;
        SM_TRY(read_line(run, one, &l, run->n, err));
        run->n++;
    }
    if (run->n == 0) SM_FAIL(err, SM_EFORMAT, "%s: not one item", path);
    return SM_OK;
}

int sm_eval_run_read(sm_eval_run *run, const char *path, const sm_eval_choice *metrics,
                     sm_error *err)
{
    sm_buffer text = sm_buffer_make(MAX_FILE);
    run->metrics = *metrics;
    run->name = path;
    int status = sm_file_read(path, &text, err);
    if (status == SM_OK) status = read_lines(run, path, sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    return status;
}
