/* seimai-extract: what people have, turned into documents: WARC, HTML, plain text and JSONL become JSONL
 * with the pages' main content and what is known about them. What a file is, its content says. Pages are
 * decoded as browsers do it and a wrong charset is noticed; damaged records are counted, and reading goes
 * on behind them. Any number of threads gives the same bytes; memory is a few blocks of pages.
 * SPDX-License-Identifier: MIT */
#include <seimai/source.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *mode;
    bool unify;
    sm_container *container; /* the file that is being read */
    sm_container_counts containers;
    sm_extract_counts counts; /* of the workers that are done */
} config;

/* ---- reading: one thread ------------------------------------------------------------------------ */

static int open_file(void *shared, const char *path, sm_error *err)
{
    config *cfg = shared;
    return sm_container_open(&cfg->container, path, (size_t)cfg->io.max_document,
                             &cfg->containers, err);
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
    const sm_extract_options options = {.mode = strcmp(cfg->mode, "full") == 0 ? SM_MODE_FULL
                                                                               : SM_MODE_MAIN,
                                        .unify = cfg->unify,
                                        .max = (size_t)cfg->io.max_document};
    worker *w = sm_malloc(sizeof *w);
    *w = (worker){sm_extractor_new(&options), cfg};
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
    sm_extract_report(&cfg->counts, &cfg->containers, json);
}

static const char more[] =
    "Input is told by its content: WARC (plain, gzip by record or whole, zstd), HTML, plain "
    "text, or\n"
    "JSONL with `html` or `text` (whose id and metadata stay; other fields do not).\n"
    "Documents get `id` (of the WARC record, else PATH or PATH#LINE), `text`, and in "
    "`metadata` url,\n"
    "title, lang, date, charset and extract {confidence, charset_declared, mode}.\n";

int main(int argc, char **argv)
{
    config cfg = {.mode = "main", .unify = true};
    const sm_option options[] = {
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTION_CHOICE(0, "mode", &cfg.mode, "main|full",
                         "which text of a page: its main content, or all that is shown"),
        SM_OPTION_FLAG(0, "unify", &cfg.unify,
                       "write the twins of wave dash, minus and four others in one way"),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "extract",
        .operands = "[OPTION...] [FILE...]",
        .about = "Pages to documents: decode, find the main content, write JSONL.",
        .more = more,
        .formats = "documents 1, rejects 1"};
    const sm_source source = {open_file, read_record, close_file, extract};
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .source = &source,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    const int status = sm_run(&cfg.io, &job, &stats, &err);
    return sm_finish(&cfg.io, &job, status, &stats, &err);
}
