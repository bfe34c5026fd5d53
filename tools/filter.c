/* seimai-filter: documents that a rule of the preset refuses leave, each with the rule, its value and the
 * threshold. The rules are asked in the order of their file, and only what they ask for is computed. With
 * --annotate nothing leaves and all values go to metadata.quality. `--rules none` touches no text: it
 * validates and counts, and bytes out are bytes in. SPDX-License-Identifier: MIT */
#include <seimai/filter.h>
#include <seimai/runner.h>

typedef struct config {
    const char *rules, *dicts;
    sm_list set;
    bool annotate;
    sm_filter *filter; /* NULL: --rules none */
} config;

typedef struct worker {
    sm_filter_judge *judge;
    sm_buffer json; /* scratch of annotate */
} worker;

enum { MAX_VALUES = 1 << 16 /* bytes of metadata.quality */ };

/* ---- the steps ------------------------------------------------------------------------------ */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    const config *const cfg = shared;
    worker *const w = sm_calloc(1, sizeof *w);
    w->judge = sm_filter_judge_new(cfg->filter);
    w->json = sm_buffer_make(MAX_VALUES);
    return w;
}

static void worker_free(void *state)
{
    worker *const w = state;
    sm_filter_judge_free(w->judge);
    sm_buffer_free(&w->json);
    sm_free(w);
}

static int judge(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    const worker *const w = state;
    sm_verdict v = {0};
    if (sm_filter_judge_text(w->judge, sm_doc_text(doc), &v) == SM_KEEP) return SM_KEEP;
    return sm_doc_drop(doc, v.rule, v.value, v.threshold);
}

static int annotate(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    worker *const w = state;
    sm_buffer_clear(&w->json);
    sm_filter_judge_values(w->judge, sm_doc_text(doc), &w->json);
    sm_doc_set_meta(doc, "quality", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
    return SM_KEEP;
}

static int keep(void *state, sm_doc *doc, sm_error *err)
{
    (void)state, (void)doc, (void)err;
    return SM_KEEP;
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

static int load(config *cfg, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = NULL;
    if (sm_span_equal(sm_span_of(cfg->rules), SM_SPAN("none"))) {
        if (cfg->set.n > 0 || cfg->annotate)
            SM_FAIL(err, SM_EUSAGE, "--rules none goes with neither --set nor --annotate");
        return SM_OK;
    }
    int status = find_preset(cfg, &arena, &path, err);
    if (status == SM_OK) status = sm_filter_load(&cfg->filter, path, err);
    if (status == SM_ENOENT) err->code = status = SM_EUSAGE; /* a rule file is no input */
    for (size_t i = 0; status == SM_OK && i < cfg->set.n; i++)
        status = sm_filter_set(cfg->filter, cfg->set.items[i], err);
    sm_arena_free(&arena);
    return status;
}

/* The rules that --set and a file may name, for --help. */
static const char *list_rules(sm_buffer *text)
{
    const sm_filter_value *value = NULL;
    sm_buffer_puts(text, "Rules, with the side that --set NAME=X sets:\n");
    for (size_t i = 0; (value = sm_filter_value_at(i)) != NULL; i++)
        sm_buffer_printf(text, "  %-30s %s  %s\n", value->name,
                         value->low_is_bad ? "min" : "max", value->about);
    sm_buffer_putc(text, '\0');
    return text->p;
}

int main(int argc, char **argv)
{
    config cfg = {.rules = "ja-web"};
    sm_io io = {0};
    sm_buffer more = sm_buffer_make(1 << 16);
    const sm_option options[] = {
        SM_OPTION_STRING('r', "rules", &cfg.rules, "NAME", "preset, or a file of rules; none"),
        SM_OPTION_LIST(0, "set", &cfg.set, "RULE=X",
                       "override a threshold: kana-share.min=0.05"),
        SM_OPTION_FLAG('a', "annotate", &cfg.annotate,
                       "write the values to metadata.quality and drop nothing"),
        SM_OPTION_STRING(0, "dicts", &cfg.dicts, "DIR", "the folder of rules and lists"),
        SM_OPTIONS_IO(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "filter",
                            .operands = "[OPTION…] [FILE…]",
                            .about = "Keep the documents that all rules of a preset accept.",
                            .more = list_rules(&more),
                            .formats = "documents 1, rejects 1, filter rules 1"};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    int status = load(&cfg, &err);
    const sm_job job = {.shared = &cfg,
                        .worker_new = cfg.filter ? worker_new : NULL,
                        .worker_free = cfg.filter ? worker_free : NULL,
                        .map = !cfg.filter    ? keep
                               : cfg.annotate ? annotate
                                              : judge};
    if (status < 0)
        status = sm_leave(&usage, status, &err);
    else
        status = sm_finish(&io, &job, sm_run(&io, &job, &stats, &err), &stats, &err);
    sm_filter_free(cfg.filter);
    sm_buffer_free(&more);
    return status;
}
