/* seimai/tokenizer.h - loading a tokenizer, text to ids, ids to text.
 * SPDX-License-Identifier: MIT
 *
 * Byte-level BPE (Sennrich et al. 2016; bytes as in GPT-2): the text is cut into pre-tokens
 * (seimai/pretoken.h), and inside each the pair of neighbours with the lowest rank is merged, the leftmost
 * first among equals, until none is listed. The encoder gives exactly that result in time linear in the
 * text: it matches tokens from the left and takes a step back where two neighbours would not have come
 * out of the merges (src/bpe/encode explains and names its sources).
 *
 * The tokenizers of others may also be BPE over characters, where one without a token becomes its bytes, or a
 * unigram model (T. Kudo 2018), which takes the pieces with the highest sum of scores; a normalizer may rewrite
 * the text before. All are as exact: the ids are those of `tokenizers`, `sentencepiece` (0.2.3) and `tiktoken`.
 *
 * Nouns
 *   token      an id and the bytes it stands for
 *   rank       the order in which merges are made; lower is earlier
 *   reserved   a token that no merge makes: <|endoftext|>, <extra_id_7>, a --reserve string, a spare
 *   special    a reserved token that text never becomes: its string inside a text is encoded as text
 *              (what `tokenizers` calls encode_special_tokens). Other reserved strings, such as the tags that
 *              pii writes, are matched in text before everything else
 *   encoder    the scratch of one thread
 *
 * Lossless: decoding what a text was encoded to gives the text, for any bytes, valid UTF-8 or not, with
 * every tokenizer that we train; of others sm_tokenizer_fidelity tells.
 *
 * Ownership: load gives a tokenizer, free takes it back; spans got from it live as long as it does.
 * Threads: a loaded tokenizer is read-only and may be shared; an encoder belongs to one thread. */
#ifndef SEIMAI_TOKENIZER_H
#define SEIMAI_TOKENIZER_H

#include <seimai/base.h>
#include <seimai/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_tokenizer sm_tokenizer;
typedef struct sm_encoder sm_encoder;

#define SM_NO_TOKEN UINT32_MAX /* where an id is asked for and there is none */

/* Ids of every vocabulary that we train (FORMATS, "Reserved ids"). Of others' ask sm_tokenizer_find. */
enum { SM_TOKEN_EOT = 0, SM_TOKEN_PAD = 1, SM_TOKEN_IM_START = 2, SM_TOKEN_IM_END = 3 };

/* ---- loading ------------------------------------------------------------------------------ */

/* sm_tokenizer_load reads a tokenizer; what `path` is, its content tells:
 *   a directory             ours or Hugging Face's: its tokenizer.json, else its tokenizer.model,
 *                           spiece.model, sentencepiece.bpe.model or tokenizer.tiktoken
 *   tokenizer.json          BPE of bytes (ByteLevel) or of characters (▁, byte_fallback), or Unigram; the
 *                           normalizers NFC, NFKC, Replace of a string, Prepend, Precompiled; the
 *                           pre-tokenizers Split, ByteLevel, Metaspace, Digits, Punctuation. Patterns that
 *                           seimai/pretoken.h does not know run on PCRE2 (sm_tokenizer_warning)
 *   a SentencePiece .model  BPE or UNIGRAM
 *   FILE.tiktoken:NAME      ranks, with the pre-tokenizer NAME. Without NAME the pre-tokenizer and the special
 *                           tokens are read from FILE.tiktoken.json, which the export writes; OpenAI's r50k,
 *                           cl100k and o200k need neither
 * SM_ENOENT; SM_EFORMAT, SM_ETRUNC or SM_EUSAGE for a broken file; SM_ENOSUP, with the rule that is broken, for
 * a tokenizer that would not give the same ids here. In two things `tokenizers` differs by choice: special
 * tokens and <0x41> are never read out of a text (there, Unigram models do), and a text of characters newer than
 * PCRE2's Unicode may be cut in other places by a pattern that runs on it. */
SM_API int sm_tokenizer_load(sm_tokenizer **tok, const char *path, sm_error *err) SM_MUST_USE;
SM_API void sm_tokenizer_free(sm_tokenizer *tok);

/* ---- what it holds ------------------------------------------------------------------------ */

