/* Lines of wikitext to HTML: headings, lists, tables, paragraphs. See wikitext_internal.h.
 * SPDX-License-Identifier: MIT */
#include <strings.h>

#include "wikitext_internal.h"

enum { LIST_DEPTH = 16, TABLE_DEPTH = 16, LEVELS = 6 };

typedef struct heading {
    int level;
    sm_span text;
} heading;

typedef struct lines {
    const sm_wikitext_options *options;
    sm_buffer *out;
    sm_wikitext_counts *counts;
    char list[LIST_DEPTH]; /* the marks of the item that is open */
    size_t n_list;
    bool paragraph, pre;
    heading waiting[LEVELS]; /* headings without text so far, outer ones first */
    size_t n_waiting;
    int dropped; /* level of the section that is left out; 0: none */
    struct {
        bool row, cell;
    } tables[TABLE_DEPTH];
    size_t n_tables;
} lines;

static void put(lines *l, const char *html)
{
    sm_buffer_puts(l->out, html);
}

static void put_text(lines *l, sm_span text)
{
    wikitext_inline(text, l->options->emphasis, l->out);
}

/* ---- headings ---------------------------------------------------------------------------------------- */

/* Sections that hold references and links, not text. */
static bool is_reference_section(sm_span title)
{
    static const char *const names[] = {
        "脚注",     "注釈",       "注",         "註",         "註釈",           "注記",
        "出典",     "脚注・出典", "注釈・出典", "出典・脚注", "脚注と出典",     "参考文献",
        "参考資料", "参考書籍",   "関連書籍",   "関連文献",   "引用文献",       "文献",
        "関連項目", "関連記事",   "関連作品",   "外部リンク", "外部サイト",     "関連リンク",
        "参照",     "参照文献",   "References", "Notes",      "External links", "See also"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sm_span_equal(title, sm_span_of(names[i]))) return true;
    return false;
}

/* `== title ==`: as many marks as both sides have. */
static bool is_heading(sm_span line, heading *h)
{
    sm_span s = line.n && *line.p == '=' ? wiki_trim(line) : (sm_span){0};
    h->level = 0;
    while (h->level < LEVELS && s.n > 2 && *s.p == '=' && s.p[s.n - 1] == '=') {
        s = (sm_span){s.p + 1, s.n - 2};
        h->level++;
    }
    h->text = wiki_trim(s);
    return h->level > 0;
}

static void put_waiting(lines *l)
{
    for (size_t i = 0; i < l->n_waiting; i++) {
        const heading *h = &l->waiting[i];
        sm_buffer_printf(l->out, "<h%d>", h->level);
        put_text(l, h->text);
        sm_buffer_printf(l->out, "</h%d>\n", h->level);
    }
    l->n_waiting = 0;
}

/* A heading waits for text: where none comes before the next of its rank, it is left out. */
static void wait_for_text(lines *l, const heading *h)
{
    while (l->n_waiting && l->waiting[l->n_waiting - 1].level >= h->level)
        l->n_waiting--;
    l->waiting[l->n_waiting++] = *h;
}

/* ---- paragraphs and lists ---------------------------------------------------------------------------- */

static void end_paragraph(lines *l)
{
    if (l->pre) put(l, "</pre>\n");
    if (l->paragraph) put(l, "</p>\n");
    l->pre = l->paragraph = false;
}

static void open_list(lines *l, char mark)
{
    static const struct {
        char mark;
        const char *html;
    } marks[] = {{'*', "<ul><li>"}, {'#', "<ol><li>"}, {':', "<dl><dd>"}, {';', "<dl><dt>"}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (marks[i].mark == mark) put(l, marks[i].html);
    l->list[l->n_list++] = mark;
}

static const char *item_end(char mark)
{
    return mark == ':' ? "</dd>" : mark == ';' ? "</dt>" : "</li>";
}

static void close_list(lines *l)
{
    const char mark = l->list[--l->n_list];
    put(l, item_end(mark));
    put(l, mark == '*' ? "</ul>\n" : mark == '#' ? "</ol>\n" : "</dl>\n");
}

static void end_lists(lines *l)
{
    while (l->n_list)
        close_list(l);
}

static void end_all(lines *l)
{
    end_paragraph(l);
    end_lists(l);
}

/* The next item of the list that is open. */
static void next_item(lines *l, char mark)
{
    put(l, item_end(l->list[l->n_list - 1]));
    put(l, mark == ':' ? "\n<dd>" : mark == ';' ? "\n<dt>" : "\n<li>");
    l->list[l->n_list - 1] = mark;
}

static bool same_list(char a, char b)
{
    return a == b || (a == ':' && b == ';') || (a == ';' && b == ':');
}

/* `; term : text` on one line: where the text begins. */
static size_t definition(sm_span text)
{
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (text.p[i] == '<' || text.p[i] == '&') return 0;
        if (text.p[i] == ':' && text.p[i + 1] != '/') return i;
    }
    return 0;
}

