/* seimai/count.h - how often each pre-token occurs: what a tokenizer is trained from.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   counts     a table in memory: pre-token (bytes) -> count and, once tagged, its morpheme edges
 *   edge       an inner position of a pre-token, as a byte offset, where MeCab begins a morpheme
 *   crossings  how many of a pre-token's occurrences have that edge; a pre-token that was tagged by
 *              itself has it in all of them
 *   cutter     what cuts a text for counting: a pre-tokenizer, and strings that are left out because
 *              the tokenizer will hold them as reserved tokens
 *   counting   a run over documents that needs no more memory than it was given: tables that are full go to
 *              sorted runs in files without a name, and the runs are merged while they are read
 *   reader     a stream of records in the order of their bytes: of a counting, or of any number of count files,
 *              whose equal records add up on the way. It never holds more than one record of each
 *
 *     documents -> counting -\
 *     count files ------------> reader -> sm_count_write, a trainer, or sm_counts_read into a table
 *
 * The count file ("-o counts.zst"; zstd by the name's ending, plain otherwise; read either way). All
 * integers are little-endian, offsets in bytes:
 *
 *      0   8  "SMCOUNT2"
 *      8   4  flags: 1 complete (no input was cut), 2 tagged, 4 records count documents, 8 counts are thousandths
 *     12   4  length S of the settings
 *     16   8  documents
 *     24   8  bytes of text
 *     32  16  hash of the MeCab dictionaries (lo, hi), 0 where not tagged
 *     48   4  share of the distinct pre-tokens that MeCab saw, in millionths (in context all of them)
 *     52   4  0
 *     56   S  settings: the pre-tokenizer's name and each string that was cut out, NUL after each
 *             then the records, sorted by their bytes (as memcmp):
 *              4  length L >= 1   8  count
 *              with flag 4: 8 documents that hold it
 *              L  bytes
 *              where tagged: 4 number of edges, then for each: 4 position in [1, L), 8 crossings
 *             then the end:
 *              4  0               8  number of records       16  XXH3-128 (lo, hi) of all records' bytes
 *
 * Files with equal settings, dictionary and flags 2 and 4 merge: counts, documents and crossings add up, and parts give
 * the same bytes as the whole. Where one has thousandths, the counts of the others are multiplied by 1,000.
 *
 * Threads: a table, a reader or a cut belongs to one thread at a time; a cutter is read-only. */
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
/* sm_cutter_next is the easy way, for a look at a few: it gives the next pre-token: 1, or 0 at the end. What lies between two strings that are left
 * out is cut as a text of its own, as every engine does around added tokens. */
SM_API int sm_cutter_next(const sm_cutter *cutter, sm_cut *cut, sm_span *pretoken);

/* ---- the table ------------------------------------------------------------------------------ */

typedef struct sm_counts sm_counts;

/* One pre-token of the table; its spans live until the table changes. */
typedef struct sm_count_entry {
    sm_span bytes;
    uint64_t count;
    uint64_t documents;        /* that hold it; 0 where they were not counted */
    const uint32_t *edges;     /* ascending; NULL where there are none, or nothing was tagged */
    const uint64_t *crossings; /* one an edge; NULL: the edges are in all occurrences */
    size_t n_edges;
    bool untagged; /* tagging left it out (a sample): nothing is known of its edges */
} sm_count_entry;

SM_API sm_counts *sm_counts_new(void) SM_MUST_USE;
SM_API void sm_counts_free(sm_counts *counts);
SM_API void sm_counts_add(sm_counts *counts, sm_span pretoken, uint64_t count);
/* sm_counts_add_text counts the pre-tokens of one document's text, and the document. */
SM_API void sm_counts_add_text(sm_counts *counts, const sm_cutter *cutter, sm_span text);
/* sm_counts_merge adds all of `from`; tagged tables merge with tagged ones (a sample is tagged after merging:
 * the sum does not know what was left out). */
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
/* sm_counts_tag_share does so for the most frequent `share` of them; among those that are as frequent as the last
 * one their hashes decide. The others have no edges. What MeCab really saw, in millionths of the distinct
 * pre-tokens that may have edges, goes into *seen: it belongs into the header. */
SM_API int sm_counts_tag_share(sm_counts *counts, const sm_morph *morph, double share,
                               unsigned threads, uint32_t *seen, sm_error *err) SM_MUST_USE;
SM_API bool sm_counts_is_tagged(const sm_counts *counts);

/* sm_counts_hash: XXH3-128 over the records as the file holds them, tagged or not; sorts. The same counts have
 * the same hash, whether they were read or counted. */
SM_API sm_hash128 sm_counts_hash(sm_counts *counts);

/* ---- the file's header ----------------------------------------------------------------------- */

typedef struct sm_count_header {
    bool complete, tagged;
    bool with_documents; /* records count the documents that hold them */
    bool thousandths;    /* of an occurrence: some documents weighed a fraction */
    uint64_t documents, bytes;
    uint64_t records; /* known when they were read or written */
    sm_hash128 dictionary;
    uint32_t tagged_share; /* millionths */
    sm_span settings;      /* as in the file; see sm_cutter_settings */
    sm_arena arena;        /* holds them */
} sm_count_header;

/* sm_cutter_settings gives the settings of a cutter as the file holds them (valid as long as it). */
SM_API sm_span sm_cutter_settings(const sm_cutter *cutter);
/* sm_cutter_from_settings is the way back: the cutter that a count file was made with. */
SM_API int sm_cutter_from_settings(sm_cutter **cutter, sm_span settings,
                                   sm_error *err) SM_MUST_USE;

SM_API void sm_count_header_free(sm_count_header *header);

