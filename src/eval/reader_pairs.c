/* Pairs of continuations in passes without a cache: see reader.h.
 * SPDX-License-Identifier: MIT
 *
 * A query sees one interval of keys, whatever their positions say. So a context can serve two continuations in one pass:
 * it stands in the middle, one continuation behind it, the other in front of it and reversed:
 *
 *     place      b2 b1 b0  c0 c1 c2  a0 a1          b1 sees b1 b0 c0 c1 c2,  a1 sees c0 c1 c2 a0 a1
 *     position    5  4  3   0  1  2   3  4
 *
 * A continuation's first input is the last id of the context (it predicts the first id of the continuation), so the middle
 * is the context without that one. Such segments fill rows one after the other; nothing is padded, and large products are
 * what matrix kernels are best at. */
#include "reader.h"

#include <string.h>

enum { PASS = 2048 /* tokens that a pass holds, about */ };

/* A pass that is being filled. */
typedef struct pass {
    const sm_model_config *config;
    const float *w;
    sm_net *net;
    sm_batch *batch; /* (B,T) */
    uint32_t B, T;
    uint32_t row, used;       /* the row that is filled, and how far */
    uint32_t *rows, *targets; /* (B·T) what is asked */
    sm_request **asked;       /* (B·T) whose it is */
    sm_prediction *each;
    uint32_t n;
} pass;

static size_t middle(const sm_request *q)
{
    return q->context - 1;
}

/* Inputs of a continuation, the context's last id among them. */
static size_t tail(const sm_request *q)
{
    return q->n - q->context;
}

/* A window reaches back from its query's key; in front of the context that would be the wrong way. */
static bool goes_in_front(const pass *p, const sm_request *q)
{
    const uint32_t window = p->config->sliding_window;
    return window == 0 || middle(q) + tail(q) <= window;
}

static void put_token(pass *p, size_t at, uint32_t id, size_t pos, size_t lo, size_t hi)
{
    const size_t i = (size_t)p->row * p->T + at;
    p->batch->ids[i] = id;
    p->batch->pos[i] = (uint32_t)pos;
    p->batch->lo[i] = (uint32_t)lo;
    p->batch->hi[i] = (uint32_t)hi;
}

static void ask(pass *p, size_t at, sm_request *q, size_t j)
{
    p->rows[p->n] = p->row * p->T + (uint32_t)at;
    p->targets[p->n] = q->ids[q->context + j];
    p->asked[p->n++] = q;
}

/* The segment of one or two requests: `front` may be NULL. */
static void put_segment(pass *p, sm_request *back, sm_request *front)
{
    const size_t before = front ? tail(front) : 0, s = middle(back);
    const size_t start = p->used + before;
    for (size_t i = 0; i < s; i++)
        put_token(p, start + i, back->ids[i], i, start, start + i + 1);
    for (size_t j = 0; j < before; j++) {
        put_token(p, start - 1 - j, front->ids[s + j], s + j, start - 1 - j, start + s);
        ask(p, start - 1 - j, front, j);
    }
    for (size_t j = 0; j < tail(back); j++) {
        put_token(p, start + s + j, back->ids[s + j], s + j, start, start + s + j + 1);
        ask(p, start + s + j, back, j);
    }
    p->used += (uint32_t)(before + s + tail(back));
}

/* What a row has left over are tokens that see themselves only, and nobody asks. */
static void close_row(pass *p)
{
    for (; p->used < p->T; p->used++)
        put_token(p, p->used, 0, 0, p->used, (size_t)p->used + 1);
    p->row++;
    p->used = 0;
}

static int run_pass(pass *p, sm_error *err)
{
    sm_batch batch = *p->batch;
    if (p->row == 0) batch.T = p->used; /* a single row need not be full */
    if (p->row > 0 && p->used > 0) close_row(p);
    batch.B = p->row > 0 ? p->row : 1;
    if (p->n == 0) return SM_OK;
    SM_TRY(sm_net_forward(p->net, p->w, &batch, err));
    sm_net_predict(p->net, p->w, p->rows, p->targets, p->n, p->each);
    for (uint32_t i = 0; i < p->n; i++) {
        p->asked[i]->logp += (double)p->each[i].logp;
        p->asked[i]->greedy = p->asked[i]->greedy && p->each[i].greedy;
    }
    p->row = p->used = p->n = 0;
    return SM_OK;
}

static int add_segment(pass *p, sm_request *back, sm_request *front, sm_error *err)
{
    const size_t n = middle(back) + tail(back) + (front ? tail(front) : 0);
    if (p->used + n > p->T) close_row(p);
    if (p->row == p->B) SM_TRY(run_pass(p, err));
    put_segment(p, back, front);
    return SM_OK;
}

static int add_group(pass *p, const sm_request_group *g, sm_error *err)
{
    sm_request *const first = &g->requests[0], *const second =
                                                   g->n > 1 ? &g->requests[1] : NULL;
    for (size_t i = 0; i < g->n; i++) {
        g->requests[i].logp = 0;
        g->requests[i].greedy = true;
    }
    if (!second) return add_segment(p, first, NULL, err);
    const bool fits = middle(first) + tail(first) + tail(second) <= p->T;
    if (fits && goes_in_front(p, second)) return add_segment(p, first, second, err);
    SM_TRY(add_segment(p, first, NULL, err));
    return add_segment(p, second, NULL, err);
}

static uint32_t longest(const sm_request_group *groups, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < groups[i].n; k++)
            if (groups[i].requests[k].n > most) most = groups[i].requests[k].n;
    return (uint32_t)(most - 1);
}

static int open_pass(pass *p, unsigned threads, uint32_t needed, sm_error *err)
{
    const uint32_t most = p->config->max_position_embeddings;
    const uint32_t good = most < PASS ? most : PASS;
    p->T = needed > good ? needed : good;
    p->B = p->T < PASS ? PASS / p->T : 1;
    const size_t n = (size_t)p->B * p->T;
    p->batch = sm_batch_new(p->B, p->T);
    p->rows = sm_calloc(n, sizeof *p->rows);
    p->targets = sm_calloc(n, sizeof *p->targets);
    p->asked = sm_calloc(n, sizeof *p->asked);
    p->each = sm_calloc(n, sizeof *p->each);
    return sm_net_build(
        &p->net, p->config,
        &(sm_net_options){.plan = SM_PLAN_EVAL, .B = p->B, .T = p->T, .threads = threads}, err);
}

int sm_reader_pack(const sm_model_config *config, const float *w, unsigned threads,
                   const sm_request_group *groups, size_t n, sm_error *err)
{
    pass p = {.config = config, .w = w};
    int status = open_pass(&p, threads, longest(groups, n), err);
    for (size_t i = 0; i < n && status == SM_OK; i++)
        status = add_group(&p, &groups[i], err);
    if (status == SM_OK) status = run_pass(&p, err);
    sm_net_free(p.net);
    sm_batch_free(p.batch);
    sm_free(p.rows);
    sm_free(p.targets);
    sm_free(p.asked);
    sm_free(p.each);
    return status;
}
