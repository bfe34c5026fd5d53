/* seimai/tokenizer_report.h - how well tokenizers cut a text: compression, word boundaries, rare characters, vocabulary.
 * SPDX-License-Identifier: MIT
 *
 * Any number of tokenizers read the same documents. The result is one JSON object (sm_token_report_json says what is in
 * it), from which seimai/token_page.h draws a page and a table.
 *
 * Nouns
 *   gold       a text with MeCab's morpheme edges; inner edges are those between two Japanese characters
 *              (kana, kanji, 々〆〇ー)
 *   tally      sums over texts for one tokenizer; tallies add up, so any order gives the same
 *   figures    the ratios that a report shows
 *   interval   2.5 % … 97.5 % of 1,000 bootstrap resamples of the documents
 *   class      what kind of character: hiragana, kanji of a JIS level, emoji …
 *
 * Definitions
 *   cut         a token boundary between two Japanese characters, or one inside a Japanese character, which is always
 *               wrong: every such boundary counts
 *   precision   cuts on an edge / cuts; recall = cuts on an edge / inner edges; F1 = their harmonic mean
 *   by part of speech   a cut and an edge belong to the morpheme that begins there or that is cut: recall says how often
 *               the beginning of a verb is a token boundary, precision how many of the cuts in and before verbs are
 *   broken      a token whose bytes are not whole characters; byte: a token of one byte of a longer character
 *   split       a character that more than one token shares
 *   lost        a character of a document that decoding does not give back (normalisation, unknown tokens).
 *               The boundaries of such a document are judged on the text that came back
 * All of it is diagnosis: what a tokenizer is worth, only bits per byte of a model trained with it can tell.
 *
 * Threads: a gold, a tally and a reader belong to one thread at a time; a report is shared by its readers. */
#ifndef SEIMAI_TOKENIZER_REPORT_H
#define SEIMAI_TOKENIZER_REPORT_H

#include <seimai/base.h>
#include <seimai/morph.h>
#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- characters and tokens by kind ----------------------------------------------------------- */

/* Kanji levels are those of JIS X 0213:2004. A character has one class; SM_CHAR_NAME is a second one: the 863 人名用漢字
 * (kanji for names) of 戸籍法施行規則, table 2 of 2017. */
typedef enum sm_char_class {
    SM_CHAR_HIRAGANA,
    SM_CHAR_KATAKANA,
    SM_CHAR_HALF_WIDTH, /* half-width kana */
    SM_CHAR_KANJI_1,
    SM_CHAR_KANJI_2,
    SM_CHAR_KANJI_3,
    SM_CHAR_KANJI_4,
    SM_CHAR_KANJI_OTHER, /* beyond JIS X 0213 */
    SM_CHAR_FULL_WIDTH,  /* full-width ASCII */
    SM_CHAR_PUNCTUATION, /* Japanese marks, 々〆〇 */
    SM_CHAR_ASCII,
    SM_CHAR_EMOJI, /* Emoji_Presentation of UTS #51, by its blocks */
    SM_CHAR_OTHER,
    SM_CHAR_NAME,
    SM_CHAR_CLASSES
} sm_char_class;

SM_API const char *sm_char_class_name(sm_char_class c); /* "kanji-1" … */
SM_API sm_char_class sm_char_class_of(uint32_t c);
SM_API bool sm_char_is_name(uint32_t c);
/* sm_char_class_members gives the next member after c (0 to begin) of a class that has a list (kana, kanji 1-4, names),
 * or 0 at its end and for the others. */
SM_API uint32_t sm_char_class_next(sm_char_class cls, uint32_t c);

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

/* ---- one text -------------------------------------------------------------------------------- */

typedef struct sm_gold {
    sm_span text; /* borrowed from the caller of sm_gold_set */
    uint64_t characters, morphemes, inner_edges;
    uint64_t classes[SM_CHAR_CLASSES]; /* characters of each */
    uint16_t *marks; /* [bytes] what a token boundary there would be: private to src/bpe */
    uint16_t *inner; /* [n_inner] the marks between two Japanese characters, in order */
    size_t n_inner, cap, inner_cap;
} sm_gold;

/* sm_gold_set makes init-{0} gold hold a text (valid UTF-8); free it with sm_gold_free. Fails as MeCab does. */
SM_API int sm_gold_set(sm_gold *gold, sm_tagger *tagger, sm_span text,
                       sm_error *err) SM_MUST_USE;
SM_API void sm_gold_free(sm_gold *gold);

enum { SM_GOLD_MARKS = 512 };

