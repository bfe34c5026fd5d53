/* What gives away a bulletin board, and what C4 looks for in a page.
 * SPDX-License-Identifier: MIT
 *
 * The first is HojiChar's "BBS pattern", by hand: dates, コメント, SOLD OUT, レビュー, 投稿, ページ, (月) … (日), 質問, 12話,
 * 楽天市場 and every hyphen, counted as re.findall does. \d is a decimal digit of any script. */
#include "filter_internal.h"

#include <string.h>
#include <uchar.h>

/* ---- the pattern of boards ---------------------------------------------------------------------- */

typedef struct text_view {
    const uint32_t *c;
    size_t n;
} text_view;

static bool is_digit(uint32_t c)
{
    if (c < 0x80) return c >= '0' && c <= '9';
    return sm_script_of(c) == SM_DIGIT;
}

static size_t skip_digits(text_view t, size_t at, size_t most)
{
    size_t n = 0;
    while (n < most && at + n < t.n && is_digit(t.c[at + n]))
        n++;
    return n;
}

/* 年 or 月, a dot, a hyphen or a slash, and spaces; 0 where it is none. */
static size_t skip_separator(text_view t, size_t at, uint32_t unit)
{
    if (at >= t.n) return 0;
    const uint32_t c = t.c[at];
    if (c != unit && c != '.' && c != '-' && c != '/') return 0;
    size_t end = at + 1;
    while (end < t.n && t.c[end] == ' ')
        end++;
    return end - at;
}

/* \d{4}[年.-/] *\d{1,2}[月.-/] *\d{1,2}日*, of which the year's digits end at `at`: the end of the date, or 0. A month of three digits
 * is none: fewer of them are not followed by a separator. */
static size_t date_end(text_view t, size_t at)
{
    const size_t year = skip_separator(t, at, 0x5E74);
    const size_t month = year ? skip_digits(t, at + year, 2) : 0;
    const size_t after = month ? skip_separator(t, at + year + month, 0x6708) : 0;
    size_t end = at + year + month + after;
    const size_t day = after ? skip_digits(t, end, 2) : 0;
    if (day == 0) return 0;
    end += day;
    while (end < t.n && t.c[end] == 0x65E5)
        end++;
    return end;
}

/* Digits from `at`, which begin where no digit stood: the end of the first match that begins among them, or 0.
 * *past is where the digits end. */
static size_t number_end(text_view t, size_t at, size_t *past)
{
    const size_t digits = skip_digits(t, at, t.n);
    *past = at + digits;
    if (*past < t.n && t.c[*past] == 0x8A71) return *past + 1; /* 話 */
    return digits >= 4 ? date_end(t, *past) : 0;
}

/* (月): a day of the week in ASCII brackets. */
static bool is_weekday(text_view t, size_t at)
{
    static const char32_t days[] = U"月火水木金土日";
    if (t.n - at < 3 || t.c[at + 2] != ')') return false;
    for (size_t i = 0; days[i] != 0; i++)
        if (t.c[at + 1] == days[i]) return true;
    return false;
}

/* The end of a word or mark of the pattern that begins here, or 0. */
static size_t word_end(text_view t, size_t at)
{
    static const struct {
        char32_t word[9];
        size_t n;
    } words[] = {{U"コメント", 4}, {U"SOLD OUT", 8}, {U"レビュー", 4}, {U"投稿", 2},
                 {U"ページ", 3},   {U"質問", 2},     {U"楽天市場", 4}};
    if (t.c[at] == '-') return at + 1;
    if (t.c[at] == '(') return is_weekday(t, at) ? at + 3 : 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (t.n - at >= words[i].n &&
            memcmp(t.c + at, words[i].word, words[i].n * sizeof *words[i].word) == 0)
            return at + words[i].n;
    return 0;
}

/* Nearly all characters begin nothing: hiragana, most kanji, letters. */
static bool may_begin(uint32_t c)
{
    if (c < 0x80) return c == '-' || c == '(' || c == 'S' || (c >= '0' && c <= '9');
    if (c >= 0x3000 && c < 0xA000)
        return c == 0x30B3 || c == 0x30EC || c == 0x30DA || c == 0x6295 || c == 0x8CEA ||
               c == 0x697D;
    return is_digit(c);
}

void sm_text_stats_board(sm_text_stats *stats)
{
    const text_view t = {stats->chars, stats->n_chars};
    stats->bbs_hits = 0;
    for (size_t at = 0; at < t.n;) {
        size_t past = at + 1, end = 0;
        if (may_begin(t.c[at]))
            end = is_digit(t.c[at]) ? number_end(t, at, &past) : word_end(t, at);
        stats->bbs_hits += end > 0;
        at = end ? end : past;
    }
}

/* ---- what C4 looks for -------------------------------------------------------------------------- */

static const struct {
    const char *words; /* lower case */
    bool is_lorem;     /* drops the text; all others drop the line */
} phrases[] = {{"lorem ipsum", true},     {"javascript", false},    {"terms of use", false},
               {"privacy policy", false}, {"cookie policy", false}, {"uses cookies", false},
               {"use of cookies", false}, {"use cookies", false}};

static bool has_phrase(sm_span text, const char *phrase)
{
    const size_t n = strlen(phrase);
    if (text.n < n) return false;
    for (size_t i = 0; i < n; i++) {
        const char c = text.p[i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c) != phrase[i]) return false;
    }
    return true;
}

static void find_phrase(sm_span text, sm_phrase_stats *out)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (has_phrase(text, phrases[i].words))
            ++*(phrases[i].is_lorem ? &out->lorem : &out->notices);
}

/* . ? ! " ' as in English, 。！？」』） as in Japanese; an ellipsis closes nothing. */
static bool closes_line(const uint32_t *c, size_t n)
{
    static const char32_t marks[] = U".?!\"'。．！？」』）";
    while (n > 0 && sm_is_white(c[n - 1]))
        n--;
    if (n == 0) return false;
    if (n >= 3 && c[n - 1] == '.' && c[n - 2] == '.' && c[n - 3] == '.') return false;
    for (size_t i = 0; marks[i] != 0; i++)
        if (c[n - 1] == marks[i]) return true;
    return false;
}

void sm_text_stats_phrases(sm_text_stats *stats)
{
    const sm_span text = stats->subject.text;
    sm_phrase_stats out = {.closed = closes_line(stats->chars, stats->n_chars)};
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x80) continue;
        out.braces += c == '{';
        if (strchr("ljtpcu", c | 0x20) && c >= 'A')
            find_phrase((sm_span){text.p + i, text.n - i}, &out);
    }
    stats->phrases = out;
}
