/* UTF-8 validation with AVX-512 (F and BW): see utf8_internal.h for the method.
 * SPDX-License-Identifier: MIT */
#include "utf8_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw")))

TARGET static inline __m512i load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}

TARGET static inline __m512i look_up(const uint8_t table[16], __m512i half)
{
    const __m128i row = _mm_loadu_si128((const __m128i *)(const void *)table);
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(row), half);
}

TARGET static inline __m512i high_half(__m512i bytes)
{
    return _mm512_and_si512(_mm512_srli_epi16(bytes, 4), _mm512_set1_epi8(0x0F));
}

/* A byte that is not zero marks a fault at that byte of the 64 at p. */
TARGET static inline __m512i faults_at(const uint8_t *p)
{
    const __m512i back1 = load(p - 1);
    const __m512i first_low = _mm512_and_si512(back1, _mm512_set1_epi8(0x0F));
    const __m512i pairs =
        _mm512_and_si512(_mm512_and_si512(look_up(sm_utf8_first_high, high_half(back1)),
                                          look_up(sm_utf8_first_low, first_low)),
                         look_up(sm_utf8_second_high, high_half(load(p))));
    /* The top bit is left where byte -2 is E0 or more, or byte -3 is F0 or more. */
    const __m512i third = _mm512_subs_epu8(load(p - 2), _mm512_set1_epi8(0xE0 - 0x80));
    const __m512i fourth = _mm512_subs_epu8(load(p - 3), _mm512_set1_epi8(0xF0 - 0x80));
    const __m512i due =
        _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8((char)0x80));
    return _mm512_xor_si512(pairs, due);
}

TARGET static inline int is_ascii(const uint8_t *p)
{
    return _mm512_movepi8_mask(_mm512_or_si512(load(p), load(p - SM_UTF8_BEFORE))) == 0;
}

TARGET size_t sm_utf8_blocks_avx512(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += SM_UTF8_BLOCK) {
        if (is_ascii(p)) continue;
        const __m512i faults = faults_at(p);
        if (_mm512_test_epi8_mask(faults, faults) != 0) return i;
    }
    return n;
}

#endif
