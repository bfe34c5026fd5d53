/* Configuration values as text and tables, and files of JSON lines.
 * SPDX-License-Identifier: MIT */
#include "report_internal.h"

#include <seimai/file.h>

#include <math.h>
#include <string.h>

double value_number(const sm_value *map, const char *key)
{
    const sm_value *v = sm_value_get(map, key);
    if (v && v->kind == SM_INT) return (double)v->as.integer;
    if (v && v->kind == SM_REAL) return v->as.real;
    return (double)NAN;
}

const char *value_name(sm_arena *arena, sm_span key)
{
    const sm_span copy = sm_arena_copy(arena, key);
    char *name = sm_arena_printf(arena, "%s", copy.p);
    for (char *c = name; *c; c++) {
        if (*c == '_') *c = ' ';
    }
    return name;
}

static const char *list_text(sm_arena *arena, const sm_value *list)
{
    const char *text = "";
    for (size_t i = 0; i < list->n; i++) {
        const char *item = value_text(arena, &list->items[i]);
        if (!item) return NULL;
        text = sm_arena_printf(arena, "%s%s%s", text, i ? ", " : "", item);
    }
    return text;
}

const char *value_text(sm_arena *arena, const sm_value *value)
{
    enum { LIST_MAX = 16 };
    if (!value) return NULL;
    switch (value->kind) {
    case SM_NULL: return "–";
    case SM_BOOL: return value->as.boolean ? "yes" : "no";
    case SM_INT: return sm_number_text(arena, SM_AS_COUNT, (double)value->as.integer);
    case SM_REAL: return sm_arena_printf(arena, "%.4g", value->as.real);
    case SM_STRING: return value->as.string.p;
    case SM_LIST: return value->n <= LIST_MAX ? list_text(arena, value) : NULL;
    case SM_MAP: return NULL;
    }
    return NULL;
}

/* ---- tables -------------------------------------------------------------------------------- */

enum { ROWS_MAX = 60 };

typedef struct rows {
    sm_arena arena;
    const char *cells[ROWS_MAX][2];
    size_t n;
} rows;

/* One level of maps is written as "outer: inner". */
static void collect(rows *r, const sm_value *map, const char *prefix)
{
    for (size_t i = 0; i < map->n && r->n < ROWS_MAX; i++) {
        const char *name = *prefix ? map->keys[i].p : value_name(&r->arena, map->keys[i]);
        const char *text = value_text(&r->arena, &map->items[i]);
        if (!text && map->items[i].kind == SM_MAP && !*prefix)
            collect(r, &map->items[i], sm_arena_printf(&r->arena, "%s: ", name));
        if (!text) continue;
        r->cells[r->n][0] = sm_arena_printf(&r->arena, "%s%s", prefix, name);
        r->cells[r->n++][1] = text;
    }
}

void value_table(sm_page *page, const char *title, const sm_value *map, bool half)
{
    rows r = {.n = 0};
    if (!map || map->kind != SM_MAP) return;
    collect(&r, map, "");
    const sm_table table = {
        .title = title, .align = "lw", .cells = &r.cells[0][0], .rows = r.n, .half = half};
    if (r.n > 0) sm_page_table(page, &table);
    sm_arena_free(&r.arena);
}

/* ---- JSON, and JSON lines ----------------------------------------------------------------- */

int json_read(sm_config *config, const char *path, sm_error *err)
{
    sm_buffer all = sm_buffer_make((size_t)256 << 20);
    int status = sm_file_read(path, &all, err);
    if (status >= 0) status = sm_config_parse_json(config, path, sm_buffer_span(&all), err);
    sm_buffer_free(&all);
    return status;
}

static int read_line(const char *path, sm_span line, int64_t number,
                     int (*each)(void *context, const sm_value *line), void *context,
                     sm_error *err)
{
    sm_config config = {0};
    sm_error fault = {0};
    if (sm_config_parse_json(&config, path, line, &fault) < 0)
        SM_FAIL(err, SM_EFORMAT, "%s:%lld: this line is no JSON object", path,
                (long long)number);
    const int status = each(context, &config.root);
    sm_config_free(&config);
    return status;
}

static int each_line(const char *path, sm_span all,
                     int (*each)(void *context, const sm_value *line), void *context,
                     sm_error *err)
{
    const char *at = all.p, *const end = all.p + all.n;
    for (int64_t number = 1; at < end; number++) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        const sm_span line = {at, (size_t)((lf ? lf : end) - at)};
        const int status = read_line(path, line, number, each, context, lf ? err : NULL);
        if (!lf) return SM_OK;
        SM_TRY(status);
        at = lf + 1;
    }
    return SM_OK;
}

int lines_read(const char *path, int (*each)(void *context, const sm_value *line),
               void *context, sm_error *err)
{
    sm_buffer all = sm_buffer_make((size_t)1 << 30);
    int status = sm_file_read(path, &all, err);
    if (status >= 0) status = each_line(path, sm_buffer_span(&all), each, context, err);
    sm_buffer_free(&all);
    return status;
}
