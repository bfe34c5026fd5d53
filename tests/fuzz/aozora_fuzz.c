/* Any text is a work: its parts lie in it in order, its HTML is bounded, stays UTF-8 and closes what it opens.
 * SPDX-License-Identifier: MIT */

#include <seimai/aozora.h>
#include <seimai/utf8.h>

#include "fuzz.h"

static void check_parts(sm_span text, const sm_aozora *work)
{
    if (!text.n) return;
    const char *const end = text.p + text.n;
    if (work->body.n) require(work->body.p >= text.p && work->body.p + work->body.n <= end);
    if (work->footer.n) require(work->footer.p == work->body.p + work->body.n);
    if (work->title.n) require(work->title.p + work->title.n <= work->body.p);
    if (work->author.n) require(work->author.p > work->title.p);
}

static void check_html(sm_span body, const sm_aozora_options *options)
{
    sm_aozora_counts counts = {0};
    sm_buffer html = sm_buffer_make(16 * body.n + 1024);
    sm_aozora_html(body, options, &html, &counts);
    const sm_span out = sm_buffer_span(&html);
    require(!html.overflow);
    require(sm_utf8_check(out) == out.n);
    require(count(out, SM_SPAN("<ruby>")) == count(out, SM_SPAN("</ruby>")) &&
            count(out, SM_SPAN("<ruby>")) <= counts.ruby);
    require(count(out, SM_SPAN("<p>")) == count(out, SM_SPAN("</p>")));
    require(counts.gaiji_unknown <= counts.gaiji);
    sm_buffer_free(&html);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint64_t bad = 0;
    sm_arena arena = {0};
    sm_aozora work;
    sm_buffer text = sm_buffer_make(4 * n + 4);
    sm_utf8_repair((sm_span){(const char *)data, n}, &text, &bad);
    sm_aozora_parts(sm_buffer_span(&text), &work);
    check_parts(sm_buffer_span(&text), &work);
    check_html(work.body, &(sm_aozora_options){.gaiji = SM_GAIJI_GETA});
    check_html(work.body,
               &(sm_aozora_options){.gaiji = SM_GAIJI_DESCRIPTION, .emphasis = true});
    const sm_span title = sm_aozora_plain(work.title, &arena);
    require(sm_utf8_check(title) == title.n);
    sm_buffer_free(&text);
    sm_arena_free(&arena);
    return 0;
}