typedef struct sm_token_tally {
    uint64_t documents, bytes, characters, morphemes; /* of the texts as they were */
    uint64_t inner_edges; /* of the texts as they came back: the same but for what is lost */
    uint64_t tokens, cuts, right_cuts, broken, single_bytes;
    uint64_t changed;                 /* documents that do not come back */
    uint64_t split[SM_CHAR_CLASSES];  /* characters that tokens share */
    uint64_t lost[SM_CHAR_CLASSES];   /* characters that do not come back */
    uint64_t made[SM_GOLD_MARKS];     /* cuts by mark */
    uint64_t possible[SM_GOLD_MARKS]; /* places by mark */
    uint64_t *uses;                   /* [size of the vocabulary] how often each id came out */
    size_t n_uses;
} sm_token_tally;

SM_API void sm_token_tally_init(sm_token_tally *tally, const sm_tokenizer *tok);
SM_API void sm_token_tally_free(sm_token_tally *tally);
/* sm_token_tally_add adds one text: `ids` are the n ids that tok gave for gold->text, and their bytes are that text,
 * but perhaps for a space before it. (A reader handles tokenizers that change the text.) */
SM_API void sm_token_tally_add(sm_token_tally *tally, const sm_gold *gold,
                               const sm_tokenizer *tok, const uint32_t *ids, size_t n);
SM_API void sm_token_tally_merge(sm_token_tally *into, const sm_token_tally *from);

typedef struct sm_figures {
    double chars_per_token, bytes_per_token, tokens_per_morpheme;
    double boundary_precision, boundary_recall, boundary_f1;
    double broken_share, byte_share; /* of the tokens */
    double renyi_efficiency; /* Zouhar et al. 2023: entropy of order 2.5 / log of the ids */
    uint64_t used;           /* ids that came out at least once */
} sm_figures;

/* sm_token_tally_figures: a ratio over nothing is NaN (null in JSON). */
SM_API sm_figures sm_token_tally_figures(const sm_token_tally *tally);

/* ---- a report -------------------------------------------------------------------------------- */

/* One tokenizer of a report; what it points to is the caller's and outlives the report. */
typedef struct sm_token_subject {
    const char *name;
    sm_tokenizer *tok;
    double price; /* USD a million tokens; NaN where not known */
} sm_token_subject;

/* What its JSON is to say beyond the sums. */
typedef struct sm_token_plan {
    size_t reference;         /* the one that others are compared with; SIZE_MAX for none */
    uint64_t context;         /* tokens, for "pages in a context window" */
    const sm_span *sentences; /* shown as each tokenizer cuts them */
    size_t n_sentences;
} sm_token_plan;

typedef struct sm_token_report sm_token_report;
typedef struct sm_token_reader sm_token_reader;

SM_API sm_token_report *sm_token_report_new(const sm_token_subject *subjects, size_t n,
                                            const sm_morph *morph) SM_MUST_USE;
SM_API void sm_token_report_free(sm_token_report *report);

/* A reader is the scratch of one thread. sm_token_reader_end adds what it read to the report and frees it; readers end
 * one after the other, in any order: the sums are whole numbers. */
SM_API sm_token_reader *sm_token_reader_new(sm_token_report *report) SM_MUST_USE;
SM_API void sm_token_reader_end(sm_token_reader *reader);
/* sm_token_reader_add reads one document. `number` makes its weights in the resamples, together with the text: give
 * its line. `source` gives its domain: the host of a URL, else what stands
 * before a colon ("wiki:12"), else all of it; empty for none. Fails as MeCab does. */
SM_API int sm_token_reader_add(sm_token_reader *reader, sm_span text, uint64_t number,
                               sm_span source, sm_error *err) SM_MUST_USE;

/* sm_token_report_json appends one JSON object: {text: {documents, bytes, characters, morphemes, inner_edges,
 * dictionary}, context, reference, resamples, classes: {CLASS: characters}, tokenizers: [{name, vocab, the names of
 * sm_figures, intervals: {FIGURE: [low, high]}, tokens, relative_tokens, pages_in_context, price_per_million_tokens,
 * price_per_million_chars, changed_documents, ids_by_kind, japanese_by_length, parts_of_speech, script_pairs: {NAME:
 * {edges, precision, recall, f1}}, classes: {CLASS: {split, lost, listed, listed_split, listed_single}}, domains: {SOURCE:
 * {bytes, chars_per_token, bytes_per_token}}, unused_japanese, unreachable, longest_unused, longest_unreachable}],
 * sentences: [{text, cuts: [[[id, text or {"hex"}] …] a tokenizer]}]}. Intervals are missing below 10 documents,
 * domains where there are none or more than 1,000. It encodes every token by itself to see whether it can come out: that
 * takes a second or two for a vocabulary of 200,000. */
SM_API void sm_token_report_json(const sm_token_report *report, const sm_token_plan *plan,
                                 sm_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
