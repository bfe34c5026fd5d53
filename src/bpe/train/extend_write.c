/* The folder of an extended tokenizer.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/utf8.h>

#include "extend_internal.h"

#include <string.h>

enum { FILE_MAX = 0x7fffffff };

typedef struct folder_writer {
    const sm_extension *x;
    const sm_tokenizer *base;
    const char *source, *folder;
    bool is_folder; /* the source is one */
    sm_arena arena;
} folder_writer;

static const char *in(folder_writer *w, const char *folder, const char *name)
{
    return sm_arena_printf(&w->arena, "%s/%s", folder, name);
}

static int put_file(folder_writer *w, const char *name, const sm_buffer *b, sm_error *err)
{
    const char *path = in(w, w->folder, name);
    if (b->overflow) SM_FAIL(err, SM_ELIMIT, "%s: larger than 2 GiB", path);
    return sm_file_write(path, sm_buffer_span(b), err);
}

/* ---- the model ------------------------------------------------------------------------------- */

static const char *model_path(folder_writer *w)
{
    static const char *const names[] = {"tokenizer.json", "tokenizer.model"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = in(w, w->source, names[i]);
        if (!sm_file_exists(path)) continue;
        w->is_folder = true;
        return path;
    }
    return w->source;
}

static bool is_json(sm_span file)
{
    while (file.n > 0 && strchr(" \t\r\n", *file.p))
        file = (sm_span){file.p + 1, file.n - 1};
    return file.n > 0 && *file.p == '{';
}

static int write_model(folder_writer *w, sm_error *err)
{
    const char *path = model_path(w);
    sm_buffer file = sm_buffer_make(FILE_MAX), out = sm_buffer_make(FILE_MAX);
    int rc = sm_file_read(path, &file, err);
    const sm_span content = sm_buffer_span(&file);
    const bool json = rc == 0 && is_json(content), spiece = content.n > 0 && *content.p == '\n';
    if (rc == 0 && json)
        rc = extend_json(w->x, w->base, path, content, &out, err);
    else if (rc == 0 && spiece)
        rc = extend_spiece(w->x, path, content, &out, err);
    else if (rc == 0)
        rc = sm_error_set(err, SM_ENOSUP,
                          "%s: only tokenizer.json and SentencePiece models are extended; "
                          "`tokenizer export` makes one of it",
                          path);
    if (rc == 0) rc = put_file(w, json ? "tokenizer.json" : "tokenizer.model", &out, err);
    sm_buffer_free(&file);
    sm_buffer_free(&out);
    return rc;
}

/* What else lies in the base's folder and holds for the new one, too. */
static int copy_others(folder_writer *w, sm_error *err)
{
    static const char *const names[] = {"tokenizer_config.json", "special_tokens_map.json",
                                        "chat_template.jinja"};
    int rc = 0;
    for (size_t i = 0; w->is_folder && rc == 0 && i < sizeof names / sizeof *names; i++) {
        const char *path = in(w, w->source, names[i]);
        sm_buffer file = sm_buffer_make(FILE_MAX);
        if (sm_file_exists(path)) {
            rc = sm_file_read(path, &file, err);
            if (rc == 0) rc = put_file(w, names[i], &file, err);
        }
        sm_buffer_free(&file);
    }
    return rc;
}

/* ---- the map ------------------------------------------------------------------------------------ */

static void put_line(sm_buffer *b, size_t id, const sm_new_token *t)
{
    sm_json_open(b, '{');
    sm_json_key(b, "id");
    sm_json_uint(b, id);
    sm_json_key(b, "from");
    sm_json_open(b, '[');
    for (size_t i = 0; t && i < t->n_from; i++)
        sm_json_uint(b, t->from[i]);
    sm_json_close(b, ']');
    if (t && sm_utf8_check(t->bytes) == t->bytes.n) {
        sm_json_key(b, "text");
        sm_json_string(b, t->bytes);
    }
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

static int write_map(folder_writer *w, sm_error *err)
{
    sm_buffer all = sm_buffer_make(FILE_MAX), line = sm_buffer_make(FILE_MAX);
    const sm_extension *x = w->x;
    for (size_t i = 0; i < x->n + x->n_spare; i++) {
        sm_buffer_clear(
            &line); /* the writer of JSON looks for a comma's need behind the last byte */
        put_line(&line, x->n_base + i, i < x->n ? &x->tokens[i] : NULL);
        sm_buffer_put(&all, sm_buffer_span(&line));
    }
    const int rc = put_file(w, "extend-map.jsonl", &all, err);
    sm_buffer_free(&all);
    sm_buffer_free(&line);
    return rc;
}

/* ---- the manifest -------------------------------------------------------------------------------- */

static int write_notes(folder_writer *w, sm_span notes, sm_error *err)
{
    char hex[SM_HASH_HEX + 1];
    const sm_extension *x = w->x;
    const struct {
        const char *name;
        size_t value;
    } numbers[] = {{"vocab_size", x->n_base + x->n + x->n_spare},
                   {"base_size", x->n_base},
                   {"new_tokens", x->n},
                   {"spares", x->n_spare}};
    sm_buffer b = sm_buffer_make(1 << 20);
    sm_json_open(&b, '{');
    sm_json_key(&b, "format");
    sm_json_string(&b, SM_SPAN("seimai-tokenizer-extended 1"));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sm_json_key(&b, numbers[i].name);
        sm_json_uint(&b, numbers[i].value);
    }
    sm_hash128_hex(sm_tokenizer_hash(w->base), hex);
    sm_json_key(&b, "base_hash");
    sm_json_string(&b, sm_span_of(hex));
    if (notes.n) {
        sm_buffer_putc(&b, ',');
        sm_buffer_put(&b, notes);
    }
    sm_json_close(&b, '}');
    sm_buffer_putc(&b, '\n');
    const int rc = put_file(w, "seimai.json", &b, err);
    sm_buffer_free(&b);
    return rc;
}

int sm_extend_write(const sm_extension *x, const sm_tokenizer *base, const char *source,
                    const char *folder, sm_span notes, sm_error *err)
{
    folder_writer w = {.x = x, .base = base, .source = source, .folder = folder};
    int rc = sm_directory_make(folder, err);
    if (rc == 0) rc = write_model(&w, err);
    if (rc == 0) rc = copy_others(&w, err);
    if (rc == 0) rc = write_map(&w, err);
    if (rc == 0) rc = write_notes(&w, notes, err); /* last: the folder is finished */
    sm_arena_free(&w.arena);
    return rc;
}
