/* seimai-classify-train: learns from labelled documents to tell labels apart: quality, topic, toxicity, anything.
 * A document's label stands in a field (--label) or follows from its file (--class); the model is judged on documents
 * that training did not see, its probabilities are calibrated on them, and what it has learnt is printed in words.
 * Any number of threads, any memory, the same model. SPDX-License-Identifier: MIT */
#include <seimai/classifier.h>
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/runner.h>

#include <stdlib.h>
#include <string.h>

typedef struct config {
    sm_io io;
    const char *label, *ngrams, *dictionary, *folder;
    sm_list classes;
    int64_t characters, weights, min_documents, folds, features;
    bool morphemes;
    sm_classifier_options options;
    sm_morph *morph;
    sm_classifier_trainer *trainer;
    sm_classifier *model;
    sm_arena arena;
} config;

/* ---- labels --------------------------------------------------------------------------------------- */

typedef struct labels {
    sm_span *names;
    size_t n;
} labels;

/* A string; a number or a boolean as it is written; a list of these. */
static int read_labels(const sm_doc *doc, sm_span raw, labels *found, sm_error *err)
{
    sm_config json = {0};
    SM_TRY(sm_config_parse_json(&json, doc->file, raw, err));
    const bool list = json.root.kind == SM_LIST;
    found->n = list ? json.root.n : 1;
    found->names = sm_arena_zalloc(doc->arena, found->n + 1, sizeof *found->names);
    for (size_t i = 0; i < found->n; i++) {
        const sm_value *const v = list ? &json.root.items[i] : &json.root;
        if (v->kind == SM_NULL || v->kind == SM_MAP || v->kind == SM_LIST) found->n = 0;
        found->names[i] = v->kind == SM_STRING ? sm_arena_copy(doc->arena, v->as.string)
                          : list               ? SM_SPAN("")
                                               : raw;
        if (list && v->kind == SM_BOOL)
            found->names[i] = v->as.boolean ? SM_SPAN("true") : SM_SPAN("false");
        if (list && v->kind == SM_INT)
            found->names[i] =
                sm_span_of(sm_arena_printf(doc->arena, "%lld", (long long)v->as.integer));
    }
    sm_config_free(&json);
    return SM_OK;
}

/* NAME=FILE: the document's file names its label. */
static sm_span class_of(const config *cfg, const sm_doc *doc)
{
    for (size_t i = 0; i < cfg->classes.n; i++) {
        const char *const equals = strchr(cfg->classes.items[i], '=');
        if (strcmp(equals + 1, doc->file) == 0)
            return (sm_span){cfg->classes.items[i], (size_t)(equals - cfg->classes.items[i])};
    }
    return SM_SPAN("");
}

static int find_labels(void *worker, sm_doc *doc, sm_error *err)
{
    const config *const cfg = worker;
    labels *const found = sm_arena_zalloc(doc->arena, 1, sizeof *found);
    doc->user = found;
    (void)sm_doc_text(doc); /* decoded here, where it is parallel */
    (void)sm_doc_id(doc);
    if (cfg->classes.n > 0) {
        found->names = sm_arena_zalloc(doc->arena, 1, sizeof *found->names);
        found->names[0] = class_of(cfg, doc);
        found->n = 1;
        return SM_KEEP;
    }
    const sm_span raw = sm_doc_field(doc, cfg->label);
    if (raw.n > 0) SM_TRY(read_labels(doc, raw, found, err));
    const bool none = raw.n == 0 || (found->n == 0 && !cfg->options.independent);
    return none ? sm_doc_drop(doc, "no-label", 0, 0) : SM_KEEP;
}

static int add(void *shared, sm_doc *doc, sm_error *err)
{
    config *const cfg = shared;
    const labels *const found = doc->user;
    if (found->n > 1 && !cfg->options.independent)
        SM_FAIL(err, SM_EUSAGE, "%s:%lld: %zu labels: several go with --independent only",
                doc->file, (long long)doc->line, found->n);
    return sm_classifier_trainer_add(cfg->trainer, sm_doc_id(doc), sm_doc_text(doc),
                                     found->names, found->n, err);
}

