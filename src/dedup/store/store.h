/* The store of kept documents: log-structured, so that what does not fit into memory lies sorted on disk.
 * SPDX-License-Identifier: MIT
 *
 * The same structure serves a stream (unnamed temporary files) and an index (named files that last):
 *
 *     tables in memory        band key → documents (seimai/lsh.h), text or URL → document (exact.h): the newest
 *        │ full
 *        ▼
 *     runs on disk            sorted, immutable, each with a filter (sorted_run.h), merged by levels (run_list.h)
 *
 *     segments in memory ──►  documents on disk: ids and what is compared (kept_docs.h)
 *
 * A document is found by what it is entered under in whichever of the two it lies; the members of a bucket are
 * its first `cap` documents over all of them, as if there were one table. So what is found depends on the order of
 * the documents alone, not on when the tables were written out.
 *
 * Memory, of the bytes that the store was given: tables at most a quarter, filters at most three eighths (of more
 * runs they stay on disk, and a lookup reads a page of them), segments what is left.
 *
 * Threads, three kinds at once: one thread adds (and flushes, and merges); one notes members of the tables
 * (store_find_recent, which finds nothing while the other is writing there); any number look up runs and read documents
 * between store_enter and store_leave, each with a reader of its own. */
#ifndef SM_STORE_H
#define SM_STORE_H

#include "../exact.h"
#include "kept_docs.h"
#include "run_list.h"

#include <seimai/lsh.h>
#include <stdatomic.h>

typedef struct store_options {
    unsigned bands, cap; /* bands 0: no buckets */
    payload_kind payload;
    unsigned signature; /* entries */
    size_t memory;
    const char *folder; /* NULL: nothing may leave memory */
} store_options;

/* What a document is found by. */
typedef struct store_key {
    sm_hash128 text, url;
    bool has_url;
    const uint64_t *bands; /* NULL: none */
} store_key;

/* What is known of a key's places in the runs. */
typedef struct store_found {
    uint32_t below; /* all documents before this one were looked up */
    uint32_t text,
        url; /* number + 1 of the document under the same text, the same URL; 0: none */
    uint32_t *members; /* [bands] of the key's buckets; NULL: none counted yet */
} store_found;

typedef struct store {
    store_options set;
    sm_lsh *lsh;
    exact_table texts;
    run_list band_runs, text_runs;
    kept_docs docs;
    doc_ranges removed;
    store_space space;
    uint32_t in_runs; /* documents below lie in runs, the others in the tables */
    uint64_t flushes, merges;
    atomic_flag changing; /* the tables, by whoever adds or notes */
    atomic_int readers;
    atomic_bool closed; /* to readers: the runs or the segments are changing */
} store;

typedef struct store_reader {
    kept_scratch scratch;
    sm_lsh_hits hits;
} store_reader;

store *store_new(const store_options *options);
void store_free(store *s);
void store_reader_fini(store_reader *r);
size_t store_bytes(const store *s); /* memory held */
uint64_t store_disk_bytes(const store *s);

/* ---- readers -------------------------------------------------------------------------------- */

void store_enter(store *s);
void store_leave(store *s);
/* store_find_runs looks up what the runs hold from found->below on, and moves it; documents of the buckets are
 * appended to reader->hits, in no order. */
int store_find_runs(store *s, const store_key *key, store_reader *reader, store_found *found,
                    sm_error *err) SM_MUST_USE;
static inline int store_size(const store *s, uint32_t document, store_reader *r,
                             uint32_t *n_set, sm_error *err)
{
    return kept_docs_size(&s->docs, document, &r->scratch, n_set, err);
}
static inline int store_read(const store *s, uint32_t document, store_reader *r,
                             kept_view *view, sm_error *err)
{
    return kept_docs_read(&s->docs, document, &r->scratch, view, err);
}

/* ---- the tables ----------------------------------------------------------------------------- */

/* store_find_recent gives the members of the buckets in the table; none while it is being changed. */
void store_find_recent(store *s, const store_key *key, sm_lsh_hits *hits);
/* For the one thread that adds: */
void store_find_tables(const store *s, const store_key *key, store_found *found,
                       sm_lsh_hits *hits);
/* store_make_room flushes the tables if one more document would be too many, and moves documents to disk until what
 * is held fits. Call it before the document is looked up. SM_EIO; SM_ELIMIT where the memory is full and there is no
 * folder. */
int store_make_room(store *s, sm_error *err) SM_MUST_USE;
/* store_add enters document number docs.n; `members` are those of its buckets in the runs. Counts in *capped the
 * buckets that were full. */
void store_add(store *s, const store_key *key, const uint32_t *members, const kept_view *doc,
               uint64_t *capped);

/* ---- writing out (store_flush.c) ------------------------------------------------------------ */

/* store_flush_tables writes the tables as runs; store_spill_segment moves the oldest segment to disk. */
int store_flush_tables(store *s, sm_error *err) SM_MUST_USE;
int store_spill_segment(store *s, sm_error *err) SM_MUST_USE;
/* store_flush writes all that is in memory to disk, and ends a generation. */
int store_flush(store *s, sm_error *err) SM_MUST_USE;
/* store_merge merges whatever should be, or with `all` everything into one run of a kind. */
int store_merge(store *s, bool all, sm_error *err) SM_MUST_USE;

/* store_attach_run takes a run of committed documents over, oldest first. */
int store_attach_run(store *s, sorted_run *run, sm_error *err) SM_MUST_USE;

/* Readers wait between store_close, which waits for them, and store_open; the tables belong to whoever locked. */
void store_close(store *s);
void store_open(store *s);
void store_lock(store *s);
void store_unlock(store *s);

#endif
