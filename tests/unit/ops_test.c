/* Each operator: its reference by finite differences, itself against the reference; and the arena.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/random.h>

#include "net/net_internal.h"
#include "op/op.h"
#include "op/ref/ref.h"
#include "test.h"

/* One operator, alone on a tape. */
typedef struct op_case {
    const char *name;
    const sm_ref_op *ref;
    uint32_t B, T;
    uint32_t n_in, width[3], out;
    uint32_t weight_rows, weight_columns; /* 0 where there is none */
    uint32_t head_dim;
    enum { CAUSAL, PACKED, WINDOW } mask;
    bool bias;
    uint32_t window;
    double dropout, z_loss;
} op_case;

#define THETA 100.0
#define EPS   1e-3
enum { SEED = 77 };

/* The first of each is small, for finite differences; the others have odd sizes. */
static const op_case cases[] = {
    {"embedding", &sm_ref_embedding, 1, 4, 0, {0}, 3, 5, 3, 0, CAUSAL, 0, 0, 0, 0},
    {"embedding", &sm_ref_embedding, 3, 67, 0, {0}, 50, 97, 50, 0, CAUSAL, 0, 0, 0, 0},
    {"positions", &sm_ref_positions, 1, 4, 0, {0}, 3, 5, 3, 0, CAUSAL, 0, 0, 0, 0},
    {"positions", &sm_ref_positions, 3, 67, 0, {0}, 50, 97, 50, 0, PACKED, 0, 0, 0, 0},
    {"rmsnorm", &sm_ref_rmsnorm, 1, 3, 1, {5}, 5, 1, 5, 0, CAUSAL, 0, 0, 0, 0},
    {"rmsnorm", &sm_ref_rmsnorm, 3, 67, 1, {77}, 77, 1, 77, 0, CAUSAL, 0, 0, 0, 0},
    {"rmsnorm of heads", &sm_ref_rmsnorm, 1, 3, 1, {8}, 8, 1, 4, 4, CAUSAL, 0, 0, 0, 0},
    {"rmsnorm of heads", &sm_ref_rmsnorm, 3, 67, 1, {114}, 114, 1, 38, 38, CAUSAL, 0, 0, 0, 0},
    {"layernorm", &sm_ref_layernorm, 1, 3, 1, {5}, 5, 1, 5, 0, CAUSAL, true, 0, 0, 0},
    {"layernorm", &sm_ref_layernorm, 3, 67, 1, {77}, 77, 1, 77, 0, CAUSAL, true, 0, 0, 0},
    {"linear", &sm_ref_linear, 1, 3, 1, {4}, 5, 5, 4, 0, CAUSAL, 0, 0, 0, 0},
    {"linear", &sm_ref_linear, 3, 67, 1, {333}, 71, 71, 333, 0, CAUSAL, 0, 0, 0, 0},
    {"linear, bias", &sm_ref_linear, 1, 3, 1, {4}, 5, 5, 4, 0, CAUSAL, true, 0, 0, 0},
    {"linear, bias", &sm_ref_linear, 3, 67, 1, {333}, 71, 71, 333, 0, CAUSAL, true, 0, 0, 0},
    {"conv1d", &sm_ref_conv1d, 1, 3, 1, {4}, 5, 4, 5, 0, CAUSAL, true, 0, 0, 0},
    {"conv1d", &sm_ref_conv1d, 3, 67, 1, {333}, 71, 333, 71, 0, CAUSAL, true, 0, 0, 0},
    {"rope", &sm_ref_rope, 1, 5, 1, {8}, 8, 0, 0, 4, CAUSAL, 0, 0, 0, 0},
    {"rope", &sm_ref_rope, 3, 67, 1, {60}, 60, 0, 0, 10, PACKED, 0, 0, 0, 0},
    {"attention", &sm_ref_attention, 2, 4, 3, {8, 4, 4}, 8, 0, 0, 2, CAUSAL, 0, 0, 0, 0},
    {"attention", &sm_ref_attention, 2, 131, 3, {60, 30, 30}, 60, 0, 0, 10, CAUSAL, 0, 0, 0, 0},
    {"attention", &sm_ref_attention, 2, 131, 3, {60, 30, 30}, 60, 0, 0, 10, PACKED, 0, 0, 0, 0},
    {"attention", &sm_ref_attention, 2, 131, 3, {32, 32, 32}, 32, 0, 0, 16, WINDOW, 0, 0, 0, 0},
    {"window", &sm_ref_attention, 2, 4, 3, {8, 4, 4}, 8, 0, 0, 2, CAUSAL, 0, 2, 0, 0},
    {"window", &sm_ref_attention, 2, 231, 3, {60, 30, 30}, 60, 0, 0, 10, PACKED, 0, 37, 0, 0},
    {"dropped", &sm_ref_attention, 2, 4, 3, {8, 4, 4}, 8, 0, 0, 2, CAUSAL, 0, 0, .3, 0},
    {"dropped", &sm_ref_attention, 2, 231, 3, {60, 30, 30}, 60, 0, 0, 10, PACKED, 0, 37, .3, 0},
    {"swiglu", &sm_ref_swiglu, 1, 3, 1, {6}, 3, 0, 0, 0, CAUSAL, 0, 0, 0, 0},
    {"swiglu", &sm_ref_swiglu, 3, 67, 1, {154}, 77, 0, 0, 0, CAUSAL, 0, 0, 0, 0},
    {"gelu", &sm_ref_gelu, 1, 3, 1, {5}, 5, 0, 0, 0, CAUSAL, 0, 0, 0, 0},
    {"gelu", &sm_ref_gelu, 3, 67, 1, {77}, 77, 0, 0, 0, CAUSAL, 0, 0, 0, 0},
    {"dropout", &sm_ref_dropout, 1, 3, 1, {5}, 5, 0, 0, 0, CAUSAL, 0, 0, .4, 0},
    {"dropout", &sm_ref_dropout, 3, 67, 1, {277}, 277, 0, 0, 0, CAUSAL, 0, 0, .1, 0},
    {"add", &sm_ref_add, 1, 3, 2, {4, 4}, 4, 0, 0, 0, CAUSAL, 0, 0, 0, 0},
    {"add", &sm_ref_add, 3, 67, 2, {77, 77}, 77, 0, 0, 0, CAUSAL, 0, 0, 0, 0},
    {"head", &sm_ref_head, 1, 3, 1, {4}, 1, 6, 4, 0, CAUSAL, 0, 0, 0, 0},
    {"head", &sm_ref_head, 5, 131, 1, {33}, 1, 201, 33, 0, CAUSAL, 0, 0, 0, 0},
    {"head, z", &sm_ref_head, 1, 3, 1, {4}, 1, 6, 4, 0, CAUSAL, 0, 0, 0, .3},
    {"head, z", &sm_ref_head, 5, 131, 1, {33}, 1, 201, 33, 0, CAUSAL, 0, 0, 0, .01},
};
enum { CASES = sizeof cases / sizeof *cases };

