/* Lines as the originals of other recipes split them: HojiChar's, datatrove's, mC4's.
 * SPDX-License-Identifier: MIT
 *
 * One text has as many numbers of lines as there are recipes: by LF with blank lines or without, by runs of LF, by any
 * line break of Python's str.splitlines. What a recipe counts is written down here as its source has it (hojichar 0.18
 * document_filters.py; datatrove 0.10 gopher_repetition_filter.py, fineweb_quality_filter.py, gopher_quality_filter.py). */
#include "filter_internal.h"

#include <seimai/hash.h>
#include <string.h>

enum { SHORT_LINE = 10 /* HojiChar */, SHORT_LINE_WEB = 30 /* FineWeb */ };

typedef struct run {
    const uint32_t *p;
    size_t n;
} run;

static run strip(run r)
{
    while (r.n > 0 && sm_is_white(r.p[r.n - 1]))
        r.n--;
    while (r.n > 0 && sm_is_white(*r.p))
        r.p++, r.n--;
    return r;
}

static bool ends_in_dots(run r)
{
    if (r.n > 0 && r.p[r.n - 1] == 0x2026) return true;
    return r.n >= 3 && r.p[r.n - 1] == '.' && r.p[r.n - 2] == '.' && r.p[r.n - 3] == '.';
}

static size_t find_feed(const uint32_t *chars, size_t at, size_t n)
{
    while (at < n && chars[at] != '\n')
        at++;
    return at;
}

/* ---- HojiChar ----------------------------------------------------------------------------------- */

static uint64_t longest_run(const uint32_t *p, size_t n)
{
    uint64_t longest = n > 0, length = 1;
    for (size_t i = 1; i < n; i++) {
        length = p[i] == p[i - 1] ? length + 1 : 1;
        if (length > longest) longest = length;
    }
    return longest;
}

void sm_text_stats_shapes(sm_text_stats *stats)
{
    const uint32_t *const chars = stats->chars;
    const size_t n = stats->n_chars;
    sm_shape_stats out = {.longest_run = longest_run(chars, n)};
    for (size_t start = 0, end = 0; end <= n; start = ++end) {
        end = find_feed(chars, start, n);
        out.lines++;
        out.shorts += end - start <= SHORT_LINE;
        out.ellipses += end < n && ends_in_dots((run){chars + start, end - start});
    }
    out.line_feeds = out.lines > 1 ? out.lines - 1 : 1;
    stats->shapes = out;
}

/* ---- datatrove ------------------------------------------------------------------------------------ */

static void add_run(sm_items *list, run r)
{
    sm_items_add(list, sm_hash64((sm_span){(const char *)r.p, r.n * sizeof *r.p}), r.n);
}

/* What re.split gives for a pattern of at least `feeds` LF: empty pieces at the ends, and only there. */
static sm_repeats split_at_feeds(sm_text_stats *stats, run text, size_t feeds)
{
    sm_items *const pieces = &stats->line_items;
    pieces->n = 0;
    size_t start = 0, at = 0;
    while (at < text.n) {
        size_t after = at = find_feed(text.p, at, text.n);
        while (after < text.n && text.p[after] == '\n')
            after++;
        if (after - at >= feeds) {
            add_run(pieces, (run){text.p + start, at - start});
            start = after;
        }
        at = after;
    }
    add_run(pieces, (run){text.p + start, text.n - start});
    return sm_items_repeats(pieces, &stats->seen);
}

static void keep_longest(uint64_t longest[3], uint64_t n)
{
    for (size_t i = 0; i < 3; i++) {
        if (n <= longest[i]) continue;
        const uint64_t shorter = longest[i];
        longest[i] = n;
        n = shorter;
    }
}

/* FineWeb's lines: by LF, without the blank ones. */
static void read_filled(sm_text_stats *stats, sm_split_stats *out)
{
    uint64_t longest[3] = {0};
    stats->line_items.n = 0;
    for (size_t start = 0, end = 0; end <= stats->n_chars; start = ++end) {
        end = find_feed(stats->chars, start, stats->n_chars);
        const run line = {stats->chars + start, end - start};
        keep_longest(longest, line.n);
        out->line_feeds += end < stats->n_chars;
        if (strip(line).n == 0) continue;
        out->stops += sm_is_terminal(line.p[line.n - 1]);
        out->shorts += line.n <= SHORT_LINE_WEB;
        add_run(&stats->line_items, line);
    }
    out->filled = sm_items_repeats(&stats->line_items, &stats->seen);
    out->without_feeds = stats->n_chars - out->line_feeds;
    out->third_longest = longest[2];
}

/* Where str.splitlines breaks. */
static bool is_break(uint32_t c)
{
    return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

static void read_bullets(sm_split_stats *out, run line)
{
    line = strip(line);
    out->lines++;
    out->bullets += line.n > 0 && (*line.p == 0x2022 || *line.p == '-');
    out->ellipses += ends_in_dots(line);
}

/* A break at the end of the text opens no further line. */
static void read_splitlines(sm_text_stats *stats, sm_split_stats *out)
{
    const uint32_t *const c = stats->chars;
    const size_t n = stats->n_chars;
    for (size_t start = 0, end = 0; start < n; start = end) {
        while (end < n && !is_break(c[end]))
            end++;
        read_bullets(out, (run){c + start, end - start});
        end += end + 1 < n && c[end] == '\r' && c[end + 1] == '\n';
        end++;
    }
}

void sm_text_stats_splits(sm_text_stats *stats)
{
    const run text = {stats->chars, stats->n_chars};
    sm_split_stats out = {0};
    if (text.n > 0) {
        out.line = split_at_feeds(stats, text, 1);
        out.paragraph = split_at_feeds(stats, strip(text), 2);
        read_filled(stats, &out);
        read_splitlines(stats, &out);
    }
    stats->splits = out;
}
