/* Keeping short pre-tokens: who gives way, and when to do without.
 * SPDX-License-Identifier: MIT */
#include "memo.h"

#include "pages.h"

enum { PAUSE = 7 };

static void make_room(memo *m)
{
    const pages p = pages_open(MEMO_SETS * sizeof *m->sets);
    m->memory = p.memory;
    m->sets = memset(p.next, 0, MEMO_SETS * sizeof *m->sets);
}

void memo_open(memo *m, sm_hash128 of)
{
    if (m->sets && sm_hash128_equal(m->of, of)) return;
    if (m->sets)
        memset(m->sets, 0, MEMO_SETS * sizeof *m->sets);
    else
        make_room(m);
    m->of = of;
    m->pause = 0;
}

void memo_free(memo *m)
{
    sm_free(m->memory);
    *m = (memo){0};
}

void memo_put(memo *m, memo_key key, const uint32_t *ids, size_t n)
{
    if (n == 0 || n > MEMO_IDS) return;
    memo_entry e = {{key.low, key.high | (uint64_t)n << MEMO_COUNT}, {0, 0}};
    for (size_t i = 0; i < n; i++) {
        if (ids[i] >> MEMO_ID_BITS) return;
        e.ids[i / 3] |= (uint64_t)ids[i] << i % 3 * MEMO_ID_BITS;
    }
    memo_set *set = memo_set_of(m, key);
    if (memo_is(&set->ways[0], key) || memo_is(&set->ways[1], key)) return;
    set->ways[1] = set->ways[0];
    set->ways[0] = e;
}

void memo_judge(memo *m, size_t asked, size_t misses)
{
    if (m->pause)
        m->pause--;
    else if (2 * misses > asked)
        m->pause = PAUSE;
}
