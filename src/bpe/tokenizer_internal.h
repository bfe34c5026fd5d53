/* Inside a loaded tokenizer.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_TOKENIZER_INTERNAL_H
#define SM_BPE_TOKENIZER_INTERNAL_H

#include <seimai/pretoken.h>
#include <seimai/tokenizer.h>

#include "encode/trie.h"
#include "intern.h"
#include "reserved.h"
#include "spiece/front.h"

/* What a model merges or chooses. In CHARS and UNIGRAM the space stands for ▁ in texts and pieces alike: see
 * spiece/front.h. */
typedef enum model_kind {
    MODEL_BYTES, /* BPE over bytes */
    MODEL_CHARS, /* BPE over characters: each begins as the token that is it, or, where there is none, as
                   * byte_id of its bytes. These byte tokens are TOKEN_BYTE: they stand in no rule, are not
                   * in `pieces` nor the trie, and have the bytes that they decode to. Bytes that are not
                   * UTF-8 do not occur: the front has replaced them */
    MODEL_UNIGRAM /* spiece/unigram.c; no rules */
} model_kind;

enum {
    TOKEN_MODEL = 1,    /* in the model's vocabulary, spelled in the byte alphabet */
    TOKEN_ALIVE = 2,    /* its bytes are encoded as itself */
    TOKEN_TANGLED = 4,  /* a part of it was merged later than itself: see canonical.c */
    TOKEN_RESERVED = 8, /* an added token */
    TOKEN_SPECIAL = 16, /* … that text never becomes */
    TOKEN_BYTE =
        32 /* <0xE3> of MODEL_CHARS and MODEL_UNIGRAM: a byte of a character without token */
};

typedef struct token {
    sm_span bytes;        /* what it decodes to */
    uint32_t rank;        /* of its last merge, from 1; 0 for a byte */
    uint32_t left, right; /* the two tokens of that merge */
    uint32_t shorter; /* the longest alive token that is a proper beginning, or SM_NO_TOKEN */
    uint32_t flags;
} token;

typedef struct merge_rule {
    uint32_t left, right, made; /* ids */
    uint32_t
        rank; /* from 1, never falling along the list; of equal ones the leftmost pair is merged first
                    * (.model and .tiktoken rank the token that is made, so all its splits are equal) */
} merge_rule;

/* (left, right) -> rank and made: open addressing behind a filter of one bit a pair. */
typedef struct rule_table {
    struct rule_slot {
        uint64_t key;
        uint32_t rank; /* 0: free */
        uint32_t made;
    } * slots;
    size_t mask;
    uint64_t *filter;
    unsigned filter_shift;
} rule_table;

struct sm_tokenizer {
    sm_arena arena;
    model_kind kind;
    sm_pretokenizer *pre;
    front *front;     /* NULL: a text goes to the pre-tokenizer as it is */
    unigram *unigram; /* of MODEL_UNIGRAM */
    token *tokens;    /* [n] by id */
    size_t n;
    uint32_t byte_id[256];
    merge_rule *rules; /* [n_rules] in the order of their ranks */
    size_t n_rules;
    rule_table table;
    trie trie;               /* alive tokens */
    struct matcher *matcher; /* encode/matcher.h, or NULL */
    reserved matched;        /* reserved tokens that text may become */
    bool whole_first;        /* ignore_merges: a pre-token that is a token is not merged */
    intern pieces;           /* the bytes of all model tokens … */
    uint32_t *piece_id;      /* … and their ids */
    uint32_t
        unk; /* what bytes become that have no token (then byte_id[…] == unk), or SM_NO_TOKEN */
    uint32_t eot;
    bool strips, strips_all; /* decoding drops the first space, or all in front */
    bool unmarks;            /* … and writes a space for each ▁ */
    bool by_regex;           /* the pre-tokenizer is one of the front's */
    sm_hash128 hash;
};

/* ---- rules.c ------------------------------------------------------------------------------ */

void rules_init(rule_table *t, const merge_rule *rules, size_t n);
void rules_fini(rule_table *t);

static inline uint64_t rule_hash(uint32_t left, uint32_t right)
{
    return ((uint64_t)left << 32 | right) * UINT64_C(0x9E3779B97F4A7C15);
}

/* The rule for two neighbours, or NULL. */
static inline const struct rule_slot *rules_find(const rule_table *t, uint32_t left,
                                                 uint32_t right)
{
    const uint64_t key = (uint64_t)left << 32 | right, h = rule_hash(left, right);
    const uint64_t bit = h >> t->filter_shift;
    if (!(t->filter[bit >> 6] >> (bit & 63) & 1)) return NULL;
    for (size_t i = (size_t)(h >> 20) & t->mask; t->slots[i].rank; i = (i + 1) & t->mask)
        if (t->slots[i].key == key) return &t->slots[i];
    return NULL;
}

typedef struct merge_step {
    uint32_t left, right, rank;
} merge_step;

/* Merges ids[0..n) in place as BPE defines it, in quadratic time; returns how many are left. The last
 * merge is put into *last (unchanged without one). */
size_t rules_apply(const rule_table *t, uint32_t *ids, size_t n, merge_step *last);

/* ---- canonical.c ---------------------------------------------------------------------------- */

/* Finds which tokens are alive, their last merges, and the trie of them. Needs tokens, byte_id, table. */
void canonical_build(sm_tokenizer *tok);
/* Would the neighbours a|b stay as they are if their bytes were encoded together? */
bool canonical_pair(const sm_tokenizer *tok, uint32_t a, uint32_t b);

/* ---- tokenizer.c ------------------------------------------------------------------------------ */

/* The last step of loading: rules, canonical splits, trie, matched strings, hash. SM_ENOSUP if a byte has
 * no token. */
int tokenizer_finish(sm_tokenizer *tok, const char *path, sm_error *err);

#endif
