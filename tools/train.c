/* seimai-train: token shards and a model's config.json to a trained model.
 * The run lives in the folder -o: metrics.jsonl, tb/, checkpoints/, `model` (the newest) and `best`, each a
 * directory that transformers loads. SIGTERM and ^C end it after the step, with a checkpoint; the same
 * command goes on from there, and the result is the same to the last bit, whatever -j says.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/options.h>
#include <seimai/report.h>
#include <seimai/runner.h>
#include <seimai/tokenizer.h>
#include <seimai/train.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct config {
    const char *model, *schedule, *optimizer, *file;
    sm_list data; /* as given: DIR or DIR=WEIGHT */
    int64_t seed, length, batch, leaf, steps, stop_after, warmup, patience;
    int64_t eval_every, valid_tokens, save_every, keep, log_every;
    sm_train_options run; /* what needs no conversion is read into it */
    sm_io io;
    sm_arena arena;
} config;

/* What a resume may change (FORMATS, "Models and runs"); data and tokenizer are compared by their hashes. */
static const char *const may_change[] = {"data",    "valid", "tokenizer",  "output",
                                         "threads", "steps", "stop-after", "save-every",
                                         "keep",    NULL};

/* ---- signals ------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_asked; /* a handler can reach nothing but a global */

static void ask_stop(int signal)
{
    (void)signal;
    stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_stop, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

/* ---- what the user sees --------------------------------------------------------------------------- */

typedef struct display {
    const sm_usage *usage;
    const config *cfg;
    bool terminal, drawn;
} display;

static void end_line(display *d)
{
    if (d->drawn) (void)fputc('\n', stderr);
    d->drawn = false;
}

static void show_text(void *state, const char *text)
{
    display *d = state;
    end_line(d);
    if (!d->cfg->io.quiet) sm_note(d->usage, "%s", text);
}

static void draw(display *d, const sm_metrics *m)
{
    const uint64_t left = (uint64_t)d->cfg->steps - m->step;
    const double per_step = m->step ? (double)(d->cfg->batch * d->cfg->length) / m->tok_s : 0;
    (void)fprintf(stderr,
                  "\rstep %llu/%lld  loss %.4f  lr %.2e  |g| %.3f  %.0f tokens/s  %.1f GF/s  "
                  "%.0f s left   ",
                  (unsigned long long)m->step, (long long)d->cfg->steps, m->loss, m->lr,
                  m->grad_norm, m->tok_s, m->gflops, (double)left * per_step);
    (void)fflush(stderr);
    d->drawn = true;
}

static void show_step(void *state, const sm_metrics *m)
{
    display *d = state;
    if (d->cfg->io.quiet) return;
    if (d->terminal && isfinite(m->loss)) draw(d, m);
    if (!isfinite(m->val_loss)) return;
    end_line(d);
    sm_note(d->usage, "step %llu/%lld: validation loss %.4f, %.4f bits a byte",
            (unsigned long long)m->step, (long long)d->cfg->steps, m->val_loss, m->val_bpb);
}

/* ---- options to a run ------------------------------------------------------------------------------- */

static const char *inside(config *cfg, const char *dir, const char *name)
{
    return sm_arena_printf(&cfg->arena, "%s/%s", dir, name);
}

/* The tokenizer whose files go into the checkpoints must be the one of the shards. */
static int check_tokenizer(const sm_shard_sources *data, sm_error *err)
{
    sm_tokenizer *tokenizer = NULL;
    sm_shards *set = NULL;
    if (!data->tokenizer) return SM_OK;
    SM_TRY(sm_tokenizer_load(&tokenizer, data->tokenizer, err));
    int status = sm_shards_open(&set, data->items[0].dir, err);
    if (status >= 0) status = sm_shards_expect(set, sm_tokenizer_hash(tokenizer), err);
    sm_shards_close(set);
    sm_tokenizer_free(tokenizer);
    return status;
}

static int fill(config *cfg, sm_error *err)
{
    sm_train_options *const o = &cfg->run;
    SM_TRY(sm_model_config_load(&o->model, cfg->model, err));
    if (cfg->batch % cfg->leaf)
        SM_FAIL(err, SM_EUSAGE, "--batch %lld is not a multiple of --leaf %lld",
                (long long)cfg->batch, (long long)cfg->leaf);
    o->output = cfg->io.output;
    o->may_change = may_change;
    o->seed = (uint64_t)cfg->seed;
    o->length = (uint32_t)cfg->length;
    o->rows = (uint32_t)cfg->leaf;
    o->leaves = (uint32_t)(cfg->batch / cfg->leaf);
    o->steps = (uint64_t)cfg->steps;
    o->stop_after = (uint64_t)cfg->stop_after;
    o->schedule.warmup = (uint64_t)cfg->warmup;
    (void)sm_schedule_parse(cfg->schedule, &o->schedule.kind); /* only names come this far */
    o->use_muon = strcmp(cfg->optimizer, "muon") == 0;
    o->muon.decay = o->adamw.decay;
    o->patience = (uint64_t)cfg->patience;
    o->eval_every = (uint64_t)cfg->eval_every;
    o->valid_tokens = (uint64_t)cfg->valid_tokens;
    o->save_every = (uint64_t)cfg->save_every;
    o->keep = (uint64_t)cfg->keep;
    o->log_every = (uint64_t)cfg->log_every;
    o->threads = sm_threads(&cfg->io);
    o->stop = &stop_asked;
    return SM_OK;
}

/* RUN/report.html: the curves of metrics.jsonl. */
static int write_report(config *cfg, sm_error *err)
{
    sm_buffer html = sm_buffer_make(1 << 28);
    sm_page page = sm_page_open(&html, "Training run", cfg->io.output);
    int status = sm_report_run(&page, cfg->io.output, err);
    if (status >= 0) status = sm_page_close(&page, err);
    if (status >= 0)
        status = sm_file_write(inside(cfg, cfg->io.output, "report.html"),
                               sm_buffer_span(&html), err);
    sm_buffer_free(&html);
    return status;
}

static int run(config *cfg, const sm_option options[], const sm_usage *usage, sm_error *err)
{
    display d = {.usage = usage, .cfg = cfg, .terminal = isatty(STDERR_FILENO) == 1};
    const sm_train_hooks hooks = {
        .state = &d, .plan = show_text, .step = show_step, .warn = show_text};
    sm_buffer settings = sm_buffer_make(1 << 20);
    sm_shard_sources_find(&cfg->run.data, cfg->data.items, cfg->data.n, &cfg->arena);
    sm_options_write(options, &settings);
    cfg->run.settings = sm_buffer_span(&settings);
    int status = fill(cfg, err);
    if (status >= 0) status = check_tokenizer(&cfg->run.data, err);
    if (status >= 0) status = sm_train(&cfg->run, &hooks, err);
    end_line(&d);
    if (status >= 0) status = write_report(cfg, err);
    sm_buffer_free(&settings);
    return status;
}

/* ---- the command line --------------------------------------------------------------------------------- */

/* The value of -o, before the table is read: an existing run brings its own settings along. */
static const char *output_of(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--output=", 9) == 0) return argv[i] + 9;
        if (strncmp(argv[i], "-o", 2) == 0 && argv[i][2]) return argv[i] + 2;
        const bool next = strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0;
        if (next) return i + 1 < argc ? argv[i + 1] : NULL;
    }
    return NULL;
}

