/* One pass, looked at from behind each attention and at the end: see seimai/inspect.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/inspect.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/net_internal.h"
#include "op/op.h"

#define MOST_SHARES ((size_t)1 << 28)

/* ---- attention -------------------------------------------------------------------------------- */

/* The shares of query i of a head: a softmax over the keys that it sees. */
static void share_out(const sm_node *node, sm_rows q, sm_rows k, size_t q_column,
                      size_t k_column, uint32_t i, float *row)
{
    const uint32_t first = node->window > 0 && i + 1 > node->window ? i + 1 - node->window : 0;
    double sum = 0.0, most = -HUGE_VAL;
    for (uint32_t j = first; j <= i; j++) {
        double dot = 0.0;
        for (uint32_t c = 0; c < node->head_dim; c++)
            dot += (double)q.p[i * q.stride + q_column + c] *
                   (double)k.p[j * k.stride + k_column + c];
        row[j] = (float)(dot * (double)node->scale);
        most = fmax(most, (double)row[j]);
    }
    for (uint32_t j = first; j <= i; j++)
        sum += exp((double)row[j] - most);
    for (uint32_t j = first; j <= i; j++)
        row[j] = (float)(exp((double)row[j] - most) / sum);
}

/* The maps of a layer, from the queries and keys that its attention has just read. */
static void look_at_attention(sm_inspection *s, const sm_node *node, const sm_run *run,
                              uint32_t layer)
{
    const sm_rows q = sm_value_rows(run, node->in[0]), k = sm_value_rows(run, node->in[1]);
    const size_t heads = q.width / node->head_dim, group = q.width / k.width;
    for (size_t h = 0; h < heads; h++)
        for (uint32_t i = 0; i < s->n; i++)
            share_out(node, q, k, h * node->head_dim, h / group * node->head_dim, i,
                      s->attention + ((layer * heads + h) * s->n + i) * s->n);
}

static bool is_attention(const sm_node *node)
{
    return node->n_in == 3 && strcmp(node->op->name, "attention") == 0;
}

/* ---- the distributions --------------------------------------------------------------------------- */

/* Keeps the k best of those seen so far, sorted; of equal ones the lower id. */
static void list_best(sm_expectation *best, uint32_t *kept, uint32_t k, uint32_t id, float p)
{
    uint32_t at = *kept;
    if (at == k && p <= best[k - 1].p) return;
    if (at == k) at--;
    for (; at > 0 && best[at - 1].p < p; at--)
        best[at] = best[at - 1];
    best[at] = (sm_expectation){id, p};
    if (*kept < k) ++*kept;
}

/* What stands behind place i: its head, its entropy, and what it says of the token that came. */
static void look_at_place(sm_inspection *s, uint32_t i, const float *logits, uint32_t V)
{
    uint32_t kept = 0;
    double sum = 0.0, mean = 0.0, most = -HUGE_VAL;
    for (uint32_t v = 0; v < V; v++)
        most = fmax(most, (double)logits[v]);
    for (uint32_t v = 0; v < V; v++) {
        const double e = exp((double)logits[v] - most);
        sum += e;
        mean += e * ((double)logits[v] - most);
    }
    for (uint32_t v = 0; v < V; v++)
        list_best(s->expected + (size_t)i * s->k, &kept, s->k, v,
                  (float)(exp((double)logits[v] - most) / sum));
    s->entropy[i] = (float)((log(sum) - mean / sum) / log(2.0));
    if (i + 1 == s->n) return;
    const float came = s->ids[i + 1] < V ? logits[s->ids[i + 1]] : -INFINITY;
    s->surprisal[i + 1] = (float)((log(sum) + most - (double)came) / log(2.0));
    for (uint32_t v = 0; v < V; v++)
        s->rank[i + 1] += logits[v] > came;
}

static int look_at_end(sm_inspection *s, const sm_net *net, const sm_run *run, uint32_t V,
                       sm_error *err)
{
    const sm_node *const head = net->tape.nodes + net->tape.n_nodes - 1;
    float *const logits = sm_malloc(net->config.vocab_size * sizeof *logits);
    int status = SM_OK;
    for (uint32_t i = 0; i < s->n && status >= 0; i++) {
        sm_op_head_logits(head, run, &i, 1, logits);
        for (uint32_t v = 0; v < V && status >= 0; v++)
            if (!isfinite(logits[v]))
                status = sm_error_set(err, SM_ENUMERIC, "place %u: the logit of id %u is %g", i,
                                      v, (double)logits[v]);
        if (status >= 0) look_at_place(s, i, logits, V);
    }
    sm_free(logits);
    return status;
}

