/* The unigram model (T. Kudo, "Subword Regularization", 2018): of all ways to cut a text into pieces the one
 * with the highest sum of scores.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_UNIGRAM_H
#define SM_BPE_UNIGRAM_H

#include <seimai/tokenizer.h>

#include "intern.h"

typedef struct unigram unigram;

typedef struct unigram_piece {
    sm_span bytes; /* valid UTF-8, not empty */
    double score;
    uint32_t id;
} unigram_piece;

/* Scratch of one encoder. Init {0}. */
typedef struct unigram_scratch {
    void *sums;      /* [cap + 1] by place between the characters: the best score up to there */
    uint32_t *last;  /* [cap + 1] its last piece; SM_NO_TOKEN: a character that is none */
    uint32_t *steps; /* [cap + 1] of the characters */
    uint32_t *seconds; /* [cap + 1] the trie's cell of a character and the next; 0: none */
    uint32_t *starts;  /* [cap + 1] their bytes */
    uint32_t *path;    /* [cap + 1] where the pieces of the best cut end, the last one first */
    size_t cap;        /* characters */
} unigram_scratch;

void unigram_scratch_free(unigram_scratch *s);

typedef struct unigram_options {
    double unk_score; /* of a character that is no piece */
    uint32_t unk;
    const uint32_t
        *fallback; /* NULL, or the ids of the 256 bytes that such a character becomes */
    bool
        single; /* sums are kept in single precision, as SentencePiece does and `tokenizers` does not */
} unigram_options;

/* Builds the model; the pieces, which it sorts, must be distinct. */
unigram *unigram_new(unigram_piece *pieces, size_t n, const unigram_options *options);
void unigram_free(unigram *u);

/* The score of a piece as the bits of a double; 0 of what is no piece. */
uint64_t unigram_score_bits(const unigram *u, uint32_t id);

/* Appends the ids of a text of valid UTF-8. */
void unigram_encode(const unigram *u, unigram_scratch *s, sm_span text, sm_ids *ids);
/* The same by looking up every part of the text that is short enough: the oracle. `pieces` and `ids_of` are
 * those of the vocabulary. */
void unigram_encode_naive(const unigram *u, const intern *pieces, const uint32_t *ids_of,
                          sm_span text, sm_ids *ids);

#endif
