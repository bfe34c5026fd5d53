/* GPT-2 (Radford et al.: "Language models are unsupervised multitask learners", 2019), line by line.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/models.h"
#include "op/op.h"

typedef sm_id tensor; // (BT, width)

static tensor attention(sm_tape *n, const sm_model_config *c, tensor h)
{
    const uint32_t C = c->hidden_size;
    const tensor qkv = sm_op_conv1d(n, h, "attn.c_attn", 3 * C, c->initializer_range);
    const tensor q = sm_tape_slice(n, qkv, 0, C), k = sm_tape_slice(n, qkv, C, C);
    const tensor v = sm_tape_slice(n, qkv, 2 * C, C);
    return sm_op_attention(n, q, k, v,
                           &(sm_attention){c->head_dim, 0, c->attention_dropout}); // (BT,C)
}

static tensor block(sm_tape *n, const sm_model_config *c, tensor x) // (BT,C)
{
    const double eps = c->rms_norm_eps, drop = c->residual_dropout;
    const uint32_t C = c->hidden_size, F = c->intermediate_size;
    /* What adds to the residual starts smaller, so that 2·L additions keep its variance. */
    const double deviation = c->initializer_range / sqrt(2.0 * c->num_hidden_layers);

    tensor h = attention(n, c, sm_op_layernorm(n, x, "ln_1", eps));
    h = sm_op_conv1d(n, h, "attn.c_proj", C, deviation);
    x = sm_op_add(n, x, sm_op_dropout(n, h, drop));

    h = sm_op_layernorm(n, x, "ln_2", eps);
    h = sm_op_gelu(n, sm_op_conv1d(n, h, "mlp.c_fc", F, c->initializer_range)); // (BT,F)
    h = sm_op_conv1d(n, h, "mlp.c_proj", C, deviation);
    return sm_op_add(n, x, sm_op_dropout(n, h, drop));
}

void sm_gpt2_build(sm_tape *n, const sm_model_config *c)
{
    const uint32_t C = c->hidden_size;
    sm_tape_scope(n, "transformer.");
    const tensor token = sm_op_embedding(n, "wte", c->vocab_size, C);
    const tensor place = sm_op_positions(n, "wpe", c->max_position_embeddings, C);
    tensor x = sm_op_dropout(n, sm_op_add(n, token, place), c->embedding_dropout);
    for (uint32_t i = 0; i < c->num_hidden_layers; i++) {
        sm_tape_scope(n, "transformer.h.%u.", i);
        x = block(n, c, x);
    }
    sm_tape_scope(n, "%s", "");
    x = sm_op_layernorm(n, x, "transformer.ln_f", c->rms_norm_eps);
    sm_op_head(n, x, c->tie_word_embeddings ? "transformer.wte" : "lm_head", c->vocab_size);
}