static void list_line(lines *l, sm_span line)
{
    size_t n = 0, same = 0;
    while (n < line.n && n < LIST_DEPTH && line.p[n] && strchr("*#:;", line.p[n]))
        n++;
    while (same < n && same < l->n_list && same_list(l->list[same], line.p[same]))
        same++;
    end_paragraph(l);
    while (l->n_list > same)
        close_list(l);
    if (same == n) next_item(l, line.p[n - 1]);
    while (l->n_list < n)
        open_list(l, line.p[l->n_list]);

    const sm_span text = wiki_trim(sm_span_from(line, n));
    const size_t at = line.p[n - 1] == ';' ? definition(text) : 0;
    put_text(l, at ? (sm_span){text.p, at} : text);
    if (!at) return;
    next_item(l, ':');
    put_text(l, wiki_trim(sm_span_from(text, at + 1)));
}

/* Does the line begin with a tag that ends a paragraph? */
static bool is_block_tag(sm_span line)
{
    static const char *const names[] = {
        "blockquote", "caption", "center", "dd", "div", "dl",    "dt", "h1", "h2",
        "h3",         "h4",      "h5",     "h6", "hr",  "li",    "ol", "p",  "pre",
        "table",      "tbody",   "tfoot",  "td", "th",  "thead", "tr", "ul"};
    if (!line.n || *line.p != '<') return false;
    const size_t skip = line.n > 1 && line.p[1] == '/' ? 2 : 1;
    const sm_span s = sm_span_from(line, skip);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t n = strlen(names[i]);
        if (s.n > n && strncasecmp(s.p, names[i], n) == 0 && strchr(" >/\t", s.p[n]))
            return true;
    }
    return false;
}

static void text_line(lines *l, sm_span line)
{
    end_lists(l);
    if (l->pre || is_block_tag(line)) end_paragraph(l);
    if (!l->paragraph && !is_block_tag(line)) {
        put(l, "<p>");
        l->paragraph = true;
    }
    put_text(l, line);
    put(l, "\n");
}

/* A line that begins with a blank keeps its white space. */
static void pre_line(lines *l, sm_span line)
{
    end_lists(l);
    if (!l->pre) {
        end_paragraph(l);
        put(l, "<pre>");
        l->pre = true;
    }
    put_text(l, sm_span_from(line, 1));
    put(l, "\n");
}

/* ---- tables ------------------------------------------------------------------------------------------ */

static bool in_cell(const lines *l)
{
    return l->n_tables && l->tables[l->n_tables - 1].cell;
}

static void end_row(lines *l)
{
    end_all(l);
    if (l->tables[l->n_tables - 1].cell) put(l, "</td>");
    if (l->tables[l->n_tables - 1].row) put(l, "</tr>\n");
    l->tables[l->n_tables - 1].row = l->tables[l->n_tables - 1].cell = false;
}

static void end_table(lines *l)
{
    end_row(l);
    put(l, "</table>\n");
    l->n_tables--;
}

static void open_table(lines *l)
{
    end_all(l);
    l->counts->tables++;
    if (l->n_tables == TABLE_DEPTH) {
        l->counts->unbalanced++;
        return;
    }
    put(l, "<table>\n");
    l->tables[l->n_tables].row = l->tables[l->n_tables].cell = false;
    l->n_tables++;
}

/* `attributes | text`: the text. */
static sm_span cell_text(sm_span cell)
{
    const char *bar = cell.n ? memchr(cell.p, '|', cell.n) : NULL;
    return wiki_trim(bar ? sm_span_from(cell, (size_t)(bar + 1 - cell.p)) : cell);
}

static void put_cell(lines *l, sm_span cell)
{
    if (!l->tables[l->n_tables - 1].row) put(l, "<tr>");
    if (in_cell(l)) put(l, "</td>");
    put(l, "<td>");
    l->tables[l->n_tables - 1].row = l->tables[l->n_tables - 1].cell = true;
    put_text(l, cell_text(cell));
}

