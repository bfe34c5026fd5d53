/* Lines in reading order to paragraphs and headings: see pdf_internal.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/utf8.h>

#include <stdlib.h>

#include "pdf_internal.h"

typedef struct writer {
    const pdf_lines *lines;
    sm_buffer *out;
    double size;            /* of the body's type */
    double leading;         /* from line to line, in sizes */
    const pdf_line *before; /* the line that was written last */
    const char *close;      /* the tag that is open; NULL: none */
    size_t first_note,
        n_notes; /* footnotes that wait for the paragraph's end: indices of lines */
} writer;

/* ---- the body --------------------------------------------------------------------------------------- */

/* The size of most of the text: the median over lines, each as often as it is long. */
static double body_size(const pdf_lines *lines)
{
    enum { SAMPLE = 20000 };
    double *sizes = sm_malloc(SAMPLE * sizeof *sizes);
    size_t n = 0;
    const size_t step = lines->n / 4000 + 1;
    for (size_t i = 0; i < lines->n; i += step) {
        const size_t weight = lines->of[i].text.n / 20 + (lines->of[i].text.n > 8);
        for (size_t k = 0; k < weight && k < 5 && n < SAMPLE; k++)
            if (!lines->of[i].running) sizes[n++] = lines->of[i].size;
    }
    const double size = pdf_median(sizes, n);
    sm_free(sizes);
    return size > 0 ? size : 10;
}

static bool same_column(const pdf_line *a, const pdf_line *b)
{
    const double shared = (a->box.x1 < b->box.x1 ? a->box.x1 : b->box.x1) -
                          (a->box.x0 > b->box.x0 ? a->box.x0 : b->box.x0);
    return a->page == b->page && b->box.y0 > a->box.y0 && shared > 0;
}

/* From line to line within regions, in sizes of type. */
static double usual_leading(const pdf_lines *lines)
{
    double *values = sm_malloc((lines->n + 1) * sizeof *values);
    size_t n = 0;
    for (size_t i = 1; i < lines->n; i++) {
        const pdf_line *a = &lines->of[i - 1], *b = &lines->of[i];
        const double away = b->size > 0 ? (b->box.y0 - a->box.y0) / b->size : 0;
        if (same_column(a, b) && away > 0.5 && away < 4) values[n++] = away;
    }
    const double leading = pdf_median(values, n);
    sm_free(values);
    return leading > 0 ? leading : 1.5;
}

/* ---- footnotes -------------------------------------------------------------------------------------- */

static bool begins_note(sm_span text)
{
    const uint32_t c = pdf_first(text);
    return (c >= '0' && c <= '9') || c == '*' || c == 0x2020 || c == 0x2021 || c == 0x203B ||
           c == 0xFF0A || (c >= 0x2460 && c <= 0x2473);
}

/* Small type at the end of a page or column, from a line on that begins with a mark. */
static void mark_notes(pdf_lines *lines, size_t from, size_t to, double size)
{
    size_t at = to, first = to;
    while (at > from && !lines->of[at - 1].table &&
           (lines->of[at - 1].running || lines->of[at - 1].footnote ||
            lines->of[at - 1].size < 0.9 * size)) {
        at--;
        if (!lines->of[at].running && begins_note(lines->of[at].text)) first = at;
    }
    if (at == from) return; /* a page in small type */
    for (size_t i = first; i < to; i++)
        lines->of[i].footnote = !lines->of[i].running;
}

static bool same_group(const pdf_line *a, const pdf_line *b, bool column)
{
    return a->page == b->page && (!column || a->column == b->column);
}

/* First at the ends of pages, then of their columns. */
static void mark_all_notes(pdf_lines *lines, double size)
{
    for (int column = 0; column < 2; column++) {
        size_t from = 0;
        for (size_t i = 1; i <= lines->n; i++) {
            if (i < lines->n && same_group(&lines->of[i], &lines->of[from], column)) continue;
            mark_notes(lines, from, i, size);
            from = i;
        }
    }
}

