/* seimai-dedup: duplicates leave, the first one seen stays.
 * A document goes if its text equals that of an earlier kept one, or if it shares at least --threshold of its
 * shingles with one (Jaccard similarity, found by MinHash-LSH and then computed exactly). Texts are signed and
 * compared in parallel; what stays is decided in input order, so that it is the same for any number of threads.
 * What outgrows --memory goes to disk. With --index DIR all earlier runs count as seen, and this one becomes part
 * of the index when the output gets its name. SPDX-License-Identifier: MIT */
#include <seimai/contamination.h>
#include <seimai/dedup_settings.h>
#include <seimai/file.h>
#include <seimai/runner.h>

#include <string.h>
#include <sys/stat.h>

typedef struct config {
    sm_io io;
    sm_dedup_settings settings;
    const char *tmp, *audit_path, *index_path, *cluster, *keep;
    bool tag;
    sm_list against;
    const char *against_key;
    int64_t against_chars;
    double against_share;
    sm_dedup *dedup;
    sm_dedup_index *index; /* owns dedup, where there is one */
    sm_hasher *input;      /* with an index: what was read */
    sm_side *audit;
    sm_arena arena;
} config;

enum { BASE_MEMORY = 6 << 20, BLOCK_MEMORY = 11 << 20, READER_MEMORY = 5 << 20 };

/* ---- the steps ------------------------------------------------------------------------------ */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    const config *cfg = shared;
    return sm_dedup_signer_new(cfg->dedup);
}

static void worker_free(void *worker)
{
    sm_dedup_signer_free(worker);
}

static int sign(void *worker, sm_doc *doc, sm_error *err)
{
    (void)err;
    sm_dedup_item *item = sm_arena_alloc(doc->arena, sizeof *item);
    sm_span url = {0};
    sm_dedup_sign(worker, sm_doc_text(doc), doc->arena, item);
    if (sm_dedup_signer_options(worker)->url && sm_doc_field_string(doc, "metadata.url", &url))
        sm_dedup_set_url(item, url);
    doc->user = item;
    return SM_KEEP;
}

static int lookup(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    const config *cfg = shared;
    sm_dedup_lookup(cfg->dedup, doc->user);
    return SM_KEEP;
}

static int compare(void *worker, sm_doc *doc, sm_error *err)
{
    return sm_dedup_compare(worker, doc->user, err);
}

static int decide(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    sm_match match;
    if (cfg->input) sm_dedup_input_add(cfg->input, doc->user, sm_doc_id(doc));
    const int status = sm_dedup_decide(cfg->dedup, doc->user, sm_doc_id(doc), &match, err);
    if (status < 0) {
        sm_error_prefix(err, "%s:%lld", doc->file, (long long)doc->line);
        return status;
    }
    if (match.kind != SM_MATCH_NONE || cfg->tag) sm_dedup_tag(doc, &match);
    if (match.kind == SM_MATCH_NONE) return SM_KEEP;
    SM_TRY(sm_dedup_audit(cfg->audit, sm_doc_id(doc), &match, err));
    if (cfg->tag) return SM_KEEP;
    const double least =
        match.kind == SM_MATCH_NEAR ? sm_dedup_settled(cfg->dedup)->threshold : 1;
    return sm_doc_drop(doc, sm_match_rule(match.kind), match.similarity, least);
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    sm_dedup_report(cfg->dedup, json);
}

/* ---- an index ------------------------------------------------------------------------------- */

/* Step 2 of the commit: NAME.part is whole. An input that was cut commits nothing. */
static int prepare(void *shared, const sm_stats *stats, sm_error *err)
{
    config *cfg = shared;
    if (!cfg->index) return SM_OK;
    if (!stats->complete)
        SM_FAIL(err, SM_ETRUNC,
                "%s: an input was not complete: neither %s nor the index changes",
                cfg->index_path, cfg->io.output);
    const char *part = sm_arena_printf(&cfg->arena, "%s.part", cfg->io.output);
    return sm_dedup_index_prepare(cfg->index, cfg->io.output, part, sm_hasher_value(cfg->input),
                                  err);
}

