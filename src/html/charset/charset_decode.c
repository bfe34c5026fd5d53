/* The decoders of Unicode and of the Japanese charsets: see seimai/charset.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include "charset_steps.h"
#include "jis_tables.h" /* made at build time: src/text/gen/jis_tables.c */

enum { HALF_KANA = 0xFF61, USER_POINTER = 8836, USER_POINTER_END = 10716, USER_FIRST = 0xE000 };

SM_IN_LINE uint32_t index_0208(unsigned pointer)
{
    if (sm_within(pointer, USER_POINTER, USER_POINTER_END - 1))
        return USER_FIRST + pointer - USER_POINTER;
    return pointer < sizeof jis0208 / sizeof *jis0208 ? jis0208[pointer] : 0;
}

SM_IN_LINE uint32_t next_shift_jis(decoder *d)
{
    const unsigned lead = *d->p++;
    if (lead <= 0x80) return lead;
    if (sm_within(lead, 0xA1, 0xDF)) return HALF_KANA + lead - 0xA1;
    if (!sm_within(lead, 0x81, 0x9F) && !sm_within(lead, 0xE0, 0xFC)) return FAULT;
    if (d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (!sm_within(trail, 0x40, 0x7E) && !sm_within(trail, 0x80, 0xFC)) return sm_bad_pair(d);
    const uint32_t c = index_0208((lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + trail -
                                  (trail < 0x7F ? 0x40 : 0x41));
    if (!c) return sm_bad_pair(d);
    d->p++;
    return c;
}

/* The second half of an EUC-JP character, from the plane 0208 or 0212. */
SM_IN_LINE uint32_t next_euc_pair(decoder *d, unsigned lead, bool plane_0212)
{
    if (d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (!sm_within(trail, 0xA1, 0xFE)) return sm_bad_pair(d);
    const unsigned pointer = (lead - 0xA1) * 94 + trail - 0xA1;
    const uint32_t c = plane_0212 ? jis0212[pointer] : jis0208[pointer];
    if (!c) return sm_bad_pair(d);
    d->p++;
    return c;
}

SM_IN_LINE uint32_t next_euc_jp(decoder *d)
{
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    if (sm_within(lead, 0xA1, 0xFE)) return next_euc_pair(d, lead, false);
    if (lead != 0x8E && lead != 0x8F) return FAULT;
    if (d->p == d->end) return FAULT;
    const unsigned second = *d->p;
    if (lead == 0x8E && sm_within(second, 0xA1, 0xDF)) {
        d->p++;
        return HALF_KANA + second - 0xA1;
    }
    if (lead == 0x8E || !sm_within(second, 0xA1, 0xFE)) return sm_bad_pair(d);
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

SM_IN_LINE uint32_t next_jis_pair(decoder *d, unsigned lead)
{
    if (d->p == d->end || *d->p == 0x1B) return FAULT;
    const unsigned trail = *d->p++;
    if (!sm_within(trail, 0x21, 0x7E)) return FAULT;
    const uint32_t c = jis0208[(lead - 0x21) * 94 + trail - 0x21];
    return c ? c : FAULT;
}

SM_IN_LINE uint32_t next_jis_byte(decoder *d, unsigned byte)
{
    d->escape_pending = false;
    if (d->state == JP_LEAD && sm_within(byte, 0x21, 0x7E)) return next_jis_pair(d, byte);
    if (d->state == JP_KATAKANA && sm_within(byte, 0x21, 0x5F)) return HALF_KANA + byte - 0x21;
    if (d->state == JP_LEAD || d->state == JP_KATAKANA) return FAULT;
    if (byte >= 0x80 || byte == 0x0E || byte == 0x0F) return FAULT;
    if (d->state == JP_ROMAN && byte == 0x5C) return 0xA5;
    if (d->state == JP_ROMAN && byte == 0x7E) return 0x203E;
    return byte;
}

SM_IN_LINE uint32_t next_iso_2022_jp(decoder *d)
{
    while (d->p < d->end) {
        const unsigned byte = *d->p++;
        if (byte != 0x1B) return next_jis_byte(d, byte);
        if (escape_is_bad(d)) return FAULT;
    }
    return NOTHING;
}

/* The bounds of the second byte, and how many follow, by the first (Unicode table 3-7). */
static int utf8_shape(unsigned lead, unsigned *low, unsigned *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (sm_within(lead, 0xC2, 0xDF)) return 1;
    if (sm_within(lead, 0xE0, 0xEF)) return 2;
    return sm_within(lead, 0xF0, 0xF4) ? 3 : 0;
}

SM_IN_LINE uint32_t next_utf_8(decoder *d)
{
    unsigned low = 0, high = 0;
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    const int more = utf8_shape(lead, &low, &high);
    if (more == 0) return FAULT;
    uint32_t c = lead & (0x3FU >> more);
    for (int i = 0; i < more; i++) {
        if (d->p == d->end || !sm_within(*d->p, low, high)) return FAULT;
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

SM_IN_LINE uint32_t next_utf_16(decoder *d)
{
    if (d->end - d->p < 2) {
        d->p = d->end;
        return FAULT;
    }
    const uint32_t unit = utf16_unit(d);
    d->p += 2;
    if (!sm_within(unit, 0xD800, 0xDFFF)) return unit;
    if (unit >= 0xDC00 || d->end - d->p < 2) return FAULT;
    const uint32_t low = utf16_unit(d);
    if (!sm_within(low, 0xDC00, 0xDFFF)) return FAULT;
    d->p += 2;
    return 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00;
}

/* ---- any charset ---------------------------------------------------------------------------- */

SM_CODEC(utf_8, next_utf_8, true)
SM_CODEC(shift_jis, next_shift_jis, true)
SM_CODEC(euc_jp, next_euc_jp, true)
SM_CODEC(iso_2022_jp, next_iso_2022_jp, false)
SM_CODEC(utf_16, next_utf_16, false)

static sm_codec codec_of(sm_charset charset)
{
    static const sm_codec codecs[SM_IBM866] = {
        [SM_CHARSET_UNKNOWN] = {decode_utf_8, weigh_utf_8},
        [SM_UTF_8] = {decode_utf_8, weigh_utf_8},
        [SM_SHIFT_JIS] = {decode_shift_jis, weigh_shift_jis},
        [SM_EUC_JP] = {decode_euc_jp, weigh_euc_jp},
        [SM_ISO_2022_JP] = {decode_iso_2022_jp, weigh_iso_2022_jp},
        [SM_UTF_16LE] = {decode_utf_16, weigh_utf_16},
        [SM_UTF_16BE] = {decode_utf_16, weigh_utf_16},
    };
    if (charset == SM_GBK || charset == SM_GB18030) return sm_codec_gb18030;
    if (charset == SM_BIG5) return sm_codec_big5;
    if (charset == SM_EUC_KR) return sm_codec_euc_kr;
    return charset >= SM_IBM866 ? sm_codec_single : codecs[charset];
}

static decoder decoder_of(sm_charset charset, sm_span bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    return (decoder){.p = p,
                     .end = bytes.n ? p + bytes.n : p,
                     .high = charset >= SM_IBM866 ? sm_charset_high(charset) : NULL,
                     .big_endian = charset == SM_UTF_16BE};
}

void sm_charset_decode(sm_charset charset, sm_span bytes, sm_buffer *out, uint64_t *faults)
{
    uint64_t bad = 0;
    if (charset == SM_UTF_8 || charset == SM_CHARSET_UNKNOWN) {
        sm_utf8_repair(bytes, out,
                       &bad); /* mostly right already: checked and copied in long runs */
    } else {
        decoder d = decoder_of(charset, bytes);
        codec_of(charset).decode(&d, out, &bad);
    }
    if (faults) *faults += bad;
}

sm_span sm_charset_text(sm_charset charset, sm_span bytes, sm_buffer *buffer, uint64_t *faults)
{
    const bool unicode = charset == SM_UTF_8 || charset == SM_CHARSET_UNKNOWN;
    sm_buffer_clear(buffer);
    if (unicode && sm_utf8_check(bytes) == bytes.n) return bytes;
    sm_charset_decode(charset, bytes, buffer, faults);
    return sm_buffer_span(buffer);
}

void sm_charset_weigh(sm_charset charset, sm_span bytes, sm_charset_evidence *evidence)
{
    decoder d = decoder_of(charset, bytes);
    codec_of(charset).weigh(&d, evidence);
}
