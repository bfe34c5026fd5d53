/* seimai-model-info: what a model is: its sizes, its parameters, how far it was trained.
 * Only headers are read: config.json, the heads of the safetensors files, trainer.json. SPDX-License-Identifier: MIT */
#include <seimai/checkpoint.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/options.h>
#include <seimai/safetensors.h>
#include <seimai/tokenizer.h>

typedef struct about {
    const char *dir;
    sm_model_config c;
    uint64_t parameters, bytes;
    size_t tensors;
    const char *dtype;    /* of the first tensor */
    int64_t step, tokens; /* -1: no trainer.json */
    char tokenizer[SM_HASH_HEX + 1];
} about;

static int read_weights(about *a, sm_error *err)
{
    sm_arena arena = {0};
    sm_safetensors *set = NULL;
    const char *path = sm_arena_printf(&arena, "%s/model.safetensors", a->dir);
    if (!sm_file_exists(path))
        path = sm_arena_printf(&arena, "%s/model.safetensors.index.json", a->dir);
    const int status = sm_safetensors_open(&set, path, err);
    sm_arena_free(&arena);
    SM_TRY(status);
    a->tensors = sm_safetensors_count(set);
    for (size_t i = 0; i < a->tensors; i++) {
        const sm_stored_tensor *const t = sm_safetensors_at(set, i);
        if (i == 0) a->dtype = sm_dtype_name(t->dtype);
        a->parameters += sm_stored_tensor_count(t);
        a->bytes += t->bytes.n;
    }
    sm_safetensors_close(set);
    return SM_OK;
}

static int read_trainer(about *a, sm_error *err)
{
    sm_arena arena = {0};
    sm_config file = {0};
    const char *const path = sm_arena_printf(&arena, "%s/trainer.json", a->dir);
    a->step = a->tokens = -1;
    int status = SM_OK;
    if (sm_file_exists(path)) {
        status = sm_config_read(&file, path, err);
        if (status == SM_OK)
            status = sm_value_read_int(sm_value_get(&file.root, "step"), "step", 0, INT64_MAX,
                                       &a->step, err);
        if (status == SM_OK)
            status = sm_value_read_int(sm_value_get(&file.root, "tokens"), "tokens", 0,
                                       INT64_MAX, &a->tokens, err);
        sm_config_free(&file);
    }
    sm_arena_free(&arena);
    return status;
}

/* A folder without a tokenizer is a model all the same. */
static void read_tokenizer(about *a)
{
    sm_tokenizer *tok = NULL;
    a->tokenizer[0] = '\0';
    if (sm_tokenizer_load(&tok, a->dir, NULL) == SM_OK)
        sm_hash128_hex(sm_tokenizer_hash(tok), a->tokenizer);
    sm_tokenizer_free(tok);
}

static void put_context(const sm_model_config *c, sm_buffer *out)
{
    static const char *const scalings[] = {
        [SM_ROPE_DEFAULT] = "", [SM_ROPE_LINEAR] = ", linear", [SM_ROPE_LLAMA3] = ", llama3"};
    sm_buffer_printf(out, "  context     %u   (", c->max_position_embeddings);
    if (c->family == SM_MODEL_GPT2)
        sm_buffer_printf(out, "learned positions)\n");
    else
        sm_buffer_printf(out, "rope theta %g%s)\n", c->rope_theta,
                         scalings[c->rope_scaling.type]);
    if (c->sliding_window > 0 && c->max_window_layers < c->num_hidden_layers)
        sm_buffer_printf(out, "  window      %u keys, from layer %u on\n", c->sliding_window,
                         c->max_window_layers);
}

static void put_text(const about *a, sm_buffer *out)
{
    const sm_model_config *const c = &a->c;
    sm_buffer_printf(out, "%s\n", a->dir);
    sm_buffer_printf(out, "  parameters  %llu   (%s, %zu tensors, %.1f MB)\n",
                     (unsigned long long)a->parameters, a->dtype, a->tensors,
                     (double)a->bytes / 1e6);
    sm_buffer_printf(out, "  family      %s\n", sm_model_type(c->family));
    sm_buffer_printf(out, "  layers      %u of width %u, feed-forward %u\n",
                     c->num_hidden_layers, c->hidden_size, c->intermediate_size);
    sm_buffer_printf(out, "  heads       %u of %u, keys and values %u\n",
                     c->num_attention_heads, c->head_dim, c->num_key_value_heads);
    sm_buffer_printf(out, "  vocabulary  %u%s\n", c->vocab_size,
                     c->tie_word_embeddings ? ", the head is the embedding" : "");
    put_context(c, out);
    if (a->tokenizer[0]) sm_buffer_printf(out, "  tokenizer   %s\n", a->tokenizer);
    if (a->step >= 0)
        sm_buffer_printf(out, "  trained     %lld steps, %lld tokens\n", (long long)a->step,
                         (long long)a->tokens);
    sm_buffer_printf(out,
                     "  a token     %.3g floating-point operations of training at length %u\n",
                     sm_model_flops(c, c->max_position_embeddings), c->max_position_embeddings);
}

static void put_json(const about *a, sm_buffer *out)
{
    sm_json_open(out, '{');
    sm_json_put_text(out, "dir", a->dir);
    sm_json_put_text(out, "family", sm_model_type(a->c.family));
    sm_json_put_uint(out, "parameters", a->parameters);
    sm_json_put_uint(out, "bytes", a->bytes);
    sm_json_put_text(out, "dtype", a->dtype);
    sm_json_put_uint(out, "layers", a->c.num_hidden_layers);
    sm_json_put_uint(out, "hidden_size", a->c.hidden_size);
    sm_json_put_uint(out, "vocab_size", a->c.vocab_size);
    sm_json_put_uint(out, "max_position_embeddings", a->c.max_position_embeddings);
    if (a->tokenizer[0]) sm_json_put_text(out, "tokenizer", a->tokenizer);
    if (a->step >= 0) sm_json_put_int(out, "step", a->step);
    if (a->step >= 0) sm_json_put_int(out, "tokens", a->tokens);
    sm_json_close(out, '}');
    sm_buffer_putc(out, '\n');
}

static int describe(const char *dir, bool as_json, sm_output *out, sm_error *err)
{
    about a = {.dir = dir, .dtype = "none"};
    SM_TRY(sm_model_open(&a.c, dir, err));
    SM_TRY(read_weights(&a, err));
    SM_TRY(read_trainer(&a, err));
    read_tokenizer(&a);
    sm_buffer text = sm_buffer_make(1 << 16);
    if (as_json)
        put_json(&a, &text);
    else
        put_text(&a, &text);
    const int status = sm_output_write(out, sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    return status;
}

static int describe_all(const sm_list *dirs, bool as_json, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, NULL, err));
    int status = SM_OK;
    for (size_t i = 0; i < dirs->n && status == SM_OK; i++)
        status = describe(dirs->items[i], as_json, out, err);
    if (status == SM_OK) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

int main(int argc, char **argv)
{
    bool as_json = false;
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_FLAG(0, "json", &as_json, "one JSON object a model"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "model-info",
        .operands = "[OPTION…] MODEL…",
        .about = "Tell what models are.",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (io.files.n == 0) return sm_usage_fail(&usage, "a model's folder is needed");
    return sm_leave(&usage, describe_all(&io.files, as_json, &err), &err);
}
