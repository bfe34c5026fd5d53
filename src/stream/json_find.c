/* The inner loop of every tool: where does the plain part of a JSON string end?
 * SPDX-License-Identifier: MIT */
#include "json_scan.h"

#include <string.h>

static const char *find_one_by_one(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
        p++;
    return p;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static const char *find_avx2(const char *p, const char *end)
{
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i backslash = _mm256_set1_epi8('\\');
    const __m256i last_control = _mm256_set1_epi8(0x1F);
    for (; end - p >= 32; p += 32) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
        const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, last_control), v);
        const __m256i stop =
            _mm256_or_si256(control, _mm256_or_si256(_mm256_cmpeq_epi8(v, quote),
                                                     _mm256_cmpeq_epi8(v, backslash)));
        const unsigned mask = (unsigned)_mm256_movemask_epi8(stop);
        if (mask) return p + __builtin_ctz(mask);
    }
    return find_one_by_one(p, end);
}

__attribute__((target("avx512bw"))) static const char *find_avx512(const char *p,
                                                                   const char *end)
{
    const __m512i quote = _mm512_set1_epi8('"');
    const __m512i backslash = _mm512_set1_epi8('\\');
    const __m512i space = _mm512_set1_epi8(0x20);
    for (; end - p >= 64; p += 64) {
        const __m512i v = _mm512_loadu_si512((const void *)p);
        const __mmask64 mask = _mm512_cmplt_epu8_mask(v, space) |
                               _mm512_cmpeq_epi8_mask(v, quote) |
                               _mm512_cmpeq_epi8_mask(v, backslash);
        if (mask) return p + __builtin_ctzll(mask);
    }
    return find_one_by_one(p, end);
}
#endif

json_find json_find_variant(size_t i, const char **name)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && i-- == 0) {
        *name = "avx512";
        return find_avx512;
    }
    if (__builtin_cpu_supports("avx2") && i-- == 0) {
        *name = "avx2";
        return find_avx2;
    }
#endif
    *name = "portable";
    return i == 0 ? find_one_by_one : NULL;
}
