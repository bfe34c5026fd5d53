/* YAML to values, from libyaml's events.
 * SPDX-License-Identifier: MIT */
#include <seimai/config.h>

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MAX_DEPTH = 64, MAX_ENTRIES = 1 << 24 };

typedef struct reader {
    sm_config *config;
    const char *name;
    yaml_parser_t parser;
    yaml_event_t event; /* the current event, freed by next_event */
    sm_error *err;
} reader;

static int line_of(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

static int next_event(reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event)) return 0;
    SM_FAIL(r->err, SM_EUSAGE, "%s:%d: %s", r->name, line_of(r->parser.problem_mark),
            r->parser.problem ? r->parser.problem : "not YAML");
}

/* The words of the core schema (YAML 1.2.2, section 10.3.2). */
static const char *const null_words[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const yes_words[] = {"true", "True", "TRUE", NULL};
static const char *const no_words[] = {"false", "False", "FALSE", NULL};

static bool is_one_of(const char *s, const char *const words[])
{
    while (*words && strcmp(s, *words) != 0)
        words++;
    return *words != NULL;
}

/* The core schema's rules for a plain scalar. */
static void resolve_plain(sm_value *v)
{
    const char *s = v->as.string.p;
    char *end = NULL;
    int64_t integer = 0;
    if (is_one_of(s, null_words)) {
        v->kind = SM_NULL;
        return;
    }
    const bool yes = is_one_of(s, yes_words);
    if (yes || is_one_of(s, no_words)) {
        v->kind = SM_BOOL;
        v->as.boolean = yes;
        return;
    }
    if (sm_span_to_i64((sm_span){s + (*s == '+'), v->as.string.n - (*s == '+')}, &integer)) {
        v->kind = SM_INT;
        v->as.integer = integer;
        return;
    }
    if (s[strspn(s, "0123456789+-.eE")] || !strpbrk(s, "0123456789")) return;
    const double real = strtod(s, &end);
    if (*end) return;
    v->kind = SM_REAL;
    v->as.real = real;
}

static int read_scalar(reader *r, sm_value *v)
{
    const yaml_event_t *e = &r->event;
    if (e->data.scalar.anchor || e->data.scalar.tag)
        return sm_value_fail(v, r->err, "anchors and tags are not accepted");
    v->kind = SM_STRING;
    v->as.string =
        sm_arena_copy(&r->config->arena,
                      (sm_span){(const char *)e->data.scalar.value, e->data.scalar.length});
    v->written = v->as.string;
    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) resolve_plain(v);
    return 0;
}

static int read_value(reader *r, int depth, sm_value *v);

typedef struct entries {
    sm_value *items;
    sm_span *keys;
    size_t n, cap_items, cap_keys;
} entries;

static int read_key(reader *r, entries *list)
{
    const sm_value at = {.file = r->name, .line = line_of(r->event.start_mark)};
    if (r->event.type != YAML_SCALAR_EVENT)
        return sm_value_fail(&at, r->err, "a key must be a plain word");
    const sm_span key = {(const char *)r->event.data.scalar.value, r->event.data.scalar.length};
    for (size_t i = 0; i < list->n; i++)
        if (sm_span_equal(list->keys[i], key))
            return sm_value_fail(&at, r->err, "key '%s' stands twice", key.p);
    list->keys = sm_array_grow(list->keys, list->n, &list->cap_keys, sizeof *list->keys);
    list->keys[list->n] = sm_arena_copy(&r->config->arena, key);
    return next_event(r);
}

static int read_entries(reader *r, int depth, sm_value *v, yaml_event_type_t end, entries *list)
{
    SM_TRY(next_event(r));
    while (r->event.type != end) {
        if (list->n == MAX_ENTRIES) return sm_value_fail(v, r->err, "too many entries");
        if (v->kind == SM_MAP) SM_TRY(read_key(r, list));
        list->items =
            sm_array_grow(list->items, list->n, &list->cap_items, sizeof *list->items);
        SM_TRY(read_value(r, depth + 1, &list->items[list->n]));
        list->n++;
        SM_TRY(next_event(r));
    }
    return 0;
}

static int read_collection(reader *r, int depth, sm_value *v, yaml_event_type_t end)
{
    entries list = {0};
    const int rc = read_entries(r, depth, v, end, &list);
    if (rc == 0) {
        sm_arena *arena = &r->config->arena;
        v->n = list.n;
        v->items = sm_arena_alloc(arena, list.n * sizeof *list.items);
        if (list.n) memcpy(v->items, list.items, list.n * sizeof *list.items);
        if (v->kind == SM_MAP) v->keys = sm_arena_alloc(arena, list.n * sizeof *list.keys);
        if (v->kind == SM_MAP && list.n) memcpy(v->keys, list.keys, list.n * sizeof *list.keys);
    }
    sm_free(list.items);
    sm_free(list.keys);
    return rc;
}

/* Reads the value that starts at the current event, up to and including its last event. */
static int read_value(reader *r, int depth, sm_value *v)
{
    *v = (sm_value){.file = r->name, .line = line_of(r->event.start_mark)};
    if (depth > MAX_DEPTH) return sm_value_fail(v, r->err, "nested deeper than %d", MAX_DEPTH);
    if (r->event.type == YAML_SCALAR_EVENT) return read_scalar(r, v);
    if (r->event.type == YAML_SEQUENCE_START_EVENT) {
        v->kind = SM_LIST;
        return read_collection(r, depth, v, YAML_SEQUENCE_END_EVENT);
    }
    if (r->event.type == YAML_MAPPING_START_EVENT) {
        v->kind = SM_MAP;
        return read_collection(r, depth, v, YAML_MAPPING_END_EVENT);
    }
    return sm_value_fail(v, r->err, "aliases are not accepted");
}

static int read_stream(reader *r)
{
    SM_TRY(next_event(r)); /* stream start */
    SM_TRY(next_event(r));
    if (r->event.type == YAML_STREAM_END_EVENT) {
        r->config->root = (sm_value){.kind = SM_NULL, .file = r->name, .line = 1};
        return 0;
    }
    SM_TRY(next_event(r)); /* past document start */
    SM_TRY(read_value(r, 0, &r->config->root));
    SM_TRY(next_event(r)); /* document end */
    SM_TRY(next_event(r));
    if (r->event.type == YAML_STREAM_END_EVENT) return 0;
    SM_FAIL(r->err, SM_EUSAGE, "%s:%d: more than one document", r->name,
            line_of(r->event.start_mark));
}

int sm_config_parse_yaml(sm_config *config, const char *name, sm_span text, sm_error *err)
{
    reader r = {.config = config, .name = name, .err = err};
    if (!yaml_parser_initialize(&r.parser))
        SM_FAIL(err, SM_EIO, "%s: libyaml does not start", name);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.n ? text.p : ""),
                                 text.n);
    const int rc = read_stream(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return rc;
}
