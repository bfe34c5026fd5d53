/* What the files of the tokenizer share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_INTERNAL_H
#define SEIMAI_HTML_INTERNAL_H

#include <seimai/html.h>

#include "html_scan.h"

/* Classes of bytes, one bit each, so that a run of text is one scan for a mask. */
enum {
    SM_IS_LESS = 1,        /* < */
    SM_IS_AMPERSAND = 2,   /* & */
    SM_IS_NUL = 4,         /* becomes U+FFFD in most states */
    SM_IS_CR = 8,          /* becomes LF */
    SM_IS_UPPER = 16,      /* becomes lower case in names */
    SM_IS_NAME_END = 32,   /* white space / > : ends a tag's name */
    SM_IS_ATTRIBUTE = 64,  /* … and = : ends an attribute's name */
    SM_IS_SCRIPT_END = 128 /* - or > : matters within <!-- of a script */
};

extern const unsigned char sm_html_class[256];

static inline const char *sm_html_scan(const char *p, const char *end, unsigned mask)
{
    while (p < end && !(sm_html_class[(unsigned char)*p] & mask))
        p++;
    return p;
}

/* sm_html_cook gives a span with CR and CRLF as LF and NUL as U+FFFD and, as `what` asks, in lower case
 * (SM_IS_UPPER) and with references undone (SM_IS_AMPERSAND): the span itself where nothing changes. */
sm_span sm_html_cook(sm_html *t, sm_span raw, unsigned what);

/* sm_html_tag reads the tag whose name begins at t->p. False if the page ends inside it: then it is
 * no token, and the page is used up. */
bool sm_html_tag(sm_html *t, sm_html_kind kind, sm_html_token *token);

/* sm_html_markup reads what begins with `<!` at t->p: a comment, a doctype or, in foreign content, the
 * opening of a CDATA section. False if it was no token (CDATA, whose text follows). */
bool sm_html_markup(sm_html *t, sm_html_token *token);
/* sm_html_bogus_comment reads up to the next `>`. */
bool sm_html_bogus_comment(sm_html *t, sm_html_token *token);

#endif
