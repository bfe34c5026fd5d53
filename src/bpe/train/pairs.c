/* The table of pairs.
 * SPDX-License-Identifier: MIT */
#include "pairs.h"

void pairs_fini(pairs *t)
{
    sm_free(t->p);
    sm_free(t->slots);
    *t = (pairs){0};
}

static size_t home(const pairs *t, uint64_t key)
{
    const uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(h ^ h >> 32) & t->mask;
}

static void grow(pairs *t)
{
    const size_t size = t->slots ? (t->mask + 1) * 2 : 4096;
    sm_free(t->slots);
    t->slots = sm_calloc(size, sizeof *t->slots);
    t->mask = size - 1;
    for (size_t k = 0; k < t->n; k++) {
        size_t i = home(t, t->p[k].key);
        while (t->slots[i])
            i = (i + 1) & t->mask;
        t->slots[i] = (uint32_t)(k + 1);
    }
}

pair *pairs_add(pairs *t, uint64_t key)
{
    if (!t->slots || t->n * 2 >= t->mask) grow(t);
    size_t i = home(t, key);
    while (t->slots[i])
        i = (i + 1) & t->mask;
    t->p = sm_array_grow(t->p, t->n, &t->cap, sizeof *t->p);
    t->slots[i] = (uint32_t)(t->n + 1);
    t->p[t->n] = (pair){.key = key, .queued = PAIR_NOT_QUEUED};
    return &t->p[t->n++];
}

pair *pairs_find(const pairs *t, uint64_t key)
{
    if (!t->slots) return NULL;
    for (size_t i = home(t, key); t->slots[i]; i = (i + 1) & t->mask)
        if (t->p[t->slots[i] - 1].key == key) return &t->p[t->slots[i] - 1];
    return NULL;
}
