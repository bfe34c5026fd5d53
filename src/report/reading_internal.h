/* What the files of the reading page share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_REPORT_READING_INTERNAL_H
#define SM_REPORT_READING_INTERNAL_H

#include <seimai/reading_page.h>
#include <seimai/report.h>

typedef struct reading_view {
    const sm_model_reading *r;
    sm_language language;
    sm_page page;
    sm_buffer *out;
    bool in_svg; /* what is written now stands inside an <svg> */
} reading_view;

extern const char *const reading_style[]; /* up to a NULL */

/* say chooses between the two languages of a page. */
const char *say(const reading_view *v, const char *english, const char *japanese);
/* put_visible_token writes a token's bytes: spaces and line ends as signs, bytes that are no whole character as <E3>. */
void put_visible_token(reading_view *v, sm_span bytes);
/* put_place writes the token of a place, of place 0 a sign for the beginning. */
void put_place(reading_view *v, size_t i);

void draw_attention(reading_view *v); /* reading_maps.c */

#endif
