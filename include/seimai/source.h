/* seimai/source.h - containers of pages: WARC, HTML files, plain text, JSONL; and pages to documents.
 * SPDX-License-Identifier: MIT
 *
 * What a file is, its first bytes say, not its name; compression is undone before (seimai/file.h). Reading is
 * in two steps, as the runner wants it: a container cuts its file into records, one thread at a time; an
 * extractor turns a record into a document, in parallel.
 *
 *     container  ──► record ──► extractor: HTTP ─► charset ─► HTML ─► main content ─► document
 *
 * WARC (ISO 28500, 1.0 and 1.1): records of type response, resource and conversion are pages; others are
 * passed over and counted. Where a length is wrong, reading goes on at the next line that begins with
 * "WARC/"; every such fault is counted by its kind. A file that ends inside a record is SM_ETRUNC, after
 * all records before it.
 * HTTP (RFC 9112): status line, headers, chunked bodies, gzip and deflate; a body that is not what its
 * headers promise is taken as it is.
 *
 * Memory: one record at a time, each at most `max` bytes; a longer one is a bad record.
 * Threads: a container and an extractor belong to one thread at a time each. */
#ifndef SEIMAI_SOURCE_H
#define SEIMAI_SOURCE_H

#include <seimai/charset.h>
#include <seimai/content.h>
#include <seimai/runner.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- containers ----------------------------------------------------------------------------- */

typedef enum sm_source_kind {
    SM_SOURCE_WARC,
    SM_SOURCE_HTML,
    SM_SOURCE_TEXT,
    SM_SOURCE_JSONL,
    SM_SOURCES
} sm_source_kind;

SM_API const char *
sm_source_kind_name(sm_source_kind kind); /* "warc", "html", "text", "jsonl" */

/* sm_source_sniff tells what a file is by its first bytes (some thousand are enough). SM_ENOSUP with the
 * format's name for what is known and not read: PDF, ZIP, images, ARC … */
SM_API int sm_source_sniff(sm_span head, sm_source_kind *kind, sm_error *err) SM_MUST_USE;

/* What is counted while reading. */
typedef struct sm_container_counts {
    uint64_t passed_over;   /* WARC records of other types */
    uint64_t lost_sync;     /* places where reading went on at the next "WARC/" */
    uint64_t wrong_length;  /* records whose length did not fit what followed */
    uint64_t cut_by_writer; /* WARC-Truncated */
} sm_container_counts;

typedef struct sm_container sm_container;

/* sm_container_open opens a path ("-": standard input) and looks at its first bytes. */
SM_API int sm_container_open(sm_container **container, const char *path, size_t max,
                             sm_container_counts *counts, sm_error *err) SM_MUST_USE;
/* sm_container_read fills a record, whose spans live in the arena: 1, 0 at the end, SM_ETRUNC, SM_EIO or
 * SM_EFORMAT. A record with `bad` set ("too-large", "warc-bad-header") is to be counted. record->user is
 * for the extractor. */
SM_API int sm_container_read(sm_container *container, sm_record *record, sm_arena *arena,
                             sm_error *err) SM_MUST_USE;
SM_API void sm_container_close(sm_container *container); /* NULL is allowed */

/* ---- HTTP ----------------------------------------------------------------------------------- */

/* What a response did otherwise than its headers say, one bit each. */
enum {
    SM_HTTP_NO_HEAD = 1 << 0,      /* no status line: all of it is the body */
    SM_HTTP_NOT_CHUNKED = 1 << 1,  /* declared chunked, and is not */
    SM_HTTP_BAD_CHUNK = 1 << 2,    /* chunks that break off */
    SM_HTTP_STRAY_CHUNKS = 1 << 3, /* chunked, and not declared so */
    SM_HTTP_BAD_CODING = 1 << 4,   /* declared gzip or deflate, and is not or breaks off */
    SM_HTTP_OTHER_CODING = 1 << 5, /* a coding that is not read (br, zstd): there is no body */
    SM_HTTP_WRONG_LENGTH = 1 << 6, /* the body is longer or shorter than Content-Length */
    SM_HTTP_FAULTS = 7             /* how many kinds */
};

SM_API const char *sm_http_fault_name(unsigned bit); /* "http-no-head" for 0 … */

typedef struct sm_http {
    int status;   /* 200 …; 0 without a status line */
    sm_span head; /* status line and headers */
    sm_span body; /* codings undone; a part of the message, or in the arena */
    unsigned faults;
} sm_http;

/* sm_http_read takes a response apart. `max` bounds the inflated body: what is beyond is cut. */
SM_API void sm_http_read(sm_span message, size_t max, sm_arena *arena, sm_http *http);
/* sm_http_header gives the value of the first header of that lower-case name; empty if there is none. */
SM_API sm_span sm_http_header(sm_span head, const char *name);
/* sm_http_parameter gives a parameter of a header's value: "charset" of "text/html; charset=x". */
SM_API sm_span sm_http_parameter(sm_span value, const char *name);

/* ---- pages to documents ----------------------------------------------------------------------- */

typedef struct sm_extract_options {
    sm_content_mode mode;
    bool unify; /* one form for the twins of wave dash, minus … (seimai/normalize.h) */
    size_t max; /* bytes of a page */
} sm_extract_options;

/* What extractors count; they add up over threads. */
typedef struct sm_extract_counts {
    uint64_t charsets[SM_CHARSETS];
    uint64_t charset_sources[SM_CHARSET_SOURCES];
    uint64_t http_faults[SM_HTTP_FAULTS];
    uint64_t replaced;  /* characters that became U+FFFD */
    uint64_t fell_back; /* pages without a recognised content, taken whole */
    uint64_t html_bytes;
} sm_extract_counts;

typedef struct sm_extractor sm_extractor;

SM_API sm_extractor *sm_extractor_new(const sm_extract_options *options) SM_MUST_USE;
/* sm_extractor_free adds the counts to *total. */
SM_API void sm_extractor_free(sm_extractor *x, sm_extract_counts *total);
/* sm_extractor_map is a job's map_record: one document a page. Dropped are "http-status" (not 200),
 * "content-type" (no text), "no-text"; bad are "unsupported-coding" and what seimai/document.h names. */
SM_API int sm_extractor_map(sm_extractor *x, const sm_record *record, sm_emit *emit,
                            sm_error *err) SM_MUST_USE;
/* sm_extract_report appends members to the tool's object in --stats. */
SM_API void sm_extract_report(const sm_extract_counts *counts,
                              const sm_container_counts *containers, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
