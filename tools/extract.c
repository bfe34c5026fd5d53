/* seimai-extract: what people have, turned into documents: crawls, pages, books, dumps and JSONL become JSONL with
 * the pages' main content and what is known about them. What a file is, its content says. Pages are decoded as
 * browsers do it and a wrong charset is noticed; damaged records are counted, and reading goes on behind them. Any
 * number of threads gives the same bytes; memory is a few blocks of pages.
 * SPDX-License-Identifier: MIT */
#include <seimai/content_model.h>
#include <seimai/json.h>
#include <seimai/source.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *mode, *format, *ruby, *gaiji, *model_path, *dicts;
    sm_content_model *model; /* shared by the workers */
    sm_extract_options extract;
    bool epub_items;
    sm_walk *walk;           /* over the operands */
    sm_container *container; /* the file that is being read */
    sm_container_counts containers;
    sm_extract_counts counts; /* of the workers that are done */
} config;

/* ---- reading: one thread ------------------------------------------------------------------------ */

static int open_file(void *shared, const char *path, sm_error *err)
{
    config *cfg = shared;
    SM_TRY(sm_container_open(&cfg->container, path, (size_t)cfg->io.max_document,
                             &cfg->containers, err));
    if (cfg->epub_items) sm_container_by_item(cfg->container);
    return 0;
}

/* Operands may be folders. */
static int next_file(void *shared, const char **path, sm_error *err)
{
    config *cfg = shared;
    if (!cfg->walk)
        cfg->walk = sm_walk_new(cfg->io.files.items, cfg->io.files.n, &cfg->containers);
    return sm_walk_next(cfg->walk, path, err);
}

static int read_record(void *shared, sm_record *record, sm_arena *arena, sm_error *err)
{
    const config *cfg = shared;
    return sm_container_read(cfg->container, record, arena, err);
}

static void close_file(void *shared)
{
    config *cfg = shared;
    sm_container_close(cfg->container);
    cfg->container = NULL;
}

/* ---- extracting: many --------------------------------------------------------------------------- */

typedef struct worker {
    sm_extractor *extractor;
    config *cfg;
} worker;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    config *cfg = shared;
    worker *w = sm_malloc(sizeof *w);
    *w = (worker){sm_extractor_new(&cfg->extract), cfg};
    return w;
}

static void worker_free(void *state)
{
    worker *w = state;
    sm_extractor_free(w->extractor, &w->cfg->counts);
    sm_free(w);
}

static int extract(void *state, const sm_record *record, sm_emit *emit, sm_error *err)
{
    const worker *w = state;
    return sm_extractor_map(w->extractor, record, emit, err);
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    if (cfg->model) sm_json_put_text(json, "model", sm_content_model_version(cfg->model));
    sm_extract_report(&cfg->counts, &cfg->containers, json);
}

/* ---- options ------------------------------------------------------------------------------------ */

/* The words of the command line as the library's own. */
static void set_choices(config *cfg)
{
    sm_extract_options *x = &cfg->extract;
    x->max = (size_t)cfg->io.max_document;
    x->text_key = cfg->io.text_key;
    x->mode = !strcmp(cfg->mode, "full")      ? SM_MODE_FULL
              : !strcmp(cfg->mode, "precise") ? SM_MODE_PRECISE
                                              : SM_MODE_MAIN;
    x->content.format = strcmp(cfg->format, "markdown") ? SM_CONTENT_TEXT : SM_CONTENT_MARKDOWN;
    x->content.ruby = strcmp(cfg->ruby, "paren") ? SM_RUBY_BASE : SM_RUBY_PAREN;
    x->gaiji = strcmp(cfg->gaiji, "description") ? SM_GAIJI_GETA : SM_GAIJI_DESCRIPTION;
}

/* The mode full takes all text: it needs no model. */
static int load_model(config *cfg, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = cfg->model_path;
    int status = 0;
    if (cfg->extract.mode == SM_MODE_FULL) return 0;
    if (!path) status = sm_dicts_path(cfg->dicts, "extract/content.model", &arena, &path, err);
    if (status >= 0) status = sm_content_model_read(&cfg->model, path, err);
    cfg->extract.model = cfg->model;
    sm_arena_free(&arena);
    return status;
}

static int run(config *cfg, const sm_usage *usage)
{
    const sm_source source = {open_file, read_record, close_file, extract, next_file};
    const sm_job job = {.shared = cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .source = &source,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};
    const int status = load_model(cfg, &err);
    if (status < 0) return sm_leave(usage, status, &err);
    return sm_finish(&cfg->io, &job, sm_run(&cfg->io, &job, &stats, &err), &stats, &err);
}

static const char more[] = "Input is told by its content: WARC and ARC, HTML, EPUB, MediaWiki "
                           "dumps, texts of Aozora Bunko, PDF, plain "
                           "text, or JSONL with `html` or `text`, whose other fields stay "
                           "(`messages` pass as they are).\n"
                           "Documents get `id` (of the WARC record, else PATH or PATH#ITEM), "
                           "`text`, and in `metadata` what is known of "
                           "url, title, lang, date (of publication), author, site, charset, "
                           "license, and extract {confidence, "
                           "charset_declared, mode, type, description, crawled, rights}. "
                           "`rights` lists what a page or its server "
                           "reserves: noindex, noarchive, noai, noimageai, tdm-reservation.\n";

int main(int argc, char **argv)
{
    config cfg = {.mode = "main",
                  .format = "text",
                  .ruby = "base",
                  .gaiji = "geta",
                  .extract = {.unify = true, .references = true}};
    const sm_option options[] = {
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTION_CHOICE(0, "mode", &cfg.mode, "main|precise|full",
                         "which text of a page: its main content, that without what is "
                         "doubtful, or all that is shown"),
        SM_OPTION_STRING(0, "model", &cfg.model_path, "FILE",
                         "the model of main content, in place of the one that comes along"),
        SM_OPTION_CHOICE(
            0, "format", &cfg.format, "text|markdown",
            "how structure is written: by lines, indents and tabs, or as Markdown"),
        SM_OPTION_CHOICE(0, "ruby", &cfg.ruby, "base|paren",
                         "readings of ruby: left out, or behind their base in parentheses"),
        SM_OPTION_FLAG(0, "links", &cfg.extract.content.links,
                       "Markdown: write links with their addresses, not their text alone"),
        SM_OPTION_FLAG(
            0, "blocks", &cfg.extract.blocks,
            "add metadata.extract.blocks: each block of a page, and why it was taken or not"),
        SM_OPTION_FLAG(0, "references", &cfg.extract.references,
                       "keep a wiki page's sections of references and links"),
        SM_OPTION_CHOICE(0, "gaiji", &cfg.gaiji, "geta|description",
                         "what stands for a character of Aozora Bunko without a code"),
        SM_OPTION_FLAG(0, "unify", &cfg.extract.unify,
                       "write the twins of wave dash, minus and four others in one way"),
        SM_OPTION_STRING(0, "dicts", &cfg.dicts, "DIR",
                         "the folder of models, rules and lists"),
        SM_OPTION_FLAG(0, "epub-items", &cfg.epub_items,
                       "one document for each chapter of a book, PATH#ID"),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "extract",
        .operands = "[OPTION...] [FILE...]",
        .about = "Pages to documents: decode, find the main content, write JSONL.",
        .more = more,
        .formats = "documents 1, rejects 1"};
    sm_options_parse(&usage, options, argc, argv);
    set_choices(&cfg);
    const int status = run(&cfg, &usage);
    sm_walk_free(cfg.walk);
    sm_content_model_free(cfg.model);
    return status;
}
