/* The statistics of one text, computed part by part as they are asked for.
 * SPDX-License-Identifier: MIT
 *
 * sm_text_stats is scratch: begin points it at a subject and forgets the last one; need computes the parts
 * that are missing. Every number that a value is made of is a uint64_t (or a double) in this one structure, so
 * that the table of values can name it by its offset. */
#ifndef SEIMAI_FILTER_INTERNAL_H
#define SEIMAI_FILTER_INTERNAL_H

#include <seimai/deflate.h>
#include <seimai/filter.h>
#include <seimai/ng.h>
#include <seimai/script.h>

enum {
    SM_NGRAM_MIN = 2,
    SM_NGRAM_MAX = 10,
    SM_TOP_MAX = 4,     /* words: n-grams of 2…4 for the most frequent one */
    SM_REPEATED_MIN = 5 /* and of 5…10 for the repeated ones */
};

/* The parts, as bits; the last three stand for one bit a length of n-gram. */
#define SM_PART(i) ((uint64_t)1 << (i))
enum {
    SM_PART_SIZE,        /* characters */
    SM_PART_SCRIPTS,     /* classes of script.h: scripts, kana, japanese, marks */
    SM_PART_CHARACTERS,  /* decoded code points: chars */
    SM_PART_LETTERS,     /* Swallow's letters */
    SM_PART_KUTEN,       /* kuten */
    SM_PART_HEAD,        /* head_kana */
    SM_PART_LINES,       /* lines and sentences */
    SM_PART_SHAPES,      /* lines as HojiChar counts them */
    SM_PART_SPLITS,      /* lines as datatrove splits them */
    SM_PART_REGISTER,    /* how sentences end */
    SM_PART_URLS,        /* url_characters */
    SM_PART_BOARD,       /* bbs_hits */
    SM_PART_SPECIAL,     /* special characters */
    SM_PART_PHRASES,     /* what C4 looks for */
    SM_PART_DEFLATE,     /* compressed bytes */
    SM_PART_LANGUAGE,    /* language */
    SM_PART_TOP_BOUND,   /* top_bound */
    SM_PART_REPETITION,  /* repetition, of character 5-grams */
    SM_PART_WORDS,       /* the words: cut, counted */
    SM_PART_WORD_REPEAT, /* repeated 7-grams of words */
    SM_PART_LISTS,       /* hits of the lists of words */
    SM_PART_NGRAM,       /* + n: character n-grams of length n, 2…10 */
    SM_PART_WORD_NGRAM = SM_PART_NGRAM + SM_NGRAM_MAX + 1,        /* + n: of words */
    SM_PART_REPEAT_BOUND = SM_PART_WORD_NGRAM + SM_NGRAM_MAX + 1, /* + n: repeat_bound[n] */
    SM_PARTS = SM_PART_REPEAT_BOUND + SM_NGRAM_MAX + 1
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

/* HojiChar: lines by LF, blank ones among them. */
typedef struct sm_shape_stats {
    uint64_t lines, shorts;
    uint64_t ellipses, line_feeds; /* line_feeds: at least 1 */
    uint64_t longest_run;          /* of any one character */
} sm_shape_stats;

/* datatrove: four ways to split a text into lines. */
typedef struct sm_split_stats {
    sm_repeats line;      /* by runs of LF, and what is equal (Gopher's repetition) */
    sm_repeats paragraph; /* by runs of two LF or more, the text stripped */
    sm_repeats filled;    /* by LF, blank lines aside (FineWeb) */
    uint64_t stops;       /* filled lines that end in a terminal mark */
    uint64_t shorts;      /* filled lines of at most 30 characters */
    uint64_t line_feeds, without_feeds; /* LF; characters that are none */
    uint64_t lines, bullets, ellipses;  /* by any line break (Gopher's quality) */
    uint64_t third_longest;             /* line by LF, in characters (mC4) */
} sm_split_stats;

/* Of sentences as Swallow cuts them. */
typedef struct sm_register_stats {
    uint64_t sentences;
    uint64_t polite;    /* that end in です, ます and their forms */
    uint64_t plain;     /* in である, だ and their forms */
    uint64_t honorific; /* that hold an honorific or humble form */
} sm_register_stats;

/* What C4 drops a text or a line for. */
typedef struct sm_phrase_stats {
    uint64_t braces;  /* { */
    uint64_t lorem;   /* "lorem ipsum" */
    uint64_t notices; /* "javascript", and the phrases on cookies and terms of use */
    uint64_t closed;  /* 1: ends in a mark that closes a line, and not in ... */
} sm_phrase_stats;

/* n-grams of one length; repeated: distinct ones seen twice or more; top: the highest count. */
typedef struct sm_ngram_stats {
    uint64_t total, distinct, repeated, top;
} sm_ngram_stats;

/* Words: those of the text, and what recipes count of them. */
typedef struct sm_word_stats {
    uint64_t words, plain;        /* all; without those made of punctuation only */
    uint64_t plain_letters;       /* characters of those */
    uint64_t longest;             /* word, in characters */
    uint64_t alphabetic;          /* with a letter, kana or kanji */
    uint64_t hashes, ellipses;    /* # ; ... and … , of the text */
    uint64_t stop_words;          /* distinct ones of the preset that occur */
    uint64_t nouns, judged;       /* of MeCab's parts of speech; judged: all but marks */
    uint64_t top[SM_TOP_MAX + 1]; /* characters of the most frequent n-gram × its count */
    uint64_t
        repeated[SM_NGRAM_MAX + 1]; /* characters of n-grams seen before, without overlap */
    uint64_t seven, seven_repeated; /* 7-grams; those whose like occurs twice or more */
} sm_word_stats;

/* A line or sentence: what it holds, by its hash, and its length in characters. */
typedef struct sm_item {
    uint64_t hash, length;
} sm_item;

typedef struct sm_items {
    sm_item *items;
    size_t n, cap;
} sm_items;

/* A set of hashes, of at most half load; sm_seen_begin empties it. */
typedef struct sm_seen {
    uint64_t *slots;
    size_t n_slots, cap;
} sm_seen;

typedef struct sm_ngrams sm_ngrams; /* ngrams.c */
typedef struct sm_bounds sm_bounds; /* bounds.c */
typedef struct sm_words sm_words;   /* words_internal.h */

typedef struct sm_text_stats {
    sm_subject subject;
    const sm_filter *filter; /* what words and lists are; NULL: words by scripts, no lists */
    uint64_t done;           /* parts that are known */
    sm_error error;          /* of the first part that failed; code 0 as long as none did */
    sm_script_counts scripts;
    uint64_t kana, japanese, marks;
    uint64_t characters;
    uint64_t kuten;     /* 。 */
    uint64_t head_kana; /* among the first 50 characters */
    uint64_t url_characters, bbs_hits, special, compressed, bytes;
    double language;
    sm_letters letters;
    sm_line_stats lines;
    sm_shape_stats shapes;
    sm_split_stats splits;
    sm_register_stats endings;
    sm_phrase_stats phrases;
    sm_ngram_stats ngrams[SM_NGRAM_MAX + 1];
    uint64_t top_bound;                      /* no n-gram occurs more often */
    uint64_t repeat_bound[SM_NGRAM_MAX + 1]; /* total - distinct is not more */
    uint64_t repetition; /* sum of the highest counts of 5-grams, as BigScience has it */
    sm_word_stats word;
    const sm_ng_counts *lists; /* one a list of words */
    int last_ngram;            /* the length that was counted last in this text; 0 for none */
    /* scratch, kept for the next text */
    uint32_t *chars;
    size_t n_chars, cap_chars;
    sm_items line_items, sentence_items;
    sm_seen seen;
    sm_ngrams *counter;
    sm_bounds *bounds;
    sm_words *words;
    sm_ng_scanner *scanner;
    sm_deflater *deflater;
    uint64_t *special_map; /* bits of the first two planes */
} sm_text_stats;

void sm_text_stats_begin(sm_text_stats *stats, const sm_subject *subject);
/* parts: SM_PART bits, joined. A part that fails leaves its numbers at 0 and its reason in stats->error. */
void sm_text_stats_need(sm_text_stats *stats, uint64_t parts);
void sm_text_stats_free(sm_text_stats *stats);

/* textlines.c, textsplits.c, register.c, board.c: each fills its part from stats->chars. */
void sm_text_stats_lines(sm_text_stats *stats);
void sm_text_stats_shapes(sm_text_stats *stats);
void sm_text_stats_splits(sm_text_stats *stats);
void sm_text_stats_register(sm_text_stats *stats);
void sm_text_stats_board(sm_text_stats *stats);
void sm_text_stats_phrases(sm_text_stats *stats);

/* sm_sentence_end gives the end of the sentence that begins at `at` < n, in a line: past its mark; *run is how long it
 * is, 0 where the mark stands alone and there is no sentence. */
size_t sm_sentence_end(const uint32_t *line, size_t n, size_t at, size_t *run);

/* sm_items_repeats counts the items that equal an earlier one. */
void sm_items_add(sm_items *list, uint64_t hash, uint64_t length);
sm_repeats sm_items_repeats(const sm_items *list, sm_seen *seen);

/* seen.c: sm_seen_begin makes room for n hashes; sm_seen_add tells whether the hash was there, and puts it. */
void sm_seen_begin(sm_seen *seen, size_t n);
bool sm_seen_add(sm_seen *seen, uint64_t hash);

/* ngrams.c: sm_ngrams_first counts the n-grams of a text, n in 2…10; sm_ngrams_next those of length n after
 * the same text's of length n - 1, much faster. */
sm_ngrams *sm_ngrams_new(void) SM_MUST_USE;
void sm_ngrams_free(sm_ngrams *ngrams);
void sm_ngrams_first(sm_ngrams *ngrams, const uint32_t *chars, size_t n_chars, int n,
                     sm_ngram_stats *out);
void sm_ngrams_next(sm_ngrams *ngrams, const uint32_t *chars, size_t n_chars, int n,
                    sm_ngram_stats *out);
/* sm_ngrams_top_sum gives the sum of the k highest counts of the n-grams that sm_ngrams_first counts, k = min(⌊√distinct⌋,
 * those that are repeated): BigScience's measure of repetition. */
uint64_t sm_ngrams_top_sum(sm_ngrams *ngrams, const uint32_t *chars, size_t n_chars, int n,
                           sm_ngram_stats *out);

/* bounds.c: numbers that counting cannot exceed, for a tenth of its cost.
 * sm_bound_top: no n-gram of any length occurs more often. sm_bound_repeats: of the n-grams of this length, no more had
 * occurred before (all less the distinct ones). */
sm_bounds *sm_bounds_new(void) SM_MUST_USE;
void sm_bounds_free(sm_bounds *bounds);
uint64_t sm_bound_top(sm_bounds *bounds, const uint32_t *chars, size_t n_chars);
uint64_t sm_bound_repeats(sm_bounds *bounds, const uint32_t *chars, size_t n_chars, int n);

/* words.c, wordgrams.c: the words of stats->filter, what is counted of each; their n-grams of length n; 7-grams. */
void sm_words_free(sm_words *words);
void sm_text_stats_words(sm_text_stats *stats);
void sm_words_ngrams(sm_text_stats *stats, int n);
void sm_words_sevens(sm_text_stats *stats);
/* wordbounds.c: what stats->word.top[n] and .repeated[n] cannot exceed, for less than they cost. */
uint64_t sm_words_bound(sm_text_stats *stats, int n);

/* lists.c */
void sm_text_stats_lists(sm_text_stats *stats);

/* marks.c */
bool sm_is_terminal(uint32_t c);
bool sm_is_word_punctuation(uint32_t c);
/* sm_special_map gives one bit a code point below SM_SPECIAL_MAX; beyond it nothing is special. */
enum { SM_SPECIAL_MAX = 0x20000 };
uint64_t *sm_special_map(void) SM_MUST_USE;

/* White space as Python's str.strip() knows it, which the published recipes call. */
bool sm_is_white(uint32_t c);

/* values.c: a row of the table by name. */
bool sm_filter_find_row(sm_span name, size_t *row);
#endif
