/* Forests of decision trees over the blocks of a page.
 * SPDX-License-Identifier: MIT
 *
 * A tree is walked for TREE_LANES blocks at once, without a branch that depends on a block. Values become bins
 * first, a byte each: how many of the feature's thresholds lie below it. A node then is one comparison of bytes
 * that divides the lanes which reach it. Leaves are numbered from left to right, so a lane's leaf is the sum of the
 * leaves that it passed by on its left: nothing has to be looked for at the leaves (the idea of QuickScorer:
 * C. Lucchese et al., "QuickScorer", SIGIR 2015, which has one bit a leaf). Leaves are integers and so are their
 * sums: all paths agree to the bit. */
#ifndef SEIMAI_CONTENT_TREES_H
#define SEIMAI_CONTENT_TREES_H

#include <seimai/base.h>

enum {
    TREE_LANES = 64,
    TREE_LEAVES = 64, /* of a tree, at most */
    TREE_NODES = TREE_LEAVES - 1,
    TREE_FEATURES = 255, /* that forests of one list read */
    TREE_EDGES = 255     /* thresholds of a feature */
};

/* What forests read: features and the thresholds of each, rising. */
typedef struct bin_list {
    size_t n;
    uint16_t feature[TREE_FEATURES];
    uint8_t n_edges[TREE_FEATURES];
    const float *edges[TREE_FEATURES];
} bin_list;

/* value ≤ edges[feature][edge] goes left, all else (NaN too) right. A child is the number of a later node of the
 * tree; TREE_LEAVES or more is a leaf. */
typedef struct tree_node {
    uint8_t feature, edge; /* places in the list */
    uint8_t left, right;
    uint8_t skip; /* leaves of the left subtree */
} tree_node;

typedef struct tree {
    int16_t leaves[TREE_LEAVES]; /* from left to right */
    const tree_node *nodes;      /* parents before children */
    size_t n_nodes;
} tree;

typedef struct forest {
    tree *trees;
    size_t n_trees;
    float bias, scale; /* score = bias + scale · sum */
} forest;

/* A byte for each of TREE_LANES blocks. */
typedef struct lane_bins {
    uint8_t of[TREE_LANES];
} lane_bins;

/* The steps, as fast as a machine can. */
typedef struct tree_path {
    /* Bins of TREE_LANES values: the number of edges below a value; 255 for NaN. */
    void (*bin)(const float *values, const float *edges, size_t n_edges, lane_bins *bins);
    /* Adds the leaves of all trees for TREE_LANES blocks; bins[i] belongs to feature i of the list. */
    void (*walk)(const forest *f, const lane_bins *bins, int32_t sums[TREE_LANES]);
} tree_path;

extern const tree_path sm_tree_path_portable, sm_tree_path_avx2, sm_tree_path_avx512;
/* sm_tree_path_best gives the fastest path that this machine has. */
const tree_path *sm_tree_path_best(void);

/* One block after the other, by the values themselves: the oracle of the tests. columns[f] has feature f. */
void sm_forest_walk_slowly(const forest *f, const bin_list *list, const float *const *columns,
                           int32_t sums[TREE_LANES]);

static inline float sm_forest_score(const forest *f, int32_t sum)
{
    return f->bias + f->scale * (float)sum;
}

#endif
