/* From a record to a document: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/normalize.h>
#include <seimai/utf8.h>

#include <string.h>
#include <strings.h>

#include "container_internal.h"

struct sm_extractor {
    sm_extract_options options;
    sm_extract_counts counts;
    sm_content *content;
    sm_buffer utf8, text, json;
};

/* A page on its way: what is known of it, from outside in. */
typedef struct page {
    const sm_record *record;
    const page_source *source;
    sm_span type; /* media type, as declared */
    sm_span body; /* bytes */
    sm_span url, date, title, lang;
    sm_charset_choice charset;
    bool decoded; /* from bytes: not a string of a JSON document */
    const char *mode;
    double confidence;
} page;

sm_extractor *sm_extractor_new(const sm_extract_options *options)
{
    sm_extractor *x = sm_calloc(1, sizeof *x);
    x->options = *options;
    x->content = sm_content_new();
    /* One byte of Shift_JIS becomes at most three of UTF-8, and JSON at most six of that. */
    x->utf8 = sm_buffer_make(4 * options->max + 16);
    x->text = sm_buffer_make(8 * options->max + 16);
    x->json = sm_buffer_make(SIZE_MAX / 2);
    return x;
}

static void add(uint64_t *total, const uint64_t *part, size_t n)
{
    for (size_t i = 0; i < n; i++)
        total[i] += part[i];
}

void sm_extractor_free(sm_extractor *x, sm_extract_counts *total)
{
    if (!x) return;
    add(total->charsets, x->counts.charsets, SM_CHARSETS);
    add(total->charset_sources, x->counts.charset_sources, SM_CHARSET_SOURCES);
    add(total->http_faults, x->counts.http_faults, SM_HTTP_FAULTS);
    total->replaced += x->counts.replaced;
    total->fell_back += x->counts.fell_back;
    total->html_bytes += x->counts.html_bytes;
    sm_content_free(x->content);
    sm_buffer_free(&x->utf8);
    sm_buffer_free(&x->text);
    sm_buffer_free(&x->json);
    sm_free(x);
}

/* ---- metadata --------------------------------------------------------------------------------- */

static void put_string(sm_buffer *json, const char *key, sm_span value)
{
    if (!value.n) return;
    sm_json_put_string(json, key, value);
}

/* What a page says about itself: the keys of `metadata` that are not `extract`. */
enum { KNOWN = 5 };
typedef struct known_key {
    const char *key, *path;
    sm_span value;
} known_key;

static void list_known(const page *p, known_key keys[KNOWN])
{
    const known_key list[KNOWN] = {
        {"url", "metadata.url", p->url},
        {"title", "metadata.title", p->title},
        {"lang", "metadata.lang", p->lang},
        {"date", "metadata.date", p->date},
        {"charset", "metadata.charset",
         p->decoded ? sm_span_of(sm_charset_name(p->charset.charset)) : (sm_span){0}}};
    memcpy(keys, list, sizeof list);
}

static void put_own(sm_buffer *json, const page *p)
{
    sm_json_open(json, '{');
    sm_json_put_real(json, "confidence", (double)(int)(p->confidence * 1000 + 0.5) / 1000);
    put_string(json, "charset_declared", p->charset.declared);
    sm_json_put_text(json, "mode", p->mode);
    sm_json_close(json, '}');
}

static sm_span write_metadata(sm_extractor *x, const page *p)
{
    known_key keys[KNOWN];
    list_known(p, keys);
    sm_buffer_clear(&x->json);
    sm_json_open(&x->json, '{');
    for (size_t i = 0; i < KNOWN; i++)
        put_string(&x->json, keys[i].key, keys[i].value);
    sm_json_key(&x->json, "extract");
    put_own(&x->json, p);
    sm_json_close(&x->json, '}');
    return sm_buffer_span(&x->json);
}

/* A document that has one of the keys already keeps its own. */
static void add_metadata(sm_extractor *x, const page *p, sm_doc *doc)
{
    known_key keys[KNOWN];
    list_known(p, keys);
    for (size_t i = 0; i < KNOWN; i++) {
        if (!keys[i].value.n || sm_doc_field(doc, keys[i].path).n) continue;
        sm_buffer_clear(&x->json);
        sm_json_quote(&x->json, keys[i].value);
        sm_doc_set_meta(doc, keys[i].key, sm_arena_copy(doc->arena, sm_buffer_span(&x->json)));
    }
    sm_buffer_clear(&x->json);
    put_own(&x->json, p);
    sm_doc_set_meta(doc, "extract", sm_arena_copy(doc->arena, sm_buffer_span(&x->json)));
}

