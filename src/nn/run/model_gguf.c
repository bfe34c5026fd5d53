/* A model as GGUF: see seimai/model_export.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/checkpoint.h>
#include <seimai/gguf.h>
#include <seimai/model_export.h>

#include <stdio.h>
#include <string.h>

/* Names of the parameters, Hugging Face's and ggml's; of a layer the part behind "model.layers.N." and "blk.N.". */
typedef struct tensor_name {
    const char *ours, *theirs;
} tensor_name;

static const tensor_name whole[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"lm_head.weight", "output.weight"},
};

static const tensor_name of_layer[] = {
    {"input_layernorm.weight", "attn_norm.weight"},
    {"self_attn.q_proj.weight", "attn_q.weight"},
    {"self_attn.k_proj.weight", "attn_k.weight"},
    {"self_attn.v_proj.weight", "attn_v.weight"},
    {"self_attn.o_proj.weight", "attn_output.weight"},
    {"post_attention_layernorm.weight", "ffn_norm.weight"},
    {"mlp.gate_proj.weight", "ffn_gate.weight"},
    {"mlp.up_proj.weight", "ffn_up.weight"},
    {"mlp.down_proj.weight", "ffn_down.weight"},
};

typedef struct exporting {
    const char *dir;
    sm_model_config config;
    sm_net *net; /* for the table of its parameters */
    float *w;    /* the weights, query and key rows reordered */
    sm_gguf *vocabulary;
    uint64_t tokens; /* of the vocabulary */
    sm_gguf_pair *pairs;
    sm_gguf_tensor *tensors;
    size_t n_pairs, n_tensors;
    sm_arena arena;
} exporting;

/* ---- weights ------------------------------------------------------------------------------------- */

/* Rows of each head from (half, i) to (i, half): rotate-half to neighbouring pairs. */
static void interleave(float *matrix, uint32_t heads, uint32_t head_dim, uint64_t columns)
{
    const size_t n = (size_t)head_dim * columns;
    float *const head = sm_malloc(n * sizeof *head);
    for (uint32_t h = 0; h < heads; h++) {
        float *const to = matrix + h * n;
        memcpy(head, to, n * sizeof *head);
        for (uint32_t i = 0; i < head_dim / 2; i++)
            for (uint32_t half = 0; half < 2; half++)
                memcpy(to + (2 * i + half) * columns,
                       head + (half * (head_dim / 2) + i) * columns, columns * sizeof *head);
    }
    sm_free(head);
}

/* ---- tensors -------------------------------------------------------------------------------------- */

static const char *name_in(const tensor_name *table, size_t n, const char *ours)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(table[i].ours, ours) == 0) return table[i].theirs;
    return NULL;
}

static const char *ggml_name(exporting *x, const char *ours)
{
    unsigned layer = 0;
    int part = 0;
    if (sscanf(ours, "model.layers.%u.%n", &layer, &part) != 1 || part == 0)
        return name_in(whole, sizeof whole / sizeof *whole, ours);
    const char *const theirs =
        name_in(of_layer, sizeof of_layer / sizeof *of_layer, ours + part);
    return theirs ? sm_arena_printf(&x->arena, "blk.%u.%s", layer, theirs) : NULL;
}

static int put_tensor(exporting *x, const sm_param *p, sm_error *err)
{
    const char *const name = ggml_name(x, p->name);
    if (!name) SM_FAIL(err, SM_EFORMAT, "%s: GGUF has no name for '%s'", x->dir, p->name);
    const sm_model_config *const c = &x->config;
    if (strstr(name, "attn_q.weight"))
        interleave(x->w + p->offset, c->num_attention_heads, c->head_dim, p->shape[1]);
    if (strstr(name, "attn_k.weight"))
        interleave(x->w + p->offset, c->num_key_value_heads, c->head_dim, p->shape[1]);
    const bool by_token = p->n_dims == 2 && p->shape[0] == c->vocab_size &&
                          name_in(whole, sizeof whole / sizeof *whole, p->name);
    const uint64_t rows = by_token ? x->tokens : p->shape[0];
    const uint64_t columns = p->n_dims == 2 ? p->shape[1] : 1;
    sm_gguf_tensor *const t = &x->tensors[x->n_tensors++];
    *t = (sm_gguf_tensor){
        .name = sm_span_of(name),
        .type = SM_GGML_F32,
        .n_dims = p->n_dims,
        .dims = {p->n_dims == 2 ? columns : rows, rows},
        .bytes = {(const char *)(x->w + p->offset), rows * columns * sizeof(float)}};
    return SM_OK;
}

