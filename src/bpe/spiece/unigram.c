/* The unigram model: building it, and the window of text that its search works on.
 * SPDX-License-Identifier: MIT */
#include "spiece/charsmap.h"
#include "spiece/unigram_internal.h"

#include <math.h>
#include <string.h>

/* ---- building ---------------------------------------------------------------------------- */

static size_t characters(sm_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((uint8_t)s.p[i] & 0xC0) != 0x80;
    return n;
}

/* The score and the length of each piece. */
static void measure(unigram *u, const unigram_piece *pieces, size_t n)
{
    u->n = u->unk + 1;
    u->longest = 1;
    for (size_t i = 0; i < n; i++)
        if (pieces[i].id >= u->n) u->n = pieces[i].id + 1;
    u->scores = sm_calloc(u->n, sizeof *u->scores);
    u->lengths = sm_calloc(u->n, sizeof *u->lengths);
    for (size_t i = 0; i < n; i++) {
        const size_t length = characters(pieces[i].bytes);
        u->scores[pieces[i].id] = pieces[i].score;
        u->lengths[pieces[i].id] = (uint32_t)length;
        if (length > u->longest) u->longest = length;
    }
}

static void set_cell(unigram *u, size_t at, double score, uint32_t id)
{
    u->trie.cells[at].score = (float)score;
    u->trie.cells[at].id = id;
    if (u->exact) u->exact[at] = score;
}

/* A cell knows all that a cut needs: a character that is no piece has a score like one. */
static void fill_cells(unigram *u, const unigram_piece *pieces, const uint32_t *ends, size_t n)
{
    if (!u->single) u->exact = sm_malloc(u->trie.n * sizeof *u->exact);
    for (size_t i = 0; i < u->trie.n; i++)
        set_cell(u, i, i <= u->trie.n_codes ? u->unk_score : -HUGE_VAL, SM_NO_TOKEN);
    for (size_t i = 0; i < n; i++)
        set_cell(u, ends[i], pieces[i].score, pieces[i].id);
}

unigram *unigram_new(unigram_piece *pieces, size_t n, const unigram_options *o)
{
    unigram *u = sm_calloc(1, sizeof *u);
    uint32_t *ends = sm_malloc(n * sizeof *ends);
    u->unk_score = o->unk_score;
    u->unk = o->unk;
    u->single = o->single;
    u->falls_back = o->fallback != NULL;
    if (o->fallback) memcpy(u->fallback, o->fallback, sizeof u->fallback);
    measure(u, pieces, n);
    unigram_trie_build(&u->trie, pieces, n, ends);
    fill_cells(u, pieces, ends, n);
    sm_free(ends);
    return u;
}

void unigram_free(unigram *u)
{
    if (!u) return;
    unigram_trie_free(&u->trie);
    sm_free(u->exact);
    sm_free(u->lengths);
    sm_free(u->scores);
    sm_free(u);
}

uint64_t unigram_score_bits(const unigram *u, uint32_t id)
{
    uint64_t bits = 0;
    if (id < u->n) memcpy(&bits, &u->scores[id], sizeof bits);
    return bits;
}

/* ---- ids --------------------------------------------------------------------------------- */

void unigram_put_bytes(const unigram *u, sm_span character, sm_ids *ids)
{
    if (character.n == 1 && *character.p == ' ') character = SM_SPAN("\xE2\x96\x81");
    for (size_t i = 0; i < character.n; i++)
        sm_ids_put(ids, u->fallback[(uint8_t)character.p[i]]);
}

/* ---- the window -------------------------------------------------------------------------- */

void unigram_scratch_free(unigram_scratch *s)
{
    sm_free(s->sums);
    sm_free(s->last);
    sm_free(s->steps);
    sm_free(s->seconds);
    sm_free(s->starts);
    sm_free(s->path);
    *s = (unigram_scratch){0};
}

