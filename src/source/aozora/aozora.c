/* The parts of a work of Aozora Bunko, and its lines: see seimai/aozora.h.
 * SPDX-License-Identifier: MIT */
#include "aozora_internal.h"

/* ---- lines ------------------------------------------------------------------------------------------- */

/* Takes the next line, without its end; CR LF, LF and CR end one. */
static bool next_line(sm_span *text, sm_span *line)
{
    size_t n = 0;
    if (!text->n) return false;
    while (n < text->n && text->p[n] != '\n' && text->p[n] != '\r')
        n++;
    *line = (sm_span){text->p, n};
    const bool crlf = n + 1 < text->n && text->p[n] == '\r' && text->p[n + 1] == '\n';
    *text = sm_span_from(*text, n == text->n ? n : n + 1 + crlf);
    return true;
}

static sm_span trim(sm_span s)
{
    const sm_span wide = SM_SPAN("　");
    for (;;) {
        if (s.n && strchr(" \t\r\n", *s.p) && *s.p)
            s = sm_span_from(s, 1);
        else if (sm_span_starts(s, wide))
            s = sm_span_from(s, wide.n);
        else if (s.n && strchr(" \t\r\n", s.p[s.n - 1]) && s.p[s.n - 1])
            s.n--;
        else if (sm_span_ends(s, wide))
            s.n -= wide.n;
        else
            return s;
    }
}

/* ---- header, legend, footer -------------------------------------------------------------------------- */

enum { HEADER_LINES = 8, LEGEND_WITHIN = 10, RULE_BYTES = 20, TITLE_BYTES = 600 };

static bool ends_with_one_of(sm_span s, const char *const words[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sm_span_ends(s, sm_span_of(words[i]))) return true;
    return false;
}

static bool is_translator(sm_span line)
{
    static const char *const words[] = {"訳",   "訳者", "翻訳", "編",
                                        "編訳", "校訂", "校注", "編纂"};
    return ends_with_one_of(line, words, sizeof words / sizeof *words);
}

/* Title, further lines of the title, author, translators. */
static void name_lines(sm_aozora *work, const sm_span lines[], size_t n)
{
    size_t author = n - 1;
    work->title = lines[0];
    while (author > 1 && is_translator(lines[author]))
        author--;
    if (author == 0) return;
    work->author = lines[author];
    if (author + 1 < n) work->translator = lines[author + 1];
    if (author > 1)
        work->subtitle = (sm_span){
            lines[1].p, (size_t)(lines[author - 1].p + lines[author - 1].n - lines[1].p)};
}

/* The lines before the first blank one, if they are few and short. */
static void read_header(sm_aozora *work, sm_span *text)
{
    sm_span lines[HEADER_LINES], rest = *text, line;
    size_t n = 0;
    while (next_line(&rest, &line)) {
        line = trim(line);
        if (!line.n && n == 0) continue;
        if (!line.n) break;
        if (n == HEADER_LINES || line.n > TITLE_BYTES) return;
        lines[n++] = line;
    }
    if (n == 0 || !rest.n) return;
    name_lines(work, lines, n);
    *text = rest;
}

static bool is_rule(sm_span line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == '-')
        n++;
    return n >= RULE_BYTES && n == line.n;
}

/* The legend of marks, between two lines of hyphens. */
static void skip_legend(sm_span *text)
{
    sm_span rest = *text, line;
    bool inside = false;
    for (int i = 0; (inside || i < LEGEND_WITHIN) && next_line(&rest, &line); i++) {
        if (!is_rule(trim(line))) continue;
        if (inside) {
            *text = rest;
            return;
        }
        inside = sm_span_starts(trim(rest), SM_SPAN("【テキスト中に現れる記号"));
        if (!inside) return;
    }
}

static bool begins_footer(sm_span line)
{
    static const char *const words[] = {"底本：", "底本:", "入力：", "青空文庫作成ファイル"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sm_span_starts(line, sm_span_of(words[i]))) return true;
    return false;
}

static bool is_edition(sm_span line)
{
    return sm_span_starts(line, SM_SPAN("底本：")) || sm_span_starts(line, SM_SPAN("底本:"));
}

