/* From a text to the stretches that a model encodes.
 * SPDX-License-Identifier: MIT */
#include "spiece/front.h"

#include <seimai/category.h>
#include <seimai/normalize.h>
#include <seimai/utf8.h>

#include "tokenizer_internal.h"

#include <string.h>

#define UNKNOWN "\xEF\xBF\xBD" /* U+FFFD */

void front_free(front *f)
{
    if (!f) return;
    charsmap_fini(&f->map);
    trie_free(&f->untouched);
    trie_free(&f->after);
    sm_free(f->strings);
    regex_split_free(f->regex);
    sm_free(f);
}

void front_scratch_free(front_scratch *s)
{
    sm_buffer_free(&s->text[0]);
    sm_buffer_free(&s->text[1]);
    sm_buffer_free(&s->whole);
    sm_buffer_free(&s->lead);
    sm_arena_free(&s->arena);
    regex_scratch_free(&s->regex);
    unigram_scratch_free(&s->unigram);
}

bool front_is_identity(const front *f)
{
    for (size_t i = 0; i < f->n_steps; i++) {
        const front_kind kind = f->steps[i].kind;
        if (kind != FRONT_SPIECE && kind != FRONT_PREPEND) return false;
    }
    return !f->map.units && !f->squeeze && !f->suffix;
}

/* ---- steps ------------------------------------------------------------------------------- */

static void put_replaced(sm_buffer *out, sm_span text, sm_span what, sm_span by)
{
    const char *p = text.p, *const end = text.p + text.n;
    while ((size_t)(end - p) >= what.n) {
        const char *at = memchr(p, *what.p, (size_t)(end - p) - what.n + 1);
        if (!at) break;
        const bool found = memcmp(at, what.p, what.n) == 0;
        sm_buffer_put(out, (sm_span){p, (size_t)(at - p)});
        sm_buffer_put(out, found ? by : (sm_span){at, 1});
        p = at + (found ? what.n : 1);
    }
    sm_buffer_put(out, (sm_span){p, (size_t)(end - p)});
}

/* The rules of a precompiled map alone, character by character, as `tokenizers` applies them. */
static void put_mapped(const front *f, sm_span text, sm_buffer *out)
{
    const char *p = text.p, *const end = text.p + text.n;
    const char *from = p;
    while (p < end) {
        const char *at = p;
        sm_span by = {0};
        if (!charsmap_begins(&f->map, sm_utf8_next(&p, end))) continue;
        const size_t n = charsmap_match(&f->map, at, (size_t)(end - at), &by);
        if (n == 0) continue;
        sm_buffer_put(out, (sm_span){from, (size_t)(at - from)});
        sm_buffer_put(out, by);
        from = p = at + n;
    }
    sm_buffer_put(out, (sm_span){from, (size_t)(end - from)});
}

/* `tokenizers` normalizes by Unicode 11 (㋿ stays): what came later is a character like any other. */
enum { PINNED_AGE = 1100 };

/* The length of the longest beginning of valid text without newer characters, or with nothing else. */
static size_t span_of_age(sm_span text, bool newer)
{
    const char *p = text.p, *const end = text.p + text.n;
    while (p < end) {
        const char *at = p;
        const uint32_t c = sm_utf8_next(&p, end);
        if ((c >= 0x80 && sm_unicode_age(c) > PINNED_AGE) != newer)
            return (size_t)(at - text.p);
    }
    return text.n;
}

static sm_span normalize_by_icu(sm_form form, front_scratch *s, sm_span text, sm_buffer *out)
{
    sm_span normal = text;
    sm_arena_reset(&s->arena);
    (void)!sm_normalize(form, text, &s->arena, &normal, NULL);
    if (normal.p == text.p || span_of_age(text, false) == text.n) return normal;
    for (bool newer = false; text.n > 0; newer = !newer) {
        const size_t n = span_of_age(text, newer);
        const sm_span part = {text.p, n};
        normal = part;
        if (!newer) (void)!sm_normalize(form, part, &s->arena, &normal, NULL);
        sm_buffer_put(out, normal);
        text = (sm_span){text.p + n, text.n - n};
    }
    return sm_buffer_span(out);
}

