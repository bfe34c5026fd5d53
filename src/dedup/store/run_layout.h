/* Where things lie in a sorted run's file; shared by its reader and its writer. SPDX-License-Identifier: MIT */
#ifndef SM_RUN_LAYOUT_H
#define SM_RUN_LAYOUT_H

#include "sorted_run.h"

#define RUN_MAGIC 0x525369616D696573U /* "seimaiSR" */

enum {
    RUN_VERSION = 1,
    LINE_BYTES = 64,
    LINE_BITS = 8 * LINE_BYTES,
    FILTER_BITS = 10, /* an entry */
    FILTER_PROBES = 7,
    FENCE_BYTES = 8
};

/* In memory a filter lies in pieces of one size, so that those of merged runs are used again for the new one. */
enum { PIECE_LINES = 1 << 14, FILTER_PIECE = PIECE_LINES * LINE_BYTES };

static inline size_t run_entry_bytes(bool wide)
{
    return wide ? 20 : 12;
}

static inline uint64_t run_pages_of(uint64_t items, size_t size)
{
    return (items + PAGE_ITEMS(size) - 1) / PAGE_ITEMS(size);
}

/* The line of a key: its upper bits, scaled; there are fewer than 2^32 lines (256 GiB). */
static inline uint64_t run_line_of(uint64_t key, uint64_t lines)
{
    return ((key >> 32) * lines) >> 32;
}

/* Nine bits a probe, from a product that all bits of the key go into. */
static inline uint64_t run_probes_of(uint64_t key)
{
    return key * 0x9E3779B97F4A7C15U;
}

static inline void run_put_entry(unsigned char *p, const run_entry *e, bool wide)
{
    sm_put_u64(p, e->key);
    if (wide) sm_put_u64(p + 8, e->rest);
    sm_put_u32(p + (wide ? 16 : 8), e->document);
}

static inline run_entry run_get_entry(const unsigned char *p, bool wide)
{
    return (run_entry){sm_get_u64(p), wide ? sm_get_u64(p + 8) : 0,
                       sm_get_u32(p + (wide ? 16 : 8))};
}

#endif
