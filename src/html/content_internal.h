/* What the files of main content share: the page in the making.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_INTERNAL_H
#define SEIMAI_CONTENT_INTERNAL_H

#include <seimai/content.h>
#include <seimai/html.h>

#include "ascii.h"
#include "meta/content_meta.h"
#include "model/content_score.h"
#include "tags.h"

/* Traits of text that a browser does not show. */
enum { NOT_SHOWN = SM_TRAIT_HIDDEN | SM_TRAIT_NOSCRIPT };

/* Tells a class from none at all. */
enum { CLASS_SET = 0x80 };

/* White space that waits for the next character. */
typedef enum gap { GAP_NONE, GAP_BLANK, GAP_LINE_END } gap;

/* The block in the making. */
typedef struct draft {
    sm_block block; /* text.n counts; text.p is set when the page is done */
    size_t start;   /* in the page's text */
    unsigned
        last; /* CLASS_SET and the sm_script_step of the last character; 0 at the beginning of a line */
    gap gap;
    unsigned breaks;  /* <br> since the last character */
    uint32_t in_link; /* the link that the last character stood in */
    uint32_t hidden;  /* the outermost element that hides its text, or 0 */
} draft;

typedef struct open_element {
    uint32_t element;
    uint32_t flags;  /* of its tag */
    uint32_t within; /* its flags and those of all that it is in */
    uint64_t name;   /* hash of a name that is not in the table */
    uint16_t tag;
    bool skips;      /* its content is no text */
    bool hides;      /* its content is not shown */
    bool is_reading; /* rt, rtc of a ruby */
    uint32_t next;   /* ol: the number of its next item */
    bool captured;   /* its text says who or when: content_meta.h */
} open_element;

/* How text is set: bits of a style. */
enum { STYLE_BOLD = 1, STYLE_ITALIC = 2, STYLE_CODE = 4 };

/* From `at` in the page's text on, up to the next run. */
typedef struct style_run {
    size_t at;
    uint32_t link; /* element of the <a>, or 0 */
    uint32_t style;
} style_run;

/* Where a link leads; only those of <a href>. */
typedef struct link_target {
    uint32_t element;
    sm_span href; /* as the page spells it */
} link_target;

/* The reading of a ruby, which stands behind `at` in the page's text. */
typedef struct reading {
    size_t at;
    uint32_t ruby; /* element: readings of one ruby in one place are one */
    sm_span text;
} reading;

struct sm_content {
    sm_page page;
    sm_content_options options;
    const sm_content_model *model; /* NULL: the rules */
    sm_features *features;         /* NULL until a model asks for them */
    sm_scores scores;              /* of the page, if scored */
    bool scored;
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
    page_meta meta;
    /* For the writers; empty unless the options ask for them. */
    style_run *runs;
    reading *readings;
    size_t n_runs, cap_runs, n_readings, cap_readings;
    link_target *links;
    size_t n_links, cap_links;
    sm_span url;       /* of the page */
    sm_buffer reading; /* of the <rt> that is open */
    unsigned rts;      /* open <rt> and <rtc> */
    unsigned italic;
    bool rule_due;   /* <hr> since the last block */
    bool has_tables; /* any at all */
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

/* ---- content_marks.c ---------------------------------------------------------------------- */

/* sm_marks_element notes what a writer needs of the element on the top of the stack: numbers of items, spans of cells,
 * what makes a table a layout. */
void sm_marks_element(sm_content *c, const sm_html_token *tag);
/* sm_marks_style notes how the text that comes next is set; sm_marks_reading adds to the reading of a ruby, and
 * sm_marks_end_reading puts it behind the text so far. */
void sm_marks_style(sm_content *c);
void sm_marks_reading(sm_content *c, sm_span text);
void sm_marks_end_reading(sm_content *c);
/* sm_marks_href gives the address that an <a> leads to, resolved against the page's where that is known. */
sm_span sm_marks_href(const sm_content *c, uint32_t element, sm_arena *arena);

/* ---- content_url.c ------------------------------------------------------------------------ */

/* sm_url_resolve gives the absolute address of a reference found at `base`; empty if it is none of http. */
sm_span sm_url_resolve(sm_span base, sm_span url, sm_arena *arena);

/* ---- content_traits.c --------------------------------------------------------------------- */

/* sm_traits_of gives the traits that an element has by itself; class and id are those of the tag. */
uint32_t sm_traits_of(const sm_html_token *tag, uint16_t number, sm_span css_class, sm_span id);

#endif
