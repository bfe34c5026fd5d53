/* The forms "twins" and "ja": single characters from width.c, and the three places where ja looks around.
 * SPDX-License-Identifier: MIT */
#include "normalize_internal.h"

#include <string.h>

#include <seimai/utf8.h>

#include "character_internal.h"
#include "width_internal.h"

enum { ZERO_WIDTH_JOINER = 0x200D };

/* The text is written as runs that stay, copied whole, and characters that change. Nothing is written
 * before the first change. */
typedef struct writer {
    char *begin, *at; /* output; as long as the input suffices */
    const char *run;  /* the input from here on is not written yet */
    sm_span text;
    sm_arena *arena;
} writer;

static void replace(writer *w, const char *from, const char *to, sm_span by)
{
    if (!w->begin) w->begin = w->at = sm_arena_alloc(w->arena, w->text.n);
    const size_t n = (size_t)(from - w->run);
    memcpy(w->at, w->run, n);
    memcpy(w->at + n, by.p, by.n);
    w->at += n + by.n;
    w->run = to;
}

/* What will stand before the character at p in the output: U+FE0F, or one beyond U+FFFF? */
static bool follows_emoji(const writer *w, const char *p)
{
    const sm_span run = {w->run, (size_t)(p - w->run)};
    const sm_span written = {w->begin, w->begin ? (size_t)(w->at - w->begin) : 0};
    const sm_span before = run.n > 0 ? run : written;
    if (sm_span_ends(before, SM_SPAN("\xEF\xB8\x8F"))) return true;
    return before.n >= 4 && (uint8_t)before.p[before.n - 4] >= 0xF0;
}

/* What ja makes of c, which ends before *p; may take the next character too. */
static uint32_t fold(const writer *w, uint32_t c, const char *at, const char **p)
{
    const char *end = w->text.p + w->text.n;
    const char *after = *p;
    if (c == '\r') return after < end && *after == '\n' ? SM_WIDTH_GONE : '\n';
    if (c == ZERO_WIDTH_JOINER && follows_emoji(w, at)) return c;
    if (after < end) {
        const uint32_t voiced = sm_width_voice(c, sm_utf8_next(&after, end));
        if (voiced) *p = after;
        if (voiced) return voiced;
    }
    return sm_width_fold(c);
}

void sm_normalize_width(bool ja, sm_span text, sm_arena *arena, sm_span *out)
{
    const char *end = text.p + text.n;
    const char *p = sm_normalize_find(text.p, end, SM_CHAR_JA);
    writer w = {.run = text.p, .text = text, .arena = arena};
    while (p < end) {
        char utf8[4];
        const char *at = p;
        const uint32_t c = sm_utf8_next(&p, end);
        const uint32_t to = ja ? fold(&w, c, at, &p) : sm_width_twin(c);
        const size_t n = to == SM_WIDTH_GONE ? 0 : sm_utf8_put(to, utf8);
        if (to != c) replace(&w, at, p, (sm_span){utf8, n});
        p = sm_normalize_find(p, end, SM_CHAR_JA);
    }
    *out = text;
    if (!w.begin) return;
    replace(&w, end, end, SM_SPAN(""));
    *out = (sm_span){w.begin, (size_t)(w.at - w.begin)};
}
