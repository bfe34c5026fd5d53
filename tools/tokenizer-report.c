/* seimai-tokenizer-report: tokenizers side by side on the same text.
 * Encodes every document with every tokenizer and cuts it with MeCab; then a table for the terminal, a page (-o) and all
 * figures as JSON (--json): compression, word boundaries, rare characters, vocabularies, costs, and sentences as each
 * tokenizer cuts them. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/runner.h>
#include <seimai/token_page.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_LEAST = 12, SAMPLE_MOST = 60 }; /* characters */

typedef struct config {
    sm_io io;
    sm_list inputs, prices, sentences;
    const char *json, *dictionary, *reference, *language, *title;
    int64_t samples, context;
    sm_morph *morph;
    sm_token_subject *subjects;
    size_t n;
    sm_token_report *report;
    sm_token_plan plan;
    sm_span *shown;               /* sentences */
    sm_output *to_page, *to_json; /* opened before the long work; NULL where not asked for */
    sm_arena arena;
} config;

/* ---- the stream ------------------------------------------------------------------------------- */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    config *cfg = shared;
    return sm_token_reader_new(cfg->report);
}

static void worker_free(void *worker)
{
    sm_token_reader_end(worker);
}

static int measure(void *worker, sm_doc *doc, sm_error *err)
{
    sm_span source = {0};
    if (!sm_doc_field_string(doc, "metadata.source", &source))
        (void)sm_doc_field_string(doc, "source", &source);
    SM_TRY(sm_token_reader_add(worker, sm_doc_text(doc), (uint64_t)doc->line, source, err));
    return SM_KEEP;
}

static bool is_sample(sm_span line)
{
    const size_t length = sm_utf8_count(line);
    return length >= SAMPLE_LEAST && length <= SAMPLE_MOST &&
           sm_span_ends(line, SM_SPAN("。")) && !sm_span_starts(line, SM_SPAN("　"));
}

/* The first sentence of fitting length that fills a line, of each of the first documents that have one. */
static int keep_sample(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    config *cfg = shared;
    sm_span rest = sm_doc_text(doc);
    const size_t most = cfg->sentences.n + (size_t)cfg->samples;
    while (cfg->plan.n_sentences < most && rest.n > 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        const sm_span line = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
        if (is_sample(line)) {
            cfg->shown[cfg->plan.n_sentences++] = sm_arena_copy(&cfg->arena, line);
            break;
        }
        if (!end) break;
        rest = (sm_span){end + 1, rest.n - line.n - 1};
    }
    return SM_KEEP;
}

/* ---- what was asked for --------------------------------------------------------------------------- */

/* "models/ja32k/" is called ja32k, and so is "models/ja32k/tokenizer.json"; "a=models/ja32k" is called a. */
static const char *name_of(sm_arena *arena, const char *operand, const char **path)
{
    static const char *const files[] = {"/tokenizer.json", "/tokenizer.model"};
    const char *equals = strchr(operand, '='), *slash = strchr(operand, '/');
    *path = operand;
    if (equals && (!slash || equals < slash)) {
        *path = equals + 1;
        return sm_arena_copy(arena, (sm_span){operand, (size_t)(equals - operand)}).p;
    }
    sm_span s = sm_span_of(operand);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (sm_span_ends(s, sm_span_of(files[i]))) s.n -= strlen(files[i]);
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    size_t from = s.n;
    while (from > 0 && s.p[from - 1] != '/')
        from--;
    return sm_arena_copy(arena, (sm_span){s.p + from, s.n - from}).p;
}

/* The tokenizer of a name; SIZE_MAX for none. */
static size_t find_subject(const config *cfg, sm_span name)
{
    for (size_t i = 0; i < cfg->n; i++)
        if (sm_span_equal(sm_span_of(cfg->subjects[i].name), name)) return i;
    return SIZE_MAX;
}

