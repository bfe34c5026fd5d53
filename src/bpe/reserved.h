/* Strings that are found in a text before everything else: reserved tokens that are not special.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_RESERVED_H
#define SM_BPE_RESERVED_H

#include <seimai/base.h>

typedef struct reserved_string {
    sm_span string;
    uint32_t id; /* the caller's */
} reserved_string;

/* Few strings, many texts: a search looks only where a first byte fits. */
typedef struct reserved {
    reserved_string *items; /* longer ones first */
    size_t n, cap;
    bool begins[256];
} reserved;

void reserved_add(reserved *r, sm_span string, uint32_t id); /* borrows the string */
void reserved_free(reserved *r);
/* The first place at or after `from` where a string stands (of several the longest): its offset, and the
 * string in *found; text.n where there is none. */
size_t reserved_find(const reserved *r, sm_span text, size_t from,
                     const reserved_string **found);

#endif
