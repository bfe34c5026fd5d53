/* Reading a SentencePiece .model: sentencepiece_model.proto of github.com/google/sentencepiece.
 * SPDX-License-Identifier: MIT */
#include "files/load_internal.h"

#include <seimai/utf8.h>

#include "spiece/protobuf.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum piece_type { NORMAL = 1, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE };
enum model_type { UNIGRAM = 1, BPE };

typedef struct piece {
    sm_span string;
    float score;
    uint64_t type;
} piece;

/* The message ModelProto, as far as it matters; defaults are those of the format. */
typedef struct spiece {
    sm_tokenizer *tok;
    const char *path;
    sm_error *err;
    piece *pieces;
    size_t n, cap;
    uint64_t model;
    bool byte_fallback, suffix;
    sm_span unk_surface, eos;
    sm_span charsmap;
    bool dummy_prefix, squeeze, escape;
    bool denormalizes;
} spiece;

static int refuse(const spiece *s, const char *why)
{
    SM_FAIL(s->err, SM_ENOSUP, "%s: not supported: %s", s->path, why);
}

static int broken(const spiece *s, const char *what)
{
    SM_FAIL(s->err, SM_EFORMAT, "%s: damaged SentencePiece model: %s", s->path, what);
}

/* ---- the messages -------------------------------------------------------------------------- */

static int read_piece(spiece *s, const proto_field *message)
{
    piece p = {.type = NORMAL};
    proto_field f;
    sm_span rest = message->bytes;
    int got = 0;
    while ((got = proto_next(&rest, &f)) > 0) {
        if (f.number == 1 && f.wire == PROTO_BYTES) p.string = f.bytes;
        if (f.number == 2 && f.wire == PROTO_FIXED32) p.score = proto_float(&f);
        if (f.number == 3 && f.wire == PROTO_VARINT) p.type = f.value;
    }
    if (got < 0) return broken(s, "a piece ends too early");
    if (p.type < NORMAL || p.type > BYTE) return broken(s, "a piece of an unknown type");
    if (p.string.n == 0 || p.string.n > LOAD_MAX_TOKEN)
        return broken(s, "a piece that is empty or longer than 4096 bytes");
    if (sm_utf8_check(p.string) != p.string.n) return broken(s, "a piece that is no UTF-8");
    if (!isfinite(p.score)) return broken(s, "a score that is no number");
    if (s->n == LOAD_MAX_IDS) return broken(s, "too many pieces");
    s->pieces = sm_array_grow(s->pieces, s->n, &s->cap, sizeof *s->pieces);
    s->pieces[s->n++] = p;
    return 0;
}

static int read_trainer(spiece *s, const proto_field *message)
{
    proto_field f;
    sm_span rest = message->bytes;
    int got = 0;
    while ((got = proto_next(&rest, &f)) > 0) {
        switch (f.number) {
        case 3: s->model = f.value; break;
        case 24: s->suffix = f.value != 0; break;
        case 35: s->byte_fallback = f.value != 0; break;
        case 44: s->unk_surface = f.bytes; break;
        case 47: s->eos = f.bytes; break;
        default: break;
        }
    }
    return got < 0 ? broken(s, "its trainer_spec ends too early") : 0;
}

static int read_normalizer(spiece *s, const proto_field *message)
{
    proto_field f;
    sm_span rest = message->bytes;
    int got = 0;
    while ((got = proto_next(&rest, &f)) > 0) {
        switch (f.number) {
        case 2: s->charsmap = f.bytes; break;
        case 3: s->dummy_prefix = f.value != 0; break;
        case 4: s->squeeze = f.value != 0; break;
        case 5: s->escape = f.value != 0; break;
        default: break;
        }
    }
    return got < 0 ? broken(s, "its normalizer_spec ends too early") : 0;
}

static int read_denormalizer(spiece *s, const proto_field *message)
{
    proto_field f;
    sm_span rest = message->bytes;
    int got = 0;
    while ((got = proto_next(&rest, &f)) > 0)
        if (f.number == 2 && f.bytes.n > 0) s->denormalizes = true;
    return got < 0 ? broken(s, "its denormalizer_spec ends too early") : 0;
}

static int read_model(spiece *s, sm_span file)
{
    static int (*const readers[])(spiece *, const proto_field *) = {
        NULL, read_piece, read_trainer, read_normalizer, NULL, read_denormalizer};
    proto_field f;
    int got = 0;
    while ((got = proto_next(&file, &f)) > 0) {
        const bool known = f.number < sizeof readers / sizeof *readers && readers[f.number];
        if (!known) continue;
        if (f.wire != PROTO_BYTES) return broken(s, "a field of the wrong type");
        SM_TRY(readers[f.number](s, &f));
    }
    if (got < 0) return broken(s, "a field that ends too early, or no field at all");
    return s->n > 0 ? 0 : broken(s, "no pieces");
}

