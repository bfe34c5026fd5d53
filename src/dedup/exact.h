/* A table from the 128-bit hash of a text to the number of the document that has it.
 * SPDX-License-Identifier: MIT
 *
 * Open addressing, linear probing, doubling at 70 %; nothing is ever removed. Two different texts of 10^10
 * share a hash with probability 10^-19. */
#ifndef SM_DEDUP_EXACT_H
#define SM_DEDUP_EXACT_H

#include <seimai/hash.h>

typedef struct exact_table {
    struct exact_slot *slots;
    size_t mask, used;
} exact_table;

void exact_init(exact_table *t);
void exact_fini(exact_table *t);
bool exact_find(const exact_table *t, sm_hash128 text, uint32_t *document);
/* The hash must not be in the table yet. */
void exact_insert(exact_table *t, sm_hash128 text, uint32_t document);
size_t exact_bytes(const exact_table *t);

#endif
