/* Locality-sensitive hashing: the curve, and a table from band keys to documents.
 * SPDX-License-Identifier: MIT */
#include <seimai/lsh.h>

#include "store/slot_sort.h"

#include <seimai/hash.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the setting --------------------------------------------------------------------------- */

double sm_lsh_recall(unsigned bands, unsigned rows, double jaccard)
{
    return 1 - pow(1 - pow(jaccard, rows), bands);
}

void sm_lsh_choose(double threshold, unsigned *bands, unsigned *rows)
{
    enum { ENTRIES = 112 };
    const double wanted = .92;
    for (unsigned r = ENTRIES; r >= 1; r--) {
        *rows = r;
        *bands = ENTRIES / r;
        if (sm_lsh_recall(*bands, *rows, threshold) >= wanted) return;
    }
}

bool sm_lsh_preset(const char *name, unsigned *bands, unsigned *rows)
{
    static const struct {
        const char *name;
        unsigned bands, rows;
    } presets[] = {
        {"fineweb", 14, 8}, {"llm-jp-v4", 20, 10},   {"swallow", 40, 20},
        {"nemo", 20, 13},   {"refinedweb", 450, 20},
    };
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (strcmp(name, presets[i].name) != 0) continue;
        *bands = presets[i].bands;
        *rows = presets[i].rows;
        return true;
    }
    return false;
}

void sm_lsh_keys(const uint32_t *signature, unsigned bands, unsigned rows, uint64_t *keys)
{
    for (unsigned b = 0; b < bands; b++) {
        const uint32_t *band = signature + (size_t)b * rows;
        const sm_span bytes = {(const char *)band, rows * sizeof *band};
        keys[b] = sm_hash64_seeded(bytes, b);
    }
}

/* ---- the buckets --------------------------------------------------------------------------- */

/* Open addressing, linear probing; the members of a bucket are the slots with its key, somewhere between
 * the key's own place and the next free slot. A slot's document is its number + 1; 0 is free. */
struct sm_lsh {
    sm_lsh_entry *slots;
    size_t mask, used;
    unsigned bands, cap;
};

enum { SLOTS_MIN = 1024, SLOT_WORDS = 2 };

sm_lsh *sm_lsh_new(unsigned bands, unsigned cap)
{
    sm_lsh *lsh = sm_calloc(1, sizeof *lsh);
    lsh->bands = bands;
    lsh->cap = cap;
    lsh->mask = SLOTS_MIN - 1;
    lsh->slots = sm_calloc(SLOTS_MIN, sizeof *lsh->slots);
    return lsh;
}

void sm_lsh_free(sm_lsh *lsh)
{
    if (!lsh) return;
    sm_free(lsh->slots);
    sm_free(lsh);
}

size_t sm_lsh_bytes(const sm_lsh *lsh)
{
    return (lsh->mask + 1) * sizeof *lsh->slots;
}

static bool is_full(const sm_lsh *lsh, size_t slots, size_t n)
{
    return (lsh->used + n) * 10 > slots * 7;
}

size_t sm_lsh_next_bytes(const sm_lsh *lsh)
{
    size_t slots = lsh->mask + 1;
    while (is_full(lsh, slots, lsh->bands)) {
        slots *= 2;
    }
    return slots * sizeof *lsh->slots;
}

static void grow(sm_lsh *lsh)
{
    sm_lsh_entry *const old = lsh->slots;
    const size_t n_old = lsh->mask + 1;
    lsh->mask = 2 * n_old - 1;
    lsh->slots = sm_calloc(2 * n_old, sizeof *lsh->slots);
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].document == 0) continue;
        size_t at = old[i].key & lsh->mask;
        while (lsh->slots[at].document != 0) {
            at = (at + 1) & lsh->mask;
        }
        lsh->slots[at] = old[i];
    }
    sm_free(old);
}

/* Enters one key, unless its bucket is full. */
static bool insert(sm_lsh *lsh, uint64_t key, uint32_t document, unsigned members)
{
    size_t at = key & lsh->mask;
    if (members >= lsh->cap) return false;
    for (; lsh->slots[at].document != 0; at = (at + 1) & lsh->mask) {
        members += lsh->slots[at].key == key;
        if (members >= lsh->cap) return false;
    }
    lsh->slots[at] = (sm_lsh_entry){key, document + 1, 0};
    lsh->used++;
    return true;
}

unsigned sm_lsh_insert(sm_lsh *lsh, const uint64_t *keys, uint32_t document,
                       const uint32_t *members)
{
    unsigned full = 0;
    for (unsigned b = 0; b < lsh->bands; b++) {
        if (is_full(lsh, lsh->mask + 1, 1)) grow(lsh);
        full += !insert(lsh, keys[b], document, members ? members[b] : 0);
    }
    return full;
}

size_t sm_lsh_entries(const sm_lsh *lsh)
{
    return lsh->used;
}

const sm_lsh_entry *sm_lsh_take(sm_lsh *lsh, size_t *n)
{
    size_t to = 0;
    for (size_t i = 0; i <= lsh->mask; i++) {
        if (lsh->slots[i].document == 0) continue;
        lsh->slots[to] = lsh->slots[i];
        lsh->slots[to++].document--;
    }
    *n = to;
    slot_sort((uint64_t *)(void *)lsh->slots, to, SLOT_WORDS);
    return lsh->slots;
}

void sm_lsh_clear(sm_lsh *lsh)
{
    memset(lsh->slots, 0, sm_lsh_bytes(lsh));
    lsh->used = 0;
}

void sm_lsh_hits_add(sm_lsh_hits *hits, uint32_t document)
{
    hits->documents =
        sm_array_grow(hits->documents, hits->n, &hits->cap, sizeof *hits->documents);
    hits->documents[hits->n++] = document;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void sm_lsh_hits_sort(sm_lsh_hits *hits)
{
    if (hits->n < 2) return;
    qsort(hits->documents, hits->n, sizeof *hits->documents, by_number);
    size_t kept = 1;
    for (size_t i = 1; i < hits->n; i++) {
        if (hits->documents[i] != hits->documents[kept - 1])
            hits->documents[kept++] = hits->documents[i];
    }
    hits->n = kept;
}

void sm_lsh_find(const sm_lsh *lsh, const uint64_t *keys, sm_lsh_hits *hits)
{
    hits->n = 0;
    for (unsigned b = 0; b < lsh->bands; b++) {
        size_t at = keys[b] & lsh->mask;
        for (; lsh->slots[at].document != 0; at = (at + 1) & lsh->mask) {
            if (lsh->slots[at].key == keys[b])
                sm_lsh_hits_add(hits, lsh->slots[at].document - 1);
        }
    }
    sm_lsh_hits_sort(hits);
}

void sm_lsh_hits_free(sm_lsh_hits *hits)
{
    sm_free(hits->documents);
    *hits = (sm_lsh_hits){0};
}
