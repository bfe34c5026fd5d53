/* The options of a run: see seimai/train_settings.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/train_settings.h>

#include <seimai/checkpoint.h>
#include <seimai/file.h>
#include <seimai/runner.h>

#include <stdlib.h>
#include <string.h>

/* What a resume may change (FORMATS, "Models and runs"); data and tokenizer are compared by their hashes. */
static const char *const may_change[] = {
    "data",  "valid",  "tokenizer",    "output",        "threads",
    "steps", "epochs", "stop-after",   "save-every",    "keep",
    "watch", "sample", "sample-every", "verify-resume", NULL};

static const double most = 1e15;

/* ---- the table, in groups -------------------------------------------------------------------------- */

static void put(sm_train_settings *s, const sm_option *group, size_t n)
{
    if (s->n + n >= SM_TRAIN_SETTINGS_MOST) abort(); /* a mistake of ours, found by any call */
    memcpy(s->table + s->n, group, n * sizeof *group);
    s->n += n;
}

#define PUT(s, group) put(s, group, sizeof(group) / sizeof *(group))

static void put_data(sm_train_settings *s)
{
    sm_train_options *const o = &s->run;
    const sm_option group[] = {
        SM_OPTION_CONFIG(0, "config", &s->file, "settings by their long names"),
        SM_OPTION_LIST(0, "data", &s->data, "DIR[=WEIGHT]",
                       "shards to train on (needed); of several, shares of the samples"),
        SM_OPTION_STRING(0, "valid", &o->data.validation, "DIR", "shards to validate on"),
        SM_OPTION_CHOICE(0, "pack", &s->pack, SM_PACK_CHOICES,
                         "cut the tokens into windows, put whole documents into rows, or one "
                         "document a row; auto: windows for texts, documents for what has "
                         "targets"),
        SM_OPTION_STRING(0, "model", &s->model, "FILE",
                         "the model's config.json (needed; by default that of --init)"),
        SM_OPTION_STRING(0, "tokenizer", &o->data.tokenizer, "PATH", "copied into checkpoints"),
        SM_OPTION_STRING(0, "init", &o->init, "DIR", "model to start from, not fresh weights"),
        SM_OPTION_STRING(
            0, "extend-map", &o->extend_map, "FILE",
            "extend-map.jsonl of `tokenizer extend`: --init has fewer ids; new rows "
            "start as the mean of those that spelt them"),
        SM_OPTION_STRING('o', "output", &s->io.output, "DIR", "folder of the run (needed)"),
    };
    PUT(s, group);
}

static void put_size(sm_train_settings *s)
{
    const sm_option group[] = {
        SM_OPTION_INT(0, "steps", &s->steps, 0, most, "steps of the whole run"),
        SM_OPTION_REAL(0, "epochs", &s->run.epochs, 0, 1e6,
                       "without --steps: so many times all samples of all sets"),
        SM_OPTION_INT(0, "stop-after", &s->stop_after, 0, most,
                      "end the session there; 0 = no"),
        SM_OPTION_INT(0, "length", &s->length, 2, 1 << 20, "tokens of a sequence"),
        SM_OPTION_INT(0, "batch", &s->batch, 1, 1 << 20, "sequences of a step"),
        SM_OPTION_INT(0, "leaf", &s->leaf, 1, 1 << 16,
                      "sequences computed at once; batch / leaf is a power of two"),
        SM_OPTION_INT(0, "seed", &s->seed, 0, most, "of weights and order"),
        SM_OPTION_CHOICE(0, "precision", &s->precision, "f32|bf16|auto",
                         "of matrix products; bf16 rounds what is multiplied and adds up in "
                         "f32: faster where the CPU has AVX512-BF16, which auto finds out"),
    };
    PUT(s, group);
}

