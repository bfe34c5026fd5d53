/* Matrix products and vector loops: against plain double, each path of the machine against the portable one, and
 * the same bits for any number of threads.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/kernel.h>
#include <seimai/net.h>
#include <seimai/random.h>

#include "kern/gemm.h"
#include "kern/packed.h"
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
                 .beta = beta};
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
    memcpy(again, before, M * ldc * sizeof *again);
    g.C = again;
    const sm_gemm_grid grid = sm_gemm_cut(M, N, K); /* OpenBLAS, where we have no kernel */
    for (size_t i = 0; i < grid.rows * grid.columns; i++)
        sm_gemm_tile(&g, &grid, i);
    for (size_t i = 0; i < M * ldc; i++)
        assert_true(fabsf(C[i] - again[i]) <= 2e-5F * sqrtf((float)K) + 2e-6F);
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

/* ---- packed products: bit by bit what gemm_kernel.h promises ---------------------------------- */

/* Blocks of K, each one chain of fused multiply-adds. */
static float chained(const sm_gemm *g, size_t i, size_t j)
{
    const size_t blocks = (g->K + SM_GEMM_DEPTH - 1) / SM_GEMM_DEPTH;
    const size_t depth = (g->K + blocks - 1) / blocks;
    float c = g->C[i * g->ldc + j];
    for (size_t first = 0; first < g->K; first += depth) {
        const float beta = first > 0 ? 1.0F : g->beta;
        float sum = 0.0F;
        for (size_t k = first; k < first + depth && k < g->K; k++)
            sum = fmaf(g->ta ? g->A[k * g->lda + i] : g->A[i * g->lda + k],
                       g->tb ? g->B[j * g->ldb + k] : g->B[k * g->ldb + j], sum);
        c = beta != 0.0F ? fmaf(g->alpha, sum, beta * c) : g->alpha * sum;
    }
    return c;
}

/* As if `threads` worked, one after the other: how C is cut depends on them. The room is as small as it may be, and what
 * stands behind it must survive. */
static void multiply_alone(const sm_gemm *g, const sm_gemm_kernel *kernel, int threads)
{
    sm_packed p = sm_packed_cut(g, kernel, threads);
    const size_t n = sm_packed_floats(&p, threads);
    assert_true(n <= sm_packed_most(g->M, g->N, g->K, threads));
    float *const room = sm_malloc((n + 1) * sizeof *room);
    room[n] = 12345.0F;
    sm_packed_use(&p, room);
    for (size_t b = 0; b < p.blocks; b++) {
        for (size_t i = sm_packed_units(&p, b); i-- > 0;)
            sm_packed_pack(&p, b, i);
        for (size_t i = p.rows * p.columns; i-- > 0;)
            sm_packed_tile(&p, b, i, (int)(i % (size_t)threads));
    }
    assert_true(room[n] == 12345.0F);
    sm_free(room);
}

static void check_packed(const size_t size[3], bool ta, bool tb, float beta)
{
    const size_t M = size[0], N = size[1], K = size[2];
    const size_t lda = (ta ? M : K) + 1, ldb = (tb ? K : N) + 2, ldc = N + 3;
    float *const A = noise((ta ? K : M) * lda, 1), *const B = noise((tb ? N : K) * ldb, 2);
    float *const before = noise(M * ldc, 3), *const want = noise(M * ldc, 3);
    float *const C = noise(M * ldc, 3);
    sm_gemm g = {.ta = ta, .tb = tb, .M = M, .N = N, .K = K, .A = A, .B = B, .C = before};
    g.lda = lda;
    g.ldb = ldb;
    g.ldc = ldc;
    g.alpha = 0.7F;
    g.beta = beta;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++)
            want[i * ldc + j] = chained(&g, i, j);
    g.C = C;
    for (size_t path = 0; sm_gemm_kernel_path(SM_F32, path); path++)
        for (int threads = 1; threads <= 3; threads += 2) {
            memcpy(C, before, M * ldc * sizeof *C);
            multiply_alone(&g, sm_gemm_kernel_path(SM_F32, path), threads);
            assert_memory_equal(want, C, M * ldc * sizeof *C);
        }
    sm_vector_free(A);
    sm_vector_free(B);
    sm_vector_free(before);
    sm_vector_free(want);
    sm_vector_free(C);
}

static void test_packed_bits(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 1},     {1, 33, 7},    {7, 5, 40},
                                      {14, 32, 512}, {13, 31, 513}, {29, 65, 16},
                                      {131, 97, 70}, {70, 40, 1100}};
    for (size_t path = 0; sm_gemm_kernel_path(SM_F32, path); path++)
        print_message("%s\n", sm_gemm_kernel_path(SM_F32, path)->name);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 4; form++)
            for (int adds = 0; adds < 2; adds++)
                check_packed(sizes[s], form & 1, form & 2, adds ? 0.5F : 0.0F);
}

