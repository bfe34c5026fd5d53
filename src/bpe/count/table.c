/* Finding, adding and growing: see table.h.
 * SPDX-License-Identifier: MIT */
#include "table.h"

#include "japanese.h"
#include "pages.h"

#include <string.h>

enum { FIRST_SLOTS = 1024, WAVE = 32 };

void table_init(table *t, unsigned kind)
{
    *t = (table){.kind = kind, .n_fixed = kind & TABLE_DOCUMENTS ? 2 : 0};
}

void table_fini(table *t)
{
    blocks_fini(&t->records);
    pages_unmap(t->slots, t->n_slots * sizeof(table_slot));
    *t = (table){0};
}

void table_clear(table *t)
{
    if (t->n) memset(t->slots, 0, t->n_slots * sizeof(table_slot));
    blocks_clear(&t->records);
    t->n = 0;
}

/* ---- the hash -------------------------------------------------------------------------------- */

static inline uint64_t load64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t load32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The two halves of a 128-bit product: every bit of a and b reaches the middle. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    const wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Most pre-tokens are shorter than 16 bytes: two loads that may overlap, one multiplication. Longer ones are
 * folded 16 bytes at a time. Only this table ever sees the values. */
static inline uint32_t hash_of(sm_span s)
{
    static const uint64_t k0 = 0xA0761D6478BD642F, k1 = 0xE7037ED1A0B428DB;
    const char *p = s.p;
    size_t n = s.n;
    uint64_t h = k0 ^ n, a = 0, b = 0;
    for (; n > 16; p += 16, n -= 16)
        h = fold(load64(p) ^ k1, load64(p + 8) ^ h);
    if (n >= 8) {
        a = load64(p);
        b = load64(p + n - 8);
    } else if (n >= 4) {
        a = load32(p);
        b = load32(p + n - 4);
    } else if (n > 0) {
        a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
            (unsigned char)p[n - 1];
    }
    return (uint32_t)(fold(a ^ k1, b ^ h) >> 16);
}

/* ---- slots -------------------------------------------------------------------------------------- */

/* The slot of a string, or the free one where it belongs. */
static inline table_slot *probe(const table *t, sm_span s, uint32_t hash)
{
    table_slot *slots = t->slots;
    const size_t mask = t->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        if (slots[i].at == 0) return &slots[i];
        if (slots[i].hash != hash) continue;
        const table_record *r = table_at(t, slots[i].at - 1);
        if (r->n == s.n && memcmp(table_bytes(t, r).p, s.p, s.n) == 0) return &slots[i];
    }
}

static void grow_slots(table *t)
{
    const table_slot *old = t->slots;
    const size_t n_old = t->n_slots, n = n_old ? n_old * 2 : FIRST_SLOTS;
    table_slot *slots = pages_map(n * sizeof *slots);
    for (size_t k = 0; k < n_old; k++) {
        if (old[k].at == 0) continue;
        size_t i = old[k].hash & (n - 1);
        while (slots[i].at)
            i = (i + 1) & (n - 1);
        slots[i] = old[k];
    }
    pages_unmap(t->slots, n_old * sizeof *old);
    t->slots = slots;
    t->n_slots = n;
}

static inline void room_for_slots(table *t, size_t n)
{
    while ((t->n + n) * 2 > t->n_slots)
        grow_slots(t);
}

/* ---- records ------------------------------------------------------------------------------------- */

static size_t inner_characters(const table *t, sm_span s)
{
    size_t n = 0;
    if (!(t->kind & TABLE_CROSSINGS) || !japanese_pair_in(s)) return 0;
    for (size_t i = 1; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

static size_t size_of(const table *t, size_t n, size_t n_inner)
{
    const size_t numbers = sizeof(table_record) / sizeof(uint64_t) + t->n_fixed + n_inner;
    return numbers + (n + 7) / 8;
}

static uint32_t new_record(table *t, sm_span s)
{
    const size_t n_inner = inner_characters(t, s), units = size_of(t, s.n, n_inner);
    const size_t at = blocks_add(&t->records, units);
    table_record *r = table_at(t, at);
    *r = (table_record){.n = (uint32_t)s.n, .n_inner = (uint32_t)n_inner};
    memset(r->more, 0, (t->n_fixed + n_inner) * sizeof *r->more);
    memcpy(r->more + t->n_fixed + n_inner, s.p, s.n);
    t->n++;
    return (uint32_t)at;
}

static inline size_t find_or_add(table *t, sm_span s, uint32_t hash)
{
    table_slot *slot = probe(t, s, hash);
    if (slot->at == 0) *slot = (table_slot){hash, new_record(t, s) + 1};
    return slot->at - 1;
}

size_t table_add(table *t, sm_span s)
{
    room_for_slots(t, 1);
    return find_or_add(t, s, hash_of(s));
}

/* Three passes over a few strings: slots are fetched, then records, then both are there. */
static void count_wave(table *t, const sm_span *strings, size_t n, uint64_t count)
{
    uint32_t hash[WAVE];
    const table_slot *slots = t->slots;
    const size_t mask = t->n_slots - 1;
    for (size_t i = 0; i < n; i++) {
        hash[i] = hash_of(strings[i]);
        __builtin_prefetch(&slots[hash[i] & mask]);
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t at = slots[hash[i] & mask].at;
        if (at) __builtin_prefetch(table_at(t, at - 1));
    }
    for (size_t i = 0; i < n; i++)
        table_at(t, find_or_add(t, strings[i], hash[i]))->count += count;
}

void table_count(table *t, const sm_span *strings, size_t n, uint64_t count)
{
    while (n > 0) {
        const size_t now = n < WAVE ? n : WAVE;
        room_for_slots(t, now);
        count_wave(t, strings, now, count);
        strings += now;
        n -= now;
    }
}

size_t table_memory(const table *t, size_t bytes)
{
    const bool grows = (t->n + bytes / 64) * 2 > t->n_slots;
    return blocks_bytes(&t->records, bytes / 8) +
           t->n_slots * sizeof(table_slot) * (grows ? 3 : 1);
}

/* ---- order ---------------------------------------------------------------------------------------- */

static uint64_t head_of(sm_span s)
{
    uint64_t head = 0;
    if (s.n >= 8) return __builtin_bswap64(load64(s.p));
    for (size_t i = 0; i < s.n; i++)
        head |= (uint64_t)(unsigned char)s.p[i] << (56 - 8 * i);
    return head;
}

void table_keys(const table *t, table_key *keys)
{
    size_t at = 0;
    for (size_t i = 0; i < t->n; i++) {
        const table_record *r = table_at(t, at);
        keys[i] = (table_key){head_of(table_bytes(t, r)), (uint32_t)at, r->n};
        at = table_after(t, at);
    }
}

void table_sort(table *t)
{
    if (t->n == 0) return;
    table_keys(t, t->slots);
    table_sort_keys(t, t->slots, t->n);
}
