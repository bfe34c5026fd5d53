/* Text to ids: windows of text through the steps that encoder.h names.
 * SPDX-License-Identifier: MIT */
#include "encoder.h"

#include "pages.h"

#include <string.h>

sm_encoder *sm_encoder_new(void)
{
    return sm_calloc(1, sizeof(sm_encoder));
}

void sm_encoder_free(sm_encoder *e)
{
    if (!e) return;
    front_scratch_free(&e->front);
    strangers_free(&e->strangers);
    cutting_free(&e->cut);
    memo_free(&e->memo);
    batch_free(&e->batch);
    sm_ids_free(&e->beforehand.ids);
    sm_ids_free(&e->later.ids);
    void *const owned[] = {e->greedy,  e->at,         e->suspects,        e->numbers,   e->dead,
                           e->guessed, e->dead_bytes, e->beforehand.ends, e->later.ends};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        sm_free(owned[i]);
    sm_free(e);
}

/* ---- lists of ids ------------------------------------------------------------------------------ */

void sm_ids_free(sm_ids *ids)
{
    sm_free(ids->p);
    *ids = (sm_ids){0};
}

uint32_t *ids_room(sm_ids *ids, size_t n)
{
    if (ids->cap - ids->n < n) {
        ids->cap = ids->cap * 2 > ids->n + n ? ids->cap * 2 : ids->n + n;
        ids->p = pages_realloc(ids->p, ids->cap * sizeof *ids->p);
    }
    return ids->p + ids->n;
}

void sm_ids_put(sm_ids *ids, uint32_t id)
{
    *ids_room(ids, 1) = id;
    ids->n++;
}

void spelt_end(spelt_list *l)
{
    l->ends = sm_array_grow(l->ends, l->n, &l->cap, sizeof *l->ends);
    l->ends[l->n++] = (uint32_t)l->ids.n;
}

/* ---- stretches that are not matched ------------------------------------------------------------- */

/* Characters from … to - 1 become what was put last into e->beforehand. */
static void take_away(const matcher *m, sm_encoder *e, size_t from, size_t to)
{
    uint32_t *codes = e->cut.text.codes;
    spelt_end(&e->beforehand);
    codes[from] = START | m->code_spelt;
    for (size_t i = from + 1; i < to; i++)
        codes[i] = START | m->code_void;
    codes[to] |= START;
}

static bool is_bad(const sm_tokenizer *tok, uint32_t code)
{
    const matcher *m = tok->matcher;
    return code >= m->code_bad && code < m->n_codes && tok->kind == MODEL_BYTES;
}

/* Of characters first … stop - 1, which begin and end at cuts: what holds bytes that are no UTF-8, or strangers
 * without a code, from one cut to the next. */
static void spell_bad(const sm_tokenizer *tok, sm_encoder *e, size_t first, size_t stop)
{
    const matcher *m = tok->matcher;
    const uint32_t *codes = e->cut.text.codes;
    for (size_t i = first; i < stop; i++) {
        const uint32_t code = codes[i] & CODE_MASK;
        if (!is_bad(tok, code) && code != m->code_lost) continue;
        size_t from = i, to = i + 1;
        while (tok->kind == MODEL_BYTES && !is_cut(m, codes, to))
            to++;
        while (tok->kind == MODEL_BYTES && from > 0 && !is_cut(m, codes, from))
            from--;
        const sm_span text = window_span(e, from, to);
        uint32_t *out = ids_room(&e->beforehand.ids, text.n);
        e->beforehand.ids.n += tok->kind == MODEL_BYTES ? match_bytes(tok, e, text, out)
                                                        : first_ids(tok, text, out);
        take_away(m, e, from, to);
        i = to - 1;
    }
}

/* The token that a pre-token is, where those are not merged. */
static uint32_t whole_token(const sm_tokenizer *tok, sm_span s)
{
    const size_t piece = tok->whole_first ? intern_find(&tok->pieces, s) : INTERN_NONE;
    return piece == INTERN_NONE ? SM_NO_TOKEN : tok->piece_id[piece];
}

/* … if matching would not find it. */
static uint32_t dead_token(const sm_tokenizer *tok, sm_span s)
{
    const matcher *m = tok->matcher;
    if (!m->any_whole || s.n < 2) return SM_NO_TOKEN;
    const unsigned bit = whole_bit(s);
    return m->whole[bit >> 6] >> (bit & 63) & 1 ? whole_token(tok, s) : SM_NO_TOKEN;
}

/* Takes away, in the order of the text, all of a window that is not matched. */
static void spell_beforehand(const sm_tokenizer *tok, sm_encoder *e, bool bad)
{
    const matcher *m = tok->matcher;
    if (!m->any_whole || e->cut.n == 0) {
        if (bad) spell_bad(tok, e, 0, e->cut.text.n);
        return;
    }
    for (size_t i = 0, from = 0, to; i < e->cut.n; i++, from = to) {
        to = e->cut.ends[i];
        const uint32_t id = dead_token(tok, window_span(e, from, to));
        if (id != SM_NO_TOKEN) {
            sm_ids_put(&e->beforehand.ids, id);
            take_away(m, e, from, to);
        } else if (bad) {
            spell_bad(tok, e, from, to);
        }
    }
}