/* ---- what it is made of ---------------------------------------------------------------------- */

static int check(const spiece *s)
{
    size_t unknown = 0;
    bool unused = false;
    for (size_t i = 0; i < s->n; i++) {
        unknown += s->pieces[i].type == UNKNOWN;
        unused = unused || s->pieces[i].type == UNUSED;
        const bool is_byte = s->pieces[i].type == BYTE;
        if (is_byte && load_byte_of(s->pieces[i].string) < 0)
            return broken(s, "a byte piece that is not written <0xE3>");
        if (is_byte && !s->byte_fallback)
            return broken(s, "a byte piece, and no byte_fallback");
    }
    if (unknown != 1) return broken(s, "it needs one unknown piece");
    if (s->model != UNIGRAM && s->model != BPE)
        return refuse(s, "a model_type other than UNIGRAM and BPE");
    if (s->model == BPE && unused)
        return refuse(s, "BPE with UNUSED pieces, which are cut anew");
    if (s->denormalizes) return refuse(s, "a denormalizer");
    return 0;
}

static int make_front(spiece *s)
{
    front *f = load_front(s->tok);
    f->steps[0] = (front_step){.kind = FRONT_SPIECE};
    f->n_steps = 1;
    f->swap_mark = s->escape;
    f->dummy_prefix = s->dummy_prefix;
    f->squeeze = s->squeeze;
    f->suffix = s->suffix;
    f->fuse_unk = !s->byte_fallback;
    s->tok->strips = (s->dummy_prefix && !s->suffix) || s->squeeze;
    s->tok->strips_all = s->squeeze;
    s->tok->unmarks = !s->escape;
    if (s->charsmap.n == 0) return 0;
    return charsmap_init(&f->map, s->charsmap, s->path, s->err);
}

static int add_token(spiece *s, uint32_t id)
{
    sm_tokenizer *tok = s->tok;
    const piece *p = &s->pieces[id];
    token *t = &tok->tokens[id];
    switch ((enum piece_type)p->type) {
    case UNKNOWN:
        tok->unk = id;
        t->bytes = sm_arena_copy(&tok->arena, s->unk_surface);
        t->flags = TOKEN_RESERVED;
        return 0;
    case CONTROL:
        t->bytes = sm_arena_copy(&tok->arena, p->string);
        t->flags = TOKEN_RESERVED | TOKEN_SPECIAL;
        return 0;
    case BYTE: {
        const char byte = (char)load_byte_of(p->string);
        t->bytes = sm_arena_copy(&tok->arena, (sm_span){&byte, 1});
        t->flags = TOKEN_BYTE;
        return 0;
    }
    case UNUSED:
        t->bytes = load_swapped(tok, p->string);
        t->flags = TOKEN_MODEL;
        return 0;
    case NORMAL:
    case USER_DEFINED: break;
    }
    /* A space in a piece is never met: texts have ▁ there. */
    const bool unreachable = s->escape && memchr(p->string.p, ' ', p->string.n);
    if (unreachable) t->bytes = sm_arena_copy(&tok->arena, p->string);
    if (unreachable) t->flags = TOKEN_MODEL;
    if (unreachable || load_piece(tok, id, load_swapped(tok, p->string))) return 0;
    return broken(s, "a piece that is listed twice");
}

static int add_tokens(spiece *s)
{
    sm_tokenizer *tok = s->tok;
    tok->n = s->n;
    tok->tokens = sm_calloc(tok->n, sizeof *tok->tokens);
    tok->piece_id = sm_malloc(tok->n * sizeof *tok->piece_id);
    for (uint32_t id = 0; id < tok->n; id++)
        SM_TRY(add_token(s, id));
    if (s->byte_fallback && !load_bytes(tok))
        return broken(s, "byte_fallback without a piece for every byte");
    for (size_t b = 0; b < 256 && !s->byte_fallback; b++)
        tok->byte_id[b] = tok->unk;
    return 0;
}

/* User-defined pieces: the normalizer leaves them as they are, and BPE never merges them. */
static void add_user_defined(spiece *s)
{
    sm_tokenizer *tok = s->tok;
    front *f = tok->front;
    trie_string *raw = sm_malloc(s->n * sizeof *raw), *seen = sm_malloc(s->n * sizeof *seen);
    size_t n = 0;
    for (uint32_t id = 0; id < s->n; id++) {
        const piece *p = &s->pieces[id];
        if (p->type != USER_DEFINED) continue;
        raw[n] = (trie_string){p->string, (uint32_t)p->string.n};
        seen[n++] = (trie_string){tok->tokens[id].bytes, id};
        tok->tokens[id].flags |= TOKEN_RESERVED;
    }
    if (n > 0 && f->map.units) trie_build(&f->untouched, raw, n);
    if (n > 0 && s->model == BPE) load_after(f, seen, n);
    sm_free(raw);
    sm_free(seen);
}

