/* Dates of birth: a day that is in the calendar, and within its era.
 * SPDX-License-Identifier: MIT
 *
 * Eras begin and end on the days of the cabinet orders and laws that changed them; the days that close one and
 * open the next one belong to both. */
#include "../pii_internal.h"

#include <seimai/utf8.h>
#include <string.h>

enum {
    MAX_BRACKET = 64 /* bytes */,
    MAX_BIRTHPLACE = 48,
    FIRST_YEAR = 1850,
    LAST_YEAR = 2100,
    GANNEN = 0x5143 /* 元 */,
    TEN = 0x5341 /* 十 */
};

typedef struct era {
    sm_span forms[3]; /* name, its first character, its letter */
    int before;       /* the western year before its first */
    int first, last;  /* days as yyyymmdd */
} era;

static const era eras[] = {
    {{{"明治", 6}, {"明", 3}, {"M", 1}}, 1867, 18680125, 19120730},
    {{{"大正", 6}, {"大", 3}, {"T", 1}}, 1911, 19120730, 19261225},
    {{{"昭和", 6}, {"昭", 3}, {"S", 1}}, 1925, 19261225, 19890107},
    {{{"平成", 6}, {"平", 3}, {"H", 1}}, 1988, 19890108, 20190430},
    {{{"令和", 6}, {"令", 3}, {"R", 1}}, 2018, 20190501, 21001231},
};

enum { ERAS = sizeof eras / sizeof *eras };

/* ---- eras ---------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

size_t sm_pii_era_before(sm_span text, size_t at)
{
    const sm_span head = {text.p, at};
    const unsigned char before = at > 0 ? (unsigned char)text.p[at - 1] : 0;
    if (before < 0x80 && !is_letter((char)before)) return at; /* most dates */
    for (size_t i = 0; i < ERAS; i++) {
        const sm_span *const forms = eras[i].forms;
        for (size_t k = 0; k < 3; k++) {
            if (!sm_span_ends(head, forms[k])) continue;
            const size_t start = at - forms[k].n;
            const bool is_word = k == 2 && start > 0 && is_letter(text.p[start - 1]);
            return is_word ? at : start;
        }
    }
    return at;
}

/* The era that the match begins with; NULL where it begins with none. */
static const era *read_era(sm_span *match)
{
    for (size_t i = 0; i < ERAS; i++) {
        const sm_span *const forms = eras[i].forms;
        for (size_t k = 0; k < 3; k++) {
            if (!sm_span_starts(*match, forms[k])) continue;
            *match = (sm_span){match->p + forms[k].n, match->n - forms[k].n};
            return &eras[i];
        }
    }
    return NULL;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* 一…九, 〇, or -1 */
static int kanji_digit(uint32_t c)
{
    static const uint32_t digits[] = {0x3007, 0x4E00, 0x4E8C, 0x4E09, 0x56DB,
                                      0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D};
    for (int i = 0; i < 10; i++)
        if (digits[i] == c) return i;
    return -1;
}

/* Reads the next number: 12, 元, 十二, 二十三; passes over what stands before it. -1 where there is none. */
static int read_number(sm_span *rest)
{
    const char *p = rest->p, *const end = rest->p + rest->n;
    int value = -1, tens = 0;
    while (p < end) {
        const char *const here = p;
        const uint32_t c = sm_utf8_next(&p, end);
        const int digit = c >= '0' && c <= '9' ? (int)(c - '0') : kanji_digit(c);
        const bool is_ten = c == TEN;
        if (digit < 0 && !is_ten && c != GANNEN) {
            if (value < 0) continue;
            p = here;
            break;
        }
        if (c == GANNEN) value = 1;
        if (is_ten) tens = 10 * (value < 0 ? 1 : value), value = 0;
        if (digit >= 0 && value < 100000000) value = (value < 0 ? 0 : value) * 10 + digit;
    }
    *rest = (sm_span){p, (size_t)(end - p)};
    return value < 0 ? -1 : tens + value;
}

/* ---- shapes -------------------------------------------------------------------------------------- */

static size_t skip_blank(sm_span text, size_t at)
{
    return at < text.n && text.p[at] == ' ' ? at + 1 : at;
}

static bool has_at(sm_span text, size_t at, sm_span what)
{
    return at <= text.n && sm_span_starts((sm_span){text.p + at, text.n - at}, what);
}

/* One to three digits, ASCII or kanji, or 元, and blanks around them; gives the byte behind them, 0 for none. */
static size_t skip_number(sm_span text, size_t at)
{
    const char *p = text.p + skip_blank(text, at), *const end = text.p + text.n;
    size_t digits = 0;
    while (p < end && digits < 3) {
        const char *const here = p;
        const uint32_t c = sm_utf8_next(&p, end);
        const bool counts =
            (c >= '0' && c <= '9') || c == GANNEN || c == TEN || kanji_digit(c) > 0;
        if (!counts) {
            p = here;
            break;
        }
        digits++;
    }
    return digits ? skip_blank(text, (size_t)(p - text.p)) : 0;
}

bool sm_pii_is_era_date(sm_span text, size_t at)
{
    const sm_span year = SM_SPAN("年"), month = SM_SPAN("月");
    const size_t behind_year = skip_number(text, at);
    if (behind_year == 0 || !has_at(text, behind_year, year)) return false;
    const size_t behind_month = skip_number(text, behind_year + year.n);
    return behind_month != 0 && has_at(text, behind_month, month);
}

/* ---- the check ---------------------------------------------------------------------------------- */

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap);
}

