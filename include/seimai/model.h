/* seimai/model.h - what a model is: Hugging Face's config.json.
 * SPDX-License-Identifier: MIT
 *
 * Two kinds of decoder, both with a norm before each half of a block:
 *
 *   the Llama family   RMSNorm, rotary positions (rotate-half), grouped query heads, SwiGLU, a head that is tied to the
 *                      embedding or not. Its members differ in what this table says:
 *
 *                                  biases                    norm of q and k   window of keys
 *                      llama       attention_bias, mlp_bias  -                 -
 *                      mistral     -                         -                 sliding_window, every layer
 *                      qwen2       q, k and v                -                 sliding_window, from max_window_layers on
 *                      qwen3       attention_bias            yes               as qwen2
 *
 *   gpt2               LayerNorm, learned positions, GELU (tanh), biases everywhere, a tied head
 *
 * Keys and tensor names are those of transformers' …ForCausalLM (GPT-2: …LMHeadModel), so that its checkpoints go in and
 * ours load there. What we refuse, with the line: another model_type, another activation, another scaling of rotary
 * positions than linear and llama3, layers that slide and layers that do not in another order than full ones first.
 * Keys that say nothing about the computation (architectures, use_cache, torch_dtype …) are passed over.
 * Threads: a configuration is plain data. */
#ifndef SEIMAI_MODEL_H
#define SEIMAI_MODEL_H

#include <seimai/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_model_family {
    SM_MODEL_LLAMA,
    SM_MODEL_MISTRAL,
    SM_MODEL_QWEN2,
    SM_MODEL_QWEN3,
    SM_MODEL_GPT2,
    SM_MODEL_FAMILIES
} sm_model_family;

typedef enum sm_rope_type { SM_ROPE_DEFAULT, SM_ROPE_LINEAR, SM_ROPE_LLAMA3 } sm_rope_type;

/* How rotary positions were stretched for longer texts (`rope_scaling`, newer `rope_parameters`). */
typedef struct sm_rope_scaling {
    sm_rope_type type;
    double factor;                             /* of lengths */
    double low_freq_factor, high_freq_factor;  /* llama3: of wavelengths */
    uint32_t original_max_position_embeddings; /* llama3 */
} sm_rope_scaling;

/* Names are those of the Llama family; GPT-2's own are given where they differ. */
typedef struct sm_model_config {
    sm_model_family family;           /* model_type; default llama */
    uint32_t vocab_size;              /* V */
    uint32_t hidden_size;             /* C; n_embd */
    uint32_t intermediate_size;       /* F; n_inner, default 4·C */
    uint32_t num_hidden_layers;       /* L; n_layer */
    uint32_t num_attention_heads;     /* NH; n_head */
    uint32_t num_key_value_heads;     /* NKV, divides NH; default NH */
    uint32_t head_dim;                /* HD, even; default C / NH (qwen3: 128) */
    uint32_t max_position_embeddings; /* longest T; default 2048; n_positions, default 1024 */
    double rms_norm_eps;              /* default 1e-6; layer_norm_epsilon, default 1e-5 */
    double rope_theta;                /* default 10000 */
    sm_rope_scaling rope_scaling;
    bool qkv_bias, o_bias, mlp_bias;
    uint32_t sliding_window;    /* keys that a query sees, itself among them; 0: all */
    uint32_t max_window_layers; /* so many layers at the start see all keys all the same */
    double attention_dropout;   /* of probabilities; attn_pdrop; default 0 (GPT-2: .1) */
    double embedding_dropout;   /* GPT-2 only: embd_pdrop, default .1 … */
    double residual_dropout;    /* … and resid_pdrop, of what a half block adds, default .1 */
    double initializer_range;   /* standard deviation of fresh weights; default .02 */
    bool tie_word_embeddings;   /* default false (GPT-2: true) */
    int64_t bos_token_id;       /* -1 where there is none; default 0 */
    int64_t eos_token_id;       /* default 0 */
    int64_t pad_token_id;       /* default -1 */
} sm_model_config;

/* sm_model_config_read takes the root of a config.json. SM_EUSAGE with "FILE:LINE: what: why" for a missing
 * size, a wrong type, sizes that do not fit each other, or what we refuse. rope_theta is also found in
 * `rope_parameters`, where newer transformers write it. */
SM_API int sm_model_config_read(sm_model_config *config, const sm_value *root,
                                sm_error *err) SM_MUST_USE;
/* sm_model_config_load reads a file of that kind. */
SM_API int sm_model_config_load(sm_model_config *config, const char *path,
                                sm_error *err) SM_MUST_USE;
/* sm_model_config_write appends the config.json that transformers reads (rope_theta and scaling in both places,
 * torch_dtype float32), ending in LF. read(write(c)) = c. */
SM_API void sm_model_config_write(const sm_model_config *config, sm_buffer *json);
/* sm_model_config_check: sizes are > 0, fit each other, and stay below the limits of a 32-bit index. */
SM_API int sm_model_config_check(const sm_model_config *config, sm_error *err) SM_MUST_USE;

/* sm_model_type is the name of a family: "llama", "mistral", "qwen2", "qwen3", "gpt2". */
SM_API const char *sm_model_type(sm_model_family family);
/* sm_model_window gives the keys that a query of a layer sees at most; 0: all. */
SM_API uint32_t sm_model_window(const sm_model_config *config, uint32_t layer);
/* sm_rope_frequency gives the angle by which pair j < HD/2 of a head turns from position to position: theta^(−2j/HD),
 * after scaling. Linear divides it by `factor`. Llama 3 (Meta's reference code of July 2024) does so where the wavelength
 * is above original/low_freq_factor, leaves it below original/high_freq_factor, and goes from one to the other between. */
SM_API double sm_rope_frequency(const sm_model_config *config, uint32_t j);
/* sm_model_flops: floating-point operations of a training step for one token at length T: 6·N_mm + 12·L·C·K,
 * N_mm = parameters in matrix products (a tied embedding once, as the head), C = NH·HD, K the keys that a query sees on
 * average: T/2 in the causal mask (FORMATS, "Matrix rate"), fewer in a window. Recomputation is not counted. */
SM_API double sm_model_flops(const sm_model_config *config, uint32_t T);

#ifdef __cplusplus
}
#endif
#endif
