/* seimai-pii: personal information is masked where it stands, by the rules of dicts/pii.yaml.
 * The text of a document, or the content of each of its messages, loses its findings; metadata.pii says how
 * many of each kind there were, never what they were. --audit lists where they stood. Documents without a
 * finding leave as they came. A second run changes nothing. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/pii.h>
#include <seimai/runner.h>

typedef struct config {
    const char *policy_name, *rules_path, *dicts, *audit_path;
    sm_list require;
    bool business;
    sm_pii_policy policy;
    sm_pii_rules *rules;
    sm_pii_tally total;
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
    sm_finding *found = NULL;
    size_t n = 0;
    sm_span masked = text;
    SM_TRY(sm_pii_mask(w->finder, text, w->cfg->policy, doc->arena, &masked, &found, &n, err));
    if (n == 0) return SM_OK;
    if (!doc->user) doc->user = sm_arena_zalloc(doc->arena, 1, sizeof(account));
    account *const a = doc->user;
    sm_pii_tally_add(&a->tally, found, n);
    if (w->cfg->audit) sm_pii_write_audit(sm_doc_id(doc), index, text, found, n, &w->json);
    if (w->cfg->policy == SM_PII_REPORT) return SM_OK;
    if (index < 0)
        sm_doc_set_text(doc, masked);
    else
        sm_doc_set_message(doc, (size_t)index, masked);
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
}

/* ---- the run -------------------------------------------------------------------------------- */

static int load(config *cfg, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = cfg->rules_path;
    (void)sm_pii_policy_of(cfg->policy_name, &cfg->policy);
    int status = path ? SM_OK : sm_dicts_path(cfg->dicts, "pii.yaml", &arena, &path, err);
    if (status == SM_OK) status = sm_pii_load(&cfg->rules, path, err);
    if (status == SM_ENOENT) err->code = status = SM_EUSAGE; /* a rule file is no input */
    for (size_t i = 0; status == SM_OK && i < cfg->require.n; i++)
        status = sm_pii_require(cfg->rules, cfg->require.items[i], err);
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
    config cfg = {.policy_name = "tag"};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_CHOICE('p', "policy", &cfg.policy_name, "tag|mask|report",
                         "write a tag, write an X a character, or change no text"),
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
