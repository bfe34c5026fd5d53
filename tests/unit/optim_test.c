/* The tree of leaves, norms, schedules and AdamW against plain double; the same bits for any number of threads.
 * (Ten steps against PyTorch's AdamW are in llama_test.c.)
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/optim.h>
#include <seimai/random.h>

#include "test.h"

enum { N = 3 * SM_VECTOR_BLOCK + 777 };

static void noise(float *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)sm_random_normal(seed, i, 4);
}

/* ---- the tree ------------------------------------------------------------------------------- */

/* Leaves [first, first + n) added as the definition says. */
static void definition(float *sum, size_t n, uint32_t first, uint32_t leaves)
{
    if (leaves == 1) {
        noise(sum, n, first);
        return;
    }
    float *right = sm_vector_new(n);
    definition(sum, n, first, leaves / 2);
    definition(right, n, first + leaves / 2, leaves / 2);
    for (size_t i = 0; i < n; i++)
        sum[i] += right[i];
    sm_vector_free(right);
}

static void test_tree(void **state)
{
    (void)state;
    const size_t n = 1001;
    float *want = sm_vector_new(n), *leaf = sm_vector_new(n);
    for (uint32_t leaves = 1; leaves <= 16; leaves *= 2) {
        sm_error err = {0};
        sm_tree *tree = NULL;
        assert_ok(sm_tree_new(&tree, n, leaves, &err), &err);
        definition(want, n, 0, leaves);
        for (unsigned round = 1; round <= 2; round++) { /* a tree serves many steps */
            for (uint32_t i = 0; i < leaves; i++) {
                noise(leaf, n, i);
                sm_tree_add(tree, leaf, round);
                if (i + 1 < leaves) assert_null(sm_tree_sum(tree));
            }
            assert_non_null(sm_tree_sum(tree));
            assert_memory_equal(sm_tree_sum(tree), want, n * sizeof *want);
        }
        sm_tree_free(tree);
    }
    sm_vector_free(leaf);
    sm_vector_free(want);
}

static void test_tree_refuses(void **state)
{
    (void)state;
    sm_tree *tree = NULL;
    for (uint32_t leaves = 0; leaves < 8; leaves += 3) {
        sm_error err = {0};
        assert_int_equal(sm_tree_new(&tree, 8, leaves, &err), SM_EUSAGE);
        assert_null(tree);
    }
}

static void test_tree_total(void **state)
{
    (void)state;
    const double leaf[] = {1e16, 1.0, -1e16,
                           1.0}; /* (1e16 + 1) + (−1e16 + 1), rounded as a tree */
    assert_true(sm_tree_total(leaf, 4) == (leaf[0] + leaf[1]) + (leaf[2] + leaf[3]));
    assert_true(sm_tree_total(leaf, 1) == 1e16 && sm_tree_total(leaf, 0) == 0.0);
}

/* ---- norm, clipping, schedules ---------------------------------------------------------------- */

static void test_norm(void **state)
{
    (void)state;
    float *x = sm_vector_new(N);
    noise(x, N, 1);
    double square = 0.0;
    for (size_t i = 0; i < N; i++)
        square += (double)x[i] * (double)x[i];
    const double norm = sm_vector_norm(x, N, 1);
    assert_true(fabs(norm - sqrt(square)) <= 1e-12 * norm);
    for (unsigned threads = 2; threads < 6; threads++)
        assert_true(norm == sm_vector_norm(x, N, threads));
    x[N - 1] = NAN;
    assert_true(isnan(sm_vector_norm(x, N, 2)));
    assert_true(sm_vector_norm(x, 0, 1) == 0.0);
    sm_vector_free(x);
}

static void test_clip(void **state)
{
    (void)state;
    assert_true(sm_clip(0.5, 1.0) == 1.0);
    assert_true(fabs(sm_clip(4.0, 1.0) - 0.25) < 1e-6);
    assert_true(sm_clip(4.0, 0.0) == 1.0);
}

