/* The words of class and id that say what an element is.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_TRAIT_WORDS_H
#define SEIMAI_HTML_TRAIT_WORDS_H

#include <seimai/base.h>

typedef struct sm_trait_word {
    const char *word; /* lower case */
    uint32_t traits;  /* of content.h */
} sm_trait_word;

extern const sm_trait_word sm_trait_words[];
extern const size_t sm_n_trait_words;

/* A word as a number: five bits a letter, as many letters as fit. Longer words are known by their beginning. */
enum { SM_TRAIT_LETTERS = 12 };

/* sm_trait_key adds the n-th letter, 1…26, to a key. */
static inline uint64_t sm_trait_key(uint64_t key, size_t n, unsigned letter)
{
    return n < SM_TRAIT_LETTERS ? key << 5 | letter : key;
}

/* sm_traits_of_key gives the traits of the word with that key, 0 if there is none. */
uint32_t sm_traits_of_key(uint64_t key);

#endif
