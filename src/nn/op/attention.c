/* Attention by blocks of queries: the scores of a block against the keys that any of its queries sees, their softmax, their
 * product with the values. Scores are never kept: backward computes them again from the log-sum-exp of each row
 * (after Dao et al.: "FlashAttention", 2022).
 * SPDX-License-Identifier: MIT
 *
 * What a query does not see lies outside [lo, hi), or before its window: before and behind the keys of a panel nothing
 * is computed. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "op/attention_panels.h"

enum { CHUNK = 256 }; /* queries that share packed keys in forward */

static uint32_t heads_of(const sm_node *node, const sm_tape *tape, int input)
{
    return tape->tensors[node->in[input]].width / node->head_dim;
}

/* n rows of a head, from `row` of the batch on. */
static sm_head_rows rows_of(const sm_node *node, sm_rows rows, size_t row, size_t head,
                            size_t n)
{
    return (sm_head_rows){rows.p + row * rows.stride + head * node->head_dim, rows.stride, n};
}

/* ---- who sees what ------------------------------------------------------------------------------ */

/* The keys [first, end) that row `row` of the batch sees. */
static size_t first_key(const sm_node *node, const sm_batch *batch, size_t row)
{
    const size_t lo = batch->lo[row], hi = batch->hi[row];
    return node->window > 0 && hi - lo > node->window ? hi - node->window : lo;
}

static void seen_together(const sm_node *node, const sm_batch *batch, size_t row, size_t n,
                          size_t *first, size_t *end)
{
    *first = SIZE_MAX;
    *end = 0;
    for (size_t i = row; i < row + n; i++) {
        const size_t from = first_key(node, batch, i);
        *first = from < *first ? from : *first;
        *end = batch->hi[i] > *end ? batch->hi[i] : *end;
    }
}

/* n queries from `row` on; the keys that are packed start at `origin`. The block's keys start where a panel does. */
static sm_query_block block_at(const sm_node *node, const sm_run *run,
                               const sm_attention_room *room, size_t row, size_t n,
                               size_t origin)
{
    const size_t mr = room->kernel->mr, nr = room->nr;
    sm_query_block block = {.n = n, .panels = (n + nr - 1) / nr};
    size_t first, end;
    seen_together(node, run->batch, row, n, &first, &end);
    block.base = (first - origin) / mr * mr;
    block.keys = end - origin - block.base;
    for (size_t i = 0; i < n; i++) {
        const size_t last = run->batch->hi[row + i] - origin - block.base;
        size_t *const until = block.until + i / nr;
        block.first[i] =
            (int32_t)(first_key(node, run->batch, row + i) - origin) - (int32_t)block.base;
        block.end[i] = (int32_t)last;
        *until = last > *until ? last : *until;
    }
    return block;
}

static sm_score_panel panel_of(const sm_node *node, const sm_attention_room *room,
                               const sm_query_block *block, size_t i, size_t keys)
{
    return (sm_score_panel){.width = room->nr,
                            .keys = keys,
                            .first = block->first + i * room->nr,
                            .end = block->end + i * room->nr,
                            .scale = node->scale};
}

/* Drops some of the probabilities (or of their gradients) of a panel, query by query as they lie in memory elsewhere. */
static void drop(const sm_dropout *d, const sm_run *run, const sm_score_panel *panel,
                 size_t head, size_t row, size_t n, float *scores, float *one)
{
    const size_t T = run->batch->T;
    for (size_t q = 0; q < n; q++) {
        const size_t first = (size_t)panel->first[q], seen = (size_t)panel->end[q] - first;
        float *const column = scores + first * panel->width + q;
        for (size_t k = 0; k < seen; k++)
            one[k] = column[k * panel->width];
        sm_dropout_row(d, run, (row + q) / T, (uint32_t)(head * T + (row + q) % T), one, seen);
        for (size_t k = 0; k < seen; k++)
            column[k * panel->width] = one[k];
    }
}

/* ---- forward -------------------------------------------------------------------------------------- */

