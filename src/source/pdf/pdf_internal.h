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

/* ---- characters ---------------------------------------------------------------------------------- */

/* The first and the last character of a text; 0 for none. */
uint32_t pdf_first(sm_span text);
uint32_t pdf_last(sm_span text);

#endif
