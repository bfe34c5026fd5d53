/* seimai-pii: personal information is masked where it stands, by the rules of dicts/pii.yaml.
 * The text of a document, or the content of each of its messages, loses its findings as the policy of their
 * kind says; metadata.pii has how many of each kind there were, never what they were. --audit lists where they
 * stood. Documents without a finding leave as they came. A second run changes nothing. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/pii.h>
#include <seimai/runner.h>
#include <string.h>

typedef struct config {
    const char *rules_path, *dicts, *audit_path, *salt_path, *dictionary;
    sm_list policies, require;
    bool business;
    const char *names; /* off, cue or all */
    sm_pii_rules *rules;
    sm_pii_tally total;
    uint64_t lines; /* that were dropped */
    sm_side *audit;
} config;

typedef struct worker {
    const config *cfg;
    sm_pii_finder *finder;
    sm_buffer json;
} worker;

/* What map leaves for commit; only documents with findings have it. */
typedef struct account {
    sm_pii_tally tally;
    uint64_t lines;
    sm_span audit;
} account;

/* ---- map ------------------------------------------------------------------------------------ */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *const w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->finder = sm_pii_finder_new(w->cfg->rules);
    w->json = sm_buffer_make(SIZE_MAX);
    return w;
}

static void worker_free(void *state)
{
    worker *const w = state;
    sm_pii_finder_free(w->finder);
    sm_buffer_free(&w->json);
    sm_free(w);
}

/* Masks one text, which is message `index` of the document, or its text for -1. */
static int mask_text(worker *w, sm_doc *doc, int64_t index, sm_span text, sm_error *err)
{
    sm_pii_masked masked = {0};
    SM_TRY(sm_pii_mask(w->finder, text, doc->arena, &masked, err));
    if (masked.n == 0) return SM_OK;
    if (!doc->user) doc->user = sm_arena_zalloc(doc->arena, 1, sizeof(account));
    account *const a = doc->user;
    a->lines += masked.lines;
    sm_pii_tally_add(&a->tally, masked.findings, masked.n);
    if (w->cfg->audit)
        sm_pii_write_audit(sm_doc_id(doc), index, text, masked.findings, masked.n, &w->json);
    if (masked.text.p == text.p) return SM_OK;
    if (index < 0)
        sm_doc_set_text(doc, masked.text);
    else
        sm_doc_set_message(doc, (size_t)index, masked.text);
    return SM_OK;
}

static int mask_document(worker *w, sm_doc *doc, sm_error *err)
{
    const sm_message *messages = NULL;
    const size_t n = sm_doc_messages(doc, &messages);
    if (!messages) return mask_text(w, doc, -1, sm_doc_text(doc), err);
    for (size_t i = 0; i < n; i++)
        SM_TRY(mask_text(w, doc, (int64_t)i, messages[i].content, err));
    return SM_OK;
}

