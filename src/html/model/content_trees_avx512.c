/* The steps of content_trees.h with AVX-512, whose permutations look up 64 leaves at once.
 * SPDX-License-Identifier: MIT */
#include "content_trees.h"

#ifdef __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,bmi")))

enum { FLOATS = 16 };

TARGET static inline lane_mask compare_lanes(const __m512 x[TREE_LANES / FLOATS], float edge)
{
    const __m512 e = _mm512_set1_ps(edge);
    lane_mask bits = 0;
    for (size_t i = 0; i < TREE_LANES / FLOATS; i++)
        bits |= (lane_mask)_mm512_cmp_ps_mask(x[i], e, _CMP_LE_OQ) << i * FLOATS;
    return bits;
}

TARGET static void compare(const float *values, const float *edges, size_t n_edges,
                           lane_mask *left)
{
    __m512 x[TREE_LANES / FLOATS];
    for (size_t i = 0; i < TREE_LANES / FLOATS; i++)
        x[i] = _mm512_loadu_ps(values + i * FLOATS);
    for (size_t e = 0; e < n_edges; e++)
        left[e] = compare_lanes(x, edges[e]);
}

/* 32 lanes: their leaves, and those added to 32 sums. */
TARGET static inline void add_half(const int16_t *table, __m256i leaves, int32_t *sums)
{
    const __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 32);
    const __m512i index = _mm512_cvtepu8_epi16(leaves);
    const __m512i found = _mm512_permutex2var_epi16(low, index, high);
    const __m512i first = _mm512_cvtepi16_epi32(_mm512_castsi512_si256(found));
    const __m512i second = _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(found, 1));
    _mm512_storeu_si512(sums, _mm512_add_epi32(_mm512_loadu_si512(sums), first));
    _mm512_storeu_si512(sums + 16, _mm512_add_epi32(_mm512_loadu_si512(sums + 16), second));
}

/* As sm_tree_reach, but the leaves are counted on the way down: a lane that goes right has passed by those on its
 * left. */
TARGET static inline __m512i find_leaves(const tree *t, const lane_mask *left)
{
    lane_mask reach[2 * TREE_LEAVES];
    __m512i index = _mm512_setzero_si512();
    reach[0] = ~(lane_mask)0;
    for (size_t i = 0; i < t->n_nodes; i++) {
        const tree_node *node = &t->nodes[i];
        const lane_mask here = reach[i], goes_left = here & left[node->split];
        const lane_mask goes_right = here ^ goes_left;
        reach[node->left] = goes_left;
        reach[node->right] = goes_right;
        index =
            _mm512_mask_add_epi8(index, goes_right, index, _mm512_set1_epi8((char)node->skip));
    }
    return index;
}

TARGET static void walk(const forest *f, const lane_mask *left, int32_t sums[TREE_LANES])
{
    for (size_t i = 0; i < f->n_trees; i++) {
        const tree *t = &f->trees[i];
        const __m512i leaves = find_leaves(t, left);
        add_half(t->leaves, _mm512_castsi512_si256(leaves), sums);
        add_half(t->leaves, _mm512_extracti64x4_epi64(leaves, 1), sums + 32);
    }
}

const tree_path sm_tree_path_avx512 = {compare, walk};
#endif
