/* The template of a tokenizer or model directory: which it is, and writing one: see seimai/chat.h.
 * SPDX-License-Identifier: MIT */
#include "template.h"

#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/json.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 64 << 20 }; /* bytes of a configuration */

typedef struct folder {
    sm_arena paths;
    sm_buffer text;   /* of the file that was read */
    sm_config config; /* tokenizer_config.json, or empty */
} folder;

static const char *path_of(folder *f, const char *dir, const char *name)
{
    return sm_arena_printf(&f->paths, "%s/%s", dir, name);
}

static void close_folder(folder *f)
{
    sm_config_free(&f->config);
    sm_buffer_free(&f->text);
    sm_arena_free(&f->paths);
}

/* 1, or 0 where there is no tokenizer_config.json. */
static int read_config(folder *f, const char *dir, sm_error *err)
{
    const char *const path = path_of(f, dir, "tokenizer_config.json");
    if (!sm_file_exists(path)) return 0;
    sm_buffer_clear(&f->text);
    SM_TRY(sm_file_read(path, &f->text, err));
    SM_TRY(sm_config_parse_json(&f->config, path, sm_buffer_span(&f->text), err));
    if (f->config.root.kind == SM_MAP) return 1;
    SM_FAIL(err, SM_EFORMAT, "%s: not an object", path);
}

static const char *recognise(sm_span jinja)
{
    for (size_t i = 0; i < chat_n_templates; i++)
        for (size_t k = 0; k < 2 && chat_templates[i].marks[k]; k++)
            if (sm_span_find(jinja, sm_span_of(chat_templates[i].marks[k])))
                return chat_templates[i].name;
    return NULL;
}

/* The Jinja text that a directory holds; p == NULL where it has none. It lives as long as the folder. */
static int read_jinja(folder *f, const char *dir, sm_span *jinja, sm_error *err)
{
    const char *const path = path_of(f, dir, "chat_template.jinja");
    *jinja = (sm_span){0};
    if (sm_file_exists(path)) {
        SM_TRY(sm_file_read(path, &f->text, err));
        *jinja = sm_buffer_span(&f->text);
        return SM_OK;
    }
    SM_TRY(read_config(f, dir, err));
    const sm_value *const text = sm_value_get(&f->config.root, "chat_template");
    if (text && text->kind == SM_STRING) *jinja = text->as.string;
    return SM_OK;
}

int sm_chat_template_in(const char *dir, const char **name, sm_error *err)
{
    folder f = {.text = sm_buffer_make(MOST)};
    sm_span jinja = {0};
    const int status = read_jinja(&f, dir, &jinja, err);
    *name = recognise(jinja);
    close_folder(&f);
    return status;
}

int sm_chat_open_in(sm_chat **chat, const char *name, const char *dir,
                    const sm_tokenizer *tokenizer, sm_error *err)
{
    *chat = NULL;
    if (!name && dir) SM_TRY(sm_chat_template_in(dir, &name, err));
    return sm_chat_open(chat, name, tokenizer, err);
}

/* The length of {% generation %} or {% endgeneration %} at the start of a text, with or without its dashes; 0: neither. */
static size_t mark_at(sm_span text)
{
    size_t n = 2;
    if (!sm_span_starts(text, SM_SPAN("{%"))) return 0;
    while (n < text.n && (text.p[n] == '-' || text.p[n] == ' '))
        n++;
    if (sm_span_starts(sm_span_from(text, n), SM_SPAN("end"))) n += 3;
    if (!sm_span_starts(sm_span_from(text, n), SM_SPAN("generation"))) return 0;
    n += sizeof "generation" - 1;
    while (n < text.n && (text.p[n] == '-' || text.p[n] == ' '))
        n++;
    return sm_span_starts(sm_span_from(text, n), SM_SPAN("%}")) ? n + 2 : 0;
}

/* A mark that trims the spaces around it goes with them. */
static void put_unmarked(sm_span jinja, sm_buffer *out)
{
    static const char spaces[] = " \t\r\n";
    const size_t begin = out->n;
    for (sm_span rest = jinja; rest.n;) {
        const size_t n = mark_at(rest);
        if (!n) sm_buffer_putc(out, *rest.p);
        if (n && rest.p[2] == '-')
            while (out->n > begin && memchr(spaces, out->p[out->n - 1], 4))
                out->n--;
        const bool trims = n && rest.p[n - 3] == '-';
        rest = sm_span_from(rest, n ? n : 1);
        while (trims && rest.n && memchr(spaces, *rest.p, 4))
            rest = sm_span_from(rest, 1);
    }
}

