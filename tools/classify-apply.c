/* seimai-classify-apply: asks models of `classify train` about each document.
 * Writes the probability of every label to metadata.classify; --drop and --keep let documents go by it, each with the
 * label, its probability and the threshold. Labels of other models that stand there stay.
 * SPDX-License-Identifier: MIT */
#include <seimai/classifier.h>
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/runner.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A document goes where label ≥ limit (below: < limit). */
typedef struct rule {
    size_t model, label;
    double limit;
    bool below;
    const char *name; /* classify-LABEL */
} rule;

typedef struct config {
    sm_io io;
    sm_list paths, drop, keep;
    const char *dictionary;
    int64_t features;
    sm_classifier **models; /* [paths.n] */
    rule *rules;
    size_t n_rules, cap_rules;
    sm_morph *morph;
    sm_arena arena;
} config;

typedef struct worker {
    const config *cfg;
    sm_classifier_scorer **scorers; /* [paths.n] */
    double (*probabilities)[SM_CLASSIFIER_LABELS];
    sm_buffer json;
} worker;

enum { MAX_JSON = 1 << 20 };

/* ---- the map ------------------------------------------------------------------------------------- */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    const config *const cfg = shared;
    worker *const w = sm_calloc(1, sizeof *w);
    w->cfg = cfg;
    w->scorers = sm_calloc(cfg->paths.n, sizeof *w->scorers);
    w->probabilities = sm_calloc(cfg->paths.n, sizeof *w->probabilities);
    w->json = sm_buffer_make(MAX_JSON);
    for (size_t i = 0; i < cfg->paths.n; i++)
        w->scorers[i] = sm_classifier_scorer_new(cfg->models[i], cfg->morph);
    return w;
}

static void worker_free(void *state)
{
    worker *const w = state;
    for (size_t i = 0; i < w->cfg->paths.n; i++)
        sm_classifier_scorer_free(w->scorers[i]);
    sm_free(w->scorers);
    sm_free(w->probabilities);
    sm_buffer_free(&w->json);
    sm_free(w);
}

static bool is_ours(const config *cfg, sm_span label)
{
    for (size_t i = 0; i < cfg->paths.n; i++)
        if (sm_classifier_find(cfg->models[i], label) < SM_CLASSIFIER_LABELS) return true;
    return false;
}

/* The probabilities of labels that other models have written. */
static int put_others(const worker *w, sm_span before, sm_buffer *json, sm_error *err)
{
    sm_config tree = {0};
    if (before.n == 0 || before.p[0] != '{') return SM_OK;
    SM_TRY(sm_config_parse_json(&tree, "metadata.classify", before, err));
    for (size_t i = 0; i < tree.root.n; i++) {
        double p = 0;
        if (is_ours(w->cfg, tree.root.keys[i])) continue;
        if (sm_value_read_real(&tree.root.items[i], "p", -1e300, 1e300, &p, NULL) < 0) continue;
        sm_json_key_span(json, tree.root.keys[i]);
        sm_json_real(json, p);
    }
    sm_config_free(&tree);
    return SM_OK;
}

/* Six decimals are what is written, and what --drop compares: a reader comes to the same verdict. */
static int score(const worker *w, sm_doc *doc, sm_buffer *json, sm_error *err)
{
    for (size_t i = 0; i < w->cfg->paths.n; i++) {
        const sm_classifier *const m = w->cfg->models[i];
        double *const p = w->probabilities[i];
        SM_TRY(sm_classifier_score(w->scorers[i], sm_doc_text(doc), p, err));
        for (size_t k = 0; k < sm_classifier_labels(m); k++) {
            p[k] = round(p[k] * 1e6) / 1e6;
            sm_json_key_span(json, sm_classifier_label(m, k));
            sm_json_real(json, p[k]);
        }
    }
    return SM_OK;
}

