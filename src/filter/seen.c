/* A set of hashes, and the counting of equal items with it.
 * SPDX-License-Identifier: MIT */
#include "filter_internal.h"

#include <string.h>

void sm_seen_begin(sm_seen *seen, size_t n)
{
    seen->n_slots = 16;
    while (seen->n_slots < 2 * n)
        seen->n_slots *= 2;
    if (seen->n_slots > seen->cap) {
        seen->cap = seen->n_slots;
        sm_free(seen->slots);
        seen->slots = sm_malloc(seen->cap * sizeof *seen->slots);
    }
    memset(seen->slots, 0, seen->n_slots * sizeof *seen->slots);
}

bool sm_seen_add(sm_seen *seen, uint64_t hash)
{
    const uint64_t key = hash | (uint64_t)1 << 63; /* 0 is a free slot */
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & (seen->n_slots - 1);
    while (seen->slots[i] != 0 && seen->slots[i] != key)
        i = (i + 1) & (seen->n_slots - 1);
    const bool was_there = seen->slots[i] == key;
    seen->slots[i] = key;
    return was_there;
}

void sm_items_add(sm_items *list, uint64_t hash, uint64_t length)
{
    list->items = sm_array_grow(list->items, list->n, &list->cap, sizeof *list->items);
    list->items[list->n++] = (sm_item){.hash = hash, .length = length};
}

sm_repeats sm_items_repeats(const sm_items *list, sm_seen *seen)
{
    sm_repeats out = {.items = list->n};
    sm_seen_begin(seen, list->n);
    for (size_t i = 0; i < list->n; i++) {
        const bool repeated = sm_seen_add(seen, list->items[i].hash);
        out.characters += list->items[i].length;
        out.repeats += repeated;
        out.repeated_characters += repeated ? list->items[i].length : 0;
    }
    return out;
}
