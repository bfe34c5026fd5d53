/* Running a net: the tape forward and in reverse: see seimai/net.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "net/net_internal.h"
#include "op/op.h"

/* ---- what comes in ------------------------------------------------------------------------ */

static int check_token(const sm_net *net, const sm_batch *batch, size_t i, sm_error *err)
{
    const sm_net_options *const o = &net->tape.options;
    const uint32_t keys = o->plan == SM_PLAN_DECODE ? o->cache : batch->T;
    const uint32_t V = net->config.vocab_size;
    const size_t b = i / batch->T, t = i % batch->T;
    if (batch->ids[i] >= V)
        SM_FAIL(err, SM_EUSAGE, "batch: id %u at (%zu,%zu): the vocabulary has %u",
                batch->ids[i], b, t, V);
    if (batch->weight && batch->weight[i] != 0.0F && batch->target[i] >= V)
        SM_FAIL(err, SM_EUSAGE, "batch: target %u at (%zu,%zu): the vocabulary has %u",
                batch->target[i], b, t, V);
    if (batch->lo[i] >= batch->hi[i] || batch->hi[i] > keys)
        SM_FAIL(err, SM_EUSAGE, "batch: keys [%u,%u) at (%zu,%zu): there are %u", batch->lo[i],
                batch->hi[i], b, t, keys);
    if (batch->pos[i] >= net->tape.positions)
        SM_FAIL(err, SM_EUSAGE, "batch: position %u at (%zu,%zu): there are %u", batch->pos[i],
                b, t, net->tape.positions);
    return SM_OK;
}

static int check_batch(const sm_net *net, const sm_batch *batch, sm_error *err)
{
    const sm_net_options *const o = &net->tape.options;
    if (batch->B == 0 || batch->T == 0 || batch->B > o->B || batch->T > o->T)
        SM_FAIL(err, SM_EUSAGE, "batch: %u x %u, the net has %u x %u", batch->B, batch->T, o->B,
                o->T);
    for (size_t b = 0; o->plan == SM_PLAN_DECODE && b < batch->B; b++)
        if (batch->seq[b] >= o->sequences)
            SM_FAIL(err, SM_EUSAGE, "batch: sequence %llu of a cache for %u",
                    (unsigned long long)batch->seq[b], o->sequences);
    for (size_t i = 0; i < (size_t)batch->B * batch->T; i++)
        SM_TRY(check_token(net, batch, i, err));
    return SM_OK;
}

sm_run sm_net_run_of(sm_net *net, const float *w, const sm_batch *batch)
{
    return (sm_run){.tape = &net->tape,
                    .batch = batch,
                    .vec = sm_vec_choose(),
                    .decode = sm_decode_choose(),
                    .arena = net->arena,
                    .cache = net->cache,
                    .w = w,
                    .base = net->base,
                    .rows = (size_t)batch->B * batch->T,
                    .threads = (int)net->tape.options.threads,
                    .plain = net->plain,
                    .active = net->active,
                    .nll = net->nll};
}

/* ---- the search for the first bad number ---------------------------------------------------- */

static bool are_finite(const float *x, size_t n)
{
    bool finite = true;
    for (size_t i = 0; i < n; i++)
        finite &= isfinite(x[i]);
    return finite;
}

static bool rows_are_finite(const sm_run *run, sm_rows rows)
{
    bool finite = true;
    for (size_t i = 0; i < run->rows; i++)
        finite &= are_finite(rows.p + i * rows.stride, rows.width);
    return finite;
}

static int check_value(const sm_run *run, const sm_node *node, sm_error *err)
{
    if (node->out == SM_NONE || rows_are_finite(run, sm_value_rows(run, node->out)))
        return SM_OK;
    SM_FAIL(err, SM_ENUMERIC, "%s (%s): NaN or infinity in the output", node->name,
            node->op->name);
}

/* The gradients of parts, of `each` floats an output. */
static bool parts_are_finite(const sm_run *run, sm_parts parts, size_t each)
{
    bool finite = true;
    for (uint32_t i = 0; i < parts.n; i++)
        finite &= are_finite(run->g + parts.items[i].gradient, parts.items[i].width * each);
    return finite;
}

