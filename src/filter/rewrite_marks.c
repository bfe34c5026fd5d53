/* Steps that take marks, links and brackets out of a text, or replace them.
 * SPDX-License-Identifier: MIT */
#include "rewrite_internal.h"

#include <seimai/category.h>
#include <seimai/utf8.h>
#include <string.h>

/* A text with a place in it, read forwards. */
typedef struct reader {
    const char *start, *p, *end;
} reader;

static reader read_from(sm_span text)
{
    return (reader){text.p, text.p, text.p + text.n};
}

static size_t offset(const reader *r)
{
    return (size_t)(r->p - r->start);
}

/* ---- Swallow's punctuation --------------------------------------------------------------------- */

enum { COMMA = 0xFF0C, PERIOD = 0xFF0E, TOTEN = 0x3001, KUTEN = 0x3002 };

/* Kana but ー, kanji of the basic plane, and closing brackets: what a mark of Japanese follows. */
static bool is_before_mark(uint32_t c)
{
    static const uint32_t brackets[] = {0xFF09, 0x300D, 0x300F, 0xFF3D,
                                        0x3015, 0x3011, 0x3009, 0x300B};
    if ((c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA)) return true;
    if ((c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF)) return true;
    for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++)
        if (c == brackets[i]) return true;
    return c == 0x3005 || c == 0x3007 || c == 0x303B;
}

/* How often each mark, run or single, follows a character of Japanese. */
typedef struct mark_counts {
    size_t toten, comma, kuten, period;
} mark_counts;

static mark_counts count_marks(sm_span text)
{
    mark_counts out = {0};
    uint32_t before = 0;
    for (reader r = read_from(text); r.p < r.end;) {
        const uint32_t c = sm_utf8_next(&r.p, r.end);
        const bool follows =
            (c == TOTEN || c == COMMA || c == KUTEN || c == PERIOD) && is_before_mark(before);
        out.toten += follows && c == TOTEN;
        out.comma += follows && c == COMMA;
        out.kuten += follows && c == KUTEN;
        out.period += follows && c == PERIOD;
        before = c;
    }
    return out;
}

/* Full-width digits and letters, and ^, which stands in the original's class by accident. */
static bool keeps_mark(uint32_t c)
{
    return (c >= 0xFF10 && c <= 0xFF19) || (c >= 0xFF21 && c <= 0xFF3A) ||
           (c >= 0xFF41 && c <= 0xFF5A) || c == '^';
}

/* ([^…])(m+): one character that does not keep its mark, be it a mark itself, and all that follow it are replaced. */
static sm_span replace_mark(sm_span text, sm_arena *arena, uint32_t mark, sm_span by)
{
    sm_cut cut = {.text = text, .arena = arena};
    bool open = false; /* the character before lets marks be replaced */
    for (reader r = read_from(text); r.p < r.end;) {
        const size_t at = offset(&r);
        const uint32_t c = sm_utf8_next(&r.p, r.end);
        if (c == mark && open)
            sm_cut_put(&cut, at, offset(&r), by);
        else
            open = !keeps_mark(c);
    }
    return sm_cut_end(&cut);
}

int sm_step_punctuation(sm_rewriting *r, sm_error *err)
{
    (void)err;
    sm_span *const text = &r->subject.text;
    const mark_counts counts = count_marks(*text);
    if (counts.toten < counts.comma)
        *text = replace_mark(*text, r->arena, COMMA, SM_SPAN("、"));
    if (counts.kuten < counts.period)
        *text = replace_mark(*text, r->arena, PERIOD, SM_SPAN("。"));
    return SM_OK;
}

/* ---- llm-jp's links and runs --------------------------------------------------------------------- */

/* \w of Python's regex: kana and kanji too, so that text glued to a link goes with it. */
static bool is_word_character(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
    if (sm_category_in(c, SM_IN_L | SM_IN_M | 1u << SM_ND | 1u << SM_NL | 1u << SM_PC))
        return true;
    return c == 0x200C || c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) ||
           (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
           (c >= 0x1F170 && c <= 0x1F189);
}

static bool is_link_character(uint32_t c)
{
    return is_word_character(c) || (c < 0x80 && c != 0 && strchr("/:%#$&?()~.=+-", (int)c));
}

/* The end of https?://[…]+ that begins at p, or NULL. */
static const char *link_end(const char *p, const char *end)
{
    static const char http[] = "http";
    if ((size_t)(end - p) < 8 || memcmp(p, http, 4) != 0) return NULL;
    p += 4 + (p[4] == 's');
    if ((size_t)(end - p) < 4 || memcmp(p, "://", 3) != 0) return NULL;
    const char *const start = p += 3;
    for (const char *next = p; next < end; p = next)
        if (!is_link_character(sm_utf8_next(&next, end))) break;
    return p > start ? p : NULL;
}

