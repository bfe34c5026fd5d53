/* The decoders: see seimai/charset.h. One step function a charset gives the next character beyond the
 * ASCII runs; decoding and weighing are two loops over the same steps.
 * SPDX-License-Identifier: MIT */
#include <seimai/charset.h>
#include <seimai/utf8.h>

#include <string.h>

#include "jis_tables.h"

enum {
    REPLACEMENT = 0xFFFD,
    END = 0x110000,   /* the input is used up */
    FAULT = 0x110001, /* one U+FFFD is due */
    HALF_KANA = 0xFF61,
    USER_POINTER = 8836,
    USER_POINTER_END = 10716,
    USER_FIRST = 0xE000
};

typedef enum jp_state { JP_ASCII, JP_ROMAN, JP_KATAKANA, JP_LEAD } jp_state;

typedef struct decoder {
    const unsigned char *p, *end;
    bool big_endian;     /* UTF-16 */
    jp_state state;      /* ISO-2022-JP */
    bool escape_pending; /* ISO-2022-JP: an escape with no character since */
} decoder;

static bool within(unsigned value, unsigned first, unsigned last)
{
    return value - first <= last - first;
}

/* A bad pair is one fault; its second byte is read again where it is ASCII. */
static uint32_t bad_pair(decoder *d, unsigned trail)
{
    if (trail >= 0x80) d->p++;
    return FAULT;
}

static uint32_t index_0208(unsigned pointer)
{
    if (within(pointer, USER_POINTER, USER_POINTER_END - 1))
        return USER_FIRST + pointer - USER_POINTER;
    return pointer < sizeof jis0208 / sizeof *jis0208 ? jis0208[pointer] : 0;
}

