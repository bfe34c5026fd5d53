/* A page of a MediaWiki dump: see seimai/wikitext.h.
 * SPDX-License-Identifier: MIT
 *
 * The export format is plain: elements without prefixes, no CDATA, all text with the five entities of XML and numbers.
 * So a page is read by a scanner of its tags rather than by a parser of XML. */
#include <seimai/html.h>

#include <string.h>
#include <strings.h>

#include "wikitext_internal.h"

/* ---- entities ---------------------------------------------------------------------------------------- */

/* Text of XML with its entities undone; the very bytes where there are none. */
static sm_span decode(sm_span xml, sm_arena *arena)
{
    if (!xml.n || !memchr(xml.p, '&', xml.n)) return xml;
    /* A reference of two characters may be longer than its name, but not by half. */
    char *to = sm_arena_alloc(arena, 2 * xml.n), *const start = to;
    while (xml.n) {
        const char *amp = memchr(xml.p, '&', xml.n);
        const size_t plain = amp ? (size_t)(amp - xml.p) : xml.n;
        memcpy(to, xml.p, plain);
        to += plain;
        xml = sm_span_from(xml, plain);
        if (!xml.n) break;
        size_t n = 1;
        char utf8[8] = "&";
        const size_t taken = sm_html_reference(xml, false, utf8, &n);
        memcpy(to, utf8, n);
        to += n;
        xml = sm_span_from(xml, taken ? taken : 1);
    }
    return (sm_span){start, (size_t)(to - start)};
}

/* ---- elements ---------------------------------------------------------------------------------------- */

typedef struct element {
    sm_span name; /* with its `/` */
    bool empty;   /* <name/> */
    sm_span text; /* up to the next tag */
} element;

/* Takes the next tag and the text behind it; false if there is none. */
static bool next_element(sm_span *xml, element *e)
{
    const char *less = xml->n ? memchr(xml->p, '<', xml->n) : NULL;
    const char *more = less ? memchr(less, '>', xml->n - (size_t)(less - xml->p)) : NULL;
    if (!more) return false;
    size_t n = 0;
    while (less + 1 + n < more && !strchr(" \t\r\n", less[1 + n]))
        n++;
    e->empty = more[-1] == '/';
    e->name = (sm_span){less + 1, n - (e->empty && less + 1 + n == more)};
    *xml = (sm_span){more + 1, xml->n - (size_t)(more + 1 - xml->p)};
    const char *next = xml->n ? memchr(xml->p, '<', xml->n) : NULL;
    e->text = (sm_span){xml->p, next ? (size_t)(next - xml->p) : xml->n};
    return true;
}

/* Which of the page's fields an element is; NULL for others. */
static sm_span *field(sm_wiki_page *page, sm_span name, bool in_revision)
{
    const struct {
        const char *name;
        bool in_revision;
        sm_span *value;
    } fields[] = {{"title", false, &page->title},
                  {"ns", false, &page->ns},
                  {"id", false, &page->id},
                  {"id", true, &page->revision},
                  {"timestamp", true, &page->timestamp},
                  {"model", true, &page->model},
                  {"text", true, &page->text}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].in_revision == in_revision &&
            sm_span_equal(name, sm_span_of(fields[i].name)))
            return fields[i].value;
    return NULL;
}

static bool begins_with(sm_span s, const char *word)
{
    const size_t n = strlen(word);
    return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

static bool is_redirect(sm_span text)
{
    const sm_span s = wiki_trim(text);
    return begins_with(s, "#redirect") || begins_with(s, "#転送") || begins_with(s, "＃転送") ||
           begins_with(s, "#リダイレクト");
}

/* Where in a page's XML the scanner is. */
typedef struct place {
    bool in_revision, in_contributor, whole;
} place;

static void take(sm_wiki_page *page, const element *e, place *at, sm_arena *arena)
{
    const bool close = e->name.n && *e->name.p == '/';
    const sm_span name = close ? sm_span_from(e->name, 1) : e->name;
    if (sm_span_equal(name, SM_SPAN("page"))) at->whole = close;
    if (sm_span_equal(name, SM_SPAN("revision"))) at->in_revision = !close;
    if (sm_span_equal(name, SM_SPAN("contributor"))) at->in_contributor = !close && !e->empty;
    if (sm_span_equal(name, SM_SPAN("redirect"))) page->redirect = true;
    sm_span *value = close || at->in_contributor ? NULL : field(page, name, at->in_revision);
    if (value) *value = e->empty ? SM_SPAN("") : decode(e->text, arena);
}

int sm_wiki_page_read(sm_span xml, sm_arena *arena, sm_wiki_page *page, sm_error *err)
{
    element e;
    place at = {0};
    *page = (sm_wiki_page){0};
    while (next_element(&xml, &e))
        take(page, &e, &at, arena);
    if (!at.whole) SM_FAIL(err, SM_EFORMAT, "wiki page without </page>");
    if (!page->title.n) SM_FAIL(err, SM_EFORMAT, "wiki page without a title");
    if (!page->text.p) SM_FAIL(err, SM_EFORMAT, "wiki page without text");
    if (!page->ns.n) page->ns = SM_SPAN("0");
    page->redirect |= is_redirect(page->text);
    return 0;
}

/* ---- addresses --------------------------------------------------------------------------------------- */

sm_span sm_wiki_url(sm_span base, sm_span title, sm_arena *arena)
{
    static const char hex[] = "0123456789ABCDEF";
    while (base.n && base.p[base.n - 1] != '/')
        base.n--;
    if (!base.n) return base;
    char *to = sm_arena_alloc(arena, base.n + 3 * title.n), *const start = to;
    memcpy(to, base.p, base.n);
    to += base.n;
    for (size_t i = 0; i < title.n; i++) {
        const unsigned char c = (unsigned char)title.p[i];
        const bool plain = c > ' ' && c < 0x7F && !strchr("\"%<>?\\^`{|}#[]&+=", c);
        if (plain || c == ' ') {
            *to++ = c == ' ' ? '_' : (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    return (sm_span){start, (size_t)(to - start)};
}
