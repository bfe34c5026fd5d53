/* The text of a block as it comes in: white space, line joining, counts. See seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/utf8.h>

#include <string.h>

#include "content_internal.h"

/* ---- characters --------------------------------------------------------------------------- */

/* Characters that take no room and mean nothing to a reader: zero width space, word joiner, byte order
 * mark, soft hyphen; controls too. Joiners (200C, 200D) stay: emoji and scripts need them. */
static bool is_dropped(uint32_t c)
{
    return c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0xAD || c == 0x7F || c < 0x20 ||
           (c >= 0x80 && c <= 0x9F);
}

static gap gap_of(uint32_t c)
{
    if (c == ' ' || c == '\t' || c == 0xA0) return GAP_BLANK;
    if (c == '\n' || c == '\f' || c == '\r' || c == 0x2028 || c == 0x2029) return GAP_LINE_END;
    return GAP_NONE;
}

static bool is_full_stop(uint32_t c)
{
    return c == 0x3002 || c == 0xFF0E || c == 0xFF01 || c == 0xFF1F || c == '.' || c == '!' ||
           c == '?' || c == 0x300D;
}

static bool is_comma(uint32_t c)
{
    return c == 0x3001 || c == 0xFF0C || c == ',';
}

static bool is_word(sm_script script)
{
    return script <= SM_DIGIT;
}

static void count(sm_content *c, uint32_t ch)
{
    sm_block *b = &c->draft.block;
    const sm_script script = sm_script_of(ch);
    const uint32_t width = ch >= 0x1100 && sm_script_is_wide(ch) ? 2 : 1;
    b->width += width;
    b->words += is_word(script);
    b->kana += script == SM_HIRAGANA || script == SM_KATAKANA;
    b->full_stops += is_full_stop(ch);
    b->commas += is_comma(ch);
    if (c->bold) b->bold_width += width;
    if (c->code) b->code_width += width;
    if (!c->link) return;
    b->link_width += width;
    b->links += c->draft.in_link != c->link;
}

/* ---- placing ------------------------------------------------------------------------------ */

/* The deepest element that holds both. */
static uint32_t common_ancestor(const sm_content *c, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (c->elements[a].depth >= c->elements[b].depth)
            a = c->elements[a].parent;
        else
            b = c->elements[b].parent;
    }
    return a;
}

static void put_line_end(sm_content *c)
{
    while (c->text.n > c->draft.start && c->text.p[c->text.n - 1] == ' ')
        c->text.n--;
    sm_buffer_putc(&c->text, '\n');
    c->draft.last = 0;
}

/* What stands between the last character and this one: <br> wins over white space, which vanishes at the
 * beginning of a line and where a line end stood between two wide characters. */
static void put_gap(sm_content *c, uint32_t next)
{
    draft *d = &c->draft;
    const bool joins =
        d->gap == GAP_LINE_END && sm_script_is_wide(d->last) && sm_script_is_wide(next);
    if (d->breaks && c->text.n > d->start)
        put_line_end(c);
    else if (d->gap != GAP_NONE && d->last && !joins)
        sm_buffer_putc(&c->text, ' ');
    d->breaks = 0;
    d->gap = GAP_NONE;
}

/* The first character of a block, or one of another element than those before. */
static void place(sm_content *c)
{
    draft *d = &c->draft;
    const uint32_t here = sm_stack_top(c)->element;
    if (c->text.n > d->start) {
        d->block.owner = common_ancestor(c, d->block.owner, here);
        return;
    }
    d->block.owner = here;
    d->hidden = c->hidden > 0;
    d->block.row = c->row;
    d->block.cell = c->cell;
}

/* Adds bytes [from, to), which hold no white space, where at least one character is. */
static void put_run(sm_content *c, const char *from, const char *to)
{
    draft *d = &c->draft;
    if (from == to) return;
    const char *p = from;
    const uint32_t first = sm_utf8_next(&p, to);
    place(c);
    put_gap(c, first);
    sm_buffer_put(&c->text, (sm_span){from, (size_t)(to - from)});
    for (p = from; p < to;) {
        d->last = sm_utf8_next(&p, to);
        count(c, d->last);
        d->in_link = c->link;
    }
}

