/* seimai-dedup-match: the second of three stages of removing duplicates from many files.
 * Finds, band by band, which documents share a key, and then decides which of them go. A band is a file of its own, so
 * that bands divide over machines (--bands 0-6) and a finished one is skipped. Without --bands, or once all bands
 * are there, writes NAME.match for each file. Next: seimai-dedup-apply. SPDX-License-Identifier: MIT */
#include <seimai/dedup_batch.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/parallel.h>
#include <seimai/runner.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *bands, *keep, *cluster;
    double threshold;
    int64_t bucket_cap;
    int first, last; /* bands to find; -1, -2: equal texts, equal URLs */
    sm_match_options options;
    sm_match_job *job;
} config;

/* "0-6", "3"; without --bands all of them. Equal texts and URLs go with band 0. */
static int choose_bands(config *cfg, sm_error *err)
{
    const int bands = (int)sm_match_bands(cfg->job);
    cfg->first = -2;
    cfg->last = bands - 1;
    if (!cfg->bands) return SM_OK;
    int64_t from = 0, to = 0;
    const size_t n = strcspn(cfg->bands, "-");
    const bool is_range = cfg->bands[n] == '-';
    const bool good =
        sm_span_to_i64((sm_span){cfg->bands, n}, &from) &&
        sm_span_to_i64(sm_span_of(is_range ? cfg->bands + n + 1 : cfg->bands), &to);
    if (!good || from < 0 || to < from || to >= (bands > 0 ? bands : 1))
        SM_FAIL(err, SM_EUSAGE, "--bands %s: FIRST-LAST of 0-%d", cfg->bands,
                bands > 0 ? bands - 1 : 0);
    cfg->first = from == 0 ? -2 : (int)from;
    cfg->last = bands > 0 ? (int)to : -1;
    return SM_OK;
}

static int find_band(void *shared, unsigned worker, size_t i, sm_error *err)
{
    (void)worker;
    const config *cfg = shared;
    bool done = false;
    return sm_match_band(cfg->job, cfg->first + (int)i, &done, err);
}

/* How many bands another machine still has to find. */
static int missing_bands(const config *cfg, int *missing, sm_error *err)
{
    *missing = 0;
    for (int band = -2; band < (int)sm_match_bands(cfg->job); band++) {
        const int has = sm_match_has_band(cfg->job, band, err);
        if (has < 0) return has;
        *missing += !has;
    }
    return SM_OK;
}

static int write_stats(const config *cfg, const sm_match_counts *c, sm_error *err)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"documents", c->documents},
                  {"flagged", c->flagged},
                  {"any_band", c->any_band},
                  {"kept", c->kept},
                  {"exact", c->exact},
                  {"near", c->near},
                  {"url", c->url},
                  {"clusters", c->clusters},
                  {"candidates", c->candidates},
                  {"verified", c->verified},
                  {"capped", c->capped}};
    sm_buffer b = sm_buffer_make(1 << 16);
    sm_json_open(&b, '{');
    sm_json_put_string(&b, "tool", SM_SPAN("dedup-match"));
    sm_json_put_text(&b, "cluster", cfg->cluster);
    sm_json_put_text(&b, "keep", cfg->keep);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        sm_json_put_uint(&b, counts[i].name, counts[i].value);
    }
    sm_json_close(&b, '}');
    sm_buffer_putc(&b, '\n');
    const int status = sm_file_write(cfg->io.stats, sm_buffer_span(&b), err);
    sm_buffer_free(&b);
    return status;
}

static int decide(const config *cfg, sm_error *err)
{
    sm_match_counts c;
    SM_TRY(sm_match_decide(cfg->job, &c, err));
    if (!cfg->io.quiet)
        sm_note(
            cfg->io.usage,
            "%llu documents: %llu stay, %llu are equal and %llu similar to one of %llu that "
            "stay (%s)",
            (unsigned long long)c.documents, (unsigned long long)c.kept,
            (unsigned long long)c.exact, (unsigned long long)c.near,
            (unsigned long long)c.clusters, cfg->cluster);
    return cfg->io.stats ? write_stats(cfg, &c, err) : SM_OK;
}

static int run(config *cfg, sm_error *err)
{
    sm_match_options *o = &cfg->options;
    SM_TRY(sm_preference_parse(cfg->keep, &o->preference, err));
    o->cluster = cfg->cluster[0] == 't' ? SM_CLUSTER_TRANSITIVE : SM_CLUSTER_GREEDY;
    o->threshold = cfg->threshold;
    o->bucket_cap = (unsigned)cfg->bucket_cap;
    o->memory = (size_t)cfg->io.memory;
    o->threads = sm_threads(&cfg->io);
    SM_TRY(
        sm_match_open(&cfg->job, cfg->io.files.items, cfg->io.files.n, cfg->io.output, o, err));
    SM_TRY(choose_bands(cfg, err));
    const size_t n = (size_t)(cfg->last - cfg->first + 1);
    SM_TRY(sm_parallel(o->threads, n, find_band, cfg, err));
    if (!cfg->bands) return decide(cfg, err);
    int missing = 0;
    SM_TRY(missing_bands(cfg, &missing, err));
    if (missing == 0)
        sm_note(cfg->io.usage, "all bands are there: run match without --bands to decide");
    return SM_OK;
}

int main(int argc, char **argv)
{
    config cfg = {.keep = "first", .cluster = "greedy"};
    const sm_option options[] = {
        SM_OPTION_STRING(
            0, "bands", &cfg.bands, "FIRST-LAST",
            "find only these bands, and decide nothing: for dividing over machines"),
        SM_OPTION_CHOICE(0, "cluster", &cfg.cluster, "greedy|transitive",
                         "what goes: what matches one that stays, or all but one of a chain"),
        SM_OPTION_STRING(0, "keep", &cfg.keep, "WHICH",
                         "which stays: first, longest, newest=FIELD or best=FIELD"),
        SM_OPTION_REAL('t', "threshold", &cfg.threshold, 0, 1,
                       "least similarity of a duplicate; 0: as signed"),
        SM_OPTION_INT(0, "bucket-cap", &cfg.bucket_cap, 0, 1000000,
                      "representatives a bucket; 0: as signed"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "dedup-match",
        .operands = "[OPTION…] SIGNATURES… -o FOLDER",
        .about = "Find and decide duplicates among signed files (folders, or NAME.sig).",
        .more =
            "The order of the documents is that of the files as given, in a folder by name.\n"
            "Next: seimai dedup apply --matches FOLDER FILE…",
        .formats = "bands 1, matches 1"};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    cfg.io.usage = &usage;
    if (cfg.io.files.n == 0) return sm_usage_fail(&usage, "name the SIGNATURES");
    if (!cfg.io.output) return sm_usage_fail(&usage, "name a folder: -o FOLDER");
    if (cfg.io.rejects || cfg.io.end_record || cfg.io.require_end)
        return sm_usage_fail(&usage, "no documents pass through here: --rejects and the end "
                                     "record belong to dedup-sign and dedup-apply");
    const int status = run(&cfg, &err);
    sm_match_close(cfg.job);
    return sm_leave(&usage, status, &err);
}
