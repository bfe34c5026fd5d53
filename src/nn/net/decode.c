/* What the decode plan can beside running: see seimai/net.h.
 * SPDX-License-Identifier: MIT */
#include "net/net_internal.h"
#include "op/op.h"

#include <math.h>
#include <string.h>

enum {
    ROWS = 64, /* whose logits exist at a time */
    PIECE = 1024
};

void sm_net_cache_copy(sm_net *net, uint32_t from, uint32_t to, uint32_t n)
{
    const sm_tape *const tape = &net->tape;
    for (size_t i = 0; i < tape->n_nodes; i++)
        if (tape->nodes[i].op == &sm_attention_decode)
            sm_attention_cache_copy(tape, tape->nodes + i, net->cache, from, to, n);
}

double sm_logits_sum(const float *logits, size_t n, double max, double temperature)
{
    const sm_vec *const vec = sm_vec_choose();
    const float scale = (float)(1.0 / temperature);
    float piece[PIECE];
    double sum = 0.0;
    for (size_t i = 0; i < n; i += PIECE) {
        const size_t m = n - i < PIECE ? n - i : PIECE;
        for (size_t j = 0; j < m; j++)
            piece[j] = logits[i + j] - (float)max;
        sum += (double)vec->exp_sum(piece, m, scale, 0.0F);
    }
    return sum;
}

sm_prediction sm_logits_predict(const float *logits, uint32_t V, uint32_t target)
{
    const double most = (double)sm_vec_choose()->max(logits, V);
    const double logit = (double)logits[target];
    return (sm_prediction){.logp =
                               (float)(logit - most - log(sm_logits_sum(logits, V, most, 1.0))),
                           .greedy = logit >= most};
}

void sm_net_predict(sm_net *net, const float *w, const uint32_t *rows, const uint32_t *targets,
                    uint32_t n, sm_prediction *predictions)
{
    const uint32_t V = net->config.vocab_size;
    float *const logits = sm_malloc((size_t)(n < ROWS ? n : ROWS) * V * sizeof *logits);
    for (uint32_t first = 0; first < n; first += ROWS) {
        const uint32_t m = n - first < ROWS ? n - first : ROWS;
        sm_net_logits(net, w, rows + first, m, logits);
#pragma omp parallel for num_threads(net->last.threads)
        for (uint32_t i = 0; i < m; i++)
            predictions[first + i] =
                sm_logits_predict(logits + (size_t)i * V, V, targets[first + i]);
    }
    sm_free(logits);
}
