/* seimai/filter_page.h - the account of a filter's run as a page: what each rule removed, would remove, and from what.
 * SPDX-License-Identifier: MIT
 *
 * Drawn from the file that `seimai filter --account --stats FILE` writes (seimai/filter_account.h), in English or Japanese:
 * the figures of the run, warnings, what each rule removes first, too, and alone; the distribution of every value with its
 * threshold drawn in and what it refuses in another colour; which rules refuse the same documents; what rewriting
 * changed; and samples of what each rule removed. A run without --account has the first and the last of these.
 *
 * The page is one self-contained HTML file: inline SVG, no script, nothing loaded. It follows the reader's choice of light
 * or dark and is laid out for screens of 390 pixels and more. Every text from the file is escaped.
 *
 * Ownership: what is passed is borrowed for the call. Threads: a pure function on its arguments. */
#ifndef SEIMAI_FILTER_PAGE_H
#define SEIMAI_FILTER_PAGE_H

#include <seimai/config.h>
#include <seimai/token_page.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sm_filter_page appends the page of such a file, read as JSON; title NULL: "What the filter removed". SM_EFORMAT for a file
 * without an account, SM_ELIMIT past the buffer's maximum. */
SM_API int sm_filter_page(const sm_value *stats, sm_language language, const char *title,
                          sm_buffer *out, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
