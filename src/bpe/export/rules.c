/* What the formats ask of a model, each as a check that finds an example of what is wrong.
 * SPDX-License-Identifier: MIT
 *
 * Two orders of merging meet here. Ours, Hugging Face's and llama.cpp's gpt2 merge listed pairs by their rank. The
 * others merge whatever joins to a token, by the token's rank. Let every token have one rank. Then both give the
 * same for every text if they give the same for the bytes of every token: go through a text in step, up to the
 * first merge that only one of the two makes. It makes a token w of two parts that lie side by side, and no merge
 * so far has crossed the ends of w; so the same steps happen in w alone, where the two then differ.
 *
 * What else the engines do: tiktoken's rank is the id. tiktoken, and llama.cpp for "llama-bpe", emit a pre-token that
 * is a token without merging. SentencePiece, llama2.c and llama.cpp's llama cut nothing before they merge. tiktoken
 * takes one pattern; llama.cpp knows pre-tokenizers by name. Reserved strings in a text are matched leftmost and
 * longest here, by Hugging Face and SentencePiece; llama.cpp takes the longest first wherever it stands, tiktoken the
 * leftmost of no stated length. */
#include "export/token_file.h"
#include "export_internal.h"

#include <seimai/utf8.h>

#include <string.h>

/* ---- the model -------------------------------------------------------------------------- */

int rule_bytes(exporter *x)
{
    if (x->tok->kind != MODEL_BYTES)
        return export_refuse(
            x, "the model merges characters, the format bytes: the bytes of 'の' would "
               "need merges of their own");
    if (!x->tok->front) return 0;
    return export_refuse(x, "it normalizes texts, or cuts them by patterns without a name");
}

/* The first merge that joins bytes inside a character. */
static uint32_t broken_character(const sm_tokenizer *tok)
{
    for (size_t i = 0; i < tok->n_rules; i++) {
        const sm_span made = tok->tokens[tok->rules[i].made].bytes;
        if (sm_utf8_check(made) != made.n) return tok->rules[i].made;
    }
    return tok->byte_id[0xE3];
}

int rule_characters(exporter *x)
{
    const sm_tokenizer *tok = x->tok;
    if (tok->kind == MODEL_BYTES) {
        const uint32_t id = broken_character(tok);
        return export_refuse(
            x,
            "the format merges characters, the model merges bytes inside them: token %u is %s",
            id, export_show(x, tok->tokens[id].bytes));
    }
    if (tok->kind == MODEL_UNIGRAM)
        return export_refuse(
            x, "a Unigram model stays in its own kind of file: SentencePiece adds scores in "
               "single "
               "precision, Hugging Face in double, and near ties come out otherwise");
    for (unsigned b = 0; b < 256; b++)
        if (tok->byte_id[b] == tok->unk)
            return export_refuse(
                x, "byte %02X has no token: characters without a token become <unk>", b);
    return 0;
}

/* The splits of a token stand side by side in the lists of those who write all of them. */
int rule_one_rank(exporter *x)
{
    const sm_tokenizer *tok = x->tok;
    uint32_t last = SM_NO_TOKEN;
    for (size_t i = 0; i < tok->n_rules; i++) {
        const merge_rule *r = &tok->rules[i];
        const struct rule_slot *known = rules_find(&tok->table, r->left, r->right);
        if (r->made == last || (known && known->rank != r->rank)) continue; /* listed before */
        last = r->made;
        if (x->rank[last] && x->rank[last] != r->rank)
            return export_refuse(
                x, "a token must have one rank: %s is merged in two ways, with others between",
                export_show(x, tok->tokens[last].bytes));
        x->rank[last] = r->rank;
    }
    return 0;
}

