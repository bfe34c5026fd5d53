/* Words of a page to lines in reading order: see pdf_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * A page is cut in two at white bands until none is left (XY-cut). A band down the page parts columns of text where both
 * sides have lines that fill them; else it lies within a table, whose lines are read across. A band across the
 * page must be wider than the lines stand apart. Tables (pdf_grid.c) are taken out before a region is cut. */
#include <stdlib.h>

#include "pdf_internal.h"

enum { CUT_DEPTH = 24 };

typedef struct cutter {
    sm_arena *arena;
    pdf_lines *lines;
    uint32_t page, column;
    uint32_t tables; /* of this page, so far */
    bool vertical;   /* no tables are looked for */
    double size;     /* median height of the words */
    double leading;  /* median white between lines */
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

/* ---- lines ------------------------------------------------------------------------------------------ */

/* How text stands in a region: its lines, and how much of the width they fill. */
typedef struct shape {
    size_t lines;
    double fill;
} shape;

static pdf_word *copy(const pdf_word *words, size_t n)
{
    pdf_word *w = sm_malloc(n * sizeof *w);
    memcpy(w, words, n * sizeof *w);
    return w;
}

static shape measure(const cutter *c, const pdf_word *words, size_t n)
{
    pdf_word *w = copy(words, n);
    shape s = {0, 0};
    const pdf_box all = pdf_bounds(words, n);
    pdf_sort(w, n, false);
    for (size_t at = 0; at < n; s.lines++) {
        const size_t k = pdf_line_length(c->size, w + at, n - at);
        const pdf_box line = pdf_bounds(w + at, k);
        s.fill += line.x1 - line.x0;
        at += k;
    }
    sm_free(w);
    s.fill = all.x1 > all.x0 ? s.fill / ((double)s.lines * (all.x1 - all.x0)) : 1;
    return s;
}

static pdf_line *add_line(cutter *c, pdf_word *w, size_t n)
{
    pdf_line *line = pdf_add_line(c->lines, c->arena, w, n);
    if (!line) return NULL;
    line->page = c->page;
    line->column = c->column;
    return line;
}

static void add_region(cutter *c, pdf_word *w, size_t n)
{
    pdf_sort(w, n, false);
    for (size_t at = 0; at < n;) {
        const size_t k = pdf_line_length(c->size, w + at, n - at);
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
    const pdf_box all = pdf_bounds(w, n), l = pdf_bounds(w, b.before);
    const pdf_box r = pdf_bounds(w + b.before, n - b.before);
    const double least = 0.2 * (all.x1 - all.x0);
    if (l.x1 - l.x0 < least || r.x1 - r.x0 < least) return false;
    const shape left = measure(c, w, b.before), right = measure(c, w + b.before, n - b.before);
    return left.lines >= LINES && right.lines >= LINES && left.fill > 0.55 && right.fill > 0.55;
}

static bool has_table(const cutter *c, const pdf_word *words, size_t n)
{
    pdf_grid grid;
    pdf_word *w = copy(words, n);
    const bool found = pdf_grid_find(w, n, c->size, &grid);
    if (found) pdf_grid_free(&grid);
    sm_free(w);
    return found;
}

/* Where the lines of a region begin, from above. */
static double *line_tops(const cutter *c, const pdf_word *words, size_t n, size_t *lines)
{
    pdf_word *w = copy(words, n);
    double *tops = sm_malloc(n * sizeof *tops);
    pdf_sort(w, n, false);
    *lines = 0;
    for (size_t at = 0; at < n; at += pdf_line_length(c->size, w + at, n - at))
        tops[(*lines)++] = w[at].box.y0;
    sm_free(w);
    return tops;
}

/* How many lines of the side with fewer stand on a line with one of the other. */
static double in_line(const cutter *c, const pdf_word *w, size_t n, band b)
{
    const double near = 0.15 * c->size;
    size_t nl, nr, both = 0;
    double *l = line_tops(c, w, b.before, &nl),
           *r = line_tops(c, w + b.before, n - b.before, &nr);
    for (size_t i = 0, k = 0; i < nl && k < nr;) {
        const double away = l[i] - r[k];
        both += away <= near && away >= -near;
        i += away <= near;
        k += away >= -near;
    }
    sm_free(l);
    sm_free(r);
    return (double)both / (double)(nl < nr ? nl : nr);
}

/* Does it part tables, or a table and text? Rows of one table would stand in line. */
static bool parts_tables(const cutter *c, const pdf_word *w, size_t n, band b)
{
    if (c->vertical || b.width < 1.5 * c->size) return false;
    return in_line(c, w, n, b) < 0.6 &&
           (has_table(c, w, b.before) || has_table(c, w + b.before, n - b.before));
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

static void cut(cutter *c, pdf_word *w, size_t n, int depth);

static int by_cell(const void *a, const void *b)
{
    const pdf_cell_line *l = a, *m = b;
    if (l->row != m->row) return l->row > m->row ? 1 : -1;
    if (l->column != m->column) return l->column > m->column ? 1 : -1;
    return (l->words > m->words) - (l->words < m->words);
}

static void add_table(cutter *c, pdf_grid *grid)
{
    c->tables++;
    qsort(grid->lines, grid->n, sizeof *grid->lines, by_cell);
    for (size_t i = 0; i < grid->n; i++) {
        pdf_line *line = add_line(c, grid->lines[i].words, grid->lines[i].n);
        if (!line) continue;
        line->table = c->tables;
        line->row = grid->lines[i].row;
        line->cell = grid->lines[i].column;
    }
}

/* Takes tables out of a region, and cuts what lies between. */
static bool cut_tables(cutter *c, pdf_word *w, size_t n, int depth)
{
    size_t done = 0;
    pdf_grid grid;
    while (done < n && pdf_grid_find(w + done, n - done, c->size, &grid)) {
        cut(c, w + done, grid.from, depth + 1);
        add_table(c, &grid);
        done += grid.to;
        pdf_grid_free(&grid);
    }
    if (done) cut(c, w + done, n - done, depth + 1);
    return done;
}

/* Regions above each other share a column; a cut down the page begins new ones. */
static void cut(cutter *c, pdf_word *w, size_t n, int depth)
{
    if (n < 2 || depth == CUT_DEPTH) {
        if (n) add_region(c, w, n);
        return;
    }
    if (!c->vertical && cut_tables(c, w, n, depth)) return;
    pdf_sort(w, n, false);
    const band across = widest(w, n, false);
    pdf_sort(w, n, true);
    const band down = widest(w, n, true);
    const bool rows = across.width > 0.45 * c->size && across.width > 1.35 * c->leading;
    const bool beside = parts_columns(c, w, n, down) || parts_tables(c, w, n, down) ||
                        (!rows && parts_cells(c, w, n, down));
    if (!rows && !beside) {
        add_region(c, w, n);
        return;
    }
    if (!beside) pdf_sort(w, n, false);
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
    pdf_sort(w, n, false);
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
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (!lines[i].table) values[k++] = lines[i].box.x0;
    qsort(values, k, sizeof *values, by_value);
    const double left = k ? values[k / 8] : 0;
    k = 0;
    for (size_t i = 0; i < n; i++)
        if (!lines[i].table) values[k++] = lines[i].box.x1;
    qsort(values, k, sizeof *values, by_value);
    const double right = k ? values[k - 1 - k / 8] : 0;
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
    cutter c = {.arena = arena, .lines = lines, .page = number, .vertical = page->vertical};
    const size_t from = lines->n;
    if (!page->n) return;
    measure_page(&c, page->words, page->n);
    cut(&c, page->words, page->n, 0);
    set_all_edges(lines, from);
}
