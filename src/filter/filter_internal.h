/* The statistics of one text, computed part by part as they are asked for.
 * SPDX-License-Identifier: MIT
 *
 * sm_text_stats is scratch: begin points it at a text and forgets the last one; need computes the parts
 * that are missing. Every number that a value is made of is a uint64_t in this one structure, so
 * that the table of values can name it by its offset. */
#ifndef SEIMAI_FILTER_INTERNAL_H
#define SEIMAI_FILTER_INTERNAL_H

#include <seimai/filter.h>
#include <seimai/script.h>

enum { SM_NGRAM_MIN = 2, SM_NGRAM_MAX = 10 };

/* The parts, as bits. */
enum {
    SM_PART_SCRIPTS = 1,    /* classes of script.h: scripts, kana, japanese, marks */
    SM_PART_CHARACTERS = 2, /* decoded code points: chars */
    SM_PART_LETTERS = 4,    /* Swallow's letters */
    SM_PART_LINES = 8,      /* lines and sentences */
    SM_PART_URLS = 16,      /* url_characters */
    SM_PART_BOUND = 32,     /* ngram_bound */
    SM_PART_NGRAM = 64      /* << n: n-grams of length n */
};

/* Japanese letters as Swallow counts them: no ー, nothing beyond the BMP, 、，。．！？ among `all`. */
typedef struct sm_letters {
    uint64_t hiragana, katakana, all;
} sm_letters;

/* Equal items: how many there are, and how many repeat an earlier one. */
typedef struct sm_repeats {
    uint64_t items, repeats;
    uint64_t characters, repeated_characters;
} sm_repeats;

typedef struct sm_line_stats {
    uint64_t lines, filled; /* all; those with a character that is no white space */
    uint64_t bullets, ellipses, shorts, closed;
    uint64_t longest_run; /* of one character, white space aside */
    uint64_t longest_sentence, ellipsis_sentences;
    sm_repeats line, sentence; /* lines that hold a sentence; sentences */
    uint64_t
        repeats_with_blanks; /* repeats among all lines, where lines without sentence are equal */
} sm_line_stats;

/* n-grams of one length; repeated: distinct ones seen twice or more; top: the highest count. */
typedef struct sm_ngram_stats {
    uint64_t total, distinct, repeated, top;
} sm_ngram_stats;

/* A line or sentence: what it holds, by its hash, and its length in characters. */
typedef struct sm_item {
    uint64_t hash, length;
} sm_item;

typedef struct sm_items {
    sm_item *items;
    size_t n, cap;
} sm_items;

typedef struct sm_ngrams sm_ngrams; /* ngrams.c */

typedef struct sm_text_stats {
    sm_span text;
    unsigned done; /* parts that are known */
    sm_script_counts scripts;
    uint64_t kana, japanese, marks;
    uint64_t url_characters;
    sm_letters letters;
    sm_line_stats lines;
    sm_ngram_stats ngrams[SM_NGRAM_MAX + 1];
    uint64_t ngram_bound; /* no n-gram occurs more often */
    int last_ngram;       /* the length that was counted last in this text; 0 for none */
    /* scratch, kept for the next text */
    uint32_t *chars;
    size_t n_chars, cap_chars;
    sm_items line_items, sentence_items;
    uint64_t *seen; /* hash table of repeats */
    size_t cap_seen;
    sm_ngrams *counter;
} sm_text_stats;

void sm_text_stats_begin(sm_text_stats *stats, sm_span text);
void sm_text_stats_need(sm_text_stats *stats, unsigned parts);
void sm_text_stats_free(sm_text_stats *stats);

/* textlines.c: fills stats->lines from stats->chars. */
void sm_text_stats_lines(sm_text_stats *stats);

/* ngrams.c: sm_ngrams_first counts the n-grams of a text, n in 2…10; sm_ngrams_next those of length n after
 * the same text's of length n - 1, much faster. sm_ngrams_bound gives a number that no n-gram of any
 * length occurs more often than: how often the most frequent character does, or a little more. */
sm_ngrams *sm_ngrams_new(void) SM_MUST_USE;
void sm_ngrams_free(sm_ngrams *ngrams);
void sm_ngrams_first(sm_ngrams *ngrams, const uint32_t *chars, size_t n_chars, int n,
                     sm_ngram_stats *out);
void sm_ngrams_next(sm_ngrams *ngrams, const uint32_t *chars, size_t n_chars, int n,
                    sm_ngram_stats *out);
uint64_t sm_ngrams_bound(sm_ngrams *ngrams, const uint32_t *chars, size_t n_chars);

/* values.c: a row of the table by name, and its number for a text (NaN where it is undefined). */
bool sm_filter_find_value(sm_span name, size_t *value);
double sm_filter_compute(size_t value, sm_text_stats *stats);
/* A number that the value does not exceed, where one is had for less than the value; else infinity. */
double sm_filter_bound(size_t value, sm_text_stats *stats);

/* White space as Python's str.strip() knows it, which the published recipes call. */
bool sm_is_white(uint32_t c);

#endif