static void forward_panel(const sm_node *node, const sm_run *run, const sm_attention_room *room,
                          const sm_query_block *block, size_t i, size_t head, size_t row)
{
    const sm_rows lse = sm_value_rows(run, node->aux);
    const size_t n = block->n - i * room->nr < room->nr ? block->n - i * room->nr : room->nr;
    const sm_head_rows out = rows_of(node, sm_value_rows(run, node->out), row, head, n);
    const sm_score_panel panel = panel_of(node, room, block, i, block->until[i]);
    float max[SM_GEMM_COLUMNS], sum[SM_GEMM_COLUMNS];
    sm_dropout d;
    sm_attention_scores(room, block, i, room->keys, room->q, room->scores);
    run->vec->softmax(room->scores, &panel, max, sum);
    if (sm_dropout_of(node, run, &d))
        drop(&d, run, &panel, head, row, n, room->scores,
             room->scores + panel.keys * panel.width);
    sm_attention_weigh(room, block, i, room->values_turned, room->scores);
    for (size_t q = 0; q < n; q++) {
        float *const to = out.p + q * out.stride;
        memcpy(to, room->turned + q * room->HD, room->HD * sizeof(float));
        run->vec->scale(to, 1.0F / sum[q], room->HD);
        lse.p[(row + q) * lse.stride + head] = max[q] + logf(sum[q]);
    }
}

/* Queries [t, t + n) of sequence b, in all heads that share a key head. */
static void forward_chunk(const sm_node *node, const sm_run *run, sm_attention_room *room,
                          size_t b, size_t kv_head, size_t t, size_t n)
{
    const sm_rows q = sm_value_rows(run, node->in[0]);
    const sm_rows k = sm_value_rows(run, node->in[1]), v = sm_value_rows(run, node->in[2]);
    const size_t start = b * run->batch->T;
    const size_t group = heads_of(node, run->tape, 0) / heads_of(node, run->tape, 1);
    size_t first, end;
    seen_together(node, run->batch, start + t, n, &first, &end);
    room->n_keys = end - first;
    sm_attention_pack_rows(room, room->keys,
                           rows_of(node, k, start + first, kv_head, room->n_keys));
    sm_attention_pack_turned(room, room->values_turned,
                             rows_of(node, v, start + first, kv_head, room->n_keys));
    for (size_t head = kv_head * group; head < (kv_head + 1) * group; head++)
        for (size_t at = t; at < t + n; at += SM_QUERIES) {
            const size_t row = start + at,
                         m = t + n - at < SM_QUERIES ? t + n - at : SM_QUERIES;
            const sm_query_block block = block_at(node, run, room, row, m, first);
            sm_attention_pack_queries(room, room->q, rows_of(node, q, row, head, m));
            for (size_t i = 0; i < block.panels; i++)
                forward_panel(node, run, room, &block, i, head, row + i * room->nr);
        }
}

static size_t room_floats(const sm_tape *tape, const sm_node *node, bool back)
{
    sm_attention_room room;
    return sm_attention_room_at(&room, NULL, node->head_dim, tape->options.T, back);
}

static sm_attention_room room_of(const sm_node *node, const sm_run *run, bool back)
{
    sm_attention_room room;
    const size_t at = back ? node->scratch_back_at : node->scratch_at;
    const size_t floats = room_floats(run->tape, node, back);
    (void)sm_attention_room_at(&room, run->arena + at + (size_t)omp_get_thread_num() * floats,
                               node->head_dim, run->tape->options.T, back);
    return room;
}

static void forward(const sm_node *node, const sm_run *run)
{
    const size_t T = run->batch->T, kv_heads = heads_of(node, run->tape, 1);
    const size_t chunks = (T + CHUNK - 1) / CHUNK, n = run->batch->B * kv_heads * chunks;
    const bool large = sm_is_large(run, node->head_dim * heads_of(node, run->tape, 0));
#pragma omp parallel for num_threads(run->threads) schedule(dynamic) if (large)
    for (size_t i = 0; i < n; i++) {
        sm_attention_room room = room_of(node, run, false);
        const size_t t = (chunks - 1 - i / kv_heads % chunks) * CHUNK; /* the longest first */
        forward_chunk(node, run, &room, i / kv_heads / chunks, i % kv_heads, t,
                      T - t < CHUNK ? T - t : CHUNK);
    }
}

