/* Decoding UTF-8 to columns: two Japanese characters at a time, ASCII by eight; or in blocks (unpack_avx512.c).
 * SPDX-License-Identifier: MIT */
#include "unpack.h"

#include <string.h>

static bool is_tail(const uint8_t *p, const uint8_t *end, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        if (p + i >= end || (p[i] & 0xC0) != 0x80) return false;
    return true;
}

character character_at(const uint8_t *p, const uint8_t *end)
{
    const character bad = {CELL_BAD + *p, 1, true};
    const uint32_t b = *p;
    if (b < 0x80) return (character){b, 1, false};
    if (b >= 0xE0 && b < 0xF0 && is_tail(p, end, 3)) {
        const uint32_t c = (b & 15) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
        return c < 0x800 || (c >= 0xD800 && c < 0xE000) ? bad : (character){c, 3, false};
    }
    if (b >= 0xC2 && b < 0xE0 && is_tail(p, end, 2))
        return (character){(b & 31) << 6 | (p[1] & 63u), 2, false};
    if (b >= 0xF0 && b < 0xF5 && is_tail(p, end, 4)) {
        const uint32_t c =
            (b & 7) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63u);
        return c < 0x10000 || c > 0x10FFFF ? bad : (character){c, 4, false};
    }
    return bad;
}

static void make_room(unpacked *u, size_t n)
{
    enum { BEHIND = 64 };
    if (u->cap >= n) return;
    u->cap = n;
    u->codes = sm_realloc(u->codes, (n + BEHIND) * sizeof *u->codes);
    u->at = sm_realloc(u->at, (n + BEHIND) * sizeof *u->at);
    u->groups = sm_realloc(u->groups, n + 2 * BEHIND);
}

void unpacked_free(unpacked *u)
{
    sm_free(u->codes);
    sm_free(u->at);
    sm_free(u->groups);
    *u = (unpacked){0};
}

/* Where the next character goes; a copy of the columns' ends that stays in registers. */
typedef struct writer {
    const uint32_t *cells;
    uint32_t *codes;
    uint8_t *groups;
    uint32_t *at;
    size_t n;
} writer;

static inline void put(writer *w, uint32_t cell, size_t at)
{
    w->codes[w->n] = (uint16_t)cell;
    w->groups[w->n] = (uint8_t)(cell >> CELL_GROUP);
    w->at[w->n++] = (uint32_t)at;
}

/* Not ASCII, and by its first two bytes no UTF-8: nearly all that is not, found with one jump. */
static inline bool begins_none(const uint8_t *p, const uint8_t *end)
{
    const unsigned next = p + 1 < end ? p[1] : 0;
    return *p >= 0x80 && (*p < 0xC2) | ((next & 0xC0) != 0x80);
}

static unsigned put_any(const unpack_table *t, writer *w, const uint8_t *p, const uint8_t *end,
                        size_t at, bool *bad)
{
    if (begins_none(p, end)) {
        put(w, t->cells[CELL_BAD + *p], at);
        *bad = true;
        return 1;
    }
    const character c = character_at(p, end);
    *bad |= c.bad;
    if (c.bad || c.c < CELL_BAD)
        put(w, t->cells[c.c], at);
    else
        put(w, (uint32_t)t->group_of(c.c, classes_of(t->classes, c.c)) << CELL_GROUP, at);
    return c.n;
}

/* Three bytes in the low bits of a word, known to look like a character. */
static inline uint32_t three(uint64_t w)
{
    return (uint32_t)((w & 15) << 12 | (w >> 8 & 63) << 6 | (w >> 16 & 63));
}

static inline bool is_scalar(uint32_t c)
{
    return c >= 0x800 && c >> 11 != 0xD800 >> 11;
}

/* Appends the characters of p … end that begin before `stop`, with places from `at` on; returns their end. */
static const uint8_t *unpack_each(const unpack_table *t, const uint8_t *p, const uint8_t *stop,
                                  const uint8_t *end, size_t first, unpacked *out)
{
    const uint64_t shape = 0xC0C0F0, looks = 0x8080E0; /* of a character of three bytes */
    const uint64_t both = shape << 24 | shape, two = looks << 24 | looks;
    writer w = {t->cells, out->codes, out->groups, out->at, out->n};
    const uint8_t *const begin = p - first, *const safe = end - p >= 8 ? end - 8 : p;
    while (p < stop) {
        uint64_t word = 0x80;
        if (p < safe) memcpy(&word, p, sizeof word);
        const size_t at = (size_t)(p - begin);
        const uint32_t a = three(word), b = three(word >> 24);
        if ((word & both) == two && is_scalar(a) && is_scalar(b)) {
            put(&w, w.cells[a], at);
            put(&w, w.cells[b], at + 3);
            p += 6;
        } else if (!(word & UINT64_C(0x8080808080808080))) {
            for (unsigned i = 0; i < 8; i++)
                put(&w, w.cells[word >> 8 * i & 0x7F], at + i);
            p += 8;
        } else if (!(word & 0x80)) {
            put(&w, w.cells[word & 0x7F], at);
            p++;
        } else if ((word & shape) == looks && is_scalar(a)) {
            put(&w, w.cells[a], at);
            p += 3;
        } else {
            p += put_any(t, &w, p, end, at, &out->bad);
        }
    }
    while (w.n > out->n && begin + w.at[w.n - 1] >= stop)
        p = begin + w.at[--w.n];
    out->n = w.n;
    return p;
}

void unpack_by(bool blocks, const unpack_table *t, const uint8_t *p, const uint8_t *stop,
               const uint8_t *end, unpacked *out)
{
    enum { SOME = 61 };
    const uint8_t *const begin = p;
    make_room(out, (size_t)(stop - p) + 8);
    out->bad = false;
    out->n = 0;
    while (p < stop) {
        const size_t left = (size_t)(stop - p), at = (size_t)(p - begin);
        const size_t step = blocks ? unpack_block(t, p, left, (size_t)(end - p), at, out) : 0;
        const uint8_t *some = blocks && left > SOME ? p + SOME : stop;
        p = step ? p + step : unpack_each(t, p, some, end, at, out);
    }
    out->codes[out->n] = 0;
    out->at[out->n] = (uint32_t)(p - begin);
    memset(out->groups + out->n, GROUP_END, 64);
}

void unpack(const unpack_table *t, const uint8_t *p, const uint8_t *stop, const uint8_t *end,
            unpacked *out)
{
    unpack_by(unpack_has_blocks(), t, p, stop, end, out);
}
