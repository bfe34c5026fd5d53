/* The unigram model: building it, and the window of text that its search works on.
 * SPDX-License-Identifier: MIT */
#include "spiece/charsmap.h"
#include "spiece/unigram_internal.h"

#include <string.h>

/* ---- building ---------------------------------------------------------------------------- */

static size_t characters(sm_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((uint8_t)s.p[i] & 0xC0) != 0x80;
    return n;
}

/* The score of each piece, and the longest. */
static void measure(unigram *u, const unigram_piece *pieces, size_t n)
{
    u->n = u->unk + 1;
    u->longest = 1;
    for (size_t i = 0; i < n; i++)
        if (pieces[i].id >= u->n) u->n = pieces[i].id + 1;
    u->scores = sm_calloc(u->n, sizeof *u->scores);
    for (size_t i = 0; i < n; i++) {
        const size_t length = characters(pieces[i].bytes);
        u->scores[pieces[i].id] = pieces[i].score;
        if (length > u->longest) u->longest = length;
    }
}

unigram *unigram_new(unigram_piece *pieces, size_t n, const unigram_options *o)
{
    unigram *u = sm_calloc(1, sizeof *u);
    u->unk_score = o->unk_score;
    u->unk = o->unk;
    u->single = o->single;
    u->falls_back = o->fallback != NULL;
    if (o->fallback) memcpy(u->fallback, o->fallback, sizeof u->fallback);
    measure(u, pieces, n);
    unigram_trie_build(&u->trie, pieces, n);
    return u;
}

void unigram_free(unigram *u)
{
    if (!u) return;
    unigram_trie_free(&u->trie);
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
    sm_free(s->places);
    sm_free(s->codes);
    sm_free(s->starts);
    sm_free(s->path);
    *s = (unigram_scratch){0};
}

void unigram_reserve(unigram_scratch *s, size_t cap, size_t place_size)
{
    if (cap <= s->cap) return;
    s->places = sm_realloc(s->places, (cap + 1) * place_size);
    s->codes = sm_realloc(s->codes, (cap + 1) * sizeof *s->codes);
    s->starts = sm_realloc(s->starts, (cap + 1) * sizeof *s->starts);
    s->path = sm_realloc(s->path, (cap + 1) * sizeof *s->path);
    s->cap = cap;
}

void unigram_make_room(unigram_window *w, size_t place_size)
{
    unigram_scratch *s = w->s;
    const size_t rest = w->n - w->first, first = w->first;
    if (rest > s->cap / 2) unigram_reserve(s, 2 * s->cap, place_size);
    if (first == 0) return;
    const uint32_t from = s->starts[first];
    memmove(s->places, (char *)s->places + first * place_size, (rest + 1) * place_size);
    memmove(s->codes, s->codes + first, (rest + 1) * sizeof *s->codes);
    for (size_t i = 0; i <= rest; i++)
        s->starts[i] = s->starts[first + i] - from;
    w->origin += from;
    w->first = 0;
    w->at -= first;
    w->n -= first;
    w->reach -= first;
}

/* Marks the characters that may begin a piece together with the next. */
static void mark_pairs(const unigram_trie *t, uint32_t *codes, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        const uint32_t bit = unigram_pair(codes[i], codes[i + 1]);
        codes[i] |= (uint32_t)(t->pairs[bit >> 6] >> (bit & 63) & 1) * CODE_MORE;
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
        s->codes[n] = unigram_code(t, charsmap_take(&p));
    }
    s->starts[n] = (uint32_t)(p - w->origin);
    s->codes[n] = CODE_NONE;
    mark_pairs(t, s->codes + before, n - before);
    w->next = p;
    w->n = n;
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