static void add_flowing(sm_content *c, sm_span text)
{
    draft *d = &c->draft;
    const char *p = text.p, *end = p + text.n, *run = p;
    while (p < end) {
        const char *here = p;
        const uint32_t ch = (unsigned char)*p > ' ' && (unsigned char)*p < 0x7F
                                ? (uint32_t)(unsigned char)*p++
                                : sm_utf8_next(&p, end);
        gap space = gap_of(ch);
        /* An indent: an ideographic space at the beginning of a line. */
        const bool at_start = run == here && (!d->last || d->breaks);
        if (ch == 0x3000 && at_start) space = GAP_BLANK;
        if (space == GAP_NONE && !is_dropped(ch)) continue;
        put_run(c, run, here);
        run = p;
        if (space > d->gap) d->gap = space;
    }
    put_run(c, run, end);
}

/* In <pre> white space is text. Lines are kept, and so is an indent. */
static void add_verbatim(sm_content *c, sm_span text)
{
    draft *d = &c->draft;
    for (const char *p = text.p, *end = p + text.n; p < end;) {
        const char *here = p;
        const uint32_t ch = sm_utf8_next(&p, end);
        if (ch == '\n' && c->newline_due) {
            c->newline_due = false;
            continue;
        }
        c->newline_due = false;
        const gap space = gap_of(ch);
        if (space == GAP_NONE && is_dropped(ch)) continue;
        place(c);
        if (ch == 0xA0)
            sm_buffer_putc(&c->text, ' ');
        else
            sm_buffer_put(&c->text, (sm_span){here, (size_t)(p - here)});
        if (space != GAP_NONE) continue;
        d->last = ch;
        count(c, ch);
        d->in_link = c->link;
    }
}

/* Hidden words inside a shown block are left out; shown ones behind hidden ones begin a block. */
static bool is_left_out(sm_content *c)
{
    const draft *d = &c->draft;
    const bool hidden = c->hidden > 0;
    if (c->text.n == d->start || d->hidden == hidden) return false;
    if (!hidden) sm_draft_flush(c);
    return hidden;
}

void sm_draft_text(sm_content *c, sm_span text)
{
    if (is_left_out(c)) return;
    if (c->verbatim)
        add_verbatim(c, text);
    else
        add_flowing(c, text);
}

void sm_draft_break(sm_content *c)
{
    draft *d = &c->draft;
    if (c->verbatim) {
        sm_draft_text(c, SM_SPAN("\n"));
        return;
    }
    d->breaks++;
    if (d->breaks > 1) sm_draft_flush(c);
}

/* ---- the end of a block ------------------------------------------------------------------- */

static uint8_t heading_level(const sm_content *c, size_t at)
{
    return (uint8_t)(sm_tags[c->stack[at].tag].name[1] - '0');
}

/* What a block is, by the nearest open element that says so. */
static void classify(const sm_content *c, sm_block *b)
{
    static const struct {
        uint32_t flag;
        sm_block_kind kind;
    } kinds[] = {{TAG_HEADING, SM_BLOCK_HEADING},
                 {TAG_VERBATIM, SM_BLOCK_PRE},
                 {TAG_ITEM | TAG_TERM, SM_BLOCK_ITEM},
                 {TAG_CELL, SM_BLOCK_CELL},
                 {TAG_QUOTE, SM_BLOCK_QUOTE}};
    b->level = (uint8_t)(c->lists > 255 ? 255 : c->lists);
    for (size_t at = c->depth; at-- > 0;) {
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            if (!(c->stack[at].flags & kinds[i].flag)) continue;
            b->kind = (uint8_t)kinds[i].kind;
            if (kinds[i].kind == SM_BLOCK_HEADING) b->level = heading_level(c, at);
            return;
        }
    }
}

static void trim_end(sm_content *c)
{
    while (c->text.n > c->draft.start && sm_is_space(c->text.p[c->text.n - 1]))
        c->text.n--;
}

static void add_block(sm_content *c, sm_block *b)
{
    b->text.n = c->text.n - c->draft.start;
    classify(c, b);
    const size_t n = c->page.n_blocks++;
    c->blocks = sm_array_grow(c->blocks, n, &c->cap_blocks, sizeof *c->blocks);
    c->starts = sm_array_grow(c->starts, n, &c->cap_starts, sizeof *c->starts);
    c->blocks[n] = *b;
    c->starts[n] = c->draft.start;
}

void sm_draft_flush(sm_content *c)
{
    trim_end(c);
    const uint32_t images = c->draft.block.images;
    const bool empty = c->draft.block.width == 0;
    if (empty)
        c->text.n = c->draft.start;
    else
        add_block(c, &c->draft.block);
    c->draft = (draft){.start = c->text.n};
    if (empty) c->draft.block.images = images;
}
