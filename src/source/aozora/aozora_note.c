/* What the notes of Aozora Bunko say: headings, breaks, emphasis, gaiji; accents. See aozora_internal.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/normalize.h>
#include <seimai/utf8.h>

#include "aozora_internal.h"

/* ---- headings, breaks, emphasis ---------------------------------------------------------------------- */

static bool contains(sm_span s, const char *word)
{
    return sm_span_find(s, sm_span_of(word)) != NULL;
}

/* 大見出し, 中見出し, 小見出し: <h2>, <h3>, <h4>. Those within a line of text are text. */
static int heading_level(sm_span note)
{
    static const char *const names[] = {"大見出し", "中見出し", "小見出し"};
    if (contains(note, "同行") || contains(note, "窓")) return 0;
    for (int i = 0; i < 3; i++)
        if (contains(note, names[i])) return 2 + i;
    return 0;
}

static void heading_note(aozora_line *l, sm_span note, int level)
{
    const bool ends = sm_span_ends(note, SM_SPAN("終わり"));
    if (sm_span_starts(note, SM_SPAN("ここから")))
        l->block_start = level;
    else if (ends && sm_span_starts(note, SM_SPAN("ここで")))
        l->block_end = true;
    else
        l->heading = level;
}

static bool is_break(sm_span note)
{
    static const char *const names[] = {"改ページ", "改丁", "改段", "改見開き"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sm_span_starts(note, sm_span_of(names[i]))) return true;
    return false;
}

/* Two lines of small print in one: in brackets, unless the print had some. */
static void inserted_note(aozora_line *l, bool ends)
{
    const sm_span rest = {l->p, (size_t)(l->end - l->p)};
    const sm_span open = SM_SPAN("（"), close = SM_SPAN("）");
    if (!ends && !sm_span_starts(rest, open)) aozora_put_char(l, 0xFF08);
    if (ends && !sm_span_ends(sm_buffer_span(l->out), close)) aozora_put_char(l, 0xFF09);
}

/* 「…」に傍点: what the line ends with becomes emphatic. */
static void emphasize(aozora_line *l, sm_span note)
{
    const sm_span open = SM_SPAN("「"), close = SM_SPAN("」");
    const char *end = sm_span_find(note, close);
    if (!end || !sm_span_starts(note, open)) return;
    const sm_span text = {note.p + open.n, (size_t)(end - note.p) - open.n};
    if (!text.n || !sm_span_ends(sm_buffer_span(l->out), text)) return;
    const size_t at = l->out->n - text.n;
    const char *const copy = sm_buffer_reserve(l->out, text.n + 16);
    if (!copy) return;
    l->out->n = at;
    sm_buffer_puts(l->out, "<em>");
    sm_buffer_put(l->out, text);
    sm_buffer_puts(l->out, "</em>");
    l->run_start = l->out->n;
}

void aozora_note(aozora_line *l, sm_span note)
{
    const int level = heading_level(note);
    if (level)
        heading_note(l, note, level);
    else if (is_break(note))
        l->page_break = true;
    else if (sm_span_starts(note, SM_SPAN("割り注")))
        inserted_note(l, sm_span_ends(note, SM_SPAN("終わり")));
    else if (l->options->emphasis && !l->plain &&
             (sm_span_ends(note, SM_SPAN("点")) || sm_span_ends(note, SM_SPAN("は太字"))))
        emphasize(l, note);
}

/* ---- gaiji ------------------------------------------------------------------------------------------- */

