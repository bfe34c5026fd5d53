/* seimai/filter.h - quality rules: the values of a text, thresholds from a file, a verdict with its reason.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   subject  a document as rules see it: its text, and its URL where it has one
 *   value    a number computed from a subject: "kana-share". Those of the table are fixed by the library; a
 *            list brings values of its own, with its name in them: "ng-adult-hits", "url-blocked"
 *   rule     a value with a smallest or a largest admissible number, or both
 *   list     words, phrases or hosts in a file, which a preset names or a user adds
 *   step     a way to rewrite a text (cut a footer, drop lines), before or after the rules
 *   preset   a file of rules, in the order in which they are asked (dicts/filter/NAME.yaml)
 *   judge    the scratch memory of one thread that applies a preset
 *
 * A value is computed when a rule asks for it, and what several values share (decoded characters, lines,
 * n-grams, words) is computed once a text; a text that fails its first rule costs no more than that rule.
 * Characters are code points. A sentence is, within a line, a longest run without 。．！？!? and one such mark
 * behind it; further marks belong to no sentence (Swallow's definition, arXiv 2404.17733).
 * An undefined value (a share of nothing, a 4-gram of three characters) drops the text as "too-short"; one of
 * the URL, where a document has none, passes.
 *
 * File (YAML):
 *     format: seimai-filter 1
 *     about: what the preset is for
 *     words: script                                what a word is: script | mecab
 *     stop-words: [the, of]                        what the value "stop-words" counts
 *     lists:
 *       - {list: adult, kind: ng, match: katakana} no file: comes by --list adult=FILE
 *       - {list: tld, kind: url, file: filter/tld.txt}   in the folder of dictionaries
 *     rules:
 *       - {rule: kana-share, min: 0.1, source: where the threshold comes from}
 *       - {rule: noun-share, below: 0.8}           min, max: may be reached; above, below: may not
 *     lines:                                       asked of each line that is not blank: one that fails goes
 *       - {line: url-share, max: 0.5}
 *     rewrite:
 *       - {step: punctuation, when: after}         before the rules, or (as here, the default) after them
 *       - {step: footer, list: footer}
 *
 * Kinds of lists: `ng` and `phrases` (words, one a line, or our TSV: seimai/ng.h) give ng-NAME-hits, -types,
 * -share and -score, or phrases-NAME-hits and -lines; `url` (seimai/hosts.h) gives url-NAME, 1 where the URL is on it.
 *
 * Order of calls: load (or parse), then set, add_list, without, set_words in any order, then ready, once.
 * Ownership: load gives a preset, free takes it back; it must outlive its judges and their verdicts.
 * Threads: a preset is read-only once it is ready and may be shared; a judge belongs to one thread. */
#ifndef SEIMAI_FILTER_H
#define SEIMAI_FILTER_H

#include <seimai/base.h>
#include <seimai/morph.h>

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
/* The steps of rewriting, in the same way: sm_filter_step_name(0) … NULL. */
SM_API const char *sm_filter_step_name(size_t i);
SM_API const char *sm_filter_step_about(size_t i);

/* ---- presets ---------------------------------------------------------------------------- */

typedef struct sm_filter sm_filter;

/* sm_filter_load reads a preset. SM_EUSAGE with "FILE:LINE: …" for an unknown rule or key, a rule named
 * twice, a rule without threshold; SM_ENOENT, SM_EIO. */
SM_API int sm_filter_load(sm_filter **filter, const char *path, sm_error *err) SM_MUST_USE;
/* sm_filter_parse does the same from memory; `name` stands in messages. */
SM_API int sm_filter_parse(sm_filter **filter, const char *name, sm_span yaml,
                           sm_error *err) SM_MUST_USE;
SM_API void sm_filter_free(sm_filter *filter);

/* sm_filter_set overrides one threshold: "kana-share.min=0.05" (or .max, .above, .below), or "kana-share=0.05"
 * for the usual side. A rule that the preset lacks is asked last. SM_EUSAGE for an unknown rule or a wrong number. */
SM_API int sm_filter_set(sm_filter *filter, const char *assignment, sm_error *err) SM_MUST_USE;
/* sm_filter_add_list gives a list its file, "NAME=FILE". A name that the preset does not know becomes a list of
 * words ("ng:NAME=FILE" says so) or, with "url:NAME=FILE", of hosts; rules on it come by sm_filter_set. */
SM_API int sm_filter_add_list(sm_filter *filter, const char *assignment,
                              sm_error *err) SM_MUST_USE;
/* sm_filter_without takes out a list with the rules that ask for it, a rule, or a step of rewriting, by name.
 * SM_EUSAGE where there is nothing of that name. */
SM_API int sm_filter_without(sm_filter *filter, const char *name, sm_error *err) SM_MUST_USE;
/* sm_filter_set_words overrides what a word is: "script" or "mecab". */
SM_API int sm_filter_set_words(sm_filter *filter, const char *words, sm_error *err) SM_MUST_USE;
/* sm_filter_wants_morph: do the rules, as they stand, need a MeCab dictionary? */
SM_API bool sm_filter_wants_morph(const sm_filter *filter);

/* sm_filter_ready loads the lists and checks that nothing is missing. `dicts` is the folder of dictionaries
 * (NULL: where sm_dicts_path finds it); `morph` is borrowed, NULL where no rule wants one. SM_EUSAGE for a list without a file, with its
 * name and what to write; what the readers of lists return. */
