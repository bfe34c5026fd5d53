/* seimai/pattern.h - regular expressions (PCRE2) with bounds.
 * SPDX-License-Identifier: MIT
 *
 * Patterns are Perl's as PCRE2 10.42 implements them, in UTF mode on text that is valid UTF-8, compiled
 * with JIT where it is available. A match limit bounds the work of one search: past it the
 * search fails with SM_ELIMIT, never runs on.
 * Threads: a pattern is read-only and may be shared; a matcher belongs to one thread. */
#ifndef SEIMAI_PATTERN_H
#define SEIMAI_PATTERN_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_pattern sm_pattern;
typedef struct sm_matcher sm_matcher;

enum { SM_GROUPS = 16 }; /* groups that a matcher reports, the whole match among them */

/* sm_pattern_compile: SM_EUSAGE with the offset and PCRE2's words on a wrong pattern. `caseless` ignores
 * case; `name` stands in messages. */
SM_API int sm_pattern_compile(sm_pattern **pattern, const char *name, sm_span source,
                              bool caseless, sm_error *err) SM_MUST_USE;
SM_API void sm_pattern_free(sm_pattern *pattern);

SM_API sm_matcher *sm_matcher_new(void) SM_MUST_USE;
SM_API void sm_matcher_free(sm_matcher *m);
/* sm_pattern_find searches text from byte `start` (a character's first byte; what lies before is visible
 * to look-behinds). 1 found: group[i] are spans of the text, p NULL where a group took no part (i < *n);
 * 0 not found; SM_ELIMIT. */
SM_API int sm_pattern_find(const sm_pattern *pattern, sm_matcher *m, sm_span text, size_t start,
                           sm_span group[SM_GROUPS], size_t *n, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
