/* A report on tokenizers as JSON.
 * SPDX-License-Identifier: MIT */
#include "report/token_report.h"

#include <seimai/json.h>
#include <seimai/utf8.h>

#include "report/marks.h"

#include <math.h>
#include <string.h>

enum { PAGE_CHARACTERS = 400 }; /* a page of 原稿用紙 */

static void key_uint(sm_buffer *b, const char *key, uint64_t value)
{
    sm_json_key(b, key);
    sm_json_uint(b, value);
}

static void key_real(sm_buffer *b, const char *key, double value)
{
    sm_json_key(b, key);
    sm_json_real(b, value);
}

static void key_string(sm_buffer *b, const char *key, const char *value)
{
    sm_json_key(b, key);
    if (value)
        sm_json_string(b, sm_span_of(value));
    else
        sm_json_null(b);
}

static void key_open(sm_buffer *b, const char *key, char bracket)
{
    sm_json_key(b, key);
    sm_json_open(b, bracket);
}

static double quotient(double a, double b)
{
    return a / b; /* NaN, null in JSON, for nothing over nothing */
}

/* ---- figures -------------------------------------------------------------------------------------- */

static void put_figures(sm_buffer *b, const sm_figures *f)
{
    key_real(b, "chars_per_token", f->chars_per_token);
    key_real(b, "bytes_per_token", f->bytes_per_token);
    key_real(b, "tokens_per_morpheme", f->tokens_per_morpheme);
    key_real(b, "boundary_precision", f->boundary_precision);
    key_real(b, "boundary_recall", f->boundary_recall);
    key_real(b, "boundary_f1", f->boundary_f1);
    key_real(b, "broken_share", f->broken_share);
    key_real(b, "byte_share", f->byte_share);
    key_real(b, "renyi_efficiency", f->renyi_efficiency);
    key_uint(b, "used", f->used);
}

static void put_interval(sm_buffer *b, const bootstrap *resamples, const char *key, ratio r)
{
    double interval[2];
    bootstrap_interval(resamples, &r, interval);
    key_open(b, key, '[');
    sm_json_real(b, interval[0]);
    sm_json_real(b, interval[1]);
    sm_json_close(b, ']');
}

static void put_intervals(sm_buffer *b, const sums *s, size_t i, size_t reference)
{
    const size_t tokens = column_of(i, COL_TOKENS), cuts = column_of(i, COL_CUTS);
    const size_t right = column_of(i, COL_RIGHT), edges = column_of(i, COL_EDGES);
    const size_t none = SIZE_MAX;
    const bootstrap *r = &s->resamples;
    key_open(b, "intervals", '{');
    put_interval(b, r, "chars_per_token", (ratio){COL_CHARACTERS, tokens, none, 1});
    put_interval(b, r, "bytes_per_token", (ratio){COL_BYTES, tokens, none, 1});
    put_interval(b, r, "tokens_per_morpheme", (ratio){tokens, COL_MORPHEMES, none, 1});
    put_interval(b, r, "boundary_precision", (ratio){right, cuts, none, 1});
    put_interval(b, r, "boundary_recall", (ratio){right, edges, none, 1});
    put_interval(b, r, "boundary_f1", (ratio){right, cuts, edges, 2});
    if (reference != SIZE_MAX)
        put_interval(b, r, "relative_tokens",
                     (ratio){tokens, column_of(reference, COL_TOKENS), none, 1});
    sm_json_close(b, '}');
}

/* What the figures mean to a user. */
static void put_costs(sm_buffer *b, const sm_token_report *report, const sm_token_plan *plan,
                      size_t i)
{
    const sm_token_tally *t = &report->all.tallies[i];
    const double length = quotient((double)t->characters, (double)t->tokens);
    const double price = report->subjects[i].price;
    key_uint(b, "tokens", t->tokens);
    if (plan->reference != SIZE_MAX)
        key_real(
            b, "relative_tokens",
            quotient((double)t->tokens, (double)report->all.tallies[plan->reference].tokens));
    key_real(b, "pages_in_context", (double)plan->context * length / PAGE_CHARACTERS);
    key_real(b, "price_per_million_tokens", price);
    key_real(b, "price_per_million_chars", quotient(price, length));
    key_uint(b, "changed_documents", t->changed);
}

/* ---- boundaries by mark ----------------------------------------------------------------------------- */

