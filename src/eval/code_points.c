/* Texts as code points: see code_points.h. SPDX-License-Identifier: MIT */
#include "code_points.h"

#include <seimai/category.h>
#include <seimai/utf8.h>

bool sm_is_python_space(uint32_t c)
{
    return (c >= 0x1C && c <= 0x1F) || sm_is_white_space(c);
}

bool sm_is_ascii_punctuation(uint32_t c)
{
    return c > ' ' && c < 0x7F && !(c >= '0' && c <= '9') &&
           !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

sm_characters sm_characters_of(sm_span text, sm_arena *arena)
{
    const char *p = text.p, *const end = text.p + text.n;
    sm_characters s = {sm_arena_alloc(arena, text.n * sizeof(uint32_t)), 0};
    while (p < end) {
        const uint32_t c = sm_utf8_next(&p, end);
        if (!sm_is_python_space(c)) s.p[s.n++] = c;
    }
    return s;
}

int sm_order_u32(const void *a, const void *b)
{
    const uint32_t *const x = a, *const y = b;
    return (*x > *y) - (*x < *y);
}
