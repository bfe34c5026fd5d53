/* The two passes over a corpus: see seimai/repeats.h.
 * SPDX-License-Identifier: MIT */
#include "passage_internal.h"

#include <string.h>

struct sm_repeat_scanner {
    const sm_repeats *r;
    winnow_slot *ring;
    unit_list list;
};

sm_repeat_options sm_repeat_defaults(sm_repeat_unit unit)
{
    return (sm_repeat_options){
        .unit = unit,
        .min_chars = unit == SM_REPEAT_PASSAGE ? 100 : 10,
        .min_count = 2,
        .memory = (size_t)256 << 20,
        .threads = 1,
        .folder = ".",
    };
}

static int check(const sm_repeat_options *o, sm_error *err)
{
    const bool passages = o->unit == SM_REPEAT_PASSAGE;
    if (passages && (o->min_chars < SM_REPEAT_MIN || o->min_chars > SM_REPEAT_MAX))
        SM_FAIL(err, SM_EUSAGE, "passages of %zu characters: must be %d to %d", o->min_chars,
                SM_REPEAT_MIN, SM_REPEAT_MAX);
    if (o->min_count < 2) SM_FAIL(err, SM_EUSAGE, "a count below 2 is no repetition");
    return 0;
}

/* At most three sorters are in use at a time. */
sm_sorter *repeats_sorter(const sm_repeats *r, size_t key, size_t value)
{
    const sm_sort_options o = {key, value, r->set.memory / 3, r->set.threads, r->set.folder};
    return sm_sorter_new(&o);
}

int sm_repeats_new(sm_repeats **out, const sm_repeat_options *options, sm_error *err)
{
    const bool passages = options->unit == SM_REPEAT_PASSAGE;
    *out = NULL;
    SM_TRY(check(options, err));
    sm_repeats *r = sm_calloc(1, sizeof *r);
    r->set = *options;
    r->units = passages ? repeats_sorter(r, 8, 8) : repeats_sorter(r, 16, 12);
    r->cuts = repeats_sorter(r, 8, 12);
    const int rc = spool_open(&r->corpus, r->set.folder, passages, err);
    if (rc < 0)
        sm_repeats_free(r);
    else
        *out = r;
    return rc;
}

void sm_repeats_free(sm_repeats *r)
{
    if (!r) return;
    sm_sorter_free(r->units);
    sm_sorter_free(r->cuts);
    spool_close(&r->corpus);
    sm_free(r);
}

sm_repeat_counts sm_repeats_count(const sm_repeats *r)
{
    return r->counts;
}

/* ---- the first pass --------------------------------------------------------------------------- */

sm_repeat_scanner *sm_repeat_scanner_new(const sm_repeats *r)
{
    sm_repeat_scanner *s = sm_calloc(1, sizeof *s);
    s->r = r;
    if (r->set.unit == SM_REPEAT_PASSAGE)
        s->ring = sm_malloc(r->set.min_chars * sizeof *s->ring);
    return s;
}

void sm_repeat_scanner_free(sm_repeat_scanner *s)
{
    if (!s) return;
    sm_free(s->ring);
    sm_free(s->list.p);
    sm_free(s);
}

const sm_repeat_scan *sm_repeats_scan(sm_repeat_scanner *s, sm_span text, sm_arena *arena)
{
    const sm_repeat_options *o = &s->r->set;
    s->list.n = 0;
    if (o->unit == SM_REPEAT_PASSAGE)
        winnow(text, o->min_chars, s->ring, &s->list);
    else
        find_lines(text, o->min_chars, o->unit == SM_REPEAT_PARAGRAPH, &s->list);
    sm_repeat_scan *scan = sm_arena_alloc(arena, sizeof *scan);
    repeat_unit *units = sm_arena_alloc(arena, s->list.n * sizeof *units);
    if (s->list.n > 0) memcpy(units, s->list.p, s->list.n * sizeof *units);
    *scan = (sm_repeat_scan){units, s->list.n};
    return scan;
}

static int add_unit(sm_repeats *r, const repeat_unit *u, sm_error *err)
{
    const uint64_t at = place(r->corpus.n - 1, u->begin);
    char key[16], value[12];
    sm_put_u64(key, u->hash.lo); /* any order serves, as long as equal ones meet */
    sm_put_u64(key + 8, u->hash.hi);
    sm_put_u64(value, at);
    sm_put_u32(value + 8, u->end);
    const bool passages = r->set.unit == SM_REPEAT_PASSAGE;
    return sm_sorter_add(r->units, (sm_span){key, passages ? 8 : 16},
                         (sm_span){value, passages ? 8 : 12}, err);
}

