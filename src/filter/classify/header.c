/* The header of a model file: everything about it that is no weight, as JSON.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/config.h>
#include <seimai/json.h>

#include <math.h>
#include <string.h>

#define FORMAT "seimai-classifier 1"

/* ---- writing ------------------------------------------------------------------------------------- */

static void put_real(sm_buffer *b, const char *key, double v)
{
    sm_json_key(b, key);
    sm_json_real(b, v);
}

static void put_uint(sm_buffer *b, const char *key, uint64_t v)
{
    sm_json_key(b, key);
    sm_json_uint(b, v);
}

static void put_reals(sm_buffer *b, const char *key, const double *v, size_t n)
{
    sm_json_key(b, key);
    sm_json_open(b, '[');
    for (size_t i = 0; i < n; i++)
        sm_json_real(b, v[i]);
    sm_json_close(b, ']');
}

/* Figures of the report, to six places. */
static double six(double v)
{
    return round(v * 1e6) / 1e6;
}

static void put_interval(sm_buffer *b, const char *key, interval i)
{
    const double v[3] = {six(i.value), six(i.low), six(i.high)};
    put_reals(b, key, v, 3);
}

static void put_calibration(sm_buffer *b, const calibration *c)
{
    sm_json_open(b, '{');
    sm_json_key(b, "kind");
    sm_json_string(b, sm_span_of(classify_calibration_name(c->kind)));
    if (c->kind == CALIBRATE_PLATT) {
        put_real(b, "a", c->a);
        put_real(b, "b", c->b);
    }
    if (c->kind == CALIBRATE_ISOTONIC) {
        put_reals(b, "score", c->score, c->n);
        put_reals(b, "probability", c->probability, c->n);
    }
    sm_json_close(b, '}');
}

static void put_feature(sm_buffer *b, const shown_feature *f)
{
    sm_json_open(b, '{');
    sm_json_key(b, f->word ? "words" : "characters");
    sm_json_string(b, f->text);
    put_real(b, "weight", six(f->weight));
    put_uint(b, "documents", f->documents);
    if (f->others)
        put_uint(b, "others", f->others); /* documents with another text of this hash */
    sm_json_close(b, '}');
}

static void put_reliability(sm_buffer *b, const label_report *r)
{
    sm_json_key(b, "reliability"); /* documents, mean probability, share with the label */
    sm_json_open(b, '[');
    for (size_t i = 0; i < RELIABILITY_BINS; i++) {
        sm_json_open(b, '[');
        sm_json_uint(b, r->bins[i].n);
        sm_json_real(b, six(r->bins[i].mean));
        sm_json_real(b, six(r->bins[i].share));
        sm_json_close(b, ']');
    }
    sm_json_close(b, ']');
}

static void put_label(sm_buffer *b, const sm_classifier *m, size_t l)
{
    const label_report *const r = &m->reports[l];
    sm_json_open(b, '{');
    sm_json_key(b, "label");
    sm_json_string(b, m->labels[l]);
    put_uint(b, "documents", m->documents[l]);
    put_uint(b, "judged", r->documents);
    put_uint(b, "judged_with", r->positives);
    put_interval(b, "precision", r->precision);
    put_interval(b, "recall", r->recall);
    put_interval(b, "f1", r->f1);
    put_interval(b, "auc", r->auc);
    put_real(b, "calibration_error", six(r->ece));
    put_real(b, "brier", six(r->brier));
    put_real(b, "log_loss", six(r->log_loss));
    put_real(b, "threshold", r->threshold);
    put_interval(b, "threshold_precision", r->at_precision);
    put_interval(b, "threshold_recall", r->at_recall);
    put_reliability(b, r);
    sm_json_key(b, "strongest");
    sm_json_open(b, '[');
    for (size_t i = 0; i < m->n_shown[l]; i++)
        put_feature(b, &m->shown[l][i]);
    sm_json_close(b, ']');
    sm_json_close(b, '}');
}

static void put_training(sm_buffer *b, const sm_classifier *m)
{
    const sm_classifier_options *const o = &m->options;
    sm_json_key(b, "training");
    sm_json_open(b, '{');
    put_uint(b, "documents", m->n_trained);
    put_uint(b, "judged", m->n_held);
    put_uint(b, "folds", o->folds);
    if (!o->folds) put_real(b, "held_out", o->held_out);
    put_real(b, "cost", o->cost);
    put_real(b, "tolerance", o->tolerance);
    put_uint(b, "min_documents", o->min_documents);
    put_uint(b, "steps", m->steps);
    put_real(b, "wanted_precision", o->precision);
    sm_json_close(b, '}');
}

