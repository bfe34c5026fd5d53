/* seimai/token_page.h - a comparison of tokenizers as a page, and as a table for the terminal.
 * SPDX-License-Identifier: MIT
 *
 * Both are drawn from the JSON object that sm_token_report_json (seimai/tokenizer_report.h) writes, so that a page can
 * be drawn again, in another language, without the tokenizers and the text.
 *
 * The page is one self-contained HTML file: inline SVG, no script, nothing loaded. It follows the reader's choice of
 * light or dark and is laid out for screens of 390 pixels and more. Tokenizers stand in one order everywhere: those
 * with the most characters a token first. In each column the best value is set in bold.
 * Every name and text from the report is escaped.
 *
 * Ownership: what is passed is borrowed for the call. Threads: pure functions on their arguments. */
#ifndef SEIMAI_TOKEN_PAGE_H
#define SEIMAI_TOKEN_PAGE_H

#include <seimai/base.h>
#include <seimai/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_language { SM_ENGLISH, SM_JAPANESE } sm_language;

/* sm_token_page appends the page of a report; title NULL: "Tokenizers compared". SM_EFORMAT for JSON without a list of
 * tokenizers, SM_ELIMIT past the buffer's maximum. */
SM_API int sm_token_page(const sm_value *report, sm_language language, const char *title,
                         sm_buffer *out, sm_error *err) SM_MUST_USE;

/* sm_token_table appends the figures as a table of 80 to 100 columns and the sentences as each tokenizer cuts
 * them (bytes that are no whole characters as <E3>). SM_EFORMAT as above. */
SM_API int sm_token_table(const sm_value *report, sm_language language, sm_buffer *out,
                          sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
