/* How fast is a step? An 8.9 M model (256 wide, 8 layers, V 8,192, B 8, T 256): gradient, norm, AdamW; and beside it,
 * turn by turn, OpenBLAS's own product, whose rate is the ceiling. One line of JSON a round.
 *     nn_step_bench THREADS ROUNDS [SIDE OF THE PRODUCT]
 * SPDX-License-Identifier: MIT */
#include <seimai/kernel.h>
#include <seimai/optim.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { B = 8, T = 256, V = 8192 };

static const sm_model_config model = {.vocab_size = V,
                                      .hidden_size = 256,
                                      .intermediate_size = 768,
                                      .num_hidden_layers = 8,
                                      .num_attention_heads = 4,
                                      .num_key_value_heads = 4,
                                      .head_dim = 64,
                                      .max_position_embeddings = T,
                                      .rms_norm_eps = 1e-5,
                                      .rope_theta = 10000.0,
                                      .initializer_range = 0.02,
                                      .tie_word_embeddings = true};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static sm_batch *make_batch(void)
{
    sm_batch *const batch = sm_batch_new(B, T);
    for (size_t i = 0; i < B * T; i++) {
        batch->ids[i] = (uint32_t)(i * 7919 % V);
        batch->target[i] = (uint32_t)((i * 104729 + 1) % V);
        batch->weight[i] = 1.0F;
    }
    return batch;
}

typedef struct bench {
    sm_net *net;
    sm_batch *batch;
    float *w, *g, *m, *v;
    unsigned threads;
    uint64_t steps;
} bench;

static int bench_open(bench *b, sm_error *err)
{
    sm_kernels kernels;
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_net_build(
        &b->net, &model,
        &(sm_net_options){.plan = SM_PLAN_TRAIN, .B = B, .T = T, .threads = b->threads}, err));
    const sm_params *const params = sm_net_params(b->net);
    b->w = sm_vector_new(params->total);
    b->g = sm_vector_new(params->total);
    b->m = sm_vector_new(params->total);
    b->v = sm_vector_new(params->total);
    b->batch = make_batch();
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
    sm_vector_free(b->g);
    sm_vector_free(b->m);
    sm_vector_free(b->v);
}

static int step(bench *b, sm_error *err)
{
    static const sm_adamw adamw = {0.9, 0.95, 1e-8, 0.1, false};
    const sm_params *const params = sm_net_params(b->net);
    sm_loss loss;
    SM_TRY(sm_net_gradient(b->net, b->w, b->batch, b->g, &loss, err));
    const double scale = 1.0 / (double)loss.count;
    const double norm = scale * sm_vector_norm(b->g, params->total, b->threads);
    sm_adamw_update(&adamw, params, b->w, b->g, b->m, b->v, scale * sm_clip(norm, 1.0), 1e-3,
                    ++b->steps, b->threads);
    return SM_OK;
}

static int run(bench *b, int rounds, uint32_t side, sm_error *err)
{
    const double flops = sm_model_flops(&model, T) * B * T;
    SM_TRY(bench_open(b, err));
    for (int round = -1; round < rounds; round++) { /* the first wakes everything up */
        const double start = now();
        SM_TRY(step(b, err));
        const double seconds = now() - start;
        const double peak = sm_kernels_peak(b->threads, side);
        if (round < 0) continue;
        (void)printf("{\"threads\":%u,\"seconds\":%.4f,\"tok_s\":%.0f,\"gflops\":%.1f,"
                     "\"peak\":%.1f,\"rate\":%.3f}\n",
                     b->threads, seconds, B * T / seconds, flops / seconds / 1e9, peak,
                     flops / seconds / 1e9 / peak);
        (void)fflush(stdout);
    }
    return SM_OK;
}

int main(int argc, char **argv)
{
    bench b = {.threads = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1};
    const int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    const uint32_t side = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 4096;
    sm_error err = {0};
    const int status = run(&b, rounds, side, &err);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    bench_close(&b);
    return status < 0;
}
