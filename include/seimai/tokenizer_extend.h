/* seimai/tokenizer_extend.h - growing a tokenizer that a model was already trained with.
 * SPDX-License-Identifier: MIT
 *
 * All ids and all merges of the base stay; new merges are learnt on the segmentation that the base gives, and come
 * after the old ones. So text is first cut as the base cuts it, and then new tokens join what stands side by side. With
 * SM_EXTEND_JAPANESE every new token consists of kana and kanji, or is the first two bytes of such characters, where
 * the base cuts them into bytes: a text without the blocks Hiragana (U+3040), Katakana (to U+30FF), kanji (U+3400-4DBF,
 * 4E00-9FFF, F900-FAFF) and 々 〆 〇 keeps its ids, by construction. Chinese is written with the same characters, so
 * its ids change.
 *
 * Bases: BPE over bytes (tokenizer.json of Llama 3, Qwen, GPT-4o …, and our own) and over characters with byte
 * fallback (.model or tokenizer.json of Llama 2, Mistral 7B …). There a character that had no token becomes one,
 * which is no merge. Where the base cuts nothing before it merges, counts may come of any pre-tokenizer.
 *
 * Nouns
 *   base     the tokenizer that is grown; ids 0 … n_base - 1
 *   token    a new one: id n_base + i, made of two ids before it
 *   from     the base's ids that stood for its bytes: a model's embeddings begin with their mean
 *   spare    an id behind the last token that stands for nothing, so that their number is a multiple
 *
 * extend-map.jsonl, one line for each new id: {"id": 32000, "from": [29871, 30325], "text": "今日"}; `text` is missing
 * for a beginning of a character, and "from" is [] for a spare.
 *
 * Source: the idea of merges on top of old ones is that of Swallow (Fujii et al., 2024, arXiv:2404.17790), which
 * takes pieces from text that MeCab cut; here the priority of seimai/bpe_train.h decides.
 *
 * Threads: pure but for the files. */
#ifndef SEIMAI_TOKENIZER_EXTEND_H
#define SEIMAI_TOKENIZER_EXTEND_H

#include <seimai/base.h>
#include <seimai/count.h>
#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SM_EXTEND_CHOICES "japanese|any" /* for an option table */
typedef enum sm_extend_script {
    SM_EXTEND_JAPANESE, /* tokens of kana and kanji (with 々 〆 〇 ー) only */
    SM_EXTEND_ANY       /* whole characters of any script: other languages' ids may change */
} sm_extend_script;

typedef struct sm_extend_options {
    size_t vocab_size; /* ids in all, those of the base among them */
    size_t multiple;   /* it is rounded up to a multiple of this; 0: not */
    sm_extend_script only;
    double weight, aligned; /* as in sm_bpe_options */
    uint64_t min_count;
    size_t max_chars; /* longest new token in characters; 0: no limit */
} sm_extend_options;

typedef struct sm_new_token {
    uint32_t left,
        right; /* ids; SM_NO_TOKEN: a character that had no token, which no merge makes */
    sm_span bytes;
    const uint32_t *from; /* [n_from] ids of the base */
    size_t n_from;
    uint64_t count; /* occurrences when it was made */
} sm_new_token;

/* Init {0}; free with sm_extension_free. */
typedef struct sm_extension {
    size_t n_base, n, n_spare;
    sm_new_token *tokens; /* [n] */
    sm_arena arena;       /* holds their bytes and `from` */
} sm_extension;

/* sm_extend_pretoken names the pre-tokenizer that counts for this base are made with: its own, or, where it has
 * none, SM_PRETOKEN_DEFAULT. */
SM_API const char *sm_extend_pretoken(const sm_tokenizer *base);
/* sm_extend_learn finds the new tokens. Fewer than asked for where no pair is left. SM_EUSAGE for a vocabulary that is
 * not larger than the base's; SM_ENOSUP for a base that is no BPE; SM_ELIMIT past 1,000,000 ids. */
SM_API int sm_extend_learn(const sm_tokenizer *base, const sm_counts *counts,
                           const sm_extend_options *options, sm_extension *extension,
                           sm_error *err) SM_MUST_USE;
SM_API void sm_extension_free(sm_extension *extension);

/* sm_extend_write makes a folder of the file or folder that the base was loaded from: its tokenizer.json or .model
 * with the new tokens behind the old ones and every other byte as it was, its configuration files, extend-map.jsonl
 * and, last, seimai.json with `notes` (members of an object, or empty). SM_ENOSUP for another format
 * (export it first); SM_EIO. */
SM_API int sm_extend_write(const sm_extension *extension, const sm_tokenizer *base,
                           const char *source, const char *folder, sm_span notes,
                           sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
