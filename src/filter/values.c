/* The table of values: each a count or a share of two counts of sm_text_stats.
 * SPDX-License-Identifier: MIT */
#include "filter_internal.h"

#include <math.h>
#include <seimai/filter.h>

typedef struct value_row {
    sm_filter_value value;
    unsigned parts;     /* what must be computed first */
    size_t part, whole; /* offsets of uint64_t in sm_text_stats; whole COUNT: the part itself */
    bool empty_is_zero; /* a share of nothing is 0, as in Swallow's script; else undefined */
} value_row;

#define COUNT     SIZE_MAX
#define AT(field) offsetof(sm_text_stats, field)

#define NUMBER(name, side, about, parts, part)                                                 \
    {                                                                                          \
        {name, side, about}, parts, AT(part), COUNT, false                                     \
    }
#define SHARE(name, side, about, parts, part, whole)                                           \
    {                                                                                          \
        {name, side, about}, parts, AT(part), AT(whole), false                                 \
    }
#define ZERO_SHARE(name, side, about, parts, part, whole)                                      \
    {                                                                                          \
        {name, side, about}, parts, AT(part), AT(whole), true                                  \
    }

/* The usual side, and the parts: scripts, links, lines, Swallow's letters, n-grams. */
#define MIN  true
#define MAX  false
#define S    SM_PART_SCRIPTS
#define U    (SM_PART_SCRIPTS | SM_PART_URLS)
#define L    SM_PART_LINES
#define W    (SM_PART_SCRIPTS | SM_PART_LETTERS)
#define G(n) SM_PART_NGRAM << (n)

/* clang-format off */
static const value_row table[] = {
    /* characters, by the classes of script.h */
    NUMBER("characters", MIN, "code points", S, scripts.characters),
    SHARE("kana-share", MIN, "hiragana and katakana, of characters",
          S, kana, scripts.characters),
    SHARE("japanese-share", MIN, "kana, Han and Japanese marks, of characters",
          S, japanese, scripts.characters),
    SHARE("hiragana-share", MIN, "of characters",
          S, scripts.of[SM_HIRAGANA], scripts.characters),
    SHARE("katakana-share", MAX, "ー among them, of characters",
          S, scripts.of[SM_KATAKANA], scripts.characters),
    SHARE("han-share", MAX, "of characters",
          S, scripts.of[SM_HAN], scripts.characters),
    SHARE("hangul-share", MAX, "of characters",
          S, scripts.of[SM_HANGUL], scripts.characters),
    SHARE("latin-share", MAX, "letters, of characters",
          S, scripts.of[SM_LATIN], scripts.characters),
    SHARE("digit-share", MAX, "of characters",
          S, scripts.of[SM_DIGIT], scripts.characters),
    SHARE("space-share", MAX, "white space, of characters",
          S, scripts.of[SM_SPACE], scripts.characters),
    SHARE("symbol-share", MAX, "symbols and emoji, of characters",
          S, scripts.of[SM_SYMBOL], scripts.characters),
    SHARE("punctuation-share", MAX, "Japanese and other marks, of characters",
          S, marks, scripts.characters),
    SHARE("url-share", MAX, "characters of scheme://…, of characters",
          U, url_characters, scripts.characters),
    /* lines; a filled line holds something but white space */
    NUMBER("lines", MIN, "filled lines", L, lines.filled),
    SHARE("bullet-lines", MAX, "that open with ・•■- …, of filled lines",
          L, lines.bullets, lines.filled),
    SHARE("ellipsis-lines", MAX, "that end in …, ・ or ..., of filled lines",
          L, lines.ellipses, lines.filled),
    SHARE("short-lines", MAX, "of at most 10 characters, of filled lines",
          L, lines.shorts, lines.filled),
    SHARE("closed-lines", MIN, "that end in 。！？」） …, of filled lines",
          L, lines.closed, lines.filled),
    NUMBER("longest-run", MAX, "of one character but white space, in characters", L, lines.longest_run),
    SHARE("duplicate-lines", MAX, "that repeat an earlier line, of lines with a sentence",
          L, lines.line.repeats, lines.line.items),
    ZERO_SHARE("duplicate-line-characters", MAX, "in repeated lines, of characters in sentences",
               L, lines.line.repeated_characters, lines.line.characters),
    /* sentences */
    NUMBER("sentences", MIN, "how many", L, lines.sentence.items),
    SHARE("duplicate-sentences", MAX, "that repeat an earlier one, of sentences",
          L, lines.sentence.repeats, lines.sentence.items),
    ZERO_SHARE("duplicate-sentence-characters", MAX, "in repeated sentences, of characters in sentences",
               L, lines.sentence.repeated_characters, lines.sentence.characters),
    SHARE("mean-sentence", MIN, "characters a sentence",
          L, lines.sentence.characters, lines.sentence.items),
    NUMBER("longest-sentence", MAX, "in characters", L, lines.longest_sentence),
    SHARE("ellipsis-sentences", MAX, "that end in ・ or …, of sentences",
          L, lines.ellipsis_sentences, lines.sentence.items),
    /* character n-grams over the whole text, line feeds among them */
    SHARE("top-2-gram", MAX, "the most frequent, of all 2-grams",
          G(2), ngrams[2].top, ngrams[2].total),
    SHARE("top-3-gram", MAX, "the most frequent, of all 3-grams",
          G(3), ngrams[3].top, ngrams[3].total),
    SHARE("top-4-gram", MAX, "the most frequent, of all 4-grams",
          G(4), ngrams[4].top, ngrams[4].total),
    ZERO_SHARE("repeated-5-grams", MAX, "seen twice or more, of distinct 5-grams",
               G(5), ngrams[5].repeated, ngrams[5].distinct),
    ZERO_SHARE("repeated-6-grams", MAX, "seen twice or more, of distinct 6-grams",
               G(6), ngrams[6].repeated, ngrams[6].distinct),
    ZERO_SHARE("repeated-7-grams", MAX, "seen twice or more, of distinct 7-grams",
               G(7), ngrams[7].repeated, ngrams[7].distinct),
    ZERO_SHARE("repeated-8-grams", MAX, "seen twice or more, of distinct 8-grams",
               G(8), ngrams[8].repeated, ngrams[8].distinct),
    ZERO_SHARE("repeated-9-grams", MAX, "seen twice or more, of distinct 9-grams",
               G(9), ngrams[9].repeated, ngrams[9].distinct),
    ZERO_SHARE("repeated-10-grams", MAX, "seen twice or more, of distinct 10-grams",
               G(10), ngrams[10].repeated, ngrams[10].distinct),
    /* where Swallow counts otherwise than we do */
    NUMBER("swallow-japanese-letters", MIN, "kana but ー, kanji of the BMP, 、，。．！？", W, letters.all),
    ZERO_SHARE("swallow-japanese-share", MIN, "Japanese letters, of characters",
               W, letters.all, scripts.characters),
    ZERO_SHARE("swallow-hiragana-share", MIN, "of Japanese letters",
               W, letters.hiragana, letters.all),
    ZERO_SHARE("swallow-katakana-share", MAX, "ー not among them, of Japanese letters",
               W, letters.katakana, letters.all),
    SHARE("swallow-duplicate-lines", MAX, "that repeat an earlier line, blank ones too, of all lines",
          L, lines.repeats_with_blanks, lines.lines),
};
/* clang-format on */

