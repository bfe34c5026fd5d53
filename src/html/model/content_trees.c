/* The portable path, the oracle, and the choice of a path: see content_trees.h.
 * SPDX-License-Identifier: MIT */
#include "content_trees_walk.h"

/* ---- the portable path --------------------------------------------------------------------- */

static void compare(const float *values, const float *edges, size_t n_edges, lane_mask *left)
{
    for (size_t e = 0; e < n_edges; e++) {
        left[e] = 0;
        for (size_t i = 0; i < TREE_LANES; i++)
            left[e] |= (lane_mask)(values[i] <= edges[e]) << i;
    }
}

static void walk(const forest *f, const lane_mask *left, int32_t sums[TREE_LANES])
{
    lane_mask reach[2 * TREE_LEAVES];
    for (size_t i = 0; i < f->n_trees; i++) {
        const tree *t = &f->trees[i];
        sm_tree_reach(t, left, reach);
        for (size_t leaf = 0; leaf <= t->n_nodes; leaf++)
            for (lane_mask m = reach[TREE_LEAVES + leaf]; m; m &= m - 1)
                sums[__builtin_ctzll(m)] += t->leaves[leaf];
    }
}

const tree_path sm_tree_path_portable = {compare, walk};

void sm_tree_compare_one(float value, const float *edges, size_t n_edges, lane_mask *left)
{
    for (size_t e = 0; e < n_edges; e++)
        left[e] = value <= edges[e] ? ~(lane_mask)0 : 0;
}

/* ---- the oracle, and the choice ------------------------------------------------------------ */

static int16_t leaf_of(const tree *t, const split_list *list, const float *const *columns,
                       size_t lane)
{
    size_t at = t->n_nodes ? 0 : TREE_LEAVES, leaf = 0;
    while (at < TREE_LEAVES) {
        const tree_node *node = &t->nodes[at];
        const float value = columns[list->feature[node->feature]][lane];
        const bool left = value <= list->edges[node->feature][node->edge];
        at = left ? node->left : node->right;
        leaf += left ? 0 : node->skip;
    }
    return t->leaves[leaf];
}

void sm_forest_walk_slowly(const forest *f, const split_list *list, const float *const *columns,
                           int32_t sums[TREE_LANES])
{
    for (size_t lane = 0; lane < TREE_LANES; lane++)
        for (size_t i = 0; i < f->n_trees; i++)
            sums[lane] += leaf_of(&f->trees[i], list, columns, lane);
}

const tree_path *sm_tree_path_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512bw")) return &sm_tree_path_avx512;
    if (__builtin_cpu_supports("avx2")) return &sm_tree_path_avx2;
#endif
    return &sm_tree_path_portable;
}
