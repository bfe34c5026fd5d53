/* seimai-dedup-passages: what the corpus says more than once is cut; the first copy stays.
 * Near-duplicate removal judges whole documents; this finds what different documents share: passages of at least
 * --min-chars characters at any place, or whole lines or paragraphs. It reads its input twice: the first time to find
 * what repeats (within --memory, the rest sorted on disk), the second time to cut it. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/repeats.h>
#include <seimai/runner.h>
#include <seimai/utf8.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *unit, *cut, *audit_path, *tmp;
    int64_t min_chars, min_count;
    bool tag;
    sm_repeat_options options;
    sm_repeats *repeats;
    sm_side *audit;
    sm_arena arena;
} config;

/* What the first pass leaves for the second, or order for verify. */
typedef struct found {
    const sm_repeat_scan *scan;
    const sm_repeat_cut *cuts;
    size_t n;
} found;

/* ---- the first pass: scan → add ------------------------------------------------------------------- */

static void *scanner_new(void *shared, sm_error *err)
{
    (void)err;
    return sm_repeat_scanner_new(((const config *)shared)->repeats);
}

static void scanner_free(void *worker)
{
    sm_repeat_scanner_free(worker);
}

/* A dialogue cannot be cut: its text is several strings. */
static bool is_dialogue(sm_doc *doc)
{
    const sm_message *messages = NULL;
    return sm_doc_messages(doc, &messages) > 0;
}

static int scan(void *worker, sm_doc *doc, sm_error *err)
{
    (void)err;
    found *f = sm_arena_zalloc(doc->arena, 1, sizeof *f);
    if (!is_dialogue(doc)) f->scan = sm_repeats_scan(worker, sm_doc_text(doc), doc->arena);
    doc->user = f;
    return SM_KEEP;
}

static int add(void *shared, sm_doc *doc, sm_error *err)
{
    const config *cfg = shared;
    const found *f = doc->user;
    return sm_repeats_add(cfg->repeats, sm_doc_id(doc), sm_doc_text(doc), f->scan, err);
}

/* What is wrong with the input is told by the second pass. */
static int first_pass(config *cfg, sm_error *err)
{
    const sm_job job = {.shared = cfg,
                        .worker_new = scanner_new,
                        .worker_free = scanner_free,
                        .map = scan,
                        .commit = add,
                        .no_output = true};
    sm_io io = cfg->io;
    sm_stats stats = {0};
    io.output = io.rejects = io.stats = NULL;
    io.end_record = io.progress = false;
    io.usage = NULL;
    io.max_bad = -1;
    int rc = sm_run(&io, &job, &stats, err);
    sm_stats_free(&stats);
    if (rc >= 0) rc = sm_repeats_find(cfg->repeats, err);
    return rc;
}

/* ---- the second pass: find the cuts → apply them --------------------------------------------------- */

static size_t characters(sm_span text, size_t begin, size_t end)
{
    return sm_utf8_count((sm_span){text.p + begin, end - begin});
}

/* The first characters of what is cut. */
static sm_span excerpt(sm_span text, const sm_repeat_cut *cut)
{
    const char *at = text.p + cut->begin, *const end = text.p + cut->end;
    for (int i = 0; i < 40 && at < end; i++)
        (void)sm_utf8_next(&at, end);
    return (sm_span){text.p + cut->begin, (size_t)(at - text.p) - cut->begin};
}

static int audit(const config *cfg, sm_doc *doc, const sm_repeat_cut *cut, size_t begin_char,
                 sm_error *err)
{
    const sm_span text = sm_doc_text(doc);
    sm_span kept;
    SM_TRY(sm_repeats_id(cfg->repeats, cut->source, doc->arena, &kept, err));
    sm_buffer *line = sm_side_line(cfg->audit);
    sm_json_open(line, '{');
    sm_json_put_string(line, "document", sm_doc_id(doc));
    sm_json_put_uint(line, "begin", cut->begin);
    sm_json_put_uint(line, "end", cut->end);
    sm_json_put_uint(line, "begin_char", begin_char);
    sm_json_put_uint(line, "end_char", begin_char + characters(text, cut->begin, cut->end));
    sm_json_put_string(line, "kept", kept);
    sm_json_put_uint(line, "kept_begin", cut->source_begin);
    sm_json_put_text(line, "kind", cfg->unit);
    sm_json_put_string(line, "text", excerpt(text, cut));
    sm_json_close(line, '}');
    return sm_side_end(cfg->audit, err);
}

static int find(void *shared, sm_doc *doc, sm_error *err)
{
    const config *cfg = shared;
    found *f = sm_arena_zalloc(doc->arena, 1, sizeof *f);
    const sm_span text = sm_doc_text(doc);
    const int rc = sm_repeats_cuts(cfg->repeats, text, doc->arena, &f->cuts, &f->n, err);
    if (rc < 0) sm_error_prefix(err, "%s:%lld", doc->file, (long long)doc->line);
    SM_TRY(rc);
    size_t at = 0, chars = 0;
    for (size_t i = 0; i < f->n && cfg->audit; i++) {
        chars += characters(text, at, f->cuts[i].begin);
        at = f->cuts[i].begin;
        SM_TRY(audit(cfg, doc, &f->cuts[i], chars, err));
    }
    doc->user = f;
    return SM_KEEP;
}

