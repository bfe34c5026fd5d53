/* What the writers of the formats share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_EXPORT_INTERNAL_H
#define SM_BPE_EXPORT_INTERNAL_H

#include "tokenizer_internal.h"

#include <string.h>

typedef struct exporter {
    const sm_tokenizer *tok;
    const char *source, *path;
    sm_span chat_template; /* Jinja, for GGUF; empty for none */
    uint32_t *
        rank; /* [n] of the merge that makes a token, from 1; 0 for a token that no merge makes */
    sm_arena arena;
    sm_error *err;
} exporter;

#define EXPORT_MAX ((size_t)1 << 31) /* bytes of a file */

/* ---- export.c --------------------------------------------------------------------------- */

/* SM_ENOSUP with "PATH: cannot carry SOURCE: …". */
int export_refuse(exporter *x, const char *format, ...) SM_PRINTF(2);
int export_write(exporter *x, const char *path, const sm_buffer *content);
int export_copy(exporter *x, const char *from, const char *to);
/* The file that the tokenizer was loaded from, if it is of this kind ("tokenizer.json", "tokenizer.model"), or NULL. */
const char *export_source_file(exporter *x, const char *name);

/* A token that texts become by merging. */
static inline bool is_merged_token(const sm_tokenizer *tok, size_t id)
{
    const uint32_t flags = tok->tokens[id].flags;
    return (flags & (TOKEN_MODEL | TOKEN_RESERVED | TOKEN_BYTE)) == TOKEN_MODEL;
}

/* A reserved token whose string is matched in texts. */
static inline bool is_matched_token(const sm_tokenizer *tok, size_t id)
{
    const uint32_t flags = tok->tokens[id].flags;
    return (flags & (TOKEN_RESERVED | TOKEN_SPECIAL)) == TOKEN_RESERVED && id != tok->unk;
}

static inline bool is_special_token(const sm_tokenizer *tok, size_t id)
{
    return (tok->tokens[id].flags & TOKEN_SPECIAL) || id == tok->unk;
}

/* Does the pre-tokenizer cut anything? */
static inline bool has_cuts(const sm_tokenizer *tok)
{
    return tok->pre && strcmp(sm_pretokenizer_name(tok->pre), "none") != 0;
}

/* ---- spell.c: the strings of the formats ------------------------------------------------ */

/* A token for a message: 'の' or, where it is no printable text, its bytes: E3 81. */
const char *export_show(exporter *x, sm_span bytes);
/* In GPT-2's byte alphabet. */
sm_span export_alphabet(sm_arena *arena, sm_span bytes);
/* With ▁ for each space, as SentencePiece writes it. */
sm_span export_marked(sm_arena *arena, sm_span bytes);
/* The string of an id in files of SentencePiece's kind: the reserved one, <0xE3>, or the marked piece; for an unused
 * id a name of its own. */
sm_span export_piece(exporter *x, uint32_t id);
/* The id that stands for "unknown", which these files ask for although bytes are never unknown: <unk> or the last
 * spare; SM_NO_TOKEN where there is neither. */
uint32_t export_unk(const exporter *x);
/* Minus the number of the merge that makes a token (x->rank), so that the first has the highest, and characters after
 * the merges. 0 for what is not merged. */
float export_score(const exporter *x, uint32_t id);
uint32_t export_bits(float v); /* as they lie in a file */
/* What SentencePiece and llama.cpp call a token; `unk` is the unknown one's id. */
typedef enum piece_type {
    PIECE_NORMAL = 1,
    PIECE_UNKNOWN = 2,
    PIECE_CONTROL = 3,
    PIECE_USER_DEFINED = 4,
    PIECE_UNUSED = 5,
    PIECE_BYTE = 6
} piece_type;
piece_type export_type(const exporter *x, uint32_t id, uint32_t unk);
/* A regular expression that cuts as the pre-tokenizer of the tokenizer does; NULL where there is none. */
const char *export_single_pattern(const exporter *x);

/* ---- rules.c: what a format asks of the model. Each returns 0 or refuses. --------------- */

int rule_bytes(exporter *x);      /* BPE over bytes */
int rule_characters(exporter *x); /* BPE over characters, with a token for every byte */
int rule_one_rank(exporter *x); /* all merges that make a token have one rank; fills x->rank */
int rule_id_order(exporter *x); /* merges are made in the order of ids */
/* Merging whatever joins to a token, lowest rank first, gives what the listed merges give. */
int rule_joined(exporter *x);
/* The engine emits a pre-token that is a token as it is (or merges it all the same); we do the other. */
int rule_whole(exporter *x, bool engine_emits_whole);
int rule_unique(exporter *x, const sm_span strings[]); /* [n]: no two ids are written alike */
int rule_no_overlap(exporter *x);                      /* matched strings do not overlap */
int rule_no_beginning(exporter *x); /* no matched string begins another reserved one */
int rule_no_matched(exporter *x);   /* no string is matched in text */
int rule_spaces(
    exporter *x,
    bool *dummy_prefix);     /* no normalizer but ▁ for a space and one before the text */
int rule_uncut(exporter *x); /* the pre-tokenizer cuts only where no merge could join */
/* No reserved string can come out of merging. */
int rule_unmergeable(exporter *x, const sm_span strings[]);

/* ---- the writers ------------------------------------------------------------------------ */

int export_hf(exporter *x);
int export_model(exporter *x);
int export_tiktoken(exporter *x);
int export_gguf(exporter *x);
int export_llama2c(exporter *x);
int export_llmc(exporter *x);

#endif