/* One step on valid text; the result is the text itself, or what was appended to `out`. */
static sm_span apply_step(const front *f, const front_step *step, front_scratch *s,
                          sm_span text, sm_buffer *out)
{
    sm_buffer_clear(out);
    switch (step->kind) {
    case FRONT_NFC: return normalize_by_icu(SM_FORM_NFC, s, text, out);
    case FRONT_NFKC: return normalize_by_icu(SM_FORM_NFKC, s, text, out);
    case FRONT_REPLACE: put_replaced(out, text, step->a, step->b); break;
    case FRONT_PREPEND:
        if (text.n == 0) return text;
        sm_buffer_put(out, step->a);
        sm_buffer_put(out, text);
        break;
    case FRONT_CHARSMAP: put_mapped(f, text, out); break;
    case FRONT_SPIECE: front_spiece(f, text, out); break;
    }
    return sm_buffer_span(out);
}

static sm_span apply_steps(const front *f, front_scratch *s, sm_span text)
{
    for (size_t i = 0; i < f->n_steps; i++) {
        sm_buffer *out = &s->text[text.p == s->text[0].p];
        text = apply_step(f, &f->steps[i], s, text, out);
    }
    if (!f->swap_mark || (f->n_steps == 1 && f->steps[0].kind == FRONT_SPIECE)) return text;
    if (text.n == 0 || !memchr(text.p, '\xE2', text.n)) return text;
    sm_buffer *out = &s->text[text.p == s->text[0].p];
    sm_buffer_clear(out);
    front_put_swapped(out, text);
    return sm_buffer_span(out);
}

static void put_repaired(sm_span text, sm_buffer *out)
{
    while (text.n > 0) {
        const size_t valid = sm_utf8_check(text);
        sm_buffer_put(out, (sm_span){text.p, valid});
        if (valid == text.n) return;
        sm_buffer_puts(out, UNKNOWN);
        text = (sm_span){text.p + valid + 1, text.n - valid - 1};
    }
}

static sm_span normalize_broken(const front *f, front_scratch *s, sm_span text, bool keep)
{
    sm_buffer *whole = &s->whole;
    sm_buffer_clear(whole);
    if (!keep) {
        put_repaired(text, whole);
        return apply_steps(f, s, sm_buffer_span(whole));
    }
    while (text.n > 0) {
        const size_t valid = sm_utf8_check(text), broken = valid < text.n;
        sm_buffer_put(whole, apply_steps(f, s, (sm_span){text.p, valid}));
        sm_buffer_put(whole, (sm_span){text.p + valid, broken});
        text = (sm_span){text.p + valid + broken, text.n - valid - broken};
    }
    return sm_buffer_span(whole);
}

static void start_scratch(front_scratch *s)
{
    sm_buffer *const buffers[] = {&s->text[0], &s->text[1], &s->whole, &s->lead};
    for (size_t i = 0; i < 4 && s->lead.max == 0; i++)
        *buffers[i] = sm_buffer_make(SIZE_MAX / 8);
}

sm_span front_normalize(const front *f, front_scratch *s, sm_span text, bool keep_broken)
{
    if (text.n == 0) return text;
    start_scratch(s);
    const bool checks = f->n_steps > 0 && f->steps[0].kind == FRONT_SPIECE;
    const bool nothing = f->n_steps == 0 && keep_broken;
    if (checks || nothing || sm_utf8_check(text) == text.n) return apply_steps(f, s, text);
    return normalize_broken(f, s, text, keep_broken);
}

/* ---- stretches --------------------------------------------------------------------------- */

/* What front_encode was called with. */
typedef struct job {
    const sm_tokenizer *tok;
    const front *f;
    front_scratch *s;
    stretch_fn encode;
    bool naive;
    sm_encoder *e;
    sm_ids *ids;
} job;

/* A run of unknown tokens, from ids->p[from] on, becomes one. */
static void fuse(sm_ids *ids, size_t from, uint32_t unk)
{
    size_t kept = from;
    for (size_t i = from; i < ids->n; i++) {
        const bool again = kept > from && ids->p[i] == unk && ids->p[kept - 1] == unk;
        if (!again) ids->p[kept++] = ids->p[i];
    }
    ids->n = kept;
}

