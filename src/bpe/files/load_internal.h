/* What the loaders of the single formats share.
 * SPDX-License-Identifier: MIT
 *
 * A loader fills tokens, pieces and rules of a tokenizer and gives it a front where one is needed;
 * tokenizer_finish does the rest. */
#ifndef SM_BPE_LOAD_INTERNAL_H
#define SM_BPE_LOAD_INTERNAL_H

#include <seimai/config.h>

#include "tokenizer_internal.h"

enum { LOAD_MAX_IDS = 1 << 24, LOAD_MAX_TOKEN = 4096 /* bytes */ };

/* ---- one loader a format; what is refused is SM_ENOSUP with the rule that is broken ------------ */

int load_json(sm_tokenizer *tok, const sm_value *root, sm_error *err);
int load_spiece(sm_tokenizer *tok, const char *path, sm_span file, sm_error *err);
/* `pretoken` names the pre-tokenizer; NULL: PATH.json is read, and known files are recognised. */
int load_tiktoken(sm_tokenizer *tok, const char *path, sm_span file, const char *pretoken,
                  sm_error *err);

/* ---- parts of a tokenizer.json, each in a file of its own ---------------------------------- */

typedef struct json_loader {
    sm_tokenizer *tok;
    const sm_value *root;
    sm_error *err;
    bool byte_level;    /* the vocabulary is spelled in GPT-2's byte alphabet */
    bool byte_fallback; /* … has <0x00> … <0xFF> */
} json_loader;

int json_refuse(const json_loader *l, const sm_value *v, const char *why);
int json_broken(const json_loader *l, const sm_value *v, const char *what);
bool json_is(const sm_value *v, const char *string);
bool json_true(const sm_value *map, const char *key, bool missing);
/* Missing, null, false and "" all mean that an option of the format is not used. */
bool json_used(const sm_value *map, const char *key);
/* The parts of a Sequence, or the value itself as its only part; 0 of null. */
size_t json_parts(const sm_value *v, const char *key, const sm_value **parts);

/* Normalizer, pre-tokenizer and decoder: load_json_front.c. */
int json_front(json_loader *l);
/* The model of type Unigram: load_json_unigram.c. */
int json_unigram(json_loader *l, const sm_value *model);

/* ---- pieces --------------------------------------------------------------------------------- */

/* The front of a tokenizer, made where there is none. */
front *load_front(sm_tokenizer *tok);
/* A piece as the model sees it: with a space for each ▁ where the front swaps them. */
sm_span load_swapped(sm_tokenizer *tok, sm_span piece);
/* Appends what base64 (RFC 4648, with or without padding) stands for; false where it is none. */
bool load_base64(sm_span text, sm_buffer *out);
/* The byte of <0xE3>, or -1. */
int load_byte_of(sm_span piece);
/* Makes tokens[id] a piece of the model and lists its bytes; false where others have the same. */
bool load_piece(sm_tokenizer *tok, uint32_t id, sm_span bytes);
bool load_find(const sm_tokenizer *tok, sm_span bytes, uint32_t *id);
/* Sets byte_id from tokens that are TOKEN_BYTE; false where one is missing. */
bool load_bytes(sm_tokenizer *tok);
/* Makes strings of the normalised text tokens: (bytes, id), distinct. */
void load_after(front *f, trie_string *strings, size_t n);

/* For each token of rank order `ids[0 … n)` with `ranks`, all ways to make it of two others, equal in rank.
 * Parts begin at character starts if `by_character`. */
void load_all_splits(sm_tokenizer *tok, const uint32_t *ids, const uint32_t *ranks, size_t n,
                     bool by_character);

#endif
