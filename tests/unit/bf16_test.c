/* bf16 and stored weights: each path of the machine against the portable one to the bit, and that against
 * plain double over rounded operands.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/kernel.h>
#include <seimai/net.h>
#include <seimai/random.h>
#include <seimai/stored.h>

#include "kern/bf16.h"
#include "kern/packed.h"
#include "nn_fixture.h"
#include "op/op.h"

static float *noise(size_t n, uint64_t seed)
{
    float *x = sm_vector_new(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)sm_random_normal(seed, i, 0);
    return x;
}

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The same float, any NaN being as good as another. */
static bool is_same(float x, float y)
{
    return bits_of(x) == bits_of(y) || (isnan(x) && isnan(y));
}

/* ---- rounding ----------------------------------------------------------------------------- */

static void test_rounding(void **state)
{
    (void)state;
    static const struct {
        uint32_t x;
        uint16_t want;
    } cases[] = {
        {0x3F800000, 0x3F80}, {0x3F808000, 0x3F80}, {0x3F808001, 0x3F81}, /* a tie, to even */
        {0x3F818000, 0x3F82}, {0xBF818000, 0xBF82}, {0x3F817FFF, 0x3F81},
        {0x7F7FFFFF, 0x7F80}, {0x7F7F7FFF, 0x7F7F}, /* past the largest: infinity */
        {0x7F800000, 0x7F80}, {0xFF800000, 0xFF80}, {0x7F800001, 0x7FC0}, /* NaN stays one */
        {0x7FFFFFFF, 0x7FFF}, {0xFFC00000, 0xFFC0}, {0x00000000, 0x0000},
        {0x80000000, 0x8000}, {0x007FFFFF, 0x0000}, {0x807FFFFF, 0x8000}, /* subnormal: 0 */
        {0x00800000, 0x0080},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(sm_bf16_round(from_bits(cases[i].x)), cases[i].want);
}

/* ---- panels and sums: the paths of the machine against the portable one ----------------------- */

enum { PANEL = 64 * 32 };

/* Words of a panel: any bits, with all kinds of numbers among them. */
static float odd_float(uint64_t seed, uint64_t i)
{
    static const uint32_t kinds[] = {0x00000000, 0x80000000, 0x7F800000, 0xFF800000,
                                     0x7FC00000, 0x00000001, 0x007FFFFF, 0x80800000,
                                     0x7F7FFFFF, 0x3F808000};
    const uint64_t n = sizeof kinds / sizeof *kinds;
    const uint64_t kind = sm_random_below(seed, i, 0, 8 * n);
    if (kind < n) return from_bits(kinds[kind]);
    return (float)sm_random_normal(seed, i, 1) * powf(2.0F, (float)(int)(kind % 40) - 20.0F);
}

static void check_pack(const sm_gemm_kernel *kernel, const sm_gemm_source *s, size_t width)
{
    float want[PANEL + SM_GEMM_SLACK], got[PANEL + SM_GEMM_SLACK];
    sm_bf16_portable.pack(want, width, s);
    kernel->pack(got, width, s);
    assert_memory_equal(want, got, (s->k + 1) / 2 * width * sizeof *want);
}

static void test_packers(void **state)
{
    (void)state;
    enum { SIDE = 70 };
    float *x = sm_vector_new(SIDE * SIDE);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        x[i] = odd_float(1, i);
    for (size_t path = 1; sm_gemm_kernel_path(SM_BF16, path); path++) {
        const sm_gemm_kernel *const kernel = sm_gemm_kernel_path(SM_BF16, path);
        print_message("bf16 %s against portable\n", kernel->name);
        for (size_t n = 1; n <= 32; n++)
            for (size_t k = 1; k <= 64; k += 1 + k / 20)
                for (size_t width = n; width <= n + 9 && width <= kernel->nr; width += 3)
                    for (int along = 0; along < 2; along++)
                        check_pack(kernel, &(sm_gemm_source){x + 3, SIDE, along == 1, n, k},
                                   width);
    }
    sm_vector_free(x);
}

/* A product in one block by the kernel itself, C (M,N) ← α·A·Bᵀ + β·C. */
static void multiply(const sm_gemm_kernel *kernel, sm_gemm *g)
{
    sm_packed p = sm_packed_cut(g, kernel, 1);
    float *const room = sm_vector_new(sm_packed_floats(&p, 1));
    sm_packed_use(&p, room);
    for (size_t b = 0; b < p.blocks; b++) {
        for (size_t i = 0; i < sm_packed_units(&p, b); i++)
            sm_packed_pack(&p, b, i);
        for (size_t i = 0; i < p.rows * p.columns; i++)
            sm_packed_tile(&p, b, i, 0);
    }
    sm_vector_free(room);
}

typedef float fill(uint64_t seed, uint64_t i);

static void check_paths(size_t M, size_t N, size_t K, float alpha, float beta, fill *value)
{
    float *A = sm_vector_new(M * K), *B = sm_vector_new(N * K), *C = sm_vector_new(M * N);
    float *want = sm_vector_new(M * N), *got = sm_vector_new(M * N);
    for (size_t i = 0; i < M * K; i++)
        A[i] = value(11, i);
    for (size_t i = 0; i < N * K; i++)
        B[i] = value(12, i);
    for (size_t i = 0; i < M * N; i++)
        C[i] = value(13, i);
    sm_gemm g = {.tb = true,
                 .M = M,
                 .N = N,
                 .K = K,
                 .A = A,
                 .B = B,
                 .lda = K,
                 .ldb = K,
                 .ldc = N,
                 .alpha = alpha,
                 .beta = beta,
                 .precision = SM_BF16};
    memcpy(want, C, M * N * sizeof *C);
    g.C = want;
    multiply(&sm_bf16_portable, &g);
    for (size_t path = 1; sm_gemm_kernel_path(SM_BF16, path); path++) {
        memcpy(got, C, M * N * sizeof *C);
        g.C = got;
        multiply(sm_gemm_kernel_path(SM_BF16, path), &g);
        for (size_t i = 0; i < M * N; i++) {
            if (!is_same(want[i], got[i]))
                print_error("%zu %zu %zu at %zu: %a, portable %a\n", M, N, K, i, (double)got[i],
                            (double)want[i]);
            assert_true(is_same(want[i], got[i]));
        }
    }
    sm_vector_free(A);
    sm_vector_free(B);
    sm_vector_free(C);
    sm_vector_free(want);
    sm_vector_free(got);
}

static float plain(uint64_t seed, uint64_t i)
{
    return (float)sm_random_normal(seed, i, 0);
}

/* Products and sums about the smallest normal number. */
static float tiny(uint64_t seed, uint64_t i)
{
    return (float)sm_random_normal(seed, i, 0) *
           powf(2.0F, seed == 13 ? -126.0F : -63.0F + (float)(i % 5));
}

static void test_paths_same_bits(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 1},   {2, 33, 7},     {14, 32, 64}, {15, 31, 65},
                                      {29, 70, 3}, {40, 65, 1030}, {3, 5, 2051}, {130, 40, 20}};
    fill *const fills[] = {plain, tiny, odd_float};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t f = 0; f < sizeof fills / sizeof *fills; f++) {
            check_paths(sizes[s][0], sizes[s][1], sizes[s][2], 1.0F, 0.0F, fills[f]);
            check_paths(sizes[s][0], sizes[s][1], sizes[s][2], 0.7F, 0.3F, fills[f]);
        }
}

