/* WARC records: see seimai/source.h. Source: ISO 28500:2017 (WARC/1.1), sections 4 to 6.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "container_internal.h"

enum { HEAD_BYTES = 256 << 10, SEARCH_BYTES = 64 << 10, MARK_BYTES = 6 /* "WARC/1" */ };

static bool is_mark(const char *p)
{
    return memcmp(p, "WARC/", 5) == 0 && p[5] >= '0' && p[5] <= '9';
}

/* The first mark in s that stands behind a line end, or NULL. */
static const char *find_mark(sm_span s)
{
    const char *p = s.p, *end = s.p + s.n;
    while (end - p > MARK_BYTES) {
        p = memchr(p + 1, 'W', (size_t)(end - p) - MARK_BYTES);
        if (!p) return NULL;
        if (is_mark(p) && p[-1] == '\n') return p;
    }
    return NULL;
}

/* ---- finding the next record ----------------------------------------------------------------- */

/* Skips what is no record, up to the next mark at the beginning of a line; false at the end. */
static bool resynchronize(window *w)
{
    for (;;) {
        const size_t have = window_want(w, SEARCH_BYTES);
        const char *mark = find_mark(window_view(w));
        if (mark) {
            (void)window_take(w, NULL, (size_t)(mark - window_view(w).p));
            return true;
        }
        /* A mark may be cut by the view's end, and its line's beginning is needed to know it. */
        const size_t keep = have < SEARCH_BYTES ? 0 : MARK_BYTES + 1;
        (void)window_take(w, NULL, have - keep);
        if (have < SEARCH_BYTES) return false;
    }
}

/* Moves to the next record: blank lines are what should be there. False at the end. */
static bool find_record(sm_container *c)
{
    window *w = &c->window;
    for (;;) {
        if (window_want(w, MARK_BYTES) < MARK_BYTES) break;
        const char *p = window_view(w).p;
        if (is_mark(p)) return true;
        if (*p != '\r' && *p != '\n') break;
        (void)window_take(w, NULL, 1);
    }
    /* A few bytes at the end of a file, blank or not, are no record. */
    if (window_want(w, 1) == 0) return false;
    sm_span rest = window_view(w);
    while (rest.n && (*rest.p == '\r' || *rest.p == '\n'))
        rest = (sm_span){rest.p + 1, rest.n - 1};
    if (rest.n == 0 && rest.p) return (void)window_take(w, NULL, window_view(w).n), false;
    c->counts->lost_sync++;
    return resynchronize(w);
}

/* ---- headers ------------------------------------------------------------------------------ */

static bool is_empty_line(sm_span line)
{
    return line.n == 1 || (line.n == 2 && line.p[0] == '\r');
}

/* The header block with its empty line, copied into the arena: 1, 0 where the file ends inside it,
 * SM_ELIMIT where it has no end. */
static int read_head(window *w, sm_arena *arena, sm_span *head)
{
    sm_buffer text = sm_buffer_make(HEAD_BYTES);
    sm_span line;
    int rc = 0;
    while ((rc = window_line(w, HEAD_BYTES, &line)) > 0) {
        const bool last = is_empty_line(line);
        const bool whole = line.p[line.n - 1] == '\n';
        sm_buffer_put(&text, line);
        (void)window_take(w, NULL, line.n);
        if (!whole) rc = 0;
        if (last || !whole || text.overflow) break;
    }
    if (text.overflow) rc = SM_ELIMIT;
    *head = sm_arena_copy(arena, sm_buffer_span(&text));
    sm_buffer_free(&text);
    return rc;
}

static sm_span without_brackets(sm_span s)
{
    return s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>' ? (sm_span){s.p + 1, s.n - 2} : s;
}

