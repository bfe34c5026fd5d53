/* seimai-dedup-index: looks after what seimai-dedup --index remembers.
 * info tells what an index holds (--check reads all of it and compares every checksum); remove takes documents
 * back, so that they no longer count as seen; compact rewrites the files without them, as one run of a kind.
 * SPDX-License-Identifier: MIT */
#include <seimai/dedup_index.h>
#include <seimai/file.h>
#include <seimai/options.h>

#include <string.h>

typedef struct config {
    sm_io io;
    bool check;
    int64_t generation, memory;
    const char *ids;
} config;

static int info(const config *cfg, const char *folder, sm_error *err)
{
    sm_buffer json = sm_buffer_make((size_t)1 << 29);
    int status = sm_dedup_index_info(folder, cfg->check, &json, err);
    sm_buffer_putc(&json, '\n');
    if (status == SM_OK) status = sm_file_write(NULL, sm_buffer_span(&json), err);
    sm_buffer_free(&json);
    return status;
}

/* One id a line, as it stands there. */
static size_t split_lines(sm_span text, sm_span **lines)
{
    size_t n = 0, cap = 0;
    while (text.n > 0) {
        const char *lf = memchr(text.p, '\n', text.n);
        const size_t length = lf ? (size_t)(lf - text.p) : text.n;
        *lines = sm_array_grow(*lines, n, &cap, sizeof **lines);
        (*lines)[n++] = (sm_span){text.p, length};
        text.p += length + (lf != NULL);
        text.n -= length + (lf != NULL);
    }
    return n;
}

static int withdraw(const config *cfg, const char *folder, sm_error *err)
{
    sm_buffer text = sm_buffer_make((size_t)1 << 32);
    sm_span *ids = NULL;
    uint64_t removed = 0;
    if (!cfg->ids && cfg->generation == 0)
        SM_FAIL(err, SM_EUSAGE, "remove: say what: --ids FILE or --generation N");
    int status = cfg->ids ? sm_file_read(cfg->ids, &text, err) : SM_OK;
    if (status == SM_OK) {
        const size_t n = split_lines(sm_buffer_span(&text), &ids);
        const sm_dedup_withdrawn which = {ids, n, (uint64_t)cfg->generation};
        status = sm_dedup_index_remove(folder, &which, &removed, err);
    }
    if (status == SM_OK && !cfg->io.quiet)
        sm_note(cfg->io.usage, "%s: %llu documents no longer count as seen", folder,
                (unsigned long long)removed);
    sm_free(ids);
    sm_buffer_free(&text);
    return status;
}

static int compact(const config *cfg, const char *folder, sm_error *err)
{
    return sm_dedup_index_compact(folder, (size_t)cfg->memory, err);
}

static const struct {
    const char *name;
    int (*run)(const config *cfg, const char *folder, sm_error *err);
} verbs[] = {{"info", info}, {"remove", withdraw}, {"compact", compact}};

int main(int argc, char **argv)
{
    config cfg = {.memory = (int64_t)1 << 30};
    const sm_option options[] = {
        SM_OPTION_FLAG(0, "check", &cfg.check, "info: read everything, compare every checksum"),
        SM_OPTION_STRING(0, "ids", &cfg.ids, "FILE",
                         "remove: the documents with these ids, one a line"),
        SM_OPTION_INT(0, "generation", &cfg.generation, 0, INT64_MAX / 1024,
                      "remove: what generation N kept; 0: none"),
        SM_OPTION_SIZE(0, "memory", &cfg.memory, 1 << 20, (int64_t)1 << 50,
                       "compact: most memory"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "dedup-index",
        .operands = "info|remove|compact [OPTION…] DIR",
        .about = "Look after an index of seimai-dedup: what it holds, taking documents back, "
                 "making it small.",
        .more = "  seimai dedup index info DIR\n"
                "  seimai dedup index remove --generation 3 DIR\n"
                "  seimai dedup index compact DIR",
        .formats = "dedup index 1",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n != 2) return sm_usage_fail(&usage, "a verb and a folder are needed");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(cfg.io.files.items[0], verbs[i].name) != 0) continue;
        return sm_leave(&usage, verbs[i].run(&cfg, cfg.io.files.items[1], &err), &err);
    }
    return sm_usage_fail(&usage, "no verb '%s'", cfg.io.files.items[0]);
}
