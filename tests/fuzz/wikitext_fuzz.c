/* Any bytes are a page of a dump and wikitext: what comes out is bounded, has no marks of templates, links or references,
 * stays UTF-8, and closes the tables that it opens.
 * SPDX-License-Identifier: MIT */

#include <seimai/utf8.h>
#include <seimai/wikitext.h>

#include "fuzz.h"

static void check_wikitext(sm_span text, bool emphasis, bool drop)
{
    const sm_wikitext_options options = {.emphasis = emphasis, .drop_references = drop};
    sm_wikitext_counts counts = {0};
    sm_buffer html = sm_buffer_make(8 * text.n + 1024);
    sm_wikitext_html(text, SM_SPAN("title"), &options, &html, &counts);
    const sm_span out = sm_buffer_span(&html);
    require(!html.overflow);
    require(sm_utf8_check(out) == out.n);
    require(count(out, SM_SPAN("<ref>")) == 0 && count(out, SM_SPAN("<gallery")) == 0 &&
            count(out, SM_SPAN("<!--")) == 0);
    if (count(text, SM_SPAN("<")) == 0) /* tables of wikitext alone */
        require(count(out, SM_SPAN("<table>\n")) == count(out, SM_SPAN("</table>\n")));
    require(counts.kept <= counts.templates);
    sm_buffer_free(&html);
}

static void check_page(sm_span xml)
{
    sm_arena arena = {0};
    sm_wiki_page page;
    sm_error err = {0};
    if (sm_wiki_page_read(xml, &arena, &page, &err) == 0) {
        require(page.title.n > 0 && page.text.p);
        check_wikitext(page.text, false, true);
        require(sm_wiki_url(page.title, page.text, &arena).n <= page.title.n + 3 * page.text.n);
    }
    sm_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint64_t bad = 0;
    sm_buffer text = sm_buffer_make(4 * n + 4);
    sm_utf8_repair((sm_span){(const char *)data, n}, &text, &bad);
    check_wikitext(sm_buffer_span(&text), true, false);
    check_page(sm_buffer_span(&text));
    sm_buffer_free(&text);
    return 0;
}
