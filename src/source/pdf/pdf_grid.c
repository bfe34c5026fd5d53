/* Tables: where columns are, and the lines in them: see pdf_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * Lines that follow each other and leave a common white band between words may be a table. Its columns lie between
 * bands that no line crosses, and within those at bands that few cross: a heading of two columns, a cell that
 * is too long. */
#include <stdlib.h>

#include "pdf_internal.h"

enum { MOST_BANDS = 32, MOST_STRIPS = 400, MOST_TRIMS = 24 }; /* more are no table */

#define LEAST_GAP    0.65 /* between columns, in sizes of type */
#define FARTHEST     3.0  /* from line to line of a table, in sizes of type */
#define SAME_PLACE   0.5  /* where lines of a column begin, in sizes of type */
#define MOST_CROSSED 0.2  /* of the lines, by a band within a column */

typedef struct interval {
    double x0, x1;
} interval;

/* Words that stand beside each other over the region's width, sorted by x. */
typedef struct strip {
    size_t from, n;
    double top, bottom;
    double size; /* of its type */
} strip;

typedef struct region {
    pdf_word *words;
    size_t n;
    double size;
    strip *strips;
    size_t n_strips;
} region;

static void read_strips(region *r)
{
    r->strips = sm_malloc(r->n * sizeof *r->strips);
    for (size_t at = 0; at < r->n;) {
        const size_t k = pdf_line_length(r->size, r->words + at, r->n - at);
        const pdf_box box = pdf_bounds(r->words + at, k);
        pdf_sort(r->words + at, k, true);
        r->strips[r->n_strips++] =
            (strip){at, k, box.y0, box.y1, pdf_type_size(r->words + at, k)};
        at += k;
    }
}

/* ---- lines with a common band ----------------------------------------------------------------------- */

/* Takes the next run of words without a gap from a strip. */
static bool next_segment(const region *r, const strip *s, size_t *at, interval *segment)
{
    const pdf_word *w = r->words + s->from;
    if (*at == s->n) return false;
    *segment = (interval){w[*at].box.x0, w[*at].box.x1};
    for (++*at; *at < s->n && w[*at].box.x0 - segment->x1 < LEAST_GAP * r->size; ++*at)
        if (w[*at].box.x1 > segment->x1) segment->x1 = w[*at].box.x1;
    return true;
}

/* The gaps within a strip. */
static size_t read_gaps(const region *r, const strip *s, interval *gaps)
{
    size_t at = 0, n = 0;
    interval a, b;
    if (!next_segment(r, s, &at, &a)) return 0;
    for (; n < MOST_BANDS && next_segment(r, s, &at, &b); a = b)
        gaps[n++] = (interval){a.x1, b.x0};
    return n;
}

static size_t keep_wide(const region *r, interval *kept, size_t k, double x0, double x1)
{
    if (x1 - x0 >= LEAST_GAP * r->size && k < MOST_BANDS) kept[k++] = (interval){x0, x1};
    return k;
}

/* What a strip leaves of some bands. */
static size_t narrow(const region *r, const strip *s, interval *bands, size_t n)
{
    interval kept[MOST_BANDS], segment;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        double x = bands[i].x0;
        for (size_t at = 0; next_segment(r, s, &at, &segment) && segment.x0 < bands[i].x1;) {
            k = keep_wide(r, kept, k, x, segment.x0);
            if (segment.x1 > x) x = segment.x1;
        }
        k = keep_wide(r, kept, k, x, bands[i].x1);
    }
    memcpy(bands, kept, k * sizeof *kept);
    return k;
}

/* Does a table end, or not yet begin, between a strip and the one above it? */
static bool is_apart(const region *r, size_t at)
{
    const strip *a = &r->strips[at - 1], *b = &r->strips[at];
    return b->top - a->bottom > FARTHEST * r->size || a->size > 1.25 * b->size ||
           b->size > 1.25 * a->size;
}

/* The strips around one that share a band with it: from the first, not above `least`, to behind the last. */
static size_t find_run(const region *r, size_t at, size_t least, size_t *from)
{
    interval bands[MOST_BANDS], kept[MOST_BANDS];
    size_t n = read_gaps(r, &r->strips[at], bands), k = n, end = at + 1;
    for (; n && end < r->n_strips && !is_apart(r, end); end++) {
        memcpy(kept, bands, sizeof kept);
        k = narrow(r, &r->strips[end], kept, n);
        if (!k) break;
        memcpy(bands, kept, sizeof kept);
        n = k;
    }
    for (*from = at; n && *from > least && !is_apart(r, *from); --*from) {
        n = narrow(r, &r->strips[*from - 1], bands, n);
        if (!n) break;
    }
    return end;
}

