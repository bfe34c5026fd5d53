/* seimai-shard-merge: several sets of shards become one, in the order in which they are named.
 * They must have been made with one tokenizer. A document that was cut between two shards is one again, unless it
 * is longer than a shard of the new set. SPDX-License-Identifier: MIT */
#include <seimai/options.h>
#include <seimai/shard_edit.h>

typedef struct config {
    const char *output;
    sm_shards_form form;
} config;

static int merge(const config *cfg, const sm_list *dirs, sm_error *err)
{
    sm_shards **const sets = sm_calloc(dirs->n, sizeof(sm_shards *));
    int status = SM_OK;
    for (size_t i = 0; i < dirs->n && status >= 0; i++)
        status = sm_shards_open(&sets[i], dirs->items[i], err);
    if (status >= 0) status = sm_shards_merge(cfg->output, &cfg->form, sets, dirs->n, err);
    for (size_t i = 0; i < dirs->n; i++)
        sm_shards_close(sets[i]);
    sm_free(sets);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.form.shard_tokens = 1 << 28};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_STRING('o', "output", &cfg.output, "DIR", "folder for the set (needed)"),
        SM_OPTION_STRING(0, "name", &cfg.form.name, "NAME",
                         "beginning of the files' names; default: as in the first set"),
        SM_OPTION_INT(0, "shard-tokens", &cfg.form.shard_tokens, 1, INT32_MAX,
                      "most tokens of a shard, which ends with a document"),
        SM_OPTION_CHOICE(0, "compress", &cfg.form.compress, "none|zstd",
                         "zstd: tokens in frames of 1 MiB; default: as in the first set"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-merge",
        .operands = "-o DIR [OPTION…] SET…",
        .about = "Join sets of shards into one.",
        .formats = "shards 1",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.output) return sm_usage_fail(&usage, "-o is needed: a folder for the shards");
    if (io.files.n == 0) return sm_usage_fail(&usage, "a folder of shards is needed");
    return sm_leave(&usage, merge(&cfg, &io.files, &err), &err);
}
