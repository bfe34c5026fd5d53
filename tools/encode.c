/* seimai-encode: text to token ids.
 * Every document gets `ids` in the place of its `text` (of messages: of their contents, joined by a line end);
 * --format u16 or u32 writes the bare numbers, little-endian, one document after the other. No token is added but
 * the one that --eot asks for. --check-roundtrip decodes each document again, and fails at the end if some text did
 * not come back. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/runner.h>
#include <seimai/tokenizer.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *path, *format;
    bool eot, check;
    sm_tokenizer *tok;
    sm_output *out; /* of bare numbers */
    uint64_t checked, different;
} config;

/* What the map leaves for the commit. */
typedef struct encoded {
    sm_span numbers; /* bare ones */
    bool different;  /* decoding gives another text */
} encoded;

typedef struct worker {
    const config *cfg;
    sm_encoder *encoder;
    sm_ids ids;
    sm_buffer back;
} worker;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->encoder = sm_encoder_new();
    w->back = sm_buffer_make(SIZE_MAX / 2);
    return w;
}

static void worker_free(void *state)
{
    worker *w = state;
    sm_encoder_free(w->encoder);
    sm_ids_free(&w->ids);
    sm_buffer_free(&w->back);
    sm_free(w);
}

/* Decimal digits of v at p; returns the end. */
static char *put_number(char *p, uint32_t v)
{
    char digits[10];
    int n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

static sm_span json_of(const sm_ids *ids, sm_arena *arena)
{
    enum { DIGITS = 10, COMMA = 1 };
    char *const start = sm_arena_alloc(arena, ids->n * (DIGITS + COMMA) + 2);
    char *p = start;
    *p++ = '[';
    for (size_t i = 0; i < ids->n; i++) {
        if (i) *p++ = ',';
        p = put_number(p, ids->p[i]);
    }
    *p++ = ']';
    return (sm_span){start, (size_t)(p - start)};
}

static sm_span numbers_of(const sm_ids *ids, bool narrow, sm_arena *arena)
{
    const size_t width = narrow ? 2 : 4;
    char *const bytes = sm_arena_alloc(arena, ids->n * width);
    for (size_t i = 0; i < ids->n; i++) {
        if (narrow)
            sm_put_u16(bytes + i * width, (uint16_t)ids->p[i]);
        else
            sm_put_u32(bytes + i * width, ids->p[i]);
    }
    return (sm_span){bytes, ids->n * width};
}

static int comes_back(worker *w, sm_span text, bool *same, sm_error *err)
{
    sm_buffer_clear(&w->back);
    SM_TRY(sm_tokenizer_decode(w->cfg->tok, w->ids.p, w->ids.n, true, &w->back, err));
    *same = sm_span_equal(sm_buffer_span(&w->back), text);
    return 0;
}

static int encode_one(void *state, sm_doc *doc, sm_error *err)
{
    worker *w = state;
    const config *cfg = w->cfg;
    encoded *done = sm_arena_zalloc(doc->arena, 1, sizeof *done);
    bool same = true;
    w->ids.n = 0;
    sm_tokenizer_encode(cfg->tok, w->encoder, sm_doc_text(doc), &w->ids);
    if (cfg->check) SM_TRY(comes_back(w, sm_doc_text(doc), &same, err));
    if (cfg->eot) sm_ids_put(&w->ids, sm_tokenizer_eot(cfg->tok));
    if (cfg->format[0] == 'j')
        sm_doc_replace_text(doc, "ids", json_of(&w->ids, doc->arena));
    else
        done->numbers = numbers_of(&w->ids, cfg->format[1] == '1', doc->arena);
    done->different = !same;
    doc->user = done;
    return SM_KEEP;
}

static int commit_one(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    const encoded *done = doc->user;
    cfg->checked++;
    cfg->different += done->different;
    return cfg->out ? sm_output_write(cfg->out, done->numbers, err) : SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    if (!cfg->check) return;
    sm_json_key(json, "round_trip");
    sm_json_open(json, '{');
    sm_json_put_uint(json, "same", cfg->checked - cfg->different);
    sm_json_put_uint(json, "different", cfg->different);
    sm_json_close(json, '}');
}

static int open_files(config *cfg, bool bare, sm_error *err)
{
    SM_TRY(sm_tokenizer_load(&cfg->tok, cfg->path, err));
    const char *warning = sm_tokenizer_warning(cfg->tok);
    if (warning && !cfg->io.quiet) sm_note(cfg->io.usage, "%s: %s", cfg->path, warning);
    if (cfg->eot && sm_tokenizer_eot(cfg->tok) == SM_NO_TOKEN)
        SM_FAIL(err, SM_EUSAGE, "%s: --eot: no token ends a document", cfg->path);
    if (cfg->format[0] == 'u' && cfg->format[1] == '1' && sm_tokenizer_size(cfg->tok) > 1 << 16)
        SM_FAIL(err, SM_EUSAGE, "%s: --format u16: %zu ids do not fit", cfg->path,
                sm_tokenizer_size(cfg->tok));
    return bare ? sm_output_open(&cfg->out, cfg->io.output, err) : 0;
}

static int close_output(config *cfg, int rc, sm_error *err)
{
    if (rc == 0 && cfg->out) return sm_output_commit(cfg->out, err);
    sm_output_abort(cfg->out);
    return rc;
}

static int run(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    const bool bare = cfg->format[0] == 'u';
    const sm_job job = {.shared = cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = encode_one,
                        .commit = commit_one,
                        .no_output = bare,
                        .report = report};
    int rc = open_files(cfg, bare, &err);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    rc = close_output(cfg, rc, &err);
    if (rc == 0 && cfg->different)
        rc = sm_error_set(&err, SM_EGATE,
                          "--check-roundtrip: %llu of %llu texts do not come back",
                          (unsigned long long)cfg->different, (unsigned long long)cfg->checked);
    return sm_finish(&cfg->io, &job, rc, &stats, &err);
}

int main(int argc, char **argv)
{
    config cfg = {.format = "jsonl"};
    const sm_option options[] = {
        SM_OPTION_STRING(0, "tokenizer", &cfg.path, "PATH",
                         "a directory, tokenizer.json, .model or .tiktoken"),
        SM_OPTION_CHOICE(0, "format", &cfg.format, "jsonl|u16|u32",
                         "documents with ids, or bare little-endian numbers"),
        SM_OPTION_FLAG(0, "eot", &cfg.eot, "end every document with its end token"),
        SM_OPTION_FLAG(0, "check-roundtrip", &cfg.check,
                       "decode again, count, and end with status 3 if a text differs"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "encode",
        .operands = "--tokenizer PATH [OPTION…] [FILE…]",
        .about = "Put token ids in the place of each document's text.",
        .more = "Special tokens are never read out of a text; --reserve strings are.\n"
                "  seimai encode --tokenizer ja32k corpus.jsonl | seimai decode --tokenizer "
                "ja32k\n",
        .formats = "documents 1",
    };
    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.path) return sm_usage_fail(&usage, "--tokenizer PATH is missing");
    const int status = run(&cfg);
    sm_tokenizer_free(cfg.tok);
    return status;
}
