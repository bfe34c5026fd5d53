/* Pages: the frame, text, facts, tables and samples.
 * SPDX-License-Identifier: MIT */
#include "page_internal.h"

#include <seimai/report.h>

#include <string.h>

/* ---- escaping ------------------------------------------------------------------------------ */

/* What stands for a byte in HTML; NULL: itself. */
static const char *escape_of(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\t':
    case '\n': return NULL;
    default: return c < 0x20 || c == 0x7F ? "\xEF\xBF\xBD" : NULL;
    }
}

void sm_page_escape(sm_buffer *out, sm_span text)
{
    size_t plain = 0; /* where the bytes that need nothing begin */
    for (size_t i = 0; i < text.n; i++) {
        const char *escape = escape_of((unsigned char)text.p[i]);
        if (!escape) continue;
        sm_buffer_put(out, (sm_span){text.p + plain, i - plain});
        sm_buffer_puts(out, escape);
        plain = i + 1;
    }
    if (plain < text.n) sm_buffer_put(out, (sm_span){text.p + plain, text.n - plain});
}

static void put_text(sm_page *page, const char *text)
{
    if (text) sm_page_escape(page->out, sm_span_of(text));
}

/* <tag …>text</name>; nothing for NULL. */
static void put_element(sm_page *page, const char *name, const char *attributes,
                        const char *text)
{
    if (!text) return;
    sm_buffer_printf(page->out, "<%s%s>", name, attributes);
    put_text(page, text);
    sm_buffer_printf(page->out, "</%s>\n", name);
}

/* ---- the frame ----------------------------------------------------------------------------- */

void page_head(sm_buffer *out, const char *language, const char *title, const char *subtitle,
               const char *const more[])
{
    sm_page page = {.out = out};
    sm_buffer_printf(out,
                     "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                     "<meta name=\"viewport\" content=\"width=device-width\"/>\n",
                     language);
    put_element(&page, "title", "", title);
    sm_buffer_puts(out, "<style>\n");
    for (size_t i = 0; page_style[i]; i++)
        sm_buffer_puts(out, page_style[i]);
    for (size_t i = 0; more && more[i]; i++)
        sm_buffer_puts(out, more[i]);
    sm_buffer_puts(out, "</style>\n</head>\n<body>\n<header>\n");
    put_element(&page, "h1", "", title);
    put_element(&page, "p", "", subtitle);
    sm_buffer_puts(out, "</header>\n<main>\n");
}

sm_page sm_page_open(sm_buffer *out, const char *title, const char *subtitle)
{
    page_head(out, "en", title, subtitle, NULL);
    return (sm_page){.out = out};
}

void page_figure(sm_page *page, bool half)
{
    if (half && !page->in_halves) sm_buffer_puts(page->out, "<div class=\"halves\">\n");
    if (!half && page->in_halves) sm_buffer_puts(page->out, "</div>\n");
    page->in_halves = half;
}

static void end_section(sm_page *page)
{
    page_figure(page, false);
    if (page->in_section) sm_buffer_puts(page->out, "</section>\n");
    page->in_section = false;
}

int sm_page_close(sm_page *page, sm_error *err)
{
    end_section(page);
    sm_buffer_puts(page->out, "</main>\n<footer>seimai</footer>\n</body>\n</html>\n");
    if (page->out->overflow)
        SM_FAIL(err, SM_ELIMIT, "the page is larger than %zu MiB", page->out->max >> 20);
    return SM_OK;
}

void sm_page_section(sm_page *page, const char *heading)
{
    end_section(page);
    sm_buffer_puts(page->out, "<section>\n");
    page->in_section = true;
    put_element(page, "h2", "", heading);
}

void sm_page_paragraph(sm_page *page, const char *text)
{
    page_figure(page, false);
    put_element(page, "p", "", text);
}

void sm_page_warning(sm_page *page, const char *text)
{
    page_figure(page, false);
    put_element(page, "p", " class=\"warning\"", text);
}

/* ---- facts, tables, samples ---------------------------------------------------------------- */

void sm_page_facts(sm_page *page, const sm_fact *facts, size_t n)
{
    enum { ROW_MAX = 6 };
    if (n == 0) return;
    page_figure(page, false);
    sm_buffer_printf(page->out, "<dl class=\"facts\" style=\"--n:%zu\">\n",
                     n <= ROW_MAX ? n : (n + 1) / 2);
    for (size_t i = 0; i < n; i++) {
        sm_buffer_puts(page->out, "<div>");
        put_element(page, "dt", "", facts[i].name);
        put_element(page, "dd", "", facts[i].value);
        put_element(page, "dd", "", facts[i].note);
        sm_buffer_puts(page->out, "</div>\n");
    }
    sm_buffer_puts(page->out, "</dl>\n");
}

static void put_row(sm_page *page, const sm_table *t, const char *name,
                    const char *const *cells)
{
    sm_buffer_puts(page->out, "<tr>");
    for (size_t c = 0; t->align[c]; c++) {
        const char *wraps = t->align[c] == 'l' ? " class=\"l\"" : " class=\"w\"";
        sm_buffer_printf(page->out, "<%s%s>", name, t->align[c] == 'r' ? "" : wraps);
        put_text(page, cells[c]);
        sm_buffer_printf(page->out, "</%s>", name);
    }
    sm_buffer_puts(page->out, "</tr>\n");
}

void sm_page_table(sm_page *page, const sm_table *t)
{
    const size_t columns = strlen(t->align);
    page_figure(page, t->half);
    sm_buffer_puts(page->out, "<figure>\n");
    put_element(page, "h3", "", t->title);
    sm_buffer_puts(page->out, "<div class=\"scroll\"><table>\n");
    if (t->heads) {
        sm_buffer_puts(page->out, "<thead>");
        put_row(page, t, "th", t->heads);
        sm_buffer_puts(page->out, "</thead>\n");
    }
    sm_buffer_puts(page->out, "<tbody>\n");
    for (size_t r = 0; r < t->rows; r++) {
        put_row(page, t, "td", t->cells + r * columns);
    }
    sm_buffer_puts(page->out, "</tbody>\n</table></div>\n</figure>\n");
}

void sm_page_sample(sm_page *page, sm_span prompt, sm_span text)
{
    page_figure(page, false);
    sm_buffer_puts(page->out, "<blockquote lang=\"ja\"><strong>");
    sm_page_escape(page->out, prompt);
    sm_buffer_puts(page->out, "</strong>");
    sm_page_escape(page->out, text);
    sm_buffer_puts(page->out, "</blockquote>\n");
}
