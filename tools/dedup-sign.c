/* seimai-dedup-sign: the first of three stages of removing duplicates from many files.
 * Writes for each FILE its signatures, FOLDER/NAME.sig: hashes, band keys and what verification needs. Each file is
 * signed by itself, here or on another machine; one whose signatures are there is skipped, so that the same
 * command goes on after an interruption. Next: seimai-dedup-match. SPDX-License-Identifier: MIT */
#include <seimai/dedup_batch.h>
#include <seimai/dedup_settings.h>
#include <seimai/file.h>
#include <seimai/runner.h>

#include <stdlib.h>
#include <string.h>

typedef struct config {
    sm_io io;
    sm_dedup_settings settings;
    const char *keep;
    sm_preference preference;
    sm_dedup *dedup; /* for its settled options and its signers */
    sm_signatures *signatures;
    sm_arena names;
} config;

typedef struct worker {
    const config *cfg;
    sm_dedup_signer *signer;
} worker;

/* ---- the steps ------------------------------------------------------------------------------ */

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->signer = sm_dedup_signer_new(w->cfg->dedup);
    return w;
}

static void worker_free(void *state)
{
    worker *w = state;
    sm_dedup_signer_free(w->signer);
    sm_free(w);
}

static int sign(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    const worker *w = state;
    sm_signed *s = sm_arena_alloc(doc->arena, sizeof *s);
    const sm_span text = sm_doc_text(doc);
    *s = (sm_signed){.id = sm_doc_id(doc), .text_bytes = text.n};
    sm_dedup_sign(w->signer, text, doc->arena, &s->item);
    sm_span url = {0};
    if (w->cfg->settings.url && sm_doc_field_string(doc, "metadata.url", &url))
        sm_dedup_set_url(&s->item, url);
    sm_signed_pack(s, sm_dedup_settled(w->cfg->dedup), doc->arena);
    s->preference = sm_preference_value(&w->cfg->preference, doc);
    doc->user = s;
    return SM_KEEP;
}

static int append(void *shared, sm_doc *doc, sm_error *err)
{
    const config *cfg = shared;
    return sm_signatures_add(cfg->signatures, doc->user, err);
}

/* ---- one file ------------------------------------------------------------------------------- */

static const char *name_in(config *cfg, const char *folder, const char *file,
                           const char *ending)
{
    return sm_arena_printf(&cfg->names, "%s/%s%s", folder, sm_file_base(file), ending);
}

/* Other eyes on the same file see other documents. */
static uint64_t reading(const config *cfg)
{
    return sm_hash64_seeded(sm_span_of(cfg->io.text_key), (uint64_t)cfg->io.max_document);
}

static bool same_options(const sm_dedup_options *a, const sm_dedup_options *b)
{
    return a->exact_only == b->exact_only && a->bands == b->bands && a->rows == b->rows &&
           a->shingle == b->shingle && a->bucket_cap == b->bucket_cap && a->view == b->view &&
           a->verify == b->verify && a->normalized == b->normalized && a->url == b->url &&
           a->threshold >= b->threshold && a->threshold <= b->threshold && a->seed == b->seed &&
           a->words == b->words;
}

/* 1 if the signatures of this very file are there, 0 if they are to be made. */
static int is_done(const config *cfg, const char *path, sm_hash128 fingerprint, sm_error *err)
{
    sm_signatures_info info;
    if (!sm_file_exists(path)) return 0;
    SM_TRY(sm_signatures_read_info(path, &info, err));
    if (info.reading != reading(cfg) ||
        !same_options(&info.options, sm_dedup_settled(cfg->dedup)) ||
        info.preference.by != cfg->preference.by ||
        !sm_span_equal((sm_span){info.name, info.preference.field.n}, cfg->preference.field))
        SM_FAIL(err, SM_EUSAGE, "%s: made with other options; use another folder", path);
    return sm_hash128_equal(info.fingerprint, fingerprint);
}

static int close_file(config *cfg, const sm_stats *stats, int status, sm_error *err)
{
    if (status >= 0 && stats->complete) return sm_signatures_commit(cfg->signatures, err);
    sm_signatures_abort(cfg->signatures);
    return status;
}

