/* Forests of decision trees over the blocks of a page.
 * SPDX-License-Identifier: MIT
 *
 * A tree is walked for TREE_LANES blocks at once, without a branch that depends on a block. First every threshold is
 * compared with the values of all lanes: a bit a lane. A node then divides the lanes that reach it by the bits of its
 * threshold, which is one `and` of 64-bit masks. Leaves are numbered from left to right, so a lane's leaf is the
 * sum of the leaves that it passed by on its left: nothing has to be looked for at the leaves (the idea of
 * QuickScorer: C. Lucchese et al., "QuickScorer", SIGIR 2015, which has one bit a leaf). Leaves are integers and
 * so are their sums: all paths agree to the bit. */
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

/* What forests read: features and the thresholds of each, rising. One threshold of one feature is a split; splits are
 * numbered through the list. */
typedef struct split_list {
    size_t n, n_splits;
    uint16_t feature[TREE_FEATURES];
    uint8_t n_edges[TREE_FEATURES];
    uint16_t first[TREE_FEATURES]; /* split of each feature */
    const float *edges[TREE_FEATURES];
} split_list;

/* value ≤ edges[feature][edge] goes left, all else (NaN too) right. A child is the number of a later node of the
 * tree; TREE_LEAVES or more is a leaf. */
typedef struct tree_node {
    uint16_t split;        /* first[feature] + edge */
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

/* A bit for each of TREE_LANES blocks. */
typedef uint64_t lane_mask;

/* The steps, as fast as a machine can. */
typedef struct tree_path {
    /* left[e]: the lanes whose value is at most edges[e]. */
    void (*compare)(const float *values, const float *edges, size_t n_edges, lane_mask *left);
    /* Adds the leaves of all trees for TREE_LANES blocks; left[i] belongs to split i of the list. */
    void (*walk)(const forest *f, const lane_mask *left, int32_t sums[TREE_LANES]);
} tree_path;

/* sm_tree_compare_one is `compare` where all lanes have the same value. */
void sm_tree_compare_one(float value, const float *edges, size_t n_edges, lane_mask *left);

extern const tree_path sm_tree_path_portable, sm_tree_path_avx2, sm_tree_path_avx512;
/* sm_tree_path_best gives the fastest path that this machine has. */
const tree_path *sm_tree_path_best(void);

/* One block after the other, by the values themselves: the oracle of the tests. columns[f] has feature f. */
void sm_forest_walk_slowly(const forest *f, const split_list *list, const float *const *columns,
                           int32_t sums[TREE_LANES]);

static inline float sm_forest_score(const forest *f, int32_t sum)
{
    return f->bias + f->scale * (float)sum;
}

#endif
