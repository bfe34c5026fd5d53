/* seimai-filter: documents that a rule of the preset refuses leave, each with the rule, its value and the
 * threshold. The rules are asked in the order of their file, and only what they ask for is computed.
 * --annotate writes all values to metadata.quality and drops nothing; --from-metadata asks the rules of these values, so
 * that thresholds are tried in seconds. --account adds to --stats what every rule would have dropped, for
 * `seimai report`. `--rules none` touches no text: bytes out are bytes in. SPDX-License-Identifier: MIT */
#include <seimai/filter_document.h>
#include <seimai/runner.h>

typedef struct config {
    sm_io io;
    const char *rules, *dicts, *words, *dictionary;
    sm_list set, lists, without, ng_actions;
    bool annotate, from_metadata, account;
    int64_t samples;
    sm_filter *filter; /* NULL: --rules none */
    sm_morph *morph;
    sm_filter_plan plan;
    sm_filter_account *total;
} config;

typedef struct worker {
    const config *cfg;
    sm_filter_worker *filter;
} worker;

/* ---- the steps ------------------------------------------------------------------------------ */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *const w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->filter = sm_filter_worker_new(&w->cfg->plan);
    return w;
}

/* Workers are freed one after the other, when all documents are through. */
static void worker_free(void *state)
{
    worker *const w = state;
    sm_filter_account_merge(w->cfg->total, sm_filter_worker_account(w->filter));
    sm_filter_worker_free(w->filter);
    sm_free(w);
}

static int map(void *state, sm_doc *doc, sm_error *err)
{
    return sm_filter_document(((worker *)state)->filter, doc, err);
}

static int keep(void *state, sm_doc *doc, sm_error *err)
{
    (void)state, (void)doc, (void)err;
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const config *const cfg = shared;
    sm_filter_account_json(cfg->total, json);
}

/* ---- the preset ----------------------------------------------------------------------------- */

/* A name with a slash or .yaml is a file, else DICTS/filter/NAME.yaml. */
static int find_preset(const config *cfg, sm_arena *arena, const char **path, sm_error *err)
{
    const sm_span name = sm_span_of(cfg->rules);
    bool is_file = sm_span_ends(name, SM_SPAN(".yaml"));
    for (size_t i = 0; i < name.n; i++)
        is_file |= name.p[i] == '/';
    *path = cfg->rules;
    if (is_file) return SM_OK;
    const char *const relative = sm_arena_printf(arena, "filter/%s.yaml", cfg->rules);
    return sm_dicts_path(cfg->dicts, relative, arena, path, err);
}

static int load_preset(config *cfg, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = NULL;
    int status = find_preset(cfg, &arena, &path, err);
    if (status == SM_OK) status = sm_filter_load(&cfg->filter, path, err);
    if (status == SM_ENOENT) err->code = status = SM_EUSAGE; /* a rule file is no input */
    sm_arena_free(&arena);
    return status;
}

/* What the command line changes of the preset. */
static int override(config *cfg, sm_error *err)
{
    for (size_t i = 0; i < cfg->set.n; i++)
        SM_TRY(sm_filter_set(cfg->filter, cfg->set.items[i], err));
    for (size_t i = 0; i < cfg->lists.n; i++)
        SM_TRY(sm_filter_add_list(cfg->filter, cfg->lists.items[i], err));
    for (size_t i = 0; i < cfg->without.n; i++)
        SM_TRY(sm_filter_without(cfg->filter, cfg->without.items[i], err));
    return cfg->words ? sm_filter_set_words(cfg->filter, cfg->words, err) : SM_OK;
}

/* MeCab is opened where a rule wants it, or where its dictionary was named: then lists of words use it too. */
static int make_ready(config *cfg, sm_error *err)
{
    int status = SM_OK;
    if (cfg->dictionary || sm_filter_wants_morph(cfg->filter))
        SM_TRY(sm_morph_open(&cfg->morph, cfg->dictionary, err));
    status = sm_filter_ready(cfg->filter, cfg->dicts, cfg->morph, err);
    if (status == SM_ENOENT) err->code = status = SM_EUSAGE; /* nor is a list */
    return status;
}

static int make_plan(config *cfg, sm_error *err)
{
    cfg->plan = (sm_filter_plan){.filter = cfg->filter,
                                 .morph = cfg->morph,
                                 .mode = cfg->annotate        ? SM_FILTER_ANNOTATE
                                         : cfg->from_metadata ? SM_FILTER_FROM_METADATA
                                                              : SM_FILTER_DROP,
                                 .measure = cfg->account,
                                 .explain = cfg->io.rejects != NULL,
                                 .samples = cfg->account ? (size_t)cfg->samples : 0};
    for (size_t i = 0; i < cfg->ng_actions.n; i++)
        SM_TRY(sm_filter_plan_action(&cfg->plan, cfg->ng_actions.items[i], err));
    cfg->total = sm_filter_account_new(cfg->filter, cfg->plan.samples);
    return SM_OK;
}

