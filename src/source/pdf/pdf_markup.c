/* pdftotext's markup to words: see pdf_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * It is XHTML of one shape: <page width height>, <flow>, <block>, <line>, <word xMin yMin xMax yMax>text</word>. Only pages
 * and words are looked at. */
#include <seimai/html.h>
#include <seimai/normalize.h>
#include <seimai/utf8.h>

#include <stdlib.h>

#include "pdf_internal.h"

/* ---- tags ------------------------------------------------------------------------------------------- */

/* Takes the next tag: what stands between `<` and `>`. False if there is none. */
static bool next_tag(sm_span *markup, sm_span *tag)
{
    const char *less = markup->n ? memchr(markup->p, '<', markup->n) : NULL;
    const size_t left = less ? markup->n - (size_t)(less - markup->p) : 0;
    const char *more = less ? memchr(less, '>', left) : NULL;
    if (!more) return false;
    *tag = (sm_span){less + 1, (size_t)(more - less) - 1};
    *markup = (sm_span){more + 1, markup->n - (size_t)(more + 1 - markup->p)};
    return true;
}

static const char *find(sm_span s, sm_span mark)
{
    for (size_t i = 0; i + mark.n <= s.n; i++)
        if (memcmp(s.p + i, mark.p, mark.n) == 0) return s.p + i;
    return NULL;
}

/* The value of `name="…"` in a tag; `mark` is name and `="`. Empty if it is not there. */
static sm_span attribute(sm_span tag, sm_span mark)
{
    const char *at = find(tag, mark);
    if (!at) return (sm_span){0};
    const sm_span rest = sm_span_from(tag, (size_t)(at - tag.p) + mark.n);
    const char *quote = rest.n ? memchr(rest.p, '"', rest.n) : NULL;
    return quote ? (sm_span){rest.p, (size_t)(quote - rest.p)} : (sm_span){0};
}

/* A decimal number; what is none, or out of reason, is 0. */
static double number(sm_span s)
{
    enum { LIMIT = 1000000 };
    const bool negative = s.n && *s.p == '-';
    double value = 0, unit = 1;
    bool fraction = false;
    for (size_t i = negative; i < s.n; i++) {
        if (s.p[i] == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9' || value > LIMIT) return 0;
        if (fraction) unit /= 10;
        value = fraction ? value + unit * (s.p[i] - '0') : value * 10 + (s.p[i] - '0');
    }
    return negative ? -value : value;
}

/* ---- characters ------------------------------------------------------------------------------------- */

/* Marks of vertical writing as they are written across (Unicode has them from FE10 on). */
static uint32_t across(uint32_t c)
{
    static const uint16_t from_fe10[] = {0xFF0C, 0x3001, 0x3002, 0xFF1A, 0xFF1B,
                                         0xFF01, 0xFF1F, 0x3016, 0x3017, 0x2026};
    static const uint16_t from_fe30[] = {
        0x2025, 0x2014, 0x2013, 0xFF3F, 0xFE4F, 0xFF08, 0xFF09, 0xFF5B, 0xFF5D, 0x3014, 0x3015,
        0x3010, 0x3011, 0x300A, 0x300B, 0x3008, 0x3009, 0x300C, 0x300D, 0x300E, 0x300F};
    if (c >= 0xFE10 && c < 0xFE10 + sizeof from_fe10 / sizeof *from_fe10)
        return from_fe10[c - 0xFE10];
    if (c >= 0xFE30 && c < 0xFE30 + sizeof from_fe30 / sizeof *from_fe30)
        return from_fe30[c - 0xFE30];
    return c;
}

/* Radicals for ideographs, and ligatures: artefacts of fonts. */
static bool is_artefact(uint32_t c)
{
    return (c >= 0x2F00 && c <= 0x2FD5) || (c >= 0xFB00 && c <= 0xFB06);
}

static bool needs_care(sm_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char b = (unsigned char)s.p[i];
        if (b == 0xEF || b < ' ' ||
            (b == 0xE2 && i + 1 < s.n && (unsigned char)s.p[i + 1] >= 0xBC))
            return true;
    }
    return false;
}

static void put_char(sm_buffer *out, uint32_t c, sm_arena *arena)
{
    char utf8[4];
    sm_span one = {utf8, sm_utf8_put(across(c), utf8)};
    if (c < ' ') return;
    if (is_artefact(c) && sm_normalize(SM_FORM_NFKC, one, arena, &one, NULL) < 0) return;
    sm_buffer_put(out, one);
}

/* A word as it is to be written. */
static sm_span clean(sm_span word, sm_arena *arena)
{
    if (!needs_care(word)) return word;
    sm_buffer out = sm_buffer_make(8 * word.n + 16);
    const unsigned char *p = (const unsigned char *)word.p;
    while ((const char *)p < word.p + word.n)
        put_char(&out, sm_utf8_step(&p), arena);
    const sm_span copy = sm_arena_copy(arena, sm_buffer_span(&out));
    sm_buffer_free(&out);
    return copy;
}

uint32_t pdf_first(sm_span text)
{
    const char *p = text.p;
    return text.n ? sm_utf8_next(&p, text.p + text.n) : 0;
}

