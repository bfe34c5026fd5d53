/* Character references: HTML, section 13.2.5.72 and following.
 * SPDX-License-Identifier: MIT */
#include <seimai/html.h>
#include <seimai/utf8.h>

#include <string.h>

#include "ascii.h"
#include "entities.h"

enum { REPLACEMENT = 0xFFFD, PAST_UNICODE = 0x110000 };

/* ---- numbers ------------------------------------------------------------------------------ */

/* Numbers that mean the windows-1252 character, as pages of old wrote them; 0 where it has none. */
static const uint16_t c1_meanings[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static int digit_value(char c, bool hex)
{
    if (sm_is_digit(c)) return c - '0';
    const char lower = sm_lower(c);
    return hex && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static uint32_t character_of(uint32_t number)
{
    if (number == 0 || number >= PAST_UNICODE) return REPLACEMENT;
    if (number >= 0xD800 && number <= 0xDFFF) return REPLACEMENT;
    if (number < 0x80 || number > 0x9F) return number;
    return c1_meanings[number - 0x80] ? c1_meanings[number - 0x80] : number;
}

/* "&#" stands at the beginning of s. */
static size_t numeric(sm_span s, char utf8[8], size_t *n)
{
    size_t i = 2;
    const bool hex = i < s.n && sm_lower(s.p[i]) == 'x';
    i += hex;
    const size_t start = i;
    uint32_t number = 0;
    for (; i < s.n; i++) {
        const int digit = digit_value(s.p[i], hex);
        if (digit < 0) break;
        if (number < PAST_UNICODE) number = number * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == start) return 0;
    if (i < s.n && s.p[i] == ';') i++;
    *n = sm_utf8_put(character_of(number), utf8);
    return i;
}

/* ---- names -------------------------------------------------------------------------------- */

/* The first entry in [low, high) whose byte at `at` is not below c (`past`: is above c). All of them
 * agree on the bytes before. */
static size_t bound(size_t low, size_t high, size_t at, char c, bool past)
{
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const unsigned char have = (unsigned char)sm_entities[middle].name[at];
        if (have < (unsigned char)c || (past && have == (unsigned char)c))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest name at the beginning of s, or NULL: the range of candidates narrows by a byte at a time,
 * and a name that ends where the range begins is a match. A NUL in the page must not pass for the end of
 * a name. */
static const sm_entity *longest_name(sm_span s, size_t *length)
{
    const sm_entity *found = NULL;
    size_t low = 0, high = SM_ENTITIES;
    for (size_t i = 0; i < s.n && i < SM_ENTITY_NAME && s.p[i]; i++) {
        low = bound(low, high, i, s.p[i], false);
        high = bound(low, high, i, s.p[i], true);
        if (low == high) break;
        if (sm_entities[low].name[i + 1]) continue;
        found = &sm_entities[low];
        *length = i + 1;
    }
    return found;
}

static bool continues_name(char c)
{
    return c == '=' || sm_is_alpha(c) || sm_is_digit(c);
}

static size_t named(sm_span s, bool in_attribute, char utf8[8], size_t *n)
{
    size_t length = 0;
    const sm_entity *e = longest_name((sm_span){s.p + 1, s.n - 1}, &length);
    if (!e) return 0;
    const bool closed = e->name[length - 1] == ';';
    if (in_attribute && !closed && length + 1 < s.n && continues_name(s.p[length + 1]))
        return 0;
    *n = sm_utf8_put(e->first, utf8);
    if (e->second) *n += sm_utf8_put(e->second, utf8 + *n);
    return length + 1;
}

size_t sm_html_reference(sm_span s, bool in_attribute, char utf8[8], size_t *n)
{
    if (s.n < 2) return 0;
    if (s.p[1] == '#') return numeric(s, utf8, n);
    return named(s, in_attribute, utf8, n);
}
