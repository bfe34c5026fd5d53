/* seimai-eval: how well a model predicts documents: loss, perplexity, bits per byte and per character, by source.
 * Documents come as JSONL (map encodes and scores each by itself, on as many threads as there are), or as the shards
 * that training reads (--data, the trainer's own figures). With --annotate the documents go on, with their bits per byte in
 * metadata.bpb, so that `filter` can select by a model of one's own. SPDX-License-Identifier: MIT */
#include <seimai/checkpoint.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/kernel.h>
#include <seimai/runner.h>
#include <seimai/score.h>
#include <seimai/tokenizer.h>
#include <seimai/train.h>
#include <seimai/utf8.h>

#include <math.h>

enum { LONGEST = 1024 };

typedef struct config {
    const char *model, *data, *tokenizer_path;
    int64_t length;
    bool annotate, json;
    sm_io io;
    /* the model */
    sm_model_config shape;
    sm_tokenizer *tok;
    float *w;
    uint32_t eot;
    sm_score_table *table;
} config;

typedef struct worker {
    const config *cfg;
    sm_encoder *encoder;
    sm_scorer *scorer;
    sm_ids ids;
    sm_buffer json;
} worker;

/* ---- map: one document -------------------------------------------------------------------------- */

static void worker_free(void *state)
{
    worker *const w = state;
    sm_encoder_free(w->encoder);
    sm_scorer_free(w->scorer);
    sm_ids_free(&w->ids);
    sm_buffer_free(&w->json);
    sm_free(w);
}

static void *worker_new(void *shared, sm_error *err)
{
    const config *const cfg = shared;
    worker *const w = sm_calloc(1, sizeof *w);
    w->cfg = cfg;
    w->encoder = sm_encoder_new();
    w->json = sm_buffer_make(64);
    if (sm_scorer_new(&w->scorer, &cfg->shape, cfg->w, (uint32_t)cfg->length, cfg->eot, err) ==
        SM_OK)
        return w;
    worker_free(w);
    return NULL;
}

static int score_one(void *state, sm_doc *doc, sm_error *err)
{
    worker *const w = state;
    const sm_span text = sm_doc_text(doc);
    sm_score *const s = sm_arena_zalloc(doc->arena, 1, sizeof *s); /* for commit */
    w->ids.n = 0;
    sm_tokenizer_encode(w->cfg->tok, w->encoder, text, &w->ids);
    *s =
        (sm_score){.targets = w->ids.n + 1, .bytes = text.n, .characters = sm_utf8_count(text)};
    doc->user = s;
    if (sm_scorer_score(w->scorer, w->ids.p, w->ids.n, &s->nats, err) < 0) {
        sm_error_prefix(err, "%s:%lld", doc->file, (long long)doc->line);
        return err->code;
    }
    if (!w->cfg->annotate) return SM_KEEP;
    sm_buffer_clear(&w->json);
    sm_json_real(&w->json, sm_score_bpb(s));
    sm_doc_set_meta(doc, "bpb", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
    return SM_KEEP;
}

/* ---- commit, and what is said ----------------------------------------------------------------------- */

static int count(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    const config *const cfg = shared;
    sm_span source = {0};
    if (!sm_doc_field_string(doc, "metadata.source", &source))
        (void)sm_doc_field_string(doc, "source", &source);
    sm_score_table_add(cfg->table, source, doc->user);
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const config *const cfg = shared;
    sm_score_table_json(cfg->table, json);
}

static int say_table(config *cfg, sm_error *err)
{
    sm_buffer text = sm_buffer_make(1 << 26);
    if (cfg->json) {
        sm_json_open(&text, '{');
        report(cfg, &text);
        sm_json_close(&text, '}');
        sm_buffer_putc(&text, '\n');
    } else {
        sm_score_table_text(cfg->table, &text);
    }
    const int status = sm_file_write(NULL, sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    return status;
}

/* ---- the model, and the run ---------------------------------------------------------------------------- */

static int open_model(config *cfg, sm_error *err)
{
    sm_kernels kernels;
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_model_weights(cfg->model, &cfg->shape, &cfg->w, err));
    const uint32_t most = cfg->shape.max_position_embeddings;
    if (cfg->length == 0) cfg->length = most < LONGEST ? most : LONGEST;
    if (cfg->data) return SM_OK;
    const char *const path = cfg->tokenizer_path ? cfg->tokenizer_path : cfg->model;
    SM_TRY(sm_tokenizer_load(&cfg->tok, path, err));
    cfg->eot = sm_tokenizer_eot(cfg->tok);
    if (cfg->eot == SM_NO_TOKEN)
        SM_FAIL(err, SM_EFORMAT, "%s: no token that ends a document", path);
    if (sm_tokenizer_size(cfg->tok) <= cfg->shape.vocab_size) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %zu ids, the model has %u", path, sm_tokenizer_size(cfg->tok),
            cfg->shape.vocab_size);
}