int rule_id_order(exporter *x)
{
    const sm_tokenizer *tok = x->tok;
    uint32_t last = 0, last_id = 0;
    for (uint32_t id = 0; id < tok->n; id++) {
        if (x->rank[id] == 0) continue;
        if (x->rank[id] <= last)
            return export_refuse(x,
                                 "merges must be made in the order of ids: %s (id %u) is "
                                 "merged before %s (id %u)",
                                 export_show(x, tok->tokens[id].bytes), id,
                                 export_show(x, tok->tokens[last_id].bytes), last_id);
        last = x->rank[id];
        last_id = id;
    }
    return 0;
}

/* The next matched token from `id` on, or tok->n. */
static size_t next_matched(const sm_tokenizer *tok, size_t id)
{
    while (id < tok->n && !is_matched_token(tok, id))
        id++;
    return id;
}

static bool writes_marks(const sm_tokenizer *tok)
{
    for (uint32_t id = 0; id < tok->n; id++) {
        const sm_span s = tok->tokens[id].bytes;
        for (size_t i = 0; is_merged_token(tok, id) && i + 3 <= s.n; i++)
            if (memcmp(s.p + i, "▁", 3) == 0) return true;
    }
    return false;
}

/* Cutting before every space changes nothing where no token has one inside. */
static bool spans_space(const sm_tokenizer *tok)
{
    for (uint32_t id = 0; id < tok->n; id++) {
        const sm_span s = tok->tokens[id].bytes;
        if (is_merged_token(tok, id) && s.n > 1 && memchr(s.p + 1, ' ', s.n - 1)) return true;
    }
    return false;
}

int rule_spaces(exporter *x, bool *dummy_prefix)
{
    const front *f = x->tok->front;
    if (writes_marks(x->tok))
        return export_refuse(
            x, "the engine reads U+2581 as a space, and a token of the model holds it");
    *dummy_prefix = false;
    if (!f) return 0;
    if (!front_is_identity(f) || f->regex || f->lead != LEAD_NEVER ||
        (f->split_mark && spans_space(x->tok)))
        return export_refuse(x, "it normalizes texts, or cuts them at spaces");
    *dummy_prefix = puts_space_first(x->tok);
    const size_t matched = next_matched(x->tok, 0);
    if (!*dummy_prefix || matched == x->tok->n) return 0;
    return export_refuse(x,
                         "a space goes before the text, and engines do not agree on one after "
                         "a reserved string: %s",
                         export_show(x, x->tok->tokens[matched].bytes));
}

/* ---- merging what joins ----------------------------------------------------------------- */

/* The places where symbols begin: bytes, or characters. Returns their number; ends[n] = s.n. */
static size_t symbols_of(const sm_tokenizer *tok, sm_span s, size_t *at)
{
    size_t n = 0;
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        at[n++] = (size_t)(p - s.p);
        if (tok->kind == MODEL_BYTES)
            p++;
        else
            (void)sm_utf8_next(&p, end);
    }
    at[n] = s.n;
    return n;
}

static uint32_t joined_rank(const exporter *x, sm_span s)
{
    const size_t piece = intern_find(&x->tok->pieces, s);
    return piece == INTERN_NONE ? 0 : x->rank[x->tok->piece_id[piece]];
}

/* Merges the bytes of a token by the ranks of what they join to; true if one token is left. */
static bool joins(const exporter *x, sm_span s, size_t *at)
{
    size_t n = symbols_of(x->tok, s, at);
    for (;;) {
        uint32_t best = 0;
        size_t where = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            const uint32_t rank = joined_rank(x, (sm_span){s.p + at[i], at[i + 2] - at[i]});
            if (!rank || (best && rank >= best)) continue;
            best = rank;
            where = i;
        }
        if (!best) return n == 1;
        memmove(at + where + 1, at + where + 2, (n - where - 1) * sizeof *at);
        n--;
    }
}

static size_t longest(const sm_tokenizer *tok)
{
    size_t most = 0;
    for (size_t i = 0; i < tok->n; i++)
        if (tok->tokens[i].bytes.n > most) most = tok->tokens[i].bytes.n;
    return most;
}

