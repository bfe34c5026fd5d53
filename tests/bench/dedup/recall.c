/* How many similar pairs become candidates, before verification, beside the theory; and whether the signatures'
 * estimate of similarity is unbiased. Reads lines {"a": TEXT, "b": TEXT}, prints one line of JSON a setting and bin of
 * exact Jaccard similarity: pairs, mean similarity, recall expected (1 − (1 − J^rows)^bands, averaged over the pairs'
 * own J) and found; then one a setting for the estimate. SPDX-License-Identifier: MIT */
#include <seimai/document.h>
#include <seimai/file.h>
#include <seimai/lsh.h>
#include <seimai/minhash.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 21, SHINGLE = 5, ENTRIES = 800, BANDS = 40 };

static const struct {
    unsigned bands, rows;
} settings[] = {{14, 8}, {20, 10}, {40, 20}, {9, 13}};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

typedef struct cell {
    double pairs, similarity, expected, found;
} cell;

typedef struct tally {
    sm_minhash *permutations[SETTINGS];
    cell cells[SETTINGS][BINS];
    double error[SETTINGS], squares[SETTINGS], variance[SETTINGS], n; /* of the estimate */
} tally;

/* One text, ready for comparison. */
typedef struct signed_text {
    uint64_t *set;
    size_t n;
    uint32_t entries[SETTINGS][ENTRIES];
} signed_text;

static void sign(tally *t, sm_shingler *shingler, sm_span text, sm_arena *arena, signed_text *s)
{
    const uint64_t *set = NULL;
    s->n = sm_shingle_set(shingler, text, &set);
    s->set = sm_arena_alloc(arena, s->n * sizeof *s->set);
    if (s->n > 0) memcpy(s->set, set, s->n * sizeof *s->set);
    for (size_t i = 0; i < SETTINGS; i++)
        sm_minhash_sign(t->permutations[i], s->set, s->n, s->entries[i]);
}

static bool is_candidate(size_t i, const signed_text *a, const signed_text *b)
{
    uint64_t x[BANDS], y[BANDS];
    sm_lsh_keys(a->entries[i], settings[i].bands, settings[i].rows, x);
    sm_lsh_keys(b->entries[i], settings[i].bands, settings[i].rows, y);
    for (unsigned band = 0; band < settings[i].bands; band++) {
        if (x[band] == y[band]) return true;
    }
    return false;
}

static void count(tally *t, const signed_text *a, const signed_text *b)
{
    const double j = sm_jaccard(a->set, a->n, b->set, b->n);
    t->n++;
    for (size_t i = 0; i < SETTINGS; i++) {
        const unsigned k = settings[i].bands * settings[i].rows;
        cell *c = &t->cells[i][(size_t)(j * (BINS - 1) + 1e-9)];
        c->pairs++;
        c->similarity += j;
        c->expected += sm_lsh_recall(settings[i].bands, settings[i].rows, j);
        c->found += is_candidate(i, a, b);
        const double off = sm_minhash_similarity(a->entries[i], b->entries[i], k) - j;
        t->error[i] += off;
        t->squares[i] += off * off;
        t->variance[i] += j * (1 - j) / k;
    }
}

static void print(const tally *t)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const unsigned bands = settings[i].bands, rows = settings[i].rows;
        for (size_t bin = 0; bin < BINS; bin++) {
            const cell *c = &t->cells[i][bin];
            if (c->pairs < 1) continue;
            printf("{\"setting\":\"%ux%u\",\"from\":%.2f,\"pairs\":%.0f,\"jaccard\":%.4f,"
                   "\"expected\":%.4f,\"found\":%.4f}\n",
                   bands, rows, (double)bin / (BINS - 1), c->pairs, c->similarity / c->pairs,
                   c->expected / c->pairs, c->found / c->pairs);
        }
        const double mean = t->error[i] / t->n;
        printf("{\"setting\":\"%ux%u\",\"estimates\":%.0f,\"mean_error\":%.6f,"
               "\"standard_error\":%.6f,\"deviation\":%.5f,\"deviation_expected\":%.5f}\n",
               bands, rows, t->n, mean, sqrt(t->squares[i] / t->n - mean * mean) / sqrt(t->n),
               sqrt(t->squares[i] / t->n), sqrt(t->variance[i] / t->n));
    }
}

static int read_pair(tally *t, sm_shingler *shingler, sm_span record)
{
    static signed_text a, b;
    sm_arena arena = {0};
    sm_doc doc = {.record = record, .arena = &arena};
    const char *kind = NULL;
    size_t at = 0;
    sm_span other;
    const bool good =
        sm_doc_parse(&doc, "a", &kind, &at) == 1 && sm_doc_field_string(&doc, "b", &other);
    if (good) {
        sign(t, shingler, sm_doc_text(&doc), &arena, &a);
        sign(t, shingler, other, &arena, &b);
        if (a.n > 0 && b.n > 0) count(t, &a, &b);
    }
    sm_arena_free(&arena);
    return good ? 0 : 1;
}

int main(void)
{
    static tally t;
    char *line = NULL;
    size_t room = 0;
    ssize_t n = 0;
    int bad = 0;
    sm_shingler *shingler = sm_shingler_new(SM_VIEW_SPACES, SHINGLE);
    for (size_t i = 0; i < SETTINGS; i++)
        t.permutations[i] = sm_minhash_new(settings[i].bands * settings[i].rows, 1);
    while ((n = getline(&line, &room, stdin)) > 0)
        bad += read_pair(&t, shingler, (sm_span){line, (size_t)n - (line[n - 1] == '\n')});
    print(&t);
    for (size_t i = 0; i < SETTINGS; i++)
        sm_minhash_free(t.permutations[i]);
    sm_shingler_free(shingler);
    free(line);
    return bad > 0 || t.n < 1;
}