int sm_step_urls(sm_rewriting *r, sm_error *err)
{
    (void)err;
    const sm_span text = r->subject.text;
    sm_cut cut = {.text = text, .arena = r->arena};
    const char *p = text.p;
    const char *const end = text.p + text.n;
    while (p < end && (p = memchr(p, 'h', (size_t)(end - p))) != NULL) {
        const char *const after = link_end(p, end);
        if (after)
            sm_cut_put(&cut, (size_t)(p - text.p), (size_t)(after - text.p), (sm_span){0});
        p = after ? after : p + 1;
    }
    r->subject.text = sm_cut_end(&cut);
    return SM_OK;
}

/* Runs do not cross lines: llm-jp asks line by line. */
int sm_step_ascii_runs(sm_rewriting *r, sm_error *err)
{
    enum { RUN = 100 };
    (void)err;
    const sm_span text = r->subject.text;
    sm_cut cut = {.text = text, .arena = r->arena};
    for (size_t at = 0, end = 0; at < text.n; at = end + 1) {
        for (end = at; end < text.n && (unsigned char)text.p[end] < 0x80; end++)
            if (text.p[end] == '\n') break;
        if (end - at >= RUN) sm_cut_put(&cut, at, end, (sm_span){0});
    }
    r->subject.text = sm_cut_end(&cut);
    return SM_OK;
}

/* ---- brackets ------------------------------------------------------------------------------------ */

/* The two pairs, and what is nothing inside them: white space, commas and semicolons. */
typedef struct pair {
    uint32_t open, close;
    bool wide; /* ，、； too */
} pair;

static bool is_nothing(pair p, uint32_t c)
{
    if (c == ',' || c == ';') return true;
    if (p.wide && (c == COMMA || c == TOTEN || c == 0xFF1B)) return true;
    return sm_is_white_space(c);
}

/* Takes nothings out behind opening brackets and before closing ones. */
static sm_span trim_inside(sm_span text, sm_arena *arena, pair p)
{
    sm_cut cut = {.text = text, .arena = arena};
    uint32_t before = 0; /* the last character that is something */
    size_t from = 0;     /* where the nothings behind it begin */
    for (reader r = read_from(text); r.p < r.end;) {
        const size_t at = offset(&r);
        const uint32_t c = sm_utf8_next(&r.p, r.end);
        if (is_nothing(p, c)) continue;
        if (at > from && (before == p.open || c == p.close))
            sm_cut_put(&cut, from, at, (sm_span){0});
        before = c;
        from = offset(&r);
    }
    if (before == p.open && from < text.n) sm_cut_put(&cut, from, text.n, (sm_span){0});
    return sm_cut_end(&cut);
}

/* Takes empty pairs out; of the narrow ones with one white space before. */
static sm_span take_empty(sm_span text, sm_arena *arena, pair p)
{
    sm_cut cut = {.text = text, .arena = arena};
    uint32_t before = 0;
    size_t open = 0, blank = SIZE_MAX; /* blank: where a white space just before begins */
    for (reader r = read_from(text); r.p < r.end;) {
        const size_t at = offset(&r);
        const uint32_t c = sm_utf8_next(&r.p, r.end);
        if (c == p.open) open = blank != SIZE_MAX && !p.wide ? blank : at;
        if (c == p.close && before == p.open) sm_cut_put(&cut, open, offset(&r), (sm_span){0});
        before = c;
        blank = sm_is_white_space(c) ? at : SIZE_MAX;
    }
    return sm_cut_end(&cut);
}

int sm_step_parentheses(sm_rewriting *r, sm_error *err)
{
    static const pair pairs[] = {{0xFF08, 0xFF09, true}, {'(', ')', false}};
    (void)err;
    for (size_t i = 0; i < 2; i++) {
        r->subject.text = trim_inside(r->subject.text, r->arena, pairs[i]);
        r->subject.text = take_empty(r->subject.text, r->arena, pairs[i]);
    }
    return SM_OK;
}

/* The end of a citation that begins with the bracket at p, or NULL. */
static const char *citation_end(const char *p, const char *end)
{
    static const char *const words[] = {"[edit]", "[citation needed]"};
    for (size_t i = 0; i < 2; i++)
        if (sm_span_starts((sm_span){p, (size_t)(end - p)}, sm_span_of(words[i])))
            return p + strlen(words[i]);
    for (p++; p < end && *p >= '0' && *p <= '9'; p++)
        ;
    return p < end && *p == ']' ? p + 1 : NULL;
}

int sm_step_citations(sm_rewriting *r, sm_error *err)
{
    (void)err;
    const sm_span text = r->subject.text;
    sm_cut cut = {.text = text, .arena = r->arena};
    const char *p = text.p;
    const char *const end = text.p + text.n;
    while (p < end && (p = memchr(p, '[', (size_t)(end - p))) != NULL) {
        const char *const after = citation_end(p, end);
        if (after)
            sm_cut_put(&cut, (size_t)(p - text.p), (size_t)(after - text.p), (sm_span){0});
        p = after ? after : p + 1;
    }
    r->subject.text = sm_cut_end(&cut);
    return SM_OK;
}
