/* The marked blocks as text: see seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/content.h>

#include <string.h>

#include "content_write.h"

uint32_t sm_write_container(const sm_content *c, const sm_block *b, uint32_t flags)
{
    uint32_t at = b->owner;
    while (at && !(sm_tags[c->elements[at].tag].flags & flags))
        at = c->elements[at].parent;
    return at;
}

/* ---- pieces of text ----------------------------------------------------------------------- */

/* The first reading that stands behind `from`. */
static size_t first_reading(const sm_content *c, size_t from)
{
    size_t low = 0, high = c->n_readings;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->readings[middle].at <= from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Readings of one place: of one ruby in one pair of parentheses. Gives the first reading behind them. */
static size_t put_readings(const sm_content *c, size_t r, sm_buffer *out)
{
    const reading *first = &c->readings[r];
    sm_buffer_puts(out, "（");
    for (; r < c->n_readings && c->readings[r].at == first->at &&
           c->readings[r].ruby == first->ruby;
         r++)
        sm_buffer_put(out, c->readings[r].text);
    sm_buffer_puts(out, "）");
    return r;
}

void sm_write_piece(const sm_content *c, size_t from, size_t to, sm_buffer *out)
{
    size_t r = first_reading(c, from);
    while (r < c->n_readings && c->readings[r].at <= to) {
        const size_t at = c->readings[r].at;
        sm_buffer_put(out, (sm_span){c->text.p + from, at - from});
        r = put_readings(c, r, out);
        from = at;
    }
    sm_buffer_put(out, (sm_span){c->text.p + from, to - from});
}

/* ---- blocks of text ----------------------------------------------------------------------- */

typedef struct text_writer {
    const sm_content *c;
    sm_buffer *out;
    const sm_block *before; /* the last one written; NULL at the beginning */
    table_grid grid;
} text_writer;

/* A block's lines, joined by `line_end`. */
static void put_lines(text_writer *w, const sm_block *b, const char *line_end)
{
    size_t at = (size_t)(b->text.p - w->c->text.p);
    const size_t end = at + b->text.n;
    for (;;) {
        const char *lf = memchr(w->c->text.p + at, '\n', end - at);
        const size_t to = lf ? (size_t)(lf - w->c->text.p) : end;
        sm_write_piece(w->c, at, to, w->out);
        if (!lf) return;
        sm_buffer_puts(w->out, line_end);
        at = to + 1;
    }
}

static bool is_first_of(const sm_content *c, const sm_block *b, uint32_t element)
{
    return element && (size_t)(b - c->blocks) == c->elements[element].first_block;
}

static bool is_term(const sm_content *c, uint32_t item)
{
    return item && sm_tags[c->elements[item].tag].flags & TAG_TERM;
}

/* Items follow each other line by line; the paragraphs of one item are set apart as any others. */
static bool is_next_item(const sm_content *c, const sm_block *before, const sm_block *b)
{
    if (before->kind != SM_BLOCK_ITEM || b->kind != SM_BLOCK_ITEM) return false;
    const uint32_t item = sm_write_container(c, b, TAG_ITEM | TAG_TERM);
    const uint32_t last = sm_write_container(c, before, TAG_ITEM | TAG_TERM);
    if (is_term(c, item) || is_term(c, last)) return item != last;
    return is_first_of(c, b, item) && is_first_of(c, before, last);
}

/* Items of lists in lists are indented. */
static void put_block(text_writer *w, const sm_block *b)
{
    static const char indent[] = "\n                ";
    enum { DEEPEST = (sizeof indent - 2) / 2 };
    size_t depth = b->kind == SM_BLOCK_ITEM && b->level > 1 ? b->level - 1U : 0;
    if (depth > DEEPEST) depth = DEEPEST;
    char line_end[sizeof indent];
    memcpy(line_end, indent, sizeof indent);
    line_end[1 + 2 * depth] = '\0';
    if (w->before) sm_buffer_puts(w->out, is_next_item(w->c, w->before, b) ? "\n" : "\n\n");
    sm_buffer_puts(w->out, line_end + 1);
    put_lines(w, b, line_end);
    w->before = b;
}

/* ---- tables ------------------------------------------------------------------------------- */

static void put_cell(text_writer *w, const sm_element *cell)
{
    bool any = false;
    for (uint32_t i = cell->first_block; i < cell->end_block; i++) {
        const sm_block *b = &w->c->blocks[i];
        if (!b->selected) continue;
        if (any) sm_buffer_putc(w->out, ' ');
        put_lines(w, b, " ");
        any = true;
    }
}

static bool is_marked(const sm_content *c, const sm_element *e)
{
    for (uint32_t i = e->first_block; i < e->end_block; i++)
        if (c->blocks[i].selected) return true;
    return false;
}

/* A row a line, a tab before each column but the first; rows and ends of rows without text are left out. */
static void put_rows(text_writer *w)
{
    const table_grid *g = &w->grid;
    uint32_t row = UINT32_MAX, column = 0;
    for (size_t i = 0; i < g->n_cells; i++) {
        const table_cell *cell = &g->cells[i];
        const sm_element *e = &w->c->elements[cell->element];
        if (!is_marked(w->c, e)) continue;
        if (cell->row != row && row != UINT32_MAX) sm_buffer_putc(w->out, '\n');
        if (cell->row != row) column = 0;
        row = cell->row;
        for (; column < cell->column; column++)
            sm_buffer_putc(w->out, '\t');
        put_cell(w, e);
    }
}

/* A table of data, from the first of its blocks on; what stands in it outside of cells (captions, and text that a
 * browser moves out) comes first. Gives its last block. */
static size_t put_table(text_writer *w, uint32_t table)
{
    const sm_element *e = &w->c->elements[table];
    const sm_block *cell = NULL;
    for (uint32_t i = e->first_block; i < e->end_block; i++) {
        const sm_block *b = &w->c->blocks[i];
        if (!b->selected) continue;
        if (sm_cells_find(w->c, b) == table)
            cell = b;
        else
            put_block(w, b);
    }
    if (cell && w->before) sm_buffer_puts(w->out, "\n\n");
    if (cell) w->before = cell;
    put_rows(w);
    return e->end_block - 1;
}

static uint32_t data_table(text_writer *w, const sm_block *b)
{
    const uint32_t table = w->c->has_tables ? sm_write_container(w->c, b, TAG_TABLE) : 0;
    return table && sm_cells_read(w->c, table, &w->grid) ? table : 0;
}

void sm_content_write(const sm_content *c, sm_buffer *out)
{
    text_writer w = {.c = c, .out = out};
    if (c->options.format == SM_CONTENT_MARKDOWN) {
        sm_markdown_write(c, out);
        return;
    }
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        if (!c->blocks[i].selected) continue;
        const uint32_t table = data_table(&w, &c->blocks[i]);
        if (table)
            i = put_table(&w, table);
        else
            put_block(&w, &c->blocks[i]);
    }
    sm_cells_free(&w.grid);
}
