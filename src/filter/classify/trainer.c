/* Training: take the documents in, fit, judge what was fitted on documents it did not see, and write it down.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

struct sm_classifier_trainer {
    corpus c;
    sm_arena
        names; /* of the labels, which stand in order of appearance until training begins */
    sm_buffer block;
    size_t cap_labels, cap_documents, cap_blocks;
};

sm_classifier_options sm_classifier_defaults(void)
{
    return (sm_classifier_options){.shortest = 1,
                                   .longest = 3,
                                   .features = 1 << 16,
                                   .min_documents = 3,
                                   .cost = 10,
                                   .tolerance = 1e-4,
                                   .held_out = .2,
                                   .precision = .9,
                                   .shown = 100,
                                   .threads = 1,
                                   .memory = (size_t)1 << 30,
                                   .folder = "."};
}

static int check(const sm_classifier_options *o, sm_error *err)
{
    if (o->shortest < 1 || o->longest < o->shortest || o->longest > SM_CLASSIFIER_ORDER)
        SM_FAIL(err, SM_EUSAGE, "n-grams of %u to %u characters: 1 to %d are possible",
                o->shortest, o->longest, SM_CLASSIFIER_ORDER);
    if (o->features < 1 || o->features > SM_CLASSIFIER_FEATURES)
        SM_FAIL(err, SM_EUSAGE, "%zu features: 1 to %d are possible", o->features,
                SM_CLASSIFIER_FEATURES);
    if (!(o->cost > 0) || !(o->tolerance > 0) || o->min_documents < 1 || o->threads < 1)
        SM_FAIL(err, SM_EUSAGE, "cost, tolerance, documents of a feature: above 0");
    if (o->folds == 1 || (o->folds == 0 && !(o->held_out > 0 && o->held_out <= .5)))
        SM_FAIL(err, SM_EUSAGE, "2 folds or more, or a held-out share above 0, at most .5");
    return SM_OK;
}

int sm_classifier_trainer_new(sm_classifier_trainer **trainer,
                              const sm_classifier_options *options, sm_error *err)
{
    SM_TRY(check(options, err));
    sm_classifier_trainer *const t = sm_calloc(1, sizeof *t);
    *trainer = t;
    t->c.options = *options;
    t->block = sm_buffer_make(SIZE_MAX / 2);
    return classify_spool_new(&t->c.texts, options->folder, &t->c.held, options->memory, err);
}

void sm_classifier_trainer_free(sm_classifier_trainer *trainer)
{
    if (!trainer) return;
    classify_spool_free(trainer->c.texts);
    sm_free(trainer->c.labels);
    sm_free(trainer->c.documents);
    sm_free(trainer->c.blocks);
    sm_arena_free(&trainer->names);
    sm_buffer_free(&trainer->block);
    sm_free(trainer);
}

/* ---- documents ---------------------------------------------------------------------------------- */

static int find_label(sm_classifier_trainer *t, sm_span name, size_t *index, sm_error *err)
{
    corpus *const c = &t->c;
    for (*index = 0; *index < c->n_labels; ++*index)
        if (sm_span_equal(c->labels[*index], name)) return SM_OK;
    if (c->n_labels == SM_CLASSIFIER_LABELS)
        SM_FAIL(err, SM_EUSAGE, "more than %d labels: '%.*s'", SM_CLASSIFIER_LABELS,
                (int)(name.n < 60 ? name.n : 60), name.p);
    c->labels = sm_array_grow(c->labels, c->n_labels, &t->cap_labels, sizeof *c->labels);
    c->labels[c->n_labels++] = sm_arena_copy(&t->names, name);
    return SM_OK;
}

/* Puts the texts gathered so far into the spool, as the block of the documents from `first` on. */
static int end_block(sm_classifier_trainer *t, sm_error *err)
{
    corpus *const c = &t->c;
    const text_block *const last = c->n_blocks ? &c->blocks[c->n_blocks - 1] : NULL;
    const size_t first = last ? last->first + last->n : 0;
    if (first == c->n_documents) return SM_OK;
    c->blocks = sm_array_grow(c->blocks, c->n_blocks, &t->cap_blocks, sizeof *c->blocks);
    c->blocks[c->n_blocks++] = (text_block){first, c->n_documents - first};
    classify_spool_size(c->texts, c->n_blocks);
    const int status =
        classify_spool_put(c->texts, c->n_blocks - 1, sm_buffer_span(&t->block), err);
    sm_buffer_clear(&t->block);
    return status;
}