/* ---- products against double ---------------------------------------------------------------- */

static double rounded(float x)
{
    return (double)sm_bf16_float(sm_bf16_round(x));
}

static double element(const sm_gemm *g, const float *B, size_t i, size_t j, double *size)
{
    double sum = 0.0;
    *size = 0.0;
    for (size_t k = 0; k < g->K; k++) {
        const float a = g->ta ? g->A[k * g->lda + i] : g->A[i * g->lda + k];
        const float b = g->tb ? B[j * g->ldb + k] : B[k * g->ldb + j];
        const bool narrow = g->precision == SM_BF16;
        const double p = narrow ? rounded(a) * rounded(b) : (double)a * (double)b;
        sum += p;
        *size += fabs(p);
    }
    return sum;
}

/* g->C against double, B being the floats that were multiplied; what lies between rows of C is left alone. */
static void check_product(const sm_gemm *g, const float *B, const float *before)
{
    for (size_t i = 0; i < g->M; i++)
        for (size_t j = 0; j < g->ldc; j++) {
            const double was = (double)before[i * g->ldc + j],
                         got = (double)g->C[i * g->ldc + j];
            double size = 0.0, want = was;
            if (j < g->N)
                want = (double)g->alpha * element(g, B, i, j, &size) + (double)g->beta * was;
            const double room =
                j < g->N ? 1e-6 + 4e-7 * sqrt((double)g->K) * (size + 1.0) : 0.0;
            if (!(fabs(got - want) <= room))
                print_error("(%zu,%zu): %g, not %g\n", i, j, got, want);
            assert_true(fabs(got - want) <= room);
        }
}

