/* seimai/filter.h - quality rules: the statistics of a text, thresholds from a file, a verdict with its reason.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   value    a number computed from a text: "kana-share". The table of values is fixed by the library
 *   rule     a value with a smallest or a largest admissible number, or both
 *   preset   a file of rules, in the order in which they are asked (dicts/filter/NAME.yaml)
 *   judge    the scratch memory of one thread that applies the rules of a preset
 *
 * A value is computed when a rule asks for it, and what several values share (decoded characters,
 * lines, n-grams) is computed once a text; a text that fails its first rule costs no more than that rule.
 * Characters are code points. A sentence is, within a line, a longest run without 。．！？!? and one such
 * mark behind it; further marks belong to no sentence (Swallow's definition, arXiv 2404.17733).
 * An undefined value (a share of nothing, a 4-gram of three characters) drops the text as "too-short",
 * with its characters as the value and NaN as the threshold.
 *
 * File (YAML):
 *     format: seimai-filter 1
 *     about: what the preset is for
 *     rules:
 *       - {rule: kana-share, min: 0.1, source: where the threshold comes from}
 *
 * Ownership: load gives a preset, free takes it back; it must outlive its judges.
 * Threads: a preset is read-only once it is set up and may be shared; a judge belongs to one thread. */
#ifndef SEIMAI_FILTER_H
#define SEIMAI_FILTER_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- values ----------------------------------------------------------------------------- */

/* What is known of a value without a text: for --help and for reports. */
typedef struct sm_filter_value {
    const char *name;  /* kebab-case; the name of its rule and of the reason of a drop */
    bool low_is_bad;   /* the usual rule is a minimum (else a maximum) */
    const char *about; /* one line, units among it */
} sm_filter_value;

/* sm_filter_value_at gives the values in the order of the table; NULL past the last. */
SM_API const sm_filter_value *sm_filter_value_at(size_t i);

/* ---- presets ---------------------------------------------------------------------------- */

typedef struct sm_filter sm_filter;

/* sm_filter_load reads a preset. SM_EUSAGE with "FILE:LINE: …" for an unknown rule or key, a rule named
 * twice, a rule without threshold; SM_ENOENT, SM_EIO. */
SM_API int sm_filter_load(sm_filter **filter, const char *path, sm_error *err) SM_MUST_USE;
/* sm_filter_parse does the same from memory; `name` stands in messages. */
SM_API int sm_filter_parse(sm_filter **filter, const char *name, sm_span yaml,
                           sm_error *err) SM_MUST_USE;
/* sm_filter_set overrides one threshold: "kana-share.min=0.05", or "kana-share=0.05" for the usual side.
 * A rule that the preset lacks is asked last. SM_EUSAGE for an unknown rule or a wrong number. */
SM_API int sm_filter_set(sm_filter *filter, const char *assignment, sm_error *err) SM_MUST_USE;
SM_API void sm_filter_free(sm_filter *filter);

/* One rule as it stands after overrides; an absent threshold is -INFINITY or INFINITY. */
typedef struct sm_filter_rule {
    const sm_filter_value *value;
    double min, max;
} sm_filter_rule;

/* sm_filter_rule_at gives the rules in the order in which they are asked; NULL past the last. */
SM_API const sm_filter_rule *sm_filter_rule_at(const sm_filter *filter, size_t i);

/* ---- judging ----------------------------------------------------------------------------- */

typedef struct sm_filter_judge sm_filter_judge;

typedef struct sm_verdict {
    const char *rule; /* the first rule that failed; lives as long as the program */
    double value, threshold;
} sm_verdict;

SM_API sm_filter_judge *sm_filter_judge_new(const sm_filter *filter) SM_MUST_USE;
SM_API void sm_filter_judge_free(sm_filter_judge *judge);

/* sm_filter_judge_text asks the rules in order: SM_KEEP, or SM_DROP with the first failure in *verdict.
 * The text is valid UTF-8; scratch memory grows to about 30 bytes a character and 64 MiB,
 * with n-gram rules (50 bytes where every line is a character or two). */
SM_API int sm_filter_judge_text(sm_filter_judge *judge, sm_span text, sm_verdict *verdict);

/* sm_filter_judge_values appends a JSON object with the value of every rule of the preset, null where it is
 * undefined: {"characters":812,"kana-share":0.54}. */
SM_API void sm_filter_judge_values(sm_filter_judge *judge, sm_span text, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
