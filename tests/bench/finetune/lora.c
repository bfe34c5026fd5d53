/* How fast is a step of fine-tuning? Gradient, norm and AdamW of a model directory: everything, LoRA (rank 8, all linear
 * maps), or all but what a pattern freezes. A line on standard input starts a round, which answers with a line of JSON.
 *     nn_lora_bench DIR B T THREADS full|lora|PATTERN [f32|bf16|int8: how LoRA's base is kept]
 * SPDX-License-Identifier: MIT */
#include <seimai/adapter.h>
#include <seimai/checkpoint.h>
#include <seimai/kernel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../train/batch.h"

typedef struct bench {
    sm_net *net;
    const sm_params *params;
    sm_batch *batch;
    sm_base base;
    float *w, *g, *m, *v;
    unsigned threads;
    uint64_t steps;
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int build(bench *b, const sm_model_config *model, uint32_t B, uint32_t T,
                 const char *mode, sm_storage storage, sm_error *err)
{
    static const char *const targets[] = {"all-linear", NULL};
    static const sm_lora lora = {.rank = 8, .alpha = 16, .targets = targets};
    const char *const freeze[] = {mode, NULL};
    const bool is_lora = strcmp(mode, "lora") == 0, is_full = strcmp(mode, "full") == 0;
    const sm_net_options options = {.plan = SM_PLAN_TRAIN,
                                    .B = B,
                                    .T = T,
                                    .threads = b->threads,
                                    .lora = is_lora ? &lora : NULL,
                                    .freeze = is_lora || is_full ? NULL : freeze,
                                    .base = storage};
    return sm_net_build(&b->net, model, &options, err);
}

static int bench_open(bench *b, char **argv, sm_error *err)
{
    const uint32_t B = (uint32_t)strtoul(argv[2], NULL, 10);
    const uint32_t T = (uint32_t)strtoul(argv[3], NULL, 10);
    sm_kernels kernels;
    sm_model_config model;
    sm_storage storage = SM_STORED_F32;
    b->threads = (unsigned)strtoul(argv[4], NULL, 10);
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_model_open(&model, argv[1], err));
    if (argv[6]) SM_TRY(sm_storage_find(argv[6], &storage, err));
    SM_TRY(build(b, &model, B, T, argv[5], storage, err));
    b->params = sm_net_params(b->net);
    b->w = sm_vector_new(b->params->total);
    b->g = sm_vector_new(b->params->trainable);
    b->m = sm_vector_new(b->params->trainable);
    b->v = sm_vector_new(b->params->trainable);
    b->batch = bench_batch(B, T, model.vocab_size);
    SM_TRY(sm_base_read(&b->base, storage, b->params, b->w, argv[1], err));
    sm_params_init_adapter(b->params, 1, b->w, b->threads);
    if (b->base.values) sm_net_base(b->net, &b->base.stored);
    return SM_OK;
}

static void bench_close(bench *b)
{
    sm_net_free(b->net);
    sm_batch_free(b->batch);
    sm_base_free(&b->base);
    sm_vector_free(b->w);
    sm_vector_free(b->g);
    sm_vector_free(b->m);
    sm_vector_free(b->v);
}

static int step(bench *b, double *mean, sm_error *err)
{
    static const sm_adamw adamw = {0.9, 0.95, 1e-8, 0.1, false};
    sm_loss loss;
    SM_TRY(sm_net_gradient(b->net, b->w, b->batch, b->g, &loss, err));
    const double scale = 1.0 / (double)loss.count;
    const double norm = scale * sm_vector_norm(b->g, b->params->trainable, b->threads);
    *mean = loss.sum * scale;
    sm_adamw_update(&adamw, b->params, b->w, b->g, b->m, b->v, scale * sm_clip(norm, 1.0), 1e-3,
                    ++b->steps, b->threads);
    return SM_OK;
}

/* The most bytes resident at once, since forget_peak: while the model was read, its file was mapped. */
static long long peak_bytes(void)
{
    char line[128];
    long long kilobytes = 0;
    FILE *const status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtoll(line + 6, NULL, 10);
    if (status) (void)fclose(status);
    return 1024 * kilobytes;
}

static void forget_peak(void)
{
    FILE *const refs = fopen("/proc/self/clear_refs", "w");
    if (!refs) return;
    (void)fputs("5", refs);
    (void)fclose(refs);
}

static int run(bench *b, sm_error *err)
{
    const double tokens = (double)b->batch->B * b->batch->T;
    char line[8];
    double loss;
    forget_peak();
    SM_TRY(step(b, &loss, err)); /* wakes everything up */
    while (fgets(line, sizeof line, stdin)) {
        const double start = now();
        SM_TRY(step(b, &loss, err));
        const double seconds = now() - start;
        (void)printf("{\"seconds\":%.5f,\"tok_s\":%.1f,\"loss\":%.6f,\"memory\":%lld,"
                     "\"trained\":%zu,\"parameters\":%zu}\n",
                     seconds, tokens / seconds, loss, peak_bytes(), b->params->trained,
                     b->params->count);
        (void)fflush(stdout);
    }
    return SM_OK;
}

int main(int argc, char **argv)
{
    bench b = {0};
    sm_error err = {0};
    if (argc < 6) return 2;
    int status = bench_open(&b, argv, &err);
    if (status >= 0) status = run(&b, &err);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    bench_close(&b);
    return status < 0;
}
