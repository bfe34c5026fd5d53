/* A page of a MediaWiki dump to a document.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>
#include <seimai/wikitext.h>

#include "extractor_internal.h"

/* Dumps are UTF-8; what is not is repaired and counted. */
static sm_span valid(sm_extractor *x, sm_span xml)
{
    if (sm_utf8_check(xml) == xml.n) return xml;
    sm_buffer_clear(&x->utf8);
    sm_utf8_repair(xml, &x->utf8, &x->counts.replaced);
    return sm_buffer_span(&x->utf8);
}

static void describe(page *p, const sm_wiki_page *wiki, sm_arena *arena)
{
    p->about.title = wiki->title;
    p->about.date = wiki->timestamp;
    p->about.site = p->source->publisher;
    p->revision = wiki->revision;
    p->about.url = sm_wiki_url(p->source->url, wiki->title, arena);
}

static int convert(sm_extractor *x, page *p, const sm_wiki_page *wiki, sm_emit *emit,
                   sm_error *err)
{
    const sm_wikitext_options options = {.emphasis =
                                             x->options.content.format == SM_CONTENT_MARKDOWN,
                                         .drop_references = !x->options.references};
    sm_buffer html = sm_buffer_make(8 * wiki->text.n + 1024);
    sm_wikitext_html(wiki->text, wiki->title, &options, &html, &x->counts.wikitext);
    const int rc = extractor_emit_markup(x, p, &html, emit, err);
    sm_buffer_free(&html);
    return rc;
}

int extractor_map_wiki(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_wiki_page wiki;
    sm_error why = {0};
    sm_arena *arena = sm_emit_arena(emit);
    if (sm_wiki_page_read(valid(x, p->body), arena, &wiki, &why) < 0)
        return sm_emit_bad(emit, "wiki-bad-page", why.text);
    describe(p, &wiki, arena);
    if (wiki.redirect) return sm_emit_drop(emit, p->name, (sm_span){0}, "redirect", 0, 0);
    if (wiki.model.n && !sm_span_equal(wiki.model, SM_SPAN("wikitext")))
        return sm_emit_drop(emit, p->name, (sm_span){0}, "wiki-model", 0, 0);
    return convert(x, p, &wiki, emit, err);
}