static int hash_input(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    const config *cfg = shared;
    sm_dedup_input_add(cfg->input, doc->user, sm_doc_id(doc));
    return SM_KEEP;
}

/* Whether the input is that of the last generation: reads it once, and only its texts. */
static int is_same_input(config *cfg, sm_hash128 last, bool *same, sm_error *err)
{
    config first = {.io = cfg->io, .input = cfg->input};
    sm_dedup_options o = *sm_dedup_index_options(cfg->index);
    const sm_job job = {.shared = &first,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = sign,
                        .commit = hash_input,
                        .no_output = true};
    sm_stats stats = {0};
    sm_error ignored = {0}; /* the run itself will meet it */
    SM_TRY(sm_stdin_keep(cfg->tmp, err));
    first.io.output = first.io.rejects = first.io.stats = NULL;
    first.io.quiet = true;
    first.io.progress = o.url = false;
    o.exact_only = true;
    SM_TRY(sm_dedup_new(&first.dedup, &o, err));
    *same = sm_run(&first.io, &job, &stats, &ignored) == SM_OK &&
            sm_hash128_equal(sm_hasher_value(first.input), last);
    sm_hasher_reset(cfg->input);
    sm_stats_free(&stats);
    sm_dedup_free(first.dedup);
    return sm_stdin_rewind(err);
}

static int open_index(config *cfg, const sm_dedup_options *o, sm_error *err)
{
    const sm_dedup_given given = sm_dedup_settings_given(&cfg->settings);
    struct stat info;
    sm_hash128 last = {0, 0};
    bool same = false;
    const char *output = cfg->io.output;
    if (!output || (stat(output, &info) == 0 && !S_ISREG(info.st_mode)))
        SM_FAIL(err, SM_EUSAGE, "--index needs -o FILE: the index changes with its rename");
    cfg->input = sm_hasher_new();
    SM_TRY(sm_dedup_index_open(&cfg->index, cfg->index_path, o, &given, err));
    const int repeats = sm_dedup_index_repeats(cfg->index, output, &last, err);
    SM_TRY(repeats);
    if (repeats) SM_TRY(is_same_input(cfg, last, &same, err));
    return sm_dedup_index_start(cfg->index, same, &cfg->dedup, err);
}

/* ---- the tool ------------------------------------------------------------------------------- */

/* What the process, the runner's blocks and the readers take of --memory is not the collection's. */
static size_t memory_left(const sm_io *io)
{
    const size_t all = io->memory > 0 ? (size_t)io->memory : (size_t)1 << 30;
    const size_t threads = sm_threads(io), blocks = threads > 1 ? 4 * threads : 1;
    const size_t other = BASE_MEMORY + blocks * BLOCK_MEMORY + (threads + 1) * READER_MEMORY;
    return (all > other + all / 8 ? all - other : all / 8) / 8 * 7;
}

static int open_all(config *cfg, sm_error *err)
{
    sm_dedup_options o;
    cfg->tmp = sm_temporary_folder(cfg->tmp, cfg->io.output, &cfg->arena);
    SM_TRY(sm_dedup_settings_read(&cfg->settings, &o, err));
    o.memory = memory_left(&cfg->io);
    o.folder = cfg->tmp;
    if (cfg->index_path)
        SM_TRY(open_index(cfg, &o, err));
    else
        SM_TRY(sm_dedup_new(&cfg->dedup, &o, err));
    return sm_side_open(&cfg->audit, cfg->audit_path, err);
}

static int close_all(config *cfg, int status, sm_error *err)
{
    status = sm_side_close(cfg->audit, status, err);
    if (cfg->index && status >= 0) status = sm_dedup_index_commit(cfg->index, err);
    return status;
}

static void free_all(config *cfg)
{
    if (!cfg->index) sm_dedup_free(cfg->dedup);
    sm_dedup_index_close(cfg->index);
    sm_hasher_free(cfg->input);
    sm_dedup_settings_free(&cfg->settings);
    sm_arena_free(&cfg->arena);
}

