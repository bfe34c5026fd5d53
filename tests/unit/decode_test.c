/* The kernels of decoding against plain loops in double, each path against the portable one, and a row alone against
 * the same row among others: to the bit. SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/random.h>

#include "kern/decode.h"
#include "op/op.h"
#include "test.h"

typedef struct product {
    size_t M, N, K;
    bool tb;
    float *A, *B, *C;
} product;

static float *noise(size_t n, uint64_t key)
{
    float *const x = sm_malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)sm_random_normal(key, i, 0);
    return x;
}

static product product_new(size_t M, size_t N, size_t K, bool tb)
{
    return (product){M, N, K, tb, noise(M * K, 1), noise(N * K, 2), noise(M * N, 3)};
}

static void product_free(product *p)
{
    sm_free(p->A);
    sm_free(p->B);
    sm_free(p->C);
}

static sm_gemm gemm_of(const product *p, float alpha, float beta)
{
    return (sm_gemm){.tb = p->tb,
                     .M = p->M,
                     .N = p->N,
                     .K = p->K,
                     .A = p->A,
                     .lda = p->K,
                     .B = p->B,
                     .ldb = p->tb ? p->K : p->N,
                     .C = p->C,
                     .ldc = p->N,
                     .alpha = alpha,
                     .beta = beta,
                     .by_rows = true};
}

static void run(const sm_decode *path, const sm_gemm *g)
{
    (g->tb ? path->dots : path->chains)(g);
}

static const size_t shapes[][3] = {{1, 1, 1},   {1, 8, 16},   {2, 9, 31},   {3, 50, 100},
                                   {4, 6, 64},  {5, 7, 33},   {6, 130, 17}, {7, 96, 768},
                                   {9, 64, 15}, {13, 65, 48}, {32, 47, 80}, {1, 200, 257}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* alpha·A·op(B) + beta·C in double. */
static void check(const product *p, const float *before, float alpha, float beta)
{
    for (size_t i = 0; i < p->M; i++)
        for (size_t j = 0; j < p->N; j++) {
            double sum = 0.0, size = 1.0;
            for (size_t k = 0; k < p->K; k++) {
                const double b = (double)(p->tb ? p->B[j * p->K + k] : p->B[k * p->N + j]);
                sum += (double)p->A[i * p->K + k] * b;
                size += fabs((double)p->A[i * p->K + k] * b);
            }
            const double want =
                (double)alpha * sum + (double)beta * (double)before[i * p->N + j];
            assert_true(fabs((double)p->C[i * p->N + j] - want) < 1e-6 * size);
        }
}

static void test_products(void **state)
{
    (void)state;
    for (size_t n = 0; sm_decode_path(n); n++)
        for (size_t s = 0; s < 2 * (size_t)SHAPES; s++) {
            const size_t *const shape = shapes[s / 2];
            product p = product_new(shape[0], shape[1], shape[2], s % 2 == 0);
            float *const before = noise(p.M * p.N, 3);
            sm_gemm g = gemm_of(&p, 1.5F, -0.5F);
            run(sm_decode_path(n), &g);
            check(&p, before, 1.5F, -0.5F);
            p.C[0] = NAN; /* beta 0 does not read */
            g = gemm_of(&p, 1.0F, 0.0F);
            run(sm_decode_path(n), &g);
            check(&p, before, 1.0F, 0.0F);
            sm_free(before);
            product_free(&p);
        }
}

static void test_paths_agree(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2 * (size_t)SHAPES; s++) {
        const size_t *const shape = shapes[s / 2];
        product p = product_new(shape[0], shape[1], shape[2], s % 2 == 0);
        const sm_gemm g = gemm_of(&p, 1.0F, 0.0F);
        run(sm_decode_path(0), &g);
        float *const want = p.C;
        for (size_t n = 1; sm_decode_path(n); n++) {
            p.C = noise(p.M * p.N, 4);
            const sm_gemm other = gemm_of(&p, 1.0F, 0.0F);
            run(sm_decode_path(n), &other);
            assert_memory_equal(p.C, want, p.M * p.N * sizeof *want);
            sm_free(p.C);
        }
        p.C = want;
        product_free(&p);
    }
}

/* M rows together, on 1 and 3 threads, and each by itself. */
static void rows_are_alone(size_t M, size_t N, size_t K, bool tb)
{
    product p = product_new(M, N, K, tb);
    float *const row = sm_malloc(N * sizeof *row);
    for (int threads = 1; threads <= 3; threads += 2) {
        const sm_gemm g = gemm_of(&p, 1.0F, 0.0F);
        sm_matmul(threads, &g);
        for (size_t i = 0; i < M; i++) {
            sm_gemm one = g;
            one.M = 1;
            one.A += i * K;
            one.C = row;
            sm_matmul(1, &one);
            assert_memory_equal(row, p.C + i * N, N * sizeof *row);
        }
    }
    sm_free(row);
    product_free(&p);
}

static void test_rows_are_alone(void **state)
{
    (void)state;
    for (int tb = 0; tb < 2; tb++) {
        for (size_t M = 2; M <= 12; M++)
            rows_are_alone(M, 103, 90, tb);
        rows_are_alone(33, 800, 128, tb);
        rows_are_alone(130, 50, 70, tb); /* more than one part of A */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_paths_agree),
        cmocka_unit_test(test_rows_are_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
