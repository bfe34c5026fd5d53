/* The first step from wikitext to HTML and its state: see wikitext_internal.h.
 * SPDX-License-Identifier: MIT
 *
 * One pass with a stack of frames. What a frame holds is written to the output as it comes; when the frame closes, the
 * output goes back to where the frame began, and what the frame leaves is put there. */
#ifndef SEIMAI_WIKITEXT_EXPAND_H
#define SEIMAI_WIKITEXT_EXPAND_H

#include "wikitext_internal.h"

/* FRAME_TEXT: nothing is open. */
typedef enum frame_kind {
    FRAME_TEXT,
    FRAME_TEMPLATE,
    FRAME_PARAMETER,
    FRAME_LINK,
    FRAME_URL
} frame_kind;

typedef struct frame {
    frame_kind kind;
    size_t start;     /* of its text in the output */
    size_t first_bar; /* in the list of bars */
} frame;

typedef struct expander {
    const char *p, *end;
    sm_span title;
    sm_buffer *out;
    sm_buffer made; /* what a template leaves, where that is more than an argument */
    frame frames[SM_WIKITEXT_DEPTH + 1]; /* the first one is the text */
    size_t depth, braces;                /* open frames; of them templates and parameters */
    bool poem;                           /* in <poem>: line ends count */
    size_t *bars;                        /* places of `|` in the output, of all open frames */
    size_t n_bars, cap_bars;
    /* Where the next end tag of each kind, the next end of a comment and the next heading is: looked for once. */
    const char *closers[WIKITEXT_TAGS], *comment_end, *heading;
    sm_wikitext_counts *counts;
} expander;

/* ---- wikitext_frames.c ------------------------------------------------------------------------- */

void expander_push(expander *x, frame_kind kind);
/* These close the top frame and put what it leaves in its place. */
void expander_close_template(expander *x);
void expander_close_parameter(expander *x); /* {{{name|default}}} */
void expander_close_link(expander *x);
void expander_close_url(expander *x);
/* expander_give_up takes the top frame for text that is never closed: its mark goes, its text stays. */
void expander_give_up(expander *x);
void expander_give_up_all(expander *x);

/* ---- wikitext_tags.c --------------------------------------------------------------------------- */

/* expander_tag takes what begins with `<`: a comment, an element, a tag, or a character. */
void expander_tag(expander *x);

/* ---- the output and the input -------------------------------------------------------------------- */

static inline void expander_put(expander *x, sm_span s)
{
    sm_buffer_put(x->out, s);
}

/* Something is left out here. */
static inline void expander_put_gone(expander *x)
{
    if (x->out->n == 0 || x->out->p[x->out->n - 1] != WIKI_GONE)
        sm_buffer_putc(x->out, WIKI_GONE);
}

static inline sm_span expander_rest(const expander *x)
{
    return (sm_span){x->p, (size_t)(x->end - x->p)};
}

static inline bool expander_at(const expander *x, sm_span mark)
{
    return sm_span_starts(expander_rest(x), mark);
}

static inline const frame *expander_top(const expander *x)
{
    return &x->frames[x->depth];
}

static inline bool is_brace(frame_kind kind)
{
    return kind == FRAME_TEMPLATE || kind == FRAME_PARAMETER;
}

#endif