static void test_schedule(void **state)
{
    (void)state;
    sm_schedule s = {SM_SCHEDULE_COSINE, 1e-3, 1e-4, 4, 15, .4};
    const struct {
        uint64_t step;
        double lr;
    } cosine[] = {{0, 2.5e-4}, {3, 1e-3}, {4, 1e-3}, {9, 5.5e-4}, {14, 1e-4}, {99, 1e-4}};
    for (size_t i = 0; i < sizeof cosine / sizeof *cosine; i++)
        assert_true(fabs(sm_schedule_lr(&s, cosine[i].step) - cosine[i].lr) < 1e-12);
    assert_true(sm_schedule_parse("linear", &s.kind));
    assert_true(fabs(sm_schedule_lr(&s, 6) - 8.2e-4) < 1e-12);
    assert_true(sm_schedule_parse("constant", &s.kind));
    assert_true(sm_schedule_lr(&s, 14) == 1e-3);
    assert_true(sm_schedule_parse("wsd", &s.kind)); /* 15 steps, the last 6 fall */
    assert_true(sm_schedule_lr(&s, 1) == 5e-4 && sm_schedule_lr(&s, 4) == 1e-3);
    assert_true(sm_schedule_lr(&s, 8) == 1e-3 && sm_schedule_lr(&s, 14) == 1e-4);
    assert_true(fabs(sm_schedule_lr(&s, 9) - (1e-4 + 9e-4 * (1 - sqrt(1. / 6)))) < 1e-12);
    assert_true(fabs(sm_schedule_lr(&s, 12) - (1e-4 + 9e-4 * (1 - sqrt(4. / 6)))) < 1e-12);
    assert_false(sm_schedule_parse("cosinus", &s.kind));
    s = (sm_schedule){SM_SCHEDULE_COSINE, 1e-3, 1e-4, 0, 1, 0};
    assert_true(sm_schedule_lr(&s, 0) == 1e-4); /* one step is the last one */
}

/* ---- AdamW -------------------------------------------------------------------------------------- */

/* Three parameters over several blocks: a matrix, a vector in the middle of a block, a matrix. */
static const sm_param table[] = {{.name = "a",
                                  .n_dims = 2,
                                  .shape = {1, SM_VECTOR_BLOCK + 10},
                                  .offset = 0,
                                  .n = SM_VECTOR_BLOCK + 10,
                                  .trainable_at = 0,
                                  .kind = SM_PARAM_MATRIX},
                                 {.name = "b",
                                  .n_dims = 1,
                                  .shape = {500, 1},
                                  .offset = SM_VECTOR_BLOCK + 16,
                                  .n = 500,
                                  .trainable_at = SM_VECTOR_BLOCK + 16,
                                  .kind = SM_PARAM_VECTOR},
                                 {.name = "c",
                                  .n_dims = 2,
                                  .shape = {1, 140000},
                                  .offset = SM_VECTOR_BLOCK + 528,
                                  .n = 140000,
                                  .trainable_at = SM_VECTOR_BLOCK + 528,
                                  .kind = SM_PARAM_MATRIX}};
static const sm_params params = {.items = table,
                                 .n = 3,
                                 .total = SM_VECTOR_BLOCK + 528 + 140000,
                                 .trainable = SM_VECTOR_BLOCK + 528 + 140000};
static const sm_adamw adamw = {0.9, 0.95, 1e-8, 0.1, false};

typedef struct state4 {
    float *w, *g, *m, *v;
} state4;

static state4 state_open(void)
{
    state4 s = {sm_vector_new(params.total), sm_vector_new(params.total),
                sm_vector_new(params.total), sm_vector_new(params.total)};
    noise(s.w, params.total, 31);
    return s;
}

static void state_close(state4 *s)
{
    sm_vector_free(s->w);
    sm_vector_free(s->g);
    sm_vector_free(s->m);
    sm_vector_free(s->v);
}

/* The textbook, in double, for float i. */
static double textbook(size_t i, bool decays, uint64_t steps)
{
    double w = (double)(float)sm_random_normal(31, i, 4), m = 0.0, v = 0.0;
    for (uint64_t t = 1; t <= steps; t++) {
        const double g = 0.5 * (double)(float)sm_random_normal(t, i, 4), lr = 0.01;
        m = adamw.beta1 * m + (1.0 - adamw.beta1) * g;
        v = adamw.beta2 * v + (1.0 - adamw.beta2) * g * g;
        const double mhat = m / (1.0 - pow(adamw.beta1, (double)t));
        const double vhat = v / (1.0 - pow(adamw.beta2, (double)t));
        w -= lr * (mhat / (sqrt(vhat) + adamw.epsilon) + (decays ? adamw.decay : 0.0) * w);
    }
    return w;
}

