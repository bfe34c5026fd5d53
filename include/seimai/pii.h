/* seimai/pii.h - personal information: found by rules from a file, checked, weighed by context, masked.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   rule       a pattern, a check in C, words of context: dicts/pii.yaml, which documents itself
 *   kind       what a rule finds: "email", "phone", "my-number" …; several rules may find one kind
 *   tier       how sure a finding is: its pattern matched; its check digits, number plan or grouping
 *              are right; a word of context stands near it. Each rule states the tier at which it acts
 *   class      personal, or business (0120 numbers, corporate numbers), which is kept by default
 *   candidate  a place that the prefilter cannot exclude; text without candidates costs one scan of its
 *              bytes, and no pattern ever sees it
 *
 * Patterns run on a folded copy of the text around the candidates: full-width letters, digits and marks are
 * ASCII there, every hyphen between digits is "-" (fifteen kinds, ー among them), zero-width characters are
 * gone. A map leads back, and what is masked are the text's own bytes. Boundaries are ASCII letters and
 * digits, never \b: Japanese glues numbers and addresses to kana.
 * Where findings overlap, the longer one wins, then the surer one, then the earlier rule of the file.
 *
 * Offsets are bytes of the text that was given. Ownership: load gives rules, free takes them back; they
 * outlive their finders. Findings live in the caller's arena.
 * Threads: rules are read-only once they are set up and may be shared; a finder belongs to one thread. */
#ifndef SEIMAI_PII_H
#define SEIMAI_PII_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_pii_tier {
    SM_PII_NONE, /* a check refused: no finding */
    SM_PII_PATTERN,
    SM_PII_CHECKED,
    SM_PII_CONTEXT
} sm_pii_tier;

SM_API const char *sm_pii_tier_name(sm_pii_tier tier); /* "pattern" … */

/* What one may know of a rule; spans live as long as the rules. */
typedef struct sm_pii_rule {
    size_t index; /* its place in the file, from 0 */
    const char *name, *kind;
    const char *tag; /* what a typed mask writes: "<EMAIL>" */
    bool is_business;
    sm_pii_tier minimum;             /* the lowest tier at which the rule acts */
    sm_span *positives, *negatives;  /* examples: found by this rule; not found by it */
    size_t n_positives, n_negatives; /* (a test runs them all) */
} sm_pii_rule;

/* ---- rules ------------------------------------------------------------------------------ */

typedef struct sm_pii_rules sm_pii_rules;

/* sm_pii_load reads dicts/pii.yaml or a file like it and compiles its patterns. SM_EUSAGE with
 * "FILE:LINE: …" for an unknown key, trigger, check or tier, and for a wrong pattern; SM_ENOENT, SM_EIO. */
SM_API int sm_pii_load(sm_pii_rules **rules, const char *path, sm_error *err) SM_MUST_USE;
SM_API int sm_pii_parse(sm_pii_rules **rules, const char *name, sm_span yaml,
                        sm_error *err) SM_MUST_USE;
SM_API void sm_pii_rules_free(sm_pii_rules *rules);
/* sm_pii_rule_at gives the rules in the file's order; NULL past the last. */
SM_API const sm_pii_rule *sm_pii_rule_at(const sm_pii_rules *rules, size_t i);
/* sm_pii_require sets the lowest tier of a rule or of all rules of a kind: "phone=context"; "off"
 * as the tier switches it off. SM_EUSAGE for an unknown name or tier. */
SM_API int sm_pii_require(sm_pii_rules *rules, const char *assignment,
                          sm_error *err) SM_MUST_USE;
/* sm_pii_keep_business chooses whether the business class is kept (the default) or treated as personal. */
SM_API void sm_pii_keep_business(sm_pii_rules *rules, bool keep);

/* ---- finding and masking ------------------------------------------------------------------ */

typedef struct sm_pii_finder sm_pii_finder;

typedef struct sm_finding {
    size_t start, end; /* bytes of the text */
    const sm_pii_rule *rule;
    sm_pii_tier tier;
} sm_finding;

SM_API sm_pii_finder *sm_pii_finder_new(const sm_pii_rules *rules) SM_MUST_USE;
SM_API void sm_pii_finder_free(sm_pii_finder *finder);

/* sm_pii_find gives the findings of a text (valid UTF-8, below 4 GiB), in order and apart from one
 * another, those of the business class among them. Memory: about 5 bytes a byte of the widest run of
 * candidates. SM_ELIMIT for a longer text or a pattern that ran past its match limit. */
SM_API int sm_pii_find(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_finding **findings, size_t *n, sm_error *err) SM_MUST_USE;

typedef enum sm_pii_policy {
    SM_PII_TAG,   /* the rule's tag */
    SM_PII_MASK,  /* one X a character: the length in characters stays */
    SM_PII_REPORT /* the text stays as it is */
} sm_pii_policy;

/* sm_pii_policy_of reads "tag", "mask" or "report"; false on anything else. */
SM_API bool sm_pii_policy_of(const char *name, sm_pii_policy *policy);

/* sm_pii_mask finds and masks until nothing more is found: a mask may bring a word of context nearer to a
 * number that stood too far from it, so one look is not enough. A second call on its own output changes
 * nothing. *out is `text` itself where nothing was found or the policy is a report. Findings that are
 * kept (business) are not among *findings. */
SM_API int sm_pii_mask(sm_pii_finder *finder, sm_span text, sm_pii_policy policy,
                       sm_arena *arena, sm_span *out, sm_finding **findings, size_t *n,
                       sm_error *err) SM_MUST_USE;

/* ---- accounts ------------------------------------------------------------------------------- */

enum { SM_PII_MAX_RULES = 128, SM_PII_TIERS = SM_PII_CONTEXT + 1 };

/* Findings by rule and tier; init {0}. */
typedef struct sm_pii_tally {
    uint64_t of[SM_PII_MAX_RULES][SM_PII_TIERS];
} sm_pii_tally;

SM_API void sm_pii_tally_add(sm_pii_tally *tally, const sm_finding *findings, size_t n);
/* sm_pii_write_kinds appends a JSON object of counts by kind, without zeros: {"email":2,"phone":1}; the
 * other one divides each by tier: {"email":{"checked":1,"context":1}}. */
SM_API void sm_pii_write_kinds(const sm_pii_rules *rules, const sm_pii_tally *tally,
                               sm_buffer *json);
SM_API void sm_pii_write_tiers(const sm_pii_rules *rules, const sm_pii_tally *tally,
                               sm_buffer *json);
/* sm_pii_write_audit appends a line of JSON a finding: id, message (where it is not negative), offset (UTF-8
 * bytes of the decoded text), column (code points), kind, rule, confidence, excerpt (ten characters on
 * either side, no finding among them, and the tag). Findings must be in order. */
SM_API void sm_pii_write_audit(sm_span id, int64_t message, sm_span text,
                               const sm_finding *findings, size_t n, sm_buffer *lines);

#ifdef __cplusplus
}
#endif
#endif
