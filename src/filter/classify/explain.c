/* What a model says of itself, for people.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/config.h>

/* ---- what others ask ------------------------------------------------------------------------------- */

size_t sm_classifier_labels(const sm_classifier *model)
{
    return model->n_labels;
}

sm_span sm_classifier_label(const sm_classifier *model, size_t i)
{
    return model->labels[i];
}

size_t sm_classifier_find(const sm_classifier *model, sm_span label)
{
    for (size_t i = 0; i < model->n_labels; i++)
        if (sm_span_equal(model->labels[i], label)) return i;
    return SM_CLASSIFIER_LABELS;
}

double sm_classifier_threshold(const sm_classifier *model, size_t label)
{
    return model->reports[label].threshold;
}

bool sm_classifier_needs_morph(const sm_classifier *model, sm_hash128 *dictionary)
{
    *dictionary = model->dictionary;
    return model->morphemes;
}

sm_span sm_classifier_describe(const sm_classifier *model)
{
    return model->header;
}

/* ---- the table ---------------------------------------------------------------------------------------- */

static double real_of(const sm_value *map, const char *key)
{
    double v = 0;
    if (sm_value_read_real(sm_value_get(map, key), key, -1e300, 1e300, &v, NULL) < 0) return 0;
    return v;
}

static long long count_of(const sm_value *map, const char *key)
{
    return (long long)real_of(map, key);
}

static sm_span string_of(const sm_value *map, const char *key)
{
    sm_span s = {"", 0};
    if (sm_value_read_string(sm_value_get(map, key), key, &s, NULL) < 0) s.n = 0;
    return s;
}

/* " .912 [.900, .923]", or dashes where nothing could be measured. */
static void put_interval(sm_buffer *b, const sm_value *label, const char *key)
{
    double v[3] = {0};
    const sm_value *const list = sm_value_get(label, key);
    bool known = list && list->kind == SM_LIST && list->n == 3;
    for (size_t i = 0; known && i < 3; i++)
        known = list->items[i].kind != SM_NULL &&
                sm_value_read_real(&list->items[i], key, 0, 1, &v[i], NULL) == SM_OK;
    if (known)
        sm_buffer_printf(b, "  %.3f [%.3f, %.3f]", v[0], v[1], v[2]);
    else
        sm_buffer_printf(b, "  %-20s", "-");
}

static void put_label(sm_buffer *b, const sm_value *label)
{
    const sm_span name = string_of(label, "label");
    sm_buffer_printf(b, "%-16.*s %8lld %8lld", (int)name.n, name.p,
                     count_of(label, "documents"), count_of(label, "judged_with"));
    put_interval(b, label, "precision");
    put_interval(b, label, "recall");
    put_interval(b, label, "f1");
    put_interval(b, label, "auc");
    sm_buffer_printf(b, "  %.4f\n", real_of(label, "calibration_error"));
}

static void put_threshold(sm_buffer *b, const sm_value *label, double wanted)
{
    const double threshold = real_of(label, "threshold");
    const sm_span name = string_of(label, "label");
    sm_buffer_printf(b, "%-16.*s ", (int)name.n, name.p);
    if (threshold > 1) {
        sm_buffer_printf(b, "precision %.3g is not reached\n", wanted);
        return;
    }
    sm_buffer_printf(b, ">= %.6f: precision", threshold);
    put_interval(b, label, "threshold_precision");
    sm_buffer_puts(b, "  recall");
    put_interval(b, label, "threshold_recall");
    sm_buffer_putc(b, '\n');
}

/* A feature as a reader can tell it apart: spaces are shown. */
static void put_feature(sm_buffer *b, const sm_value *feature)
{
    const sm_span words = string_of(feature, "words");
    const sm_span text = words.n ? words : string_of(feature, "characters");
    sm_buffer_printf(b, "  %+8.3f %7lld  %s", real_of(feature, "weight"),
                     count_of(feature, "documents"), words.n ? "words " : "");
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ' && !words.n)
            sm_buffer_puts(b, "␣");
        else
            sm_buffer_putc(b, text.p[i]);
    }
    const long long others = count_of(feature, "others");
    if (others) sm_buffer_printf(b, "  (and %lld documents with another text)", others);
    sm_buffer_putc(b, '\n');
}

static void put_strongest(sm_buffer *b, const sm_value *label, size_t features)
{
    const sm_value *const list = sm_value_get(label, "strongest");
    const sm_span name = string_of(label, "label");
    if (!list || features == 0) return;
    sm_buffer_printf(b, "\n%.*s: weight, documents, n-gram\n", (int)name.n, name.p);
    for (size_t i = 0; i < list->n && i < features; i++)
        put_feature(b, &list->items[i]);
}

static void put_model(sm_buffer *b, const sm_value *root, size_t features)
{
    const sm_value *const training = sm_value_get(root, "training");
    const sm_value *const report = sm_value_get(root, "report");
    const double wanted = real_of(training, "wanted_precision");
    sm_buffer_printf(b,
                     "%lld features, learnt from %lld documents in %lld steps, judged on %lld",
                     count_of(root, "features"), count_of(training, "documents"),
                     count_of(training, "steps"), count_of(training, "judged"));
    if (count_of(training, "folds"))
        sm_buffer_printf(b, " (%lld-fold)", count_of(training, "folds"));
    sm_buffer_printf(b, "\n\n%-16s %8s %8s  %-20s  %-20s  %-20s  %-20s  %s\n", "label", "all",
                     "judged", "precision", "recall", "F1", "AUC", "ECE");
    for (size_t l = 0; report && l < report->n; l++)
        put_label(b, &report->items[l]);
    sm_buffer_printf(b, "\nthreshold for precision %.3g\n", wanted);
    for (size_t l = 0; report && l < report->n; l++)
        put_threshold(b, &report->items[l], wanted);
    for (size_t l = 0; report && l < report->n; l++)
        put_strongest(b, &report->items[l], features);
}

int sm_classifier_explain(const sm_classifier *model, size_t features, sm_buffer *text,
                          sm_error *err)
{
    sm_config config = {0};
    SM_TRY(sm_config_parse_json(&config, "model", model->header, err));
    put_model(text, &config.root, features);
    sm_config_free(&config);
    if (text->overflow) SM_FAIL(err, SM_ELIMIT, "more than %zu bytes", text->max);
    return SM_OK;
}
