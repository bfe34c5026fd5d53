/* seimai/dedup_index.h - what was kept, remembered from run to run: a folder that tomorrow's crawl is compared with.
 * SPDX-License-Identifier: MIT
 *
 * An index is the collection of seimai/dedup.h with names instead of temporary files. A run over new documents
 * is a generation. It becomes part of the index together with its output, or not at all:
 *
 *     1  documents are decided; the output grows as NAME.part, the index by files that nothing refers to
 *     2  NAME.part is whole: the index's files are synced, and PENDING is written, which describes the index with this
 *        generation and names the output with its size and XXH3-128              (sm_dedup_index_prepare)
 *     3  NAME.part is synced and becomes NAME                                    (sm_output_commit)
 *     4  PENDING becomes MANIFEST                                                (sm_dedup_index_commit)
 *
 * Whoever opens the index next finds out where a killed run stopped: with a PENDING whose output is there, to the
 * byte, it does step 4; any other PENDING is forgotten, and so are files that nothing refers to. So at any moment
 * there is the old generation and no output, or the new one and the output (between 3 and 4: as good as). An output
 * that was moved away between a kill behind step 3 and the next opening counts as not written: its documents are kept once
 * more when they come again, and none is lost.
 *
 * A run that is repeated, since nobody saw it end, must not find its own documents to be duplicates. If the last
 * generation wrote the very file that is to be written, and it is still there to the byte, the input is hashed first
 * (sm_dedup_index_repeats); if it is the same input, the run starts from the state before that generation, which is
 * kept until the next one, and takes its place. So a repeated run gives what an undisturbed one gives; what it
 * replaced takes room until the index is compacted.
 *
 * The folder
 *   lock               locked by the one writer (fcntl); ends with its process
 *   MANIFEST           what counts; PENDING: what is to count
 *   documents-NUMBER   where each kept document's record lies           (src/dedup/store/kept_docs.h)
 *   records-NUMBER     ids, and sets of shingles or signatures          (src/dedup/store/kept_docs.h, setcode.h)
 *   bands-NUMBER       sorted runs: band key → documents                (src/dedup/store/sorted_run.h)
 *   texts-NUMBER       sorted runs: hash of text or URL → document      (src/dedup/store/sorted_run.h)
 *
 * MANIFEST and PENDING are text: a line "seimai-dedup-index 1 HASH" (the version, and the XXH3-128 of all that follows),
 * then one JSON object:
 *   generation   number of the last one; next_file: number of the next file
 *   options      {threshold, bands, rows, shingle, words, view, bucket_cap, seed, verify, exact, exact_only, url}
 *   documents_file, records_file   names
 *   now          {documents: kept so far, pages and record_bytes: how much of the two files counts,
 *                 extents: [[document, page]…] where a generation's entries begin,
 *                 bands, texts: [[name, level]…] oldest first, removed: [[first, end]…] documents that no longer count}
 *   before       the same before the last generation, or null
 *   generations  [{generation, first, end: its kept documents, documents: all, output, output_bytes, output_xxh3,
 *                 input_xxh3: of the hashes of texts and ids in order}…]
 * Every other file is in pages or records that carry an XXH3-64 of their own (page_file.h): a damaged one is refused
 * with its name and offset when the damaged part is read. What was committed is never written again.
 *
 * Bytes a kept document: as in seimai/dedup.h. Ownership: open gives, close takes back. Threads: one at a time. */
#ifndef SEIMAI_DEDUP_INDEX_H
#define SEIMAI_DEDUP_INDEX_H

#include <seimai/dedup.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_dedup_index sm_dedup_index;

/* Which of the options a user gave: these must be the index's own. The others are taken from it. */
typedef struct sm_dedup_given {
    bool threshold, bands, shingle, words, view, bucket_cap, seed, verify, normalized,
        exact_only, url;
} sm_dedup_given;

/* ---- a run ---------------------------------------------------------------------------------- */

/* sm_dedup_index_open makes the folder where there is none, locks it, and mends what a killed run left. `options`
 * (folder aside) are those of a new index; memory is that of this run. SM_EUSAGE: an option that was given is not
 * the index's; SM_EFORMAT, SM_EHASH: damaged; SM_ELIMIT: another process writes it; SM_EIO. */
SM_API int sm_dedup_index_open(sm_dedup_index **index, const char *folder,
                               const sm_dedup_options *options, const sm_dedup_given *given,
                               sm_error *err) SM_MUST_USE;
/* sm_dedup_index_close gives up what was not committed. NULL is allowed. */
SM_API void sm_dedup_index_close(sm_dedup_index *index);
/* The options as settled, before a collection is there. */
SM_API const sm_dedup_options *sm_dedup_index_options(const sm_dedup_index *index);

/* sm_dedup_index_repeats: 1 if the last generation wrote this output and it is still there, so that the input should be
 * compared with `input`, the hash of the last one; else 0. SM_EIO. */
SM_API int sm_dedup_index_repeats(const sm_dedup_index *index, const char *output,
                                  sm_hash128 *input, sm_error *err) SM_MUST_USE;
/* sm_dedup_index_start gives the collection to decide with, which stays the index's. repeat: as it was before the
 * last generation. */
SM_API int sm_dedup_index_start(sm_dedup_index *index, bool repeat, sm_dedup **dedup,
                                sm_error *err) SM_MUST_USE;

/* sm_dedup_input hashes an input: texts and ids of its documents, in order. */
SM_API void sm_dedup_input_add(sm_hasher *input, const sm_dedup_item *item, sm_span id);

/* sm_dedup_index_prepare is step 2: `part` is whole and will be `output`. */
SM_API int sm_dedup_index_prepare(sm_dedup_index *index, const char *output, const char *part,
                                  sm_hash128 input, sm_error *err) SM_MUST_USE;
/* sm_dedup_index_commit is step 4. */
SM_API int sm_dedup_index_commit(sm_dedup_index *index, sm_error *err) SM_MUST_USE;

/* ---- keeping it ----------------------------------------------------------------------------- */

/* sm_dedup_index_info appends what MANIFEST says as one JSON object, with the bytes of the files. It neither locks nor
 * mends. check: every file is read from end to end and every checksum compared. */
SM_API int sm_dedup_index_info(const char *folder, bool check, sm_buffer *json,
                               sm_error *err) SM_MUST_USE;
/* sm_dedup_index_remove: documents (by their ids, or of a generation; 0: none) no longer count as seen. A text that
 * comes again is kept again. Gives how many. */
typedef struct sm_dedup_withdrawn {
    const sm_span *ids;
    size_t n_ids;
    uint64_t generation;
} sm_dedup_withdrawn;
SM_API int sm_dedup_index_remove(const char *folder, const sm_dedup_withdrawn *which,
                                 uint64_t *removed, sm_error *err) SM_MUST_USE;
/* sm_dedup_index_compact rewrites the index: one run of a kind, nothing of removed documents. Needs room for both
 * until it ends. */
SM_API int sm_dedup_index_compact(const char *folder, size_t memory, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
