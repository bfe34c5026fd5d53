/* seimai/reading_page.h - how a model reads a sentence, as a page: for teaching, and for looking at one's own model.
 * SPDX-License-Identifier: MIT
 *
 * Three sections: the sentence with the surprisal of each token in colour; behind each place the tokens that the model
 * expects there, with the one that came marked; and a map of attention for each layer and head, small, and large when it is
 * clicked. Below a map stands what the head does mostly, if it does one thing: look at itself, at the token before, at the
 * first.
 *
 * The page is one self-contained HTML file: inline SVG, no script, nothing loaded; light or dark as the reader likes; from
 * 390 pixels on. Every text is escaped. Bytes that are no whole characters are shown as <E3>.
 *
 * Ownership: everything is borrowed for the call. Threads: a pure function on its arguments. */
#ifndef SEIMAI_READING_PAGE_H
#define SEIMAI_READING_PAGE_H

#include <seimai/token_page.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SM_READING_MAPS = 96 }; /* places up to which maps of attention are drawn */

typedef struct sm_reading_guess {
    sm_span bytes; /* of the token */
    uint32_t id;
    double p;
} sm_reading_guess;

/* What is drawn; the nouns are those of seimai/inspect.h. Place 0 is the end-of-text token before the sentence. */
typedef struct sm_model_reading {
    const char *model;                /* its name */
    size_t n;                         /* places */
    const sm_span *tokens;            /* (n) bytes; of place 0 they are not shown */
    const float *surprisal, *entropy; /* (n) bits */
    const uint32_t *rank;             /* (n) */
    size_t k;
    const sm_reading_guess *expected; /* (n,k) */
    size_t layers, heads;
    const float *attention; /* (layers,heads,n,n) */
    const char
        *run; /* folder of the run that made the model: its curves end the page; NULL: none */
} sm_model_reading;

/* sm_reading_page appends the page. SM_ELIMIT past the buffer's maximum; with a run also what sm_report_run gives. */
SM_API int sm_reading_page(const sm_model_reading *reading, sm_language language,
                           sm_buffer *out, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
