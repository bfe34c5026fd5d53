/* The product of bf16 for AVX512-BF16: see bf16.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#define TARGET         __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,fma")))
#define ROWS           14
#define DOT(x, y, sum) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(y))

#include "kern/sgemm_words_avx512.h"

#include "kern/sgemm_body.h"

#include "kern/bf16_flush.h"
#include "kern/sgemm_turn.h"

enum { STEP = 2 * SIDE }; /* of k: SIDE words */

/* The first n of 8 or 16 lanes; n may be negative. */
INLINE __mmask16 lanes_of(ptrdiff_t n)
{
    return (__mmask16)(n >= LANES ? 0xFFFFU : n <= 0 ? 0U : (1U << n) - 1U);
}

/* STEP floats along k, of which n are there, as words. */
INLINE __m256 words_along(const float *p, ptrdiff_t n)
{
    const __m256 low = _mm256_maskz_loadu_ps((__mmask8)lanes_of(n), p);
    const __m256 high = _mm256_maskz_loadu_ps((__mmask8)lanes_of(n - SIDE), p + SIDE);
    return (__m256)_mm256_cvtne2ps_pbh(high, low);
}

/* n ≤ STEP of k, for SIDE rows from `row` on. */
INLINE void turn_words(float *to, size_t width, const sm_gemm_source *s, size_t row, size_t k,
                       ptrdiff_t n)
{
    __m256 words[SIDE];
    UNROLL
    for (size_t i = 0; i < SIDE; i++)
        words[i] =
            row + i < s->n ? words_along(s->p + (row + i) * s->ld + k, n) : _mm256_setzero_ps();
    turn(to, width, words);
}

/* As pack_along: the last columns first. What is left of k goes by way of a room of its own. */
FN void words_of_rows(float *to, size_t width, const sm_gemm_source *s)
{
    const size_t groups = (width + SIDE - 1) / SIDE;
    size_t k = 0;
    for (; k + STEP <= s->k; k += STEP)
        for (size_t g = groups; g-- > 0;)
            turn_words(to + k / 2 * width + g * SIDE, width, s, g * SIDE, k, STEP);
    for (size_t g = 0; k < s->k && g < groups; g++) {
        float room[SIDE * SIDE];
        turn_words(room, SIDE, s, g * SIDE, k, (ptrdiff_t)(s->k - k));
        for (size_t word = 0; word < (s->k - k + 1) / 2; word++)
            for (size_t i = 0; i < SIDE && g * SIDE + i < width; i++)
                to[(k / 2 + word) * width + g * SIDE + i] = room[word * SIDE + i];
    }
}

/* Two rows across k become one of words: the halves of a vector, lane by lane. */
FN void words_of_columns(float *to, size_t width, const sm_gemm_source *s)
{
    static const uint16_t lane_by_lane[2 * LANES] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                     21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                     11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i order = _mm512_loadu_si512(lane_by_lane);
    for (size_t k = 0; k < s->k; k += 2, to += width) {
        const float *const from = s->p + k * s->ld;
        for (size_t i = 0; i < width; i += LANES) {
            const __mmask16 here = lanes_of((ptrdiff_t)s->n - (ptrdiff_t)i);
            const __m512 low = _mm512_maskz_loadu_ps(here, from + i);
            const __m512 high =
                k + 1 < s->k ? _mm512_maskz_loadu_ps(here, from + s->ld + i) : all(0.0F);
            const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(high, low);
            _mm512_storeu_si512(to + i, _mm512_permutexvar_epi16(order, both));
        }
    }
}

FN void pack_words(float *to, size_t width, const sm_gemm_source *s)
{
    if (s->is_along)
        words_of_rows(to, width, s);
    else
        words_of_columns(to, width, s);
}

const sm_gemm_kernel sm_bf16_avx512 = {.name = "avx512",
                                       .mr = ROWS,
                                       .nr = COLUMNS,
                                       .pair = 2,
                                       .pack = pack_words,
                                       .micro = micro_flushed};
#else
typedef int sm_bf16_avx512_is_empty; /* ISO C wants a declaration */
#endif
