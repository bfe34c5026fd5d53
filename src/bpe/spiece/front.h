/* What happens to a text before its model sees it: normalising, strings cut out, a first split.
 * SPDX-License-Identifier: MIT
 *
 * SentencePiece and Hugging Face's tokenizers that follow it write a space as ▁ (U+2581) before they
 * encode. Here it is the other way round: a space stays, and a ▁ in the text becomes one; the pieces of the
 * vocabulary are read in the same way, so that ids are equal, most texts need no rewriting, and a piece is
 * what it decodes to.
 *
 * The order is that of `tokenizers`: added tokens as written, the normalizer, added tokens after it, the
 * pre-tokenizer; a .model has its user-defined pieces in place of the second. */
#ifndef SM_BPE_FRONT_H
#define SM_BPE_FRONT_H

#include <seimai/pattern.h>
#include <seimai/tokenizer.h>

#include "encode/trie.h"
#include "spiece/charsmap.h"
#include "spiece/unigram.h"
#include "split/regex.h"

typedef enum front_kind {
    FRONT_NFC,
    FRONT_NFKC,
    FRONT_REPLACE, /* a by b */
    FRONT_PREPEND, /* a, unless the text is empty */
    FRONT_CHARSMAP,
    FRONT_SPIECE /* all of SentencePiece's normalizer, its treatment of spaces included */
} front_kind;

typedef struct front_step {
    front_kind kind;
    sm_span a, b;
} front_step;

enum { FRONT_STEPS = 8 };

/* Where Metaspace and ByteLevel put a space before the text, unless one is there. */
typedef enum front_lead { LEAD_NEVER, LEAD_FIRST, LEAD_ALWAYS } front_lead;

/* A token's string as the normalised text has it. */
typedef struct front_string {
    uint32_t id;
    uint32_t n; /* bytes */
} front_string;

typedef struct front {
    front_step steps[FRONT_STEPS];
    size_t n_steps;
    charsmap map;
    bool swap_mark; /* ▁ becomes a space, at last */
    /* FRONT_SPIECE: add_dummy_prefix, remove_extra_whitespaces, treat_whitespace_as_suffix */
    bool dummy_prefix, squeeze, suffix;
    trie
        untouched; /* … and user-defined pieces, which it leaves as they are; values: their lengths */
    trie after; /* strings that are tokens in the normalised text; values: their numbers … */
    front_string *strings; /* … in here */
    front_lead lead;
    bool split_mark;    /* Metaspace: a piece begins at every space */
    regex_split *regex; /* or NULL */
    bool fuse_unk;      /* a run of unknown tokens is one */
} front;

/* Scratch of one encoder. Init {0}. */
typedef struct front_scratch {
    sm_buffer text[2]; /* before and after a step */
    sm_buffer whole;   /* a text that is not all UTF-8 */
    sm_buffer lead;    /* a piece with a space before it */
    sm_arena arena;    /* what sm_normalize gives */
    regex_scratch regex;
    unigram_scratch unigram;
} front_scratch;

/* Can a string of the trie begin with this byte? */
static inline bool front_begins(const trie *t, uint8_t byte)
{
    return t->n > 0 && t->cells[t->cells[0].base + byte].parent == 0;
}

void front_free(front *f);
void front_scratch_free(front_scratch *s);

/* Encodes a stretch of normalised text: the pre-tokenizer of `tok` and its model. */
typedef void (*stretch_fn)(const sm_tokenizer *tok, sm_encoder *e, sm_span stretch,
                           sm_ids *ids);

/* Encodes a text of a tokenizer that has a front: for each stretch calls `encode`, or, with MODEL_UNIGRAM, its
 * own encoder (`naive`: the slow one). */
void front_encode(const sm_tokenizer *tok, front_scratch *s, sm_span text, stretch_fn encode,
                  bool naive, sm_encoder *e, sm_ids *ids);

/* The normalised text as the model sees it: the text's own span, or memory of the scratch. `keep_broken`: bytes
 * that are no UTF-8 stay as they are (MODEL_BYTES), else each becomes U+FFFD. */
sm_span front_normalize(const front *f, front_scratch *s, sm_span text, bool keep_broken);

/* SentencePiece's normalizer, in spiece.c: appends the normalised text. */
void front_spiece(const front *f, sm_span text, sm_buffer *out);
/* Appends s with a space for each ▁ of it. */
void front_put_swapped(sm_buffer *out, sm_span s);

/* Does the front leave every text of valid UTF-8 without ▁ as it is, but for a space before it? */
bool front_is_identity(const front *f);

#endif
