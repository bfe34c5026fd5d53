/* Pairs of continuations in passes without a cache: see reader.h.
 * SPDX-License-Identifier: MIT
 *
 * A query sees one interval of keys, whatever their positions say. So what two requests begin with can serve both in one
 * pass: it stands in the middle, the rest of one request behind it, that of the other in front of it and reversed:
 *
 *     place      b4 b3  c0 c1 c2  a3 a4          b4 sees b4 b3 c0 c1 c2,  a4 sees c0 c1 c2 a3 a4
 *     position    4  3   0  1  2   3  4          c2 predicts a3 and b3, a3 predicts a4
 *
 * The last id of a request is no input: nobody asks what follows it. Such segments fill rows one after the other;
 * nothing is padded, large products are what matrix kernels are best at, and behind the last attention only the rows go
 * on that predict something. */
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
    uint32_t *rows, *targets; /* (2·B·T) what is asked, */
    sm_request **asked;       /* (2·B·T) whose it is, */
    sm_prediction *each;      /* (2·B·T) and what is said */
    uint32_t *different;      /* (B·T) */
    uint32_t n;
} pass;

/* Inputs: all ids but the last. */
static size_t inputs(const sm_request *q)
{
    return q->n - 1;
}

/* The inputs with which both begin. */
static size_t middle(const sm_request *a, const sm_request *b)
{
    const size_t most = a->n < b->n ? inputs(a) : inputs(b);
    size_t n = 0;
    while (n < most && a->ids[n] == b->ids[n])
        n++;
    return n;
}

/* A window reaches back from its query's key; in front of the context that would be the wrong way. */
static bool goes_in_front(const pass *p, const sm_request *q)
{
    const uint32_t window = p->config->sliding_window;
    return window == 0 || inputs(q) <= window;
}

static void put_token(pass *p, size_t at, uint32_t id, size_t pos, size_t lo, size_t hi)
{
    const size_t i = (size_t)p->row * p->T + at;
    p->batch->ids[i] = id;
    p->batch->pos[i] = (uint32_t)pos;
    p->batch->lo[i] = (uint32_t)lo;
    p->batch->hi[i] = (uint32_t)hi;
}

/* What input j predicts, if it stands in front of an id of the continuation. */
static void ask(pass *p, size_t at, sm_request *q, size_t j)
{
    if (!q || j + 1 < q->context) return;
    p->rows[p->n] = p->row * p->T + (uint32_t)at;
    p->targets[p->n] = q->ids[j + 1];
    p->asked[p->n++] = q;
}

/* The segment of one or two requests: `front` may be NULL. Rows are asked in ascending order. */
static void put_segment(pass *p, sm_request *back, sm_request *front)
{
    const size_t s = front ? middle(back, front) : inputs(back);
    const size_t before = front ? inputs(front) - s : 0, start = p->used + before;
    for (size_t j = s + before; j-- > s;) {
        const size_t at = start + s - 1 - j;
        put_token(p, at, front->ids[j], j, at, start + s);
        ask(p, at, front, j);
    }
    for (size_t j = 0; j < inputs(back); j++) {
        put_token(p, start + j, back->ids[j], j, start, start + j + 1);
        ask(p, start + j, back, j);
        if (j < s) ask(p, start + j, front, j);
    }
    p->used += (uint32_t)(before + inputs(back));
}

/* What a row has left over are tokens that see themselves only, and nobody asks. */
static void close_row(pass *p)
{
    for (; p->used < p->T; p->used++)
        put_token(p, p->used, 0, 0, p->used, (size_t)p->used + 1);
    p->row++;
    p->used = 0;
}

/* The rows asked become numbers of the different ones among them; returns how many these are. */
static uint32_t number_rows(pass *p)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        if (n == 0 || p->different[n - 1] != p->rows[i]) p->different[n++] = p->rows[i];
        p->rows[i] = n - 1;
    }
    return n;
}

static int run_pass(pass *p, sm_error *err)
{
    sm_batch batch = *p->batch;
    if (p->row == 0) batch.T = p->used; /* a single row need not be full */
    if (p->row > 0 && p->used > 0) close_row(p);
    batch.B = p->row > 0 ? p->row : 1;
    if (p->n == 0) return SM_OK;
    SM_TRY(sm_net_forward_rows(p->net, p->w, &batch, p->different, number_rows(p), err));
    sm_net_predict(p->net, p->w, p->rows, p->targets, p->n, p->each);
    for (uint32_t i = 0; i < p->n; i++) {
        p->asked[i]->logp += (double)p->each[i].logp;
        p->asked[i]->greedy = p->asked[i]->greedy && p->each[i].greedy;
    }
    p->row = p->used = p->n = 0;
    return SM_OK;
}

static size_t segment_tokens(const sm_request *back, const sm_request *front)
{
    return inputs(back) + (front ? inputs(front) - middle(back, front) : 0);
}

static int add_segment(pass *p, sm_request *back, sm_request *front, sm_error *err)
{
    const size_t n = segment_tokens(back, front);
    if (p->used + n > p->T) close_row(p);
    if (p->row == p->B) SM_TRY(run_pass(p, err));
    put_segment(p, back, front);
    return SM_OK;
}

/* Requests two by two, the last perhaps alone. */
static int add_group(pass *p, const sm_request_group *g, sm_error *err)
{
    size_t i = 0;
    for (size_t k = 0; k < g->n; k++) {
        g->requests[k].logp = 0;
        g->requests[k].greedy = true;
    }
    while (i < g->n) {
        sm_request *const back = &g->requests[i], *const front = i + 1 < g->n ? back + 1 : NULL;
        const bool both =
            front && segment_tokens(back, front) <= p->T && goes_in_front(p, front);
        SM_TRY(add_segment(p, back, both ? front : NULL, err));
        i += 1 + both;
    }
    return SM_OK;
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
    p->rows = sm_calloc(2 * n, sizeof *p->rows);
    p->targets = sm_calloc(2 * n, sizeof *p->targets);
    p->asked = sm_calloc(2 * n, sizeof *p->asked);
    p->each = sm_calloc(2 * n, sizeof *p->each);
    p->different = sm_calloc(n, sizeof *p->different);
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
    sm_free(p.different);
    return status;
}
