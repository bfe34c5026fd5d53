/* Matrix products and vector loops: against plain double, each path of the machine against the portable one, and
 * the same bits for any number of threads.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/kernel.h>
#include <seimai/net.h>
#include <seimai/random.h>

#include "kern/gemm.h"
#include "kern/vec.h"
#include "op/op.h"
#include "test.h"

static float *noise(size_t n, uint64_t seed)
{
    float *x = sm_vector_new(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)sm_random_normal(seed, i, 0);
    return x;
}

/* ---- products ----------------------------------------------------------------------------- */

static double element(const sm_gemm *g, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t k = 0; k < g->K; k++) {
        const float a = g->ta ? g->A[k * g->lda + i] : g->A[i * g->lda + k];
        const float b = g->tb ? g->B[j * g->ldb + k] : g->B[k * g->ldb + j];
        sum += (double)a * (double)b;
    }
    return sum;
}

static void check_product(size_t M, size_t N, size_t K, bool ta, bool tb, float beta)
{
    const size_t lda = (ta ? M : K) + 3, ldb = (tb ? K : N) + 5, ldc = N + 2;
    float *A = noise((ta ? K : M) * lda, 1), *B = noise((tb ? N : K) * ldb, 2);
    float *C = noise(M * ldc, 3), *before = noise(M * ldc, 3), *again = noise(M * ldc, 3);
    sm_gemm g = {ta, tb, M, N, K, A, B, C, lda, ldb, ldc, 0.5F, beta};
    sm_matmul(1, &g);
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < ldc; j++) {
            const double was = (double)before[i * ldc + j];
            const double want = j < N ? 0.5 * element(&g, i, j) + (double)beta * was : was;
            const double off = fabs((double)C[i * ldc + j] - want);
            if (!(off <= 1e-5 * sqrt((double)K) + 1e-6))
                print_error("(%zu,%zu): %g\n", i, j, off);
            assert_true(off <= 1e-5 * sqrt((double)K) + 1e-6);
        }
    }
    for (int threads = 2; threads <= 4; threads++) {
        memcpy(again, before, M * ldc * sizeof *again);
        g.C = again;
        sm_matmul(threads, &g);
        assert_memory_equal(C, again, M * ldc * sizeof *C);
    }
    sm_vector_free(A);
    sm_vector_free(B);
    sm_vector_free(C);
    sm_vector_free(before);
    sm_vector_free(again);
}

static void test_products(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 1},    {1, 300, 77},   {3, 65, 500},
                                      {4, 257, 33}, {5, 9, 640},    {129, 333, 71},
                                      {64, 64, 64}, {200, 31, 513}, {300, 520, 20}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 3; form++) /* X·Wᵀ, dY·W, dYᵀ·X */
            for (int adds = 0; adds < 2; adds++)
                check_product(sizes[s][0], sizes[s][1], sizes[s][2], form == 2, form == 0,
                              adds ? 1.0F : 0.0F);
}

/* beta 0 must not read C, which may hold anything. */
static void test_beta_zero(void **state)
{
    (void)state;
    float A[64], B[64], C[64];
    for (size_t i = 0; i < 64; i++)
        A[i] = B[i] = 1.0F, C[i] = NAN;
    sm_gemm_small(&(sm_gemm){false, true, 8, 8, 8, A, B, C, 8, 8, 8, 1.0F, 0.0F});
    for (size_t i = 0; i < 64; i++)
        assert_true(C[i] == 8.0F);
    for (size_t i = 0; i < 64; i++)
        C[i] = NAN;
    sm_gemm_small(&(sm_gemm){false, true, 2, 8, 8, A, B, C, 8, 8, 8, 1.0F, 0.0F});
    for (size_t i = 0; i < 16; i++)
        assert_true(C[i] == 8.0F);
}

/* The grid covers C once, whatever the shape. */
static void test_grid(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        const size_t M = 1 + sm_random_below(7, i, 0, i % 3 ? 300 : 9000);
        const size_t N = 1 + sm_random_below(7, i, 1, i % 5 ? 400 : 70000);
        const size_t K = 1 + sm_random_below(7, i, 2, 3000);
        const sm_gemm_grid grid = sm_gemm_cut(M, N, K);
        assert_true(grid.tm > 0 && grid.tn > 0);
        assert_true((grid.rows - 1) * grid.tm < M && M <= grid.rows * grid.tm);
        assert_true((grid.columns - 1) * grid.tn < N && N <= grid.columns * grid.tn);
    }
}

static void test_kernels_open(void **state)
{
    (void)state;
    sm_kernels kernels;
    sm_error err = {0};
    assert_ok(sm_kernels_open(&kernels, &err), &err);
    print_message("%s %s\n", kernels.set, kernels.warning);
    assert_contains(kernels.set, kernels.core);
    assert_contains(kernels.set, kernels.version);
    assert_string_equal(kernels.isa, sm_vec_choose()->name);
    assert_true(sm_kernels_peak(1, 128) > 0.0);
}

/* ---- vector loops --------------------------------------------------------------------------- */

enum { LONGEST = 300 };

