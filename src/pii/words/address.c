/* Addresses: a municipality that the table knows, or one behind a prefecture; what stands before it; its block.
 * SPDX-License-Identifier: MIT */
#include "words_internal.h"

#include <string.h>

enum { NAME_MAX = 9 /* characters of a municipality */, STEP = 64 };

/* ---- 市 区 町 村 ------------------------------------------------------------------------------- */

/* Their second and third bytes; only they are looked for, the first is checked behind. */
static bool ends_suffix(unsigned char second, unsigned char third)
{
    return (second == 0xB8 && third == 0x82) | (second == 0x8C && third == 0xBA) |
           (second == 0x94 && third == 0xBA) | (second == 0x9D && third == 0x91);
}

static bool is_suffix(const unsigned char *p)
{
    if (p[0] < 0xE5 || p[0] > 0xE7) return false; /* most bytes */
    static const unsigned char firsts[] = {0xE5, 0xE5, 0xE7, 0xE6};
    static const unsigned char seconds[] = {0xB8, 0x8C, 0x94, 0x9D};
    for (size_t i = 0; i < sizeof firsts; i++)
        if (p[0] == firsts[i] && p[1] == seconds[i]) return ends_suffix(p[1], p[2]);
    return false;
}

size_t sm_suffix_next_slowly(sm_span text, size_t from)
{
    const unsigned char *const p = (const unsigned char *)text.p;
    for (size_t i = from; i + 3 <= text.n; i++)
        if (is_suffix(p + i)) return i;
    return text.n;
}

/* STEP places at once, without a branch: the compiler makes vectors of the loop. */
static bool has_suffix(const unsigned char *p)
{
    unsigned char any = 0;
    for (size_t i = 0; i < STEP; i++)
        any |= (unsigned char)(((p[i + 1] == 0xB8) & (p[i + 2] == 0x82)) |
                               ((p[i + 1] == 0x8C) & (p[i + 2] == 0xBA)) |
                               ((p[i + 1] == 0x94) & (p[i + 2] == 0xBA)) |
                               ((p[i + 1] == 0x9D) & (p[i + 2] == 0x91)));
    return any;
}

size_t sm_suffix_next(sm_span text, size_t from)
{
    const unsigned char *const p = (const unsigned char *)text.p;
    for (; from + STEP + 2 <= text.n; from += STEP) {
        if (!has_suffix(p + from)) continue;
        for (size_t i = from; i < from + STEP; i++)
            if (is_suffix(p + i)) return i;
    }
    return sm_suffix_next_slowly(text, from);
}

/* ---- what stands before -------------------------------------------------------------------------- */

/* The start of the longest name with one of the bits that ends at `end`; `end` where there is none. */
static size_t name_before(const sm_places *places, sm_span text, size_t end, unsigned bits)
{
    size_t start = end, found = end;
    for (int k = 0; k < NAME_MAX && start > 0; k++) {
        start = sm_char_before(text, start);
        const sm_span name = {text.p + start, end - start};
        if (sm_wordset_get(&places->names, name) & bits) found = start;
    }
    return found;
}

/* A prefecture that ends at `end`, with or without a blank behind it. */
static size_t prefecture_before(const sm_places *places, sm_span text, size_t end)
{
    const size_t found = name_before(places, text, end, SM_PLACE_PREFECTURE);
    if (found < end || end == 0) return found;
    const size_t blank = sm_char_before(text, end);
    if (sm_pii_fold_char(sm_char_at(text, blank)) != ' ') return end;
    const size_t further = name_before(places, text, blank, SM_PLACE_PREFECTURE);
    return further < blank ? further : end;
}

/* An island between prefecture and village (東京都三宅島三宅村): its start, `end` where there is none. */
static size_t island_before(const sm_places *places, sm_span text, size_t end)
{
    if (!sm_span_ends((sm_span){text.p, end}, SM_SPAN("島"))) return end;
    size_t start = sm_char_before(text, end);
    for (int k = 0; k < 3 && start > 0; k++) {
        start = sm_char_before(text, start);
        if (name_before(places, text, start, SM_PLACE_PREFECTURE) < start) return start;
    }
    return end;
}

/* 東京都市…: not the city of Kyoto. */
static bool is_cut_from_tokyo(sm_span text, size_t start)
{
    return sm_span_ends((sm_span){text.p, start}, SM_SPAN("東")) &&
           sm_span_starts((sm_span){text.p + start, text.n - start}, SM_SPAN("京都市"));
}

typedef struct place {
    size_t start;    /* of the whole address */
    bool is_known;   /* the municipality stands in the table */
    bool has_parent; /* a prefecture or county stands before it */
    bool is_town;    /* 町 or 村 */
} place;

/* A municipality of a prefecture that the table does not know: those that were merged. At most NAME_MAX
 * characters lie between. */
static bool read_unknown(const sm_places *places, sm_span text, size_t suffix, place *p)
{
    size_t start = suffix;
    for (int k = 0; k < NAME_MAX && start > 0; k++) {
        start = sm_char_before(text, start);
        const uint32_t c = sm_char_at(text, start);
        if (!sm_is_han(c) && !sm_is_katakana(c) && !sm_is_hiragana(c)) return false;
        const size_t prefecture = name_before(places, text, start, SM_PLACE_PREFECTURE);
        if (prefecture == start) continue;
        *p = (place){.start = prefecture, .has_parent = true};
        return true;
    }
    return false;
}

/* Reads the municipality whose suffix ends at `end`, and what stands before it. */
static bool read_place(const sm_places *places, sm_span text, size_t end, place *p)
{
    const unsigned any = SM_PLACE_CITY | SM_PLACE_WARD | SM_PLACE_TOWN;
    const size_t start = name_before(places, text, end, any);
    if (start == end || is_cut_from_tokyo(text, start))
        return read_unknown(places, text, sm_char_before(text, end), p);
    const unsigned bits =
        sm_wordset_get(&places->names, (sm_span){text.p + start, end - start});
    const size_t county = name_before(places, text, start, SM_PLACE_COUNTY);
    const size_t island = island_before(places, text, county);
    const size_t prefecture = prefecture_before(places, text, island);
    *p = (place){.start = prefecture,
                 .is_known = true,
                 .has_parent = prefecture < start,
                 .is_town = !(bits & (SM_PLACE_CITY | SM_PLACE_WARD))};
    return true;
}

/* ---- the search -------------------------------------------------------------------------------------- */

/* A town alone may be part of any city: its address is as good as the prefecture or county before it. */
static sm_pii_tier weigh(const place *p, sm_block block)
{
    if (p->is_town && !p->has_parent) return SM_PII_PATTERN;
    if (block == SM_BLOCK_STRONG) return SM_PII_CHECKED;
    if (block == SM_BLOCK_MEDIUM && p->has_parent) return SM_PII_CHECKED;
    return SM_PII_PATTERN;
}

bool sm_address_next(const sm_places *places, sm_span text, size_t from, sm_wordhit *hit)
{
    for (size_t at = sm_suffix_next(text, from); at < text.n;
         at = sm_suffix_next(text, at + 3)) {
        place p = {0};
        size_t end = 0;
        if (!sm_block_may_begin(places, text, at + 3)) continue;
        if (!read_place(places, text, at + 3, &p)) continue;
        const sm_block block = sm_block_read(places, text, at + 3, &end);
        if (block == SM_BLOCK_NONE) continue;
        *hit = (sm_wordhit){.start = p.start, .end = end, .tier = weigh(&p, block)};
        return true;
    }
    return false;
}
