/* A set of byte strings, each with a number: 0, 1, 2 … in the order in which they came.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_INTERN_H
#define SM_BPE_INTERN_H

#include <seimai/base.h>

typedef struct intern_string {
    const char *p;
    uint32_t n;
    uint32_t hash; /* its upper bits, so that most comparisons end here */
} intern_string;

/* Init {0}. The strings are copied; spans of them live until intern_free. */
typedef struct intern {
    intern_string *strings;
    size_t n, cap;
    uint32_t *slots; /* number + 1; 0 is free */
    size_t mask;
    sm_arena arena;
} intern;

#define INTERN_NONE SIZE_MAX

void intern_free(intern *in);
/* The number of a string, which is added where it is new. Strings are shorter than 4 GiB. */
size_t intern_add(intern *in, sm_span s);
size_t intern_find(const intern *in, sm_span s); /* or INTERN_NONE */

static inline sm_span intern_get(const intern *in, size_t i)
{
    return (sm_span){in->strings[i].p, in->strings[i].n};
}

#endif