int sm_repeats_add(sm_repeats *r, sm_span id, sm_span text, const sm_repeat_scan *scan,
                   sm_error *err)
{
    if (r->corpus.n >= UINT32_MAX) SM_FAIL(err, SM_ELIMIT, "more than 2^32 documents");
    SM_TRY(spool_add(&r->corpus, id, text, err));
    r->counts.documents++;
    r->counts.units += scan ? scan->n : 0;
    for (size_t i = 0; scan && i < scan->n; i++)
        SM_TRY(add_unit(r, &scan->units[i], err));
    return 0;
}

int sm_repeats_find(sm_repeats *r, sm_error *err)
{
    SM_TRY(spool_flush(&r->corpus, err));
    SM_TRY(sm_sorter_sort(r->units, err));
    SM_TRY(r->set.unit == SM_REPEAT_PASSAGE ? find_passages(r, err) : find_units(r, err));
    return sm_sorter_sort(r->cuts, err);
}

/* ---- the second pass -------------------------------------------------------------------------- */

static int check_text(const sm_repeats *r, sm_span text, sm_error *err)
{
    spool_head head = {0};
    if (r->next < r->corpus.n) SM_TRY(spool_head_of(&r->corpus, r->next, &head, err));
    if (r->next == r->corpus.n || head.text != text.n || head.hash != sm_hash64(text))
        SM_FAIL(err, SM_EHASH, "the document changed between the two passes");
    return 0;
}

/* Reads the next cut into r; r->more tells whether there is one. */
static int read_cut(sm_repeats *r, sm_error *err)
{
    sm_span k, v;
    const int rc = sm_sorter_next(r->cuts, &k, &v, err);
    SM_TRY(rc);
    r->more = rc == 1;
    if (!r->more) return 0;
    r->cut_at = 0;
    for (int i = 0; i < 8; i++)
        r->cut_at = r->cut_at << 8 | (uint8_t)k.p[i];
    r->cut_end = sm_get_u32(v.p);
    r->cut_source = sm_get_u64(v.p + 4);
    return 0;
}

int sm_repeats_cuts(sm_repeats *r, sm_span text, sm_arena *arena, const sm_repeat_cut **cuts,
                    size_t *n, sm_error *err)
{
    enum { FIRST = 16 };
    sm_repeat_cut *list = NULL;
    size_t cap = 0;
    *n = 0;
    SM_TRY(check_text(r, text, err));
    if (r->next == 0) SM_TRY(read_cut(r, err));
    for (; r->more && r->cut_at >> 32 == r->next; ++*n) {
        if (*n == cap) { /* the arena's old array is left to its reset */
            sm_repeat_cut *larger = sm_arena_alloc(arena, (2 * cap + FIRST) * sizeof *list);
            if (*n > 0) memcpy(larger, list, *n * sizeof *list);
            list = larger;
            cap = 2 * cap + FIRST;
        }
        list[*n] = (sm_repeat_cut){(uint32_t)r->cut_at, r->cut_end,
                                   (uint32_t)(r->cut_source >> 32), (uint32_t)r->cut_source};
        r->counts.bytes_cut += list[*n].end - list[*n].begin;
        SM_TRY(read_cut(r, err));
    }
    r->next++;
    r->counts.cuts += *n;
    r->counts.documents_cut += *n > 0;
    *cuts = list;
    return 0;
}

sm_span sm_repeats_apply(sm_span text, const sm_repeat_cut *cuts, size_t n, sm_arena *arena)
{
    char *out = sm_arena_alloc(arena, text.n);
    size_t used = 0, at = 0;
    for (size_t i = 0; i <= n; i++) {
        const size_t stop = i < n ? cuts[i].begin : text.n;
        if (stop > at) memcpy(out + used, text.p + at, stop - at);
        used += stop - at;
        at = i < n ? cuts[i].end : at;
    }
    return (sm_span){out, used};
}

int sm_repeats_id(const sm_repeats *r, uint32_t document, sm_arena *arena, sm_span *id,
                  sm_error *err)
{
    return spool_id(&r->corpus, document, arena, id, err);
}
