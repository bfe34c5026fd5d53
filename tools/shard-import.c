/* seimai-shard-import: shards from tokens that another program made, without a tokenizer.
 * SPDX-License-Identifier: MIT */
#include <seimai/options.h>
#include <seimai/shard.h>

#include <string.h>

typedef struct config {
    const char *from, *output, *name, *kind, *compress;
    int64_t vocab, eot, shard_tokens;
} config;

static int import_file(const config *cfg, sm_shard_writer *w, const char *path, sm_error *err)
{
    if (strcmp(cfg->from, "ids") == 0) return sm_import_ids(w, path, err);
    if (strcmp(cfg->from, "llmc") == 0) return sm_import_llmc(w, path, cfg->eot, err);
    if (strcmp(cfg->from, "datatrove") == 0) return sm_import_datatrove(w, path, cfg->eot, err);
    if (strcmp(cfg->from, "megatron") == 0) return sm_import_megatron(w, path, cfg->eot, err);
    const unsigned token_bytes = strcmp(cfg->from, "u32") == 0 ? 4 : 2;
    return sm_import_raw(w, path, token_bytes, cfg->eot, err);
}

static int import_all(const config *cfg, const sm_list *files, sm_error *err)
{
    const sm_shard_options o = {.dir = cfg->output,
                                .name = cfg->name,
                                .kind = cfg->kind,
                                .vocab_size = (uint32_t)cfg->vocab,
                                .eot = cfg->eot,
                                .bos = cfg->eot,
                                .pad = -1,
                                .shard_tokens = cfg->shard_tokens,
                                .compress = cfg->compress};
    sm_shard_writer *w = NULL;
    SM_TRY(sm_shard_writer_open(&w, &o, err));
    int status = SM_OK;
    for (size_t i = 0; i < files->n && status >= 0; i++)
        status = import_file(cfg, w, files->items[i], err);
    if (status >= 0) return sm_shard_writer_commit(w, true, err);
    sm_shard_writer_abort(w);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.from = "ids",
                  .name = "shard",
                  .kind = "text",
                  .eot = -1,
                  .shard_tokens = 1 << 28,
                  .compress = "none"};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "from", &cfg.from, "ids|nanogpt|u16|u32|llmc|datatrove|megatron",
                         "ids: JSONL with lists; nanogpt = u16, u32: bare tokens"),
        SM_OPTION_CHOICE(0, "kind", &cfg.kind, "text|chat|pair|seq2seq",
                         "what the documents are; all but text have targets"),
        SM_OPTION_INT(0, "vocab", &cfg.vocab, 1, INT32_MAX, "size of the vocabulary (needed)"),
        SM_OPTION_INT(0, "eot", &cfg.eot, -1, INT32_MAX,
                      "id that ends a document; -1: the data are one document"),
        SM_OPTION_STRING('o', "output", &cfg.output, "DIR", "folder for the shards (needed)"),
        SM_OPTION_STRING(0, "name", &cfg.name, "NAME", "beginning of the files' names"),
        SM_OPTION_INT(0, "shard-tokens", &cfg.shard_tokens, 1, INT32_MAX,
                      "most tokens of a shard, which ends with a document"),
        SM_OPTION_CHOICE(0, "compress", &cfg.compress, "none|zstd",
                         "zstd: tokens in frames of 1 MiB, which training reads directly"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-import",
        .operands = "--vocab N -o DIR [OPTION…] FILE…",
        .about = "Make shards of tokens that another program made.",
        .more = "A line of --from ids:\n"
                "  {\"id\": \"a\", \"ids\": [5, 6], \"targets\": [0, 1], \"text_bytes\": 9}\n"
                "All but ids may be missing; targets tell what counts in the loss.\n"
                "datatrove: NAME.ds, with .index, .metadata and .loss beside it\n"
                "megatron:  NAME.bin, with NAME.idx\n",
        .formats = "shards 1",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.vocab) return sm_usage_fail(&usage, "--vocab is needed");
    if (!cfg.output) return sm_usage_fail(&usage, "-o is needed: a folder for the shards");
    if (io.files.n == 0) return sm_usage_fail(&usage, "a file of tokens is needed");
    return sm_leave(&usage, import_all(&cfg, &io.files, &err), &err);
}
