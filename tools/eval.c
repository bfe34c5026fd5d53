/* seimai-eval: how good is a model? Bits per byte of documents or shards; multiple choice; replies beside references.
 * With --task choice, generate or score a line is an item: all are read, every model answers them, and a table says what
 * each metric is, with its interval, and beside --baseline how it changed. A change for the worse is exit status 3.
 * SPDX-License-Identifier: MIT */
#include <seimai/eval_bits.h>
#include <seimai/eval_session.h>
#include <seimai/json.h>
#include <seimai/kernel.h>

#include <string.h>

typedef struct config {
    const char *task, *data, *metrics, *dicts, *phrases;
    int64_t length, resamples, seed, shown, limit;
    bool annotate, json;
    sm_io io;
    sm_eval_items items;
    sm_eval_session session;
    sm_phrases list;
    sm_buffer said; /* for the terminal */
    sm_output *out;
    sm_arena arena;
} config;

/* ---- what is said ----------------------------------------------------------------------------------- */

static int say(config *cfg, sm_error *err)
{
    return sm_file_write(NULL, sm_buffer_span(&cfg->said), err);
}

/* ---- bits per byte ------------------------------------------------------------------------------------ */

static int bits_of_documents(config *cfg, sm_eval_bits *bits, sm_error *err)
{
    sm_stats stats = {0};
    sm_job job = {0};
    int status = sm_eval_bits_job(bits, &job, err);
    if (status < 0) return sm_leave(cfg->io.usage, status, err);
    status = sm_run(&cfg->io, &job, &stats, err);
    if (status == SM_OK && !cfg->annotate) {
        if (cfg->json) {
            sm_json_open(&cfg->said, '{');
            sm_score_table_json(bits->table, &cfg->said);
            sm_json_close(&cfg->said, '}');
            sm_buffer_putc(&cfg->said, '\n');
        } else {
            sm_score_table_text(bits->table, &cfg->said);
        }
        status = say(cfg, err);
    }
    return sm_finish(&cfg->io, &job, status, &stats, err);
}

static int eval_documents(config *cfg, const char *model, sm_error *err)
{
    sm_causal_lm *lm = NULL;
    int status = sm_causal_lm_open_with(&lm, model, NULL, cfg->session.tokenizer, err);
    if (status < 0) return sm_leave(cfg->io.usage, status, err);
    sm_eval_bits bits = {.lm = lm,
                         .length = (uint32_t)cfg->length,
                         .annotate = cfg->annotate,
                         .table = sm_score_table_new()};
    status = bits_of_documents(cfg, &bits, err);
    sm_score_table_free(bits.table);
    sm_causal_lm_free(lm);
    return status;
}

static int eval_bits(config *cfg, sm_error *err)
{
    const char *const model = cfg->session.models.items[0];
    if (!cfg->data) return eval_documents(cfg, model, err);
    int status = sm_eval_bits_shards(model, cfg->data, (uint32_t)cfg->length,
                                     sm_threads(&cfg->io), cfg->json, &cfg->said, err);
    if (status == SM_OK) status = say(cfg, err);
    return sm_leave(cfg->io.usage, status, err);
}

/* ---- items ------------------------------------------------------------------------------------------- */

/* The table, or all tables as one object. */
static int say_reports(config *cfg, const sm_job *job, sm_error *err)
{
    if (cfg->json) {
        sm_buffer_clear(&cfg->said);
        sm_json_open(&cfg->said, '{');
        job->report(job->shared, &cfg->said);
        sm_json_close(&cfg->said, '}');
        sm_buffer_putc(&cfg->said, '\n');
    }
    return say(cfg, err);
}

/* Everything after the items were read. A gate that is not met is told when all is written. */
static int answer(config *cfg, const sm_job *job, sm_error *err)
{
    bool failed = false;
    if (cfg->items.mismatch && cfg->items.n > 0)
        SM_TRY(sm_eval_items_mismatch(&cfg->items, err));
    SM_TRY(sm_eval_session_run(&cfg->session, &cfg->said, cfg->out, &failed, err));
    sm_output *const out = cfg->out;
    cfg->out = NULL;
    if (out) SM_TRY(sm_output_commit(out, err));
    SM_TRY(say_reports(cfg, job, err));
    if (!failed) return SM_OK;
    SM_FAIL(err, SM_EGATE, "a gate was not met: worse than %s", cfg->session.baseline);
}

