/* A trie over characters: a double array (src/bpe/encode/trie.h) whose steps are dense codes, the frequent
 * characters first, so that its upper part stays in the cache.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_UNIGRAM_TRIE_H
#define SM_BPE_UNIGRAM_TRIE_H

#include "spiece/unigram.h"

enum { CODE_NONE = 0, CODE_BLOCK = 256, CODE_BLOCKS = 0x110000 / CODE_BLOCK };
#define UNIGRAM_ROOT (UINT32_MAX - 1)

/* The child of cell x for a code is cell base(x) + code, if that says that x is its parent. A child of the root
 * is the cell of its code, with UNIGRAM_ROOT as parent; cell 0, that of CODE_NONE, has no children. */
typedef struct unigram_cell {
    uint32_t parent;
    uint32_t base;   /* 0: no children */
    uint32_t labels; /* a bit for the code of each child, by its lowest five bits */
    float score;     /* -INFINITY: no piece ends here */
} unigram_cell;

typedef struct unigram_trie {
    unigram_cell *cells; /* [n] */
    uint32_t *ids;       /* [n] of the pieces; SM_NO_TOKEN where none ends */
    size_t n, cap;
    uint64_t *
        pairs; /* a bit for every two characters that begin a piece or a longer one, by unigram_pair */
    uint16_t block[CODE_BLOCKS];
    uint32_t (*codes)[CODE_BLOCK]; /* block 0 is empty */
    size_t n_blocks;
    uint32_t n_codes;
} unigram_trie;

/* Builds the trie; sorts the pieces. */
void unigram_trie_build(unigram_trie *t, unigram_piece *pieces, size_t n);
void unigram_trie_free(unigram_trie *t);

static inline uint32_t unigram_code(const unigram_trie *t, uint32_t c)
{
    return t->codes[t->block[c / CODE_BLOCK]][c % CODE_BLOCK];
}

enum { PAIR_BITS = 20 };

static inline uint32_t unigram_pair(uint32_t first, uint32_t second)
{
    return (first * 0x9E3779B1u ^ second * 0x85EBCA77u) >> (32 - PAIR_BITS);
}

#endif
