/* seimai/model.h - what a model is: Hugging Face's config.json of the Llama family.
 * SPDX-License-Identifier: MIT
 *
 * A decoder with RMSNorm before each block, rotary positions (rotate-half), grouped query heads, SwiGLU,
 * no biases, a head that is tied to the embedding or not. Keys and tensor names are those of
 * transformers' LlamaForCausalLM, so that its checkpoints go in and ours load there.
 *
 * What we refuse, with the line: another model_type, another activation, biases, rope scaling, dropout.
 * Keys that say nothing about the computation (architectures, use_cache, torch_dtype …) are passed over.
 * Threads: a configuration is plain data. */
#ifndef SEIMAI_MODEL_H
#define SEIMAI_MODEL_H

#include <seimai/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_model_config {
    uint32_t vocab_size;              /* V */
    uint32_t hidden_size;             /* C */
    uint32_t intermediate_size;       /* F */
    uint32_t num_hidden_layers;       /* L */
    uint32_t num_attention_heads;     /* NH */
    uint32_t num_key_value_heads;     /* NKV, divides NH; default NH */
    uint32_t head_dim;                /* HD, even; default C / NH */
    uint32_t max_position_embeddings; /* longest T; default 2048 */
    double rms_norm_eps;              /* default 1e-6 */
    double rope_theta;                /* default 10000 */
    double initializer_range;         /* standard deviation of fresh weights; default .02 */
    bool tie_word_embeddings;         /* default false */
    int64_t bos_token_id;             /* -1 where there is none; default 0 */
    int64_t eos_token_id;             /* default 0 */
    int64_t pad_token_id;             /* default -1 */
} sm_model_config;

/* sm_model_config_read takes the root of a config.json. SM_EUSAGE with "FILE:LINE: what: why" for a missing
 * size, a wrong type, sizes that do not fit each other, or what we refuse. rope_theta is also found in
 * `rope_parameters`, where newer transformers write it. */
SM_API int sm_model_config_read(sm_model_config *config, const sm_value *root,
                                sm_error *err) SM_MUST_USE;
/* sm_model_config_load reads a file of that kind. */
SM_API int sm_model_config_load(sm_model_config *config, const char *path,
                                sm_error *err) SM_MUST_USE;
/* sm_model_config_write appends the config.json that transformers reads (rope_theta in both places,
 * torch_dtype float32), ending in LF. read(write(c)) = c. */
SM_API void sm_model_config_write(const sm_model_config *config, sm_buffer *json);
/* sm_model_config_check: sizes are > 0, fit each other, and stay below the limits of a 32-bit index. */
SM_API int sm_model_config_check(const sm_model_config *config, sm_error *err) SM_MUST_USE;

/* sm_model_flops: floating-point operations of a training step for one token at length T: 6·N_mm + 6·L·C·T,
 * N_mm = parameters in matrix products (a tied embedding once, as the head), attention's causal half
 * with C = NH·HD, recomputation not counted (FORMATS, "Matrix rate"). */
SM_API double sm_model_flops(const sm_model_config *config, uint32_t T);

#ifdef __cplusplus
}
#endif
#endif
