/* Any bytes are a page: tokens cover it, blocks lie in document order inside their elements, subtree sums add
 * up, text stays UTF-8, and a page with blocks gives text in every mode.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <seimai/content.h>
#include <seimai/utf8.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool holds)
{
    if (!holds) abort();
}

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

static void check_text(sm_content *c, sm_content_mode mode, const sm_page *page)
{
    sm_buffer text = sm_buffer_make(SIZE_MAX / 2);
    sm_content_select(c, mode);
    sm_content_write(c, &text);
    require((text.n > 0) == (page->n_blocks > 0));
    require(sm_utf8_check(sm_buffer_span(&text)) == text.n);
    sm_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint64_t bad = 0;
    sm_buffer html = sm_buffer_make(4 * n + 4);
    sm_utf8_repair((sm_span){(const char *)data, n}, &html, &bad);
    sm_content *c = sm_content_new();
    const sm_page *page = sm_content_parse(c, sm_buffer_span(&html));
    check_elements(page);
    check_blocks(page);
    check_text(c, SM_MODE_FULL, page);
    check_text(c, SM_MODE_MAIN, page);
    sm_content_free(c);
    sm_buffer_free(&html);
    return 0;
}
