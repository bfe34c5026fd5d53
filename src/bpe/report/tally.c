/* Counting cuts against morpheme edges.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include "count/japanese.h"

#include <string.h>

/* ---- gold --------------------------------------------------------------------------------- */

static bool bit(const uint64_t *bits, size_t i)
{
    return bits[i >> 6] >> (i & 63) & 1;
}

static void clear_bits(sm_gold *gold, size_t n)
{
    const size_t words = n / 64 + 1;
    if (words > gold->cap) {
        gold->cap = words;
        gold->edges = sm_realloc(gold->edges, words * sizeof *gold->edges);
    }
    memset(gold->edges, 0, words * sizeof *gold->edges);
}

static void set_edge(sm_gold *gold, size_t at)
{
    if (bit(gold->edges, at)) return;
    gold->edges[at >> 6] |= UINT64_C(1) << (at & 63);
    gold->inner_edges += japanese_both_sides(gold->text, at);
}

int sm_gold_set(sm_gold *gold, sm_tagger *tagger, sm_span text, sm_error *err)
{
    const sm_morpheme *m = NULL;
    size_t n = 0;
    SM_TRY(sm_tagger_cut(tagger, text, &m, &n, err));
    gold->text = text;
    gold->characters = sm_utf8_count(text);
    gold->morphemes = n;
    gold->inner_edges = 0;
    clear_bits(gold, text.n);
    for (size_t i = 0; i < n; i++) {
        set_edge(gold, m[i].begin);
        set_edge(gold, m[i].end);
    }
    return 0;
}

void sm_gold_free(sm_gold *gold)
{
    sm_free(gold->edges);
    *gold = (sm_gold){0};
}

/* ---- tallies ------------------------------------------------------------------------------ */

void sm_token_tally_init(sm_token_tally *tally, const sm_tokenizer *tok)
{
    *tally = (sm_token_tally){.n_uses = sm_tokenizer_size(tok)};
    tally->uses = sm_calloc(tally->n_uses, sizeof *tally->uses);
}

void sm_token_tally_free(sm_token_tally *tally)
{
    sm_free(tally->uses);
    *tally = (sm_token_tally){0};
}

/* Is byte `at` inside a Japanese character (all of them have three bytes)? */
static bool splits_japanese(sm_span text, size_t at)
{
    while (((unsigned char)text.p[at] & 0xC0) == 0x80)
        at--;
    const char *p = text.p + at;
    return japanese_is(sm_utf8_next(&p, text.p + text.n));
}

static void add_cut(sm_token_tally *t, const sm_gold *gold, size_t at)
{
    const bool inside = ((unsigned char)gold->text.p[at] & 0xC0) == 0x80;
    if (inside ? !splits_japanese(gold->text, at) : !japanese_both_sides(gold->text, at))
        return;
    t->cuts++;
    t->right_cuts += !inside && bit(gold->edges, at);
}

void sm_token_tally_add(sm_token_tally *t, const sm_gold *gold, const sm_tokenizer *tok,
                        const uint32_t *ids, size_t n)
{
    t->documents++;
    t->bytes += gold->text.n;
    t->characters += gold->characters;
    t->morphemes += gold->morphemes;
    t->inner_edges += gold->inner_edges;
    t->tokens += n;
    for (size_t i = 0, at = 0; i < n; i++) {
        const sm_span bytes = sm_tokenizer_bytes(tok, ids[i]);
        t->uses[ids[i]]++;
        t->broken += sm_utf8_check(bytes) < bytes.n;
        at += bytes.n;
        if (at < gold->text.n) add_cut(t, gold, at);
    }
}

void sm_token_tally_merge(sm_token_tally *into, const sm_token_tally *from)
{
    into->documents += from->documents;
    into->bytes += from->bytes;
    into->characters += from->characters;
    into->morphemes += from->morphemes;
    into->inner_edges += from->inner_edges;
    into->tokens += from->tokens;
    into->cuts += from->cuts;
    into->right_cuts += from->right_cuts;
    into->broken += from->broken;
    for (size_t i = 0; i < into->n_uses; i++)
        into->uses[i] += from->uses[i];
}

static double ratio(uint64_t a, uint64_t b)
{
    return (double)a / (double)b; /* 0/0 is NaN */
}

sm_figures sm_token_tally_figures(const sm_token_tally *t)
{
    sm_figures f = {.chars_per_token = ratio(t->characters, t->tokens),
                    .bytes_per_token = ratio(t->bytes, t->tokens),
                    .tokens_per_morpheme = ratio(t->tokens, t->morphemes),
                    .boundary_precision = ratio(t->right_cuts, t->cuts),
                    .boundary_recall = ratio(t->right_cuts, t->inner_edges),
                    .boundary_f1 = ratio(2 * t->right_cuts, t->cuts + t->inner_edges),
                    .broken_share = ratio(t->broken, t->tokens)};
    for (size_t i = 0; i < t->n_uses; i++)
        f.used += t->uses[i] > 0;
    return f;
}

/* ---- kinds of tokens ---------------------------------------------------------------------- */

static const char *const kind_names[SM_TOKEN_KINDS] = {
    "reserved",       "broken", "hiragana", "katakana",    "kanji",
    "mixed-japanese", "latin",  "digit",    "punctuation", "other"};

const char *sm_token_kind_name(sm_token_kind kind)
{
    return kind_names[kind];
}

static sm_token_kind kind_of_script(sm_script script)
{
    switch (script) {
    case SM_HIRAGANA: return SM_TOKEN_HIRAGANA;
    case SM_KATAKANA: return SM_TOKEN_KATAKANA;
    case SM_HAN: return SM_TOKEN_KANJI;
    case SM_LATIN: return SM_TOKEN_LATIN;
    case SM_DIGIT: return SM_TOKEN_DIGIT;
    case SM_SPACE:
    case SM_JA_PUNCT:
    case SM_PUNCT:
    case SM_SYMBOL: return SM_TOKEN_PUNCTUATION;
    case SM_HANGUL:
    case SM_OTHER_LETTER:
    case SM_OTHER:
    case SM_SCRIPTS: break;
    }
    return SM_TOKEN_OTHER;
}

static bool is_japanese_kind(sm_token_kind kind)
{
    return kind >= SM_TOKEN_HIRAGANA && kind <= SM_TOKEN_MIXED_JAPANESE;
}

static sm_token_kind join_kinds(sm_token_kind a, sm_token_kind b)
{
    if (a == b || b == SM_TOKEN_PUNCTUATION) return a;
    if (a == SM_TOKEN_PUNCTUATION) return b;
    return is_japanese_kind(a) && is_japanese_kind(b) ? SM_TOKEN_MIXED_JAPANESE
                                                      : SM_TOKEN_OTHER;
}

sm_token_kind sm_token_kind_of(const sm_tokenizer *tok, uint32_t id)
{
    const sm_span s = sm_tokenizer_bytes(tok, id);
    sm_token_kind kind = SM_TOKEN_PUNCTUATION;
    if (sm_tokenizer_is_reserved(tok, id)) return SM_TOKEN_RESERVED;
    if (s.n == 0 || sm_utf8_check(s) < s.n) return SM_TOKEN_BROKEN;
    for (const char *p = s.p, *end = s.p + s.n; p < end;)
        kind = join_kinds(kind, kind_of_script(sm_script_of(sm_utf8_next(&p, end))));
    return kind;
}
