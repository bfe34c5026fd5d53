/* Character n-grams, counted length by length.
 * SPDX-License-Identifier: MIT
 *
 * The first length that is asked for is counted by a key of its characters: exact up to three of them (63
 * bits), a 64-bit hash beyond. From there on two n-grams are equal if their first n - 1 characters are and
 * their last one is: each place carries the number of the class of its (n-1)-gram, and (class, next
 * character) is the exact key of its n-gram. An n-gram is repeated only if its (n-1)-gram is: places whose
 * class has one member stay distinct for ever and leave the list. On ordinary text few places are left
 * after five characters, so that lengths 6 to 10 cost next to nothing.
 *
 * The hash table has at most MAX_SLOTS slots (64 MiB). A longer text is counted in shares: one pass over the
 * places for each, which takes the keys of that share alone. */
#include "filter_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct slot {
    uint64_t key;   /* 0 is a free slot */
    uint32_t class; /* of the n-gram, from 1 */
    uint32_t count;
} slot;

typedef struct place {
    uint32_t at; /* where the n-gram starts */
    uint32_t class
        ; /* of its n-gram of the last length; 0 before the first, or where it is seen once */
} place;

struct sm_ngrams {
    place *places; /* of repeated n-grams of the last length */
    uint32_t *slot_of;
    size_t n_places, cap_places; /* of both */
    slot *slots;
    size_t n_slots, cap_slots; /* in use (a power of two); allocated */
    size_t shares;             /* passes that a length takes */
    bool tallies;              /* are counts noted in these two? */
    uint64_t *histogram;       /* of counts below TALL */
    sm_items tall;             /* the others */
};

enum { CHAR_BITS = 21, EXACT = 3, MAX_SLOTS = 1 << 22, TALL = 1 << 12 };
/* Values of slot_of that are no slot: the place waits for its share, or had it. */
static const uint32_t WAITS = UINT32_MAX, DONE = UINT32_MAX - 1;

sm_ngrams *sm_ngrams_new(void)
{
    return sm_calloc(1, sizeof(sm_ngrams));
}

void sm_ngrams_free(sm_ngrams *g)
{
    if (!g) return;
    sm_free(g->places);
    sm_free(g->slot_of);
    sm_free(g->slots);
    sm_free(g->histogram);
    sm_free(g->tall.items);
    sm_free(g);
}

/* ---- the table ---------------------------------------------------------------------------- */

/* Slots for twice the places; above the maximum, as many shares as keep the table half empty. */
static void size_table(sm_ngrams *g)
{
    const size_t want = 2 * g->n_places;
    g->n_slots = 64;
    while (g->n_slots < want && g->n_slots < MAX_SLOTS)
        g->n_slots *= 2;
    g->shares = want <= g->n_slots ? 1 : want / g->n_slots + 1;
    if (g->n_slots <= g->cap_slots) return;
    sm_free(g->slots);
    g->slots = sm_malloc(g->n_slots * sizeof *g->slots);
    g->cap_slots = g->n_slots;
}

/* Counts one more n-gram of this key, and gives the index of its slot. */
static uint32_t count_key(sm_ngrams *g, uint64_t key, uint64_t mixed, sm_ngram_stats *out)
{
    size_t i = (size_t)(mixed >> 32) & (g->n_slots - 1);
    while (g->slots[i].key != 0 && g->slots[i].key != key)
        i = (i + 1) & (g->n_slots - 1);
    slot *const s = &g->slots[i];
    if (s->count == 0) *s = (slot){.key = key, .class = (uint32_t)++out->distinct};
    s->count++;
    out->repeated += s->count == 2;
    if (s->count > out->top) out->top = s->count;
    return (uint32_t)i;
}

/* ---- counting ------------------------------------------------------------------------------- */

/* The key of an n-gram by its characters; never 0. */
static uint64_t first_key(const uint32_t *c, size_t n)
{
    uint64_t key = n <= EXACT ? 1 : n;
    for (size_t i = 0; i < n && n <= EXACT; i++)
        key = key << CHAR_BITS | c[i];
    for (size_t i = 0; i < n && n > EXACT; i++) {
        key = (key ^ c[i]) * 0xD6E8FEB86659FD93u;
        key ^= key >> 32;
    }
    return key ? key : 1;
}

static uint64_t key_of(place p, const uint32_t *chars, size_t n)
{
    if (p.class == 0) return first_key(chars + p.at, n);
    return (uint64_t)p.class << CHAR_BITS | chars[p.at + n - 1];
}

/* Counts that are too large for the histogram are few: at most one in TALL places has one. */
static void tally(sm_ngrams *g)
{
    for (size_t i = 0; i < g->n_slots; i++) {
        const uint32_t count = g->slots[i].count;
        if (count < 2) continue;
        if (count < TALL)
            g->histogram[count]++;
        else
            sm_items_add(&g->tall, 0, count);
    }
}

