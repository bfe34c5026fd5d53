/* The MinHash kernel for AVX-512: 16 permutations a register, up to 128 at a time.
 * SPDX-License-Identifier: MIT */
#include "dedup_internal.h"

#ifdef __x86_64__
#include <immintrin.h>

enum { WIDTH = 16 };

/* `count` registers of permutations from lane g on, over all hashes. Inlined with a constant count, so that
 * the arrays become registers: 3 · 8 of the 32. */
__attribute__((target("avx512f"), always_inline)) static inline void
group(const unsigned count, const sm_minhash *m, unsigned g, const uint64_t *hashes, size_t n,
      uint32_t *minima)
{
    __m512i a[8], b[8], least[8];
    for (unsigned r = 0; r < count; r++) {
        a[r] = _mm512_loadu_si512(m->a + g + (size_t)r * WIDTH);
        b[r] = _mm512_loadu_si512(m->b + g + (size_t)r * WIDTH);
        least[r] = _mm512_set1_epi32(-1);
    }
    for (size_t i = 0; i < n; i++) {
        const __m512i x = _mm512_set1_epi32((int)(uint32_t)hashes[i]);
        for (unsigned r = 0; r < count; r++) {
            const __m512i y = _mm512_add_epi32(_mm512_mullo_epi32(a[r], x), b[r]);
            least[r] = _mm512_min_epu32(least[r], y);
        }
    }
    for (unsigned r = 0; r < count; r++) {
        _mm512_storeu_si512(minima + g + (size_t)r * WIDTH, least[r]);
    }
}

__attribute__((target("avx512f"))) void
minhash_avx512(const sm_minhash *m, const uint64_t *hashes, size_t n, uint32_t *minima)
{
    unsigned g = 0;
    for (; g + 8 * WIDTH <= m->lanes; g += 8 * WIDTH) {
        group(8, m, g, hashes, n, minima);
    }
    for (; g + 4 * WIDTH <= m->lanes; g += 4 * WIDTH) {
        group(4, m, g, hashes, n, minima);
    }
    for (; g < m->lanes; g += WIDTH) {
        group(1, m, g, hashes, n, minima);
    }
}
#endif