static uint32_t next_shift_jis(decoder *d)
{
    if (d->p == d->end) return END;
    const unsigned lead = *d->p++;
    if (lead <= 0x80) return lead;
    if (within(lead, 0xA1, 0xDF)) return HALF_KANA + lead - 0xA1;
    if (!within(lead, 0x81, 0x9F) && !within(lead, 0xE0, 0xFC)) return FAULT;
    if (d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (!within(trail, 0x40, 0x7E) && !within(trail, 0x80, 0xFC)) return bad_pair(d, trail);
    const uint32_t c = index_0208((lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + trail -
                                  (trail < 0x7F ? 0x40 : 0x41));
    if (!c) return bad_pair(d, trail);
    d->p++;
    return c;
}

/* The second half of an EUC-JP character, from the plane 0208 or 0212. */
static uint32_t next_euc_pair(decoder *d, unsigned lead, bool plane_0212)
{
    if (d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (!within(trail, 0xA1, 0xFE)) return bad_pair(d, trail);
    const unsigned pointer = (lead - 0xA1) * 94 + trail - 0xA1;
    const uint32_t c = plane_0212 ? jis0212[pointer] : jis0208[pointer];
    if (!c) return bad_pair(d, trail);
    d->p++;
    return c;
}

static uint32_t next_euc_jp(decoder *d)
{
    if (d->p == d->end) return END;
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    if (within(lead, 0xA1, 0xFE)) return next_euc_pair(d, lead, false);
    if (lead != 0x8E && lead != 0x8F) return FAULT;
    if (d->p == d->end) return FAULT;
    const unsigned second = *d->p;
    if (lead == 0x8E && within(second, 0xA1, 0xDF)) {
        d->p++;
        return HALF_KANA + second - 0xA1;
    }
    if (lead == 0x8E || !within(second, 0xA1, 0xFE)) return bad_pair(d, second);
    d->p++;
    return next_euc_pair(d, second, true);
}

/* ESC was read: what follows should name a character set. Returns whether a fault is due. */
static bool escape_is_bad(decoder *d)
{
    static const struct {
        char bytes[3];
        jp_state state;
    } sequences[] = {{"(B", JP_ASCII},
                     {"(J", JP_ROMAN},
                     {"(I", JP_KATAKANA},
                     {"$@", JP_LEAD},
                     {"$B", JP_LEAD}};
    for (size_t i = 0; d->end - d->p >= 2 && i < sizeof sequences / sizeof *sequences; i++) {
        if (memcmp(d->p, sequences[i].bytes, 2) != 0) continue;
        d->p += 2;
        d->state = sequences[i].state;
        /* Two escapes with nothing between are a fault: text could be hidden so. */
        const bool repeated = d->escape_pending;
        d->escape_pending = true;
        return repeated;
    }
    d->escape_pending = false;
    return true;
}

static uint32_t next_jis_pair(decoder *d, unsigned lead)
{
    if (d->p == d->end || *d->p == 0x1B) return FAULT;
    const unsigned trail = *d->p++;
    if (!within(trail, 0x21, 0x7E)) return FAULT;
    const uint32_t c = jis0208[(lead - 0x21) * 94 + trail - 0x21];
    return c ? c : FAULT;
}

static uint32_t next_jis_byte(decoder *d, unsigned byte)
{
    d->escape_pending = false;
    if (d->state == JP_LEAD && within(byte, 0x21, 0x7E)) return next_jis_pair(d, byte);
    if (d->state == JP_KATAKANA && within(byte, 0x21, 0x5F)) return HALF_KANA + byte - 0x21;
    if (d->state == JP_LEAD || d->state == JP_KATAKANA) return FAULT;
    if (byte >= 0x80 || byte == 0x0E || byte == 0x0F) return FAULT;
    if (d->state == JP_ROMAN && byte == 0x5C) return 0xA5;
    if (d->state == JP_ROMAN && byte == 0x7E) return 0x203E;
    return byte;
}

static uint32_t next_iso_2022_jp(decoder *d)
{
    while (d->p < d->end) {
        const unsigned byte = *d->p++;
        if (byte != 0x1B) return next_jis_byte(d, byte);
        if (escape_is_bad(d)) return FAULT;
    }
    return END;
}

/* The bounds of the second byte, and how many follow, by the first (Unicode table 3-7). */
static int utf8_shape(unsigned lead, unsigned *low, unsigned *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (within(lead, 0xC2, 0xDF)) return 1;
    if (within(lead, 0xE0, 0xEF)) return 2;
    return within(lead, 0xF0, 0xF4) ? 3 : 0;
}

static uint32_t next_utf_8(decoder *d)
{
    unsigned low = 0, high = 0;
    if (d->p == d->end) return END;
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    const int more = utf8_shape(lead, &low, &high);
    if (more == 0) return FAULT;
    uint32_t c = lead & (0x3FU >> more);
    for (int i = 0; i < more; i++) {
        if (d->p == d->end || !within(*d->p, low, high)) return FAULT;
        c = c << 6 | (*d->p++ & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    return c;
}

static uint32_t utf16_unit(const decoder *d)
{
    const unsigned a = d->p[0], b = d->p[1];
    return d->big_endian ? a << 8 | b : b << 8 | a;
}

static uint32_t next_utf_16(decoder *d)
{
    if (d->p == d->end) return END;
    if (d->end - d->p < 2) {
        d->p = d->end;
        return FAULT;
    }
    const uint32_t unit = utf16_unit(d);
    d->p += 2;
    if (!within(unit, 0xD800, 0xDFFF)) return unit;
    if (unit >= 0xDC00 || d->end - d->p < 2) return FAULT;
    const uint32_t low = utf16_unit(d);
    if (!within(low, 0xDC00, 0xDFFF)) return FAULT;
    d->p += 2;
    return 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00;
}

static uint32_t next_windows_1252(decoder *d)
{
    static const uint16_t c1[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    if (d->p == d->end) return END;
    const unsigned byte = *d->p++;
    return within(byte, 0x80, 0x9F) ? c1[byte - 0x80] : byte;
}

typedef struct step {
    uint32_t (*next)(decoder *);
    bool ascii_runs; /* a byte below 0x80 between characters is that ASCII character */
} step;

static const step steps[SM_CHARSETS] = {
    [SM_CHARSET_UNKNOWN] = {next_utf_8, true},    [SM_UTF_8] = {next_utf_8, true},
    [SM_SHIFT_JIS] = {next_shift_jis, true},      [SM_EUC_JP] = {next_euc_jp, true},
    [SM_ISO_2022_JP] = {next_iso_2022_jp, false}, [SM_UTF_16LE] = {next_utf_16, false},
    [SM_UTF_16BE] = {next_utf_16, false},         [SM_WINDOWS_1252] = {next_windows_1252, true},
};

static decoder decoder_of(sm_charset charset, sm_span bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    return (decoder){
        .p = p, .end = bytes.n ? p + bytes.n : p, .big_endian = charset == SM_UTF_16BE};
}

/* The bytes up to the next one beyond ASCII. */
static size_t ascii_run(const decoder *d)
{
    const unsigned char *p = d->p;
    uint64_t word;
    while ((size_t)(d->end - p) >= sizeof word) {
        memcpy(&word, p, sizeof word);
        if (word & 0x8080808080808080U) break;
        p += sizeof word;
    }
    while (p < d->end && *p < 0x80)
        p++;
    return (size_t)(p - d->p);
}

void sm_charset_decode(sm_charset charset, sm_span bytes, sm_buffer *out, uint64_t *faults)
{
    decoder d = decoder_of(charset, bytes);
    const step s = steps[charset];
    uint64_t bad = 0;
    if (s.next == next_utf_8) { /* mostly right already: checked and copied in long runs */
        sm_utf8_repair(bytes, out, &bad);
        if (faults) *faults += bad;
        return;
    }
    for (;;) {
        if (s.ascii_runs) {
            const size_t run = ascii_run(&d);
            sm_buffer_put(out, (sm_span){(const char *)d.p, run});
            d.p += run;
        }
        char *room = sm_buffer_reserve(out, 4);
        const uint32_t c = s.next(&d);
        if (c == END || !room) break;
        bad += c == FAULT;
        out->n += sm_utf8_put(c == FAULT ? REPLACEMENT : c, room);
    }
    if (faults) *faults += bad;
}

/* Characters that a right reading hardly ever shows: user-defined ones, C1 controls, U+FFFD itself. */
static bool is_rare(uint32_t c)
{
    return within(c, 0x80, 0x9F) || within(c, 0xE000, 0xF8FF) || c == REPLACEMENT;
}

void sm_charset_weigh(sm_charset charset, sm_span bytes, sm_charset_evidence *evidence)
{
    decoder d = decoder_of(charset, bytes);
    const step s = steps[charset];
    *evidence = (sm_charset_evidence){0};
    for (;;) {
        if (s.ascii_runs) d.p += ascii_run(&d);
        const uint32_t c = s.next(&d);
        if (c == END) return;
        if (c < 0x80) continue;
        evidence->characters++;
        evidence->faults += c == FAULT;
        evidence->kana += within(c, 0x3041, 0x3096) || within(c, 0x30A1, 0x30FC);
        evidence->half_kana += within(c, 0xFF61, 0xFF9F);
        evidence->rare += c != FAULT && is_rare(c);
    }
}
