/* The kernels of decoding for avx512: see decode.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include <immintrin.h>

#include "kern/decode_internal.h"

#define SM_DECODE_NAME   sm_decode_avx512
#define SM_DECODE_LABEL  "avx512"
#define SM_DECODE_TARGET __attribute__((target("avx512f,avx512dq")))
#define FN               static inline SM_DECODE_TARGET __attribute__((always_inline))

enum {
    LANES = 16,
    DOT_ROWS = 4,
    DOT_COLUMNS = 6,
    FEW_COLUMNS = 8,
    MOST_COLUMNS = 8,
    CHAIN_ROWS = 4,
    CHAIN_VECTORS = 4
};

typedef __m512 lanes;

FN lanes lanes_zero(void)
{
    return _mm512_setzero_ps();
}

FN lanes lanes_all(float x)
{
    return _mm512_set1_ps(x);
}

FN lanes lanes_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

FN lanes lanes_load_part(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1U << n) - 1U), p);
}

FN void lanes_store(float *p, lanes x)
{
    _mm512_storeu_ps(p, x);
}

FN lanes lanes_fma(lanes a, lanes b, lanes c)
{
    return _mm512_fmadd_ps(a, b, c);
}

FN float lanes_fold(lanes x)
{
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

/* The same four times: halves of two, then quarters of four, share a register. */
FN void lanes_fold4(lanes x0, lanes x1, lanes x2, lanes x3, float out[4])
{
    const lanes y0 =
        _mm512_add_ps(_mm512_shuffle_f32x4(x0, x1, 0x44), _mm512_shuffle_f32x4(x0, x1, 0xEE));
    const lanes y1 =
        _mm512_add_ps(_mm512_shuffle_f32x4(x2, x3, 0x44), _mm512_shuffle_f32x4(x2, x3, 0xEE));
    lanes z =
        _mm512_add_ps(_mm512_shuffle_f32x4(y0, y1, 0x88), _mm512_shuffle_f32x4(y0, y1, 0xDD));
    z = _mm512_add_ps(z, _mm512_permute_ps(z, 0x4E));
    z = _mm512_add_ps(z, _mm512_permute_ps(z, 0xB1));
    const __m512i first = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    _mm_storeu_ps(out, _mm512_castps512_ps128(_mm512_permutexvar_ps(first, z)));
}

#include "kern/decode_body.h"
#else
typedef int sm_decode_avx512_is_empty; /* ISO C wants a declaration */
#endif
