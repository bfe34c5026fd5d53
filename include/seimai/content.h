/* seimai/content.h - a page as blocks of text, which of them are its content, and what it says about itself.
 * SPDX-License-Identifier: MIT
 *
 * One pass over the tokens gives two arrays: elements (parents before children) and blocks in document order.
 * A block is the text between two block tags, <hr> or double <br>. Selecting marks blocks; writing joins
 * the marked ones. So one parse serves several modes, and everything that a decision rests on can be seen.
 *
 *     sm_content *c = sm_content_new();
 *     sm_content_configure(c, &(sm_content_options){.format = SM_CONTENT_MARKDOWN});
 *     const sm_page *page = sm_content_parse(c, utf8);
 *     sm_content_select(c, SM_MODE_MAIN);
 *     sm_content_set_url(c, url);
 *     sm_content_write(c, &text);
 *     sm_content_about(c, &arena, &about);
 *
 * Text is what a browser would show: references undone, white space collapsed, <pre> as it stands, one line
 * feed for <br>. Japanese rules: readings of ruby (rt, rp, rtc) are left out or put in parentheses; a line end
 * between two wide characters is nothing, not a blank (CSS Text 4); U+3000 at the beginning of a line is an
 * indent and goes.
 *
 * Nouns
 *   width     length of text: a wide (CJK) character counts 2, another 1, white space 0
 *   sentence  a block that reads as prose: long enough, few links, with the punctuation of sentences
 *   trait     what an element's tag, role, class or id says about it; children inherit it
 *   fact      what the page's head and JSON-LD say about the page as a whole, one bit each
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
    SM_TRAIT_MAIN = 1 << 15,
    SM_TRAIT_AUTHOR = 1 << 16, /* names of authors */
    SM_TRAIT_DATE = 1 << 17
};

/* Facts about a page, one bit each. Types of JSON-LD are those of its `@type` at any depth. */
enum {
    SM_PAGE_OG_ARTICLE = 1 << 0, /* og:type */
    SM_PAGE_OG_PRODUCT = 1 << 1,
    SM_PAGE_OG_WEBSITE = 1 << 2,
    SM_PAGE_PUBLISHED = 1 << 3,       /* article:published_time */
    SM_PAGE_LD_ARTICLE = 1 << 4,      /* …Article, …BlogPosting, …NewsArticle */
    SM_PAGE_LD_PRODUCT = 1 << 5,      /* Product itself */
    SM_PAGE_LD_LIST = 1 << 6,         /* ItemList, CollectionPage */
    SM_PAGE_LD_FAQ = 1 << 7,          /* FAQPage */
    SM_PAGE_LD_FORUM = 1 << 8,        /* Discussion…, QAPage */
    SM_PAGE_LD_ORGANIZATION = 1 << 9, /* …Organization */
    SM_PAGE_LD_WEBPAGE = 1 << 10,     /* …WebPage */
    SM_PAGE_FORUM_SOFTWARE = 1 << 11, /* <meta name=generator>: Discourse, phpBB … */
    SM_PAGE_DOC_SOFTWARE = 1 << 12,   /* Sphinx, MkDocs, Docusaurus … */
    SM_PAGE_BLOG_SOFTWARE = 1 << 13,  /* WordPress */
    SM_PAGE_SHOP_SOFTWARE = 1 << 14   /* WooCommerce, Shopify … */
};

/* What its owner allows, one bit each: <meta name=robots> and headers, see sm_rights_of_robots. */
enum {
    SM_RIGHT_NOINDEX = 1 << 0,
    SM_RIGHT_NOARCHIVE = 1 << 1,
    SM_RIGHT_NOAI = 1 << 2,
    SM_RIGHT_NOIMAGEAI = 1 << 3,
    SM_RIGHT_TDM_RESERVED = 1 << 4, /* TDM Reservation Protocol: tdm-reservation 1 */
    SM_RIGHTS = 5                   /* how many */
};

typedef struct sm_element {
    uint32_t parent;                 /* an earlier element; the root, 0, is its own */
    uint32_t first_block, end_block; /* blocks of the subtree: [first, end) */
    uint32_t traits;                 /* its own and its ancestors' */
    uint16_t depth;
    uint16_t tag;          /* the room's own number of the tag */
    sm_span css_class, id; /* as the page spells them */
    uint32_t value;        /* li: its number · td, th: columns | rows << 16 */
    bool is_layout;        /* table: its cells hold tables, headings, code or quotations */
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
    uint8_t reason; /* sm_content_reason of the last selection */
    bool selected;
    bool is_sentence;
    bool after_rule; /* <hr> stands before it */
    float score;     /* of the last selection: how probably it is content, 0…1 */
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
    sm_span title;        /* of <title>, white space collapsed; may be empty */
    sm_span lang;         /* of <html lang>, as the page spells it; may be empty */
    uint32_t facts;       /* SM_PAGE_… */
    uint32_t ld_products; /* how often JSON-LD says "Product" */
    uint64_t too_deep;    /* elements beyond SM_CONTENT_DEPTH */
    /* Of the last selection. */
    double confidence; /* 0…1 */
    const char *type;  /* "article", "forum" …; NULL without a model */
    bool fell_back;    /* no content was found, and all text was taken */
    bool no_content;   /* the model is sure that there is none: no block is marked */
} sm_page;

typedef enum sm_content_mode {
    SM_MODE_MAIN,    /* the content */
    SM_MODE_PRECISE, /* the content, and what is doubtful is left out */
    SM_MODE_FULL     /* all text that is shown */
} sm_content_mode;

