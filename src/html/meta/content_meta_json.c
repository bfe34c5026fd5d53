/* JSON-LD (schema.org): what a page's scripts say about it. See content_meta.h.
 * SPDX-License-Identifier: MIT
 *
 * Read as it comes, without a tree and without complaint: pages hold JSON with raw line ends, lost commas, comments
 * around it and cut ends, and what can be read of it is still true. Values are strings; numbers and literals are
 * passed over. Objects deeper than DEPTH are passed over as well. */
#include <seimai/utf8.h>

#include <string.h>

#include "content_internal.h"

enum { DEPTH = 16, KEY_BYTES = 24 };

/* What is kept of an object until it ends and its type is known. Spans are raw: escapes are undone when used. */
typedef struct thing {
    char key[KEY_BYTES + 1]; /* in its parent; an array hands its own key down */
    bool is_array;
    uint32_t types; /* SM_PAGE_LD_… */
    bool is_site;   /* WebSite, Organization: its name is the site's */
    bool is_part;   /* BreadcrumbList, Comment …: says nothing about the page */
    sm_span name, headline, published, description, license, lang;
} thing;

typedef struct reader {
    sm_content *c;
    const char *p, *end;
    thing things[DEPTH];
    size_t depth;            /* of the open objects and arrays, beyond DEPTH too */
    char key[KEY_BYTES + 1]; /* of the value that comes next */
} reader;

/* ---- strings ------------------------------------------------------------------------------ */

/* The raw inside of the string that begins at r->p. */
static sm_span read_string(reader *r)
{
    const char *from = ++r->p;
    while (r->p < r->end && *r->p != '"')
        r->p += 1 + (*r->p == '\\' && r->p + 1 < r->end);
    const sm_span raw = {from, (size_t)(r->p - from)};
    if (r->p < r->end) r->p++;
    return raw;
}

static bool read_hex(const char *p, const char *end, uint32_t *value)
{
    *value = 0;
    if (end - p < 4) return false;
    for (int i = 0; i < 4; i++) {
        const char low = (char)(p[i] | 0x20);
        const bool digit = sm_is_digit(p[i]), letter = low >= 'a' && low <= 'f';
        if (!digit && !letter) return false;
        *value = *value << 4 | (uint32_t)(digit ? p[i] - '0' : low - 'a' + 10);
    }
    return true;
}

