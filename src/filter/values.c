/* The table of values: each a count or a share of two counts of sm_text_stats.
 * SPDX-License-Identifier: MIT */
#include "preset_internal.h"

#include <math.h>

typedef struct value_row {
    sm_filter_value value;
    uint64_t parts;     /* what must be computed first */
    size_t part, whole; /* offsets of uint64_t in sm_text_stats; whole COUNT: the part itself */
    bool
        empty_is_zero; /* a share of nothing is 0, as in the originals' scripts; else undefined */
} value_row;

#define COUNT     SIZE_MAX
#define DOUBLE    (SIZE_MAX - 1) /* as whole: the part is a double */
#define AT(field) offsetof(sm_text_stats, field)

#define NUMBER(name, side, about, parts, part)                                                 \
    {                                                                                          \
        {name, side, about}, parts, AT(part), COUNT, false                                     \
    }
#define REAL(name, side, about, parts, part)                                                   \
    {                                                                                          \
        {name, side, about}, parts, AT(part), DOUBLE, false                                    \
    }
#define SHARE(name, side, about, parts, part, whole)                                           \
    {                                                                                          \
        {name, side, about}, parts, AT(part), AT(whole), false                                 \
    }
#define ZERO_SHARE(name, side, about, parts, part, whole)                                      \
    {                                                                                          \
        {name, side, about}, parts, AT(part), AT(whole), true                                  \
    }

/* The usual side, and the parts: size, scripts, links, lines, Swallow's letters, datatrove's lines, C4's phrases, the register, words,
 * n-grams of characters and of words. */
#define MIN     true
#define MAX     false
#define P(part) SM_PART(SM_PART_##part)
#define Z       P(SIZE)
#define S       (Z | P(SCRIPTS))
#define U       (Z | P(URLS))
#define L       P(LINES)
#define W       (Z | P(LETTERS))
#define D       P(SPLITS)
#define C       P(PHRASES)
#define R       P(REGISTER)
#define V       P(WORDS)
#define G(n)    SM_PART(SM_PART_NGRAM + (n))
#define N(n)    (V | SM_PART(SM_PART_WORD_NGRAM + (n)))