static bool weights_are_finite(const sm_run *run, const sm_node *node)
{
    const size_t n = node->weight_rows * node->weight_columns;
    if (node->op->is_linear)
        return parts_are_finite(run, node->parts, n / run->tape->tensors[node->out].width);
    return node->gradient == SM_NOWHERE || are_finite(run->g + node->gradient, n);
}

static bool biases_are_finite(const sm_run *run, const sm_node *node)
{
    if (node->op->is_linear) return parts_are_finite(run, node->bias_parts, 1);
    return node->bias_gradient == SM_NOWHERE ||
           are_finite(run->g + node->bias_gradient, run->tape->tensors[node->out].width);
}

static bool adapter_is_finite(const sm_run *run, const sm_node *node)
{
    const sm_low_ranks *const a = node->adapter;
    bool finite = !a || parts_are_finite(run, a->dA, run->tape->tensors[node->in[0]].width);
    for (uint32_t i = 0; a && i < a->n; i++)
        if (a->items[i].dB != SM_NOWHERE)
            finite &= are_finite(run->g + a->items[i].dB,
                                 (size_t)a->items[i].width * a->items[i].rank);
    return finite;
}

static int check_gradients(const sm_run *run, const sm_node *node, sm_error *err)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->wants_in[i] && !rows_are_finite(run, sm_grad_rows(run, node->in[i])))
            SM_FAIL(err, SM_ENUMERIC, "%s (%s): NaN or infinity in the gradient of input %u",
                    node->name, node->op->name, i);
    if (!weights_are_finite(run, node))
        SM_FAIL(err, SM_ENUMERIC, "%s (%s): NaN or infinity in the gradient of the weight",
                node->name, node->op->name);
    if (!biases_are_finite(run, node))
        SM_FAIL(err, SM_ENUMERIC, "%s (%s): NaN or infinity in the gradient of the bias",
                node->name, node->op->name);
    return adapter_is_finite(run, node)
               ? SM_OK
               : sm_error_set(err, SM_ENUMERIC,
                              "%s (%s): NaN or infinity in the gradient "
                              "of the adapter",
                              node->name, node->op->name);
}

/* ---- the walk --------------------------------------------------------------------------------- */

static int take_step(const sm_net *net, const sm_run *run, sm_step step, sm_error *err)
{
    const sm_node *const node = net->tape.nodes + step.node;
    if (step.phase != SM_BACKWARD) {
        node->op->forward(node, run);
        return net->check ? check_value(run, node, err) : SM_OK;
    }
    if (node->op->backward) node->op->backward(node, run);
    return net->check ? check_gradients(run, node, err) : SM_OK;
}

int sm_net_walk(const sm_net *net, const sm_run *run, sm_error *err)
{
    const sm_tape *const tape = &net->tape;
    for (size_t i = 0; i < tape->n_nodes; i++)
        SM_TRY(take_step(net, run, tape->steps[i], err));
    if (run->loss && !isfinite(run->loss->sum))
        SM_FAIL(err, SM_ENUMERIC, "net: the loss is %g", run->loss->sum);
    for (size_t i = tape->n_nodes; run->g && i < tape->n_steps; i++)
        SM_TRY(take_step(net, run, tape->steps[i], err));
    return SM_OK;
}

int sm_net_loss(sm_net *net, const float *w, const sm_batch *batch, sm_token_scores *scores,
                sm_loss *loss, sm_error *err)
{
    if (net->tape.options.plan == SM_PLAN_DECODE)
        SM_FAIL(err, SM_EUSAGE, "net: a decode plan has no loss");
    SM_TRY(check_batch(net, batch, err));
    sm_run run = sm_net_run_of(net, w, batch);
    run.with_targets = true;
    run.loss = loss;
    run.scores = scores;
    if (scores && scores->logp) memset(scores->logp, 0, run.rows * sizeof(float));
    if (scores && scores->lse) memset(scores->lse, 0, run.rows * sizeof(float));
    return sm_net_walk(net, &run, err);
}

int sm_net_gradient(sm_net *net, const float *w, const sm_batch *batch, float *g, sm_loss *loss,
                    sm_error *err)
{
    if (net->tape.options.plan != SM_PLAN_TRAIN)
        SM_FAIL(err, SM_EUSAGE, "net: only a train plan has gradients");
    SM_TRY(check_batch(net, batch, err));
    sm_run run = sm_net_run_of(net, w, batch);
    run.with_targets = true;
    run.loss = loss;
    run.g = g;
    const int status = sm_net_walk(net, &run, err);
    if (g == sm_net_own_gradient(net)) sm_net_clear_padding(net);
    return status;
}

