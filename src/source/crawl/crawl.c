/* Records with lengths that may be wrong, in files that may be damaged: see crawl.h.
 * SPDX-License-Identifier: MIT */
#include "crawl.h"

#include <string.h>

enum { SEARCH_BYTES = 64 << 10, BLANKS = 8 };

static sm_span behind(sm_span s, size_t n)
{
    return n ? (sm_span){s.p + n, s.n - n} : s; /* an empty one may have no address */
}

static size_t count_blanks(sm_span s, size_t most)
{
    size_t i = 0;
    while (i < s.n && i < most && (s.p[i] == '\r' || s.p[i] == '\n'))
        i++;
    return i;
}

int crawl_bad(sm_record *record, const char *kind, const char *why)
{
    record->body = record->head;
    record->bad = kind;
    record->why = why;
    return 1;
}

/* ---- damage and ends ------------------------------------------------------------------------- */

/* Where damage ended the input, and something can be read behind it. */
static bool pass_damage(sm_container *c, sm_record *record)
{
    const bool checksum = c->window.failure == SM_EHASH;
    if (!window_resume(&c->window)) return false;
    c->counts->damaged++;
    return crawl_bad(record, "damaged",
                     checksum ? "the checksum of the compressed member is wrong"
                              : "the compressed member is damaged");
}

int crawl_cut(sm_container *c, sm_record *record, sm_error *err)
{
    if (pass_damage(c, record)) return 1;
    SM_TRY(window_end(&c->window, err));
    SM_FAIL(err, SM_ETRUNC, "%s: the file ends inside the record at offset %lld", c->path,
            (long long)record->offset);
}

/* ---- finding records -------------------------------------------------------------------------- */

/* The first place in s, behind a line end, where a record begins; s.n where there is none. Its first line must be
 * whole: only at the end of a file will a part of it do. */
static size_t find_record(const crawl_format *format, sm_span s)
{
    const char *p = s.p, *end = s.n ? s.p + s.n : s.p;
    while (p && p < end) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p) break;
        const sm_span rest = behind(s, (size_t)(++p - s.p));
        if (format->begins(rest) && memchr(rest.p, '\n', rest.n)) return (size_t)(p - s.p);
    }
    return s.n;
}

/* Skips up to n bytes, but no further than to the next record; gives how many. */
static uint64_t skip_to_record(window *w, const crawl_format *format, uint64_t n)
{
    uint64_t done = 0;
    while (done < n) {
        const size_t have = window_want(w, SEARCH_BYTES);
        const sm_span view = window_view(w);
        const size_t found = find_record(format, view);
        /* A beginning may be cut by the view's end, and the line end before it is needed to know it. */
        const size_t keep = have < SEARCH_BYTES ? 0 : format->look + 1;
        size_t step = found < have ? found : have - keep;
        if (step > n - done) step = (size_t)(n - done);
        if (step == 0) break;
        (void)window_take(w, NULL, step);
        done += step;
        if (step == found && found < have) break;
    }
    return done;
}

/* Moves to the next record: 1; 0 the end; 2 a member of the compressed file is damaged: *record is the bad record for
 * it; or a failure. */
static int next_record(sm_container *c, const crawl_format *format, sm_record *record,
                       sm_error *err)
{
    window *w = &c->window;
    bool lost = false;
    for (;;) {
        const size_t have = window_want(w, format->look);
        const sm_span view = window_view(w);
        record->offset = w->offset;
        if (have && format->begins(view)) break;
        if (have && count_blanks(view, 1)) {
            (void)window_take(w, NULL, 1);
            continue;
        }
        if (have == 0) return pass_damage(c, record) ? 2 : window_end(w, err);
        /* One place, however long what is no record is. */
        if (!lost) c->counts->lost_sync++;
        lost = true;
        if (skip_to_record(w, format, UINT64_MAX) == 0) (void)window_take(w, NULL, 1);
    }
    return 1;
}

/* ---- bodies ------------------------------------------------------------------------------- */

