/* The scan in AVX2: two times 32 bytes.
 * SPDX-License-Identifier: MIT */
#include "scan_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define KERNEL __attribute__((target("avx2")))

KERNEL static inline __m256i load(const unsigned char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

KERNEL static inline __m256i equal(__m256i v, int byte)
{
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)byte));
}

/* first <= v <= first + span, unsigned */
KERNEL static inline __m256i within(__m256i v, int first, int span)
{
    const __m256i above = _mm256_sub_epi8(v, _mm256_set1_epi8((char)first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8((char)span)), above);
}

KERNEL static inline __m256i either(__m256i a, __m256i b)
{
    return _mm256_or_si256(a, b);
}

KERNEL static inline __m256i both(__m256i a, __m256i b)
{
    return _mm256_and_si256(a, b);
}

KERNEL static inline __m256i lower(__m256i v)
{
    return either(v, _mm256_set1_epi8(0x20));
}

KERNEL static inline uint64_t bits(__m256i v)
{
    return (uint32_t)_mm256_movemask_epi8(v);
}

/* The buckets of a byte by its two halves. */
KERNEL static inline __m256i buckets(__m256i v, const unsigned char low[16],
                                     const unsigned char high[16])
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i by_low =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)low));
    const __m256i by_high =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)high));
    return both(_mm256_shuffle_epi8(by_low, both(v, nibble)),
                _mm256_shuffle_epi8(by_high, both(_mm256_srli_epi16(v, 4), nibble)));
}

KERNEL static inline uint64_t words_32(const unsigned char *p, const sm_words *set)
{
    const __m256i first = buckets(load(p), set->low[0], set->high[0]);
    const __m256i second = buckets(load(p + 1), set->low[1], set->high[1]);
    const __m256i third = buckets(load(p + 2), set->low[2], set->high[2]);
    return ~bits(equal(both(both(first, second), third), 0)) & 0xFFFFFFFF;
}

KERNEL static uint64_t words(const unsigned char *p, const sm_words *set)
{
    return words_32(p, set) | words_32(p + 32, set) << 32;
}

KERNEL static inline __m256i marks(const unsigned char *p)
{
    const __m256i v = load(p), v1 = load(p + 1), v2 = load(p + 2);
    const __m256i bracket =
        either(either(equal(v, '('), equal(v, '[')), either(equal(v, '{'), equal(v, '<')));
    const __m256i plain =
        either(either(equal(v, '@'), equal(v, ':')), either(equal(v, '='), equal(v, '*')));
    const __m256i opens = both(bracket, either(equal(lower(v1), 'a'), equal(v1, ' ')));
    const __m256i begins = both(equal(v, '-'), both(equal(v1, 'B'), equal(v2, 'E')));
    const __m256i passport = both(equal(v, 'P'), equal(v1, '<'));
    const __m256i symbol = both(equal(v, 0xE2), within(v1, 0x96, 3));
    return either(either(plain, opens), either(begins, either(passport, symbol)));
}

KERNEL static inline void classify_32(const unsigned char *p, sm_scan_block *block, int shift)
{
    const __m256i v = load(p), digits = within(v, '0', 9);
    const __m256i tokens =
        either(either(digits, within(lower(v), 'a', 25)), either(equal(v, '-'), equal(v, '_')));
    block->digits |= bits(digits) << shift;
    block->tokens |= bits(tokens) << shift;
    block->marks |= bits(marks(p)) << shift;
}

KERNEL static void classify(const unsigned char *p, const sm_words *set, sm_scan_block *block)
{
    *block = (sm_scan_block){.words = set->n ? words(p, set) : 0};
    classify_32(p, block, 0);
    classify_32(p + 32, block, 32);
}

KERNEL static inline uint64_t foldable_32(const unsigned char *p)
{
    const __m256i v = load(p), v1 = load(p + 1), v2 = load(p + 2), v3 = load(p + 3);
    const __m256i space = both(equal(v1, 0x80), equal(v2, 0x80));
    const __m256i before =
        either(either(within(v3, '0', 9), within(v3, '(', 1)), equal(v3, 0xEF));
    const __m256i long_vowel = both(both(equal(v1, 0x83), equal(v2, 0xBC)), before);
    const __m256i lone = either(either(equal(v, 0), equal(v, '\t')),
                                either(equal(v, 0xC2), either(equal(v, 0xE2), equal(v, 0xEF))));
    return bits(either(lone, both(equal(v, 0xE3), either(space, long_vowel))));
}

KERNEL static uint64_t foldable(const unsigned char *p)
{
    return foldable_32(p) | foldable_32(p + 32) << 32;
}

const sm_scan_path sm_scan_avx2 = {"avx2", classify, words, foldable};
#endif
