/* The head: logits and cross-entropy in chunks of rows. The targets are known, so one pass gives the loss and
 * both gradients, and a chunk of logits is forgotten before the next begins. Rows without a target are left
 * out altogether (most of a fine-tuning batch).
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "loss/cross_entropy.h"
#include "op/op.h"

enum { CHUNK_FLOATS = 16 << 20, MIN_CHUNK = 64, MAX_CHUNK = 512 };

/* The scratch: X (chunk,C) gathered rows, dX (chunk,C), logits (chunk,V), panels of the products. */
typedef struct chunk {
    float *X, *dX, *logits, *room;
    size_t max, n, C, V;
    const uint32_t *rows; /* (n) where they come from */
} chunk;

/* Equal chunks: a short last one would read all of W for a few rows. */
static size_t chunk_rows(size_t V, size_t rows)
{
    size_t n = CHUNK_FLOATS / V / MIN_CHUNK * MIN_CHUNK;
    n = n < MIN_CHUNK ? MIN_CHUNK : n > MAX_CHUNK ? MAX_CHUNK : n;
    const size_t chunks = (rows + n - 1) / n;
    const size_t even = ((rows + chunks - 1) / chunks + MIN_CHUNK - 1) / MIN_CHUNK * MIN_CHUNK;
    return even < rows ? even : rows;
}

static chunk chunk_of(const sm_node *node, const sm_run *run)
{
    const sm_net_options *const options = &run->tape->options;
    chunk c = {.C = run->tape->tensors[node->in[0]].width, .V = node->weight_rows};
    c.max = chunk_rows(c.V, (size_t)options->B * options->T);
    c.X = run->arena + node->scratch_at;
    c.dX = c.X + c.max * c.C;
    c.logits = c.dX + c.max * c.C;
    c.room = c.logits + c.max * c.V;
    return c;
}

/* logits (rows,V), dX (rows,C), dW (V,C) */
static size_t room_floats(unsigned threads, size_t rows, size_t V, size_t C)
{
    const size_t of[] = {sm_matmul_room(threads, rows, V, C),
                         sm_matmul_room(threads, rows, C, V),
                         sm_matmul_room(threads, V, C, rows)};
    const size_t most = of[0] > of[1] ? of[0] : of[1];
    return most > of[2] ? most : of[2];
}

static size_t scratch(const sm_tape *tape, const sm_node *node, bool back)
{
    const size_t C = tape->tensors[node->in[0]].width, V = node->weight_rows;
    const size_t rows = chunk_rows(V, (size_t)tape->options.B * tape->options.T);
    return back ? 0 : rows * (2 * C + V) + room_floats(tape->options.threads, rows, V, C);
}

static void gather(const sm_node *node, const sm_run *run, const chunk *c)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);
    for (size_t i = 0; i < c->n; i++)
        memcpy(c->X + i * c->C, x.p + c->rows[i] * x.stride, c->C * sizeof(float));
}

static void logits_of(const sm_node *node, const sm_run *run, const chunk *c, float *logits)
{
    sm_matmul(run->threads, &(sm_gemm){.tb = true, // logits (n,V) = X·Wᵀ
                                       .M = c->n,
                                       .N = c->V,
                                       .K = c->C,
                                       .A = c->X,
                                       .lda = c->C,
                                       .B = sm_weight_of(node, run), // (V,C)
                                       .stored = sm_base_of(node, run),
                                       .at = node->weight,
                                       .ldb = c->C,
                                       .C = logits,
                                       .ldc = c->V,
                                       .precision = run->tape->options.precision,
                                       .room = c->room,
                                       .alpha = 1.0F,
                                       .by_rows = run->cache != NULL});
}

static void losses_of(const sm_run *run, const chunk *c, float *nll)
{
#pragma omp parallel for num_threads(run->threads) schedule(dynamic)
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t row = c->rows[i];
        const float z = (float)run->tape->options.z_loss;
        float lse;
        nll[i] = sm_cross_entropy(run->vec, c->logits + i * c->V, c->V, run->batch->target[row],
                                  run->batch->weight[row], z, run->g != NULL, &lse);
        if (run->scores && run->scores->logp) run->scores->logp[row] = -nll[i];
        if (run->scores && run->scores->lse) run->scores->lse[row] = lse;
    }
}