static int prepare(config *cfg, sm_error *err)
{
    sm_eval_session *const s = &cfg->session;
    const char *path = cfg->phrases;
    const unsigned threads = sm_threads(&cfg->io);
    s->items = &cfg->items;
    s->phrases = &cfg->list;
    s->shown = (size_t)cfg->shown;
    s->reader = (sm_reader_options){(uint32_t)cfg->length, (size_t)cfg->io.memory, threads};
    s->reply.length = (uint32_t)cfg->length;
    s->reply.threads = threads;
    s->bootstrap.resamples = (uint32_t)cfg->resamples;
    s->bootstrap.seed = (uint64_t)cfg->seed;
    s->bootstrap.threads = threads;
    s->gate.has_margin = s->gate.margin >= 0;
    cfg->items.limit = (uint64_t)cfg->limit;
    SM_TRY(sm_eval_choose(&s->metrics, cfg->metrics, cfg->items.task, err));
    if (!path)
        SM_TRY(sm_dicts_path(cfg->dicts, "eval/abstention.txt", &cfg->arena, &path, err));
    SM_TRY(sm_phrases_read(&cfg->list, path, &cfg->arena, err));
    return cfg->io.output ? sm_output_open(&cfg->out, cfg->io.output, err) : SM_OK;
}

static int eval_items(config *cfg, sm_error *err)
{
    sm_stats stats = {0};
    sm_io io = cfg->io;
    io.output = NULL; /* it is the results', not the items' */
    int status = prepare(cfg, err);
    if (status < 0) return sm_leave(cfg->io.usage, status, err);
    const sm_job job = sm_eval_items_job(&cfg->items);
    status = sm_run(&io, &job, &stats, err);
    if (status == SM_OK) status = answer(cfg, &job, err);
    sm_output_abort(cfg->out);
    return sm_finish(&io, &job, status, &stats, err);
}

/* ---- options ---------------------------------------------------------------------------------------------- */

static const char ABOUT_ITEMS[] =
    "An item is a line of JSON:\n"
    "  choice    {\"context\", \"choices\": [\"…\", …], \"answer\": number or text}\n"
    "            {\"prompt\", \"chosen\", \"rejected\"}: two choices\n"
    "  generate  {\"prompt\" or \"messages\", \"references\": [\"…\", …]}, or \"answer\"\n"
    "            {\"passage\", \"question\", \"references\"}\n"
    "  score     {\"output\", \"references\"}: no model is needed\n"
    "JCommonsenseQA as pairs, a second model beside the first, which fails with\n"
    "exit status 3 where a metric got worse beyond the interval:\n"
    "  seimai eval -m A --task choice --where source~JCommonsenseQA -o a.jsonl pairs.jsonl\n"
    "  seimai eval -m B --task choice --where source~JCommonsenseQA --baseline a.jsonl \\\n"
    "      pairs.jsonl\n";

static const char *check(const config *cfg)
{
    const bool bits = strcmp(cfg->task, "bits") == 0, score = strcmp(cfg->task, "score") == 0;
    if (!score && cfg->session.models.n == 0) return "--model is needed";
    if (score && cfg->session.models.n > 0)
        return "--task score judges outputs: it takes no --model";
    if (bits && cfg->session.models.n > 1) return "--task bits takes one --model";
    if (cfg->data && (!bits || cfg->annotate || cfg->io.files.n > 0))
        return bits ? "--data goes with neither --annotate nor documents"
                    : "--data goes with --task bits only";
    if (cfg->annotate && !bits) return "--annotate goes with --task bits only";
    if (bits && (cfg->session.baseline || cfg->metrics))
        return "--task bits has no metrics to compare";
    if (cfg->items.mismatch && strcmp(cfg->task, "generate") != 0)
        return "--mismatch goes with --task generate only";
    if (cfg->session.record && (bits || score))
        return "--record goes with --task choice and generate only";
    if (cfg->session.record && cfg->session.record[0] == '\0') return "--record needs a name";
    if (cfg->items.where && !strpbrk(cfg->items.where, "=~"))
        return "--where needs KEY=TEXT or KEY~TEXT";
    return NULL;
}

static int eval(config *cfg)
{
    static const struct {
        const char *name;
        sm_eval_task task;
    } tasks[] = {
        {"choice", SM_EVAL_CHOICE}, {"generate", SM_EVAL_GENERATE}, {"score", SM_EVAL_SCORE}};
    sm_kernels kernels;
    sm_error err = {0};
    const int status = sm_kernels_open(&kernels, &err);
    if (status < 0) return sm_leave(cfg->io.usage, status, &err);
    if (cfg->items.mismatch && !cfg->metrics) cfg->metrics = "abstention";
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        cfg->items.task = tasks[i].task;
        if (strcmp(cfg->task, tasks[i].name) == 0) return eval_items(cfg, &err);
    }
    return eval_bits(cfg, &err);
}

