/* Any bytes are pdftotext's markup: the layout is bounded UTF-8 whose blocks are closed, and the same when it is made again.
 * SPDX-License-Identifier: MIT */

#include <seimai/pdf.h>
#include <seimai/utf8.h>

#include "fuzz.h"

static void lay_out(sm_span markup, sm_buffer *html, sm_pdf_counts *counts)
{
    sm_arena arena = {0};
    sm_pdf pdf;
    sm_pdf_layout(markup, &arena, &pdf, html, counts);
    require(sm_utf8_check(pdf.title) == pdf.title.n && sm_utf8_check(pdf.date) == pdf.date.n);
    sm_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const sm_span markup = {(const char *)data, n};
    sm_pdf_counts counts = {0};
    sm_buffer html = sm_buffer_make(4 * n + 1024), again = sm_buffer_make(4 * n + 1024);
    lay_out(markup, &html, &counts);
    lay_out(markup, &again, &counts);
    const sm_span out = sm_buffer_span(&html);
    require(!html.overflow && sm_span_equal(out, sm_buffer_span(&again)));
    require(sm_utf8_check(out) == out.n);
    require(count(out, SM_SPAN("<p>")) == count(out, SM_SPAN("</p>\n")));
    require(counts.empty_pages <= counts.pages && counts.vertical <= counts.pages);
    sm_buffer_free(&html);
    sm_buffer_free(&again);
    return 0;
}