static bool is_head(const op_case *c)
{
    return c->ref == &sm_ref_head;
}

static sm_batch *batch_for(const op_case *c)
{
    sm_batch *batch = sm_batch_new(c->B, c->T);
    for (size_t i = 0; i < (size_t)c->B * c->T; i++) {
        batch->ids[i] = (uint32_t)sm_random_below(1, i, 0, c->weight_rows ? c->weight_rows : 9);
        batch->target[i] =
            (uint32_t)sm_random_below(1, i, 1, c->weight_rows ? c->weight_rows : 9);
        batch->weight[i] = i % 7 == 2 ? 0.0F : i % 2 ? 1.0F : 0.5F;
        batch->pos[i] %= 64;
    }
    for (size_t b = 0; b < c->B; b++)
        batch->seq[b] = 3 + (b << 33);
    if (c->mask == PACKED) sm_batch_documents(batch, 3);
    for (size_t i = 0; c->mask == WINDOW && i < (size_t)c->B * c->T; i++)
        batch->lo[i] = batch->hi[i] > 9 ? batch->hi[i] - 9 : 0;
    return batch;
}

static double *noise(size_t n, uint64_t seed)
{
    double *x = sm_malloc(n * sizeof *x);
    /* As floats can hold them, so that both sides start from the same numbers. */
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(float)sm_random_normal(seed, i, 9);
    return x;
}