static void parse(config *cfg, const sm_usage *usage, const sm_option options[], int argc,
                  char **argv)
{
    const char *output = output_of(argc, argv);
    const char *kept = output ? inside(cfg, output, "run.yaml") : NULL;
    if (kept && sm_file_exists(kept)) cfg->file = kept;
    sm_options_parse(usage, options, argc, argv);
}

static config defaults(void)
{
    return (config){.schedule = "cosine",
                    .optimizer = "adamw",
                    .seed = 1,
                    .length = 256,
                    .batch = 32,
                    .leaf = 8,
                    .warmup = 100,
                    .eval_every = 100,
                    .valid_tokens = 1 << 14,
                    .save_every = 500,
                    .keep = 3,
                    .log_every = 1,
                    .run = {.schedule = {.lr = 1e-3, .lr_min = 1e-4, .cooldown = .2},
                            .adamw = {.9, .95, 1e-8, .1, false},
                            .muon = {.momentum = .95},
                            .clip = 1}};
}

int main(int argc, char **argv)
{
    config cfg = defaults();
    sm_train_options *const o = &cfg.run;
    const double most = 1e15;
    const sm_option options[] = {
        SM_OPTION_CONFIG(0, "config", &cfg.file, "settings by their long names"),
        SM_OPTION_LIST(0, "data", &cfg.data, "DIR[=WEIGHT]",
                       "shards to train on (needed); of several, shares of the samples"),
        SM_OPTION_STRING(0, "valid", &o->data.validation, "DIR", "shards to validate on"),
        SM_OPTION_STRING(0, "model", &cfg.model, "FILE", "the model's config.json (needed)"),
        SM_OPTION_STRING(0, "tokenizer", &o->data.tokenizer, "PATH", "copied into checkpoints"),
        SM_OPTION_STRING(0, "init", &o->init, "DIR", "model to start from, not fresh weights"),
        SM_OPTION_STRING('o', "output", &cfg.io.output, "DIR", "folder of the run (needed)"),
        SM_OPTION_INT(0, "steps", &cfg.steps, 0, most, "steps of the whole run (needed)"),
        SM_OPTION_INT(0, "stop-after", &cfg.stop_after, 0, most,
                      "end the session there; 0 = no"),
        SM_OPTION_INT(0, "length", &cfg.length, 2, 1 << 20, "tokens of a sequence"),
        SM_OPTION_INT(0, "batch", &cfg.batch, 1, 1 << 20, "sequences of a step"),
        SM_OPTION_INT(0, "leaf", &cfg.leaf, 1, 1 << 16,
                      "sequences computed at once; batch / leaf is a power of two"),
        SM_OPTION_INT(0, "seed", &cfg.seed, 0, most, "of weights and order"),
        SM_OPTION_CHOICE(0, "schedule", &cfg.schedule, "cosine|linear|constant|wsd",
                         "of the learning rate after the warm-up"),
        SM_OPTION_REAL(0, "lr", &o->schedule.lr, 0, 100, "learning rate after the warm-up"),
        SM_OPTION_REAL(0, "lr-min", &o->schedule.lr_min, 0, 100, "learning rate at the end"),
        SM_OPTION_REAL(0, "cooldown", &o->schedule.cooldown, 1e-6, 1,
                       "wsd: share of the steps in which it falls"),
        SM_OPTION_INT(0, "warmup", &cfg.warmup, 0, most, "steps of linear warm-up"),
        SM_OPTION_CHOICE(0, "optimizer", &cfg.optimizer, "adamw|muon",
                         "muon takes the matrices inside the blocks, AdamW the rest"),
        SM_OPTION_REAL(0, "momentum", &o->muon.momentum, 0, 1, "Muon: decay of the momentum"),
        SM_OPTION_REAL(0, "beta1", &o->adamw.beta1, 0, 1, "AdamW: decay of the mean"),
        SM_OPTION_REAL(0, "beta2", &o->adamw.beta2, 0, 1, "AdamW: decay of the mean square"),
        SM_OPTION_REAL(0, "epsilon", &o->adamw.epsilon, 0, 1, "AdamW: added to the root"),
        SM_OPTION_REAL(0, "decay", &o->adamw.decay, 0, 100, "weight decay of matrices"),
        SM_OPTION_REAL(0, "clip", &o->clip, 0, 1e9, "largest norm of the gradient; 0 = any"),
        SM_OPTION_REAL(0, "z-loss", &o->z_loss, 0, 1, "weight of lse² in the loss; 0 = none"),
        SM_OPTION_REAL(0, "spike-guard", &o->spike_guard, 0, 1e9,
                       "leave out updates so many standard deviations above; 0 = none"),
        SM_OPTION_INT(0, "eval-every", &cfg.eval_every, 0, most, "steps between validations"),
        SM_OPTION_INT(0, "valid-tokens", &cfg.valid_tokens, 0, most,
                      "about as many targets a validation; 0 = all"),
        SM_OPTION_INT(0, "patience", &cfg.patience, 0, most,
                      "stop after so many validations without a lower loss; 0 = never"),
        SM_OPTION_FLAG(0, "recompute", &o->recompute,
                       "blocks are computed again for backward: less memory"),
        SM_OPTION_INT(0, "save-every", &cfg.save_every, 0, most, "steps between checkpoints"),
        SM_OPTION_INT(0, "keep", &cfg.keep, 0, most,
                      "checkpoints kept beside the best; 0 = all"),
        SM_OPTION_INT(0, "log-every", &cfg.log_every, 1, most, "steps a line of metrics.jsonl"),
        SM_OPTION_INT('j', "threads", &cfg.io.threads, 0, 1024, "threads; 0 = the cores"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_NO_OPERANDS,
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "train",
        .operands = "--data DIR --model FILE --steps N -o DIR [OPTION…]",
        .about = "Train a language model on token shards.",
        .more = "A folder -o with a run in it is resumed, with its own settings. Of several\n"
                "--data, WEIGHT is a share of the samples; without any, tokens decide.\n",
        .formats = "checkpoints 1, metrics 1",
    };
    sm_error err = {0};

    parse(&cfg, &usage, options, argc, argv);
    if (!cfg.data.n || !cfg.model || !cfg.io.output || !cfg.steps)
        return sm_usage_fail(&usage, "--data, --model, --steps and -o are needed");
    catch_signals();
    const int status = run(&cfg, options, &usage, &err);
    sm_arena_free(&cfg.arena);
    return sm_leave(&usage, status, &err);
}