/* ---- text ------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* Plain text as it is, but for line ends, NUL and white space around it. */
static void put_plain(sm_buffer *out, sm_span text)
{
    while (text.n && is_blank(text.p[text.n - 1]))
        text.n--;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '\0' || (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')) continue;
        sm_buffer_putc(out, c == '\r' ? '\n' : c);
    }
}

/* A language tag (BCP 47) as pages write it: letters and digits between hyphens. */
static sm_span language_tag(sm_span lang)
{
    enum { LONGEST = 35 };
    for (size_t i = 0; i < lang.n; i++) {
        const char c = lang.p[i], lower = (char)(c | 0x20);
        const bool letter = lower >= 'a' && lower <= 'z', digit = c >= '0' && c <= '9';
        if (!letter && !(i && (digit || c == '-'))) return (sm_span){0};
    }
    return lang.n <= LONGEST ? lang : (sm_span){0};
}

static void put_page(sm_extractor *x, page *p, sm_span utf8)
{
    const sm_page *parsed = sm_content_parse(x->content, utf8);
    sm_content_select(x->content, x->options.mode);
    sm_content_write(x->content, &x->text);
    const bool full = x->options.mode == SM_MODE_FULL || parsed->fell_back;
    p->mode = full ? "full" : "main";
    p->confidence = parsed->confidence;
    p->title = parsed->title;
    p->lang = language_tag(parsed->lang);
    x->counts.fell_back += parsed->fell_back;
}

static int unify(const sm_extractor *x, sm_span *text, sm_arena *arena, sm_error *err)
{
    if (!x->options.unify) return 0;
    return sm_normalize(SM_FORM_TWINS, *text, arena, text, err);
}

/* The text of a page; empty where it shows none. */
static int render(sm_extractor *x, page *p, sm_span utf8, bool html, sm_arena *arena,
                  sm_span *text, sm_error *err)
{
    sm_buffer_clear(&x->text);
    p->mode = "text";
    p->confidence = 1;
    if (html)
        put_page(x, p, utf8);
    else
        put_plain(&x->text, utf8);
    *text = sm_buffer_span(&x->text);
    SM_TRY(unify(x, text, arena, err));
    return unify(x, &p->title, arena, err);
}

static int emit_page(sm_extractor *x, page *p, sm_span utf8, bool html, sm_emit *emit,
                     sm_error *err)
{
    sm_span text;
    SM_TRY(render(x, p, utf8, html, sm_emit_arena(emit), &text, err));
    if (!text.n) return sm_emit_drop(emit, p->record->name, text, "no-text", 0, 1);
    sm_emit_document(emit, p->record->name, text, write_metadata(x, p));
    return SM_KEEP;
}

/* ---- pages as bytes ----------------------------------------------------------------------------- */

static bool is_type(sm_span type, const char *name)
{
    const size_t n = strlen(name);
    return type.n >= n && strncasecmp(type.p, name, n) == 0 &&
           (type.n == n || type.p[n] == ';' || is_blank(type.p[n]));
}

/* What a page is by its declared type; by its content where the type says nothing. */
static int kind_of_page(const page *p, sm_source_kind *kind)
{
    if (p->source->kind != SM_SOURCE_WARC) {
        *kind = p->source->kind;
        return 0;
    }
    if (is_type(p->type, "text/html") || is_type(p->type, "application/xhtml+xml")) {
        *kind = SM_SOURCE_HTML;
        return 0;
    }
    const bool silent = !p->type.n || is_type(p->type, "application/octet-stream") ||
                        is_type(p->type, "text/xml") || is_type(p->type, "application/xml");
    if (!silent && !is_type(p->type, "text/plain")) return SM_ENOSUP;
    SM_TRY(sm_source_sniff(p->body, kind, NULL));
    if (!silent) *kind = SM_SOURCE_TEXT;
    return *kind == SM_SOURCE_HTML || !silent || !p->type.n ? 0 : SM_ENOSUP;
}

static void decode(sm_extractor *x, page *p, bool html)
{
    const sm_span http = sm_http_parameter(p->type, "charset");
    p->charset = sm_charset_choose(p->body, http, html);
    p->decoded = true;
    const sm_span rest = {p->body.p + p->charset.bom, p->body.n - p->charset.bom};
    sm_buffer_clear(&x->utf8);
    sm_charset_decode(p->charset.charset, rest, &x->utf8, &x->counts.replaced);
    x->counts.charsets[p->charset.charset]++;
    x->counts.charset_sources[p->charset.source]++;
    if (html) x->counts.html_bytes += p->body.n;
}

static int map_bytes(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_source_kind kind;
    if (kind_of_page(p, &kind) < 0)
        return sm_emit_drop(emit, p->record->name, (sm_span){0}, "content-type", 0, 0);
    const bool html = kind == SM_SOURCE_HTML;
    decode(x, p, html);
    return emit_page(x, p, sm_buffer_span(&x->utf8), html, emit, err);
}