/* 1982年4月18日に長野県で生まれた: is a place of birth named between, in the same clause? */
static bool is_born_at_place(sm_span text, size_t at)
{
    const sm_span born = SM_SPAN("で生まれ"), comma = SM_SPAN("、"), stop = SM_SPAN("。");
    if (!has_at(text, at, SM_SPAN("に"))) return false;
    for (const size_t last = at + MAX_BIRTHPLACE; at < last && at < text.n; at++) {
        if (has_at(text, at, born)) return true;
        if (text.p[at] == '\n' || has_at(text, at, comma) || has_at(text, at, stop)) break;
    }
    return false;
}

/* Is a day of somebody's birth said behind byte `at`? 生まれ, 生れ, or 生 that begins no other word; a bracket may
 * stand between. */
static bool is_born(sm_span text, size_t at)
{
    static const sm_span words[] = {
        {"生まれ", 9}, {"生れ", 6}, {"に生まれ", 12}, {"に生れ", 9}};
    at = skip_blank(text, at);
    if (at < text.n && text.p[at] == '(') {
        const size_t room = text.n - at < MAX_BRACKET ? text.n - at : MAX_BRACKET;
        const char *const close = memchr(text.p + at, ')', room);
        if (close) at = skip_blank(text, (size_t)(close - text.p) + 1);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has_at(text, at, words[i])) return true;
    if (is_born_at_place(text, at)) return true;
    if (!has_at(text, at, SM_SPAN("生"))) return false;
    const char *p = text.p + at + 3;
    const uint32_t next = p < text.p + text.n ? sm_utf8_next(&p, text.p + text.n) : 0;
    const bool is_kana = next >= 0x3041 && next <= 0x30FA;
    return !is_kana && !(next >= 0x3400 && next <= 0x9FFF);
}

/* A day of an era, of the western calendar, or a false one. */
static bool is_valid_date(sm_span match)
{
    const era *const e = read_era(&match);
    int year = read_number(&match), month = read_number(&match), day = read_number(&match);
    if (!e && month < 0 && year > 9999999) { /* 19900102 */
        day = year % 100;
        month = year / 100 % 100;
        year /= 10000;
    }
    if (e) year += e->before;
    if (year < FIRST_YEAR || year > LAST_YEAR || !is_day(year, month, day)) return false;
    const int when = year * 10000 + month * 100 + day;
    return !e || (when >= e->first && when <= e->last);
}

sm_pii_tier sm_check_birth_date(sm_span match, sm_span text)
{
    if (!is_valid_date(match)) return SM_PII_NONE;
    const size_t end = (size_t)(match.p + match.n - text.p);
    return is_born(text, end) ? SM_PII_CHECKED : SM_PII_PATTERN;
}
