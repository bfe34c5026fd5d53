/* seimai-shard-export: a set of shards in the form that another trainer reads.
 * SPDX-License-Identifier: MIT */
#include <seimai/options.h>
#include <seimai/shard_export.h>

static int export_set(const char *dir, const sm_shards_export_options *o, sm_error *err)
{
    sm_shards *set = NULL;
    SM_TRY(sm_shards_open(&set, dir, err));
    const int status = sm_shards_export(set, o, err);
    sm_shards_close(set);
    return status;
}

int main(int argc, char **argv)
{
    sm_shards_export_options o = {0};
    int64_t file_tokens = 0;
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "to", &o.to, "megatron|datatrove|nanogpt|llmc|numpy|mds",
                         "the form (needed)"),
        SM_OPTION_STRING('o', "output", &o.dir, "DIR", "folder for the files (needed)"),
        SM_OPTION_STRING(0, "name", &o.name, "NAME",
                         "beginning of the files' names; default: as in the set"),
        SM_OPTION_FLAG(0, "drop-mask", &o.drop_mask,
                       "export a set with a mask to a form that has no place for it"),
        SM_OPTION_INT(0, "file-tokens", &file_tokens, 0, (1 << 30) - 1,
                      "llmc: most tokens of a file; 0: 2^30 - 1"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-export",
        .operands = "--to FORM -o DIR [OPTION…] SET",
        .about = "Write shards in the form of another trainer.",
        .more = "megatron   NAME.bin, NAME.idx            Megatron-LM\n"
                "datatrove  NAME.ds, .index, .loss …      datatrove, nanotron\n"
                "nanogpt    NAME.bin                      bare u16\n"
                "llmc       NAME_000000.bin …             llm.c\n"
                "numpy      NAME.npy, NAME.ends.npy       tokens, ends of documents\n"
                "mds        shard.00000.mds, index.json   MosaicML Streaming\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!o.to) return sm_usage_fail(&usage, "--to is needed");
    if (!o.dir) return sm_usage_fail(&usage, "-o is needed: a folder for the files");
    if (io.files.n != 1) return sm_usage_fail(&usage, "one folder of shards is needed");
    o.file_tokens = (uint64_t)file_tokens;
    return sm_leave(&usage, export_set(io.files.items[0], &o, &err), &err);
}
