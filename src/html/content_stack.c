/* The stack of open elements: what start tags imply, which end tags count. A small part of HTML's
 * tree construction, as much as the order and the structure of text need.
 * SPDX-License-Identifier: MIT */
#include <seimai/hash.h>

#include <string.h>

#include "content_internal.h"

open_element *sm_stack_top(sm_content *c)
{
    return &c->stack[c->depth - 1];
}

/* A span that lasts as long as the page: the tokenizer's own copies do not. */
static sm_span keep(sm_content *c, sm_span s)
{
    const uintptr_t p = (uintptr_t)s.p, from = (uintptr_t)c->source.p;
    if (p >= from && p < from + c->source.n) return s;
    return s.n ? sm_arena_copy(&c->kept, s) : (sm_span){0};
}

static uint32_t add_element(sm_content *c, const sm_html_token *tag, uint16_t number)
{
    const uint32_t parent = sm_stack_top(c)->element;
    const size_t n = c->page.n_elements++;
    c->elements = sm_array_grow(c->elements, n, &c->cap_elements, sizeof *c->elements);
    sm_element *e = &c->elements[n];
    *e = (sm_element){.parent = parent,
                      .first_block = (uint32_t)c->page.n_blocks,
                      .depth = (uint16_t)c->depth,
                      .tag = number};
    if (sm_html_attribute_of(tag, "class", &e->css_class)) e->css_class = keep(c, e->css_class);
    if (sm_html_attribute_of(tag, "id", &e->id)) e->id = keep(c, e->id);
    e->traits = sm_traits_of(tag, number, e->css_class, e->id);
    return (uint32_t)n;
}

/* ---- push and pop ------------------------------------------------------------------------- */

/* What holds inside an element: +1 when it opens, -1 when it closes. */
static void account(sm_content *c, const open_element *e, int step)
{
    const unsigned by = (unsigned)step; /* unsigned arithmetic wraps as it should */
    if (e->skips) c->skip += by;
    if (e->hides) c->hidden += by;
    if (e->flags & TAG_VERBATIM) c->verbatim += by;
    if (e->flags & TAG_BOLD) c->bold += by;
    if (e->flags & TAG_ITALIC) c->italic += by;
    if (e->is_reading) c->rts += by;
    if (e->flags & TAG_CODE) c->code += by;
    if (e->flags & TAG_LIST) c->lists += by;
    if (e->flags & TAG_RUBY) c->rubies += by;
}

static bool skips(const sm_content *c, uint16_t number)
{
    const uint32_t flags = sm_tags[number].flags;
    if (flags & TAG_SKIP) return true;
    return c->rubies && flags & TAG_RT && !sm_tag_is(number, "rb");
}

/* In SVG and MathML the tokenizer reads CDATA; where they hold HTML again it does not. */
static void set_foreign(sm_content *c)
{
    c->html.foreign = (sm_stack_top(c)->flags & TAG_FOREIGN) != 0;
}

void sm_stack_push(sm_content *c, const sm_html_token *tag, uint16_t number)
{
    if (c->depth == SM_CONTENT_DEPTH) {
        c->page.too_deep++;
        return;
    }
    const uint32_t flags = sm_tags[number].flags;
    const uint32_t within = flags | sm_stack_top(c)->within;
    const uint32_t element = add_element(c, tag, number);
    open_element *e = &c->stack[c->depth]; /* built where it stays */
    *e = (open_element){.element = element,
                        .flags = flags,
                        .within = within,
                        .name = number ? 0 : sm_hash64(tag->text),
                        .tag = number,
                        .skips = skips(c, number)};
    e->is_reading = e->skips && flags & TAG_RT && !sm_tag_is(number, "rp");
    e->hides = c->elements[element].traits & NOT_SHOWN;
    if (flags & TAG_LINK) c->link = element;
    if (flags & TAG_ROW) c->row = element;
    if (flags & TAG_CELL) c->cell = element;
    c->newline_due = (flags & TAG_VERBATIM) != 0;
    account(c, e, 1);
    c->depth++;
    set_foreign(c);
}

/* The row or cell that is open now, after one was closed. */
static uint32_t innermost(const sm_content *c, uint32_t flag)
{
    for (size_t i = c->depth; i-- > 0;)
        if (c->stack[i].flags & flag) return c->stack[i].element;
    return 0;
}

