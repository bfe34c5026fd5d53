/* What a vocabulary holds: its tokens by kind and length, those that cannot come out, and how it spells rare characters.
 * SPDX-License-Identifier: MIT */
#include "report/token_report.h"

#include <seimai/utf8.h>

#include <string.h>

typedef struct looker {
    vocabulary *v;
    const sm_tokenizer *tok;
    sm_encoder *encoder;
    sm_ids ids;
} looker;

/* ---- the worst ------------------------------------------------------------------------------------ */

/* Keeps the ids with the most characters, longest first; of equals the first. */
typedef struct ranking {
    uint32_t *ids;
    size_t *n;
    size_t lengths[WORST];
} ranking;

static void rank(ranking *r, uint32_t id, size_t length)
{
    size_t at = *r->n;
    while (at > 0 && r->lengths[at - 1] < length)
        at--;
    if (at == WORST) return;
    const size_t last = *r->n < WORST ? (*r->n)++ : WORST - 1;
    memmove(r->ids + at + 1, r->ids + at, (last - at) * sizeof *r->ids);
    memmove(r->lengths + at + 1, r->lengths + at, (last - at) * sizeof *r->lengths);
    r->ids[at] = id;
    r->lengths[at] = length;
}

/* ---- tokens --------------------------------------------------------------------------------------- */

static bool is_japanese(sm_token_kind kind)
{
    return kind >= SM_TOKEN_HIRAGANA && kind <= SM_TOKEN_MIXED_JAPANESE;
}

/* Is the token the last of what its own bytes give, alone or after a line's end (where no space is put before it)? */
static bool comes_out(looker *l, uint32_t id, sm_span bytes)
{
    l->ids.n = 0;
    sm_tokenizer_encode(l->tok, l->encoder, bytes, &l->ids);
    if (l->ids.n == 1 && l->ids.p[0] == id) return true;
    sm_buffer text = sm_buffer_make(SIZE_MAX / 8);
    sm_buffer_putc(&text, '\n');
    sm_buffer_put(&text, bytes);
    l->ids.n = 0;
    sm_tokenizer_encode(l->tok, l->encoder, sm_buffer_span(&text), &l->ids);
    sm_buffer_free(&text);
    return l->ids.n > 0 && l->ids.p[l->ids.n - 1] == id;
}

static void look_at_tokens(looker *l, const sm_token_tally *tally)
{
    vocabulary *v = l->v;
    ranking unused = {.ids = v->longest_unused, .n = &v->n_longest_unused};
    ranking dead = {.ids = v->longest_unreachable, .n = &v->n_longest_unreachable};
    for (uint32_t id = 0; id < sm_tokenizer_size(l->tok); id++) {
        const sm_span bytes = sm_tokenizer_bytes(l->tok, id);
        const sm_token_kind kind = sm_token_kind_of(l->tok, id);
        v->kinds[kind]++;
        if (kind <= SM_TOKEN_BROKEN) continue;
        const size_t length = sm_utf8_count(bytes);
        const bool reachable = tally->uses[id] > 0 || comes_out(l, id, bytes);
        v->unreachable += !reachable;
        if (!reachable) rank(&dead, id, length);
        if (!is_japanese(kind)) continue;
        v->japanese_by_length[(length < LENGTHS ? length : LENGTHS) - 1]++;
        v->unused_japanese += tally->uses[id] == 0;
        if (tally->uses[id] == 0 && reachable) rank(&unused, id, length);
    }
}

/* ---- characters ----------------------------------------------------------------------------------- */

static void spell(looker *l, sm_char_class cls, uint32_t c)
{
    char bytes[4];
    const sm_span text = {bytes, sm_utf8_put(c, bytes)};
    l->ids.n = 0;
    sm_tokenizer_encode(l->tok, l->encoder, text, &l->ids);
    const uint32_t last = l->ids.n ? l->ids.p[l->ids.n - 1] : 0;
    const sm_span token = l->ids.n ? sm_tokenizer_bytes(l->tok, last) : (sm_span){0};
    const bool whole = sm_span_ends(token, text);
    l->v->listed[cls]++;
    l->v->listed_split[cls] += !whole;
    l->v->listed_single[cls] += whole && l->ids.n == 1;
}

static void look_at_characters(looker *l)
{
    for (int cls = 0; cls < SM_CHAR_CLASSES; cls++) {
        uint32_t c = 0;
        while ((c = sm_char_class_next((sm_char_class)cls, c)) != 0)
            spell(l, (sm_char_class)cls, c);
    }
}

void vocabulary_look(vocabulary *v, const sm_tokenizer *tok, const sm_token_tally *tally)
{
    *v = (vocabulary){0};
    looker l = {.v = v, .tok = tok, .encoder = sm_encoder_new()};
    look_at_tokens(&l, tally);
    look_at_characters(&l);
    sm_encoder_free(l.encoder);
    sm_ids_free(&l.ids);
}
