/* The text of a block as it comes in: white space, line joining, counts. See seimai/content.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/utf8.h>

#include <string.h>

#include "content_internal.h"
#include "text_scan.h"

/* ---- characters --------------------------------------------------------------------------- */

/* Characters that take no room and mean nothing to a reader: zero width space, word joiner, byte order
 * mark, soft hyphen; controls too. Joiners (200C, 200D) stay: emoji and scripts need them. */
static bool is_dropped(uint32_t c)
{
    return c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0xAD || c == 0x7F || c < 0x20 ||
           (c >= 0x80 && c <= 0x9F);
}

static gap gap_of(uint32_t c)
{
    if (c == ' ' || c == '\t' || c == 0xA0) return GAP_BLANK;
    if (c == '\n' || c == '\f' || c == '\r' || c == 0x2028 || c == 0x2029) return GAP_LINE_END;
    return GAP_NONE;
}

static bool is_full_stop(uint32_t c)
{
    return c == 0x3002 || c == 0xFF0E || c == 0xFF01 || c == 0xFF1F || c == '.' || c == '!' ||
           c == '?' || c == 0x300D;
}

static bool is_comma(uint32_t c)
{
    return c == 0x3001 || c == 0xFF0C || c == ',';
}

/* Five counts in one number, so that a character is one addition: twelve bits each, which CHUNK_BYTES of
 * text cannot overflow. */
enum { WIDTH = 0, WORDS = 12, KANA = 24, FULL_STOPS = 36, COMMAS = 48, LANE = 0xFFF };
enum { CHUNK_BYTES = 2000 };

#define ONE(lane) ((uint64_t)1 << (lane))

/* By sm_script, what a character of it counts besides its width. */
static const uint64_t counts_of[SM_SCRIPT_MASK + 1] = {
    [SM_HIRAGANA] = ONE(WORDS) | ONE(KANA),
    [SM_KATAKANA] = ONE(WORDS) | ONE(KANA),
    [SM_HAN] = ONE(WORDS),
    [SM_HANGUL] = ONE(WORDS),
    [SM_LATIN] = ONE(WORDS),
    [SM_OTHER_LETTER] = ONE(WORDS),
    [SM_DIGIT] = ONE(WORDS),
};

/* The classes of which every character is text and no mark that is counted. */
enum {
    PLAIN = 1 << SM_HIRAGANA | 1 << SM_KATAKANA | 1 << SM_HAN | 1 << SM_HANGUL | 1 << SM_LATIN |
            1 << SM_OTHER_LETTER | 1 << SM_DIGIT | 1 << SM_SYMBOL
};

static uint64_t width_of(unsigned class)
{
    return class & SM_SCRIPT_WIDE ? 2 * ONE(WIDTH) : ONE(WIDTH);
}

/* Text as it is passed over. */
typedef struct walk {
    const unsigned char *p, *end;
    unsigned last;  /* class of the last character */
    uint64_t lanes; /* counts since the last settle */
} walk;

static uint32_t character_at(const unsigned char *p)
{
    return sm_utf8_step(&p);
}

/* Moves over the ASCII text at w->p, as pass_character does byte by byte; false if there is none. */
static bool pass_ascii(const text_scan *scan, walk *w, const unsigned char *start,
                       const unsigned char *end)
{
    const ascii_run r = scan->run(w->p, (size_t)(end - w->p), w->p == start);
    if (!r.bytes) return false;
    w->lanes += (r.bytes - r.blanks) * ONE(WIDTH) + r.letters * ONE(WORDS) +
                r.full_stops * ONE(FULL_STOPS) + r.commas * ONE(COMMAS);
    w->p += r.bytes;
    const unsigned char *last = w->p - 1;
    w->last = sm_script_step(&last);
    return true;
}

/* Moves over one character, and a blank before it; false if it is not set as it stands. */
static inline bool pass_character(walk *w, const unsigned char *start, const unsigned char *end)
{
    const unsigned char *p = w->p;
    if (*p == ' ' && p > start && end - p > 1 && p[1] > ' ' && p[1] < 0x7F) p++;
    const unsigned char *here = p;
    const unsigned class = sm_script_step(&p);
    uint64_t count = counts_of[class & SM_SCRIPT_MASK] + width_of(class);
    if (!(PLAIN >> (class & SM_SCRIPT_MASK) & 1)) {
        const uint32_t c = character_at(here);
        if (gap_of(c) != GAP_NONE || is_dropped(c)) return false;
        count += is_full_stop(c) ? ONE(FULL_STOPS) : is_comma(c) ? ONE(COMMAS) : 0;
    }
    w->lanes += count;
    w->last = class;
    w->p = p;
    return true;
}

/* Moves over text that is set as it stands: up to white space (but for a single blank before an ASCII
 * character), a character that is dropped, or the end of the chunk. */