int sm_classifier_trainer_add(sm_classifier_trainer *trainer, sm_span id, sm_span text,
                              const sm_span *labels, size_t n, sm_error *err)
{
    corpus *const c = &trainer->c;
    example d = {.bytes = (uint32_t)text.n, .id = (uint32_t)(sm_hash64(id) >> 32)};
    if (text.n > UINT32_MAX || c->n_documents == UINT32_MAX)
        SM_FAIL(err, SM_ELIMIT, "a text, or a number of documents, beyond 32 bits");
    for (size_t i = 0; i < n; i++) {
        size_t label;
        SM_TRY(find_label(trainer, labels[i], &label, err));
        d.labels |= (uint64_t)1 << label;
    }
    c->documents =
        sm_array_grow(c->documents, c->n_documents, &trainer->cap_documents, sizeof d);
    c->documents[c->n_documents++] = d;
    sm_buffer_put(&trainer->block, text);
    return trainer->block.n >= BLOCK_BYTES ? end_block(trainer, err) : SM_OK;
}

/* ---- labels ----------------------------------------------------------------------------------------- */

typedef struct placed {
    sm_span name;
    size_t was;
} placed;

static int order_names(const void *a, const void *b)
{
    return sm_span_order(((const placed *)a)->name, ((const placed *)b)->name);
}

/* Brings the labels into the order of their bytes, so that the order of documents does not name them. */
static void sort_labels(corpus *c)
{
    placed sorted[SM_CLASSIFIER_LABELS];
    for (size_t i = 0; i < c->n_labels; i++)
        sorted[i] = (placed){c->labels[i], i};
    qsort(sorted, c->n_labels, sizeof *sorted, order_names);
    for (size_t i = 0; i < c->n_labels; i++)
        c->labels[i] = sorted[i].name;
    for (size_t d = 0; d < c->n_documents; d++) {
        const uint64_t old = c->documents[d].labels;
        c->documents[d].labels = 0;
        for (size_t i = 0; i < c->n_labels; i++)
            c->documents[d].labels |= (old >> sorted[i].was & 1) << i;
    }
}

/* Every label needs documents that have it, and documents that have it not, in each part. */
static int check_part(const corpus *c, part p, sm_error *err)
{
    enum { LEAST = 2 };
    uint64_t with[SM_CLASSIFIER_LABELS] = {0}, all = 0;
    for (size_t d = 0; d < c->n_documents; d++) {
        if (!classify_part_has(c, p, &c->documents[d])) continue;
        all++;
        for (size_t l = 0; l < c->n_labels; l++)
            with[l] += c->documents[d].labels >> l & 1;
    }
    for (size_t l = 0; l < c->n_labels; l++)
        if (with[l] < LEAST || all - with[l] < LEAST)
            SM_FAIL(err, SM_EUSAGE,
                    "label '%.*s': %llu of the %llu documents to %s have it; %d with and %d "
                    "without it are the least",
                    (int)c->labels[l].n, c->labels[l].p, (unsigned long long)with[l],
                    (unsigned long long)all, p.inside ? "judge by" : "learn from", LEAST,
                    LEAST);
    return SM_OK;
}

static int check_labels(const corpus *c, sm_error *err)
{
    const size_t least = c->options.independent ? 1 : 2;
    if (c->n_labels < least)
        SM_FAIL(err, SM_EUSAGE, "%zu labels in %zu documents: %zu are the least", c->n_labels,
                c->n_documents, least);
    if (c->options.folds > 0) return check_part(c, (part){.all = true}, err);
    SM_TRY(check_part(c, (part){.inside = false}, err));
    return check_part(c, (part){.inside = true}, err);
}

/* ---- weights ------------------------------------------------------------------------------------------- */

static sm_classifier *model_new(const corpus *c)
{
    sm_classifier *const m = sm_calloc(1, sizeof *m);
    const size_t n = c->n_labels;
    m->options = c->options;
    m->morphemes = c->options.morph != NULL;
    m->n_labels = n;
    m->columns = classify_columns_of(n, c->options.independent);
    m->temperature = 1;
    m->labels = sm_arena_zalloc(&m->arena, n, sizeof *m->labels);
    for (size_t i = 0; i < n; i++)
        m->labels[i] = sm_arena_copy(&m->arena, c->labels[i]);
    m->scale = sm_arena_zalloc(&m->arena, n, sizeof *m->scale);
    m->bias = sm_arena_zalloc(&m->arena, n, sizeof *m->bias);
    m->calibrations = sm_arena_zalloc(&m->arena, n, sizeof *m->calibrations);
    m->reports = sm_arena_zalloc(&m->arena, n, sizeof *m->reports);
    m->documents = sm_arena_zalloc(&m->arena, n, sizeof *m->documents);
    m->shown = sm_arena_zalloc(&m->arena, n, sizeof *m->shown);
    m->n_shown = sm_arena_zalloc(&m->arena, n, sizeof *m->n_shown);
    return m;
}