/* ---- backward ------------------------------------------------------------------------------------- */

/* P = exp(scale·S − lse) again; dS = P∘(dP − D)·scale with dP = V·dOᵀ, D = Σ dO·O. Dropout multiplies dP, and then P
 * for dV, by what P was multiplied by; D stays as it is. */
static void score_gradients(const sm_node *node, const sm_run *run,
                            const sm_attention_room *room, const sm_query_block *block,
                            size_t i, size_t head, size_t row)
{
    const sm_rows kept = sm_value_rows(run, node->aux);
    const size_t n = block->n - i * room->nr < room->nr ? block->n - i * room->nr : room->nr;
    const sm_head_rows out = rows_of(node, sm_value_rows(run, node->out), row, head, n);
    const sm_head_rows dout = rows_of(node, sm_grad_rows(run, node->out), row, head, n);
    const sm_score_panel panel = panel_of(node, room, block, i, block->keys);
    float *const P = sm_score_panel_at(room, block, room->scores, i);
    float *const dP = sm_score_panel_at(room, block, room->dscores, i);
    float lse[SM_GEMM_COLUMNS] = {0}, d[SM_GEMM_COLUMNS] = {0};
    sm_dropout drops;
    for (size_t q = 0; q < n; q++) {
        lse[q] = kept.p[(row + q) * kept.stride + head];
        d[q] = run->vec->dot(dout.p + q * dout.stride, out.p + q * out.stride, room->HD);
    }
    sm_attention_scores(room, block, i, room->keys, room->q, P);
    sm_attention_scores(room, block, i, room->values, room->dout, dP);
    run->vec->softmax_again(P, &panel, lse);
    const bool any = sm_dropout_of(node, run, &drops);
    if (any) drop(&drops, run, &panel, head, row, n, dP, room->turned);
    run->vec->softmax_back(dP, P, &panel, d);
    if (any) drop(&drops, run, &panel, head, row, n, P, room->turned);
}

static void put_dq(const sm_node *node, const sm_run *run, const sm_attention_room *room,
                   sm_head_rows dq)
{
    for (size_t q = 0; q < dq.n; q++) {
        float *const to = dq.p + q * dq.stride;
        const float *const from = room->turned + q * room->HD;
        if (node->adds_in[0])
            run->vec->add(to, to, from, room->HD);
        else
            memcpy(to, from, room->HD * sizeof(float));
    }
}

/* dQ = dS·K, dK += dSᵀ·Q, dV += Pᵀ·dO for a block; dk and dv start at the first key that is packed. */
static void backward_block(const sm_node *node, const sm_run *run,
                           const sm_attention_room *room, size_t head, size_t row, size_t n,
                           size_t origin, sm_head_rows dk, sm_head_rows dv)
{
    const sm_query_block block = block_at(node, run, room, row, n, origin);
    const sm_head_rows q = rows_of(node, sm_value_rows(run, node->in[0]), row, head, n);
    const sm_head_rows dout = rows_of(node, sm_grad_rows(run, node->out), row, head, n);
    const sm_head_rows dq = rows_of(node, sm_grad_rows(run, node->in[0]), row, head, n);
    sm_attention_pack_queries(room, room->q, q);
    sm_attention_pack_queries(room, room->dout, dout);
    sm_attention_pack_queries_turned(room, room->q_turned, q);
    sm_attention_pack_queries_turned(room, room->dout_turned, dout);
    for (size_t i = 0; i < block.panels; i++) {
        const size_t at = i * room->nr, m = n - at < room->nr ? n - at : room->nr;
        score_gradients(node, run, room, &block, i, head, row + at);
        sm_attention_weigh(room, &block, i, room->keys_turned,
                           sm_score_panel_at(room, &block, room->dscores, i));
        put_dq(node, run, room, (sm_head_rows){dq.p + at * dq.stride, dq.stride, m});
    }
    dk.p += block.base * dk.stride;
    dv.p += block.base * dv.stride;
    sm_attention_spread(room, &block, room->dscores, room->q_turned, dk);
    sm_attention_spread(room, &block, room->scores, room->dout_turned, dv);
}

