/* seimai/model_export.h - a model in the one file of llama.cpp.
 * SPDX-License-Identifier: MIT
 *
 * GGUF (seimai/gguf.h) of architecture "llama", all weights as F32: what llama.cpp loads, quantises and runs. The rows of
 * the query and key matrices are reordered, since llama.cpp turns neighbouring pairs where Hugging Face turns halves.
 * Rows of the embedding (and of the head) beyond the vocabulary are left out: llama.cpp wants one for each token, and
 * our sampler never gives the others.
 *
 * Threads: free functions on the caller's data. */
#ifndef SEIMAI_MODEL_EXPORT_H
#define SEIMAI_MODEL_EXPORT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_model_export_gguf writes the model of a directory (seimai/checkpoint.h) as PATH. `vocabulary` is a GGUF file with
 * the tokenizer, as `tokenizer export --to gguf` writes it; its pairs are taken over. SM_EFORMAT where it has more tokens
 * than the model, or none; what reading the model and writing files may give. Memory: the model's weights twice. */
SM_API int sm_model_export_gguf(const char *dir, const char *vocabulary, const char *path,
                                sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
