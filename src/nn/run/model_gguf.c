/* A model as GGUF: see seimai/model_export.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/checkpoint.h>
#include <seimai/gguf.h>
#include <seimai/model_export.h>

#include <stdlib.h>
#include <string.h>

/* Names of the parameters, Hugging Face's and ggml's, without their ".weight" or ".bias"; of a layer the part behind
 * "model.layers.N." and "blk.N.". */
typedef struct tensor_name {
    const char *ours, *theirs;
} tensor_name;

static const tensor_name llama_names[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {NULL, NULL},
};

static const tensor_name gpt2_names[] = {
    {"transformer.wte", "token_embd"},
    {"transformer.wpe", "position_embd"},
    {"transformer.ln_f", "output_norm"},
    {"lm_head", "output"},
    {"ln_1", "attn_norm"},
    {"attn.c_attn", "attn_qkv"},
    {"attn.c_proj", "attn_output"},
    {"ln_2", "ffn_norm"},
    {"mlp.c_fc", "ffn_up"},
    {"mlp.c_proj", "ffn_down"},
    {NULL, NULL},
};

/* What llama.cpp makes of a family. */
static const struct architecture {
    const char *name;
    const tensor_name *names;
    const char *layer; /* how the names of a layer's parameters begin */
    bool interleaved;  /* it turns neighbouring pairs, not halves */
    bool o_bias;       /* it has a bias behind attention, if we have */
} architectures[SM_MODEL_FAMILIES] = {
    [SM_MODEL_LLAMA] = {"llama", llama_names, "model.layers.", true, true},
    [SM_MODEL_MISTRAL] = {"llama", llama_names, "model.layers.", true, true},
    [SM_MODEL_QWEN2] = {"qwen2", llama_names, "model.layers.", false, true},
    [SM_MODEL_QWEN3] = {"qwen3", llama_names, "model.layers.", false, false},
    [SM_MODEL_GPT2] = {"gpt2", gpt2_names, "transformer.h.", false, true},
};

