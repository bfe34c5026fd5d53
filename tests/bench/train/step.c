/* How fast is a step? A model of configs/: gradient, norm, AdamW; and after it OpenBLAS's own product, whose rate is the
 * yardstick. A line on standard input starts a round, which answers with a line of JSON, so that others can run in
 * between; with `operators` it prints instead where the time goes.
 *     nn_step_bench CONFIG.json B T THREADS [SIDE OF THE PRODUCT | operators [f32 | bf16]]
 * SPDX-License-Identifier: MIT */
#include <seimai/kernel.h>
#include <seimai/optim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "batch.h"

#include "net/net_internal.h"

enum { MAX_OPERATORS = 64 };

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct bench {
    sm_model_config model;
    sm_net *net;
    sm_batch *batch;
    float *w, *g, *m, *v;
    unsigned threads;
    sm_precision precision;
    uint64_t steps;
} bench;

static int bench_open(bench *b, const char *path, uint32_t B, uint32_t T, sm_error *err)
{
    sm_kernels kernels;
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_model_config_load(&b->model, path, err));
    const sm_net_options options = {.plan = SM_PLAN_TRAIN,
                                    .B = B,
                                    .T = T,
                                    .threads = b->threads,
                                    .own_gradient = true,
                                    .precision = b->precision};
    SM_TRY(sm_net_build(&b->net, &b->model, &options, err));
    const sm_params *const params = sm_net_params(b->net);
    b->w = sm_vector_new(params->total);
    b->g = sm_net_own_gradient(b->net);
    b->m = sm_vector_new(params->total);
    b->v = sm_vector_new(params->total);
    b->batch = bench_batch(B, T, b->model.vocab_size);
    sm_params_init(params, 1, b->w, b->threads);
    (void)fprintf(stderr, "%s %s\n%zu parameters, arena %zu bytes\n", kernels.set,
                  kernels.warning, params->count, sm_net_memory(b->net));
    return SM_OK;
}

static void bench_close(bench *b)
{
    sm_net_free(b->net);
    sm_batch_free(b->batch);
    sm_vector_free(b->w);
    sm_vector_free(b->m);
    sm_vector_free(b->v);
}

static void update(bench *b, const sm_loss *loss)
{
    static const sm_adamw adamw = {0.9, 0.95, 1e-8, 0.1, false};
    const sm_params *const params = sm_net_params(b->net);
    const double scale = 1.0 / (double)loss->count;
    const double norm = scale * sm_vector_norm(b->g, params->total, b->threads);
    sm_adamw_update(&adamw, params, b->w, b->g, b->m, b->v, scale * sm_clip(norm, 1.0), 1e-3,
                    ++b->steps, b->threads);
}

static int step(bench *b, sm_error *err)
{
    sm_loss loss;
    SM_TRY(sm_net_gradient(b->net, b->w, b->batch, b->g, &loss, err));
    update(b, &loss);
    return SM_OK;
}

/* Peak resident bytes are those before the first product of the yardstick. */
static int run(bench *b, uint32_t side, sm_error *err)
{
    const double tokens = (double)b->batch->B * b->batch->T;
    const double flops = sm_model_flops(&b->model, b->batch->T) * tokens;
    char line[8];
    struct rusage usage;
    SM_TRY(step(b, err)); /* wakes everything up */
    (void)getrusage(RUSAGE_SELF, &usage);
    while (fgets(line, sizeof line, stdin)) {
        const double start = now(CLOCK_MONOTONIC);
        SM_TRY(step(b, err));
        const double seconds = now(CLOCK_MONOTONIC) - start;
        const double peak = side > 0 ? sm_kernels_peak(b->threads, side) : 0.0;
        (void)printf("{\"seconds\":%.5f,\"tok_s\":%.1f,\"gflops\":%.2f,\"peak\":%.2f,"
                     "\"memory\":%lld}\n",
                     seconds, tokens / seconds, flops / seconds / 1e9, peak,
                     1024LL * usage.ru_maxrss);
        (void)fflush(stdout);
    }
    return SM_OK;
}

