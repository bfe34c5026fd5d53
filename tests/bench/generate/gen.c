/* Generation by itself, without a tokenizer: streams side by side, prompts in one pass, then greedy steps.
 *     gen_bench MODEL THREADS STREAMS PROMPT TOKENS
 * prints a JSON line: tokens a second of the prompts and of the steps, and the ids of the first stream.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <seimai/checkpoint.h>
#include <seimai/generate.h>
#include <seimai/kernel.h>

typedef struct bench {
    uint32_t threads, streams, prompt, tokens;
    sm_model_config config;
    float *w;
    sm_generator *gen;
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int open_all(bench *b, const char *dir, sm_error *err)
{
    sm_kernels kernels;
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_model_weights(dir, &b->config, &b->w, err));
    SM_TRY(sm_generator_new(&b->gen, &b->config,
                            &(sm_generator_options){.sequences = b->streams,
                                                    .length = b->prompt + b->tokens,
                                                    .threads = b->threads},
                            err));
    sm_generator_use(b->gen, b->w);
    return SM_OK;
}

/* Stream s begins with ids that peer.py gives it too. */
static int start(const bench *b, sm_error *err)
{
    uint32_t *const ids = sm_calloc(b->prompt, sizeof *ids);
    int status = SM_OK;
    for (uint32_t s = 0; s < b->streams && status >= 0; s++) {
        for (uint32_t i = 0; i < b->prompt; i++)
            ids[i] = (s * 7919 + i * 104729 + 1) % b->config.vocab_size;
        status = sm_generator_start(b->gen, s, ids, b->prompt, b->tokens, s, err);
    }
    sm_free(ids);
    return status;
}

static int run(const bench *b, sm_error *err)
{
    const sm_sampler greedy = {.stop = SM_NO_STOP};
    double time[3];
    size_t n;
    SM_TRY(start(b, err));
    time[0] = now();
    SM_TRY(sm_generator_feed(b->gen, err));
    time[1] = now();
    for (uint32_t i = 0; i < b->tokens; i++)
        SM_TRY(sm_generator_step(b->gen, &greedy, err));
    time[2] = now();
    printf("{\"prompt_s\": %.1f, \"step_s\": %.1f, \"ids\": [",
           b->streams * b->prompt / (time[1] - time[0]),
           b->streams * b->tokens / (time[2] - time[1]));
    const uint32_t *const ids = sm_generator_ids(b->gen, 0, &n);
    for (size_t i = b->prompt; i < n; i++)
        printf("%s%u", i > b->prompt ? ", " : "", ids[i]);
    printf("]}\n");
    return SM_OK;
}

int main(int argc, char **argv)
{
    bench b = {0};
    sm_error err = {0};
    if (argc != 6) return 2;
    b.threads = (uint32_t)strtoul(argv[2], NULL, 10);
    b.streams = (uint32_t)strtoul(argv[3], NULL, 10);
    b.prompt = (uint32_t)strtoul(argv[4], NULL, 10);
    b.tokens = (uint32_t)strtoul(argv[5], NULL, 10);
    int status = open_all(&b, argv[1], &err);
    if (status >= 0) status = run(&b, &err);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    sm_generator_free(b.gen);
    sm_vector_free(b.w);
    return status < 0;
}