static void encode_stretch(const job *j, sm_span stretch)
{
    const sm_tokenizer *tok = j->tok;
    const size_t before = j->ids->n;
    size_t piece = INTERN_NONE;
    if (stretch.n == 0) return;
    if (j->f->regex && tok->whole_first &&
        (piece = intern_find(&tok->pieces, stretch)) != INTERN_NONE)
        sm_ids_put(j->ids,
                   tok->piece_id[piece]); /* a pre-token that is a token is not merged */
    else if (tok->kind != MODEL_UNIGRAM)
        j->encode(tok, j->e, stretch, j->ids);
    else if (j->naive)
        unigram_encode_naive(tok->unigram, &tok->pieces, tok->piece_id, stretch, j->ids);
    else
        unigram_encode(tok->unigram, &j->s->unigram, stretch, j->ids);
    if (j->f->fuse_unk) fuse(j->ids, before, tok->unk);
}

static void split_at_spaces(const job *j, sm_span text)
{
    while (text.n > 0) {
        const char *next = memchr(text.p + 1, ' ', text.n - 1);
        const size_t n = next ? (size_t)(next - text.p) : text.n;
        encode_stretch(j, (sm_span){text.p, n});
        text = (sm_span){text.p + n, text.n - n};
    }
}

static void split_by_regex(const job *j, sm_span text)
{
    const regex_scratch *r = &j->s->regex;
    size_t at = 0;
    regex_split_cut(j->f->regex, &j->s->regex, text);
    for (size_t i = 0; i < r->n; i++) {
        encode_stretch(j, (sm_span){text.p + at, r->ends[i] - at});
        at = r->ends[i];
    }
}

/* The pre-tokenizer on what lies between strings that are tokens. */
static void encode_between(const job *j, sm_span text, bool first)
{
    const front *f = j->f;
    if (text.n == 0) return;
    const bool leads = f->lead == LEAD_ALWAYS || (f->lead == LEAD_FIRST && first);
    if (leads && *text.p != ' ') {
        sm_buffer_clear(&j->s->lead);
        sm_buffer_putc(&j->s->lead, ' ');
        sm_buffer_put(&j->s->lead, text);
        text = sm_buffer_span(&j->s->lead);
    }
    if (f->split_mark)
        split_at_spaces(j, text);
    else if (f->regex)
        split_by_regex(j, text);
    else
        encode_stretch(j, text);
}

/* The next place from `from` on where a string stands that is a token; text.n if there is none. */
static size_t find_after(const front *f, sm_span text, size_t from, const front_string **found)
{
    const uint8_t *p = (const uint8_t *)text.p, *const end = p + text.n;
    *found = NULL;
    for (size_t at = from; f->after.n > 0 && at < text.n; at++) {
        if (!front_begins(&f->after, p[at])) continue;
        const uint32_t number = trie_longest(&f->after, p + at, end);
        if (number == TRIE_NONE) continue;
        *found = &f->strings[number];
        return at;
    }
    return text.n;
}

/* What lies between added tokens as written: normalised, then cut at those found in the normalised text. */
static void encode_section(const job *j, sm_span text, bool first)
{
    const front *f = j->f;
    const sm_span normal = front_normalize(f, j->s, text, j->tok->kind == MODEL_BYTES);
    for (size_t at = 0; at < normal.n;) {
        const front_string *found = NULL;
        const size_t stop = find_after(f, normal, at, &found);
        encode_between(j, (sm_span){normal.p + at, stop - at}, first && at == 0);
        at = stop;
        if (!found) continue;
        sm_ids_put(j->ids, found->id);
        at += found->n;
    }
}

void front_encode(const sm_tokenizer *tok, front_scratch *s, sm_span text, stretch_fn encode,
                  bool naive, sm_encoder *e, sm_ids *ids)
{
    const job j = {tok, tok->front, s, encode, naive, e, ids};
    for (size_t at = 0; at < text.n;) {
        const reserved_string *found = NULL;
        const size_t stop = reserved_find(&tok->matched, text, at, &found);
        encode_section(&j, (sm_span){text.p + at, stop - at}, at == 0);
        at = stop;
        if (!found) continue;
        sm_ids_put(ids, found->id);
        at += found->string.n;
    }
}
