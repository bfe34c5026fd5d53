/* NFC and NFKC: what may change is cut out at boundaries and goes through ICU.
 * SPDX-License-Identifier: MIT */
#include "normalize_internal.h"

#include <string.h>

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <seimai/utf8.h>

#include "character_internal.h"

enum {
    ENOUGH = 128, /* bytes: from here on a stretch ends at the next boundary */
    LONGEST =
        1024,   /* bytes: … and here in any case, since ICU sorts endless marks in n² time */
    UNITS = 6,  /* UTF-16 units that NFKC may make of a byte: 18 of the three of U+FDFA */
    GROWTH = 11 /* bytes that it may make of one: 33 of the same three */
};

typedef struct rewriter {
    const UNormalizer2 *form;
    unsigned bit;     /* of the characters that may change */
    const char *run;  /* the input from here on is not written yet */
    const char *done; /* a boundary; what lies before it is settled */
    const char *end;
    sm_buffer out;
} rewriter;

/* The start of the character before p, or p at `start`. */
static const char *step_back(const char *p, const char *start)
{
    if (p == start) return p;
    do
        p--;
    while (((uint8_t)*p & 0xC0) == 0x80);
    return p;
}

/* The end of the stretch that begins at p, a boundary, and has a character that may change among its
 * first two. It ends before the next character that neither changes nor joins. */
static const char *stretch_end(const rewriter *w, const char *p)
{
    const char *start = p;
    bool met = false;
    while (p < w->end) {
        const char *at = p;
        const uint32_t c = sm_utf8_next(&p, w->end);
        const bool may_change = (sm_character(c) & w->bit) != 0;
        const size_t n = (size_t)(p - start);
        if (met && !may_change) return at;
        if (n > LONGEST) return at;
        if (n > ENOUGH && unorm2_hasBoundaryBefore(w->form, (UChar32)c)) return at;
        met = met || may_change;
    }
    return w->end;
}

static void write_utf16(rewriter *w, const UChar *p, int32_t n, UErrorCode *status)
{
    int32_t bytes = 0;
    char *room = sm_buffer_reserve(&w->out, 3 * (size_t)n + 1);
    if (!room) return;
    u_strToUTF8(room, 3 * n + 1, &bytes, p, n, status);
    w->out.n += (size_t)bytes;
}

/* Normalizes [from, to); where that changes it, writes all of the input up to `to`. */
static void rewrite(rewriter *w, const char *from, const char *to, UErrorCode *status)
{
    UChar before[LONGEST];
    UChar after[UNITS * LONGEST];
    int32_t n = 0;
    u_strFromUTF8(before, LONGEST, &n, from, (int32_t)(to - from), status);
    const int32_t m = unorm2_normalize(w->form, before, n, after, UNITS * LONGEST, status);
    w->done = to;
    if (U_FAILURE(*status)) return;
    if (n == m && memcmp(before, after, (size_t)n * sizeof *before) == 0) return;
    sm_buffer_put(&w->out, (sm_span){w->run, (size_t)(from - w->run)});
    write_utf16(w, after, m, status);
    w->run = to;
}

static char ascii_of(uint32_t c)
{
    if (c == 0x3000) return ' ';
    return c >= 0xFF01 && c <= 0xFF5E ? (char)(c - 0xFF00 + 0x20) : 0;
}

/* Most of what NFKC changes in Japanese text is full-width ASCII. Unless a mark follows, no other
 * character has a part in it, and ICU need not be asked. False: it was not that. */
static bool rewrite_ascii(rewriter *w, const char *from)
{
    const char *to = from;
    const char ascii = ascii_of(sm_utf8_next(&to, w->end));
    if (!ascii) return false;
    const char *p = to;
    const uint32_t next = p < w->end ? sm_utf8_next(&p, w->end) : 0;
    if ((sm_character(next) & w->bit) && !ascii_of(next)) return false;
    sm_buffer_put(&w->out, (sm_span){w->run, (size_t)(from - w->run)});
    sm_buffer_putc(&w->out, ascii);
    w->run = w->done = to;
    return true;
}

int sm_normalize_unicode(bool compatible, sm_span text, sm_arena *arena, sm_span *out,
                         sm_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    rewriter w = {.run = text.p, .done = text.p, .end = text.p + text.n};
    w.form = compatible ? unorm2_getNFKCInstance(&status) : unorm2_getNFCInstance(&status);
    w.bit = compatible ? SM_CHAR_NFKC : SM_CHAR_NFC;
    w.out = sm_buffer_make(GROWTH * text.n + (size_t)3 * UNITS * LONGEST);
    const char *p = NULL;
    while (U_SUCCESS(status) && (p = sm_normalize_find(w.done, w.end, w.bit)) < w.end) {
        if (compatible && rewrite_ascii(&w, p)) continue;
        const char *from = step_back(p, w.done); /* the one before may join with it */
        rewrite(&w, from, stretch_end(&w, from), &status);
    }
    const bool changed = w.run > text.p;
    if (changed) sm_buffer_put(&w.out, (sm_span){w.run, (size_t)(w.end - w.run)});
    *out = changed ? sm_arena_copy(arena, sm_buffer_span(&w.out)) : text;
    sm_buffer_free(&w.out);
    if (U_FAILURE(status)) SM_FAIL(err, SM_EFORMAT, "normalization: %s", u_errorName(status));
    return 0;
}
