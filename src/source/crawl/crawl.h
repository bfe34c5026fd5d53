/* What WARC and ARC have in common: records behind each other, each with a length that may be wrong.
 * SPDX-License-Identifier: MIT
 *
 * A record ends where its length says if blank lines and then a record, or the end of the file, follow there. Else the
 * length is wrong, and the record ends before the next place that looks like the beginning of one. All of it in
 * one pass: nothing is read or searched twice, however wrong the lengths are. */
#ifndef SEIMAI_SOURCE_CRAWL_H
#define SEIMAI_SOURCE_CRAWL_H

#include "container_internal.h"

typedef struct crawl_format {
    size_t look; /* bytes that `begins` wants to see; fewer at the end of the file */
    /* Does a record begin with these bytes, which stand at the beginning of a line? */
    bool (*begins)(sm_span at);
} crawl_format;

/* A reader of the record that begins here: 1, or a failure. *page: it is one, or bad, and to be given to the caller. */
typedef int crawl_reader(sm_container *c, sm_record *record, sm_arena *arena, bool *page,
                         sm_error *err);

/* crawl_read gives the next page or bad record: 1, 0 at the end, or a failure; others are passed over and counted. */
int crawl_read(sm_container *c, const crawl_format *format, crawl_reader *read,
               sm_record *record, sm_arena *arena, sm_error *err);
/* crawl_body reads the body, of length `length` as the header has it, into the arena, or skips it where it is longer than
 * c->max or not wanted: 1, or SM_ETRUNC and other failures. *record may become a bad record. */
int crawl_body(sm_container *c, const crawl_format *format, uint64_t length, bool wanted,
               sm_record *record, sm_arena *arena, sm_error *err);
/* crawl_cut is for a header that the file ends in: 1 with a bad record where damage ended it and reading goes on
 * behind, else the failure. */
int crawl_cut(sm_container *c, sm_record *record, sm_error *err);
/* crawl_bad makes a bad record, which shows its header; returns 1. */
int crawl_bad(sm_record *record, const char *kind, const char *why);

#endif
