/* seimai-dedup-apply: the last of three stages of removing duplicates from many files.
 * Passes the documents of each FILE through, but for those that seimai-dedup-match decided against. Each FILE is
 * filtered by itself, here or on another machine; what comes out is what seimai-dedup would have given, rejects
 * and audit among it. With -o FOLDER/ each FILE has its own output there, and one that is there is skipped.
 * SPDX-License-Identifier: MIT */
#include <seimai/dedup_batch.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/runner.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *matches, *audit_path;
    bool tag, size;
    /* of the present file */
    const char *file;
    sm_decisions *decisions;
    sm_decision next; /* the first that is not applied yet */
    bool has_next;
    uint64_t document; /* documents of it so far */
    /* of the run */
    uint64_t counts[SM_MATCH_URL + 1]; /* by sm_match_kind */
    sm_side *audit;
    sm_arena names;
} config;

/* ---- the decisions of a file ---------------------------------------------------------------- */

static int read_next(config *cfg, sm_error *err)
{
    const int status = sm_decisions_next(cfg->decisions, &cfg->next, err);
    cfg->has_next = status == 1;
    return status < 0 ? status : SM_OK;
}

/* All documents of the file must have come by, else it was signed with other eyes (--text-key, --max-document). */
static int close_decisions(config *cfg, sm_error *err)
{
    if (!cfg->decisions) return SM_OK;
    const uint64_t signed_ones = sm_decisions_about(cfg->decisions)->documents;
    sm_decisions_close(cfg->decisions);
    cfg->decisions = NULL;
    if (cfg->document == signed_ones) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: %llu documents, but %llu were signed", cfg->file,
            (unsigned long long)cfg->document, (unsigned long long)signed_ones);
}

static int open_decisions(config *cfg, const char *file, sm_error *err)
{
    SM_TRY(close_decisions(cfg, err));
    const char *path =
        sm_arena_printf(&cfg->names, "%s/%s.match", cfg->matches, sm_file_base(file));
    cfg->file = sm_arena_copy(&cfg->names, sm_span_of(file)).p;
    cfg->document = 0;
    SM_TRY(sm_decisions_open(&cfg->decisions, path, err));
    return read_next(cfg, err);
}

static int check_input(const config *cfg, const char *file, sm_error *err)
{
    sm_decisions *d = NULL;
    sm_hash128 now, then;
    sm_arena arena = {0};
    SM_TRY(sm_file_fingerprint(file, &now, err));
    const char *path = sm_arena_printf(&arena, "%s/%s.match", cfg->matches, sm_file_base(file));
    const int status = sm_decisions_open(&d, path, err);
    sm_arena_free(&arena);
    SM_TRY(status);
    then = sm_decisions_about(d)->fingerprint;
    sm_decisions_close(d);
    if (sm_hash128_equal(now, then)) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: is not the file that was signed", file);
}

/* ---- the step ------------------------------------------------------------------------------- */

/* What the decision says, as one pass would; NULL: nothing, the document stays and stands for itself. */
static sm_match match_of(const config *cfg, const sm_decision *d)
{
    if (!d || d->kind == SM_MATCH_NONE)
        return (sm_match){.kind = SM_MATCH_NONE, .size = !cfg->size ? 0 : d ? d->size : 1};
    sm_match match = {.kind = d->kind, .kept = d->kept, .similarity = d->similarity};
    if (!sm_span_equal(d->by, d->kept)) match.by = d->by;
    return match;
}

static int drop(config *cfg, sm_doc *doc, const sm_match *match, sm_error *err)
{
    const sm_decisions_info *about = sm_decisions_about(cfg->decisions);
    if (!about->normalized &&
        !sm_hash128_equal(sm_hash128_of(sm_doc_text(doc)), cfg->next.text))
        SM_FAIL(err, SM_EFORMAT, "%s:%lld: is not the text that was signed", doc->file,
                (long long)doc->line);
    cfg->counts[match->kind]++;
    SM_TRY(sm_dedup_audit(cfg->audit, sm_doc_id(doc), match, err));
    if (cfg->tag) return SM_KEEP;
    return sm_doc_drop(doc, sm_match_rule(match->kind), match->similarity,
                       match->kind == SM_MATCH_NEAR ? about->threshold : 1);
}

static int apply(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    if (!cfg->decisions || strcmp(cfg->file, doc->file) != 0)
        SM_TRY(open_decisions(cfg, doc->file, err));
    const uint64_t number = cfg->document++;
    const bool decided = cfg->has_next && cfg->next.document == number;
    const sm_match match = match_of(cfg, decided ? &cfg->next : NULL);
    int outcome = SM_KEEP;
    if (match.kind != SM_MATCH_NONE || cfg->tag || cfg->size) sm_dedup_tag(doc, &match);
    if (match.kind != SM_MATCH_NONE) outcome = drop(cfg, doc, &match, err);
    if (decided && outcome >= 0) SM_TRY(read_next(cfg, err));
    return outcome;
}