static int classify(void *state, sm_doc *doc, sm_error *err)
{
    worker *const w = state;
    sm_buffer_clear(&w->json);
    sm_json_open(&w->json, '{');
    SM_TRY(put_others(w, sm_doc_field(doc, "metadata.classify"), &w->json, err));
    SM_TRY(score(w, doc, &w->json, err));
    sm_json_close(&w->json, '}');
    if (w->json.overflow)
        SM_FAIL(err, SM_ELIMIT, "%s:%lld: metadata.classify has more than %d bytes", doc->file,
                (long long)doc->line, MAX_JSON);
    sm_doc_set_meta(doc, "classify", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
    for (size_t i = 0; i < w->cfg->n_rules; i++) {
        const rule *const r = &w->cfg->rules[i];
        const double p = w->probabilities[r->model][r->label];
        if (r->below ? p < r->limit : p >= r->limit)
            return sm_doc_drop(doc, r->name, p, r->limit);
    }
    return SM_KEEP;
}

/* ---- rules ------------------------------------------------------------------------------------------- */

/* The last "<" or ">=" with a number behind it; without one the whole text is a label. */
static size_t split_rule(const char *text, rule *r)
{
    const size_t n = strlen(text);
    for (size_t i = n; i-- > 0;) {
        const bool below = text[i] == '<', above = text[i] == '>' && text[i + 1] == '=';
        const char *const number = text + i + (above ? 2 : 1);
        char *end = NULL;
        if (!below && !above) continue;
        r->limit = strtod(number, &end);
        r->below = below;
        if (end != number && *end == '\0') return i;
    }
    r->limit = (double)NAN;
    return n;
}

static bool find_rule(const config *cfg, sm_span label, rule *r)
{
    for (r->model = 0; r->model < cfg->paths.n; r->model++) {
        r->label = sm_classifier_find(cfg->models[r->model], label);
        if (r->label < SM_CLASSIFIER_LABELS) return true;
    }
    return false;
}

static int add_rule(config *cfg, const char *text, bool keep, sm_error *err)
{
    rule r = {0};
    const sm_span label = {text, split_rule(text, &r)};
    if (!find_rule(cfg, label, &r))
        SM_FAIL(err, SM_EUSAGE, "%s: no model knows the label '%.*s'", text, (int)label.n,
                text);
    const bool chosen = isnan(r.limit);
    if (chosen) r.limit = sm_classifier_threshold(cfg->models[r.model], r.label);
    if (chosen && r.limit > 1)
        SM_FAIL(err, SM_EUSAGE,
                "%s: training reached the wanted precision nowhere: say LABEL>=P", text);
    r.below ^= keep;
    r.name = sm_arena_printf(&cfg->arena, "classify-%.*s", (int)label.n, label.p);
    cfg->rules = sm_array_grow(cfg->rules, cfg->n_rules, &cfg->cap_rules, sizeof r);
    cfg->rules[cfg->n_rules++] = r;
    return SM_OK;
}

/* ---- models ------------------------------------------------------------------------------------------- */

/* A model that reads words needs the dictionary that it learnt with. */
static int need_morph(config *cfg, size_t i, sm_error *err)
{
    sm_hash128 want, have;
    if (!sm_classifier_needs_morph(cfg->models[i], &want)) return SM_OK;
    if (!cfg->morph) SM_TRY(sm_morph_open(&cfg->morph, cfg->dictionary, err));
    SM_TRY(sm_morph_hash(cfg->morph, &have, err));
    if (sm_hash128_equal(want, have)) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s: made with another dictionary than %s", cfg->paths.items[i],
            sm_morph_dictionary(cfg->morph));
}

