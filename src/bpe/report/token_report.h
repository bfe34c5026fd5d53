/* What the files of a report share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_TOKEN_REPORT_H
#define SM_BPE_TOKEN_REPORT_H

#include <seimai/tokenizer_report.h>

#include "report/bootstrap.h"

/* The columns that are resampled: those of the text, then those of each tokenizer. */
enum { COL_BYTES, COL_CHARACTERS, COL_MORPHEMES, TEXT_COLUMNS };
enum { COL_TOKENS, COL_CUTS, COL_RIGHT, COL_EDGES, TOKENIZER_COLUMNS };

static inline size_t column_of(size_t tokenizer, size_t column)
{
    return TEXT_COLUMNS + tokenizer * TOKENIZER_COLUMNS + column;
}

enum { DOMAINS_MOST = 1000, FEWEST_DOCUMENTS = 10 };

/* The documents of one source. */
typedef struct domain {
    sm_span name;
    uint64_t documents, bytes, characters;
    uint64_t *tokens; /* [tokenizers] */
} domain;

/* What a reader sums up, and the report after it. */
typedef struct sums {
    uint64_t documents, bytes, characters, morphemes, inner_edges;
    uint64_t classes[SM_CHAR_CLASSES];
    sm_token_tally *tallies; /* [tokenizers] */
    bootstrap resamples;
    domain *domains; /* [n_domains], sorted by name */
    size_t n_domains, cap_domains;
    bool too_many_domains;
    sm_arena arena; /* names */
} sums;

struct sm_token_report {
    const sm_token_subject *subjects;
    size_t n;
    const sm_morph *morph;
    sums all;
};

/* ---- what a vocabulary holds (vocabulary.c) ---------------------------------------------------- */

enum { LENGTHS = 16, WORST = 12 };

typedef struct vocabulary {
    uint64_t kinds[SM_TOKEN_KINDS];
    uint64_t japanese_by_length[LENGTHS]; /* characters 1 … 15, 16 and more */
    uint64_t unused_japanese, unreachable;
    uint32_t longest_unused[WORST], longest_unreachable[WORST]; /* ids */
    size_t n_longest_unused, n_longest_unreachable;
    /* Characters of lists: how many, how many that tokens share, how many that are one token. */
    uint64_t listed[SM_CHAR_CLASSES], listed_split[SM_CHAR_CLASSES],
        listed_single[SM_CHAR_CLASSES];
} vocabulary;

/* vocabulary_look looks at every token by itself. */
void vocabulary_look(vocabulary *v, const sm_tokenizer *tok, const sm_token_tally *tally);

#endif
