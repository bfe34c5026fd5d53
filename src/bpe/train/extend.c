/* Learning merges on top of a base's: a trainer of characters, whose characters are the base's ids.
 * SPDX-License-Identifier: MIT
 *
 * Old merges have lower ranks than new ones and never involve a new token, so encoding first comes to the base's
 * result, and the new merges then work on that: what is learnt on the base's segmentation is what encoding does. */
#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include "extend_internal.h"
#include "tokenizer_internal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SYMBOL = 256 };

const char *sm_extend_pretoken(const sm_tokenizer *base)
{
    const char *own = sm_tokenizer_pretoken_name(base);
    const bool cuts = own && strcmp(own, "none") != 0;
    return cuts && base->kind == MODEL_BYTES ? own : SM_PRETOKEN_DEFAULT;
}

/* ---- which tokens may be made ------------------------------------------------------------------- */

/* Says no to what is not allowed by its script, too long, or there already: the same string as a token of the base
 * would bring old merges back to life behind the new ones. */
typedef struct judge {
    const extend_units *u;
    size_t max_chars;
    intern made;
    sm_buffer bytes;
} judge;

static sm_span bytes_of(judge *j, sm_span units)
{
    sm_buffer_clear(&j->bytes);
    for (const char *p = units.p, *end = p + units.n; p < end;)
        (void)extend_spell_unit(j->u, extend_unit_of(sm_utf8_next(&p, end)), &j->bytes);
    return sm_buffer_span(&j->bytes);
}

static bool refuses(void *context, sm_span units)
{
    judge *j = context;
    const sm_span bytes = bytes_of(j, units);
    if (!extend_is_allowed(j->u->only, bytes)) return true;
    if (j->max_chars && extend_characters(bytes) > j->max_chars) return true;
    if (intern_find(&j->u->base->pieces, bytes) != INTERN_NONE) return true;
    const size_t before = j->made.n;
    return intern_add(&j->made, bytes) < before;
}

static void judge_fini(judge *j)
{
    intern_free(&j->made);
    sm_buffer_free(&j->bytes);
}

/* ---- from symbols to ids ---------------------------------------------------------------------------- */

/* A character that the base spells in bytes, and how often it does. */
typedef struct letter {
    uint64_t count;
    uint32_t unit;
} letter;

typedef struct builder {
    const extend_units *u;
    const sm_merges *m;
    sm_extension *out;
    size_t most; /* tokens */
    letter *letters;
    size_t n_letters, next_letter;
    uint32_t *id_of_letter; /* [units - base ids] */
    uint32_t *id_of_merge;  /* [m->n] */
    sm_encoder *encoder;
    sm_ids ids;
    sm_buffer bytes;
} builder;

static bool has_room(const builder *b)
{
    return b->out->n < b->most;
}

/* Adds a token whose bytes stand in b->bytes. */
static uint32_t put_token(builder *b, uint32_t left, uint32_t right, uint64_t count)
{
    sm_extension *x = b->out;
    sm_new_token *t = &x->tokens[x->n];
    b->ids.n = 0;
    sm_tokenizer_spell(b->u->base, b->encoder, sm_buffer_span(&b->bytes), &b->ids);
    const sm_span from = {(const char *)b->ids.p, b->ids.n * sizeof *b->ids.p};
    *t =
        (sm_new_token){.left = left,
                       .right = right,
                       .bytes = sm_arena_copy(&x->arena, sm_buffer_span(&b->bytes)),
                       .from = (const uint32_t *)(const void *)sm_arena_copy(&x->arena, from).p,
                       .n_from = b->ids.n,
                       .count = count};
    return (uint32_t)(x->n_base + x->n++);
}

static uint32_t put_letter(builder *b, uint32_t unit, uint64_t count)
{
    uint32_t *id = &b->id_of_letter[unit - b->u->base->n];
    if (*id != SM_NO_TOKEN || !has_room(b)) return *id;
    sm_buffer_clear(&b->bytes);
    (void)extend_spell_unit(b->u, unit, &b->bytes);
    return *id = put_token(b, SM_NO_TOKEN, SM_NO_TOKEN, count);
}

/* The id of a symbol of the trainer; a character that has none yet gets one. */
static uint32_t id_of(builder *b, uint32_t symbol)
{
    if (symbol >= FIRST_SYMBOL + b->m->n_chars)
        return b->id_of_merge[symbol - FIRST_SYMBOL - b->m->n_chars];
    const uint32_t unit = extend_unit_of(b->m->chars[symbol - FIRST_SYMBOL]);
    if (unit < b->u->base->n) return unit;
    return put_letter(b, unit, b->u->letters[unit - b->u->base->n]);
}

