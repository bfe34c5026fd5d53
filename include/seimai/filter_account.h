/* seimai/filter_account.h - the account of a filter's run: what each rule removed, would have removed, and why.
 * SPDX-License-Identifier: MIT
 *
 * A run drops a document for the first rule that fails. To set thresholds one must know more: how many documents
 * a rule would remove by itself, how many nobody else would, which rules say the same, where the threshold
 * lies among the values, and what the removed texts look like. The account counts that, from the values of all rules.
 *
 * Nouns
 *   first     documents (and bytes) that this rule was the first to refuse; over all rules they add up to the dropped
 *   would     documents that it refuses, whether or not another did before
 *   only      documents that it alone refuses: what it costs to keep it
 *   overlap   of two rules: documents that both refuse
 *   bin       a range of values whose documents are counted together. Bins are the same for every value and every run: each
 *             power of two is cut in 32, and so are negative numbers; zero has its own, and so have undefined values.
 *             So the accounts of shards add up, and a quantile is right to 3 %
 *   sample    a document that a rule refused first: its id, value, URL and beginning. Of all such documents those with the
 *             smallest hash of their id are taken, so that the choice depends on nothing but the documents
 *
 * Everything is a sum or a smallest: accounts of parts, merged in any order, give the account of the whole, and the
 * same bytes of JSON for any number of threads.
 *
 * Ownership: new gives an account, free takes it back; the filter is borrowed and outlives it.
 * Threads: one thread at a time: an account a worker, merged at the end. */
#ifndef SEIMAI_FILTER_ACCOUNT_H
#define SEIMAI_FILTER_ACCOUNT_H

#include <seimai/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- counting ------------------------------------------------------------------------------ */

typedef struct sm_filter_account sm_filter_account;

/* sm_filter_account_new: `samples` is how many documents to keep for each rule (0 … 1000). The memory is about 30 KB a
 * rule and 1 KB a sample. */
SM_API sm_filter_account *sm_filter_account_new(const sm_filter *filter,
                                                size_t samples) SM_MUST_USE;
SM_API void sm_filter_account_free(sm_filter_account *account);

/* A document as the account sees it. */
typedef struct sm_filter_case {
    const double
        *values; /* one a rule, as sm_filter_judge_measure gives them; NULL: not known */
    const sm_verdict *verdict; /* NULL: kept; `at` past the rules: emptied by rewriting */
    size_t bytes;              /* of its record, LF included */
    sm_span id, url, text;     /* copied where it becomes a sample */
} sm_filter_case;
SM_API void sm_filter_account_add(sm_filter_account *account, const sm_filter_case *one);
/* sm_filter_account_edit adds what rewriting did. */
SM_API void sm_filter_account_edit(sm_filter_account *account, const sm_filter_edits *edits);
/* sm_filter_account_merge adds an account of the same filter. */
SM_API void sm_filter_account_merge(sm_filter_account *into, const sm_filter_account *from);

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct sm_rule_account {
    uint64_t first, first_bytes, would, only, undefined;
} sm_rule_account;

/* sm_filter_account_rule gives the counts of rule i; zeros past the last. */
SM_API sm_rule_account sm_filter_account_rule(const sm_filter_account *account, size_t i);
SM_API uint64_t sm_filter_account_overlap(const sm_filter_account *account, size_t i, size_t k);
/* sm_filter_account_quantile: the value of rule i that a share q of the documents does not exceed, to 3 %; NaN with no
 * value. */
SM_API double sm_filter_account_quantile(const sm_filter_account *account, size_t i, double q);

/* sm_filter_account_json appends the members of --stats's object "filter" (the caller opens and closes it):
 *   documents, bytes, measured (documents whose values are known), kept: {documents, bytes}, and `emptied` where
 *             rewriting left nothing of some
 *   rules     [{rule, about, source, min or above, max or below, low_is_bad, first: {documents, bytes}, would, only,
 *             undefined, quantiles: {"0.01": …}, bins: [[edge, documents], …] (the edge nearer to zero),
 *             overlap: [refused by rule k too, …], samples: [{id, url, value, text}, …]}, …]; from `would` to
 *             `overlap` only where documents were measured
 *   rewriting [{step, about, texts, lines, bytes}, …]
 *   warnings  [{kind: "drops-most" | "undefined" | "same", rule, other, share}, …]: a rule that refuses more than half
 *             of the documents, one whose value is undefined for some, two that agree on more than 95 % of what
 *             either refuses
 * `seimai report --filter` draws it (seimai/filter_page.h). */
SM_API void sm_filter_account_json(const sm_filter_account *account, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
