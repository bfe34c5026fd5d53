/* A client of seimai/adapter.h for peers/lora_test.py: an adapter directory, a batch, and what we make of them.
 *   lora_client DIR OUT STEPS LR < BATCH
 * BATCH is text: B T, then ids, targets and weights, B·T each; an id of 0 opens a document. OUT gets logits.f32 (B·T,V),
 * gradients/ (of the mean loss, as an adapter), and trained/, the adapter after STEPS of AdamW; on standard output the loss
 * of each step.
 * SPDX-License-Identifier: MIT */
#include <seimai/adapter.h>
#include <seimai/file.h>
#include <seimai/kernel.h>
#include <seimai/optim.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct client {
    sm_pretrained model;
    sm_net *net;
    sm_batch *batch;
    const char *out;
} client;

static bool read_numbers(uint32_t *to, size_t n)
{
    char word[16];
    for (size_t i = 0; i < n; i++) {
        if (scanf("%15s", word) != 1) return false;
        to[i] = (uint32_t)strtoul(word, NULL, 10);
    }
    return true;
}

static int read_batch(client *c, sm_error *err)
{
    uint32_t size[2];
    if (!read_numbers(size, 2)) SM_FAIL(err, SM_EUSAGE, "no batch");
    const size_t n = (size_t)size[0] * size[1];
    c->batch = sm_batch_new(size[0], size[1]);
    uint32_t *const weight = sm_calloc(n, sizeof *weight);
    const bool whole = read_numbers(c->batch->ids, n) && read_numbers(c->batch->target, n) &&
                       read_numbers(weight, n);
    for (size_t i = 0; i < n; i++)
        c->batch->weight[i] = (float)weight[i];
    sm_free(weight);
    sm_batch_documents(c->batch, 0);
    return whole ? SM_OK : sm_error_set(err, SM_EUSAGE, "the batch is cut");
}

static const char *path_of(const client *c, sm_arena *arena, const char *name)
{
    return sm_arena_printf(arena, "%s/%s", c->out, name);
}

static int write_logits(const client *c, sm_arena *arena, sm_error *err)
{
    const uint32_t n = c->batch->B * c->batch->T;
    const size_t V = c->model.config.vocab_size;
    float *const logits = sm_vector_new(n * V);
    uint32_t *const rows = sm_calloc(n, sizeof *rows);
    for (uint32_t i = 0; i < n; i++)
        rows[i] = i;
    int status = sm_net_forward(c->net, c->model.w, c->batch, err);
    if (status >= 0) {
        sm_net_logits(c->net, c->model.w, rows, n, logits);
        const sm_span bytes = {(const char *)logits, n * V * sizeof *logits};
        status = sm_file_write(path_of(c, arena, "logits.f32"), bytes, err);
    }
    sm_free(rows);
    sm_vector_free(logits);
    return status;
}

static int write_adapter(const client *c, const float *w, const char *dir, sm_error *err)
{
    const sm_adapter_origin origin = {c->model.base_dir, c->model.base_hash,
                                      c->model.config.family == SM_MODEL_GPT2};
    return sm_adapter_write(c->model.lora, sm_net_params(c->net), w, &origin, dir, err);
}

/* The gradients at the places of the weights, so that they can be written as an adapter. */
static int write_gradients(const client *c, const float *g, double count, const char *dir,
                           sm_error *err)
{
    const sm_params *const params = sm_net_params(c->net);
    float *const w = sm_vector_new(params->total);
    for (size_t i = 0; i < params->n; i++) {
        const sm_param *const p = params->items + i;
        for (size_t k = 0; p->trainable_at != SM_FROZEN && k < p->n; k++)
            w[p->offset + k] = (float)((double)g[p->trainable_at + k] / count);
    }
    const int status = write_adapter(c, w, dir, err);
    sm_vector_free(w);
    return status;
}

static int train(const client *c, sm_arena *arena, uint64_t steps, double lr, sm_error *err)
{
    static const sm_adamw adamw = {0.9, 0.95, 1e-8, 0.1, false};
    const sm_params *const params = sm_net_params(c->net);
    float *const g = sm_vector_new(params->trainable), *const m =
                                                           sm_vector_new(params->trainable);
    float *const v = sm_vector_new(params->trainable);
    int status = SM_OK;
    for (uint64_t t = 1; t <= steps && status >= 0; t++) {
        sm_loss loss;
        status = sm_net_gradient(c->net, c->model.w, c->batch, g, &loss, err);
        if (status < 0) break;
        const double scale = 1.0 / (double)loss.count;
        (void)printf("%.9g\n", loss.sum * scale);
        if (t == 1)
            status =
                write_gradients(c, g, (double)loss.count, path_of(c, arena, "gradients"), err);
        sm_adamw_update(&adamw, params, c->model.w, g, m, v, scale, lr, t, 2);
    }
    sm_vector_free(g);
    sm_vector_free(m);
    sm_vector_free(v);
    SM_TRY(status);
    return write_adapter(c, c->model.w, path_of(c, arena, "trained"), err);
}

static int run(client *c, const char *dir, uint64_t steps, double lr, sm_error *err)
{
    sm_kernels kernels;
    sm_arena arena = {0};
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_directory_make(c->out, err));
    SM_TRY(read_batch(c, err));
    SM_TRY(sm_pretrained_open(&c->model, dir, NULL, err));
    const sm_net_options options = {.plan = SM_PLAN_TRAIN,
                                    .B = c->batch->B,
                                    .T = c->batch->T,
                                    .threads = 2,
                                    .lora = c->model.lora};
    SM_TRY(sm_net_build(&c->net, &c->model.config, &options, err));
    int status = write_logits(c, &arena, err);
    if (status >= 0) status = train(c, &arena, steps, lr, err);
    sm_arena_free(&arena);
    return status;
}

int main(int argc, char **argv)
{
    sm_error err = {0};
    client c = {.out = argc > 2 ? argv[2] : ""};
    if (argc != 5) return 2;
    const int status =
        run(&c, argv[1], (uint64_t)strtoul(argv[3], NULL, 10), strtod(argv[4], NULL), &err);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    sm_net_free(c.net);
    sm_batch_free(c.batch);
    sm_pretrained_close(&c.model);
    return status < 0;
}
