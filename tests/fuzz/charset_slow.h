/* The slow obvious decoders: WHATWG Encoding, sections 8 to 14, a byte at a time into a handler that keeps what came
 * before, as the standard writes them down. The oracle of src/html's, with which they share the indexes alone.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_TESTS_CHARSET_SLOW_H
#define SEIMAI_TESTS_CHARSET_SLOW_H

#include <string.h>

#include <seimai/charset.h>
#include <seimai/utf8.h>

#include "jis_tables.h"
#include "legacy_tables.h"

enum { SLOW_END = -1, SLOW_STACK = 8 };

typedef struct handler {
    sm_charset charset;
    int first, second, third; /* bytes of the sequence so far; 0: none (no lead is 0) */
    uint32_t point;           /* UTF-8: so far */
    int needed, lower, upper; /* UTF-8 */
    uint32_t surrogate;       /* UTF-16: the lead */
    int output;   /* ISO-2022-JP: the state that a character is read in: 'A' 'R' 'K' 'L' */
    char escape;  /* ISO-2022-JP: 'E' escape start, '(' or '$' escape, 0 none */
    bool emitted; /* ISO-2022-JP: the standard's output flag */
    int stack[SLOW_STACK], n_stack; /* bytes to be read again, the first one on top */
    sm_buffer *out;
    uint64_t faults;
} handler;

static void slow_again(handler *h, int byte)
{
    if (byte != SLOW_END) h->stack[h->n_stack++] = byte;
}

static void slow_give(handler *h, uint32_t c)
{
    char utf8[4];
    sm_buffer_put(h->out, (sm_span){utf8, sm_utf8_put(c, utf8)});
}

static void slow_error(handler *h)
{
    h->faults++;
    slow_give(h, 0xFFFD);
}

static bool slow_in(int byte, int from, int to)
{
    return byte >= from && byte <= to;
}

/* A pair whose index gave c: an error reads an ASCII byte again. */
static void slow_pair(handler *h, uint32_t c, int byte)
{
    h->first = 0;
    if (c) {
        slow_give(h, c);
        return;
    }
    if (slow_in(byte, 0, 0x7F)) slow_again(h, byte);
    slow_error(h);
}

static void slow_utf_8_lead(handler *h, int byte)
{
    h->lower = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    h->upper = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    h->needed = slow_in(byte, 0xC2, 0xDF)   ? 1
                : slow_in(byte, 0xE0, 0xEF) ? 2
                : slow_in(byte, 0xF0, 0xF4) ? 3
                                            : 0;
    h->point = (uint32_t)byte & (h->needed == 1 ? 0x1FU : h->needed == 2 ? 0xFU : 0x7U);
    if (byte < 0x80)
        slow_give(h, (uint32_t)byte);
    else if (!h->needed)
        slow_error(h);
}

static void slow_utf_8(handler *h, int byte)
{
    if (!h->needed) {
        if (byte != SLOW_END) slow_utf_8_lead(h, byte);
        return;
    }
    if (!slow_in(byte, h->lower, h->upper)) {
        h->needed = 0;
        slow_again(h, byte);
        slow_error(h);
        return;
    }
    h->lower = 0x80;
    h->upper = 0xBF;
    h->point = h->point << 6 | ((uint32_t)byte & 0x3F);
    if (--h->needed == 0) slow_give(h, h->point);
}

static void slow_shift_jis(handler *h, int byte)
{
    const int lead = h->first;
    if (lead) {
        const int offset = byte < 0x7F ? 0x40 : 0x41, lead_offset = lead < 0xA0 ? 0x81 : 0xC1;
        const bool trail = slow_in(byte, 0x40, 0x7E) || slow_in(byte, 0x80, 0xFC);
        const int pointer = (lead - lead_offset) * 188 + byte - offset;
        uint32_t c = trail && pointer < 11104 ? jis0208[pointer] : 0;
        if (trail && slow_in(pointer, 8836, 10715)) c = (uint32_t)(0xE000 + pointer - 8836);
        slow_pair(h, c, byte);
    } else if (slow_in(byte, 0, 0x80)) {
        slow_give(h, (uint32_t)byte);
    } else if (slow_in(byte, 0xA1, 0xDF)) {
        slow_give(h, (uint32_t)(0xFF61 - 0xA1 + byte));
    } else if (slow_in(byte, 0x81, 0x9F) || slow_in(byte, 0xE0, 0xFC)) {
        h->first = byte;
    } else if (byte != SLOW_END) {
        slow_error(h);
    }
}

