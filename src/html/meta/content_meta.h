/* What a page says about itself, gathered while it is parsed: see sm_content_about in seimai/content.h.
 * SPDX-License-Identifier: MIT
 *
 * Each thing that can be known (title, date …) has a slot; who says it has a rank, and the best rank stays, of
 * equal ones the first. Spans are copies in the page's arena, on one line and of bounded length. */
#ifndef SEIMAI_CONTENT_META_H
#define SEIMAI_CONTENT_META_H

#include <seimai/content.h>
#include <seimai/html.h>

typedef enum meta_slot {
    META_TITLE,
    META_DESCRIPTION,
    META_SITE,
    META_AUTHOR,
    META_DATE,
    META_URL,
    META_LICENSE,
    META_LANG,
    META_BASE, /* <base href> */
    META_SLOTS
} meta_slot;

/* Who says it. */
typedef enum meta_rank {
    RANK_NONE,
    RANK_FIRST,  /* made for the purpose: article:published_time, canonical, rel=license */
    RANK_LINKED, /* JSON-LD about an article */
    RANK_ITEM,   /* microdata, rel=author */
    RANK_META,   /* other meta elements */
    RANK_OTHER,  /* JSON-LD about the page, Twitter's cards */
    RANK_TIME,   /* <time datetime> */
    RANK_CLASS,  /* the text of an element whose class says so */
    RANK_GUESS
} meta_rank;

typedef struct meta_value {
    sm_span text;
    meta_rank rank;
} meta_value;

/* An element whose text is an author or a date. */
typedef struct capture {
    uint32_t element;
    meta_slot slot;
    meta_rank rank;
    size_t from, to; /* in the page's text; to is SIZE_MAX while it is open */
} capture;

enum { CAPTURES = 32 };

typedef struct page_meta {
    meta_value values[META_SLOTS];
    uint32_t rights;
    capture captures[CAPTURES];
    size_t n_captures;
    sm_buffer json; /* of the JSON-LD that is being read */
    bool in_json;
} page_meta;

/* sm_meta_note offers a text for a slot; white space is collapsed, at most 4 KiB are kept. Of a date's text the first
 * date counts; an author is added to those of the same rank, and passed over where it is no name. */
void sm_meta_note(sm_content *c, meta_slot slot, meta_rank rank, sm_span text);

void sm_meta_init(page_meta *m);
void sm_meta_free(page_meta *m);
void sm_meta_reset(page_meta *m);
/* sm_meta_open makes the text of the element on the top of the stack a value; sm_meta_close ends that. */
void sm_meta_open(sm_content *c, uint32_t element, meta_slot slot, meta_rank rank);
void sm_meta_close(sm_content *c, uint32_t element);
/* sm_meta_finish reads what was gathered; the blocks are done. */
void sm_meta_finish(sm_content *c);

/* content_meta_tags.c: sm_meta_tag looks at a start tag; `element` is what it opened, 0 for none. */
void sm_meta_tag(sm_content *c, const sm_html_token *tag, uint16_t number, uint32_t element);
/* content_meta_json.c: one script of JSON-LD, however broken. */
void sm_meta_json(sm_content *c, sm_span json);

#endif
