/* From a record to a document: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/normalize.h>

#include <string.h>
#include <strings.h>

#include "epub/xhtml.h"
#include "extractor_internal.h"

sm_extractor *sm_extractor_new(const sm_extract_options *options)
{
    sm_extractor *x = sm_calloc(1, sizeof *x);
    x->options = *options;
    x->content = sm_content_new();
    sm_content_configure(x->content, &options->content);
    sm_content_set_model(x->content, options->model);
    /* One byte of Shift_JIS becomes at most three of UTF-8; Markdown's marks and JSON add their share. */
    x->utf8 = sm_buffer_make(4 * options->max + 16);
    x->text = sm_buffer_make(16 * options->max + 16);
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
    extractor_add_markup(total, &x->counts);
    sm_content_free(x->content);
    sm_buffer_free(&x->utf8);
    sm_buffer_free(&x->text);
    sm_buffer_free(&x->json);
    sm_free(x);
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

/* What the source said already stays. */
static void merge_about(sm_about *known, const sm_about *said)
{
    sm_span *const old[] = {&known->url,         &known->title,  &known->lang,
                            &known->date,        &known->author, &known->site,
                            &known->description, &known->license};
    const sm_span new[] = {said->url,    said->title, said->lang,        said->date,
                           said->author, said->site,  said->description, said->license};
    for (size_t i = 0; i < sizeof new / sizeof *new; i++)
        if (!old[i]->n) *old[i] = new[i];
    known->rights |= said->rights;
}

static void put_page(sm_extractor *x, page *p, sm_span utf8, sm_arena *arena)
{
    static const char *const modes[] = {
        [SM_MODE_MAIN] = "main", [SM_MODE_PRECISE] = "precise", [SM_MODE_FULL] = "full"};
    sm_about about = {0};
    p->parsed = sm_content_parse(x->content, utf8);
    sm_content_set_url(x->content, p->about.url);
    sm_content_select(x->content, p->wanted);
    sm_content_write(x->content, &x->text);
    sm_content_about(x->content, arena, &about);
    merge_about(&p->about, &about);
    p->mode = modes[p->parsed->fell_back ? SM_MODE_FULL : p->wanted];
    p->confidence = p->parsed->confidence;
    x->counts.fell_back += p->parsed->fell_back;
}

int extractor_unify(const sm_extractor *x, sm_span *text, sm_arena *arena, sm_error *err)
{
    if (!x->options.unify) return 0;
    return sm_normalize(SM_FORM_TWINS, *text, arena, text, err);
}

int extractor_render(sm_extractor *x, page *p, sm_span utf8, bool html, sm_arena *arena,
                     sm_span *text, sm_error *err)
{
    sm_buffer_clear(&x->text);
    if (html)
        put_page(x, p, utf8, arena);
    else
        put_plain(&x->text, utf8);
    *text = sm_buffer_span(&x->text);
    SM_TRY(extractor_unify(x, text, arena, err));
    sm_span *const about[] = {&p->about.title, &p->about.author, &p->about.site,
                              &p->about.description};
    for (size_t i = 0; i < sizeof about / sizeof *about; i++)
        SM_TRY(extractor_unify(x, about[i], arena, err));
    return 0;
}

/* A page of blocks without text is one whose content the model did not find. */
const char *extractor_why_empty(const page *p, double *value, double *threshold)
{
    const bool refused = p->parsed && p->parsed->n_blocks;
    *value = refused ? p->confidence : 0;
    *threshold = refused ? 0 : 1;
    return refused ? "no-content" : "no-text";
}

int extractor_emit(sm_extractor *x, page *p, sm_span text, sm_emit *emit)
{
    double value, threshold;
    if (!text.n) {
        const char *rule = extractor_why_empty(p, &value, &threshold);
        return sm_emit_drop(emit, p->name, text, rule, value, threshold);
    }
    sm_emit_document(emit, p->name, text, extractor_metadata(x, p));
    return SM_KEEP;
}

/* ---- pages as bytes ----------------------------------------------------------------------------- */

static bool is_type(sm_span type, const char *name)
{
    const size_t n = strlen(name);
    return type.n >= n && strncasecmp(type.p, name, n) == 0 &&
           (type.n == n || type.p[n] == ';' || is_blank(type.p[n]));
}

static bool is_crawled(const page *p)
{
    return p->source->kind == SM_SOURCE_WARC || p->source->kind == SM_SOURCE_ARC;
}

