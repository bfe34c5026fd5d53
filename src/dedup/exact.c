/* The table of exact hashes.
 * SPDX-License-Identifier: MIT */
#include "exact.h"

typedef struct exact_slot {
    uint64_t lo, hi;
    uint32_t document; /* number + 1; 0 is free */
} slot;

enum { SLOTS_MIN = 1024 };

void exact_init(exact_table *t)
{
    t->mask = SLOTS_MIN - 1;
    t->used = 0;
    t->slots = sm_calloc(SLOTS_MIN, sizeof *t->slots);
}

void exact_fini(exact_table *t)
{
    sm_free(t->slots);
}

size_t exact_bytes(const exact_table *t)
{
    return (t->mask + 1) * sizeof *t->slots;
}

bool exact_find(const exact_table *t, sm_hash128 text, uint32_t *document)
{
    for (size_t at = text.lo & t->mask; t->slots[at].document != 0; at = (at + 1) & t->mask) {
        if (t->slots[at].lo != text.lo || t->slots[at].hi != text.hi) continue;
        *document = t->slots[at].document - 1;
        return true;
    }
    return false;
}

static void place(exact_table *t, slot s)
{
    size_t at = s.lo & t->mask;
    while (t->slots[at].document != 0) {
        at = (at + 1) & t->mask;
    }
    t->slots[at] = s;
}

static void grow(exact_table *t)
{
    slot *const old = t->slots;
    const size_t n_old = t->mask + 1;
    t->mask = 2 * n_old - 1;
    t->slots = sm_calloc(2 * n_old, sizeof *t->slots);
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].document != 0) place(t, old[i]);
    }
    sm_free(old);
}

void exact_insert(exact_table *t, sm_hash128 text, uint32_t document)
{
    if (++t->used * 10 > (t->mask + 1) * 7) grow(t);
    place(t, (slot){text.lo, text.hi, document + 1});
}