static void test_adamw(void **state)
{
    (void)state;
    state4 s = state_open();
    for (uint64_t t = 1; t <= 5; t++) {
        noise(s.g, params.total, t);
        sm_adamw_update(&adamw, &params, s.w, s.g, s.m, s.v, 0.5, 0.01, t, 2);
    }
    for (size_t k = 0; k < params.n; k++) {
        const sm_param *p = table + k;
        for (size_t i = p->offset; i < p->offset + p->n; i++)
            assert_true(fabs((double)s.w[i] - textbook(i, p->kind == SM_PARAM_MATRIX, 5)) <
                        2e-6);
    }
    for (size_t i = table[0].n; i < table[1].offset; i++) /* padding is left alone */
        assert_true(s.w[i] == (float)sm_random_normal(31, i, 4));
    state_close(&s);
}

static void test_adamw_threads(void **state)
{
    (void)state;
    state4 one = state_open(), many = state_open();
    noise(one.g, params.total, 3);
    noise(many.g, params.total, 3);
    sm_adamw_update(&adamw, &params, one.w, one.g, one.m, one.v, 0.5, 0.01, 1, 1);
    sm_adamw_update(&adamw, &params, many.w, many.g, many.m, many.v, 0.5, 0.01, 1, 3);
    assert_memory_equal(one.w, many.w, params.total * sizeof(float));
    assert_memory_equal(one.v, many.v, params.total * sizeof(float));
    state_close(&one);
    state_close(&many);
}

/* Fresh weights: their moments, and that they depend on seed and place alone. */
static void test_init(void **state)
{
    (void)state;
    const sm_param p[] = {{.name = "w",
                           .n_dims = 2,
                           .shape = {1, 100000},
                           .offset = 16,
                           .n = 100000,
                           .trainable_at = 16,
                           .kind = SM_PARAM_MATRIX,
                           .mean = 1.0,
                           .deviation = 0.02},
                          {.name = "v",
                           .n_dims = 2,
                           .shape = {1, 16},
                           .offset = 100016,
                           .n = 16,
                           .trainable_at = 100016,
                           .kind = SM_PARAM_MATRIX,
                           .mean = 1.0,
                           .deviation = 0.02}};
    const sm_params one = {
        .items = p, .n = 2, .total = 100032, .trainable = 100032, .count = 100016};
    float *w = sm_vector_new(one.total), *again = sm_vector_new(one.total);
    sm_params_init(&one, 9, w, 1);
    sm_params_init(&one, 9, again, 3);
    assert_memory_equal(w, again, one.total * sizeof *w);
    double sum = 0.0, square = 0.0;
    for (size_t i = 16; i < 100016; i++)
        sum += (double)w[i] / 1e5;
    for (size_t i = 16; i < 100016; i++)
        square += pow((double)w[i] - sum, 2) / 1e5;
    assert_true(w[0] == 0.0F && w[15] == 0.0F);
    assert_true(fabs(sum - 1.0) < 4.0 * 0.02 / sqrt(1e5));
    assert_true(fabs(sqrt(square) - 0.02) < 4.0 * 0.02 / sqrt(2e5));
    assert_true(memcmp(w + 16, w + 100016, 16 * sizeof *w) != 0);
    sm_params_init(&one, 10, again, 1);
    assert_true(memcmp(w, again, one.total * sizeof *w) != 0);
    sm_vector_free(w);
    sm_vector_free(again);
}

/* ---- spikes --------------------------------------------------------------------------------------- */