/* The bytes of a token that exists, old or new. */
static void spell_id(builder *b, uint32_t id)
{
    const bool old = id < b->out->n_base;
    sm_buffer_put(&b->bytes, old ? b->u->base->tokens[id].bytes
                                 : b->out->tokens[id - b->out->n_base].bytes);
}

static void put_merge(builder *b, size_t i)
{
    const uint32_t left = id_of(b, b->m->p[i].left), right = id_of(b, b->m->p[i].right);
    b->id_of_merge[i] = SM_NO_TOKEN;
    if (left == SM_NO_TOKEN || right == SM_NO_TOKEN || !has_room(b)) return;
    sm_buffer_clear(&b->bytes);
    spell_id(b, left);
    spell_id(b, right);
    b->id_of_merge[i] = put_token(b, left, right, b->m->counts[i]);
}

/* A character saves two tokens a time where a merge saves one. */
static void put_letters_worth(builder *b, uint64_t count)
{
    for (; b->next_letter < b->n_letters; b->next_letter++) {
        const letter *l = &b->letters[b->next_letter];
        if (l->count < (count + 1) / 2) return;
        (void)put_letter(b, l->unit, l->count);
    }
}

static int by_falling_count(const void *a, const void *b)
{
    const letter *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static void list_letters(builder *b)
{
    const size_t n = b->u->n - b->u->base->n;
    b->letters = sm_malloc((n + 1) * sizeof *b->letters);
    b->id_of_letter = sm_malloc((n + 1) * sizeof *b->id_of_letter);
    memset(b->id_of_letter, 0xFF, (n + 1) * sizeof *b->id_of_letter);
    for (size_t i = 0; i < n; i++) {
        if (b->u->letters[i] == 0) continue;
        const uint32_t unit = (uint32_t)(b->u->base->n + i);
        b->letters[b->n_letters++] = (letter){b->u->letters[i], unit};
    }
    qsort(b->letters, b->n_letters, sizeof *b->letters, by_falling_count);
}

static void build(builder *b, uint64_t min_count)
{
    b->out->tokens = sm_calloc(b->most, sizeof *b->out->tokens);
    b->id_of_merge = sm_malloc((b->m->n + 1) * sizeof *b->id_of_merge);
    b->encoder = sm_encoder_new();
    b->bytes = sm_buffer_make(UINT32_MAX);
    list_letters(b);
    for (size_t i = 0; i < b->m->n && has_room(b); i++) {
        put_letters_worth(b, b->m->counts[i]);
        put_merge(b, i);
    }
    put_letters_worth(b, 2 * min_count);
    sm_encoder_free(b->encoder);
    sm_ids_free(&b->ids);
    sm_buffer_free(&b->bytes);
    sm_free(b->letters);
    sm_free(b->id_of_letter);
    sm_free(b->id_of_merge);
}

/* ---- all ---------------------------------------------------------------------------------------------- */

static size_t rounded(size_t n, size_t multiple)
{
    return multiple > 1 ? (n + multiple - 1) / multiple * multiple : n;
}

static int learn(const extend_units *u, const sm_extend_options *o, size_t most,
                 sm_extension *out, sm_error *err)
{
    judge j = {.u = u, .max_chars = o->max_chars, .bytes = sm_buffer_make(UINT32_MAX)};
    sm_bpe_options train = sm_bpe_defaults(most + u->n_used);
    sm_merges merges = {0};
    train.alphabet = SM_ALPHABET_CHARACTERS;
    train.coverage = 1;
    train.weight = o->weight;
    train.aligned = o->aligned;
    train.min_count = o->min_count;
    train.max_chars = 0; /* units are no characters: the judge counts those */
    train.refuses = refuses;
    train.judge = &j;
    const int rc = sm_bpe_train(u->counts, &train, &merges, err);
    if (rc == 0) {
        builder b = {.u = u, .m = &merges, .out = out, .most = most};
        build(&b, o->min_count);
    }
    sm_merges_free(&merges);
    judge_fini(&j);
    return rc;
}

int sm_extend_learn(const sm_tokenizer *base, const sm_counts *counts,
                    const sm_extend_options *o, sm_extension *out, sm_error *err)
{
    extend_units u;
    const size_t n = sm_tokenizer_size(base), size = rounded(o->vocab_size, o->multiple);
    *out = (sm_extension){.n_base = n};
    if (size <= n)
        SM_FAIL(err, SM_EUSAGE, "a vocabulary of %zu is not larger than the base's %zu ids",
                size, n);
    SM_TRY(extend_units_init(&u, base, o->only, counts, err));
    const int rc = learn(&u, o, size - n, out, err);
    extend_units_fini(&u);
    out->n_spare = rounded(n + out->n, o->multiple) - n - out->n;
    return rc;
}

void sm_extension_free(sm_extension *x)
{
    sm_free(x->tokens);
    sm_arena_free(&x->arena);
    *x = (sm_extension){0};
}
