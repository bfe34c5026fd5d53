/* Folding: the text in ASCII clothes, with the way back.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"
#include "scan/scan_internal.h"

#include <seimai/utf8.h>
#include <string.h>

bool sm_pii_is_long_vowel(uint32_t c)
{
    return c == 0x30FC || c == 0xFF70;
}

/* Hyphens, dashes, minus signs, the box-drawing bar that stands for them. */
static bool is_hyphen(uint32_t c)
{
    return (c >= 0x2010 && c <= 0x2015) || c == 0x2043 || c == 0x2212 || c == 0xFE58 ||
           c == 0xFE63 || c == 0xAD || c == 0x2500;
}

static bool is_blank(uint32_t c)
{
    return c == 0x3000 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == '\t';
}

static bool is_invisible(uint32_t c)
{
    return (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF;
}

uint32_t sm_pii_fold_char(uint32_t c)
{
    if (c < 0x80) return c == '\t' ? ' ' : c;
    if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
    if (is_hyphen(c)) return '-';
    if (is_blank(c)) return ' ';
    return is_invisible(c) ? 0 : c;
}

static bool is_digit_side(uint32_t c)
{
    return (c >= '0' && c <= '9') || c == '(' || c == ')';
}

/* What ー is here: a hyphen between digits (or their parentheses), a letter elsewhere. `before` is the last
 * folded byte. */
static uint32_t fold_long_vowel(char before, const char *p, const char *end, uint32_t c)
{
    if (p == end || !is_digit_side((unsigned char)before)) return c;
    return is_digit_side(sm_pii_fold_char(sm_utf8_next(&p, end))) ? '-' : c;
}

/* ---- the folded copy ------------------------------------------------------------------------- */

/* Room for a copy of n bytes and what a kernel reads behind it. */
static void make_room(sm_fold *fold, size_t n)
{
    if (n + SM_SCAN_BYTES <= fold->cap) return;
    sm_free(fold->copy);
    fold->cap = n + SM_SCAN_BYTES;
    fold->copy = sm_malloc(fold->cap);
}

/* From here on, folded byte `folded` came from byte `origin`. There is room. */
static void add_step(sm_fold *fold, size_t folded, size_t origin)
{
    const bool again = fold->n_steps > 0 && fold->steps[fold->n_steps - 1].folded == folded;
    fold->n_steps += !again;
    fold->steps[fold->n_steps - 1] = (sm_fold_step){(uint32_t)folded, (uint32_t)origin};
}

/* The character from byte `at` to `behind` of the text has n bytes at the end of the copy. */
static void add_change(sm_fold *fold, size_t n, size_t at, size_t behind)
{
    while (fold->n_steps + 2 > fold->cap_steps)
        fold->steps =
            sm_array_grow(fold->steps, fold->cap_steps, &fold->cap_steps, sizeof *fold->steps);
    if (n != behind - at) add_step(fold, fold->n, at);
    fold->n += n;
    if (n != behind - at) add_step(fold, fold->n, behind);
}

size_t sm_fold_origin(const sm_fold *fold, size_t at)
{
    size_t low = 0, high = fold->n_steps; /* the first step behind `at` */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (fold->steps[middle].folded <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return at;
    return fold->steps[low - 1].origin + (at - fold->steps[low - 1].folded);
}

/* Appends the character at byte `at` of the text, folded; gives the byte behind it. */
static size_t put_folded(sm_fold *fold, sm_span text, size_t at)
{
    const char *p = text.p + at, *const end = text.p + text.n;
    uint32_t c = sm_utf8_next(&p, end);
    const size_t behind = (size_t)(p - text.p);
    const char before = fold->n ? fold->copy[fold->n - 1] : '\0';
    c = sm_pii_is_long_vowel(c) ? fold_long_vowel(before, p, end, c) : sm_pii_fold_char(c);
    char bytes[4] = {0};
    const size_t n = c ? sm_utf8_put(c, bytes) : 0; /* NUL and the invisible */
    memcpy(fold->copy + fold->n, bytes, n);
    add_change(fold, n, at, behind);
    return behind;
}

/* The same for the commonest: full-width forms of ASCII and the ideographic blank; 0 where it is neither. */
static size_t put_wide(sm_fold *fold, sm_span text, size_t at)
{
    if (text.n - at < 3) return 0;
    const unsigned char *const p = (const unsigned char *)text.p + at;
    const unsigned c = (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu); /* of U+Fxxx, U+3xxx */
    char ascii = '\0';
    if (p[0] == 0xEF && c >= 0xF01 && c <= 0xF5E) ascii = (char)(c - 0xEE0);
    if (p[0] == 0xE3 && c == 0) ascii = ' ';
    if (!ascii) return 0;
    fold->copy[fold->n] = ascii;
    add_change(fold, 1, at, at + 3);
    return at + 3;
}

static bool is_changed(sm_span text, size_t at)
{
    const char *p = text.p + at;
    const unsigned char second = at + 1 < text.n ? (unsigned char)p[1] : 0;
    if ((unsigned char)*p == 0xE2 && second != 0x80 && second != 0x81 && second != 0x88 &&
        second != 0x94)
        return false;
    const uint32_t c = sm_utf8_next(&p, text.p + text.n);
    return c == 0 || sm_pii_is_long_vowel(c) || sm_pii_fold_char(c) != c;
}

/* Appends bytes of the text as they are. Short pieces are copied as 32 bytes: there is room behind, and text. */
static void put_plain(sm_fold *fold, sm_span text, size_t from, size_t to)
{
    const size_t n = to - from;
    if (n <= 32 && text.n - from >= 32)
        memcpy(fold->copy + fold->n, text.p + from, 32);
    else
        memcpy(fold->copy + fold->n, text.p + from, n);
    fold->n += n;
}

void sm_pii_fold_by(sm_fold *fold, const sm_scan_path *path, sm_span text)
{
    size_t done = 0; /* what is folded; nothing is copied before the first change */
    sm_scan_pad pad;
    fold->n = fold->n_steps = 0;
    for (size_t block = 0; block < text.n; block += SM_SCAN_BYTES) {
        uint64_t bits = path->foldable(sm_scan_bytes(text, block, &pad));
        for (; bits; bits &= bits - 1) {
            const size_t at = block + (size_t)__builtin_ctzll(bits);
            if (at >= text.n) break;
            if (!is_changed(text, at)) continue;
            if (done == 0) make_room(fold, text.n);
            put_plain(fold, text, done, at);
            done = put_wide(fold, text, at);
            if (done == 0) done = put_folded(fold, text, at);
        }
    }
    fold->text = text;
    if (done == 0) return;
    put_plain(fold, text, done, text.n);
    fold->text = (sm_span){fold->copy, fold->n};
}

void sm_pii_fold(sm_fold *fold, sm_span text)
{
    sm_pii_fold_by(fold, sm_scan_path_best(), text);
}

void sm_pii_fold_slowly(sm_fold *fold, sm_span text)
{
    make_room(fold, text.n);
    fold->n = fold->n_steps = 0;
    for (size_t at = 0; at < text.n;)
        at = put_folded(fold, text, at);
    fold->text = (sm_span){fold->copy, fold->n};
}

void sm_fold_free(sm_fold *fold)
{
    sm_free(fold->copy);
    sm_free(fold->steps);
    *fold = (sm_fold){0};
}
