/* From tokens to elements and blocks: see seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/content.h>

#include <string.h>

#include "content_internal.h"

enum {
    TITLE_BYTES = 64 << 10,
    READING_BYTES = 1 << 10, /* of one <rt>; longer ones are left out */
    /* Text grows by at most a factor of two over its source (a short reference of two characters). */
    TEXT_BYTES = 1 << 30
};

sm_content *sm_content_new(void)
{
    sm_content *c = sm_calloc(1, sizeof *c);
    c->text = sm_buffer_make(TEXT_BYTES);
    c->title = sm_buffer_make(TITLE_BYTES);
    c->reading = sm_buffer_make(READING_BYTES);
    sm_meta_init(&c->meta);
    return c;
}

void sm_content_free(sm_content *c)
{
    if (!c) return;
    sm_free(c->elements);
    sm_free(c->blocks);
    sm_free(c->starts);
    sm_buffer_free(&c->text);
    sm_buffer_free(&c->title);
    sm_meta_free(&c->meta);
    sm_free(c->runs);
    sm_free(c->readings);
    sm_free(c->links);
    sm_buffer_free(&c->reading);
    sm_arena_free(&c->kept);
    sm_features_free(c->features);
    sm_free(c);
}

void sm_content_configure(sm_content *c, const sm_content_options *options)
{
    c->options = *options;
}

void sm_content_set_url(sm_content *c, sm_span url)
{
    c->url = url;
}

void sm_content_set_model(sm_content *c, const sm_content_model *model)
{
    c->model = model;
    c->scored = false;
}

/* ---- text --------------------------------------------------------------------------------- */

static void add_title(sm_content *c, sm_span text)
{
    for (size_t i = 0; i < text.n; i++) {
        const bool space = sm_is_space(text.p[i]);
        if (text.p[i] == '\0') continue;
        const bool after_space = c->title.n == 0 || c->title.p[c->title.n - 1] == ' ';
        if (space && after_space) continue;
        sm_buffer_putc(&c->title, space ? ' ' : text.p[i]);
    }
}

static void on_text(sm_content *c, sm_span text)
{
    if (c->in_title)
        add_title(c, text);
    else if (c->meta.in_json)
        sm_buffer_put(&c->meta.json, text);
    else if (c->rts && c->rts == c->skip)
        sm_marks_reading(c, text);
    else if (!c->skip)
        sm_draft_text(c, text);
}

/* ---- tags --------------------------------------------------------------------------------- */

static sm_span keep_lang(sm_content *c, sm_span lang)
{
    return lang.n ? sm_arena_copy(&c->kept, sm_trim(lang)) : lang;
}

/* <html> holds the language; it and <body> have no say in the structure. */
static void on_ignored_start(sm_content *c, const sm_html_token *tag)
{
    sm_span lang;
    if (c->page.lang.n) return;
    if (sm_html_attribute_of(tag, "lang", &lang) ||
        sm_html_attribute_of(tag, "xml:lang", &lang))
        c->page.lang = keep_lang(c, lang);
}

static void on_void(sm_content *c, const sm_html_token *tag, uint16_t number)
{
    sm_span alt;
    if (c->skip) return;
    if (sm_tag_is(number, "br")) sm_draft_break(c);
    if (sm_tag_is(number, "hr")) {
        sm_draft_flush(c);
        c->rule_due = true;
    }
    if (!sm_tag_is(number, "img")) return;
    c->draft.block.images++;
    /* A character that the font of its time lacked, drawn as the base of a ruby. */
    if (c->rubies && sm_html_attribute_of(tag, "alt", &alt)) sm_draft_text(c, alt);
}

static void on_start(sm_content *c, const sm_html_token *tag)
{
    const uint16_t number = sm_tag_of(tag->text);
    const uint32_t flags = sm_tags[number].flags;
    if (flags & TAG_IGNORED) {
        on_ignored_start(c, tag);
        return;
    }
    const size_t depth = c->depth;
    sm_stack_imply(c, flags);
    /* A <select> inside another one is its end tag misspelt. */
    if (flags & TAG_SELECT && c->depth < depth) return;
    if (!(flags & TAG_INLINE) && !c->skip) sm_draft_flush(c);
    if (flags & TAG_VOID) {
        on_void(c, tag, number);
        if (!c->skip) sm_meta_tag(c, tag, number, 0);
        return;
    }
    if (tag->self_closing && c->html.foreign) return;
    const bool skipped = c->skip > 0;
    /* A page of frames shows nothing else. */
    const bool is_empty = c->page.n_blocks == 0 && c->draft.block.width == 0;
    if (sm_tag_is(number, "frameset") && is_empty && !skipped) c->skip++;
    c->in_title = sm_tag_is(number, "title") && !c->html.foreign && c->title.n == 0;
    const size_t elements = c->page.n_elements;
    sm_stack_push(c, tag, number);
    const uint32_t element = c->page.n_elements > elements ? (uint32_t)elements : 0;
    if (element) sm_marks_element(c, tag);
    if (!skipped) sm_meta_tag(c, tag, number, element);
}