/* What is left for the logits. */
static void remember(sm_net *net, const sm_run *run)
{
    net->last = *run;
    net->last.batch = NULL; /* the caller's; not looked at again */
}

int sm_net_forward(sm_net *net, const float *w, const sm_batch *batch, sm_error *err)
{
    SM_TRY(check_batch(net, batch, err));
    const sm_run run = sm_net_run_of(net, w, batch);
    remember(net, &run);
    return sm_net_walk(net, &run, err);
}

/* ---- some rows ---------------------------------------------------------------------------------- */

static int check_rows(const sm_batch *batch, const uint32_t *rows, uint32_t n, sm_error *err)
{
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] >= (size_t)batch->B * batch->T || (i > 0 && rows[i] <= rows[i - 1]))
            SM_FAIL(err, SM_EUSAGE, "net: row %u, number %u of those asked: they ascend to %zu",
                    rows[i], i, (size_t)batch->B * batch->T - 1);
    return SM_OK;
}

/* The first node behind which every row goes on by itself. */
static size_t after_mixing(const sm_tape *tape)
{
    size_t i = tape->n_nodes;
    while (i > 0 && !tape->nodes[i - 1].op->mixes_rows)
        i--;
    return i;
}

static bool reads(const sm_tape *tape, const sm_node *node, uint32_t n_in, sm_id root)
{
    for (uint32_t j = 0; j < n_in; j++)
        if (tape->tensors[node->in[j]].root == root) return true;
    return false;
}

/* Whether input j of node i is the first use of this memory from node `first` on. */
static bool is_untouched(const sm_tape *tape, size_t first, size_t i, uint32_t j, sm_id root)
{
    for (size_t k = first; k < i; k++) {
        const sm_node *const node = tape->nodes + k;
        if (node->out != SM_NONE && tape->tensors[node->out].root == root) return false;
        if (reads(tape, node, node->n_in, root)) return false;
    }
    return !reads(tape, tape->nodes + i, j, root);
}

/* The rows asked for move together in each tensor that comes from before node `first` and is read from there on. */
static void keep_rows(const sm_run *run, size_t first, const uint32_t *rows, uint32_t n)
{
    const sm_tape *const tape = run->tape;
    for (size_t i = first; i < tape->n_nodes; i++)
        for (uint32_t j = 0; j < tape->nodes[i].n_in; j++) {
            const sm_id root = tape->tensors[tape->nodes[i].in[j]].root;
            const sm_rows x = sm_value_rows(run, root);
            if (!is_untouched(tape, first, i, j, root)) continue;
            for (uint32_t k = 0; k < n; k++)
                memmove(x.p + k * x.stride, x.p + rows[k] * x.stride, x.width * sizeof(float));
        }
}

int sm_net_forward_rows(sm_net *net, const float *w, const sm_batch *batch,
                        const uint32_t *rows, uint32_t n, sm_error *err)
{
    const size_t first = after_mixing(&net->tape);
    SM_TRY(check_batch(net, batch, err));
    SM_TRY(check_rows(batch, rows, n, err));
    sm_run run = sm_net_run_of(net, w, batch);
    for (size_t i = 0; i < (n > 0 ? net->tape.n_nodes : first); i++) {
        if (i == first) {
            keep_rows(&run, first, rows, n);
            run.rows = n;
        }
        SM_TRY(take_step(net, &run, net->tape.steps[i], err));
    }
    remember(net, &run);
    return SM_OK;
}

void sm_net_logits(sm_net *net, const float *w, const uint32_t *rows, uint32_t n, float *logits)
{
    net->last.w = w;
    sm_op_head_logits(net->tape.nodes + net->tape.n_nodes - 1, &net->last, rows, n, logits);
}

void sm_net_adapter(sm_net *net, bool on)
{
    net->plain = !on;
}

void sm_net_merge(const sm_net *net, float *w)
{
    for (size_t i = 0; i < net->tape.n_nodes; i++)
        if (net->tape.nodes[i].adapter) sm_low_rank_merge(&net->tape, net->tape.nodes + i, w);
}

void sm_net_check(sm_net *net, bool every_operator)
{
    net->check = every_operator;
}
