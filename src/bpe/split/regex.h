/* A pre-tokenizer without scanner: the regular expressions of a loaded file, on PCRE2.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_REGEX_H
#define SM_BPE_REGEX_H

#include <seimai/hash.h>
#include <seimai/pattern.h>

/* What is done with the matches of a Split (names as in `tokenizers`). */
typedef enum split_behavior {
    SPLIT_ISOLATED,
    SPLIT_MERGED_WITH_PREVIOUS,
    SPLIT_MERGED_WITH_NEXT,
    SPLIT_CONTIGUOUS
} split_behavior;

typedef struct split_step {
    sm_span pattern; /* Oniguruma's syntax */
    split_behavior behavior;
    bool invert; /* what lies between the matches counts as matched */
} split_step;

typedef struct regex_split regex_split;

/* Scratch of one encoder. Init {0}. */
typedef struct regex_scratch {
    sm_matcher *matcher;
    sm_buffer valid; /* the text with a control character for each byte that is no UTF-8 */
    size_t *ends, *next;
    size_t n, cap, next_cap;
} regex_scratch;

void regex_scratch_free(regex_scratch *s);

/* Each step cuts the pieces of the one before. SM_ENOSUP for a pattern that cannot be had here. */
int regex_split_new(regex_split **r, const split_step *steps, size_t n, const char *path,
                    sm_error *err);
void regex_split_free(regex_split *r);
/* Adds the steps to a hash; nothing of NULL. */
void regex_split_hash(const regex_split *r, sm_hasher *h);

/* Puts the ends of the pieces into s->ends, s->n of them. Where PCRE2 gives up (a bound of
 * seimai/pattern.h), the rest of the piece is left whole. */
void regex_split_cut(const regex_split *r, regex_scratch *s, sm_span text);

#endif
