/* Which merges are missing for a required alphabet.
 * SPDX-License-Identifier: MIT */
#include "reach.h"

#include <seimai/utf8.h>

void reach_fini(reach *r)
{
    pairs_fini(&r->made);
    sm_free(r->missing);
}

static void put(pairs *made, uint32_t left, uint32_t right, uint32_t symbol)
{
    pairs_add(made, pair_key(left, right))->sum.count = symbol;
}

void reach_learn(reach *r, uint32_t left, uint32_t right, uint32_t made)
{
    put(&r->made, left, right, made);
    r->settled = false;
}

/* What two symbols merge to, by a merge that was learnt or is planned; UINT32_MAX for nothing. */
static uint32_t merged(const reach *r, const pairs *planned, uint32_t left, uint32_t right)
{
    const pair *p = pairs_find(&r->made, pair_key(left, right));
    if (!p) p = pairs_find(planned, pair_key(left, right));
    return p ? (uint32_t)p->sum.count : UINT32_MAX;
}

/* One step of the encoding of a few symbols: the earliest merge. Returns how many are left. */
static size_t step(const reach *r, const pairs *planned, uint32_t *s, size_t n)
{
    size_t best = n;
    uint32_t made = UINT32_MAX;
    for (size_t i = 0; i + 1 < n; i++) {
        const uint32_t m = merged(r, planned, s[i], s[i + 1]);
        if (m >= made) continue;
        made = m;
        best = i;
    }
    if (best == n) return n;
    s[best] = made;
    for (size_t i = best + 1; i + 1 < n; i++)
        s[i] = s[i + 1];
    return n - 1;
}

static size_t spell(const reach *r, const pairs *planned, uint32_t c, uint32_t symbols[4])
{
    char bytes[4];
    size_t n = sm_utf8_put(c, bytes), before = 0;
    for (size_t i = 0; i < n; i++)
        symbols[i] = sm_symbol_of_byte((uint8_t)bytes[i]);
    while (n != before) {
        before = n;
        n = step(r, planned, symbols, n);
    }
    return n;
}

/* From the left: beginnings of characters are shared by their neighbours in Unicode. */
static void plan(reach *r, pairs *planned, uint32_t c, uint32_t next)
{
    uint32_t s[4];
    for (size_t n; (n = spell(r, planned, c, s)) > 1;) {
        r->missing = sm_array_grow(r->missing, r->n_missing, &r->cap, sizeof *r->missing);
        put(planned, s[0], s[1], next + (uint32_t)r->n_missing);
        r->missing[r->n_missing++] = (sm_merge){s[0], s[1]};
    }
}

size_t reach_plan(reach *r, uint32_t next)
{
    if (r->settled) return r->n_missing;
    pairs planned = {0};
    r->n_missing = 0;
    for (size_t i = 0; i < r->n; i++)
        plan(r, &planned, r->required[i], next);
    pairs_fini(&planned);
    r->settled = true;
    return r->n_missing;
}