static void close_top(sm_content *c)
{
    const open_element *e = sm_stack_top(c); /* stands until the next push */
    if (!(e->flags & TAG_INLINE)) sm_draft_flush(c);
    c->depth--;
    account(c, e, -1);
    c->elements[e->element].end_block = (uint32_t)c->page.n_blocks;
    if (e->is_reading) sm_marks_end_reading(c);
    if (e->captured) sm_meta_close(c, e->element);
    if (c->link == e->element) c->link = 0;
    if (c->row == e->element) c->row = innermost(c, TAG_ROW);
    if (c->cell == e->element) c->cell = innermost(c, TAG_CELL);
}

void sm_stack_pop(sm_content *c, size_t depth)
{
    while (c->depth > depth && c->depth > 1)
        close_top(c);
    set_foreign(c);
}

/* ---- implied end tags --------------------------------------------------------------------- */

/* Closes the outermost open element of `groups` above the innermost one of `fence`, with all in it. */
static void close_groups(sm_content *c, uint32_t groups, uint32_t fence)
{
    size_t found = 0;
    for (size_t i = c->depth; i-- > 1 && c->stack[i].within & groups;) {
        const uint32_t flags = c->stack[i].flags;
        if (flags & groups) found = i;
        if (flags & fence && !(flags & groups)) break;
    }
    if (found) sm_stack_pop(c, found);
}

void sm_stack_imply(sm_content *c, uint32_t flags)
{
    static const struct {
        uint32_t opens, closes, fence;
    } rules[] = {
        {TAG_CLOSES_P, TAG_P, TAG_SCOPE | TAG_CELL},
        {TAG_ITEM, TAG_ITEM, TAG_LIST | TAG_SCOPE},
        {TAG_TERM, TAG_TERM, TAG_DL | TAG_SCOPE},
        {TAG_ROWS, TAG_ROWS | TAG_ROW | TAG_CELL, TAG_TABLE},
        {TAG_ROW, TAG_ROW | TAG_CELL, TAG_TABLE},
        {TAG_CELL, TAG_CELL, TAG_TABLE},
        {TAG_OPTION, TAG_OPTION, TAG_SELECT | TAG_SCOPE},
        {TAG_RT, TAG_RT, TAG_RUBY},
        {TAG_LINK, TAG_LINK, ~(uint32_t)TAG_INLINE & ~(uint32_t)TAG_LINK},
        {TAG_FIELD, TAG_SELECT, TAG_SCOPE},
        {TAG_ROWS | TAG_ROW | TAG_CELL, TAG_SELECT, TAG_TABLE},
    };
    if (c->depth > 1 && flags & TAG_BREAKOUT && sm_stack_top(c)->flags & TAG_FOREIGN)
        close_groups(c, TAG_FOREIGN, 0);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (flags & rules[i].opens) close_groups(c, rules[i].closes, rules[i].fence);
    if (flags & TAG_HEADING && sm_stack_top(c)->flags & TAG_HEADING)
        sm_stack_pop(c, c->depth - 1);
    if (flags & TAG_LINK) c->link = 0;
}

/* ---- end tags ----------------------------------------------------------------------------- */

/* An end tag of a phrase does not close the block that it stands in; one of a block does not reach out
 * of a table's cell, nor one of a table's part out of the table. */
static bool is_fence(const open_element *e, uint32_t flags)
{
    if (flags & (TAG_TABLE | TAG_TEMPLATE)) return false;
    if (flags & (TAG_ROWS | TAG_ROW | TAG_CELL)) return e->flags & TAG_TABLE;
    if (flags & TAG_INLINE && !(flags & TAG_SKIP)) return !(e->flags & TAG_INLINE);
    return e->flags & TAG_SCOPE;
}

static bool matches(const open_element *e, uint16_t number, uint64_t name)
{
    const uint32_t both = e->flags & sm_tags[number].flags;
    return (e->tag == number && e->name == name) || both & TAG_HEADING;
}

bool sm_stack_end(sm_content *c, sm_span name, uint16_t number)
{
    const uint64_t hash = number ? 0 : sm_hash64(name);
    for (size_t i = c->depth; i-- > 1;) {
        if (matches(&c->stack[i], number, hash)) {
            sm_stack_pop(c, i);
            return true;
        }
        if (is_fence(&c->stack[i], sm_tags[number].flags)) break;
    }
    /* A link that was closed across a block: what follows is no link any more. */
    if (sm_tags[number].flags & TAG_LINK) c->link = 0;
    return false;
}
