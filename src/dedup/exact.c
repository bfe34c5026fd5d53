/* The table of exact hashes.
 * SPDX-License-Identifier: MIT */
#include "exact.h"

#include "store/slot_sort.h"

#include <string.h>

enum { SLOTS_MIN = 1024, SLOT_WORDS = 3 };

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

static bool is_full(const exact_table *t, size_t slots, size_t n)
{
    return (t->used + n) * 10 > slots * 7;
}

size_t exact_next_bytes(const exact_table *t, size_t n)
{
    size_t slots = t->mask + 1;
    while (is_full(t, slots, n)) {
        slots *= 2;
    }
    return slots * sizeof *t->slots;
}

bool exact_find(const exact_table *t, sm_hash128 text, uint32_t *document)
{
    for (size_t at = text.lo & t->mask; t->slots[at].document != 0; at = (at + 1) & t->mask) {
        if (!sm_hash128_equal(t->slots[at].text, text)) continue;
        *document = t->slots[at].document - 1;
        return true;
    }
    return false;
}

static void place(exact_table *t, exact_entry e)
{
    size_t at = e.text.lo & t->mask;
    while (t->slots[at].document != 0) {
        at = (at + 1) & t->mask;
    }
    t->slots[at] = e;
}

static void grow(exact_table *t)
{
    exact_entry *const old = t->slots;
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
    uint32_t first = 0;
    if (exact_find(t, text, &first)) return;
    if (is_full(t, t->mask + 1, 1)) grow(t);
    place(t, (exact_entry){text, document + 1, 0});
    t->used++;
}

const exact_entry *exact_take(exact_table *t, size_t *n)
{
    size_t to = 0;
    for (size_t i = 0; i <= t->mask; i++) {
        if (t->slots[i].document == 0) continue;
        t->slots[to] = t->slots[i];
        t->slots[to++].document--;
    }
    *n = to;
    slot_sort((uint64_t *)(void *)t->slots, to, SLOT_WORDS);
    return t->slots;
}

void exact_clear(exact_table *t)
{
    memset(t->slots, 0, exact_bytes(t));
    t->used = 0;
}
