/* The text of a block as Markdown (CommonMark 0.31, section 6; GitHub's tables): see content_write.h.
 * SPDX-License-Identifier: MIT
 *
 * A character is escaped only where it would mean something. Emphasis is marked only where CommonMark's flanking
 * rules see it: `**「精米」**です` is no emphasis to any renderer, so there the text stays plain. Bold wins over
 * italic, and no emphasis stands within another or right beside one. */
#include <seimai/script.h>
#include <seimai/utf8.h>

#include <string.h>

#include "content_write.h"

/* A piece of the block in one style, from `from` up to the next one's. */
typedef struct segment {
    size_t from, to; /* in the page's text */
    uint32_t link, style;
} segment;

enum { SEGMENTS = 256 /* a block with more is set plain */ };

typedef struct inline_writer {
    const sm_content *c;
    sm_buffer *out;
    inline_place place;
    size_t start, end; /* of the block */
    segment segments[SEGMENTS];
    size_t n;
    /* How often a character stands in the block: a lone one marks nothing. */
    unsigned stars, underscores, backticks, tildes;
    bool has_link_like; /* ]( */
    bool has_emphasis;  /* marks of our own */
    sm_arena scratch;
} inline_writer;

/* ---- segments ----------------------------------------------------------------------------- */

static size_t run_at(const sm_content *c, size_t at)
{
    size_t low = 0, high = c->n_runs;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->runs[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a place does not show: headings are bold anyway, and a term is made bold as a whole. */
static uint32_t shown_style(inline_place place, uint32_t style)
{
    const bool plain = place == INLINE_HEADING || place == INLINE_TERM;
    if (style & STYLE_CODE) return STYLE_CODE | (plain ? 0 : style & STYLE_BOLD);
    if (plain) return 0;
    return style & STYLE_BOLD ? STYLE_BOLD : style;
}

static void add_segment(inline_writer *w, size_t from, size_t to, const style_run *run)
{
    const uint32_t style = run ? shown_style(w->place, run->style) : 0;
    const uint32_t link = run && w->c->options.links ? run->link : 0;
    segment *last = w->n ? &w->segments[w->n - 1] : NULL;
    if (last && last->style == style && last->link == link) {
        last->to = to;
        return;
    }
    w->segments[w->n++] = (segment){from, to, link, style};
}

static void split(inline_writer *w)
{
    const sm_content *c = w->c;
    size_t r = run_at(c, w->start);
    for (size_t at = w->start; at < w->end; r++) {
        const size_t next = r < c->n_runs && c->runs[r].at < w->end ? c->runs[r].at : w->end;
        if (w->n == SEGMENTS) {
            w->segments[0] = (segment){w->start, w->end, 0, 0};
            w->n = 1;
            return;
        }
        if (next > at) add_segment(w, at, next, r ? &c->runs[r - 1] : NULL);
        at = next;
    }
}

/* A blank at the end of a segment belongs to what comes next. */
static void trim_segments(inline_writer *w)
{
    for (size_t i = 0; i + 1 < w->n; i++) {
        segment *s = &w->segments[i];
        while (s->to > s->from && sm_is_space(w->c->text.p[s->to - 1]))
            s->to--;
        w->segments[i + 1].from = s->to;
    }
}

/* ---- flanking ----------------------------------------------------------------------------- */

typedef enum side { SIDE_SPACE, SIDE_PUNCTUATION, SIDE_SYMBOL, SIDE_LETTER } side;

/* Symbols (and what is no clear case) count as punctuation for newer renderers and as letters for older ones. */
static side side_of(uint32_t c)
{
    if (c == ' ' || c == '\n' || c == '\t') return SIDE_SPACE;
    if (c < 0x80)
        return sm_is_alpha((char)c) || sm_is_digit((char)c) ? SIDE_LETTER : SIDE_PUNCTUATION;
    switch (sm_script_of(c)) {
    case SM_PUNCT: return SIDE_PUNCTUATION;
    case SM_HIRAGANA:
    case SM_KATAKANA:
    case SM_HAN:
    case SM_HANGUL:
    case SM_LATIN:
    case SM_OTHER_LETTER:
    case SM_DIGIT: return SIDE_LETTER;
    case SM_SPACE: return SIDE_SPACE;
    case SM_JA_PUNCT:
    case SM_SYMBOL:
    case SM_OTHER:
    case SM_SCRIPTS:
    default: return SIDE_SYMBOL;
    }
}

static side side_before(const inline_writer *w, size_t at)
{
    const char *text = w->c->text.p;
    if (at == w->start) return SIDE_SPACE;
    size_t from = at - 1;
    while (from > w->start && ((unsigned char)text[from] & 0xC0) == 0x80)
        from--;
    const char *p = text + from;
    return side_of(sm_utf8_next(&p, text + at));
}

static side side_behind(const inline_writer *w, size_t at)
{
    if (at == w->end) return SIDE_SPACE;
    const char *p = w->c->text.p + at;
    return side_of(sm_utf8_next(&p, w->c->text.p + w->end));
}

/* Whether a mark between `outside` and `inside` opens or closes, whatever symbols count as. */
static bool flanks(side outside, side inside)
{
    if (inside == SIDE_SPACE) return false;
    return inside == SIDE_LETTER || outside == SIDE_SPACE || outside == SIDE_PUNCTUATION;
}

/* Whether emphasis may go around segments [i, j): the sides of its marks decide, code and links show theirs. */
static bool can_mark(const inline_writer *w, size_t i, size_t j, uint32_t style)
{
    const segment *first = &w->segments[i], *last = &w->segments[j - 1];
    const side inside_first =
        first->style & STYLE_CODE ? SIDE_PUNCTUATION : side_behind(w, first->from);
    const side inside_last =
        last->style & STYLE_CODE ? SIDE_PUNCTUATION : side_before(w, last->to);
    const uint32_t rival = style == STYLE_ITALIC ? STYLE_BOLD : 0;
    const bool beside =
        (i && w->segments[i - 1].to == first->from && w->segments[i - 1].style & rival) ||
        (j < w->n && last->to == w->segments[j].from && w->segments[j].style & rival);
    if (first->from == first->to || beside) return false;
    const bool links = first->link != 0;
    const side before = links ? SIDE_PUNCTUATION : side_before(w, first->from);
    const side behind = links ? SIDE_PUNCTUATION : side_behind(w, last->to);
    return flanks(before, inside_first) && flanks(behind, inside_last);
}

static void drop_emphasis(inline_writer *w, uint32_t style)
{
    for (size_t i = 0, j; i < w->n; i = j) {
        j = i + 1;
        if (!(w->segments[i].style & style)) continue;
        while (j < w->n && w->segments[j].style & style &&
               w->segments[j].link == w->segments[i].link)
            j++;
        const bool marked = can_mark(w, i, j, style);
        for (size_t k = i; k < j && !marked; k++)
            w->segments[k].style &= ~style;
    }
}

/* Neighbours that have become alike are one. */
static void join_segments(inline_writer *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const segment *s = &w->segments[i];
        segment *last = n ? &w->segments[n - 1] : NULL;
        if (last && last->style == s->style && last->link == s->link)
            last->to = s->to;
        else
            w->segments[n++] = *s;
    }
    w->n = n;
}

/* ---- escapes ------------------------------------------------------------------------------ */

static void count_marks(inline_writer *w)
{
    const char *text = w->c->text.p;
    for (size_t i = w->start; i < w->end; i++) {
        w->stars += text[i] == '*';
        w->underscores += text[i] == '_';
        w->backticks += text[i] == '`';
        w->tildes += text[i] == '~';
        w->has_link_like |= text[i] == ']' && i + 1 < w->end && text[i + 1] == '(';
    }
    w->has_emphasis = w->place == INLINE_TERM;
    for (size_t i = 0; i < w->n; i++) {
        w->has_emphasis |= (w->segments[i].style & (STYLE_BOLD | STYLE_ITALIC)) != 0;
        w->backticks += w->segments[i].style & STYLE_CODE ? 2 : 0;
        w->has_link_like |= w->segments[i].link != 0;
    }
    if (w->has_emphasis) w->stars += 2;
}

static bool is_entity(sm_span s)
{
    char utf8[8];
    size_t n;
    const bool numeric = s.n > 2 && s.p[1] == '#';
    const size_t length = sm_html_reference(s, false, utf8, &n);
    return length > 1 && (numeric || s.p[length - 1] == ';');
}

/* Whether the character at `at` would mean something to a renderer. The beginnings of lines come later. */
static bool is_special(const inline_writer *w, size_t at)
{
    const char *text = w->c->text.p;
    const char c = text[at], next = at + 1 < w->end ? text[at + 1] : '\n';
    const char before = at > w->start ? text[at - 1] : '\n';
    switch (c) {
    case '\\':
        return next == '\n' ||
               (next > ' ' && next < 0x7F && !sm_is_alpha(next) && !sm_is_digit(next));
    case '*':
        return w->stars > 1 && (w->has_emphasis || !(sm_is_space(before) && sm_is_space(next)));
    case '_': {
        const bool inside = sm_is_alpha(before) || sm_is_digit(before);
        return w->underscores > 1 && !(inside && (sm_is_alpha(next) || sm_is_digit(next)));
    }
    case '`': return w->backticks > 1;
    case '~': return w->tildes > 3;
    case '[':
    case ']': return w->has_link_like;
    case '<': return sm_is_alpha(next) || next == '/' || next == '!' || next == '?';
    case '&': return is_entity((sm_span){text + at, w->end - at});
    case '|': return w->place == INLINE_CELL;
    default: return false;
    }
}

static void put_escaped(inline_writer *w, size_t from, size_t to)
{
    static const char specials[] = "\\*_`~[]<&|";
    size_t done = from;
    for (size_t i = from; i < to; i++) {
        const char c = w->c->text.p[i];
        const bool before_mark = c == '\\' && i + 1 == to;
        if (c <= 0 || !strchr(specials, c) || !(before_mark || is_special(w, i))) continue;
        sm_write_piece(w->c, done, i, w->out);
        sm_buffer_putc(w->out, '\\');
        done = i;
    }
    sm_write_piece(w->c, done, to, w->out);
}

/* ---- pieces ------------------------------------------------------------------------------- */

/* Code between as many backticks as it does not hold itself. */
static void put_code(inline_writer *w, size_t from, size_t to)
{
    const char *text = w->c->text.p;
    const size_t longest = sm_code_backticks((sm_span){text + from, to - from});
    const bool pad = from < to && (text[from] == '`' || text[to - 1] == '`');
    for (size_t i = 0; i <= longest; i++)
        sm_buffer_putc(w->out, '`');
    if (pad) sm_buffer_putc(w->out, ' ');
    for (size_t i = from; i < to; i++) {
        if (text[i] == '|' && w->place == INLINE_CELL) sm_buffer_putc(w->out, '\\');
        sm_buffer_putc(w->out, text[i]);
    }
    if (pad) sm_buffer_putc(w->out, ' ');
    for (size_t i = 0; i <= longest; i++)
        sm_buffer_putc(w->out, '`');
}

static void put_line_end(inline_writer *w)
{
    static const char *const ends[] = {[INLINE_PARAGRAPH] = "\n",
                                       [INLINE_HEADING] = " ",
                                       [INLINE_CELL] = "<br>",
                                       [INLINE_TERM] = "\n"};
    sm_buffer_puts(w->out, ends[w->place]);
}

/* The text of a segment line by line: code does not reach over a line's end. */
static void put_lines(inline_writer *w, const segment *s)
{
    size_t at = s->from;
    for (;;) {
        const char *lf = at < s->to ? memchr(w->c->text.p + at, '\n', s->to - at) : NULL;
        const size_t to = lf ? (size_t)(lf - w->c->text.p) : s->to;
        if (s->style & STYLE_CODE && to > at && w->c->text.p[at] != ' ')
            put_code(w, at, to);
        else
            put_escaped(w, at, to);
        if (!lf) return;
        put_line_end(w);
        at = to + 1;
    }
}

static const char *mark_of(uint32_t style)
{
    if (style & STYLE_BOLD) return "**";
    return style & STYLE_ITALIC ? "*" : "";
}

/* The blank at a segment's beginning stands before its marks. */
static void put_blanks(inline_writer *w, segment *s)
{
    const char *text = w->c->text.p;
    while (s->from < s->to && (text[s->from] == ' ' || text[s->from] == '\n')) {
        if (text[s->from] == '\n')
            put_line_end(w);
        else
            sm_buffer_putc(w->out, ' ');
        s->from++;
    }
}

static void close_link(inline_writer *w, uint32_t link)
{
    sm_buffer_puts(w->out, "](<");
    const sm_span href = sm_marks_href(w->c, link, &w->scratch);
    for (size_t i = 0; i < href.n; i++) {
        if (strchr("<>\\", href.p[i]) && href.p[i]) sm_buffer_putc(w->out, '\\');
        sm_buffer_putc(w->out, href.p[i] == '\n' || href.p[i] == '\r' ? ' ' : href.p[i]);
    }
    sm_buffer_puts(w->out, ">)");
}

/* Marks around neighbours that share them: links outside, emphasis within. */
static void put_segments(inline_writer *w)
{
    uint32_t link = 0, style = 0; /* what is open */
    for (size_t i = 0; i < w->n; i++) {
        segment *s = &w->segments[i];
        const uint32_t marks = s->style & (STYLE_BOLD | STYLE_ITALIC);
        if (s->from == s->to) continue;
        const bool leaves = link != s->link;
        if (leaves || style != marks) {
            sm_buffer_puts(w->out, mark_of(style));
            style = 0;
        }
        if (leaves && link) close_link(w, link);
        if (leaves || style != marks) put_blanks(w, s);
        if (leaves && s->link) sm_buffer_putc(w->out, '[');
        if (style != marks) sm_buffer_puts(w->out, mark_of(marks));
        link = s->link;
        style = marks;
        put_lines(w, s);
    }
    sm_buffer_puts(w->out, mark_of(style));
    if (link) close_link(w, link);
}

void sm_inline_write(const sm_content *c, const sm_block *b, inline_place place, sm_buffer *out)
{
    inline_writer w = {.c = c, .out = out, .place = place};
    w.start = (size_t)(b->text.p - c->text.p);
    w.end = w.start + b->text.n;
    split(&w);
    trim_segments(&w);
    drop_emphasis(&w, STYLE_BOLD);
    drop_emphasis(&w, STYLE_ITALIC);
    join_segments(&w);
    count_marks(&w);
    put_segments(&w);
    sm_arena_free(&w.scratch);
}
