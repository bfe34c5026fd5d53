/* The kernels of decoding for avx2: 16 lanes are two registers. See decode.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "kern/decode_internal.h"

#define SM_DECODE_NAME   sm_decode_avx2
#define SM_DECODE_LABEL  "avx2"
#define SM_DECODE_TARGET __attribute__((target("avx2,fma")))
#define FN               static inline SM_DECODE_TARGET __attribute__((always_inline))

enum {
    LANES = 16,
    HALF = 8,
    DOT_ROWS = 2,
    DOT_COLUMNS = 3,
    FEW_COLUMNS = 4,
    MOST_COLUMNS = 4,
    CHAIN_ROWS = 2,
    CHAIN_VECTORS = 2
};

typedef struct lanes {
    __m256 low, high;
} lanes;

FN lanes lanes_zero(void)
{
    return (lanes){_mm256_setzero_ps(), _mm256_setzero_ps()};
}

FN lanes lanes_all(float x)
{
    return (lanes){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}

FN lanes lanes_load(const float *p)
{
    return (lanes){_mm256_loadu_ps(p), _mm256_loadu_ps(p + HALF)};
}

FN lanes lanes_load_part(const float *p, size_t n)
{
    float padded[LANES] = {0};
    memcpy(padded, p, n * sizeof *p);
    return lanes_load(padded);
}

FN void lanes_store(float *p, lanes x)
{
    _mm256_storeu_ps(p, x.low);
    _mm256_storeu_ps(p + HALF, x.high);
}

FN lanes lanes_fma(lanes a, lanes b, lanes c)
{
    return (lanes){_mm256_fmadd_ps(a.low, b.low, c.low),
                   _mm256_fmadd_ps(a.high, b.high, c.high)};
}

FN float lanes_fold(lanes x)
{
    const __m256 half = _mm256_add_ps(x.low, x.high);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

FN void lanes_fold4(lanes x0, lanes x1, lanes x2, lanes x3, float out[4])
{
    out[0] = lanes_fold(x0);
    out[1] = lanes_fold(x1);
    out[2] = lanes_fold(x2);
    out[3] = lanes_fold(x3);
}

#include "kern/decode_body.h"
#else
typedef int sm_decode_avx2_is_empty; /* ISO C wants a declaration */
#endif
