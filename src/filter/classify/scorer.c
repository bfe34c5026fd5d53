/* Applying a model: a table of slots tells which hashes have a weight, and remembers which were seen.
 *
 * The upper bits of a hash are its slot, the lower bits its tag. A slot is one byte: `seen`, and the tag of the one feature
 * that lives there; slot and tag are the whole hash, so that nothing is taken for a feature that is none. An empty
 * slot is marked as seen for good. So one comparison of bytes answers: a feature, and new? The table of 65,536
 * features has 256 KiB, and nothing branches on the text. SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN = 0x80, EMPTY = 0xFF, TAG_BITS_MOST = 7 };

struct sm_classifier_scorer {
    const sm_classifier *model;
    ngram_reader *reader;
    uint8_t *table; /* [1 << (HASH_BITS - tag_bits)] */
    unsigned tag_bits;
    uint32_t *slots; /* [n + 1] of the features of this text */
    size_t n_slots;
    float *weights;   /* one column: [slots], for a single look; several: [n][columns] */
    uint32_t *number; /* several columns: [slots] the feature's number */
};

/* The fewest slots in which every feature has one of its own. */
static unsigned tag_bits_of(const sm_classifier *m)
{
    unsigned bits = TAG_BITS_MOST;
    for (size_t i = 1; i < m->n; i++) {
        const uint32_t differ =
            m->hashes[i - 1] ^ m->hashes[i]; /* ascending: neighbours decide */
        const unsigned highest = 31 - (unsigned)__builtin_clz(differ);
        bits = highest < bits ? highest : bits;
    }
    return bits;
}

static void fill_table(sm_classifier_scorer *s)
{
    const sm_classifier *const m = s->model;
    const size_t n_slots = (size_t)HASHES >> s->tag_bits;
    s->table = sm_malloc(n_slots);
    memset(s->table, EMPTY, n_slots);
    for (size_t i = 0; i < m->n; i++)
        s->table[m->hashes[i] >> s->tag_bits] =
            (uint8_t)(m->hashes[i] & ((1U << s->tag_bits) - 1));
}

static void fill_weights(sm_classifier_scorer *s)
{
    const sm_classifier *const m = s->model;
    const size_t n_slots = (size_t)HASHES >> s->tag_bits, columns = m->columns;
    s->weights = sm_calloc(columns == 1 ? n_slots : m->n * columns + 1, sizeof *s->weights);
    if (columns > 1) s->number = sm_calloc(n_slots, sizeof *s->number);
    for (size_t i = 0; i < m->n; i++) {
        const size_t slot = m->hashes[i] >> s->tag_bits;
        float *const w = s->weights + (columns == 1 ? slot : i * columns);
        for (size_t k = 0; k < columns; k++)
            w[k] = (float)(m->weights[i * columns + k] * m->scale[k]);
        if (columns > 1) s->number[slot] = (uint32_t)i;
    }
}

sm_classifier_scorer *sm_classifier_scorer_new(const sm_classifier *model,
                                               const sm_morph *morph)
{
    sm_classifier_scorer *const s = sm_calloc(1, sizeof *s);
    sm_classifier_options options = model->options;
    options.morph = model->morphemes ? morph : NULL;
    s->model = model;
    s->reader = classify_ngram_reader_new(&options);
    s->tag_bits = tag_bits_of(model);
    s->slots = sm_malloc((model->n + 1) * sizeof *s->slots);
    fill_table(s);
    fill_weights(s);
    return s;
}

void sm_classifier_scorer_free(sm_classifier_scorer *scorer)
{
    if (!scorer) return;
    classify_ngram_reader_free(scorer->reader);
    sm_free(scorer->table);
    sm_free(scorer->number);
    sm_free(scorer->slots);
    sm_free(scorer->weights);
    sm_free(scorer);
}

static void find_features(void *to, const ngram_run *run)
{
    sm_classifier_scorer *const s = to;
    uint8_t *const table = s->table;
    uint32_t *const slots = s->slots;
    const unsigned tag_bits = s->tag_bits;
    const uint32_t tags = (1U << tag_bits) - 1;
    size_t n = s->n_slots;
    for (size_t i = 0; i < run->n; i++) {
        const uint32_t slot = run->hashes[i] >> tag_bits;
        const unsigned entry = table[slot], fresh = entry == (run->hashes[i] & tags);
        slots[n] = slot;
        n += fresh;
        table[slot] = (uint8_t)(entry | fresh * SEEN);
    }
    s->n_slots = n;
}