/* ---- reading: a stream of sorted records -------------------------------------------------------- */

typedef struct sm_count_reader sm_count_reader;

typedef struct sm_count_files {
    const char *const *paths; /* "-" is standard input */
    size_t n;                 /* at least 1 */
    size_t memory; /* bounds how many files are open at once (8 MiB each); 0: up to 64 */
    const char
        *folder; /* where groups of more files are merged first; NULL: all are open at once */
} sm_count_files;

/* sm_count_reader_open reads the headers and gives the merged stream of all files. SM_EFORMAT for a file that is
 * no count file, SM_EUSAGE where headers do not go together, each with the file's name. */
SM_API int sm_count_reader_open(sm_count_reader **reader, const sm_count_files *files,
                                sm_error *err) SM_MUST_USE;
SM_API void sm_count_reader_close(sm_count_reader *reader);
/* The sums of all headers; `records` counts what was read so far. */
SM_API const sm_count_header *sm_count_reader_header(const sm_count_reader *reader);
/* sm_count_reader_next gives the next record: 1, or 0 at the end. It lives until the next call. SM_ETRUNC for
 * a file that ends early, SM_EFORMAT and SM_EHASH for one that is damaged. */
SM_API int sm_count_reader_next(sm_count_reader *reader, sm_count_entry *entry,
                                sm_error *err) SM_MUST_USE;
/* sm_count_reader_hash: the hash of the records read so far (of all: what sm_counts_hash gives), or written by
 * sm_count_write; a view has none. */
SM_API sm_hash128 sm_count_reader_hash(sm_count_reader *reader);

/* sm_count_write writes all that a reader gives as a count file, on `threads` threads. Tables of a counting that fitted
 * into memory are merged in stretches by all of them; else one merges while the others compress. The bytes out
 * depend on the records alone. */
SM_API int sm_count_write(sm_count_reader *reader, const char *path, unsigned threads,
                          sm_error *err) SM_MUST_USE;
/* sm_count_write_view writes the escaped view. A line is: count, TAB, pre-token (\t \n \r \\, and bytes that
 * are no UTF-8 as \xHH) and, where there are edges, TAB and position:crossings, separated by blanks. */
SM_API int sm_count_write_view(sm_count_reader *reader, const char *path, unsigned threads,
                               sm_error *err) SM_MUST_USE;

/* sm_count_file_is tells by its first bytes whether a file is a count file (compressed or not); never reads
 * from a pipe. */
SM_API bool sm_count_file_is(const char *path);

/* ---- counting a stream of documents --------------------------------------------------------------- */

/* What a document counts whose metadata.source is `source`: thousandths, 1000 for once. */
typedef struct sm_count_weight {
    sm_span source;
    uint64_t thousandths;
} sm_count_weight;

/* Init with designated initializers; what is 0 is not used. All of it must outlive the run. */
typedef struct sm_counting {
    sm_counts
        *counts; /* gets the sum when the run ends; NULL: read it from sm_counting_reader */
    const sm_cutter *cutter;
    const sm_morph *morph; /* tags every occurrence in its sentence; counts must be NULL then */
    bool with_documents;
    bool
        sampled; /* only documents whose hash (XXH3-64 of the text, by `seed`) lies below `sample` of all */
    double sample;
    uint64_t seed;
    const sm_count_weight
        *weights; /* sources that are not named weigh 1, those of weight 0 stay out */
    size_t n_weights;
    /* The most that the process is to hold, taken as peak RSS of a run on `threads` threads. Documents in flight
     * have their part of it (some 10 MiB a thread; more where one document is larger than 1 MiB); below some
     * 48 MiB there is nothing left to save. 0: no bound, and nothing goes to the disk. */
    size_t memory;
    unsigned threads;
    const char *
        folder; /* for the runs: at most as many bytes as the text has; they bear no name there */
    struct counting_state *state; /* private */
} sm_counting;

/* sm_count_job is the job for sm_run: every worker has a table of its own. */
SM_API sm_job sm_count_job(sm_counting *counting);
/* sm_counting_reader gives all that was counted, sorted; once, and after the run. `complete` of its header and the
 * dictionary's hash are taken from `header`, whose settings are those of the cutter. */
SM_API int sm_counting_reader(sm_counting *counting, const sm_count_header *header,
                              sm_count_reader **reader, sm_error *err) SM_MUST_USE;
/* sm_counting_free gives back what the run left, after the reader was closed. */
SM_API void sm_counting_free(sm_counting *counting);

/* ---- counts and files ------------------------------------------------------------------------------- */

/* sm_counts_write sorts and writes; documents, bytes, records and tagged of the header are set from the
 * table. Equal counts give equal bytes. SM_EUSAGE for counts that sm_counts_tag_share tagged in part: the file
 * cannot tell a pre-token without edges from one that MeCab did not see. */
SM_API int sm_counts_write(sm_counts *counts, const char *path, sm_count_header *header,
                           sm_error *err) SM_MUST_USE;
/* sm_counts_read adds a file's records to `counts`, and its header to *header ({0} before the first file;
 * free it with sm_count_header_free). Failures as those of the reader. Whole counts and
 * thousandths do not go into one table: SM_EUSAGE; the reader can merge them. */
SM_API int sm_counts_read(sm_counts *counts, const char *path, sm_count_header *header,
                          sm_error *err) SM_MUST_USE;
/* sm_counts_print appends records *at … of the escaped view and moves *at, until `out` holds `bytes` or
 * more, or all is printed (*at == size). */
SM_API void sm_counts_print(const sm_counts *counts, size_t *at, size_t bytes, sm_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
