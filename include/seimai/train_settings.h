/* seimai/train_settings.h - the options of a training run: one table for the command line and for run.yaml.
 * SPDX-License-Identifier: MIT
 *
 * Every tool that trains reads the same settings under the same names (FORMATS, "Models and runs"): the long options of
 * the table here are the keys of run.yaml, and what the table does not say has no effect on a run.
 *
 *     sm_train_settings s;
 *     sm_train_settings_init(&s);                            (defaults, and the table that points at them)
 *     sm_train_settings_parse(&s, &usage, argc, argv);       (the command line; run.yaml of -o)
 *     if (sm_train_settings_apply(&s, &err) == 0) … sm_train(&s.run, &hooks, &err) …
 *     sm_train_settings_free(&s);
 *
 * Nouns
 *   setting   a variable of sm_train_settings, and the line of the table that describes it
 *   run       what sm_train takes: numbers converted, the model's config.json read, data folders found
 *
 * To add a setting: a field here (or in sm_train_options, where no conversion is needed), a line in one of the groups of
 * train_settings.c, and, where a field is converted, a line in sm_train_settings_apply.
 *
 * Ownership: the struct holds pointers into itself and must stay where sm_train_settings_init found it. Strings point into
 * argv, or live as long as the process. Threads: it belongs to one. */
#ifndef SEIMAI_TRAIN_SETTINGS_H
#define SEIMAI_TRAIN_SETTINGS_H

#include <seimai/options.h>
#include <seimai/train.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SM_TRAIN_SETTINGS_MOST = 80 }; /* lines of the table */

typedef struct sm_train_settings {
    /* As the user writes them; those that need no conversion lie in `run` at once. */
    const char *file;      /* --config, or run.yaml of an existing run */
    const char *precision; /* after sm_train_settings_apply never "auto" */
    const char *model, *schedule, *optimizer, *pack, *base;
    sm_list data;    /* DIR or DIR=WEIGHT */
    sm_list watch;   /* NAME=DIR or DIR */
    sm_list samples; /* texts to go on with along the way: the tool's */
    sm_list freeze;  /* patterns */
    sm_list lora_targets;
    int64_t lora_rank;  /* 0: no adapter */
    sm_lora lora;       /* what needs no conversion is read into it */
    bool verify_resume; /* the tool's */
    int64_t seed, length, batch, leaf, steps, stop_after, warmup, patience;
    int64_t eval_every, valid_tokens, save_every, keep, log_every, sample_every;
    sm_io io; /* -o, -j, -q, -v */

    sm_train_options run; /* complete after sm_train_settings_apply */

    sm_option table[SM_TRAIN_SETTINGS_MOST]; /* what sm_options_parse reads */
    size_t n;                                /* of its lines; the end follows */
    sm_arena arena;
    sm_buffer text; /* run.settings */
} sm_train_settings;

/* sm_train_settings_init sets the defaults and makes the table. */
SM_API void sm_train_settings_init(sm_train_settings *settings);
/* sm_train_settings_parse reads the command line (seimai/options.h: wrong usage ends the process with 2). A folder -o with
 * a run.yaml brings its own settings along, which the command line beats. */
SM_API void sm_train_settings_parse(sm_train_settings *settings, const sm_usage *usage,
                                    int argc, char **argv);
/* sm_train_settings_apply completes `run`: reads the model's configuration, finds the data, resolves the text of run.yaml.
 * SM_EUSAGE for settings that are missing or do not fit each other; SM_ENOENT and SM_EFORMAT for config.json. */
SM_API int sm_train_settings_apply(sm_train_settings *settings, sm_error *err) SM_MUST_USE;
SM_API void sm_train_settings_free(sm_train_settings *settings);

#ifdef __cplusplus
}
#endif
#endif
