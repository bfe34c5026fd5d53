/* seimai-tokenizer-report: tokenizers side by side on the same text.
 * Encodes every document with every tokenizer and cuts it with MeCab; prints how much text a token holds, how far
 * token boundaries are word boundaries, what the vocabularies are made of, and a few sentences as each cuts them.
 * --json FILE keeps the figures. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/runner.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include <string.h>

enum { SAMPLE_LEAST = 12, SAMPLE_MOST = 60 }; /* characters */

typedef struct config {
    sm_io io;
    sm_list inputs;
    const char *json, *dictionary;
    int64_t samples;
    sm_morph *morph;
    sm_token_subject *subjects;
    size_t n;
    sm_span *lines; /* samples */
    size_t n_lines;
    sm_arena arena;
} config;

typedef struct worker {
    config *cfg;
    sm_tagger *tagger;
    sm_encoder *encoder;
    sm_ids ids;
    sm_gold gold;
    sm_token_tally *tallies;
} worker;

/* ---- the stream ------------------------------------------------------------------------------- */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    config *cfg = shared;
    worker *w = sm_calloc(1, sizeof *w);
    w->cfg = cfg;
    w->tagger = sm_tagger_new(cfg->morph);
    w->encoder = sm_encoder_new();
    w->tallies = sm_calloc(cfg->n, sizeof *w->tallies);
    for (size_t i = 0; i < cfg->n; i++)
        sm_token_tally_init(&w->tallies[i], cfg->subjects[i].tok);
    return w;
}

/* Workers end one after the other, and sums do not depend on the order. */
static void worker_free(void *state)
{
    worker *w = state;
    for (size_t i = 0; i < w->cfg->n; i++) {
        sm_token_tally_merge(&w->cfg->subjects[i].tally, &w->tallies[i]);
        sm_token_tally_free(&w->tallies[i]);
    }
    sm_tagger_free(w->tagger);
    sm_encoder_free(w->encoder);
    sm_ids_free(&w->ids);
    sm_gold_free(&w->gold);
    sm_free(w->tallies);
    sm_free(w);
}

static int measure(void *state, sm_doc *doc, sm_error *err)
{
    worker *w = state;
    const sm_span text = sm_doc_text(doc);
    SM_TRY(sm_gold_set(&w->gold, w->tagger, text, err));
    for (size_t i = 0; i < w->cfg->n; i++) {
        const sm_tokenizer *tok = w->cfg->subjects[i].tok;
        w->ids.n = 0;
        sm_tokenizer_encode(tok, w->encoder, text, &w->ids);
        sm_token_tally_add(&w->tallies[i], &w->gold, tok, w->ids.p, w->ids.n);
    }
    return SM_KEEP;
}

/* The first line of fitting length of each of the first documents. */
static int keep_sample(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    config *cfg = shared;
    sm_span rest = sm_doc_text(doc);
    while (cfg->n_lines < (size_t)cfg->samples && rest.n > 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        const sm_span line = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
        const size_t length = sm_utf8_count(line);
        if (length >= SAMPLE_LEAST && length <= SAMPLE_MOST) {
            cfg->lines[cfg->n_lines++] = sm_arena_copy(&cfg->arena, line);
            break;
        }
        if (!end) break;
        rest = (sm_span){end + 1, rest.n - line.n - 1};
    }
    return SM_KEEP;
}

/* ---- the tool --------------------------------------------------------------------------------- */

static int write_report(const config *cfg, sm_error *err)
{
    sm_output *out = NULL;
    sm_buffer text = sm_buffer_make(SIZE_MAX / 8), json = sm_buffer_make(SIZE_MAX / 8);
    sm_token_report_text(cfg->subjects, cfg->n, cfg->lines, cfg->n_lines, &text);
    sm_token_report_json(cfg->subjects, cfg->n, &json);
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

/* "models/ja32k/" is called ja32k, and so is "models/ja32k/tokenizer.json". */
static const char *base_name(sm_arena *arena, const char *path)
{
    const sm_span file = SM_SPAN("/tokenizer.json");
    sm_span s = sm_span_of(path);
    if (sm_span_ends(s, file)) s.n -= file.n;
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    size_t from = s.n;
    while (from > 0 && s.p[from - 1] != '/')
        from--;
    return sm_arena_copy(arena, (sm_span){s.p + from, s.n - from}).p;
}

static int open_subjects(config *cfg, const sm_list *paths, sm_error *err)
{
    cfg->subjects = sm_arena_zalloc(&cfg->arena, paths->n, sizeof *cfg->subjects);
    cfg->lines = sm_arena_zalloc(&cfg->arena, (size_t)cfg->samples, sizeof *cfg->lines);
    for (size_t i = 0; i < paths->n; i++) {
        sm_token_subject *who = &cfg->subjects[i];
        who->name = base_name(&cfg->arena, paths->items[i]);
        SM_TRY(sm_tokenizer_load(&who->tok, paths->items[i], err));
        sm_token_tally_init(&who->tally, who->tok);
        cfg->n++;
    }
    return sm_morph_open(&cfg->morph, cfg->dictionary, err);
}

static int run(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    const sm_list paths = cfg->io.files;
    const sm_job job = {.shared = cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = measure,
                        .commit = keep_sample,
                        .no_output = true};
    cfg->io.files = cfg->inputs; /* the operands were tokenizers */
    int rc = open_subjects(cfg, &paths, &err);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    if (rc == 0) rc = write_report(cfg, &err);
    return sm_finish(&cfg->io, &job, rc, &stats, &err);
}

int main(int argc, char **argv)
{
    config cfg = {.samples = 3};
    const sm_option options[] = {
        SM_OPTION_LIST('i', "input", &cfg.inputs, "FILE",
                       "documents; standard input where none is named"),
        SM_OPTION_STRING(0, "json", &cfg.json, "FILE", "write the figures there"),
        SM_OPTION_INT(0, "samples", &cfg.samples, 0, 1000, "sentences shown side by side"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "tokenizer-report",
        .operands = "[OPTION…] TOKENIZER… < DOCUMENTS",
        .about = "Compare tokenizers on the same documents.",
        .more = "  seimai tokenizer report ja32k other/tokenizer.json < held-out.jsonl\n"};
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n == 0) return sm_usage_fail(&usage, "no tokenizer is named");
    const int status = run(&cfg);
    for (size_t i = 0; i < cfg.n; i++) {
        sm_token_tally_free(&cfg.subjects[i].tally);
        sm_tokenizer_free(cfg.subjects[i].tok);
    }
    sm_morph_close(cfg.morph);
    sm_arena_free(&cfg.arena);
    return status;
}
