/* The decoders of the charsets that are neither Unicode nor Japanese: WHATWG Encoding, sections 9 to 11 and 13.
 * SPDX-License-Identifier: MIT */
#include "charset_steps.h"
#include "legacy_tables.h" /* made at build time: src/text/gen/legacy_tables.c */

enum {
    GB18030_ROW = 190,
    BIG5_ROW = 157,
    EUC_KR_ROW = 190,
    FIRST_LEAD = 0x81,
    LAST_LEAD = 0xFE
};

const uint16_t *sm_charset_high(sm_charset charset)
{
    return single_bytes[charset - SM_IBM866];
}

SM_IN_LINE uint32_t next_single(decoder *d)
{
    const unsigned byte = *d->p++;
    if (byte < 0x80) return byte;
    return d->high[byte - 0x80] ? d->high[byte - 0x80] : FAULT;
}

/* ---- GB18030, and GBK, which is read as it -------------------------------------------------- */

/* The character of four bytes, as a number in base 10 and 126; 0 if it has none. */
static uint32_t range_character(uint32_t pointer)
{
    enum { LAST = 39419, PLANES = 189000, PLANES_END = 1237575, PRIVATE = 7457 };
    const size_t n = sizeof gb18030_ranges / sizeof *gb18030_ranges;
    if (sm_within(pointer, PLANES, PLANES_END)) return 0x10000 + pointer - PLANES;
    if (pointer > LAST) return 0;
    if (pointer == PRIVATE) return 0xE7C7;
    size_t low = 0, high = n;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (gb18030_ranges[middle].pointer <= pointer)
            low = middle;
        else
            high = middle;
    }
    const uint32_t first = gb18030_ranges[low].character;
    return first ? first + pointer - gb18030_ranges[low].pointer : 0;
}

/* The lead is read, and d->p stands at a digit. A lead whose three others are bad is a fault by itself, and
 * they are read again. */
static uint32_t next_four_bytes(decoder *d, unsigned lead)
{
    const unsigned char *p = d->p;
    if (d->end - p < 3) {
        /* What could have become a character is one fault. */
        const bool whole = d->end - p == 1 || sm_within(p[1], FIRST_LEAD, LAST_LEAD);
        if (whole) d->p = d->end;
        return FAULT;
    }
    if (!sm_within(p[1], FIRST_LEAD, LAST_LEAD) || !sm_within(p[2], '0', '9')) return FAULT;
    const uint32_t pointer =
        (((lead - FIRST_LEAD) * 10 + p[0] - '0') * 126 + p[1] - FIRST_LEAD) * 10 + p[2] - '0';
    const uint32_t c = range_character(pointer);
    d->p += 3;
    return c ? c : FAULT;
}

SM_IN_LINE uint32_t next_gb18030(decoder *d)
{
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    if (lead == 0x80) return 0x20AC;
    if (!sm_within(lead, FIRST_LEAD, LAST_LEAD) || d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (sm_within(trail, '0', '9')) return next_four_bytes(d, lead);
    if (!sm_within(trail, 0x40, 0xFE) || trail == 0x7F) return sm_bad_pair(d);
    const uint32_t c =
        gb18030[(lead - FIRST_LEAD) * GB18030_ROW + trail - (trail < 0x7F ? 0x40 : 0x41)];
    if (!c) return sm_bad_pair(d);
    d->p++;
    return c;
}

/* ---- Big5 with Hong Kong's supplement --------------------------------------------------------- */

/* Four characters are a letter and a mark: the letter is given, and the mark is due. */
SM_IN_LINE uint32_t composed(decoder *d, unsigned pointer)
{
    static const struct {
        unsigned pointer;
        uint32_t letter, mark;
    } pairs[] = {
        {1133, 0xCA, 0x304}, {1135, 0xCA, 0x30C}, {1164, 0xEA, 0x304}, {1166, 0xEA, 0x30C}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (pairs[i].pointer != pointer) continue;
        d->pending = pairs[i].mark;
        return pairs[i].letter;
    }
    return (uint32_t)big5_plane[pointer] << 16 | big5[pointer];
}

SM_IN_LINE uint32_t next_big5(decoder *d)
{
    if (d->pending) {
        const uint32_t mark = d->pending;
        d->pending = 0;
        return mark;
    }
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    if (!sm_within(lead, FIRST_LEAD, LAST_LEAD) || d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (!sm_within(trail, 0x40, 0x7E) && !sm_within(trail, 0xA1, 0xFE)) return sm_bad_pair(d);
    const uint32_t c =
        composed(d, (lead - FIRST_LEAD) * BIG5_ROW + trail - (trail < 0x7F ? 0x40 : 0x62));
    if (!c) return sm_bad_pair(d);
    d->p++;
    return c;
}

/* ---- EUC-KR, which is windows-949 --------------------------------------------------------------- */

SM_IN_LINE uint32_t next_euc_kr(decoder *d)
{
    const unsigned lead = *d->p++;
    if (lead < 0x80) return lead;
    if (!sm_within(lead, FIRST_LEAD, LAST_LEAD) || d->p == d->end) return FAULT;
    const unsigned trail = *d->p;
    if (!sm_within(trail, 0x41, 0xFE)) return sm_bad_pair(d);
    const uint32_t c = euc_kr[(lead - FIRST_LEAD) * EUC_KR_ROW + trail - 0x41];
    if (!c) return sm_bad_pair(d);
    d->p++;
    return c;
}

SM_CODEC(single, next_single, true)
SM_CODEC(gb18030, next_gb18030, true)
SM_CODEC(big5, next_big5, true)
SM_CODEC(euc_kr, next_euc_kr, true)

const sm_codec sm_codec_single = {decode_single, weigh_single};
const sm_codec sm_codec_gb18030 = {decode_gb18030, weigh_gb18030};
const sm_codec sm_codec_big5 = {decode_big5, weigh_big5};
const sm_codec sm_codec_euc_kr = {decode_euc_kr, weigh_euc_kr};
