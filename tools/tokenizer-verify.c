/* seimai-tokenizer-verify: exported tokenizers, read back and compared on text.
 * Encodes every document with the tokenizer and with each exported file, read once by a reader of our own and once by
 * the engine itself where it is installed; prints documents, tokens and differences, and the first of them with both
 * ways to cut the text. Any difference is exit status 3. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/runner.h>
#include <seimai/tokenizer_verify.h>

#include <string.h>

typedef struct config {
    sm_io io;
    sm_list inputs;
    const char *python, *json;
    bool engines;
    sm_tokenizer *tok;
    sm_token_file **files;
    sm_token_comparison *list; /* [n] own readers, then [n] engines */
    size_t n;
    sm_token_spool *spool;
} config;

typedef struct worker {
    const config *cfg;
    sm_encoder *encoder;
    sm_token_scratch *scratch;
    sm_ids ids;
    sm_buffer spaced;
} worker;

/* What map leaves for commit: the ids of the tokenizer, those with a space before the text, and of each file. */
typedef struct encoded {
    sm_ids want, spaced, *got;
} encoded;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->encoder = sm_encoder_new();
    w->scratch = sm_token_scratch_new();
    w->spaced = sm_buffer_make(SIZE_MAX / 8);
    return w;
}

static void worker_free(void *state)
{
    worker *w = state;
    sm_encoder_free(w->encoder);
    sm_token_scratch_free(w->scratch);
    sm_ids_free(&w->ids);
    sm_buffer_free(&w->spaced);
    sm_free(w);
}

static sm_span with_space(worker *w, sm_span text)
{
    sm_buffer_clear(&w->spaced);
    if (text.n) sm_buffer_putc(&w->spaced, ' ');
    sm_buffer_put(&w->spaced, text);
    return sm_buffer_span(&w->spaced);
}

/* The worker's ids, as long as the document lives. */
static sm_ids keep(worker *w, sm_arena *arena)
{
    const sm_ids kept = {sm_arena_alloc(arena, w->ids.n * sizeof *kept.p), w->ids.n, w->ids.n};
    if (kept.n) memcpy(kept.p, w->ids.p, kept.n * sizeof *kept.p);
    w->ids.n = 0;
    return kept;
}

static int encode_one(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    worker *w = state;
    const config *cfg = w->cfg;
    const sm_span text = sm_doc_text(doc);
    encoded *e = sm_arena_zalloc(doc->arena, 1, sizeof *e);
    e->got = sm_arena_zalloc(doc->arena, cfg->n, sizeof *e->got);
    w->ids.n = 0;
    sm_tokenizer_encode(cfg->tok, w->encoder, text, &w->ids);
    e->want = keep(w, doc->arena);
    sm_tokenizer_encode(cfg->tok, w->encoder, with_space(w, text), &w->ids);
    e->spaced = keep(w, doc->arena);
    for (size_t i = 0; i < cfg->n; i++) {
        sm_token_file_encode(cfg->files[i], w->scratch, text, &w->ids);
        e->got[i] = keep(w, doc->arena);
    }
    doc->user = e;
    return SM_KEEP;
}

static int compare_one(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    const encoded *e = doc->user;
    const sm_span text = sm_doc_text(doc);
    for (size_t i = 0; i < cfg->n; i++) {
        const bool leads = sm_token_file_leads(cfg->files[i], cfg->tok);
        sm_token_compare(&cfg->list[i], cfg->tok, text, leads ? &e->spaced : &e->want,
                         &e->got[i]);
    }
    return cfg->engines ? sm_token_spool_add(cfg->spool, text, &e->want, err) : 0;
}

/* ---- the tool --------------------------------------------------------------------------------- */

static int open_files(config *cfg, const sm_list *paths, sm_error *err)
{
    SM_TRY(sm_tokenizer_load(&cfg->tok, paths->items[0], err));
    cfg->files = sm_calloc(paths->n, sizeof(sm_token_file *));
    cfg->list = sm_calloc(paths->n * 2, sizeof *cfg->list);
    for (size_t i = 1; i < paths->n; i++) {
        sm_buffer name = sm_buffer_make(1 << 10);
        SM_TRY(sm_token_file_open(&cfg->files[cfg->n], paths->items[i], err));
        sm_buffer_printf(&name, "seimai (%s)", sm_token_file_about(cfg->files[cfg->n]));
        cfg->list[cfg->n].file = cfg->list[paths->n - 1 + cfg->n].file = paths->items[i];
        cfg->list[cfg->n++].reader = sm_strdup(sm_buffer_span(&name));
        sm_buffer_free(&name);
    }
    return sm_token_spool_new(&cfg->spool, err);
}