/* ---- pages from WARC ------------------------------------------------------------------------ */

static void count_faults(sm_extractor *x, unsigned faults)
{
    for (unsigned bit = 0; bit < SM_HTTP_FAULTS; bit++)
        x->counts.http_faults[bit] += faults >> bit & 1;
}

static int map_http(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_http http;
    sm_http_read(p->record->body, x->options.max, sm_emit_arena(emit), &http);
    count_faults(x, http.faults);
    if (http.status != 200 && http.status != 0)
        return sm_emit_drop(emit, p->record->name, (sm_span){0}, "http-status", http.status,
                            200);
    if (http.faults & SM_HTTP_OTHER_CODING)
        return sm_emit_bad(emit, "unsupported-coding", "Content-Encoding is not read");
    p->body = http.body;
    p->type = sm_http_header(http.head, "content-type");
    return map_bytes(x, p, emit, err);
}

/* ---- documents with `text`, `messages` or `html` ------------------------------------------------- */

/* Which of them it has: `html` is read where there is no text yet. */
static const char *parse_document(sm_doc *doc, bool *html)
{
    const sm_doc fresh = *doc;
    const char *kind = NULL, *why = NULL;
    size_t at = 0;
    if (sm_doc_parse(doc, "text", &kind, &at) == 1 || strcmp(kind, "no-text") != 0) return kind;
    *doc = fresh;
    *html = sm_doc_parse(doc, "html", &why, &at) == 1;
    return *html ? NULL : kind;
}

/* Unlike a page, a document keeps all its other fields. */
static int map_json(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_doc doc = {.record = p->record->body, .arena = sm_emit_arena(emit)};
    const sm_message *messages = NULL;
    sm_span text;
    bool html = false;
    const char *bad = parse_document(&doc, &html);
    if (bad) return sm_emit_bad(emit, bad, bad);
    if (sm_doc_messages(&doc, &messages)) return sm_emit_as_read(emit, &doc);
    (void)sm_doc_field_string(&doc, "url", &p->url);
    SM_TRY(render(x, p, sm_doc_text(&doc), html, doc.arena, &text, err));
    if (!text.n) return sm_emit_drop_as_read(emit, &doc, "no-text", 0, 1);

    add_metadata(x, p, &doc);
    sm_buffer_clear(&x->json);
    sm_json_quote(&x->json, text);
    if (html)
        sm_doc_replace_text(&doc, "text", sm_buffer_span(&x->json));
    else
        sm_doc_set_text(&doc, text);
    return sm_emit_as_read(emit, &doc);
}

/* ---- any record ----------------------------------------------------------------------------- */

int sm_extractor_map(sm_extractor *x, const sm_record *record, sm_emit *emit, sm_error *err)
{
    const page_source *source = record->user;
    page p = {.record = record,
              .source = source,
              .body = record->body,
              .type = source->type,
              .url = source->url,
              .date = source->date};
    if (source->kind == SM_SOURCE_JSONL) return map_json(x, &p, emit, err);
    if (source->is_http) return map_http(x, &p, emit, err);
    return map_bytes(x, &p, emit, err);
}

static void put_counts(sm_buffer *json, const char *key, const uint64_t *counts, size_t n,
                       const char *(*name)(unsigned))
{
    sm_json_key(json, key);
    sm_json_open(json, '{');
    for (unsigned i = 0; i < n; i++) {
        if (!counts[i]) continue;
        sm_json_put_uint(json, name(i), counts[i]);
    }
    sm_json_close(json, '}');
}

static const char *charset_name(unsigned i)
{
    return sm_charset_name((sm_charset)i);
}

static const char *charset_source_name(unsigned i)
{
    return sm_charset_source_name((sm_charset_source)i);
}

void sm_extract_report(const sm_extract_counts *counts, const sm_container_counts *containers,
                       sm_buffer *json)
{
    const struct {
        const char *key;
        uint64_t value;
    } single[] = {{"html_bytes", counts->html_bytes},
                  {"replaced_characters", counts->replaced},
                  {"fell_back", counts->fell_back},
                  {"passed_over", containers->passed_over},
                  {"lost_sync", containers->lost_sync},
                  {"wrong_length", containers->wrong_length},
                  {"cut_by_writer", containers->cut_by_writer}};
    put_counts(json, "charsets", counts->charsets, SM_CHARSETS, charset_name);
    put_counts(json, "charset_from", counts->charset_sources, SM_CHARSET_SOURCES,
               charset_source_name);
    put_counts(json, "http_faults", counts->http_faults, SM_HTTP_FAULTS, sm_http_fault_name);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        sm_json_put_uint(json, single[i].key, single[i].value);
    }
}
