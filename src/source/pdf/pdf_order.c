/* Words of a page to lines in reading order: see pdf_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * A page is cut in two at white bands until none is left (XY-cut). A band down the page parts columns of text where both
 * sides have lines that fill them; else it lies within a table, whose lines are read across. A band across the
 * page must be wider than the lines stand apart. */
#include <seimai/script.h>

#include <stdlib.h>

#include "pdf_internal.h"

enum { CUT_DEPTH = 24 };

typedef struct cutter {
    sm_arena *arena;
    pdf_lines *lines;
    uint32_t page, column;
    double size;    /* median height of the words */
    double leading; /* median white between lines */
} cutter;

/* A white band: its width, and how many words precede it. */
typedef struct band {
    double width;
    size_t before;
} band;

/* ---- sorting ---------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double pdf_median(double *values, size_t n)
{
    if (!n) return 0;
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

static int by_x(const void *a, const void *b)
{
    const pdf_word *v = a, *w = b;
    if (v->box.x0 != w->box.x0) return v->box.x0 > w->box.x0 ? 1 : -1;
    return (v->rank > w->rank) - (v->rank < w->rank);
}

static int by_y(const void *a, const void *b)
{
    const pdf_word *v = a, *w = b;
    if (v->box.y0 != w->box.y0) return v->box.y0 > w->box.y0 ? 1 : -1;
    return (v->rank > w->rank) - (v->rank < w->rank);
}

/* ---- bands ------------------------------------------------------------------------------------------ */

/* The widest band between words that are sorted along an axis. */
static band widest(const pdf_word *w, size_t n, bool down)
{
    band best = {0, 0};
    double end = down ? w[0].box.x1 : w[0].box.y1;
    for (size_t i = 1; i < n; i++) {
        const double from = down ? w[i].box.x0 : w[i].box.y0;
        const double to = down ? w[i].box.x1 : w[i].box.y1;
        if (from - end > best.width) best = (band){from - end, i};
        if (to > end) end = to;
    }
    return best;
}

static pdf_box bounds(const pdf_word *w, size_t n)
{
    pdf_box b = w[0].box;
    for (size_t i = 1; i < n; i++) {
        const pdf_box *o = &w[i].box;
        b = (pdf_box){o->x0 < b.x0 ? o->x0 : b.x0, o->y0 < b.y0 ? o->y0 : b.y0,
                      o->x1 > b.x1 ? o->x1 : b.x1, o->y1 > b.y1 ? o->y1 : b.y1};
    }
    return b;
}

/* ---- lines ------------------------------------------------------------------------------------------ */

/* How many of the words, which are sorted by y, form the first line: each shares half of its height, or of what the line
 * has, with those before it. A bracket over several lines does not draw them together. */
static size_t line_length(const cutter *c, const pdf_word *w, size_t n)
{
    size_t k = 1;
    double top = w[0].box.y0, bottom = w[0].box.y1;
    for (; k < n; k++) {
        const double y0 = w[k].box.y0, y1 = w[k].box.y1, height = y1 - y0;
        const double shared = (y1 < bottom ? y1 : bottom) - (y0 > top ? y0 : top);
        const double least = height < bottom - top ? height : bottom - top;
        if (shared < 0.5 * least) break;
        if (y1 > bottom && height < 1.6 * c->size) bottom = y1;
    }
    return k;
}

/* How text stands in a region: its lines, and how much of the width they fill. */
typedef struct shape {
    size_t lines;
    double fill;
} shape;

static shape measure(const cutter *c, const pdf_word *words, size_t n)
{
    pdf_word *w = sm_malloc(n * sizeof *w);
    shape s = {0, 0};
    const pdf_box all = bounds(words, n);
    memcpy(w, words, n * sizeof *w);
    qsort(w, n, sizeof *w, by_y);
    for (size_t at = 0; at < n; s.lines++) {
        const size_t k = line_length(c, w + at, n - at);
        const pdf_box line = bounds(w + at, k);
        s.fill += line.x1 - line.x0;
        at += k;
    }
    sm_free(w);
    s.fill = all.x1 > all.x0 ? s.fill / ((double)s.lines * (all.x1 - all.x0)) : 1;
    return s;
}

