/* Documents to sums: every tokenizer of a report on every document.
 * SPDX-License-Identifier: MIT */
#include "report/token_report.h"

#include <seimai/hash.h>
#include <seimai/utf8.h>

#include <stdlib.h>
#include <string.h>

struct sm_token_reader {
    sm_token_report *report;
    sm_tagger *tagger;
    sm_encoder *encoder;
    sm_ids ids;
    sm_gold gold, back; /* of the text, and of what came back of it */
    sm_buffer decoded;
    double *row; /* of this document, for the resamples */
    sums sums;
};

/* ---- sums ---------------------------------------------------------------------------------------- */

static void sums_init(sums *s, const sm_token_report *report)
{
    *s = (sums){.resamples = bootstrap_make(column_of(report->n, 0))};
    s->tallies = sm_calloc(report->n, sizeof *s->tallies);
    for (size_t i = 0; i < report->n; i++)
        sm_token_tally_init(&s->tallies[i], report->subjects[i].tok);
}

static void sums_free(sums *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sm_token_tally_free(&s->tallies[i]);
    for (size_t i = 0; i < s->n_domains; i++)
        sm_free(s->domains[i].tokens);
    sm_free(s->tallies);
    sm_free(s->domains);
    sm_arena_free(&s->arena);
    bootstrap_free(&s->resamples);
}

