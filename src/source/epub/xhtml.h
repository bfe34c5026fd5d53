/* XHTML, rewritten so that the HTML reader sees what an XML parser would.
 * SPDX-License-Identifier: MIT
 *
 * The two differ where text gets lost: `<title/>` and `<a id="x"/>` are whole elements, CDATA sections are text, a
 * DOCTYPE may hold declarations. No input is refused: books are full of XML that no parser would take. */
#ifndef SEIMAI_SOURCE_XHTML_H
#define SEIMAI_SOURCE_XHTML_H

#include <seimai/base.h>

enum { XHTML_GROWTH = 5 }; /* at most so many times as long: a CDATA section of '&' */

/* xhtml_to_html appends the page, in UTF-8, as HTML. Elements and text stay in order; comments, processing instructions
 * and the DOCTYPE go. Mostly hardly longer; linear time. */
void xhtml_to_html(sm_span xhtml, sm_buffer *html);
/* xhtml_as_html is the same, with the result in the arena. */
sm_span xhtml_as_html(sm_span xhtml, sm_arena *arena);
/* xhtml_is_declared tells whether a page says by its first bytes that it is XML: `<?xml`. */
bool xhtml_is_declared(sm_span page);

#endif
