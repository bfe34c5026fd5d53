/* The scratch of an encoder, and the steps that a window of text goes through.
 * SPDX-License-Identifier: MIT
 *
 *   unpack, cut    bytes to codes; START where a pre-token begins (split/)
 *   spell          stretches with bytes that are no UTF-8, tokens that are taken whole
 *   recall         short pre-tokens that the memo holds; what follows is for the others
 *   greedy         the longest token from the left, in several lanes at once
 *   suspect        neighbours that the tables do not clear
 *   settle         the exact check of those, and steps back where it fails
 *   write          numbers to ids */
#ifndef SM_BPE_ENCODER_H
#define SM_BPE_ENCODER_H

#include "matcher.h"
#include "memo.h"

enum { LANES = 8, WINDOW = 1 << 14 };

/* Characters in no token, with codes from n_codes on for as long as the tokenizer is the same. */
typedef struct strangers {
    uint32_t *slots; /* index + 1 by character, open addressing */
    uint32_t *characters;
    spelling *spellings;
    size_t n, most;
} strangers;

/* The ids of stretches that were not matched, one after the other. */
typedef struct spelt_list {
    sm_ids ids;
    uint32_t *ends; /* [n] */
    size_t n, cap;
} spelt_list;

struct sm_encoder {
    front_scratch front;
    sm_hash128 of; /* the tokenizer that the strangers belong to */
    strangers strangers;
    sm_cutting cut;
    const uint8_t *bytes;  /* of the window's first character */
    uint32_t *greedy, *at; /* numbers and first characters, lane by lane */
    uint32_t *suspects;
    uint32_t *numbers; /* [n] the window's tokens */
    size_t n;
    uint64_t *dead; /* a bit a character: no encoding has a boundary before it */
    uint64_t *dead_bytes;
    size_t cap, dead_cap;
    spelt_list beforehand,
        later;      /* what code_spelt stands for, in order; what SPELT + i stands for */
    size_t written; /* of beforehand */
    memo memo;
    size_t misses; /* of the memo, in this window */
};

/* A part of a window that is matched from the left on its own; it begins and ends at a cut. */
typedef struct lane {
    size_t start,
        pos; /* of the token, and the character after its longest prefix in the trie */
    size_t stop;
    uint32_t *numbers, *at; /* what is found: n tokens, and at[n] == stop */
    size_t n;
    cell cell;
} lane;

/* greedy.c: fills the lanes' lists. */
void greedy_match(const matcher *m, const uint32_t *codes, lane *lanes, size_t n);
/* settle.c: appends the tokens of a lane to e->numbers. */
void settle_lane(const sm_tokenizer *tok, sm_encoder *e, const lane *l);
/* bytes.c: the ids of s by the trie over bytes, for MODEL_BYTES; room for s.n. Returns their number. */
size_t match_bytes(const sm_tokenizer *tok, sm_encoder *e, sm_span s, uint32_t *out);
/* strangers.c: gives every code of 0 a code. True if there was one too many (code_lost). */
bool strangers_name(const sm_tokenizer *tok, sm_encoder *e, uint32_t *codes, size_t n);
void strangers_free(strangers *s);
/* What a number of at least n_tokens (but no SPELT) stands for. */
const spelling *spelling_of(const matcher *m, const sm_encoder *e, uint32_t number);

uint32_t *ids_room(sm_ids *ids, size_t n); /* room for n more */
void spelt_end(spelt_list *l);             /* what was put into l->ids is one stretch */

/* The text of characters from … to - 1. */
static inline sm_span window_span(const sm_encoder *e, size_t from, size_t to)
{
    const uint32_t *at = e->cut.text.at;
    return (sm_span){(const char *)e->bytes + at[from], at[to] - at[from]};
}

#endif
