/* Candidates for a merge: pairs of symbols with their counts and places, and the queue of them.
 * SPDX-License-Identifier: MIT
 *
 * The queue is lazy: an entry remembers the priority with which it was put in, and a pair always has one that
 * is not below its present priority. A count only falls once a pair exists; a priority may also rise, when
 * crossings go away, and then the pair is put in again. */
#ifndef SM_BPE_PAIRS_H
#define SM_BPE_PAIRS_H

#include <seimai/base.h>

typedef struct pair {
    uint64_t key; /* left symbol, right symbol */
    int64_t count, crossings;
    int64_t queued;   /* the highest priority it has in the queue; PAIR_NOT_QUEUED for none */
    uint32_t *places; /* where its left token begins, ascending; some may be out of date */
    uint32_t n_places;
    bool done; /* merged or vetoed */
} pair;

#define PAIR_NOT_QUEUED INT64_MIN

typedef struct queue_entry {
    int64_t priority;
    uint64_t key;
    uint32_t index;
} queue_entry;

typedef struct pairs {
    pair *p;
    size_t n, cap;
    uint32_t *slots; /* open addressing: index + 1 */
    size_t mask;
    queue_entry *heap;
    size_t n_heap, cap_heap;
} pairs;

static inline uint64_t pair_key(uint32_t left, uint32_t right)
{
    return (uint64_t)left << 32 | right;
}
static inline uint32_t pair_left(uint64_t key)
{
    return (uint32_t)(key >> 32);
}
static inline uint32_t pair_right(uint64_t key)
{
    return (uint32_t)key;
}

void pairs_fini(pairs *t);
/* Adds a pair that is not there; the pointer is valid until the next addition. */
pair *pairs_add(pairs *t, uint64_t key);
pair *pairs_find(const pairs *t, uint64_t key); /* or NULL */
/* Puts a pair into the queue. */
void pairs_push(pairs *t, pair *p, int64_t priority);
/* The entry with the highest priority (of equal ones the smallest key); false when empty. */
bool pairs_pop(pairs *t, queue_entry *entry);
/* Empties the queue. */
void pairs_clear_queue(pairs *t);

#endif