static void test_spike(void **state)
{
    (void)state;
    sm_spike seen = {0};
    double sum = 0.0, square = 0.0;
    for (uint64_t i = 0; i < SM_SPIKE_WINDOW; i++) {
        const double x = 3.0 + 0.1 * sm_random_normal(7, i, 1);
        assert_true(sm_spike_score(&seen, x) == 0.0);
        sum += x;
        square += x * x;
    }
    const double mean = sum / SM_SPIKE_WINDOW,
                 variance = square / SM_SPIKE_WINDOW - mean * mean;
    assert_true(fabs(seen.mean - mean) < 1e-12);
    assert_true(fabs(seen.variance - variance) < 1e-12);
    const sm_spike before = seen;
    const double score = sm_spike_score(&seen, 4.0);
    assert_true(fabs(score - (4.0 - mean) / sqrt(variance)) < 1e-9 && score > 5.0);
    seen = before;
    assert_true(sm_spike_score(&seen, 2.0) < -5.0);
    for (int i = 0; i < 2000; i++) /* what stays is no spike any more */
        (void)sm_spike_score(&seen, 2.0 + 1e-3 * (i % 2));
    assert_true(sm_spike_score(&seen, 2.0) < 2.0 && fabs(seen.mean - 2.0) < 1e-2);
}

/* ---- Muon --------------------------------------------------------------------------------------- */

/* A table, a matrix that lies, a vector, a matrix that stands. */
static const sm_param muon_table[] = {{.name = "t",
                                       .n_dims = 2,
                                       .shape = {30, 7},
                                       .offset = 0,
                                       .n = 210,
                                       .trainable_at = 0,
                                       .kind = SM_PARAM_TABLE},
                                      {.name = "lies",
                                       .n_dims = 2,
                                       .shape = {37, 90},
                                       .offset = 224,
                                       .n = 37 * 90,
                                       .trainable_at = 224,
                                       .kind = SM_PARAM_MATRIX},
                                      {.name = "v",
                                       .n_dims = 1,
                                       .shape = {50, 1},
                                       .offset = 3554,
                                       .n = 50,
                                       .trainable_at = 3554,
                                       .kind = SM_PARAM_VECTOR},
                                      {.name = "stands",
                                       .n_dims = 2,
                                       .shape = {131, 70},
                                       .offset = 3616,
                                       .n = 131 * 70,
                                       .trainable_at = 3616,
                                       .kind = SM_PARAM_MATRIX}};
static const sm_params muon_params = {.items = muon_table,
                                      .n = 4,
                                      .total = 3616 + 131 * 70 + 6,
                                      .trainable = 3616 + 131 * 70 + 6};
static const sm_muon muon = {.95, .1};

/* C = alpha·op(A)·op(B) + beta·C in double, all (n,n) or (rows,columns). */
static void times(double *C, size_t rows, size_t columns, size_t inner, const double *A,
                  size_t arow, size_t acol, const double *B, size_t brow, size_t bcol,
                  double alpha, double beta)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < inner; k++)
                sum += A[i * arow + k * acol] * B[k * brow + j * bcol];
            C[i * columns + j] = alpha * sum + beta * C[i * columns + j];
        }
}

/* Five Newton-Schulz steps by the formula, with A = XXᵀ of all rows, however the matrix lies. */
static void newton_schulz(double *X, size_t r, size_t c)
{
    double norm = 0.0;
    double *A = sm_calloc(r * r, sizeof *A), *B = sm_calloc(r * r, sizeof *B);
    double *Y = sm_calloc(r * c, sizeof *Y);
    for (size_t i = 0; i < r * c; i++)
        norm += X[i] * X[i];
    for (size_t i = 0; i < r * c; i++)
        X[i] /= sqrt(norm);
    for (int step = 0; step < 5; step++) {
        times(A, r, r, c, X, c, 1, X, 1, c, 1.0, 0.0);
        memcpy(B, A, r * r * sizeof *B);
        times(B, r, r, r, A, r, 1, A, r, 1, 2.0315, -4.7750);
        memcpy(Y, X, r * c * sizeof *Y);
        times(Y, r, c, r, B, r, 1, X, c, 1, 1.0, 3.4445);
        memcpy(X, Y, r * c * sizeof *X);
    }
    sm_free(A);
    sm_free(B);
    sm_free(Y);
}

