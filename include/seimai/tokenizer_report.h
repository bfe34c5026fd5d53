/* seimai/tokenizer_report.h - how well a tokenizer cuts a text: compression and word boundaries.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   gold      a text with MeCab's morpheme edges; inner edges are those between two Japanese characters
 *             (kana, kanji, 々〆〇ー)
 *   tally     sums over texts for one tokenizer; tallies add up, so any order gives the same
 *   figures   the ratios that a report shows
 *
 * Definitions. A cut is a token boundary between two Japanese characters, or one inside a Japanese character, which
 * is always wrong. Precision = cuts on an edge / cuts; recall = cuts on an edge / inner edges. A broken token is
 * one whose bytes are not whole characters. All of it is diagnosis: what a tokenizer is worth, only
 * bits per byte of a model trained with it can tell.
 *
 * Threads: gold and tally belong to one thread at a time. */
#ifndef SEIMAI_TOKENIZER_REPORT_H
#define SEIMAI_TOKENIZER_REPORT_H

#include <seimai/base.h>
#include <seimai/morph.h>
#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_gold {
    sm_span text; /* borrowed from the caller of sm_gold_set */
    uint64_t characters, morphemes, inner_edges;
    uint64_t *edges; /* a bit a byte offset */
    size_t cap;      /* words */
} sm_gold;

/* sm_gold_set makes init-{0} gold hold a text (valid UTF-8); free it with sm_gold_free. Fails as MeCab does. */
SM_API int sm_gold_set(sm_gold *gold, sm_tagger *tagger, sm_span text,
                       sm_error *err) SM_MUST_USE;
SM_API void sm_gold_free(sm_gold *gold);

typedef struct sm_token_tally {
    uint64_t documents, bytes, characters, morphemes, inner_edges;
    uint64_t tokens, cuts, right_cuts, broken;
    uint64_t *uses; /* [size of the vocabulary] how often each id came out */
    size_t n_uses;
} sm_token_tally;

SM_API void sm_token_tally_init(sm_token_tally *tally, const sm_tokenizer *tok);
SM_API void sm_token_tally_free(sm_token_tally *tally);
/* sm_token_tally_add adds one text: `ids` are the n ids that tok gave for gold->text. */
SM_API void sm_token_tally_add(sm_token_tally *tally, const sm_gold *gold,
                               const sm_tokenizer *tok, const uint32_t *ids, size_t n);
SM_API void sm_token_tally_merge(sm_token_tally *into, const sm_token_tally *from);

typedef struct sm_figures {
    double chars_per_token, bytes_per_token, tokens_per_morpheme;
    double boundary_precision, boundary_recall, boundary_f1;
    double broken_share; /* of the tokens */
    uint64_t used;       /* ids that came out at least once */
} sm_figures;

/* sm_token_tally_figures: a ratio over nothing is NaN (null in JSON). */
SM_API sm_figures sm_token_tally_figures(const sm_token_tally *tally);

/* What tokens are made of. */
typedef enum sm_token_kind {
    SM_TOKEN_RESERVED,
    SM_TOKEN_BROKEN, /* no whole characters; single bytes among them */
    SM_TOKEN_HIRAGANA,
    SM_TOKEN_KATAKANA,
    SM_TOKEN_KANJI,
    SM_TOKEN_MIXED_JAPANESE, /* more than one of the three */
    SM_TOKEN_LATIN,
    SM_TOKEN_DIGIT,
    SM_TOKEN_PUNCTUATION, /* punctuation, symbols, spaces */
    SM_TOKEN_OTHER,
    SM_TOKEN_KINDS
} sm_token_kind;

SM_API const char *sm_token_kind_name(sm_token_kind kind);
/* sm_token_kind_of: a space or mark before letters does not count (" the" is Latin). */
SM_API sm_token_kind sm_token_kind_of(const sm_tokenizer *tok, uint32_t id);

/* ---- the report ----------------------------------------------------------------------------- */

/* One tokenizer of a report; the spans are the caller's. */
typedef struct sm_token_subject {
    const char *name;
    sm_tokenizer *tok;
    sm_token_tally tally;
} sm_token_subject;

/* sm_token_report_text appends a table of figures, one of the vocabularies' kinds, and each of the given
 * sentences as every tokenizer cuts it (bytes that are no whole characters as <E3>). */
SM_API void sm_token_report_text(const sm_token_subject *subjects, size_t n,
                                 const sm_span *sentences, size_t n_sentences, sm_buffer *out);
/* sm_token_report_json appends a JSON array with an object a tokenizer: name, vocab, the names of
 * sm_figures, documents, bytes, ids_by_kind. */
SM_API void sm_token_report_json(const sm_token_subject *subjects, size_t n, sm_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
