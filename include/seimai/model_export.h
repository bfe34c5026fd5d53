/* seimai/model_export.h - a model in the file of another engine: llama.cpp's, llm.c's.
 * SPDX-License-Identifier: MIT
 *
 * GGUF (seimai/gguf.h) of architecture "llama" (llama, mistral), "qwen2", "qwen3" or "gpt2", all weights as F32: what
 * llama.cpp loads, quantises and runs. Where it turns neighbouring pairs and Hugging Face turns halves, the rows of the query
 * and key matrices are reordered; GPT-2's matrices are transposed; Llama 3's rotary scaling becomes the tensor rope_freqs.
 * Rows of the embedding (and of the head) beyond the vocabulary are left out: llama.cpp wants one for each token, and
 * our sampler never gives the others. Its architectures here have no sliding window: context_length is then its width, up to
 * which both agree.
 *
 * llm.c's checkpoint, version 3 (train_gpt2.c): 256 int32 (20240326, 3, positions, vocabulary, layers, heads, width,
 * vocabulary padded to 128), then float32 weights, the layers' stacked parameter by parameter. GPT-2 only.
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
 * than the model, or none; SM_ENOSUP for biases that llama.cpp's architecture lacks; what reading the model and writing
 * files may give. Memory: the model's weights twice. */
SM_API int sm_model_export_gguf(const char *dir, const char *vocabulary, const char *path,
                                sm_error *err) SM_MUST_USE;

/* sm_model_export_llmc writes a GPT-2 as llm.c's checkpoint. SM_ENOSUP for another family, a head of its own, a
 * feed-forward layer that is not four times the width, or another epsilon than llm.c's 1e-5. */
SM_API int sm_model_export_llmc(const char *dir, const char *path, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
