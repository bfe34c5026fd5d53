/* What is known of a page, as the `metadata` of its document. See seimai/source.h and FORMATS, "Documents".
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "extractor_internal.h"

/* ---- the keys ----------------------------------------------------------------------------- */

enum { KEYS = 8 };
typedef struct known_key {
    const char *key, *path;
    sm_span value;
} known_key;

/* The keys of `metadata` but `extract`, in the order in which they are written. */
static void list_keys(const page *p, known_key keys[KEYS])
{
    const sm_about *a = &p->about;
    const sm_span charset =
        p->decoded ? sm_span_of(sm_charset_name(p->charset.charset)) : (sm_span){0};
    const known_key list[KEYS] = {
        {"url", "metadata.url", a->url},          {"title", "metadata.title", a->title},
        {"lang", "metadata.lang", a->lang},       {"date", "metadata.date", a->date},
        {"author", "metadata.author", a->author}, {"site", "metadata.site", a->site},
        {"charset", "metadata.charset", charset}, {"license", "metadata.license", a->license}};
    memcpy(keys, list, sizeof list);
}

static void put_string(sm_buffer *json, const char *key, sm_span value)
{
    if (value.n) sm_json_put_string(json, key, value);
}

static void put_rights(sm_buffer *json, uint32_t rights)
{
    if (!rights) return;
    sm_json_key(json, "rights");
    sm_json_open(json, '[');
    for (unsigned bit = 0; bit < SM_RIGHTS; bit++)
        if (rights >> bit & 1) sm_json_string(json, sm_span_of(sm_right_name(bit)));
    sm_json_close(json, ']');
}

/* The object `extract`: what the tool has to say itself. */
static void put_own(const sm_extractor *x, const page *p, sm_buffer *json)
{
    const sm_page *parsed = p->parsed;
    sm_json_open(json, '{');
    sm_json_put_real(json, "confidence", (double)(int)(p->confidence * 1000 + 0.5) / 1000);
    put_string(json, "charset_declared", p->charset.declared);
    sm_json_put_text(json, "mode", p->mode);
    if (parsed && parsed->type) sm_json_put_text(json, "type", parsed->type);
    put_string(json, "description", p->about.description);
    put_string(json, "crawled", p->source->date);
    put_string(json, "translator", p->translator);
    put_string(json, "edition", p->edition);
    put_string(json, "revision", p->revision);
    put_rights(json, p->about.rights);
    if (x->options.blocks && parsed) {
        sm_json_key(json, "blocks");
        extractor_put_blocks(x->content, parsed, json);
    }
    sm_json_close(json, '}');
}

/* ---- into a document ---------------------------------------------------------------------- */

sm_span extractor_metadata(sm_extractor *x, const page *p)
{
    known_key keys[KEYS];
    list_keys(p, keys);
    sm_buffer_clear(&x->json);
    sm_json_open(&x->json, '{');
    for (size_t i = 0; i < KEYS; i++)
        put_string(&x->json, keys[i].key, keys[i].value);
    sm_json_key(&x->json, "extract");
    put_own(x, p, &x->json);
    sm_json_close(&x->json, '}');
    return sm_buffer_span(&x->json);
}

void extractor_add_metadata(sm_extractor *x, const page *p, sm_doc *doc)
{
    known_key keys[KEYS];
    list_keys(p, keys);
    for (size_t i = 0; i < KEYS; i++) {
        if (!keys[i].value.n || sm_doc_field(doc, keys[i].path).n) continue;
        sm_buffer_clear(&x->json);
        sm_json_quote(&x->json, keys[i].value);
        sm_doc_set_meta(doc, keys[i].key, sm_arena_copy(doc->arena, sm_buffer_span(&x->json)));
    }
    sm_buffer_clear(&x->json);
    put_own(x, p, &x->json);
    sm_doc_set_meta(doc, "extract", sm_arena_copy(doc->arena, sm_buffer_span(&x->json)));
}

/* ---- rights of a response ------------------------------------------------------------------- */

uint32_t extractor_rights_of_http(sm_span head)
{
    uint32_t rights = 0;
    sm_span value;
    for (sm_span rest = head; sm_http_next_header(&rest, "x-robots-tag", &value);)
        rights |= sm_rights_of_robots(value);
    for (sm_span rest = head; sm_http_next_header(&rest, "tdm-reservation", &value);)
        if (value.n && value.p[0] == '1') rights |= SM_RIGHT_TDM_RESERVED;
    return rights;
}
