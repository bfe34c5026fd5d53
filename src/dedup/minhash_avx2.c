/* The MinHash kernel for AVX2: 8 permutations a register, 32 at a time.
 * SPDX-License-Identifier: MIT */
#include "dedup_internal.h"

#ifdef __x86_64__
#include <immintrin.h>

enum { WIDTH = 8 };

/* `count` registers of permutations from lane g on, over all hashes. Inlined with a constant count, so that
 * the arrays become registers. */
__attribute__((target("avx2"), always_inline)) static inline void
group(const unsigned count, const sm_minhash *m, unsigned g, const uint64_t *hashes, size_t n,
      uint32_t *minima)
{
    __m256i a[4], b[4], least[4];
    for (unsigned r = 0; r < count; r++) {
        a[r] = _mm256_loadu_si256((const __m256i_u *)(m->a + g + (size_t)r * WIDTH));
        b[r] = _mm256_loadu_si256((const __m256i_u *)(m->b + g + (size_t)r * WIDTH));
        least[r] = _mm256_set1_epi32(-1);
    }
    for (size_t i = 0; i < n; i++) {
        const __m256i x = _mm256_set1_epi32((int)(uint32_t)hashes[i]);
        for (unsigned r = 0; r < count; r++) {
            const __m256i y = _mm256_add_epi32(_mm256_mullo_epi32(a[r], x), b[r]);
            least[r] = _mm256_min_epu32(least[r], y);
        }
    }
    for (unsigned r = 0; r < count; r++) {
        _mm256_storeu_si256((__m256i_u *)(minima + g + (size_t)r * WIDTH), least[r]);
    }
}

__attribute__((target("avx2"))) void minhash_avx2(const sm_minhash *m, const uint64_t *hashes,
                                                  size_t n, uint32_t *minima)
{
    unsigned g = 0;
    for (; g + 4 * WIDTH <= m->lanes; g += 4 * WIDTH) {
        group(4, m, g, hashes, n, minima);
    }
    if (g < m->lanes) group(2, m, g, hashes, n, minima);
}
#endif