/* What a page is by its declared type; by its content where the type says nothing. */
static int kind_of_page(const page *p, sm_source_kind *kind)
{
    if (!is_crawled(p)) {
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

sm_span extractor_decode(sm_extractor *x, page *p, bool html)
{
    const sm_span http = sm_http_parameter(p->type, "charset");
    p->charset = sm_charset_choose(p->body, http, html);
    p->decoded = true;
    const sm_span rest = {p->body.p + p->charset.bom, p->body.n - p->charset.bom};
    x->counts.charsets[p->charset.charset]++;
    x->counts.charset_sources[p->charset.source]++;
    if (html) x->counts.html_bytes += p->body.n;
    return sm_charset_text(p->charset.charset, rest, &x->utf8, &x->counts.replaced);
}

/* XML's rules hold where a server says so, and in files that say so themselves; a server that calls such a page
 * text/html is believed, as browsers do. */
static bool is_xhtml(const page *p)
{
    if (is_crawled(p)) return is_type(p->type, "application/xhtml+xml");
    return xhtml_is_declared(p->body);
}

static int map_bytes(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    sm_source_kind kind;
    sm_span text;
    if (kind_of_page(p, &kind) < 0)
        return sm_emit_drop(emit, p->name, (sm_span){0}, "content-type", 0, 0);
    const bool html = kind == SM_SOURCE_HTML;
    sm_span utf8 = extractor_decode(x, p, html);
    if (p->charset.unread)
        return sm_emit_drop(emit, p->name, (sm_span){0}, "unsupported-charset", 0, 0);
    if (html && is_xhtml(p)) utf8 = xhtml_as_html(utf8, sm_emit_arena(emit));
    SM_TRY(extractor_render(x, p, utf8, html, sm_emit_arena(emit), &text, err));
    return extractor_emit(x, p, text, emit);
}

/* ---- pages from a crawl ----------------------------------------------------------------------- */

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
        return sm_emit_drop(emit, p->name, (sm_span){0}, "http-status", http.status, 200);
    if (http.faults & SM_HTTP_OTHER_CODING)
        return sm_emit_bad(emit, "unsupported-coding", "Content-Encoding is not read");
    p->body = http.body;
    p->type = sm_http_header(http.head, "content-type");
    p->about.rights |= extractor_rights_of_http(http.head);
    return map_bytes(x, p, emit, err);
}

static int map_crawled(sm_extractor *x, page *p, sm_emit *emit, sm_error *err)
{
    return p->source->is_http ? map_http(x, p, emit, err) : map_bytes(x, p, emit, err);
}

/* ---- any record ----------------------------------------------------------------------------- */

static map_function *const maps[SM_SOURCES] = {
    [SM_SOURCE_WARC] = map_crawled,
    [SM_SOURCE_ARC] = map_crawled,
    [SM_SOURCE_HTML] = map_bytes,
    [SM_SOURCE_TEXT] = map_bytes,
    [SM_SOURCE_JSONL] = extractor_map_document,
    [SM_SOURCE_WIKI] = extractor_map_wiki,
    [SM_SOURCE_AOZORA] = extractor_map_aozora,
    [SM_SOURCE_PDF] = extractor_map_pdf,
    [SM_SOURCE_EPUB] = extractor_map_epub,
};

int sm_extractor_map(sm_extractor *x, const sm_record *record, sm_emit *emit, sm_error *err)
{
    const page_source *source = record->user;
    page p = {.record = record,
              .source = source,
              .name = record->name,
              .body = record->body,
              .type = source->type,
              .about = {.url = source->url,
                        .title = source->title,
                        .author = source->author,
                        .lang = source->lang,
                        .license = source->license},
              .wanted = x->options.mode,
              .mode = "text",
              .confidence = 1};
    return maps[source->kind](x, &p, emit, err);
}

/* ---- the account ---------------------------------------------------------------------------- */

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
                  {"redirects", containers->redirects},
                  {"other_namespaces", containers->other_namespaces},
                  {"lost_sync", containers->lost_sync},
                  {"wrong_length", containers->wrong_length},
                  {"cut_by_writer", containers->cut_by_writer},
                  {"damaged", containers->damaged},
                  {"missing", containers->missing},
                  {"files", containers->files},
                  {"hidden", containers->hidden}};
    put_counts(json, "charsets", counts->charsets, SM_CHARSETS, charset_name);
    put_counts(json, "charset_from", counts->charset_sources, SM_CHARSET_SOURCES,
               charset_source_name);
    put_counts(json, "http_faults", counts->http_faults, SM_HTTP_FAULTS, sm_http_fault_name);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        sm_json_put_uint(json, single[i].key, single[i].value);
    }
    extractor_report_markup(counts, json);
}
