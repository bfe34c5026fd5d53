/* SentencePiece's normalizer.
 * SPDX-License-Identifier: MIT
 *
 * A text is taken from the left in units: a user-defined piece, else the longest rule of the map, else a
 * character, where a byte that is no UTF-8 counts as U+FFFD. With remove_extra_whitespaces no unit begins with a
 * space where one has just been written. ▁ and the space are one: see front.h. */
#include "spiece/front.h"

#include <seimai/utf8.h>

#include <string.h>

#define MARK    "\xE2\x96\x81" /* U+2581 */
#define UNKNOWN "\xEF\xBF\xBD" /* U+FFFD */

typedef struct reader {
    const front *f;
    const char *p, *valid, *end; /* up to `valid` the text is UTF-8 */
} reader;

void front_put_swapped(sm_buffer *out, sm_span s)
{
    const char *from = s.p, *const end = s.p + s.n;
    for (const char *p = from; (size_t)(end - p) >= 3;) {
        p = memchr(p, MARK[0], (size_t)(end - p) - 2);
        if (!p) break;
        if (memcmp(p, MARK, 3) != 0) {
            p++;
            continue;
        }
        sm_buffer_put(out, (sm_span){from, (size_t)(p - from)});
        sm_buffer_putc(out, ' ');
        from = p += 3;
    }
    sm_buffer_put(out, (sm_span){from, (size_t)(end - from)});
}

static void put(const front *f, sm_span s, sm_buffer *out)
{
    if (f->swap_mark)
        front_put_swapped(out, s);
    else
        sm_buffer_put(out, s);
}

static size_t match_untouched(const front *f, const char *p, const char *end)
{
    if (f->untouched.n == 0) return 0;
    const uint32_t n = trie_longest(&f->untouched, (const uint8_t *)p, (const uint8_t *)end);
    return n == TRIE_NONE ? 0 : n;
}

/* Takes the next unit: what it becomes. */
static sm_span take(reader *r)
{
    sm_span by = SM_SPAN(UNKNOWN);
    size_t n = match_untouched(r->f, r->p, r->end);
    if (n > 0) {
        by = (sm_span){r->p, n};
    } else if (r->f->map.units) {
        n = charsmap_match(&r->f->map, r->p, (size_t)(r->end - r->p), &by);
    }
    if (n == 0 && r->p < r->valid) {
        const char *next = r->p;
        (void)sm_utf8_next(&next, r->valid);
        n = (size_t)(next - r->p);
        by = (sm_span){r->p, n};
    }
    r->p += n > 0 ? n : 1;
    if (r->p > r->valid || (n == 0))
        r->valid = r->p + sm_utf8_check((sm_span){r->p, (size_t)(r->end - r->p)});
    return by;
}

/* Characters that are units of their own and no spaces: most of a text, taken at once. */
static sm_span take_plain(reader *r)
{
    const front *f = r->f;
    const char *const from = r->p;
    while (r->p < r->valid) {
        const char *next = r->p;
        if (*r->p == ' ' && f->squeeze) break;
        if (front_begins(&f->untouched, (uint8_t)*r->p)) break;
        const uint32_t c = charsmap_take(&next);
        if (charsmap_begins(&f->map, c) &&
            charsmap_matches(&f->map, c, r->p, next, (size_t)(r->end - r->p)))
            break;
        r->p = next;
    }
    return (sm_span){from, (size_t)(r->p - from)};
}

static void skip_leading_spaces(reader *r)
{
    for (reader ahead = *r; ahead.p < ahead.end; *r = ahead) {
        const sm_span unit = take(&ahead);
        if (!sm_span_equal(unit, SM_SPAN(" "))) return;
    }
}

static void put_units(reader *r, sm_buffer *out)
{
    const front *f = r->f;
    bool after_space = f->squeeze;
    while (r->p < r->end) {
        const sm_span plain = take_plain(r);
        if (plain.n) {
            put(f, plain, out);
            after_space = false;
            continue;
        }
        sm_span unit = take(r);
        for (; after_space && unit.n && *unit.p == ' '; unit.n--)
            unit.p++;
        if (unit.n == 0) continue;
        put(f, unit, out);
        after_space = f->squeeze && unit.p[unit.n - 1] == ' ';
    }
}

void front_spiece(const front *f, sm_span text, sm_buffer *out)
{
    reader r = {f, text.p, text.p + sm_utf8_check(text), text.p + text.n};
    const size_t before = out->n;
    if (f->squeeze) skip_leading_spaces(&r);
    if (r.p == r.end) return;
    if (f->dummy_prefix && !f->suffix) sm_buffer_putc(out, ' ');
    put_units(&r, out);
    while (f->squeeze && out->n > before && out->p[out->n - 1] == ' ')
        out->n--;
    if (f->dummy_prefix && f->suffix) sm_buffer_putc(out, ' ');
}