/* ---- by operator ---------------------------------------------------------------------------- */

typedef struct row {
    const char *name, *phase;
    double seconds;
} row;

static void account(row *rows, const char *name, const char *phase, double seconds)
{
    size_t i = 0;
    while (rows[i].name && (rows[i].name != name || rows[i].phase != phase))
        i++;
    rows[i] = (row){name, phase, rows[i].seconds + seconds};
}

static void timed_step(bench *b, row *rows)
{
    static const char forward[] = "forward", backward[] = "backward", after[] = "";
    static const char rest[] = "norm, AdamW";
    const sm_tape *const tape = &b->net->tape;
    sm_loss loss;
    sm_run run = sm_net_run_of(b->net, b->w, b->batch);
    run.with_targets = true;
    run.loss = &loss;
    run.g = b->g;
    for (size_t i = 0; i < tape->n_steps; i++) {
        const sm_node *const node = tape->nodes + tape->steps[i].node;
        const bool back = tape->steps[i].phase == SM_BACKWARD;
        const double start = now(CLOCK_PROCESS_CPUTIME_ID);
        if (!back) node->op->forward(node, &run);
        if (back && node->op->backward) node->op->backward(node, &run);
        account(rows, node->op->name, back ? backward : forward,
                now(CLOCK_PROCESS_CPUTIME_ID) - start);
    }
    const double start = now(CLOCK_PROCESS_CPUTIME_ID);
    update(b, &loss);
    account(rows, rest, after, now(CLOCK_PROCESS_CPUTIME_ID) - start);
}

/* CPU time of all threads, waiting ones among them; the least of some steps, operator by operator. */
static int operators(bench *b, sm_error *err)
{
    enum { STEPS = 5 };
    row best[MAX_OPERATORS] = {{NULL, NULL, 0.0}};
    double sum = 0.0;
    SM_TRY(step(b, err));
    for (int s = 0; s < STEPS; s++) {
        row rows[MAX_OPERATORS] = {{NULL, NULL, 0.0}};
        timed_step(b, rows);
        for (size_t i = 0; rows[i].name; i++)
            if (s == 0 || rows[i].seconds < best[i].seconds) best[i] = rows[i];
    }
    for (size_t i = 0; best[i].name; i++)
        sum += best[i].seconds;
    for (size_t i = 0; best[i].name; i++)
        (void)printf("%-12s %-9s %9.2f ms %6.1f %%\n", best[i].name, best[i].phase,
                     1e3 * best[i].seconds, 100.0 * best[i].seconds / sum);
    const double flops =
        sm_model_flops(&b->model, b->batch->T) * (double)b->batch->B * b->batch->T;
    (void)printf("%-12s %-9s %9.2f ms  %.1f GF/s a thread\n", "step", "", 1e3 * sum,
                 flops / sum / 1e9);
    return SM_OK;
}

int main(int argc, char **argv)
{
    if (argc < 5) return 2;
    const bool narrow = argc > 6 && strcmp(argv[6], "bf16") == 0;
    bench b = {.threads = (unsigned)strtoul(argv[4], NULL, 10),
               .precision = narrow ? SM_BF16 : SM_F32};
    const uint32_t B = (uint32_t)strtoul(argv[2], NULL, 10);
    const uint32_t T = (uint32_t)strtoul(argv[3], NULL, 10);
    const char *const last = argc > 5 ? argv[5] : "4096";
    sm_error err = {0};
    int status = bench_open(&b, argv[1], B, T, &err);
    if (status == SM_OK)
        status = *last == 'o' ? operators(&b, &err)
                              : run(&b, (uint32_t)strtoul(last, NULL, 10), &err);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    bench_close(&b);
    return status < 0;
}
