/* Any bytes are a page: blocks lie in document order inside their elements, subtree sums add up, and what is written
 * of it, as text and as Markdown, by rules and by the model, is UTF-8 and is there where it should be.
 * SPDX-License-Identifier: MIT */

#include <seimai/content_model.h>
#include <seimai/utf8.h>

#include "fuzz.h"

static void check_elements(const sm_page *page)
{
    uint64_t width = 0;
    for (size_t i = 0; i < page->n_blocks; i++)
        width += page->blocks[i].width;
    require(page->elements[0].width == width);
    for (size_t i = 1; i < page->n_elements; i++) {
        const sm_element *e = &page->elements[i], *parent = &page->elements[e->parent];
        require(e->parent < i && e->depth > parent->depth);
        require(e->first_block >= parent->first_block && e->end_block <= parent->end_block);
        require(e->width <= parent->width && e->link_width <= e->width);
    }
}

static void check_blocks(const sm_page *page)
{
    for (size_t i = 0; i < page->n_blocks; i++) {
        const sm_block *b = &page->blocks[i];
        require(b->width > 0 && b->text.n > 0 && b->owner < page->n_elements);
        require(i == 0 || b->text.p >= b[-1].text.p + b[-1].text.n);
    }
}

static void check_utf8(sm_span text)
{
    require(sm_utf8_check(text) == text.n);
}

/* All shown text is never empty where the page has a block; content may be, where a model is sure. */
static void check_text(sm_content *c, sm_content_mode mode, const sm_page *page)
{
    sm_buffer text = sm_buffer_make(SIZE_MAX / 2);
    size_t selected = 0;
    sm_content_select(c, mode);
    sm_content_write(c, &text);
    for (size_t i = 0; i < page->n_blocks; i++)
        selected += page->blocks[i].selected;
    require((text.n > 0) == (selected > 0));
    require(selected > 0 || page->n_blocks == 0 || page->no_content);
    require(page->confidence >= 0 && page->confidence <= 1);
    check_utf8(sm_buffer_span(&text));
    sm_buffer_free(&text);
}

static void check_about(const sm_content *c, const sm_page *page)
{
    sm_arena arena = {0};
    sm_about about;
    sm_content_about(c, &arena, &about);
    const sm_span all[] = {about.url,         about.title,   about.lang,
                           about.date,        about.author,  about.site,
                           about.description, about.license, page->title};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_utf8(all[i]);
    sm_arena_free(&arena);
}

/* The model of the source tree, read once; the rules alone where it is missing. */
static const sm_content_model *the_model(void)
{
    static sm_content_model *model;
    static bool tried;
    sm_error err = {0};
    if (!tried && sm_content_model_read(&model, SM_FUZZ_MODEL, &err) < 0) model = NULL;
    tried = true;
    return model;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint64_t bad = 0;
    const unsigned chosen = n ? data[0] : 0;
    sm_buffer html = sm_buffer_make(4 * n + 4);
    sm_utf8_repair((sm_span){(const char *)data, n}, &html, &bad);
    static sm_content
        *c; /* one for all pages, as in a run: nothing of a page may stay behind */
    if (!c) c = sm_content_new();
    sm_content_set_model(c, NULL);
    sm_content_configure(
        c, &(sm_content_options){.format = chosen & 1 ? SM_CONTENT_MARKDOWN : SM_CONTENT_TEXT,
                                 .ruby = chosen & 2 ? SM_RUBY_PAREN : SM_RUBY_BASE,
                                 .links = chosen & 4});
    const sm_page *page = sm_content_parse(c, sm_buffer_span(&html));
    check_elements(page);
    check_blocks(page);
    check_text(c, SM_MODE_FULL, page);
    check_text(c, SM_MODE_MAIN, page);
    check_about(c, page);
    sm_content_set_model(c, the_model());
    check_text(c, SM_MODE_MAIN, page);
    check_text(c, SM_MODE_PRECISE, page);
    sm_buffer_free(&html);
    return 0;
}
