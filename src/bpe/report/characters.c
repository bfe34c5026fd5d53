/* Classes of characters, by the standards that name them.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include "report/marks.h"

#include <string.h>

static const char *const names[SM_CHAR_CLASSES] = {
    "hiragana",    "katakana",   "half-width",  "kanji-1", "kanji-2", "kanji-3", "kanji-4",
    "kanji-other", "full-width", "punctuation", "ascii",   "emoji",   "other",   "name-kanji"};

const char *sm_char_class_name(sm_char_class c)
{
    return c < SM_CHAR_CLASSES ? names[c] : "unknown";
}

/* The first entry of the table that is not below a code point. */
static size_t find_level(uint32_t c)
{
    size_t low = 0, high = n_kanji_levels;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (kanji_levels[middle] >> 3 < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static sm_char_class class_of_kanji(uint32_t c)
{
    const size_t at = find_level(c);
    if (at == n_kanji_levels || kanji_levels[at] >> 3 != c) return SM_CHAR_KANJI_OTHER;
    return (sm_char_class)(SM_CHAR_KANJI_1 + (kanji_levels[at] & 7) - 1);
}

/* The blocks in which emoji that show as pictures by themselves lie. */
static bool is_emoji(uint32_t c)
{
    static const uint32_t blocks[][2] = {
        {0x231A, 0x231B},   {0x23E9, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
        {0x2648, 0x2653},   {0x26A1, 0x26A1},   {0x26BD, 0x26C5},   {0x26D4, 0x26D4},
        {0x26EA, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},
        {0x274C, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27BF},   {0x2B1B, 0x2B1C},
        {0x2B50, 0x2B55},   {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F19A},
        {0x1F1E6, 0x1F202}, {0x1F21A, 0x1F251}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
        {0x1F7E0, 0x1F7F0}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}};
    if (c < blocks[0][0]) return false;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (c >= blocks[i][0] && c <= blocks[i][1]) return true;
    return false;
}

sm_char_class sm_char_class_of(uint32_t c)
{
    if (c < 0x80) return SM_CHAR_ASCII;
    if (c >= 0xFF01 && c <= 0xFF5E) return SM_CHAR_FULL_WIDTH;
    if (c >= 0xFF66 && c <= 0xFF9F) return SM_CHAR_HALF_WIDTH;
    const sm_script script = sm_script_of(c);
    if (script == SM_HIRAGANA) return SM_CHAR_HIRAGANA;
    if (script == SM_KATAKANA) return SM_CHAR_KATAKANA;
    if (c >= 0x3005 && c <= 0x3007) return SM_CHAR_PUNCTUATION; /* 々〆〇 */
    if (script == SM_HAN) return class_of_kanji(c);
    if (script == SM_JA_PUNCT || c == 0x3000) return SM_CHAR_PUNCTUATION;
    return is_emoji(c) ? SM_CHAR_EMOJI : SM_CHAR_OTHER;
}

/* ---- lists ------------------------------------------------------------------------------------- */

/* The first character of a sorted UTF-8 list that is above c; 0 past the last. */
static uint32_t next_listed(sm_span list, uint32_t c)
{
    size_t low = 0, high = list.n / 3; /* three bytes each */
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const char *p = list.p + 3 * middle;
        if (sm_utf8_next(&p, list.p + list.n) <= c)
            low = middle + 1;
        else
            high = middle;
    }
    const char *p = list.p + 3 * low;
    return 3 * low < list.n ? sm_utf8_next(&p, list.p + list.n) : 0;
}

bool sm_char_is_name(uint32_t c)
{
    return c >= 0x4E00 && c <= 0xFAFF && next_listed(sm_span_of(name_kanji), c - 1) == c;
}

static uint32_t next_in_range(uint32_t c, uint32_t first, uint32_t last)
{
    return c < first ? first : c < last ? c + 1 : 0;
}

uint32_t sm_char_class_next(sm_char_class cls, uint32_t c)
{
    if (cls == SM_CHAR_HIRAGANA) return next_in_range(c, 0x3041, 0x3096);
    if (cls == SM_CHAR_KATAKANA) return next_in_range(c, 0x30A1, 0x30FC);
    if (cls == SM_CHAR_HALF_WIDTH) return next_in_range(c, 0xFF66, 0xFF9F);
    if (cls == SM_CHAR_FULL_WIDTH) return next_in_range(c, 0xFF01, 0xFF5E);
    if (cls == SM_CHAR_NAME) return next_listed(sm_span_of(name_kanji), c);
    if (cls < SM_CHAR_KANJI_1 || cls > SM_CHAR_KANJI_4) return 0;
    const uint32_t level = (uint32_t)(cls - SM_CHAR_KANJI_1) + 1;
    for (size_t i = find_level(c + 1); i < n_kanji_levels; i++)
        if ((kanji_levels[i] & 7) == level) return kanji_levels[i] >> 3;
    return 0;
}