/* Three updates of one matrix in double. */
static void muon_textbook(const sm_param *p, double *w)
{
    double *m = sm_calloc(p->n, sizeof *m), *u = sm_calloc(p->n, sizeof *u);
    const double side = fmax((double)p->shape[0], (double)p->shape[1]), lr = .02;
    for (size_t i = 0; i < p->n; i++)
        w[i] = (double)(float)sm_random_normal(31, p->offset + i, 4);
    for (uint64_t t = 1; t <= 3; t++) {
        for (size_t i = 0; i < p->n; i++) {
            const double g = 0.5 * (double)(float)sm_random_normal(t, p->offset + i, 4);
            m[i] = .95 * m[i] + .05 * g;
            u[i] = .95 * m[i] + .05 * g;
        }
        newton_schulz(u, p->shape[0], p->shape[1]);
        for (size_t i = 0; i < p->n; i++)
            w[i] = (1.0 - lr * .1) * w[i] - lr * .2 * sqrt(side) * u[i];
    }
    sm_free(m);
    sm_free(u);
}

static float *muon_run(unsigned threads)
{
    float *w = sm_vector_new(muon_params.total), *g = sm_vector_new(muon_params.total);
    float *m = sm_vector_new(muon_params.total);
    float *scratch = sm_vector_new(sm_muon_floats(&muon_params));
    noise(w, muon_params.total, 31);
    for (uint64_t t = 1; t <= 3; t++) {
        noise(g, muon_params.total, t);
        sm_muon_update(&muon, &muon_params, w, g, m, 0.5, .02, scratch, threads);
    }
    sm_vector_free(g);
    sm_vector_free(m);
    sm_vector_free(scratch);
    return w;
}

static void test_muon(void **state)
{
    (void)state;
    float *w = muon_run(1);
    for (size_t k = 0; k < muon_params.n; k++) {
        const sm_param *p = muon_table + k;
        double *want = sm_calloc(p->n, sizeof *want), off = 0.0, way = 0.0;
        const bool matrix = p->kind == SM_PARAM_MATRIX;
        if (matrix) muon_textbook(p, want);
        for (size_t i = 0; i < p->n; i++) {
            const double before = (double)(float)sm_random_normal(31, p->offset + i, 4);
            const double after = (double)w[p->offset + i];
            if (!matrix) assert_true(after == before); /* AdamW's */
            off += matrix ? pow(after - want[i], 2) : 0.0;
            way += matrix ? pow(want[i] - before, 2) : 0.0;
        }
        if (matrix) print_message("%s: off by %.2g of the way\n", p->name, sqrt(off / way));
        assert_true(!matrix || sqrt(off / way) <= 1e-4);
        sm_free(want);
    }
    for (unsigned threads = 2; threads <= 5; threads++) {
        float *other = muon_run(threads);
        assert_memory_equal(w, other, muon_params.total * sizeof *w);
        sm_vector_free(other);
    }
    sm_vector_free(w);
}

/* AdamW leaves Muon's matrices alone, and nothing else. */
static void test_adamw_spares(void **state)
{
    (void)state;
    sm_adamw spares = adamw;
    spares.spares_matrices = true;
    float *w = sm_vector_new(muon_params.total), *g = sm_vector_new(muon_params.total);
    float *m = sm_vector_new(muon_params.total), *v = sm_vector_new(muon_params.total);
    noise(w, muon_params.total, 31);
    noise(g, muon_params.total, 1);
    sm_adamw_update(&spares, &muon_params, w, g, m, v, 1.0, .01, 1, 2);
    for (size_t k = 0; k < muon_params.n; k++)
        for (size_t i = muon_table[k].offset; i < muon_table[k].offset + muon_table[k].n; i++) {
            const bool moved = w[i] != (float)sm_random_normal(31, i, 4);
            assert_true(moved == (muon_table[k].kind != SM_PARAM_MATRIX));
        }
    sm_vector_free(w);
    sm_vector_free(g);
    sm_vector_free(m);
    sm_vector_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),       cmocka_unit_test(test_tree_refuses),
        cmocka_unit_test(test_tree_total), cmocka_unit_test(test_norm),
        cmocka_unit_test(test_clip),       cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_adamw),      cmocka_unit_test(test_adamw_threads),
        cmocka_unit_test(test_init),       cmocka_unit_test(test_muon),
        cmocka_unit_test(test_spike),      cmocka_unit_test(test_adamw_spares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