typedef struct exporting {
    const char *dir;
    sm_model_config config;
    const struct architecture *to;
    sm_net *net;  /* for the table of its parameters */
    float *w;     /* the weights, as llama.cpp wants their rows */
    float *turns; /* rope_freqs: (HD/2), or NULL */
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

/* "blk.3.attn_q.weight" for "model.layers.3.self_attn.q_proj.weight"; NULL where GGUF has no name. */
static const char *ggml_name(exporting *x, const char *ours)
{
    const char *const ending = strrchr(ours, '.'), *part = ours;
    const bool of_layer = sm_span_starts(sm_span_of(ours), sm_span_of(x->to->layer));
    unsigned long layer = 0;
    if (of_layer) {
        char *rest = NULL;
        layer = strtoul(ours + strlen(x->to->layer), &rest, 10);
        part = rest + 1;
    }
    const sm_span name = {part, (size_t)(ending - part)};
    for (const tensor_name *n = x->to->names; n->ours; n++) {
        if (!sm_span_equal(name, sm_span_of(n->ours))) continue;
        if (!of_layer) return sm_arena_printf(&x->arena, "%s%s", n->theirs, ending);
        return sm_arena_printf(&x->arena, "blk.%lu.%s%s", layer, n->theirs, ending);
    }
    return NULL;
}

/* The rows of a parameter as llama.cpp wants them. */
static void reorder(exporting *x, const sm_param *p, const char *name, uint64_t *rows,
                    uint64_t *columns)
{
    const sm_model_config *const c = &x->config;
    float *const w = x->w + p->offset;
    *rows = p->shape[0];
    *columns = p->n_dims == 2 ? p->shape[1] : 1;
    if (x->to->interleaved && strstr(name, "attn_q."))
        interleave(w, c->num_attention_heads, c->head_dim, *columns);
    if (x->to->interleaved && strstr(name, "attn_k."))
        interleave(w, c->num_key_value_heads, c->head_dim, *columns);
    if (c->family == SM_MODEL_GPT2 && p->kind == SM_PARAM_MATRIX) {
        run_transpose(w, *rows, *columns);
        *rows = p->shape[1];
        *columns = p->shape[0];
    }
    if (strcmp(name, "token_embd.weight") == 0 || strcmp(name, "output.weight") == 0)
        *rows = x->tokens; /* the first ones */
}

static int put_tensor(exporting *x, const sm_param *p, sm_error *err)
{
    uint64_t rows, columns;
    const char *const name = ggml_name(x, p->name);
    if (!name) SM_FAIL(err, SM_EFORMAT, "%s: GGUF has no name for '%s'", x->dir, p->name);
    reorder(x, p, name, &rows, &columns);
    sm_gguf_tensor *const t = &x->tensors[x->n_tensors++];
    *t = (sm_gguf_tensor){
        .name = sm_span_of(name),
        .type = SM_GGML_F32,
        .n_dims = p->n_dims,
        .dims = {p->n_dims == 2 ? columns : rows, rows},
        .bytes = {(const char *)(x->w + p->offset), rows * columns * sizeof(float)}};
    return SM_OK;
}

/* Llama 3's scaling is a tensor: what each pair's angle is divided by. */
static void put_turns(exporting *x)
{
    const uint32_t n = x->config.head_dim / 2;
    sm_model_config plain = x->config;
    if (x->config.rope_scaling.type != SM_ROPE_LLAMA3) return;
    plain.rope_scaling.type = SM_ROPE_DEFAULT;
    x->turns = sm_calloc(n, sizeof *x->turns);
    for (uint32_t j = 0; j < n; j++)
        x->turns[j] = (float)(sm_rope_frequency(&plain, j) / sm_rope_frequency(&x->config, j));
    x->tensors[x->n_tensors++] =
        (sm_gguf_tensor){.name = SM_SPAN("rope_freqs.weight"),
                         .type = SM_GGML_F32,
                         .n_dims = 1,
                         .dims = {n},
                         .bytes = {(const char *)x->turns, n * sizeof(float)}};
}

static int put_tensors(exporting *x, sm_error *err)
{
    const sm_params *const params = sm_net_params(x->net);
    if (x->config.o_bias && !x->to->o_bias)
        SM_FAIL(err, SM_ENOSUP, "%s: attention_bias: llama.cpp's %s has no such biases", x->dir,
                x->to->name);
    x->tensors = sm_calloc(params->n + 1, sizeof *x->tensors);
    put_turns(x);
    for (size_t i = 0; i < params->n; i++)
        SM_TRY(put_tensor(x, &params->items[i], err));
    return SM_OK;
}

/* ---- pairs ------------------------------------------------------------------------------------------ */

static void put_pair(exporting *x, const char *key, sm_gguf_value value)
{
    x->pairs[x->n_pairs++] = (sm_gguf_pair){key, value};
}

static void put_own(exporting *x, const char *key, sm_gguf_value value)
{
    put_pair(x, sm_arena_printf(&x->arena, "%s.%s", x->to->name, key), value);
}

static void put_rope(exporting *x)
{
    const sm_model_config *const c = &x->config;
    put_own(x, "rope.dimension_count", sm_gguf_u32(c->head_dim));
    put_own(x, "rope.freq_base", sm_gguf_f32((float)c->rope_theta));
    if (c->rope_scaling.type != SM_ROPE_LINEAR) return;
    put_own(x, "rope.scaling.type", sm_gguf_string(SM_SPAN("linear")));
    put_own(x, "rope.scaling.factor", sm_gguf_f32((float)c->rope_scaling.factor));
}

/* None of these architectures has a window there: up to its width they agree with us, so it is their context. */
static uint32_t context_of(const sm_model_config *c)
{
    const bool slides = c->sliding_window > 0 && c->max_window_layers < c->num_hidden_layers;
    const uint32_t most = c->max_position_embeddings;
    return slides && c->sliding_window < most ? c->sliding_window : most;
}

static void put_model(exporting *x)
{
    const sm_model_config *const c = &x->config;
    const bool gpt2 = c->family == SM_MODEL_GPT2;
    const struct {
        const char *key;
        uint32_t value;
    } sizes[] = {
        {"vocab_size", (uint32_t)x->tokens},
        {"context_length", context_of(c)},
        {"embedding_length", c->hidden_size},
        {"block_count", c->num_hidden_layers},
        {"feed_forward_length", c->intermediate_size},
        {"attention.head_count", c->num_attention_heads},
        {"attention.head_count_kv", c->num_key_value_heads},
        {"attention.key_length", c->head_dim},
        {"attention.value_length", c->head_dim},
    };
    put_pair(x, "general.architecture", sm_gguf_string(sm_span_of(x->to->name)));
    put_pair(x, "general.type", sm_gguf_string(SM_SPAN("model")));
    put_pair(x, "general.file_type", sm_gguf_u32(0)); /* all F32 */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        put_own(x, sizes[i].key, sm_gguf_u32(sizes[i].value));
    put_own(x, gpt2 ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
            sm_gguf_f32((float)c->rms_norm_eps));
    if (!gpt2) put_rope(x);
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
    x->to = architectures + x->config.family;
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
    sm_free(x.turns);
    sm_vector_free(x.w);
    sm_net_free(x.net);
    sm_gguf_close(x.vocabulary);
    sm_arena_free(&x.arena);
    return status;
}