/* ---- options ----------------------------------------------------------------------------------------- */

static int take_ngrams(config *cfg, sm_error *err)
{
    char *end = NULL;
    const unsigned long low = strtoul(cfg->ngrams, &end, 10);
    const unsigned long high = *end == '-' ? strtoul(end + 1, &end, 10) : low;
    if (*end || end == cfg->ngrams || low < 1 || high < low || high > SM_CLASSIFIER_ORDER)
        SM_FAIL(err, SM_EUSAGE, "--ngrams %s: A-B is wanted, within 1 to %d", cfg->ngrams,
                SM_CLASSIFIER_ORDER);
    cfg->options.shortest = (unsigned)low;
    cfg->options.longest = (unsigned)high;
    return SM_OK;
}

/* The files of --class become the operands. */
static int take_classes(config *cfg, sm_error *err)
{
    sm_list *const files = &cfg->io.files;
    if (cfg->classes.n == 0) return SM_OK;
    files->items = sm_arena_zalloc(&cfg->arena, cfg->classes.n, sizeof *files->items);
    for (size_t i = 0; i < cfg->classes.n; i++) {
        const char *const equals = strchr(cfg->classes.items[i], '=');
        if (!equals || equals == cfg->classes.items[i] || !equals[1])
            SM_FAIL(err, SM_EUSAGE, "--class %s: NAME=FILE is wanted", cfg->classes.items[i]);
        for (size_t k = 0; k < files->n; k++)
            if (strcmp(files->items[k], equals + 1) == 0)
                SM_FAIL(err, SM_EUSAGE, "%s: a file has one class", equals + 1);
        files->items[files->n++] = equals + 1;
    }
    return SM_OK;
}

static int settle(config *cfg, sm_error *err)
{
    sm_classifier_options *const o = &cfg->options;
    SM_TRY(take_ngrams(cfg, err));
    SM_TRY(take_classes(cfg, err));
    o->characters = (uint64_t)cfg->characters;
    o->features = (size_t)cfg->weights;
    o->min_documents = (uint64_t)cfg->min_documents;
    o->folds = (unsigned)cfg->folds;
    if ((size_t)cfg->features > o->shown) o->shown = (size_t)cfg->features;
    o->threads = sm_threads(&cfg->io);
    o->memory = (size_t)cfg->io.memory;
    o->folder = sm_temporary_folder(cfg->folder, cfg->io.output, &cfg->arena);
    if (cfg->morphemes) SM_TRY(sm_morph_open(&cfg->morph, cfg->dictionary, err));
    o->morph = cfg->morph;
    return sm_classifier_trainer_new(&cfg->trainer, o, err);
}

/* ---- the run -------------------------------------------------------------------------------------------- */

static int train(config *cfg, sm_error *err)
{
    sm_buffer text = sm_buffer_make(1 << 24);
    int status = sm_classifier_train(cfg->trainer, &cfg->model, err);
    if (status == SM_OK) status = sm_classifier_write(cfg->model, cfg->io.output, err);
    if (status == SM_OK && !cfg->io.quiet) {
        status = sm_classifier_explain(cfg->model, (size_t)cfg->features, &text, err);
        if (status == SM_OK) status = sm_file_write(NULL, sm_buffer_span(&text), err);
    }
    sm_buffer_free(&text);
    return status;
}

static void report(void *shared, sm_buffer *json)
{
    const config *const cfg = shared;
    if (!cfg->model) return;
    sm_json_key(json, "model");
    sm_json_raw(json, sm_classifier_describe(cfg->model));
}