/* ---- breaks ----------------------------------------------------------------------------------------- */

static bool begins_item(sm_span text)
{
    static const uint32_t bullets[] = {0x2022, 0x25CF, 0x25CB, 0x25A0, 0x25A1, 0x25C6, 0x25C7,
                                       0x30FB, 0x2013, 0x2212, 0x25AA, 0x25B6, 0x2713, 0x203B};
    const uint32_t c = pdf_first(text);
    for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++)
        if (bullets[i] == c) return true;
    return false;
}

/* What a heading is in: much larger type than the body; 0 for the body's. */
static int heading_level(const writer *w, const pdf_line *line)
{
    const double ratio = line->size / w->size;
    return ratio > 1.8 ? 1 : ratio > 1.35 ? 2 : ratio > 1.15 ? 3 : 0;
}

static bool other_size(const pdf_line *a, const pdf_line *b)
{
    const double ratio = a->size > 0 ? b->size / a->size : 1;
    return ratio > 1.15 || ratio < 0.87;
}

/* Does a paragraph begin with `b`, where `a` stands above it? */
static bool breaks_below(const writer *w, const pdf_line *a, const pdf_line *b)
{
    const double em = b->size, pitch = b->box.y0 - a->box.y0;
    if (pitch > (w->leading + 0.3) * (a->size > em ? a->size : em)) return true;
    if (b->box.x0 > a->box.x0 + 0.7 * em && b->box.x0 > b->left + 0.5 * em &&
        a->box.x0 < a->left + 0.5 * em)
        return true;
    const bool early = a->box.x1 < a->right - 2.5 * em;
    if (pdf_is_small(pdf_first(b->text))) return false;
    return early && (pdf_ends_sentence(pdf_last(a->text)) ||
                     a->box.x1 < a->right - 0.35 * (a->right - a->left));
}

/* … where it goes on in the next column or on the next page? */
static bool breaks_beyond(const pdf_line *a, const pdf_line *b)
{
    const bool indented = b->box.x0 > b->left + 0.7 * b->size;
    const bool early = a->box.x1 < a->right - 2.5 * a->size;
    if (pdf_is_small(pdf_first(b->text))) return indented;
    return indented || early || pdf_ends_sentence(pdf_last(a->text));
}

static bool breaks(const writer *w, const pdf_line *b)
{
    const pdf_line *a = w->before;
    if (!a || a->table || b->table || a->leader || b->leader || other_size(a, b) ||
        begins_item(b->text))
        return true;
    return same_column(a, b) ? breaks_below(w, a, b) : breaks_beyond(a, b);
}

/* ---- writing ---------------------------------------------------------------------------------------- */

/* A hyphen that only divides a word at the line's end: letters stand on both sides. */
static bool is_division(sm_span a, sm_span b)
{
    const uint32_t mark = pdf_last(a);
    if (mark == 0xAD || mark == 0x2010) return true;
    if (mark != '-' || a.n < 2 || !pdf_is_small(pdf_first(b))) return false;
    return pdf_is_small(pdf_last((sm_span){a.p, a.n - 1}));
}

static void take_back_last(sm_buffer *out)
{
    while (out->n && ((unsigned char)out->p[out->n - 1] & 0xC0) == 0x80)
        out->n--;
    if (out->n) out->n--;
}

/* Between two lines of a paragraph: the HTML reader knows where a line's end is a blank. */
static void join(writer *w, const pdf_line *b)
{
    if (is_division(w->before->text, b->text))
        take_back_last(w->out);
    else
        sm_buffer_putc(w->out, '\n');
}

static void end_block(writer *w)
{
    if (w->close) sm_buffer_puts(w->out, w->close);
    w->close = NULL;
}

static void begin_block(writer *w, const pdf_line *line)
{
    static const char *const open[] = {"<p>", "<h1>", "<h2>", "<h3>"};
    static const char *const close[] = {"</p>\n", "</h1>\n", "</h2>\n", "</h3>\n"};
    const int level = line->footnote ? 0 : heading_level(w, line);
    end_block(w);
    sm_buffer_puts(w->out, open[level]);
    w->close = close[level];
}