bool sm_jisx0213(unsigned plane, unsigned row, unsigned cell, char utf8[8], size_t *n)
{
    *n = 0;
    if (plane < 1 || plane > 2 || row < 1 || row > 94 || cell < 1 || cell > 94) return false;
    const uint32_t *const c = jisx0213_table[plane - 1][row - 1][cell - 1];
    if (!c[0]) return false;
    *n = sm_utf8_put(c[0], utf8);
    if (c[1]) *n += sm_utf8_put(c[1], utf8 + *n);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Up to two digits at *at, and a hyphen if one is asked for. */
static bool take_number(sm_span s, size_t *at, bool hyphen, unsigned *value)
{
    const size_t from = *at;
    for (*value = 0; *at < s.n && *at - from < 2 && is_digit(s.p[*at]); ++*at)
        *value = *value * 10 + (unsigned)(s.p[*at] - '0');
    if (*at == from) return false;
    if (!hyphen) return *at == s.n || (!is_digit(s.p[*at]) && s.p[*at] != '-');
    return *at < s.n && s.p[(*at)++] == '-';
}

/* The first plane-row-cell of a note: 1-85-57. A page and line (166-2) are only two numbers. */
static bool find_cell(sm_span note, char utf8[8], size_t *n)
{
    for (size_t i = 0; i < note.n; i++) {
        unsigned plane, row, cell;
        size_t at = i;
        const bool inside = i && (is_digit(note.p[i - 1]) || note.p[i - 1] == '-');
        if (inside || !is_digit(note.p[i])) continue;
        if (take_number(note, &at, true, &plane) && take_number(note, &at, true, &row) &&
            take_number(note, &at, false, &cell) && sm_jisx0213(plane, row, cell, utf8, n))
            return true;
    }
    return false;
}

/* U+ and four to six digits of base 16. */
static uint32_t find_code(sm_span note)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *mark = sm_span_find(note, SM_SPAN("U+"));
    const char *const end = note.p + note.n;
    uint32_t c = 0;
    int n = 0;
    for (const char *p = mark ? mark + 2 : end; p < end && *p && n < 6; p++, n++) {
        const char *digit = strchr(digits, *p >= 'a' && *p <= 'f' ? *p - 0x20 : *p);
        if (!digit) break;
        c = c * 16 + (uint32_t)(digit - digits);
    }
    return n >= 4 && c >= ' ' && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) ? c : 0;
}

static void put_all(aozora_line *l, sm_span utf8)
{
    const unsigned char *p = (const unsigned char *)utf8.p;
    while ((const char *)p < utf8.p + utf8.n)
        aozora_put_char(l, sm_utf8_step(&p));
}

/* Kana that are described by another one: 変体仮名え, 濁点付き片仮名ア; and 「候」のくずし字. */
static bool put_described(aozora_line *l, sm_span note)
{
    static const struct {
        const char *before, *after;
        uint32_t mark; /* that combines with it */
    } kinds[] = {{"変体仮名", "、", 0},
                 {"小書き片仮名", "、", 0},
                 {"小書き平仮名", "、", 0},
                 {"濁点付き片仮名", "、", 0x3099},
                 {"濁点付き平仮名", "、", 0x3099},
                 {"半濁点付き片仮名", "、", 0x309A},
                 {"半濁点付き平仮名", "、", 0x309A},
                 {"「", "」のくずし字", 0}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t n = strlen(kinds[i].before);
        if (note.n <= n || !sm_span_starts(note, sm_span_of(kinds[i].before))) continue;
        const unsigned char *p = (const unsigned char *)note.p + n;
        const uint32_t c = sm_utf8_step(&p);
        const sm_span behind = sm_span_from(note, (size_t)((const char *)p - note.p));
        if (!sm_span_starts(behind, sm_span_of(kinds[i].after))) continue;
        aozora_put_char(l, c);
        if (kinds[i].mark) aozora_put_char(l, kinds[i].mark);
        return true;
    }
    return false;
}

/* No code: the printers' mark, or what the note says before its page and line. */
static void put_unknown(aozora_line *l, sm_span note)
{
    l->counts->gaiji_unknown++;
    if (l->options->gaiji == SM_GAIJI_GETA) {
        aozora_put_char(l, 0x3013);
        return;
    }
    sm_span text = note;
    const char *comma = NULL;
    for (sm_span s = note; (s.p = sm_span_find(s, SM_SPAN("、"))); s = sm_span_from(s, 3)) {
        comma = s.p;
        s.n = (size_t)(note.p + note.n - s.p);
    }
    if (comma) text.n = (size_t)(comma - note.p);
    aozora_put_char(l, 0xFF3B);
    put_all(l, text);
    aozora_put_char(l, 0xFF3D);
}