/* Does a record end `length` bytes on: blank lines, then a record or the end of the input? */
static bool ends_at(window *w, const crawl_format *format, size_t length)
{
    const size_t have = window_want(w, length + BLANKS + format->look);
    if (have < length) return false;
    const sm_span rest = behind(window_view(w), length);
    const size_t blanks = count_blanks(rest, BLANKS);
    return blanks == rest.n || format->begins(behind(rest, blanks));
}

/* A body in the window, whose length was checked or corrected. */
static int take_body(sm_container *c, size_t length, sm_record *record, sm_arena *arena)
{
    window *w = &c->window;
    record->body = sm_arena_copy(arena, (sm_span){window_view(w).p, length});
    (void)window_take(w, NULL, length);
    return 1;
}

/* All of it came, but its member says that it is not what was written. */
static bool is_falsified(window *w)
{
    return w->failure == SM_EHASH && count_blanks(window_view(w), BLANKS) == window_want(w, 1);
}

/* Do the blank lines of a record's end stand `length` bytes on? What is behind them may be damaged. */
static bool is_closed(window *w, size_t length)
{
    const sm_span view = window_view(w);
    return view.n > length + 1 && count_blanks(behind(view, length), BLANKS) >= 2;
}

/* Corrects a length: up to the next record, or where the length was too small and no record follows in sight,
 * as it is; what is behind is then no record. */
static int correct_body(sm_container *c, const crawl_format *format, size_t length,
                        sm_record *record, sm_arena *arena, sm_error *err)
{
    window *w = &c->window;
    const size_t have = window_want(w, 1);
    const size_t next = find_record(format, window_view(w));
    const bool alone = next == have, broken = w->failure < 0;
    if (alone && broken && is_closed(w, length)) return take_body(c, length, record, arena);
    if (alone && (broken || have < length)) return crawl_cut(c, record, err);
    c->counts->wrong_length++;
    (void)take_body(c, next < length ? next : length, record, arena);
    if (next > length) (void)skip_to_record(w, format, UINT64_MAX);
    return 1;
}

static int read_body(sm_container *c, const crawl_format *format, size_t length,
                     sm_record *record, sm_arena *arena, sm_error *err)
{
    if (!ends_at(&c->window, format, length))
        return correct_body(c, format, length, record, arena, err);
    (void)take_body(c, length, record, arena);
    if (is_falsified(&c->window)) (void)pass_damage(c, record);
    return 1;
}

/* A body that is not wanted, or longer than it may be. It is not kept, so that a record inside it ends it. */
static int skip_body(sm_container *c, const crawl_format *format, uint64_t length,
                     sm_record *record, sm_error *err)
{
    window *w = &c->window;
    if (length <= c->max && ends_at(w, format, (size_t)length)) {
        (void)window_take(w, NULL, (size_t)length);
        return 1;
    }
    if (skip_to_record(w, format, length) < length) {
        if (window_want(w, 1) == 0) return crawl_cut(c, record, err);
        c->counts->wrong_length++;
    }
    return 1;
}

int crawl_body(sm_container *c, const crawl_format *format, uint64_t length, bool wanted,
               sm_record *record, sm_arena *arena, sm_error *err)
{
    if (wanted && length <= c->max)
        return read_body(c, format, (size_t)length, record, arena, err);
    SM_TRY(skip_body(c, format, length, record, err));
    if (wanted && !record->bad) crawl_bad(record, "too-large", "longer than --max-document");
    return 1;
}

/* ---- all of it ---------------------------------------------------------------------------- */

int crawl_read(sm_container *c, const crawl_format *format, crawl_reader *read,
               sm_record *record, sm_arena *arena, sm_error *err)
{
    bool page = false;
    while (!page) {
        *record = (sm_record){0};
        const int rc = next_record(c, format, record, err);
        if (rc <= 0) return rc;
        if (rc == 2) break;
        SM_TRY(read(c, record, arena, &page, err));
        if (!page) c->counts->passed_over++;
    }
    record->in_bytes = (size_t)(c->window.offset - record->offset);
    return 1;
}
