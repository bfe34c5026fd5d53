/* What characters say about a language: the tables that gen/language_table.c makes of language/weights.txt.
 * SPDX-License-Identifier: MIT
 *
 * A weight is a log-ratio in quarters of a nat. In the Han tables first Japanese against simplified, then against
 * traditional Chinese; in the Latin table English against other languages, then against what is no language. */
#ifndef SM_TEXT_LANGUAGE_INTERNAL_H
#define SM_TEXT_LANGUAGE_INTERNAL_H

#include <stdint.h>

enum {
    SM_HAN_FIRST = 0x3000,
    SM_HAN_LAST = 0x9FFF,
    SM_PAIR_SLOTS = 8192, /* a power of two, half of it filled */
    /* Symbols of Latin lines: a blank, the letters a … z, any other letter, a digit or sign of code. */
    SM_LATIN_BLANK = 0,
    SM_LATIN_OTHER = 27,
    SM_LATIN_CODE = 28,
    SM_LATIN_SYMBOLS = 29,
    SM_LATIN_TRIPLES = SM_LATIN_SYMBOLS * SM_LATIN_SYMBOLS * SM_LATIN_SYMBOLS
};

typedef struct sm_weights {
    int8_t of[2];
} sm_weights;

typedef struct sm_pair_weights {
    uint32_t pair; /* first << 16 | second; 0: the slot is empty */
    sm_weights weights;
} sm_pair_weights;

extern const sm_weights sm_han_weights[SM_HAN_LAST - SM_HAN_FIRST + 1];
extern const sm_pair_weights sm_pair_table[SM_PAIR_SLOTS];
extern const sm_weights sm_latin_weights[SM_LATIN_TRIPLES];

/* The first slot that a pair may stand in; the next ones follow, round the table. */
static inline uint32_t sm_pair_slot(uint32_t pair)
{
    return pair * UINT32_C(2654435761) >> 19;
}

#endif
