/* Codes for characters that stand in no token, given as they come.
 * SPDX-License-Identifier: MIT */
#include "encoder.h"

#include <string.h>

static size_t slots_of(const strangers *s)
{
    return s->most * 2; /* a power of two: see begin */
}

/* Forgets the strangers of another tokenizer, and makes room where many have gathered. */
static void begin(const sm_tokenizer *tok, sm_encoder *e)
{
    strangers *s = &e->strangers;
    const size_t left = CODES - tok->matcher->n_codes;
    size_t most = 4096;
    while (most * 2 <= left)
        most *= 2;
    const bool same = sm_hash128_equal(e->of, sm_tokenizer_hash(tok)) && s->most == most;
    if (same && s->n < most / 2) return;
    if (s->most != most) {
        strangers_free(s);
        s->most = most;
        s->slots = sm_malloc(slots_of(s) * sizeof *s->slots);
        s->characters = sm_malloc(most * sizeof *s->characters);
        s->spellings = sm_malloc(most * sizeof *s->spellings);
    }
    e->of = sm_tokenizer_hash(tok);
    s->n = 0;
    memset(s->slots, 0, slots_of(s) * sizeof *s->slots);
}

void strangers_free(strangers *s)
{
    sm_free(s->slots);
    sm_free(s->characters);
    sm_free(s->spellings);
    *s = (strangers){0};
}

static uint32_t name(const sm_tokenizer *tok, sm_encoder *e, size_t at, uint32_t c)
{
    const matcher *m = tok->matcher;
    strangers *s = &e->strangers;
    size_t i = (c * 0x9E3779B1u >> 8) & (slots_of(s) - 1);
    for (; s->slots[i]; i = (i + 1) & (slots_of(s) - 1))
        if (s->characters[s->slots[i] - 1] == c) return m->n_codes + s->slots[i] - 1;
    if (s->n == s->most) return m->code_lost;
    matcher_spell(tok, m, window_span(e, at, at + 1), &s->spellings[s->n]);
    s->characters[s->n] = c;
    s->slots[i] = (uint32_t)++s->n;
    return m->n_codes + (uint32_t)s->n - 1;
}

enum { BLOCK = 64 };

static bool any_unknown(const uint32_t codes[BLOCK])
{
    uint32_t found = 0;
    for (size_t i = 0; i < BLOCK; i++)
        found |= codes[i] == 0;
    return found;
}

/* Lists where codes are 0. Most blocks have none, and that is soon seen. */
static size_t find_unknown(const uint32_t *codes, size_t n, uint32_t *list)
{
    size_t n_unknown = 0;
    for (size_t from = 0; from < n; from += BLOCK) {
        const size_t to = from + BLOCK < n ? from + BLOCK : n;
        if (to - from == BLOCK && !any_unknown(codes + from)) continue;
        for (size_t i = from; i < to; i++) {
            list[n_unknown] = (uint32_t)i;
            n_unknown += codes[i] == 0;
        }
    }
    return n_unknown;
}

bool strangers_name(const sm_tokenizer *tok, sm_encoder *e, uint32_t *codes, size_t n)
{
    uint32_t *list = e->suspects;
    const size_t n_unknown = find_unknown(codes, n, list);
    bool lost = false, begun = false;
    for (size_t k = 0; k < n_unknown; k++) {
        const size_t i = list[k];
        const sm_span s = window_span(e, i, i + 1);
        const uint8_t *p = (const uint8_t *)s.p;
        const character c = character_at(p, p + s.n);
        codes[i] = matcher_code(tok->matcher, c);
        if (codes[i]) continue;
        if (!begun) begin(tok, e);
        begun = true;
        codes[i] = name(tok, e, i, c.c);
        lost |= codes[i] == tok->matcher->code_lost;
    }
    return lost;
}

const spelling *spelling_of(const matcher *m, const sm_encoder *e, uint32_t number)
{
    const uint32_t code = number - m->n_tokens;
    return code < m->n_codes ? &m->spellings[code] : &e->strangers.spellings[code - m->n_codes];
}