static void slow_euc_jp(handler *h, int byte)
{
    const int lead = h->first;
    if (lead == 0x8E && slow_in(byte, 0xA1, 0xDF)) {
        h->first = 0;
        slow_give(h, (uint32_t)(0xFF61 - 0xA1 + byte));
    } else if (lead == 0x8F && !h->second && slow_in(byte, 0xA1, 0xFE)) {
        h->second = 1; /* the flag for JIS X 0212 */
        h->first = byte;
    } else if (lead) {
        const bool both = slow_in(lead, 0xA1, 0xFE) && slow_in(byte, 0xA1, 0xFE);
        const int pointer = (lead - 0xA1) * 94 + byte - 0xA1;
        const uint32_t c = !both ? 0 : h->second ? jis0212[pointer] : jis0208[pointer];
        h->second = 0;
        slow_pair(h, c, byte);
    } else if (slow_in(byte, 0, 0x7F)) {
        slow_give(h, (uint32_t)byte);
    } else if (byte == 0x8E || byte == 0x8F || slow_in(byte, 0xA1, 0xFE)) {
        h->first = byte;
    } else if (byte != SLOW_END) {
        slow_error(h);
    }
}

/* ---- ISO-2022-JP ------------------------------------------------------------------------------ */

static void slow_jis_escape(handler *h, int byte)
{
    static const char *const sequences[] = {"(BA", "(JR", "(IK", "$@L", "$BL"};
    if (h->escape == 'E' && (byte == '$' || byte == '(')) {
        h->escape = (char)byte;
        return;
    }
    const char begun = h->escape;
    h->escape = 0;
    for (size_t i = 0; begun != 'E' && i < 5; i++) {
        if (sequences[i][0] != begun || sequences[i][1] != byte) continue;
        h->output = sequences[i][2];
        if (h->emitted) slow_error(h);
        h->emitted = true;
        return;
    }
    slow_again(h, byte);
    if (begun != 'E') slow_again(h, begun);
    h->emitted = false;
    slow_error(h);
}

static void slow_jis_trail(handler *h, int byte)
{
    const int lead = h->first;
    h->first = 0;
    if (byte == 0x1B) h->escape = 'E';
    if (!slow_in(byte, 0x21, 0x7E)) {
        slow_error(h);
        return;
    }
    const uint32_t c = jis0208[(lead - 0x21) * 94 + byte - 0x21];
    if (c)
        slow_give(h, c);
    else
        slow_error(h);
}

static void slow_iso_2022_jp(handler *h, int byte)
{
    if (h->first) {
        slow_jis_trail(h, byte);
    } else if (h->escape) {
        slow_jis_escape(h, byte);
    } else if (byte == 0x1B) {
        h->escape = 'E';
    } else if (byte != SLOW_END) {
        const bool seven = byte < 0x80 && byte != 0x0E && byte != 0x0F;
        h->emitted = false;
        if (h->output == 'L' && slow_in(byte, 0x21, 0x7E))
            h->first = byte;
        else if (h->output == 'K' && slow_in(byte, 0x21, 0x5F))
            slow_give(h, (uint32_t)(0xFF61 - 0x21 + byte));
        else if (h->output == 'R' && (byte == 0x5C || byte == 0x7E))
            slow_give(h, byte == 0x5C ? 0xA5 : 0x203E);
        else if ((h->output == 'A' || h->output == 'R') && seven)
            slow_give(h, (uint32_t)byte);
        else
            slow_error(h);
    }
}

/* ---- UTF-16 ----------------------------------------------------------------------------------- */

static void slow_unit(handler *h, uint32_t unit)
{
    const uint32_t lead = h->surrogate;
    const bool is_trail = unit >= 0xDC00 && unit <= 0xDFFF;
    h->surrogate = 0;
    if (lead && is_trail) {
        slow_give(h, 0x10000 + ((lead - 0xD800) << 10) + (unit - 0xDC00));
        return;
    }
    if (lead) slow_error(h);
    if (unit >= 0xD800 && unit < 0xDC00)
        h->surrogate = unit;
    else if (is_trail)
        slow_error(h);
    else
        slow_give(h, unit);
}

static void slow_utf_16(handler *h, int byte)
{
    if (byte == SLOW_END) {
        /* A lead without its other half and half a unit behind it are one error each here, as the decoder
         * counts them; the standard has one for both. */
        if (h->surrogate) slow_error(h);
        if (h->needed) slow_error(h);
        h->surrogate = 0;
        h->needed = 0;
        return;
    }
    if (!h->needed) {
        h->needed = 1;
        h->first = byte;
        return;
    }
    h->needed = 0;
    const bool big = h->charset == SM_UTF_16BE;
    slow_unit(h, (uint32_t)(big ? h->first << 8 | byte : byte << 8 | h->first));
}

/* ---- the others ------------------------------------------------------------------------------- */

static uint32_t slow_ranges(uint32_t pointer)
{
    uint32_t c = 0;
    if ((pointer > 39419 && pointer < 189000) || pointer > 1237575) return 0;
    if (pointer >= 189000) return 0x10000 + pointer - 189000;
    if (pointer == 7457) return 0xE7C7;
    for (size_t i = 0; i < sizeof gb18030_ranges / sizeof *gb18030_ranges; i++) {
        const uint32_t first = gb18030_ranges[i].pointer;
        if (first > pointer) break;
        c = gb18030_ranges[i].character ? gb18030_ranges[i].character + pointer - first : 0;
    }
    return c;
}