/* The gradient of a key head of sequence b; 0 where nobody has written it. */
static sm_head_rows gradient_of(const sm_node *node, const sm_run *run, int input, size_t b,
                                size_t head)
{
    const size_t T = run->batch->T;
    const sm_head_rows d = rows_of(node, sm_grad_rows(run, node->in[input]), b * T, head, T);
    for (size_t t = 0; !node->adds_in[input] && t < T; t++)
        memset(d.p + t * d.stride, 0, node->head_dim * sizeof(float));
    return d;
}

/* All that touches one key head of one sequence belongs to one thread. */
static void backward_head(const sm_node *node, const sm_run *run, size_t b, size_t kv_head)
{
    const size_t T = run->batch->T;
    const size_t group = heads_of(node, run->tape, 0) / heads_of(node, run->tape, 1);
    const sm_rows k = sm_value_rows(run, node->in[1]), v = sm_value_rows(run, node->in[2]);
    const sm_head_rows keys = rows_of(node, k, b * T, kv_head, T);
    const sm_head_rows values = rows_of(node, v, b * T, kv_head, T);
    const sm_head_rows dk = gradient_of(node, run, 1, b, kv_head);
    const sm_head_rows dv = gradient_of(node, run, 2, b, kv_head);
    sm_attention_room room = room_of(node, run, true);
    room.n_keys = T;
    sm_attention_pack_rows(&room, room.keys, keys);
    sm_attention_pack_rows(&room, room.values, values);
    sm_attention_pack_turned(&room, room.keys_turned, keys);
    for (size_t head = kv_head * group; head < (kv_head + 1) * group; head++)
        for (size_t t = 0; t < T; t += SM_QUERIES)
            backward_block(node, run, &room, head, b * T + t,
                           T - t < SM_QUERIES ? T - t : SM_QUERIES, 0, dk, dv);
}

static void backward(const sm_node *node, const sm_run *run)
{
    const size_t kv_heads = heads_of(node, run->tape, 1);
    const size_t n = run->batch->B * kv_heads;
#pragma omp parallel for num_threads(run->threads) schedule(dynamic)
    for (size_t i = 0; i < n; i++)
        backward_head(node, run, i / kv_heads, i % kv_heads);
}

static size_t scratch(const sm_tape *tape, const sm_node *node, bool back)
{
    return room_floats(tape, node, back) * tape->options.threads;
}

static const sm_op attention = {.name = "attention",
                                .saves_in = true,
                                .saves_out = true,
                                .joint_in = true,
                                .mixes_rows = true,
                                .forward = forward,
                                .backward = backward,
                                .scratch = scratch};

sm_id sm_op_attention(sm_tape *tape, sm_id q, sm_id k, sm_id v, const sm_attention *how)
{
    const uint32_t width = tape->tensors[q].width, head_dim = how->head_dim;
    const sm_id lse = sm_tape_tensor(tape, "lse", width / head_dim); // (BT,NH)
    const bool decodes = tape->options.plan == SM_PLAN_DECODE;
    sm_node *const node = sm_tape_node(tape, decodes ? &sm_attention_decode : &attention,
                                       "self_attn", 3, (const sm_id[]){q, k, v}, width);
    node->aux = lse;
    node->head_dim = head_dim;
    node->window = how->window;
    node->dropout = how->dropout;
    node->scale = (float)(1.0 / sqrt((double)head_dim));
    node->cache_at = tape->cache_floats;
    if (decodes)
        tape->cache_floats +=
            2 * (size_t)tape->tensors[k].width * tape->options.cache * tape->options.sequences;
    return node->out;
}