static void on_end(sm_content *c, const sm_html_token *tag)
{
    const uint16_t number = sm_tag_of(tag->text);
    const uint32_t flags = sm_tags[number].flags;
    c->in_title = c->meta.in_json = false;
    if (flags & TAG_IGNORED) return;
    if (sm_stack_end(c, tag->text, number) || c->skip) return;
    if (sm_tag_is(number, "br"))
        sm_draft_break(c);
    else if (!(flags & TAG_INLINE))
        sm_draft_flush(c);
}

/* ---- the page ----------------------------------------------------------------------------- */

static void start_page(sm_content *c, sm_span html)
{
    sm_arena_reset(&c->kept);
    sm_buffer_clear(&c->text);
    sm_buffer_clear(&c->title);
    c->page = (sm_page){.n_elements = 1};
    c->source = html;
    c->elements = sm_array_grow(c->elements, 0, &c->cap_elements, sizeof *c->elements);
    c->elements[0] = (sm_element){0};
    c->draft = (draft){0};
    c->stack[0] = (open_element){0};
    c->depth = 1;
    c->link = c->row = c->cell = 0;
    c->skip = c->hidden = c->verbatim = c->bold = c->code = c->lists = c->rubies = 0;
    c->in_title = c->newline_due = false;
    c->n_runs = c->n_readings = c->n_links = 0;
    c->url = (sm_span){0};
    c->rts = c->italic = 0;
    c->rule_due = c->has_tables = c->scored = false;
    sm_buffer_clear(&c->reading);
    sm_meta_reset(&c->meta);
    sm_html_init(&c->html, html);
}

/* A block is a sentence, prose: long enough, few links, and punctuated like one. Forty of width are twenty
 * Japanese characters: shorter ones are names, dates and buttons in any language. */
static bool is_sentence(const sm_block *b)
{
    return b->width >= 40 && b->link_width * 2 < b->width &&
           (b->full_stops > 0 || b->commas >= 2);
}

static void finish_blocks(sm_content *c)
{
    for (size_t i = 0; i < c->page.n_blocks; i++) {
        sm_block *b = &c->blocks[i];
        b->text.p = c->text.p + c->starts[i];
        b->is_sentence = is_sentence(b);
        sm_element *e = &c->elements[b->owner];
        e->width += b->width;
        e->link_width += b->link_width;
        e->sentence_width += b->is_sentence ? b->width - b->link_width : 0;
    }
}

/* Parents stand before their children, so one pass from the end adds up every subtree. */
static void sum_subtrees(sm_content *c)
{
    for (size_t i = c->page.n_elements; i-- > 1;) {
        const sm_element *e = &c->elements[i];
        sm_element *parent = &c->elements[e->parent];
        parent->width += e->width;
        parent->link_width += e->link_width;
        parent->sentence_width += e->sentence_width;
    }
}

enum { ABOUT_CONTENT = SM_TRAIT_ARTICLE | SM_TRAIT_MAIN };

/* Traits go down to the children; but what half of the page's prose stands in is no menu, whatever its
 * class says (<form> around a page, <body class="sidebar-left">), and what four fifths stand in is not hidden for
 * good (<body style="display:none"> until a script has run). */
static void inherit_traits(sm_content *c)
{
    const uint64_t all = c->elements[0].sentence_width;
    for (size_t i = 1; i < c->page.n_elements; i++) {
        sm_element *e = &c->elements[i];
        if (e->sentence_width * 2ULL > all) e->traits &= ABOUT_CONTENT | SM_TRAIT_HIDDEN;
        if (e->sentence_width * 5ULL > all * 4) e->traits &= ABOUT_CONTENT;
        e->traits |= c->elements[e->parent].traits;
    }
}

static void finish_page(sm_content *c)
{
    sm_stack_pop(c, 1);
    sm_draft_flush(c);
    c->elements[0].end_block = (uint32_t)c->page.n_blocks;
    finish_blocks(c);
    sum_subtrees(c);
    inherit_traits(c);
    sm_meta_finish(c);
    c->page.elements = c->elements;
    c->page.blocks = c->blocks;
    c->page.title = sm_trim(sm_buffer_span(&c->title));
    sm_html_free(&c->html);
}

const sm_page *sm_content_parse(sm_content *c, sm_span html)
{
    sm_html_token token;
    start_page(c, html);
    while (sm_html_next(&c->html, &token)) {
        if (token.kind == SM_HTML_TEXT) on_text(c, token.text);
        if (token.kind == SM_HTML_START_TAG) on_start(c, &token);
        if (token.kind == SM_HTML_END_TAG) on_end(c, &token);
    }
    finish_page(c);
    return &c->page;
}