/* ---- the reference ------------------------------------------------------------------------- */

typedef struct problem {
    sm_ref r;
    double *x[3], *w, *b, *dy, *keep;
    size_t n_w, n_b;
    sm_batch *batch;
} problem;

/* Multipliers of dropout by the published generator, one by one: rows of T or of `out` numbers. */
static double *multipliers(const op_case *c, const sm_batch *batch)
{
    const bool attention = c->ref == &sm_ref_attention;
    const size_t heads = attention ? c->out / c->head_dim : 1, n = attention ? c->T : c->out;
    double *keep = sm_malloc((size_t)c->B * c->T * heads * n * sizeof *keep);
    const uint64_t key = sm_random_u64(SEED, 0, UINT64_MAX);
    const uint32_t halves[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    for (size_t i = 0; i < (size_t)c->B * c->T * heads; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t token = i / heads, head = i % heads;
            const uint64_t sample = batch->seq[token / c->T];
            const uint32_t counter[4] = {(uint32_t)(j / 4),
                                         (uint32_t)(head * c->T + token % c->T),
                                         (uint32_t)sample, (uint32_t)(sample >> 32)};
            uint32_t word[4];
            sm_philox(counter, halves, word);
            const bool dropped = word[j % 4] < (uint32_t)(c->dropout * 0x1p32);
            keep[i * n + j] = dropped ? 0.0 : (double)(float)(1.0 / (1.0 - c->dropout));
        }
    return keep;
}

static problem problem_open(const op_case *c)
{
    problem p = {.batch = batch_for(c),
                 .n_w = (size_t)c->weight_rows * c->weight_columns,
                 .n_b = c->bias ? c->out : 0};
    const size_t rows = (size_t)c->B * c->T;
    p.r = (sm_ref){.batch = p.batch,
                   .rows = rows,
                   .out = c->out,
                   .head_dim = c->head_dim,
                   .window = c->window,
                   .eps = (double)(float)EPS,
                   .theta = THETA,
                   .z_loss = (double)(float)c->z_loss,
                   .weight_rows = c->weight_rows};
    for (uint32_t i = 0; i < c->n_in; i++) {
        p.r.width[i] = c->width[i];
        p.r.x[i] = p.x[i] = noise(rows * c->width[i], 100 + i);
        p.r.dx[i] = sm_calloc(rows * c->width[i], sizeof(double));
    }
    p.r.w = p.w = noise(p.n_w, 200);
    p.r.dw = sm_calloc(p.n_w, sizeof(double));
    if (c->bias) {
        p.r.b = p.b = noise(p.n_b, 250);
        p.r.db = sm_calloc(p.n_b, sizeof(double));
    }
    if (c->dropout > 0) p.r.keep = p.keep = multipliers(c, p.batch);
    p.r.y = sm_calloc(rows * c->out, sizeof(double));
    p.r.dy = p.dy = noise(rows * c->out, 300);
    for (size_t i = 0; is_head(c) && i < rows; i++)
        p.dy[i] = 1.0; /* the loss is their sum */
    return p;
}

static void problem_close(problem *p)
{
    for (int i = 0; i < 3; i++) {
        sm_free(p->x[i]);
        sm_free(p->r.dx[i]);
    }
    sm_free(p->w);
    sm_free(p->b);
    sm_free(p->dy);
    sm_free(p->keep);
    sm_free(p->r.y);
    sm_free(p->r.dw);
    sm_free(p->r.db);
    sm_batch_free(p->batch);
}

/* L = Σ y·dy, whose gradient backward gives. */
static double objective(const op_case *c, const problem *p)
{
    double sum = 0.0;
    c->ref->forward(&p->r);
    for (size_t i = 0; i < p->r.rows * p->r.out; i++)
        sum += p->r.y[i] * p->dy[i];
    return sum;
}

static void check_slope(const op_case *c, const problem *p, double *at, double want)
{
    const double step = 1e-4, before = *at;
    double f[4];
    for (int k = 0; k < 4; k++) {
        *at = before + step * (double)(k < 2 ? k - 2 : k - 1); /* −2 −1 +1 +2 */
        f[k] = objective(c, p);
    }
    *at = before;
    const double slope = (8.0 * (f[2] - f[1]) - (f[3] - f[0])) / (12.0 * step);
    if (!(fabs(slope - want) <= 1e-7 * fmax(1.0, fabs(want))))
        print_error("%s: slope %.12g, backward says %.12g\n", c->name, slope, want);
    assert_true(fabs(slope - want) <= 1e-7 * fmax(1.0, fabs(want)));
}

static void test_finite_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        const op_case *c = cases + i;
        if ((size_t)c->B * c->T > 8) continue;
        problem p = problem_open(c);
        c->ref->backward(&p.r);
        for (uint32_t k = 0; k < c->n_in; k++)
            for (size_t j = 0; j < p.r.rows * c->width[k]; j++)
                check_slope(c, &p, p.x[k] + j, p.r.dx[k][j]);
        for (size_t j = 0; j < p.n_w; j++)
            check_slope(c, &p, p.w + j, p.r.dw[j]);
        for (size_t j = 0; j < p.n_b; j++)
            check_slope(c, &p, p.b + j, p.r.db[j]);
        problem_close(&p);
    }
}