/* ---- unigram --------------------------------------------------------------------------------- */

/* A user-defined piece scores length · highest score − 0.1, which is as good as always chosen; SentencePiece
 * starts the highest score at the smallest positive float. */
static double score_of(const piece *p, float highest)
{
    if (p->type != USER_DEFINED) return (double)p->score;
    const float bonus = (float)p->string.n * highest;
    return (double)bonus - 0.1;
}

static void make_unigram(spiece *s)
{
    sm_tokenizer *tok = s->tok;
    float lowest = FLT_MAX, highest = FLT_MIN;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->pieces[i].type != NORMAL) continue;
        lowest = fminf(lowest, s->pieces[i].score);
        highest = fmaxf(highest, s->pieces[i].score);
    }
    unigram_piece *pieces = sm_malloc(s->n * sizeof *pieces);
    for (uint32_t id = 0; id < s->n; id++) {
        uint32_t found = SM_NO_TOKEN;
        const bool chosen = s->pieces[id].type == NORMAL || s->pieces[id].type == USER_DEFINED;
        if (!chosen || !load_find(tok, tok->tokens[id].bytes, &found) || found != id) continue;
        pieces[n++] =
            (unigram_piece){tok->tokens[id].bytes, score_of(&s->pieces[id], highest), id};
    }
    const unigram_options o = {.unk_score = (double)(lowest - 10.0f),
                               .unk = tok->unk,
                               .fallback = s->byte_fallback ? tok->byte_id : NULL,
                               .single = true};
    tok->kind = MODEL_UNIGRAM;
    tok->unigram = unigram_new(pieces, n, &o);
    sm_free(pieces);
}

/* ---- BPE ------------------------------------------------------------------------------------- */

typedef struct ranked {
    float score;
    uint32_t id;
} ranked;

static int by_score(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->score > y->score) return -1;
    if (x->score < y->score) return 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* A character that is no piece can be a part of one in SentencePiece, which joins strings; here parts are
 * tokens. */
static bool has_all_characters(const sm_tokenizer *tok, sm_span s)
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        const char *from = p;
        uint32_t id = 0;
        (void)sm_utf8_next(&p, end);
        if (!load_find(tok, (sm_span){from, (size_t)(p - from)}, &id)) return false;
    }
    return true;
}

static int make_bpe(spiece *s)
{
    sm_tokenizer *tok = s->tok;
    ranked *order = sm_malloc(s->n * sizeof *order);
    uint32_t *ids = sm_malloc(2 * s->n * sizeof *ids), *ranks = ids + s->n;
    size_t n = 0;
    bool complete = true;
    uint32_t space = 0;
    for (uint32_t id = 0; id < s->n; id++) {
        if (s->pieces[id].type != NORMAL) continue;
        complete = complete && has_all_characters(tok, tok->tokens[id].bytes);
        order[n++] = (ranked){s->pieces[id].score, id};
    }
    qsort(order, n, sizeof *order, by_score);
    for (size_t i = 0; i < n; i++) {
        const bool same = i > 0 && order[i].score >= order[i - 1].score;
        ids[i] = order[i].id;
        ranks[i] = i == 0 ? 1 : ranks[i - 1] + !same;
    }
    load_all_splits(tok, ids, ranks, n, true);
    sm_free(order);
    sm_free(ids);
    tok->kind = MODEL_CHARS;
    if (!complete) return refuse(s, "BPE with a character in a piece that is no piece itself");
    if (s->escape && !load_find(tok, SM_SPAN(" "), &space))
        return refuse(s, "BPE without the piece \xE2\x96\x81");
    return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static uint32_t find_eos(const spiece *s)
{
    for (uint32_t id = 0; id < s->n; id++)
        if (s->pieces[id].type == CONTROL && sm_span_equal(s->pieces[id].string, s->eos))
            return id;
    return SM_NO_TOKEN;
}

static int build(spiece *s)
{
    SM_TRY(check(s));
    SM_TRY(make_front(s));
    SM_TRY(add_tokens(s));
    SM_TRY(sm_pretokenizer_new(&s->tok->pre, "none", s->err));
    add_user_defined(s);
    s->tok->eot = find_eos(s);
    if (s->model == BPE) return make_bpe(s);
    make_unigram(s);
    return 0;
}

int load_spiece(sm_tokenizer *tok, const char *path, sm_span file, sm_error *err)
{
    spiece s = {.tok = tok,
                .path = path,
                .err = err,
                .model = UNIGRAM,
                .unk_surface = SM_SPAN(" \xE2\x81\x87 "),
                .eos = SM_SPAN("</s>"),
                .dummy_prefix = true,
                .squeeze = true,
                .escape = true};
    int rc = read_model(&s, file);
    if (rc == 0) rc = build(&s);
    if (rc == 0) rc = tokenizer_finish(tok, path, err);
    sm_free(s.pieces);
    return rc;
}
