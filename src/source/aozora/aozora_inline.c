/* One line of Aozora Bunko: ruby, notes, gaiji, accents, iteration marks. See aozora_internal.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/utf8.h>

#include "aozora_internal.h"

#define OPEN_NOTE "［＃"

/* ---- characters -------------------------------------------------------------------------------------- */

static run_class class_of(uint32_t c)
{
    if (c == 0x30F6 || c == 0x3013) return RUN_HAN; /* ヶ as in 三ヶ月; 〓 for a gaiji */
    switch (sm_script_of(c)) {
    case SM_HAN: return RUN_HAN;
    case SM_HIRAGANA: return RUN_HIRAGANA;
    case SM_KATAKANA: return RUN_KATAKANA;
    case SM_LATIN:
    case SM_OTHER_LETTER:
    case SM_DIGIT: return RUN_LATIN;
    case SM_HANGUL:
    case SM_SPACE:
    case SM_JA_PUNCT:
    case SM_PUNCT:
    case SM_SYMBOL:
    case SM_OTHER:
    case SM_SCRIPTS: break;
    }
    return RUN_NONE;
}

static void follow_run(aozora_line *l, run_class now)
{
    if (now != l->run) l->run_start = l->out->n;
    l->run = now;
}

void aozora_put_char(aozora_line *l, uint32_t c)
{
    char utf8[4];
    follow_run(l, class_of(c));
    if (l->plain || (c != '<' && c != '&'))
        sm_buffer_put(l->out, (sm_span){utf8, sm_utf8_put(c, utf8)});
    else
        sm_buffer_puts(l->out, c == '<' ? "&lt;" : "&amp;");
}

static sm_span rest(const aozora_line *l)
{
    return (sm_span){l->p, (size_t)(l->end - l->p)};
}

/* The text before a closing mark, which must not be far; an empty pointer if there is none. */
static sm_span up_to(sm_span from, sm_span mark)
{
    enum { FAR = 1000 }; /* bytes: a reading, a base, a foreign word */
    if (from.n > FAR) from.n = FAR;
    const char *close = sm_span_find(from, mark);
    return close ? (sm_span){from.p, (size_t)(close - from.p)} : (sm_span){0};
}

/* ---- ruby -------------------------------------------------------------------------------------------- */

/* Makes room for bytes at a place of the output. */
static void insert(sm_buffer *out, size_t at, const char *bytes)
{
    const size_t n = strlen(bytes);
    if (!sm_buffer_reserve(out, n)) return;
    memmove(out->p + at + n, out->p + at, out->n - at);
    memcpy(out->p + at, bytes, n);
    out->n += n;
}

/* A reading, which may hold gaiji of its own. */
static void put_reading(const aozora_line *l, sm_span reading)
{
    aozora_line inner = {.p = reading.p,
                         .end = reading.p + reading.n,
                         .out = l->out,
                         .options = l->options,
                         .counts = l->counts,
                         .plain = l->plain,
                         .bar = SIZE_MAX};
    aozora_inline(&inner);
}

/* At 《: a reading, if it has an end and a base; else a character. */
static void ruby(aozora_line *l)
{
    const sm_span open = SM_SPAN("《"), close = SM_SPAN("》");
    const sm_span reading = up_to(sm_span_from(rest(l), open.n), close);
    const size_t base = l->bar != SIZE_MAX ? l->bar : l->run_start;
    const bool based = l->out->n > base && (l->bar != SIZE_MAX || l->run != RUN_NONE);
    if (!reading.n || !based) {
        aozora_put_char(l, 0x300A);
        l->p += open.n;
        return;
    }
    l->counts->ruby++;
    if (!l->plain) {
        insert(l->out, base, "<ruby>");
        sm_buffer_puts(l->out, "<rt>");
        put_reading(l, reading);
        sm_buffer_puts(l->out, "</rt></ruby>");
    }
    l->p = reading.p + reading.n + close.n;
    l->run = RUN_NONE;
    l->bar = SIZE_MAX;
}

