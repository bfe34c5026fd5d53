/* seimai/source.h - containers of pages: crawls, books, dumps, files; and pages to documents.
 * SPDX-License-Identifier: MIT
 *
 * What a file is, its first bytes say, not its name; compression is undone before (seimai/file.h). Reading is
 * in two steps, as the runner wants it: a container cuts its file into records, one thread at a time; an
 * extractor turns a record into a document, in parallel.
 *
 *     container  ──► record ──► extractor: HTTP ─► charset ─► HTML ─► main content ─► document
 *
 * WARC (ISO 28500, 1.0 and 1.1) and ARC: records of type response, resource and conversion are pages; others are
 * passed over and counted. Where a length is wrong, or a member of the compressed file is damaged, reading goes on at the
 * next record; every such fault is counted by its kind. A file that ends inside a record is SM_ETRUNC, after
 * all records before it. Time is linear in the file, however wrong its lengths are.
 * EPUB 2 and 3: the chapters in reading order, without what is not linear and the table of contents; only their entries
 * are inflated. A record is the book, or a chapter. Encrypted books are bad records ("encrypted"). A book from a pipe
 * is held in memory, up to `max`.
 * HTTP (RFC 9112): status line, headers, chunked bodies, gzip, deflate, brotli and zstd; a body that is not what
 * its headers promise is taken as it is.
 *
 * Memory: one record at a time, each at most `max` bytes; a longer one is a bad record.
 * Threads: a container and an extractor belong to one thread at a time each. */
#ifndef SEIMAI_SOURCE_H
#define SEIMAI_SOURCE_H

#include <seimai/aozora.h>
#include <seimai/charset.h>
#include <seimai/content.h>
#include <seimai/pdf.h>
#include <seimai/runner.h>
#include <seimai/wikitext.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- containers ----------------------------------------------------------------------------- */

typedef enum sm_source_kind {
    SM_SOURCE_WARC,   /* responses, and what others made of them (WET) */
    SM_SOURCE_ARC,    /* its predecessor, versions 1 and 2 */
    SM_SOURCE_HTML,   /* one page, XHTML too */
    SM_SOURCE_TEXT,   /* plain */
    SM_SOURCE_JSONL,  /* documents with `text`, `messages` or `html` */
    SM_SOURCE_EPUB,   /* a book */
    SM_SOURCE_WIKI,   /* a MediaWiki dump (XML) */
    SM_SOURCE_AOZORA, /* a work with the notes of Aozora Bunko, in Shift_JIS or UTF-8 */
    SM_SOURCE_PDF,
    SM_SOURCES
} sm_source_kind;

SM_API const char *sm_source_kind_name(sm_source_kind kind); /* "warc", "arc", "html" … */

/* sm_source_sniff tells what a file is by its first bytes (64 KiB tell all; 8 are enough for most).
 * SM_ENOSUP with the format's name for what is known and not read: images, Office files … */
SM_API int sm_source_sniff(sm_span head, sm_source_kind *kind, sm_error *err) SM_MUST_USE;

/* What is counted while reading. */
typedef struct sm_container_counts {
    uint64_t passed_over;   /* records of a crawl that are no pages */
    uint64_t lost_sync;     /* places where reading went on at the next record of a crawl */
    uint64_t wrong_length;  /* records whose length did not fit what followed */
    uint64_t cut_by_writer; /* WARC-Truncated */
    uint64_t redirects, other_namespaces; /* pages of a dump that are no articles */
    uint64_t damaged; /* members of a compressed file that were passed over */
    uint64_t missing; /* chapters that a book names, and that are not there or damaged */
    uint64_t files;   /* in folders that were named */
    uint64_t hidden;  /* … and what was passed over there */
} sm_container_counts;

/* A walk gives the files that operands name, one after the other: a folder stands for the files in it and in its
 * folders, sorted by the bytes of their names. Names that begin with a dot, devices and links to folders are passed
 * over and counted. Only the names of the folders on the way down are held. No operands: standard input. */
typedef struct sm_walk sm_walk;
SM_API sm_walk *sm_walk_new(const char *const *operands, size_t n,
                            sm_container_counts *counts) SM_MUST_USE;
/* sm_walk_next gives the next path, valid until the next call: 1, 0 at the end, or SM_EIO for a folder or name (*path) that
 * cannot be read, after which the walk goes on. */
SM_API int sm_walk_next(sm_walk *walk, const char **path, sm_error *err) SM_MUST_USE;
SM_API void sm_walk_free(sm_walk *walk); /* NULL is allowed */

typedef struct sm_container sm_container;

