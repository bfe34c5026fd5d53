/* A book to a document: chapter by chapter through the HTML reader, all that each shows.
 * SPDX-License-Identifier: MIT */
#include "extractor_internal.h"
#include "xhtml.h"

/* A chapter's text, behind an empty line where one stands before it. */
static int add_chapter(sm_extractor *x, page *p, sm_span chapter, sm_buffer *html,
                       sm_buffer *book, sm_arena *arena, sm_error *err)
{
    const sm_about known = p->about;
    sm_span text;
    p->body = chapter;
    sm_buffer_clear(html);
    xhtml_to_html(extractor_decode(x, p, true), html);
    SM_TRY(extractor_render_all(x, p, sm_buffer_span(html), arena, &text, err));
    p->about = known; /* a chapter's title is not the book's */
    if (!text.n) return 0;
    if (book->n) sm_buffer_puts(book, "\n\n");
    sm_buffer_put(book, text);
    return 0;
}

static int add_chapters(sm_extractor *x, page *p, sm_buffer *html, sm_buffer *book,
                        sm_arena *arena, sm_error *err)
{
    for (size_t i = 0; i < p->source->n_parts; i++)
        if (p->source->parts[i].n)
            SM_TRY(add_chapter(x, p, p->source->parts[i], html, book, arena, err));
    return 0;
}

int extractor_map_epub(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_buffer html = sm_buffer_make(XHTML_GROWTH * x->utf8.max + 64);
    sm_buffer book = sm_buffer_make(8 * x->options.max + 64);
    p->about.date = p->source->published;
    int rc = add_chapters(x, p, &html, &book, sm_emit_arena(emit), err);
    p->parsed = NULL; /* the last chapter's blocks are not the book's */
    if (rc == 0 && !book.n && p->source->is_fixed)
        rc = sm_emit_drop(emit, p->name, (sm_span){0}, "fixed-layout", 0, 1);
    else if (rc == 0)
        rc = extractor_emit(x, p, sm_buffer_span(&book), emit);
    sm_buffer_free(&html);
    sm_buffer_free(&book);
    return rc;
}