int main(int argc, char **argv)
{
    config cfg = {.task = "bits",
                  .resamples = 1000,
                  .shown = 20,
                  .session = {.bos = "auto",
                              .bootstrap.confidence = 0.95,
                              .gate.margin = -1,
                              .reply = {.tokens = 64, .sequences = 16}},
                  .said = sm_buffer_make((size_t)1 << 30)};
    const sm_option options[] = {
        SM_OPTION_LIST('m', "model", &cfg.session.models, "DIR",
                       "a model; may be repeated but for bits"),
        SM_OPTION_CHOICE(0, "task", &cfg.task, "bits|choice|generate|score",
                         "bits per byte, multiple choice, replies, or given outputs"),
        SM_OPTION_STRING(0, "data", &cfg.data, "DIR",
                         "bits: score these shards instead of documents"),
        SM_OPTION_STRING('t', "tokenizer", &cfg.session.tokenizer, "PATH",
                         "default: the one in the model's folder"),
        SM_OPTION_INT(0, "length", &cfg.length, 0, INT32_MAX,
                      "tokens of a window or item; 0: the model's (bits: at most 1024)"),
        SM_OPTION_FLAG('a', "annotate", &cfg.annotate,
                       "bits: pass the documents on with metadata.bpb, print no table"),
        SM_OPTION_STRING(0, "metric", &cfg.metrics, "LIST",
                         "acc, acc_norm, acc_bytes; em, f1, rouge-l, chrf, chrf++, abstention"),
        SM_OPTION_STRING(0, "where", &cfg.items.where, "KEY=TEXT",
                         "items whose field is this text; KEY~TEXT: holds it"),
        SM_OPTION_INT(0, "limit", &cfg.limit, 0, INT64_MAX >> 10, "the first N items; 0: all"),
        SM_OPTION_STRING(0, "join", &cfg.items.join, "TEXT",
                         "choice: put between context and choice"),
        SM_OPTION_CHOICE(0, "bos", &cfg.session.bos, SM_EVAL_BOS_CHOICES,
                         "choice: the document token first; auto: as transformers' tokenizer"),
        SM_OPTION_INT(0, "tokens", &cfg.session.reply.tokens, 1, 1 << 20,
                      "generate: of a reply at most"),
        SM_OPTION_LIST(0, "stop", &cfg.session.reply.stops, "TEXT",
                       "generate: a reply ends before this"),
        SM_OPTION_INT(0, "batch", &cfg.session.reply.sequences, 1, 4096,
                      "generate: replies side by side"),
        SM_OPTION_CHOICE(0, "chat", &cfg.session.reply.chat, SM_CHAT_CHOICES,
                         "generate: template of messages; default: the model's"),
        SM_OPTION_FLAG(0, "mismatch", &cfg.items.mismatch,
                       "generate: each passage gets another one's question, to abstain from"),
        SM_OPTION_STRING(0, "phrases", &cfg.phrases, "FILE",
                         "how replies abstain, a phrase a line"),
        SM_OPTION_STRING(0, "dicts", &cfg.dicts, "DIR", "where eval/abstention.txt is"),
        SM_OPTION_STRING(0, "baseline", &cfg.session.baseline, "RUN",
                         "compare with a model's folder, or with what -o wrote before"),
        SM_OPTION_REAL(0, "gate", &cfg.session.gate.margin, -1, 100,
                       "fail unless a loss of more than X points is ruled out; -1: fail "
                       "where a loss is beyond doubt"),
        SM_OPTION_STRING(0, "record", &cfg.session.record, "NAME",
                         "add the scores to the models' lineage.json, as NAME.METRIC"),
        SM_OPTION_INT(0, "show", &cfg.shown, 0, INT32_MAX, "name so many items that got worse"),
        SM_OPTION_INT(0, "resamples", &cfg.resamples, 0, 1 << 24, "of the bootstrap"),
        SM_OPTION_REAL(0, "confidence", &cfg.session.bootstrap.confidence, 0, 1,
                       "of the intervals"),
        SM_OPTION_INT(0, "seed", &cfg.seed, 0, INT64_MAX >> 10, "of the bootstrap's draws"),
        SM_OPTION_FLAG(0, "json", &cfg.json, "the table as one JSON object"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "eval",
        .operands = "--model DIR [OPTION…] [FILE…]",
        .about = "Tell how good a model is: bits per byte, multiple choice, replies.",
        .more = ABOUT_ITEMS,
        .formats = "documents 1, rejects 1, stats 1",
    };

    sm_options_parse(&usage, options, argc, argv);
    const char *const wrong = check(&cfg);
    if (wrong) return sm_usage_fail(&usage, "%s", wrong);
    const int status = eval(&cfg);
    sm_eval_items_free(&cfg.items);
    sm_buffer_free(&cfg.said);
    sm_arena_free(&cfg.arena);
    return status;
}