/* metadata.repeats: what was cut, or would be. */
static void tag(sm_doc *doc, const found *f)
{
    const sm_span text = sm_doc_text(doc);
    sm_buffer json = sm_buffer_make(1 << 10);
    uint64_t chars = 0;
    for (size_t i = 0; i < f->n; i++)
        chars += characters(text, f->cuts[i].begin, f->cuts[i].end);
    sm_json_open(&json, '{');
    sm_json_put_uint(&json, "cuts", f->n);
    sm_json_put_uint(&json, "chars", chars);
    sm_json_close(&json, '}');
    sm_doc_set_meta(doc, "repeats", sm_arena_copy(doc->arena, sm_buffer_span(&json)));
    sm_buffer_free(&json);
}

static bool is_blank(sm_span text)
{
    return strspn(text.p, " \t\r\n") == text.n;
}

static int apply(void *worker, sm_doc *doc, sm_error *err)
{
    (void)err;
    const config *cfg = worker;
    const found *f = doc->user;
    if (f->n == 0) return SM_KEEP;
    const sm_span text = sm_doc_text(doc);
    const sm_span left = sm_repeats_apply(text, f->cuts, f->n, doc->arena);
    tag(doc, f);
    if (cfg->tag) return SM_KEEP;
    if (is_blank(sm_arena_copy(doc->arena, left)))
        return sm_doc_drop(doc, "all-repeated", (double)text.n, (double)left.n);
    sm_doc_set_text(doc, left);
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const sm_repeat_counts c = sm_repeats_count(((const config *)shared)->repeats);
    sm_json_put_uint(json, "units", c.units);
    sm_json_put_uint(json, "repeated", c.repeated);
    sm_json_put_uint(json, "compared", c.compared);
    sm_json_put_uint(json, "unequal", c.unequal);
    sm_json_put_uint(json, "cuts", c.cuts);
    sm_json_put_uint(json, "bytes_cut", c.bytes_cut);
    sm_json_put_uint(json, "documents_cut", c.documents_cut);
}

/* ---- the tool ------------------------------------------------------------------------------- */

static bool reads_stdin(const sm_io *io)
{
    for (size_t i = 0; i < io->files.n; i++)
        if (strcmp(io->files.items[i], "-") == 0) return true;
    return io->files.n == 0;
}

static int prepare(config *cfg, sm_error *err)
{
    const sm_repeat_unit unit = cfg->unit[0] == 'l' ? SM_REPEAT_LINE
                                : cfg->unit[1] == 'a' && cfg->unit[3] == 'a'
                                    ? SM_REPEAT_PARAGRAPH
                                    : SM_REPEAT_PASSAGE;
    sm_repeat_options *o = &cfg->options;
    *o = sm_repeat_defaults(unit);
    if (cfg->min_chars > 0) o->min_chars = (size_t)cfg->min_chars;
    o->min_count = (uint64_t)cfg->min_count;
    o->any_place = cfg->cut[0] == 'c';
    if (cfg->io.memory > 0)
        o->memory = (size_t)cfg->io.memory / 4 * 3; /* the rest is the runner's */
    o->threads = sm_threads(&cfg->io);
    o->folder = sm_temporary_folder(cfg->tmp, cfg->io.output, &cfg->arena);
    SM_TRY(sm_repeats_new(&cfg->repeats, o, err));
    if (reads_stdin(&cfg->io)) SM_TRY(sm_stdin_keep(o->folder, err));
    SM_TRY(first_pass(cfg, err));
    if (reads_stdin(&cfg->io)) SM_TRY(sm_stdin_rewind(err));
    return sm_side_open(&cfg->audit, cfg->audit_path, err);
}

int main(int argc, char **argv)
{
    config cfg = {.unit = "passage", .cut = "sentences", .min_count = 2};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "unit", &cfg.unit, "passage|line|paragraph", "what is looked for"),
        SM_OPTION_INT('n', "min-chars", &cfg.min_chars, 0, SM_REPEAT_MAX,
                      "least characters; 0: 100 for a passage, 10 for a line or paragraph"),
        SM_OPTION_INT(0, "min-count", &cfg.min_count, 2, INT64_MAX / 1024,
                      "lines and paragraphs that occur less often stay"),
        SM_OPTION_CHOICE(0, "cut", &cfg.cut, "sentences|characters",
                         "cut the whole sentences of a passage, or all of it"),
        SM_OPTION_FLAG(0, "tag", &cfg.tag, "cut nothing; metadata.repeats says what would be"),
        SM_OPTION_STRING(0, "audit", &cfg.audit_path, "FILE",
                         "list of what was cut and where it stays, as JSON lines"),
        SM_OPTION_STRING(0, "tmp", &cfg.tmp, "DIR",
                         "for unnamed temporary files; default: the output's folder"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "dedup-passages",
        .operands = "[OPTION…] [FILE…]",
        .about = "Cut what the corpus says more than once: the first copy stays.",
        .formats = "documents 1, rejects 1, repeats audit 1"};
    const sm_job job = {.shared = &cfg, .order = find, .verify = apply, .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    int status = prepare(&cfg, &err);
    if (status < 0) {
        status = sm_leave(&usage, status, &err);
    } else {
        status = sm_run(&cfg.io, &job, &stats, &err);
        status = sm_side_close(cfg.audit, status, &err);
        status = sm_finish(&cfg.io, &job, status, &stats, &err);
    }
    sm_repeats_free(cfg.repeats);
    sm_arena_free(&cfg.arena);
    return status;
}
