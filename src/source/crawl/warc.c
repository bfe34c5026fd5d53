/* WARC records: see seimai/source.h. Source: ISO 28500:2017 (WARC/1.1), sections 4 to 6.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "crawl.h"

enum { HEAD_BYTES = 256 << 10, MARK_BYTES = 11 /* "WARC/0.18\r\n" */ };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "WARC/" and two numbers (drafts of the standard wrote 0.17, 0.18) alone on a line; at the end of a file a part of it
 * will do, so that a cut is noticed. */
static bool begins_record(sm_span at)
{
    const size_t name = at.n < 5 ? at.n : 5;
    size_t i = 5;
    if (at.n < 3 || memcmp(at.p, "WARC/", name) != 0) return false;
    while (i < at.n && i < MARK_BYTES && (is_digit(at.p[i]) || (at.p[i] == '.' && i > 5)))
        i++;
    return i >= at.n || (i > 7 && (at.p[i] == '\r' || at.p[i] == '\n'));
}

static const crawl_format format = {MARK_BYTES, begins_record};

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

/* ---- records ------------------------------------------------------------------------------ */

static void describe(sm_container *c, sm_record *record, sm_arena *arena)
{
    page_source *source = container_describe(c, record, arena);
    const sm_span head = record->head;
    source->type = sm_http_header(head, "content-type");
    source->is_http = begins_with(source->type, "application/http");
    source->url = without_brackets(sm_http_header(head, "warc-target-uri"));
    source->date = sm_http_header(head, "warc-date");
    record->name = without_brackets(sm_http_header(head, "warc-record-id"));
    if (!record->name.n)
        record->name = sm_span_of(
            sm_arena_printf(arena, "%s#%llu", c->path, (unsigned long long)c->items));
    if (sm_http_header(head, "warc-truncated").n) c->counts->cut_by_writer++;
}

/* One record of any type: 1 with *page telling whether it is to be delivered. */
static int read_record(sm_container *c, sm_record *record, sm_arena *arena, bool *page,
                       sm_error *err)
{
    int64_t length = 0;
    *page = true;
    c->items++;
    const int rc = read_head(&c->window, arena, &record->head);
    if (rc == 0) return crawl_cut(c, record, err);
    if (rc < 0) return crawl_bad(record, "warc-bad-header", "the header has no end");
    describe(c, record, arena);
    const sm_span text = sm_http_header(record->head, "content-length");
    if (!sm_span_to_i64(text, &length) || length < 0)
        return crawl_bad(record, "warc-bad-header", "no Content-Length");
    *page = is_page(record->head);
    SM_TRY(crawl_body(c, &format, (uint64_t)length, *page, record, arena, err));
    *page = *page || record->bad;
    return 1;
}

int warc_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    return crawl_read(c, &format, read_record, record, arena, err);
}
