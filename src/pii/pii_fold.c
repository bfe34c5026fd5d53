/* Folding: a window of the text in ASCII clothes, with the way back.
 * SPDX-License-Identifier: MIT */
#include "pii_internal.h"

#include <seimai/utf8.h>

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

/* What ー is here: a hyphen between digits (or their parentheses), a letter elsewhere. */
static uint32_t fold_long_vowel(const sm_fold *fold, const char *p, const char *end, uint32_t c)
{
    if (fold->n == 0 || p == end) return c;
    const bool after = is_digit_side((unsigned char)fold->text[fold->n - 1]);
    const bool before = is_digit_side(sm_pii_fold_char(sm_utf8_next(&p, end)));
    return after && before ? '-' : c;
}

void sm_pii_fold(sm_fold *fold, sm_span window)
{
    if (window.n + 1 > fold->cap) {
        sm_fold_free(fold);
        fold->cap = window.n + 1;
        fold->text = sm_malloc(fold->cap);
        fold->origin = sm_malloc(fold->cap * sizeof *fold->origin);
    }
    fold->n = 0;
    const char *p = window.p;
    const char *const end = p + window.n;
    while (p < end) {
        const uint32_t at = (uint32_t)(p - window.p);
        uint32_t c = sm_utf8_next(&p, end);
        c = sm_pii_is_long_vowel(c) ? fold_long_vowel(fold, p, end, c) : sm_pii_fold_char(c);
        if (c == 0) continue; /* NUL and the invisible */
        char bytes[4];
        const size_t n = sm_utf8_put(c, bytes);
        for (size_t i = 0; i < n; i++) {
            fold->text[fold->n] = bytes[i];
            fold->origin[fold->n++] = at;
        }
    }
    fold->origin[fold->n] = (uint32_t)window.n;
}

void sm_fold_free(sm_fold *fold)
{
    sm_free(fold->text);
    sm_free(fold->origin);
    *fold = (sm_fold){0};
}
