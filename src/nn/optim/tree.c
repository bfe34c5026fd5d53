/* The binary tree of leaves: see seimai/optim.h.
 * SPDX-License-Identifier: MIT
 *
 * It works like a binary counter: level l holds a sum of 2^l leaves while bit l of the number of leaves is 1. A
 * new leaf is carried upwards through the levels that are full, and is the carry itself. */
#include "kern/vec.h"

#include <seimai/optim.h>

#include <string.h>

enum { LEVELS = 33 };

struct sm_tree {
    size_t n;
    uint32_t leaves, added;
    float *level[LEVELS]; /* NULL until it is needed */
    const float *sum;     /* the last leaf, once all were added into it; NULL before */
};

int sm_tree_new(sm_tree **out, size_t n, uint32_t leaves, sm_error *err)
{
    *out = NULL;
    if (leaves == 0 || (leaves & (leaves - 1)) != 0)
        SM_FAIL(err, SM_EUSAGE, "leaves: %u is not a power of two", leaves);
    sm_tree *const tree = sm_calloc(1, sizeof *tree);
    tree->n = n;
    tree->leaves = leaves;
    *out = tree;
    return SM_OK;
}

void sm_tree_free(sm_tree *tree)
{
    if (!tree) return;
    for (size_t l = 0; l < LEVELS; l++)
        sm_vector_free(tree->level[l]);
    sm_free(tree);
}

/* to ← left + carry */
static void add_left(float *to, const float *left, const float *carry, size_t n,
                     unsigned threads)
{
    const sm_vec *const vec = sm_vec_choose();
#pragma omp parallel for num_threads((int)threads)
    for (size_t first = 0; first < n; first += SM_VECTOR_BLOCK)
        vec->add(to + first, left + first, carry + first,
                 n - first < SM_VECTOR_BLOCK ? n - first : SM_VECTOR_BLOCK);
}

/* The level that a sum ends at: the lowest that is not full. */
static size_t free_level(const sm_tree *tree)
{
    size_t l = 0;
    while (tree->added >> l & 1)
        l++;
    return l;
}

void sm_tree_add(sm_tree *tree, float *leaf, unsigned threads)
{
    const size_t end = free_level(tree);
    const bool last = tree->added + 1 == tree->leaves;
    if (!last && !tree->level[end]) tree->level[end] = sm_vector_new(tree->n);
    for (size_t l = 0; l < end; l++)
        add_left(!last && l + 1 == end ? tree->level[end] : leaf, tree->level[l], leaf, tree->n,
                 threads);
    if (!last && end == 0) memcpy(tree->level[0], leaf, tree->n * sizeof *leaf);
    tree->added = last ? 0 : tree->added + 1;
    tree->sum = last ? leaf : NULL;
}

const float *sm_tree_sum(const sm_tree *tree)
{
    return tree->sum;
}

size_t sm_tree_floats(const sm_tree *tree)
{
    size_t levels = 0;
    while (tree->leaves >> levels > 1)
        levels++;
    return levels * tree->n;
}

double sm_tree_total(const double *leaf, size_t n)
{
    if (n == 0) return 0.0;
    if (n == 1) return leaf[0];
    return sm_tree_total(leaf, n / 2) + sm_tree_total(leaf + n / 2, n - n / 2);
}