/* The weights in 16 bits: each column's largest becomes 32767. */
static void round_weights(sm_classifier *m, const double *w)
{
    const size_t n = m->n * m->columns;
    m->weights = sm_arena_zalloc(&m->arena, n + 1, sizeof *m->weights);
    for (size_t i = 0; i < n; i++)
        m->scale[i % m->columns] = fmax(m->scale[i % m->columns], fabs(w[i]));
    for (size_t k = 0; k < m->columns; k++) {
        m->scale[k] = m->scale[k] > 0 ? m->scale[k] / INT16_MAX : 1;
        m->bias[k] = w[n + k];
    }
    for (size_t i = 0; i < n; i++)
        m->weights[i] = (int16_t)lround(w[i] / m->scale[i % m->columns]);
}

/* A model of the part p, with neither calibration nor report. */
static int learn(corpus *c, part p, sm_classifier **model, sm_error *err)
{
    matrix x = {0};
    double *w = NULL;
    sm_classifier *const m = *model = model_new(c);
    int status = classify_matrix_make(&x, c, p, err);
    if (status == SM_OK) {
        w = sm_calloc((x.n + 1) * m->columns, sizeof *w);
        status = classify_fit(&x, c, p, w, &m->steps, err);
    }
    if (status == SM_OK) {
        m->n = x.n;
        m->n_trained = x.n_rows;
        m->hashes = sm_arena_alloc(&m->arena, (x.n + 1) * sizeof *m->hashes);
        memcpy(m->hashes, x.hashes, x.n * sizeof *m->hashes);
        round_weights(m, w);
    }
    sm_free(w);
    classify_matrix_free(&x);
    return status;
}

/* ---- judging ---------------------------------------------------------------------------------------------- */

typedef struct judging {
    const corpus *c;
    sm_classifier_scorer **scorers; /* [threads] */
    double *raw;                    /* [documents][columns] */
    size_t columns;
} judging;

static int score_document(void *shared, unsigned worker, size_t document, sm_span text,
                          sm_error *err)
{
    const judging *const j = shared;
    size_t features;
    return sm_classifier_raw(j->scorers[worker], text, j->raw + document * j->columns,
                             &features, err);
}

static int score_part(const corpus *c, part p, const sm_classifier *m, double *raw,
                      sm_error *err)
{
    const unsigned threads = c->options.threads;
    judging j = {c, sm_calloc(threads, sizeof *j.scorers), raw, m->columns};
    for (unsigned i = 0; i < threads; i++)
        j.scorers[i] = sm_classifier_scorer_new(m, c->options.morph);
    const corpus_walk walk = {score_document, NULL, &j};
    const int status = classify_corpus_each(c, p, &walk, err);
    for (unsigned i = 0; i < threads; i++)
        sm_classifier_scorer_free(j.scorers[i]);
    sm_free(j.scorers);
    return status;
}

static double logit(double p)
{
    p = fmin(fmax(p, 1e-15), 1 - 1e-15);
    return log(p / (1 - p));
}

/* The documents of the part, as label l sees them. */
static size_t gather(const corpus *c, part p, const sm_classifier *m, const double *raw,
                     size_t l, judged *items)
{
    size_t n = 0;
    for (size_t d = 0; d < c->n_documents; d++) {
        const example *const doc = &c->documents[d];
        const double *const row = raw + d * m->columns;
        double score = m->columns == m->n_labels ? row[l] : l == 1 ? row[0] : -row[0];
        if (!classify_part_has(c, p, doc)) continue;
        if (!m->options.independent && m->columns > 1) {
            double probabilities[SM_CLASSIFIER_LABELS];
            classify_model_probabilities(m, row, probabilities);
            score = logit(probabilities[l]);
        }
        items[n++] = (judged){score, doc->id, doc->labels >> l & 1};
    }
    return n;
}