/* ---- the pass --------------------------------------------------------------------------------------- */

static int check(const sm_model_config *c, const uint32_t *ids, uint32_t n, uint32_t k,
                 sm_error *err)
{
    if (n < 2 || k < 1) SM_FAIL(err, SM_EUSAGE, "inspect: %u tokens, the %u best", n, k);
    if (n > c->max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "inspect: %u tokens, the model reads %u at most", n,
                c->max_position_embeddings);
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] >= c->vocab_size)
            SM_FAIL(err, SM_EUSAGE, "inspect: id %u at %u: the model has %u", ids[i], i,
                    c->vocab_size);
    if ((size_t)n * n > MOST_SHARES / c->num_hidden_layers / c->num_attention_heads)
        SM_FAIL(err, SM_ELIMIT, "inspect: %u tokens: the maps of %u layers would not fit", n,
                c->num_hidden_layers);
    return SM_OK;
}

static sm_inspection *inspection_new(const sm_model_config *c, const uint32_t *ids, uint32_t n,
                                     uint32_t k)
{
    sm_inspection *const s = sm_calloc(1, sizeof *s);
    *s = (sm_inspection){.n = n,
                         .ids = sm_calloc(n, sizeof *s->ids),
                         .surprisal = sm_calloc(n, sizeof *s->surprisal),
                         .entropy = sm_calloc(n, sizeof *s->entropy),
                         .rank = sm_calloc(n, sizeof *s->rank),
                         .k = k < c->vocab_size ? k : c->vocab_size,
                         .layers = c->num_hidden_layers,
                         .heads = c->num_attention_heads};
    s->expected = sm_calloc((size_t)n * s->k, sizeof *s->expected);
    s->attention = sm_calloc((size_t)s->layers * s->heads * n * n, sizeof *s->attention);
    memcpy(s->ids, ids, n * sizeof *ids);
    s->surprisal[0] = NAN;
    return s;
}

/* The tape node by node: behind an attention its inputs are still there. */
static int read_through(sm_inspection *s, sm_net *net, const float *w, uint32_t vocabulary,
                        sm_error *err)
{
    sm_batch *const batch = sm_batch_new(1, s->n);
    memcpy(batch->ids, s->ids, s->n * sizeof *s->ids);
    const sm_run run = sm_net_run_of(net, w, batch);
    uint32_t layer = 0;
    for (size_t i = 0; i < net->tape.n_nodes; i++) {
        const sm_node *const node = net->tape.nodes + i;
        node->op->forward(node, &run);
        if (is_attention(node)) look_at_attention(s, node, &run, layer++);
    }
    const uint32_t V = net->config.vocab_size;
    const int status =
        look_at_end(s, net, &run, vocabulary > 0 && vocabulary < V ? vocabulary : V, err);
    sm_batch_free(batch);
    return status;
}

int sm_inspect(sm_inspection **out, const sm_model_config *config, const float *w,
               const uint32_t *ids, uint32_t n, uint32_t k, uint32_t vocabulary,
               unsigned threads, sm_error *err)
{
    sm_net *net = NULL;
    *out = NULL;
    SM_TRY(check(config, ids, n, k, err));
    SM_TRY(sm_net_build(
        &net, config,
        &(sm_net_options){.plan = SM_PLAN_EVAL, .B = 1, .T = n, .threads = threads}, err));
    sm_inspection *const s = inspection_new(config, ids, n, k);
    const int status = read_through(s, net, w, vocabulary, err);
    sm_net_free(net);
    if (status < 0)
        sm_inspection_free(s);
    else
        *out = s;
    return status;
}

void sm_inspection_free(sm_inspection *s)
{
    if (!s) return;
    sm_free(s->ids);
    sm_free(s->surprisal);
    sm_free(s->entropy);
    sm_free(s->rank);
    sm_free(s->expected);
    sm_free(s->attention);
    sm_free(s);
}

const float *sm_inspection_map(const sm_inspection *s, uint32_t layer, uint32_t head)
{
    return s->attention + ((size_t)layer * s->heads + head) * s->n * s->n;
}