/* A line of a table: of the cell that is open, or of a later one. */
static void put_cell_line(writer *w, const pdf_line *line)
{
    const pdf_line *a = w->before;
    const bool inside = a && a->table == line->table && a->page == line->page;
    uint32_t cell = inside && a->row == line->row ? a->cell + 1 : 0;
    if (inside && a->row == line->row && a->cell == line->cell) {
        join(w, line);
    } else {
        if (!inside) end_block(w);
        sm_buffer_puts(w->out, !inside ? "<table><tr>" : cell ? "</td>" : "</td></tr>\n<tr>");
        for (; cell < line->cell; cell++)
            sm_buffer_puts(w->out, "<td></td>");
        sm_buffer_puts(w->out, "<td>");
        w->close = "</td></tr></table>\n";
    }
    sm_buffer_put(w->out, line->text);
    w->before = line;
}

static void put_line(writer *w, const pdf_line *line)
{
    if (line->table) {
        put_cell_line(w, line);
        return;
    }
    if (w->close && !breaks(w, line))
        join(w, line);
    else
        begin_block(w, line);
    sm_buffer_put(w->out, line->text);
    w->before = line;
}

/* The notes that waited, each a paragraph. */
static void put_notes(writer *w)
{
    const pdf_line *const body = w->before;
    end_block(w);
    for (size_t i = 0; i < w->n_notes; i++) {
        const pdf_line *line = &w->lines->of[w->first_note + i];
        if (!line->footnote) continue;
        if (begins_note(line->text)) end_block(w);
        put_line(w, line);
    }
    end_block(w);
    w->n_notes = 0;
    w->before = body;
}

static void keep_note(writer *w, size_t i)
{
    if (!w->n_notes) w->first_note = i;
    w->n_notes = i + 1 - w->first_note;
}

void pdf_write(pdf_lines *lines, sm_buffer *out, sm_pdf_counts *counts)
{
    writer w = {.lines = lines, .out = out, .size = body_size(lines)};
    w.leading = usual_leading(lines);
    mark_all_notes(lines, w.size);
    for (size_t i = 0; i < lines->n && !out->overflow; i++) {
        const pdf_line *line = &lines->of[i];
        counts->running += line->running;
        counts->footnotes += line->footnote;
        if (line->running) continue;
        if (line->footnote) {
            keep_note(&w, i);
            continue;
        }
        if (w.n_notes && breaks(&w, line)) put_notes(&w);
        put_line(&w, line);
    }
    put_notes(&w);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static sm_span valid_utf8(sm_span markup, sm_buffer *copy)
{
    uint64_t bad = 0;
    if (sm_utf8_check(markup) == markup.n) return markup;
    sm_utf8_repair(markup, copy, &bad);
    return sm_buffer_span(copy);
}

void sm_pdf_layout(sm_span markup, sm_arena *arena, sm_pdf *pdf, sm_buffer *out,
                   sm_pdf_counts *counts)
{
    sm_buffer copy = sm_buffer_make(3 * markup.n + 1);
    sm_span rest = valid_utf8(markup, &copy);
    pdf_page page = {0};
    pdf_lines lines = {0};
    uint32_t pages = 0;
    pdf_read_head(rest, arena, pdf);
    while (pdf_next_page(&rest, arena, &page)) {
        counts->words += page.n;
        counts->empty_pages += page.n == 0;
        counts->vertical += page.n && page.vertical;
        pdf_order(&page, pages++, arena, &lines);
    }
    counts->pages += pages;
    pdf_mark_running(&lines, pages);
    pdf_write(&lines, out, counts);
    /* The head's spans may be of the copy. */
    pdf->date = sm_arena_copy(arena, pdf->date);
    sm_free(page.words);
    sm_free(lines.of);
    sm_buffer_free(&copy);
}
