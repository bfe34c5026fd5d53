/* The portable path, the oracle, and the choice of a path: see content_trees.h.
 * SPDX-License-Identifier: MIT */
#include "content_trees.h"

static inline void add_leaves(const tree *t, const lane_bins *leaves, int32_t sums[TREE_LANES])
{
    for (size_t i = 0; i < TREE_LANES; i++)
        sums[i] += t->leaves[leaves->of[i]];
}

#define TARGET
#define VECTOR     16
#define ADD_LEAVES add_leaves
#include "content_trees_walk.h"

const tree_path sm_tree_path_portable = {bin, walk};

static int16_t leaf_of(const tree *t, const bin_list *list, const float *const *columns,
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

void sm_forest_walk_slowly(const forest *f, const bin_list *list, const float *const *columns,
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
