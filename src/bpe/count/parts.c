/* Sorted tables, cut at the same strings: parts that can be merged and laid out at the same time.
 * SPDX-License-Identifier: MIT */
#include "parts.h"

#include <stdlib.h>

static sm_span string_at(const table *t, size_t i)
{
    return table_bytes(t, table_sorted(t, i));
}

void parts_note(part_bounds *b, const table *sorted)
{
    enum { RECORD = 20 };
    const table_key *keys = sorted->slots;
    size_t bytes = 0;
    for (size_t i = 0; i < sorted->n; i++) {
        bytes += RECORD + keys[i].n;
        if (bytes < PART_BYTES) continue;
        b->at = sm_array_grow(b->at, b->n, &b->cap, sizeof *b->at);
        b->at[b->n++] = string_at(sorted, i);
        bytes = 0;
    }
}

void parts_join(part_bounds *into, part_bounds *from)
{
    for (size_t i = 0; i < from->n; i++) {
        into->at = sm_array_grow(into->at, into->n, &into->cap, sizeof *into->at);
        into->at[into->n++] = from->at[i];
    }
    parts_fini(from);
}

void parts_fini(part_bounds *b)
{
    sm_free(b->at);
    *b = (part_bounds){0};
}

static int order(const void *a, const void *b)
{
    const sm_span *x = a, *y = b;
    return sm_span_order(*x, *y);
}

void parts_sort(part_bounds *b)
{
    if (b->n) qsort(b->at, b->n, sizeof *b->at, order);
}

/* The first record in [low, n) that does not come before s. */
static size_t first_from(const table *t, size_t low, sm_span s)
{
    for (size_t high = t->n; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (sm_span_order(string_at(t, middle), s) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

source *part_of_table(const table *sorted, const part_bounds *b, size_t k, size_t *from)
{
    const size_t start = *from;
    *from = k < b->n ? first_from(sorted, start, b->at[k]) : sorted->n;
    return start < *from ? source_of_table(sorted, start, *from) : NULL;
}
