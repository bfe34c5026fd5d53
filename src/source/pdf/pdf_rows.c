/* Tables: where rows begin: see pdf_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * Lines of cells, from above, are cut into rows so that the sum of costs is least (dynamic programming). A row costs where
 * its cells do not stand in line (at the top, in the middle, at the bottom: one way for all of a table), where a cell
 * goes on although its line had room, where its first cell is empty; a cut costs where a cell seems to go on. */
#include <seimai/script.h>

#include "pdf_internal.h"

enum { MOST_LINES = 48 }; /* of a row's cells */

/* ---- does a cell go on? ----------------------------------------------------------------------------- */

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static double apart(double a, double b)
{
    return a > b ? a - b : b - a;
}

/* How much line b looks like going on where line a, above it in the column, ended. */
static double goes_on(const pdf_grid *grid, const pdf_cell_line *a, const pdf_cell_line *b)
{
    const uint32_t last = pdf_last(a->words[a->n - 1].text),
                   first = pdf_first(b->words[0].text);
    const bool wide = sm_script_is_wide(first), single = a->n == 1 && !sm_script_is_wide(last);
    const double room =
        grid->right[a->column] - grid->left[a->column] - (a->box.x1 - a->box.x0);
    const double size = a->box.y1 - a->box.y0;
    const double wants =
        wide ? 1.3 * size : b->words[0].box.x1 - b->words[0].box.x0 + 0.2 * size;
    if (a->loose || b->loose) return 0;
    if (last == '-' && pdf_is_small(first)) return 1;
    if (is_digit(first) && is_digit(last)) return 0.05;
    const double width = grid->right[a->column] - grid->left[a->column];
    if (room > wants) return pdf_is_small(first) ? room < 0.2 * width ? 0.7 : 0.2 : 0.05;
    if (single && b->n == 1) return pdf_is_small(first) ? 0.6 : 0.4;
    if (wide && a->box.x1 - a->box.x0 < 5 * size) return 0.4;
    if (pdf_ends_sentence(last)) return 0.3;
    return wide || pdf_is_small(first) ? 1 : 0.7;
}

/* From line to line within cells. */
static double find_pitch(const pdf_grid *grid)
{
    double *values = sm_malloc(grid->n * sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < grid->n; i++) {
        const pdf_cell_line *a = &grid->lines[i], *b = &grid->lines[a->next];
        if (a->next && a->goes_on > 0.6) values[n++] = b->box.y0 - a->box.y0;
    }
    const double pitch = pdf_median(values, n);
    sm_free(values);
    return pitch > 0.5 * grid->size && pitch < 2 * grid->size ? pitch : 1.25 * grid->size;
}

/* ---- rows ------------------------------------------------------------------------------------------- */

typedef struct row {
    double top[PDF_COLUMNS], bottom[PDF_COLUMNS];
    size_t lines[PDF_COLUMNS];
    bool heading; /* a line alone, out of its column */
    double cost;  /* of cells that go on */
} row;

typedef enum align { ALIGN_TOP, ALIGN_MIDDLE, ALIGN_BOTTOM, ALIGNS } align;

static void extend(const pdf_grid *grid, row *r, const pdf_cell_line *last[PDF_COLUMNS],
                   const pdf_cell_line *l)
{
    const size_t k = l->column;
    if (r->lines[k]++) {
        const double away = (l->box.y0 - last[k]->box.y0) / grid->pitch - 1;
        r->cost += 1.6 * (1 - last[k]->goes_on) + (away > 0.2 ? 4 * away : 0);
    } else {
        r->top[k] = l->box.y0;
    }
    r->bottom[k] = l->box.y1;
    last[k] = l;
}

/* How far a cell stands from where its row's cells stand, in lines. */
static double off_row(const pdf_grid *grid, const row *r, size_t k, double top, double bottom,
                      align how)
{
    const double off = how == ALIGN_TOP ? r->top[k] - top
                       : how == ALIGN_BOTTOM
                           ? bottom - r->bottom[k]
                           : apart(r->top[k] + r->bottom[k], top + bottom) / 2;
    return off / grid->pitch;
}

