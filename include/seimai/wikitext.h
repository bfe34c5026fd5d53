/* seimai/wikitext.h - pages of a MediaWiki dump, and wikitext to HTML.
 * SPDX-License-Identifier: MIT
 *
 * Sources: MediaWiki's export format 0.10 and 0.11 (XML), and its documentation of wikitext (Help:Formatting, Help:Links,
 * Help:Tables, Help:Templates, Help:Lists; the order of its preprocessor, then tables, quotes, links, lists).
 *
 * A dump is cut into pages by its reader (seimai/source.h). Here a page becomes what it says about itself
 * (sm_wiki_page_read), and its wikitext a small plain page of HTML (sm_wikitext_html), which the HTML reader turns into
 * text or Markdown. Templates are known by a table of names: no database stands behind a dump's page.
 *
 *     comments ─► guarded text ─► refs ─► templates, links, from inside out ─► lines: headings, lists, tables, text
 *
 * What stays: text, labels of links, headings, lists, tables, quotations, code, TeX of <math> between dollars, and
 * the arguments of templates that show them (lang, 仮リンク, ruby, 要出典範囲 … : src/source/wiki/wikitext_templates.c).
 * What goes: other templates, references, files with their captions, categories, links to other languages, galleries,
 * charts, magic words, headings under which nothing stands, and brackets that are empty because of all this: （、）.
 *
 * Nouns
 *   guarded     text whose marks mean nothing: in nowiki, pre, math, syntaxhighlight
 *   frame       a template, link or parameter that is open
 *   unbalanced  a {{ or [[ that nothing closes before the next heading, or a stray }}: what it held stays, but for
 *               lines that look like arguments
 *
 * Every byte string is wikitext: there are no errors, only counts. Time is linear: a frame is opened and closed
 * once, and at most SM_WIKITEXT_DEPTH of them are open (deeper marks are dropped and count as unbalanced).
 * Threads: pure functions. */
#ifndef SEIMAI_WIKITEXT_H
#define SEIMAI_WIKITEXT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a page of a dump ------------------------------------------------------------------------- */

/* Empty spans are unknown. They are parts of the page's XML, or live in the arena. */
typedef struct sm_wiki_page {
    sm_span title;     /* with its namespace, if it has one */
    sm_span ns;        /* its number; "0": articles */
    sm_span id;        /* of the page: stable over dumps */
    sm_span revision;  /* number of the newest revision in the dump */
    sm_span timestamp; /* of that, ISO 8601 */
    sm_span model;     /* "wikitext", else the text is code or data */
    sm_span text;      /* the revision's text, entities of XML undone */
    bool redirect;     /* it has an element <redirect>, or its text begins as one does */
} sm_wiki_page;

/* sm_wiki_page_read reads one element <page>. 0, or SM_EFORMAT with what is wrong: no title, no text, an end
 * tag that is missing. Of several revisions the last counts. Entities that XML does not know stay. */
SM_API int sm_wiki_page_read(sm_span xml, sm_arena *arena, sm_wiki_page *page,
                             sm_error *err) SM_MUST_USE;

/* sm_wiki_url makes a page's address from the site's <base> (the address of its main page) and the title: all up to the
 * base's last slash, and the title with blanks as underscores, percent-encoded. Empty for an empty base. */
SM_API sm_span sm_wiki_url(sm_span base, sm_span title, sm_arena *arena);

/* ---- wikitext ----------------------------------------------------------------------------------- */

enum { SM_WIKITEXT_DEPTH = 64 };

typedef struct sm_wikitext_options {
    bool emphasis; /* keep '' and ''' as <i> and <b>, for Markdown */
    bool drop_references; /* drop the sections 脚注, 出典, 参考文献, 関連項目, 外部リンク … */
} sm_wikitext_options;

/* What was met; the counts add up over calls. */
typedef struct sm_wikitext_counts {
    uint64_t templates;
    uint64_t kept; /* templates that have left text */
    uint64_t references;
    uint64_t tables;
    uint64_t files;
    uint64_t galleries; /* and charts, maps: elements without text */
    uint64_t unbalanced;
} sm_wikitext_counts;

/* sm_wikitext_html appends wikitext (valid UTF-8, or whatever: bytes are passed through) as HTML, `title` is what
 * {{PAGENAME}} gives. The result is not longer than 8 times the wikitext + 1 KiB (sm_buffer's maximum is
 * the caller's matter: past it, out->overflow is set). */
SM_API void sm_wikitext_html(sm_span wikitext, sm_span title,
                             const sm_wikitext_options *options, sm_buffer *out,
                             sm_wikitext_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
