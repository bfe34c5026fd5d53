/* sgemm_body.h - the micro-kernel in vectors, written once. Included by the kernels for AVX2 and AVX-512, which define
 * the vector (VECTOR, LANES, load, store, all, fma, times), ROWS × VECTORS of them for the sums, TARGET, and
 * DOT(x, y, sum), which adds the product of two words of the panels to the sums.
 * SPDX-License-Identifier: MIT
 *
 * ROWS·VECTORS sums, VECTORS of B and one element of A fill the registers; each load of B serves ROWS sums. All loops
 * over rows and vectors have constant bounds and are unrolled. */
#include <immintrin.h>
#include <stdint.h>

#include "kern/gemm_kernel.h"

#define FN     static TARGET
#define INLINE static inline __attribute__((always_inline)) TARGET
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { COLUMNS = VECTORS * LANES };

/* ---- the micro-kernel --------------------------------------------------------------------- */

INLINE void put(const sm_gemm_micro *t, float *to, VECTOR sum)
{
    const VECTOR scaled = times(all(t->alpha), sum);
    store(to,
          t->beta != 0.0F ? fma(all(t->alpha), sum, times(all(t->beta), load(to))) : scaled);
}

/* Fewer than COLUMNS columns: by way of a row of our own. */
FN void put_part(const sm_gemm_micro *t, float *c, const float sums[COLUMNS])
{
    for (size_t j = 0; j < t->n; j++) {
        const float scaled = t->beta != 0.0F ? t->beta * c[j] : 0.0F;
        c[j] = t->beta != 0.0F ? __builtin_fmaf(t->alpha, sums[j], scaled) : t->alpha * sums[j];
    }
}

INLINE void put_all(const sm_gemm_micro *t, const size_t m, VECTOR sum[ROWS][VECTORS])
{
    UNROLL
    for (size_t i = 0; i < m; i++)
        UNROLL
    for (size_t j = 0; j < VECTORS; j++)
        put(t, t->c + i * t->ldc + j * LANES, sum[i][j]);
}

INLINE void multiply(const sm_gemm_micro *t, const size_t m)
{
    VECTOR sum[ROWS][VECTORS];
    const float *a = t->a, *b = t->b;
    UNROLL
    for (size_t i = 0; i < m; i++)
        UNROLL
    for (size_t j = 0; j < VECTORS; j++)
        sum[i][j] = all(0.0F);
    UNROLL
    for (size_t i = 0; i < m; i++) { /* what will be written comes near meanwhile */
        __builtin_prefetch(t->c + i * t->ldc, 1);
        __builtin_prefetch(t->c + i * t->ldc + t->n - 1, 1);
    }
    for (size_t k = t->k; k > 0; k--, a += m, b += COLUMNS) {
        VECTOR right[VECTORS];
        UNROLL
        for (size_t j = 0; j < VECTORS; j++)
            right[j] = load(b + j * LANES);
        UNROLL
        for (size_t i = 0; i < m; i++)
            UNROLL
        for (size_t j = 0; j < VECTORS; j++)
            sum[i][j] = DOT(all(a[i]), right[j], sum[i][j]);
    }
    if (t->n == COLUMNS) {
        put_all(t, m, sum);
        return;
    }
    float whole[ROWS][COLUMNS];
    UNROLL
    for (size_t i = 0; i < m; i++)
        UNROLL
    for (size_t j = 0; j < VECTORS; j++)
        store(whole[i] + j * LANES, sum[i][j]);
    for (size_t i = 0; i < m; i++)
        put_part(t, t->c + i * t->ldc, whole[i]);
}

#define MICRO(m)                                                                               \
    FN void micro_##m(const sm_gemm_micro *t)                                                  \
    {                                                                                          \
        multiply(t, m);                                                                        \
    }

MICRO(1)
MICRO(2)
MICRO(3)
MICRO(4)
#if ROWS > 4
MICRO(5)
MICRO(6)
#endif
#if ROWS > 6
MICRO(7)
MICRO(8)
MICRO(9)
MICRO(10)
MICRO(11)
MICRO(12)
MICRO(13)
MICRO(14)
#endif

static void (*const micros[ROWS])(const sm_gemm_micro *) = {
    micro_1, micro_2, micro_3, micro_4,
#if ROWS > 4
    micro_5, micro_6,
#endif
#if ROWS > 6
    micro_7, micro_8, micro_9, micro_10, micro_11, micro_12, micro_13, micro_14,
#endif
};

FN void micro(const sm_gemm_micro *t)
{
    micros[t->m - 1](t);
}