/* sm_container_open opens a path ("-": standard input) and looks at its first bytes. */
SM_API int sm_container_open(sm_container **container, const char *path, size_t max,
                             sm_container_counts *counts, sm_error *err) SM_MUST_USE;
/* sm_container_by_item, before the first read: a book gives a record for each chapter, PATH#ID. */
SM_API void sm_container_by_item(sm_container *container);
/* sm_container_read fills a record, whose spans live in the arena: 1, 0 at the end, SM_ETRUNC, SM_EIO,
 * SM_EFORMAT or SM_EHASH. A record with `bad` set ("too-large", "damaged" …) is to be counted. record->user is
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
    SM_HTTP_BAD_CODING = 1 << 4,   /* declared coded, and is not or breaks off */
    SM_HTTP_OTHER_CODING = 1 << 5, /* a coding that is not read (compress): there is no body */
    SM_HTTP_WRONG_LENGTH = 1 << 6, /* the body is longer or shorter than Content-Length */
    SM_HTTP_TOO_LARGE = 1 << 7, /* decodes to more than it may be: its beginning is the body */
    SM_HTTP_FAULTS = 8          /* how many kinds */
};

SM_API const char *sm_http_fault_name(unsigned bit); /* "http-no-head" for 0 … */

typedef struct sm_http {
    int status;   /* 200 …; 0 without a status line */
    sm_span head; /* status line and headers */
    sm_span body; /* codings undone; a part of the message, or in the arena */
    unsigned faults;
} sm_http;

/* sm_http_read takes a response apart and undoes its codings: chunked, gzip, deflate (with zlib's header or
 * without), br, zstd, several of them. `max` bounds the decoded body: what is beyond is cut. */
SM_API void sm_http_read(sm_span message, size_t max, sm_arena *arena, sm_http *http);
/* sm_http_header gives the value of the first header of that lower-case name; empty if there is none. */
SM_API sm_span sm_http_header(sm_span head, const char *name);
/* sm_http_next_header is for names that come more than once: it sets the value of the next header of that name and
 * moves *head behind it; false if there is none. */
SM_API bool sm_http_next_header(sm_span *head, const char *name, sm_span *value);
/* sm_http_parameter gives a parameter of a header's value: "charset" of "text/html; charset=x". */
SM_API sm_span sm_http_parameter(sm_span value, const char *name);

/* ---- pages to documents ----------------------------------------------------------------------- */

typedef struct sm_extract_options {
    sm_content_mode mode;
    sm_content_options content;    /* format and ruby reach every source, links HTML alone */
    const sm_content_model *model; /* shared by all threads; NULL: rules */
    bool
        references; /* keep a wiki page's sections of references and links (seimai/wikitext.h) */
    sm_gaiji gaiji; /* Aozora Bunko's characters without a code (seimai/aozora.h) */
    bool unify;     /* one form for the twins of wave dash, minus … (seimai/normalize.h) */
    bool blocks;    /* metadata.extract.blocks: every block, and why it was taken or not */
    const char *text_key; /* where JSONL has its text, dotted; NULL: "text" */
    size_t max;           /* bytes of a page */
} sm_extract_options;

/* What extractors count; they add up over threads. */
typedef struct sm_extract_counts {
    uint64_t charsets[SM_CHARSETS];
    uint64_t charset_sources[SM_CHARSET_SOURCES];
    uint64_t http_faults[SM_HTTP_FAULTS];
    uint64_t replaced;  /* characters that became U+FFFD */
    uint64_t fell_back; /* pages without a recognised content, taken whole */
    uint64_t html_bytes;
    sm_wikitext_counts wikitext;
    sm_aozora_counts aozora;
    sm_pdf_counts pdf;
} sm_extract_counts;

typedef struct sm_extractor sm_extractor;

SM_API sm_extractor *sm_extractor_new(const sm_extract_options *options) SM_MUST_USE;
/* sm_extractor_free adds the counts to *total. */
SM_API void sm_extractor_free(sm_extractor *x, sm_extract_counts *total);
/* sm_extractor_map is a job's map_record: one document a page. Dropped are "http-status" (not 200),
 * "content-type" (no text), "no-text" and "no-content" (the model is sure that there is none; value: its
 * confidence); bad are "unsupported-coding" and what seimai/document.h names. */
SM_API int sm_extractor_map(sm_extractor *x, const sm_record *record, sm_emit *emit,
                            sm_error *err) SM_MUST_USE;
/* sm_extract_report appends members to the tool's object in --stats. */
SM_API void sm_extract_report(const sm_extract_counts *counts,
                              const sm_container_counts *containers, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
