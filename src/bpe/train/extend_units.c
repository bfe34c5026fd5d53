/* The base's segmentation of what was counted, as a text whose characters are its ids.
 * SPDX-License-Identifier: MIT */
#include <seimai/utf8.h>

#include "count/counts_internal.h"
#include "count/japanese.h"
#include "extend_internal.h"
#include "tokenizer_internal.h"

enum { FIRST_LETTER = 0x3000, LETTERS = 0xFB00 - FIRST_LETTER, MAX_IDS = 1000000 };
/* Codes begin above ASCII and leave out the surrogates. */
enum { FIRST_CODE = 0x100, SURROGATES = 0xD800, N_SURROGATES = 0x800 };

uint32_t extend_code_of(uint32_t unit)
{
    const uint32_t code = unit + FIRST_CODE;
    return code < SURROGATES ? code : code + N_SURROGATES;
}

uint32_t extend_unit_of(uint32_t code)
{
    return (code < SURROGATES ? code : code - N_SURROGATES) - FIRST_CODE;
}

uint32_t extend_spell_unit(const extend_units *u, uint32_t unit, sm_buffer *bytes)
{
    if (unit < u->base->n) {
        sm_buffer_put(bytes, u->base->tokens[unit].bytes);
        return unit;
    }
    char letter[4];
    const size_t n = sm_utf8_put(unit - (uint32_t)u->base->n + FIRST_LETTER, letter);
    sm_buffer_put(bytes, (sm_span){letter, n});
    return SM_NO_TOKEN;
}

/* ---- one pre-token ----------------------------------------------------------------------------- */

/* A stretch of units that may join, as text, with the edges between them. */
typedef struct stretch {
    sm_buffer text;
    uint32_t *edges;
    uint64_t *crossings;
    size_t n_edges, cap_edges, cap_crossings, n_units;
} stretch;

typedef struct converter {
    extend_units *u;
    sm_encoder *encoder;
    sm_ids ids;
    stretch s;
} converter;

static void put_edge(stretch *s, uint64_t crossings)
{
    s->edges = sm_array_grow(s->edges, s->n_edges, &s->cap_edges, sizeof *s->edges);
    s->crossings =
        sm_array_grow(s->crossings, s->n_edges, &s->cap_crossings, sizeof *s->crossings);
    s->edges[s->n_edges] = (uint32_t)s->text.n;
    s->crossings[s->n_edges++] = crossings;
}

static void put_unit(converter *c, uint32_t unit)
{
    char code[4];
    const size_t n = sm_utf8_put(extend_code_of(unit), code);
    sm_buffer_put(&c->s.text, (sm_span){code, n});
    c->s.n_units++;
    c->u->n_used += !c->u->used[unit];
    c->u->used[unit] = true;
}

/* Single units count, too: the alphabet has to know them. */
static void end_stretch(converter *c, const sm_count_entry *e)
{
    const sm_count_entry units = {.bytes = sm_buffer_span(&c->s.text),
                                  .count = e->count,
                                  .documents = e->documents,
                                  .edges = c->s.edges,
                                  .crossings = c->s.crossings,
                                  .n_edges = c->s.n_edges,
                                  .untagged = e->untagged};
    if (c->s.n_units > 0) counts_add_entry(c->u->counts, &units);
    sm_buffer_clear(&c->s.text);
    c->s.n_edges = c->s.n_units = 0;
}

/* Three byte tokens that spell a Japanese character: its unit, or SM_NO_TOKEN. */
static uint32_t letter_at(const extend_units *u, const sm_ids *ids, size_t i)
{
    char bytes[3];
    if (i + 3 > ids->n) return SM_NO_TOKEN;
    for (size_t k = 0; k < 3; k++) {
        const token *t = &u->base->tokens[ids->p[i + k]];
        if (!(t->flags & TOKEN_BYTE)) return SM_NO_TOKEN;
        bytes[k] = t->bytes.p[0];
    }
    const char *p = bytes;
    if (!extend_is_allowed(SM_EXTEND_JAPANESE, (sm_span){bytes, 3})) return SM_NO_TOKEN;
    return (uint32_t)u->base->n + sm_utf8_next(&p, bytes + 3) - FIRST_LETTER;
}

/* The unit that begins at ids[*i], which is moved past it; SM_NO_TOKEN for what never joins. */
static uint32_t next_unit(converter *c, const sm_count_entry *e, size_t *i, size_t *bytes)
{
    const extend_units *u = c->u;
    const uint32_t id = c->ids.p[*i], letter = letter_at(u, &c->ids, *i);
    *bytes = letter == SM_NO_TOKEN ? u->base->tokens[id].bytes.n : 3;
    *i += letter == SM_NO_TOKEN ? 1 : 3;
    if (letter != SM_NO_TOKEN) {
        u->letters[letter - u->base->n] += e->count;
        return letter;
    }
    const token *t = &u->base->tokens[id];
    const bool joins = (t->flags & TOKEN_MODEL) && !(t->flags & TOKEN_RESERVED) &&
                       extend_may_join(u->only, t->bytes);
    return joins ? id : SM_NO_TOKEN;
}

/* The crossings at byte `at`; edges before it are passed. */
static uint64_t crossings_at(const sm_count_entry *e, size_t at, size_t *k)
{
    while (*k < e->n_edges && e->edges[*k] < at)
        ++*k;
    if (*k == e->n_edges || e->edges[*k] != at) return 0;
    return e->crossings ? e->crossings[*k] : e->count;
}

static void convert(converter *c, const sm_count_entry *e)
{
    size_t at = 0, edge = 0, bytes = 0;
    c->ids.n = 0;
    sm_tokenizer_spell(c->u->base, c->encoder, e->bytes, &c->ids);
    for (size_t i = 0; i < c->ids.n; at += bytes) {
        const uint32_t unit = next_unit(c, e, &i, &bytes);
        if (unit == SM_NO_TOKEN) {
            end_stretch(c, e);
            continue;
        }
        const uint64_t crossings = crossings_at(e, at, &edge);
        if (crossings && c->s.n_units > 0) put_edge(&c->s, crossings);
        put_unit(c, unit);
    }
    end_stretch(c, e);
}

/* ---- all ------------------------------------------------------------------------------------------ */

int extend_units_init(extend_units *u, const sm_tokenizer *base, sm_extend_script only,
                      const sm_counts *counts, sm_error *err)
{
    *u = (extend_units){.base = base, .only = only, .n = base->n + LETTERS};
    if (base->kind == MODEL_UNIGRAM)
        SM_FAIL(err, SM_ENOSUP, "only BPE can be extended: a Unigram model has no merges");
    if (base->n > MAX_IDS) SM_FAIL(err, SM_ELIMIT, "the base has more than %d ids", MAX_IDS);
    u->used = sm_calloc(u->n, sizeof *u->used);
    u->letters = sm_calloc(LETTERS, sizeof *u->letters);
    u->counts = sm_counts_new();
    u->counts->tagged = sm_counts_is_tagged(counts);
    converter c = {.u = u, .encoder = sm_encoder_new()};
    c.s.text = sm_buffer_make(UINT32_MAX);
    for (size_t i = 0; i < sm_counts_size(counts); i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        convert(&c, &e);
    }
    if (u->counts->tagged) counts_room_for_edges(u->counts);
    sm_encoder_free(c.encoder);
    sm_ids_free(&c.ids);
    sm_buffer_free(&c.s.text);
    sm_free(c.s.edges);
    sm_free(c.s.crossings);
    return 0;
}

void extend_units_fini(extend_units *u)
{
    sm_counts_free(u->counts);
    sm_free(u->used);
    sm_free(u->letters);
}
