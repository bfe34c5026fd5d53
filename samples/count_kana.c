/* A whole streaming tool: how much of each document is kana?
 * Reads documents, writes `metadata.kana` (a share), and drops what has less than --min of it. Threads, bad
 * records, rejects, statistics, progress and the exit status are the runner's.
 *
 *     cc count_kana.c $(pkg-config --cflags --libs seimai) -o count-kana
 *     ./count-kana --min 0.1 --rejects why.jsonl < documents.jsonl
 *
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/runner.h>
#include <seimai/script.h>

typedef struct config {
    double min;
} config;

static int measure(void *shared, sm_doc *doc, sm_error *err)
{
    const config *cfg = shared;
    sm_script_counts counts = {0};
    (void)err;
    sm_script_count(sm_doc_text(doc), &counts);
    const uint64_t kana = counts.of[SM_HIRAGANA] + counts.of[SM_KATAKANA];
    const double share = counts.characters ? (double)kana / (double)counts.characters : 0;
    if (share < cfg->min) return sm_doc_drop(doc, "kana-share", share, cfg->min);

    sm_buffer json = sm_buffer_make(64);
    sm_json_real(&json, share);
    sm_doc_set_meta(doc, "kana", sm_arena_copy(doc->arena, sm_buffer_span(&json)));
    sm_buffer_free(&json);
    return SM_KEEP;
}

int main(int argc, char **argv)
{
    config cfg = {.min = 0};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_REAL(0, "min", &cfg.min, 0, 1, "least share of kana"),
        SM_OPTIONS_IO(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "count-kana",
                            .operands = "[OPTION…] [FILE…]",
                            .about = "Write each document's share of kana."};
    const sm_job job = {.shared = &cfg, .map = measure};
    sm_stats stats;
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    const int status = sm_run(&io, &job, &stats, &err);
    return sm_finish(&io, &job, status, &stats, &err);
}