typedef struct boundaries {
    uint64_t edges, cuts, right;
} boundaries;

/* Sums over the marks of one part of speech, or of one place. */
static boundaries select_marks(const sm_token_tally *t, unsigned (*class_of)(unsigned),
                               unsigned wanted)
{
    boundaries sum = {0};
    for (unsigned mark = 1; mark < SM_GOLD_MARKS; mark++) {
        if (mark_place(mark) == PLACE_NONE || class_of(mark) != wanted) continue;
        sum.cuts += t->made[mark];
        if (mark & MARK_EDGE) sum.edges += t->possible[mark], sum.right += t->made[mark];
    }
    return sum;
}

static void put_boundaries(sm_buffer *b, const char *name, boundaries s)
{
    if (s.edges == 0 && s.cuts == 0) return;
    key_open(b, name, '{');
    key_uint(b, "edges", s.edges);
    key_uint(b, "cuts", s.cuts);
    key_real(b, "precision", quotient((double)s.right, (double)s.cuts));
    key_real(b, "recall", quotient((double)s.right, (double)s.edges));
    key_real(b, "f1", quotient(2 * (double)s.right, (double)(s.cuts + s.edges)));
    sm_json_close(b, '}');
}

static void put_all_boundaries(sm_buffer *b, const sm_token_tally *t)
{
    key_open(b, "parts_of_speech", '{');
    for (unsigned part = 0; part_name(part); part++)
        put_boundaries(b, part_name(part), select_marks(t, mark_part, part));
    sm_json_close(b, '}');
    key_open(b, "script_pairs", '{');
    for (unsigned place = PLACE_PAIR; place < PLACES; place++)
        put_boundaries(b, place_name(place), select_marks(t, mark_place, place));
    sm_json_close(b, '}');
}

/* ---- characters, domains, vocabulary ---------------------------------------------------------------- */

static void put_classes(sm_buffer *b, const sm_token_tally *t, const vocabulary *v)
{
    key_open(b, "classes", '{');
    for (int c = 0; c < SM_CHAR_CLASSES; c++) {
        key_open(b, sm_char_class_name((sm_char_class)c), '{');
        key_uint(b, "split", t->split[c]);
        key_uint(b, "lost", t->lost[c]);
        key_uint(b, "listed", v->listed[c]);
        key_uint(b, "listed_split", v->listed_split[c]);
        key_uint(b, "listed_single", v->listed_single[c]);
        sm_json_close(b, '}');
    }
    sm_json_close(b, '}');
}

static void put_domains(sm_buffer *b, const sums *s, size_t i)
{
    if (s->n_domains == 0 || s->too_many_domains) return;
    key_open(b, "domains", '{');
    for (size_t k = 0; k < s->n_domains; k++) {
        const domain *d = &s->domains[k];
        sm_json_key_span(b, d->name);
        sm_json_open(b, '{');
        key_uint(b, "documents", d->documents);
        key_uint(b, "bytes", d->bytes);
        key_real(b, "chars_per_token", quotient((double)d->characters, (double)d->tokens[i]));
        key_real(b, "bytes_per_token", quotient((double)d->bytes, (double)d->tokens[i]));
        sm_json_close(b, '}');
    }
    sm_json_close(b, '}');
}

/* [id, text], or [id, {"hex": …}] for bytes that are no whole characters. */
static void put_token(sm_buffer *b, const sm_tokenizer *tok, uint32_t id)
{
    const sm_span bytes = sm_tokenizer_bytes(tok, id);
    sm_json_open(b, '[');
    sm_json_uint(b, id);
    if (sm_utf8_check(bytes) == bytes.n) {
        sm_json_string(b, bytes);
    } else {
        sm_buffer hex = sm_buffer_make(SIZE_MAX / 8);
        for (size_t i = 0; i < bytes.n; i++)
            sm_buffer_printf(&hex, "%02X", (unsigned char)bytes.p[i]);
        sm_json_open(b, '{');
        sm_json_key(b, "hex");
        sm_json_string(b, sm_buffer_span(&hex));
        sm_json_close(b, '}');
        sm_buffer_free(&hex);
    }
    sm_json_close(b, ']');
}

static void put_tokens(sm_buffer *b, const char *key, const sm_tokenizer *tok,
                       const uint32_t *ids, size_t n)
{
    if (key) sm_json_key(b, key);
    sm_json_open(b, '[');
    for (size_t i = 0; i < n; i++)
        put_token(b, tok, ids[i]);
    sm_json_close(b, ']');
}

