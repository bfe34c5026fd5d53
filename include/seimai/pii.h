/* seimai/pii.h - personal information: found by rules from a file, checked, weighed by context, masked.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   rule       a pattern, a check in C, words of context: dicts/pii.yaml, which documents itself
 *   kind       what a rule finds: "email", "phone", "my-number" …; several rules may find one kind
 *   tier       how sure a finding is: its pattern matched; its check digits, number plan or grouping
 *              are right; a word of context stands near it. Each rule states the tier at which it acts
 *   class      personal, or business (0120 numbers, corporate numbers), which is kept by default
 *   site       a place where a rule may begin: a group of digits of the right length, what stands before an @,
 *              a long token, a cue … One scan of the text (64 bytes at a time, in vectors) finds them, and a
 *              pattern is tried at its sites only
 *
 * Patterns run on a folded copy of the text: full-width letters, digits and marks are ASCII there, every hyphen
 * between digits is "-" (fifteen kinds, ー among them), zero-width characters are gone. A map leads back, and
 * what is masked are the text's own bytes. Boundaries are ASCII letters and digits, never \b: Japanese glues
 * numbers and addresses to kana.
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

/* sm_pii_use_names switches the search for names of persons on (rules with `search: name`, off by default), with a
 * MeCab dictionary of IPADIC's features (NULL: the one found when this was built). Only lines with a cue are cut:
 * an honorific, a word such as 氏名 or 担当, another finding; with `everywhere` all lines. A name is a family name
 * with a given name, a name with an honorific or behind a label, or a foreign name of parts joined by ・. A line that holds
 * the rule's tag was searched when that was written, and is passed over. SM_EUSAGE
 * where no rule searches for names; what sm_morph_open gives. */
SM_API int sm_pii_use_names(sm_pii_rules *rules, bool everywhere, const char *dictionary,
                            sm_error *err) SM_MUST_USE;

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
 * another, those of the business class among them. Memory: about the text's length again, and 16 bytes a
 * full-width character. SM_ELIMIT for a longer text or a pattern that ran past its match limit. */
SM_API int sm_pii_find(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_finding **findings, size_t *n, sm_error *err) SM_MUST_USE;

typedef enum sm_pii_policy {
    SM_PII_TAG,       /* the rule's tag: <EMAIL> */
    SM_PII_MASK,      /* one X a character: the length in characters stays */
    SM_PII_HASH,      /* the tag with a keyed hash of the value: <EMAIL:bkfomlcpadghjein> */
    SM_PII_FAKE,      /* another value of the same shape, which is nobody's */
    SM_PII_DROP_LINE, /* the lines in which it stands go */
    SM_PII_REPORT     /* the text stays as it is */
} sm_pii_policy;

/* sm_pii_set_policies gives rules their policies: "mask" for all, "email=hash" for a kind or a rule, which goes
 * before the former wherever it stands in the list; SM_PII_TAG is the default. `salt` keys hashes and fakes:
 * at least 16 bytes, to be kept secret; whoever has it can try all telephone numbers. SM_EUSAGE for an unknown
 * policy, kind or rule, and where a hash or a fake has no salt.
 *
 * A hash is the first 64 bits of HMAC-SHA-256 (RFC 2104) over kind, NUL and the value in its plainest form (ASCII
 * in lower case, without blanks and separators, +81 as 0), as 16 letters a…p: the same person has the same token
 * in every document and run with that salt; two in a million values share one with probability 3·10^-8.
 *
 * A fake depends on salt and value in the same way, and is known again: e-mail at example.jp, telephone numbers whose
 * local part begins with 0, IPv4 of RFC 5737, IPv6 of RFC 3849, MAC of RFC 7042, numbers with a check digit that is wrong, streets in 架空市 of the
 * same prefecture, names made of the calendar's stems (甲野太郎) as courts use them, the first of January of the
 * same year; what has no such reserve becomes zeros and X of the same shape. */
SM_API int sm_pii_set_policies(sm_pii_rules *rules, const char *const *list, size_t n,
                               sm_span salt, sm_error *err) SM_MUST_USE;
SM_API const char *sm_pii_policy_name(sm_pii_policy policy); /* "drop-line" … */
/* sm_pii_policy_at gives the policy of rule i. */
SM_API sm_pii_policy sm_pii_policy_at(const sm_pii_rules *rules, size_t i);

typedef struct sm_pii_masked {
    sm_span text; /* the given text itself where nothing changed */
    sm_finding
        *findings; /* in order; offsets of the given text; without business that is kept */
    size_t n;
    uint64_t lines; /* that were dropped */
} sm_pii_masked;

/* sm_pii_mask finds and masks until nothing more is found: a mask may bring a word of context nearer to a
 * number that stood too far from it, so one look is not enough. A second call on its own output changes
 * nothing; nothing outside the findings changes, nor outside their lines where those are dropped. */
SM_API int sm_pii_mask(sm_pii_finder *finder, sm_span text, sm_arena *arena,
                       sm_pii_masked *masked, sm_error *err) SM_MUST_USE;

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
 * bytes of the decoded text), length (bytes), column (code points), kind, rule, confidence, excerpt (ten characters on
 * either side, no finding among them, and the tag). Findings must be in order. */
SM_API void sm_pii_write_audit(sm_span id, int64_t message, sm_span text,
                               const sm_finding *findings, size_t n, sm_buffer *lines);

#ifdef __cplusplus
}
#endif
#endif
