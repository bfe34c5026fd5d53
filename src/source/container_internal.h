/* What the readers of containers share, and what they tell the extractor.
 * SPDX-License-Identifier: MIT
 *
 * A reader is a container_type: functions over an open container, whose window stands at the first byte of the
 * plain content. Its row stands in the table of container.c. `read` fills one record and calls container_describe
 * for it; what takes time (inflating, wikitext, markup) is left to the map, which is parallel. */
#ifndef SEIMAI_CONTAINER_INTERNAL_H
#define SEIMAI_CONTAINER_INTERNAL_H

#include <seimai/source.h>

#include "window.h"

typedef struct container_type {
    /* NULL: nothing to prepare. Keeps what it needs in c->state. */
    int (*open)(sm_container *c, sm_error *err);
    /* 1 a record, 0 the end, SM_ETRUNC, SM_EIO, SM_EFORMAT. *record comes with its offset set, else empty. */
    int (*read)(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);
    /* NULL: c->state was not used. */
    void (*close)(sm_container *c);
} container_type;

struct sm_container {
    window window;
    const container_type *type;
    sm_source_kind kind;
    const char *file; /* its path, while it is opened */
    const char *path; /* … as messages and ids name it */
    sm_arena names;
    size_t max;     /* bytes of a record */
    uint64_t items; /* records so far, counted by the reader */
    bool done;      /* a file that is one record was read */
    bool by_item;   /* a record is a chapter, not a book */
    void *state;    /* the reader's own */
    sm_container_counts *counts;
};

/* record->user: what the container says about the page. record->head holds its headers. Empty spans: unknown. */
typedef struct page_source {
    sm_source_kind kind;
    bool is_http;      /* the body is a response with its headers */
    sm_span type;      /* Content-Type of a body without HTTP */
    sm_span url, date; /* of the crawl */
    sm_span title, author, lang, publisher, identifier; /* of a book, a dump's page, a work */
    sm_span published, license;                         /* a date; in its own words */
    bool is_fixed; /* a book whose pages are pictures, as it says */
    /* The body in pieces that are pages of their own: a book's chapters. Empty ones could not be read. */
    const sm_span *parts;
    size_t n_parts;
} page_source;

/* container_describe gives record->user of the container's kind, to be filled on, and sets record->in_bytes
 * to what was taken from the window since record->offset. */
page_source *container_describe(const sm_container *c, sm_record *record, sm_arena *arena);
/* container_too_large makes a bad record of what the window shows. The reader then skips it. */
void container_too_large(const sm_container *c, sm_record *record, sm_arena *arena);
/* container_read_file is `read` of a file that is one record: all of it is the body. */
int container_read_file(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);

/* warc.c, arc.c */
int warc_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);
int arc_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);
/* epub.c */
int epub_open(sm_container *c, sm_error *err);
int epub_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);
void epub_close(sm_container *c);

#endif