static int check(const config *cfg, bool none, sm_error *err)
{
    const size_t changes = cfg->set.n + cfg->lists.n + cfg->without.n + cfg->ng_actions.n;
    if (none && (changes > 0 || cfg->annotate || cfg->from_metadata || cfg->account))
        SM_FAIL(err, SM_EUSAGE,
                "--rules none has nothing to set, annotate or account for: leave these options "
                "out");
    if (cfg->annotate && cfg->from_metadata)
        SM_FAIL(err, SM_EUSAGE, "--annotate writes what --from-metadata reads: one of them");
    if (cfg->ng_actions.n > 0 && (cfg->annotate || cfg->from_metadata))
        SM_FAIL(err, SM_EUSAGE, "--ng-action changes texts, --%s does not",
                cfg->annotate ? "annotate" : "from-metadata");
    if (cfg->account && !cfg->io.stats)
        SM_FAIL(err, SM_EUSAGE, "--account goes to --stats: name its file");
    return SM_OK;
}

static int load(config *cfg, sm_error *err)
{
    const bool none = sm_span_equal(sm_span_of(cfg->rules), SM_SPAN("none"));
    SM_TRY(check(cfg, none, err));
    if (none) return SM_OK;
    SM_TRY(load_preset(cfg, err));
    SM_TRY(override(cfg, err));
    SM_TRY(make_ready(cfg, err));
    return make_plan(cfg, err);
}

/* ---- the command line --------------------------------------------------------------------------- */

/* The rules that --set and a file may name, and the steps that --without may, for --help. */
static const char *list_rules(sm_buffer *text)
{
    const sm_filter_value *value = NULL;
    sm_buffer_puts(text, "Rules, with the side that --set NAME=X sets:\n");
    for (size_t i = 0; (value = sm_filter_value_at(i)) != NULL; i++)
        sm_buffer_printf(text, "  %-24s %s  %s\n", value->name,
                         value->low_is_bad ? "min" : "max", value->about);
    sm_buffer_puts(text, "\nSteps of rewriting:\n");
    for (size_t i = 0; sm_filter_step_name(i); i++)
        sm_buffer_printf(text, "  %-24s %s\n", sm_filter_step_name(i), sm_filter_step_about(i));
    sm_buffer_putc(text, '\0');
    return text->p;
}

static int run(config *cfg, const sm_usage *usage)
{
    sm_stats stats = {0};
    sm_error err = {0};
    const int status = load(cfg, &err);
    if (status < 0) return sm_leave(usage, status, &err);
    const sm_job job = {.shared = cfg,
                        .worker_new = cfg->filter ? worker_new : NULL,
                        .worker_free = cfg->filter ? worker_free : NULL,
                        .map = cfg->filter ? map : keep,
                        .report = cfg->filter ? report : NULL};
    return sm_finish(&cfg->io, &job, sm_run(&cfg->io, &job, &stats, &err), &stats, &err);
}

int main(int argc, char **argv)
{
    config cfg = {.rules = "ja-web", .samples = 3};
    sm_buffer more = sm_buffer_make(1 << 16);
    const sm_option options[] = {
        SM_OPTION_STRING('r', "rules", &cfg.rules, "NAME", "preset, or a file of rules; none"),
        SM_OPTION_LIST(0, "set", &cfg.set, "RULE=X",
                       "override a threshold: kana-share.min=0.05"),
        SM_OPTION_LIST(0, "list", &cfg.lists, "NAME=FILE",
                       "the file of a list that the preset names, or of one more"),
        SM_OPTION_LIST(0, "without", &cfg.without, "NAME",
                       "leave out a list with its rules, a rule, or a step of rewriting"),
        SM_OPTION_CHOICE(0, "words", &cfg.words, "script|mecab",
                         "what a word is; the preset says if not given"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary, for words and for the edges of listed words"),
        SM_OPTION_LIST(0, "ng-action", &cfg.ng_actions, "LIST=ACTION",
                       "with listed words in a kept text: tag, mask, drop-line"),
        SM_OPTION_FLAG('a', "annotate", &cfg.annotate,
                       "write the values to metadata.quality and drop nothing"),
        SM_OPTION_FLAG(0, "from-metadata", &cfg.from_metadata,
                       "ask the rules of metadata.quality; texts are not read"),
        SM_OPTION_FLAG(0, "account", &cfg.account,
                       "add to --stats what each rule would drop, and how its values lie"),
        SM_OPTION_INT(0, "samples", &cfg.samples, 0, 1000,
                      "dropped documents of each rule in the account"),
        SM_OPTION_STRING(0, "dicts", &cfg.dicts, "DIR", "the folder of rules and lists"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "filter",
                            .operands = "[OPTION…] [FILE…]",
                            .about = "Keep the documents that all rules of a preset accept.",
                            .more = list_rules(&more),
                            .formats = "documents 1, rejects 1, filter rules 1"};
    sm_options_parse(&usage, options, argc, argv);
    const int status = run(&cfg, &usage);
    sm_filter_account_free(cfg.total);
    sm_filter_free(cfg.filter);
    sm_morph_close(cfg.morph);
    sm_buffer_free(&more);
    return status;
}
