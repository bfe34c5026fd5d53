/* run.h - one run of the runner, as its parts see it.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_RUN_H
#define SEIMAI_RUN_H

#include "block.h"

#include <seimai/hash.h>
#include <stdatomic.h>
#include <time.h>

/* The check of end records: where we are in the present file. */
typedef struct end_check {
    sm_hasher *hasher; /* bytes since the file's start or the last end record */
    uint64_t documents;
    bool has_end, bytes_after_end;
} end_check;

typedef struct progress {
    bool shown;
    double started, last;
    int64_t total; /* bytes of all inputs; -1 unknown */
} progress;

typedef struct run {
    const sm_io *io;
    const sm_job *job;
    sm_stats *stats;
    sm_error *err;
    void **workers;
    unsigned n_workers;
    doc_reader reader;
    size_t next_file; /* of a source */
    bool source_open;
    char *source_file; /* … which is open: as messages name it */
    sm_output *out, *rejects;
    sm_hasher *out_hasher; /* with --end-record */
    end_check end;
    progress progress;
    tallies dropped, bad;
    size_t cap_faults;
    uint64_t bad_shown;
    atomic_bool halted; /* a job failed: later blocks are not committed */
} run;

struct sm_fault {
    const char *file;
    int64_t offset; /* -1: unknown */
    const char *what;
};

/* steps.c: what happens to a block. worker is the thread's own state. */
void steps_map(run *r, block *b, void *worker);
void steps_each(block *b, void *worker, int (*step)(void *worker, sm_doc *doc, sm_error *err));
void steps_serialize(run *r, block *b);
void steps_pack(run *r, block *b);

/* records.c: blocks of a source. */
int records_read(run *r, block *b);
void records_map(run *r, block *b, void *worker);

/* reject.c: lines of --rejects. */
void reject_reason(const run *r, const char *rule, double value, double threshold,
                   sm_buffer *json);
void reject_document(const run *r, block *b, sm_doc *doc);
void reject_raw(const run *r, block *b, sm_span raw, const char *why, int64_t line,
                int64_t offset);
void reject_piece(const run *r, block *b);

/* account.c: the single step at the end: counts, checks, writes. */
int account_block(run *r, block *b);
int account_end(run *r);
void account_fault(run *r, const char *file, int64_t offset, const char *what);

/* progress.c */
double progress_now(void);
void progress_start(run *r);
void progress_draw(run *r, const block *b);
void progress_clear(run *r);
/* One line, in the progress line's place: "seimai-NAME: …". */
void progress_say(run *r, const char *line);

#endif
