/* The step of content_trees.h that all paths share: which lanes come to each leaf.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_TREES_WALK_H
#define SEIMAI_CONTENT_TREES_WALK_H

#include "content_trees.h"

/* sm_tree_reach gives the lanes that reach each node, and from TREE_LEAVES on those of each leaf. */
static inline void sm_tree_reach(const tree *t, const lane_mask *left,
                                 lane_mask reach[2 * TREE_LEAVES])
{
    reach[t->n_nodes ? 0 : TREE_LEAVES] = ~(lane_mask)0;
    for (size_t i = 0; i < t->n_nodes; i++) {
        const tree_node *node = &t->nodes[i];
        const lane_mask here = reach[i], goes_left = here & left[node->split];
        reach[node->left] = goes_left;
        reach[node->right] = here ^ goes_left;
    }
}

#endif
