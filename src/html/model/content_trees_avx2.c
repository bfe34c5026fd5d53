/* The steps of content_trees.h with AVX2.
 * SPDX-License-Identifier: MIT */
#include "content_trees_walk.h"

#ifdef __x86_64__
#include <immintrin.h>

#include <string.h>

#define TARGET __attribute__((target("avx2")))

enum { FLOATS = 8, BYTES = 32, INDEX_BITS = 6 /* of a leaf's number */ };

TARGET static void compare(const float *values, const float *edges, size_t n_edges,
                           lane_mask *left)
{
    for (size_t e = 0; e < n_edges; e++) {
        const __m256 edge = _mm256_set1_ps(edges[e]);
        uint8_t bits[TREE_LANES / FLOATS];
        for (size_t i = 0; i < TREE_LANES / FLOATS; i++) {
            const __m256 x = _mm256_loadu_ps(values + i * FLOATS);
            bits[i] = (uint8_t)_mm256_movemask_ps(_mm256_cmp_ps(x, edge, _CMP_LE_OQ));
        }
        memcpy(&left[e], bits, sizeof bits);
    }
}

/* The bits of the leaves' numbers: bit k of a lane's leaf is its bit in planes[k]. Pairs of leaves become one until a
 * single one is left. */
static void find_planes(lane_mask *leaves, size_t n, lane_mask planes[INDEX_BITS])
{
    for (size_t k = 0; k < INDEX_BITS; k++, n = (n + 1) / 2) {
        lane_mask odd = 0;
        for (size_t i = 0; i + 1 < n; i += 2) {
            odd |= leaves[i + 1];
            leaves[i / 2] = leaves[i] | leaves[i + 1];
        }
        if (n % 2) leaves[n / 2] = leaves[n - 1];
        planes[k] = odd;
    }
}

/* A byte of 2^k for each bit that is set in 32. */
TARGET static inline __m256i spread(lane_mask bits, size_t half, size_t k)
{
    const __m256i byte_of = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2,
                                             2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit_of = _mm256_set1_epi64x((long long)0x8040201008040201U);
    const __m256i all = _mm256_set1_epi32((int)(uint32_t)(bits >> 32 * half));
    const __m256i own = _mm256_and_si256(_mm256_shuffle_epi8(all, byte_of), bit_of);
    return _mm256_and_si256(_mm256_cmpeq_epi8(own, bit_of), _mm256_set1_epi8((char)(1 << k)));
}

TARGET static void find_leaves(const lane_mask planes[INDEX_BITS], uint8_t leaves[TREE_LANES])
{
    for (size_t half = 0; half < TREE_LANES / BYTES; half++) {
        __m256i index = _mm256_setzero_si256();
        for (size_t k = 0; k < INDEX_BITS; k++)
            index = _mm256_or_si256(index, spread(planes[k], half, k));
        _mm256_storeu_si256((__m256i *)(void *)(leaves + half * BYTES), index);
    }
}

TARGET static void walk(const forest *f, const lane_mask *left, int32_t sums[TREE_LANES])
{
    lane_mask reach[2 * TREE_LEAVES], planes[INDEX_BITS];
    uint8_t leaves[TREE_LANES];
    for (size_t i = 0; i < f->n_trees; i++) {
        const tree *t = &f->trees[i];
        sm_tree_reach(t, left, reach);
        find_planes(reach + TREE_LEAVES, t->n_nodes + 1, planes);
        find_leaves(planes, leaves);
        for (size_t lane = 0; lane < TREE_LANES; lane++)
            sums[lane] += t->leaves[leaves[lane]];
    }
}

const tree_path sm_tree_path_avx2 = {compare, walk};
#endif