static void report(void *shared, sm_buffer *json)
{
    static const char *const names[] = {"exact", "near", "url"};
    const config *cfg = shared;
    for (int kind = SM_MATCH_EXACT; kind <= SM_MATCH_URL; kind++) {
        sm_json_put_uint(json, names[kind - 1], cfg->counts[kind]);
    }
}

/* ---- one run -------------------------------------------------------------------------------- */

static int close_audit(config *cfg, int status, sm_error *err)
{
    sm_side *const audit = cfg->audit;
    cfg->audit = NULL;
    return sm_side_close(audit, status, err);
}

static int check_and_open(config *cfg, const sm_io *io, const char *audit_path, sm_error *err)
{
    for (size_t i = 0; i < io->files.n; i++)
        SM_TRY(check_input(cfg, io->files.items[i], err));
    memset(cfg->counts, 0, sizeof cfg->counts);
    return sm_side_open(&cfg->audit, audit_path, err);
}

/* Filters the files of `io` into its one output. Returns the exit status. */
static int filter(config *cfg, const sm_io *io, const char *audit_path)
{
    const sm_job job = {.shared = cfg, .commit = apply, .report = report};
    sm_stats stats = {0};
    sm_error err = {0};
    int status = check_and_open(cfg, io, audit_path, &err);
    if (status < 0) return sm_leave(io->usage, status, &err);
    status = sm_run(io, &job, &stats, &err);
    if (status >= 0 && stats.complete) status = close_decisions(cfg, &err);
    sm_decisions_close(cfg->decisions);
    cfg->decisions = NULL;
    status = close_audit(cfg, status, &err);
    return sm_finish(io, &job, status, &stats, &err);
}

static const char *path_in(config *cfg, const char *folder, const char *file,
                           const char *ending)
{
    return sm_arena_printf(&cfg->names, "%s/%s%s", folder, sm_file_base(file), ending);
}

/* Each file into its own output; the first failure is the exit status. */
static int filter_each(config *cfg)
{
    int exit_status = 0;
    for (size_t i = 0; i < cfg->io.files.n; i++) {
        const char *file = cfg->io.files.items[i];
        sm_io io = cfg->io;
        io.files = (sm_list){&file, 1, 1};
        io.output = path_in(cfg, cfg->io.output, file, "");
        if (sm_file_exists(io.output)) continue;
        if (io.rejects) io.rejects = path_in(cfg, io.rejects, file, "");
        if (io.stats) io.stats = path_in(cfg, io.stats, file, ".json");
        const char *audit_path =
            cfg->audit_path ? path_in(cfg, cfg->audit_path, file, ".audit.jsonl") : NULL;
        const int now = filter(cfg, &io, audit_path);
        if (exit_status == 0) exit_status = now;
    }
    return exit_status;
}

static int make_folders(const config *cfg, sm_error *err)
{
    const char *const folders[] = {cfg->io.output, cfg->io.rejects, cfg->io.stats,
                                   cfg->audit_path};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (folders[i]) SM_TRY(sm_directory_make(folders[i], err));
    }
    return SM_OK;
}

int main(int argc, char **argv)
{
    config cfg = {0};
    const sm_option options[] = {
        SM_OPTION_STRING(0, "matches", &cfg.matches, "FOLDER", "what dedup-match wrote"),
        SM_OPTION_FLAG(0, "tag", &cfg.tag,
                       "keep duplicates; metadata.dedup names their cluster"),
        SM_OPTION_FLAG(0, "size", &cfg.size,
                       "metadata.dedup of those that stay: their cluster and its size"),
        SM_OPTION_STRING(0, "audit", &cfg.audit_path, "FILE",
                         "list of (dropped, kept, similarity, kind), as JSON lines"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "dedup-apply",
        .operands = "[OPTION…] --matches FOLDER FILE…",
        .about = "Remove the documents that dedup-match decided against.",
        .more =
            "-o FOLDER/ (with the stroke) filters each FILE into one of its name; --rejects,\n"
            "--stats and --audit then name folders too. What is there is skipped.",
        .formats = "documents 1, rejects 1, dedup audit 1"};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    cfg.io.usage = &usage;
    if (!cfg.matches) return sm_usage_fail(&usage, "name what was matched: --matches FOLDER");
    if (cfg.io.files.n == 0) return sm_usage_fail(&usage, "name the FILEs that were signed");
    const bool each = cfg.io.output && sm_span_ends(sm_span_of(cfg.io.output), SM_SPAN("/"));
    const int status = each ? make_folders(&cfg, &err) : SM_OK;
    const int exit_status = status < 0 ? sm_leave(&usage, status, &err)
                            : each     ? filter_each(&cfg)
                                       : filter(&cfg, &cfg.io, cfg.audit_path);
    sm_arena_free(&cfg.names);
    return exit_status;
}