/* C by sm_matmul on one thread, checked, and again on more: the same bits. */
static void check_threads(sm_gemm *g, const float *B, const float *before)
{
    const size_t n = g->M * g->ldc;
    float *const C = g->C, *const again = sm_vector_new(n);
    memcpy(C, before, n * sizeof *C);
    sm_matmul(1, g);
    check_product(g, B, before);
    g->C = again;
    for (int threads = 2; threads <= 4; threads++) {
        memcpy(again, before, n * sizeof *again);
        sm_matmul(threads, g);
        assert_memory_equal(C, again, n * sizeof *C);
    }
    g->C = C;
    sm_vector_free(again);
}

/* X·Wᵀ, dY·W and dYᵀ·X. */
static const size_t shapes[][3] = {{1, 1, 1},    {1, 300, 77},    {3, 65, 500},
                                   {4, 257, 33}, {5, 9, 640},     {129, 333, 71},
                                   {64, 64, 64}, {200, 31, 1513}, {300, 520, 20}};

static void check_shape(const size_t shape[3], int form, float beta)
{
    const size_t M = shape[0], N = shape[1], K = shape[2];
    const bool ta = form == 2, tb = form == 0;
    const size_t lda = (ta ? M : K) + 3, ldb = (tb ? K : N) + 5, ldc = N + 2;
    float *A = noise((ta ? K : M) * lda, 1), *B = noise((tb ? N : K) * ldb, 2);
    float *before = noise(M * ldc, 3), *C = sm_vector_new(M * ldc);
    sm_gemm g = {.ta = ta,
                 .tb = tb,
                 .M = M,
                 .N = N,
                 .K = K,
                 .A = A,
                 .B = B,
                 .C = C,
                 .lda = lda,
                 .ldb = ldb,
                 .ldc = ldc,
                 .alpha = 0.5F,
                 .beta = beta,
                 .precision = SM_BF16};
    check_threads(&g, B, before);
    sm_vector_free(A);
    sm_vector_free(B);
    sm_vector_free(before);
    sm_vector_free(C);
}

static void test_products(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int form = 0; form < 3; form++)
            for (int adds = 0; adds < 2; adds++)
                check_shape(shapes[s], form, adds ? 1.0F : 0.0F);
}

/* NaN and infinity come out where they went in; beta 0 does not read C. */
static void test_not_finite(void **state)
{
    (void)state;
    float A[64], B[64], C[64];
    for (size_t i = 0; i < 64; i++)
        A[i] = B[i] = 1.0F, C[i] = NAN;
    A[8] = NAN;
    A[17] = INFINITY;
    sm_matmul(1, &(sm_gemm){.tb = true,
                            .M = 8,
                            .N = 8,
                            .K = 8,
                            .A = A,
                            .B = B,
                            .C = C,
                            .lda = 8,
                            .ldb = 8,
                            .ldc = 8,
                            .alpha = 1.0F,
                            .precision = SM_BF16});
    for (size_t i = 0; i < 64; i++)
        assert_true(i / 8 == 1 ? isnan(C[i]) : C[i] == (i / 8 == 2 ? INFINITY : 8.0F));
}

/* ---- stored weights ------------------------------------------------------------------------- */

typedef struct vector {
    sm_stored stored;
    void *values;
    float *scales;
} vector;

