/* seimai-shard-split: one set of shards becomes two, training and validation, or several of equal size.
 * Training and validation are divided by the hash of the document's id, which does not change when the set grows.
 * SPDX-License-Identifier: MIT */
#include <seimai/options.h>
#include <seimai/shard_edit.h>

typedef struct config {
    const char *output;
    double validation;
    int64_t parts;
    sm_shards_form form;
} config;

static int split(const config *cfg, const char *dir, sm_error *err)
{
    const sm_shards_division division = {
        .validation = cfg->validation, .parts = (uint32_t)cfg->parts, .form = cfg->form};
    sm_shards *set = NULL;
    SM_TRY(sm_shards_open(&set, dir, err));
    const int status = sm_shards_split(cfg->output, set, &division, err);
    sm_shards_close(set);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.form.shard_tokens = 1 << 28};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_STRING('o', "output", &cfg.output, "DIR", "folder for the sets (needed)"),
        SM_OPTION_REAL(0, "validation", &cfg.validation, 0, 1,
                       "share of the documents that goes to valid/, the rest to train/"),
        SM_OPTION_INT(0, "parts", &cfg.parts, 1, 4096,
                      "or: part-00000/ …, of about the same number of tokens, in order"),
        SM_OPTION_INT(0, "shard-tokens", &cfg.form.shard_tokens, 1, INT32_MAX,
                      "most tokens of a shard, which ends with a document"),
        SM_OPTION_CHOICE(0, "compress", &cfg.form.compress, "none|zstd",
                         "zstd: tokens in frames of 1 MiB; default: as in the set"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-split",
        .operands = "-o DIR (--validation X | --parts N) [OPTION…] SET",
        .about = "Divide a set of shards.",
        .formats = "shards 1",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.output) return sm_usage_fail(&usage, "-o is needed: a folder for the sets");
    if ((cfg.validation > 0) == (cfg.parts > 0))
        return sm_usage_fail(&usage, "one of --validation and --parts is needed");
    if (io.files.n != 1) return sm_usage_fail(&usage, "one folder of shards is needed");
    return sm_leave(&usage, split(&cfg, io.files.items[0], &err), &err);
}