int rule_joined(exporter *x)
{
    const sm_tokenizer *tok = x->tok;
    size_t *at = sm_malloc((longest(tok) + 1) * sizeof *at);
    uint32_t id = 0;
    for (; id < tok->n; id++) {
        if (!is_merged_token(tok, id)) continue;
        const bool alive = tok->tokens[id].flags & TOKEN_ALIVE;
        if (joins(x, tok->tokens[id].bytes, at) != alive) break;
    }
    sm_free(at);
    if (id == tok->n) return 0;
    return export_refuse(
        x, "merging listed pairs and merging what joins to a token differ at token %u, %s", id,
        export_show(x, tok->tokens[id].bytes));
}

/* ---- pre-tokens ------------------------------------------------------------------------- */

static bool is_pretoken(const sm_tokenizer *tok, sm_span s)
{
    if (s.n == 0 || sm_utf8_check(s) != s.n) return false;
    return !has_cuts(tok) || sm_pretoken_end(tok->pre, s, 0) == s.n;
}

int rule_whole(exporter *x, bool engine_emits_whole)
{
    const sm_tokenizer *tok = x->tok;
    if (tok->whole_first == engine_emits_whole) return 0;
    for (uint32_t id = 0; id < tok->n; id++) {
        const token *t = &tok->tokens[id];
        if (!is_merged_token(tok, id) || (t->flags & TOKEN_ALIVE) ||
            !is_pretoken(tok, t->bytes))
            continue;
        return export_refuse(
            x, "a pre-token that is a token is %s: token %u, %s, is never merged",
            engine_emits_whole ? "emitted whole there" : "emitted whole by this model only", id,
            export_show(x, t->bytes));
    }
    return 0;
}

/* Contexts in which pre-tokenizers look at their neighbours. */
static const char *const around[] = {"",   "a",  "A", "1", "12", "あ", "漢", "ー",
                                     "・", "。", ".", "'", " ",  "\n", "é"};
enum { AROUND = sizeof around / sizeof *around };

typedef struct cutting {
    sm_encoder *encoder;
    sm_ids cut, uncut;
    sm_buffer text;
} cutting;

static bool cut_differs(const sm_tokenizer *tok, cutting *c, const char *before, sm_span s,
                        const char *after)
{
    sm_buffer_clear(&c->text);
    sm_buffer_puts(&c->text, before);
    sm_buffer_put(&c->text, s);
    sm_buffer_puts(&c->text, after);
    c->cut.n = c->uncut.n = 0;
    sm_tokenizer_encode(tok, c->encoder, sm_buffer_span(&c->text), &c->cut);
    sm_tokenizer_spell(tok, c->encoder, sm_buffer_span(&c->text), &c->uncut);
    return c->cut.n != c->uncut.n ||
           memcmp(c->cut.p, c->uncut.p, c->cut.n * sizeof *c->cut.p) != 0;
}

/* A text in which the cuts of the pre-tokenizer matter, or false. */
static bool find_cut(const sm_tokenizer *tok, cutting *c)
{
    for (uint32_t id = 0; id < tok->n; id++) {
        const token *t = &tok->tokens[id];
        if (!is_merged_token(tok, id) || !(t->flags & TOKEN_ALIVE) ||
            sm_utf8_count(t->bytes) < 2)
            continue;
        for (size_t i = 0; i < AROUND; i++) {
            if (cut_differs(tok, c, around[i], t->bytes, "")) return true;
            if (cut_differs(tok, c, "", t->bytes, around[i])) return true;
            if (cut_differs(tok, c, around[i], t->bytes, around[i])) return true;
        }
    }
    return false;
}