/* ---- columns ---------------------------------------------------------------------------------------- */

/* A stretch of x over which as many strips have words. */
typedef struct stretch {
    double x0, x1;
    size_t strips;
} stretch;

typedef struct edge {
    double x;
    bool begins;
} edge;

static int by_place(const void *a, const void *b)
{
    const edge *e = a, *f = b;
    if (e->x != f->x) return e->x > f->x ? 1 : -1;
    return f->begins - e->begins; /* no white between what touches */
}

/* How the run's words cover the width, from left to right. */
static stretch *read_cover(const region *r, size_t from, size_t to, size_t *n)
{
    const strip *last = &r->strips[to - 1];
    const size_t words = last->from + last->n - r->strips[from].from;
    edge *edges = sm_malloc(2 * words * sizeof *edges);
    stretch *cover = sm_malloc(2 * words * sizeof *cover);
    size_t k = 0, strips = 0;
    interval s;
    for (size_t i = from; i < to; i++)
        for (size_t at = 0; next_segment(r, &r->strips[i], &at, &s);) {
            edges[k++] = (edge){s.x0, true};
            edges[k++] = (edge){s.x1, false};
        }
    qsort(edges, k, sizeof *edges, by_place);
    *n = 0;
    for (size_t i = 0; i + 1 < k; i++) {
        strips = edges[i].begins ? strips + 1 : strips - 1;
        if (edges[i + 1].x > edges[i].x)
            cover[(*n)++] = (stretch){edges[i].x, edges[i + 1].x, strips};
    }
    sm_free(edges);
    return cover;
}

/* Bands with the fewest words in them, where more stand on both sides; none is crossed by more than `most` strips. */
static size_t find_bands(const region *r, const stretch *cover, size_t n, size_t most,
                         interval *bands, size_t k)
{
    bool inside = false;
    stretch best = {0};
    for (size_t i = 0; i < n; i++) {
        const stretch *s = &cover[i];
        if (s->strips > most) {
            if (inside && best.x1 > best.x0 && k < PDF_COLUMNS - 1)
                bands[k++] = (interval){best.x0, best.x1};
            inside = true;
            best = (stretch){0};
        } else if (s->x1 - s->x0 >= LEAST_GAP * r->size &&
                   (best.x1 <= best.x0 || s->strips < best.strips)) {
            best = *s;
        }
    }
    return k;
}

static size_t most_strips(const stretch *cover, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        if (cover[i].strips > most) most = cover[i].strips;
    return most;
}

/* The bands of a run: those that nothing crosses, and within each column those that few cross. */
static size_t find_all_bands(const region *r, size_t from, size_t to, interval *bands)
{
    size_t n, k = 0;
    stretch *cover = read_cover(r, from, to, &n);
    for (size_t i = 0, end; i < n; i = end + 1) {
        for (end = i; end < n && (cover[end].strips ||
                                  cover[end].x1 - cover[end].x0 < LEAST_GAP * r->size);)
            end++;
        const size_t most = (size_t)(MOST_CROSSED * (double)most_strips(cover + i, end - i));
        k = find_bands(r, cover + i, end - i, most, bands, k);
        if (end < n && k < PDF_COLUMNS - 1)
            bands[k++] = (interval){cover[end].x0, cover[end].x1};
    }
    sm_free(cover);
    return k;
}

/* ---- lines of columns ------------------------------------------------------------------------------- */

/* The column of a word: what goes on over a band without a gap is of the column where it began. */
static size_t column_of(const interval *bands, size_t n, const pdf_word *w,
                        const pdf_word *before, size_t column)
{
    size_t k = 0;
    while (k < n && w->box.x0 > (bands[k].x0 + bands[k].x1) / 2)
        k++;
    if (!before || k <= column) return before && k < column ? column : k;
    return before->box.x1 < bands[k - 1].x1 && w->box.x0 > bands[k - 1].x0 ? k : column;
}

/* Copies the run's words by their columns; starts[k] is where column k begins. */
static void sort_words(const region *r, size_t from, size_t to, const interval *bands,
                       pdf_grid *grid, size_t starts[PDF_COLUMNS + 1])
{
    const size_t n = grid->to - grid->from;
    uint8_t *columns = sm_malloc(n);
    size_t k = 0;
    memset(starts, 0, (PDF_COLUMNS + 1) * sizeof *starts);
    for (size_t i = from; i < to; i++) {
        const pdf_word *before = NULL;
        for (size_t j = 0; j < r->strips[i].n; j++, k++) {
            const pdf_word *w = &r->words[r->strips[i].from + j];
            columns[k] = (uint8_t)column_of(bands, grid->columns - 1, w, before,
                                            before ? columns[k - 1] : 0);
            starts[columns[k] + 1]++;
            before = w;
        }
    }
    for (k = 0; k < grid->columns; k++)
        starts[k + 1] += starts[k];
    size_t at[PDF_COLUMNS];
    memcpy(at, starts, sizeof at);
    for (k = 0; k < n; k++)
        grid->words[at[columns[k]]++] = r->words[grid->from + k];
    sm_free(columns);
}