/* The trainer's own figures over a set of shards. */
static int say_validation(const config *cfg, const sm_validation *v, sm_error *err)
{
    sm_buffer text = sm_buffer_make(1 << 16);
    if (cfg->json) {
        sm_json_open(&text, '{');
        sm_json_put_real(&text, "loss", v->loss);
        sm_json_put_real(&text, "perplexity", exp(v->loss));
        sm_json_put_real(&text, "bpb", v->bpb);
        sm_json_put_real(&text, "bpc", v->bpc);
        sm_json_put_uint(&text, "documents", v->documents);
        sm_json_close(&text, '}');
        sm_buffer_putc(&text, '\n');
    } else {
        sm_buffer_printf(&text,
                         "%s\n  loss        %.4f   (windows as trained; perplexity %.2f)\n",
                         cfg->data, v->loss, exp(v->loss));
        sm_buffer_printf(&text, "  bits/byte   %.4f\n  bits/char   %.4f\n", v->bpb, v->bpc);
    }
    const int status = sm_file_write(NULL, sm_buffer_span(&text), err);
    sm_buffer_free(&text);
    return status;
}

static int eval_shards(config *cfg, sm_error *err)
{
    const sm_net_options options = {.plan = SM_PLAN_EVAL,
                                    .B = 8,
                                    .T = (uint32_t)cfg->length,
                                    .threads = sm_threads(&cfg->io)};
    sm_shards *set = NULL;
    sm_net *net = NULL;
    sm_validation v = {0};
    int status = sm_shards_open(&set, cfg->data, err);
    if (status == SM_OK) status = sm_net_build(&net, &cfg->shape, &options, err);
    sm_batch *const batch = sm_batch_new(options.B, options.T);
    if (status == SM_OK) status = sm_validate(net, cfg->w, set, batch, 0, &v, err);
    if (status == SM_OK) status = say_validation(cfg, &v, err);
    sm_batch_free(batch);
    sm_net_free(net);
    sm_shards_close(set);
    return status;
}

static int eval_documents(config *cfg, const sm_job *job, sm_stats *stats, sm_error *err)
{
    const int status = sm_run(&cfg->io, job, stats, err);
    return status < 0 || cfg->annotate ? status : say_table(cfg, err);
}

int main(int argc, char **argv)
{
    config cfg = {0};
    const sm_option options[] = {
        SM_OPTION_STRING('m', "model", &cfg.model, "DIR", "the model (needed)"),
        SM_OPTION_STRING(0, "data", &cfg.data, "DIR",
                         "score these shards instead of documents"),
        SM_OPTION_STRING('t', "tokenizer", &cfg.tokenizer_path, "PATH",
                         "default: the one in the model's folder"),
        SM_OPTION_INT(0, "length", &cfg.length, 0, INT32_MAX,
                      "tokens of a window; 0: the model's, at most 1024"),
        SM_OPTION_FLAG('a', "annotate", &cfg.annotate,
                       "pass the documents on with metadata.bpb, print no table"),
        SM_OPTION_FLAG(0, "json", &cfg.json, "the table as one JSON object"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "eval",
        .operands = "--model DIR [OPTION…] [FILE…]",
        .about = "Tell how well a model predicts documents: loss, bits per byte, by source.",
        .formats = "documents 1, rejects 1, stats 1",
    };
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.model) return sm_usage_fail(&usage, "--model is needed");
    if (cfg.data && (cfg.annotate || cfg.io.files.n > 0))
        return sm_usage_fail(&usage, "--data goes with neither --annotate nor documents");
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = score_one,
                        .commit = count,
                        .no_output = !cfg.annotate,
                        .report = report};
    cfg.table = sm_score_table_new();
    int status = open_model(&cfg, &err);
    if (status < 0 || cfg.data)
        status = sm_leave(&usage, status < 0 ? status : eval_shards(&cfg, &err), &err);
    else
        status =
            sm_finish(&cfg.io, &job, eval_documents(&cfg, &job, &stats, &err), &stats, &err);
    sm_tokenizer_free(cfg.tok);
    sm_vector_free(cfg.w);
    sm_score_table_free(cfg.table);
    return status;
}