static int put_tensors(exporting *x, sm_error *err)
{
    const sm_params *const params = sm_net_params(x->net);
    x->tensors = sm_calloc(params->n, sizeof *x->tensors);
    for (size_t i = 0; i < params->n; i++)
        SM_TRY(put_tensor(x, &params->items[i], err));
    return SM_OK;
}

/* ---- pairs ------------------------------------------------------------------------------------------ */

static void put_pair(exporting *x, const char *key, sm_gguf_value value)
{
    x->pairs[x->n_pairs++] = (sm_gguf_pair){key, value};
}

static void put_model(exporting *x)
{
    const sm_model_config *const c = &x->config;
    const struct {
        const char *key;
        uint32_t value;
    } sizes[] = {
        {"llama.vocab_size", (uint32_t)x->tokens},
        {"llama.context_length", c->max_position_embeddings},
        {"llama.embedding_length", c->hidden_size},
        {"llama.block_count", c->num_hidden_layers},
        {"llama.feed_forward_length", c->intermediate_size},
        {"llama.rope.dimension_count", c->head_dim},
        {"llama.attention.head_count", c->num_attention_heads},
        {"llama.attention.head_count_kv", c->num_key_value_heads},
        {"llama.attention.key_length", c->head_dim},
        {"llama.attention.value_length", c->head_dim},
        {"general.file_type", 0}, /* all F32 */
    };
    put_pair(x, "general.architecture", sm_gguf_string(SM_SPAN("llama")));
    put_pair(x, "general.type", sm_gguf_string(SM_SPAN("model")));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        put_pair(x, sizes[i].key, sm_gguf_u32(sizes[i].value));
    put_pair(x, "llama.attention.layer_norm_rms_epsilon", sm_gguf_f32((float)c->rms_norm_eps));
    put_pair(x, "llama.rope.freq_base", sm_gguf_f32((float)c->rope_theta));
}

/* The vocabulary's pairs, but for what it says of itself as a file. */
static int put_vocabulary(exporting *x, const char *path, sm_error *err)
{
    const sm_gguf_value *const tokens = sm_gguf_find(x->vocabulary, "tokenizer.ggml.tokens");
    if (!tokens || !tokens->is_array) SM_FAIL(err, SM_EFORMAT, "%s: holds no vocabulary", path);
    x->tokens = tokens->n;
    if (x->tokens > x->config.vocab_size)
        SM_FAIL(err, SM_EFORMAT, "%s: %llu tokens, the model has %u", path,
                (unsigned long long)x->tokens, x->config.vocab_size);
    put_model(x);
    for (size_t i = 0; i < sm_gguf_pairs(x->vocabulary); i++) {
        const sm_gguf_pair *const p = sm_gguf_pair_at(x->vocabulary, i);
        if (strncmp(p->key, "general.", strlen("general.")) != 0) put_pair(x, p->key, p->value);
    }
    return SM_OK;
}

/* ---- the file ---------------------------------------------------------------------------------------- */

static int export_model(exporting *x, const char *vocabulary, const char *path, sm_error *err)
{
    enum { OURS = 32 }; /* more pairs than put_model has */
    SM_TRY(run_model_read(x->dir, &x->config, &x->net, &x->w, err));
    SM_TRY(sm_gguf_open(&x->vocabulary, vocabulary, err));
    x->pairs = sm_calloc(OURS + sm_gguf_pairs(x->vocabulary), sizeof *x->pairs);
    SM_TRY(put_vocabulary(x, vocabulary, err));
    SM_TRY(put_tensors(x, err));
    return sm_gguf_write(path, x->pairs, x->n_pairs, x->tensors, x->n_tensors, err);
}

int sm_model_export_gguf(const char *dir, const char *vocabulary, const char *path,
                         sm_error *err)
{
    exporting x = {.dir = dir};
    const int status = export_model(&x, vocabulary, path, err);
    sm_free(x.pairs);
    sm_free(x.tensors);
    sm_vector_free(x.w);
    sm_net_free(x.net);
    sm_gguf_close(x.vocabulary);
    sm_arena_free(&x.arena);
    return status;
}