static bool is_word(sm_span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static bool begins_with(sm_span s, const char *lower)
{
    const size_t n = strlen(lower);
    return s.n >= n && strncasecmp(s.p, lower, n) == 0;
}

/* Is this a page, and not a request, a note about the crawl, a name server's answer? */
static bool is_page(sm_span head)
{
    const sm_span type = sm_http_header(head, "warc-type");
    if (begins_with(sm_http_header(head, "content-type"), "text/dns")) return false;
    return is_word(type, "response") || is_word(type, "resource") ||
           is_word(type, "conversion");
}

/* ---- bodies ------------------------------------------------------------------------------- */

/* Does what follows look like the end of a record: blank lines, then a mark or the end? */
static bool at_record_end(window *w)
{
    enum { BLANKS = 8 };
    const size_t have = window_want(w, BLANKS + MARK_BYTES);
    const sm_span view = window_view(w);
    size_t i = 0;
    while (i < have && i < BLANKS && (view.p[i] == '\r' || view.p[i] == '\n'))
        i++;
    return i == have || (have - i >= MARK_BYTES && is_mark(view.p + i));
}

/* A body whose length was too large holds the next record's head: that goes back. */
static bool cut_at_mark(window *w, sm_span *body)
{
    const char *mark = find_mark(*body);
    if (!mark) return false;
    const size_t n = (size_t)(mark - body->p);
    window_put_back(w, (sm_span){mark, body->n - n});
    body->n = n;
    return true;
}

/* A body whose length was too small, or that ends inside the next mark: skips to that mark. */
static void skip_to_mark(window *w, sm_span *body)
{
    const size_t tail = body->n < MARK_BYTES + 1 ? body->n : MARK_BYTES + 1;
    window_put_back(w, (sm_span){body->p + body->n - tail, tail});
    const int64_t start = w->offset;
    (void)resynchronize(w);
    const int64_t skipped = w->offset - start;
    if (skipped < (int64_t)tail) body->n -= tail - (size_t)skipped;
}

static int cut_file(const sm_container *c, int64_t start, sm_error *err)
{
    SM_TRY(window_end(&c->window, err));
    SM_FAIL(err, SM_ETRUNC, "%s: the file ends inside the record at offset %lld", c->path,
            (long long)start);
}

/* Reads a body of `length` bytes and checks that a record ends there. */
static int read_body(sm_container *c, size_t length, sm_record *record, sm_arena *arena,
                     sm_error *err)
{
    window *w = &c->window;
    char *body = sm_arena_alloc(arena, length + 1);
    record->body = (sm_span){body, window_take(w, body, length)};
    const bool whole = record->body.n == length;
    if (whole && at_record_end(w)) return 1;
    const bool cut = cut_at_mark(w, &record->body);
    if (!whole && !cut) return cut_file(c, record->offset, err);
    c->counts->wrong_length++;
    if (!cut) skip_to_mark(w, &record->body);
    return 1;
}

/* ---- records ------------------------------------------------------------------------------ */

static void describe(sm_container *c, sm_record *record, sm_arena *arena)
{
    page_source *source = sm_arena_zalloc(arena, 1, sizeof *source);
    const sm_span head = record->head;
    source->kind = SM_SOURCE_WARC;
    source->type = sm_http_header(head, "content-type");
    source->is_http = begins_with(source->type, "application/http");
    source->url = without_brackets(sm_http_header(head, "warc-target-uri"));
    source->date = sm_http_header(head, "warc-date");
    record->user = source;
    record->name = without_brackets(sm_http_header(head, "warc-record-id"));
    if (!record->name.n)
        record->name = sm_span_of(
            sm_arena_printf(arena, "%s#%llu", c->path, (unsigned long long)c->items));
    if (sm_http_header(head, "warc-truncated").n) c->counts->cut_by_writer++;
}

static int bad_record(sm_record *record, const char *kind, const char *why)
{
    record->body = record->head;
    record->bad = kind;
    record->why = why;
    return 1;
}

/* One record of any type: 1 with *page telling whether it is to be delivered. */
static int read_record(sm_container *c, sm_record *record, sm_arena *arena, bool *page,
                       sm_error *err)
{
    window *w = &c->window;
    int64_t length = 0;
    *page = true;
    record->offset = w->offset;
    c->items++;
    const int rc = read_head(w, arena, &record->head);
    if (rc == 0) return cut_file(c, record->offset, err);
    if (rc < 0) return bad_record(record, "warc-bad-header", "the header has no end");
    describe(c, record, arena);
    const sm_span text = sm_http_header(record->head, "content-length");
    if (!sm_span_to_i64(text, &length) || length < 0)
        return bad_record(record, "warc-bad-header", "no Content-Length");
    *page = is_page(record->head);
    if (*page && (uint64_t)length <= c->max)
        return read_body(c, (size_t)length, record, arena, err);
    if (window_take(w, NULL, (size_t)length) < (size_t)length)
        return cut_file(c, record->offset, err);
    return *page ? bad_record(record, "too-large", "longer than --max-document") : 1;
}

int warc_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    bool page = false;
    while (!page) {
        if (!find_record(c)) return window_end(&c->window, err);
        *record = (sm_record){0};
        SM_TRY(read_record(c, record, arena, &page, err));
        if (!page) c->counts->passed_over++;
    }
    record->in_bytes = (size_t)(c->window.offset - record->offset);
    return 1;
}