/* ---- the fast operator ----------------------------------------------------------------------- */

typedef struct bench {
    sm_net *net;
    sm_id in[3];
    float *w, *g;
    sm_loss loss;
} bench;

static sm_id append_op(sm_tape *t, const op_case *c, const sm_id in[3])
{
    if (c->ref == &sm_ref_embedding) return sm_op_embedding(t, "w", c->weight_rows, c->out);
    if (c->ref == &sm_ref_positions) return sm_op_positions(t, "w", c->weight_rows, c->out);
    if (c->ref == &sm_ref_rmsnorm && c->head_dim > 0)
        return sm_op_head_rmsnorm(t, in[0], "w", c->head_dim, EPS);
    if (c->ref == &sm_ref_rmsnorm) return sm_op_rmsnorm(t, in[0], "w", EPS);
    if (c->ref == &sm_ref_layernorm) return sm_op_layernorm(t, in[0], "w", EPS);
    if (c->ref == &sm_ref_linear) /* two weights side by side are one to the reference */
        return sm_op_linear(t, in[0], SM_WEIGHTS({"w", 2}, {"w2", c->out - 2}), c->bias);
    if (c->ref == &sm_ref_conv1d) return sm_op_conv1d(t, in[0], "w", c->out, 1);
    if (c->ref == &sm_ref_rope) return sm_op_rope(t, in[0], c->head_dim);
    if (c->ref == &sm_ref_attention)
        return sm_op_attention(t, in[0], in[1], in[2],
                               &(sm_attention){c->head_dim, c->window, c->dropout});
    if (c->ref == &sm_ref_swiglu) return sm_op_swiglu(t, in[0]);
    if (c->ref == &sm_ref_gelu) return sm_op_gelu(t, in[0]);
    if (c->ref == &sm_ref_dropout) return sm_op_dropout(t, in[0], c->dropout);
    if (c->ref == &sm_ref_add) return sm_op_add(t, in[0], in[1]);
    sm_op_head(t, in[0], "w", c->weight_rows);
    return SM_NONE;
}

