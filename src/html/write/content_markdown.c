/* The marked blocks as Markdown: CommonMark 0.31 and GitHub's tables. See content_write.h.
 * SPDX-License-Identifier: MIT
 *
 * A block stands in containers (quotations, items), outermost first; each puts a prefix before its lines. What two
 * blocks have in common of them goes on, the rest is closed and opened. */
#include <string.h>

#include "content_write.h"

enum { CONTAINERS = 16 /* deeper ones are not marked */ };

typedef struct container {
    uint32_t element;
    uint32_t list; /* items: the element around them */
    uint8_t
        variant; /* items: the second of two kinds of marks, for a list right behind another */
    uint8_t width; /* items: of the mark */
    bool is_quote;
} container;

typedef struct chain {
    container at[CONTAINERS];
    size_t n;
} chain;

typedef struct markdown_writer {
    const sm_content *c;
    sm_buffer *out;
    sm_buffer text; /* of one block */
    table_grid grid;
    chain open;             /* of the last block */
    const sm_block *before; /* the last block; NULL at the beginning */
    bool is_tight;          /* an item may follow it on the next line */
} markdown_writer;

/* ---- containers --------------------------------------------------------------------------- */

static chain chain_of(const sm_content *c, uint32_t element)
{
    uint32_t path[SM_CONTENT_DEPTH];
    chain found = {0};
    size_t n = 0;
    for (uint32_t at = element; at; at = c->elements[at].parent)
        if (sm_tags[c->elements[at].tag].flags & (TAG_ITEM | TAG_QUOTE)) path[n++] = at;
    while (n-- > 0 && found.n < CONTAINERS) {
        const sm_element *e = &c->elements[path[n]];
        found.at[found.n++] = (container){.element = path[n],
                                          .list = e->parent,
                                          .is_quote = (sm_tags[e->tag].flags & TAG_QUOTE) != 0};
    }
    return found;
}

static size_t common(const chain *a, const chain *b)
{
    size_t n = 0;
    while (n < a->n && n < b->n && a->at[n].element == b->at[n].element)
        n++;
    return n;
}

/* The mark of an item: "- ", "3. "; "* " and "3) " for a list that follows another without a text between. */
static void put_mark(const sm_content *c, container *item, sm_buffer *out)
{
    const size_t from = out->n;
    const bool ordered = sm_tag_is(c->elements[item->list].tag, "ol");
    if (ordered)
        sm_buffer_printf(out, "%u%s ", (unsigned)c->elements[item->element].value,
                         item->variant ? ")" : ".");
    else
        sm_buffer_puts(out, item->variant ? "* " : "- ");
    item->width = (uint8_t)(out->n - from);
}

/* The prefix of a line in the first n containers; those from `opened` on begin with it. */
static void put_prefix(markdown_writer *w, size_t n, size_t opened)
{
    for (size_t i = 0; i < n; i++) {
        container *k = &w->open.at[i];
        if (k->is_quote)
            sm_buffer_puts(w->out, "> ");
        else if (i >= opened)
            put_mark(w->c, k, w->out);
        else
            sm_buffer_printf(w->out, "%*s", (int)k->width, "");
    }
}

static void trim_line(sm_buffer *out)
{
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
}

/* Ends the line before; a blank line keeps the quotations that go on. */
static void end_line(markdown_writer *w, bool blank, size_t containers)
{
    sm_buffer_putc(w->out, '\n');
    if (!blank) return;
    put_prefix(w, containers, SIZE_MAX);
    trim_line(w->out);
    sm_buffer_putc(w->out, '\n');
}

/* A list that begins where another one ended needs other marks, or the two would be one. */
static void choose_marks(chain *next, const chain *last, size_t from)
{
    for (size_t i = 0; i < from; i++)
        next->at[i] = last->at[i];
    if (from >= next->n || from >= last->n) return;
    container *item = &next->at[from];
    const container *old = &last->at[from];
    if (item->is_quote || old->is_quote) return;
    item->variant = item->list == old->list ? old->variant : !old->variant;
}

/* Whether an item may stand right below the block before: on the next line. An ordered list that begins otherwise
 * than with 1 cannot interrupt a paragraph. */
static bool is_adjacent(const markdown_writer *w, const chain *next, size_t from)
{
    if (!w->is_tight || from >= next->n || next->at[from].is_quote) return false;
    const bool sibling = from + 1 == w->open.n && next->at[from].list == w->open.at[from].list;
    const bool inner = from == w->open.n && from > 0;
    const bool outer = from < w->open.n && next->at[from].list == w->open.at[from].list;
    if (sibling || outer) return true;
    const bool ordered = sm_tag_is(w->c->elements[next->at[from].list].tag, "ol");
    return inner && (!ordered || w->c->elements[next->at[from].element].value == 1);
}

