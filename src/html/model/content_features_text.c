/* The text of a block, byte by byte: see content_features_text.h.
 * SPDX-License-Identifier: MIT */
#include "content_features_text.h"

#include "ascii.h"

/* ---- marks of two and three bytes -------------------------------------------------------------- */

typedef enum mark_kind { MARK_NONE, MARK_STOP, MARK_COMMA, MARK_SIGN, MARK_MONEY } mark_kind;

/* What a character of several bytes means, by its UTF-8 as a big-endian number. */
static mark_kind kind_of(uint32_t code)
{
    switch (code) {
    case 0xE38082: /* 。 */
    case 0xEFBC81: /* ！ */
    case 0xEFBC9F: /* ？ */
    case 0xE280A6: /* … */ return MARK_STOP;
    case 0xE38081: /* 、 */
    case 0xEFBC8C: /* ， */
    case 0xEFBC9B: /* ； */ return MARK_COMMA;
    case 0xC2BB:   /* » */
    case 0xC2B7:   /* · */
    case 0xE280BA: /* › */
    case 0xE280A2: /* • */
    case 0xE28692: /* → */
    case 0xE296BE: /* ▾ */
    case 0xE296BC: /* ▼ */
    case 0xE29C93: /* ✓ */
    case 0xE29885: /* ★ */
    case 0xE29886: /* ☆ */ return MARK_SIGN;
    case 0xC2A3:   /* £ */
    case 0xC2A5:   /* ¥ */
    case 0xE282AC: /* € */
    case 0xEFBFA5: /* ￥ */
    case 0xE58686: /* 円 */ return MARK_MONEY;
    default: return MARK_NONE;
    }
}

/* n bytes as a number; 0 where they are not there. */
static uint32_t code_at(sm_span s, size_t i, size_t n)
{
    uint32_t code = 0;
    if (i > s.n || s.n - i < n) return 0;
    for (size_t k = i; k < i + n; k++)
        code = code << 8 | (unsigned char)s.p[k];
    return code;
}

/* The last character, as such a number; 0 of an empty text. */
static uint32_t last_of(sm_span s)
{
    size_t n = 1;
    while (n < s.n && n < 4 && ((unsigned char)s.p[s.n - n] & 0xC0) == 0x80)
        n++;
    return s.n ? code_at(s, s.n - n, n) : 0;
}

static size_t bytes_of(uint32_t code)
{
    return code > 0xFFFFFF ? 4 : code > 0xFFFF ? 3 : code > 0xFF ? 2 : 1;
}

/* ---- digits ------------------------------------------------------------------------------------ */

static bool is_digit_at(sm_span s, size_t i)
{
    return i < s.n && sm_is_digit(s.p[i]);
}

enum {
    YEAR = 0xE5B9B4,  /* 年 */
    MONTH = 0xE69C88, /* 月 */
    EUR = 'E' << 16 | 'U' << 8 | 'R',
    USD = 'U' << 16 | 'S' << 8 | 'D',
    CENTURY19 = '1' << 8 | '9',
    CENTURY20 = '2' << 8 | '0',
    PHONE_DIGITS = 9
};

/* A year of four digits, hours and minutes, or 年 月 behind a number. */
static bool is_date(sm_span s, size_t from, size_t to)
{
    const size_t n = to - from;
    if (to < s.n && n <= 2 && (s.p[to] == ':' || s.p[to] == '/'))
        return is_digit_at(s, to + 1) && is_digit_at(s, to + 2);
    const uint32_t century = n == 4 ? code_at(s, from, 2) : 0;
    const uint32_t behind = code_at(s, to, 3);
    return century == CENTURY19 || century == CENTURY20 || behind == YEAR || behind == MONTH;
}

static bool is_money(sm_span s, size_t from, size_t to)
{
    sm_span before = {s.p, from};
    if (from && s.p[from - 1] == ' ') before.n--;
    const uint32_t sign = last_of(before);
    if (sign == '$' || kind_of(sign) == MARK_MONEY) return true;
    if (to < s.n && s.p[to] == ' ') to++;
    const uint32_t unit = code_at(s, to, 3);
    return unit == EUR || unit == USD || (unit && kind_of(unit) == MARK_MONEY);
}

/* Digits in groups, as telephone numbers are written, from `from` on; *end is where they end. */
static size_t count_grouped(sm_span s, size_t from, size_t *end)
{
    size_t digits = 0, i = from;
    for (; i < s.n; i++) {
        const char c = s.p[i];
        if (sm_is_digit(c))
            digits++;
        else if (c != ' ' && c != '(' && c != ')' && c != '.' && c != '-')
            break;
    }
    *end = i;
    return digits;
}

/* Reads the digits at s.p[from]; returns the place behind them. *grouped: up to where groups were counted. */
static size_t take_digits(sm_span s, size_t from, text_facts *facts, size_t *grouped)
{
    size_t to = from;
    while (is_digit_at(s, to))
        to++;
    if (!facts->date) facts->date = is_date(s, from, to);
    if (!facts->currency) facts->currency = is_money(s, from, to);
    if (from >= *grouped && count_grouped(s, from, grouped) >= PHONE_DIGITS)
        facts->contact = true;
    return to;
}

/* ---- all of it --------------------------------------------------------------------------------- */

