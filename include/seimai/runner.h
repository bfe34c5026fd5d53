/* seimai/runner.h - the runner: read, map in parallel, commit in input order.
 * SPDX-License-Identifier: MIT
 *
 * A streaming tool is a job: a map and, where order matters, a commit. The runner owns everything else:
 * opening and reading the inputs, cutting them into blocks, threads, back-pressure, bad records, rejects,
 * statistics, progress, the end record, the output and its rename.
 *
 *     read ──► map ──►( order ──► verify ──► commit )──► write
 *      1     parallel     1      parallel      1           1      threads; the single steps see documents
 *                                                                 in input order
 *
 * The steps in parentheses are optional. The bytes out do not depend on the number of threads: blocks
 * are cut by the input alone (about 1 MiB or 16 Ki records, at record ends), and single steps run in its order. With one
 * thread everything runs inline. At most 4 blocks a thread are in flight: that, and the largest document,
 * bound the memory.
 *
 * Threads: map and verify get a worker of their own (worker_new, one a thread) and must not touch shared
 * state. Each of order, commit and source.read runs one call at a time and may; but the order of a later block
 * can run while an earlier block is committed, so what both touch needs a guard of its own. Of several
 * failures the one of the earliest document is reported, so that the message too is the same for any -j. */
#ifndef SEIMAI_RUNNER_H
#define SEIMAI_RUNNER_H

#include <seimai/document.h>
#include <seimai/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_tally {
    uint64_t documents, bytes;
} sm_tally;

/* A count by name: dropped by rule, bad by kind. Sorted by name. */
typedef struct sm_count {
    const char *name;
    sm_tally tally;
} sm_count;

typedef struct sm_stats {
    sm_tally in, kept, out;
    sm_count *dropped, *bad;
    size_t n_dropped, n_bad;
    uint64_t blank, boms,
        no_final_newline;    /* lines that are no records, and harmless oddities */
    bool complete;           /* no input was cut, none was missing, all was written */
    struct sm_fault *faults; /* {file, offset, what} of broken inputs */
    size_t n_faults;
    double seconds, cpu_seconds; /* of the wall, and of all threads */
    uint64_t threads, peak_rss;  /* bytes */
    sm_arena arena;
} sm_stats;

/* ---- sources of records (extract) ---------------------------------------------------------- */

/* A record of a container: a WARC response, a page of a file. Its spans live in the block's arena. */
typedef struct sm_record {
    sm_span name; /* record id or path, for messages and ids */
    sm_span head; /* what the container says about it, as the source defines */
    sm_span body;
    size_t in_bytes;  /* its share of `in` in the statistics */
    int64_t offset;   /* in the plain bytes of the file */
    const char *file; /* set by the runner: what messages and rejects call its file */
    const char *bad; /* a damaged record: its kind; it goes to the rejects, not to map_record */
    const char *why; /* … and what is wrong with it */
    void *user;
} sm_record;

typedef struct sm_emit sm_emit; /* where map_record puts documents */

typedef struct sm_source {
    /* open is called for each operand ("-" for standard input). */
    int (*open)(void *shared, const char *path, sm_error *err);
    /* read fills one record: 1, or 0 at the end of the file, or a failure (SM_ETRUNC: the file ends here,
     * the others are still read). */
    int (*read)(void *shared, sm_record *record, sm_arena *arena, sm_error *err);
    void (*close)(void *shared);
    /* map_record emits 0…n documents. Returns SM_KEEP, or SM_DROP after sm_emit_drop. */
    int (*map_record)(void *worker, const sm_record *record, sm_emit *emit, sm_error *err);
    /* next gives the next input, valid until it is closed: 1, 0 when there are no more, or a failure (a folder that
     * cannot be read: it is told, and the others are still read). NULL: the operands are the inputs. */
    int (*next)(void *shared, const char **path, sm_error *err);
} sm_source;