/* What GPT-2 and dropout need: 6·n + 2 floats. */
static float *more_results(const sm_vec *v, const float *a, const float *b, const float *c,
                           size_t n, float *y)
{
    const uint32_t key[2] = {7, 0x80000001U}, place[3] = {5, 6, 0xFFFFFFFFU};
    *y++ = v->sum(a, n);
    *y++ = v->deviation(a, 0.3F, n);
    v->layernorm(y, a, b, c, 0.2F, 0.7F, n);
    v->layernorm_back(y + n, c, a, b, 0.2F, 0.7F, n, 0);
    v->layernorm_back(y + n, b, a, c, 0.1F, 0.6F, n, 1);
    y += 2 * n;
    v->gelu(y, a, n);
    v->gelu_back(y + n, c, a, n);
    y += 2 * n;
    for (uint32_t limit = 1U << 30; limit > 0; limit <<= 1) {
        memcpy(y, b, n * sizeof *y);
        v->dropout(y, key, place, limit, 1.25F, n);
        y += n;
    }
    return y;
}

/* Everything that a set of loops makes of the same input, one after the other. */
static size_t all_results(const sm_vec *v, size_t n, float *out)
{
    float *a = noise(n, 11), *b = noise(n, 12), *c = noise(n, 13), *d = noise(n, 14);
    float *y = out;
    const sm_adamw_factors f = {.5F, .9F, .95F, .1F, .05F, 1e-2F, 3.0F, 1e-8F, .999F};
    *y++ = v->dot(a, b, n);
    *y++ = v->max(a, n);
    *y++ = (float)v->square_sum(a, n);
    memcpy(y, a, n * sizeof *y);
    y[n] = v->exp_sum(y, n, 1.5F, 0.25F);
    y += n + 1;
    memcpy(y, a, n * sizeof *y);
    v->scale(y, 0.3F, n);
    v->add(y, y, b, n);
    v->axpy(y, 1.7F, c, n);
    v->product_sum(y, a, d, 0.1F, 0.2F, n);
    y += n;
    v->rmsnorm(y, a, b, 0.7F, n);
    v->rmsnorm_back(y + n, c, a, b, 0.7F, n, 0);
    v->rmsnorm_back(y + n, d, a, b, 0.6F, n, 1);
    y += 2 * n;
    y = more_results(v, a, b, c, n, y);
    v->swiglu(y, a, b, n);
    v->swiglu_back(y + n, y + 2 * n, c, a, b, n);
    y += 3 * n;
    memcpy(y, b, n * sizeof *y);
    v->softmax_back(y, a, 0.4F, 0.125F, n);
    y += n;
    for (size_t i = 0; i < n; i++)
        d[i] = d[i] * d[i];
    v->adamw(&f, a, b, c, d, n);
    memcpy(y, a, n * sizeof *y);
    memcpy(y + n, c, n * sizeof *y);
    memcpy(y + 2 * n, d, n * sizeof *y);
    sm_vector_free(a);
    sm_vector_free(b);
    sm_vector_free(c);
    sm_vector_free(d);
    return (size_t)(y + 3 * n - out);
}

static void test_paths_same_bits(void **state)
{
    (void)state;
    float want[18 * LONGEST + 16], got[18 * LONGEST + 16];
    assert_string_equal(sm_vec_path(0)->name, "portable");
    for (size_t path = 1; sm_vec_path(path); path++) {
        print_message("%s against portable\n", sm_vec_path(path)->name);
        for (size_t n = 0; n <= LONGEST; n++) {
            const size_t m = all_results(sm_vec_path(0), n, want);
            assert_int_equal(all_results(sm_vec_path(path), n, got), m);
            assert_memory_equal(want, got, m * sizeof *want);
        }
    }
}

/* Our exponential against libm's, over its range and past its ends. */
static void test_exponential(void **state)
{
    (void)state;
    const sm_vec *v = sm_vec_choose();
    double worst = 0.0;
    for (int i = 0; i <= 175000; i++) {
        const double x = (double)i / 1000.0 - 87.0;
        float y = (float)x;
        const double want = exp((double)y);
        (void)v->exp_sum(&y, 1, 1.0F, 0.0F);
        worst = fmax(worst, fabs((double)y - want) / want);
    }
    print_message("exp within %.2g\n", worst);
    assert_true(worst < 2e-7);
    float ends[] = {-1000.0F, 1000.0F, 0.0F}, bad = NAN;
    (void)v->exp_sum(ends, 3, 1.0F, 0.0F);
    (void)v->exp_sum(&bad, 1, 1.0F, 0.0F);
    assert_true(isnan(bad));
    assert_true(ends[0] < 1e-37F && ends[1] > 1e38F && ends[2] == 1.0F);
}

/* Sums against double. */
static void test_sums(void **state)
{
    (void)state;
    const sm_vec *v = sm_vec_choose();
    const size_t n = 100003;
    float *x = noise(n, 21), *y = noise(n, 22);
    double dot = 0.0, square = 0.0, max = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        dot += (double)x[i] * (double)y[i];
        square += (double)x[i] * (double)x[i];
        max = fmax(max, (double)x[i]);
    }
    assert_true(fabs((double)v->dot(x, y, n) - dot) < 2e-2);
    assert_true(fabs(v->square_sum(x, n) - square) < 1e-9 * square);
    assert_true((double)v->max(x, n) == max);
    sm_vector_free(x);
    sm_vector_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_open),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_beta_zero),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_paths_same_bits),
        cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
