/* What the readers of containers share, and what they tell the extractor.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTAINER_INTERNAL_H
#define SEIMAI_CONTAINER_INTERNAL_H

#include <seimai/source.h>

#include "window.h"

struct sm_container {
    window window;
    sm_source_kind kind;
    const char *path; /* as messages and ids name it */
    size_t max;
    uint64_t items; /* records so far */
    bool done;      /* a file that is one record was read */
    sm_container_counts *counts;
};

/* record->user: what the container says about the page. record->head holds its headers. */
typedef struct page_source {
    sm_source_kind kind;
    bool is_http; /* the body is a response with its headers */
    sm_span type; /* Content-Type of a body without HTTP */
    sm_span url, date;
} page_source;

/* warc.c: 1 a page, 0 the end, a failure. */
int warc_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);

#endif
