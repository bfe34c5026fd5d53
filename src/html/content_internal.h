/* What the files of main content share: the page in the making.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_INTERNAL_H
#define SEIMAI_CONTENT_INTERNAL_H

#include <seimai/content.h>
#include <seimai/html.h>

#include "ascii.h"
#include "tags.h"

/* Traits of text that a browser does not show. */
enum { NOT_SHOWN = SM_TRAIT_HIDDEN | SM_TRAIT_NOSCRIPT };

/* White space that waits for the next character. */
typedef enum gap { GAP_NONE, GAP_BLANK, GAP_LINE_END } gap;

/* The block in the making. */
typedef struct draft {
    sm_block block; /* text.n counts; text.p is set when the page is done */
    size_t start;   /* in the page's text */
    uint32_t last;  /* code point; 0 at the beginning of a line */
    gap gap;
    unsigned breaks;  /* <br> since the last character */
    uint32_t in_link; /* the link that the last character stood in */
    bool hidden;      /* its text is not shown */
} draft;

typedef struct open_element {
    uint32_t element;
    uint32_t flags; /* of its tag */
    uint64_t name;  /* hash of a name that is not in the table */
    uint16_t tag;
    bool skips; /* its content is no text */
    bool hides; /* its content is not shown */
} open_element;

struct sm_content {
    sm_page page;
    sm_html html;
    sm_span source;
    sm_element *elements;
    sm_block *blocks;
    size_t *starts; /* of the blocks in text */
    size_t cap_elements, cap_blocks, cap_starts;
    sm_buffer text, title;
    sm_arena kept; /* attribute values that the source spells otherwise */
    draft draft;
    open_element stack[SM_CONTENT_DEPTH];
    size_t depth;  /* stack[0] is the root */
    uint32_t link; /* the open <a>, or 0 */
    unsigned skip, hidden, verbatim, bold, code, lists, rubies;
    bool in_title, newline_due; /* right after <pre>: a first line end is no text */
    uint32_t row, cell;
};

/* ---- content_draft.c ---------------------------------------------------------------------- */

/* sm_draft_text adds text to the block in the making; sm_draft_break is <br>; sm_draft_flush ends the block. */
void sm_draft_text(sm_content *c, sm_span text);
void sm_draft_break(sm_content *c);
void sm_draft_flush(sm_content *c);

/* ---- content_stack.c ---------------------------------------------------------------------- */

open_element *sm_stack_top(sm_content *c);
/* sm_stack_push opens an element; sm_stack_pop closes open ones until `depth` are left. */
void sm_stack_push(sm_content *c, const sm_html_token *tag, uint16_t number);
void sm_stack_pop(sm_content *c, size_t depth);
/* sm_stack_imply closes what a start tag with these flags ends without an end tag. */
void sm_stack_imply(sm_content *c, uint32_t flags);
/* sm_stack_end closes the element that an end tag means; false if none is open. */
bool sm_stack_end(sm_content *c, sm_span name, uint16_t number);

/* ---- content_traits.c --------------------------------------------------------------------- */

/* sm_traits_of gives the traits that an element has by itself. */
uint32_t sm_traits_of(const sm_html_token *tag, uint16_t number);

#endif
