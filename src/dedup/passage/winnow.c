/* Winnowing: of every w k-grams in a row the one with the least hash, the rightmost among equals.
 * SPDX-License-Identifier: MIT
 *
 * Schleimer, Wilkerson, Aiken, SIGMOD 2003. With k = N / 2 and w = N - k + 1, N equal characters hold w equal k-grams,
 * of which the same one is chosen in both places. The chosen ones are about 2 in w + 1. */
#include "passage_internal.h"

size_t passage_k(size_t min_chars)
{
    return min_chars / 2;
}

/* The ring is a queue of k-grams with ascending hashes: each is the least of those that follow it. */
void winnow(sm_span text, size_t min_chars, winnow_slot *ring, unit_list *list)
{
    const size_t k = passage_k(min_chars), w = min_chars - k + 1;
    size_t head = 0, tail = 0; /* the queue is ring[head % w … tail % w) */
    uint64_t chosen = UINT64_MAX;
    roller r;
    if (!roller_init(&r, text, k)) return;
    for (uint64_t number = 0;; number++) {
        const uint64_t hash = roller_hash(&r);
        while (tail > head && ring[(tail - 1) % w].hash >= hash)
            tail--;
        ring[tail++ % w] = (winnow_slot){hash, number, (uint32_t)(r.begin - text.p)};
        if (ring[head % w].number + w <= number) head++;
        const winnow_slot *least = &ring[head % w];
        if (number + 1 >= w && least->number != chosen) {
            chosen = least->number;
            unit_put(list, (repeat_unit){.hash.lo = least->hash, .begin = least->at});
        }
        if (!roller_move(&r)) return;
    }
}