static int run_engines(config *cfg, sm_error *err)
{
    for (size_t i = 0; i < cfg->n && cfg->engines; i++)
        SM_TRY(sm_token_engine_run(&cfg->list[cfg->n + i], cfg->python, cfg->tok, cfg->spool,
                                   err));
    return 0;
}

static int write_report(const config *cfg, sm_error *err)
{
    const size_t n = cfg->engines ? cfg->n * 2 : cfg->n;
    sm_output *out = NULL;
    sm_buffer text = sm_buffer_make(1 << 24), json = sm_buffer_make(1 << 24);
    sm_token_comparisons_text(cfg->list, n, &text);
    sm_token_comparisons_json(cfg->list, n, &json);
    int rc = cfg->json ? sm_file_write(cfg->json, sm_buffer_span(&json), err) : 0;
    if (rc == 0) rc = sm_output_open(&out, cfg->io.output, err);
    if (rc == 0) rc = sm_output_write(out, sm_buffer_span(&text), err);
    if (rc == 0)
        rc = sm_output_commit(out, err);
    else
        sm_output_abort(out);
    sm_buffer_free(&text);
    sm_buffer_free(&json);
    return rc;
}

static int judge(const config *cfg, sm_error *err)
{
    uint64_t differences = 0, documents = 0;
    for (size_t i = 0; i < cfg->n * 2; i++)
        differences += cfg->list[i].differences;
    for (size_t i = 0; i < cfg->n; i++)
        documents += cfg->list[i].documents;
    if (documents == 0) SM_FAIL(err, SM_EGATE, "no document was compared");
    if (differences == 0) return 0;
    SM_FAIL(err, SM_EGATE, "%llu documents have other ids", (unsigned long long)differences);
}

static int run(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    const sm_list paths = cfg->io.files;
    const sm_job job = {.shared = cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = encode_one,
                        .commit = compare_one,
                        .no_output = true};
    cfg->io.files = cfg->inputs; /* the operands were tokenizers */
    int rc = open_files(cfg, &paths, &err);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    if (rc == 0) rc = run_engines(cfg, &err);
    if (rc == 0) rc = write_report(cfg, &err);
    if (rc == 0) rc = judge(cfg, &err);
    return sm_finish(&cfg->io, &job, rc, &stats, &err);
}

static const char more[] =
    "EXPORTED is a folder, tokenizer.json, .model, .tiktoken (with its .json), .gguf or .bin.\n"
    "The engines are Python packages: tokenizers, sentencepiece, tiktoken, llama-cpp-python.\n"
    "  seimai tokenizer verify --python venv/bin/python ja32k ja32k.gguf < held-out.jsonl\n";

int main(int argc, char **argv)
{
    config cfg = {.python = "python3", .engines = true};
    const sm_option options[] = {
        SM_OPTION_LIST('i', "input", &cfg.inputs, "FILE",
                       "documents; standard input where none is named"),
        SM_OPTION_STRING(0, "python", &cfg.python, "FILE", "the Python that has the engines"),
        SM_OPTION_FLAG(0, "engines", &cfg.engines, "run the engines too"),
        SM_OPTION_STRING(0, "json", &cfg.json, "FILE", "write the figures there"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "tokenizer-verify",
                            .operands = "[OPTION…] TOKENIZER EXPORTED… < DOCUMENTS",
                            .about = "Compare exported tokenizers with what they came from.",
                            .more = more};
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n < 2)
        return sm_usage_fail(&usage, "name a tokenizer and what was made of it");
    const int status = run(&cfg);
    for (size_t i = 0; i < cfg.n; i++)
        sm_token_file_close(cfg.files[i]);
    for (size_t i = 0; i < cfg.n * 2; i++)
        sm_token_comparison_free(&cfg.list[i]);
    sm_free(cfg.files);
    sm_free(cfg.list);
    sm_token_spool_free(cfg.spool);
    sm_tokenizer_free(cfg.tok);
    return status;
}