static int mask(void *state, sm_doc *doc, sm_error *err)
{
    worker *const w = state;
    sm_buffer_clear(&w->json);
    doc->user = NULL;
    const int status = mask_document(w, doc, err);
    if (status < 0) {
        sm_error_prefix(err, "%s:%lld", doc->file, (long long)doc->line);
        return status;
    }
    account *const a = doc->user;
    if (!a) return SM_KEEP;
    a->audit = sm_arena_copy(doc->arena, sm_buffer_span(&w->json));
    sm_buffer_clear(&w->json);
    sm_pii_write_kinds(w->cfg->rules, &a->tally, &w->json);
    sm_doc_set_meta(doc, "pii", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
    return SM_KEEP;
}

/* ---- commit --------------------------------------------------------------------------------- */

static int count(void *shared, sm_doc *doc, sm_error *err)
{
    config *const cfg = shared;
    const account *const a = doc->user;
    if (!a) return SM_KEEP;
    cfg->lines += a->lines;
    for (size_t i = 0; i < SM_PII_MAX_RULES; i++)
        for (size_t t = 0; t < SM_PII_TIERS; t++)
            cfg->total.of[i][t] += a->tally.of[i][t];
    return sm_side_put(cfg->audit, a->audit, err);
}

static void report(void *shared, sm_buffer *json)
{
    const config *const cfg = shared;
    sm_json_key(json, "found");
    sm_pii_write_tiers(cfg->rules, &cfg->total, json);
    sm_json_key(json, "lines_dropped");
    sm_json_uint(json, cfg->lines);
}

/* ---- the run -------------------------------------------------------------------------------- */

/* The policies, with the salt of a file. */
static int set_policies(const config *cfg, sm_error *err)
{
    sm_map salt = {0};
    if (cfg->salt_path) SM_TRY(sm_map_open(&salt, cfg->salt_path, err));
    const int status =
        sm_pii_set_policies(cfg->rules, cfg->policies.items, cfg->policies.n, salt.bytes, err);
    if (cfg->salt_path) sm_map_close(&salt);
    return status;
}

static int load(config *cfg, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = cfg->rules_path;
    int status = path ? SM_OK : sm_dicts_path(cfg->dicts, "pii.yaml", &arena, &path, err);
    if (status == SM_OK) status = sm_pii_load(&cfg->rules, path, err);
    if (status == SM_OK) status = set_policies(cfg, err);
    for (size_t i = 0; status == SM_OK && i < cfg->require.n; i++)
        status = sm_pii_require(cfg->rules, cfg->require.items[i], err);
    if (status == SM_OK && strcmp(cfg->names, "off") != 0)
        status =
            sm_pii_use_names(cfg->rules, strcmp(cfg->names, "all") == 0, cfg->dictionary, err);
    if (status == SM_ENOENT) err->code = status = SM_EUSAGE; /* none of these files is input */
    if (status == SM_OK) sm_pii_keep_business(cfg->rules, !cfg->business);
    sm_arena_free(&arena);
    return status;
}

static int run(config *cfg, const sm_io *io, const sm_job *job, sm_stats *stats, sm_error *err)
{
    SM_TRY(sm_side_open(&cfg->audit, cfg->audit_path, err));
    const int status = sm_run(io, job, stats, err);
    return sm_side_close(cfg->audit, status, err);
}

int main(int argc, char **argv)
{
    config cfg = {.names = "off"};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_LIST('p', "policy", &cfg.policies, "[KIND=]POLICY",
                       "what is written: tag (default), mask (an X a character), hash, fake, "
                       "drop-line, report (nothing); for all kinds or one"),
        SM_OPTION_STRING(0, "salt", &cfg.salt_path, "FILE",
                         "secret bytes (16 or more) that hashes and fakes depend on"),
        SM_OPTION_CHOICE(
            0, "names", &cfg.names, "off|cue|all",
            "names of persons: not at all, in lines with a cue (氏名, さん, a telephone "
            "number), in all lines"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary for names"),
        SM_OPTION_LIST(0, "require", &cfg.require, "KIND=TIER",
                       "lowest confidence to act on: pattern, checked, context, off"),
        SM_OPTION_FLAG(0, "business", &cfg.business, "mask what belongs to businesses too"),
        SM_OPTION_STRING(0, "audit", &cfg.audit_path, "FILE", "list each finding, redacted"),
        SM_OPTION_STRING(0, "rules", &cfg.rules_path, "FILE",
                         "rules instead of DICTS/pii.yaml"),
        SM_OPTION_STRING(0, "dicts", &cfg.dicts, "DIR", "the folder of rules and lists"),
        SM_OPTIONS_IO(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "pii",
                            .operands = "[OPTION…] [FILE…]",
                            .about = "Mask personal information in Japanese text.",
                            .formats = "documents 1, rejects 1, pii rules 1"};
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = mask,
                        .commit = count,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    int status = load(&cfg, &err);
    if (status < 0)
        status = sm_leave(&usage, status, &err);
    else
        status = sm_finish(&io, &job, run(&cfg, &io, &job, &stats, &err), &stats, &err);
    sm_pii_rules_free(cfg.rules);
    return status;
}
