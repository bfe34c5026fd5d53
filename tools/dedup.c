/* seimai-dedup: duplicates leave, the first one seen stays.
 * A document goes if its text equals that of an earlier kept one, or if it shares at least --threshold of its
 * character shingles with one (Jaccard similarity, found by MinHash-LSH and then computed exactly). Texts are
 * signed and compared in parallel; what stays is decided in input order, so that it is the same for any
 * number of threads. Memory grows with what is kept, up to --memory. SPDX-License-Identifier: MIT */
#include <seimai/dedup.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/lsh.h>
#include <seimai/runner.h>

typedef struct config {
    sm_io io;
    double threshold;
    int64_t bands, rows, shingle, bucket_cap, seed;
    const char *preset, *view, *verify, *audit_path;
    bool exact_only, tag;
    sm_dedup *dedup;
    sm_output *audit;
    sm_buffer lines; /* of the audit, not yet written */
} config;

enum { AUDIT_BUFFER = 1 << 20 };

static const char *const rules[] = {"", "exact-duplicate",
                                    "near-duplicate"}; /* by sm_match_kind */

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
    sm_dedup_sign(worker, sm_doc_text(doc), doc->arena, item);
    doc->user = item;
    return SM_KEEP;
}

static int lookup(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    const config *cfg = shared;
    sm_dedup_lookup(cfg->dedup, doc->user, doc->arena);
    return SM_KEEP;
}

static int compare(void *worker, sm_doc *doc, sm_error *err)
{
    (void)err;
    sm_dedup_compare(worker, doc->user);
    return SM_KEEP;
}

/* metadata.dedup: the cluster is named by the id of its kept document. */
static void tag(sm_doc *doc, const sm_match *match)
{
    sm_buffer json = sm_buffer_make(1 << 20);
    sm_json_open(&json, '{');
    sm_json_key(&json, "cluster");
    sm_json_string(&json, match->kind == SM_MATCH_NONE ? sm_doc_id(doc) : match->kept);
    if (match->kind != SM_MATCH_NONE) {
        sm_json_key(&json, "similarity");
        sm_json_real(&json, match->similarity);
    }
    sm_json_close(&json, '}');
    sm_doc_set_meta(doc, "dedup", sm_arena_copy(doc->arena, sm_buffer_span(&json)));
    sm_buffer_free(&json);
}

static int audit_flush(config *cfg, sm_error *err)
{
    sm_buffer stored = sm_buffer_make(SIZE_MAX);
    sm_output_compress(cfg->audit, sm_buffer_span(&cfg->lines), &stored);
    const int status = sm_output_write(cfg->audit, sm_buffer_span(&stored), err);
    sm_buffer_free(&stored);
    sm_buffer_clear(&cfg->lines);
    return status;
}

static int audit(config *cfg, sm_span dropped, const sm_match *match, sm_error *err)
{
    sm_buffer *b = &cfg->lines;
    if (!cfg->audit) return SM_OK;
    sm_json_open(b, '{');
    sm_json_key(b, "dropped");
    sm_json_string(b, dropped);
    sm_json_key(b, "kept");
    sm_json_string(b, match->kept);
    sm_json_key(b, "similarity");
    sm_json_real(b, match->similarity);
    sm_json_key(b, "kind");
    sm_json_string(b, sm_span_of(rules[match->kind]));
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
    return b->n < AUDIT_BUFFER ? SM_OK : audit_flush(cfg, err);
}

static int decide(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    sm_match match;
    const int status = sm_dedup_decide(cfg->dedup, doc->user, sm_doc_id(doc), &match, err);
    if (status < 0) {
        sm_error_prefix(err, "%s:%lld", doc->file, (long long)doc->line);
        return status;
    }
    if (match.kind != SM_MATCH_NONE || cfg->tag) tag(doc, &match);
    if (match.kind == SM_MATCH_NONE) return SM_KEEP;
    SM_TRY(audit(cfg, sm_doc_id(doc), &match, err));
    if (cfg->tag) return SM_KEEP;
    const double least =
        match.kind == SM_MATCH_EXACT ? 1 : sm_dedup_settled(cfg->dedup)->threshold;
    return sm_doc_drop(doc, rules[match.kind], match.similarity, least);
}

/* ---- statistics ----------------------------------------------------------------------------- */

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    const sm_dedup_options *set = sm_dedup_settled(cfg->dedup);
    const sm_dedup_counts c = sm_dedup_count(cfg->dedup);
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"bands", set->bands},     {"rows", set->rows},
        {"shingle", set->shingle}, {"signatures", c.documents - c.short_texts},
        {"short", c.short_texts},  {"candidates", c.candidates},
        {"verified", c.verified},  {"exact", c.exact},
        {"near", c.near},          {"capped", c.capped},
        {"index_bytes", c.bytes},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        sm_json_key(json, counts[i].name);
        sm_json_uint(json, counts[i].value);
    }
    sm_json_key(json, "threshold");
    sm_json_real(json, set->threshold);
    sm_json_key(json, "recall"); /* of candidates, by similarity */
    sm_json_open(json, '{');
    for (int tenth = 5; tenth <= 9; tenth++) {
        const char key[] = {'0', '.', (char)('0' + tenth), '\0'};
        sm_json_key(json, key);
        sm_json_real(json, sm_lsh_recall(set->bands, set->rows, tenth / 10.0));
    }
    sm_json_close(json, '}');
}

