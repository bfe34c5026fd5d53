/* Open addressing over XXH3, doubled at a load of one half.
 * SPDX-License-Identifier: MIT */
#include "intern.h"

#include <seimai/hash.h>

#include <string.h>

void intern_free(intern *in)
{
    sm_free(in->strings);
    sm_free(in->slots);
    sm_arena_free(&in->arena);
    *in = (intern){0};
}

/* The slot of a string, or the free one where it belongs. */
static size_t probe(const intern *in, sm_span s, uint32_t hash)
{
    for (size_t i = hash & in->mask;; i = (i + 1) & in->mask) {
        if (in->slots[i] == 0) return i;
        const intern_string *have = &in->strings[in->slots[i] - 1];
        if (have->hash == hash && have->n == s.n && memcmp(have->p, s.p, s.n) == 0) return i;
    }
}

static void grow(intern *in)
{
    const size_t size = in->slots ? (in->mask + 1) * 2 : 1024;
    sm_free(in->slots);
    in->slots = sm_calloc(size, sizeof *in->slots);
    in->mask = size - 1;
    for (size_t k = 0; k < in->n; k++) {
        size_t i = in->strings[k].hash & in->mask;
        while (in->slots[i])
            i = (i + 1) & in->mask;
        in->slots[i] = (uint32_t)(k + 1);
    }
}

static uint32_t hash_of(sm_span s)
{
    return (uint32_t)(sm_hash64(s) >> 16);
}

size_t intern_add(intern *in, sm_span s)
{
    if (!in->slots || in->n * 2 >= in->mask) grow(in);
    const uint32_t hash = hash_of(s);
    const size_t slot = probe(in, s, hash);
    if (in->slots[slot]) return in->slots[slot] - 1;
    in->strings = sm_array_grow(in->strings, in->n, &in->cap, sizeof *in->strings);
    in->strings[in->n] = (intern_string){sm_arena_copy(&in->arena, s).p, (uint32_t)s.n, hash};
    in->slots[slot] = (uint32_t)++in->n;
    return in->n - 1;
}

size_t intern_find(const intern *in, sm_span s)
{
    if (!in->slots) return INTERN_NONE;
    const size_t slot = probe(in, s, hash_of(s));
    return in->slots[slot] ? in->slots[slot] - 1 : INTERN_NONE;
}
