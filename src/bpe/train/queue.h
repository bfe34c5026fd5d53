/* The queue of candidates: the highest priority first, of equal ones the smaller key.
 * SPDX-License-Identifier: MIT
 *
 * Most pairs have low priorities that fall further before their turn comes. So only the highest ones stand in a
 * binary heap; the others wait in buckets, one for each whole priority below LEVELS, and are looked at
 * again when the heap has run down to their bucket. Entries are never removed early: a pair knows the
 * priority with which it was put in last (pair.queued), and what disagrees is stale. */
#ifndef SM_BPE_QUEUE_H
#define SM_BPE_QUEUE_H

#include "pairs.h"

typedef struct queue_entry {
    int64_t priority;
    uint64_t key;   /* of the symbols as the result numbers them */
    uint32_t index; /* of the pair */
} queue_entry;

typedef struct queue_link {
    uint32_t index, next; /* next: link + 1, 0 at the end */
} queue_link;

typedef struct queue {
    queue_entry *heap;
    size_t n, cap;
    uint32_t *heads; /* [LEVELS] first link + 1 of each bucket; made at the first use */
    queue_link *links;
    size_t n_links, cap_links;
    uint32_t spare; /* links to be used again */
    uint32_t
        level; /* what is at or above it goes to the heap; the buckets from it on are empty */
} queue;

void queue_fini(queue *q);
void queue_clear(queue *q);
/* Puts a pair in, or does nothing where it waits with this priority or a higher one already. */
void queue_put(queue *q, pair *p, uint32_t index, int64_t priority, uint64_t key);
/* The highest entry of the heap, or NULL when it is empty. */
const queue_entry *queue_peek(const queue *q);
void queue_pop(queue *q);
/* Takes the next bucket that holds anything out of the queue, and lowers the level to it: its first link + 1, or
 * 0 when all are empty. queue_walk gives the pair of a link and moves on; the link is free then. */
uint32_t queue_descend(queue *q);
uint32_t queue_walk(queue *q, uint32_t *link);
/* Is it the pair's own bucket that has just been taken out? */
bool queue_is_current(const queue *q, const pair *p);

#endif