/* Goes to where a block in these containers begins: the line before is ended, prefixes and marks are put. */
static void begin_block(markdown_writer *w, uint32_t element, bool after_rule)
{
    chain next = chain_of(w->c, element);
    const size_t from = common(&w->open, &next);
    choose_marks(&next, &w->open, from);
    if (w->before) end_line(w, !is_adjacent(w, &next, from), from);
    w->open = next;
    if (w->before && after_rule && next.n == 0) sm_buffer_puts(w->out, "---\n\n");
    put_prefix(w, w->open.n, from);
}

/* ---- lines ------------------------------------------------------------------------------- */

static void put_line(markdown_writer *w, sm_span line)
{
    const size_t at = sm_markdown_escape(line);
    if (at == SIZE_MAX) {
        sm_buffer_put(w->out, line);
        return;
    }
    sm_buffer_put(w->out, (sm_span){line.p, at});
    sm_buffer_putc(w->out, '\\');
    sm_buffer_put(w->out, (sm_span){line.p + at, line.n - at});
}

static sm_span next_line(sm_span *text)
{
    const char *lf = memchr(text->p, '\n', text->n);
    const sm_span line = {text->p, lf ? (size_t)(lf - text->p) : text->n};
    *text = lf ? (sm_span){lf + 1, text->n - line.n - 1} : (sm_span){text->p + text->n, 0};
    return line;
}

/* The lines of a paragraph, with hard breaks between. */
static void put_paragraph(markdown_writer *w, sm_span text)
{
    while (text.n) {
        const sm_span line = sm_trim(next_line(&text));
        put_line(w, line);
        if (!text.n) return;
        sm_buffer_puts(w->out, line.n ? "  \n" : "\n");
        put_prefix(w, w->open.n, SIZE_MAX);
    }
}

/* ---- blocks ------------------------------------------------------------------------------- */

static sm_span text_of(markdown_writer *w, const sm_block *b, inline_place place)
{
    sm_buffer_clear(&w->text);
    sm_inline_write(w->c, b, place, &w->text);
    return sm_trim(sm_buffer_span(&w->text));
}

/* A # at the end of a heading would close it. */
static void put_heading(markdown_writer *w, const sm_block *b)
{
    sm_span text = text_of(w, b, INLINE_HEADING);
    size_t hashes = 0;
    while (hashes < text.n && text.p[text.n - 1 - hashes] == '#')
        hashes++;
    for (unsigned i = 0; i < b->level; i++)
        sm_buffer_putc(w->out, '#');
    sm_buffer_putc(w->out, ' ');
    const bool closes = hashes && (hashes == text.n || text.p[text.n - 1 - hashes] == ' ');
    if (closes) text.n--;
    sm_buffer_put(w->out, text);
    if (closes) sm_buffer_puts(w->out, "\\#");
}

static bool is_term(const sm_content *c, const sm_block *b)
{
    const uint32_t item = sm_write_container(c, b, TAG_ITEM | TAG_TERM | TAG_CELL);
    return item && sm_tag_is(c->elements[item].tag, "dt");
}

static void put_text(markdown_writer *w, const sm_block *b)
{
    const bool term = is_term(w->c, b);
    const sm_span text = text_of(w, b, term ? INLINE_TERM : INLINE_PARAGRAPH);
    if (term) sm_buffer_puts(w->out, "**");
    put_paragraph(w, text);
    if (term) sm_buffer_puts(w->out, "**");
}

/* ---- code --------------------------------------------------------------------------------- */

static void put_fence(markdown_writer *w, size_t n, sm_span language)
{
    for (size_t i = 0; i < n; i++)
        sm_buffer_putc(w->out, '`');
    sm_buffer_put(w->out, language);
}

/* All marked blocks of one <pre> are one piece of code. Gives the last one's place. */
static size_t put_code(markdown_writer *w, size_t first)
{
    const sm_content *c = w->c;
    const uint32_t pre = sm_write_container(c, &c->blocks[first], TAG_VERBATIM);
    size_t last = first;
    sm_buffer_clear(&w->text);
    for (size_t i = first; i < c->elements[pre].end_block; i++) {
        if (!c->blocks[i].selected) continue;
        if (i > first) sm_buffer_putc(&w->text, '\n');
        sm_buffer_put(&w->text, c->blocks[i].text);
        last = i;
    }
    sm_span text = sm_buffer_span(&w->text);
    const size_t ticks = sm_code_backticks(text), n = ticks < 3 ? 3 : ticks + 1;
    put_fence(w, n, sm_code_language(c, &c->blocks[first], pre));
    while (text.n) {
        sm_buffer_putc(w->out, '\n');
        put_prefix(w, w->open.n, SIZE_MAX);
        sm_buffer_put(w->out, next_line(&text));
    }
    sm_buffer_putc(w->out, '\n');
    put_prefix(w, w->open.n, SIZE_MAX);
    put_fence(w, n, (sm_span){0});
    return last;
}