/* \uXXXX at p[1], with the low half of a surrogate pair. Gives the length of what was read. */
static size_t read_unicode(const char *p, const char *end, uint32_t *ch)
{
    uint32_t low;
    if (!read_hex(p + 2, end, ch)) return 2;
    const bool pair =
        *ch >= 0xD800 && *ch < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u';
    if (!pair || !read_hex(p + 8, end, &low) || low < 0xDC00 || low > 0xDFFF) return 6;
    *ch = 0x10000 + ((*ch - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

/* An escape becomes a character; a line end or a tab becomes a blank. */
static const char *put_escape(const char *p, const char *end, sm_buffer *out)
{
    char utf8[4];
    uint32_t ch;
    if (end - p < 2) return end;
    if (p[1] == 'u') {
        const size_t n = read_unicode(p, end, &ch);
        if (n > 2) sm_buffer_put(out, (sm_span){utf8, sm_utf8_put(ch, utf8)});
        return p + n;
    }
    sm_buffer_putc(out, strchr("nrtbf", p[1]) ? ' ' : p[1]);
    return p + 2;
}

/* References too: they have no place in JSON, and are often there. */
static const char *put_reference(const char *p, const char *end, sm_buffer *out)
{
    char utf8[8];
    size_t n = 0;
    const size_t length = sm_html_reference((sm_span){p, (size_t)(end - p)}, false, utf8, &n);
    sm_buffer_put(out, length ? (sm_span){utf8, n} : (sm_span){p, 1});
    return p + (length ? length : 1);
}

static sm_span text_of(reader *r, sm_span raw)
{
    enum { TEXT_BYTES = 8 << 10 };
    sm_buffer out = sm_buffer_make(TEXT_BYTES);
    for (const char *p = raw.p, *end = p + raw.n; p < end && !out.overflow;) {
        if (*p == '\\')
            p = put_escape(p, end, &out);
        else if (*p == '&')
            p = put_reference(p, end, &out);
        else
            sm_buffer_putc(&out, *p++);
    }
    const sm_span text = sm_arena_copy(&r->c->kept, sm_buffer_span(&out));
    sm_buffer_free(&out);
    return text;
}

/* ---- types -------------------------------------------------------------------------------- */

static bool contains(sm_span text, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++)
        if (sm_is_word((sm_span){text.p + i, n}, word)) return true;
    return false;
}

static void on_type(reader *r, thing *t, sm_span type)
{
    static const struct {
        const char *part;
        uint32_t fact;
    } types[] = {{"article", SM_PAGE_LD_ARTICLE}, {"blogposting", SM_PAGE_LD_ARTICLE},
                 {"itemlist", SM_PAGE_LD_LIST},   {"collectionpage", SM_PAGE_LD_LIST},
                 {"faqpage", SM_PAGE_LD_FAQ},     {"discussion", SM_PAGE_LD_FORUM},
                 {"qapage", SM_PAGE_LD_FORUM},    {"organization", SM_PAGE_LD_ORGANIZATION},
                 {"webpage", SM_PAGE_LD_WEBPAGE}};
    static const char *const parts[] = {"breadcrumblist", "comment",  "answer",      "review",
                                        "offer",          "listitem", "imageobject", "person"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (contains(type, types[i].part)) t->types |= types[i].fact;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (sm_is_word(type, parts[i])) t->is_part = true;
    if (sm_span_equal(type, SM_SPAN("Product"))) {
        t->types |= SM_PAGE_LD_PRODUCT;
        r->c->page.ld_products++;
    }
    if (sm_is_word(type, "website")) t->is_site = true;
}

/* ---- values ------------------------------------------------------------------------------- */

static bool is_author_key(const char *key)
{
    return !strcmp(key, "author") || !strcmp(key, "creator");
}

static void on_string(reader *r, sm_span raw)
{
    if (r->depth == 0 || r->depth > DEPTH) return;
    thing *t = &r->things[r->depth - 1];
    const struct {
        const char *key;
        sm_span *slot;
    } slots[] = {{"name", &t->name},
                 {"headline", &t->headline},
                 {"datePublished", &t->published},
                 {"description", &t->description},
                 {"license", &t->license},
                 {"inLanguage", &t->lang}};
    const char *key = t->is_array ? t->key : r->key;
    if (!strcmp(key, "@type")) {
        /* An array of types belongs to the object that it stands in. */
        thing *owner = t->is_array && r->depth > 1 ? t - 1 : t;
        on_type(r, owner, raw);
    }
    if (is_author_key(key) && !t->is_part)
        sm_meta_note(r->c, META_AUTHOR, RANK_LINKED, text_of(r, raw));
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (!t->is_array && !strcmp(key, slots[i].key) && !slots[i].slot->n)
            *slots[i].slot = raw;
}

/* Whether an object is a part of a comment, a review or a list, which have authors and dates of their own. */
static bool is_inside_part(const reader *r)
{
    for (size_t i = 0; i < r->depth && i < DEPTH; i++) {
        const thing *t = &r->things[i];
        if ((t->is_part && !is_author_key(t->key)) || t->types & SM_PAGE_LD_LIST ||
            !strcmp(t->key, "comment") || !strcmp(t->key, "review") ||
            !strcmp(t->key, "suggestedAnswer") || !strcmp(t->key, "itemListElement"))
            return true;
    }
    return false;
}

/* An object is complete: what does it say? */
static void on_object(reader *r, const thing *t)
{
    sm_content *c = r->c;
    c->page.facts |= t->types;
    if (is_author_key(t->key) && t->name.n && !is_inside_part(r))
        sm_meta_note(c, META_AUTHOR, RANK_LINKED, text_of(r, t->name));
    if (!strcmp(t->key, "publisher") && t->name.n)
        sm_meta_note(c, META_SITE, RANK_META, text_of(r, t->name));
    if (t->is_site && t->name.n) sm_meta_note(c, META_SITE, RANK_LINKED, text_of(r, t->name));
    const uint32_t about_page = SM_PAGE_LD_ARTICLE | SM_PAGE_LD_FORUM | SM_PAGE_LD_WEBPAGE |
                                SM_PAGE_LD_PRODUCT | SM_PAGE_LD_FAQ;
    if (!(t->types & about_page) || is_inside_part(r)) return;
    const bool article = t->types & (SM_PAGE_LD_ARTICLE | SM_PAGE_LD_FORUM);
    const meta_rank rank = article ? RANK_LINKED : RANK_OTHER;
    if (t->headline.n) sm_meta_note(c, META_TITLE, rank, text_of(r, t->headline));
    if (t->published.n) sm_meta_note(c, META_DATE, rank, text_of(r, t->published));
    if (t->description.n)
        sm_meta_note(c, META_DESCRIPTION, RANK_OTHER, text_of(r, t->description));
    if (t->license.n) sm_meta_note(c, META_LICENSE, RANK_LINKED, text_of(r, t->license));
    if (t->lang.n) sm_meta_note(c, META_LANG, RANK_LINKED, text_of(r, t->lang));
}

/* ---- structure ---------------------------------------------------------------------------- */

static void open_thing(reader *r, bool is_array)
{
    if (r->depth < DEPTH) {
        thing *t = &r->things[r->depth];
        const bool inherits = r->depth > 0 && t[-1].is_array;
        char key[KEY_BYTES + 1];
        memcpy(key, inherits ? t[-1].key : r->key, sizeof key);
        *t = (thing){.is_array = is_array};
        memcpy(t->key, key, sizeof key);
    }
    r->depth++;
    r->key[0] = '\0';
}

static void close_thing(reader *r)
{
    if (r->depth == 0) return;
    r->depth--;
    if (r->depth < DEPTH && !r->things[r->depth].is_array) {
        const thing done = r->things[r->depth];
        on_object(r, &done);
    }
    r->key[0] = '\0';
}

static void on_word(reader *r)
{
    const sm_span raw = read_string(r);
    const char *p = r->p;
    while (p < r->end && sm_is_space(*p))
        p++;
    const bool in_array = r->depth > 0 && r->depth <= DEPTH && r->things[r->depth - 1].is_array;
    if (p < r->end && *p == ':' && !in_array) {
        const size_t n = raw.n <= KEY_BYTES ? raw.n : 0;
        memcpy(r->key, raw.p, n);
        r->key[n] = '\0';
        r->p = p + 1;
        return;
    }
    on_string(r, raw);
    r->key[0] = '\0';
}

void sm_meta_json(sm_content *c, sm_span json)
{
    if (!json.n) return;
    reader *r = sm_arena_zalloc(&c->kept, 1, sizeof *r);
    *r = (reader){.c = c, .p = json.p, .end = json.p + json.n};
    while (r->p < r->end) {
        const char ch = *r->p;
        if (ch == '"') {
            on_word(r);
            continue;
        }
        r->p++;
        if (ch == '{' || ch == '[') open_thing(r, ch == '[');
        if (ch == '}' || ch == ']') close_thing(r);
        if (ch == ',') r->key[0] = '\0';
    }
    while (r->depth)
        close_thing(r);
}
