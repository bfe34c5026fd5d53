/* Opening a file for what it is, and the simple containers: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "container_internal.h"

enum { SNIFF_BYTES = 8 << 10 };

int sm_container_open(sm_container **container, const char *path, size_t max,
                      sm_container_counts *counts, sm_error *err)
{
    sm_container *c = sm_calloc(1, sizeof *c);
    *c = (sm_container){
        .path = strcmp(path, "-") ? path : "(stdin)", .max = max, .counts = counts};
    int rc = window_open(&c->window, path, max, err);
    if (rc >= 0) {
        const size_t n = window_want(&c->window, SNIFF_BYTES);
        rc = sm_source_sniff((sm_span){window_view(&c->window).p, n}, &c->kind, err);
        if (rc < 0) sm_error_prefix(err, "%s", c->path);
    }
    if (rc < 0) {
        sm_container_close(c);
        c = NULL;
    }
    *container = c;
    return rc;
}

void sm_container_close(sm_container *c)
{
    if (!c) return;
    window_close(&c->window);
    sm_free(c);
}

static void describe(sm_container *c, sm_record *record, sm_arena *arena)
{
    page_source *source = sm_arena_zalloc(arena, 1, sizeof *source);
    source->kind = c->kind;
    record->user = source;
    record->in_bytes = (size_t)(c->window.offset - record->offset);
}

/* A record that is too long: its beginning is what the rejects show. */
static void too_large(const sm_container *c, sm_record *record, sm_arena *arena)
{
    sm_span view = window_view(&c->window);
    if (view.n > SNIFF_BYTES) view.n = SNIFF_BYTES;
    record->body = sm_arena_copy(arena, view);
    record->bad = "too-large";
    record->why = "longer than --max-document";
}

/* ---- a file that is one page ----------------------------------------------------------------- */

static int read_file(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    window *w = &c->window;
    if (c->done) return window_end(w, err);
    c->done = true;
    const size_t n = window_want(w, c->max + 1);
    if (w->failure < 0) return window_end(w, err);
    if (n == 0) return 0;
    record->name = sm_span_of(c->path);
    if (n > c->max)
        too_large(c, record, arena);
    else
        record->body = sm_arena_copy(arena, window_view(w));
    while (window_take(w, NULL, SIZE_MAX / 2) > 0) {
    }
    describe(c, record, arena);
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
    too_large(c, record, arena);
    skip_line(&c->window);
    describe(c, record, arena);
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
        describe(c, record, arena);
        return 1;
    }
    record->offset = w->offset;
    return rc == SM_ELIMIT ? read_long_line(c, record, arena) : window_end(w, err);
}

/* ---- any ---------------------------------------------------------------------------------- */

int sm_container_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    static int (*const read[SM_SOURCES])(sm_container *, sm_record *, sm_arena *,
                                         sm_error *) = {
        [SM_SOURCE_WARC] = warc_read,
        [SM_SOURCE_HTML] = read_file,
        [SM_SOURCE_TEXT] = read_file,
        [SM_SOURCE_JSONL] = read_json_line,
    };
    *record = (sm_record){.offset = c->window.offset};
    return read[c->kind](c, record, arena, err);
}