static vector vector_of(sm_storage type, const float *x, size_t n)
{
    vector v = {.values = sm_malloc(sm_stored_bytes(type, n)),
                .scales = sm_malloc(sm_stored_scales(type, n) * sizeof(float) + 1)};
    sm_stored_put(type, v.values, v.scales, 0, x, n);
    v.stored = (sm_stored){type, v.values, v.scales};
    return v;
}

static void vector_free(vector *v)
{
    sm_free(v->values);
    sm_free(v->scales);
}

/* What put promises, element by element, and get from any place. */
static void test_stored(void **state)
{
    (void)state;
    enum { N = 1000 };
    float *x = noise(N, 5), *y = sm_vector_new(N), part[N];
    for (sm_storage type = SM_STORED_F32; type <= SM_STORED_INT8; type++) {
        vector v = vector_of(type, x, N);
        sm_stored_get(&v.stored, 0, N, y);
        for (size_t i = 0; i < N; i++) {
            const double off = fabs((double)x[i] - (double)y[i]);
            const double room = type == SM_STORED_F32    ? 0.0
                                : type == SM_STORED_BF16 ? fabs((double)x[i]) * 0x1p-8
                                                         : (double)v.scales[i / 64] * 0.5001;
            assert_true(off <= room);
        }
        for (size_t at = 0; at < 200; at += 7)
            for (size_t n = 0; n < 300; n += 11) {
                sm_stored_get(&v.stored, at, n, part);
                assert_memory_equal(part, y + at, n * sizeof *part);
            }
        vector_free(&v);
    }
    sm_vector_free(x);
    sm_vector_free(y);
}

static void test_stored_edges(void **state)
{
    (void)state;
    float x[192] = {0}, y[192];
    x[3] = 1e-40F;  /* a block of nothing but subnormal numbers */
    x[64] = 254.0F; /* a scale of 2 */
    x[65] = 1.0F, x[66] = 3.0F, x[67] = -254.0F, x[68] = 2.9F; /* ties to even */
    x[130] = INFINITY;
    vector v = vector_of(SM_STORED_INT8, x, 192);
    sm_stored_get(&v.stored, 0, 192, y);
    for (size_t i = 0; i < 64; i++)
        assert_true(y[i] == 0.0F);
    assert_true(y[64] == 254.0F && y[67] == -254.0F && y[65] == 0.0F && y[66] == 4.0F);
    assert_true(y[68] == 2.0F && isnan(y[128]) && isnan(y[191]));
    vector_free(&v);
    v = vector_of(SM_STORED_BF16, x, 192);
    sm_stored_get(&v.stored, 0, 192, y);
    assert_true(y[3] == 0.0F && y[66] == 3.0F && isinf(y[130]));
    vector_free(&v);
    sm_storage type = SM_STORED_F32;
    sm_error err = {0};
    assert_int_equal(sm_storage_find("int8", &type, &err), SM_OK);
    assert_int_equal(type, SM_STORED_INT8);
    assert_string_equal(sm_storage_name(type), "int8");
    assert_int_equal(sm_storage_find("int4", &type, &err), SM_EUSAGE);
}

/* Products with a stored B: those with the floats that it stands for. */
static void check_stored(const size_t shape[3], bool tb, sm_storage type, bool by_rows)
{
    enum { AT = 37 };
    const size_t M = shape[0], N = shape[1], K = shape[2], ldb = tb ? K : N, ldc = N;
    const size_t n = (tb ? N : K) * ldb + AT;
    float *A = noise(M * K, 1), *B = noise(n, 2), *before = noise(M * ldc, 3);
    float *C = sm_vector_new(M * ldc);
    vector v = vector_of(type, B, n);
    sm_stored_get(&v.stored, 0, n, B);
    sm_gemm g = {.tb = tb,
                 .M = M,
                 .N = N,
                 .K = K,
                 .A = A,
                 .C = C,
                 .lda = K,
                 .ldb = ldb,
                 .ldc = ldc,
                 .alpha = 1.0F,
                 .beta = 1.0F,
                 .stored = &v.stored,
                 .at = AT,
                 .by_rows = by_rows};
    check_threads(&g, B + AT, before);
    vector_free(&v);
    sm_vector_free(A);
    sm_vector_free(B);
    sm_vector_free(before);
    sm_vector_free(C);
}