static void put_features(sm_buffer *b, const sm_classifier *m)
{
    char hex[SM_HASH_HEX + 1];
    const double orders[2] = {m->options.shortest, m->options.longest};
    put_reals(b, "ngrams", orders, 2);
    put_uint(b, "characters", m->options.characters);
    if (m->morphemes) {
        sm_hash128_hex(m->dictionary, hex);
        sm_json_key(b, "dictionary_hash");
        sm_json_string(b, sm_span_of(hex));
    }
    put_uint(b, "features", m->n);
    put_uint(b, "columns", m->columns);
    put_reals(b, "scale", m->scale, m->columns);
    put_reals(b, "bias", m->bias, m->columns);
}

int classify_header_write(sm_classifier *m, sm_error *err)
{
    sm_buffer b = sm_buffer_make(SM_CLASSIFIER_MODEL_MAX);
    sm_json_open(&b, '{');
    sm_json_key(&b, "format");
    sm_json_string(&b, SM_SPAN(FORMAT));
    sm_json_key(&b, "labels");
    sm_json_open(&b, '[');
    for (size_t l = 0; l < m->n_labels; l++)
        sm_json_string(&b, m->labels[l]);
    sm_json_close(&b, ']');
    sm_json_key(&b, "independent");
    sm_json_bool(&b, m->options.independent);
    put_features(&b, m);
    put_real(&b, "temperature", m->temperature);
    sm_json_key(&b, "calibration");
    sm_json_open(&b, '[');
    for (size_t l = 0; l < m->n_labels; l++)
        put_calibration(&b, &m->calibrations[l]);
    sm_json_close(&b, ']');
    put_training(&b, m);
    sm_json_key(&b, "report");
    sm_json_open(&b, '[');
    for (size_t l = 0; l < m->n_labels; l++)
        put_label(&b, m, l);
    sm_json_close(&b, ']');
    sm_json_close(&b, '}');
    const bool overflow = b.overflow;
    if (!overflow) m->header = sm_arena_copy(&m->arena, sm_buffer_span(&b));
    sm_buffer_free(&b);
    if (overflow)
        SM_FAIL(err, SM_ELIMIT, "the model's header outgrew %d bytes", SM_CLASSIFIER_MODEL_MAX);
    return SM_OK;
}

/* ---- reading --------------------------------------------------------------------------------------- */

static int read_reals(const sm_value *map, const char *key, double *into, size_t n,
                      sm_error *err)
{
    const sm_value *const list = sm_value_get(map, key);
    if (!list || list->kind != SM_LIST || list->n != n)
        return sm_value_fail(list ? list : map, err, "%s: a list of %zu numbers is wanted", key,
                             n);
    for (size_t i = 0; i < n; i++)
        SM_TRY(sm_value_read_real(&list->items[i], key, -1e300, 1e300, &into[i], err));
    return SM_OK;
}

static int read_uint(const sm_value *map, const char *key, uint64_t least, uint64_t most,
                     uint64_t *into, sm_error *err)
{
    int64_t v = -1;
    const sm_value *const found = sm_value_get(map, key);
    if (!found) return sm_value_fail(map, err, "%s is missing", key);
    SM_TRY(sm_value_read_int(found, key, (int64_t)least, (int64_t)most, &v, err));
    *into = (uint64_t)v;
    return SM_OK;
}

static int read_isotonic(const sm_value *v, calibration *c, sm_error *err)
{
    const sm_value *const score = sm_value_get(v, "score");
    if (!score || score->n < 1 || score->n > KNOTS)
        return sm_value_fail(v, err, "score: a list of 1 to %d numbers is wanted", KNOTS);
    c->n = score->n;
    SM_TRY(read_reals(v, "score", c->score, c->n, err));
    SM_TRY(read_reals(v, "probability", c->probability, c->n, err));
    for (size_t i = 1; i < c->n; i++)
        if (!(c->score[i] > c->score[i - 1]))
            return sm_value_fail(score, err, "score: rising numbers are wanted");
    return SM_OK;
}

static int read_calibration(const sm_value *v, calibration *c, sm_error *err)
{
    sm_span kind = {NULL, 0};
    SM_TRY(sm_value_read_string(sm_value_get(v, "kind"), "kind", &kind, err));
    if (!classify_calibration_kind_of(kind, &c->kind))
        return sm_value_fail(v, err, "calibration: kind '%.*s'", (int)kind.n, kind.p);
    SM_TRY(sm_value_read_real(sm_value_get(v, "a"), "a", -1e300, 1e300, &c->a, err));
    SM_TRY(sm_value_read_real(sm_value_get(v, "b"), "b", -1e300, 1e300, &c->b, err));
    return c->kind == CALIBRATE_ISOTONIC ? read_isotonic(v, c, err) : SM_OK;
}

