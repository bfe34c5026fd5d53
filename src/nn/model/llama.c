/* The Llama family (Touvron et al., 2023; Mistral, Qwen2 and Qwen3 differ by a few lines): what a block is, line by line.
 * SPDX-License-Identifier: MIT */
#include "model/family.h"
#include "model/models.h"
#include "op/op.h"

typedef sm_id tensor; // (BT, width)

/* x·[W1; W2; …]ᵀ [+ b] */
#define linear(n, x, bias, ...) sm_op_linear(n, x, SM_WEIGHTS(__VA_ARGS__), bias)
#define W(name, rows)                                                                          \
    {                                                                                          \
        name, rows                                                                             \
    }

static tensor attention(sm_tape *n, const sm_model_config *c, uint32_t layer, tensor h)
{
    const uint32_t HD = c->head_dim;
    const uint32_t Q = c->num_attention_heads * HD, KV = c->num_key_value_heads * HD;
    const tensor qkv =
        linear(n, h, c->qkv_bias, W("self_attn.q_proj", Q), W("self_attn.k_proj", KV),
               W("self_attn.v_proj", KV)); // (BT,Q+KV+KV)
    tensor q = sm_tape_slice(n, qkv, 0, Q), k = sm_tape_slice(n, qkv, Q, KV);
    const tensor v = sm_tape_slice(n, qkv, Q + KV, KV);
    if (sm_families[c->family].qk_norm) {
        q = sm_op_head_rmsnorm(n, q, "self_attn.q_norm", HD, c->rms_norm_eps);
        k = sm_op_head_rmsnorm(n, k, "self_attn.k_norm", HD, c->rms_norm_eps);
    }
    q = sm_op_rope(n, q, HD);
    k = sm_op_rope(n, k, HD);
    h = sm_op_attention(n, q, k, v,
                        &(sm_attention){HD, sm_model_window(c, layer), c->attention_dropout});
    return linear(n, h, c->o_bias, W("self_attn.o_proj", c->hidden_size));
}

static tensor mlp(sm_tape *n, const sm_model_config *c, tensor h)
{
    const uint32_t F = c->intermediate_size;
    h = linear(n, h, c->mlp_bias, W("mlp.gate_proj", F), W("mlp.up_proj", F)); // (BT,2F)
    return linear(n, sm_op_swiglu(n, h), c->mlp_bias, W("mlp.down_proj", c->hidden_size));
}

static tensor block(sm_tape *n, const sm_model_config *c, uint32_t layer, tensor x) // (BT,C)
{
    const double eps = c->rms_norm_eps;
    x = sm_op_add(n, x, attention(n, c, layer, sm_op_rmsnorm(n, x, "input_layernorm", eps)));
    x = sm_op_add(n, x, mlp(n, c, sm_op_rmsnorm(n, x, "post_attention_layernorm", eps)));
    return x;
}

void sm_llama_build(sm_tape *n, const sm_model_config *c)
{
    const char *const head = c->tie_word_embeddings ? "model.embed_tokens" : "lm_head";
    tensor x = sm_op_embedding(n, "model.embed_tokens", c->vocab_size, c->hidden_size);
    for (uint32_t i = 0; i < c->num_hidden_layers; i++) {
        sm_tape_scope(n, "model.layers.%u.", i);
        x = block(n, c, i, x);
    }
    sm_tape_scope(n, "%s", "");
    x = sm_op_rmsnorm(n, x, "model.norm", c->rms_norm_eps);
    sm_op_head(n, x, head, c->vocab_size);
}