static int sign_file(config *cfg, const char *file, sm_error *err)
{
    const sm_job job = {.shared = cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = sign,
                        .commit = append,
                        .no_output = true};
    sm_stats stats = {0};
    sm_hash128 fingerprint;
    const char *path = name_in(cfg, cfg->io.output, file, ".sig");
    SM_TRY(sm_file_fingerprint(file, &fingerprint, err));
    const int done = is_done(cfg, path, fingerprint, err);
    if (done < 0) return done;
    if (done && cfg->io.verbose) sm_note(cfg->io.usage, "%s: is there", path);
    if (done) return 0;
    SM_TRY(sm_signatures_create(&cfg->signatures, path, sm_dedup_settled(cfg->dedup),
                                &cfg->preference, fingerprint, reading(cfg), err));
    sm_io io = cfg->io;
    io.files = (sm_list){&file, 1, 1};
    io.output = NULL;
    if (io.rejects) io.rejects = name_in(cfg, io.rejects, file, "");
    if (io.stats) io.stats = name_in(cfg, io.stats, file, ".json");
    int status = sm_run(&io, &job, &stats, err);
    status = close_file(cfg, &stats, status, err);
    return sm_finish(&io, &job, status, &stats, err);
}

/* ---- the tool ------------------------------------------------------------------------------- */

static int make_folders(const config *cfg, sm_error *err)
{
    SM_TRY(sm_directory_make(cfg->io.output, err));
    if (cfg->io.rejects) SM_TRY(sm_directory_make(cfg->io.rejects, err));
    return cfg->io.stats ? sm_directory_make(cfg->io.stats, err) : SM_OK;
}

static int by_base_name(const void *a, const void *b)
{
    return strcmp(sm_file_base(*(const char *const *)a), sm_file_base(*(const char *const *)b));
}

static int check_names(const config *cfg, sm_error *err)
{
    const size_t n = cfg->io.files.n;
    const char **sorted = sm_calloc(n, sizeof *sorted);
    int status = SM_OK;
    memcpy(sorted, cfg->io.files.items, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_base_name);
    for (size_t i = 1; i < n && status == SM_OK; i++) {
        if (by_base_name(&sorted[i - 1], &sorted[i]) == 0)
            status = sm_error_set(err, SM_EUSAGE, "%s, %s: two files of one name",
                                  sorted[i - 1], sorted[i]);
    }
    sm_free(sorted);
    return status;
}

static int open_collection(config *cfg, sm_error *err)
{
    sm_dedup_options o;
    SM_TRY(sm_dedup_settings_read(&cfg->settings, &o, err));
    SM_TRY(sm_preference_parse(cfg->keep, &cfg->preference, err));
    SM_TRY(sm_dedup_new(&cfg->dedup, &o, err));
    SM_TRY(check_names(cfg, err));
    return make_folders(cfg, err);
}

/* Every file gets its turn, whatever became of those before it; the first failure is the exit status. */
static int sign_all(config *cfg)
{
    int exit_status = 0;
    for (size_t i = 0; i < cfg->io.files.n; i++) {
        sm_error err = {0};
        const int status = sign_file(cfg, cfg->io.files.items[i], &err);
        const int now = status < 0 ? sm_leave(cfg->io.usage, status, &err) : status;
        if (exit_status == 0) exit_status = now;
        if (status == SM_EUSAGE) break;
    }
    return exit_status;
}

int main(int argc, char **argv)
{
    config cfg = {.settings = SM_DEDUP_NOTHING_GIVEN, .keep = "first"};
    const sm_option options[] = {
        SM_DEDUP_SETTINGS(&cfg.settings),
        SM_OPTION_STRING(0, "keep", &cfg.keep, "WHICH",
                         "field to note for match: newest=FIELD or best=FIELD"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "dedup-sign",
        .operands = "[OPTION…] FILE… -o FOLDER",
        .about = "Sign documents, each file by itself, to remove duplicates in batch.",
        .more = "--rejects and --stats name folders here, in which each FILE has its own.\n"
                "Next: seimai dedup match FOLDER -o MATCHES",
        .formats = "signatures 1"};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    cfg.io.usage = &usage;
    if (cfg.io.files.n == 0) return sm_usage_fail(&usage, "name the FILEs to sign");
    if (!cfg.io.output) return sm_usage_fail(&usage, "name a folder: -o FOLDER");
    const int status = open_collection(&cfg, &err);
    const int exit_status = status < 0 ? sm_leave(&usage, status, &err) : sign_all(&cfg);
    sm_dedup_free(cfg.dedup);
    sm_dedup_settings_free(&cfg.settings);
    sm_arena_free(&cfg.names);
    return exit_status;
}