/* sm_emit_document writes a document: text is UTF-8; metadata is a JSON object, or empty for none. */
SM_API void sm_emit_document(sm_emit *emit, sm_span id, sm_span text, sm_span metadata);
/* sm_emit_as_read writes a document that map_record parsed from the record (sm_doc_parse with the arena of
 * sm_emit_arena), with what was set in it and all its other fields; returns SM_KEEP. */
SM_API int sm_emit_as_read(sm_emit *emit, sm_doc *doc);
/* sm_emit_drop sends the record to the rejects under a rule, with `text` as what is known of it. */
SM_API int sm_emit_drop(sm_emit *emit, sm_span id, sm_span text, const char *rule, double value,
                        double threshold);
/* The same for a document that map_record parsed from the record: it goes to the rejects as it was read. */
SM_API int sm_emit_drop_as_read(sm_emit *emit, sm_doc *doc, const char *rule, double value,
                                double threshold);
/* The same for a record that cannot be read at all; counted as bad. */
SM_API int sm_emit_bad(sm_emit *emit, const char *kind, const char *why);
SM_API sm_arena *
sm_emit_arena(sm_emit *emit); /* for the record's scratch: reset with the block */

/* ---- the job --------------------------------------------------------------------------------- */

typedef struct sm_job {
    void *shared;
    void *(*worker_new)(void *shared, sm_error *err); /* NULL: the worker is `shared` itself */
    void (*worker_free)(void *worker);
    /* Each returns SM_KEEP, SM_DROP (after sm_doc_drop) or a failure, which ends the run. A step does not
     * see what an earlier step dropped. */
    int (*map)(void *worker, sm_doc *doc, sm_error *err);
    int (*order)(void *shared, sm_doc *doc, sm_error *err);
    int (*verify)(void *worker, sm_doc *doc, sm_error *err);
    int (*commit)(void *shared, sm_doc *doc, sm_error *err);
    const sm_source *source; /* NULL: documents, one a line */
    bool any_content;        /* the text key may hold any JSON value (decode: a list of ids) */
    bool any_record;         /* records need no text: the map reads fields of its own (eval) */
    bool (*accepts)(
        sm_doc *doc); /* … of which these are documents, the others bad (no-text); NULL: all */
    bool no_output;   /* documents are consumed (count, shard): the runner writes nothing */
    /* finish runs once, when all is written and nothing renamed yet: a failure leaves NAME.part. */
    int (*finish)(void *shared, const sm_stats *stats, sm_error *err);
    /* report appends members (after sm_json_key) to the object under the tool's name in --stats. */
    void (*report)(void *shared, sm_buffer *json);
} sm_job;

/* sm_run runs a job over the operands of `io`. With io->usage NULL it says nothing on stderr: the first of two runs, or
 * one over a file that is no operand. 0 when all went well or only bad records and broken
 * inputs were met (stats->complete, stats->n_bad tell); a failure of the output, of the job, or past
 * --max-bad otherwise. On success the output is committed. */
SM_API int sm_run(const sm_io *io, const sm_job *job, sm_stats *stats,
                  sm_error *err) SM_MUST_USE;

/* sm_finish ends a tool: writes --stats, prints the failures and (-v, or on a terminal) the summary,
 * frees the stats and returns the exit status (FORMATS, "What goes wrong"). */
SM_API int sm_finish(const sm_io *io, const sm_job *job, int status, sm_stats *stats,
                     const sm_error *err);

/* sm_stats_fault: the first broken or missing input, as its message; NULL for none. */
SM_API const char *sm_stats_fault(const sm_stats *stats);
/* sm_stats_free: for a run that does not end in sm_finish, such as the first of two. */
SM_API void sm_stats_free(sm_stats *stats);

/* sm_threads is what -j means: itself, or the number of cores for 0. */
SM_API unsigned sm_threads(const sm_io *io);

#ifdef __cplusplus
}
#endif
#endif
