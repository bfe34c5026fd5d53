/* What is remembered of each kept document: its id, and what a candidate is compared by.
 * SPDX-License-Identifier: MIT
 *
 * The newest documents are held in memory, in segments; the oldest segments move to two files when memory is
 * short. On disk:
 *
 *   entries   20 bytes a document in pages (204 each): u64 offset of its record, u32 bytes of the record, u32
 *             bytes of the id, u32 distinct shingles
 *   records   u64 XXH3-64 of what follows, seeded with the document's number; the id; the payload: the set of
 *             shingles as setcode.h codes it, or u32 entries of the signature, or nothing
 *
 * Documents of a generation of an index begin in a page of their own (an extent), so that what was committed is
 * never written again.
 *
 * Threads: any number may read, each with its own scratch, while one adds to the last segment; what begins or drops a
 * segment needs the readers out of the way. */
#ifndef SM_KEPT_DOCS_H
#define SM_KEPT_DOCS_H

#include "page_file.h"

typedef enum payload_kind { PAYLOAD_NONE, PAYLOAD_SET, PAYLOAD_SIGNATURE } payload_kind;

typedef struct kept_view {
    sm_span id;
    const void *payload; /* u64[n_set] or u32[signature]; NULL: none */
    uint32_t n_set;
} kept_view;

/* Documents from `document` on lie in the entries' pages from `page` on. */
typedef struct kept_extent {
    uint32_t document;
    uint64_t page;
} kept_extent;

typedef struct kept_docs {
    payload_kind kind;
    unsigned signature; /* entries of one */
    store_space *space;
    uint32_t n; /* documents; below `spilled` on disk, the others in segments */
    uint32_t spilled;
    size_t bytes; /* memory of the segments, the spare one among them */
    size_t segment_bytes;
    struct kept_segment **segments; /* oldest first */
    size_t n_segments, cap_segments;
    struct kept_segment *
        spare; /* the last one that moved to disk, for the next one: a heap that does not scatter */

    store_file entries, records;
    int64_t records_end; /* of what readers may see … */
    int64_t written_end; /* … and of what was written */
    kept_extent *extents;
    size_t n_extents, cap_extents;
    uint64_t page; /* the one being filled … */
    size_t in_page;
    bool extent_ended;
    unsigned char tail[PAGE_BYTES]; /* … and its entries */
} kept_docs;

/* One reader's memory; init {0}. What was decoded stays for a while, since pages of one template are compared with
 * the same representatives again and again: at most KEPT_DECODED bytes, and one document more. */
enum { KEPT_SLOTS = 1024, KEPT_DECODED = 4 << 20 };

typedef struct kept_slot {
    uint64_t holds; /* number of the document + 1; 0: none */
    kept_view view;
    char *block; /* what the view points to */
} kept_slot;

typedef struct kept_scratch {
    unsigned char page[PAGE_BYTES];
    uint64_t cached; /* number of that page + 1 */
    sm_buffer record;
    kept_slot *slots; /* [KEPT_SLOTS], by number of the document */
    size_t decoded;   /* bytes of their blocks */
} kept_scratch;

/* segment_bytes: about how much moves to disk at once. */
void kept_docs_init(kept_docs *k, payload_kind kind, unsigned signature, size_t segment_bytes,
                    store_space *space);
void kept_docs_fini(kept_docs *k);
void kept_scratch_fini(kept_scratch *s);

/* kept_docs_add remembers document number k->n. Where it does not fit (kept_docs_fits), a new segment begins:
 * the list of segments changes, and readers must be out of the way. */
bool kept_docs_fits(const kept_docs *k, const kept_view *doc);
void kept_docs_add(kept_docs *k, const kept_view *doc);
/* kept_docs_size gives the distinct shingles of a document, without its payload. */
int kept_docs_size(const kept_docs *k, uint32_t document, kept_scratch *s, uint32_t *n_set,
                   sm_error *err) SM_MUST_USE;
/* kept_docs_read gives a document; the view lives until the scratch is used again or its segment is dropped.
 * SM_EHASH, SM_EFORMAT for damaged records. */
int kept_docs_read(const kept_docs *k, uint32_t document, kept_scratch *s, kept_view *view,
                   sm_error *err) SM_MUST_USE;

/* ---- moving to disk ------------------------------------------------------------------------- */

/* kept_docs_write writes the records of the oldest segment; readers still find them in memory. SM_EIO, and
 * SM_ELIMIT for a record of 4 GiB. */
int kept_docs_write(kept_docs *k, sm_error *err) SM_MUST_USE;
/* kept_docs_publish writes their entries, and drops the segment: readers must be out of the way. */
int kept_docs_publish(kept_docs *k, sm_error *err) SM_MUST_USE;
/* kept_docs_end closes a generation of which all segments were written: the last page is filled up, and what comes
 * next begins an extent. */
int kept_docs_end(kept_docs *k, sm_error *err) SM_MUST_USE;
/* kept_docs_open goes on behind what two files of an index hold: n documents, in extents (copied). */
void kept_docs_open(kept_docs *k, store_file entries, store_file records, uint32_t n,
                    const kept_extent *extents, size_t n_extents, uint64_t next_page,
                    int64_t records_end);

#endif