void aozora_gaiji(aozora_line *l, sm_span note)
{
    char utf8[8];
    size_t n;
    const uint32_t code = find_code(note);
    if (code)
        aozora_put_char(l, code);
    else if (find_cell(note, utf8, &n))
        put_all(l, (sm_span){utf8, n});
    else if (sm_span_starts(note, SM_SPAN("感嘆符三つ")))
        put_all(l, SM_SPAN("！！！"));
    else if (!put_described(l, note))
        put_unknown(l, note);
}

/* ---- accents ----------------------------------------------------------------------------------------- */

/* Codes that are no letter with a mark. */
static const struct {
    sm_span code;
    uint32_t c;
} ligatures[] = {
    {{"ae&", 3}, 0xE6}, {{"AE&", 3}, 0xC6}, {{"oe&", 3}, 0x153}, {{"OE&", 3}, 0x152},
    {{"s&", 2}, 0xDF},  {{"!@", 2}, 0xA1},  {{"?@", 2}, 0xBF},   {{"o/", 2}, 0xF8},
    {{"O/", 2}, 0xD8},  {{"l/", 2}, 0x142}, {{"L/", 2}, 0x141},  {{"d/", 2}, 0x111},
    {{"D/", 2}, 0x110}, {{"h/", 2}, 0x127}, {{"H/", 2}, 0x126},  {{"i/", 2}, 0x268}};

/* The mark that a sign stands for behind a letter, to be composed with it; 0 for none. Signs are read only behind the
 * letters that carry the mark in the manual's table: m'y and signe, are French. */
static uint32_t accent(char letter, char sign)
{
    static const struct {
        char sign;
        const char *letters;
        uint32_t mark;
    } accents[] = {{'`', "AEIOUaeiou", 0x300},
                   {'\'', "AEIOUYaeiouy", 0x301},
                   {'^', "AEIOUCGHJSaeioucghjs", 0x302},
                   {'~', "ANOIUanoiu", 0x303},
                   {':', "AEIOUYaeiouy", 0x308},
                   {'&', "AUau", 0x30A},
                   {',', "CSTcst", 0x327},
                   {'_', "AEIOUaeiou", 0x304}};
    for (size_t i = 0; i < sizeof accents / sizeof *accents; i++)
        if (accents[i].sign == sign && strchr(accents[i].letters, letter))
            return accents[i].mark;
    return 0;
}

/* A letter and a mark as one character of Unicode; 0 if there is none. */
static uint32_t compose(char letter, uint32_t mark)
{
    sm_arena arena = {0};
    char pair[5] = {letter};
    const sm_span both = {pair, 1 + sm_utf8_put(mark, pair + 1)};
    sm_span one = {0};
    uint32_t c = 0;
    if (sm_normalize(SM_FORM_NFC, both, &arena, &one, NULL) == 0 && one.n) {
        const unsigned char *p = (const unsigned char *)one.p;
        c = sm_utf8_step(&p);
        if ((const char *)p != one.p + one.n) c = 0;
    }
    sm_arena_free(&arena);
    return c;
}

/* The code at `s`: its length, and the character; 0 if there is none. */
static size_t accent_code(sm_span s, uint32_t *c)
{
    for (size_t i = 0; i < sizeof ligatures / sizeof *ligatures; i++) {
        *c = ligatures[i].c;
        if (sm_span_starts(s, ligatures[i].code)) return ligatures[i].code.n;
    }
    const uint32_t mark = s.n > 1 && *s.p ? accent(*s.p, s.p[1]) : 0;
    *c = mark ? compose(*s.p, mark) : 0;
    return *c ? 2 : 0;
}

static bool has_code(sm_span text)
{
    uint32_t c;
    for (size_t i = 0; i < text.n; i++)
        if (accent_code(sm_span_from(text, i), &c)) return true;
    return false;
}

bool aozora_accents(aozora_line *l, sm_span text)
{
    uint32_t c;
    if (!has_code(text)) return false;
    while (text.n) {
        const unsigned char *p = (const unsigned char *)text.p;
        size_t n = accent_code(text, &c);
        if (!n) {
            c = sm_utf8_step(&p);
            n = (size_t)((const char *)p - text.p);
        }
        aozora_put_char(l, c);
        text = sm_span_from(text, n);
    }
    return true;
}
