/* Attention over a cache. For each sequence and key head the cache holds the keys side by side, (cache,HD), then the values:
 * a query reads both from end to end. The products are those of kern/decode.h, whose rows do not know of each
 * other, and what lies outside a query's keys has the weight 0: so a query has the same bits alone, in its prompt, and
 * beside other sequences.
 * SPDX-License-Identifier: MIT */
#include <omp.h>
#include <string.h>

#include "kern/decode.h"
#include "op/op.h"

enum { BLOCK = 32 }; /* queries of a sequence that read the keys together */

/* One key head of one sequence: n rows of the batch and the heads that ask it. */
typedef struct part {
    size_t row, n, kv_head;
    size_t group;         /* query heads a key head */
    float *keys, *values; // (cache,HD)
} part;

static size_t group_of(const sm_tape *tape, const sm_node *node)
{
    return tape->tensors[node->in[0]].width / tape->tensors[node->in[1]].width;
}

static float *cache_of(const sm_tape *tape, const sm_node *node, float *cache, size_t sequence,
                       size_t kv_head)
{
    const size_t kv_heads = tape->tensors[node->in[1]].width / node->head_dim;
    return cache + node->cache_at +
           (sequence * kv_heads + kv_head) * 2 * tape->options.cache * node->head_dim;
}

/* The rows of one sequence from `row` on; none where the row before is of the same one. */
static part part_at(const sm_node *node, const sm_run *run, size_t row, size_t kv_head)
{
    const uint64_t *const seq = run->batch->seq;
    part p = {.row = row, .kv_head = kv_head, .group = group_of(run->tape, node)};
    if (row > 0 && seq[row - 1] == seq[row]) return p;
    while (row + p.n < run->rows && seq[row + p.n] == seq[row])
        p.n++;
    p.keys = cache_of(run->tape, node, run->cache, seq[row], kv_head);
    p.values = p.keys + (size_t)run->tape->options.cache * node->head_dim;
    return p;
}

/* A query that sees keys up to hi brings the last of them: place hi - 1. */
static void fill_cache(const sm_node *node, const sm_run *run, const part *p)
{
    const sm_rows k = sm_value_rows(run, node->in[1]), v = sm_value_rows(run, node->in[2]);
    const size_t HD = node->head_dim, column = p->kv_head * HD;
    for (size_t i = p->row; i < p->row + p->n; i++) {
        const size_t place = run->batch->hi[i] - 1;
        memcpy(p->keys + place * HD, k.p + i * k.stride + column, HD * sizeof(float));
        memcpy(p->values + place * HD, v.p + i * v.stride + column, HD * sizeof(float));
    }
}

static size_t first_key(const sm_node *node, const sm_batch *batch, size_t row)
{
    const size_t lo = batch->lo[row], hi = batch->hi[row];
    return node->window > 0 && hi - lo > node->window ? hi - node->window : lo;
}

/* n queries, or the heads of one query, against the keys [first, end) that any of them sees. */
typedef struct block {
    size_t n, first, end;
    const float *q; // (n,HD)
    float *y;       // (n,HD)
    size_t q_stride, y_stride;
    size_t row, rows_step; /* query i is row + i·rows_step of the batch */
} block;

/* Scores become weights: exp of what a query sees, 0 for the rest; sums[i] is what they add up to. */
static void weights_of(const sm_node *node, const sm_run *run, const block *b, float *S,
                       float *sums)
{
    const size_t keys = b->end - b->first;
    for (size_t i = 0; i < b->n; i++) {
        const size_t row = b->row + i * b->rows_step;
        const size_t from = first_key(node, run->batch, row) - b->first;
        const size_t to = run->batch->hi[row] - b->first;
        float *const s = S + i * keys;
        memset(s, 0, from * sizeof *s);
        memset(s + to, 0, (keys - to) * sizeof *s);
        const float max = node->scale * run->vec->max(s + from, to - from);
        sums[i] = run->vec->exp_sum(s + from, to - from, node->scale, max);
    }
}