/* ---- benchmark items ------------------------------------------------------------------------ */

/* --against is a job of its own: documents that hold an item go, nothing else does. */
static int decontaminate(const config *cfg)
{
    const sm_contamination_options o = {(size_t)cfg->against_chars, cfg->against_share};
    sm_contamination *c = sm_contamination_new(&o);
    sm_stats stats = {0};
    sm_error err = {0};
    int status = sm_contamination_read(c, &cfg->against, cfg->against_key, &err);
    if (status >= 0) {
        sm_contamination_build(c);
        const sm_job job = sm_contamination_job(c, cfg->tag);
        status = sm_run(&cfg->io, &job, &stats, &err);
        status = sm_finish(&cfg->io, &job, status, &stats, &err);
    } else {
        status = sm_leave(cfg->io.usage, status, &err);
    }
    sm_contamination_free(c);
    return status;
}

static int refuse_batch(const sm_usage *usage)
{
    return sm_usage_fail(usage,
                         "--cluster and --keep need all documents at once: seimai dedup sign, "
                         "then match --cluster … --keep …, then apply");
}

int main(int argc, char **argv)
{
    config cfg = {.settings = SM_DEDUP_NOTHING_GIVEN, .cluster = "greedy", .keep = "first"};
    const sm_contamination_options near = sm_contamination_defaults();
    cfg.against_key = "text";
    cfg.against_chars = (int64_t)near.chars;
    cfg.against_share = near.share;
    const sm_option options[] = {
        SM_DEDUP_SETTINGS(&cfg.settings),
        SM_OPTION_STRING(0, "index", &cfg.index_path, "DIR",
                         "what earlier runs kept counts too; takes its settings"),
        SM_OPTION_STRING(0, "tmp", &cfg.tmp, "DIR",
                         "where what outgrows --memory goes; else the output's folder"),
        SM_OPTION_FLAG(0, "tag", &cfg.tag,
                       "keep duplicates; metadata.dedup names their cluster"),
        SM_OPTION_STRING(0, "audit", &cfg.audit_path, "FILE",
                         "list of (dropped, kept, similarity, kind), as JSON lines"),
        SM_OPTION_LIST(
            0, "against", &cfg.against, "FILE",
            "only remove (or --tag) documents that hold its items: a benchmark, JSONL"),
        SM_OPTION_STRING(0, "against-key", &cfg.against_key, "KEY", "where its items' text is"),
        SM_OPTION_INT(0, "against-chars", &cfg.against_chars, 13, 1000000,
                      "so many characters of an item in a row are a hit"),
        SM_OPTION_REAL(0, "against-share", &cfg.against_share, 0.1, 2,
                       "and such a share of its 5-grams in one place; 2: never"),
        SM_OPTION_STRING(0, "cluster", &cfg.cluster, "greedy",
                         "others in batch: dedup sign, match, apply"),
        SM_OPTION_STRING(0, "keep", &cfg.keep, "first",
                         "others in batch: dedup sign, match, apply"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "dedup",
                            .operands = "[OPTION…] [FILE…]",
                            .about = "Remove duplicate documents: the first one seen stays.",
                            .formats = "documents 1, rejects 1, dedup audit 1, dedup index 1"};
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = sign,
                        .order = lookup,
                        .verify = compare,
                        .commit = decide,
                        .finish = prepare,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (strcmp(cfg.cluster, "greedy") != 0 || strcmp(cfg.keep, "first") != 0)
        return refuse_batch(&usage);
    if (cfg.against.n > 0) return decontaminate(&cfg);
    int status = open_all(&cfg, &err);
    if (status < 0) {
        free_all(&cfg);
        return sm_leave(&usage, status, &err);
    }
    status = sm_run(&cfg.io, &job, &stats, &err);
    status = close_all(&cfg, status, &err);
    status = sm_finish(&cfg.io, &job, status, &stats, &err);
    free_all(&cfg);
    return status;
}
