/* seimai/filter_document.h - a document through a preset, from its JSON to its verdict: what `seimai filter` does with each.
 * SPDX-License-Identifier: MIT
 *
 *     steps before the rules → rules → words of lists → steps after the rules
 *
 * A document that a rule refuses leaves as it was read. Of one that is kept, the text is what the steps and the actions on
 * lists of words made of it; the contents of `messages` are rewritten one by one, and judged joined by LF. The rules on
 * URLs see metadata.url.
 *
 * Modes
 *   filter        as above; values are computed until a rule fails, or all of them where the account is to know them
 *   annotate      all values go to metadata.quality, nothing is dropped and no text changes
 *   from-metadata the rules are asked of metadata.quality as annotate wrote it, with the thresholds of now; the text is not
 *                 even decoded. The same verdicts as in the first mode, at the speed of reading
 *
 * metadata.ng, written where a list of words has hits in a document that stays: {LIST: {hits, types, letters, score}}.
 * A dropped document has its values in metadata.quality where they are all known and `explain` is set.
 *
 * Ownership: the plan and what it points to are borrowed, and outlive the worker.
 * Threads: a plan may be shared; a worker, with its account, belongs to one thread. */
#ifndef SEIMAI_FILTER_DOCUMENT_H
#define SEIMAI_FILTER_DOCUMENT_H

#include <seimai/document.h>
#include <seimai/filter_account.h>
#include <seimai/ng.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_filter_mode {
    SM_FILTER_DROP,
    SM_FILTER_ANNOTATE,
    SM_FILTER_FROM_METADATA
} sm_filter_mode;

typedef struct sm_filter_plan {
    const sm_filter *filter; /* ready */
    const sm_morph *morph;   /* NULL: none */
    sm_filter_mode mode;
    bool measure; /* the account knows the values of all rules, which costs their computation */
    bool explain; /* write the values into the metadata of what is dropped */
    size_t samples;                        /* of each rule, in the account */
    sm_ng_action actions[SM_NG_MAX_LISTS]; /* on the hits of each list of words */
} sm_filter_plan;

/* sm_filter_plan_action reads "LIST=tag", "LIST=mask" or "LIST=drop-line"; SM_EUSAGE for another, or a list that the preset
 * does not have. */
SM_API int sm_filter_plan_action(sm_filter_plan *plan, const char *assignment,
                                 sm_error *err) SM_MUST_USE;

typedef struct sm_filter_worker sm_filter_worker;

SM_API sm_filter_worker *sm_filter_worker_new(const sm_filter_plan *plan) SM_MUST_USE;
SM_API void sm_filter_worker_free(sm_filter_worker *worker);

/* sm_filter_document judges one document and changes it as the mode says: SM_KEEP, SM_DROP (after sm_doc_drop), or a
 * failure: SM_EFORMAT where MeCab fails or, in the mode from-metadata, where the document lacks a value. */
SM_API int sm_filter_document(sm_filter_worker *worker, sm_doc *doc, sm_error *err) SM_MUST_USE;

/* sm_filter_worker_account is what the worker has seen; to be merged at the end. */
SM_API const sm_filter_account *sm_filter_worker_account(const sm_filter_worker *worker);

#ifdef __cplusplus
}
#endif
#endif