/* Cells beside each other: `a || b`, in a line of heads also `a !! b`. */
static void put_cells(lines *l, sm_span line, bool heads)
{
    end_all(l);
    size_t from = 0;
    for (size_t i = 0; i + 1 < line.n; i++) {
        const bool bars = line.p[i] == '|' && line.p[i + 1] == '|';
        const bool bangs = heads && line.p[i] == '!' && line.p[i + 1] == '!';
        if (!bars && !bangs) continue;
        put_cell(l, (sm_span){line.p + from, i - from});
        from = i++ + 2;
    }
    put_cell(l, sm_span_from(line, from));
}

/* Within a cell, a line is a line. */
static void cell_line(lines *l, sm_span line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] && strchr("*#:; ", line.p[n]))
        n++;
    const sm_span text = wiki_trim(sm_span_from(line, n));
    if (!text.n) return;
    put(l, "<br>");
    put_text(l, text);
}

static void caption(lines *l, sm_span text)
{
    end_row(l);
    put(l, "<caption>");
    put_text(l, cell_text(text));
    put(l, "</caption>\n");
}

/* A line of a table that is open, or of one whose beginning is lost; false if it is none. */
static bool table_line(lines *l, sm_span line)
{
    const bool open = l->n_tables > 0;
    const bool bar = *line.p == '|';
    const char next = line.n > 1 ? line.p[1] : '\0';
    if (!bar && (*line.p != '!' || !open)) return false;
    if (bar && next == '}') {
        if (open) end_table(l);
        const sm_span behind = wiki_trim(sm_span_from(line, 2));
        if (behind.n) text_line(l, behind);
    } else if (bar && next == '-') {
        if (open) end_row(l);
    } else if (!open) {
        const sm_span text = wiki_trim(sm_span_from(line, 1));
        if (text.n) text_line(l, text);
    } else if (bar && next == '+') {
        caption(l, sm_span_from(line, 2));
    } else {
        put_cells(l, sm_span_from(line, 1), !bar);
    }
    return true;
}

/* `{|`, also behind blanks and indents. */
static bool begins_table(sm_span line)
{
    while (line.n && strchr(": \t", *line.p) && *line.p)
        line = sm_span_from(line, 1);
    return sm_span_starts(line, SM_SPAN("{|"));
}

/* ---- lines ------------------------------------------------------------------------------------------- */

static void heading_line(lines *l, const heading *h)
{
    end_all(l);
    l->counts->unbalanced += l->n_tables;
    while (l->n_tables)
        end_table(l);
    if (l->dropped && h->level > l->dropped) return;
    l->dropped = 0;
    if (l->options->drop_references && is_reference_section(h->text))
        l->dropped = h->level;
    else
        wait_for_text(l, h);
}

static void full_line(lines *l, sm_span line, sm_span text)
{
    put_waiting(l);
    if (begins_table(line)) {
        open_table(l);
    } else if (table_line(l, text)) {
        return;
    } else if (in_cell(l)) {
        cell_line(l, line);
    } else if (strchr("*#:;", *line.p)) {
        list_line(l, line);
    } else if (*line.p == ' ') {
        pre_line(l, line);
    } else if (sm_span_starts(line, SM_SPAN("----"))) {
        end_all(l);
        put(l, "<hr>\n");
    } else {
        text_line(l, line);
    }
}

static void one_line(lines *l, sm_span line)
{
    while (line.n && *line.p == WIKI_GONE)
        line = sm_span_from(line, 1);
    const sm_span text = wiki_trim(line);
    heading h;
    if (is_heading(line, &h))
        heading_line(l, &h);
    else if (l->dropped)
        return;
    else if (text.n)
        full_line(l, line, text);
    else if (!in_cell(l))
        end_all(l);
}

void wikitext_lines(sm_span text, const sm_wikitext_options *options, sm_buffer *out,
                    sm_wikitext_counts *counts)
{
    lines l = {.options = options, .out = out, .counts = counts};
    while (text.n && !out->overflow) {
        const char *lf = memchr(text.p, '\n', text.n);
        const size_t n = lf ? (size_t)(lf - text.p) : text.n;
        one_line(&l, (sm_span){text.p, n});
        text = sm_span_from(text, lf ? n + 1 : n);
    }
    end_all(&l);
    while (l.n_tables)
        end_table(&l);
}

void sm_wikitext_html(sm_span wikitext, sm_span title, const sm_wikitext_options *options,
                      sm_buffer *out, sm_wikitext_counts *counts)
{
    sm_buffer expanded = sm_buffer_make(8 * wikitext.n + 1024);
    wikitext_expand(wikitext, title, &expanded, counts);
    wikitext_lines(sm_buffer_span(&expanded), options, out, counts);
    sm_buffer_free(&expanded);
}
