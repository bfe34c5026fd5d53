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

/* crawl_next moves to the next record: 1; 0 the end; 2 a member of the compressed file is damaged: *record is the bad
 * record for it; or a failure. */
int crawl_next(sm_container *c, const crawl_format *format, sm_record *record, sm_error *err);
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