/* Heights of tiles from 1 row to the kernel's most. */
static void test_packed_heights(void **state)
{
    (void)state;
    for (size_t m = 1; m <= 30; m++)
        check_packed((const size_t[]){m, 48, 20}, m % 2, m % 3, 0.0F);
}

/* beta 0 must not read C, which may hold anything. */
/* The list of things to do, by workers of whom some rest for long, in every order that its conditions allow: a thing is
 * begun once all before its `after` are done. */
typedef struct worker {
    sm_packed_cursor cursor;
    sm_packed_item item;
    size_t n; /* of the item; SIZE_MAX: has none left */
} worker;

static void take_next(const sm_packed *p, worker *w, size_t *next)
{
    w->n = (*next)++;
    if (!sm_packed_item_at(p, &w->cursor, w->n, &w->item)) w->n = SIZE_MAX;
}

static size_t least_open(const worker *workers, int threads)
{
    size_t least = SIZE_MAX;
    for (int i = 0; i < threads; i++)
        least = workers[i].n < least ? workers[i].n : least;
    return least;
}

static size_t work_in_turns(const sm_packed *p, int threads, uint64_t seed)
{
    worker workers[4] = {0};
    size_t next = 0, done = 0;
    for (int i = 0; i < threads; i++)
        take_next(p, workers + i, &next);
    for (uint64_t turn = 0; least_open(workers, threads) != SIZE_MAX; turn++) {
        const int i = (int)(sm_random_unit(seed, turn, 1) * threads);
        const bool rests = (turn / 64 + (uint64_t)i) % 3 == 0 && turn % 64 > 2;
        worker *const w = workers + i;
        if (rests || w->n == SIZE_MAX || w->item.after > least_open(workers, threads)) continue;
        assert_true(w->item.after <= w->n);
        if (w->item.packs)
            sm_packed_pack(p, w->item.block, w->item.i);
        else
            sm_packed_tile(p, w->item.block, w->item.i, i);
        done++;
        take_next(p, w, &next);
    }
    return done;
}

static void test_list(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{70, 40, 30}, {61, 1400, 1100}, {130, 33, 2100}};
    const sm_gemm_kernel *const chosen = sm_gemm_kernel_choose(SM_F32);
    const sm_gemm_kernel *const kernel = chosen ? chosen : sm_gemm_kernel_path(SM_F32, 0);
    for (int k = 0; k < 18; k++) {
        const size_t *const size = sizes[k / 6], M = size[0], N = size[1], K = size[2];
        const int threads = 2 + k % 3;
        float *A = noise(M * K, 1), *B = noise(N * K, 2), *C = noise(M * N, 3),
              *want = noise(M * N, 3);
        sm_gemm g = {.ta = k % 2 == 1,
                     .tb = k % 2 == 0,
                     .M = M,
                     .N = N,
                     .K = K,
                     .A = A,
                     .B = B,
                     .C = want,
                     .lda = k % 2 ? M : K,
                     .ldb = k % 2 ? N : K,
                     .ldc = N,
                     .alpha = 1.0F,
                     .beta = 1.0F};
        multiply_alone(&g, kernel, 1);
        g.C = C;
        sm_packed p = sm_packed_cut(&g, kernel, threads);
        float *const room = sm_malloc(sm_packed_floats(&p, threads) * sizeof *room);
        sm_packed_use(&p, room);
        size_t all = p.blocks * p.rows * p.columns;
        for (size_t b = 0; b < p.blocks; b++)
            all += sm_packed_units(&p, b);
        assert_int_equal(work_in_turns(&p, threads, (uint64_t)k), all);
        assert_memory_equal(C, want, M * N * sizeof *C);
        sm_free(room);
        sm_vector_free(A);
        sm_vector_free(B);
        sm_vector_free(C);
        sm_vector_free(want);
    }
}

