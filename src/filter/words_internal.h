/* Words of a text: how they are cut, and what is kept of each.
 * SPDX-License-Identifier: MIT
 *
 * A word keeps no characters: its hash, its length and a few bits are all that recipes ask for. The hash is a
 * polynomial modulo 2^64, so that the hash of words strung together follows from theirs (datatrove compares
 * n-grams as the string of their words). Two n-grams that differ have one hash once in 2^64, but for texts made
 * for it, which need words of hundreds of characters. */
#ifndef SEIMAI_FILTER_WORDS_INTERNAL_H
#define SEIMAI_FILTER_WORDS_INTERNAL_H

#include "filter_internal.h"

typedef struct sm_word {
    uint64_t hash, power; /* hash(ab) = hash(a) × power(b) + hash(b) */
    uint64_t end;         /* characters of all words up to this one's end */
} sm_word;

/* One n-gram in a table of counts; count 0 is a free slot. */
typedef struct sm_tally {
    uint64_t key;
    uint32_t count, first; /* first: the word that its first occurrence begins with */
} sm_tally;

/* What MeCab's feature of a word says of its part of speech. */
typedef struct sm_class {
    const char *feature;
    bool is_mark, is_noun;
} sm_class;

enum {
    SM_CLASSES = 1 << 12,
    SM_STOP_SLOTS = 256,
    SM_STOP_MAX = 64,
    SM_POWERS = 64,
    SM_WORD_BITS = 1 << 17, /* 16 KiB each: in reach of the nearest cache */
    SM_WORD_SUMS = 1 << 12,
    SM_MORPHEME_MAX = 1 << 15 /* characters: what MeCab takes at once has that many bytes */
};

struct sm_words {
    sm_word *words;
    size_t n, cap;
    uint64_t *grams; /* hash of the n-gram that begins with word i, of the last length */
    size_t cap_grams;
    int length;  /* of grams; 1 after cutting */
    bool spaced; /* words of grams stand apart (strung by spaces) */
    sm_tally *tallies;
    size_t n_tallies, cap_tallies;
    uint64_t *bits;    /* of SM_WORD_BITS, wordbounds.c */
    uint32_t *sums;    /* SM_WORD_SUMS of them */
    sm_tagger *tagger; /* of MeCab; NULL: words by scripts */
    const char
        *mark; /* the part of speech of punctuation in its dictionary; NULL: not asked for */
    sm_class classes[SM_CLASSES]; /* of the last features seen */
    uint64_t powers[SM_POWERS];
    uint64_t found; /* stop words, as bits */
    uint32_t morpheme[SM_MORPHEME_MAX];
    uint8_t openers[96]; /* wordcut.c: by hiragana, the first particle that begins with it */
};

#define SM_HASH_BASE 0x9E3779B97F4A7C15u

/* A word as it is cut: its characters, and MeCab's feature of it or NULL. */
void sm_words_put(sm_text_stats *stats, const uint32_t *c, size_t n, const char *feature);
/* sm_words_hash is the hash of a word by itself, for lists of stop words. */
uint64_t sm_words_hash(const uint32_t *c, size_t n);

/* wordgrams.c: the hashes of all n-grams of length n (grams); how many there are. sm_words_letters: characters of the
 * n-gram that begins with word i, without spaces. */
size_t sm_words_grams(sm_words *words, int n, bool spaced);
uint64_t sm_words_letters(const sm_words *words, size_t i, size_t n);

/* wordcut.c: words by scripts, for stats->chars; sm_words_openers fills the index that it needs. */
void sm_words_by_script(sm_text_stats *stats);
void sm_words_openers(uint8_t openers[96]);

/* presets: which stop word has this hash, or -1; and whether words are MeCab's. */
int sm_filter_stop_word(const sm_filter *filter, uint64_t hash);
const sm_morph *sm_filter_morph(const sm_filter *filter);
bool sm_filter_wants_nouns(const sm_filter *filter);

#endif
