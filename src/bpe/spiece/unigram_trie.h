/* A trie over characters: a double array (src/bpe/encode/trie.h) whose steps are dense codes, the frequent
 * characters first, so that its upper part stays in the cache.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_UNIGRAM_TRIE_H
#define SM_BPE_UNIGRAM_TRIE_H

#include "spiece/unigram.h"

/* A step is what the search knows of a character: its code, and one bit that many others share. 0: a character in
 * no piece. */
enum { STEP_BITS = 11, STEP_LABELS = (1 << STEP_BITS) - 1 };
#define STEP_NEVER (UINT32_MAX >> STEP_BITS) /* the code of no character */

/* The child of cell x for a code is cell base(x) + code, if that cell is of the same code: no two cells have one
 * base. The child of the root is the cell of its code; cell 0 is that of characters without one. Everything that
 * a step asks for lies in these 16 bytes. */
typedef struct unigram_cell {
    uint32_t key;  /* its code, STEP_NEVER below the root, and its children's bits */
    uint32_t base; /* 0: no children */
    float score;   /* -INFINITY: no piece ends here */
    uint32_t id;   /* of the piece; SM_NO_TOKEN: a character that is none, or none ends here */
} unigram_cell;

typedef struct unigram_trie {
    unigram_cell *cells; /* [n] */
    size_t n, cap;
    uint64_t *pairs; /* a bit for two characters that begin a piece, by unigram_pair */
    uint32_t *steps; /* [0x110000] by character; untouched pages of it take no memory */
    uint32_t n_codes;
} unigram_trie;

/* Builds the trie, with score and id all 0; sorts the pieces, and gives their cells. */
void unigram_trie_build(unigram_trie *t, unigram_piece *pieces, size_t n, uint32_t *ends);
void unigram_trie_free(unigram_trie *t);

static inline uint32_t unigram_code(uint32_t step)
{
    return step >> STEP_BITS;
}

enum { PAIR_BITS = 20 };

static inline uint32_t unigram_pair(uint32_t first, uint32_t second)
{
    return (first * 0x9E3779B1u ^ second * 0x85EBCA77u) >> (32 - PAIR_BITS);
}

#endif