static void count_share(sm_ngrams *g, const uint32_t *chars, size_t n, size_t share,
                        sm_ngram_stats *out)
{
    memset(g->slots, 0, g->n_slots * sizeof *g->slots);
    for (size_t i = 0; i < g->n_places; i++) {
        if (g->slot_of[i] == DONE) continue;
        const uint64_t key = key_of(g->places[i], chars, n);
        const uint64_t mixed = key * 0x9E3779B97F4A7C15u;
        if (g->shares > 1 && (mixed >> 16 & 0xFFFF) % g->shares != share) continue;
        g->slot_of[i] = count_key(g, key, mixed, out);
    }
    for (size_t i = 0; i < g->n_places; i++) {
        if (g->slot_of[i] >= DONE) continue;
        const slot *const s = &g->slots[g->slot_of[i]];
        g->places[i].class = s->count > 1 ? s->class : 0;
        g->slot_of[i] = DONE;
    }
    if (g->tallies) tally(g);
}

/* Counts the n-grams of all places, and keeps those that are repeated. */
static void count_places(sm_ngrams *g, const uint32_t *chars, size_t n, sm_ngram_stats *out)
{
    size_t left = 0;
    size_table(g);
    for (size_t i = 0; i < g->n_places; i++)
        g->slot_of[i] = WAITS;
    for (size_t share = 0; share < g->shares; share++)
        count_share(g, chars, n, share, out);
    for (size_t i = 0; i < g->n_places; i++)
        if (g->places[i].class != 0) g->places[left++] = g->places[i];
    g->n_places = left;
}

void sm_ngrams_first(sm_ngrams *g, const uint32_t *chars, size_t n_chars, int n,
                     sm_ngram_stats *out)
{
    const size_t length = (size_t)n;
    *out = (sm_ngram_stats){.total = n_chars >= length ? n_chars - length + 1 : 0};
    if (out->total > g->cap_places) {
        g->cap_places = out->total;
        sm_free(g->places);
        sm_free(g->slot_of);
        g->places = sm_malloc(g->cap_places * sizeof *g->places);
        g->slot_of = sm_malloc(g->cap_places * sizeof *g->slot_of);
    }
    g->n_places = out->total;
    for (size_t i = 0; i < out->total; i++)
        g->places[i] = (place){.at = (uint32_t)i};
    count_places(g, chars, length, out);
}

void sm_ngrams_next(sm_ngrams *g, const uint32_t *chars, size_t n_chars, int n,
                    sm_ngram_stats *out)
{
    const size_t length = (size_t)n;
    *out = (sm_ngram_stats){.total = n_chars >= length ? n_chars - length + 1 : 0};
    /* Places are in order: the last (n-1)-gram, which has no n-gram, can only be the last one. */
    if (g->n_places > 0 && g->places[g->n_places - 1].at >= out->total) g->n_places--;
    const size_t counted = g->n_places;
    count_places(g, chars, length, out);
    out->distinct += out->total - counted; /* what left the list before is distinct */
    if (out->top == 0 && out->total > 0) out->top = 1;
}

/* ---- the highest counts ------------------------------------------------------------------------- */

/* The sum of the k highest counts; k is no more than there are. */
static uint64_t sum_highest(const sm_ngrams *g, uint64_t k)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < g->tall.n && k > 0; i++, k--)
        sum += g->tall.items[i].length;
    for (uint64_t count = TALL - 1; count > 1 && k > 0; count--) {
        const uint64_t taken = g->histogram[count] < k ? g->histogram[count] : k;
        sum += taken * count;
        k -= taken;
    }
    return sum;
}

static int by_length_falling(const void *a, const void *b)
{
    const sm_item *const x = a, *const y = b;
    return (x->length < y->length) - (x->length > y->length);
}

uint64_t sm_ngrams_top_sum(sm_ngrams *g, const uint32_t *chars, size_t n_chars, int n,
                           sm_ngram_stats *out)
{
    if (!g->histogram) g->histogram = sm_malloc(TALL * sizeof *g->histogram);
    memset(g->histogram, 0, TALL * sizeof *g->histogram);
    g->tall.n = 0;
    g->tallies = true;
    sm_ngrams_first(g, chars, n_chars, n, out);
    g->tallies = false;
    if (g->tall.n > 1)
        qsort(g->tall.items, g->tall.n, sizeof *g->tall.items, by_length_falling);
    const uint64_t root = (uint64_t)sqrt((double)out->distinct);
    return sum_highest(g, root < out->repeated ? root : out->repeated);
}