uint32_t pdf_last(sm_span text)
{
    size_t n = text.n;
    while (n > 0 && ((unsigned char)text.p[n - 1] & 0xC0) == 0x80)
        n--;
    return n ? pdf_first(sm_span_from(text, n - 1)) : 0;
}

bool pdf_is_small(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}

bool pdf_ends_sentence(uint32_t c)
{
    return c == '.' || c == '!' || c == '?' || c == ':' || c == 0x3002 || c == 0xFF0E ||
           c == 0xFF01 || c == 0xFF1F || c == 0x300D || c == 0xFF1A;
}

/* ---- pages ------------------------------------------------------------------------------------------ */

static pdf_box box_of(sm_span tag)
{
    const pdf_box b = {
        number(attribute(tag, SM_SPAN("xMin=\""))), number(attribute(tag, SM_SPAN("yMin=\""))),
        number(attribute(tag, SM_SPAN("xMax=\""))), number(attribute(tag, SM_SPAN("yMax=\"")))};
    return (pdf_box){b.x0, b.y0, b.x1 > b.x0 ? b.x1 : b.x0, b.y1 > b.y0 ? b.y1 : b.y0};
}

static void add_word(pdf_page *page, sm_span tag, sm_span markup, sm_arena *arena)
{
    const char *end = markup.n ? memchr(markup.p, '<', markup.n) : NULL;
    const sm_span text = clean((sm_span){markup.p, end ? (size_t)(end - markup.p) : 0}, arena);
    const pdf_box box = box_of(tag);
    if (!text.n) return;
    page->words = sm_array_grow(page->words, page->n, &page->cap, sizeof *page->words);
    page->words[page->n] =
        (pdf_word){.box = box, .top = box.y0, .text = text, .rank = (uint32_t)page->n};
    page->n++;
}

/* Most of the text stands in words that are taller than wide. */
static bool is_vertical(const pdf_page *page)
{
    size_t down = 0, all = 0;
    for (size_t i = 0; i < page->n; i++) {
        const pdf_box *b = &page->words[i].box;
        const size_t n = sm_utf8_count(page->words[i].text);
        all += n;
        if (n > 1 && b->y1 - b->y0 > 1.5 * (b->x1 - b->x0)) down += n;
    }
    return 2 * down > all;
}

static void exchange_axes(pdf_page *page)
{
    for (size_t i = 0; i < page->n; i++) {
        pdf_box *b = &page->words[i].box;
        *b = (pdf_box){b->y0, page->width - b->x1, b->y1, page->width - b->x0};
    }
}

bool pdf_next_page(sm_span *markup, sm_arena *arena, pdf_page *page)
{
    sm_span tag;
    bool inside = false;
    page->n = 0;
    while (next_tag(markup, &tag)) {
        if (sm_span_starts(tag, SM_SPAN("page "))) {
            inside = true;
            page->width = number(attribute(tag, SM_SPAN("width=\"")));
            page->height = number(attribute(tag, SM_SPAN("height=\"")));
        } else if (inside && sm_span_starts(tag, SM_SPAN("word "))) {
            add_word(page, tag, *markup, arena);
        } else if (inside && sm_span_equal(tag, SM_SPAN("/page"))) {
            break;
        }
    }
    page->vertical = is_vertical(page);
    if (page->vertical) exchange_axes(page);
    return inside;
}

/* ---- the head --------------------------------------------------------------------------------------- */

/* References undone, for metadata. */
static sm_span unescape(sm_span s, sm_arena *arena)
{
    /* A reference of two characters may be longer than its name, but not by half. */
    char *to = sm_arena_alloc(arena, 2 * s.n + 1), *const start = to;
    while (s.n) {
        size_t n = 1;
        char utf8[8] = {*s.p};
        const size_t taken = *s.p == '&' ? sm_html_reference(s, false, utf8, &n) : 0;
        memcpy(to, utf8, n);
        to += n;
        s = sm_span_from(s, taken ? taken : 1);
    }
    return (sm_span){start, (size_t)(to - start)};
}

/* What programs write where nobody gave a title or a name. */
static sm_span unless_void(sm_span s)
{
    static const char *const nothing[] = {"untitled", "unspecified", "anonymous",
                                          "unknown",  "Untitled",    "Unknown"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        if (sm_span_equal(s, sm_span_of(nothing[i]))) return (sm_span){0};
    return s;
}

void pdf_read_head(sm_span markup, sm_arena *arena, sm_pdf *pdf)
{
    sm_span tag;
    *pdf = (sm_pdf){0};
    while (next_tag(&markup, &tag) && !sm_span_equal(tag, SM_SPAN("/head"))) {
        const sm_span name = attribute(tag, SM_SPAN("name=\""));
        const sm_span content = attribute(tag, SM_SPAN("content=\""));
        if (sm_span_equal(tag, SM_SPAN("title"))) {
            const char *end = markup.n ? memchr(markup.p, '<', markup.n) : NULL;
            const sm_span title = {markup.p, end ? (size_t)(end - markup.p) : 0};
            pdf->title = unless_void(unescape(title, arena));
        }
        if (sm_span_equal(name, SM_SPAN("Author")))
            pdf->author = unless_void(unescape(content, arena));
        if (sm_span_equal(name, SM_SPAN("CreationDate"))) pdf->date = content;
    }
}