static void pass_text(walk *w)
{
    const text_scan *const scan = sm_text_scan_best();
    const unsigned char *start = w->p;
    const unsigned char *end = w->end - start > CHUNK_BYTES ? start + CHUNK_BYTES : w->end;
    while (w->p < end) {
        if (scan && *w->p < 0x80 && pass_ascii(scan, w, start, end)) continue;
        if (!pass_character(w, start, end)) return;
    }
}

/* Adds what was counted to the block. */
static void settle(sm_content *c, walk *w)
{
    sm_block *b = &c->draft.block;
    const uint64_t lanes = w->lanes;
    const uint32_t width = lanes >> WIDTH & LANE;
    w->lanes = 0;
    if (!width) return;
    b->width += width;
    b->words += lanes >> WORDS & LANE;
    b->kana += lanes >> KANA & LANE;
    b->full_stops += lanes >> FULL_STOPS & LANE;
    b->commas += lanes >> COMMAS & LANE;
    if (c->bold) b->bold_width += width;
    if (c->code) b->code_width += width;
    if (c->link) {
        b->link_width += width;
        b->links += c->draft.in_link != c->link;
    }
    c->draft.in_link = c->link;
    c->draft.last = w->last | CLASS_SET;
}

/* ---- placing ------------------------------------------------------------------------------ */

/* The deepest element that holds both. */
static uint32_t common_ancestor(const sm_content *c, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (c->elements[a].depth >= c->elements[b].depth)
            a = c->elements[a].parent;
        else
            b = c->elements[b].parent;
    }
    return a;
}

static void put_line_end(sm_content *c)
{
    while (c->text.n > c->draft.start && c->text.p[c->text.n - 1] == ' ')
        c->text.n--;
    sm_buffer_putc(&c->text, '\n');
    c->draft.last = 0;
}

/* What stands between the last character and this one: <br> wins over white space, which vanishes at the
 * beginning of a line and where a line end stood between two wide characters. */
static void put_gap(sm_content *c, unsigned next)
{
    draft *d = &c->draft;
    const bool joins = d->gap == GAP_LINE_END && d->last & next & SM_SCRIPT_WIDE;
    if (d->breaks && c->text.n > d->start)
        put_line_end(c);
    else if (d->gap != GAP_NONE && d->last && !joins)
        sm_buffer_putc(&c->text, ' ');
    d->breaks = 0;
    d->gap = GAP_NONE;
}

static uint32_t hiding_element(const sm_content *c)
{
    for (size_t i = 0; c->hidden && i < c->depth; i++)
        if (c->stack[i].hides) return c->stack[i].element;
    return 0;
}

/* The first character of a block, or one of another element than those before. */
static void place(sm_content *c)
{
    draft *d = &c->draft;
    const uint32_t here = sm_stack_top(c)->element;
    if (c->text.n > d->start) {
        d->block.owner = common_ancestor(c, d->block.owner, here);
        return;
    }
    d->block.owner = here;
    d->hidden = hiding_element(c);
    d->block.row = c->row;
    d->block.cell = c->cell;
}

/* Adds the text that was passed since `from`. */
static void put_text(sm_content *c, const unsigned char *from, walk *w)
{
    const unsigned char *first = from;
    if (w->p == from) return;
    place(c);
    put_gap(c, sm_script_step(&first));
    if (c->options.format == SM_CONTENT_MARKDOWN) sm_marks_style(c);
    sm_buffer_put(&c->text, (sm_span){(const char *)from, (size_t)(w->p - from)});
    settle(c, w);
}

/* What is not set as it stands: white space, or a character that is none at all. */
static void pass_gap(sm_content *c, walk *w)
{
    static const unsigned char gaps[] = {['\t'] = GAP_BLANK,
                                         ['\n'] = GAP_LINE_END,
                                         ['\f'] = GAP_LINE_END,
                                         ['\r'] = GAP_LINE_END,
                                         [' '] = GAP_BLANK};
    gap most = c->draft.gap;
    if (*w->p > ' ') {
        const gap space = gap_of(sm_utf8_step(&w->p));
        if (space > most) most = space;
    }
    for (; w->p < w->end && *w->p <= ' '; w->p++)
        if (gaps[*w->p] > most) most = gaps[*w->p];
    c->draft.gap = most;
}

/* An indent: an ideographic space at the beginning of a line. */
static bool is_indent(const draft *d, const walk *w)
{
    if (d->last && !d->breaks) return false;
    return w->end - w->p >= 3 && memcmp(w->p, "\xE3\x80\x80", 3) == 0;
}

static walk walk_of(sm_span text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    return (walk){.p = p, .end = text.n ? p + text.n : p};
}

static void add_flowing(sm_content *c, sm_span text)
{
    draft *d = &c->draft;
    for (walk w = walk_of(text); w.p < w.end;) {
        const unsigned char *from = w.p;
        if (is_indent(d, &w)) {
            w.p += 3;
            if (d->gap == GAP_NONE) d->gap = GAP_BLANK;
            continue;
        }
        if (*w.p > ' ') pass_text(&w);
        if (w.p > from)
            put_text(c, from, &w);
        else
            pass_gap(c, &w);
    }
}

