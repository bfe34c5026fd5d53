/* The prefilter: one scan over the bytes that stops only where a rule could begin to match.
 * SPDX-License-Identifier: MIT
 *
 * Most text has no candidate: a table of 256 bytes names the first bytes that are worth a look, all others
 * are passed over. The look itself (candidate_at) decodes a few characters. */
#include "pii_internal.h"

#include <seimai/utf8.h>
#include <string.h>

enum { MIN_DIGITS = 7, MAX_SEPARATORS = 3, MAX_LABELS = 128 };

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_word(uint32_t c)
{
    return is_digit(c) || is_letter(c);
}

/* The folded character at p, which moves on; invisible characters are skipped; 0 at the end. */
static uint32_t next_folded(const char **p, const char *end)
{
    while (*p < end) {
        const uint32_t c = sm_utf8_next(p, end);
        const uint32_t folded = sm_pii_is_long_vowel(c) ? '-' : sm_pii_fold_char(c);
        if (folded != 0) return folded;
    }
    return 0;
}

static bool is_separator(uint32_t c)
{
    return c == '-' || c == ' ' || c == '.' || c == '(' || c == ')';
}

/* ---- the looks ---------------------------------------------------------------------------- */

/* A run of digits with at most three separators between them. `end` becomes the end of its last digit,
 * whether it is a candidate or not. */
static unsigned look_at_number(sm_span text, size_t at, size_t *end)
{
    const char *p = text.p + at;
    const char *const stop = text.p + text.n;
    size_t digits = 0, dots = 0, separators = 0;
    uint32_t before = 0;
    while (p < stop && separators <= MAX_SEPARATORS) {
        const uint32_t c = next_folded(&p, stop);
        if (is_digit(c)) {
            digits++;
            dots += before == '.' && separators == 1;
            separators = 0;
            *end = (size_t)(p - text.p);
        } else if (is_separator(c)) {
            separators++;
        } else {
            break;
        }
        before = c;
    }
    return (digits >= MIN_DIGITS ? SM_TRIGGER_NUMBER : 0u) |
           (dots >= 3 ? SM_TRIGGER_DOTTED : 0u);
}

/* (at), [at], {at}, <at>, （アット） with blanks inside allowed: is there "at" or "ア" behind a bracket? */
static bool is_bracketed_at(sm_span text, size_t behind)
{
    const char *p = text.p + behind;
    const char *const stop = text.p + text.n;
    uint32_t c = next_folded(&p, stop);
    if (c == ' ') c = next_folded(&p, stop);
    if (c == 0x30A2) return true;
    return (c | 0x20) == 'a' && (next_folded(&p, stop) | 0x20) == 't' &&
           !is_word(next_folded(&p, stop));
}

/* ☆★●◎○■◆＊♪ between ASCII letters or digits: taro☆example.jp */
static bool is_symbol_at(uint32_t c)
{
    return c == 0x2605 || c == 0x2606 || c == 0x25CF || c == 0x25CE || c == 0x25CB ||
           c == 0x25A0 || c == 0x25C6 || c == 0xFF0A || c == 0x266A;
}

static bool has_words_around(sm_span text, size_t at, size_t behind)
{
    if (at == 0 || behind >= text.n) return false;
    return is_word((unsigned char)text.p[at - 1]) && is_word((unsigned char)text.p[behind]);
}

/* taroアットマークexample.jp: is the dotted name, in which `at` is a dot, led by アットマーク or アット? */
static bool is_spelled_at(sm_span text, size_t at, size_t *start)
{
    static const char at_mark[] = "アットマーク", short_at[] = "アット";
    const size_t first = at > MAX_LABELS ? at - MAX_LABELS : 0;
    size_t name = at;
    while (name > first &&
           (is_word((unsigned char)text.p[name - 1]) || text.p[name - 1] == '-'))
        name--;
    if (name > 0 && text.p[name - 1] == ' ') name--;
    *start = name;
    const sm_span head = {text.p, name};
    return sm_span_ends(head, (sm_span){at_mark, sizeof at_mark - 1}) ||
           sm_span_ends(head, (sm_span){short_at, sizeof short_at - 1});
}

/* Looks at one character. Fills the candidate where it is one; `next` is where to look next. */
static bool candidate_at(sm_span text, size_t at, size_t *next, sm_candidate *out)
{
    const char *p = text.p + at;
    const uint32_t c = sm_utf8_next(&p, text.p + text.n);
    const uint32_t folded = sm_pii_fold_char(c);
    const size_t behind = (size_t)(p - text.p);
    *next = behind;
    *out = (sm_candidate){.start = at, .end = behind, .triggers = SM_TRIGGER_AT};
    if (is_digit(folded)) {
        out->triggers = look_at_number(text, at, next);
        out->end = *next;
        return out->triggers != 0;
    }
    if (folded == '@') return true;
    if (folded == '(' || folded == '[' || folded == '{' || folded == '<')
        return is_bracketed_at(text, behind);
    if (folded == '.') return is_spelled_at(text, at, &out->start);
    return is_symbol_at(c) && has_words_around(text, at, behind);
}

/* ---- the scan ----------------------------------------------------------------------------- */

/* First bytes of characters that candidate_at may accept: ASCII, U+2xxx, U+FFxx. */
#define ONES_10 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
static const unsigned char hot[256] = {
    ['0'] = ONES_10, ['@'] = 1, ['('] = 1,  ['['] = 1,  ['{'] = 1,
    ['<'] = 1,       ['.'] = 1, [0xE2] = 1, [0xEF] = 1,
};
#undef ONES_10

bool sm_pii_scan(sm_span text, size_t from, sm_candidate *candidate)
{
    const unsigned char *const bytes = (const unsigned char *)text.p;
    size_t at = from;
    while (at < text.n) {
        while (at + 4 <= text.n &&
               !(hot[bytes[at]] | hot[bytes[at + 1]] | hot[bytes[at + 2]] | hot[bytes[at + 3]]))
            at += 4;
        while (at < text.n && !hot[bytes[at]])
            at++;
        if (at >= text.n) return false;
        size_t next = at;
        if (candidate_at(text, at, &next, candidate)) return true;
        at = next;
    }
    return false;
}

bool sm_pii_scan_slowly(sm_span text, size_t from, sm_candidate *candidate)
{
    size_t at = from;
    while (at < text.n) {
        size_t next = at;
        if (candidate_at(text, at, &next, candidate)) return true;
        at = next;
    }
    return false;
}
