/* Documents that are in the stream already: `html` becomes `text`, the rest stays. See seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "extractor_internal.h"

/* Whether a record has `text` (or `messages`) or `html`, which is read where there is no text yet. NULL, or
 * the kind of a bad record. */
static const char *parse_document(const sm_extractor *x, sm_doc *doc, bool *html)
{
    const char *text_key = x->options.text_key ? x->options.text_key : "text";
    const sm_doc fresh = *doc;
    const char *kind = NULL, *why = NULL;
    size_t at = 0;
    if (sm_doc_parse(doc, text_key, &kind, &at) == 1 || strcmp(kind, "no-text") != 0)
        return kind;
    *doc = fresh;
    *html = sm_doc_parse(doc, "html", &why, &at) == 1;
    return *html ? NULL : kind;
}

static void set_text(sm_extractor *x, sm_doc *doc, bool html, sm_span text)
{
    sm_buffer_clear(&x->json);
    sm_json_quote(&x->json, text);
    if (html)
        sm_doc_replace_text(doc, "text", sm_arena_copy(doc->arena, sm_buffer_span(&x->json)));
    else
        sm_doc_set_text(doc, text);
}

/* Chat logs are no pages: they pass as they are. */
int extractor_map_document(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_doc doc = {.record = p->record->body, .arena = sm_emit_arena(emit)};
    const sm_message *messages = NULL;
    sm_span text;
    bool html = false;
    const char *bad = parse_document(x, &doc, &html);
    if (bad) return sm_emit_bad(emit, bad, bad);
    if (sm_doc_messages(&doc, &messages)) return sm_emit_as_read(emit, &doc);

    if (!sm_doc_field_string(&doc, "metadata.url", &p->about.url))
        (void)sm_doc_field_string(&doc, "url", &p->about.url);
    SM_TRY(extractor_render(x, p, sm_doc_text(&doc), html, doc.arena, &text, err));
    if (!text.n) {
        double value, threshold;
        const char *rule = extractor_why_empty(p, &value, &threshold);
        return sm_emit_drop_as_read(emit, &doc, rule, value, threshold);
    }
    extractor_add_metadata(x, p, &doc);
    set_text(x, &doc, html, text);
    return sm_emit_as_read(emit, &doc);
}