/* The domain of a name, made where it is new; NULL past the most. */
static domain *find_domain(sums *s, sm_span name, size_t n_tokenizers)
{
    size_t low = 0, high = s->n_domains;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = sm_span_order(s->domains[middle].name, name);
        if (order == 0) return &s->domains[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (s->n_domains == DOMAINS_MOST) {
        s->too_many_domains = true;
        return NULL;
    }
    s->domains = sm_array_grow(s->domains, s->n_domains, &s->cap_domains, sizeof *s->domains);
    memmove(s->domains + low + 1, s->domains + low,
            (s->n_domains++ - low) * sizeof *s->domains);
    s->domains[low] = (domain){.name = sm_arena_copy(&s->arena, name),
                               .tokens = sm_calloc(n_tokenizers, sizeof(uint64_t))};
    return &s->domains[low];
}

static void merge_domain(sums *into, const domain *from, size_t n)
{
    domain *d = find_domain(into, from->name, n);
    if (!d) return;
    d->documents += from->documents;
    d->bytes += from->bytes;
    d->characters += from->characters;
    for (size_t i = 0; i < n; i++)
        d->tokens[i] += from->tokens[i];
}

static void sums_merge(sums *into, const sums *from, size_t n)
{
    into->documents += from->documents;
    into->bytes += from->bytes;
    into->characters += from->characters;
    into->morphemes += from->morphemes;
    into->inner_edges += from->inner_edges;
    for (size_t c = 0; c < SM_CHAR_CLASSES; c++)
        into->classes[c] += from->classes[c];
    for (size_t i = 0; i < n; i++)
        sm_token_tally_merge(&into->tallies[i], &from->tallies[i]);
    bootstrap_merge(&into->resamples, &from->resamples);
    into->too_many_domains |= from->too_many_domains;
    for (size_t i = 0; i < from->n_domains; i++)
        merge_domain(into, &from->domains[i], n);
}

/* ---- reports and readers --------------------------------------------------------------------------- */

sm_token_report *sm_token_report_new(const sm_token_subject *subjects, size_t n,
                                     const sm_morph *morph)
{
    sm_token_report *report = sm_malloc(sizeof *report);
    *report = (sm_token_report){.subjects = subjects, .n = n, .morph = morph};
    sums_init(&report->all, report);
    return report;
}

void sm_token_report_free(sm_token_report *report)
{
    if (!report) return;
    sums_free(&report->all, report->n);
    sm_free(report);
}

sm_token_reader *sm_token_reader_new(sm_token_report *report)
{
    sm_token_reader *r = sm_calloc(1, sizeof *r);
    r->report = report;
    r->tagger = sm_tagger_new(report->morph);
    r->encoder = sm_encoder_new();
    r->decoded = sm_buffer_make(SIZE_MAX / 8);
    r->row = sm_calloc(column_of(report->n, 0), sizeof *r->row);
    sums_init(&r->sums, report);
    return r;
}

void sm_token_reader_end(sm_token_reader *r)
{
    if (!r) return;
    sums_merge(&r->report->all, &r->sums, r->report->n);
    sums_free(&r->sums, r->report->n);
    sm_tagger_free(r->tagger);
    sm_encoder_free(r->encoder);
    sm_ids_free(&r->ids);
    sm_gold_free(&r->gold);
    sm_gold_free(&r->back);
    sm_buffer_free(&r->decoded);
    sm_free(r->row);
    sm_free(r);
}

/* ---- one document, one tokenizer ----------------------------------------------------------------------- */

/* Are the bytes of the ids, but for one space before them, the text? */
static bool comes_back(const sm_ids *ids, const sm_tokenizer *tok, sm_span text)
{
    for (size_t i = 0; i < ids->n; i++) {
        sm_span bytes = sm_tokenizer_bytes(tok, ids->p[i]);
        if (i == 0 && bytes.n > 0 && *bytes.p == ' ' && !sm_span_starts(text, bytes))
            bytes = (sm_span){bytes.p + 1, bytes.n - 1};
        if (!sm_span_starts(text, bytes)) return false;
        text = (sm_span){text.p + bytes.n, text.n - bytes.n};
    }
    return text.n == 0;
}

/* What the ids stand for, without the space that SentencePiece puts before a text. */
static sm_span text_of(sm_token_reader *r, const sm_tokenizer *tok, sm_span text)
{
    sm_buffer_clear(&r->decoded);
    for (size_t i = 0; i < r->ids.n; i++)
        sm_buffer_put(&r->decoded, sm_tokenizer_bytes(tok, r->ids.p[i]));
    sm_span back = sm_buffer_span(&r->decoded);
    const bool longer = back.n == text.n + 1 && *back.p == ' ';
    if (longer || (back.n > 0 && *back.p == ' ' && (text.n == 0 || *text.p != ' ')))
        back = (sm_span){back.p + 1, back.n - 1};
    return back;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t *sorted_characters(sm_span text, size_t n)
{
    uint32_t *c = sm_malloc((n + 1) * sizeof *c);
    const char *p = text.p, *const end = text.p + text.n;
    for (size_t i = 0; i < n; i++)
        c[i] = sm_utf8_next(&p, end);
    qsort(c, n, sizeof *c, by_value);
    c[n] = UINT32_MAX;
    return c;
}

/* The characters of the text that `back` has fewer of. */
static void count_lost(sm_token_tally *t, const sm_gold *gold, const sm_gold *back)
{
    uint32_t *here = sorted_characters(gold->text, gold->characters);
    uint32_t *there = sorted_characters(back->text, back->characters);
    for (size_t i = 0, k = 0; i < gold->characters;) {
        if (here[i] > there[k]) {
            k++;
        } else if (here[i] == there[k]) {
            i++, k++;
        } else {
            t->lost[sm_char_class_of(here[i])]++;
            t->lost[SM_CHAR_NAME] += sm_char_is_name(here[i]);
            i++;
        }
    }
    sm_free(here);
    sm_free(there);
}

/* A document that does not come back: its boundaries are those of what does, its sizes those of the text. */
static int tally_changed(sm_token_reader *r, size_t i, sm_span back, sm_error *err)
{
    sm_token_tally *t = &r->sums.tallies[i];
    sm_buffer repaired = sm_buffer_make(SIZE_MAX / 8);
    uint64_t bad = 0;
    sm_utf8_repair(back, &repaired, &bad);
    const int rc =
        sm_gold_set(&r->back, r->tagger, bad ? sm_buffer_span(&repaired) : back, err);
    if (rc == 0) {
        r->back.characters = sm_utf8_count(r->back.text);
        count_lost(t, &r->gold, &r->back);
        t->changed++;
        t->bytes += r->gold.text.n - r->back.text.n; /* wraps, and so does the sum */
        t->characters += r->gold.characters - r->back.characters;
        t->morphemes += r->gold.morphemes - r->back.morphemes;
        sm_token_tally_add(t, &r->back, r->report->subjects[i].tok, r->ids.p, r->ids.n);
    }
    sm_buffer_free(&repaired);
    return rc;
}

static int tally_document(sm_token_reader *r, size_t i, sm_error *err)
{
    const sm_tokenizer *tok = r->report->subjects[i].tok;
    sm_token_tally *t = &r->sums.tallies[i];
    const uint64_t before[] = {t->tokens, t->cuts, t->right_cuts, t->inner_edges};
    r->ids.n = 0;
    sm_tokenizer_encode(tok, r->encoder, r->gold.text, &r->ids);
    if (comes_back(&r->ids, tok, r->gold.text))
        sm_token_tally_add(t, &r->gold, tok, r->ids.p, r->ids.n);
    else
        SM_TRY(tally_changed(r, i, text_of(r, tok, r->gold.text), err));
    double *row = r->row + column_of(i, 0);
    row[COL_TOKENS] = (double)(t->tokens - before[0]);
    row[COL_CUTS] = (double)(t->cuts - before[1]);
    row[COL_RIGHT] = (double)(t->right_cuts - before[2]);
    row[COL_EDGES] = (double)(t->inner_edges - before[3]);
    return 0;
}

/* ---- one document ------------------------------------------------------------------------------------ */

static void add_text(sums *s, const sm_gold *gold)
{
    s->documents++;
    s->bytes += gold->text.n;
    s->characters += gold->characters;
    s->morphemes += gold->morphemes;
    s->inner_edges += gold->inner_edges;
    for (size_t c = 0; c < SM_CHAR_CLASSES; c++)
        s->classes[c] += gold->classes[c];
}

/* "https://example.jp/a" is of example.jp, "wiki:12" of wiki. */
static sm_span domain_of(sm_span source)
{
    const char *colon = source.n ? memchr(source.p, ':', source.n) : NULL;
    if (!colon) return source;
    const size_t before = (size_t)(colon - source.p);
    const sm_span rest = {colon, source.n - before};
    if (!sm_span_starts(rest, SM_SPAN("://"))) return (sm_span){source.p, before};
    const sm_span host = {rest.p + 3, rest.n - 3};
    const char *slash = host.n ? memchr(host.p, '/', host.n) : NULL;
    return (sm_span){host.p, slash ? (size_t)(slash - host.p) : host.n};
}

static void add_to_domain(sm_token_reader *r, sm_span source)
{
    const sm_span name = domain_of(source);
    domain *d = name.n ? find_domain(&r->sums, name, r->report->n) : NULL;
    if (!d) return;
    d->documents++;
    d->bytes += r->gold.text.n;
    d->characters += r->gold.characters;
    for (size_t i = 0; i < r->report->n; i++)
        d->tokens[i] += (uint64_t)r->row[column_of(i, COL_TOKENS)];
}

int sm_token_reader_add(sm_token_reader *r, sm_span text, uint64_t number, sm_span source,
                        sm_error *err)
{
    SM_TRY(sm_gold_set(&r->gold, r->tagger, text, err));
    for (size_t i = 0; i < r->report->n; i++)
        SM_TRY(tally_document(r, i, err));
    r->row[COL_BYTES] = (double)text.n;
    r->row[COL_CHARACTERS] = (double)r->gold.characters;
    r->row[COL_MORPHEMES] = (double)r->gold.morphemes;
    bootstrap_add(&r->sums.resamples, sm_hash64_seeded(text, number), r->row);
    add_text(&r->sums, &r->gold);
    add_to_domain(r, source);
    return 0;
}
