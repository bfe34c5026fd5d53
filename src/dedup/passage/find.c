/* From fingerprints to cuts: see seimai/repeats.h for the way.
 * SPDX-License-Identifier: MIT
 *
 * Four sorters hand on to each other: fingerprints by hash → places of those that occur twice → hashes of the
 * N-grams around them → pairs of (place, earlier place) → cuts. Each step reads the corpus at most once, in order. */
#include "passage_internal.h"

#include <string.h>

/* ---- numbers as keys -------------------------------------------------------------------------- */

static sm_span big_endian(char bytes[8], uint64_t v)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(v >> (56 - 8 * i));
    return (sm_span){bytes, 8};
}

static uint64_t from_big_endian(const char *bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | (uint8_t)bytes[i];
    return v;
}

static int add_pair(sm_sorter *s, uint64_t key, uint64_t value, sm_error *err)
{
    char k[8], v[8];
    sm_put_u64(v, value);
    return sm_sorter_add(s, big_endian(k, key), (sm_span){v, 8}, err);
}

static int add_key(sm_sorter *s, uint64_t key, sm_error *err)
{
    char k[8];
    return sm_sorter_add(s, big_endian(k, key), (sm_span){0}, err);
}

/* The next (key, value) of a sorter of pairs or keys: 1, 0 at the end, or a failure. */
static int next_pair(sm_sorter *s, uint64_t *key, uint64_t *value, sm_error *err)
{
    sm_span k, v;
    const int rc = sm_sorter_next(s, &k, &v, err);
    if (rc != 1) return rc;
    *key = from_big_endian(k.p);
    *value = v.n ? sm_get_u64(v.p) : 0;
    return 1;
}

static int add_cut(sm_repeats *r, uint64_t at, uint32_t end, uint64_t source, sm_error *err)
{
    char k[8], v[12];
    sm_put_u32(v, end);
    sm_put_u64(v + 4, source);
    return sm_sorter_add(r->cuts, big_endian(k, at), (sm_span){v, sizeof v}, err);
}

/* Ends a sorter's life; its spilled bytes are counted. */
static void retire(sm_repeats *r, sm_sorter **s)
{
    if (!*s) return;
    r->counts.spilled += sm_sorter_stats(*s).spilled;
    sm_sorter_free(*s);
    *s = NULL;
}

/* ---- places of fingerprints that occur twice ----------------------------------------------------- */

static int find_hot(sm_repeats *r, sm_sorter *hot, sm_error *err)
{
    uint64_t hash, at, last_hash = 0, last_at = 0;
    bool any = false, last_told = false;
    int rc;
    while ((rc = next_pair(r->units, &hash, &at, err)) == 1) {
        const bool again = any && hash == last_hash;
        if (again && !last_told) SM_TRY(add_key(hot, last_at, err));
        if (again) SM_TRY(add_key(hot, at, err));
        if (again) r->counts.repeated += last_told ? 1 : 2;
        last_hash = hash;
        last_at = at;
        last_told = again;
        any = true;
    }
    return rc;
}

/* ---- hashes of the N-grams around them ------------------------------------------------------------ */

/* The hot places of one document, and its text. */
typedef struct hot_document {
    size_t number;
    uint32_t *at;
    size_t n, cap;
    sm_buffer text;
} hot_document;

/* An N-gram is wanted if a hot k-gram lies in it: the first hot place from its beginning on is at most N - k code
 * points away, which `reach` is ahead of it. */
static int hash_windows(const sm_repeats *r, const hot_document *d, sm_sorter *windows,
                        sm_error *err)
{
    const size_t n = r->set.min_chars;
    const sm_span text = sm_buffer_span(&d->text);
    const char *reach = text.p;
    roller w;
    if (!roller_init(&w, text, n)) return 0;
    for (size_t i = passage_k(n); i < n; i++)
        (void)sm_utf8_next(&reach, w.stop);
    size_t hot = 0;
    do {
        const uint32_t begin = (uint32_t)(w.begin - text.p);
        while (hot < d->n && d->at[hot] < begin)
            hot++;
        if (hot == d->n) return 0;
        if (d->at[hot] <= (uint32_t)(reach - text.p))
            SM_TRY(add_pair(windows, roller_hash(&w), place(d->number, begin), err));
        if (reach < w.stop) (void)sm_utf8_next(&reach, w.stop);
    } while (roller_move(&w));
    return 0;
}

