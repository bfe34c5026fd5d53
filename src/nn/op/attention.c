/* Attention by blocks of queries: the scores of a block of rows against the keys that any of them sees, their
 * softmax, their product with the values. Scores are never kept: backward computes them again from the
 * log-sum-exp of each row (after Dao et al.: "FlashAttention", 2022).
 * SPDX-License-Identifier: MIT
 *
 * What a query does not see lies outside [lo, hi), or before its window: before and behind the block's keys nothing is
 * computed. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "op/op.h"

enum { BLOCK = 64 }; /* queries */

/* One head of one block: n queries from row `row` of the batch, keys [first, first + keys). */
typedef struct block {
    size_t row, n, first, keys;
    const uint32_t *lo, *hi; /* (n) */
    size_t window;           /* 0: none */
    const float *q, *k, *v;  /* (n,HD), (keys,HD), (keys,HD) */
    size_t q_stride, k_stride, v_stride;
} block;

static uint32_t heads_of(const sm_node *node, const sm_tape *tape, int input)
{
    return tape->tensors[node->in[input]].width / node->head_dim;
}

/* Where the keys (0) or values (1) of a key head of sequence b start, and how far it is from key to key. */
static const float *keys_of(const sm_node *node, const sm_run *run, int which, size_t b,
                            size_t head, size_t *stride)
{
    const sm_rows rows = sm_value_rows(run, node->in[1 + which]);
    const size_t column = head * node->head_dim;
    *stride = rows.stride;
    if (!run->cache) return rows.p + b * run->batch->T * rows.stride + column;
    *stride = 2 * rows.width;
    return run->cache + node->cache_at +
           run->batch->seq[b] * run->tape->options.cache * *stride +
           (size_t)which * rows.width + column;
}

/* The first key that query i of a block sees. */
static size_t first_key(const block *k, size_t i)
{
    const size_t lo = k->lo[i], hi = k->hi[i];
    return k->window > 0 && hi - lo > k->window ? hi - k->window : lo;
}

static block block_at(const sm_node *node, const sm_run *run, size_t b, size_t head, size_t t)
{
    const sm_batch *batch = run->batch;
    const uint32_t group = heads_of(node, run->tape, 0) / heads_of(node, run->tape, 1);
    const sm_rows q = sm_value_rows(run, node->in[0]);
    block k = {.row = b * batch->T + t, .n = batch->T - t < BLOCK ? batch->T - t : BLOCK};
    k.window = node->window;
    k.lo = batch->lo + k.row;
    k.hi = batch->hi + k.row;
    k.first = first_key(&k, 0);
    size_t end = k.hi[0];
    for (size_t i = 1; i < k.n; i++) {
        const size_t first = first_key(&k, i);
        k.first = first < k.first ? first : k.first;
        end = k.hi[i] > end ? k.hi[i] : end;
    }
    k.keys = end - k.first;
    k.q = q.p + k.row * q.stride + head * node->head_dim;
    k.q_stride = q.stride;
    k.k = keys_of(node, run, 0, b, head / group, &k.k_stride) + k.first * k.k_stride;
    k.v = keys_of(node, run, 1, b, head / group, &k.v_stride) + k.first * k.v_stride;
    return k;
}

/* S (n,keys) = A (n,HD) · Bᵀ, B (keys,HD) */
static void scores(const block *k, size_t head_dim, const float *A, size_t lda, const float *B,
                   size_t ldb, float *S)
{
    sm_gemm_small(&(sm_gemm){.tb = true,
                             .M = k->n,
                             .N = k->keys,
                             .K = head_dim,
                             .A = A,
                             .lda = lda,
                             .B = B,
                             .ldb = ldb,
                             .C = S,
                             .ldc = k->keys,
                             .alpha = 1.0F});
}

/* Y (n,HD) = S (n,keys) · B (keys,HD) [+ Y] */
static void weigh(const block *k, size_t head_dim, const float *S, const float *B, size_t ldb,
                  float *Y, size_t ldy, bool adds)
{
    sm_gemm_small(&(sm_gemm){.M = k->n,
                             .N = head_dim,
                             .K = k->keys,
                             .A = S,
                             .lda = k->keys,
                             .B = B,
                             .ldb = ldb,
                             .C = Y,
                             .ldc = ldy,
                             .alpha = 1.0F,
                             .beta = adds ? 1.0F : 0.0F});
}

