/* seimai/html.h - the HTML tokenizer: UTF-8 in, tags and text out, in one pass and without a tree.
 * SPDX-License-Identifier: MIT
 *
 * Source: WHATWG HTML, section 13.2.5 "Tokenization", with the preprocessing of 13.2.3.5 (CR and CRLF become
 * LF). Every byte string is HTML: the tokenizer has no errors, only a next token. It makes no tree, knows no
 * implied tags and copies nothing that the page already spells as it should be.
 *
 *     sm_html t;
 *     sm_html_init(&t, page);
 *     while (sm_html_next(&t, &token)) …
 *     sm_html_free(&t);
 *
 * Nouns
 *   token      a tag, a piece of text, a comment or a doctype; text may come in several pieces
 *   state      how text is read: `<title>` knows references but no tags, `<script>` neither …
 *   reference  `&amp;` or `&#12354;`
 *
 * Time is linear in the page; memory is one tag's. At most SM_HTML_ATTRIBUTES attributes of a tag are kept.
 * Ownership: the page must outlive the tokenizer; a token's spans are valid until the next call.
 * Threads: a tokenizer belongs to one thread at a time. */
#ifndef SEIMAI_HTML_H
#define SEIMAI_HTML_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_html_kind {
    SM_HTML_EOF, /* no more tokens */
    SM_HTML_TEXT,
    SM_HTML_START_TAG,
    SM_HTML_END_TAG,
    SM_HTML_COMMENT,
    SM_HTML_DOCTYPE
} sm_html_kind;

enum { SM_HTML_ATTRIBUTES = 256 };

typedef struct sm_html_attribute {
    sm_span name, value; /* as the page spells them: in any case, with references */
} sm_html_attribute;

typedef struct sm_html_token {
    sm_html_kind kind;
    sm_span text; /* the text, the tag's or doctype's name in lower case, or the comment */
    /* Start tags. Ask by sm_html_attribute_of; the array itself is raw, and a name may be there twice. */
    size_t n_attributes;
    uint64_t names;       /* a set of the names' sm_html_name_bit */
    struct sm_html *html; /* where the attributes are */
    bool self_closing;
    /* Doctypes. A missing identifier has p == NULL. */
    sm_span public_id, system_id;
    bool force_quirks;
} sm_html_token;

/* How the text up to the next tag is read. */
typedef enum sm_html_state {
    SM_HTML_DATA,
    SM_HTML_RCDATA,    /* references, and the end tag of the element that it is in */
    SM_HTML_RAWTEXT,   /* that end tag alone */
    SM_HTML_SCRIPT,    /* that end tag, but not within <!-- <script> --> */
    SM_HTML_PLAINTEXT, /* nothing ends it */
    SM_HTML_CDATA      /* up to ]]>, then data */
} sm_html_state;

typedef struct sm_html {
    /* For the caller to set between tokens. */
    sm_html_state state;
    bool foreign; /* in SVG or MathML: CDATA sections are text, and no tag changes the state */
    bool automatic; /* <title>, <script> … change the state by themselves (the default) */
    /* Account. */
    uint64_t dropped_attributes; /* beyond SM_HTML_ATTRIBUTES in a tag */
    /* Private. */
    const char *p, *end;
    char last_tag[16]; /* name of the last start tag, for the states that it ends */
    int escaped;       /* script: 0, 1 = within <!--, 2 = and within <script> there */
    int dashes;        /* script: how many stand right before p, up to 2 */
    char utf8[8];      /* the text of a reference */
    char name[32];     /* the name of a tag that the page does not spell in lower case */
    sm_arena scratch;  /* what else a token spells otherwise than the page */
    sm_html_attribute attributes[SM_HTML_ATTRIBUTES];
} sm_html;

/* sm_html_init starts at the beginning of a page of valid UTF-8 (a BOM is a character as any other). */
SM_API void sm_html_init(sm_html *t, sm_span page);
SM_API void sm_html_free(sm_html *t);
/* sm_html_next gives the next token; false at the end (token->kind is SM_HTML_EOF). */
SM_API bool sm_html_next(sm_html *t, sm_html_token *token);
/* sm_html_set_last_tag makes `name` the element whose end tag the present state waits for. */
SM_API void sm_html_set_last_tag(sm_html *t, sm_span name);

/* sm_html_attribute_at gives the i-th attribute, its name in lower case and its value with references undone; false
 * if the same name stands before it: then it does not count. */
SM_API bool sm_html_attribute_at(const sm_html_token *tag, size_t i, sm_span *name,
                                 sm_span *value);

/* sm_html_attribute_of gives the value, references undone, of the attribute of that lower-case name; false if the
 * tag has none. A value is looked at only here: most of a page's are never asked for, and for a literal name
 * that the tag has not the answer is one test of a bit. */
static inline bool sm_html_attribute_of(const sm_html_token *tag, const char *name,
                                        sm_span *value);

/* sm_html_reference reads the character reference at the `&` where `s` begins. Returns its length in bytes
 * and sets utf8[0…*n); 0 if it is an ampersand like any other. In attributes a name without `;` before `=`, a
 * letter or a digit is no reference. */
SM_API size_t sm_html_reference(sm_span s, bool in_attribute, char utf8[8], size_t *n);

/* ---- in line --------------------------------------------------------------------------------- */

/* sm_html_name_bit maps a name, by its first letter in any case and its length, to one of 64 bits. */
static inline uint64_t sm_html_name_bit(const char *name, size_t n)
{
    return (uint64_t)1 << (((unsigned)(name[0] | 0x20) + 7 * (unsigned)n) & 63);
}

/* sm_html_attribute_find is sm_html_attribute_of without the test. */
SM_API bool sm_html_attribute_find(const sm_html_token *tag, const char *name, size_t n,
                                   sm_span *value);

static inline bool sm_html_attribute_of(const sm_html_token *tag, const char *name,
                                        sm_span *value)
{
    const size_t n = __builtin_strlen(name);
    return tag->names & sm_html_name_bit(name, n) &&
           sm_html_attribute_find(tag, name, n, value);
}

#ifdef __cplusplus
}
#endif
#endif