int rule_uncut(exporter *x)
{
    if (!has_cuts(x->tok)) return 0;
    cutting c = {.encoder = sm_encoder_new(), .text = sm_buffer_make(1 << 16)};
    int status = 0;
    if (find_cut(x->tok, &c))
        status = export_refuse(x,
                               "the format has no pre-tokenizer, and %s comes out otherwise "
                               "without %s (a model trained "
                               "with --pretoken none needs none)",
                               export_show(x, sm_buffer_span(&c.text)),
                               sm_pretokenizer_name(x->tok->pre));
    sm_encoder_free(c.encoder);
    sm_ids_free(&c.cut);
    sm_ids_free(&c.uncut);
    sm_buffer_free(&c.text);
    return status;
}

/* ---- strings ---------------------------------------------------------------------------- */

int rule_unique(exporter *x, const sm_span strings[])
{
    intern seen = {0};
    sm_span twice = {0};
    for (size_t i = 0; i < x->tok->n && !twice.p; i++)
        if (intern_add(&seen, strings[i]) != i) twice = strings[i];
    intern_free(&seen);
    return twice.p ? export_refuse(x, "two tokens are written alike: %s", export_show(x, twice))
                   : 0;
}

/* How long an end of a is a beginning of b, other than all of either. */
static size_t overlap(sm_span a, sm_span b)
{
    size_t k = a.n < b.n ? a.n : b.n;
    for (k -= 1; k > 0; k--)
        if (memcmp(a.p + a.n - k, b.p, k) == 0) return k;
    return 0;
}

int rule_no_overlap(exporter *x)
{
    const sm_tokenizer *tok = x->tok;
    for (size_t i = next_matched(tok, 0); i < tok->n; i = next_matched(tok, i + 1))
        for (size_t k = next_matched(tok, 0); k < tok->n; k = next_matched(tok, k + 1)) {
            const sm_span a = tok->tokens[i].bytes, b = tok->tokens[k].bytes;
            if (i == k || b.n < a.n || !overlap(a, b)) continue;
            return export_refuse(
                x,
                "of reserved strings that overlap in a text we take the first, the engine the "
                "longest: %s and %s",
                export_show(x, a), export_show(x, b));
        }
    return 0;
}

int rule_no_beginning(exporter *x)
{
    const sm_tokenizer *tok = x->tok;
    for (size_t i = next_matched(tok, 0); i < tok->n; i = next_matched(tok, i + 1))
        for (size_t id = 0; id < tok->n; id++) {
            const sm_span a = tok->tokens[i].bytes, b = tok->tokens[id].bytes;
            if (!(tok->tokens[id].flags & TOKEN_RESERVED) || id == i) continue;
            if (!sm_span_starts(a, b) && !sm_span_starts(b, a)) continue;
            return export_refuse(
                x, "of reserved strings that begin alike the engine takes either: %s and %s",
                export_show(x, a), export_show(x, b));
        }
    return 0;
}

int rule_no_matched(exporter *x)
{
    const size_t id = next_matched(x->tok, 0);
    if (id == x->tok->n) return 0;
    return export_refuse(
        x, "the engine matches no reserved string in a text, as the model does with %s",
        export_show(x, x->tok->tokens[id].bytes));
}

static bool is_piece(const sm_tokenizer *tok, sm_span s)
{
    const size_t piece = intern_find(&tok->pieces, s);
    return piece != INTERN_NONE && is_merged_token(tok, tok->piece_id[piece]);
}

int rule_unmergeable(exporter *x, const sm_span strings[])
{
    const sm_tokenizer *tok = x->tok;
    for (uint32_t id = 0; id < tok->n; id++) {
        const sm_span s = is_merged_token(tok, id) ? (sm_span){0} : strings[id];
        for (size_t k = 1; k < s.n; k++) {
            const sm_span a = {s.p, k}, b = {s.p + k, s.n - k};
            if (!is_piece(tok, a) || !is_piece(tok, b)) continue;
            return export_refuse(x, "the engine would merge %s and %s to the reserved %s",
                                 export_show(x, a), export_show(x, b), export_show(x, s));
        }
    }
    return 0;
}
