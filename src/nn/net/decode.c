/* What the decode plan can beside running: see seimai/net.h.
 * SPDX-License-Identifier: MIT */
#include "net/net_internal.h"
#include "op/op.h"

#include <math.h>
#include <string.h>

enum {
    LOGITS = 4 << 20, /* that exist at a time, but for … */
    LEAST_ROWS = 64,  /* … so many rows at least, and … */
    MOST_ROWS = 512,  /* … at most */
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

static uint32_t rows_at_once(uint32_t V, uint32_t n)
{
    const uint32_t most = LOGITS / V;
    const uint32_t rows = most < LEAST_ROWS ? LEAST_ROWS : most > MOST_ROWS ? MOST_ROWS : most;
    return rows < n ? rows : n;
}

/* The rows whose logits are there, and which of them each target is for. */
typedef struct asked {
    uint32_t *rows, n; /* (most) */
    uint32_t *place;   /* (all) */
} asked;

/* Rows from `first` on until there are `most` different neighbours; returns where they end. */
static uint32_t collect(asked *a, uint32_t most, const uint32_t *rows, uint32_t first,
                        uint32_t n)
{
    uint32_t i = first;
    for (a->n = 0; i < n; i++) {
        const bool again = a->n > 0 && a->rows[a->n - 1] == rows[i];
        if (!again && a->n == most) break;
        if (!again) a->rows[a->n++] = rows[i];
        a->place[i] = a->n - 1;
    }
    return i;
}

void sm_net_predict(sm_net *net, const float *w, const uint32_t *rows, const uint32_t *targets,
                    uint32_t n, sm_prediction *predictions)
{
    const uint32_t V = net->config.vocab_size, most = rows_at_once(V, n);
    float *const logits = sm_malloc((size_t)most * V * sizeof *logits);
    asked a = {.rows = sm_calloc(most, sizeof *a.rows), .place = sm_calloc(n, sizeof *a.place)};
    for (uint32_t first = 0, end; first < n; first = end) {
        end = collect(&a, most, rows, first, n);
        sm_net_logits(net, w, a.rows, a.n, logits);
#pragma omp parallel for num_threads(net->last.threads)
        for (uint32_t i = first; i < end; i++)
            predictions[i] = sm_logits_predict(logits + (size_t)a.place[i] * V, V, targets[i]);
    }
    sm_free(logits);
    sm_free(a.rows);
    sm_free(a.place);
}