/* ---- the tool ------------------------------------------------------------------------------- */

static int open_collection(config *cfg, sm_error *err)
{
    sm_dedup_options o = sm_dedup_defaults();
    o.threshold = cfg->threshold;
    o.bands = (unsigned)cfg->bands;
    o.rows = (unsigned)cfg->rows;
    o.shingle = (unsigned)cfg->shingle;
    o.bucket_cap = (unsigned)cfg->bucket_cap;
    o.seed = (uint64_t)cfg->seed;
    o.exact_only = cfg->exact_only;
    if (cfg->io.memory > 0) o.memory = (size_t)cfg->io.memory;
    if (cfg->verify[0] == 's') o.verify = SM_VERIFY_SIGNATURE;
    if (!sm_view_of(cfg->view, &o.view))
        SM_FAIL(err, SM_EUSAGE, "--view %s: unknown", cfg->view);
    if (cfg->preset && !sm_lsh_preset(cfg->preset, &o.bands, &o.rows))
        SM_FAIL(err, SM_EUSAGE, "--preset %s: unknown", cfg->preset);
    SM_TRY(sm_dedup_new(&cfg->dedup, &o, err));
    return cfg->audit_path ? sm_output_open(&cfg->audit, cfg->audit_path, err) : SM_OK;
}

static int close_audit(config *cfg, int status, sm_error *err)
{
    if (!cfg->audit) return status;
    if (status >= 0) status = audit_flush(cfg, err);
    if (status >= 0) return sm_output_commit(cfg->audit, err);
    sm_output_abort(cfg->audit);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.threshold = .8, .shingle = 5, .bucket_cap = 32, .seed = 1};
    cfg.view = "ja";
    cfg.verify = "exact";
    cfg.lines = sm_buffer_make((size_t)2 * AUDIT_BUFFER);
    const sm_option options[] = {
        SM_OPTION_REAL('t', "threshold", &cfg.threshold, 0, 1,
                       "least similarity of a duplicate; picks bands and rows"),
        SM_OPTION_INT(0, "bands", &cfg.bands, 0, SM_MINHASH_MAX, "bands; 0: by --threshold"),
        SM_OPTION_INT(0, "rows", &cfg.rows, 0, SM_MINHASH_MAX,
                      "rows a band; 0: by --threshold"),
        SM_OPTION_CHOICE(0, "preset", &cfg.preset, "fineweb|llm-jp-v4|swallow|nemo|refinedweb",
                         "bands and rows as published"),
        SM_OPTION_INT('n', "shingle", &cfg.shingle, 1, SM_SHINGLE_MAX, "characters a shingle"),
        SM_OPTION_CHOICE(0, "view", &cfg.view, "text|spaces|ja",
                         "compare all of it, without white space, or with widths unified too"),
        SM_OPTION_CHOICE(0, "verify", &cfg.verify, "exact|signature",
                         "how candidates are compared; signature needs less memory, and errs"),
        SM_OPTION_FLAG(0, "exact-only", &cfg.exact_only, "only equal texts are duplicates"),
        SM_OPTION_INT(0, "bucket-cap", &cfg.bucket_cap, 1, 1000000, "representatives a bucket"),
        SM_OPTION_INT(0, "seed", &cfg.seed, 0, INT64_MAX / 1024, "of the permutations"),
        SM_OPTION_FLAG(0, "tag", &cfg.tag,
                       "keep duplicates; metadata.dedup names their cluster"),
        SM_OPTION_STRING(0, "audit", &cfg.audit_path, "FILE",
                         "list of (dropped, kept, similarity, kind), as JSON lines"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "dedup",
                            .operands = "[OPTION…] [FILE…]",
                            .about = "Remove duplicate documents: the first one seen stays.",
                            .formats = "documents 1, rejects 1, dedup audit 1"};
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = sign,
                        .order = lookup,
                        .verify = compare,
                        .commit = decide,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    int status = open_collection(&cfg, &err);
    if (status < 0) return sm_leave(&usage, status, &err);
    status = sm_run(&cfg.io, &job, &stats, &err);
    status = close_audit(&cfg, status, &err);
    status = sm_finish(&cfg.io, &job, status, &stats, &err);
    sm_dedup_free(cfg.dedup);
    sm_buffer_free(&cfg.lines);
    return status;
}