/* sm_tokenizer_size is the number of ids: the largest id + 1. */
SM_API size_t sm_tokenizer_size(const sm_tokenizer *tok);
/* sm_tokenizer_hash: XXH3-128 over pre-tokenizer, (id, bytes), merges and reserved tokens in a canonical
 * order (src/bpe/tokenizer.c), with scores and normalizer where there are any, so that a file which was only
 * written differently has the same hash. */
SM_API sm_hash128 sm_tokenizer_hash(const sm_tokenizer *tok);
SM_API const char *sm_tokenizer_pretoken_name(const sm_tokenizer *tok); /* "deepseek-v3" … */
/* sm_tokenizer_bytes: what an id decodes to (the string of a reserved one; a space for ▁); empty for an unused
 * id. */
SM_API sm_span sm_tokenizer_bytes(const sm_tokenizer *tok, uint32_t id);
/* sm_tokenizer_find: the id of a reserved token by its string ("<|endoftext|>"), or SM_NO_TOKEN. */
SM_API uint32_t sm_tokenizer_find(const sm_tokenizer *tok, sm_span string);
SM_API bool sm_tokenizer_is_reserved(const sm_tokenizer *tok, uint32_t id);
SM_API bool sm_tokenizer_is_special(const sm_tokenizer *tok, uint32_t id);
/* sm_tokenizer_eot is the id that ends a document: <|endoftext|>, or what others call it (</s>,
 * <|end_of_text|>, …: tokenizer_config.json's eos_token); SM_NO_TOKEN where nothing says. */
SM_API uint32_t sm_tokenizer_eot(const sm_tokenizer *tok);
/* sm_tokenizer_warning: what a user should know of a loaded tokenizer, as a sentence without its name, or
 * NULL: that its pre-tokenizer has no scanner here and runs on PCRE2. */
SM_API const char *sm_tokenizer_warning(const sm_tokenizer *tok);

typedef enum sm_fidelity {
    SM_LOSSLESS,      /* any bytes come back */
    SM_LOSSLESS_TEXT, /* any UTF-8 without U+2581 */
    SM_LOSSY          /* a normalizer changes text, or unknown characters are lost */
} sm_fidelity;

/* sm_tokenizer_fidelity: what of a text comes back from its ids. */
SM_API sm_fidelity sm_tokenizer_fidelity(const sm_tokenizer *tok);

/* ---- text to ids -------------------------------------------------------------------------- */

/* sm_ids is a growable list of ids. Init {0}; free with sm_ids_free. */
typedef struct sm_ids {
    uint32_t *p;
    size_t n, cap;
} sm_ids;

SM_API void sm_ids_free(sm_ids *ids);
SM_API void sm_ids_put(sm_ids *ids, uint32_t id);

SM_API sm_encoder *sm_encoder_new(void) SM_MUST_USE;
SM_API void sm_encoder_free(sm_encoder *e);

/* sm_tokenizer_encode appends the ids of a text (any bytes) to `ids`. It adds no token of its own, neither at
 * the start nor at the end. Bytes that are not UTF-8 are encoded one by one as characters of no class; in a
 * vocabulary of characters each becomes U+FFFD, as in SentencePiece. */
SM_API void sm_tokenizer_encode(const sm_tokenizer *tok, sm_encoder *e, sm_span text,
                                sm_ids *ids);
/* sm_tokenizer_encode_naive gives the same by repeated merging, in quadratic time: the oracle. */
SM_API void sm_tokenizer_encode_naive(const sm_tokenizer *tok, sm_encoder *e, sm_span text,
                                      sm_ids *ids);
/* sm_tokenizer_spell cuts nothing: one pre-token, given by the caller, to ids. */
SM_API void sm_tokenizer_spell(const sm_tokenizer *tok, sm_encoder *e, sm_span pretoken,
                               sm_ids *ids);

/* ---- ids to text -------------------------------------------------------------------------- */

/* sm_tokenizer_decode appends the bytes of n ids to `out`; special tokens are left out unless `specials`.
 * The bytes of single ids need not be whole characters. SM_EFORMAT for an id that the tokenizer lacks,
 * SM_ELIMIT past the buffer's maximum. */
SM_API int sm_tokenizer_decode(const sm_tokenizer *tok, const uint32_t *ids, size_t n,
                               bool specials, sm_buffer *out, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
