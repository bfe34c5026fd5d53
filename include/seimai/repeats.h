/* seimai/repeats.h - what a corpus says more than once: lines, paragraphs, and passages of any place.
 * SPDX-License-Identifier: MIT
 *
 * Near-duplicate detection judges whole documents. What a thousand different pages share (a notice, a menu, a quoted
 * article) is found here, and cut, so that the first copy in the order of the corpus stays.
 *
 * Nouns
 *   passage    N code points in a row. It is a copy if the same N code points stand earlier in the corpus without
 *              overlapping it, inside one document. Every character of a copy is marked
 *   line       what stands between line ends, without white space around it; a paragraph: what stands between
 *              empty lines. It is a copy if at least min_count of the corpus are equal to it and it is not the
 *              first of them
 *   cut        a range of bytes of one document that is to go: marked characters, by default only the whole
 *              sentences among them; or a line or paragraph with the space behind it
 *
 * Two passes over the same documents in the same order:
 *
 *     sm_repeats_scan (parallel) → sm_repeats_add (in order) … → sm_repeats_find →
 *     sm_repeats_cuts (in order) → sm_repeats_apply (parallel) …
 *
 * How passages are found. Of every text the fingerprints of Schleimer, Wilkerson and Aiken ("Winnowing: local
 * algorithms for document fingerprinting", SIGMOD 2003) are taken: k-grams with k = N / 2, of which two texts with N
 * equal characters share one at the least. Only around fingerprints that occur twice are all N-grams hashed and
 * sorted; only those of one hash are compared, character by character. So the result is exact: it is that of a
 * suffix array (which the tests compare it with), whatever the memory.
 *
 * Memory: 8 bytes a document, 4 N bytes a thread, one document's text, and three sorters that share the stated
 * memory. Disk, in unnamed files of the folder: the texts and ids of the corpus (passages; only ids otherwise),
 * 16 bytes a fingerprint (about one in N / 4 characters), 24 bytes a character near a repeated one.
 *
 * Threads: scan with one scanner a thread, apply is pure, the others one thread at a time. */
#ifndef SEIMAI_REPEATS_H
#define SEIMAI_REPEATS_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_repeat_unit {
    SM_REPEAT_PASSAGE,
    SM_REPEAT_LINE,
    SM_REPEAT_PARAGRAPH
} sm_repeat_unit;

enum { SM_REPEAT_MIN = 8, SM_REPEAT_MAX = 100000 }; /* bounds of min_chars for passages */

typedef struct sm_repeat_options {
    sm_repeat_unit unit;
    size_t min_chars;   /* code points: N of a passage, or the least of a line or paragraph */
    uint64_t min_count; /* lines and paragraphs that occur less often stay; at least 2 */
    bool any_place;     /* passages: cut at any character, not at sentences */
    size_t memory;      /* bytes for sorting */
    unsigned threads;
    const char *folder; /* for unnamed temporary files */
} sm_repeat_options;

/* Passages of 100 characters, cut at sentences, 256 MiB, one thread, in ".". */
SM_API sm_repeat_options sm_repeat_defaults(sm_repeat_unit unit);

typedef struct sm_repeats sm_repeats;

/* sm_repeats_new: SM_EUSAGE for options out of range, SM_EIO where the folder takes no file. */
SM_API int sm_repeats_new(sm_repeats **r, const sm_repeat_options *options,
                          sm_error *err) SM_MUST_USE;
SM_API void sm_repeats_free(sm_repeats *r);

/* ---- the first pass ---------------------------------------------------------------------------- */

typedef struct sm_repeat_scanner sm_repeat_scanner; /* scratch of one thread */
typedef struct sm_repeat_scan sm_repeat_scan;       /* what was found in one text */

SM_API sm_repeat_scanner *sm_repeat_scanner_new(const sm_repeats *r) SM_MUST_USE;
SM_API void sm_repeat_scanner_free(sm_repeat_scanner *s);
/* sm_repeats_scan looks through a text (valid UTF-8, below 4 GiB); the scan lives in the arena. */
SM_API const sm_repeat_scan *sm_repeats_scan(sm_repeat_scanner *s, sm_span text,
                                             sm_arena *arena) SM_MUST_USE;
/* sm_repeats_add adds the next document. A scan of NULL is a document in which nothing is cut, and which is no source.
 * SM_EIO; SM_ELIMIT past 2^32 documents. */
SM_API int sm_repeats_add(sm_repeats *r, sm_span id, sm_span text, const sm_repeat_scan *scan,
                          sm_error *err) SM_MUST_USE;
/* sm_repeats_find ends the first pass. */
SM_API int sm_repeats_find(sm_repeats *r, sm_error *err) SM_MUST_USE;

/* ---- the second pass ----------------------------------------------------------------------------- */

typedef struct sm_repeat_cut {
    uint32_t begin, end; /* bytes of the text */
    uint32_t
        source; /* number of the document, from 0, where (the beginning of) it stands earlier */
    uint32_t source_begin; /* … and where in its text */
} sm_repeat_cut;

/* sm_repeats_cuts gives the cuts of the next document, ascending, apart from each other, in the arena. SM_EHASH if the
 * text is another one than in the first pass. */
SM_API int sm_repeats_cuts(sm_repeats *r, sm_span text, sm_arena *arena,
                           const sm_repeat_cut **cuts, size_t *n, sm_error *err) SM_MUST_USE;
/* sm_repeats_apply gives the text without its cuts, in the arena. */
SM_API sm_span sm_repeats_apply(sm_span text, const sm_repeat_cut *cuts, size_t n,
                                sm_arena *arena) SM_MUST_USE;
/* sm_repeats_id gives the id of a document by its number, in the arena. */
SM_API int sm_repeats_id(const sm_repeats *r, uint32_t document, sm_arena *arena, sm_span *id,
                         sm_error *err) SM_MUST_USE;

typedef struct sm_repeat_counts {
    uint64_t documents;
    uint64_t units;    /* fingerprints, lines or paragraphs */
    uint64_t repeated; /* … that occur more than once */
    uint64_t compared; /* passages compared character by character */
    uint64_t unequal;  /* … that only had equal hashes */
    uint64_t cuts, bytes_cut, documents_cut;
    uint64_t spilled; /* bytes of sorting that went to disk */
} sm_repeat_counts;
SM_API sm_repeat_counts sm_repeats_count(const sm_repeats *r);

#ifdef __cplusplus
}
#endif
#endif
