/* Reserved strings in a text, leftmost and longest.
 * SPDX-License-Identifier: MIT */
#include "reserved.h"

#include <string.h>

void reserved_add(reserved *r, sm_span string, uint32_t id)
{
    r->items = sm_array_grow(r->items, r->n, &r->cap, sizeof *r->items);
    size_t i = r->n++;
    for (; i > 0 && r->items[i - 1].string.n < string.n; i--)
        r->items[i] = r->items[i - 1];
    r->items[i] = (reserved_string){string, id};
    r->begins[(unsigned char)string.p[0]] = true;
}

void reserved_free(reserved *r)
{
    sm_free(r->items);
    *r = (reserved){0};
}

size_t reserved_find(const reserved *r, sm_span text, size_t from,
                     const reserved_string **found)
{
    *found = NULL;
    if (r->n == 0) return text.n;
    for (size_t at = from; at < text.n; at++) {
        if (!r->begins[(unsigned char)text.p[at]]) continue;
        const sm_span rest = {text.p + at, text.n - at};
        for (size_t i = 0; i < r->n; i++) {
            if (!sm_span_starts(rest, r->items[i].string)) continue;
            *found = &r->items[i];
            return at;
        }
    }
    return text.n;
}
