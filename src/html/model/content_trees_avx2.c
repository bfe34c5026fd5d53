/* The steps of content_trees.h with AVX2.
 * SPDX-License-Identifier: MIT */
#include "content_trees.h"

#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))

TARGET static inline void add_leaves(const tree *t, const lane_bins *leaves,
                                     int32_t sums[TREE_LANES])
{
    for (size_t i = 0; i < TREE_LANES; i++)
        sums[i] += t->leaves[leaves->of[i]];
}

#define VECTOR     32
#define ADD_LEAVES add_leaves
#include "content_trees_walk.h"

const tree_path sm_tree_path_avx2 = {bin, walk};
#endif
