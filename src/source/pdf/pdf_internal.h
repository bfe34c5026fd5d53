/* What the steps from pdftotext's markup to HTML share: see seimai/pdf.h.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PDF_INTERNAL_H
#define SEIMAI_PDF_INTERNAL_H

#include <seimai/pdf.h>

#include <string.h>

/* In points, from the page's upper left corner. On pages of vertical writing the axes are exchanged while lines are
 * looked for: x runs down the page and y from its right edge, so that one geometry serves both. */
typedef struct pdf_box {
    double x0, y0, x1, y1;
} pdf_box;

typedef struct pdf_word {
    pdf_box box;
    double top;    /* of the page as it is printed: where running heads are looked for */
    sm_span text;  /* UTF-8, escaped as in HTML */
    uint32_t rank; /* in the markup */
} pdf_word;

typedef struct pdf_line {
    pdf_box box;
    double size;        /* height of its type */
    double top;         /* as in pdf_word */
    double left, right; /* edges of the column that it stands in */
    sm_span text;       /* escaped */
    uint32_t page, column;
    bool running, footnote, leader;
    uint32_t table, row,
        cell; /* of which table, counted from 1 (0: of none), and where in it, from 0 */
} pdf_line;

/* The lines of a file, in reading order within each page. */
typedef struct pdf_lines {
    pdf_line *of;
    size_t n, cap;
} pdf_lines;

typedef struct pdf_page {
    double width, height;
    pdf_word *words;
    size_t n, cap;
    bool vertical;
} pdf_page;

/* pdf_next_page fills the page with the next one of the markup; false if there is none. The words' text is a part of the
 * markup or lives in the arena. */
bool pdf_next_page(sm_span *markup, sm_arena *arena, pdf_page *page);
/* pdf_read_head takes title, author and date from the markup's head. */
void pdf_read_head(sm_span markup, sm_arena *arena, sm_pdf *pdf);
/* pdf_order appends a page's lines in reading order; it rearranges the words. */
void pdf_order(pdf_page *page, uint32_t number, sm_arena *arena, pdf_lines *lines);
/* pdf_mark_running marks running heads and page numbers of all pages. */
void pdf_mark_running(pdf_lines *lines, uint32_t pages);
/* pdf_write writes paragraphs and headings. */
void pdf_write(pdf_lines *lines, sm_buffer *out, sm_pdf_counts *counts);

/* The median of n values, which it sorts; 0 for none. */
double pdf_median(double *values, size_t n);

/* ---- lines ---------------------------------------------------------------------------------------- */

/* pdf_sort orders words by their left edges, or by their upper ones. */
void pdf_sort(pdf_word *w, size_t n, bool down);
pdf_box pdf_bounds(const pdf_word *w, size_t n);
/* How many of the words, which are sorted by y, form the first line; `size` is that of most type. */
size_t pdf_line_length(double size, const pdf_word *w, size_t n);
/* Is a word a dot of those that lead to a page's number? */
bool pdf_is_dot(sm_span text);
/* The height of the longest word: marks, and notes' numbers, are smaller. */
double pdf_type_size(const pdf_word *w, size_t n);
/* pdf_add_line appends the line that words form, which it sorts; NULL where they have no text. */
pdf_line *pdf_add_line(pdf_lines *lines, sm_arena *arena, pdf_word *w, size_t n);

/* ---- tables --------------------------------------------------------------------------------------- */

enum { PDF_COLUMNS = 16 };

/* A line of a cell. */
typedef struct pdf_cell_line {
    pdf_box box;
    pdf_word *words;
    size_t n;
    uint32_t column, row;
    size_t next;         /* the next line of its column; 0: none */
    bool loose, crosses; /* it stands out of its column; it reaches into the next */
    double goes_on;      /* how much that looks like the same cell: 0 to 1 */
} pdf_cell_line;

/* A table that may be: columns between white bands, and the lines in them, by their middles from above. */
typedef struct pdf_grid {
    size_t from, to;               /* of the region's words */
    size_t columns, rows, aligned; /* of the columns, those whose lines stand in line */
    double left[PDF_COLUMNS], right[PDF_COLUMNS];
    pdf_cell_line *lines;
    size_t n;
    pdf_word *words; /* a copy, by columns */
    double size;     /* of most type */
    double pitch;    /* from line to line in a cell */
    size_t off;      /* cells that do not stand in line with their rows */
    double cost;     /* of the rows: how badly they fit */
} pdf_grid;

/* pdf_grid_find sorts a region's words by lines, and looks for the first table. False if there is none. */
bool pdf_grid_find(pdf_word *w, size_t n, double size, pdf_grid *grid);
void pdf_grid_free(pdf_grid *grid);
/* pdf_rows finds where rows begin, and numbers them. */
void pdf_rows(pdf_grid *grid);
/* pdf_judge says whether it is a table indeed, and no running text. */
bool pdf_judge(const pdf_grid *grid);

/* ---- characters ---------------------------------------------------------------------------------- */

/* The first and the last character of a text; 0 for none. */
uint32_t pdf_first(sm_span text);
uint32_t pdf_last(sm_span text);
bool pdf_is_small(uint32_t c);
bool pdf_ends_sentence(uint32_t c);

#endif