/* Where a sentence may end: white space, a closing quotation mark or bracket, the end. */
static bool ends_word_at(sm_span s, size_t i)
{
    enum { QUOTE = 0xE2809D, APOSTROPHE = 0xE28099 /* ” ’ */ };
    if (i >= s.n || sm_is_space(s.p[i])) return true;
    const char c = s.p[i];
    const uint32_t wide = code_at(s, i, 3);
    return c == '"' || c == '\'' || c == ')' || c == ']' || wide == QUOTE || wide == APOSTROPHE;
}

static void take_ascii(sm_span s, size_t i, text_facts *facts)
{
    const char c = s.p[i];
    if (c == '|')
        facts->marks++;
    else if (c == '.' || c == '!' || c == '?')
        facts->stops += ends_word_at(s, i + 1);
    else if (c == '@')
        facts->contact |= i + 1 < s.n && (sm_is_alpha(s.p[i + 1]) || sm_is_digit(s.p[i + 1]));
    else
        facts->commas += i + 1 < s.n && sm_is_space(s.p[i + 1]);
}

static size_t take_wide(sm_span s, size_t i, text_facts *facts)
{
    const size_t n = (unsigned char)s.p[i] < 0xE0 ? 2 : 3;
    const mark_kind kind = kind_of(code_at(s, i, n));
    facts->stops += kind == MARK_STOP;
    facts->commas += kind == MARK_COMMA;
    facts->marks += kind == MARK_SIGN;
    return i + n;
}

/* Bytes where something may begin that counts: 1 ASCII punctuation, 2 a digit, 3 a lead byte of a mark. */
static const uint8_t events[256] = {
    ['|'] = 1, ['.'] = 1, ['!'] = 1,  ['?'] = 1,  ['@'] = 1,  [','] = 1, [';'] = 1, [':'] = 1,
    ['0'] = 2, ['1'] = 2, ['2'] = 2,  ['3'] = 2,  ['4'] = 2,  ['5'] = 2, ['6'] = 2, ['7'] = 2,
    ['8'] = 2, ['9'] = 2, [0xC2] = 3, [0xE2] = 3, [0xE3] = 3, [0xEF] = 3};

static void take_events(sm_span s, text_facts *facts)
{
    size_t grouped = 0;
    for (size_t i = 0; i < s.n;) {
        const uint8_t event = events[(unsigned char)s.p[i]];
        if (event == 2) {
            i = take_digits(s, i, facts, &grouped);
            continue;
        }
        if (event == 3) {
            i = take_wide(s, i, facts);
            continue;
        }
        if (event == 1) take_ascii(s, i, facts);
        i++;
    }
}

/* A loop that a compiler makes vectors of. */
static void count_classes(sm_span s, text_facts *facts)
{
    uint32_t spaces = 0, inner = 0;
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        spaces += (uint32_t)(c == ' ') + (uint32_t)(c == '\n') + (uint32_t)(c == '\t');
        inner += (c & 0xC0) == 0x80;
    }
    facts->spaces = spaces;
    facts->characters = (uint32_t)s.n - spaces - inner;
}

/* Where counting stands. */
typedef struct counting {
    sm_span s;
    size_t past;    /* bytes that were counted already */
    size_t grouped; /* see take_digits */
} counting;

/* The bytes from `from` on that `t` speaks of, as take_events. */
static void take_bits(counting *c, size_t from, const text_bits *t, text_facts *facts)
{
    uint64_t left = t->digits | t->marks | t->leads;
    for (; left; left &= left - 1) {
        const size_t i = from + (size_t)__builtin_ctzll(left);
        const uint64_t bit = left & -left;
        if (i < c->past) continue;
        if (t->digits & bit)
            c->past = take_digits(c->s, i, facts, &c->grouped);
        else if (t->leads & bit)
            c->past = take_wide(c->s, i, facts);
        else
            take_ascii(c->s, i, facts);
    }
}

/* count_classes and take_events in one pass. */
static void take_by(const text_scan *scan, sm_span s, text_facts *facts)
{
    counting c = {.s = s};
    uint32_t inner = 0;
    for (size_t i = 0; i < s.n; i += TEXT_SCAN_BYTES) {
        const text_bits t = scan->bits((const unsigned char *)s.p + i, s.n - i);
        facts->spaces += t.spaces;
        inner += t.inner;
        take_bits(&c, i, &t, facts);
    }
    facts->characters = (uint32_t)s.n - facts->spaces - inner;
}

/* The end of a sentence, with at most one closing quotation mark or bracket behind it. */
static bool ends_sentence(sm_span s)
{
    uint32_t last = last_of(s);
    switch (last) {
    case '"':
    case '\'':
    case ')':
    case ']':
    case 0xE2809D: /* ” */
    case 0xE28099: /* ’ */
    case 0xE3808D: /* 」 */
    case 0xEFBC89: /* ） */
        s.n -= bytes_of(last);
        last = last_of(s);
        break;
    default: break;
    }
    return last == '.' || last == '!' || last == '?' || kind_of(last) == MARK_STOP;
}

text_facts sm_text_facts_by(const text_scan *scan, sm_span text, uint32_t width)
{
    text_facts facts = {0};
    if (scan) {
        take_by(scan, text, &facts);
    } else {
        count_classes(text, &facts);
        take_events(text, &facts);
    }
    facts.wide = width > facts.characters ? width - facts.characters : 0;
    facts.ends_stop = ends_sentence(text);
    return facts;
}

text_facts sm_text_facts(sm_span text, uint32_t width)
{
    return sm_text_facts_by(sm_text_scan_best(), text, width);
}
