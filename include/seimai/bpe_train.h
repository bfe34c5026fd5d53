/* seimai/bpe_train.h - learning the merges of a byte-level BPE from counts.
 * SPDX-License-Identifier: MIT
 *
 * Byte pair encoding (Sennrich, Haddow, Birch, ACL 2016) over the pre-tokens of a count table: merge the pair of
 * neighbours with the highest priority, again and again. The priority knows where words end:
 *
 *     priority = count - weight * crossings        for the first share of the merges
 *     priority = count                             after it
 *
 * where the crossings of a pair are its occurrences whose junction is a morpheme edge (seimai/count.h). A token
 * that would join two words must be that much more frequent. The edges only decide which tokens there
 * are: text is encoded with the same merges as it was trained with, and needs no MeCab. Weight 0 is plain BPE.
 *
 * Ties go to the smaller pair of symbols, so the result depends on the counts alone, not on their order nor
 * on threads. With weight 0 it is that of Hugging Face's BpeTrainer, merge by merge.
 *
 * Symbols: 0…255 are bytes in the order of GPT-2's byte alphabet (sm_byte_of_symbol), 256 + i is merge i.
 *
 * Cost: 4 bytes of memory for each byte of distinct pre-tokens, as much for the first lists of places, and less
 * than twice as much for later ones; time is nearly linear in the places that merges touch. */
#ifndef SEIMAI_BPE_TRAIN_H
#define SEIMAI_BPE_TRAIN_H

#include <seimai/base.h>
#include <seimai/count.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_bpe_options {
    size_t merges; /* how many to learn */
    double weight; /* of a crossing; 1.5 by default; kept to a thousandth */
    double
        aligned; /* share of the merges that weigh crossings, [0, 1]; at 1 the training ends when
                           no pair has a priority left, even with fewer merges */
    uint64_t min_count;    /* a pair below it is never merged; at least 1 */
    size_t max_chars;      /* longest token in characters; 0 = no limit */
    const sm_span *vetoed; /* strings that no token may equal: the reserved ones */
    size_t n_vetoed;
} sm_bpe_options;

/* The default values: weight 1.5, aligned 0.7, min_count 2, max_chars 16. */
SM_API sm_bpe_options sm_bpe_defaults(size_t merges);

typedef struct sm_merge {
    uint32_t left, right; /* symbols */
} sm_merge;

typedef struct sm_merges {
    sm_merge *p;
    size_t n;         /* <= options.merges */
    size_t n_aligned; /* how many of them weighed crossings */
    uint64_t *counts; /* [n] occurrences when it was merged */
} sm_merges;

/* sm_bpe_train learns merges. SM_EUSAGE for options out of range, SM_ELIMIT for more than 4 GiB of distinct
 * pre-tokens. Free the result with sm_merges_free. */
SM_API int sm_bpe_train(const sm_counts *counts, const sm_bpe_options *options,
                        sm_merges *merges, sm_error *err) SM_MUST_USE;
/* sm_bpe_train_naive counts all pairs anew for each merge: the oracle, for small inputs. */
SM_API int sm_bpe_train_naive(const sm_counts *counts, const sm_bpe_options *options,
                              sm_merges *merges, sm_error *err) SM_MUST_USE;
SM_API void sm_merges_free(sm_merges *merges);

/* The byte alphabet of GPT-2: printable bytes 21-7E, A1-AC, AE-FF stand for themselves, the other 68 for
 * U+0100 and on; symbols are numbered by these characters. */
SM_API uint8_t sm_byte_of_symbol(uint32_t symbol); /* symbol < 256 */
SM_API uint32_t sm_symbol_of_byte(uint8_t byte);
SM_API uint32_t sm_character_of_byte(uint8_t byte);  /* what tokenizer.json writes for it */
SM_API int sm_byte_of_character(uint32_t character); /* -1 for a character that is none */

/* sm_merges_spell appends the bytes of a symbol. */
SM_API void sm_merges_spell(const sm_merges *merges, uint32_t symbol, sm_buffer *out);

/* ---- the tokenizer's folder --------------------------------------------------------------------- */

typedef struct sm_vocabulary_options {
    const char *pretoken;
    const sm_span *reserve; /* strings of --reserve, matched in text */
    size_t n_reserve;
    sm_span notes; /* JSON members for seimai.json: how it was made; "\"a\":1" or empty */
} sm_vocabulary_options;

/* sm_vocabulary_reserved is how many ids stand before the first byte: 4 + 64 sentinels + n_reserve, filled
 * up to a multiple of 64. */
SM_API size_t sm_vocabulary_reserved(size_t n_reserve);
/* sm_tokenizer_write makes a tokenizer directory: tokenizer.json, tokenizer_config.json,
 * special_tokens_map.json, and, last, seimai.json. SM_EUSAGE for a reserved string that is given twice. */
SM_API int sm_tokenizer_write(const char *folder, const sm_merges *merges,
                              const sm_vocabulary_options *options, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