/* What a row costs that is as it is. */
static double row_cost(const pdf_grid *grid, const row *r, align how, size_t *off_cells)
{
    if (r->heading) return r->cost + 0.5;
    double top = 1e9, bottom = -1e9, cost = r->cost;
    size_t filled = 0, least = SIZE_MAX;
    for (size_t k = 0; k < grid->columns; k++) {
        if (!r->lines[k]) continue;
        filled++;
        if (r->lines[k] < least) least = r->lines[k];
        if (r->top[k] < top) top = r->top[k];
        if (r->bottom[k] > bottom) bottom = r->bottom[k];
    }
    for (size_t k = 0; k < grid->columns; k++) {
        if (!r->lines[k]) continue;
        const double off = off_row(grid, r, k, top, bottom, how);
        *off_cells += off >= 0.25;
        cost += off < 0.15 ? 0 : off > 1.5 ? 3 : 2 * off;
    }
    if (!r->lines[0]) cost += 1.5;
    if (filled == 1) cost += 1;
    return cost + (filled > 1 ? 1.0 * (double)(least - 1) : 0);
}

/* What a cut above each line costs: lines of both sides that overlap, cells that seem to go on. */
static double *cut_costs(const pdf_grid *grid)
{
    double *cost = sm_calloc(grid->n + 1, sizeof *cost), above = -1e9, below = 1e9;
    double *bottom = sm_malloc((grid->n + 1) * sizeof *bottom);
    for (size_t i = 0; i < grid->n; i++) {
        bottom[i] = above;
        if (grid->lines[i].box.y1 > above) above = grid->lines[i].box.y1;
    }
    for (size_t i = grid->n; i-- > 1;) {
        if (grid->lines[i].box.y0 < below) below = grid->lines[i].box.y0;
        const double over = (bottom[i] - below) / grid->pitch;
        cost[i] = over > 0.25 ? 6 * over : over > -0.4 ? 0.4 : 0;
    }
    /* a line's cell is cut by every cut between it and the next */
    double open = 0;
    double *change = sm_calloc(grid->n + 1, sizeof *change);
    for (size_t i = 0; i < grid->n; i++) {
        const pdf_cell_line *a = &grid->lines[i], *b = &grid->lines[a->next];
        if (!a->next || b->box.y0 - a->box.y0 > 1.3 * grid->pitch) continue;
        change[i + 1] += a->goes_on;
        change[a->next + 1] -= a->goes_on;
    }
    for (size_t i = 1; i < grid->n; i++) {
        open += change[i];
        cost[i] += open;
    }
    sm_free(change);
    sm_free(bottom);
    return cost;
}

/* The cheapest rows, with the cells aligned in one way; from[k]: where the row that ends before line k begins. */
static double best_rows(const pdf_grid *grid, align how, const double *cuts, size_t *from)
{
    double *best = sm_malloc((grid->n + 1) * sizeof *best);
    for (size_t k = 1; k <= grid->n; k++) {
        best[k] = 1e18;
        from[k] = k - 1;
    }
    best[0] = 0;
    for (size_t i = 0; i < grid->n; i++) {
        const pdf_cell_line *last[PDF_COLUMNS];
        row r = {.cost = best[i] + cuts[i]};
        for (size_t k = i; k < grid->n && k < i + MOST_LINES; k++) {
            extend(grid, &r, last, &grid->lines[k]);
            r.heading = k == i && grid->lines[k].loose;
            size_t off = 0;
            const double cost = row_cost(grid, &r, how, &off);
            if (cost >= best[k + 1]) continue;
            best[k + 1] = cost;
            from[k + 1] = i;
        }
    }
    const double cost = best[grid->n];
    sm_free(best);
    return cost;
}

static void number_rows(pdf_grid *grid, const size_t *from, align how)
{
    uint32_t rows = 0;
    grid->off = 0;
    for (size_t k = grid->n; k; k = from[k], rows++) {
        const pdf_cell_line *last[PDF_COLUMNS];
        row r = {0};
        for (size_t i = from[k]; i < k; i++) {
            extend(grid, &r, last, &grid->lines[i]);
            grid->lines[i].row = rows;
        }
        if (from[k]) (void)row_cost(grid, &r, how, &grid->off); /* heads stand as they like */
    }
    for (size_t i = 0; i < grid->n; i++)
        grid->lines[i].row = rows - 1 - grid->lines[i].row;
    grid->rows = rows;
}

void pdf_rows(pdf_grid *grid)
{
    size_t *from = sm_malloc((grid->n + 1) * sizeof *from);
    for (size_t i = 0; i < grid->n; i++) {
        pdf_cell_line *a = &grid->lines[i];
        if (a->next) a->goes_on = goes_on(grid, a, &grid->lines[a->next]);
    }
    grid->pitch = find_pitch(grid);
    double *cuts = cut_costs(grid);
    grid->cost = 1e18;
    for (align how = ALIGN_TOP; how < ALIGNS; how++) {
        const double cost = best_rows(grid, how, cuts, from);
        if (cost >= grid->cost) continue;
        grid->cost = cost;
        number_rows(grid, from, how);
    }
    sm_free(cuts);
    sm_free(from);
}
