/* seimai/count.h - how often each pre-token occurs: what a tokenizer is trained from.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   counts     a table: pre-token (bytes) -> count and, once tagged, its morpheme edges
 *   edge       an inner position of a pre-token, as a byte offset, where MeCab begins a morpheme
 *   crossings  how many of a pre-token's occurrences have that edge; a pre-token that was tagged by
 *              itself has it in all of them
 *   cutter     what cuts a text for counting: a pre-tokenizer, and strings that are left out because
 *              the tokenizer will hold them as reserved tokens
 *
 * The count file ("-o counts.zst"; zstd by the name's ending, plain otherwise; read either way). All
 * integers are little-endian, offsets in bytes:
 *
 *      0   8  "SMCOUNT1"
 *      8   4  flags: 1 complete (no input was cut), 2 tagged
 *     12   4  length S of the settings
 *     16   8  documents
 *     24   8  bytes of text
 *     32   8  records
 *     40  16  hash of the MeCab dictionary (lo, hi), 0 where not tagged
 *     56   S  settings: the pre-tokenizer's name and each string that was cut out, NUL after each
 *             then the records, sorted by their bytes (as memcmp):
 *              4  length L        8  count        L  bytes
 *              where tagged: 4 number of edges, then for each: 4 position in [1, L), 8 crossings
 *
 * Files with equal settings, flag 2 and dictionary merge: counts and crossings add up.
 *
 * Threads: a table belongs to one thread at a time. */
#ifndef SEIMAI_COUNT_H
#define SEIMAI_COUNT_H

#include <seimai/base.h>
#include <seimai/hash.h>
#include <seimai/morph.h>
#include <seimai/runner.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- cutting ------------------------------------------------------------------------------ */

typedef struct sm_cutter sm_cutter;

/* sm_cutter_new: a pre-tokenizer by its name and n strings to leave out (copied; of several that begin at
 * one place the longest counts). SM_EUSAGE for an unknown pre-tokenizer or an empty string. Read-only:
 * threads may share it. */
SM_API int sm_cutter_new(sm_cutter **cutter, const char *pretoken, const sm_span *strings,
                         size_t n, sm_error *err) SM_MUST_USE;
SM_API void sm_cutter_free(sm_cutter *cutter);
/* A walk over one text. Init {.text = text}. */
typedef struct sm_cut {
    sm_span text;
    size_t at, stop, resume; /* private */
} sm_cut;
/* sm_cutter_next gives the next pre-token: 1, or 0 at the end. What lies between two strings that are left
 * out is cut as a text of its own, as every engine does around added tokens. */
SM_API int sm_cutter_next(const sm_cutter *cutter, sm_cut *cut, sm_span *pretoken);

/* ---- the table ------------------------------------------------------------------------------ */

typedef struct sm_counts sm_counts;

/* One pre-token of the table; its spans live until the table changes. */
typedef struct sm_count_entry {
    sm_span bytes;
    uint64_t count;
    const uint32_t *edges;     /* ascending; NULL where there are none, or nothing was tagged */
    const uint64_t *crossings; /* one an edge; NULL: the edges are in all occurrences */
    size_t n_edges;
} sm_count_entry;

SM_API sm_counts *sm_counts_new(void) SM_MUST_USE;
SM_API void sm_counts_free(sm_counts *counts);
SM_API void sm_counts_add(sm_counts *counts, sm_span pretoken, uint64_t count);
/* sm_counts_add_text counts the pre-tokens of one document's text, and the document. */
SM_API void sm_counts_add_text(sm_counts *counts, const sm_cutter *cutter, sm_span text);
/* sm_counts_merge adds all of `from`; tagged tables merge with tagged ones. */
SM_API void sm_counts_merge(sm_counts *into, const sm_counts *from);

SM_API size_t sm_counts_size(const sm_counts *counts); /* distinct pre-tokens */
/* sm_counts_get: i in [0, size); in the order in which they came, or sorted after sm_counts_sort. */
SM_API sm_count_entry sm_counts_get(const sm_counts *counts, size_t i);
SM_API uint64_t sm_counts_documents(const sm_counts *counts);
SM_API uint64_t sm_counts_bytes(const sm_counts *counts);
/* sm_counts_sort orders the pre-tokens by their bytes. */
SM_API void sm_counts_sort(sm_counts *counts);

/* sm_counts_tag runs MeCab over every pre-token that holds Japanese, on `threads` threads, and keeps the
 * edges between two Japanese characters (kana, kanji, 々〆〇). A pre-token by itself is cut nearly as it is
 * inside its sentence: P .9985, R .9964 on web text. */
SM_API int sm_counts_tag(sm_counts *counts, const sm_morph *morph, unsigned threads,
                         sm_error *err) SM_MUST_USE;
SM_API bool sm_counts_is_tagged(const sm_counts *counts);

/* sm_counts_hash: XXH3-128 over the records as the file holds them, tagged or not; sorts. The same counts have
 * the same hash, whether they were read or counted. */
SM_API sm_hash128 sm_counts_hash(sm_counts *counts);

/* sm_count_job is the job that counts a stream of documents: every worker has a table of its own, which is
 * added to `counts` when it ends. Run it with sm_run; the counting must outlive the run. */
typedef struct sm_counting {
    sm_counts *counts;
    const sm_cutter *cutter;
} sm_counting;
SM_API sm_job sm_count_job(sm_counting *counting);

/* ---- the file --------------------------------------------------------------------------------- */

typedef struct sm_count_header {
    bool complete, tagged;
    uint64_t documents, bytes, records;
    sm_hash128 dictionary;
    sm_span settings; /* as in the file; see sm_cutter_settings */
    sm_arena arena;   /* holds them */
} sm_count_header;

/* sm_cutter_settings gives the settings of a cutter as the file holds them (valid as long as it). */
SM_API sm_span sm_cutter_settings(const sm_cutter *cutter);
/* sm_cutter_from_settings is the way back: the cutter that a count file was made with. */
SM_API int sm_cutter_from_settings(sm_cutter **cutter, sm_span settings,
                                   sm_error *err) SM_MUST_USE;

/* sm_counts_write sorts and writes; documents, bytes, records and tagged of the header are set from the
 * table. Equal counts give equal bytes. */
SM_API int sm_counts_write(sm_counts *counts, const char *path, sm_count_header *header,
                           sm_error *err) SM_MUST_USE;
/* sm_counts_read adds a file's records to `counts`. SM_EFORMAT for a file that is none, SM_ETRUNC for one
 * that ends early, SM_EUSAGE where the header differs from that of files read before (*header is {0}
 * before the first; free it with sm_count_header_free). */
SM_API int sm_counts_read(sm_counts *counts, const char *path, sm_count_header *header,
                          sm_error *err) SM_MUST_USE;
SM_API void sm_count_header_free(sm_count_header *header);
/* sm_count_file_is tells by its first bytes whether a file is a count file (compressed or not); never reads
 * from a pipe. */
SM_API bool sm_count_file_is(const char *path);

/* sm_counts_print appends records *at … of the escaped view and moves *at, until `out` holds `bytes` or
 * more, or all is printed (*at == size). A line is: count, TAB, pre-token (\t \n \r \\, and bytes that
 * are no UTF-8 as \xHH) and, where there are edges, TAB and position:crossings, separated by blanks. */
SM_API void sm_counts_print(const sm_counts *counts, size_t *at, size_t bytes, sm_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
