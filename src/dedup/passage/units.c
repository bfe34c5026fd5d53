/* Lines and paragraphs of a text, and what they are compared by: the bytes between the white space around them.
 * SPDX-License-Identifier: MIT */
#include "passage_internal.h"

#include <string.h>

void unit_put(unit_list *list, repeat_unit unit)
{
    list->p = sm_array_grow(list->p, list->n, &list->cap, sizeof *list->p);
    list->p[list->n++] = unit;
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || c == 0xA0 || c == 0x3000;
}

/* Without blanks at both ends. */
static sm_span trim(sm_span s)
{
    const char *p = s.p, *const end = s.p + s.n, *last = s.p;
    bool begun = false;
    while (p < end) {
        const char *const at = p;
        if (is_blank(sm_utf8_next(&p, end))) continue;
        if (!begun) s.p = at;
        begun = true;
        last = p;
    }
    return (sm_span){s.p, begun ? (size_t)(last - s.p) : 0};
}

static void put_range(sm_span text, size_t begin, size_t end, size_t min_chars, unit_list *list)
{
    const sm_span content = trim((sm_span){text.p + begin, end - begin});
    if (content.n == 0 || sm_utf8_count(content) < min_chars) return;
    unit_put(list, (repeat_unit){sm_hash128_of(content), (uint32_t)begin, (uint32_t)end});
}

/* The place behind the line that begins at `at`. */
static size_t line_end(sm_span text, size_t at)
{
    const char *lf = memchr(text.p + at, '\n', text.n - at);
    return lf ? (size_t)(lf - text.p) + 1 : text.n;
}

/* A paragraph is ended by empty lines, which belong to it. */
static size_t paragraph_end(sm_span text, size_t at)
{
    bool empty_seen = false;
    while (at < text.n) {
        const size_t next = line_end(text, at);
        const bool empty = trim((sm_span){text.p + at, next - at}).n == 0;
        if (empty_seen && !empty) return at;
        empty_seen |= empty;
        at = next;
    }
    return at;
}

void find_lines(sm_span text, size_t min_chars, bool paragraphs, unit_list *list)
{
    for (size_t at = 0, end; at < text.n; at = end) {
        end = paragraphs ? paragraph_end(text, at) : line_end(text, at);
        put_range(text, at, end, min_chars, list);
    }
}
