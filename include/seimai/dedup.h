/* seimai/dedup.h - duplicates in a stream of documents: the first one seen stays.
 * SPDX-License-Identifier: MIT
 *
 * Greedy: a document goes if it equals an earlier KEPT document (XXH3-128 of the text), or if its Jaccard
 * similarity over shingles with an earlier kept document reaches the threshold. MinHash-LSH finds
 * whom to compare with; the comparison itself is exact, so that a removed document is a duplicate by
 * definition and never by chance. A text without shingles (shorter than n characters in its view) is
 * compared exactly only: distinct ones all stay, equal ones go.
 *
 * Four steps, the shape of the runner. Only the last one decides; the two in the middle may be left out, and
 * change nothing but how much of the work runs in parallel:
 *
 *     sign (parallel) → lookup (in order) → compare (parallel) → decide (in order)
 *
 * Nouns
 *   item        what sign makes of a text: exact hash, set of shingles, band keys
 *   candidate   an earlier kept document that shares a bucket with an item
 *   match       the earliest kept document that an item duplicates, and how similar it is
 *
 * Memory is a bound (options.memory): what does not fit goes to unnamed files in a folder, as sorted runs that are
 * searched there, and the decisions stay the same to the last one. A kept document takes, while all fits into memory,
 *   32 bytes + its id, 34 to 69 in the table of exact hashes, 23 to 46 a band in the buckets (920 to 1,830 at 40 × 20),
 *   and 8 a distinct shingle, about 2.4 times the bytes of a Japanese text (SM_VERIFY_SIGNATURE: 4 a permutation);
 * once it lies on disk,
 *   in memory 1.25 bytes a band and 1.25 for its text (filters), and nothing where even that is too much;
 *   on disk 13.4 bytes a band, 21.5 for its text, 28 + its id, and about 8 − log2(shingles) / 8 + .2 bytes a shingle.
 *
 * Threads: sign and compare with one signer a thread; lookup and decide each in one thread at a time, but one
 * may run beside the other; the counts after the last decision. */
#ifndef SEIMAI_DEDUP_H
#define SEIMAI_DEDUP_H

#include <seimai/document.h>
#include <seimai/file.h>
#include <seimai/hash.h>
#include <seimai/minhash.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_verify {
    SM_VERIFY_EXACT, /* true Jaccard similarity of the sets of shingles */
    SM_VERIFY_SIGNATURE, /* its estimate by the signatures: less memory, some errors near the threshold */
    SM_VERIFY_NONE /* whoever shares a bucket is a duplicate: least memory, and documents are lost by chance */
} sm_verify;

typedef struct sm_dedup_options {
    double threshold;     /* least similarity of a duplicate, in (0, 1]; .8 */
    unsigned bands, rows; /* 0, 0: chosen by the threshold (sm_lsh_choose) */
    unsigned shingle;     /* code points a shingle; 5 */
    unsigned bucket_cap;  /* representatives a bucket; 32 */
    sm_view view;         /* what is compared; SM_VIEW_JA */
    sm_verify verify;
    bool exact_only; /* no shingles at all: equal texts go, nothing else */
    bool normalized; /* equal are texts whose views are, not whose bytes are */
    bool url; /* documents come with their URLs (sm_dedup_set_url); an index remembers it */
    uint64_t seed; /* of the permutations; 1 */
    uint64_t
        words; /* not 0: shingles of words, and which dictionary finds them (dedup_settings.h) */
    const sm_morph *morph; /* … borrowed; only signers need it */
    size_t memory;         /* most bytes that may be held; 1 GiB */
    const char
        *folder; /* where the rest goes; NULL: past the memory, decide fails (SM_ELIMIT) */
} sm_dedup_options;

typedef struct sm_dedup sm_dedup;

/* An item lives in the arena it was signed with. */
typedef struct sm_dedup_item {
    sm_hash128 text; /* of the text's bytes, or of its view's code points */
    sm_hash128 url;  /* of its normalised URL (sm_dedup_set_url) */
    bool has_url;
    const uint64_t
        *set; /* [n_set] sorted distinct shingles; NULL without (short, exact only) */
    const uint32_t *entries; /* [bands × rows] signature; SM_VERIFY_SIGNATURE only, else NULL */
    const uint64_t *keys;    /* [bands] */
    size_t n_set;
    /* Private: what lookup and compare found. */
    sm_arena *arena;
    struct sm_dedup_candidate *candidates;
    size_t n_candidates;
    uint32_t below, same_text, same_url, *members;
} sm_dedup_item;

typedef enum sm_match_kind {
    SM_MATCH_NONE,
    SM_MATCH_EXACT, /* the same text */
    SM_MATCH_NEAR,
    SM_MATCH_URL /* another text under the same URL */
} sm_match_kind;

