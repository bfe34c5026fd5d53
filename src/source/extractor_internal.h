/* What the files of the extractor share, and what a map of one kind of source calls.
 * SPDX-License-Identifier: MIT
 *
 * A map turns one record into documents: it finds the text (extractor_render for HTML, a converter of its own
 * for other markup), notes in page.about what the source says, and emits. */
#ifndef SEIMAI_EXTRACTOR_INTERNAL_H
#define SEIMAI_EXTRACTOR_INTERNAL_H

#include <seimai/json.h>

#include "container_internal.h"

struct sm_extractor {
    sm_extract_options options;
    sm_extract_counts counts;
    sm_content *content;
    sm_buffer utf8, text, json;
};

/* A page on its way: what is known of it, from outside in. What the source says beats what the page says. */
typedef struct page {
    const sm_record *record;
    const page_source *source;
    sm_span name;   /* the document's id; the record's unless a map sets it */
    sm_span type;   /* media type, as declared */
    sm_span body;   /* bytes */
    sm_about about; /* metadata */
    sm_charset_choice charset;
    sm_span translator, edition; /* of a work: what was printed */
    sm_span revision;            /* of a wiki's page: its number */
    bool decoded;                /* from bytes: not a string of a JSON document */
    const sm_page *parsed;       /* HTML: its blocks */
    sm_content_mode wanted;      /* the options', unless a map knows better */
    const char *mode; /* "main", "precise", "full"; "text" where there was nothing to choose */
    double confidence;
} page;

typedef int map_function(sm_extractor *x, page *p, sm_emit *emit, sm_error *err);

/* ---- extractor.c ---------------------------------------------------------------------------- */

/* extractor_decode gives p->body as UTF-8, valid until the next page and as long as the body, and counts. */
sm_span extractor_decode(sm_extractor *x, page *p, bool html);
/* extractor_render gives the text of a page of UTF-8, HTML or plain, as the options want it, and fills what it
 * says about itself into p. Empty where it has none. It lives in x->text or the arena until the next page. */
int extractor_render(sm_extractor *x, page *p, sm_span utf8, bool html, sm_arena *arena,
                     sm_span *text, sm_error *err);
/* extractor_unify writes a text in one form, if the options want that. */
int extractor_unify(const sm_extractor *x, sm_span *text, sm_arena *arena, sm_error *err);
/* extractor_emit ends a map: the document with its metadata, or a drop where the text is empty. */
int extractor_emit(sm_extractor *x, page *p, sm_span text, sm_emit *emit);
/* extractor_why_empty gives the rule that drops a page without text, and its value and threshold. */
const char *extractor_why_empty(const page *p, double *value, double *threshold);

/* ---- extractor_metadata.c --------------------------------------------------------------------- */

/* extractor_metadata writes `metadata` into x->json. */
sm_span extractor_metadata(sm_extractor *x, const page *p);
/* The same into a document, which keeps those of the keys that it has already. */
void extractor_add_metadata(sm_extractor *x, const page *p, sm_doc *doc);
/* The rights that the headers of a response reserve (X-Robots-Tag, TDM-Reservation). */
uint32_t extractor_rights_of_http(sm_span head);

/* ---- extractor_blocks.c ----------------------------------------------------------------------- */

/* extractor_put_blocks appends the page's blocks as a JSON array. */
void extractor_put_blocks(const sm_content *content, const sm_page *parsed, sm_buffer *json);

/* ---- markup_map.c --------------------------------------------------------------------------- */

/* extractor_render_all is extractor_render for HTML that a converter made: all of it is content. */
int extractor_render_all(sm_extractor *x, page *p, sm_span html, sm_arena *arena, sm_span *text,
                         sm_error *err);
/* extractor_emit_markup renders the HTML that a converter made of a record, and ends the map. */
int extractor_emit_markup(sm_extractor *x, page *p, const sm_buffer *html, sm_emit *emit,
                          sm_error *err);
/* What converters count: adding it up, and the members of --stats. */
void extractor_add_markup(sm_extract_counts *total, const sm_extract_counts *part);
void extractor_report_markup(const sm_extract_counts *counts, sm_buffer *json);

/* ---- maps ------------------------------------------------------------------------------------- */

map_function extractor_map_pdf;      /* pdf_map.c: a PDF file */
map_function extractor_map_aozora;   /* aozora_map.c: a work of Aozora Bunko */
map_function extractor_map_wiki;     /* wiki_map.c: a page of a MediaWiki dump */
map_function extractor_map_document; /* extractor_json.c: a line of JSON */
map_function extractor_map_epub;     /* epub_map.c: a book */

#endif