static int by_middle(const void *a, const void *b)
{
    const pdf_cell_line *l = a, *m = b;
    const double x = l->box.y0 + l->box.y1, y = m->box.y0 + m->box.y1;
    if (x != y) return x > y ? 1 : -1;
    return (l->column > m->column) - (l->column < m->column);
}

static void read_lines(pdf_grid *grid, const size_t starts[PDF_COLUMNS + 1])
{
    for (size_t column = 0; column < grid->columns; column++) {
        const size_t end = starts[column + 1];
        pdf_sort(grid->words + starts[column], end - starts[column], false);
        for (size_t at = starts[column]; at < end;) {
            const size_t k = pdf_line_length(grid->size, grid->words + at, end - at);
            pdf_sort(grid->words + at, k, true);
            grid->lines[grid->n++] = (pdf_cell_line){.box = pdf_bounds(grid->words + at, k),
                                                     .words = grid->words + at,
                                                     .n = k,
                                                     .column = (uint32_t)column};
            at += k;
        }
    }
    qsort(grid->lines, grid->n, sizeof *grid->lines, by_middle);
    size_t last[PDF_COLUMNS] = {0};
    for (size_t i = grid->n; i-- > 0;) {
        grid->lines[i].next = last[grid->lines[i].column];
        last[grid->lines[i].column] = i;
    }
}

/* Where most lines of a column begin, end, or have their middles. */
typedef enum place { PLACE_LEFT, PLACE_RIGHT, PLACE_MIDDLE, PLACES } place;

static double place_of(const pdf_cell_line *l, place where)
{
    return where == PLACE_LEFT    ? l->box.x0
           : where == PLACE_RIGHT ? l->box.x1
                                  : (l->box.x0 + l->box.x1) / 2;
}

/* The place that most lines of a column share, and how many do; it stands near none where there are no lines. */
static double shared_place(const pdf_grid *grid, size_t column, place where, size_t *most)
{
    double *values = sm_malloc(grid->n * sizeof *values), best = 0;
    size_t n = 0;
    for (size_t i = 0; i < grid->n; i++)
        if (grid->lines[i].column == column) values[n++] = place_of(&grid->lines[i], where);
    pdf_median(values, n); /* sorts */
    *most = 0;
    for (size_t i = 0, from = 0; i < n; i++) {
        while (values[i] - values[from] > SAME_PLACE * grid->size)
            from++;
        if (i + 1 - from <= *most) continue;
        *most = i + 1 - from;
        best = (values[i] + values[from]) / 2;
    }
    sm_free(values);
    return best;
}

/* Marks the lines that stand out of their columns, and finds how wide the others are. */
static void align_column(pdf_grid *grid, size_t column, size_t lines)
{
    size_t n = 0;
    double at = 0;
    place where = PLACE_LEFT;
    for (; where < PLACES; where++) {
        at = shared_place(grid, column, where, &n);
        if (2 * n >= lines) break;
    }
    grid->aligned += where < PLACES;
    grid->left[column] = 1e9;
    grid->right[column] = -1e9;
    for (size_t i = 0; i < grid->n; i++) {
        pdf_cell_line *l = &grid->lines[i];
        if (l->column != column) continue;
        const double off = where < PLACES ? place_of(l, where) - at : 0;
        l->loose = off > SAME_PLACE * grid->size || off < -SAME_PLACE * grid->size;
        if (l->loose || l->crosses) continue;
        if (l->box.x0 < grid->left[column]) grid->left[column] = l->box.x0;
        if (l->box.x1 > grid->right[column]) grid->right[column] = l->box.x1;
    }
}

static void align_columns(pdf_grid *grid, const interval *bands)
{
    size_t lines[PDF_COLUMNS] = {0};
    for (size_t i = 0; i < grid->n; i++) {
        pdf_cell_line *l = &grid->lines[i];
        lines[l->column]++;
        l->crosses = l->column + 1 < grid->columns && l->box.x1 > bands[l->column].x1;
    }
    for (size_t k = 0; k < grid->columns; k++)
        align_column(grid, k, lines[k]);
}

