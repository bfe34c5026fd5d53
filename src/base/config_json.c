/* JSON to values. jansson parses and judges; it keeps no lines, so a second, trusting walk over the
 * same text finds where each value starts (both go through the values in the same order).
 * SPDX-License-Identifier: MIT */
#include <seimai/config.h>

#include <jansson.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

typedef struct reader {
    sm_config *config;
    const char *name;
    const char *p, *end; /* the walk for lines; the text is known to be valid */
    int line;
    sm_error *err;
} reader;

static void skip_string(reader *r)
{
    for (r->p++; *r->p != '"'; r->p++)
        r->p += *r->p == '\\';
    r->p++;
}

static bool colon_follows(const reader *r)
{
    const char *p = r->p;
    while (p < r->end && strchr(" \t\r\n", *p))
        p++;
    return p < r->end && *p == ':';
}

/* Moves past the start of the next value (past the end, for a scalar) and gives its line. */
static int next_line(reader *r)
{
    for (;;) {
        while (r->p < r->end && strchr(" \t\r\n,:]}", *r->p))
            r->line += *r->p++ == '\n';
        if (r->p == r->end || *r->p != '"') break;
        skip_string(r);
        if (!colon_follows(r)) return r->line;
    }
    if (r->p < r->end && (*r->p == '{' || *r->p == '[')) {
        r->p++;
        return r->line;
    }
    while (r->p < r->end && !strchr(" \t\r\n,]}", *r->p))
        r->p++;
    return r->line;
}

static int convert(reader *r, json_t *json, int depth, sm_value *v);

static int convert_map(reader *r, json_t *json, int depth, sm_value *v)
{
    size_t i = 0;
    *v = (sm_value){
        .kind = SM_MAP, .line = v->line, .file = r->name, .n = json_object_size(json)};
    v->items = sm_arena_zalloc(&r->config->arena, v->n, sizeof *v->items);
    v->keys = sm_arena_zalloc(&r->config->arena, v->n, sizeof *v->keys);
    for (void *it = json_object_iter(json); it; it = json_object_iter_next(json, it), i++) {
        v->keys[i] = sm_arena_copy(&r->config->arena, sm_span_of(json_object_iter_key(it)));
        SM_TRY(convert(r, json_object_iter_value(it), depth + 1, &v->items[i]));
    }
    return 0;
}

static int convert_list(reader *r, json_t *json, int depth, sm_value *v)
{
    *v = (sm_value){
        .kind = SM_LIST, .line = v->line, .file = r->name, .n = json_array_size(json)};
    v->items = sm_arena_zalloc(&r->config->arena, v->n, sizeof *v->items);
    for (size_t i = 0; i < v->n; i++)
        SM_TRY(convert(r, json_array_get(json, i), depth + 1, &v->items[i]));
    return 0;
}

static int convert(reader *r, json_t *json, int depth, sm_value *v)
{
    *v = (sm_value){.file = r->name, .line = next_line(r)};
    if (depth > MAX_DEPTH) return sm_value_fail(v, r->err, "nested deeper than %d", MAX_DEPTH);
    switch (json_typeof(json)) {
    case JSON_OBJECT: return convert_map(r, json, depth, v);
    case JSON_ARRAY: return convert_list(r, json, depth, v);
    case JSON_STRING:
        v->kind = SM_STRING;
        v->as.string = sm_arena_copy(
            &r->config->arena, (sm_span){json_string_value(json), json_string_length(json)});
        break;
    case JSON_INTEGER:
        v->kind = SM_INT;
        v->as.integer = json_integer_value(json);
        break;
    case JSON_REAL:
        v->kind = SM_REAL;
        v->as.real = json_real_value(json);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        v->kind = SM_BOOL;
        v->as.boolean = json_is_true(json);
        break;
    case JSON_NULL: v->kind = SM_NULL; break;
    }
    return 0;
}

int sm_config_parse_json(sm_config *config, const char *name, sm_span text, sm_error *err)
{
    json_error_t why = {0};
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *json = json_loadb(text.n ? text.p : "", text.n, flags, &why);
    if (!json)
        SM_FAIL(err, SM_EUSAGE, "%s:%d: %s", name, why.line > 0 ? why.line : 1, why.text);
    reader r = {config, name, text.p, text.p + text.n, 1, err};
    const int rc = convert(&r, json, 0, &config->root);
    json_decref(json);
    return rc;
}