/* ---- a window -------------------------------------------------------------------------------------- */

static void make_room(sm_encoder *e, size_t n)
{
    if (e->cap >= n) return;
    e->cap = n > BATCH_ROOM ? n : BATCH_ROOM;
    n = e->cap;
    const size_t bytes = (n + BEHIND) * sizeof(uint32_t);
    e->greedy = sm_realloc(e->greedy, bytes);
    e->at = sm_realloc(e->at, bytes);
    e->suspects = sm_realloc(e->suspects, bytes);
    e->numbers = sm_realloc(e->numbers, bytes);
    e->dead = sm_realloc(e->dead, (n / 64 + 2) * sizeof *e->dead);
    e->guessed = sm_realloc(e->guessed, (n / 64 + 2) * sizeof *e->guessed);
}

/* Parts of characters first … stop - 1, of about equal length, that begin at cuts. */
static size_t make_lanes(const matcher *m, const sm_encoder *e, size_t first, size_t stop,
                         lane lanes[LANES])
{
    enum { SHORTEST = 32 };
    const uint32_t *codes = e->matched.codes;
    const size_t part = (stop - first) / LANES, want = part > SHORTEST ? part : SHORTEST;
    size_t n = 0;
    for (size_t from = first; from < stop; n++) {
        size_t to = n + 1 < LANES && from + want < stop ? from + want : stop;
        while (to < stop && !is_cut(m, codes, to))
            to++;
        lanes[n] = (lane){.start = from, .stop = to};
        lanes[n].numbers = e->greedy + from + n;
        lanes[n].at = e->at + from + n;
        from = to;
    }
    return n;
}

uint32_t *write_spelt(const matcher *m, sm_encoder *e, uint32_t number, uint32_t *out)
{
    const bool before = number == m->n_tokens + m->code_spelt;
    if (!before && number < SPELT) {
        const spelling *s = spelling_of(m, e, number);
        memcpy(out, s->ids, s->n * sizeof *out);
        return out + s->n;
    }
    const spelt_list *l = before ? &e->beforehand : &e->later;
    const size_t k = before ? e->written++ : number - SPELT, from = k ? l->ends[k - 1] : 0;
    memcpy(out, l->ids.p + from, (l->ends[k] - from) * sizeof *out);
    return out + (l->ends[k] - from);
}

void match_part(const sm_tokenizer *tok, sm_encoder *e, columns text, size_t from, size_t to)
{
    lane lanes[LANES];
    e->matched = text;
    const size_t n = make_lanes(tok->matcher, e, from, to, lanes);
    e->n = e->later.n = e->later.ids.n = 0;
    const size_t words = (to >> 6) - (from >> 6) + 1;
    memset(e->dead + (from >> 6), 0, words * sizeof *e->dead);
    memset(e->guessed + (from >> 6), 0, words * sizeof *e->guessed);
    greedy_match(tok->matcher, text.codes, lanes, n);
    for (size_t i = 0; i < n; i++)
        settle_lane(tok, e, &lanes[i]);
}

/* The window's characters from … to - 1, which begin and end at cuts; returns the end of their ids. */
static uint32_t *encode_part(const sm_tokenizer *tok, sm_encoder *e, size_t from, size_t to,
                             uint32_t *out)
{
    const unpacked *u = &e->cut.text;
    match_part(tok, e, (columns){u->codes, u->at}, from, to);
    for (size_t i = 0; i < e->n; i++)
        out = write_number(tok->matcher, e, e->numbers[i], out);
    return out;
}

static bool holds_bad(const sm_tokenizer *tok, const sm_encoder *e, size_t from, size_t to)
{
    while (from < to && !is_bad(tok, e->cut.text.codes[from] & CODE_MASK))
        from++;
    return from < to;
}

uint32_t *encode_odd(const sm_tokenizer *tok, sm_encoder *e, size_t from, size_t to,
                     uint32_t *out)
{
    enum { SHORT = 32 };
    const sm_span text = window_span(e, from, to);
    const uint32_t id = dead_token(tok, text);
    const bool bad = e->cut.text.bad && holds_bad(tok, e, from, to);
    if (id != SM_NO_TOKEN) {
        *out = id;
        return out + 1;
    }
    if (bad && text.n <= SHORT) return out + match_bytes(tok, e, text, out);
    if (bad) spell_bad(tok, e, from, to);
    return bad || to - from > LONG ? encode_part(tok, e, from, to, out) : NULL;
}

/* Of the window's bytes at least half are characters, if the others have three bytes. */
static bool has_short_pieces(const sm_encoder *e)
{
    const unpacked *u = &e->cut.text;
    return e->cut.n > 0 && 3 * u->n >= 2 * (size_t)u->at[u->n];
}

