/* seimai/minhash.h - character shingles, exact Jaccard similarity, and MinHash signatures.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   view        what of a text is compared: all of it, or a normalised form. The text itself never changes
 *   shingle     n consecutive code points of the view (n = 5 unless told), as one 64-bit hash
 *   set         the distinct shingles of one text, sorted: what Jaccard similarity is defined on
 *   signature   k 32-bit minima, one for each of k permutations of the shingles' hashes. The share of equal
 *               entries in two signatures estimates the Jaccard similarity J of their sets without bias,
 *               with standard error sqrt(J (1 - J) / k)
 *
 * Characters, not words: Japanese has no spaces, and one edit changes the words around it. Two texts with a
 * character Jaccard of .8 to .9 have one of about .34 over words that are split at white space.
 *
 * Sources: A. Broder, "On the resemblance and containment of documents" (1997), for shingles and minima; M.
 * Dietzfelbinger et al., "A reliable randomized algorithm for the closest-pair problem" (1997), for
 * multiply-add hashing; M. Mitzenmacher and S. Vadhan, "Why simple hash functions work" (2008), for why
 * it suffices on keys that are hashes already.
 *
 * Ownership: new gives, free takes back. Threads: a shingler belongs to one thread; a sm_minhash is
 * read-only after new and may be shared; the functions on arrays are pure. */
#ifndef SEIMAI_MINHASH_H
#define SEIMAI_MINHASH_H

#include <seimai/base.h>
#include <seimai/morph.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- views and shingles -------------------------------------------------------------------- */

typedef enum sm_view {
    SM_VIEW_TEXT,   /* every code point, NUL among them */
    SM_VIEW_SPACES, /* without white space (Unicode's White_Space) */
    SM_VIEW_JA /* … and zero-width characters; full-width ASCII as ASCII, half-width kana as kana
                       (voicing composed, never stripped), the twins 〜～ −－ ‖∥ ¢￠ £￡ ¬￢ as one each */
} sm_view;

enum { SM_SHINGLE_MAX = 64 }; /* longest n */

/* sm_view_of reads "text", "spaces" or "ja"; false on anything else. */
SM_API bool sm_view_of(const char *name, sm_view *view);

typedef struct sm_shingler sm_shingler;

/* sm_shingler_new: n code points a shingle, 1 … SM_SHINGLE_MAX. */
SM_API sm_shingler *sm_shingler_new(sm_view view, unsigned n) SM_MUST_USE;
SM_API void sm_shingler_free(sm_shingler *s);
/* sm_shingler_use_words: from now on a shingle is n morphemes that follow each other, each as its view. The tagger is
 * borrowed. One edit changes n shingles then as well, but of fewer: similarities are lower than over
 * characters. */
SM_API void sm_shingler_use_words(sm_shingler *s, sm_tagger *tagger);

/* sm_shingle_set gives the set of a text: sorted distinct hashes, valid until the next call. Text must be
 * valid UTF-8. Returns their number; 0 for a text whose view is shorter than n (or that MeCab refuses): it has no
 * shingles, and is for exact comparison only. Memory: 16 bytes a code point of the longest text seen. */
SM_API size_t sm_shingle_set(sm_shingler *s, sm_span text, const uint64_t **set);

/* sm_shingle_hash is the definition: the hash of n given code points, as sm_shingle_set computes it
 * by rolling: h = Σ c[i]·B^(n-1-i) mod 2^64, then mixed by a bijection. */
SM_API uint64_t sm_shingle_hash(const uint32_t *points, unsigned n);

/* sm_view_points appends the view's code points of a text to out, which has room for text.n of
 * them; returns how many. The view by itself, for tests. */
SM_API size_t sm_view_points(sm_view view, sm_span text, uint32_t *out);

/* sm_jaccard is |A and B| / |A or B| of two sets; 1 for two empty ones. One linear merge. */
SM_API double sm_jaccard(const uint64_t *a, size_t n_a, const uint64_t *b,
                         size_t n_b) SM_MUST_USE;
/* sm_jaccard_limit is the most that two sets of these sizes can reach: min / max. */
SM_API double sm_jaccard_limit(size_t n_a, size_t n_b) SM_MUST_USE;

/* ---- signatures ---------------------------------------------------------------------------- */

typedef struct sm_minhash sm_minhash;

enum { SM_MINHASH_MAX = 16384 }; /* most permutations of a signature */

/* sm_minhash_new draws k permutations x → a·x + b mod 2^32 (a odd) from Philox of the seed. The first
 * k of a longer signature with the same seed are the same. */
SM_API sm_minhash *sm_minhash_new(unsigned k, uint64_t seed) SM_MUST_USE;
SM_API void sm_minhash_free(sm_minhash *m);
SM_API unsigned sm_minhash_size(const sm_minhash *m); /* k */

/* sm_minhash_sign fills signature[k] (all ones for an empty set): entry i is the least a[i]·x + b[i] over
 * the low 32 bits x of the n hashes. Repeated hashes change nothing. The same numbers on every machine. */
SM_API void sm_minhash_sign(const sm_minhash *m, const uint64_t *hashes, size_t n,
                            uint32_t *signature);
/* sm_minhash_similarity is the share of equal entries of two signatures: the estimate of J. */
SM_API double sm_minhash_similarity(const uint32_t *a, const uint32_t *b,
                                    unsigned k) SM_MUST_USE;

/* The paths by name, for tests: sm_minhash_path(i) is "portable", "avx2", "avx512", or NULL past the last
 * that this machine has; sm_minhash_sign_by runs one of them. */
SM_API const char *sm_minhash_path(size_t i);
SM_API void sm_minhash_sign_by(size_t path, const sm_minhash *m, const uint64_t *hashes,
                               size_t n, uint32_t *signature);

#ifdef __cplusplus
}
#endif
#endif
