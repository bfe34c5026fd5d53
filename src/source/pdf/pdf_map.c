/* A PDF file to a document.
 * SPDX-License-Identifier: MIT */
#include <seimai/pdf.h>

#include "extractor_internal.h"

/* What a file that cannot be read counts as. */
static const char *kind_of(int status)
{
    switch (status) {
    case SM_ELIMIT: return "pdf-limit";
    case SM_ENOENT: return "pdf-no-reader";
    case SM_ENOSUP: return "pdf-encrypted";
    default: return "pdf-damaged";
    }
}

static int convert(sm_extractor *x, page *p, sm_span markup, sm_emit *emit, sm_error *err)
{
    sm_arena *arena = sm_emit_arena(emit);
    const uint64_t words = x->counts.pdf.words;
    sm_pdf pdf;
    sm_buffer html = sm_buffer_make(4 * markup.n + 1024);
    sm_pdf_layout(markup, arena, &pdf, &html, &x->counts.pdf);
    p->about.title = pdf.title;
    p->about.author = pdf.author;
    p->about.date = pdf.date;
    const int rc = x->counts.pdf.words == words
                       ? sm_emit_drop(emit, p->name, (sm_span){0}, "pdf-no-text", 0, 1)
                       : extractor_emit_markup(x, p, &html, emit, err);
    sm_buffer_free(&html);
    return rc;
}

int extractor_map_pdf(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_error why = {0};
    sm_buffer markup = sm_buffer_make(sm_pdf_default_limits.output_bytes);
    const int status = sm_pdf_words(p->body, &sm_pdf_default_limits, &markup, &why);
    const int rc = status < 0 ? sm_emit_bad(emit, kind_of(status), why.text)
                              : convert(x, p, sm_buffer_span(&markup), emit, err);
    sm_buffer_free(&markup);
    return rc;
}
