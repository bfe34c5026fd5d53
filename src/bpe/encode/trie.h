/* A trie over bytes as a double array: one array cell a node, one comparison a step.
 * SPDX-License-Identifier: MIT
 *
 * J. Aoe, "An efficient digital search algorithm by using a double-array structure", IEEE TSE 1989. The child of node
 * x for byte c is cell base(x) + c, if that cell says that x is its parent. */
#ifndef SM_BPE_TRIE_H
#define SM_BPE_TRIE_H

#include <seimai/base.h>

#define TRIE_NONE UINT32_MAX

typedef struct trie_cell {
    uint32_t base;
    uint32_t parent;
    uint32_t value; /* TRIE_NONE: no string ends here */
} trie_cell;

typedef struct trie {
    trie_cell *
        cells; /* cells[0] is the root; 256 unused ones at the end, so that no step leaves it */
    size_t n, cap;
} trie;

typedef struct trie_string {
    sm_span bytes; /* not empty */
    uint32_t value;
} trie_string;

/* Builds a trie of distinct strings, which are sorted on the way. */
void trie_build(trie *t, trie_string *strings, size_t n);
void trie_free(trie *t);

/* The value of the longest string that p begins with, or TRIE_NONE. */
static inline uint32_t trie_longest(const trie *t, const uint8_t *p, const uint8_t *end)
{
    uint32_t node = 0, best = TRIE_NONE;
    for (; p < end; p++) {
        const uint32_t next = t->cells[node].base + *p;
        const trie_cell *cell = &t->cells[next];
        if (cell->parent != node) break;
        if (cell->value != TRIE_NONE) best = cell->value;
        node = next;
    }
    return best;
}

#endif
