/* What of a text can be shown: see text_stream.h.
 * SPDX-License-Identifier: MIT */
#include "text_stream.h"

#include <string.h>

#include <seimai/utf8.h>

#define MOST_TEXT ((size_t)64 << 20)

void sm_text_stream_init(sm_text_stream *s, const sm_tokenizer *tokenizer, const sm_span *stops,
                         size_t n_stops, uint32_t anchor)
{
    *s = (sm_text_stream){.tokenizer = tokenizer,
                          .stops = stops,
                          .n_stops = n_stops,
                          .anchor = anchor,
                          .raw = sm_buffer_make(MOST_TEXT),
                          .text = sm_buffer_make(3 * MOST_TEXT),
                          .one = sm_buffer_make(MOST_TEXT)};
    if (anchor != SM_NO_TOKEN && sm_tokenizer_is_special(tokenizer, anchor))
        s->anchor = SM_NO_TOKEN;
}

void sm_text_stream_fini(sm_text_stream *s)
{
    sm_buffer_free(&s->raw);
    sm_buffer_free(&s->text);
    sm_buffer_free(&s->one);
}

/* The bytes of an id: what it adds to those of the one before it. */
static int decode(sm_text_stream *s, uint32_t id, sm_error *err)
{
    const uint32_t pair[] = {s->anchor, id};
    size_t before = 0;
    sm_buffer_clear(&s->one);
    if (s->anchor != SM_NO_TOKEN) {
        SM_TRY(sm_tokenizer_decode(s->tokenizer, pair, 1, false, &s->one, err));
        before = s->one.n;
        sm_buffer_clear(&s->one);
        SM_TRY(sm_tokenizer_decode(s->tokenizer, pair, 2, false, &s->one, err));
    } else {
        SM_TRY(sm_tokenizer_decode(s->tokenizer, pair + 1, 1, false, &s->one, err));
    }
    sm_buffer_put(&s->raw, (sm_span){s->one.p + before, s->one.n - before});
    if (s->raw.overflow)
        SM_FAIL(err, SM_ELIMIT, "the answer is larger than %zu bytes", MOST_TEXT);
    const bool says = !sm_tokenizer_is_special(s->tokenizer, id) &&
                      sm_tokenizer_bytes(s->tokenizer, id).n > 0;
    if (says) s->anchor = id;
    return SM_OK;
}

/* Where the first stop string begins in what is not released, or raw.n. */
static size_t find_stop(const sm_text_stream *s)
{
    for (size_t at = s->released; at < s->raw.n; at++)
        for (size_t i = 0; i < s->n_stops; i++)
            if (s->stops[i].n <= s->raw.n - at &&
                memcmp(s->raw.p + at, s->stops[i].p, s->stops[i].n) == 0)
                return at;
    return s->raw.n;
}

/* Whether all bytes from `at` on are the beginning of a stop string. */
static bool may_become_stop(const sm_text_stream *s, size_t at)
{
    const size_t n = s->raw.n - at;
    for (size_t i = 0; i < s->n_stops; i++)
        if (n < s->stops[i].n && memcmp(s->raw.p + at, s->stops[i].p, n) == 0) return true;
    return false;
}

/* The bytes at the end of [released, end) that may be the beginning of a character. */
static size_t unfinished(const sm_text_stream *s, size_t end)
{
    for (size_t n = 1; n <= 3 && n <= end - s->released; n++) {
        const unsigned char c = (unsigned char)s->raw.p[end - n];
        const size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        if (length > n) return n;
        if (length > 1 || c < 0x80) return 0;
    }
    return 0;
}

static void release(sm_text_stream *s, size_t end)
{
    uint64_t bad = 0;
    sm_utf8_repair((sm_span){s->raw.p + s->released, end - s->released}, &s->text, &bad);
    s->released = end;
}

int sm_text_stream_put(sm_text_stream *s, uint32_t id, sm_error *err)
{
    SM_TRY(decode(s, id, err));
    const size_t stop = find_stop(s);
    if (stop < s->raw.n) {
        release(s, stop);
        s->raw.n = stop;
        s->stopped = true;
        return 1;
    }
    size_t end = s->released;
    while (end < s->raw.n && !may_become_stop(s, end))
        end++;
    release(s, end - unfinished(s, end));
    return 0;
}

void sm_text_stream_end(sm_text_stream *s)
{
    release(s, s->raw.n);
}