static void input_gradient(const sm_node *node, const sm_run *run, const chunk *c)
{
    const sm_rows dx = sm_grad_rows(run, node->in[0]);
    sm_matmul(run->threads, &(sm_gemm){.M = c->n, // dX (n,C) = dlogits·W
                                       .N = c->C,
                                       .K = c->V,
                                       .A = c->logits,
                                       .lda = c->V,
                                       .B = sm_weight_of(node, run),
                                       .stored = sm_base_of(node, run),
                                       .at = node->weight,
                                       .ldb = c->C,
                                       .C = c->dX,
                                       .ldc = c->C,
                                       .precision = run->tape->options.precision,
                                       .room = c->room,
                                       .alpha = 1.0F});
    for (size_t i = 0; i < c->n; i++)
        memcpy(dx.p + c->rows[i] * dx.stride, c->dX + i * c->C, c->C * sizeof(float));
}

static void gradients_of(const sm_node *node, const sm_run *run, const chunk *c, bool adds)
{
    if (node->wants_in[0]) input_gradient(node, run, c);
    if (node->gradient == SM_NOWHERE) return;
    sm_matmul(run->threads, &(sm_gemm){.ta = true, // dW (V,C) += dlogitsᵀ·X
                                       .M = c->V,
                                       .N = c->C,
                                       .K = c->n,
                                       .A = c->logits,
                                       .lda = c->V,
                                       .B = c->X,
                                       .ldb = c->C,
                                       .C = run->g + node->gradient,
                                       .ldc = c->C,
                                       .precision = run->tape->options.precision,
                                       .room = c->room,
                                       .alpha = 1.0F,
                                       .beta = adds ? 1.0F : 0.0F});
}

static size_t list_active(const sm_run *run)
{
    size_t n = 0;
    for (size_t i = 0; i < run->rows; i++)
        if (run->batch->weight[i] != 0.0F) run->active[n++] = (uint32_t)i;
    return n;
}

/* Rows without a target have no gradient, and a batch without targets none for W either. */
static void clear_gradients(const sm_node *node, const sm_run *run, size_t active)
{
    const size_t C = node->weight_columns;
    if (active < run->rows && node->wants_in[0])
        memset(sm_grad_rows(run, node->in[0]).p, 0, run->rows * C * sizeof(float));
    if (active == 0 && node->gradient != SM_NOWHERE)
        memset(run->g + node->gradient, 0, node->weight_rows * C * sizeof(float));
}

static void add_up(const sm_run *run, size_t active)
{
    double sum = 0.0;
    for (size_t i = 0; i < active; i++)
        sum += (double)run->batch->weight[run->active[i]] * (double)run->nll[i];
    *run->loss = (sm_loss){.sum = sum, .count = active};
}

static void forward(const sm_node *node, const sm_run *run)
{
    if (!run->with_targets) return;
    chunk c = chunk_of(node, run);
    const size_t active = list_active(run);
    if (run->g) clear_gradients(node, run, active);
    for (size_t first = 0; first < active; first += c.max) {
        c.n = active - first < c.max ? active - first : c.max;
        c.rows = run->active + first;
        gather(node, run, &c);
        logits_of(node, run, &c, c.logits);
        losses_of(run, &c, run->nll + first);
        if (run->g) gradients_of(node, run, &c, first > 0);
    }
    add_up(run, active);
}

void sm_op_head_logits(const sm_node *head, const sm_run *run, const uint32_t *rows, size_t n,
                       float *logits)
{
    chunk c = chunk_of(head, run);
    for (size_t first = 0; first < n; first += c.max) {
        c.n = n - first < c.max ? n - first : c.max;
        c.rows = rows + first;
        gather(head, run, &c);
        logits_of(head, run, &c, logits + first * c.V);
    }
}

static const sm_op head = {
    .name = "head", .saves_in = true, .is_head = true, .forward = forward, .scratch = scratch};

void sm_op_head(sm_tape *tape, sm_id x, const char *name, uint32_t rows)
{
    const uint32_t columns = tape->tensors[x].width;
    const size_t weight = sm_tape_table(tape, name, rows, columns);
    sm_node *const node = sm_tape_node(tape, &head, "head", 1, &x, 0);
    node->weight = weight;
    node->weight_rows = rows;
    node->weight_columns = columns;
}
