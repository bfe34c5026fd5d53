/* Counting a tokenizer's cuts against the marks of a text.
 * SPDX-License-Identifier: MIT */
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include "report/marks.h"

#include <math.h>

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

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Counts the character around `at` once, however many tokens share it; `last` is the end of the one before. */
static void count_split(sm_token_tally *t, sm_span text, size_t at, size_t *last)
{
    if (at < *last) return;
    const char *p = text.p + at;
    while (is_continuation(*p))
        p--;
    const uint32_t c = sm_utf8_next(&p, text.p + text.n);
    t->split[sm_char_class_of(c)]++;
    t->split[SM_CHAR_NAME] += sm_char_is_name(c);
    *last = (size_t)(p - text.p);
}

static void count_token(sm_token_tally *t, sm_span bytes, uint32_t id)
{
    t->uses[id]++;
    if (bytes.n == 1 && (unsigned char)*bytes.p < 0x80) return;
    t->broken += sm_utf8_check(bytes) < bytes.n;
    t->single_bytes += bytes.n == 1;
}

/* A token whose bytes begin with a space that the text lacks: what SentencePiece puts before a text. */
static size_t added_space(const sm_gold *gold, sm_span first)
{
    if (first.n == 0 || *first.p != ' ') return 0;
    const bool same =
        first.n <= gold->text.n && sm_span_equal(first, (sm_span){gold->text.p, first.n});
    return !same;
}

void sm_token_tally_add(sm_token_tally *t, const sm_gold *gold, const sm_tokenizer *tok,
                        const uint32_t *ids, size_t n)
{
    const sm_span text = gold->text;
    size_t last_split = 0;
    size_t at = n > 0 ? (size_t)0 - added_space(gold, sm_tokenizer_bytes(tok, ids[0])) : 0;
    for (size_t i = 0; i < n; i++) {
        const sm_span bytes = sm_tokenizer_bytes(tok, ids[i]);
        count_token(t, bytes, ids[i]);
        at += bytes.n;
        if (at == 0 || at >= text.n) continue;
        const unsigned mark = gold->marks[at];
        t->made[mark]++;
        t->cuts += mark != 0;
        t->right_cuts += mark & MARK_EDGE;
        if (is_continuation(text.p[at])) count_split(t, text, at, &last_split);
    }
    for (size_t i = 0; i < gold->n_inner; i++)
        t->possible[gold->inner[i]]++;
    t->documents++;
    t->tokens += n;
    t->bytes += text.n;
    t->characters += gold->characters;
    t->morphemes += gold->morphemes;
    t->inner_edges += gold->inner_edges;
}

static void add_all(uint64_t *into, const uint64_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        into[i] += from[i];
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
    into->single_bytes += from->single_bytes;
    into->changed += from->changed;
    add_all(into->split, from->split, SM_CHAR_CLASSES);
    add_all(into->lost, from->lost, SM_CHAR_CLASSES);
    add_all(into->made, from->made, SM_GOLD_MARKS);
    add_all(into->possible, from->possible, SM_GOLD_MARKS);
    add_all(into->uses, from->uses, into->n_uses);
}

static double ratio(uint64_t a, uint64_t b)
{
    return (double)a / (double)b; /* 0/0 is NaN */
}

/* H_2.5 / log V, with H_a = log Σ p^a / (1 − a). */
static double renyi(const sm_token_tally *t)
{
    const double order = 2.5;
    double sum = 0;
    for (size_t i = 0; i < t->n_uses; i++)
        if (t->uses[i]) sum += pow(ratio(t->uses[i], t->tokens), order);
    return log(sum) / (1 - order) / log((double)t->n_uses);
}

sm_figures sm_token_tally_figures(const sm_token_tally *t)
{
    sm_figures f = {.chars_per_token = ratio(t->characters, t->tokens),
                    .bytes_per_token = ratio(t->bytes, t->tokens),
                    .tokens_per_morpheme = ratio(t->tokens, t->morphemes),
                    .boundary_precision = ratio(t->right_cuts, t->cuts),
                    .boundary_recall = ratio(t->right_cuts, t->inner_edges),
                    .boundary_f1 = ratio(2 * t->right_cuts, t->cuts + t->inner_edges),
                    .broken_share = ratio(t->broken, t->tokens),
                    .byte_share = ratio(t->single_bytes, t->tokens),
                    .renyi_efficiency = t->tokens ? renyi(t) : (double)NAN};
    for (size_t i = 0; i < t->n_uses; i++)
        f.used += t->uses[i] > 0;
    return f;
}
