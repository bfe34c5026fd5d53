/* Inside the unigram model.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_UNIGRAM_INTERNAL_H
#define SM_BPE_UNIGRAM_INTERNAL_H

#include "spiece/unigram_trie.h"

struct unigram {
    unigram_trie trie;
    double *scores; /* [n] by id */
    double
        *exact; /* [trie.n] in place of the cells' scores, where sums are double; else NULL */
    uint32_t *lengths; /* [n] by id, in characters */
    uint32_t n;
    bool single, falls_back;
    double unk_score;
    uint32_t unk;
    uint32_t fallback[256];
    size_t longest; /* characters */
};

/* The text in work: places `first` … n, before each of the n characters decoded and after the last. */
typedef struct unigram_window {
    const unigram *u;
    unigram_scratch *s;
    sm_ids *ids;
    const char *origin;     /* of the character 0 */
    const char *next, *end; /* what is not decoded yet */
    size_t first, at, n;    /* settled, walked and decoded up to here */
    size_t reach;           /* the farthest place where a piece met so far may end */
} unigram_window;

/* Makes room for at least `cap` characters, with sums of either precision. */
void unigram_reserve(unigram_scratch *s, size_t cap);
/* Decodes as far as there is room. */
void unigram_decode(unigram_window *w);
/* Forgets what is settled; doubles the window where that gives little. */
void unigram_make_room(unigram_window *w, size_t sum_size);
/* Writes the pieces of the best cut of what lies between `first` and `at`, which is settled then. */
void unigram_settle(unigram_window *w);
/* Appends the bytes of a character without a piece. A space stands for ▁: see front.h. */
void unigram_put_bytes(const unigram *u, sm_span character, sm_ids *ids);

/* The search in single and in double precision. */
void unigram_search_single(unigram_window *w);
void unigram_search_double(unigram_window *w);

#endif