static void find_temperature(const corpus *c, part p, sm_classifier *m, const double *raw)
{
    double *const rows = sm_malloc((c->n_documents * m->columns + 1) * sizeof *rows);
    uint8_t *const truth = sm_malloc(c->n_documents + 1);
    size_t n = 0;
    for (size_t d = 0; d < c->n_documents; d++) {
        if (!classify_part_has(c, p, &c->documents[d])) continue;
        memcpy(rows + n * m->columns, raw + d * m->columns, m->columns * sizeof *rows);
        truth[n++] = (uint8_t)__builtin_ctzll(c->documents[d].labels);
    }
    m->temperature = classify_judge_temperature(rows, truth, n, m->columns);
    sm_free(truth);
    sm_free(rows);
}

/* Of two exclusive labels the second has the column; the first one's calibration is its mirror image. */
static void judge_labels(const corpus *c, part p, sm_classifier *m, const double *raw)
{
    const bool softmax = !m->options.independent && m->columns > 1;
    judged *const items = sm_malloc((c->n_documents + 1) * sizeof *items);
    calibration_choice choice = {CALIBRATE_NONE, CALIBRATE_ISOTONIC, NULL};
    calibration mirror;
    if (softmax) find_temperature(c, p, m, raw);
    if (softmax) choice.last = CALIBRATE_NONE; /* the temperature has done it */
    for (size_t l = m->n_labels; l-- > 0;) {
        const size_t n = gather(c, p, m, raw, l, items);
        classify_judge_label(items, n, &choice, c->options.precision, &m->calibrations[l],
                             &m->reports[l]);
        m->n_held = n;
        if (m->columns == m->n_labels) continue;
        mirror = classify_calibration_mirror(&m->calibrations[l]);
        choice = (calibration_choice){mirror.kind, mirror.kind, &mirror};
    }
    sm_free(items);
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int by_held_out(corpus *c, double *raw, sm_classifier **model, sm_error *err)
{
    const part trained = {.inside = false}, held = {.inside = true};
    SM_TRY(learn(c, trained, model, err));
    SM_TRY(score_part(c, held, *model, raw, err));
    judge_labels(c, held, *model, raw);
    return classify_names_find(*model, c, trained, err);
}

/* Each document is scored by a model that did not see its fold; the model that stays has seen them all. */
static int by_folds(corpus *c, double *raw, sm_classifier **model, sm_error *err)
{
    const part all = {.all = true};
    for (unsigned fold = 0; fold < c->options.folds; fold++) {
        const part trained = {c->options.folds, fold, false, false};
        const part held = {c->options.folds, fold, true, false};
        sm_classifier *m = NULL;
        int status = learn(c, trained, &m, err);
        if (status == SM_OK) status = score_part(c, held, m, raw, err);
        sm_classifier_free(m);
        SM_TRY(status);
    }
    SM_TRY(learn(c, all, model, err));
    judge_labels(c, all, *model, raw);
    return classify_names_find(*model, c, all, err);
}

static void count_documents(const corpus *c, sm_classifier *m)
{
    for (size_t d = 0; d < c->n_documents; d++)
        for (size_t l = 0; l < m->n_labels; l++)
            m->documents[l] += c->documents[d].labels >> l & 1;
}

static int train(corpus *c, sm_classifier **model, sm_error *err)
{
    const size_t columns = classify_columns_of(c->n_labels, c->options.independent);
    double *const raw = sm_calloc(c->n_documents * columns + 1, sizeof *raw);
    const int status =
        c->options.folds ? by_folds(c, raw, model, err) : by_held_out(c, raw, model, err);
    sm_free(raw);
    SM_TRY(status);
    sm_classifier *const m = *model;
    if (m->morphemes) SM_TRY(sm_morph_hash(c->options.morph, &m->dictionary, err));
    count_documents(c, m);
    m->options.morph = NULL; /* the caller's */
    m->options.folder = NULL;
    return classify_header_write(m, err);
}

int sm_classifier_train(sm_classifier_trainer *trainer, sm_classifier **model, sm_error *err)
{
    *model = NULL;
    SM_TRY(end_block(trainer, err));
    sort_labels(&trainer->c);
    SM_TRY(check_labels(&trainer->c, err));
    const int status = train(&trainer->c, model, err);
    if (status < 0) sm_classifier_free(*model);
    if (status < 0) *model = NULL;
    return status;
}

void sm_classifier_free(sm_classifier *model)
{
    if (!model) return;
    sm_arena_free(&model->arena);
    sm_free(model);
}
