/* seimai-decode: token ids back to text.
 * Every document gets `text` in the place of its `ids`. Ids that the tokenizer lacks send a document to the
 * rejects; bytes that are no UTF-8 (ids that were cut inside a character) become U+FFFD, and are counted.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/runner.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *path;
    bool specials;
    sm_tokenizer *tok;
    uint64_t repaired; /* documents with bytes that are no UTF-8 */
} config;

typedef struct worker {
    config *cfg;
    sm_ids ids;
    sm_buffer bytes, json;
    uint64_t repaired;
} worker;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->bytes = sm_buffer_make(SIZE_MAX / 8);
    w->json = sm_buffer_make(SIZE_MAX / 8);
    return w;
}

static void worker_free(void *state)
{
    worker *w = state;
    w->cfg->repaired += w->repaired; /* workers end one after the other */
    sm_ids_free(&w->ids);
    sm_buffer_free(&w->bytes);
    sm_buffer_free(&w->json);
    sm_free(w);
}

/* Reads a JSON list of ids; false if it is none, or holds something else. */
static bool read_ids(sm_span raw, const sm_tokenizer *tok, sm_ids *ids)
{
    const char *p = raw.p, *const end = raw.p + raw.n;
    const size_t most = sm_tokenizer_size(tok);
    ids->n = 0;
    if (raw.n < 2 || *p++ != '[') return false;
    for (;;) {
        p += strspn(p, " \t\n\r,");
        if (p >= end || *p == ']') return p < end;
        uint64_t id = 0;
        const char *const digits = p;
        for (; p < end && *p >= '0' && *p <= '9' && id < most; p++)
            id = id * 10 + (uint64_t)(*p - '0');
        if (p == digits || id >= most || !strchr(" \t\n\r,]", *p)) return false;
        sm_ids_put(ids, (uint32_t)id);
    }
}

/* The text as a JSON string; what is no UTF-8 is repaired. */
static sm_span json_of(worker *w, sm_arena *arena)
{
    const sm_span bytes = sm_buffer_span(&w->bytes);
    sm_buffer_clear(&w->json);
    if (sm_utf8_check(bytes) == bytes.n) {
        sm_json_string(&w->json, bytes);
    } else {
        sm_buffer valid = sm_buffer_make(SIZE_MAX / 8);
        uint64_t bad = 0;
        sm_utf8_repair(bytes, &valid, &bad);
        sm_json_string(&w->json, sm_buffer_span(&valid));
        sm_buffer_free(&valid);
        w->repaired++;
    }
    return sm_arena_copy(arena, sm_buffer_span(&w->json));
}

static int decode_one(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    worker *w = state;
    const config *cfg = w->cfg;
    sm_error why = {0};
    sm_buffer_clear(&w->bytes);
    if (!read_ids(sm_doc_text(doc), cfg->tok, &w->ids) ||
        sm_tokenizer_decode(cfg->tok, w->ids.p, w->ids.n, cfg->specials, &w->bytes, &why) < 0)
        return sm_doc_drop(doc, "bad-ids", 0, 0);
    sm_doc_replace_text(doc, "text", json_of(w, doc->arena));
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    sm_json_put_uint(json, "repaired", cfg->repaired);
}

int main(int argc, char **argv)
{
    config cfg = {.io.text_key = "ids"};
    const sm_option options[] = {
        SM_OPTION_STRING(0, "tokenizer", &cfg.path, "PATH",
                         "a directory, tokenizer.json, .model or .tiktoken"),
        SM_OPTION_FLAG(0, "specials", &cfg.specials, "write special tokens as their names"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "decode",
                            .operands = "--tokenizer PATH [OPTION…] [FILE…]",
                            .about = "Put text in the place of each document's token ids.",
                            .formats = "documents 1"};
    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.path) return sm_usage_fail(&usage, "--tokenizer PATH is missing");
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = decode_one,
                        .any_content = true,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};
    int rc = sm_tokenizer_load(&cfg.tok, cfg.path, &err);
    if (rc == 0) rc = sm_run(&cfg.io, &job, &stats, &err);
    const int status = sm_finish(&cfg.io, &job, rc, &stats, &err);
    sm_tokenizer_free(cfg.tok);
    return status;
}