typedef struct sm_match {
    sm_match_kind kind;
    sm_span kept;      /* id of the kept document; lives until the next decision */
    double similarity; /* 1 for SM_MATCH_EXACT and SM_MATCH_URL, and without verification */
    /* Known in batch only (seimai/dedup_batch.h). */
    sm_span
        by; /* what it matched, where a chain of matches led to the kept document; else empty */
    uint64_t size; /* of a kept document: how many its cluster has; 0: not to be told */
} sm_match;

/* All but the last four are the same for any number of threads and any memory. */
typedef struct sm_dedup_counts {
    uint64_t documents; /* decided */
    uint64_t kept, exact, near, url;
    uint64_t short_texts; /* without shingles: compared exactly only */
    uint64_t candidates;  /* pairs that shared a bucket */
    uint64_t verified;    /* pairs whose similarity decided something */
    uint64_t capped;      /* entries that a full bucket did not take */
    uint64_t bytes;       /* memory held */
    uint64_t disk_bytes;
    uint64_t flushes, merges; /* of tables to runs, of runs */
} sm_dedup_counts;

SM_API sm_dedup_options sm_dedup_defaults(void);

/* sm_dedup_new checks the options (SM_EUSAGE names the wrong one) and makes an empty collection. */
SM_API int sm_dedup_new(sm_dedup **dedup, const sm_dedup_options *options,
                        sm_error *err) SM_MUST_USE;
SM_API void sm_dedup_free(sm_dedup *dedup);
/* The options as settled: bands and rows are filled in. */
SM_API const sm_dedup_options *sm_dedup_settled(const sm_dedup *dedup);
SM_API sm_dedup_counts sm_dedup_count(const sm_dedup *dedup);

/* sm_dedup_signer: the scratch of one thread. */
typedef struct sm_dedup_signer sm_dedup_signer;
SM_API sm_dedup_signer *sm_dedup_signer_new(const sm_dedup *dedup) SM_MUST_USE;
SM_API void sm_dedup_signer_free(sm_dedup_signer *signer);
/* The options of the signer's collection, settled. */
SM_API const sm_dedup_options *sm_dedup_signer_options(const sm_dedup_signer *signer);

/* sm_dedup_sign makes the item of a text (valid UTF-8) in the arena. */
SM_API void sm_dedup_sign(sm_dedup_signer *signer, sm_span text, sm_arena *arena,
                          sm_dedup_item *item);
/* sm_dedup_set_url: the document is a duplicate, too, where its URL was kept. Two URLs are one when they agree in
 * scheme and host (case aside), port (the scheme's own left out), path (a slash at its end aside) and query;
 * the fragment does not count. Nothing is done for one that is empty. */
SM_API void sm_dedup_set_url(sm_dedup_item *item, sm_span url);
/* sm_url_normalize appends a URL's form by which it is compared: RFC 3986, section 6.2.2.1 and 6.2.3, and a bit more. */
SM_API void sm_url_normalize(sm_span url, sm_buffer *out);
/* sm_dedup_lookup notes the candidates known so far, none while decide is adding one. */
SM_API void sm_dedup_lookup(sm_dedup *dedup, sm_dedup_item *item);
/* sm_dedup_compare searches what lies on disk, and measures candidates up to the first that matches. SM_EIO, SM_EHASH:
 * a file cannot be read, or is damaged. */
SM_API int sm_dedup_compare(sm_dedup_signer *signer, sm_dedup_item *item,
                            sm_error *err) SM_MUST_USE;
/* sm_dedup_decide tells what the item duplicates (SM_MATCH_NONE: nothing, and it is kept under `id` from now
 * on). Items must come in input order. SM_ELIMIT when the memory is used up and there is no folder; SM_EIO. */
SM_API int sm_dedup_decide(sm_dedup *dedup, const sm_dedup_item *item, sm_span id,
                           sm_match *match, sm_error *err) SM_MUST_USE;

/* ---- what is said about it ------------------------------------------------------------------ */

/* sm_match_rule: "exact-duplicate", "near-duplicate", "url-duplicate"; "" for SM_MATCH_NONE. */
SM_API const char *sm_match_rule(sm_match_kind kind);
/* sm_dedup_tag sets metadata.dedup: {cluster: id of the kept document, similarity: of a duplicate, size: of a kept
 * one's cluster, where it is known}. */
SM_API void sm_dedup_tag(sm_doc *doc, const sm_match *match);
/* sm_dedup_report appends members to an object: settings, counts, the curve of the candidates' recall. */
SM_API void sm_dedup_report(const sm_dedup *dedup, sm_buffer *json);

/* sm_dedup_audit writes a line {dropped, kept, similarity, kind} for a duplicate, and `by` where what it matched is not
 * what is kept. A NULL side writes nothing. */
SM_API int sm_dedup_audit(sm_side *audit, sm_span dropped, const sm_match *match,
                          sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
