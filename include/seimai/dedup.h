/* seimai/dedup.h - duplicates in a stream of documents: the first one seen stays.
 * SPDX-License-Identifier: MIT
 *
 * Greedy: a document goes if it equals an earlier KEPT document (XXH3-128 of the text), or if its Jaccard
 * similarity over character shingles with an earlier kept document reaches the threshold. MinHash-LSH finds
 * whom to compare with; the comparison itself is exact, so that a removed document is a duplicate by
 * definition and never by chance. A text without shingles (shorter than n characters in its view) is
 * compared exactly only: distinct ones all stay, equal ones go.
 *
 * Four steps, the shape of the runner. Only the last one decides; the two in the middle may be left out, and
 * change nothing but how much of the comparing runs in parallel:
 *
 *     sign (parallel) → lookup (in order) → compare (parallel) → decide (in order)
 *
 * Nouns
 *   item        what sign makes of a text: exact hash, set of shingles, band keys
 *   candidate   an earlier kept document that shares a bucket with an item
 *   match       the earliest kept document that an item duplicates, and how similar it is
 *
 * Memory of a kept document: its id, 40 to 80 bytes, 34 to 69 bytes in the table of exact hashes, 23 to 46 bytes
 * a band in the buckets (320 to 640 bytes at 14 × 8), and what verification needs: 8 bytes a distinct shingle
 * (about 2.2 times the bytes of a Japanese text) or, with SM_VERIFY_SIGNATURE, 4 bytes a permutation. Past the stated
 * maximum, decide fails with SM_ELIMIT.
 * Threads: sign and compare with one signer a thread; lookup and decide each in one thread at a time, but one
 * may run beside the other; the counts after the last decision. */
#ifndef SEIMAI_DEDUP_H
#define SEIMAI_DEDUP_H

#include <seimai/hash.h>
#include <seimai/minhash.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_verify {
    SM_VERIFY_EXACT, /* true Jaccard similarity of the sets of shingles */
    SM_VERIFY_SIGNATURE /* its estimate by the signatures: less memory, some errors near the threshold */
} sm_verify;

typedef struct sm_dedup_options {
    double threshold;     /* least similarity of a duplicate, in (0, 1]; .8 */
    unsigned bands, rows; /* 0, 0: chosen by the threshold (sm_lsh_choose) */
    unsigned shingle;     /* code points a shingle; 5 */
    unsigned bucket_cap;  /* representatives a bucket; 32 */
    sm_view view;         /* what is compared; SM_VIEW_JA */
    sm_verify verify;
    bool exact_only; /* no shingles at all: equal texts go, nothing else */
    uint64_t seed;   /* of the permutations; 1 */
    size_t memory;   /* most bytes that may be held; 1 GiB */
} sm_dedup_options;

typedef struct sm_dedup sm_dedup;

/* An item lives in the arena it was signed with. */
typedef struct sm_dedup_item {
    sm_hash128 text; /* of the text's bytes */
    const uint64_t
        *set; /* [n_set] sorted distinct shingles; NULL without (short, exact only) */
    const uint32_t *entries; /* [bands × rows] signature; kept for SM_VERIFY_SIGNATURE only */
    const uint64_t *keys;    /* [bands] */
    size_t n_set;
    struct sm_dedup_candidate *candidates; /* made by lookup, measured by compare */
    size_t n_candidates;
} sm_dedup_item;

typedef enum sm_match_kind { SM_MATCH_NONE, SM_MATCH_EXACT, SM_MATCH_NEAR } sm_match_kind;

typedef struct sm_match {
    sm_match_kind kind;
    sm_span kept;      /* id of the kept document; lives as long as the sm_dedup */
    double similarity; /* 1 for SM_MATCH_EXACT */
} sm_match;

/* All of these are the same for any number of threads. */
typedef struct sm_dedup_counts {
    uint64_t documents; /* decided */
    uint64_t kept, exact, near;
    uint64_t short_texts; /* without shingles: compared exactly only */
    uint64_t candidates;  /* pairs that shared a bucket */
    uint64_t verified;    /* pairs whose similarity decided something */
    uint64_t capped;      /* entries that a full bucket did not take */
    uint64_t bytes;       /* memory held */
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

/* sm_dedup_sign makes the item of a text (valid UTF-8) in the arena. */
SM_API void sm_dedup_sign(sm_dedup_signer *signer, sm_span text, sm_arena *arena,
                          sm_dedup_item *item);
/* sm_dedup_lookup notes the candidates known so far, none while decide is adding one. They may be measured in
 * parallel with anything. */
SM_API void sm_dedup_lookup(sm_dedup *dedup, sm_dedup_item *item, sm_arena *arena);
/* sm_dedup_compare measures noted candidates, up to the first that matches. */
SM_API void sm_dedup_compare(const sm_dedup_signer *signer, sm_dedup_item *item);
/* sm_dedup_decide tells what the item duplicates (SM_MATCH_NONE: nothing, and it is kept under `id` from now
 * on). Items must come in input order. SM_ELIMIT when the memory is used up. */
SM_API int sm_dedup_decide(sm_dedup *dedup, const sm_dedup_item *item, sm_span id,
                           sm_match *match, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
