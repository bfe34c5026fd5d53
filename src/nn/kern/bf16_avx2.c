/* The product of bf16 for AVX2, without an instruction for it: see bf16.h.
 * SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include <string.h>

#define TARGET         __attribute__((target("avx2,fma")))
#define ROWS           4
#define second(x)      _mm256_and_ps(x, _mm256_castsi256_ps(_mm256_set1_epi32(-65536)))
#define first(x)       _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(x), 16))
#define DOT(x, y, sum) fma(first(x), first(y), fma(second(x), second(y), sum))

#include "kern/sgemm_words_avx2.h"

#include "kern/sgemm_body.h"

#include "kern/bf16_flush.h"
#include "kern/sgemm_pack.h"

/* bf16 in the lower half of each of 8 words: sm_bf16_round. */
INLINE __m256i rounded(const float *p)
{
    const __m256i bits = _mm256_loadu_si256((const void *)p);
    const __m256i size = _mm256_and_si256(bits, _mm256_set1_epi32(0x7FFFFFFF));
    const __m256i upper = _mm256_srli_epi32(bits, 16);
    const __m256i odd = _mm256_and_si256(upper, _mm256_set1_epi32(1));
    const __m256i up = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF));
    const __m256i nearest = _mm256_srli_epi32(_mm256_add_epi32(bits, up), 16);
    const __m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
    const __m256i sign = _mm256_and_si256(upper, _mm256_set1_epi32(0x8000));
    const __m256i is_nan = _mm256_cmpgt_epi32(size, _mm256_set1_epi32(0x7F800000));
    const __m256i is_small = _mm256_cmpgt_epi32(_mm256_set1_epi32(0x00800000), size);
    return _mm256_blendv_epi8(_mm256_blendv_epi8(nearest, quiet, is_nan), sign, is_small);
}

/* Packed as floats first, a part at a time; then two rows of floats become one of words. */
static TARGET void pack_words(float *to, size_t width, const sm_gemm_source *source)
{
    enum { PART = 64 };
    float room[PART * COLUMNS + SM_GEMM_SLACK] = {0};
    for (size_t k = 0; k < source->k; k += PART) {
        sm_gemm_source part = *source;
        part.p += source->is_along ? k : k * source->ld;
        part.k = source->k - k < PART ? source->k - k : PART;
        pack(room, width, &part);
        if (part.k % 2) memset(room + part.k * width, 0, width * sizeof *room);
        for (size_t word = 0; word < (part.k + 1) / 2; word++, to += width)
            for (size_t i = 0; i < width; i += LANES) {
                const float *const from = room + 2 * word * width + i;
                const __m256i upper = _mm256_slli_epi32(rounded(from + width), 16);
                const __m256i both = _mm256_or_si256(rounded(from), upper);
                _mm256_storeu_si256((void *)(to + i), both);
            }
    }
}

const sm_gemm_kernel sm_bf16_avx2 = {.name = "avx2",
                                     .mr = ROWS,
                                     .nr = COLUMNS,
                                     .pair = 2,
                                     .pack = pack_words,
                                     .micro = micro_flushed};
#else
typedef int sm_bf16_avx2_is_empty; /* ISO C wants a declaration */
#endif