static void put_optimizer(sm_train_settings *s)
{
    sm_train_options *const o = &s->run;
    const sm_option group[] = {
        SM_OPTION_CHOICE(0, "schedule", &s->schedule, "cosine|linear|constant|wsd",
                         "of the learning rate after the warm-up"),
        SM_OPTION_REAL(0, "lr", &o->schedule.lr, 0, 100, "learning rate after the warm-up"),
        SM_OPTION_REAL(0, "lr-min", &o->schedule.lr_min, 0, 100, "learning rate at the end"),
        SM_OPTION_REAL(0, "cooldown", &o->schedule.cooldown, 1e-6, 1,
                       "wsd: share of the steps in which it falls"),
        SM_OPTION_INT(0, "warmup", &s->warmup, 0, most, "steps of linear warm-up"),
        SM_OPTION_CHOICE(0, "optimizer", &s->optimizer, "adamw|muon",
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
    };
    PUT(s, group);
}

static void put_adapter(sm_train_settings *s)
{
    const sm_option group[] = {
        SM_OPTION_INT(0, "lora-rank", &s->lora_rank, 0, SM_LORA_RANKS,
                      "train a low-rank adapter of this rank beside the model; 0 = none"),
        SM_OPTION_REAL(0, "lora-alpha", &s->lora.alpha, 0, 1e6,
                       "its weight is alpha / rank; 0 = twice the rank"),
        SM_OPTION_REAL(0, "lora-dropout", &s->lora.dropout, 0, .99,
                       "share of its inputs that is dropped"),
        SM_OPTION_LIST(
            0, "lora-targets", &s->lora_targets, "NAME",
            "modules that get one (q_proj, mlp.up_proj); by default all linear maps"),
        SM_OPTION_CHOICE(0, "base", &s->base, "f32|bf16|int8",
                         "how the frozen model beside it is kept in memory"),
        SM_OPTION_FLAG(0, "rslora", &s->lora.rslora, "its weight is alpha / √rank"),
        SM_OPTION_LIST(
            0, "freeze", &s->freeze, "PATTERN",
            "parameters that stay as they are (model.layers.[0-3].*); !PATTERN takes "
            "back"),
    };
    PUT(s, group);
}

static void put_rhythm(sm_train_settings *s)
{
    const sm_option group[] = {
        SM_OPTION_INT(0, "eval-every", &s->eval_every, 0, most, "steps between validations"),
        SM_OPTION_INT(0, "valid-tokens", &s->valid_tokens, 0, most,
                      "about as many tokens a validation; 0 = all"),
        SM_OPTION_LIST(0, "watch", &s->watch, "NAME=DIR",
                       "other shards to score with each validation: what is forgotten"),
        SM_OPTION_LIST(0, "sample", &s->samples, "TEXT",
                       "let the model go on with it along the way: samples.jsonl"),
        SM_OPTION_INT(0, "sample-every", &s->sample_every, 0, most,
                      "steps between samples; 0 = with each validation"),
        SM_OPTION_INT(0, "patience", &s->patience, 0, most,
                      "stop after so many validations without a lower loss; 0 = never"),
        SM_OPTION_FLAG(0, "recompute", &s->run.recompute,
                       "blocks are computed again for backward: less memory"),
        SM_OPTION_INT(0, "save-every", &s->save_every, 0, most, "steps between checkpoints"),
        SM_OPTION_INT(0, "keep", &s->keep, 0, most,
                      "checkpoints kept beside the best; 0 = all"),
        SM_OPTION_INT(0, "log-every", &s->log_every, 1, most, "steps a line of metrics.jsonl"),
        SM_OPTION_FLAG(0, "verify-resume", &s->verify_resume,
                       "prove that a run which is stopped and resumed ends with the same bits; "
                       "--stop-after N: after N steps (3)"),
        SM_OPTION_INT('j', "threads", &s->io.threads, 0, 1024, "threads; 0 = the cores"),
        SM_OPTIONS_COMMON(&s->io),
        SM_NO_OPERANDS,
    };
    PUT(s, group);
}

void sm_train_settings_init(sm_train_settings *s)
{
    *s = (sm_train_settings){.schedule = "cosine",
                             .optimizer = "adamw",
                             .pack = "auto",
                             .base = "f32",
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
    s->precision = "f32";
    s->text = sm_buffer_make(1 << 20);
    put_data(s);
    put_size(s);
    put_optimizer(s);
    put_adapter(s);
    put_rhythm(s);
    s->table[s->n] = (sm_option)SM_OPTIONS_END;
}

void sm_train_settings_free(sm_train_settings *s)
{
    sm_buffer_free(&s->text);
    sm_arena_free(&s->arena);
}

/* ---- the command line ------------------------------------------------------------------------------ */

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

void sm_train_settings_parse(sm_train_settings *s, const sm_usage *usage, int argc, char **argv)
{
    const char *output = output_of(argc, argv);
    const char *kept = output ? sm_arena_printf(&s->arena, "%s/run.yaml", output) : NULL;
    if (kept && sm_file_exists(kept)) s->file = kept;
    sm_options_parse(usage, s->table, argc, argv);
}

/* ---- settings to a run ----------------------------------------------------------------------------- */

static const char *const *strings_of(sm_train_settings *s, const sm_list *list)
{
    const char **const all = sm_arena_alloc(&s->arena, (list->n + 1) * sizeof *all);
    for (size_t i = 0; i < list->n; i++)
        all[i] = list->items[i];
    all[list->n] = NULL;
    return all;
}

/* NAME=DIR; DIR alone is its own name. */
static void apply_watch(sm_train_settings *s)
{
    sm_watch *const all = sm_arena_alloc(&s->arena, (s->watch.n + 1) * sizeof *all);
    for (size_t i = 0; i < s->watch.n; i++) {
        const char *const given = s->watch.items[i], *const equals = strchr(given, '=');
        all[i] = (sm_watch){given, equals ? equals + 1 : given};
        if (equals)
            all[i].name = sm_arena_printf(&s->arena, "%.*s", (int)(equals - given), given);
    }
    s->run.watch = all;
    s->run.n_watch = s->watch.n;
}

static void apply_adapter(sm_train_settings *s)
{
    static const char *const all_linear[] = {"all-linear", NULL};
    if (s->freeze.n) s->run.freeze = strings_of(s, &s->freeze);
    if (s->lora_rank == 0) return;
    s->lora.rank = (uint32_t)s->lora_rank;
    if (s->lora.alpha <= 0.0) s->lora.alpha = 2.0 * (double)s->lora_rank;
    s->lora.targets = s->lora_targets.n ? strings_of(s, &s->lora_targets) : all_linear;
    s->run.lora = &s->lora;
}

static int convert(sm_train_settings *s, sm_error *err)
{
    sm_train_options *const o = &s->run;
    o->output = s->io.output;
    o->may_change = may_change;
    o->seed = (uint64_t)s->seed;
    o->length = (uint32_t)s->length;
    o->rows = (uint32_t)s->leaf;
    o->leaves = (uint32_t)(s->batch / s->leaf);
    o->steps = (uint64_t)s->steps;
    o->stop_after = (uint64_t)s->stop_after;
    o->schedule.warmup = (uint64_t)s->warmup;
    (void)sm_schedule_parse(s->schedule, &o->schedule.kind); /* only names come this far */
    (void)sm_pack_parse(s->pack, &o->pack);
    SM_TRY(sm_storage_find(s->base, &o->base, err));
    o->use_muon = strcmp(s->optimizer, "muon") == 0;
    o->muon.decay = o->adamw.decay;
    o->patience = (uint64_t)s->patience;
    o->eval_every = (uint64_t)s->eval_every;
    o->valid_tokens = (uint64_t)s->valid_tokens;
    o->sample_every = (uint64_t)s->sample_every;
    o->save_every = (uint64_t)s->save_every;
    o->keep = (uint64_t)s->keep;
    o->log_every = (uint64_t)s->log_every;
    o->threads = sm_threads(&s->io);
    return SM_OK;
}

/* The model's configuration: given, or that of the model to start from; with the ids that a map adds. */
static int read_model(sm_train_settings *s, sm_error *err)
{
    sm_train_options *const o = &s->run;
    uint32_t ids = 0;
    if (s->model)
        SM_TRY(sm_model_config_load(&o->model, s->model, err));
    else
        SM_TRY(sm_model_open(&o->model, o->init, err));
    if (!o->extend_map) return SM_OK;
    SM_TRY(sm_train_extended_size(o->extend_map, &ids, err));
    if (o->model.vocab_size < ids) o->model.vocab_size = ids;
    return SM_OK;
}

static int check(const sm_train_settings *s, sm_error *err)
{
    const bool model = s->model || s->run.init, steps = s->steps > 0 || s->run.epochs > 0.0;
    if (!s->data.n || !model || !s->io.output || !steps)
        SM_FAIL(err, SM_EUSAGE,
                "--data, --model (or --init), --steps (or --epochs) and -o are needed");
    if (s->batch % s->leaf)
        SM_FAIL(err, SM_EUSAGE, "--batch %lld is not a multiple of --leaf %lld",
                (long long)s->batch, (long long)s->leaf);
    if (s->samples.n && strcmp(s->base, "f32") != 0)
        SM_FAIL(err, SM_EUSAGE, "--sample needs --base f32: it merges the adapter");
    if (s->run.extend_map && !s->run.init)
        SM_FAIL(err, SM_EUSAGE, "--extend-map needs --init, the model that is extended");
    return SM_OK;
}

int sm_train_settings_apply(sm_train_settings *s, sm_error *err)
{
    SM_TRY(check(s, err));
    SM_TRY(sm_precision_find(s->precision, &s->run.precision, err));
    s->precision = sm_precision_name(s->run.precision); /* a resume elsewhere is no other run */
    sm_shard_sources_find(&s->run.data, s->data.items, s->data.n, &s->arena);
    sm_buffer_clear(&s->text);
    sm_options_write(s->table, &s->text);
    s->run.settings = sm_buffer_span(&s->text);
    SM_TRY(read_model(s, err));
    SM_TRY(convert(s, err));
    apply_watch(s);
    apply_adapter(s);
    return SM_OK;
}