/* Y (keys,HD) += Sᵀ (keys,n) · B (n,HD) */
static void weigh_back(const block *k, size_t head_dim, const float *S, const float *B,
                       size_t ldb, float *Y, size_t ldy)
{
    sm_gemm_small(&(sm_gemm){.ta = true,
                             .M = k->keys,
                             .N = head_dim,
                             .K = k->n,
                             .A = S,
                             .lda = k->keys,
                             .B = B,
                             .ldb = ldb,
                             .C = Y,
                             .ldc = ldy,
                             .alpha = 1.0F,
                             .beta = 1.0F});
}

/* The part of row i that the query sees; the rest becomes 0. */
static float *seen(const block *k, float *S, size_t i, size_t *n)
{
    float *const row = S + i * k->keys;
    const size_t before = first_key(k, i) - k->first, end = k->hi[i] - k->first;
    memset(row, 0, before * sizeof *row);
    memset(row + end, 0, (k->keys - end) * sizeof *row);
    *n = end - before;
    return row + before;
}

/* Drops some of the n probabilities (or of their gradients) of query i. */
static void drop(const sm_dropout *d, const sm_run *run, size_t head, const block *k, size_t i,
                 float *row, size_t n)
{
    const size_t T = run->batch->T, at = k->row + i;
    sm_dropout_row(d, run, at / T, (uint32_t)(head * T + at % T), row, n);
}

static void forward_block(const sm_node *node, const sm_run *run, size_t head, const block *k,
                          float *S)
{
    const sm_rows y = sm_value_rows(run, node->out), lse = sm_value_rows(run, node->aux);
    float *const out = y.p + k->row * y.stride + head * node->head_dim;
    float sum[BLOCK];
    sm_dropout d;
    const bool drops = sm_dropout_of(node, run, &d);
    scores(k, node->head_dim, k->q, k->q_stride, k->k, k->k_stride, S);
    for (size_t i = 0; i < k->n; i++) {
        size_t n;
        float *const row = seen(k, S, i, &n);
        const float max = node->scale * run->vec->max(row, n);
        sum[i] = run->vec->exp_sum(row, n, node->scale, max);
        lse.p[(k->row + i) * lse.stride + head] = max + logf(sum[i]);
        if (drops) drop(&d, run, head, k, i, row, n);
    }
    weigh(k, node->head_dim, S, k->v, k->v_stride, out, y.stride, false);
    for (size_t i = 0; i < k->n; i++)
        run->vec->scale(out + i * y.stride, 1.0F / sum[i], node->head_dim);
}

/* A query that sees keys up to hi brings the last of them: place hi - 1 in the cache of its sequence. */
static void fill_cache(const sm_node *node, const sm_run *run)
{
    const sm_batch *batch = run->batch;
    for (int which = 0; which < 2; which++) {
        const sm_rows rows = sm_value_rows(run, node->in[1 + which]);
        for (size_t i = 0; i < run->rows; i++) {
            const size_t first = batch->seq[i / batch->T] * run->tape->options.cache;
            const size_t slot = first + batch->hi[i] - 1;
            memcpy(run->cache + node->cache_at + (2 * slot + (size_t)which) * rows.width,
                   rows.p + i * rows.stride, rows.width * sizeof(float));
        }
    }
}

static size_t thread_floats(const sm_net_options *options)
{
    const size_t keys = options->plan == SM_PLAN_DECODE ? options->cache : options->T;
    return (BLOCK * keys + 15) / 16 * 16;
}

static void forward(const sm_node *node, const sm_run *run)
{
    const size_t heads = heads_of(node, run->tape, 0);
    const size_t blocks = (run->batch->T + BLOCK - 1) / BLOCK;
    const size_t n = run->batch->B * heads * blocks;
    const bool large = sm_is_large(run, heads * node->head_dim);
    if (run->cache) fill_cache(node, run);
#pragma omp parallel for num_threads(run->threads) schedule(dynamic) if (large)
    for (size_t i = 0; i < n; i++) {
        const size_t t = (blocks - 1 - i % blocks) * BLOCK; /* the longest ones first */
        const size_t head = i / blocks % heads, b = i / blocks / heads;
        const block k = block_at(node, run, b, head, t);
        forward_block(node, run, head, &k,
                      run->arena + node->scratch_at +
                          (size_t)omp_get_thread_num() * thread_floats(&run->tape->options));
    }
}

/* P = exp(scale·S − lse) again; dS = P∘(dP − D)·scale with dP = dO·Vᵀ, D = Σ dO·O. Then dQ = dS·K, dK += dSᵀ·Q,
 * dV += Pᵀ·dO. Dropout multiplies dP, and then P for dV, by what P was multiplied by; D stays as it is. */
