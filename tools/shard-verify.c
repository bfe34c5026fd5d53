/* seimai-shard-verify: reads all of a set of shards and names what is damaged.
 * Checksums of every block and section, the index, every id, and the end tokens; each faulty shard is
 * named with the file and the place of its first fault.
 * SPDX-License-Identifier: MIT */
#include <seimai/options.h>
#include <seimai/runner.h>
#include <seimai/shard.h>

static int verify_set(const sm_usage *usage, const sm_io *io, const char *dir, sm_error *err)
{
    sm_shards *set = NULL;
    SM_TRY(sm_shards_open(&set, dir, err));
    const sm_shards_info *info = sm_shards_about(set);
    sm_error *faults = sm_calloc(info->n_shards, sizeof *faults);
    int status = sm_shards_verify(set, sm_threads(io), faults);
    for (size_t i = 0; i < info->n_shards; i++)
        if (faults[i].code) sm_note(usage, "%s", faults[i].text);
    if (status == SM_OK) status = sm_shards_complete(set, err);
    if (status == SM_OK && !io->quiet)
        sm_note(usage, "%s: %llu tokens in %zu shard%s: sound", dir,
                (unsigned long long)info->tokens, info->n_shards,
                info->n_shards == 1 ? "" : "s");
    sm_free(faults);
    sm_shards_close(set);
    return status;
}

int main(int argc, char **argv)
{
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_INT('j', "threads", &io.threads, 0, 1024, "threads; 0 = the cores"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-verify",
        .operands = "[OPTION…] DIR…",
        .about = "Check every byte of sets of shards.",
    };
    int status = SM_OK;

    sm_options_parse(&usage, options, argc, argv);
    if (io.files.n == 0) return sm_usage_fail(&usage, "a folder of shards is needed");
    for (size_t i = 0; i < io.files.n; i++) {
        sm_error err = {0};
        const int here = verify_set(&usage, &io, io.files.items[i], &err);
        if (err.code) sm_note(&usage, "%s", err.text);
        if (status == SM_OK) status = here;
    }
    return sm_exit_status(status);
}