void unigram_reserve(unigram_scratch *s, size_t cap)
{
    if (cap <= s->cap) return;
    s->sums = sm_realloc(s->sums, (cap + 1) * sizeof(double));
    s->last = sm_realloc(s->last, (cap + 1) * sizeof *s->last);
    s->steps = sm_realloc(s->steps, (cap + 1) * sizeof *s->steps);
    s->seconds = sm_realloc(s->seconds, (cap + 1) * sizeof *s->seconds);
    s->starts = sm_realloc(s->starts, (cap + 1) * sizeof *s->starts);
    s->path = sm_realloc(s->path, (cap + 1) * sizeof *s->path);
    s->cap = cap;
}

void unigram_make_room(unigram_window *w, size_t sum_size)
{
    unigram_scratch *s = w->s;
    const size_t rest = w->n - w->first, first = w->first;
    if (rest > s->cap / 2) unigram_reserve(s, 2 * s->cap);
    if (first == 0) return;
    const uint32_t from = s->starts[first];
    memmove(s->sums, (char *)s->sums + first * sum_size, (rest + 1) * sum_size);
    memmove(s->last, s->last + first, (rest + 1) * sizeof *s->last);
    memmove(s->steps, s->steps + first, (rest + 1) * sizeof *s->steps);
    memmove(s->seconds, s->seconds + first, (rest + 1) * sizeof *s->seconds);
    for (size_t i = 0; i <= rest; i++)
        s->starts[i] = s->starts[first + i] - from;
    w->origin += from;
    w->first = 0;
    w->at -= first;
    w->n -= first;
    w->reach -= first;
}

/* Finds where the walks from characters will go, and has it fetched, long before they do. */
static void find_seconds(const unigram_trie *t, const uint32_t *steps, uint32_t *seconds,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t first = unigram_code(steps[i]), code = unigram_code(steps[i + 1]);
        const uint32_t bit = unigram_pair(first, code), cell = t->cells[first].base + code;
        const bool any = t->pairs[bit >> 6] >> (bit & 63) & 1;
        seconds[i] = any ? cell : 0;
        if (any) __builtin_prefetch(&t->cells[cell]);
    }
}

void unigram_decode(unigram_window *w)
{
    unigram_scratch *s = w->s;
    const unigram_trie *t = &w->u->trie;
    const char *p = w->next;
    size_t n = w->n;
    const size_t before = n > 0 ? n - 1 : 0; /* its pair is complete now */
    for (; n < s->cap && p < w->end; n++) {
        s->starts[n] = (uint32_t)(p - w->origin);
        s->steps[n] = t->steps[charsmap_take(&p)];
    }
    s->starts[n] = (uint32_t)(p - w->origin);
    s->steps[n] = 0;
    find_seconds(t, s->steps + before, s->seconds + before, n - before);
    w->next = p;
    w->n = n;
}

/* ---- the best cut ------------------------------------------------------------------------ */

/* Finds where its pieces end, the last one first. */
static size_t trace(const unigram_window *w)
{
    const uint32_t *const last = w->s->last, *const lengths = w->u->lengths;
    uint32_t *const path = w->s->path;
    size_t n = 0;
    for (size_t at = w->at; at > w->first;) {
        path[n++] = (uint32_t)at;
        at -= last[at] == SM_NO_TOKEN ? 1 : lengths[last[at]];
    }
    return n;
}

void unigram_settle(unigram_window *w)
{
    const unigram *u = w->u;
    const unigram_scratch *s = w->s;
    for (size_t i = trace(w); i-- > 0;) {
        const uint32_t end = s->path[i], id = s->last[end];
        if (id == SM_NO_TOKEN && u->falls_back) {
            const size_t from = s->starts[end - 1];
            unigram_put_bytes(u, (sm_span){w->origin + from, s->starts[end] - from}, w->ids);
        } else {
            sm_ids_put(w->ids, id == SM_NO_TOKEN ? u->unk : id);
        }
    }
    w->first = w->at;
}

void unigram_encode(const unigram *u, unigram_scratch *s, sm_span text, sm_ids *ids)
{
    unigram_window w = {.u = u, .s = s, .ids = ids, .origin = text.p, .next = text.p};
    w.end = text.p + text.n;
    if (text.n == 0) return;
    if (u->single)
        unigram_search_single(&w);
    else
        unigram_search_double(&w);
}
