/* seimai/metric.h - how good a text is beside its references: pure functions on text.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   answer      what a model wrote
 *   reference   what a person wrote; of several the best one counts
 *   character   a code point, not a byte: Japanese has no spaces to find words by
 *   white space what Python's str.isspace says: White_Space and U+001C … U+001F
 *
 * Which metric for what
 *   questions     sm_metric_exact and sm_metric_f1, after a normalisation that is stated below
 *   summaries     sm_metric_rouge_l
 *   translations  sm_metric_chrf: chrF, and chrF++ with word_order 2
 *   passages without an answer   sm_metric_abstains
 *
 * Equal to others' on the same texts (tests/conformance/peers/eval_test.py): chrF and chrF++ to sacrebleu 2's defaults,
 * a sentence and a corpus at a time; ROUGE-L to rouge_score with characters as tokens; exact match and F1 to SQuAD's
 * script (Rajpurkar et al. 2016) with characters as tokens. A value lies in 0 … 1, but for chrF, 0 … 100 as everywhere.
 *
 * Texts must be valid UTF-8. Scratch comes from the caller's arena, to be reset between texts.
 * Threads: pure. */
#ifndef SEIMAI_METRIC_H
#define SEIMAI_METRIC_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Precision, recall and their harmonic mean; all 0 where nothing is shared. */
typedef struct sm_prf {
    double precision, recall, f1;
} sm_prf;

/* ---- questions ------------------------------------------------------------------------------ */

/* sm_metric_form gives an answer in the form in which it is compared: NFKC, lower case, without punctuation (P*, and the
 * ASCII symbols $ + < = > ^ ` | ~, as in SQuAD), white space and invisible format characters (Cf). So 「１９２８ 年。」 is
 * 1928年. English articles stay. 0, or SM_EFORMAT if ICU refuses. */
SM_API int sm_metric_form(sm_span text, sm_arena *arena, sm_span *form,
                          sm_error *err) SM_MUST_USE;
/* The next two take forms. sm_metric_exact: the same bytes. sm_metric_f1: characters as a multiset, each counted as often
 * as it stands in both; two empty texts are 1, an empty one and another 0. */
SM_API bool sm_metric_exact(sm_span answer, sm_span reference);
SM_API sm_prf sm_metric_f1(sm_span answer, sm_span reference, sm_arena *arena);

/* ---- summaries ------------------------------------------------------------------------------ */

/* So many characters of a text count in ROUGE-L: what follows is left out. Time is at most the product of both texts'
 * characters / 64 steps: for two texts of this length about 0.1 s. */
enum { SM_METRIC_LONGEST = 1 << 16 };

/* sm_metric_rouge_l (Lin 2004): the longest common subsequence of characters, white space left out, in proportion to the
 * answer (precision) and to the reference (recall); F with both alike. An empty text scores 0, even beside another. The
 * length is found 64 characters at once (Hyyrö 2004: "Bit-parallel LCS-length computation revisited"). */
SM_API sm_prf sm_metric_rouge_l(sm_span answer, sm_span reference, sm_arena *arena);
/* sm_metric_lcs is that length for any two lists of n and m symbols; sm_metric_lcs_slowly fills the table of n·m cells,
 * row by row: the oracle of the tests. */
SM_API size_t sm_metric_lcs(const uint32_t *a, size_t n, const uint32_t *b, size_t m,
                            sm_arena *arena);
SM_API size_t sm_metric_lcs_slowly(const uint32_t *a, size_t n, const uint32_t *b, size_t m,
                                   sm_arena *arena);

/* ---- translations ---------------------------------------------------------------------------- */

enum { SM_CHRF_CHARACTERS = 6, SM_CHRF_WORDS = 2, SM_CHRF_ORDERS = 8 };

/* N-grams by order, characters 1 … 6 first, then words 1 … 2: of the answer, of the reference, and in both. Orders of
 * which the reference has none count 0 for the answer too. Counts of sentences are added to those of a corpus. */
typedef struct sm_chrf {
    uint64_t answer[SM_CHRF_ORDERS], reference[SM_CHRF_ORDERS], both[SM_CHRF_ORDERS];
} sm_chrf;

/* sm_metric_chrf counts, white space left out of the characters, words cut at white space with one ASCII punctuation
 * mark taken off the end or, failing that, the start (Popović 2015, 2017). word_order is 0 (chrF) or 2 (chrF++). Of n
 * references the one with the highest score counts, of equal ones the first. */
SM_API void sm_metric_chrf(sm_span answer, const sm_span *references, size_t n,
                           unsigned word_order, sm_arena *arena, sm_chrf *counts);
SM_API void sm_chrf_add(sm_chrf *sum, const sm_chrf *counts);
/* sm_chrf_score, 0 … 100: precision and recall are averaged over the orders that both texts have (the effective order),
 * and joined with beta 2: recall weighs four times as much. */
SM_API double sm_chrf_score(const sm_chrf *counts, unsigned word_order);

/* ---- passages without an answer --------------------------------------------------------------- */

/* A list of phrases that say "this cannot be answered". */
typedef struct sm_phrases {
    const sm_span *items; /* in the form of sm_metric_form */
    const bool *whole;    /* the reply must be the phrase, not only hold it */
    size_t n;
} sm_phrases;

/* sm_phrases_read reads a file, one phrase a line, `#` comments; a line that begins with `=` must be the whole reply.
 * dicts/eval/abstention.txt is ours. The list lives in the arena. SM_ENOENT, SM_EIO; SM_EFORMAT with the line for bytes
 * that are no UTF-8 or a phrase that is only punctuation, SM_EUSAGE for a file without a phrase. */
SM_API int sm_phrases_read(sm_phrases *phrases, const char *path, sm_arena *arena,
                           sm_error *err) SM_MUST_USE;
/* sm_metric_abstains: a form holds one of the phrases. An empty reply does not abstain, it fails. */
SM_API bool sm_metric_abstains(sm_span form, const sm_phrases *phrases);

#ifdef __cplusplus
}
#endif
#endif
