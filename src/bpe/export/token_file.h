/* An exported file as its engine sees it, and the loaders of the single formats.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_TOKEN_FILE_H
#define SM_BPE_TOKEN_FILE_H

#include <seimai/tokenizer_verify.h>

#include "tokenizer_internal.h"

typedef enum merge_kind {
    MERGE_PAIRS, /* listed pairs, the first one first */
    MERGE_JOINED /* whatever joins to a token, by its score */
} merge_kind;

/* Does the tokenizer put a space before a text? */
bool puts_space_first(const sm_tokenizer *tok);

struct sm_token_file {
    const char *about;
    sm_tokenizer *tok; /* the loader reads it: all else is unused */
    merge_kind kind;
    bool characters;  /* symbols are characters, else bytes */
    bool marks;       /* a space becomes ▁ */
    bool prefix;      /* a space goes before every stretch of text … */
    bool leads;       /* … or before the text */
    bool emits_whole; /* a pre-token that is a token is not merged */
    sm_pretokenizer *pre;
    intern strings; /* of tokens that text becomes … */
    uint32_t *ids;  /* … their ids */
    double *scores; /* … and scores */
    size_t ids_cap, scores_cap;
    uint32_t byte_ids[256];
    rule_table pairs;
    bool has_pairs;
    reserved matched;
    sm_arena arena;
};

/* Lists a string that text can become; false where it is listed already. */
bool token_file_add(sm_token_file *f, sm_span string, uint32_t id, double score);
bool token_file_find(const sm_token_file *f, sm_span string, uint32_t *id, double *score);
/* Undoes GPT-2's byte alphabet; false if a character is not of it. */
bool token_file_bytes(sm_arena *arena, sm_span piece, sm_span *bytes);

int load_gguf(sm_token_file *f, const char *path, sm_error *err);
int load_ranks(sm_token_file *f, const char *path, sm_error *err);
int load_llama2c(sm_token_file *f, const char *path, sm_error *err);

#endif
