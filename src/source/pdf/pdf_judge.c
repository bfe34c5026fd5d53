/* Tables: is a grid one, or running text? See pdf_internal.h.
 * SPDX-License-Identifier: MIT */
#include "pdf_internal.h"

/* How full the rows are. */
typedef struct tally {
    size_t cells; /* that have words */
    size_t tall;  /* rows whose lowest cell has more than three lines */
    size_t cuts;  /* between cells of one column that stand close */
    size_t cut;   /* … of which this many seemed to go on */
    double text;  /* what it would cost to read the columns as text */
} tally;

static void count_row(const pdf_grid *grid, const size_t lines[PDF_COLUMNS], tally *t)
{
    size_t least = SIZE_MAX;
    for (size_t k = 0; k < grid->columns; k++) {
        t->cells += lines[k] > 0;
        if (lines[k] && lines[k] < least) least = lines[k];
    }
    t->tall += least > 3;
}

static tally count(const pdf_grid *grid)
{
    tally t = {0};
    size_t lines[PDF_COLUMNS] = {0};
    for (size_t i = 0; i < grid->n; i++) {
        const pdf_cell_line *a = &grid->lines[i], *b = &grid->lines[a->next];
        lines[a->column]++;
        if (a->next) t.text += 1.6 * (1 - a->goes_on);
        if (a->next && b->row > a->row) {
            t.cuts++;
            t.cut += a->goes_on > 0.6;
        }
        if (i + 1 < grid->n && grid->lines[i + 1].row == a->row) continue;
        count_row(grid, lines, &t);
        memset(lines, 0, sizeof lines);
    }
    return t;
}

static bool is_bullet(uint32_t c)
{
    return (c >= 0x2010 && c <= 0x2027) || (c >= 0x2190 && c <= 0x2BFF) || c == 0x30FB ||
           c == 0xB7 || c == '*' || c == '-';
}

/* A list's bullet or number: "1.", "(a)", "[12]". */
static bool is_mark(const pdf_cell_line *l)
{
    enum { LONGEST = 6 };
    const sm_span s = l->words[0].text;
    size_t digits = 0, marks = 0;
    if (l->n > 1 || s.n > LONGEST) return false;
    for (size_t i = 0; i < s.n; i++) {
        digits += s.p[i] >= '0' && s.p[i] <= '9';
        marks += s.p[i] && strchr("()[].:", s.p[i]);
    }
    return marks || digits == s.n || is_bullet(pdf_first(s));
}

/* A list, or contents with dots that lead to numbers. */
static bool is_list(const pdf_grid *grid)
{
    size_t first = 0, marks = 0, dots = 0;
    for (size_t i = 0; i < grid->n; i++) {
        const pdf_cell_line *l = &grid->lines[i];
        first += l->column == 0;
        marks += l->column == 0 && is_mark(l);
        for (size_t k = 0; k < l->n; k++)
            dots += pdf_is_dot(l->words[k].text);
    }
    return (grid->columns == 2 && 2 * marks > first) || dots > grid->rows;
}

/* Few rows may have a narrow band in common by chance. */
static bool is_chance(const pdf_grid *grid)
{
    if (grid->rows >= 5) return false;
    for (size_t k = 1; k < grid->columns; k++)
        if (grid->left[k] - grid->right[k - 1] < 0.85 * grid->size) return true;
    return false;
}

/* Rows are seldom tall, fill half of their cells, and stand in line; a cut seldom goes through what reads on. */
bool pdf_judge(const pdf_grid *grid)
{
    const tally t = count(grid);
    const bool full = 2 * t.cells >= grid->rows * grid->columns && 4 * t.tall <= grid->rows;
    const bool aligned = 4 * grid->aligned >= 3 * grid->columns && 16 * grid->off <= t.cells;
    if (grid->rows < 3 || is_list(grid) || is_chance(grid)) return false;
    if (!full || !aligned || 2 * t.cut > t.cuts) return false;
    return grid->cost < t.text && grid->cost < 3 * (double)grid->rows;
}
