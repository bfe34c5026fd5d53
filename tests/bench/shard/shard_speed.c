/* What the shard room costs, in CPU time of the process: writing from ids in memory, verifying, windows in the order of
 * training, and opening a set of 10,000 shards.
 *   shard_speed SET SCRATCH     prints one JSON object; SET gives the tokens, SCRATCH is a folder that it may fill
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/order.h>
#include <seimai/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { T = 1024, MANY_SHARDS = 10000, ROUNDS = 3, COPIES = 8 };

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int status, const sm_error *err)
{
    if (status >= 0) return;
    (void)fprintf(stderr, "shard_speed: %s\n", err->text);
    exit(1);
}

static sm_shards *open_set(const char *dir)
{
    sm_shards *set = NULL;
    sm_error err = {0};
    must(sm_shards_open(&set, dir, &err), &err);
    return set;
}

/* ---- writing ---------------------------------------------------------------------------------- */

/* The documents of a set, whose tokens are `ids`, into a new set, so often that it does not fit into the cache of
 * frames; CPU seconds. */
static double write_set(const sm_shards *from, const uint32_t *ids, const char *dir,
                        const char *compress)
{
    const sm_shards_info *const info = sm_shards_about(from);
    const sm_shard_options o = {.dir = dir,
                                .vocab_size = info->vocab_size,
                                .eot = info->eot,
                                .bos = -1,
                                .pad = -1,
                                .shard_tokens = 1 << 28,
                                .compress = compress};
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    const double start = now();
    must(sm_shard_writer_open(&w, &o, &err), &err);
    for (uint64_t n = 0; n < COPIES * info->sequences; n++) {
        const uint64_t i = n % info->sequences;
        sm_shards_doc doc;
        must(sm_shards_document(from, i, &doc, &err), &err);
        const sm_shard_doc d = {.id = doc.id, .ids = ids + doc.first, .n = (size_t)doc.n - 1};
        must(sm_shard_writer_append(w, &d, &err), &err);
    }
    must(sm_shard_writer_commit(w, true, &err), &err);
    return now() - start;
}

static double file_bytes(const sm_shards *set)
{
    double n = 0;
    for (size_t i = 0; i < set->manifest.info.n_shards; i++)
        n += (double)set->manifest.shards[i].files[FILE_BIN].bytes;
    return n;
}

/* ---- reading ---------------------------------------------------------------------------------- */

static double verify_set(const sm_shards *set)
{
    sm_error faults[64] = {0};
    const double start = now();
    must(sm_shards_verify(set, 1, faults), &faults[0]);
    return now() - start;
}

static double read_windows(const sm_shards *set, uint64_t n, bool shuffled)
{
    static uint32_t input[T], target[T];
    static float weight[T];
    const sm_sampling s = {1, sm_shards_about(set)->tokens, T};
    const double start = now();
    for (uint64_t i = 0; i < n; i++) {
        uint64_t epoch = 0;
        sm_windows w;
        const uint64_t window = sm_sampling_window(&s, i, &epoch, &w);
        sm_shards_window(set, &w, shuffled ? window : i % sm_windows_count(&w), input, target,
                         weight);
    }
    return now() - start;
}

/* ---- 10,000 shards ------------------------------------------------------------------------------ */

