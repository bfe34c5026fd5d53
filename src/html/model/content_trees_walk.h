/* The steps of content_trees.h, to be included once a path. The including file defines
 *     TARGET                        the attribute of the path, may be empty
 *     VECTOR                        bytes of the target's vectors
 *     ADD_LEAVES(t, leaves, sums)   adds a tree's leaf to each lane
 *     FIND_LEAVES(t, bins, leaves)  finds them, where it knows better
 * SPDX-License-Identifier: MIT */
#include <string.h>

typedef float float_vector __attribute__((vector_size(VECTOR)));
typedef int32_t int_vector __attribute__((vector_size(VECTOR)));
typedef uint8_t count_vector __attribute__((vector_size(VECTOR / 4)));
enum {
    FLOATS = VECTOR / sizeof(float),
    AT_ONCE = 4 /* vectors: what a threshold is loaded for */
};

TARGET static void bin(const float *values, const float *edges, size_t n_edges, lane_bins *bins)
{
    for (size_t i = 0; i < TREE_LANES; i += AT_ONCE * FLOATS) {
        float_vector x[AT_ONCE];
        int_vector below[AT_ONCE];
        memcpy(x, values + i, sizeof x);
        for (size_t k = 0; k < AT_ONCE; k++)
            below[k] = (x[k] != x[k]) & 255;
        for (size_t e = 0; e < n_edges; e++)
            for (size_t k = 0; k < AT_ONCE; k++)
                below[k] -= x[k] > edges[e];
        for (size_t k = 0; k < AT_ONCE; k++) {
            const count_vector counts = __builtin_convertvector(below[k], count_vector);
            memcpy(bins->of + i + k * FLOATS, &counts, sizeof counts);
        }
    }
}

#ifndef FIND_LEAVES
#define FIND_LEAVES find_leaves
typedef uint8_t byte_vector __attribute__((vector_size(VECTOR)));
enum { PARTS = TREE_LANES / VECTOR };

/* Which leaf each lane comes to. masks[i]: the lanes that reach node i, 255 each. */
TARGET static inline void find_leaves(const tree *t, const lane_bins *bins, lane_bins *leaves)
{
    byte_vector masks[2 * TREE_LEAVES][PARTS], index[PARTS];
    memset(index, 0, sizeof index);
    memset(masks[0], 255, sizeof masks[0]);
    for (size_t i = 0; i < t->n_nodes; i++) {
        const tree_node *node = &t->nodes[i];
        const byte_vector edge = (byte_vector){0} + node->edge,
                          skip = (byte_vector){0} + node->skip;
        for (size_t part = 0; part < PARTS; part++) {
            byte_vector x;
            memcpy(&x, bins[node->feature].of + part * VECTOR, sizeof x);
            const byte_vector here = masks[i][part], left = here & (byte_vector)(x <= edge);
            masks[node->left][part] = left;
            masks[node->right][part] = here ^ left;
            index[part] += (here ^ left) & skip;
        }
    }
    memcpy(leaves->of, index, sizeof index);
}
#endif

TARGET static void walk(const forest *f, const lane_bins *bins, int32_t sums[TREE_LANES])
{
    lane_bins leaves;
    for (size_t i = 0; i < f->n_trees; i++) {
        FIND_LEAVES(&f->trees[i], bins, &leaves);
        ADD_LEAVES(&f->trees[i], &leaves, sums);
    }
}
