/* seimai/content.h - a page as blocks of text, and which of them are its content.
 * SPDX-License-Identifier: MIT
 *
 * One pass over the tokens gives two arrays: elements (parents before children) and blocks in document order.
 * A block is the text between two block tags, <hr> or double <br>. Selecting marks blocks; writing joins
 * the marked ones. So one parse serves several modes, and everything that a decision rests on can be seen.
 *
 *     sm_content *c = sm_content_new();
 *     const sm_page *page = sm_content_parse(c, utf8);
 *     sm_content_select(c, SM_MODE_MAIN);
 *     sm_content_write(c, &text);
 *
 * Text is what a browser would show: references undone, white space collapsed, <pre> as it stands, one line
 * feed for <br>. Japanese rules: readings of ruby (rt, rp, rtc) are left out; a line end between two wide
 * characters is nothing, not a blank (CSS Text 4); U+3000 at the beginning of a line is an indent and goes.
 *
 * Nouns
 *   width     length of text: a wide (CJK) character counts 2, another 1, white space 0
 *   sentence  a block that reads as prose: long enough, few links, with the punctuation of sentences
 *   trait     what an element's tag, role, class or id says about it; children inherit it
 *
 * Bounds: a stack of SM_CONTENT_DEPTH elements (deeper ones count as their ancestor), no recursion, linear time.
 * Ownership: the page and all it holds belong to the sm_content and last until its next parse; the HTML must
 * live as long. Memory grows to the largest page and is kept. Threads: one at a time each. */
#ifndef SEIMAI_CONTENT_H
#define SEIMAI_CONTENT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SM_CONTENT_DEPTH = 512 };

/* Traits, one bit each. */
enum {
    SM_TRAIT_HIDDEN = 1 << 0, /* hidden, aria-hidden, display:none, visibility:hidden */
    SM_TRAIT_NAV = 1 << 1,    /* nav, menus, breadcrumbs, pagers */
    SM_TRAIT_FOOTER = 1 << 2,
    SM_TRAIT_HEADER = 1 << 3, /* of the page, not of an article */
    SM_TRAIT_ASIDE = 1 << 4,  /* aside, side bars */
    SM_TRAIT_FORM = 1 << 5,
    SM_TRAIT_NOSCRIPT = 1 << 6,
    SM_TRAIT_BUTTON = 1 << 7,
    SM_TRAIT_SHARE = 1 << 8,   /* share and follow buttons */
    SM_TRAIT_RELATED = 1 << 9, /* related, recommended, popular, rankings */
    SM_TRAIT_COMMENT = 1 << 10,
    SM_TRAIT_AD = 1 << 11,
    SM_TRAIT_DIALOG = 1 << 12, /* modal windows, cookie notices */
    SM_TRAIT_META = 1 << 13,   /* by-lines, dates, tags, copyright */
    SM_TRAIT_ARTICLE = 1 << 14,
    SM_TRAIT_MAIN = 1 << 15
};

typedef struct sm_element {
    uint32_t parent;                 /* an earlier element; the root, 0, is its own */
    uint32_t first_block, end_block; /* blocks of the subtree: [first, end) */
    uint32_t traits;                 /* its own and its ancestors' */
    uint16_t depth;
    uint16_t tag;          /* the room's own number of the tag */
    sm_span css_class, id; /* as the page spells them */
    /* Sums over the subtree's blocks. */
    uint32_t width, link_width, sentence_width;
} sm_element;

typedef enum sm_block_kind {
    SM_BLOCK_TEXT,
    SM_BLOCK_HEADING, /* level 1…6 */
    SM_BLOCK_ITEM,    /* of a list; level = nesting of lists */
    SM_BLOCK_CELL,    /* of a table */
    SM_BLOCK_PRE,     /* white space is kept */
    SM_BLOCK_QUOTE
} sm_block_kind;

typedef struct sm_block {
    sm_span text;       /* lines end with LF, the last one without */
    uint32_t owner;     /* the deepest element that holds all of it */
    uint32_t row, cell; /* elements of the table it is in; 0: none */
    uint8_t kind;       /* sm_block_kind */
    uint8_t level;
    bool selected;
    bool is_sentence;
    uint32_t width, link_width, bold_width, code_width;
    uint32_t links;              /* pieces of link text */
    uint32_t images;             /* since the block before */
    uint32_t words;              /* letters and digits of any script */
    uint32_t kana;               /* hiragana and katakana */
    uint32_t full_stops, commas; /* 。．！？.!? at the end of something · 、，, */
} sm_block;

typedef struct sm_page {
    const sm_element *elements;
    size_t n_elements;
    const sm_block *blocks;
    size_t n_blocks;
    sm_span title;     /* of <title>, white space collapsed; may be empty */
    sm_span lang;      /* of <html lang>, as the page spells it; may be empty */
    double confidence; /* of the last selection, 0…1 */
    bool fell_back;    /* the last selection found no content and took all text */
    uint64_t too_deep; /* elements beyond SM_CONTENT_DEPTH */
} sm_page;

typedef enum sm_content_mode {
    SM_MODE_MAIN, /* the content */
    SM_MODE_FULL  /* all text that is shown */
} sm_content_mode;

typedef struct sm_content sm_content;

SM_API sm_content *sm_content_new(void) SM_MUST_USE;
SM_API void sm_content_free(sm_content *c);
/* sm_content_parse reads a page of valid UTF-8. Every page is one: it cannot fail. */
SM_API const sm_page *sm_content_parse(sm_content *c, sm_span html);
/* sm_content_select marks the blocks of a mode. A page with text gets at least one: where no content is
 * found, all shown text is taken (fell_back), and where nothing is shown, the hidden text. */
SM_API void sm_content_select(sm_content *c, sm_content_mode mode);
/* sm_content_write appends the marked blocks as text: paragraphs and headings set apart by a blank
 * line, items of a list and rows of a table one a line, cells by a tab. */
SM_API void sm_content_write(const sm_content *c, sm_buffer *out);

#ifdef __cplusplus
}
#endif
#endif