static int run(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    const sm_job job = {
        .shared = cfg, .map = find_labels, .commit = add, .no_output = true, .report = report};
    int status = settle(cfg, &err);
    if (status == SM_OK) status = sm_run(&cfg->io, &job, &stats, &err);
    if (status == SM_OK) status = train(cfg, &err);
    status = sm_finish(&cfg->io, &job, status, &stats, &err);
    sm_classifier_free(cfg->model);
    sm_classifier_trainer_free(cfg->trainer);
    sm_morph_close(cfg->morph);
    sm_arena_free(&cfg->arena);
    return status;
}

static const char more[] =
    "Documents without the field go to --rejects as no-label. Half of what is held out "
    "chooses\n"
    "calibration and thresholds, the other half judges them, and the other way round.\n"
    "  seimai classify train --label metadata.quality -o q.model pages.jsonl.zst\n"
    "  seimai classify train --class good=wiki.jsonl --class bad=mt.jsonl -o q.model\n"
    "  seimai classify train --label metadata.toxic --folds 10 -o t.model s.jsonl\n";

int main(int argc, char **argv)
{
    config cfg = {.ngrams = "1-3", .features = 10, .options = sm_classifier_defaults()};
    cfg.weights = (int64_t)cfg.options.features;
    cfg.min_documents = (int64_t)cfg.options.min_documents;
    const sm_option options[] = {
        SM_OPTION_STRING('l', "label", &cfg.label, "FIELD",
                         "where a document's label stands: metadata.quality"),
        SM_OPTION_LIST('c', "class", &cfg.classes, "NAME=FILE",
                       "documents of this file have the label NAME"),
        SM_OPTION_FLAG(0, "independent", &cfg.options.independent,
                       "a document may have any number of labels"),
        SM_OPTION_STRING(0, "ngrams", &cfg.ngrams, "A-B", "n-grams of A to B characters"),
        SM_OPTION_FLAG(0, "morphemes", &cfg.morphemes,
                       "MeCab's words and pairs of words are features too"),
        SM_OPTION_INT(0, "characters", &cfg.characters, 0, INT64_MAX / 1024,
                      "read this many characters of a text; 0: all"),
        SM_OPTION_INT(0, "weights", &cfg.weights, 1, SM_CLASSIFIER_FEATURES, "weights a label"),
        SM_OPTION_INT(0, "min-documents", &cfg.min_documents, 1, 1 << 30,
                      "a feature stands in this many documents"),
        SM_OPTION_REAL(0, "cost", &cfg.options.cost, 1e-6, 1e9,
                       "C: the smaller, the more it is regularised"),
        SM_OPTION_REAL(0, "tolerance", &cfg.options.tolerance, 1e-12, 1,
                       "the gradient at which the weights are good enough"),
        SM_OPTION_REAL(0, "held-out", &cfg.options.held_out, 0, .5,
                       "share of the documents to judge by, chosen by hash of the id"),
        SM_OPTION_INT(0, "folds", &cfg.folds, 0, 1000,
                      "judge by N-fold cross-validation instead, and learn from all; 0: no"),
        SM_OPTION_REAL('p', "precision", &cfg.options.precision, 0, 1,
                       "choose thresholds that reach it"),
        SM_OPTION_INT('f', "features", &cfg.features, 0, 10000,
                      "print the strongest features of each label"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTION_STRING(0, "tmp", &cfg.folder, "DIR",
                         "where texts beyond --memory go; the model's folder where not given"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "classify-train",
                            .operands = "-o MODEL [OPTION…] [FILE…]",
                            .about = "Learn to tell labels of documents apart.",
                            .more = more,
                            .formats = "classifier 1, rejects 1"};
    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.io.output) return sm_usage_fail(&usage, "-o MODEL is missing");
    if ((cfg.label != NULL) == (cfg.classes.n > 0))
        return sm_usage_fail(&usage, "either --label FIELD or --class NAME=FILE is needed");
    if (cfg.classes.n > 0 && cfg.io.files.n > 0)
        return sm_usage_fail(&usage, "with --class there are no other files");
    return run(&cfg);
}
