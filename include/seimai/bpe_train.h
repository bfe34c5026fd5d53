/* seimai/bpe_train.h - learning the merges of a BPE from counts.
 * SPDX-License-Identifier: MIT
 *
 * Byte pair encoding (Sennrich, Haddow, Birch, ACL 2016) over the pre-tokens of a count table: merge the pair of
 * neighbours with the highest priority, again and again. The priority knows where words end:
 *
 *     priority = count - weight * crossings        for the first share of the merges
 *     priority = count                             after it
 *
 * where the crossings of a pair are its occurrences whose junction is a morpheme edge (seimai/count.h). A token
 * that would join two words must be that much more frequent. Where MeCab has seen a sample of the pre-tokens, the
 * share of crossings in the sample stands for all: crossings = count * (x + .3) / (k + 1) for x crossings in
 * k occurrences that it saw. The edges only decide which tokens there are: text is encoded with the same merges
 * as it was trained with, and needs no MeCab. Weight 0 is plain BPE.
 *
 * Ties go to the smaller pair of symbols, so the result depends on the counts alone, not on their order nor
 * on threads. With weight 0 and SM_ALPHABET_ANY_BYTES it is that of Hugging Face's BpeTrainer, merge by merge.
 *
 * Nouns
 *   symbol    0…255 are bytes in the order of GPT-2's byte alphabet (sm_byte_of_symbol), then the characters of
 *             an alphabet of characters, then one for each merge
 *   whole     a token is whole if it is valid UTF-8, or a part of one character. Of 32,000 merges of any bytes,
 *             learnt from 20 MB of Japanese, 594 were neither, such as の and the first byte of a kanji: junk that
 *             splits characters. By default none is learnt, which takes 1 % fewer tokens
 *   veto      a string that no token may be. Vetoes are by string, never by pair, so that every engine agrees
 *   place     a position of the training text, which is each distinct pre-token once
 *
 * Cost: 4 bytes of memory for each character of distinct pre-tokens (any bytes: for each byte), as much for the
 * first lists of places, up to as much for later ones, and some 72 bytes for each pair that is frequent enough to have
 * a chance: in all 3.5 bytes for each byte of distinct pre-tokens (100 MB of Japanese have 68 MB of them; 32,000 merges),
 * 12 with any bytes. Time is nearly linear in the places that merges touch. */
#ifndef SEIMAI_BPE_TRAIN_H
#define SEIMAI_BPE_TRAIN_H

#include <seimai/base.h>
#include <seimai/count.h>
#include <seimai/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_alphabet {
    SM_ALPHABET_BYTES,     /* 256 bytes; every token is whole */
    SM_ALPHABET_ANY_BYTES, /* 256 bytes; a token may begin and end inside a character */
    SM_ALPHABET_CHARACTERS /* characters, and the 256 bytes for those that are not among them */
} sm_alphabet;

typedef struct sm_bpe_options {
    size_t merges; /* symbols to add to the 256 bytes: merges and an alphabet's characters */
    double weight; /* of a crossing; kept to a thousandth */
    /* Share of the merges that weigh crossings, [0, 1], not counting those inside a character, which edges do not
     * concern. At 1 the training ends when no pair has a priority left, even with fewer merges. */
    double aligned;
    uint64_t min_count; /* a pair below it is never merged; at least 1 */
    size_t max_chars;   /* longest token in characters; 0 = no limit */
    sm_alphabet alphabet;
    double coverage; /* of an alphabet of characters: share of the text that it has to hold */
    const uint32_t *required; /* characters (ascending) that must be a token each */
    size_t n_required;
    bool digits_apart; /* no token has a digit (0-9, ０-９; any bytes: 0-9) and more */
    /* A token of several characters is vetoed if the pre-tokens it stands in are in fewer documents, taken together:
     * an upper bound, so what is vetoed is surely rarer. 0 = no limit. The counts must know documents. */
    uint64_t min_documents;
    const sm_span *vetoed; /* strings that no token may be: reserved ones, junk */
    size_t n_vetoed;
    /* Asked, where it is set, for every token that is about to be made: true forbids it. What it says may depend on
     * the string and on the strings that it let pass before, on nothing else. */
    bool (*refuses)(void *judge, sm_span token);
    void *judge;
    unsigned threads; /* for merges with many places; 0 is taken as 1. Time, never the result */
    /* Pairs below it are looked at only when no other is left. Decides memory and time, never the result; 0 = chosen
     * by the size of the text. */
    uint64_t floor;
} sm_bpe_options;