static int read_labels(sm_classifier *m, const sm_value *root, sm_error *err)
{
    const sm_value *const labels = sm_value_get(root, "labels");
    const sm_value *const report = sm_value_get(root, "report");
    const sm_value *const calibrations = sm_value_get(root, "calibration");
    const size_t least = m->options.independent ? 1 : 2;
    if (!labels || labels->kind != SM_LIST || labels->n < least ||
        labels->n > SM_CLASSIFIER_LABELS)
        return sm_value_fail(root, err, "labels: a list of %zu to %d names is wanted", least,
                             SM_CLASSIFIER_LABELS);
    if (!report || !calibrations || report->n != labels->n || calibrations->n != labels->n)
        return sm_value_fail(root, err, "calibration, report: one a label is wanted");
    m->n_labels = labels->n;
    m->labels = sm_arena_zalloc(&m->arena, m->n_labels, sizeof *m->labels);
    m->calibrations = sm_arena_zalloc(&m->arena, m->n_labels, sizeof *m->calibrations);
    m->reports = sm_arena_zalloc(&m->arena, m->n_labels, sizeof *m->reports);
    for (size_t l = 0; l < m->n_labels; l++) {
        sm_span name = {NULL, 0};
        SM_TRY(sm_value_read_string(&labels->items[l], "label", &name, err));
        m->labels[l] = sm_arena_copy(&m->arena, name);
        m->reports[l].threshold = 2;
        SM_TRY(sm_value_read_real(sm_value_get(&report->items[l], "threshold"), "threshold", 0,
                                  2, &m->reports[l].threshold, err));
        SM_TRY(read_calibration(&calibrations->items[l], &m->calibrations[l], err));
    }
    return SM_OK;
}

static int read_features(sm_classifier *m, const sm_value *root, sm_error *err)
{
    uint64_t n = 0;
    double orders[2];
    sm_span hex = {NULL, 0};
    SM_TRY(read_reals(root, "ngrams", orders, 2, err));
    if (!(orders[0] >= 1 && orders[1] >= orders[0] && orders[1] <= SM_CLASSIFIER_ORDER))
        return sm_value_fail(root, err, "ngrams: within 1 to %d is wanted",
                             SM_CLASSIFIER_ORDER);
    m->options.shortest = (unsigned)orders[0];
    m->options.longest = (unsigned)orders[1];
    SM_TRY(read_uint(root, "characters", 0, INT64_MAX, &m->options.characters, err));
    SM_TRY(read_uint(root, "features", 1, SM_CLASSIFIER_FEATURES, &n, err));
    m->n = n;
    const uint64_t columns = classify_columns_of(m->n_labels, m->options.independent);
    SM_TRY(read_uint(root, "columns", columns, columns, &n, err));
    m->columns = n;
    SM_TRY(sm_value_read_string(sm_value_get(root, "dictionary_hash"), "dictionary_hash", &hex,
                                err));
    m->morphemes = hex.n > 0;
    if (m->morphemes && !sm_hash128_parse(hex, &m->dictionary))
        return sm_value_fail(root, err, "dictionary_hash: 32 hexadecimal digits are wanted");
    m->scale = sm_arena_zalloc(&m->arena, m->columns, sizeof *m->scale);
    m->bias = sm_arena_zalloc(&m->arena, m->columns, sizeof *m->bias);
    SM_TRY(read_reals(root, "scale", m->scale, m->columns, err));
    return read_reals(root, "bias", m->bias, m->columns, err);
}

static int read_root(sm_classifier *m, const sm_value *root, sm_error *err)
{
    sm_span format = {NULL, 0};
    SM_TRY(sm_value_read_string(sm_value_get(root, "format"), "format", &format, err));
    if (!sm_span_equal(format, SM_SPAN(FORMAT)))
        return sm_value_fail(root, err, "format '%.*s', not '" FORMAT "'", (int)format.n,
                             format.p);
    SM_TRY(sm_value_read_bool(sm_value_get(root, "independent"), "independent",
                              &m->options.independent, err));
    SM_TRY(read_labels(m, root, err));
    SM_TRY(read_features(m, root, err));
    m->temperature = 1;
    return sm_value_read_real(sm_value_get(root, "temperature"), "temperature", 1e-6, 1e6,
                              &m->temperature, err);
}

int classify_header_read(sm_classifier *m, const char *path, sm_span json, sm_error *err)
{
    sm_config config = {0};
    SM_TRY(sm_config_parse_json(&config, path, json, err));
    const int status = read_root(m, &config.root, err);
    sm_config_free(&config);
    m->header = sm_arena_copy(&m->arena, json);
    return status;
}