/* One small shard under 10,000 names, with a manifest that lists them all. */
static void make_many(const char *dir)
{
    static const uint32_t ids[] = {5, 6, 7};
    const sm_shard_options o = {
        .dir = dir, .vocab_size = 1000, .eot = 0, .bos = -1, .pad = -1, .shard_tokens = 1000};
    const sm_shard_doc doc = {.id = SM_SPAN("d"), .ids = ids, .n = 3};
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    must(sm_shard_writer_open(&w, &o, &err), &err);
    must(sm_shard_writer_append(w, &doc, &err), &err);
    must(sm_shard_writer_commit(w, true, &err), &err);
    sm_shards *const set = open_set(dir);
    manifest m = set->manifest;
    m.shards = sm_calloc(MANY_SHARDS, sizeof *m.shards);
    for (size_t i = 0; i < MANY_SHARDS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "shard-%05zu", i);
        m.shards[i] = set->manifest.shards[0];
        m.shards[i].name = sm_strdup(sm_span_of(name));
        for (int k = 0; k < FILE_KINDS && i > 0; k++) {
            char *const from = path_join(dir, "shard-00000", file_keys[k]);
            char *const to = path_join(dir, name, file_keys[k]);
            if (link(from, to) != 0) exit(1);
            sm_free(from);
            sm_free(to);
        }
    }
    m.info.n_shards = MANY_SHARDS;
    m.info.tokens *= MANY_SHARDS;
    m.info.documents = m.info.sequences = MANY_SHARDS;
    sm_buffer json = sm_buffer_make(1 << 28);
    manifest_encode(&m, &json);
    char *const path = path_join(dir, "manifest", "json");
    must(sm_file_write(path, sm_buffer_span(&json), &err), &err);
    sm_free(path);
    sm_buffer_free(&json);
    for (size_t i = 0; i < MANY_SHARDS; i++)
        sm_free(m.shards[i].name);
    sm_free(m.shards);
    sm_shards_close(set);
}

static double open_many(const char *dir)
{
    const double start = now();
    sm_shards_close(open_set(dir));
    return now() - start;
}

static double smaller(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

static void print_kind(const char *name, const sm_shards *set, const double best[4], uint64_t n)
{
    const double tokens = (double)sm_shards_about(set)->tokens;
    const double bytes = tokens * sm_shards_about(set)->token_bytes;
    (void)printf(
        "\"%s\": {\"stored_bytes\": %.0f, \"write_mb_s\": %.1f, \"verify_mb_s\": %.1f, "
        "\"windows_s\": %.0f, \"shuffled_tokens_s\": %.0f, \"sequential_tokens_s\": "
        "%.0f}, ",
        name, file_bytes(set), bytes / best[0] / 1e6, bytes / best[1] / 1e6,
        (double)n / best[2], (double)n * T / best[2], (double)n * T / best[3]);
}

int main(int argc, char **argv)
{
    static const char *const kinds[2] = {"none", "zstd"};
    if (argc != 3) return 2;
    sm_shards *const from = open_set(argv[1]);
    const uint64_t tokens = sm_shards_about(from)->tokens;
    uint32_t *const ids = sm_malloc(tokens * sizeof *ids);
    sm_shards_read(from, 0, tokens, ids);
    (void)printf("{\"tokens\": %llu, \"copies\": %d, \"token_bytes\": %u, ",
                 (unsigned long long)tokens, COPIES, sm_shards_about(from)->token_bytes);
    double best[2][4] = {{0}};
    for (int round = 0; round < ROUNDS; round++)
        for (int k = 0; k < 2; k++) {
            char dir[1024];
            (void)snprintf(dir, sizeof dir, "%s/%s-%d", argv[2], kinds[k], round);
            best[k][0] = smaller(best[k][0], write_set(from, ids, dir, kinds[k]));
            sm_shards *const set = open_set(dir);
            const uint64_t n = k == 0 ? 20000 : 2000;
            best[k][1] = smaller(best[k][1], verify_set(set));
            best[k][2] = smaller(best[k][2], read_windows(set, n, true));
            best[k][3] = smaller(best[k][3], read_windows(set, n, false));
            if (round == ROUNDS - 1) print_kind(k ? "zstd" : "plain", set, best[k], n);
            sm_shards_close(set);
        }
    char many[1024];
    double opened = 0;
    (void)snprintf(many, sizeof many, "%s/many", argv[2]);
    make_many(many);
    for (int round = 0; round < ROUNDS; round++)
        opened = smaller(opened, open_many(many));
    (void)printf("\"open_10000_s\": %.3f}\n", opened);
    sm_free(ids);
    sm_shards_close(from);
    return 0;
}
