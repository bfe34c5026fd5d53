/* What the steps from wikitext to HTML share: see seimai/wikitext.h.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_WIKITEXT_INTERNAL_H
#define SEIMAI_WIKITEXT_INTERNAL_H

#include <seimai/wikitext.h>

#include <string.h>

/* Where something was left out. Wikitext holds no control characters: the first step drops them. */
enum { WIKI_GONE = '\1' };

/* wikitext_expand writes wikitext without comments, guarded text, references, templates and links: what stays of it are
 * lines, quotes, tables and HTML's tags. A `<` or `&` that is left begins a tag or a reference. */
void wikitext_expand(sm_span wikitext, sm_span title, sm_buffer *out,
                     sm_wikitext_counts *counts);
/* wikitext_lines turns those lines into HTML. */
void wikitext_lines(sm_span lines, const sm_wikitext_options *options, sm_buffer *out,
                    sm_wikitext_counts *counts);
/* wikitext_inline does so within one line. */
void wikitext_inline(sm_span text, bool emphasis, sm_buffer *out);

/* ---- templates ----------------------------------------------------------------------------------- */

/* What a template leaves. */
typedef enum template_rule {
    TEMPLATE_GONE,
    TEMPLATE_FIRST,  /* its first argument */
    TEMPLATE_SECOND, /* … */
    TEMPLATE_THIRD,
    TEMPLATE_LABEL, /* label=, else its first argument */
    TEMPLATE_PAIR,  /* the first and the second: 5 km */
    TEMPLATE_LAST,  /* the last without a name */
    TEMPLATE_RUBY,  /* the first, with the second as its reading */
    TEMPLATE_QUOTE, /* text= or the first, as a quotation */
    TEMPLATE_TEXT,  /* `text` */
    TEMPLATE_AFTER, /* `text` and the first: 英語: … */
    TEMPLATE_TITLE  /* the title of the page */
} template_rule;

typedef struct template_policy {
    const char *name; /* lower case, blanks for underscores */
    const char *text;
    template_rule rule;
} template_policy;

/* template_find looks a name up as a page spells it, `lang-XX` and parser functions among them. For a parser function
 * (lc:…) *skip is the length of what precedes its first argument, else 0. NULL: unknown, which leaves nothing. */
const template_policy *template_find(sm_span name, size_t *skip);

/* ---- tags ---------------------------------------------------------------------------------------- */

/* What becomes of an element of wikitext. */
typedef enum tag_rule {
    TAG_TEXT,   /* no tag: `<` is a character */
    TAG_PASS,   /* HTML's */
    TAG_POEM,   /* its tags go, its lines stay lines */
    TAG_UNWRAP, /* the tags go, what they hold stays */
    TAG_DROP,   /* all of it goes */
    TAG_REF,    /* a reference: likewise, and counted */
    TAG_NOWIKI, /* guarded */
    TAG_PRE,
    TAG_CODE, /* guarded, `&` too */
    TAG_MATH
} tag_rule;

enum { WIKITEXT_TAGS = 88 }; /* more than there are */

/* tag_find reads the name at `s` (behind `<` or `</`): its rule, and in *number a number of its own. */
tag_rule tag_find(sm_span s, size_t *number, size_t *length);

/* ---- links --------------------------------------------------------------------------------------- */

typedef enum link_kind { LINK_PAGE, LINK_FILE, LINK_GONE } link_kind;
/* link_kind_of judges a target by its namespace: files; categories and other languages. */
link_kind link_kind_of(sm_span target);

/* ---- spans --------------------------------------------------------------------------------------- */

static inline bool wiki_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == WIKI_GONE;
}

static inline sm_span wiki_trim(sm_span s)
{
    while (s.n && wiki_blank(*s.p))
        s = (sm_span){s.p + 1, s.n - 1};
    while (s.n && wiki_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

#endif