/* The last line that begins with 底本：, else one of its like near the end. */
static void cut_footer(sm_aozora *work, sm_span text)
{
    enum { NEAR = 3000 }; /* bytes */
    sm_span rest = text, line;
    const char *footer = NULL;
    while (next_line(&rest, &line)) {
        const size_t left = (size_t)(text.p + text.n - line.p);
        const bool other = !footer && left < NEAR && begins_footer(line);
        if (!is_edition(line) && !other) continue;
        footer = line.p;
        if (is_edition(line))
            work->edition = trim(sm_span_from(line, line.p[6] == ':' ? 7 : 9));
    }
    const size_t n = footer ? (size_t)(footer - text.p) : text.n;
    work->body = (sm_span){text.p, n};
    work->footer = sm_span_from(text, n);
}

void sm_aozora_parts(sm_span text, sm_aozora *work)
{
    *work = (sm_aozora){0};
    if (!text.n) return;
    if (sm_span_starts(text, SM_SPAN("\xEF\xBB\xBF"))) text = sm_span_from(text, 3);
    read_header(work, &text);
    skip_legend(&text);
    cut_footer(work, text);
}

/* ---- HTML -------------------------------------------------------------------------------------------- */

/* Lines stay lines; a blank one parts paragraphs. */
typedef struct html_state {
    const sm_aozora_options *options;
    sm_aozora_counts *counts;
    sm_buffer *out, line;
    bool paragraph;
    int block; /* level of a heading of several lines; 0: none */
} html_state;

static void end_paragraph(html_state *h)
{
    if (h->paragraph) sm_buffer_puts(h->out, "</p>\n");
    h->paragraph = false;
}

static void put_heading(html_state *h, int level)
{
    end_paragraph(h);
    sm_buffer_printf(h->out, "<h%d>", level);
    sm_buffer_put(h->out, trim(sm_buffer_span(&h->line)));
    sm_buffer_printf(h->out, "</h%d>\n", level);
}

static void put_line(html_state *h)
{
    sm_buffer_puts(h->out, h->paragraph ? "<br>\n" : "<p>");
    sm_buffer_put(h->out, sm_buffer_span(&h->line));
    h->paragraph = true;
}

static void one_line(html_state *h, sm_span text)
{
    aozora_line l = {.p = text.p,
                     .end = text.p + text.n,
                     .out = &h->line,
                     .options = h->options,
                     .counts = h->counts,
                     .bar = SIZE_MAX};
    sm_buffer_clear(&h->line);
    aozora_inline(&l);
    if (h->line.overflow) h->out->overflow = true;
    if (l.block_start) h->block = l.block_start;
    const int level = l.heading ? l.heading : h->block;
    const bool blank = trim(sm_buffer_span(&h->line)).n == 0;
    if (blank || l.page_break) end_paragraph(h);
    if (!blank && level)
        put_heading(h, level);
    else if (!blank)
        put_line(h);
    if (l.block_end) h->block = 0;
}

void sm_aozora_html(sm_span text, const sm_aozora_options *options, sm_buffer *out,
                    sm_aozora_counts *counts)
{
    html_state h = {
        .options = options, .counts = counts, .out = out, .line = sm_buffer_make(out->max)};
    sm_span line;
    while (next_line(&text, &line) && !out->overflow)
        one_line(&h, line);
    end_paragraph(&h);
    sm_buffer_free(&h.line);
}

sm_span sm_aozora_plain(sm_span text, sm_arena *arena)
{
    static const sm_aozora_options options = {0};
    sm_aozora_counts counts = {0};
    sm_buffer out = sm_buffer_make(16 * text.n + 64);
    sm_span line;
    while (next_line(&text, &line)) {
        aozora_line l = {.p = line.p,
                         .end = line.p + line.n,
                         .out = &out,
                         .options = &options,
                         .counts = &counts,
                         .plain = true,
                         .bar = SIZE_MAX};
        if (out.n) sm_buffer_putc(&out, ' ');
        aozora_inline(&l);
    }
    const sm_span plain = sm_arena_copy(arena, trim(sm_buffer_span(&out)));
    sm_buffer_free(&out);
    return plain;
}