static void read_grid(const region *r, size_t from, size_t to, pdf_grid *grid)
{
    interval bands[PDF_COLUMNS];
    size_t starts[PDF_COLUMNS + 1];
    const strip *last = &r->strips[to - 1];
    *grid =
        (pdf_grid){.from = r->strips[from].from, .to = last->from + last->n, .size = r->size};
    const size_t n = grid->to - grid->from;
    grid->columns = find_all_bands(r, from, to, bands) + 1;
    grid->words = sm_malloc(n * sizeof *grid->words);
    grid->lines = sm_malloc(n * sizeof *grid->lines);
    sort_words(r, from, to, bands, grid, starts);
    read_lines(grid, starts);
    align_columns(grid, bands);
}

void pdf_grid_free(pdf_grid *grid)
{
    sm_free(grid->words);
    sm_free(grid->lines);
}

/* ---- all of it -------------------------------------------------------------------------------------- */

/* What a row is, in view of the others. */
typedef struct row_shape {
    double top, bottom;
    size_t lines;
    const pdf_cell_line *only; /* of its one cell; NULL: there are more */
} row_shape;

static row_shape *read_rows(const pdf_grid *grid)
{
    row_shape *rows = sm_calloc(grid->rows, sizeof *rows);
    for (size_t i = 0; i < grid->n; i++) {
        const pdf_cell_line *l = &grid->lines[i];
        row_shape *r = &rows[l->row];
        r->only = !r->lines || (r->only && r->only->column == l->column) ? l : NULL;
        if (!r->lines || l->box.y0 < r->top) r->top = l->box.y0;
        if (!r->lines || l->box.y1 > r->bottom) r->bottom = l->box.y1;
        r->lines++;
    }
    return rows;
}

/* What usually lies between rows. */
static double usual_white(const row_shape *rows, size_t n)
{
    double *values = sm_malloc(n * sizeof *values);
    for (size_t i = 1; i < n; i++)
        values[i - 1] = rows[i].top - rows[i - 1].bottom;
    const double white = pdf_median(values, n - 1);
    sm_free(values);
    return white > 0 ? white : 0;
}

/* Where a run that was cut into rows is none of them: above row `cut`, which begins (or, behind it, ends) a table. A
 * row of one cell at an end is a line above or below the table; one out of its column a heading over what follows;
 * and rows do not stand far apart. False if all is one table. */
static bool find_break(const pdf_grid *grid, double *y, bool *below)
{
    row_shape *rows = read_rows(grid);
    const size_t n = grid->rows;
    const double far = 2 * usual_white(rows, n) + 0.7 * grid->size;
    size_t cut = 0;
    *below = false;
    for (size_t i = n; i-- > 1 && !cut;) {
        const row_shape *a = &rows[i - 1], *b = &rows[i];
        const bool end = i == n - 1, start = i == 1, gap = b->top - a->bottom > far;
        const bool heading = b->only && b->only->loose && b->lines == 1;
        if (!gap && !heading && !(end && b->only) && !(start && a->only)) continue;
        cut = i;
        *below = start && !end && !heading && !(b->only);
    }
    if (cut) *y = rows[cut].top;
    sm_free(rows);
    return cut;
}

/* Takes what is no table off a run: its end, or its beginning. False if there is nothing, or no line to cut at. */
static bool trim(const region *r, size_t *from, size_t *to, const pdf_grid *grid)
{
    double y;
    bool below;
    if (grid->rows < 2 || !find_break(grid, &y, &below)) return false;
    size_t at = *from + 1;
    while (at < *to && r->strips[at].top < y - 0.01)
        at++;
    if (at == *to) return false;
    *(below ? from : to) = at;
    return true;
}

/* A run of strips as a table. */
static bool read_table(const region *r, size_t from, size_t to, pdf_grid *grid)
{
    for (int trims = 0; to > from + 1 && trims < MOST_TRIMS; trims++) {
        read_grid(r, from, to, grid);
        if (grid->columns > 1) pdf_rows(grid);
        if (grid->columns < 2 || !trim(r, &from, &to, grid)) {
            if (grid->columns > 1 && pdf_judge(grid)) return true;
            to = from;
        }
        pdf_grid_free(grid);
    }
    return false;
}

bool pdf_grid_find(pdf_word *w, size_t n, double size, pdf_grid *grid)
{
    region r = {.words = w, .n = n, .size = size};
    bool found = false;
    if (!n || !(size > 0)) return false;
    pdf_sort(w, n, false);
    read_strips(&r);
    for (size_t at = 0, from, to; at < r.n_strips && !found; at = to) {
        to = find_run(&r, at, 0, &from);
        if (to - from >= 2 && to - from <= MOST_STRIPS) found = read_table(&r, from, to, grid);
    }
    sm_free(r.strips);
    return found;
}
