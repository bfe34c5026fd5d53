/* Adding blocks: see blocks.h.
 * SPDX-License-Identifier: MIT */
#include "blocks.h"

#include "pages.h"

enum { FIRST_UNITS = 4096 };

static void put_block(blocks *b, block more)
{
    b->list = sm_array_grow(b->list, b->n, &b->cap, sizeof *b->list);
    b->list[b->n++] = more;
}

/* A small table stays small: its first block doubles, up to the size of all others. */
static void grow_first(blocks *b, size_t n)
{
    if (b->n == 0) put_block(b, (block){0});
    block *first = &b->list[0];
    const size_t twice = first->room ? 2 * first->room : FIRST_UNITS;
    const size_t more = twice < n ? n : twice;
    first->room = more < BLOCK_UNITS ? more : BLOCK_UNITS;
    first->units = sm_realloc(first->units, first->room * sizeof *first->units);
}

/* What needs several blocks has them for itself: whatever else there is begins and ends in one block. */
static void open_blocks(blocks *b, size_t n)
{
    const size_t count = (n + BLOCK_UNITS - 1) / BLOCK_UNITS;
    const size_t room = count > 1 ? n : BLOCK_UNITS;
    if (b->n + count > UINT32_MAX >> BLOCK_BITS) sm_out_of_memory(room * sizeof(uint64_t));
    uint64_t *const units = pages_map(room * sizeof *units);
    b->last = b->n;
    put_block(b, (block){units, 0, room});
    for (size_t i = 1; i < count; i++)
        put_block(b, (block){.units = units + i * BLOCK_UNITS});
}

size_t blocks_add(blocks *b, size_t n)
{
    const block *now = b->n ? &b->list[b->last] : NULL;
    if (!now || now->used + n > now->room) {
        const size_t used = now ? now->used : 0;
        if (b->last == 0 && used + n <= BLOCK_UNITS)
            grow_first(b, used + n);
        else
            open_blocks(b, n);
    }
    block *last = &b->list[b->last];
    const size_t place = (b->last << BLOCK_BITS) + last->used;
    last->used += n;
    return place;
}

/* The first block comes from the heap, unless what it holds was too large for it. */
static void close_blocks(blocks *b, size_t from)
{
    for (size_t i = from; i < b->n; i++) {
        const block *old = &b->list[i];
        if (i == 0 && old->room <= BLOCK_UNITS)
            sm_free(old->units);
        else if (old->room)
            pages_unmap(old->units, old->room * sizeof *old->units);
    }
    b->n = from;
    b->last = 0;
}

void blocks_clear(blocks *b)
{
    const size_t kept = b->n && b->list[0].room <= BLOCK_UNITS;
    close_blocks(b, kept);
    if (kept) b->list[0].used = 0;
}

void blocks_fini(blocks *b)
{
    close_blocks(b, 0);
    sm_free(b->list);
    *b = (blocks){0};
}

size_t blocks_bytes(const blocks *b, size_t n)
{
    const size_t used = b->n ? b->list[b->last].used + n : n;
    if (b->last == 0 && used <= BLOCK_UNITS) return used * sizeof(uint64_t);
    const size_t count = (used + BLOCK_UNITS - 1) / BLOCK_UNITS;
    return (b->last + count) * BLOCK_UNITS * sizeof(uint64_t);
}