enum { ROWS = sizeof table / sizeof *table, TOP = offsetof(sm_ngram_stats, top) };

const sm_filter_value *sm_filter_value_at(size_t i)
{
    return i < ROWS ? &table[i].value : NULL;
}

bool sm_filter_find_value(sm_span name, size_t *value)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (!sm_span_equal(name, sm_span_of(table[i].value.name))) continue;
        *value = i;
        return true;
    }
    return false;
}

static double number_at(const sm_text_stats *stats, size_t offset)
{
    return (double)*(const uint64_t *)(const void *)((const char *)stats + offset);
}

double sm_filter_compute(size_t value, sm_text_stats *stats)
{
    const value_row *const row = &table[value];
    sm_text_stats_need(stats, row->parts);
    const double part = number_at(stats, row->part);
    if (row->whole == COUNT) return part;
    const double whole = number_at(stats, row->whole);
    if (whole > 0) return part / whole;
    return row->empty_is_zero ? 0.0 : (double)NAN;
}

/* The share of the most frequent n-gram is bounded by the most frequent character, which costs a
 * tenth of counting n-grams, and settles the question for nearly every text. */
double sm_filter_bound(size_t value, sm_text_stats *stats)
{
    for (size_t n = SM_NGRAM_MIN; n <= SM_NGRAM_MAX; n++) {
        if (table[value].part != AT(ngrams) + n * sizeof(sm_ngram_stats) + TOP) continue;
        sm_text_stats_need(stats, SM_PART_BOUND);
        if (stats->n_chars < n) break;
        return (double)stats->ngram_bound / (double)(stats->n_chars - n + 1);
    }
    return (double)INFINITY;
}
