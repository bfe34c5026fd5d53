/* What a token boundary at each place of a text would be, in one number: so that a tokenizer's cuts are counted by one
 * table, and everything else is read off it.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_MARKS_H
#define SM_BPE_MARKS_H

#include <seimai/tokenizer_report.h>

/* A mark is edge | place << 1 | part of speech << 5; 0 where a boundary counts for nothing. */
enum {
    MARK_EDGE = 1, /* MeCab has an edge there */
    PLACE_NONE = 0,
    PLACE_PAIR = 1, /* 1 … 9: between two of hiragana, katakana, kanji: 1 + 3 * left + right */
    PLACE_INSIDE = 10, /* inside a Japanese character */
    PLACES = 11,
    PARTS_OF_SPEECH = 16 /* at most 32 */
};

static inline unsigned mark_place(unsigned mark)
{
    return mark >> 1 & 15;
}

static inline unsigned mark_part(unsigned mark)
{
    return mark >> 5;
}

const char *place_name(unsigned place); /* "kanji-hiragana", "inside" */
/* part_of_speech finds the class of MeCab's feature ("名詞,固有名詞,…"; IPADIC and UniDic). */
unsigned part_of_speech(const char *feature);
const char *part_name(unsigned part); /* "noun" … */

/* Sorted: code point << 3 | JIS level. */
extern const uint32_t kanji_levels[];
extern const size_t n_kanji_levels;
extern const char name_kanji[]; /* 人名用漢字, UTF-8, sorted */

#endif
