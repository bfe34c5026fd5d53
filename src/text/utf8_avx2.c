/* UTF-8 validation with AVX2: see utf8_internal.h for the method.
 * SPDX-License-Identifier: MIT */
#include "utf8_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

TARGET static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

TARGET static inline __m256i look_up(const uint8_t table[16], __m256i half)
{
    const __m128i row = _mm_loadu_si128((const __m128i *)(const void *)table);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row), half);
}

TARGET static inline __m256i high_half(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

/* A byte that is not zero marks a fault at that byte of the 32 at p. */
TARGET static inline __m256i faults_at(const uint8_t *p)
{
    const __m256i back1 = load(p - 1);
    const __m256i first_low = _mm256_and_si256(back1, _mm256_set1_epi8(0x0F));
    const __m256i pairs =
        _mm256_and_si256(_mm256_and_si256(look_up(sm_utf8_first_high, high_half(back1)),
                                          look_up(sm_utf8_first_low, first_low)),
                         look_up(sm_utf8_second_high, high_half(load(p))));
    /* The top bit is left where byte -2 is E0 or more, or byte -3 is F0 or more. */
    const __m256i third = _mm256_subs_epu8(load(p - 2), _mm256_set1_epi8(0xE0 - 0x80));
    const __m256i fourth = _mm256_subs_epu8(load(p - 3), _mm256_set1_epi8(0xF0 - 0x80));
    const __m256i due =
        _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(pairs, due);
}

TARGET static inline int is_ascii(const uint8_t *p)
{
    const __m256i all =
        _mm256_or_si256(_mm256_or_si256(load(p), load(p + 32)), load(p - SM_UTF8_BEFORE));
    return _mm256_movemask_epi8(all) == 0;
}

TARGET size_t sm_utf8_blocks_avx2(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += SM_UTF8_BLOCK) {
        if (is_ascii(p)) continue;
        const __m256i faults = _mm256_or_si256(faults_at(p), faults_at(p + 32));
        if (!_mm256_testz_si256(faults, faults)) return i;
    }
    return n;
}

#endif
