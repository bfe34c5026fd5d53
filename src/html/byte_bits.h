/* Classes of up to 64 bytes at once, a bit a byte: for the loops over a page's text. To be included once a path, by a
 * file that defines TARGET (the attribute of its functions) and BYTE_BITS (32: AVX2, 64: AVX-512BW).
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>

#include <string.h>

#if BYTE_BITS == 64

typedef __m512i byte_block;

/* The n bytes at p, at most 64; zeros behind them. */
TARGET static inline byte_block load_bytes(const unsigned char *p, size_t n)
{
    const __mmask64 there = n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0;
    return _mm512_maskz_loadu_epi8(there, p);
}

TARGET static inline uint64_t bytes_are(const byte_block *b, unsigned char c)
{
    return _mm512_cmpeq_epi8_mask(*b, _mm512_set1_epi8((char)c));
}

/* Bytes from `first` on that are at most `last`. */
TARGET static inline uint64_t bytes_within(const byte_block *b, unsigned char first,
                                           unsigned char last)
{
    const __m512i from_first = _mm512_sub_epi8(*b, _mm512_set1_epi8((char)first));
    return _mm512_cmple_epu8_mask(from_first, _mm512_set1_epi8((char)(last - first)));
}

#else

typedef struct byte_block {
    __m256i half[2];
} byte_block;

TARGET static inline byte_block load_bytes(const unsigned char *p, size_t n)
{
    byte_block b;
    if (n >= sizeof b) {
        memcpy(&b, p, sizeof b);
        return b;
    }
    memset(&b, 0, sizeof b);
    memcpy(&b, p, n);
    return b;
}

TARGET static inline uint64_t bits_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

TARGET static inline uint64_t bytes_are(const byte_block *b, unsigned char c)
{
    const __m256i all = _mm256_set1_epi8((char)c);
    return bits_of(_mm256_cmpeq_epi8(b->half[0], all), _mm256_cmpeq_epi8(b->half[1], all));
}

TARGET static inline __m256i half_within(__m256i half, unsigned char first, unsigned char last)
{
    const __m256i from_first = _mm256_sub_epi8(half, _mm256_set1_epi8((char)first));
    const __m256i most = _mm256_set1_epi8((char)(last - first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(from_first, most), from_first);
}

TARGET static inline uint64_t bytes_within(const byte_block *b, unsigned char first,
                                           unsigned char last)
{
    return bits_of(half_within(b->half[0], first, last), half_within(b->half[1], first, last));
}

#endif
