/* The binary tree of leaves: see seimai/optim.h.
 * SPDX-License-Identifier: MIT
 *
 * It works like a binary counter: level l holds a sum of 2^l leaves while bit l of the number of leaves is 1. A
 * new leaf is carried upwards through the levels that are full. */
#include "kern/vec.h"

#include <seimai/optim.h>

enum { LEVELS = 33 };

struct sm_tree {
    size_t n;
    uint32_t leaves, added;
    float *carry;         /* where the next leaf is written */
    float *level[LEVELS]; /* NULL until it is needed */
    bool full;            /* all leaves were added: the sum lies in carry */
};

int sm_tree_new(sm_tree **out, size_t n, uint32_t leaves, sm_error *err)
{
    *out = NULL;
    if (leaves == 0 || (leaves & (leaves - 1)) != 0)
        SM_FAIL(err, SM_EUSAGE, "leaves: %u is not a power of two", leaves);
    sm_tree *const tree = sm_calloc(1, sizeof *tree);
    tree->n = n;
    tree->leaves = leaves;
    tree->carry = sm_vector_new(n);
    *out = tree;
    return SM_OK;
}

void sm_tree_free(sm_tree *tree)
{
    if (!tree) return;
    sm_vector_free(tree->carry);
    for (size_t l = 0; l < LEVELS; l++)
        sm_vector_free(tree->level[l]);
    sm_free(tree);
}

float *sm_tree_leaf(sm_tree *tree)
{
    tree->full = false;
    return tree->carry;
}

/* carry ← left + carry */
static void add_left(float *carry, const float *left, size_t n, unsigned threads)
{
    const sm_vec *const vec = sm_vec_choose();
#pragma omp parallel for num_threads((int)threads)
    for (size_t first = 0; first < n; first += SM_VECTOR_BLOCK)
        vec->add(carry + first, left + first, carry + first,
                 n - first < SM_VECTOR_BLOCK ? n - first : SM_VECTOR_BLOCK);
}

void sm_tree_add(sm_tree *tree, unsigned threads)
{
    size_t l = 0;
    for (; tree->added >> l & 1; l++)
        add_left(tree->carry, tree->level[l], tree->n, threads);
    tree->added++;
    if (tree->added == tree->leaves) {
        tree->added = 0;
        tree->full = true;
        return;
    }
    if (!tree->level[l]) tree->level[l] = sm_vector_new(tree->n);
    float *const sum = tree->carry;
    tree->carry = tree->level[l];
    tree->level[l] = sum;
}

const float *sm_tree_sum(sm_tree *tree)
{
    return tree->full ? tree->carry : NULL;
}

double sm_tree_total(const double *leaf, size_t n)
{
    if (n == 0) return 0.0;
    if (n == 1) return leaf[0];
    return sm_tree_total(leaf, n / 2) + sm_tree_total(leaf + n / 2, n - n / 2);
}
