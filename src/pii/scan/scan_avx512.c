/* The scan in AVX-512BW: 64 bytes an operation.
 * SPDX-License-Identifier: MIT */
#include "scan_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define KERNEL __attribute__((target("avx512bw")))

KERNEL static inline __m512i load(const unsigned char *p)
{
    return _mm512_loadu_si512(p);
}

KERNEL static inline uint64_t equal(__m512i v, int byte)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)byte));
}

/* first <= v <= first + span, unsigned */
KERNEL static inline uint64_t within(__m512i v, int first, int span)
{
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8((char)first)),
                                  _mm512_set1_epi8((char)span));
}

KERNEL static inline __m512i lower(__m512i v)
{
    return _mm512_or_si512(v, _mm512_set1_epi8(0x20));
}

/* The buckets of a byte by its two halves. */
KERNEL static inline __m512i buckets(__m512i v, const unsigned char low[16],
                                     const unsigned char high[16])
{
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i by_low =
        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)low));
    const __m512i by_high =
        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)high));
    return _mm512_and_si512(
        _mm512_shuffle_epi8(by_low, _mm512_and_si512(v, nibble)),
        _mm512_shuffle_epi8(by_high, _mm512_and_si512(_mm512_srli_epi16(v, 4), nibble)));
}

KERNEL static uint64_t words(const unsigned char *p, const sm_words *set)
{
    const __m512i first = buckets(load(p), set->low[0], set->high[0]);
    const __m512i second = buckets(load(p + 1), set->low[1], set->high[1]);
    const __m512i third = buckets(load(p + 2), set->low[2], set->high[2]);
    return _mm512_test_epi8_mask(_mm512_and_si512(first, second), third);
}

KERNEL static void classify(const unsigned char *p, const sm_words *set, sm_scan_block *block)
{
    const __m512i v = load(p), v1 = load(p + 1), v2 = load(p + 2);
    const uint64_t bracket = equal(v, '(') | equal(v, '[') | equal(v, '{') | equal(v, '<');
    block->digits = within(v, '0', 9);
    block->tokens = block->digits | within(lower(v), 'a', 25) | equal(v, '-') | equal(v, '_');
    block->marks = equal(v, '@') | equal(v, ':') | equal(v, '=') | equal(v, '*') |
                   (bracket & (equal(lower(v1), 'a') | equal(v1, ' '))) |
                   (equal(v, '-') & equal(v1, 'B') & equal(v2, 'E')) |
                   (equal(v, 'P') & equal(v1, '<')) | (equal(v, 0xE2) & within(v1, 0x96, 3));
    block->words = set->n ? words(p, set) : 0;
}

KERNEL static uint64_t foldable(const unsigned char *p)
{
    const __m512i v = load(p), v1 = load(p + 1), v2 = load(p + 2), v3 = load(p + 3);
    const uint64_t kana = equal(v, 0xE3);
    const uint64_t space = kana & equal(v1, 0x80) & equal(v2, 0x80);
    const uint64_t long_vowel = kana & equal(v1, 0x83) & equal(v2, 0xBC) &
                                (within(v3, '0', 9) | within(v3, '(', 1) | equal(v3, 0xEF));
    return space | long_vowel | equal(v, 0) | equal(v, '\t') | equal(v, 0xC2) | equal(v, 0xE2) |
           equal(v, 0xEF);
}

const sm_scan_path sm_scan_avx512 = {"avx512", classify, words, foldable};
#endif
