/* A client of seimai/net.h for peers/transformers_test.py: logits of a model directory.
 *   model_logits DIR N ID…     the N ids go through the model as one sequence; (N,V) floats on stdout
 * SPDX-License-Identifier: MIT */
#include <seimai/checkpoint.h>
#include <seimai/kernel.h>

#include <stdio.h>
#include <stdlib.h>

static int forward(sm_net *net, const char *dir, sm_batch *batch, sm_error *err)
{
    const sm_params *params = sm_net_params(net);
    const size_t V = sm_net_config(net)->vocab_size;
    float *w = sm_vector_new(params->total);
    float *logits = sm_vector_new(V * batch->T); // (T,V)
    uint32_t *rows = sm_calloc(batch->T, sizeof *rows);
    for (uint32_t t = 0; t < batch->T; t++)
        rows[t] = t;
    int status = sm_model_read(params, w, dir, err);
    if (status >= 0) status = sm_net_forward(net, w, batch, err);
    if (status >= 0) {
        sm_net_logits(net, w, rows, batch->T, logits);
        const size_t n = fwrite(logits, sizeof *logits, V * batch->T, stdout);
        if (n != V * batch->T) status = sm_error_set(err, SM_EIO, "stdout");
    }
    sm_free(rows);
    sm_vector_free(logits);
    sm_vector_free(w);
    return status;
}

static int run(const char *dir, uint32_t T, char **ids, sm_error *err)
{
    sm_model_config config;
    sm_kernels kernels;
    sm_net *net = NULL;
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_model_open(&config, dir, err));
    const sm_net_options options = {.plan = SM_PLAN_EVAL, .B = 1, .T = T, .threads = 2};
    SM_TRY(sm_net_build(&net, &config, &options, err));
    sm_batch *batch = sm_batch_new(1, T);
    for (uint32_t t = 0; t < T; t++)
        batch->ids[t] = (uint32_t)strtoul(ids[t], NULL, 10);
    const int status = forward(net, dir, batch, err);
    sm_batch_free(batch);
    sm_net_free(net);
    return status;
}

int main(int argc, char **argv)
{
    sm_error err = {0};
    const uint32_t T = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    if (T == 0 || (uint32_t)argc != T + 3) return 2;
    const int status = run(argv[1], T, argv + 3, &err);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    return status < 0;
}
