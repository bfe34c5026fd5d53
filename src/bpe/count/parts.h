/* Several sorted tables, cut at the same strings, so that threads can merge stretches of them side by side. What the
 * parts give, one after the other, is the same wherever they are cut.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_PARTS_H
#define SM_BPE_PARTS_H

#include "records.h"
#include "table.h"

enum { PART_BYTES = 1 << 18 }; /* of each table's records in a part, about */

/* Strings, each of which begins a part. Init {0}; the strings are those of the tables. */
typedef struct part_bounds {
    sm_span *at;
    size_t n, cap;
} part_bounds;

/* parts_note adds a string of the sorted table every PART_BYTES. */
void parts_note(part_bounds *b, const table *sorted);
/* parts_join moves the strings of `from`; parts_sort puts them in order when all are there. */
void parts_join(part_bounds *into, part_bounds *from);
void parts_sort(part_bounds *b);
void parts_fini(part_bounds *b);

/* The records of a table in part k of [0, n]; NULL where there are none. *from (0 for k = 0) moves on with k. */
source *part_of_table(const table *sorted, const part_bounds *b, size_t k, size_t *from);

#endif