SM_API int sm_filter_ready(sm_filter *filter, const char *dicts, const sm_morph *morph,
                           sm_error *err) SM_MUST_USE;

/* One rule as it stands after overrides; an absent threshold is -INFINITY or INFINITY. */
typedef struct sm_filter_rule {
    const sm_filter_value *value;
    double min, max;
    bool min_open, max_open; /* the threshold itself fails (above, below) */
    const char *source; /* where the threshold comes from; NULL where the file does not say */
} sm_filter_rule;

/* sm_filter_rules is how many rules there are; rule i < n is the i-th that is asked. NULL past the last. */
SM_API size_t sm_filter_rules(const sm_filter *filter);
SM_API const sm_filter_rule *sm_filter_rule_at(const sm_filter *filter, size_t i);

/* ---- judging ----------------------------------------------------------------------------- */

typedef struct sm_filter_judge sm_filter_judge;

typedef struct sm_subject {
    sm_span text; /* valid UTF-8 */
    sm_span url;  /* metadata.url; empty where there is none */
} sm_subject;

typedef struct sm_verdict {
    const char
        *rule; /* the first rule that failed, or "too-short"; lives as long as the preset */
    size_t at; /* its place among the rules, also where its value is undefined */
    double value, threshold; /* NaN where the value is undefined */
} sm_verdict;

SM_API sm_filter_judge *sm_filter_judge_new(const sm_filter *filter) SM_MUST_USE;
SM_API void sm_filter_judge_free(sm_filter_judge *judge);

/* sm_filter_judge_subject asks the rules in order: SM_KEEP, or SM_DROP with the first failure in *verdict; an
 * SM_E… code where MeCab or a list fails. Scratch memory grows to about 30 bytes a character and 64 MiB
 * with n-gram rules (50 bytes where every line is a character or two). */
SM_API int sm_filter_judge_subject(sm_filter_judge *judge, const sm_subject *subject,
                                   sm_verdict *verdict, sm_error *err) SM_MUST_USE;
/* sm_filter_judge_measure gives the value of every rule i in values[i], NaN where it is undefined. */
SM_API int sm_filter_judge_measure(sm_filter_judge *judge, const sm_subject *subject,
                                   double *values, sm_error *err) SM_MUST_USE;
/* sm_filter_decide gives the verdict that such values have: what sm_filter_judge_subject says of the subject they
 * were measured on. Pure. */
SM_API int sm_filter_decide(const sm_filter *filter, const double *values, sm_verdict *verdict);
/* sm_filter_passes: does rule i accept this number? "Would also be dropped by" is its negation. Pure. */
SM_API bool sm_filter_passes(const sm_filter *filter, size_t i, double value);

/* sm_filter_write_values appends {"characters":812,"kana-share":0.54}, null where undefined; numbers read back as
 * they were. sm_filter_read_values is its inverse: SM_EFORMAT where the object lacks a value that a rule asks
 * for, and names it. */
SM_API void sm_filter_write_values(const sm_filter *filter, const double *values,
                                   sm_buffer *json);
SM_API int sm_filter_read_values(const sm_filter *filter, sm_span json, double *values,
                                 sm_error *err) SM_MUST_USE;

/* ---- words of lists ---------------------------------------------------------------------- */

struct sm_ng;        /* seimai/ng.h */
struct sm_ng_counts; /* one list's hits in a text */

/* sm_filter_ng gives the automaton of all lists of words; NULL where the preset has none. */
SM_API const struct sm_ng *sm_filter_ng(const sm_filter *filter);
/* sm_filter_judge_ng gives the counts of each list in the subject that was judged or measured last, whose text must
 * still stand; NULL where the preset has no list. Valid until the next subject. */
SM_API int sm_filter_judge_ng(sm_filter_judge *judge, const struct sm_ng_counts **per_list,
                              sm_error *err) SM_MUST_USE;

/* ---- rewriting ---------------------------------------------------------------------------- */

typedef enum sm_filter_when { SM_FILTER_BEFORE, SM_FILTER_AFTER } sm_filter_when;

enum { SM_FILTER_STEPS = 16 }; /* room for all steps */

/* What the steps did, by the number of the step; the caller clears it, and may add up many texts. */
typedef struct sm_filter_edits {
    uint64_t texts[SM_FILTER_STEPS]; /* that the step changed */
    uint64_t lines[SM_FILTER_STEPS]; /* that it removed */
    uint64_t bytes[SM_FILTER_STEPS]; /* that it removed; of a text that grew, 0 */
} sm_filter_edits;

/* sm_filter_rewrites: has the preset a step at that place? */
SM_API bool sm_filter_rewrites(const sm_filter *filter, sm_filter_when when);
/* sm_filter_rewrite applies the steps before or after the rules, in their order. *out is the subject's own span
 * where nothing changed, else memory of the arena. SM_KEEP; SM_DROP where a text that had something is now blank
 * (the reason is SM_FILTER_EMPTIED); or an SM_E… code. */
#define SM_FILTER_EMPTIED "emptied"
SM_API int sm_filter_rewrite(sm_filter_judge *judge, sm_filter_when when,
                             const sm_subject *subject, sm_arena *arena, sm_span *out,
                             sm_filter_edits *edits, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
