/* Access to configuration values, and the reader that chooses a format: see seimai/config.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/config.h>
#include <seimai/json.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_BYTES = 256 << 20 };

static int read_file(const char *path, sm_buffer *text, sm_error *err)
{
    FILE *file = fopen(path, "rb");
    size_t n = 0;
    if (!file)
        SM_FAIL(err, errno == ENOENT ? SM_ENOENT : SM_EIO, "%s: %s", path, strerror(errno));
    do {
        char *room = sm_buffer_reserve(text, 64 << 10);
        n = room ? fread(room, 1, 64 << 10, file) : 0;
        text->n += n;
    } while (n > 0);
    const bool broken = ferror(file) != 0;
    if (fclose(file) != 0 || broken) SM_FAIL(err, SM_EIO, "%s: cannot be read", path);
    if (text->overflow) SM_FAIL(err, SM_ELIMIT, "%s: larger than 256 MiB", path);
    return 0;
}

int sm_config_read(sm_config *config, const char *path, sm_error *err)
{
    sm_buffer text = sm_buffer_make(MAX_BYTES);
    *config = (sm_config){0};
    int rc = read_file(path, &text, err);
    const char *name = sm_arena_copy(&config->arena, sm_span_of(path)).p;
    if (rc == 0 && sm_span_ends(sm_span_of(path), SM_SPAN(".json")))
        rc = sm_config_parse_json(config, name, sm_buffer_span(&text), err);
    else if (rc == 0)
        rc = sm_config_parse_yaml(config, name, sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    if (rc < 0) sm_config_free(config);
    return rc;
}

void sm_config_free(sm_config *config)
{
    sm_arena_free(&config->arena);
    config->root = (sm_value){0};
}

const sm_value *sm_value_get(const sm_value *map, const char *key)
{
    if (!map || map->kind != SM_MAP) return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (sm_span_equal(map->keys[i], sm_span_of(key))) return &map->items[i];
    return NULL;
}

void sm_value_write(const sm_value *v, sm_buffer *json)
{
    switch (v->kind) {
    case SM_NULL: sm_json_null(json); return;
    case SM_BOOL: sm_json_bool(json, v->as.boolean); return;
    case SM_INT: sm_json_int(json, v->as.integer); return;
    case SM_REAL: sm_json_real(json, v->as.real); return;
    case SM_STRING: sm_json_string(json, v->as.string); return;
    case SM_LIST:
    case SM_MAP: break;
    }
    sm_json_open(json, v->kind == SM_LIST ? '[' : '{');
    for (size_t i = 0; i < v->n; i++) {
        if (v->kind == SM_MAP) sm_json_key_span(json, v->keys[i]);
        sm_value_write(v->items + i, json);
    }
    sm_json_close(json, v->kind == SM_LIST ? ']' : '}');
}

const char *sm_kind_name(sm_kind kind)
{
    static const char *const names[] = {"null",   "true or false", "integer", "number",
                                        "string", "list",          "map"};
    return names[kind];
}

int sm_value_fail(const sm_value *v, sm_error *err, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    SM_FAIL(err, SM_EUSAGE, "%s:%d: %s", v->file, v->line, text);
}

static int wrong_kind(const sm_value *v, const char *what, sm_kind wanted, sm_error *err)
{
    return sm_value_fail(v, err, "%s: wanted %s, found %s", what, sm_kind_name(wanted),
                         sm_kind_name(v->kind));
}

int sm_value_read_bool(const sm_value *v, const char *what, bool *out, sm_error *err)
{
    if (!v) return 0;
    if (v->kind != SM_BOOL) return wrong_kind(v, what, SM_BOOL, err);
    *out = v->as.boolean;
    return 0;
}

int sm_value_read_int(const sm_value *v, const char *what, int64_t min, int64_t max,
                      int64_t *out, sm_error *err)
{
    if (!v) return 0;
    if (v->kind != SM_INT) return wrong_kind(v, what, SM_INT, err);
    if (v->as.integer < min || v->as.integer > max)
        return sm_value_fail(v, err, "%s: %" PRId64 " is outside %" PRId64 "…%" PRId64, what,
                             v->as.integer, min, max);
    *out = v->as.integer;
    return 0;
}

int sm_value_read_real(const sm_value *v, const char *what, double min, double max, double *out,
                       sm_error *err)
{
    if (!v) return 0;
    if (v->kind != SM_REAL && v->kind != SM_INT) return wrong_kind(v, what, SM_REAL, err);
    const double x = v->kind == SM_REAL ? v->as.real : (double)v->as.integer;
    if (!(x >= min && x <= max))
        return sm_value_fail(v, err, "%s: %g is outside %g…%g", what, x, min, max);
    *out = x;
    return 0;
}

int sm_value_read_string(const sm_value *v, const char *what, sm_span *out, sm_error *err)
{
    if (!v) return 0;
    if (v->kind != SM_STRING) return wrong_kind(v, what, SM_STRING, err);
    *out = v->as.string;
    return 0;
}

int sm_value_only(const sm_value *map, const char *const keys[], sm_error *err)
{
    if (map->kind != SM_MAP) return wrong_kind(map, "entry", SM_MAP, err);
    for (size_t i = 0; i < map->n; i++) {
        size_t k = 0;
        while (keys[k] && !sm_span_equal(map->keys[i], sm_span_of(keys[k])))
            k++;
        if (!keys[k])
            return sm_value_fail(&map->items[i], err, "unknown key '%.*s'", (int)map->keys[i].n,
                                 map->keys[i].p);
    }
    return 0;
}
