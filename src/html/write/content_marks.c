/* What the writers need to know besides the blocks: numbers of items, spans of cells, styles, readings of ruby.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_internal.h"

/* ---- elements ----------------------------------------------------------------------------- */

/* A whole number that begins an attribute's value, as HTML reads them; at most `most`. */
static bool read_number(sm_span s, uint32_t most, uint32_t *value)
{
    uint64_t v = 0;
    size_t n = 0;
    s = sm_trim(s);
    while (n < s.n && sm_is_digit(s.p[n]) && v <= most)
        v = v * 10 + (uint64_t)(s.p[n++] - '0');
    if (n == 0) return false;
    *value = v < most ? (uint32_t)v : most;
    return true;
}

static uint32_t number_attribute(const sm_html_token *tag, const char *name, uint32_t most,
                                 uint32_t otherwise)
{
    sm_span value;
    uint32_t number = otherwise;
    if (sm_html_attribute_of(tag, name, &value)) (void)read_number(value, most, &number);
    return number;
}

enum { LAST_NUMBER = 999999999 /* CommonMark: nine digits */ };

/* The innermost open list below the top; NULL for none. */
static open_element *open_list(sm_content *c)
{
    for (size_t i = c->depth - 1; i-- > 0 && c->stack[i].within & TAG_LIST;)
        if (c->stack[i].flags & TAG_LIST) return &c->stack[i];
    return NULL;
}

static void number_item(sm_content *c, const sm_html_token *tag, sm_element *item)
{
    open_element *list = open_list(c);
    const uint32_t next = list ? list->next : 0;
    item->value = number_attribute(tag, "value", LAST_NUMBER, next);
    if (list) list->next = item->value + 1;
}

static void mark_layout(sm_content *c)
{
    uint32_t at = c->cell;
    while (at && !(sm_tags[c->elements[at].tag].flags & TAG_TABLE))
        at = c->elements[at].parent;
    c->elements[at].is_layout = true;
}

static void note_link(sm_content *c, const sm_html_token *tag, uint32_t element)
{
    sm_span href;
    if (!sm_html_attribute_of(tag, "href", &href)) return;
    c->links = sm_array_grow(c->links, c->n_links, &c->cap_links, sizeof *c->links);
    c->links[c->n_links++] = (link_target){element, sm_arena_copy(&c->kept, sm_trim(href))};
}

void sm_marks_element(sm_content *c, const sm_html_token *tag)
{
    enum { NO_CELL_CONTENT = TAG_TABLE | TAG_HEADING | TAG_VERBATIM | TAG_QUOTE };
    enum { MOST_COLUMNS = 1000, MOST_ROWS = 65534 /* as HTML bounds them */ };
    open_element *top = sm_stack_top(c);
    sm_element *e = &c->elements[top->element];
    if (sm_tag_is(top->tag, "ol")) top->next = number_attribute(tag, "start", LAST_NUMBER, 1);
    if (top->flags & TAG_ITEM) number_item(c, tag, e);
    if (top->flags & TAG_CELL)
        e->value = number_attribute(tag, "colspan", MOST_COLUMNS, 1) |
                   number_attribute(tag, "rowspan", MOST_ROWS, 1) << 16;
    c->has_tables |= (top->flags & TAG_TABLE) != 0;
    if (c->cell && top->flags & NO_CELL_CONTENT) mark_layout(c);
    if (c->options.links && top->flags & TAG_LINK) note_link(c, tag, top->element);
}

sm_span sm_marks_href(const sm_content *c, uint32_t element, sm_arena *arena)
{
    size_t low = 0, high = c->n_links;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->links[middle].element < element)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == c->n_links || c->links[low].element != element) return (sm_span){0};
    const sm_span base = sm_url_resolve(c->url, c->meta.values[META_BASE].text, arena);
    const sm_span href = c->links[low].href;
    const sm_span whole = sm_url_resolve(base.n ? base : c->url, href, arena);
    return whole.n ? whole : href;
}

/* ---- text --------------------------------------------------------------------------------- */

void sm_marks_style(sm_content *c)
{
    const uint32_t style = (c->bold ? STYLE_BOLD : 0) | (c->italic ? STYLE_ITALIC : 0) |
                           (c->code ? STYLE_CODE : 0);
    const uint32_t link = c->options.links ? c->link : 0;
    const style_run *last = c->n_runs ? &c->runs[c->n_runs - 1] : NULL;
    if (last ? last->style == style && last->link == link : !style && !link) return;
    c->runs = sm_array_grow(c->runs, c->n_runs, &c->cap_runs, sizeof *c->runs);
    c->runs[c->n_runs++] = (style_run){c->text.n, link, style};
}

void sm_marks_reading(sm_content *c, sm_span text)
{
    if (c->options.ruby == SM_RUBY_PAREN) sm_buffer_put(&c->reading, text);
}

static uint32_t open_ruby(const sm_content *c)
{
    for (size_t i = c->depth; i-- > 0;)
        if (c->stack[i].flags & TAG_RUBY) return c->stack[i].element;
    return 0;
}

void sm_marks_end_reading(sm_content *c)
{
    const sm_span text = sm_trim(sm_buffer_span(&c->reading));
    if (text.n && c->text.n > c->draft.start) {
        c->readings =
            sm_array_grow(c->readings, c->n_readings, &c->cap_readings, sizeof *c->readings);
        c->readings[c->n_readings++] =
            (reading){c->text.n, open_ruby(c), sm_arena_copy(&c->kept, text)};
    }
    sm_buffer_clear(&c->reading);
}