static void backward_block(const sm_node *node, const sm_run *run, size_t head, const block *k,
                           float *dk, float *dv, float *P)
{
    const size_t head_dim = node->head_dim, column = head * head_dim;
    const sm_rows y = sm_value_rows(run, node->out), dy = sm_grad_rows(run, node->out);
    const sm_rows lse = sm_value_rows(run, node->aux), dq = sm_grad_rows(run, node->in[0]);
    const size_t kv_stride = sm_grad_rows(run, node->in[1]).stride;
    const size_t v_stride = sm_grad_rows(run, node->in[2]).stride;
    const float *const dout = dy.p + k->row * dy.stride + column;
    float *const dP = P + thread_floats(&run->tape->options);
    sm_dropout drop_by;
    const bool drops = sm_dropout_of(node, run, &drop_by);
    scores(k, head_dim, k->q, k->q_stride, k->k, k->k_stride, P);
    scores(k, head_dim, dout, dy.stride, k->v, k->v_stride, dP);
    for (size_t i = 0; i < k->n; i++) {
        const size_t row = k->row + i;
        const float d =
            run->vec->dot(dout + i * dy.stride, y.p + row * y.stride + column, head_dim);
        size_t n;
        float *const p = seen(k, P, i, &n), *const dp = seen(k, dP, i, &n);
        (void)run->vec->exp_sum(p, n, node->scale, lse.p[row * lse.stride + head]);
        if (drops) drop(&drop_by, run, head, k, i, dp, n);
        run->vec->softmax_back(dp, p, d, node->scale, n);
        if (drops) drop(&drop_by, run, head, k, i, p, n);
    }
    weigh(k, head_dim, dP, k->k, k->k_stride, dq.p + k->row * dq.stride + column, dq.stride,
          node->adds_in[0]);
    weigh_back(k, head_dim, dP, k->q, k->q_stride, dk + k->first * kv_stride, kv_stride);
    weigh_back(k, head_dim, P, dout, dy.stride, dv + k->first * v_stride, v_stride);
}

static float *gradient_of(const sm_node *node, const sm_run *run, int input, size_t b,
                          size_t head)
{
    const sm_rows d = sm_grad_rows(run, node->in[input]);
    const size_t T = run->batch->T;
    float *const p = d.p + b * T * d.stride + head * node->head_dim;
    for (size_t t = 0; !node->adds_in[input] && t < T; t++)
        memset(p + t * d.stride, 0, node->head_dim * sizeof *p);
    return p;
}

/* All that touches one key head of one sequence belongs to one thread. */
static void backward(const sm_node *node, const sm_run *run)
{
    const size_t kv_heads = heads_of(node, run->tape, 1);
    const size_t group = heads_of(node, run->tape, 0) / kv_heads;
    const size_t n = run->batch->B * kv_heads;
#pragma omp parallel for num_threads(run->threads) schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
        const size_t b = i / kv_heads, kv_head = i % kv_heads;
        float *const dk = gradient_of(node, run, 1, b, kv_head);
        float *const dv = gradient_of(node, run, 2, b, kv_head);
        float *const P = run->arena + node->scratch_back_at +
                         2 * (size_t)omp_get_thread_num() * thread_floats(&run->tape->options);
        for (size_t head = kv_head * group; head < (kv_head + 1) * group; head++) {
            for (size_t t = 0; t < run->batch->T; t += BLOCK) {
                const block k = block_at(node, run, b, head, t);
                backward_block(node, run, head, &k, dk, dv, P);
            }
        }
    }
}

static size_t scratch(const sm_tape *tape, const sm_node *node, bool back)
{
    (void)node;
    return thread_floats(&tape->options) * tape->options.threads * (back ? 2 : 1);
}

static const sm_op attention = {.name = "attention",
                                .saves_in = true,
                                .saves_out = true,
                                .forward = forward,
                                .backward = backward,
                                .scratch = scratch};

sm_id sm_op_attention(sm_tape *tape, sm_id q, sm_id k, sm_id v, const sm_attention *how)
{
    const uint32_t width = tape->tensors[q].width, head_dim = how->head_dim;
    const sm_id lse = sm_tape_tensor(tape, "lse", width / head_dim); // (BT,NH)
    sm_node *const node =
        sm_tape_node(tape, &attention, "self_attn", 3, (const sm_id[]){q, k, v}, width);
    node->aux = lse;
    node->head_dim = head_dim;
    node->window = how->window;
    node->dropout = how->dropout;
    node->scale = (float)(1.0 / sqrt((double)head_dim));
    node->cache_at = tape->cache_floats;
    if (tape->options.plan == SM_PLAN_DECODE)
        tape->cache_floats +=
            2 * (size_t)tape->tensors[k].width * tape->options.cache * tape->options.B;
    return node->out;
}
