/* Logs of a run read again: the table of the watched sets, and logs that are cut at a step. See seimai/train.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/config.h>
#include <seimai/file.h>

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- watched sets -------------------------------------------------------------------------------- */

enum { MOST = 64 };

typedef struct row {
    const char *name; /* of the table's arena */
    double before, after;
    bool bits; /* bits per byte, not nats a target */
} row;

typedef struct table {
    row rows[MOST];
    size_t n;
    int64_t step; /* of the last validation */
    sm_arena arena;
} table;

static double number_of(const sm_value *map, const char *key)
{
    const sm_value *const v = sm_value_get(map, key);
    return !v                   ? (double)NAN
           : v->kind == SM_REAL ? v->as.real
           : v->kind == SM_INT  ? (double)v->as.integer
                                : (double)NAN;
}

static void note_score(table *t, sm_span name, const sm_value *score)
{
    size_t i = 0;
    const double bpb = number_of(score, "bpb"), loss = number_of(score, "loss");
    const double value = isfinite(bpb) ? bpb : loss;
    while (i < t->n && !sm_span_equal(sm_span_of(t->rows[i].name), name))
        i++;
    if (i == MOST) return;
    if (i == t->n) {
        const char *const kept = sm_arena_printf(&t->arena, "%.*s", (int)name.n, name.p);
        t->rows[t->n++] = (row){kept, value, value, isfinite(bpb)};
    }
    t->rows[i].after = value;
}

static int note_line(table *t, const char *path, sm_span line, sm_error *err)
{
    sm_config json = {0};
    SM_TRY(sm_config_parse_json(&json, path, line, err));
    const sm_value *const watch = sm_value_get(&json.root, "watch");
    if (watch && watch->kind == SM_MAP) {
        t->step = (int64_t)number_of(&json.root, "step");
        for (size_t i = 0; i < watch->n; i++)
            note_score(t, watch->keys[i], &watch->items[i]);
    }
    sm_config_free(&json);
    return SM_OK;
}

static void write_table(const table *t, sm_buffer *out)
{
    if (t->n == 0) return;
    sm_buffer_printf(out, "%10s %10s %9s   bits a byte (* nats a target)\n", "before",
                     "at the end", "change");
    for (size_t i = 0; i < t->n; i++) {
        const row *const r = t->rows + i;
        sm_buffer_printf(out, "%10.4f %10.4f %+8.2f%%   %s%s\n", r->before, r->after,
                         100.0 * (r->after / r->before - 1.0), r->name, r->bits ? "" : " *");
    }
}

int sm_train_watched(const char *run, sm_buffer *out, sm_error *err)
{
    table t = {.n = 0};
    sm_map map = {0};
    char *path = run_path(run, "metrics.jsonl");
    int status = sm_map_open(&map, path, err);
    for (sm_span text = map.bytes; text.n && status >= 0;) {
        const sm_span line = run_next_line(&text);
        if (sm_span_find(line, SM_SPAN("\"watch\""))) status = note_line(&t, path, line, err);
    }
    if (status >= 0) write_table(&t, out);
    sm_map_close(&map);
    sm_free(path);
    sm_arena_free(&t.arena);
    return status;
}

/* ---- logs -------------------------------------------------------------------------------------------- */

/* Where the lines of steps up to `step` end; a line that is no JSON was cut off itself. */
static size_t end_of_step(const char *path, sm_span text, uint64_t step)
{
    const char *const begin = text.p;
    while (text.n) {
        const char *const start = text.p;
        const sm_span line = run_next_line(&text);
        sm_config json = {0};
        sm_error broken = {0};
        const bool ended = (size_t)(text.p - start) > line.n;
        const bool whole = ended && sm_config_parse_json(&json, path, line, &broken) >= 0;
        const bool wanted = whole && number_of(&json.root, "step") <= (double)step;
        if (whole) sm_config_free(&json);
        if (!wanted) return (size_t)(start - begin);
    }
    return (size_t)(text.p - begin);
}

int sm_train_log_cut(const char *path, uint64_t step, sm_error *err)
{
    sm_map map = {0};
    if (!sm_file_exists(path)) return SM_OK;
    SM_TRY(sm_map_open(&map, path, err));
    const size_t whole = map.bytes.n, end = end_of_step(path, map.bytes, step);
    sm_map_close(&map);
    if (end == whole || truncate(path, (off_t)end) == 0) return SM_OK;
    SM_FAIL(err, SM_EIO, "%s: %s", path, strerror(errno));
}
