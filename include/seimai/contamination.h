/* seimai/contamination.h - documents that hold what a model will be tested with.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   item        one text of a benchmark: a question, a passage
 *   view        what is compared: text without white space, widths unified (SM_VIEW_JA of seimai/minhash.h)
 *   run         characters that follow each other in both an item and a document
 *   hit         a document holds an item: as a RUN of at least `chars` characters (or the whole of a shorter item), or
 *               NEAR: a stretch of the document, not much longer than the item, holds at least `share` of the
 *               item's distinct 5-grams
 *   seed        13 characters of an item; where a document has one of them, the two are compared
 *   template    a seed that more than 32 items have: the benchmark's own phrases ("次の文章を読んで"), which prove
 *               nothing. An item with nothing else keeps its rarest four
 *
 * A NEAR hit of an item with m ≥ 100 characters has a run of at least 16 (share .8), so that seeds find it. Items of less
 * than 13 characters are left out, and counted: they would stand everywhere.
 *
 * The 50 characters in a row are the rule of OpenAI's GPT-4 technical report (2023), appendix C; the 13 those of the
 * seeds in GPT-3's (Brown et al. 2020), there of words.
 *
 * Memory: 8 to 24 bytes a character of the items, 16 bytes an item and thread.
 * Threads: add and build in one thread; scan with one scanner a thread; a judgement's counts are added in order. */
#ifndef SEIMAI_CONTAMINATION_H
#define SEIMAI_CONTAMINATION_H

#include <seimai/document.h>
#include <seimai/file.h>
#include <seimai/options.h>
#include <seimai/runner.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_contamination sm_contamination;

typedef struct sm_contamination_options {
    size_t chars; /* of a run; 50 */
    double share; /* of the 5-grams of an item, in (0, 1]; .8. Above 1: no NEAR hits */
} sm_contamination_options;

SM_API sm_contamination_options sm_contamination_defaults(void);
SM_API sm_contamination *
sm_contamination_new(const sm_contamination_options *options) SM_MUST_USE;
SM_API void sm_contamination_free(sm_contamination *c);

/* ---- the items ------------------------------------------------------------------------------ */

/* sm_contamination_add adds an item (valid UTF-8) of a benchmark, under its id; all are copied. SM_ELIMIT past
 * 2^32 characters. */
SM_API int sm_contamination_add(sm_contamination *c, sm_span benchmark, sm_span id,
                                sm_span text, sm_error *err) SM_MUST_USE;
/* sm_contamination_read adds the documents of a JSONL file (or several); a benchmark is called as its file, without
 * folders and endings. Every record must be a good one: SM_EFORMAT with the first that is not. */
SM_API int sm_contamination_read(sm_contamination *c, const sm_list *files,
                                 const char *text_key, sm_error *err) SM_MUST_USE;
/* sm_contamination_build ends the adding. */
SM_API void sm_contamination_build(sm_contamination *c);

/* ---- documents ------------------------------------------------------------------------------ */

typedef struct sm_contamination_hit {
    uint32_t item;
    bool near;
    uint32_t run; /* characters of the longest run that was seen */
    double share; /* of the item's 5-grams; 1 where the run is the whole item */
    uint32_t begin,
        end; /* of the run, or of the stretch of a NEAR hit: bytes of the document's text */
} sm_contamination_hit;

typedef struct sm_contamination_scanner sm_contamination_scanner;
SM_API sm_contamination_scanner *
sm_contamination_scanner_new(const sm_contamination *c) SM_MUST_USE;
SM_API void sm_contamination_scanner_free(sm_contamination_scanner *s);

/* sm_contamination_scan gives the hits of a text, one an item, in the order of the items, in the arena. */
SM_API size_t sm_contamination_scan(sm_contamination_scanner *s, sm_span text, sm_arena *arena,
                                    const sm_contamination_hit **hits);

SM_API sm_span sm_contamination_item(const sm_contamination *c, uint32_t item); /* its id */
SM_API sm_span sm_contamination_benchmark(const sm_contamination *c, uint32_t item);

/* sm_contamination_tag sets metadata.contamination: a list of {benchmark, item, kind, chars, share, begin, end}. */
SM_API void sm_contamination_tag(const sm_contamination *c, sm_doc *doc,
                                 const sm_contamination_hit *hits, size_t n);
/* sm_contamination_note counts the hits of the next document for the report. */
SM_API void sm_contamination_note(sm_contamination *c, const sm_contamination_hit *hits,
                                  size_t n);
/* sm_contamination_report appends to a JSON object: for each benchmark {items, short, template, items_hit,
 * documents_hit}. */
SM_API void sm_contamination_report(const sm_contamination *c, sm_buffer *json);

/* sm_contamination_job is the job that removes documents with hits (rule "contaminated", value and threshold:
 * characters of the longest run), or only tags them. Run it with sm_run after build; `c` must outlive it. */
SM_API sm_job sm_contamination_job(sm_contamination *c, bool only_tag);

#ifdef __cplusplus
}
#endif
#endif