/* ---- tables ------------------------------------------------------------------------------- */

static void put_cell(markdown_writer *w, const sm_element *cell)
{
    bool any = false;
    for (uint32_t i = cell->first_block; i < cell->end_block; i++) {
        const sm_block *b = &w->c->blocks[i];
        if (!b->selected) continue;
        if (any) sm_buffer_puts(w->out, "<br>");
        sm_buffer_put(w->out, text_of(w, b, INLINE_CELL));
        any = true;
    }
}

static bool has_marked(const sm_content *c, const table_grid *g, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const sm_element *e = &c->elements[g->cells[i].element];
        for (uint32_t b = e->first_block; b < e->end_block; b++)
            if (c->blocks[b].selected) return true;
    }
    return false;
}

static void put_row(markdown_writer *w, size_t from, size_t to)
{
    const table_grid *g = &w->grid;
    sm_buffer_putc(w->out, '|');
    for (uint32_t column = 0; column < g->columns; column++) {
        sm_buffer_putc(w->out, ' ');
        if (from < to && g->cells[from].column == column)
            put_cell(w, &w->c->elements[g->cells[from++].element]);
        if (w->out->p[w->out->n - 1] != ' ') sm_buffer_putc(w->out, ' ');
        sm_buffer_putc(w->out, '|');
    }
}

static void put_delimiters(markdown_writer *w)
{
    sm_buffer_putc(w->out, '\n');
    put_prefix(w, w->open.n, SIZE_MAX);
    sm_buffer_putc(w->out, '|');
    for (uint32_t i = 0; i < w->grid.columns; i++)
        sm_buffer_puts(w->out, " --- |");
}

/* The first row with text is the head: tables of Markdown cannot do without one. */
static void put_rows(markdown_writer *w)
{
    const table_grid *g = &w->grid;
    size_t rows = 0;
    for (size_t from = 0, to; from < g->n_cells; from = to) {
        for (to = from; to < g->n_cells && g->cells[to].row == g->cells[from].row; to++) {
        }
        if (!has_marked(w->c, g, from, to)) continue;
        if (rows) {
            sm_buffer_putc(w->out, '\n');
            put_prefix(w, w->open.n, SIZE_MAX);
        }
        put_row(w, from, to);
        if (rows++ == 0) put_delimiters(w);
    }
}

/* ---- all ---------------------------------------------------------------------------------- */

static size_t put_block(markdown_writer *w, size_t i)
{
    const sm_block *b = &w->c->blocks[i];
    begin_block(w, b->owner, b->after_rule);
    w->before = b;
    w->is_tight = b->kind == SM_BLOCK_ITEM;
    if (b->kind == SM_BLOCK_HEADING)
        put_heading(w, b);
    else if (b->kind == SM_BLOCK_PRE)
        return put_code(w, i);
    else
        put_text(w, b);
    return i;
}

/* A table of data: what stands in it outside of cells comes first. Gives its last block's place. */
static size_t put_table(markdown_writer *w, uint32_t table)
{
    const sm_element *e = &w->c->elements[table];
    const sm_block *cell = NULL;
    for (uint32_t i = e->first_block; i < e->end_block; i++) {
        const sm_block *b = &w->c->blocks[i];
        if (!b->selected) continue;
        if (sm_cells_find(w->c, b) == table)
            cell = b;
        else
            (void)put_block(w, i);
    }
    if (!cell) return e->end_block - 1;
    begin_block(w, table, false);
    w->before = cell;
    w->is_tight = false;
    put_rows(w);
    return e->end_block - 1;
}

static uint32_t data_table(markdown_writer *w, const sm_block *b)
{
    const uint32_t table = w->c->has_tables ? sm_write_container(w->c, b, TAG_TABLE) : 0;
    return table && sm_cells_read(w->c, table, &w->grid) && w->grid.rows > 1 ? table : 0;
}

void sm_markdown_write(const sm_content *c, sm_buffer *out)
{
    markdown_writer w = {.c = c, .out = out, .text = sm_buffer_make(out->max)};
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        if (!c->blocks[i].selected) continue;
        const uint32_t table = data_table(&w, &c->blocks[i]);
        i = table ? put_table(&w, table) : put_block(&w, i);
    }
    sm_buffer_free(&w.text);
    sm_cells_free(&w.grid);
}
