/* Running heads and page numbers: see pdf_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * Looked at are the first and the last line of each page, as it is printed. Such a line is running where its first or last
 * word is the page's number, by an offset that most pages agree on; where it stands as high as those and holds a
 * Roman number; or where its text, digits aside, comes again at the same place on other pages. */
#include <seimai/hash.h>

#include <stdlib.h>

#include "pdf_internal.h"

enum { EDGES = 2, LEAST_PAGES = 3 };

/* The outermost line of a page at one edge. */
typedef struct edge {
    pdf_line *line;
    bool numbered;
    int64_t number; /* the page's number, if its line has one */
    uint64_t key;   /* its text without digits */
} edge;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The first or last word of a line, without dashes around it: - 5 -. */
static sm_span end_word(sm_span s, bool last)
{
    size_t n = 0;
    while (s.n && strchr(" -", *s.p) && *s.p)
        s = sm_span_from(s, 1);
    while (s.n && strchr(" -", s.p[s.n - 1]) && s.p[s.n - 1])
        s.n--;
    while (n < s.n && (last ? s.p[s.n - 1 - n] : s.p[n]) != ' ')
        n++;
    return last ? sm_span_from(s, s.n - n) : (sm_span){s.p, n};
}

static bool is_roman(sm_span s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] && strchr("ivxlcIVXLC", s.p[n]))
        n++;
    return n == s.n && n > 0 && n < 8;
}

/* Numbers of pages are small: others are years and quantities. */
static bool page_number(sm_span word, int64_t *number)
{
    enum { LARGEST = 5000 };
    return sm_span_to_i64(word, number) && *number >= 0 && *number <= LARGEST;
}

/* At one end of the line. At the foot of a page, what begins with a number and goes on at length is a note. */
static bool find_number(sm_span text, bool foot, int64_t *number)
{
    enum { LONGEST = 48 }; /* bytes of a running foot that begins with the number */
    const bool note = foot && text.n > LONGEST;
    if (!note && page_number(end_word(text, false), number)) return true;
    return page_number(end_word(text, true), number);
}

static bool has_roman(sm_span text)
{
    return is_roman(end_word(text, false)) || is_roman(end_word(text, true));
}

static uint64_t key_of(sm_span text)
{
    char key[96];
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < sizeof key; i++)
        if (!is_digit(text.p[i]) && text.p[i] != ' ') key[n++] = text.p[i];
    return n ? sm_hash64((sm_span){key, n}) : 0;
}

/* ---- the edges of pages ----------------------------------------------------------------------------- */

static void set_edge(edge *e, pdf_line *line, bool foot)
{
    *e = (edge){.line = line, .key = key_of(line->text)};
    e->numbered = find_number(line->text, foot, &e->number);
}

/* edges[page] at the top, edges[pages + page] at the bottom. */
static void find_edges(pdf_lines *lines, edge *edges, uint32_t pages)
{
    memset(edges, 0, (size_t)EDGES * pages * sizeof *edges);
    for (size_t i = 0; i < lines->n; i++) {
        pdf_line *line = &lines->of[i];
        if (line->page >= pages) continue;
        edge *top = &edges[line->page], *bottom = &edges[pages + line->page];
        if (!top->line || line->top < top->line->top) top->line = line;
        if (!bottom->line || line->top >= bottom->line->top) bottom->line = line;
    }
    for (size_t i = 0; i < (size_t)EDGES * pages; i++)
        if (edges[i].line) set_edge(&edges[i], edges[i].line, i >= pages);
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* What most pages with a number agree on: the number less the page's place. False without agreement. */
static bool find_offset(const edge *edges, uint32_t pages, int64_t *offset)
{
    int64_t *offsets = sm_malloc(pages * sizeof *offsets);
    size_t n = 0, best = 0;
    for (uint32_t p = 0; p < pages; p++)
        if (edges[p].line && edges[p].numbered) offsets[n++] = edges[p].number - (int64_t)p;
    qsort(offsets, n, sizeof *offsets, by_value);
    for (size_t i = 0, run = 0; i < n; i++) {
        run = i && offsets[i] == offsets[i - 1] ? run + 1 : 1;
        if (run > best) {
            best = run;
            *offset = offsets[i];
        }
    }
    sm_free(offsets);
    return best >= LEAST_PAGES || (best == 2 && pages <= 4);
}

static bool same_height(const pdf_line *a, double height)
{
    const double away = a->top - height;
    return away < 4 && away > -4;
}

/* Marks the lines with the page's number, and gives the median height at which they stand. */
static double mark_numbered(edge *edges, uint32_t pages, int64_t offset)
{
    double *heights = sm_malloc(pages * sizeof *heights);
    size_t n = 0;
    for (uint32_t p = 0; p < pages; p++) {
        if (!edges[p].line || !edges[p].numbered) continue;
        if (edges[p].number != (int64_t)p + offset) continue;
        edges[p].line->running = true;
        heights[n++] = edges[p].line->top;
    }
    const double height = pdf_median(heights, n);
    sm_free(heights);
    return height;
}

static void mark_roman(edge *edges, uint32_t pages, double height)
{
    for (uint32_t p = 0; p < pages; p++)
        if (edges[p].line && same_height(edges[p].line, height) &&
            has_roman(edges[p].line->text))
            edges[p].line->running = true;
}

static int by_key(const void *a, const void *b)
{
    const edge *x = a, *y = b;
    if (x->key != y->key) return x->key > y->key ? 1 : -1;
    if (!x->line || !y->line) return (x->line != NULL) - (y->line != NULL);
    return (x->line->page > y->line->page) - (x->line->page < y->line->page);
}

/* Texts that come again, at the height of the first. It sorts the edges. */
static void mark_repeated(edge *edges, uint32_t pages)
{
    qsort(edges, pages, sizeof *edges, by_key);
    for (uint32_t from = 0, to; from < pages; from = to) {
        size_t n = 0;
        for (to = from; to < pages && edges[to].key == edges[from].key; to++)
            n += edges[to].line && edges[from].line &&
                 same_height(edges[to].line, edges[from].line->top);
        if (n < LEAST_PAGES || !edges[from].key) continue;
        for (uint32_t i = from; i < to; i++)
            if (edges[i].line && same_height(edges[i].line, edges[from].line->top))
                edges[i].line->running = true;
    }
}

/* Lines that stand beside a running one are of it: a head may have been cut in two. */
static void spread(pdf_lines *lines, const edge *edges, uint32_t pages)
{
    for (size_t i = 0; i < lines->n; i++) {
        pdf_line *line = &lines->of[i];
        for (size_t k = 0; k < EDGES && line->page < pages; k++) {
            const pdf_line *outer = edges[k * pages + line->page].line;
            if (outer->running && same_height(line, outer->top)) line->running = true;
        }
    }
}

void pdf_mark_running(pdf_lines *lines, uint32_t pages)
{
    if (pages < 2) return;
    edge *edges = sm_calloc((size_t)EDGES * pages, sizeof *edges);
    find_edges(lines, edges, pages);
    for (size_t k = 0; k < EDGES; k++) {
        edge *some = edges + k * pages;
        int64_t offset = 0;
        if (find_offset(some, pages, &offset))
            mark_roman(some, pages, mark_numbered(some, pages, offset));
        mark_repeated(some, pages);
    }
    find_edges(lines, edges, pages); /* they were sorted */
    spread(lines, edges, pages);
    sm_free(edges);
}