/* --price NAME=USD */
static int set_price(config *cfg, const char *option, sm_error *err)
{
    const char *equals = strrchr(option, '=');
    const sm_span name = {option, equals ? (size_t)(equals - option) : 0};
    const size_t i = find_subject(cfg, name);
    char *end = NULL;
    const double price = equals ? strtod(equals + 1, &end) : -1;
    if (!equals || end == equals + 1 || *end || !(price >= 0) || !isfinite(price))
        SM_FAIL(err, SM_EUSAGE, "--price %s: NAME=USD a million tokens is needed", option);
    if (i == SIZE_MAX) SM_FAIL(err, SM_EUSAGE, "--price %s: no tokenizer of this name", option);
    cfg->subjects[i].price = price;
    return 0;
}

static int load_subjects(config *cfg, const sm_list *operands, sm_error *err)
{
    cfg->subjects = sm_arena_zalloc(&cfg->arena, operands->n, sizeof *cfg->subjects);
    for (size_t i = 0; i < operands->n; i++) {
        sm_token_subject *who = &cfg->subjects[i];
        const char *path;
        *who = (sm_token_subject){.name = name_of(&cfg->arena, operands->items[i], &path),
                                  .price = (double)NAN};
        if (find_subject(cfg, sm_span_of(who->name)) != SIZE_MAX)
            SM_FAIL(err, SM_EUSAGE, "two tokenizers are called %s: write NAME=%s", who->name,
                    path);
        SM_TRY(sm_tokenizer_load(&who->tok, path, err));
        const char *warning = sm_tokenizer_warning(who->tok);
        if (warning && !cfg->io.quiet) sm_note(cfg->io.usage, "%s: %s", who->name, warning);
        cfg->n++;
    }
    return 0;
}

static int prepare(config *cfg, const sm_list *operands, sm_error *err)
{
    SM_TRY(load_subjects(cfg, operands, err));
    for (size_t i = 0; i < cfg->prices.n; i++)
        SM_TRY(set_price(cfg, cfg->prices.items[i], err));
    cfg->plan = (sm_token_plan){.reference = SIZE_MAX, .context = (uint64_t)cfg->context};
    if (cfg->reference) {
        cfg->plan.reference = find_subject(cfg, sm_span_of(cfg->reference));
        if (cfg->plan.reference == SIZE_MAX)
            SM_FAIL(err, SM_EUSAGE, "--reference %s: no tokenizer of this name",
                    cfg->reference);
    }
    cfg->shown = sm_arena_zalloc(&cfg->arena, cfg->sentences.n + (size_t)cfg->samples + 1,
                                 sizeof *cfg->shown);
    for (size_t i = 0; i < cfg->sentences.n; i++)
        cfg->shown[cfg->plan.n_sentences++] = sm_span_of(cfg->sentences.items[i]);
    cfg->plan.sentences = cfg->shown;
    SM_TRY(sm_morph_open(&cfg->morph, cfg->dictionary, err));
    cfg->report = sm_token_report_new(cfg->subjects, cfg->n, cfg->morph);
    return 0;
}

/* ---- the outcome ---------------------------------------------------------------------------------- */

/* Writes all of an output and ends it; *out is NULL then. */
static int finish(sm_output **out, sm_span text, sm_error *err)
{
    sm_output *const own = *out;
    *out = NULL;
    const int status = sm_output_write(own, text, err);
    if (status == 0) return sm_output_commit(own, err);
    sm_output_abort(own);
    return status;
}

static int write_pages(config *cfg, const sm_value *report, sm_error *err)
{
    const sm_language language = strcmp(cfg->language, "ja") == 0 ? SM_JAPANESE : SM_ENGLISH;
    sm_output *terminal = NULL;
    sm_buffer table = sm_buffer_make(SIZE_MAX / 8), page = sm_buffer_make(SIZE_MAX / 8);
    int status = sm_token_table(report, language, &table, err);
    if (status == 0 && cfg->to_page) {
        status = sm_token_page(report, language, cfg->title, &page, err);
        if (status == 0) status = finish(&cfg->to_page, sm_buffer_span(&page), err);
    }
    if (status == 0) status = sm_output_open(&terminal, NULL, err);
    if (status == 0) status = finish(&terminal, sm_buffer_span(&table), err);
    sm_buffer_free(&table);
    sm_buffer_free(&page);
    return status;
}