/* In <pre> white space is text. Lines are kept, and so is an indent. */
static void add_verbatim(sm_content *c, sm_span text)
{
    if (!text.n) return;
    if (c->newline_due && *text.p == '\n') text = (sm_span){text.p + 1, text.n - 1};
    c->newline_due = false;
    for (walk w = walk_of(text); w.p < w.end;) {
        const unsigned char *from = w.p;
        pass_text(&w);
        bool blank = false;
        if (w.p == from) {
            const uint32_t ch = sm_utf8_step(&w.p);
            if (gap_of(ch) == GAP_NONE) continue;
            blank = ch == 0xA0;
        }
        place(c);
        sm_buffer_put(&c->text, blank ? SM_SPAN(" ")
                                      : (sm_span){(const char *)from, (size_t)(w.p - from)});
        settle(c, &w);
    }
}

/* Hidden words inside a shown block are left out. Shown ones behind hidden ones begin a block, and so do those
 * that another element hides: what owns a hidden block is hidden. */
static bool is_left_out(sm_content *c)
{
    const draft *d = &c->draft;
    if (c->text.n == d->start || (!d->hidden && !c->hidden)) return false;
    const uint32_t hidden = hiding_element(c);
    if (hidden != d->hidden && d->hidden) sm_draft_flush(c);
    return hidden && hidden != d->hidden && c->text.n > c->draft.start;
}

void sm_draft_text(sm_content *c, sm_span text)
{
    if (is_left_out(c)) return;
    if (c->verbatim)
        add_verbatim(c, text);
    else
        add_flowing(c, text);
}

void sm_draft_break(sm_content *c)
{
    draft *d = &c->draft;
    if (c->verbatim) {
        sm_draft_text(c, SM_SPAN("\n"));
        return;
    }
    d->breaks++;
    if (d->breaks > 1) sm_draft_flush(c);
}

/* ---- the end of a block ------------------------------------------------------------------- */

static uint8_t heading_level(const sm_content *c, size_t at)
{
    return (uint8_t)(sm_tags[c->stack[at].tag].name[1] - '0');
}

static const struct {
    uint32_t flag;
    sm_block_kind kind;
} block_kinds[] = {{TAG_HEADING, SM_BLOCK_HEADING},
                   {TAG_VERBATIM, SM_BLOCK_PRE},
                   {TAG_ITEM | TAG_TERM, SM_BLOCK_ITEM},
                   {TAG_CELL, SM_BLOCK_CELL},
                   {TAG_QUOTE, SM_BLOCK_QUOTE}};

enum { BLOCK_KINDS = TAG_HEADING | TAG_VERBATIM | TAG_ITEM | TAG_TERM | TAG_CELL | TAG_QUOTE };

/* What a block is, by the nearest open element that says so. */
static void classify(const sm_content *c, sm_block *b)
{
    b->level = (uint8_t)(c->lists > 255 ? 255 : c->lists);
    if (!(c->stack[c->depth - 1].within & BLOCK_KINDS)) return;
    size_t at = c->depth - 1, i = 0;
    while (!(c->stack[at].flags & BLOCK_KINDS))
        at--;
    while (!(c->stack[at].flags & block_kinds[i].flag))
        i++;
    b->kind = (uint8_t)block_kinds[i].kind;
    if (b->kind == SM_BLOCK_HEADING) b->level = heading_level(c, at);
}

static void trim_end(sm_content *c)
{
    while (c->text.n > c->draft.start && sm_is_space(c->text.p[c->text.n - 1]))
        c->text.n--;
}

static void add_block(sm_content *c, sm_block *b)
{
    b->text.n = c->text.n - c->draft.start;
    b->after_rule = c->rule_due;
    c->rule_due = false;
    classify(c, b);
    const size_t n = c->page.n_blocks++;
    c->blocks = sm_array_grow(c->blocks, n, &c->cap_blocks, sizeof *c->blocks);
    c->starts = sm_array_grow(c->starts, n, &c->cap_starts, sizeof *c->starts);
    c->blocks[n] = *b;
    c->starts[n] = c->draft.start;
}

/* Nothing was set: what stands in the draft is what sets off the text to come. */
static void forget_gap(draft *d)
{
    d->gap = GAP_NONE;
    d->breaks = 0;
    d->last = 0;
    d->in_link = d->hidden = 0;
}

void sm_draft_flush(sm_content *c)
{
    if (c->draft.block.width == 0) {
        c->text.n = c->draft.start;
        forget_gap(&c->draft);
        return;
    }
    trim_end(c);
    add_block(c, &c->draft.block);
    c->draft = (draft){.start = c->text.n};
}