static int flush_hot(const sm_repeats *r, hot_document *d, sm_sorter *windows, sm_error *err)
{
    if (d->n == 0) return 0;
    SM_TRY(spool_text(&r->corpus, d->number, &d->text, err));
    SM_TRY(hash_windows(r, d, windows, err));
    d->n = 0;
    return 0;
}

static int find_windows(const sm_repeats *r, sm_sorter *hot, sm_sorter *windows, sm_error *err)
{
    hot_document d = {.text = sm_buffer_make(UINT32_MAX)};
    uint64_t at, none;
    int rc = sm_sorter_sort(hot, err);
    while (rc == 0 && (rc = next_pair(hot, &at, &none, err)) == 1) {
        rc = at >> 32 != d.number ? flush_hot(r, &d, windows, err) : 0;
        d.number = at >> 32;
        d.at = sm_array_grow(d.at, d.n, &d.cap, sizeof *d.at);
        d.at[d.n++] = (uint32_t)at;
    }
    if (rc == 0) rc = flush_hot(r, &d, windows, err);
    sm_free(d.at);
    sm_buffer_free(&d.text);
    return rc;
}

/* ---- pairs of equal hashes -------------------------------------------------------------------------- */

/* The first of a hash is the earliest of the corpus: every later one is a copy of it, or of nothing. */
static int pair_windows(sm_sorter *windows, sm_sorter *pairs, sm_error *err)
{
    uint64_t hash, at, first_hash = 0, first_at = 0;
    bool any = false;
    int rc = sm_sorter_sort(windows, err);
    while (rc == 0 && (rc = next_pair(windows, &hash, &at, err)) == 1) {
        const bool again = any && hash == first_hash;
        rc = again ? add_pair(pairs, at, first_at, err) : 0;
        if (!again) first_at = at;
        first_hash = hash;
        any = true;
    }
    return rc;
}

/* ---- character by character --------------------------------------------------------------------------- */

/* A walk through the pairs of one document. */
typedef struct comparison {
    sm_repeats *r;
    size_t number;
    sm_buffer text;
    const char *begin, *end; /* the present N-gram */
    uint64_t last_at, last_source;
    const char
        *equal_to; /* what is known to be equal of the last pair ends here; NULL: nothing */
    marked_list marks;
} comparison;

/* Moves the N-gram to a later byte of the text. */
static void move_to(comparison *c, uint32_t at)
{
    const char *const stop = c->text.p + c->text.n;
    while (c->begin < c->text.p + at) {
        (void)sm_utf8_next(&c->begin, stop);
        (void)sm_utf8_next(&c->end, stop);
    }
}

/* Does the text from `from` to the end of the N-gram stand at its place beside the source, too? */
static int same_text(comparison *c, const char *from, uint64_t source, bool *same,
                     sm_error *err)
{
    const uint32_t at = (uint32_t)source + (uint32_t)(from - c->begin);
    const size_t n = (size_t)(c->end - from);
    sm_span part;
    SM_TRY(spool_part(&c->r->corpus, source >> 32, at, n, &part, err));
    *same = n == 0 || (part.n == n && memcmp(part.p, from, n) == 0);
    return 0;
}

static void mark(comparison *c, uint64_t source)
{
    const uint32_t begin = (uint32_t)(c->begin - c->text.p);
    const uint32_t end = (uint32_t)(c->end - c->text.p);
    marked_list *m = &c->marks;
    if (m->n > 0 && begin <= m->p[m->n - 1].end) {
        m->p[m->n - 1].end = end;
        return;
    }
    m->p = sm_array_grow(m->p, m->n, &m->cap, sizeof *m->p);
    m->p[m->n++] = (marked){begin, end, source};
}

/* Neighbouring pairs mostly run in parallel: then only what is new at the end is compared. */
static int compare_pair(comparison *c, uint64_t at, uint64_t source, sm_error *err)
{
    move_to(c, (uint32_t)at);
    const bool parallel =
        c->equal_to && at - c->last_at == source - c->last_source && c->equal_to > c->begin;
    const bool overlaps =
        source + (uint64_t)(c->end - c->begin) > at; /* in one document only */
    bool same = false;
    SM_TRY(same_text(c, parallel ? c->equal_to : c->begin, source, &same, err));
    c->r->counts.compared++;
    c->r->counts.unequal += !same;
    c->last_at = at;
    c->last_source = source;
    c->equal_to = same ? c->end : NULL;
    if (same && !overlaps) mark(c, source);
    return 0;
}

