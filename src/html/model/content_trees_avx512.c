/* The steps of content_trees.h with AVX-512, whose permutations look up 64 leaves at once.
 * SPDX-License-Identifier: MIT */
#include "content_trees.h"

#ifdef __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,bmi")))

/* 32 lanes: their leaves, and those added to 32 sums. */
TARGET static inline void add_half(const int16_t *table, const uint8_t *leaves, int32_t *sums)
{
    const __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 32);
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)leaves);
    const __m512i index = _mm512_cvtepu8_epi16(bytes);
    const __m512i found = _mm512_permutex2var_epi16(low, index, high);
    const __m512i first = _mm512_cvtepi16_epi32(_mm512_castsi512_si256(found));
    const __m512i second = _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(found, 1));
    _mm512_storeu_si512(sums, _mm512_add_epi32(_mm512_loadu_si512(sums), first));
    _mm512_storeu_si512(sums + 16, _mm512_add_epi32(_mm512_loadu_si512(sums + 16), second));
}

TARGET static inline void add_leaves(const tree *t, const lane_bins *leaves,
                                     int32_t sums[TREE_LANES])
{
    add_half(t->leaves, leaves->of, sums);
    add_half(t->leaves, leaves->of + 32, sums + 32);
}

/* As in content_trees_walk.h, but a mask has a bit a lane: storing whole vectors is what takes the time there. */
TARGET static inline void find_leaves(const tree *t, const lane_bins *bins, lane_bins *leaves)
{
    __mmask64 masks[2 * TREE_LEAVES];
    __m512i index = _mm512_setzero_si512();
    masks[0] = ~UINT64_C(0);
    for (size_t i = 0; i < t->n_nodes; i++) {
        const tree_node *node = &t->nodes[i];
        const __mmask64 here = _load_mask64(&masks[i]);
        const __m512i x = _mm512_loadu_si512(bins[node->feature].of);
        const __m512i edge = _mm512_set1_epi8((char)node->edge);
        const __m512i skip = _mm512_set1_epi8((char)node->skip);
        const __mmask64 left = _mm512_mask_cmple_epu8_mask(here, x, edge);
        const __mmask64 right = _kandn_mask64(left, here);
        _store_mask64(&masks[node->left], left);
        _store_mask64(&masks[node->right], right);
        index = _mm512_mask_add_epi8(index, right, index, skip);
    }
    _mm512_storeu_si512(leaves->of, index);
}

#define VECTOR      64
#define FIND_LEAVES find_leaves
#define ADD_LEAVES  add_leaves
#include "content_trees_walk.h"

const tree_path sm_tree_path_avx512 = {bin, walk};
#endif
