/* seimai/pdf.h - text of PDF files: words with places from poppler, reading order of our own.
 * SPDX-License-Identifier: MIT
 *
 * A PDF says where glyphs stand, not what they mean. poppler's `pdftotext -bbox-layout`, in a process of its own (it
 * is GPL, and hostile files crash it), gives words with their boxes; what follows is ours:
 *
 *     bytes ─► pdftotext ─► words ─► lines ─► columns, reading order ─► running heads off ─► paragraphs ─► HTML
 *              limits                         (recursive cuts)          (repeated on pages)
 *
 * Lines: words on one baseline; in vertical Japanese, one under the other, columns from right to left. Order: a page is cut
 * at the widest white band, across or down, again and again (Nagy and Seth's XY-cut, 1984); a cut across text needs
 * a gap that is wider than lines stand apart. Running heads and page numbers: lines at the edge of the page that come
 * again on other pages, digits aside, or that are the page's number. Paragraphs: by indent, by gaps, by
 * lines that end early. Joining: a hyphen at a line's end before a small letter goes; Japanese lines join without a blank.
 * Headings: short lines in larger type than the body, or numbered. Footnotes: small type below a page's text, put behind it.
 *
 * Limits: seconds of CPU and of the wall, memory of the process, bytes of its output; past one it is killed.
 * Tables, in horizontal writing: lines that share white bands down the page. Where rows begin is what costs least (dynamic
 * programming over the lines of cells: do cells stand in line, does one go on?); a grid that reads better as columns of
 * text is none. The lines drawn around cells are not seen.
 * Rejected: encrypted files, and such without text (scans). Not read: mathematics, /ActualText.
 * Threads: functions are pure, but for the process that sm_pdf_words starts. */
#ifndef SEIMAI_PDF_H
#define SEIMAI_PDF_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_pdf_limits {
    unsigned seconds;    /* of CPU; three times as many of the wall */
    size_t memory;       /* bytes of address space of the process */
    size_t output_bytes; /* of its markup */
} sm_pdf_limits;

/* 60 s, 2 GiB, 512 MiB. */
SM_API extern const sm_pdf_limits sm_pdf_default_limits;

/* sm_pdf_words runs pdftotext over a file in memory and appends its markup (XHTML with pages, blocks, lines, words).
 * SM_ENOENT: there is no pdftotext, or it lacks the tables of a font (names the package); SM_ENOSUP: encrypted;
 * SM_EFORMAT: damaged, as it says; SM_ELIMIT: a limit was reached; SM_EIO: no process could be started. */
SM_API int sm_pdf_words(sm_span pdf, const sm_pdf_limits *limits, sm_buffer *markup,
                        sm_error *err) SM_MUST_USE;

/* What was met; the counts add up over files. */
typedef struct sm_pdf_counts {
    uint64_t pages, empty_pages;
    uint64_t words;
    uint64_t running;   /* lines left out: running heads, page numbers */
    uint64_t footnotes; /* lines */
    uint64_t vertical;  /* pages */
} sm_pdf_counts;

/* What a file says about itself. Spans live in the arena; empty: unknown. */
typedef struct sm_pdf {
    sm_span title, author;
    sm_span date; /* of creation, ISO 8601 */
} sm_pdf;

/* sm_pdf_layout turns that markup into HTML: h1…h3, p and table. Any bytes are markup: what is not understood is passed
 * over. Past out's maximum its overflow is set; 4 times the markup + 1 KiB are enough. Time: n log n in the words of
 * a page. */
SM_API void sm_pdf_layout(sm_span markup, sm_arena *arena, sm_pdf *pdf, sm_buffer *out,
                          sm_pdf_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