/* clang-format off */
static const value_row table[] = {
    /* characters, by the classes of script.h */
    NUMBER("characters", MIN, "code points", Z, characters),
    SHARE("kana-share", MIN, "hiragana and katakana, of characters",
          S, kana, characters),
    SHARE("japanese-share", MIN, "kana, Han and Japanese marks, of characters",
          S, japanese, characters),
    SHARE("hiragana-share", MIN, "of characters",
          S, scripts.of[SM_HIRAGANA], characters),
    SHARE("katakana-share", MAX, "ー among them, of characters",
          S, scripts.of[SM_KATAKANA], characters),
    SHARE("han-share", MAX, "of characters",
          S, scripts.of[SM_HAN], characters),
    SHARE("hangul-share", MAX, "of characters",
          S, scripts.of[SM_HANGUL], characters),
    SHARE("latin-share", MAX, "letters, of characters",
          S, scripts.of[SM_LATIN], characters),
    SHARE("digit-share", MAX, "of characters",
          S, scripts.of[SM_DIGIT], characters),
    SHARE("space-share", MAX, "white space, of characters",
          S, scripts.of[SM_SPACE], characters),
    SHARE("symbol-share", MAX, "symbols and emoji, of characters",
          S, scripts.of[SM_SYMBOL], characters),
    SHARE("punctuation-share", MAX, "Japanese and other marks, of characters",
          S, marks, characters),
    SHARE("url-share", MAX, "characters of scheme://…, of characters",
          U, url_characters, characters),
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
               W, letters.all, characters),
    ZERO_SHARE("swallow-hiragana-share", MIN, "of Japanese letters",
               W, letters.hiragana, letters.all),
    ZERO_SHARE("swallow-katakana-share", MAX, "ー not among them, of Japanese letters",
               W, letters.katakana, letters.all),
    SHARE("swallow-duplicate-lines", MAX, "that repeat an earlier line, blank ones too, of all lines",
          L, lines.repeats_with_blanks, lines.lines),
    /* what other recipes count: lines and characters as their originals do */
    NUMBER("kana-in-50", MIN, "hiragana and katakana (no ー, no ヴ) among the first 50 characters", P(HEAD), head_kana),
    SHARE("kuten-share", MIN, "。, of characters", P(KUTEN) | Z, kuten, characters),
    SHARE("compression", MIN, "bytes after zlib (level 9), of UTF-8 bytes", P(DEFLATE), compressed, bytes),
    NUMBER("bbs-hits", MAX, "dates, コメント, 投稿, レビュー, hyphens … (HojiChar's pattern of boards)", P(BOARD), bbs_hits),
    ZERO_SHARE("special-share", MAX, "BigScience's special characters and emoji, of characters",
               P(SPECIAL) | Z, special, characters),
    ZERO_SHARE("repetition-5-grams", MAX, "the √n most frequent 5-grams, of all (BigScience)",
               P(REPETITION), repetition, ngrams[5].total),
    NUMBER("hojichar-longest-run", MAX, "of any one character, blanks among them", P(SHAPES), shapes.longest_run),
    SHARE("hojichar-short-lines", MAX, "of at most 10 characters, of all lines", P(SHAPES), shapes.shorts, shapes.lines),
    SHARE("hojichar-ellipsis-lines", MAX, "that end in ... or … and a line feed, of line feeds",
          P(SHAPES), shapes.ellipses, shapes.line_feeds),
    SHARE("gopher-duplicate-lines", MAX, "that repeat an earlier one, of lines between runs of line feeds",
          D, splits.line.repeats, splits.line.items),
    SHARE("gopher-duplicate-line-characters", MAX, "in repeated lines, of characters",
          D | Z, splits.line.repeated_characters, characters),
    SHARE("gopher-duplicate-paragraphs", MAX, "that repeat an earlier one, of paragraphs",
          D, splits.paragraph.repeats, splits.paragraph.items),
    SHARE("gopher-duplicate-paragraph-characters", MAX, "in repeated paragraphs, of characters",
          D | Z, splits.paragraph.repeated_characters, characters),
    SHARE("gopher-bullet-lines", MAX, "that open with • or -, of lines", D, splits.bullets, splits.lines),
    SHARE("gopher-ellipsis-lines", MAX, "that end in ... or …, of lines", D, splits.ellipses, splits.lines),
    SHARE("fineweb-closed-lines", MIN, "that end in a terminal mark (no bracket), of filled lines",
          D, splits.stops, splits.filled.items),
    SHARE("fineweb-short-lines", MAX, "of at most 30 characters, of filled lines", D, splits.shorts, splits.filled.items),
    SHARE("fineweb-duplicate-line-characters", MAX, "in repeated filled lines, of characters but line feeds",
          D, splits.filled.repeated_characters, splits.without_feeds),
    NUMBER("third-longest-line", MIN, "in characters; 0 for less than three lines", D, splits.third_longest),
    NUMBER("open-braces", MAX, "how many {", C, phrases.braces),
    NUMBER("lorem-ipsum", MAX, "how many", C, phrases.lorem),
    NUMBER("notices", MAX, "javascript, cookies, terms of use and privacy policy, how many", C, phrases.notices),
    NUMBER("closed", MIN, "1: ends in a mark of a sentence or quotation, not in an ellipsis; for lines", C, phrases.closed),
    /* language and register */
    REAL("language-ja", MIN, "share of the writing that stands in Japanese lines", P(LANGUAGE), language),
    SHARE("polite-sentences", MIN, "that end in です, ます and their forms, of sentences", R, endings.polite, endings.sentences),
    SHARE("plain-sentences", MIN, "that end in である, だ and their forms, of sentences", R, endings.plain, endings.sentences),
    SHARE("honorific-sentences", MAX, "that hold an honorific or humble form, of sentences", R, endings.honorific, endings.sentences),
    /* words (MeCab's, or by scripts); plain: not made of punctuation only */
    NUMBER("words", MIN, "plain words", V, word.plain),
    SHARE("mean-word", MIN, "characters a plain word", V, word.plain_letters, word.plain),
    NUMBER("longest-word", MAX, "in characters", V, word.longest),
    SHARE("hashes-per-word", MAX, "#, per word", V, word.hashes, word.words),
    SHARE("ellipses-per-word", MAX, "... and …, per word", V, word.ellipses, word.words),
    SHARE("alphabetic-words", MIN, "with a letter (kana and kanji among them), of words", V, word.alphabetic, word.words),
    NUMBER("stop-words", MIN, "distinct ones of the preset's stop-words that occur", V, word.stop_words),
    SHARE("line-feeds-per-word", MAX, "line feeds, per word", V | D, splits.line_feeds, word.words),
    ZERO_SHARE("noun-share", MAX, "of words that are no marks, by MeCab", V, word.nouns, word.judged),
    SHARE("top-2-words", MAX, "characters of the most frequent pair of words, of characters", N(2) | Z, word.top[2], characters),
    SHARE("top-3-words", MAX, "of the most frequent three", N(3) | Z, word.top[3], characters),
    SHARE("top-4-words", MAX, "of the most frequent four", N(4) | Z, word.top[4], characters),
    SHARE("repeated-5-words", MAX, "characters in 5-grams of words seen before, of characters", N(5) | Z, word.repeated[5], characters),
    SHARE("repeated-6-words", MAX, "in 6-grams", N(6) | Z, word.repeated[6], characters),
    SHARE("repeated-7-words", MAX, "in 7-grams", N(7) | Z, word.repeated[7], characters),
    SHARE("repeated-8-words", MAX, "in 8-grams", N(8) | Z, word.repeated[8], characters),
    SHARE("repeated-9-words", MAX, "in 9-grams", N(9) | Z, word.repeated[9], characters),
    SHARE("repeated-10-words", MAX, "in 10-grams", N(10) | Z, word.repeated[10], characters),
    ZERO_SHARE("repetition-7-words", MAX, "7-grams of words that occur twice or more, of all",
               P(WORD_REPEAT), word.seven_repeated, word.seven),
};
/* clang-format on */

