/* ng_trie.c - a trie in a hash table: a node is the slot of the edge that leads to it.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

void ng_trie_init(ng_trie *trie, size_t characters)
{
    *trie = (ng_trie){.bits = 6};
    while (((size_t)1 << trie->bits) < 2 * characters)
        trie->bits++;
    trie->edges = sm_calloc((size_t)1 << trie->bits, sizeof *trie->edges);
    trie->accept = sm_calloc((size_t)1 << trie->bits, sizeof *trie->accept);
}

void ng_trie_fini(ng_trie *trie)
{
    sm_free(trie->edges);
    sm_free(trie->accept);
}

static inline uint64_t key_of(uint32_t node, uint32_t c)
{
    return ((uint64_t)(node + 1) << 32 | c) +
           1; /* the root's is 0: its edges must not be empty slots */
}

/* The slot that holds a key, or the empty one where it belongs. */
static inline uint32_t slot_of(const ng_trie *trie, uint64_t key)
{
    const uint32_t mask = ((uint32_t)1 << trie->bits) - 1;
    uint32_t slot = (uint32_t)((key * 0x9E3779B97F4A7C15u) >> (64 - trie->bits));
    while (trie->edges[slot] != 0 && trie->edges[slot] != key)
        slot = (slot + 1) & mask;
    return slot;
}

uint32_t ng_trie_put(ng_trie *trie, const uint32_t *word, size_t n)
{
    uint32_t node = NG_ROOT;
    for (size_t i = 0; i < n; i++) {
        const uint64_t key = key_of(node, word[i]);
        node = slot_of(trie, key);
        trie->edges[node] = key;
    }
    if (n > trie->longest) trie->longest = (uint32_t)n;
    return node;
}

uint32_t ng_trie_step(const ng_trie *trie, uint32_t node, uint32_t c)
{
    if (trie->bits == 0) return NG_NONE;
    const uint32_t slot = slot_of(trie, key_of(node, c));
    return trie->edges[slot] ? slot : NG_NONE;
}