/* ---- writing ---------------------------------------------------------------------------------------- */

/* The configuration with another template; all else keeps its bytes. */
static int replace_template(folder *f, const char *path, sm_span jinja, sm_buffer *out,
                            sm_error *err)
{
    const sm_span text = sm_buffer_span(&f->text);
    const char *kind = NULL;
    size_t at = 0;
    sm_doc file = {.record = text, .arena = &f->paths, .any_record = true};
    if (!sm_doc_parse(&file, "chat_template", &kind, &at) && strcmp(kind, "bad-text") != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: byte %zu: %s", path, at, kind);
    const sm_span old = sm_doc_field(&file, "chat_template");
    const char *const open = sm_span_find(text, SM_SPAN("{"));
    const size_t head = (size_t)((old.n ? old.p : open + 1) - text.p);
    sm_buffer_put(out, (sm_span){text.p, head});
    if (!old.n) sm_buffer_puts(out, "\n  \"chat_template\": ");
    sm_json_quote(out, jinja);
    if (!old.n && f->config.root.n) sm_buffer_putc(out, ',');
    sm_buffer_put(out, sm_span_from(text, head + old.n));
    return SM_OK;
}

static int write_template(folder *f, const char *dir, sm_span jinja, sm_buffer *out,
                          sm_error *err)
{
    const char *const path = path_of(f, dir, "tokenizer_config.json");
    const int found = read_config(f, dir, err);
    if (found < 0) return found;
    if (found) {
        SM_TRY(replace_template(f, path, jinja, out, err));
    } else {
        sm_json_open(out, '{');
        sm_json_put_string(out, "chat_template", jinja);
        sm_buffer_puts(out, "}\n");
    }
    SM_TRY(sm_file_write(path, sm_buffer_span(out), err));
    const char *const beside = path_of(f, dir, "chat_template.jinja");
    if (sm_file_exists(beside) && unlink(beside) != 0)
        SM_FAIL(err, SM_EIO, "%s: %s", beside, strerror(errno));
    return SM_OK;
}

int sm_chat_jinja_write(const sm_chat *chat, const char *dir, sm_error *err)
{
    folder f = {.text = sm_buffer_make(MOST)};
    sm_buffer jinja = sm_buffer_make(MOST), out = sm_buffer_make(2 * (size_t)MOST);
    sm_chat_jinja(chat, true, &jinja);
    const int status = write_template(&f, dir, sm_buffer_span(&jinja), &out, err);
    sm_buffer_free(&out);
    sm_buffer_free(&jinja);
    close_folder(&f);
    return status;
}

/* ---- what an export carries ------------------------------------------------------------------------- */

/* 1, or 0 where nobody asked for a template and the tokenizer has none of its tokens. */
static int open_asked(sm_chat **chat, const sm_tokenizer *tokenizer, const char *name,
                      sm_error *err)
{
    const int status = sm_chat_open(chat, name, tokenizer, name ? err : NULL);
    if (status < 0) return name ? status : 0;
    return 1;
}

int sm_chat_jinja_add(const sm_tokenizer *tokenizer, const char *dir, const char *name,
                      sm_error *err)
{
    folder f = {.text = sm_buffer_make(MOST)};
    sm_span own = {0};
    sm_chat *chat = NULL;
    int status = name ? SM_OK : read_jinja(&f, dir, &own, err);
    if (status == SM_OK && !own.n) status = open_asked(&chat, tokenizer, name, err);
    if (status == 1) status = sm_chat_jinja_write(chat, dir, err);
    sm_chat_free(chat);
    close_folder(&f);
    return status;
}

int sm_chat_jinja_for(const sm_tokenizer *tokenizer, const char *dir, const char *name,
                      sm_buffer *out, sm_error *err)
{
    folder f = {.text = sm_buffer_make(MOST)};
    sm_span own = {0};
    sm_chat *chat = NULL;
    int status = name ? SM_OK : read_jinja(&f, dir, &own, err);
    if (status == SM_OK) put_unmarked(own, out);
    if (status == SM_OK && !own.n) status = open_asked(&chat, tokenizer, name, err);
    if (status == 1) sm_chat_jinja(chat, false, out);
    sm_chat_free(chat);
    close_folder(&f);
    return status < 0 ? status : SM_OK;
}