/* Why a block was taken or left out. */
typedef enum sm_content_reason {
    SM_REASON_SCORE,     /* its score is above the page's threshold, or is not */
    SM_REASON_ALL,       /* all shown text is taken */
    SM_REASON_HIDDEN,    /* it is not shown */
    SM_REASON_FURNITURE, /* a menu, a side bar, a form … */
    SM_REASON_OUTSIDE,   /* it stands outside of the element that holds the content */
    SM_REASON_REPEATED,  /* its text was taken already */
    SM_REASON_ISOLATED,  /* a doubtful one without neighbours that were taken */
    SM_REASON_LINKS,     /* a doubtful one that is mostly links */
    SM_REASONS
} sm_content_reason;

typedef enum sm_content_format { SM_CONTENT_TEXT, SM_CONTENT_MARKDOWN } sm_content_format;

/* What becomes of the readings of ruby. */
typedef enum sm_ruby {
    SM_RUBY_BASE, /* they are left out: 漢字 */
    SM_RUBY_PAREN /* they follow the base in full-width parentheses: 漢字（かんじ） */
} sm_ruby;

typedef struct sm_content_options {
    sm_content_format format;
    sm_ruby ruby;
    bool links; /* Markdown: [text](address) in place of the text alone */
} sm_content_options;

typedef struct sm_content sm_content;
typedef struct sm_content_model sm_content_model; /* seimai/content_model.h */

SM_API sm_content *sm_content_new(void) SM_MUST_USE;
SM_API void sm_content_free(sm_content *c);
/* sm_content_configure sets how pages are written from the next parse on. Without it: text, base, no links.
 * Neither blocks nor their measures depend on it. */
SM_API void sm_content_configure(sm_content *c, const sm_content_options *options);
/* sm_content_set_model makes later selections follow a model, which must outlive `c`; NULL: the rules. */
SM_API void sm_content_set_model(sm_content *c, const sm_content_model *model);
/* sm_content_parse reads a page of valid UTF-8. Every page is one: it cannot fail. */
SM_API const sm_page *sm_content_parse(sm_content *c, sm_span html);
/* sm_content_set_url tells where the page that was parsed comes from: relative addresses are resolved against it. */
SM_API void sm_content_set_url(sm_content *c, sm_span url);
/* sm_content_select marks the blocks of a mode. Where no content is found, all shown text is taken (fell_back), and
 * where nothing is shown, the hidden text; none is marked only where a model is sure (no_content). */
SM_API void sm_content_select(sm_content *c, sm_content_mode mode);
/* sm_content_write appends the marked blocks. As text: paragraphs and headings set apart by a blank line, items
 * of a list and rows of a table one a line, cells by a tab. As Markdown (CommonMark with GitHub's tables), what
 * a renderer shows is that text. */
SM_API void sm_content_write(const sm_content *c, sm_buffer *out);

/* Names for people: "text", "heading" …; "score", "hidden" …; "noindex", "noai" … (bit 0 …) */
SM_API const char *sm_block_kind_name(sm_block_kind kind);
SM_API const char *sm_content_reason_name(sm_content_reason reason);
SM_API const char *sm_right_name(unsigned bit);
/* sm_content_path appends a block's place: "div#main.entry>p", at most the 32 innermost elements. */
SM_API void sm_content_path(const sm_content *c, const sm_block *b, sm_buffer *out);

/* Features, the numbers that a model reads of a block: how many there are, the name of one ("link"), what it means,
 * and its value after a selection by a model; NaN where it does not apply, and for all without a model. */
SM_API size_t sm_content_n_features(void);
SM_API const char *sm_content_feature_name(size_t i);
SM_API const char *sm_content_feature_meaning(size_t i);
SM_API double sm_content_feature(const sm_content *c, const sm_block *b, size_t i);

/* ---- what a page says about itself -------------------------------------------------------- */

/* An empty span: not known. */
typedef struct sm_about {
    sm_span url;    /* canonical, absolute */
    sm_span title;  /* of the content, without the site's name */
    sm_span lang;   /* BCP 47 */
    sm_span date;   /* of publication: 2019, 2019-08, 2019-08-18 or 2019-08-18T09:00:00+09:00 */
    sm_span author; /* several ones separated by "; " */
    sm_span site;   /* name of the site */
    sm_span description; /* in the page's own words */
    sm_span license;     /* the address of a licence, or how the page puts it */
    uint32_t rights;     /* SM_RIGHT_… */
} sm_about;

/* sm_content_about gathers it from meta elements, JSON-LD, microdata, links and the text, the most reliable first.
 * Spans live in the arena or the page. */
SM_API void sm_content_about(const sm_content *c, sm_arena *arena, sm_about *about);
/* sm_rights_of_robots reads the directives of a robots meta element or an X-Robots-Tag header ("noindex, noai"),
 * a crawler's name before a colon among them. */
SM_API uint32_t sm_rights_of_robots(sm_span directives);
/* sm_date_find gives the first date in a text, normalised as in sm_about: ISO 8601 and its relatives (2019/08/18,
 * 2019.8.18), RFC 9110 (Sun, 18 Aug 2019), August 18, 2019, Japanese (2019年8月18日, 令和元年8月18日, R1.8.18), full-width digits
 * too. False where there is none that the calendar has, or its year is not in 1970…2099. */
SM_API bool sm_date_find(sm_span text, char date[32]);

#ifdef __cplusplus
}
#endif
#endif
