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
} op_case;

#define THETA 100.0
#define EPS   1e-3

/* The first of each is small, for finite differences; the others have odd sizes. */
static const op_case cases[] = {
    {"embedding", &sm_ref_embedding, 1, 4, 0, {0}, 3, 5, 3, 0, CAUSAL},
    {"embedding", &sm_ref_embedding, 3, 67, 0, {0}, 50, 97, 50, 0, CAUSAL},
    {"rmsnorm", &sm_ref_rmsnorm, 1, 3, 1, {5}, 5, 1, 5, 0, CAUSAL},
    {"rmsnorm", &sm_ref_rmsnorm, 3, 67, 1, {77}, 77, 1, 77, 0, CAUSAL},
    {"linear", &sm_ref_linear, 1, 3, 1, {4}, 5, 5, 4, 0, CAUSAL},
    {"linear", &sm_ref_linear, 3, 67, 1, {333}, 71, 71, 333, 0, CAUSAL},
    {"rope", &sm_ref_rope, 1, 5, 1, {8}, 8, 0, 0, 4, CAUSAL},
    {"rope", &sm_ref_rope, 3, 67, 1, {60}, 60, 0, 0, 10, PACKED},
    {"attention", &sm_ref_attention, 2, 4, 3, {8, 4, 4}, 8, 0, 0, 2, CAUSAL},
    {"attention", &sm_ref_attention, 2, 131, 3, {60, 30, 30}, 60, 0, 0, 10, CAUSAL},
    {"attention", &sm_ref_attention, 2, 131, 3, {60, 30, 30}, 60, 0, 0, 10, PACKED},
    {"attention", &sm_ref_attention, 2, 131, 3, {32, 32, 32}, 32, 0, 0, 16, WINDOW},
    {"swiglu", &sm_ref_swiglu, 1, 3, 1, {6}, 3, 0, 0, 0, CAUSAL},
    {"swiglu", &sm_ref_swiglu, 3, 67, 1, {154}, 77, 0, 0, 0, CAUSAL},
    {"add", &sm_ref_add, 1, 3, 2, {4, 4}, 4, 0, 0, 0, CAUSAL},
    {"add", &sm_ref_add, 3, 67, 2, {77, 77}, 77, 0, 0, 0, CAUSAL},
    {"head", &sm_ref_head, 1, 3, 1, {4}, 1, 6, 4, 0, CAUSAL},
    {"head", &sm_ref_head, 5, 131, 1, {33}, 1, 201, 33, 0, CAUSAL},
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
    double *x[3], *w, *dy;
    size_t n_w;
    sm_batch *batch;
} problem;

static problem problem_open(const op_case *c)
{
    problem p = {.batch = batch_for(c), .n_w = (size_t)c->weight_rows * c->weight_columns};
    const size_t rows = (size_t)c->B * c->T;
    p.r = (sm_ref){.batch = p.batch,
                   .rows = rows,
                   .out = c->out,
                   .head_dim = c->head_dim,
                   .eps = (double)(float)EPS,
                   .theta = THETA,
                   .weight_rows = c->weight_rows};
    for (uint32_t i = 0; i < c->n_in; i++) {
        p.r.width[i] = c->width[i];
        p.r.x[i] = p.x[i] = noise(rows * c->width[i], 100 + i);
        p.r.dx[i] = sm_calloc(rows * c->width[i], sizeof(double));
    }
    p.r.w = p.w = noise(p.n_w, 200);
    p.r.dw = sm_calloc(p.n_w, sizeof(double));
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
    sm_free(p->dy);
    sm_free(p->r.y);
    sm_free(p->r.dw);
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
    if (c->ref == &sm_ref_rmsnorm) return sm_op_rmsnorm(t, in[0], "w", EPS);
    if (c->ref == &sm_ref_linear) /* two weights side by side are one to the reference */
        return sm_op_linear(t, in[0], SM_WEIGHTS({"w", 2}, {"w2", c->out - 2}));
    if (c->ref == &sm_ref_rope) return sm_op_rope(t, in[0], c->head_dim);
    if (c->ref == &sm_ref_attention)
        return sm_op_attention(t, in[0], in[1], in[2], c->head_dim);
    if (c->ref == &sm_ref_swiglu) return sm_op_swiglu(t, in[0]);
    if (c->ref == &sm_ref_add) return sm_op_add(t, in[0], in[1]);
    sm_op_head(t, in[0], "w", c->weight_rows);
    return SM_NONE;
}

static bench bench_open(const op_case *c, unsigned threads)
{
    bench b = {.net = sm_calloc(1, sizeof *b.net)};
    sm_error err = {0};
    sm_tape *t = &b.net->tape;
    *t = (sm_tape){.options = {SM_PLAN_TRAIN, c->B, c->T, 0, threads}, .scope = ""};
    for (uint32_t i = 0; i < c->n_in; i++)
        b.in[i] = sm_tape_tensor(t, "input", c->width[i]);
    (void)append_op(t, c, b.in);
    sm_tape_rotary(t, c->head_dim, THETA, 64 + c->T);
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
}

static void check_op(const op_case *c, unsigned threads)
{
    problem p = problem_open(c);
    bench b = bench_open(c, threads);
    const sm_node *node = b.net->tape.nodes;
    for (size_t i = 0; i < p.n_w; i++)
        b.w[i] = (float)p.w[i];
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

static void test_arena_never_overlaps(void **state)
{
    (void)state;
    enum { PIECES = 200 };
    sm_piece pieces[PIECES];
    size_t at[PIECES], alive[64] = {0}, most = 0;
    for (uint64_t i = 0; i < PIECES; i++) {
        const size_t birth = sm_random_below(3, i, 0, 60), length = sm_random_below(3, i, 1, 9);
        pieces[i] = (sm_piece){"p",   "value",
                               1,     1 + sm_random_below(3, i, 2, 1000),
                               birth, birth + length < 63 ? birth + length : 63,
                               at + i};
        for (size_t t = birth; t <= pieces[i].death; t++)
            alive[t] += pieces[i].floats;
    }
    const size_t size = sm_arena_plan(pieces, PIECES);
    for (size_t i = 0; i < PIECES; i++) {
        assert_true(at[i] % 16 == 0 && at[i] + pieces[i].floats <= size);
        for (size_t j = 0; j < i; j++) {
            const bool together =
                pieces[i].birth <= pieces[j].death && pieces[j].birth <= pieces[i].death;
            const bool overlap =
                at[i] < at[j] + pieces[j].floats && at[j] < at[i] + pieces[i].floats;
            assert_false(together && overlap);
        }
    }
    for (size_t t = 0; t < 64; t++)
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
