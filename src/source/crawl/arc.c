/* ARC files, what crawlers wrote before WARC: see seimai/source.h. Source: the Internet Archive's "ARC File Format"
 * (1996), versions 1 and 2.
 * SPDX-License-Identifier: MIT
 *
 * A record is one line and then as many bytes as its last field says, mostly an HTTP response:
 *
 *     URL IP date type length                                            version 1
 *     URL IP date type status checksum location offset file length      version 2
 *
 * URLs may hold blanks, so that fields are counted from the right. The first record describes the file. */
#include <string.h>
#include <strings.h>

#include "crawl.h"

enum { LINE_BYTES = 16 << 10, FIELDS = 9 };

/* The fields behind the URL: from the right, in two versions, as places counted from the line's end. */
typedef struct arc_line {
    sm_span url, date, type;
    int64_t length; /* negative: none that can be read */
} arc_line;

static bool is_number(sm_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return s.n > 0;
}

/* yyyymmddhhmmss; some writers leave the seconds out. */
static bool is_date(sm_span s)
{
    return s.n >= 12 && s.n <= 18 && is_number(s);
}

/* Cuts the last field off s. */
static sm_span last_field(sm_span *s)
{
    const size_t end = s->n;
    while (s->n && s->p[s->n - 1] != ' ')
        s->n--;
    const sm_span field = {s->p + s->n, end - s->n};
    if (s->n) s->n--;
    return field;
}

/* Reads a line without its end: false where it is none of a record. */
static bool read_line(sm_span line, arc_line *out)
{
    static const struct {
        size_t fields, date, type;
    } versions[] = {{4, 2, 1}, {9, 7, 6}}; /* behind the URL, counted from the right */
    for (size_t v = 0; v < sizeof versions / sizeof *versions; v++) {
        sm_span rest = line, fields[FIELDS];
        for (size_t i = 0; i < versions[v].fields; i++)
            fields[i] = last_field(&rest);
        if (!rest.n || !memchr(rest.p, ':', rest.n)) continue;
        if (!is_date(fields[versions[v].date])) continue;
        if (!sm_span_to_i64(fields[0], &out->length)) out->length = -1;
        out->url = rest;
        out->date = fields[versions[v].date];
        out->type = fields[versions[v].type];
        return true;
    }
    return false;
}

static sm_span first_line(sm_span s)
{
    const char *lf = s.n ? memchr(s.p, '\n', s.n < LINE_BYTES ? s.n : LINE_BYTES) : NULL;
    if (!lf) return (sm_span){0};
    const size_t n = (size_t)(lf - s.p);
    return (sm_span){s.p, n && s.p[n - 1] == '\r' ? n - 1 : n};
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* "scheme:", as every line of a record begins. */
static bool has_scheme(sm_span s)
{
    size_t i = 0;
    while (i < s.n && i < 12 && is_letter(s.p[i]))
        i++;
    return i > 1 && i < s.n && s.p[i] == ':';
}

/* At the end of a file a beginning will do, so that a cut is noticed. */
static bool begins_record(sm_span at)
{
    arc_line line;
    if (!has_scheme(at)) return false;
    const sm_span first = first_line(at);
    if (!first.n) return at.n < LINE_BYTES;
    return read_line(first, &line);
}

static const crawl_format format = {LINE_BYTES, begins_record};

/* ---- records ------------------------------------------------------------------------------ */

/* "20080430204825" as WARC writes it. */
static sm_span iso_date(sm_span d, sm_arena *arena)
{
    if (d.n < 14) return d;
    return sm_span_of(sm_arena_printf(arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d.p, d.p + 4,
                                      d.p + 6, d.p + 8, d.p + 10, d.p + 12));
}

static bool starts_http(window *w)
{
    return window_want(w, 5) >= 5 && memcmp(window_view(w).p, "HTTP/", 5) == 0;
}

static void describe(sm_container *c, const arc_line *line, sm_record *record, sm_arena *arena)
{
    page_source *source = container_describe(c, record, arena);
    source->kind = SM_SOURCE_WARC; /* what follows is the same for both */
    source->type = line->type;
    source->is_http = starts_http(&c->window);
    source->url = line->url;
    source->date = iso_date(line->date, arena);
    record->name =
        sm_span_of(sm_arena_printf(arena, "%s#%llu", c->path, (unsigned long long)c->items));
}

/* The file's own record, name servers' answers and the like are no pages. */
static bool is_page(const arc_line *line)
{
    return line->url.n > 4 && strncasecmp(line->url.p, "http", 4) == 0;
}

static int read_record(sm_container *c, sm_record *record, sm_arena *arena, bool *page,
                       sm_error *err)
{
    window *w = &c->window;
    arc_line line;
    sm_span view = {0};
    *page = true;
    c->items++;
    if (window_line(w, LINE_BYTES, &view) <= 0 || view.p[view.n - 1] != '\n')
        return crawl_cut(c, record, err);
    record->head = sm_arena_copy(arena, view);
    (void)window_take(w, NULL, view.n);
    (void)read_line(first_line(record->head), &line);
    describe(c, &line, record, arena);
    *page = is_page(&line);
    if (line.length < 0) return crawl_bad(record, "arc-bad-header", "no length");
    SM_TRY(crawl_body(c, &format, (uint64_t)line.length, *page, record, arena, err));
    *page = *page || record->bad;
    return 1;
}

int arc_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    return crawl_read(c, &format, read_record, record, arena, err);
}