/* ---- a line's text ----------------------------------------------------------------------------------- */

static bool is_wide(sm_span text, bool last)
{
    return sm_script_is_wide(last ? pdf_last(text) : pdf_first(text));
}

/* Is there a blank between two words of a line? Beside Japanese only a wide gap is one. */
static bool parted(const pdf_word *a, const pdf_word *b)
{
    const double height = a->box.y1 - a->box.y0, gap = b->box.x0 - a->box.x1;
    const bool wide = is_wide(a->text, true) || is_wide(b->text, false);
    return gap > height * (wide ? 0.6 : 0.1);
}

static bool is_dot(sm_span text)
{
    return sm_span_equal(text, SM_SPAN(".")) || sm_span_equal(text, SM_SPAN("…")) ||
           sm_span_equal(text, SM_SPAN("・")) || sm_span_starts(text, SM_SPAN("....")) ||
           sm_span_starts(text, SM_SPAN("……"));
}

/* Dots that lead to a page's number: how many words of them. */
static size_t leader(const pdf_word *w, size_t n)
{
    size_t k = 0;
    while (k < n && is_dot(w[k].text))
        k++;
    return k >= 4 || (k && w[0].text.n > 6) ? k : 0;
}

static sm_span join(cutter *c, const pdf_word *w, size_t n, bool *has_leader)
{
    size_t bytes = 1;
    for (size_t i = 0; i < n; i++)
        bytes += w[i].text.n + 1;
    char *to = sm_arena_alloc(c->arena, bytes), *const start = to;
    bool blank = false;
    for (size_t i = 0; i < n;) {
        const size_t dots = leader(w + i, n - i);
        if (dots) {
            *has_leader = blank = true;
            i += dots;
            continue;
        }
        if (to > start && (blank || parted(&w[i - 1], &w[i]))) *to++ = ' ';
        memcpy(to, w[i].text.p, w[i].text.n);
        to += w[i++].text.n;
        blank = false;
    }
    return (sm_span){start, (size_t)(to - start)};
}

/* The height of its longest word: marks, and notes' numbers, are smaller. */
static double type_size(const pdf_word *w, size_t n)
{
    size_t longest = 0;
    for (size_t i = 1; i < n; i++)
        if (w[i].text.n > w[longest].text.n) longest = i;
    return w[longest].box.y1 - w[longest].box.y0;
}

static void add_line(cutter *c, pdf_word *w, size_t n)
{
    pdf_lines *l = c->lines;
    qsort(w, n, sizeof *w, by_x);
    pdf_line line = {.box = bounds(w, n),
                     .size = type_size(w, n),
                     .top = w[0].top,
                     .page = c->page,
                     .column = c->column};
    line.text = join(c, w, n, &line.leader);
    if (!line.text.n) return;
    l->of = sm_array_grow(l->of, l->n, &l->cap, sizeof *l->of);
    l->of[l->n++] = line;
}

static void add_region(cutter *c, pdf_word *w, size_t n)
{
    qsort(w, n, sizeof *w, by_y);
    for (size_t at = 0; at < n;) {
        const size_t k = line_length(c, w + at, n - at);
        add_line(c, w + at, k);
        at += k;
    }
}

/* ---- cutting ---------------------------------------------------------------------------------------- */

/* Does a band down the page part columns? Both sides are text: several lines that fill them. */
static bool parts_columns(cutter *c, const pdf_word *w, size_t n, band b)
{
    enum { LINES = 3 };
    if (b.width < 0.8 * c->size) return false;
    const pdf_box all = bounds(w, n), l = bounds(w, b.before);
    const pdf_box r = bounds(w + b.before, n - b.before);
    const double least = 0.2 * (all.x1 - all.x0);
    if (l.x1 - l.x0 < least || r.x1 - r.x0 < least) return false;
    const shape left = measure(c, w, b.before), right = measure(c, w + b.before, n - b.before);
    return left.lines >= LINES && right.lines >= LINES && left.fill > 0.55 && right.fill > 0.55;
}

