/* seimai/aozora.h - texts of Aozora Bunko: ruby, notes, gaiji, header and footer.
 * SPDX-License-Identifier: MIT
 *
 * Sources: Aozora Bunko's manuals of input and annotation (注記一覧, 組版案内), JIS X 0213:2004 for gaiji.
 *
 * A work is a header of title and author, often a legend of marks between two lines of hyphens, the text, and a footer
 * that begins with 底本：. sm_aozora_html takes these apart and gives the text as a small plain page of HTML, ruby as
 * <ruby>base<rt>reading</rt></ruby>, headings as <h2>…<h4>; the HTML reader makes text or Markdown of it.
 *
 *     ｜base《reading》       the base is what stands between; without ｜ it is the run of one class before 《
 *     ※［＃「説明」、第3水準1-85-57］   gaiji: a plane-row-cell of JIS X 0213 (also 1-2-22 alone), or U+4E00
 *     ［＃…］               any other note: indents, emphasis, kunten, what the print had: read for structure, and dropped
 *     〔fari`a〕            Latin letters with accents, in codes of two or three characters
 *     ／＼  ／″＼            the long iteration marks 〱 and 〲
 *
 * Nouns
 *   note     ［＃…］, nested up to SM_AOZORA_DEPTH
 *   gaiji    a character that the charset of the file lacks
 *   edition  底本: what was printed, as the footer tells it
 *
 * Marks that a work prints itself: 《》 without a base stay, as do ｜ without 《》 and ※ without a note. Every text is a
 * work: there are no errors, only counts. Time is linear. Threads: pure functions. */
#ifndef SEIMAI_AOZORA_H
#define SEIMAI_AOZORA_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SM_AOZORA_DEPTH = 8 };

/* What becomes of gaiji without a code: only a page and line of the print, or a description. */
typedef enum sm_gaiji {
    SM_GAIJI_GETA,       /* 〓, the printers' mark */
    SM_GAIJI_DESCRIPTION /* the description, in ［］: ［「口＋堯」］ */
} sm_gaiji;

typedef struct sm_aozora_options {
    sm_gaiji gaiji;
    bool emphasis; /* 傍点, 太字 as <em>, <b>, for Markdown */
} sm_aozora_options;

/* What was met; the counts add up over works. */
typedef struct sm_aozora_counts {
    uint64_t ruby;
    uint64_t notes;         /* dropped */
    uint64_t gaiji;         /* all; of them … */
    uint64_t gaiji_unknown; /* … without a code */
} sm_aozora_counts;

/* A work's parts. Spans of the text that was given; empty where there is none. */
typedef struct sm_aozora {
    sm_span title;    /* the first line */
    sm_span subtitle; /* further lines of the title, joined by LF */
    sm_span author;   /* the last line of the header, but for translators */
    sm_span translator;
    sm_span body;    /* without header, legend and footer */
    sm_span edition; /* what follows 底本：, on its line */
    sm_span footer;  /* 底本： to the end */
} sm_aozora;

/* sm_aozora_parts finds header, body and footer of a work: UTF-8; any line ends. */
SM_API void sm_aozora_parts(sm_span text, sm_aozora *work);

/* sm_aozora_html appends a text (a work's body, a title) as HTML. Past out's maximum its overflow is set; 16
 * times the text + 1 KiB are enough. */
SM_API void sm_aozora_html(sm_span text, const sm_aozora_options *options, sm_buffer *out,
                           sm_aozora_counts *counts);
/* sm_aozora_plain gives a title or name without ruby and notes, on one line, in the arena. */
SM_API sm_span sm_aozora_plain(sm_span text, sm_arena *arena);

/* sm_jisx0213 gives the characters of a plane (1, 2), row and cell (1…94) of JIS X 0213:2004: the UTF-8 in utf8[0…*n),
 * one or two code points. false where the standard has no character. */
SM_API bool sm_jisx0213(unsigned plane, unsigned row, unsigned cell, char utf8[8], size_t *n);

#ifdef __cplusplus
}
#endif
#endif
