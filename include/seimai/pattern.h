/* seimai/pattern.h - regular expressions (PCRE2) with bounds.
 * SPDX-License-Identifier: MIT
 *
 * Patterns are Perl's as PCRE2 (10.42) implements them, in UTF mode, compiled with JIT where the machine
 * allows it and interpreted elsewhere; \d \w \s \b mean ASCII only (write \p{…} for more), and \C, which
 * would cut characters, is refused. Texts must be valid UTF-8: it is not checked again.
 *
 * Bounds. The backtracking from one starting place is limited (a million steps), as are the stack and the
 * heap that it takes: a pattern that explodes on some text fails there with SM_ELIMIT instead of running
 * on. A pattern that rescans the rest of the text from every place (`a.*b`) stays within the limit and
 * takes quadratic time: keep repetitions short (`a.{0,40}b`).
 *
 * Ownership: compile and new give an object, free takes it back (NULL is allowed).
 * Threads: a pattern is read-only and may be shared; a matcher is scratch of one thread, for any number
 * of patterns. */
#ifndef SEIMAI_PATTERN_H
#define SEIMAI_PATTERN_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_pattern sm_pattern;
typedef struct sm_matcher sm_matcher;

enum { SM_GROUPS = 16 }; /* groups that a matcher reports, the whole match among them */

/* sm_pattern_compile: 0, or SM_EUSAGE with `name`, the offset in bytes and PCRE2's words on a wrong
 * pattern, and *pattern is NULL. `caseless` ignores case (Unicode's simple folding); `name` is copied. */
SM_API int sm_pattern_compile(sm_pattern **pattern, const char *name, sm_span source,
                              bool caseless, sm_error *err) SM_MUST_USE;
SM_API void sm_pattern_free(sm_pattern *pattern);
/* sm_pattern_group gives the number of a named group, `(?<name>…)`; 0 if there is none. */
SM_API size_t sm_pattern_group(const sm_pattern *pattern, const char *name);

SM_API sm_matcher *sm_matcher_new(void) SM_MUST_USE;
SM_API void sm_matcher_free(sm_matcher *m);

/* sm_pattern_find searches text from byte `start` <= text.n (a character's first byte; what lies before is
 * visible to look-behinds). 1 found: *n is the number of the pattern's groups and the whole match, at most
 * SM_GROUPS, and group[i] (i < *n) are spans of the text, p NULL where a group took no part. 0 not found.
 * SM_ELIMIT: a bound was reached; the rest of the text is not searched. */
SM_API int sm_pattern_find(const sm_pattern *pattern, sm_matcher *m, sm_span text, size_t start,
                           sm_span group[SM_GROUPS], size_t *n, sm_error *err) SM_MUST_USE;
/* sm_pattern_next is where the search for the match after `found` starts: its end, or one character
 * further where it is empty; text.n + 1 means that there is nothing left to search. */
SM_API size_t sm_pattern_next(sm_span text, sm_span found);

#ifdef __cplusplus
}
#endif
#endif
