/* A GPT-2 as llm.c's checkpoint: see seimai/model_export.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/file.h>
#include <seimai/model_export.h>

#include <string.h>

enum { MAGIC = 20240326, VERSION = 3, HEADER = 256, PADDING = 128 };

/* The parameters in llm.c's order, those of the layers stacked: "%u" is the layer. */
static const char *const order[] = {
    "transformer.wte.weight",
    "transformer.wpe.weight",
    "transformer.h.%u.ln_1.weight",
    "transformer.h.%u.ln_1.bias",
    "transformer.h.%u.attn.c_attn.weight",
    "transformer.h.%u.attn.c_attn.bias",
    "transformer.h.%u.attn.c_proj.weight",
    "transformer.h.%u.attn.c_proj.bias",
    "transformer.h.%u.ln_2.weight",
    "transformer.h.%u.ln_2.bias",
    "transformer.h.%u.mlp.c_fc.weight",
    "transformer.h.%u.mlp.c_fc.bias",
    "transformer.h.%u.mlp.c_proj.weight",
    "transformer.h.%u.mlp.c_proj.bias",
    "transformer.ln_f.weight",
    "transformer.ln_f.bias",
};

typedef struct exporting {
    sm_model_config config;
    sm_net *net;
    float *w;
    sm_output *out;
} exporting;

static uint32_t padded(uint32_t V)
{
    return (V + PADDING - 1) / PADDING * PADDING;
}

static int check(const sm_model_config *c, const char *dir, sm_error *err)
{
    if (c->family != SM_MODEL_GPT2)
        SM_FAIL(err, SM_ENOSUP, "%s: llm.c knows GPT-2 only, this is %s", dir,
                sm_model_type(c->family));
    if (!c->tie_word_embeddings || c->intermediate_size != 4 * c->hidden_size)
        SM_FAIL(err, SM_ENOSUP, "%s: llm.c wants a tied head and n_inner = 4 n_embd", dir);
    if (c->rms_norm_eps != 1e-5)
        SM_FAIL(err, SM_ENOSUP, "%s: llm.c computes with layer_norm_epsilon 1e-5, not %g", dir,
                c->rms_norm_eps);
    return SM_OK;
}

static int put_header(exporting *x, sm_error *err)
{
    const sm_model_config *const c = &x->config;
    const uint32_t numbers[] = {MAGIC,
                                VERSION,
                                c->max_position_embeddings,
                                c->vocab_size,
                                c->num_hidden_layers,
                                c->num_attention_heads,
                                c->hidden_size,
                                padded(c->vocab_size)};
    char bytes[HEADER * 4] = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sm_put_u32(bytes + 4 * i, numbers[i]);
    return sm_output_write(x->out, (sm_span){bytes, sizeof bytes}, err);
}

static int put_floats(exporting *x, const float *from, size_t n, sm_error *err)
{
    return sm_output_write(x->out, (sm_span){(const char *)from, n * sizeof *from}, err);
}

/* Matrices there are (out, in); rows of the embedding are padded with zeros. */
static int put_param(exporting *x, const char *name, sm_error *err)
{
    const sm_param *const p = sm_params_find(sm_net_params(x->net), sm_span_of(name));
    float *const w = x->w + p->offset;
    if (p->kind == SM_PARAM_MATRIX) run_transpose(w, p->shape[0], p->shape[1]);
    SM_TRY(put_floats(x, w, p->n, err));
    if (strcmp(name, order[0]) != 0) return SM_OK;
    const size_t n =
        (size_t)(padded(x->config.vocab_size) - x->config.vocab_size) * x->config.hidden_size;
    float *const zeros = sm_calloc(n, sizeof *zeros);
    const int status = put_floats(x, zeros, n, err);
    sm_free(zeros);
    return status;
}

static int put_params(exporting *x, sm_error *err)
{
    sm_arena arena = {0};
    int status = SM_OK;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const char *const number = strstr(order[i], "%u");
        const uint32_t layers = number ? x->config.num_hidden_layers : 1;
        for (uint32_t layer = 0; layer < layers && status == SM_OK; layer++) {
            const char *name = order[i];
            if (number)
                name = sm_arena_printf(&arena, "%.*s%u%s", (int)(number - name), name, layer,
                                       number + 2);
            status = put_param(x, name, err);
        }
    }
    sm_arena_free(&arena);
    return status;
}

static int export_model(exporting *x, const char *dir, const char *path, sm_error *err)
{
    SM_TRY(run_model_read(dir, &x->config, &x->net, &x->w, err));
    SM_TRY(check(&x->config, dir, err));
    SM_TRY(sm_output_open(&x->out, path, err));
    SM_TRY(put_header(x, err));
    SM_TRY(put_params(x, err));
    sm_output *const out = x->out;
    x->out = NULL;
    return sm_output_commit(out, err);
}

int sm_model_export_llmc(const char *dir, const char *path, sm_error *err)
{
    exporting x = {0};
    const int status = export_model(&x, dir, path, err);
    if (x.out) sm_output_abort(x.out);
    sm_vector_free(x.w);
    sm_net_free(x.net);
    return status;
}