static int flush_marks(comparison *c, sm_error *err)
{
    marked_list *m = &c->marks;
    if (!c->r->set.any_place) keep_sentences(sm_buffer_span(&c->text), m);
    for (size_t i = 0; i < m->n; i++)
        SM_TRY(
            add_cut(c->r, place(c->number, m->p[i].begin), m->p[i].end, m->p[i].source, err));
    m->n = 0;
    return 0;
}

static int begin_document(comparison *c, size_t number, sm_error *err)
{
    SM_TRY(flush_marks(c, err));
    SM_TRY(spool_text(&c->r->corpus, number, &c->text, err));
    c->number = number;
    c->begin = c->end = c->text.p;
    c->equal_to = NULL;
    for (size_t i = 0; i < c->r->set.min_chars; i++)
        (void)sm_utf8_next(&c->end, c->text.p + c->text.n);
    return 0;
}

static int compare_pairs(sm_repeats *r, sm_sorter *pairs, sm_error *err)
{
    comparison c = {.r = r, .number = SIZE_MAX, .text = sm_buffer_make(UINT32_MAX)};
    uint64_t at, source;
    int rc = sm_sorter_sort(pairs, err);
    while (rc == 0 && (rc = next_pair(pairs, &at, &source, err)) == 1) {
        rc = at >> 32 != c.number ? begin_document(&c, at >> 32, err) : 0;
        if (rc == 0) rc = compare_pair(&c, at, source, err);
    }
    if (rc == 0) rc = flush_marks(&c, err);
    sm_free(c.marks.p);
    sm_buffer_free(&c.text);
    return rc;
}

int find_passages(sm_repeats *r, sm_error *err)
{
    sm_sorter *hot = repeats_sorter(r, 8, 0), *windows = repeats_sorter(r, 8, 8);
    sm_sorter *pairs = repeats_sorter(r, 8, 8);
    int rc = find_hot(r, hot, err);
    retire(r, &r->units);
    if (rc == 0) rc = find_windows(r, hot, windows, err);
    retire(r, &hot);
    if (rc == 0) rc = pair_windows(windows, pairs, err);
    retire(r, &windows);
    if (rc == 0) rc = compare_pairs(r, pairs, err);
    retire(r, &pairs);
    return rc;
}

/* ---- lines and paragraphs ------------------------------------------------------------------------------ */

/* The units of one hash so far, as (place, end), until there are min_count of them. */
typedef struct equal_units {
    char key[16];
    uint64_t first; /* place of the first */
    uint64_t n;
    struct waiting {
        uint64_t at;
        uint32_t end;
    } * waiting;
    size_t n_waiting, cap;
} equal_units;

static int meet_unit(sm_repeats *r, equal_units *e, uint64_t at, uint32_t end, sm_error *err)
{
    if (e->n++ == 0) {
        e->first = at;
        return 0;
    }
    r->counts.repeated += e->n == 2 ? 2 : 1;
    if (e->n < r->set.min_count) {
        e->waiting = sm_array_grow(e->waiting, e->n_waiting, &e->cap, sizeof *e->waiting);
        e->waiting[e->n_waiting++] = (struct waiting){at, end};
        return 0;
    }
    for (size_t i = 0; i < e->n_waiting; i++)
        SM_TRY(add_cut(r, e->waiting[i].at, e->waiting[i].end, e->first, err));
    e->n_waiting = 0;
    return add_cut(r, at, end, e->first, err);
}

int find_units(sm_repeats *r, sm_error *err)
{
    equal_units e = {.n = 0};
    sm_span k, v;
    int rc;
    while ((rc = sm_sorter_next(r->units, &k, &v, err)) == 1) {
        if (e.n > 0 && memcmp(e.key, k.p, sizeof e.key) != 0) e.n = e.n_waiting = 0;
        memcpy(e.key, k.p, sizeof e.key);
        rc = meet_unit(r, &e, sm_get_u64(v.p), sm_get_u32(v.p + 8), err);
        if (rc < 0) break;
    }
    sm_free(e.waiting);
    retire(r, &r->units);
    return rc;
}
