/* What the maps of wikitext, Aozora Bunko and PDF share.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "extractor_internal.h"

int extractor_render_all(sm_extractor *x, page *p, sm_span html, sm_arena *arena, sm_span *text,
                         sm_error *err)
{
    p->wanted = SM_MODE_FULL;
    return extractor_render(x, p, html, true, arena, text, err);
}

int extractor_emit_markup(sm_extractor *x, page *p, const sm_buffer *html, sm_emit *emit,
                          sm_error *err)
{
    sm_span text;
    SM_TRY(extractor_render_all(x, p, sm_buffer_span(html), sm_emit_arena(emit), &text, err));
    return extractor_emit(x, p, text, emit);
}

/* Each count of a converter by its name in --stats, and where it stands. */
static const struct {
    const char *object, *key;
    size_t offset;
} markup_counts[] = {
#define COUNT(object, key)                                                                     \
    {                                                                                          \
#object, #key, offsetof(sm_extract_counts, object.key)                                 \
    }
    COUNT(wikitext, templates),   COUNT(wikitext, kept),
    COUNT(wikitext, references),  COUNT(wikitext, tables),
    COUNT(wikitext, files),       COUNT(wikitext, galleries),
    COUNT(wikitext, unbalanced),  COUNT(aozora, ruby),
    COUNT(aozora, notes),         COUNT(aozora, gaiji),
    COUNT(aozora, gaiji_unknown), COUNT(pdf, pages),
    COUNT(pdf, empty_pages),      COUNT(pdf, words),
    COUNT(pdf, running),          COUNT(pdf, footnotes),
    COUNT(pdf, vertical),
#undef COUNT
};

enum { MARKUP_COUNTS = sizeof markup_counts / sizeof *markup_counts };

static uint64_t count_of(const sm_extract_counts *counts, size_t i)
{
    return *(const uint64_t *)(const void *)((const char *)counts + markup_counts[i].offset);
}

void extractor_add_markup(sm_extract_counts *total, const sm_extract_counts *part)
{
    for (size_t i = 0; i < MARKUP_COUNTS; i++)
        *(uint64_t *)(void *)((char *)total + markup_counts[i].offset) += count_of(part, i);
}

/* Objects stand for converters that met something. */
void extractor_report_markup(const sm_extract_counts *counts, sm_buffer *json)
{
    const char *open = NULL;
    for (size_t i = 0; i < MARKUP_COUNTS; i++) {
        if (!count_of(counts, i)) continue;
        if (open && strcmp(open, markup_counts[i].object) != 0) sm_json_close(json, '}');
        if (!open || strcmp(open, markup_counts[i].object) != 0) {
            open = markup_counts[i].object;
            sm_json_key(json, open);
            sm_json_open(json, '{');
        }
        sm_json_put_uint(json, markup_counts[i].key, count_of(counts, i));
    }
    if (open) sm_json_close(json, '}');
}
