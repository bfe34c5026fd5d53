/* The characters of a training text.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_LETTERS_H
#define SM_BPE_LETTERS_H

#include <seimai/bpe_train.h>
#include <seimai/count.h>

#define NO_LETTER UINT32_MAX
enum { CODE_POINTS = 0x110000 };

typedef struct letters {
    uint64_t *count; /* [CODE_POINTS] occurrences */
    uint32_t
        *unit_of;   /* [CODE_POINTS] the number of a character that may merge, or NO_LETTER */
    uint32_t *code; /* [n] the code point of each of those, ascending */
    size_t n;
    uint64_t total; /* occurrences of all characters */
} letters;

/* Counts the characters. None may merge before one of the two functions below. */
void letters_init(letters *l, const sm_counts *counts);
void letters_fini(letters *l);
/* ASCII, and every character that occurs `least` times. */
void letters_choose_frequent(letters *l, uint64_t least);
/* The most frequent characters until `coverage` of all occurrences is reached, and the required ones. */
void letters_choose_covering(letters *l, double coverage, const uint32_t *required, size_t n);
/* A table of the characters of more than one byte, each as a pre-token. */
sm_counts *letters_table(const letters *l) SM_MUST_USE;

#endif