enum {
    ROWS = sizeof table / sizeof *table,
    TOP = offsetof(sm_ngram_stats, top),
    REPEATED = offsetof(sm_ngram_stats, repeated)
};

const sm_filter_value *sm_filter_value_at(size_t i)
{
    return i < ROWS ? &table[i].value : NULL;
}

/* ---- values by number ------------------------------------------------------------------------- */

const sm_filter_value *sm_filter_value_of(const sm_filter *filter, size_t value)
{
    if (value < ROWS) return &table[value].value;
    value -= ROWS;
    return &filter->lists[value / SM_LIST_VALUES]->values[value % SM_LIST_VALUES];
}

sm_word_list *sm_filter_list_of(const sm_filter *filter, size_t value)
{
    return value < ROWS ? NULL : filter->lists[(value - ROWS) / SM_LIST_VALUES];
}

bool sm_filter_find_value(const sm_filter *filter, sm_span name, size_t *value)
{
    const size_t n = ROWS + (filter ? filter->n_lists * SM_LIST_VALUES : 0);
    for (*value = 0; *value < n; ++*value) {
        const char *const known = sm_filter_value_of(filter, *value)->name;
        if (known && sm_span_equal(name, sm_span_of(known))) return true;
    }
    return false;
}

bool sm_filter_value_is_word(size_t value)
{
    return value < ROWS && (table[value].parts & (V | P(WORD_REPEAT)));
}

bool sm_filter_value_is_noun(size_t value)
{
    return value < ROWS && table[value].part == AT(word.nouns);
}

bool sm_filter_passes_undefined(size_t value)
{
    return value >= ROWS && (value - ROWS) % SM_LIST_VALUES == SM_LIST_HOST;
}

/* ---- computing -------------------------------------------------------------------------------- */