static void test_stored_products(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (sm_storage type = SM_STORED_F32; type <= SM_STORED_INT8; type++)
            for (int form = 0; form < 4; form++)
                check_stored(shapes[s], form % 2 == 0, type, form >= 2);
}

/* ---- a model ---------------------------------------------------------------------------------- */

/* The gradient of a fixture's batch, and its loss. */
static float *gradient(const fixture *f, sm_precision precision, unsigned threads, double *loss,
                       size_t *n)
{
    sm_error err = {0};
    sm_net *net = NULL;
    sm_loss sum;
    sm_batch *batch = fixture_batch(f);
    const sm_net_options options = {.plan = SM_PLAN_TRAIN,
                                    .B = batch->B,
                                    .T = batch->T,
                                    .threads = threads,
                                    .precision = precision};
    assert_ok(sm_net_build(&net, &f->model, &options, &err), &err);
    const sm_params *const params = sm_net_params(net);
    float *w = sm_vector_new(params->total), *g = sm_vector_new(params->trainable);
    fixture_vector(f, "w.", params, w);
    assert_ok(sm_net_gradient(net, w, batch, g, &sum, &err), &err);
    *loss = sum.sum / (double)sum.count;
    *n = params->trainable;
    sm_vector_free(w);
    sm_net_free(net);
    sm_batch_free(batch);
    return g;
}

/* bf16 has 8 bits of mantissa: gradients of a model of two blocks are a few of 2^-8 off, and the loss less. If they were
 * equal, nothing would have been rounded. */
static void test_model(void **state)
{
    (void)state;
    static const char *const models[] = {"llama-tied", "llama-untied", "qwen3", "gpt2"};
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        fixture f = {0};
        double exact, loss, again;
        size_t n;
        fixture_open(&f, models[m]);
        float *want = gradient(&f, SM_F32, 1, &exact, &n);
        float *g = gradient(&f, SM_BF16, 1, &loss, &n);
        const double off = relative_norm(g, want, n);
        print_message("%s: loss %.5f, in bf16 %.5f; gradient off by %.2g\n", models[m], exact,
                      loss, off);
        assert_true(off > 1e-4 && off < 0.05);
        assert_true(fabs(loss - exact) < 0.005 * exact);
        for (unsigned threads = 2; threads <= 5; threads += 3) {
            float *other = gradient(&f, SM_BF16, threads, &again, &n);
            assert_memory_equal(g, other, n * sizeof *g);
            assert_true(loss == again);
            sm_vector_free(other);
        }
        sm_vector_free(want);
        sm_vector_free(g);
        fixture_close(&f);
    }
}

static void test_names(void **state)
{
    (void)state;
    sm_precision precision = SM_F32;
    sm_error err = {0};
    assert_int_equal(sm_precision_find("bf16", &precision, &err), SM_OK);
    assert_int_equal(precision, SM_BF16);
    assert_string_equal(sm_precision_name(precision), "bf16");
    assert_int_equal(sm_precision_find("f32", &precision, &err), SM_OK);
    assert_int_equal(precision, SM_F32);
    assert_int_equal(sm_precision_find("f16", &precision, &err), SM_EUSAGE);
    assert_contains(err.text, "f32, bf16 or auto");
    assert_int_equal(sm_precision_find("auto", &precision, &err), SM_OK);
    sm_kernels kernels = {.set = "portable/openblas"};
    sm_kernels_precision(&kernels, SM_F32);
    assert_string_equal(kernels.set, "portable/openblas");
    sm_kernels_precision(&kernels, SM_BF16);
    assert_string_equal(kernels.set, "portable/openblas/bf16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounding),        cmocka_unit_test(test_packers),
        cmocka_unit_test(test_paths_same_bits), cmocka_unit_test(test_products),
        cmocka_unit_test(test_not_finite),      cmocka_unit_test(test_stored),
        cmocka_unit_test(test_stored_edges),    cmocka_unit_test(test_stored_products),
        cmocka_unit_test(test_model),           cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
