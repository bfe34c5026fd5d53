/* A work of Aozora Bunko to a document.
 * SPDX-License-Identifier: MIT */
#include <seimai/aozora.h>

#include "extractor_internal.h"

static void describe(page *p, const sm_aozora *work, sm_arena *arena)
{
    const sm_span title = sm_aozora_plain(work->title, arena);
    const sm_span subtitle = sm_aozora_plain(work->subtitle, arena);
    p->about.title = title;
    if (title.n && subtitle.n)
        p->about.title = sm_span_of(sm_arena_printf(arena, "%.*s %.*s", (int)title.n, title.p,
                                                    (int)subtitle.n, subtitle.p));
    p->about.author = sm_aozora_plain(work->author, arena);
    p->about.lang = SM_SPAN("ja");
    p->translator = sm_aozora_plain(work->translator, arena);
    p->edition = sm_aozora_plain(work->edition, arena);
}

static int convert(sm_extractor *x, page *p, sm_span body, sm_emit *emit, sm_error *err)
{
    const sm_aozora_options options = {.gaiji = x->options.gaiji,
                                       .emphasis =
                                           x->options.content.format == SM_CONTENT_MARKDOWN};
    sm_buffer html = sm_buffer_make(16 * body.n + 1024);
    sm_aozora_html(body, &options, &html, &x->counts.aozora);
    const int rc = extractor_emit_markup(x, p, &html, emit, err);
    sm_buffer_free(&html);
    return rc;
}

int extractor_map_aozora(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_aozora work;
    sm_aozora_parts(extractor_decode(x, p, false), &work);
    describe(p, &work, sm_emit_arena(emit));
    return convert(x, p, work.body, emit, err);
}
