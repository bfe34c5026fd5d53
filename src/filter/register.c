/* The register of a text: sentences in です・ます, in である, and those with honorifics.
 * SPDX-License-Identifier: MIT
 *
 * A sentence (as textlines.c cuts it) is looked at from its end: its mark, closing brackets and white space aside, and up to two
 * particles that a speaker adds (ね, よ, か …), do its last characters make a polite or a plain copula? What ends in a
 * verb, a noun or a bracketed aside is neither: the two shares do not add up to 1. An honorific counts anywhere. */
#include "filter_internal.h"

#include <string.h>
#include <uchar.h>

typedef struct form {
    char32_t word[8];
    size_t n;
} form;

static const form polite[] = {{U"です", 2},     {U"ます", 2},     {U"でした", 3},
                              {U"ました", 3},   {U"ません", 3},   {U"でしょう", 4},
                              {U"ましょう", 4}, {U"ください", 4}, {U"下さい", 3}};
static const form plain[] = {{U"である", 3},   {U"であった", 4}, {U"であろう", 4},
                             {U"ではない", 4}, {U"だ", 1},       {U"だった", 3},
                             {U"だろう", 3}};
static const form honorific[] = {
    {U"ございま", 4}, {U"いただ", 3},   {U"くださ", 3},     {U"申し上げ", 4}, {U"申し訳", 3},
    {U"おりま", 3},   {U"いたしま", 4}, {U"いらっしゃ", 5}, {U"致しま", 3},   {U"頂き", 2},
    {U"頂け", 2},     {U"頂く", 2},     {U"下さ", 2},       {U"お客様", 3},   {U"皆様", 2}};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool ends_in(const uint32_t *c, size_t n, const form *forms, size_t n_forms)
{
    for (size_t i = 0; i < n_forms; i++)
        if (n >= forms[i].n &&
            memcmp(c + n - forms[i].n, forms[i].word, forms[i].n * sizeof *c) == 0)
            return true;
    return false;
}

static bool is_honorific(const uint32_t *c, size_t n)
{
    for (size_t i = 0; i < COUNT(honorific); i++)
        if (*c == honorific[i].word[0] && n >= honorific[i].n &&
            memcmp(c, honorific[i].word, honorific[i].n * sizeof *c) == 0)
            return true;
    return false;
}

static bool holds_honorific(const uint32_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_honorific(c + i, n - i)) return true;
    return false;
}

static bool is_one_of(uint32_t c, const char32_t *set)
{
    for (; *set; set++)
        if (c == *set) return true;
    return false;
}

/* The length of a sentence without its mark and what stands behind its predicate. */
static size_t predicate_end(const uint32_t *c, size_t n)
{
    while (n > 0 && (sm_is_white(c[n - 1]) || is_one_of(c[n - 1], U"。．！？!?」』）)…・♪")))
        n--;
    for (int i = 0; i < 2 && n > 2 && is_one_of(c[n - 1], U"ねよかなわぞ"); i++)
        n--;
    return n;
}

static void read_line(const uint32_t *c, size_t n, sm_register_stats *out)
{
    for (size_t at = 0, end = 0, run = 0; at < n; at = end) {
        end = sm_sentence_end(c, n, at, &run);
        if (run == 0) continue;
        const size_t last = predicate_end(c + at, end - at);
        out->sentences++;
        out->polite += ends_in(c + at, last, polite, COUNT(polite));
        out->plain += ends_in(c + at, last, plain, COUNT(plain));
        out->honorific += holds_honorific(c + at, end - at);
    }
}

void sm_text_stats_register(sm_text_stats *stats)
{
    stats->endings = (sm_register_stats){0};
    for (size_t start = 0, end = 0; end < stats->n_chars; start = ++end) {
        while (end < stats->n_chars && stats->chars[end] != '\n')
            end++;
        read_line(stats->chars + start, end - start, &stats->endings);
    }
}