static void slow_gb18030_more(handler *h, int byte)
{
    const int first = h->first, second = h->second, third = h->third;
    if (third) {
        h->first = h->second = h->third = 0;
        if (!slow_in(byte, '0', '9')) {
            slow_again(h, byte);
            slow_again(h, third);
            slow_again(h, second);
            slow_error(h);
            return;
        }
        const int pointer =
            (((first - 0x81) * 10 + second - '0') * 126 + third - 0x81) * 10 + byte - '0';
        const uint32_t c = slow_ranges((uint32_t)pointer);
        if (c)
            slow_give(h, c);
        else
            slow_error(h);
    } else if (slow_in(byte, 0x81, 0xFE)) {
        h->third = byte;
    } else {
        slow_again(h, byte);
        slow_again(h, second);
        h->first = h->second = 0;
        slow_error(h);
    }
}

static void slow_gb18030(handler *h, int byte)
{
    if (byte == SLOW_END && h->first) {
        h->first = h->second = h->third = 0;
        slow_error(h);
    } else if (h->second) {
        slow_gb18030_more(h, byte);
    } else if (h->first && slow_in(byte, '0', '9')) {
        h->second = byte;
    } else if (h->first) {
        const bool trail = slow_in(byte, 0x40, 0x7E) || slow_in(byte, 0x80, 0xFE);
        const int pointer = (h->first - 0x81) * 190 + byte - (byte < 0x7F ? 0x40 : 0x41);
        slow_pair(h, trail ? gb18030[pointer] : 0, byte);
    } else if (slow_in(byte, 0x81, 0xFE)) {
        h->first = byte;
    } else if (byte == 0x80) {
        slow_give(h, 0x20AC);
    } else if (byte == 0xFF) {
        slow_error(h);
    } else if (byte != SLOW_END) {
        slow_give(h, (uint32_t)byte);
    }
}

static void slow_big5_pair(handler *h, int byte)
{
    const bool trail = slow_in(byte, 0x40, 0x7E) || slow_in(byte, 0xA1, 0xFE);
    const int pointer = (h->first - 0x81) * 157 + byte - (byte < 0x7F ? 0x40 : 0x62);
    const bool marked =
        trail && (pointer == 1133 || pointer == 1135 || pointer == 1164 || pointer == 1166);
    if (marked) {
        h->first = 0;
        slow_give(h, pointer < 1140 ? 0xCA : 0xEA);
        slow_give(h, pointer == 1133 || pointer == 1164 ? 0x304 : 0x30C);
        return;
    }
    slow_pair(h, trail ? (uint32_t)big5_plane[pointer] << 16 | big5[pointer] : 0, byte);
}

/* Big5 and EUC-KR: a lead, a trail. */
static void slow_two_bytes(handler *h, int byte)
{
    if (h->first && h->charset == SM_BIG5) {
        slow_big5_pair(h, byte);
    } else if (h->first) {
        const bool trail = slow_in(byte, 0x41, 0xFE);
        slow_pair(h, trail ? euc_kr[(h->first - 0x81) * 190 + byte - 0x41] : 0, byte);
    } else if (slow_in(byte, 0x81, 0xFE)) {
        h->first = byte;
    } else if (slow_in(byte, 0, 0x7F)) {
        slow_give(h, (uint32_t)byte);
    } else if (byte != SLOW_END) {
        slow_error(h);
    }
}

static void slow_single(handler *h, int byte)
{
    if (byte == SLOW_END) return;
    const uint32_t c =
        byte < 0x80 ? (uint32_t)byte : single_bytes[h->charset - SM_IBM866][byte - 0x80];
    if (c || byte == 0)
        slow_give(h, c);
    else
        slow_error(h);
}

static void slow_byte(handler *h, int byte)
{
    static void (*const handlers[SM_IBM866])(handler *, int) = {
        slow_utf_8,       slow_utf_8,     slow_shift_jis, slow_euc_jp,
        slow_iso_2022_jp, slow_utf_16,    slow_utf_16,    slow_gb18030,
        slow_gb18030,     slow_two_bytes, slow_two_bytes};
    if (h->charset >= SM_IBM866)
        slow_single(h, byte);
    else
        handlers[h->charset](h, byte);
}

/* charset_slow appends bytes as UTF-8 and gives the number of faults. */
static uint64_t charset_slow(sm_charset charset, sm_span bytes, sm_buffer *out)
{
    handler h = {.charset = charset, .output = 'A', .out = out};
    for (size_t i = 0; i <= bytes.n; i++) {
        const int next = i < bytes.n ? (unsigned char)bytes.p[i] : SLOW_END;
        slow_byte(&h, next);
        while (h.n_stack)
            slow_byte(&h, h.stack[--h.n_stack]);
        /* What was read again may have left a sequence open. */
        if (next == SLOW_END) slow_byte(&h, SLOW_END);
    }
    return h.faults;
}

#endif