/* Does it part the cells of one row? Not where nearly every line stands on both sides: those are rows. */
static bool parts_cells(const cutter *c, const pdf_word *w, size_t n, band b)
{
    if (b.width < 0.7 * c->size) return false;
    const size_t all = measure(c, w, n).lines;
    const size_t left = measure(c, w, b.before).lines;
    const size_t right = measure(c, w + b.before, n - b.before).lines;
    const size_t both = left + right > all ? left + right - all : 0;
    const size_t more = left > right ? left : right;
    return all > 1 && 10 * both < 8 * more;
}

/* Regions above each other share a column; a cut down the page begins new ones. */
static void cut(cutter *c, pdf_word *w, size_t n, int depth)
{
    if (n < 2 || depth == CUT_DEPTH) {
        if (n) add_region(c, w, n);
        return;
    }
    qsort(w, n, sizeof *w, by_y);
    const band across = widest(w, n, false);
    qsort(w, n, sizeof *w, by_x);
    const band down = widest(w, n, true);
    const bool rows = across.width > 0.45 * c->size && across.width > 1.35 * c->leading;
    const bool beside = parts_columns(c, w, n, down) || (!rows && parts_cells(c, w, n, down));
    if (!rows && !beside) {
        add_region(c, w, n);
        return;
    }
    if (!beside) qsort(w, n, sizeof *w, by_y);
    const band at = beside ? down : across;
    c->column += beside;
    cut(c, w, at.before, depth + 1);
    c->column += beside;
    cut(c, w + at.before, n - at.before, depth + 1);
    c->column += beside;
}

/* ---- a page ----------------------------------------------------------------------------------------- */

static void measure_page(cutter *c, pdf_word *w, size_t n)
{
    double *values = sm_malloc(n * sizeof *values);
    size_t gaps = 0;
    for (size_t i = 0; i < n; i++)
        values[i] = w[i].box.y1 - w[i].box.y0;
    c->size = pdf_median(values, n);
    qsort(w, n, sizeof *w, by_y);
    double end = w[0].box.y1;
    for (size_t i = 1; i < n; i++) {
        if (w[i].box.y0 > end) values[gaps++] = w[i].box.y0 - end;
        if (w[i].box.y1 > end) end = w[i].box.y1;
    }
    c->leading = pdf_median(values, gaps);
    sm_free(values);
}

/* ---- edges of columns -------------------------------------------------------------------------------- */

/* Where most lines of a column begin and end: a few indents and hanging lines aside. Lines of a column stand
 * behind each other. */
static void set_edges(pdf_line *lines, size_t n)
{
    double *values = sm_malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = lines[i].box.x0;
    qsort(values, n, sizeof *values, by_value);
    const double left = values[n / 8];
    for (size_t i = 0; i < n; i++)
        values[i] = lines[i].box.x1;
    qsort(values, n, sizeof *values, by_value);
    const double right = values[n - 1 - n / 8];
    for (size_t i = 0; i < n; i++) {
        lines[i].left = left < lines[i].box.x0 ? left : lines[i].box.x0;
        lines[i].right = right > lines[i].box.x1 ? right : lines[i].box.x1;
    }
    sm_free(values);
}

static void set_all_edges(pdf_lines *lines, size_t from)
{
    for (size_t to = from; from < lines->n; from = to) {
        while (to < lines->n && lines->of[to].column == lines->of[from].column)
            to++;
        set_edges(lines->of + from, to - from);
    }
}

void pdf_order(pdf_page *page, uint32_t number, sm_arena *arena, pdf_lines *lines)
{
    cutter c = {.arena = arena, .lines = lines, .page = number};
    const size_t from = lines->n;
    if (!page->n) return;
    measure_page(&c, page->words, page->n);
    cut(&c, page->words, page->n, 0);
    set_all_edges(lines, from);
}