static int load(config *cfg, sm_error *err)
{
    cfg->models = sm_calloc(cfg->paths.n, sizeof *cfg->models);
    for (size_t i = 0; i < cfg->paths.n; i++) {
        const int status = sm_classifier_read(&cfg->models[i], cfg->paths.items[i], err);
        if (status == SM_ENOENT) return err->code = SM_EUSAGE; /* a model is no input */
        SM_TRY(status);
        for (size_t k = 0; k < sm_classifier_labels(cfg->models[i]); k++) {
            rule known;
            const sm_span label = sm_classifier_label(cfg->models[i], k);
            if (find_rule(&(config){.paths.n = i, .models = cfg->models}, label, &known))
                SM_FAIL(err, SM_EUSAGE, "%s: %s has the label '%.*s' too", cfg->paths.items[i],
                        cfg->paths.items[known.model], (int)label.n, label.p);
        }
        SM_TRY(need_morph(cfg, i, err));
    }
    for (size_t i = 0; i < cfg->drop.n; i++)
        SM_TRY(add_rule(cfg, cfg->drop.items[i], false, err));
    for (size_t i = 0; i < cfg->keep.n; i++)
        SM_TRY(add_rule(cfg, cfg->keep.items[i], true, err));
    return SM_OK;
}

/* --features: the models say what they have learnt; no document is read. */
static int explain(const config *cfg, sm_error *err)
{
    sm_buffer text = sm_buffer_make((size_t)1 << 28);
    sm_output *out = NULL;
    int status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < cfg->paths.n; i++) {
        sm_buffer_printf(&text, "%s%s: ", i ? "\n" : "", cfg->paths.items[i]);
        status = sm_classifier_explain(cfg->models[i], (size_t)cfg->features, &text, err);
    }
    if (status == SM_OK) status = sm_output_open(&out, cfg->io.output, err);
    if (status == SM_OK) status = sm_output_write(out, sm_buffer_span(&text), err);
    if (status == SM_OK)
        status = sm_output_commit(out, err);
    else
        sm_output_abort(out);
    sm_buffer_free(&text);
    return status;
}

static int run(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    const sm_job job = {
        .shared = cfg, .worker_new = worker_new, .worker_free = worker_free, .map = classify};
    int status = load(cfg, &err);
    if (status == SM_OK && cfg->features >= 0)
        status = sm_leave(cfg->io.usage, explain(cfg, &err), &err);
    else if (status < 0)
        status = sm_leave(cfg->io.usage, status, &err);
    else
        status = sm_finish(&cfg->io, &job, sm_run(&cfg->io, &job, &stats, &err), &stats, &err);
    for (size_t i = 0; cfg->models && i < cfg->paths.n; i++)
        sm_classifier_free(cfg->models[i]);
    sm_free(cfg->models);
    sm_free(cfg->rules);
    sm_morph_close(cfg->morph);
    sm_arena_free(&cfg->arena);
    return status;
}

static const char more[] =
    "--drop LABEL (or --keep LABEL) without a limit takes the threshold that training chose "
    "for\n"
    "its --precision. Rejects name the rule classify-LABEL.\n"
    "  seimai classify apply -m quality.model pages.jsonl.zst > judged.jsonl\n"
    "  seimai classify apply -m t.model --drop 'toxic>=0.8' --rejects r.jsonl p.jsonl\n"
    "  seimai classify apply -m quality.model --features 30\n";

int main(int argc, char **argv)
{
    config cfg = {.features = -1};
    const sm_option options[] = {
        SM_OPTION_LIST('m', "model", &cfg.paths, "MODEL",
                       "what `classify train` made; more than one is fine"),
        SM_OPTION_LIST(0, "drop", &cfg.drop, "LABEL>=P",
                       "drop documents with this probability; LABEL<P too"),
        SM_OPTION_LIST(0, "keep", &cfg.keep, "LABEL>=P", "drop all others; LABEL<P too"),
        SM_OPTION_INT('f', "features", &cfg.features, -1, 10000,
                      "print the models' reports and strongest features instead; -1: do not"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "classify-apply",
                            .operands = "-m MODEL [OPTION…] [FILE…]",
                            .about = "Write the probability of each label to each document.",
                            .more = more,
                            .formats = "documents 1, rejects 1"};
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.paths.n == 0) return sm_usage_fail(&usage, "-m MODEL is missing");
    return run(&cfg);
}