static bench bench_open(const op_case *c, unsigned threads)
{
    bench b = {.net = sm_calloc(1, sizeof *b.net)};
    sm_error err = {0};
    sm_tape *t = &b.net->tape;
    *t = (sm_tape){.options = {.plan = SM_PLAN_TRAIN,
                               .B = c->B,
                               .T = c->T,
                               .threads = threads,
                               .z_loss = c->z_loss,
                               .seed = SEED},
                   .scope = ""};
    for (uint32_t i = 0; i < c->n_in; i++)
        b.in[i] = sm_tape_tensor(t, "input", c->width[i]);
    (void)append_op(t, c, b.in);
    sm_tape_rotary(t, &(sm_model_config){.head_dim = c->head_dim, .rope_theta = THETA},
                   64 + c->T);
    assert_ok(sm_net_plan(b.net, &err), &err);
    for (size_t i = 0; i < b.net->arena_floats; i++)
        b.net->arena[i] = NAN; /* nothing may count on fresh memory */
    b.w = sm_vector_new(b.net->params.total);
    b.g = sm_vector_new(b.net->params.total);
    return b;
}

static void bench_close(bench *b)
{
    sm_vector_free(b->w);
    sm_vector_free(b->g);
    sm_net_free(b->net);
}

static void fill(sm_rows rows, const double *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < rows.width; j++)
            rows.p[i * rows.stride + j] = (float)from[i * rows.width + j];
}

/* ‖got − want‖ ≤ 1e-5·‖want‖, where `base` was there before. */
static void compare(const op_case *c, const char *what, sm_rows got, const double *want,
                    size_t n, double base)
{
    double off = 0.0, size = 1e-30;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < got.width; j++) {
            const double w = want[i * got.width + j];
            off += pow((double)got.p[i * got.stride + j] - base - w, 2);
            size += w * w;
        }
    if (!(sqrt(off / size) <= 1e-5))
        print_error("%s (%u x %u), %s: off by %g\n", c->name, c->B, c->T, what,
                    sqrt(off / size));
    assert_true(sqrt(off / size) <= 1e-5);
}

/* Gradients hold `base` before backward, which adds to it or overwrites it. */
static void run_backward(const op_case *c, bench *b, sm_run *run, const problem *p, bool adds)
{
    sm_node *node = b->net->tape.nodes;
    const float base = adds ? 2.0F : NAN;
    for (uint32_t i = 0; i < c->n_in; i++) {
        const sm_rows d = sm_grad_rows(run, b->in[i]);
        node->adds_in[i] = adds;
        for (size_t k = 0; !node->op->in_place && k < p->r.rows * d.width; k++)
            d.p[k] = base;
    }
    node->adds_weight = adds;
    for (size_t k = 0; k < p->n_w; k++)
        b->g[k] = base;
    for (size_t k = 0; k < p->n_b; k++)
        b->g[node->bias + k] = base;
    if (node->out != SM_NONE) fill(sm_grad_rows(run, node->out), p->dy, p->r.rows);
    for (uint32_t i = 0; node->op->in_place && i + 1 < c->n_in; i++) {
        const sm_rows d = sm_grad_rows(run, b->in[i]);
        for (size_t k = 0; k < p->r.rows * d.width; k++)
            d.p[k] = base;
    }
    if (node->op->backward) node->op->backward(node, run);
}

static void check_backward(const op_case *c, bench *b, sm_run *run, const problem *p, bool adds)
{
    const sm_node *node = b->net->tape.nodes;
    const double base = adds ? 2.0 : 0.0;
    for (uint32_t i = 0; i < c->n_in; i++) {
        const bool own = node->op->in_place && i + 1 == c->n_in; /* dy's own memory */
        compare(c, "dx", sm_grad_rows(run, b->in[i]), p->r.dx[i], p->r.rows, own ? 0.0 : base);
    }
    compare(c, "dw", (sm_rows){b->g, p->n_w, p->n_w}, p->r.dw, 1, base);
    if (c->bias)
        compare(c, "db", (sm_rows){b->g + node->bias, p->n_b, p->n_b}, p->r.db, 1, base);
}