static const void *field_at(const sm_text_stats *stats, size_t offset)
{
    return (const char *)stats + offset;
}

static double number_at(const sm_text_stats *stats, size_t offset)
{
    return (double)*(const uint64_t *)field_at(stats, offset);
}

double sm_filter_compute(const sm_filter *filter, size_t value, sm_text_stats *stats)
{
    if (value >= ROWS)
        return sm_lists_value(filter, (value - ROWS) / SM_LIST_VALUES,
                              (value - ROWS) % SM_LIST_VALUES, stats);
    const value_row *const row = &table[value];
    sm_text_stats_need(stats, row->parts);
    if (row->whole == DOUBLE) return *(const double *)field_at(stats, row->part);
    const double part = number_at(stats, row->part);
    if (row->whole == COUNT) return part;
    const double whole = number_at(stats, row->whole);
    if (whole > 0) return part / whole;
    return row->empty_is_zero ? 0.0 : (double)NAN;
}

/* ---- bounds ----------------------------------------------------------------------------------- */

/* The most frequent n-gram is no more frequent than the most frequent character. */
static bool top_is_below(size_t n, sm_text_stats *stats, double max)
{
    sm_text_stats_need(stats, P(TOP_BOUND));
    if (stats->n_chars < n) return false;
    return (double)stats->top_bound / (double)(stats->n_chars - n + 1) <= max;
}

/* Distinct n-grams that are repeated are no more than `repeats`, distinct ones no fewer than the rest. */
static bool share_is_below(uint64_t repeats, uint64_t total, double max)
{
    return repeats < total && (double)repeats / (double)(total - repeats) <= max;
}

/* Where an n-gram is repeated, so is its beginning: what holds of 5-grams holds of longer ones. */
static bool repeated_is_below(size_t n, sm_text_stats *stats, double max)
{
    if (stats->n_chars < n) return false;
    const uint64_t total = stats->n_chars - n + 1;
    sm_text_stats_need(stats, SM_PART(SM_PART_REPEAT_BOUND + SM_REPEATED_MIN));
    if (share_is_below(stats->repeat_bound[SM_REPEATED_MIN], total, max)) return true;
    sm_text_stats_need(stats, SM_PART(SM_PART_REPEAT_BOUND + n));
    return share_is_below(stats->repeat_bound[n], total, max);
}

/* The k highest counts: one for each of k n-grams, and what they occur beyond that; k is at most √n. */
static bool repetition_is_below(sm_text_stats *stats, double max)
{
    sm_text_stats_need(stats, SM_PART(SM_PART_REPEAT_BOUND + SM_REPEATED_MIN));
    if (stats->n_chars < SM_REPEATED_MIN) return false;
    const double repeats = (double)stats->repeat_bound[SM_REPEATED_MIN];
    const double total = (double)(stats->n_chars - SM_REPEATED_MIN + 1);
    return (repeats + fmin(repeats, floor(sqrt(total)))) / total <= max;
}

static bool words_are_below(int n, sm_text_stats *stats, double max)
{
    sm_text_stats_need(stats, P(SIZE));
    const double bound = (double)sm_words_bound(stats, n);
    return stats->characters > 0 && bound / (double)stats->characters <= max;
}

bool sm_filter_is_below(size_t value, sm_text_stats *stats, double max)
{
    if (value >= ROWS) return false;
    const size_t part = table[value].part;
    if (part == AT(repetition)) return repetition_is_below(stats, max);
    for (size_t n = SM_NGRAM_MIN; n <= SM_NGRAM_MAX; n++) {
        const size_t at = AT(ngrams) + n * sizeof(sm_ngram_stats);
        if (part == at + TOP) return top_is_below(n, stats, max);
        if (part == at + REPEATED) return repeated_is_below(n, stats, max);
        if (part == AT(word.top) + n * sizeof(uint64_t) && n <= SM_TOP_MAX)
            return words_are_below((int)n, stats, max);
        if (part == AT(word.repeated) + n * sizeof(uint64_t))
            return words_are_below((int)n, stats, max);
    }
    return false;
}
