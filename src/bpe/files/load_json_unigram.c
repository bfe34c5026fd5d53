/* The model "Unigram" of a tokenizer.json: pieces with scores, as in a .model, but summed in double precision.
 * SPDX-License-Identifier: MIT */
#include "files/load_internal.h"

#include <math.h>
#include <string.h>

/* An item is [piece, score]. */
static int read_item(const json_loader *l, const sm_value *v, sm_span *piece, double *score)
{
    if (v->kind != SM_LIST || v->n != 2 || v->items[0].kind != SM_STRING)
        return json_broken(l, v, "an entry is not [piece, score]");
    *piece = v->items[0].as.string;
    SM_TRY(sm_value_read_real(&v->items[1], "score", -1e30, 1e30, score, l->err));
    if (piece->n > LOAD_MAX_TOKEN) return json_refuse(l, v, "a piece of more than 4096 bytes");
    return 0;
}

static void find_specials(const json_loader *l, intern *specials)
{
    const sm_value *added = sm_value_get(l->root, "added_tokens");
    for (size_t i = 0; added && i < added->n; i++) {
        const sm_value *content = sm_value_get(&added->items[i], "content");
        if (content && content->kind == SM_STRING &&
            json_true(&added->items[i], "special", false))
            (void)intern_add(specials, content->as.string);
    }
}

typedef struct pieces {
    intern specials; /* no pieces: text never becomes one */
    unigram_piece *p;
    size_t n;
} pieces;

static int add_piece(json_loader *l, const sm_value *v, uint32_t id, pieces *to)
{
    sm_tokenizer *tok = l->tok;
    sm_span piece = {0};
    double score = 0;
    SM_TRY(read_item(l, v, &piece, &score));
    const int byte = l->byte_fallback ? load_byte_of(piece) : -1;
    token *t = &tok->tokens[id];
    if (byte >= 0) {
        const char value = (char)byte;
        t->bytes = sm_arena_copy(&tok->arena, (sm_span){&value, 1});
        t->flags = TOKEN_BYTE;
        return 0;
    }
    const bool reachable = piece.n > 0 && id != tok->unk &&
                           intern_find(&to->specials, piece) == INTERN_NONE &&
                           !(tok->front->swap_mark && memchr(piece.p, ' ', piece.n));
    t->bytes = reachable ? load_swapped(tok, piece) : sm_arena_copy(&tok->arena, piece);
    t->flags = TOKEN_MODEL;
    if (!reachable) return 0;
    if (!load_piece(tok, id, t->bytes)) return json_broken(l, v, "a piece is listed twice");
    to->p[to->n++] = (unigram_piece){t->bytes, score, id};
    return 0;
}

static int find_unknown(json_loader *l, const sm_value *model, size_t n)
{
    int64_t unk = -1;
    SM_TRY(sm_value_read_int(sm_value_get(model, "unk_id"), "unk_id", 0, LOAD_MAX_IDS, &unk,
                             l->err));
    if (unk < 0 || (size_t)unk >= n)
        return json_refuse(l, model, "a Unigram model without unk_id in its vocabulary");
    l->tok->unk = (uint32_t)unk;
    return 0;
}

static int count_ids(json_loader *l, size_t n)
{
    const sm_value *added = sm_value_get(l->root, "added_tokens");
    l->tok->n = n;
    for (size_t i = 0; added && i < added->n; i++) {
        const sm_value *id = sm_value_get(&added->items[i], "id");
        if (!id || id->kind != SM_INT || id->as.integer < 0 || id->as.integer >= LOAD_MAX_IDS)
            return json_broken(l, &added->items[i], "an id is not a number in range");
        if ((size_t)id->as.integer >= l->tok->n) l->tok->n = (size_t)id->as.integer + 1;
    }
    return 0;
}

/* The lowest score of all, less 10. */
static double unknown_score(const sm_value *vocab)
{
    double lowest = HUGE_VAL;
    for (size_t i = 0; i < vocab->n; i++) {
        const sm_value *score = &vocab->items[i].items[1];
        const double value = score->kind == SM_INT ? (double)score->as.integer : score->as.real;
        lowest = fmin(lowest, value);
    }
    return lowest - 10.0;
}

static void make_model(const json_loader *l, const sm_value *vocab, const pieces *all)
{
    sm_tokenizer *tok = l->tok;
    const unigram_options o = {.unk_score = unknown_score(vocab),
                               .unk = tok->unk,
                               .fallback = l->byte_fallback ? tok->byte_id : NULL};
    tok->kind = MODEL_UNIGRAM;
    tok->front->fuse_unk = !l->byte_fallback;
    tok->unigram = unigram_new(all->p, all->n, &o);
}

int json_unigram(json_loader *l, const sm_value *model)
{
    sm_tokenizer *tok = l->tok;
    const sm_value *vocab = sm_value_get(model, "vocab");
    if (!vocab || vocab->kind != SM_LIST || vocab->n == 0 || vocab->n > LOAD_MAX_IDS)
        return json_broken(l, model, "no vocabulary");
    if (l->byte_level) return json_refuse(l, model, "a Unigram model of bytes");
    SM_TRY(find_unknown(l, model, vocab->n));
    SM_TRY(count_ids(l, vocab->n));
    tok->tokens = sm_calloc(tok->n, sizeof *tok->tokens);
    tok->piece_id = sm_malloc(tok->n * sizeof *tok->piece_id);
    pieces all = {.p = sm_malloc(vocab->n * sizeof *all.p)};
    find_specials(l, &all.specials);
    int rc = 0;
    for (uint32_t id = 0; id < vocab->n && rc == 0; id++)
        rc = add_piece(l, &vocab->items[id], id, &all);
    if (rc == 0 && l->byte_fallback && !load_bytes(tok))
        rc = json_refuse(l, vocab, "byte_fallback without a piece for every byte");
    if (rc == 0) make_model(l, vocab, &all);
    intern_free(&all.specials);
    sm_free(all.p);
    return rc;
}