/* Adds up the weights of the features that were found, and forgets that they were seen. Four sums run side by side. */
static double add_column(sm_classifier_scorer *s)
{
    double sum[4] = {0};
    for (size_t i = 0; i < s->n_slots; i++) {
        sum[i & 3] += (double)s->weights[s->slots[i]];
        s->table[s->slots[i]] &= (uint8_t)~SEEN;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add_columns(sm_classifier_scorer *s, double *scores)
{
    const size_t columns = s->model->columns;
    memset(scores, 0, columns * sizeof *scores);
    for (size_t i = 0; i < s->n_slots; i++) {
        const float *const w = s->weights + s->number[s->slots[i]] * columns;
        s->table[s->slots[i]] &= (uint8_t)~SEEN;
        for (size_t k = 0; k < columns; k++)
            scores[k] += (double)w[k];
    }
}

int sm_classifier_raw(sm_classifier_scorer *scorer, sm_span text, double *scores,
                      size_t *features, sm_error *err)
{
    scorer->n_slots = 0;
    const int status = classify_ngram_walk(scorer->reader, text, find_features, scorer, err);
    const double scale = scorer->n_slots ? 1 / sqrt((double)scorer->n_slots) : 0;
    *features = scorer->n_slots;
    if (scorer->model->columns == 1)
        scores[0] = add_column(scorer);
    else
        add_columns(scorer, scores);
    for (size_t k = 0; k < scorer->model->columns; k++)
        scores[k] = scores[k] * scale + scorer->model->bias[k];
    return status;
}

int sm_classifier_score(sm_classifier_scorer *scorer, sm_span text, double *probabilities,
                        sm_error *err)
{
    double raw[SM_CLASSIFIER_LABELS];
    size_t features;
    SM_TRY(sm_classifier_raw(scorer, text, raw, &features, err));
    classify_model_probabilities(scorer->model, raw, probabilities);
    return SM_OK;
}

/* ---- probabilities ----------------------------------------------------------------------------------- */

static void softmax(double *p, size_t n)
{
    double most = p[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        most = fmax(most, p[k]);
    for (size_t k = 0; k < n; k++)
        sum += p[k] = exp(p[k] - most);
    for (size_t k = 0; k < n; k++)
        p[k] /= sum;
}

void classify_model_probabilities(const sm_classifier *m, const double *raw, double *p)
{
    const bool binary = m->columns < m->n_labels;
    if (binary) {
        p[1] = classify_calibrate(&m->calibrations[1], raw[0]);
        p[0] = 1 - p[1];
        return;
    }
    if (m->options.independent) {
        for (size_t k = 0; k < m->n_labels; k++)
            p[k] = classify_calibrate(&m->calibrations[k], raw[k]);
        return;
    }
    for (size_t k = 0; k < m->n_labels; k++)
        p[k] = raw[k] / m->temperature;
    softmax(p, m->n_labels);
}

/* ---- the obvious way ----------------------------------------------------------------------------------- */

typedef struct slowly {
    const sm_classifier *model;
    bool *has; /* [n] */
} slowly;

static int order_hashes(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void mark_features(void *to, const ngram_run *run)
{
    const slowly *const s = to;
    for (size_t i = 0; i < run->n; i++) {
        const uint32_t *const found = bsearch(&run->hashes[i], s->model->hashes, s->model->n,
                                              sizeof *s->model->hashes, order_hashes);
        if (found) s->has[found - s->model->hashes] = true;
    }
}

int sm_classifier_raw_slowly(sm_classifier_scorer *scorer, sm_span text, double *scores,
                             size_t *features, sm_error *err)
{
    const sm_classifier *const m = scorer->model;
    slowly s = {m, sm_calloc(m->n + 1, sizeof(bool))};
    const int status = classify_ngram_walk(scorer->reader, text, mark_features, &s, err);
    *features = 0;
    for (size_t i = 0; i < m->n; i++)
        *features += s.has[i];
    for (size_t k = 0; k < m->columns; k++) {
        scores[k] = 0;
        for (size_t i = 0; i < m->n; i++)
            if (s.has[i]) scores[k] += m->weights[i * m->columns + k] * m->scale[k];
        scores[k] = scores[k] / sqrt(*features ? (double)*features : 1) + m->bias[k];
    }
    sm_free(s.has);
    return status;
}