static void put_vocabulary(sm_buffer *b, const sm_tokenizer *tok, const vocabulary *v)
{
    key_open(b, "ids_by_kind", '{');
    for (int k = 0; k < SM_TOKEN_KINDS; k++)
        key_uint(b, sm_token_kind_name((sm_token_kind)k), v->kinds[k]);
    sm_json_close(b, '}');
    key_open(b, "japanese_by_length", '[');
    for (size_t i = 0; i < LENGTHS; i++)
        sm_json_uint(b, v->japanese_by_length[i]);
    sm_json_close(b, ']');
    key_uint(b, "unused_japanese", v->unused_japanese);
    key_uint(b, "unreachable", v->unreachable);
    put_tokens(b, "longest_unused", tok, v->longest_unused, v->n_longest_unused);
    put_tokens(b, "longest_unreachable", tok, v->longest_unreachable, v->n_longest_unreachable);
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static void put_tokenizer(sm_buffer *b, const sm_token_report *report,
                          const sm_token_plan *plan, size_t i)
{
    const sm_token_tally *t = &report->all.tallies[i];
    const sm_figures f = sm_token_tally_figures(t);
    vocabulary v;
    vocabulary_look(&v, report->subjects[i].tok, t);
    sm_json_open(b, '{');
    key_string(b, "name", report->subjects[i].name);
    key_uint(b, "vocab", sm_tokenizer_size(report->subjects[i].tok));
    put_figures(b, &f);
    if (report->all.documents >= FEWEST_DOCUMENTS)
        put_intervals(b, &report->all, i, plan->reference);
    put_costs(b, report, plan, i);
    put_all_boundaries(b, t);
    put_classes(b, t, &v);
    put_domains(b, &report->all, i);
    put_vocabulary(b, report->subjects[i].tok, &v);
    sm_json_close(b, '}');
}

static void put_sentences(sm_buffer *b, const sm_token_report *report,
                          const sm_token_plan *plan)
{
    sm_encoder *encoder = sm_encoder_new();
    sm_ids ids = {0};
    key_open(b, "sentences", '[');
    for (size_t s = 0; s < plan->n_sentences; s++) {
        sm_json_open(b, '{');
        sm_json_key(b, "text");
        sm_json_string(b, plan->sentences[s]);
        key_open(b, "cuts", '[');
        for (size_t i = 0; i < report->n; i++) {
            ids.n = 0;
            sm_tokenizer_encode(report->subjects[i].tok, encoder, plan->sentences[s], &ids);
            put_tokens(b, NULL, report->subjects[i].tok, ids.p, ids.n);
        }
        sm_json_close(b, ']');
        sm_json_close(b, '}');
    }
    sm_json_close(b, ']');
    sm_encoder_free(encoder);
    sm_ids_free(&ids);
}

/* The last part of a path: "ipadic-utf8". */
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void put_text(sm_buffer *b, const sm_token_report *report)
{
    const sums *s = &report->all;
    key_open(b, "text", '{');
    key_uint(b, "documents", s->documents);
    key_uint(b, "bytes", s->bytes);
    key_uint(b, "characters", s->characters);
    key_uint(b, "morphemes", s->morphemes);
    key_uint(b, "inner_edges", s->inner_edges);
    key_string(b, "dictionary", last_part(sm_morph_dictionary(report->morph)));
    sm_json_close(b, '}');
    key_open(b, "classes", '{');
    for (int c = 0; c < SM_CHAR_CLASSES; c++)
        key_uint(b, sm_char_class_name((sm_char_class)c), s->classes[c]);
    sm_json_close(b, '}');
}

void sm_token_report_json(const sm_token_report *report, const sm_token_plan *plan,
                          sm_buffer *b)
{
    const bool compared = plan->reference != SIZE_MAX;
    sm_json_open(b, '{');
    put_text(b, report);
    key_uint(b, "context", plan->context);
    key_uint(b, "resamples", RESAMPLES);
    key_string(b, "reference", compared ? report->subjects[plan->reference].name : NULL);
    key_open(b, "tokenizers", '[');
    for (size_t i = 0; i < report->n; i++)
        put_tokenizer(b, report, plan, i);
    sm_json_close(b, ']');
    put_sentences(b, report, plan);
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}
