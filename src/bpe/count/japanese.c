/* Which characters Japanese words are written with. All lie between U+3005 and U+FAFF: three bytes each.
 * SPDX-License-Identifier: MIT */
#include "japanese.h"

#include <seimai/utf8.h>

bool japanese_is(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0x3005, 0x3007}, {0x3041, 0x3096}, {0x309D, 0x309F}, {0x30A1, 0x30FA},
        {0x30FC, 0x30FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
    return false;
}

bool japanese_both_sides(sm_span s, size_t at)
{
    if (at < 3 || s.n - at < 3) return false;
    const char *before = s.p + at - 3, *after = s.p + at;
    if (((unsigned char)*before & 0xF0) != 0xE0 || ((unsigned char)*after & 0xF0) != 0xE0)
        return false;
    return japanese_is(sm_utf8_next(&before, s.p + s.n)) &&
           japanese_is(sm_utf8_next(&after, s.p + s.n));
}

bool japanese_pair_in(sm_span s)
{
    bool last = false;
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        const bool now = japanese_is(sm_utf8_next(&p, end));
        if (now && last) return true;
        last = now;
    }
    return false;
}