static int write_report(config *cfg, sm_error *err)
{
    sm_config read = {0};
    sm_buffer json = sm_buffer_make(SIZE_MAX / 8);
    sm_token_report_json(cfg->report, &cfg->plan, &json);
    int status = cfg->to_json ? finish(&cfg->to_json, sm_buffer_span(&json), err) : 0;
    if (status == 0) status = sm_config_parse_json(&read, "report", sm_buffer_span(&json), err);
    if (status == 0) {
        status = write_pages(cfg, &read.root, err);
        sm_config_free(&read);
    }
    sm_buffer_free(&json);
    return status;
}

static int run(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    const sm_list operands = cfg->io.files;
    const sm_job job = {.shared = cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = measure,
                        .commit = keep_sample,
                        .no_output = true};
    cfg->io.files = cfg->inputs; /* the operands were tokenizers */
    const char *page = cfg->io.output;
    cfg->io.output = NULL;
    int rc = prepare(cfg, &operands, &err);
    if (rc == 0 && page) rc = sm_output_open(&cfg->to_page, page, &err);
    if (rc == 0 && cfg->json) rc = sm_output_open(&cfg->to_json, cfg->json, &err);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    if (rc == 0) rc = write_report(cfg, &err);
    if (cfg->to_page) sm_output_abort(cfg->to_page);
    if (cfg->to_json) sm_output_abort(cfg->to_json);
    return sm_finish(&cfg->io, &job, rc, &stats, &err);
}

int main(int argc, char **argv)
{
    config cfg = {.samples = 3, .context = 4096, .language = "en"};
    const sm_option options[] = {
        SM_OPTION_LIST('i', "input", &cfg.inputs, "FILE",
                       "documents; standard input where none is named"),
        SM_OPTION_STRING(0, "json", &cfg.json, "FILE", "write all figures there"),
        SM_OPTION_CHOICE(0, "lang", &cfg.language, "en|ja",
                         "language of the page and the table"),
        SM_OPTION_STRING(0, "title", &cfg.title, "TEXT", "title of the page"),
        SM_OPTION_STRING(0, "reference", &cfg.reference, "NAME",
                         "the tokenizer that numbers of tokens are compared with"),
        SM_OPTION_LIST(0, "price", &cfg.prices, "NAME=USD", "price of a million tokens"),
        SM_OPTION_INT(0, "context", &cfg.context, 1, INT64_C(1) << 40,
                      "tokens of the window that is measured in pages"),
        SM_OPTION_LIST(0, "sentence", &cfg.sentences, "TEXT",
                       "a sentence to show as it is cut"),
        SM_OPTION_INT(0, "samples", &cfg.samples, 0, 1000,
                      "sentences of the text shown beside"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "tokenizer-report",
        .operands = "[OPTION…] [NAME=]TOKENIZER… < DOCUMENTS",
        .about = "Compare tokenizers on the same documents: a table, and with -o a page.",
        .more = "TOKENIZER is a directory, tokenizer.json, .model or .tiktoken.\n"
                "  seimai tokenizer report ja32k o200k=other/tokenizer.json -o page.html < "
                "held-out.jsonl\n"};
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n == 0) return sm_usage_fail(&usage, "no tokenizer is named");
    const int status = run(&cfg);
    sm_token_report_free(cfg.report);
    for (size_t i = 0; i < cfg.n; i++)
        sm_tokenizer_free(cfg.subjects[i].tok);
    sm_morph_close(cfg.morph);
    sm_arena_free(&cfg.arena);
    return status;
}
