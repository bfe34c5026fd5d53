/* Opening a file for what it is, and the simple containers: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "container_internal.h"
#include "wiki/wiki_internal.h"

enum { SNIFF_BYTES = 64 << 10, SHOWN_BYTES = 8 << 10 };

static int read_json_line(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);

/* The readers, by kind. */
static const container_type types[SM_SOURCES] = {
    [SM_SOURCE_WARC] = {NULL, warc_read, NULL},
    [SM_SOURCE_ARC] = {NULL, arc_read, NULL},
    [SM_SOURCE_HTML] = {NULL, container_read_file, NULL},
    [SM_SOURCE_TEXT] = {NULL, container_read_file, NULL},
    [SM_SOURCE_JSONL] = {NULL, read_json_line, NULL},
    [SM_SOURCE_EPUB] = {epub_open, epub_read, epub_close},
    [SM_SOURCE_WIKI] = {wiki_open, wiki_read, wiki_close},
    [SM_SOURCE_AOZORA] = {NULL, container_read_file, NULL},
    [SM_SOURCE_PDF] = {NULL, container_read_file, NULL},
};

static int look(sm_container *c, sm_error *err)
{
    const size_t n = window_want(&c->window, SNIFF_BYTES);
    const sm_span head = {window_view(&c->window).p, n};
    SM_TRY(sm_source_sniff(head, &c->kind, err));
    c->type = &types[c->kind];
    return c->type->open ? c->type->open(c, err) : 0;
}

int sm_container_open(sm_container **container, const char *path, size_t max,
                      sm_container_counts *counts, sm_error *err)
{
    sm_container *c = sm_calloc(1, sizeof *c);
    *c = (sm_container){.file = path, .max = max, .counts = counts};
    c->path = sm_path_shown(path, &c->names);
    int rc = window_open(&c->window, path, max, err);
    if (rc >= 0) {
        rc = look(c, err);
        if (rc < 0) sm_error_prefix(err, "%s", c->path);
    }
    if (rc < 0) {
        sm_container_close(c);
        c = NULL;
    }
    *container = c;
    return rc;
}

void sm_container_by_item(sm_container *c)
{
    c->by_item = true;
}

void sm_container_close(sm_container *c)
{
    if (!c) return;
    if (c->type && c->type->close) c->type->close(c);
    window_close(&c->window);
    sm_arena_free(&c->names);
    sm_free(c);
}

page_source *container_describe(const sm_container *c, sm_record *record, sm_arena *arena)
{
    page_source *source = sm_arena_zalloc(arena, 1, sizeof *source);
    source->kind = c->kind;
    record->user = source;
    record->in_bytes = (size_t)(c->window.offset - record->offset);
    return source;
}

void container_too_large(const sm_container *c, sm_record *record, sm_arena *arena)
{
    sm_span view = window_view(&c->window);
    if (view.n > SHOWN_BYTES) view.n = SHOWN_BYTES;
    record->body = sm_arena_copy(arena, view);
    record->bad = "too-large";
    record->why = "longer than --max-document";
}

/* ---- a file that is one page ----------------------------------------------------------------- */

int container_read_file(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    window *w = &c->window;
    if (c->done) return window_end(w, err);
    c->done = true;
    const size_t n = window_want(w, c->max + 1);
    if (w->failure < 0) return window_end(w, err);
    if (n == 0) return 0;
    record->name = sm_arena_copy(arena, sm_span_of(c->path));
    if (n > c->max)
        container_too_large(c, record, arena);
    else
        record->body = sm_arena_copy(arena, window_view(w));
    while (window_take(w, NULL, SIZE_MAX / 2) > 0) {
    }
    (void)container_describe(c, record, arena);
    return 1;
}

/* ---- lines of JSON ------------------------------------------------------------------------ */

static sm_span without_line_end(sm_span line)
{
    while (line.n && strchr(" \t\r\n", line.p[line.n - 1]) && line.p[line.n - 1])
        line.n--;
    return line;
}

/* Skips the rest of a line that is longer than it may be. */
static void skip_line(window *w)
{
    for (;;) {
        const size_t have = window_want(w, 1);
        const char *p = window_view(w).p;
        const char *lf = have ? memchr(p, '\n', have) : NULL;
        (void)window_take(w, NULL, lf ? (size_t)(lf + 1 - p) : have);
        if (lf || have == 0) return;
    }
}

static int read_long_line(sm_container *c, sm_record *record, sm_arena *arena)
{
    container_too_large(c, record, arena);
    skip_line(&c->window);
    (void)container_describe(c, record, arena);
    return 1;
}

static int read_json_line(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    window *w = &c->window;
    sm_span line;
    int rc;
    while ((rc = window_line(w, c->max, &line)) > 0) {
        const bool cut = w->failure < 0 && line.p[line.n - 1] != '\n';
        if (cut) break;
        c->items++;
        record->offset = w->offset;
        record->body = sm_arena_copy(arena, without_line_end(line));
        (void)window_take(w, NULL, line.n);
        if (record->body.n == 0) continue;
        record->name = sm_span_of(
            sm_arena_printf(arena, "%s#%llu", c->path, (unsigned long long)c->items));
        (void)container_describe(c, record, arena);
        return 1;
    }
    record->offset = w->offset;
    return rc == SM_ELIMIT ? read_long_line(c, record, arena) : window_end(w, err);
}

/* ---- any ---------------------------------------------------------------------------------- */

int sm_container_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    *record = (sm_record){.offset = c->window.offset};
    return c->type->read(c, record, arena, err);
}
