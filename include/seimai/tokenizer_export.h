/* seimai/tokenizer_export.h - a tokenizer in the files of other engines, with the same ids.
 * SPDX-License-Identifier: MIT
 *
 * A file is written only where its engine gives the same ids for every text (src/bpe/export/rules.c says what that takes).
 * Where a format cannot carry the model, the broken rule is named, with an example, and nothing is written.
 *
 *   hf        a folder for `tokenizers`, transformers, vLLM
 *   model     SentencePiece's .model: BPE over characters with byte fallback, identity normalizer, self_test_data
 *   tiktoken  lines of base64 and rank; PATH.json beside it has the pattern and the special tokens, which tiktoken
 *             keeps in code, the strings to allow in texts (`matched_in_text`) and the name of the pre-tokenizer
 *   gguf      llama.cpp's file with a vocabulary and no tensors: byte level as "gpt2", characters as "llama"
 *   llama2c   llama2.c's tokenizer.bin: characters, byte b at id b + 3, no reserved token matched in text
 *   llmc      llm.c's table: it decodes only
 *
 * Threads: pure but for the files. */
#ifndef SEIMAI_TOKENIZER_EXPORT_H
#define SEIMAI_TOKENIZER_EXPORT_H

#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SM_EXPORT_CHOICES "hf|model|tiktoken|gguf|llama2c|llmc" /* for an option table */

/* sm_tokenizer_export writes a loaded tokenizer. `source` is the path that it was loaded from: what that file alone
 * knows (scores of Unigram, configuration of Hugging Face) is taken from there. `path` is a file, which is replaced
 * when it is whole, or, for hf, a folder, which is made where there is none. `chat_template` is the Jinja text for a gguf
 * file, empty for none (seimai/chat.h makes it; of hf, sm_chat_jinja_write adds it).
 * SM_ENOSUP for a model that the format cannot carry: "PATH: cannot carry SOURCE: RULE: EXAMPLE"; SM_EUSAGE for an
 * unknown format; SM_EIO. */
SM_API int sm_tokenizer_export(const sm_tokenizer *tok, const char *source, const char *format,
                               const char *path, sm_span chat_template,
                               sm_error *err) SM_MUST_USE;

/* sm_tokenizer_export_caution: which texts the engine of a format reads in its own way all the same (U+2581 as a space;
 * combining marks in llama.cpp's gpt-4o), as a sentence without full stop, or NULL for none. */
SM_API const char *sm_tokenizer_export_caution(const sm_tokenizer *tok, const char *format);

#ifdef __cplusplus
}
#endif
#endif
