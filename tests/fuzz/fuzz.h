/* What the fuzzers share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_FUZZ_H
#define SEIMAI_FUZZ_H

#include <stdlib.h>

#include <seimai/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What does not hold is a find. */
static inline void require(bool holds)
{
    if (!holds) abort();
}

/* How often a mark stands in a text, overlaps among it. */
static inline size_t count(sm_span s, sm_span mark)
{
    size_t found = 0;
    for (const char *p; (p = sm_span_find(s, mark)) != NULL; found++)
        s = sm_span_from(s, (size_t)(p + 1 - s.p));
    return found;
}

#endif