/* The default values: weight 1.5, the share of "compact", min_count 2, max_chars 16, SM_ALPHABET_BYTES, coverage
 * .9995. */
SM_API sm_bpe_options sm_bpe_defaults(size_t merges);

/* The choices by name, for an option table. sm_alphabet_of gives an alphabet, sm_aligned_share the share of aligned
 * merges: 1, .95, that of "compact", 0. The larger the vocabulary, the more of it are phrases, so that the share of
 * "compact" falls: .75 of 16,000 merges, .70 of 32,000, .66 of 64,000. */
#define SM_ALPHABET_CHOICES "bytes|any-bytes|characters"
#define SM_ALIGN_CHOICES    "words|balanced|compact|none"
SM_API sm_alphabet sm_alphabet_of(const char *name);
SM_API const char *sm_alphabet_name(sm_alphabet alphabet);
SM_API double sm_aligned_share(const char *name, size_t merges);
/* sm_bpe_describe appends members of a JSON object: the options, and the size of the counts. */
SM_API void sm_bpe_describe(const sm_counts *counts, const sm_bpe_options *options,
                            sm_buffer *out);

typedef struct sm_merge {
    uint32_t left, right; /* symbols */
} sm_merge;

typedef struct sm_merges {
    sm_alphabet alphabet;
    uint32_t *chars;  /* [n_chars] code points, ascending: symbol 256 + i */
    size_t n_chars;   /* 0 but for SM_ALPHABET_CHARACTERS */
    sm_merge *p;      /* [n] merge i makes symbol 256 + n_chars + i */
    size_t n;         /* n_chars + n <= options.merges */
    size_t n_aligned; /* how many of them weighed crossings */
    uint64_t *
        counts; /* [n] occurrences when it was merged; 0 for one that a required character needed */
} sm_merges;

/* sm_bpe_train learns merges. SM_EUSAGE for options out of range and for characters that do not fit into the number
 * of symbols, SM_ELIMIT for more than 4 GiB of distinct pre-tokens and for counts whose weighted sum does not
 * fit into 63 bits. Free the result with sm_merges_free. */
SM_API int sm_bpe_train(const sm_counts *counts, const sm_bpe_options *options,
                        sm_merges *merges, sm_error *err) SM_MUST_USE;
/* sm_bpe_train_naive counts all pairs anew for each merge: the oracle, for small inputs. */
SM_API int sm_bpe_train_naive(const sm_counts *counts, const sm_bpe_options *options,
                              sm_merges *merges, sm_error *err) SM_MUST_USE;
SM_API void sm_merges_free(sm_merges *merges);

/* ---- lists ---------------------------------------------------------------------------------------- */

/* sm_bpe_read_vetoes reads strings, one a line; empty lines mean nothing. They lie in the arena. SM_ENOENT, SM_EIO. */
SM_API int sm_bpe_read_vetoes(const char *path, sm_arena *arena, sm_span **strings, size_t *n,
                              sm_error *err) SM_MUST_USE;
/* sm_bpe_read_characters reads lists of characters, which become `required` (in the arena): "joyo" and "kana" are
 * alphabet/NAME.txt in the folder of dictionaries (sm_dicts_path, seimai/options.h), a name with a dot or a slash is
 * a file. White space means nothing, a line that begins with # is a comment. SM_EUSAGE, with file and line, for
 * what is no UTF-8, and for a name that is not known; SM_ENOENT, SM_EIO. */
SM_API int sm_bpe_read_characters(const sm_list *names, const char *dicts, sm_arena *arena,
                                  sm_bpe_options *options, sm_error *err) SM_MUST_USE;

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
/* sm_vocabulary_names lists the strings that no token may be, since other tokens bear them: those of all reserved ids,
 * and beside an alphabet of characters the bytes, "<0x00>" … "<0xFF>". Returns their number; they lie in the arena. */
SM_API size_t sm_vocabulary_names(const sm_span *reserve, size_t n_reserve,
                                  sm_alphabet alphabet, sm_arena *arena, sm_span **names);
/* sm_tokenizer_write makes a tokenizer directory: tokenizer.json, tokenizer_config.json,
 * special_tokens_map.json, and, last, seimai.json. An alphabet of characters becomes a model with byte fallback,
 * whose byte b has the id sm_vocabulary_reserved() + b. SM_EUSAGE for a reserved string that is given twice. */
SM_API int sm_tokenizer_write(const char *folder, const sm_merges *merges,
                              const sm_vocabulary_options *options, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
