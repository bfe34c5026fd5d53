/* Sorting the entries of a table where they lie, since there is no room for a second copy.
 * SPDX-License-Identifier: MIT
 *
 * Entries are 64-bit words, the first the most significant; the number in the lower half of the last word is the
 * document's. Keys are hashes, so one pass by eight bits leaves 256 groups of about equal size: three passes sort
 * sixteen million entries.
 *
 * Source: P. McIlroy, K. Bostic, M. McIlroy, "Engineering radix sort" (1993), American flag sort. */
#ifndef SM_SLOT_SORT_H
#define SM_SLOT_SORT_H

#include <seimai/base.h>

/* slot_sort orders n entries of 2 or 3 words; only the lower 32 bits of the last word count. */
void slot_sort(uint64_t *slots, size_t n, unsigned words);

#endif
