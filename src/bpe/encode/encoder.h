/* The scratch of an encoder, and the steps that a window of text goes through.
 * SPDX-License-Identifier: MIT
 *
 *   unpack, cut    bytes to codes; START where a pre-token begins (split/)
 *   spell          stretches with bytes that are no UTF-8, tokens that are taken whole
 *   recall         short pre-tokens that are words, or that the memo holds; what follows is for the others, many at a
 *                  time
 *   greedy         the longest token from the left, in several lanes at once
 *   suspect        neighbours that the tables do not clear
 *   settle         the exact check of those, and steps back where it fails
 *   write          numbers to ids */
#ifndef SM_BPE_ENCODER_H
#define SM_BPE_ENCODER_H

#include "matcher.h"
#include "memo.h"

#include <string.h>

enum { LANES = 8, WINDOW = 1 << 14 };

/* Characters in no token, with codes from n_codes on for as long as the tokenizer is the same. */
typedef struct strangers {
    uint32_t *slots; /* index + 1 by character, open addressing */
    uint32_t *characters;
    spelling *spellings;
    size_t n, most;
} strangers;

/* Characters side by side, to be matched: those of the window, or those of some of its pre-tokens. */
typedef struct columns {
    const uint32_t *codes, *at; /* as in unpacked */
} columns;

/* The pre-tokens that the memo did not hold: what matching them together gives goes between the ids of the others,
 * each behind the `recalled` ones that stand before it. */
typedef struct missed {
    memo_key key;
    size_t recalled;
} missed;

enum { BATCH = 1024, LONG = 256, BATCH_ROOM = 2 * (BATCH + LONG) }; /* characters */

typedef struct batch {
    uint32_t *codes, *at; /* [BATCH_ROOM] of n characters, code_void behind each pre-token */
    size_t n;
    missed *list; /* [BATCH] */
    size_t n_list;
    uint32_t *recalled; /* ids */
    size_t n_recalled, cap;
} batch;

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
    columns matched;
    uint32_t *numbers; /* [n] its tokens */
    size_t n;
    uint64_t *dead;    /* a bit a character: no encoding has a boundary before it */
    uint64_t *guessed; /* … the token here was taken before longer ones were tried */
    uint64_t *dead_bytes;
    size_t cap, dead_cap;
    spelt_list beforehand,
        later;      /* what code_spelt stands for, in order; what SPELT + i stands for */
    size_t written; /* of beforehand */
    memo memo;
    size_t misses; /* of the memo, in this window */
    batch batch;
};

enum { BEHIND = LANES + 8 }; /* that lists of a window have room for behind their end */

/* n numbers, in steps of four: up to three more are read and written. No call, as most copies are of a few. */
static inline void copy_few(uint32_t *to, const uint32_t *from, size_t n)
{
    for (size_t i = 0; i < n; i += 4)
        memcpy(to + i, from + i, 4 * sizeof *to);
}

/* A part of a window that is matched from the left on its own; it begins and ends at a cut. */
typedef struct lane {
    size_t start, pos; /* of the token, and the character after what is matched of it … */
    cell cell;         /* … which leads here */
    size_t code;       /* of the character at pos … */
    size_t child; /* … and the cell where it would lead, which is on its way to the cache */
    size_t stop;
    uint32_t *numbers, *at; /* what is found: n tokens, and at[n] == stop */
    size_t n;
} lane;

/* encode.c: characters from … to - 1 of the columns, which begin and end at cuts, to e->numbers. */
void match_part(const sm_tokenizer *tok, sm_encoder *e, columns text, size_t from, size_t to);
/* … The ids of a number that is not one token; returns their end. */
uint32_t *write_spelt(const matcher *m, sm_encoder *e, uint32_t number, uint32_t *out);
/* … The ids of the window's characters from … to - 1, which are a pre-token that matching alone will not do for,
 * because it holds bytes that are no UTF-8, is long, or is a token that merging does not make; NULL for others. */
uint32_t *encode_odd(const sm_tokenizer *tok, sm_encoder *e, size_t from, size_t to,
                     uint32_t *out);
/* pieces.c: a window of short pre-tokens, most of them from the memo. Returns the end of its ids. */
uint32_t *encode_pieces(const sm_tokenizer *tok, sm_encoder *e, uint32_t *out);
void batch_free(batch *b);
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

static inline uint32_t *write_number(const matcher *m, sm_encoder *e, uint32_t number,
                                     uint32_t *out)
{
    if (number >= m->n_tokens) return write_spelt(m, e, number, out);
    *out = id_of(m, number);
    return out + 1;
}

/* The text of the window's characters from … to - 1. */
static inline sm_span window_span(const sm_encoder *e, size_t from, size_t to)
{
    const uint32_t *at = e->cut.text.at;
    return (sm_span){(const char *)e->bytes + at[from], at[to] - at[from]};
}

#endif