static void test_beta_zero(void **state)
{
    (void)state;
    float A[64], B[64], C[64];
    sm_gemm g = {.tb = true, .M = 8, .N = 8, .K = 8, .A = A, .B = B, .C = C, .alpha = 1.0F};
    g.lda = g.ldb = g.ldc = 8;
    for (size_t i = 0; i < 64; i++)
        A[i] = B[i] = 1.0F, C[i] = NAN;
    sm_gemm_small(&g);
    for (size_t i = 0; i < 64; i++)
        assert_true(C[i] == 8.0F);
    for (size_t i = 0; i < 64; i++)
        C[i] = NAN;
    sm_matmul(1, &g);
    for (size_t i = 0; i < 64; i++)
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
    if (sm_gemm_kernel_choose(SM_F32)) {
        assert_string_equal(kernels.set, "packed-2"); /* the same bits on every such machine */
        assert_string_equal(kernels.warning, "");
    } else {
        assert_contains(kernels.set, kernels.core);
        assert_contains(kernels.set, kernels.version);
    }
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
    v->rotate(y, a, n / 2, -1.0F);
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

/* ---- panels of scores ------------------------------------------------------------------------- */

enum { WIDE = 32, KEYS = 61 };

/* What queries see: nothing, one key, some, all. */
static void seen_by(int32_t first[WIDE], int32_t end[WIDE])
{
    for (int32_t q = 0; q < WIDE; q++) {
        first[q] = q % 4 == 0 ? 0 : q % KEYS;
        end[q] = q == 5 ? first[q] : q % 3 == 0 ? KEYS : first[q] + 1 + q / 2;
        assert_true(end[q] <= KEYS);
    }
}

/* scores, probabilities, gradients; then max and sum of each query. */
static void panel_results(const sm_vec *v, float *out)
{
    float *const s = noise(KEYS * WIDE, 31), *const ds = noise(KEYS * WIDE, 32);
    float *const d = noise(WIDE, 33);
    int32_t first[WIDE], end[WIDE];
    const sm_score_panel panel = {WIDE, KEYS, first, end, 0.7F};
    seen_by(first, end);
    s[4 * WIDE + 5] = ds[4 * WIDE + 5] = NAN; /* query 5 sees nothing */
    memcpy(out, s, KEYS * WIDE * sizeof *s);
    v->softmax(out, &panel, out + 3 * KEYS * WIDE, out + 3 * KEYS * WIDE + WIDE);
    memcpy(out + KEYS * WIDE, s, KEYS * WIDE * sizeof *s);
    v->softmax_again(out + KEYS * WIDE, &panel, d);
    memcpy(out + 2 * KEYS * WIDE, ds, KEYS * WIDE * sizeof *s);
    v->softmax_back(out + 2 * KEYS * WIDE, out, &panel, d);
    sm_vector_free(s);
    sm_vector_free(ds);
    sm_vector_free(d);
}

static void check_query(const float *got, size_t q, size_t first, size_t end)
{
    float *const s = noise(KEYS * WIDE, 31), *const ds = noise(KEYS * WIDE, 32);
    float *const d = noise(WIDE, 33);
    double max = -HUGE_VAL, sum = 0.0;
    for (size_t k = first; k < end; k++)
        max = fmax(max, 0.7 * (double)s[k * WIDE + q]);
    for (size_t k = 0; k < KEYS; k++) {
        const size_t at = k * WIDE + q;
        const bool seen = first <= k && k < end;
        const double x = 0.7 * (double)s[at], p = seen ? exp(x - max) : 0.0;
        const double again = seen ? exp(x - (double)d[q]) : 0.0;
        const double back = seen ? p * ((double)ds[at] - (double)d[q]) * 0.7 : 0.0;
        sum += p;
        assert_true(fabs((double)got[at] - p) <= 1e-6 * p);
        assert_true(fabs((double)got[KEYS * WIDE + at] - again) <= 2e-6 * again);
        assert_true(fabs((double)got[2 * KEYS * WIDE + at] - back) <= 2e-6 * (p + fabs(back)));
    }
    assert_true(fabs((double)got[3 * KEYS * WIDE + WIDE + q] - sum) <= 1e-5 * sum);
    sm_vector_free(s);
    sm_vector_free(ds);
    sm_vector_free(d);
}

static void test_score_panels(void **state)
{
    (void)state;
    float want[3 * KEYS * WIDE + 2 * WIDE], got[3 * KEYS * WIDE + 2 * WIDE];
    int32_t first[WIDE], end[WIDE];
    seen_by(first, end);
    panel_results(sm_vec_path(0), want);
    for (size_t q = 0; q < WIDE; q++)
        check_query(want, q, (size_t)first[q], (size_t)end[q]);
    for (size_t path = 1; sm_vec_path(path); path++) {
        panel_results(sm_vec_path(path), got);
        assert_memory_equal(want, got, sizeof want);
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
        cmocka_unit_test(test_kernels_open), cmocka_unit_test(test_products),
        cmocka_unit_test(test_packed_bits),  cmocka_unit_test(test_packed_heights),
        cmocka_unit_test(test_list),         cmocka_unit_test(test_beta_zero),
        cmocka_unit_test(test_grid),         cmocka_unit_test(test_paths_same_bits),
        cmocka_unit_test(test_score_panels), cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
