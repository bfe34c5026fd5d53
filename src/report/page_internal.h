/* What the files that draw a page share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_REPORT_PAGE_INTERNAL_H
#define SM_REPORT_PAGE_INTERNAL_H

#include <seimai/report.h>

extern const char *const page_style[]; /* the style sheet, up to a NULL */

/* page_head begins any page: its frame, its style with what `more` adds (up to a NULL; NULL: nothing), its title, and a
 * subtitle that may be NULL. */
void page_head(sm_buffer *out, const char *language, const char *title, const char *subtitle,
               const char *const more[]);
/* page_figure begins or ends the two columns in which half figures stand; before each block of a page. */
void page_figure(sm_page *page, bool half);

#endif