static void encode_window(const sm_tokenizer *tok, sm_encoder *e, bool lost, sm_ids *ids)
{
    const unpacked *u = &e->cut.text;
    const bool bad = u->bad && tok->kind == MODEL_BYTES;
    uint32_t *out = ids_room(ids, u->at[u->n] + MEMO_IDS);
    e->beforehand.n = e->beforehand.ids.n = e->written = 0;
    if (has_short_pieces(e) && !lost && (e->memo.pause == 0 || bad)) {
        out = encode_pieces(tok, e, out);
    } else {
        if (e->memo.pause) e->memo.pause--;
        spell_beforehand(tok, e, lost || bad);
        out = encode_part(tok, e, 0, u->n, out);
    }
    ids->n = (size_t)(out - ids->p);
}

/* ---- a stretch ---------------------------------------------------------------------------------------- */

/* A window that ends at a cut, where no pre-tokenizer gives one. */
static bool open_window(const sm_tokenizer *tok, sm_encoder *e, sm_span text, size_t from)
{
    unpacked *u = &e->cut.text;
    for (size_t want = WINDOW;; want *= 2) {
        const uint8_t *p = (const uint8_t *)text.p + from;
        const size_t left = text.n - from, take = want < left ? want : left;
        unpack(&tok->matcher->table, p, p + take, p + left, u);
        make_room(e, u->n);
        const bool lost = strangers_name(tok, e, u->codes, u->n);
        if (take < left) {
            size_t n = u->n - 1;
            while (n > 0 && !is_cut(tok->matcher, u->codes, n))
                n--;
            u->n = n;
        }
        e->cut.n = 0;
        if (u->n) return lost;
    }
}

/* The next window of a stretch, which is one pre-token where `open`; returns whether a stranger found no code. */
static bool next_window(const sm_tokenizer *tok, sm_encoder *e, sm_span text, size_t from,
                        bool open)
{
    e->bytes = (const uint8_t *)text.p + from;
    if (open || !tok->pre || tok->pre->known->scanner == &scan_none)
        return open_window(tok, e, text, from);
    cutting_next(tok->pre, &tok->matcher->table, text, from, WINDOW, &e->cut);
    make_room(e, e->cut.text.n);
    return strangers_name(tok, e, e->cut.text.codes, e->cut.text.n);
}

static void encode_windows(const sm_tokenizer *tok, sm_encoder *e, sm_span text, bool open,
                           sm_ids *ids)
{
    for (size_t at = 0; at < text.n;) {
        const bool lost = next_window(tok, e, text, at, open);
        const unpacked *u = &e->cut.text;
        u->codes[0] |= START;
        u->codes[u->n] |= START;
        for (size_t i = 0; i < e->cut.n; i++)
            u->codes[e->cut.ends[i]] |= START;
        encode_window(tok, e, lost, ids);
        at += u->at[u->n];
    }
}

static void encode_stretch(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids)
{
    encode_windows(tok, e, text, false, ids);
}

/* ---- the oracle ---------------------------------------------------------------------------------------- */

static void spell_naive(const sm_tokenizer *tok, sm_span s, sm_ids *ids)
{
    const uint32_t whole = whole_token(tok, s);
    merge_step last = {0};
    if (whole != SM_NO_TOKEN) {
        sm_ids_put(ids, whole);
        return;
    }
    uint32_t *out = ids_room(ids, s.n);
    ids->n += rules_apply(&tok->table, out, first_ids(tok, s, out), &last);
}

static void encode_naively(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids)
{
    (void)e;
    for (size_t at = 0; at < text.n;) {
        const size_t end = tok->pre ? sm_pretoken_end(tok->pre, text, at) : text.n;
        spell_naive(tok, (sm_span){text.p + at, end - at}, ids);
        at = end;
    }
}

/* ---- a text ---------------------------------------------------------------------------------------------- */

typedef void (*stretch_encoder)(const sm_tokenizer *tok, sm_encoder *e, sm_span text,
                                sm_ids *ids);

static void encode_with(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids,
                        stretch_encoder encode)
{
    for (size_t at = 0; at < text.n;) {
        const reserved_string *found = NULL;
        const size_t stop = reserved_find(&tok->matched, text, at, &found);
        encode(tok, e, (sm_span){text.p + at, stop - at}, ids);
        at = stop;
        if (!found) continue;
        sm_ids_put(ids, found->id);
        at += found->string.n;
    }
}

void sm_tokenizer_encode(const sm_tokenizer *tok, sm_encoder *e, sm_span text, sm_ids *ids)
{
    if (tok->front)
        front_encode(tok, &e->front, text, encode_stretch, false, e, ids);
    else
        encode_with(tok, e, text, ids, encode_stretch);
}

void sm_tokenizer_encode_naive(const sm_tokenizer *tok, sm_encoder *e, sm_span text,
                               sm_ids *ids)
{
    if (tok->front)
        front_encode(tok, &e->front, text, encode_naively, true, e, ids);
    else
        encode_with(tok, e, text, ids, encode_naively);
}

void sm_tokenizer_spell(const sm_tokenizer *tok, sm_encoder *e, sm_span s, sm_ids *ids)
{
    const uint32_t whole = s.n ? whole_token(tok, s) : SM_NO_TOKEN;
    if (whole != SM_NO_TOKEN)
        sm_ids_put(ids, whole);
    else
        encode_windows(tok, e, s, true, ids);
}
