/* A table from 128-bit hashes (of texts, of URLs) to the numbers of documents.
 * SPDX-License-Identifier: MIT
 *
 * Open addressing, linear probing, doubling at 70 %; nothing is removed singly. Two different texts of 10^10
 * share a hash with probability 10^-19. */
#ifndef SM_DEDUP_EXACT_H
#define SM_DEDUP_EXACT_H

#include <seimai/hash.h>

typedef struct exact_entry {
    sm_hash128 text;
    uint32_t document, reserved;
} exact_entry;

typedef struct exact_table {
    exact_entry *slots; /* document + 1; 0 is free */
    size_t mask, used;
} exact_table;

void exact_init(exact_table *t);
void exact_fini(exact_table *t);
bool exact_find(const exact_table *t, sm_hash128 text, uint32_t *document);
/* exact_insert enters a hash; one that is there already keeps its document. */
void exact_insert(exact_table *t, sm_hash128 text, uint32_t document);
size_t exact_bytes(const exact_table *t);
/* exact_next_bytes: the memory after n more were inserted. */
size_t exact_next_bytes(const exact_table *t, size_t n);

/* exact_take sorts the entries by hash where they lie and gives them, with plain numbers of documents. The table must
 * be cleared before it is used again. */
const exact_entry *exact_take(exact_table *t, size_t *n);
void exact_clear(exact_table *t); /* empties, and keeps the memory */

#endif
