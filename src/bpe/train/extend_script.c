/* Bytes of kana and kanji. All of these characters have three bytes, and lie in blocks of 64 (which share their first
 * two bytes) of Hiragana, Katakana (with the marks among them: ・ ゛ ゜) or kanji: so the first two bytes of one are
 * the beginning of no other script.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include "count/japanese.h"
#include "extend_internal.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Does the block of 64 characters that begins at `first` belong to Hiragana, Katakana or kanji? */
static bool is_block(uint32_t first)
{
    return (first >= 0x3040 && first <= 0x30C0) || (first >= 0x3400 && first < 0x4DC0) ||
           (first >= 0x4E00 && first < 0xA000) || (first >= 0xF900 && first <= 0xFAC0);
}

static bool is_head(sm_span s)
{
    const unsigned a = s.n ? (unsigned char)s.p[0] : 0;
    if ((a & 0xF0) != 0xE0) return false;
    if (s.n == 1) return true;
    const unsigned b = (unsigned char)s.p[1];
    return s.n == 2 && is_continuation(s.p[1]) && is_block((a & 0xF) << 12 | (b & 0x3F) << 6);
}

/* The bytes of leading characters that are Japanese. */
static size_t japanese_prefix(sm_span s)
{
    size_t n = 0;
    while (s.n - n >= 3 && ((unsigned char)s.p[n] & 0xF0) == 0xE0 &&
           is_continuation(s.p[n + 1]) && is_continuation(s.p[n + 2])) {
        const char *p = s.p + n;
        if (!japanese_is(sm_utf8_next(&p, s.p + s.n))) break;
        n += 3;
    }
    return n;
}

bool extend_may_join(sm_extend_script only, sm_span s)
{
    if (only == SM_EXTEND_ANY) return s.n > 0;
    size_t tail = 0;
    while (tail < s.n && tail < 2 && is_continuation(s.p[tail]))
        tail++;
    s = (sm_span){s.p + tail, s.n - tail};
    const size_t whole = japanese_prefix(s);
    if (whole == s.n) return tail + whole > 0;
    return is_head((sm_span){s.p + whole, s.n - whole});
}

/* The beginning of one character, in UTF-8 of any length. */
static bool is_any_head(sm_span s)
{
    const unsigned a = s.n ? (unsigned char)s.p[0] : 0;
    const size_t length = a >= 0xF0 && a < 0xF5 ? 4 : a >= 0xE0 ? 3 : a >= 0xC2 ? 2 : 0;
    if (a >= 0xF5 || s.n >= length) return false;
    for (size_t i = 1; i < s.n; i++)
        if (!is_continuation(s.p[i])) return false;
    return true;
}

bool extend_is_allowed(sm_extend_script only, sm_span s)
{
    if (only == SM_EXTEND_ANY) return sm_utf8_check(s) == s.n || is_any_head(s);
    return (s.n == 2 && is_head(s)) || (s.n > 0 && japanese_prefix(s) == s.n);
}

size_t extend_characters(sm_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += !is_continuation(s.p[i]);
    return n;
}