static void check_op(const op_case *c, unsigned threads)
{
    problem p = problem_open(c);
    bench b = bench_open(c, threads);
    const sm_node *node = b.net->tape.nodes;
    for (size_t i = 0; i < p.n_w; i++)
        b.w[i] = (float)p.w[i];
    for (size_t i = 0; i < p.n_b; i++)
        b.w[node->bias + i] = (float)p.b[i];
    sm_run run = sm_net_run_of(b.net, b.w, p.batch);
    run.g = b.g;
    run.loss = &b.loss;
    run.with_targets = true;
    for (uint32_t i = 0; i < c->n_in; i++)
        fill(sm_value_rows(&run, b.in[i]), p.x[i], p.r.rows);
    c->ref->forward(&p.r);
    c->ref->backward(&p.r);
    node->op->forward(node, &run);
    if (is_head(c)) {
        double sum = 0.0;
        p.r.z_loss = 0.0; /* the loss that is told is without it */
        c->ref->forward(&p.r);
        for (size_t i = 0; i < p.r.rows; i++)
            sum += p.r.y[i];
        assert_true(fabs(b.loss.sum - sum) <= 1e-6 * sum);
        check_backward(c, &b, &run, &p, false);
    } else {
        compare(c, "y", sm_value_rows(&run, node->out), p.r.y, p.r.rows, 0.0);
        run_backward(c, &b, &run, &p, false);
        check_backward(c, &b, &run, &p, false);
        run_backward(c, &b, &run, &p, !node->op->sole_reader);
        check_backward(c, &b, &run, &p, !node->op->sole_reader);
    }
    bench_close(&b);
    problem_close(&p);
}

static void test_against_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (unsigned threads = 1; threads <= 2; threads++)
            check_op(cases + i, threads);
}

/* ---- the arena --------------------------------------------------------------------------------- */

static bool lives_at(const sm_piece *p, size_t time)
{
    return (p->life[0].birth <= time && time <= p->life[0].death) ||
           (p->life[1].birth <= time && time <= p->life[1].death);
}

/* Some pieces live twice, as with recomputation. */
static void test_arena_never_overlaps(void **state)
{
    (void)state;
    enum { PIECES = 200, TIME = 64 };
    sm_piece pieces[PIECES];
    size_t at[PIECES], alive[TIME] = {0}, most = 0;
    for (uint64_t i = 0; i < PIECES; i++) {
        const size_t birth = sm_random_below(3, i, 0, 60), length = sm_random_below(3, i, 1, 9);
        const size_t death = birth + length < 63 ? birth + length : 63;
        pieces[i] = (sm_piece){.name = "p",
                               .what = "value",
                               .width = 1,
                               .floats = 1 + sm_random_below(3, i, 2, 1000),
                               .life = {{birth, death}, {SM_NOWHERE, 0}},
                               .at = at + i};
        if (i % 3 == 0 && death < 55) pieces[i].life[1] = (sm_life){death + 4, death + 6};
        for (size_t t = 0; t < TIME; t++)
            alive[t] += lives_at(pieces + i, t) ? pieces[i].floats : 0;
    }
    const size_t size = sm_arena_plan(pieces, PIECES);
    for (size_t i = 0; i < PIECES; i++) {
        assert_true(at[i] % 16 == 0 && at[i] + pieces[i].floats <= size);
        for (size_t j = 0; j < i; j++) {
            bool together = false;
            for (size_t t = 0; t < TIME; t++)
                together |= lives_at(pieces + i, t) && lives_at(pieces + j, t);
            const bool overlap =
                at[i] < at[j] + pieces[j].floats && at[j] < at[i] + pieces[i].floats;
            assert_false(together && overlap);
        }
    }
    for (size_t t = 0; t < TIME; t++)
        most = alive[t] > most ? alive[t] : most;
    print_message("arena %zu floats, at least %zu are needed\n", size, most);
    assert_true(size <= most + most / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finite_differences),
        cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_arena_never_overlaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
