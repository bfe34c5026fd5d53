/* What the writers of text and of Markdown share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_WRITE_H
#define SEIMAI_CONTENT_WRITE_H

#include "content_internal.h"

/* ---- content_table.c ---------------------------------------------------------------------- */

typedef struct table_cell {
    uint32_t element;
    uint32_t row, column, columns;
} table_cell;

/* The cells of a table, row by row; empty ones and such without marked blocks are among them. */
typedef struct table_grid {
    uint32_t table; /* element; 0 for none */
    bool is_data;
    table_cell *cells;
    size_t n_cells, cap_cells;
    uint32_t rows, columns;
} table_grid;

/* sm_cells_find gives the table whose cell a block stands in, 0 for none. */
uint32_t sm_cells_find(const sm_content *c, const sm_block *b);
/* sm_cells_read reads a table, unless it was the last one read. False for a layout: nested tables, headings or much
 * text in cells, more than 64 columns, a single column. Such a table's blocks are written one by one. */
bool sm_cells_read(const sm_content *c, uint32_t table, table_grid *grid);
void sm_cells_free(table_grid *grid);

/* ---- content_write.c ---------------------------------------------------------------------- */

/* sm_write_piece appends [from, to) of the page's text with the readings in it. */
void sm_write_piece(const sm_content *c, size_t from, size_t to, sm_buffer *out);
/* sm_write_container gives the nearest element around a block with one of these flags, 0 for none. */
uint32_t sm_write_container(const sm_content *c, const sm_block *b, uint32_t flags);

/* ---- content_inline.c --------------------------------------------------------------------- */

typedef enum inline_place {
    INLINE_PARAGRAPH,
    INLINE_HEADING,
    INLINE_CELL,
    INLINE_TERM
} inline_place;

/* sm_inline_write appends a block's text as Markdown: styles, links, escapes. Its lines end with LF alone in a
 * paragraph, are joined by a blank in a heading and by <br> in a cell. */
void sm_inline_write(const sm_content *c, const sm_block *b, inline_place place,
                     sm_buffer *out);

/* ---- content_markdown.c ------------------------------------------------------------------- */

void sm_markdown_write(const sm_content *c, sm_buffer *out);

/* ---- content_markdown_code.c -------------------------------------------------------------- */

/* sm_markdown_escape tells where a backslash must go, so that a line of text begins no heading, list, quotation …;
 * SIZE_MAX for nowhere. */
size_t sm_markdown_escape(sm_span line);
/* sm_code_language gives the language that a block of a <pre> is said to be in; empty if it is not said. */
sm_span sm_code_language(const sm_content *c, const sm_block *b, uint32_t pre);
/* sm_code_backticks counts the longest run of backticks. */
size_t sm_code_backticks(sm_span text);

#endif