/* ｜ opens a base where 《 follows before another ｜; else the work prints it. */
static void bar(aozora_line *l)
{
    const sm_span mark = SM_SPAN("｜");
    const sm_span base = up_to(sm_span_from(rest(l), mark.n), SM_SPAN("《"));
    const bool opens = base.p && !sm_span_find(base, mark);
    if (!opens) aozora_put_char(l, 0xFF5C);
    l->run = RUN_NONE;
    if (opens) l->bar = l->out->n;
    l->p += mark.n;
}

/* ---- notes ------------------------------------------------------------------------------------------- */

/* What stands between ［＃ at `s` and its ］, other brackets within counted; an empty pointer if it has no end. */
static sm_span note_at(sm_span s)
{
    const sm_span open = SM_SPAN("［"), close = SM_SPAN("］");
    const size_t from = sizeof OPEN_NOTE - 1;
    int depth = 1;
    for (size_t i = from; i < s.n; i++) {
        if (s.p[i] != *open.p) continue;
        const sm_span here = sm_span_from(s, i);
        if (sm_span_starts(here, open) && ++depth > SM_AOZORA_DEPTH) break;
        if (sm_span_starts(here, close) && --depth == 0) return (sm_span){s.p + from, i - from};
    }
    return (sm_span){0};
}

/* At ［＃. A note without an end is text, but for its mark. */
static void note(aozora_line *l)
{
    const sm_span text = note_at(rest(l));
    l->p += sizeof OPEN_NOTE - 1;
    if (!text.p) return;
    l->counts->notes++;
    l->p = text.p + text.n + strlen("］");
    aozora_note(l, text);
}

/* At ※: a gaiji if a note follows. */
static void reference_mark(aozora_line *l)
{
    const size_t n = strlen("※");
    const sm_span behind = sm_span_from(rest(l), n);
    const bool noted = sm_span_starts(behind, SM_SPAN(OPEN_NOTE));
    const sm_span text = noted ? note_at(behind) : (sm_span){0};
    if (!text.p) {
        aozora_put_char(l, 0x203B);
        l->p += n;
        return;
    }
    l->counts->gaiji++;
    aozora_gaiji(l, text);
    l->p = text.p + text.n + strlen("］");
}

/* ---- the line ---------------------------------------------------------------------------------------- */

/* At 〔: Latin letters with accents, or a bracket. */
static void bracket(aozora_line *l)
{
    const sm_span open = SM_SPAN("〔"), close = SM_SPAN("〕");
    const sm_span text = up_to(sm_span_from(rest(l), open.n), close);
    if (text.n && aozora_accents(l, text)) {
        l->p = text.p + text.n + close.n;
        return;
    }
    aozora_put_char(l, 0x3014);
    l->p += open.n;
}

/* At ／: the long iteration marks. */
static void slash(aozora_line *l)
{
    const sm_span plain = SM_SPAN("／＼"), voiced = SM_SPAN("／″＼");
    const bool is_plain = sm_span_starts(rest(l), plain);
    const bool is_voiced = sm_span_starts(rest(l), voiced);
    aozora_put_char(l, is_plain ? 0x3031 : is_voiced ? 0x3032 : 0xFF0F);
    l->p += is_plain ? plain.n : is_voiced ? voiced.n : strlen("／");
}

/* At ［: a note, or a bracket. */
static void wide_bracket(aozora_line *l)
{
    if (sm_span_starts(rest(l), SM_SPAN(OPEN_NOTE))) {
        note(l);
        return;
    }
    aozora_put_char(l, 0xFF3B);
    l->p += strlen("［");
}

void aozora_inline(aozora_line *l)
{
    while (l->p < l->end && !l->out->overflow) {
        const unsigned char *p = (const unsigned char *)l->p;
        const uint32_t c = sm_utf8_step(&p);
        switch (c) {
        case 0x300A: ruby(l); break;
        case 0xFF5C: bar(l); break;
        case 0x203B: reference_mark(l); break;
        case 0x3014: bracket(l); break;
        case 0xFF0F: slash(l); break;
        case 0xFF3B: wide_bracket(l); break;
        default:
            if (c >= ' ' || c == '\t') aozora_put_char(l, c);
            l->p = (const char *)p;
        }
    }
}
