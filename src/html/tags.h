/* The elements that the content room treats in a way of their own.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_TAGS_H
#define SEIMAI_HTML_TAGS_H

#include <seimai/base.h>

#include <string.h>

/* What is special about a tag, one bit each. */
enum {
    TAG_INLINE = 1 << 0,   /* does not end a block */
    TAG_VOID = 1 << 1,     /* has no content and no end tag */
    TAG_SKIP = 1 << 2,     /* its content is not text of the page */
    TAG_CLOSES_P = 1 << 3, /* its start tag ends an open <p> */
    TAG_SCOPE = 1 << 4,    /* end tags inside do not reach outside */
    TAG_BOLD = 1 << 5,
    TAG_CODE = 1 << 6,
    TAG_VERBATIM = 1 << 7, /* white space is kept */
    TAG_BREAKOUT = 1 << 8, /* its start tag leaves SVG and MathML */
    /* Groups, for implied end tags. */
    TAG_P = 1 << 9,
    TAG_ITEM = 1 << 10,
    TAG_LIST = 1 << 11,
    TAG_TERM = 1 << 12, /* dt, dd */
    TAG_DL = 1 << 13,
    TAG_TABLE = 1 << 14,
    TAG_ROWS = 1 << 15, /* tbody … and caption, colgroup */
    TAG_ROW = 1 << 16,
    TAG_CELL = 1 << 17,
    TAG_OPTION = 1 << 18,
    TAG_SELECT = 1 << 19,
    TAG_RUBY = 1 << 20,
    TAG_RT = 1 << 21, /* rt, rp, rtc, rb */
    TAG_HEADING = 1 << 22,
    TAG_FOREIGN = 1 << 23, /* svg, math */
    TAG_LINK = 1 << 24,
    TAG_QUOTE = 1 << 25,
    TAG_TEMPLATE = 1 << 27,
    TAG_FIELD = 1 << 28, /* input, select, textarea */
    TAG_ITALIC = 1 << 29,
    TAG_IGNORED = 1 << 26 /* html, head, body: their tags open and close nothing */
};

typedef struct sm_tag {
    const char *name;
    uint32_t flags;
    uint32_t traits; /* of content.h */
} sm_tag;

/* Sorted by name; its number is a tag's place here, and entry 0 stands for every tag that is not in it. */
extern const sm_tag sm_tags[];
extern const size_t sm_n_tags;

/* A name as a number: its first eight bytes and its length. No two names of the table share one. */
static inline uint64_t sm_tag_key(const char *name, size_t n)
{
    uint64_t key = (uint64_t)n << 57;
    for (size_t i = 0; i < n && i < 8; i++)
        key ^= (uint64_t)(unsigned char)name[i] << (8 * i);
    return key;
}

/* sm_tag_of gives the number of a lower-case name; 0 for all that are not in the table (blocks). */
uint16_t sm_tag_of(sm_span name);

/* sm_tag_is tells whether a number is that of `name`, a literal. */
static inline bool sm_tag_is(uint16_t number, const char *name)
{
    const char *const own = sm_tags[number].name;
    return own[0] == name[0] && strcmp(own, name) == 0;
}

#endif
