/* See window.h.
 * SPDX-License-Identifier: MIT */
#include "window.h"

#include <string.h>

enum { STEP = 256 << 10, KEPT = 8 << 20 };

int window_open(window *w, const char *path, size_t max, sm_error *err)
{
    /* Twice the longest record with what follows it: half of the window may have been taken. */
    *w = (window){.bytes = sm_buffer_make(2 * max + 4 * (size_t)STEP)};
    return sm_input_open_book(&w->in, path, err);
}

void window_close(window *w)
{
    sm_buffer_free(&w->bytes);
    sm_input_close(w->in);
    w->in = NULL;
}

static void compact(window *w)
{
    if (w->at == 0) return;
    memmove(w->bytes.p, w->bytes.p + w->at, w->bytes.n - w->at);
    w->bytes.n -= w->at;
    w->at = 0;
    /* What one giant record needed is not kept for all the others. */
    if (w->bytes.cap <= KEPT || w->bytes.n > STEP) return;
    w->bytes.p = sm_realloc(w->bytes.p, 4 * (size_t)STEP);
    w->bytes.cap = 4 * (size_t)STEP;
}

/* Reads on at p; notes the end. Gives how many bytes came. */
static size_t pull(window *w, char *p, size_t n)
{
    size_t got = 0;
    if (w->ended) return 0;
    const int rc = sm_input_read(w->in, p, n, &got, &w->error);
    if (rc == 1) return got;
    w->ended = true;
    w->failure = rc;
    return 0;
}

size_t window_want(window *w, size_t n)
{
    while (w->bytes.n - w->at < n && !w->ended) {
        if (w->at >= w->bytes.n - w->at) compact(w);
        char *room = sm_buffer_reserve(&w->bytes, STEP);
        if (!room) break;
        w->bytes.n += pull(w, room, STEP);
    }
    return w->bytes.n - w->at;
}

sm_span window_view(const window *w)
{
    const size_t n = w->bytes.n - w->at;
    return n ? (sm_span){w->bytes.p + w->at, n} : (sm_span){0};
}

static size_t skip(window *w, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const size_t have = window_want(w, 1);
        if (have == 0) break;
        const size_t step = have < n - done ? have : n - done;
        w->at += step;
        done += step;
    }
    return done;
}

size_t window_take(window *w, char *p, size_t n)
{
    size_t done = 0;
    if (!p) {
        done = skip(w, n);
    } else {
        done = w->bytes.n - w->at < n ? w->bytes.n - w->at : n;
        if (done) memcpy(p, w->bytes.p + w->at, done);
        w->at += done;
        while (done < n && !w->ended)
            done += pull(w, p + done, n - done);
    }
    w->offset += (int64_t)done;
    return done;
}

int window_line(window *w, size_t max, sm_span *line)
{
    size_t seen = 0;
    for (;;) {
        const size_t have = window_want(w, seen + 1);
        if (have == 0) return 0;
        const char *p = w->bytes.p + w->at;
        const char *lf = memchr(p + seen, '\n', have - seen);
        *line = (sm_span){p, lf ? (size_t)(lf + 1 - p) : have};
        if (line->n > max) return SM_ELIMIT;
        if (lf || have == seen) return 1;
        seen = have;
    }
}

bool window_resume(window *w)
{
    if (!w->ended || w->failure == 0 || !sm_input_resume(w->in)) return false;
    w->offset += (int64_t)(w->bytes.n - w->at);
    sm_buffer_clear(&w->bytes);
    w->at = 0;
    w->ended = false;
    w->failure = 0;
    sm_error_clear(&w->error);
    return true;
}

int window_end(const window *w, sm_error *err)
{
    if (w->failure < 0) sm_error_set(err, w->failure, "%s", w->error.text);
    return w->failure;
}
