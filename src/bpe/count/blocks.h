/* Memory that grows without moving: what lies in it keeps its address and its place.
 * SPDX-License-Identifier: MIT
 *
 * A place counts units of 8 bytes. Its upper bits name a block of 2 MiB, so that a place is found with one look into
 * a short list; all blocks but the first are large pages (../pages.h), since a hash table reads them in no
 * order. What is larger than a block lies in several that follow each other. */
#ifndef SM_BPE_BLOCKS_H
#define SM_BPE_BLOCKS_H

#include <seimai/base.h>

enum { BLOCK_BITS = 18, BLOCK_UNITS = 1 << BLOCK_BITS };

typedef struct block {
    uint64_t *units;
    size_t used, room; /* of the block and of those that go on with it; these have 0 */
} block;

/* Init {0}. */
typedef struct blocks {
    block *list; /* [n] */
    size_t n, cap;
    size_t last; /* the one that is being filled */
} blocks;

/* blocks_add makes room for n >= 1 units and gives their place, below UINT32_MAX. */
size_t blocks_add(blocks *b, size_t n);
void blocks_clear(blocks *b); /* forgets all; keeps the first block */
void blocks_fini(blocks *b);
/* blocks_bytes is the memory in use with n more units. */
size_t blocks_bytes(const blocks *b, size_t n);

static inline uint64_t *blocks_at(const blocks *b, size_t place)
{
    return b->list[place >> BLOCK_BITS].units + (place & (BLOCK_UNITS - 1));
}

/* The place that was given next after this one, which has n units. */
static inline size_t blocks_after(const blocks *b, size_t place, size_t n)
{
    const size_t at = place >> BLOCK_BITS, used = b->list[at].used;
    if ((place & (BLOCK_UNITS - 1)) + n < used) return place + n;
    return (at + (used + BLOCK_UNITS - 1) / BLOCK_UNITS) << BLOCK_BITS;
}

#endif