static void attend(const sm_node *node, const sm_run *run, const part *p, const block *b,
                   float *S)
{
    const size_t HD = node->head_dim, keys = b->end - b->first;
    float *const sums = S + b->n * keys;
    const sm_decode *const kernel = run->decode;
    kernel->dots(&(sm_gemm){.tb = true, // S (n,keys) = q·Kᵀ
                            .M = b->n,
                            .N = keys,
                            .K = HD,
                            .A = b->q,
                            .lda = b->q_stride,
                            .B = p->keys + b->first * HD,
                            .ldb = HD,
                            .C = S,
                            .ldc = keys,
                            .alpha = 1.0F});
    weights_of(node, run, b, S, sums);
    kernel->chains(&(sm_gemm){.M = b->n, // y (n,HD) = S·V
                              .N = HD,
                              .K = keys,
                              .A = S,
                              .lda = keys,
                              .B = p->values + b->first * HD,
                              .ldb = HD,
                              .C = b->y,
                              .ldc = b->y_stride,
                              .alpha = 1.0F});
    for (size_t i = 0; i < b->n; i++)
        run->vec->scale(b->y + i * b->y_stride, 1.0F / sums[i], HD);
}

/* The block of n queries of one head, or (n = 1) of all heads of the group. */
static block block_at(const sm_node *node, const sm_run *run, const part *p, size_t row,
                      size_t n, size_t head)
{
    const sm_rows q = sm_value_rows(run, node->in[0]), y = sm_value_rows(run, node->out);
    const size_t HD = node->head_dim;
    block b = {.n = n, .row = row, .rows_step = 1, .first = SIZE_MAX};
    for (size_t i = row; i < row + n; i++) {
        const size_t first = first_key(node, run->batch, i), end = run->batch->hi[i];
        b.first = first < b.first ? first : b.first;
        b.end = end > b.end ? end : b.end;
    }
    b.q = q.p + row * q.stride + head * HD;
    b.y = y.p + row * y.stride + head * HD;
    b.q_stride = q.stride;
    b.y_stride = y.stride;
    if (n == 1) {
        b.n = p->group;
        b.q_stride = b.y_stride = HD;
        b.rows_step = 0;
    }
    return b;
}

static void run_part(const sm_node *node, const sm_run *run, const part *p, float *S)
{
    const size_t head = p->kv_head * p->group, end = p->row + p->n;
    fill_cache(node, run, p);
    for (size_t row = p->row; row < end; row += BLOCK) {
        const size_t n = end - row < BLOCK ? end - row : BLOCK;
        for (size_t g = 0; g < (n == 1 ? 1 : p->group); g++) {
            const block b = block_at(node, run, p, row, n, head + g);
            attend(node, run, p, &b, S);
        }
    }
}

static size_t thread_floats(const sm_tape *tape, const sm_node *node)
{
    const size_t group = group_of(tape, node), rows = group > BLOCK ? group : BLOCK;
    return (rows * ((size_t)tape->options.cache + 1) + 15) / 16 * 16;
}

static void forward(const sm_node *node, const sm_run *run)
{
    const size_t kv_heads = run->tape->tensors[node->in[1]].width / node->head_dim;
    const size_t n = run->rows * kv_heads, floats = thread_floats(run->tape, node);
#pragma omp parallel for num_threads(run->threads) schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
        const part p = part_at(node, run, i / kv_heads, i % kv_heads);
        float *const S = run->arena + node->scratch_at + (size_t)omp_get_thread_num() * floats;
        if (p.n > 0) run_part(node, run, &p, S);
    }
}

static size_t scratch(const sm_tape *tape, const sm_node *node, bool back)
{
    return back ? 0 : thread_floats(tape, node) * tape->options.threads;
}

const sm_op sm_attention_decode = {
    .name = "attention", .mixes_rows = true, .forward = forward, .scratch = scratch};

void sm_attention_cache_copy(const sm_tape *tape, const sm_node *node, float *cache,
                             uint32_t from, uint32_t to, uint32_t n)
{
    const size_t kv_heads = tape->tensors[node->in[1]].width / node->head_dim;
    const size_t values = (size_t)tape->options.cache * node->head_dim;
    for (size_t h = 0; h < kv_heads; h++) {
        const float *const source = cache_of(tape, node, cache, from, h);
        float *const target = cache_of(tape, node, cache, to, h);
        memcpy(target, source, n * node->head_dim * sizeof(float));
        memcpy(target + values, source + values, n * node->head_dim * sizeof(float));
    }
}
