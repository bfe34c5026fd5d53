/* Shards from tokens that somebody else made: see seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/shard.h>

#include <string.h>

enum { LINE_MAX_BYTES = 256 << 20 };

/* ---- JSONL ---------------------------------------------------------------------------------------- */

typedef struct id_list {
    uint32_t *p;
    size_t n, cap;
} id_list;

static int read_list(const sm_value *list, id_list *ids, sm_error *err)
{
    if (!list || list->kind != SM_LIST)
        return sm_error_set(err, SM_EFORMAT, "ids is missing or no list");
    ids->n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const sm_value *v = &list->items[i];
        if (v->kind != SM_INT || v->as.integer < 0 || v->as.integer > INT32_MAX)
            return sm_error_set(err, SM_EFORMAT, "ids: entry %zu is no token id", i);
        ids->p = sm_array_grow(ids->p, ids->n, &ids->cap, sizeof *ids->p);
        ids->p[ids->n++] = (uint32_t)v->as.integer;
    }
    return SM_OK;
}

/* `targets`, 0 or 1 for each id, as a bit each; absent: all count, as in a set without masks. */
static int read_targets(const sm_value *list, size_t n, sm_arena *arena,
                        const uint8_t **targets, sm_error *err)
{
    *targets = NULL;
    if (!list) return SM_OK;
    if (list->kind != SM_LIST || list->n != n)
        return sm_error_set(err, SM_EFORMAT, "targets: expected a list of %zu zeros and ones",
                            n);
    uint8_t *const bits = sm_arena_zalloc(arena, n / 8 + 1, 1);
    for (size_t i = 0; i < n; i++) {
        const sm_value *const v = &list->items[i];
        if (v->kind != SM_INT || v->as.integer < 0 || v->as.integer > 1)
            return sm_error_set(err, SM_EFORMAT, "targets: entry %zu is neither 0 nor 1", i);
        bits[i / 8] |= (uint8_t)(v->as.integer << i % 8);
    }
    *targets = bits;
    return SM_OK;
}

static sm_span id_of(const sm_value *root, int64_t line, char number[32])
{
    const sm_value *id = sm_value_get(root, "id");
    if (id && id->kind == SM_STRING) return id->as.string;
    sm_buffer b = sm_buffer_make(32);
    sm_buffer_printf(&b, "%lld", (long long)(id && id->kind == SM_INT ? id->as.integer : line));
    memcpy(number, b.p, b.n);
    const sm_span s = {number, b.n};
    sm_buffer_free(&b);
    return s;
}

static int append_value(sm_shard_writer *w, const sm_value *root, int64_t line, id_list *ids,
                        sm_error *err)
{
    int64_t text_bytes = 0, characters = 0;
    char number[32];
    const uint8_t *targets = NULL;
    sm_arena bits = {0};
    if (root->kind != SM_MAP) return sm_error_set(err, SM_EFORMAT, "this is no object");
    SM_TRY(read_list(sm_value_get(root, "ids"), ids, err));
    SM_TRY(sm_value_read_int(sm_value_get(root, "text_bytes"), "text_bytes", 0, INT64_MAX,
                             &text_bytes, err));
    SM_TRY(sm_value_read_int(sm_value_get(root, "characters"), "characters", 0, INT64_MAX,
                             &characters, err));
    int status = read_targets(sm_value_get(root, "targets"), ids->n, &bits, &targets, err);
    const sm_shard_doc doc = {.id = id_of(root, line, number),
                              .ids = ids->p,
                              .n = ids->n,
                              .text_bytes = (uint64_t)text_bytes,
                              .characters = (uint64_t)characters,
                              .targets = targets};
    if (status >= 0) status = sm_shard_writer_append(w, &doc, err);
    sm_arena_free(&bits);
    return status;
}

static int append_line(sm_shard_writer *w, sm_span text, const char *path, int64_t line,
                       id_list *ids, sm_error *err)
{
    sm_config config = {0};
    if (text.n == 0) return SM_OK;
    int status = sm_config_parse_json(&config, path, text, NULL);
    if (status < 0) SM_FAIL(err, SM_EFORMAT, "%s:%lld: this is no JSON", path, (long long)line);
    status = append_value(w, &config.root, line, ids, err);
    if (status < 0) sm_error_prefix(err, "%s:%lld", path, (long long)line);
    sm_config_free(&config);
    return status;
}

/* Appends the whole lines of the buffer and keeps the rest. */
static int append_lines(sm_shard_writer *w, sm_buffer *text, bool last, const char *path,
                        int64_t *line, id_list *ids, sm_error *err)
{
    size_t at = 0;
    while (at < text->n) {
        const char *end = memchr(text->p + at, '\n', text->n - at);
        if (!end && !last) break;
        const size_t n = end ? (size_t)(end - text->p) - at : text->n - at;
        SM_TRY(append_line(w, (sm_span){text->p + at, n}, path, ++*line, ids, err));
        at += n + (end != NULL);
    }
    if (at) memmove(text->p, text->p + at, text->n - at);
    text->n -= at;
    return SM_OK;
}

static int read_lines(sm_shard_writer *w, sm_input *in, sm_buffer *text, id_list *ids,
                      sm_error *err)
{
    const char *path = sm_input_name(in);
    int64_t line = 0;
    for (;;) {
        size_t got = 0;
        char *to = sm_buffer_reserve(text, 1 << 20);
        if (!to)
            SM_FAIL(err, SM_ELIMIT, "%s:%lld: a line of more than 256 MiB", path,
                    (long long)line + 1);
        const int more = sm_input_read(in, to, 1 << 20, &got, err);
        SM_TRY(more);
        text->n += got;
        SM_TRY(append_lines(w, text, more == 0, path, &line, ids, err));
        if (more == 0) return SM_OK;
    }
}

int sm_import_ids(sm_shard_writer *writer, const char *path, sm_error *err)
{
    sm_input *in = NULL;
    id_list ids = {0};
    SM_TRY(sm_input_open(&in, path, err));
    sm_buffer text = sm_buffer_make(LINE_MAX_BYTES);
    const int status = read_lines(writer, in, &text, &ids, err);
    sm_buffer_free(&text);
    sm_free(ids.p);
    sm_input_close(in);
    return status;
}
