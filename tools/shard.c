/* seimai-shard: documents to token shards, the form that training reads.
 * Map encodes a text with the tokenizer; commit appends its ids, in input order, to the shards of a folder:
 * Megatron-LM's .bin and .idx, our .meta beside them, and manifest.json when all is there. With --validation
 * the folder holds two sets, train/ and valid/, divided by a key that keeps what belongs together on one
 * side, and that does not change when the corpus grows.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/runner.h>
#include <seimai/shard.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

#include <string.h>

enum { TRAIN, VALID, SETS };
static const char *const set_names[SETS] = {"train", "valid"};

typedef struct config {
    const char *tokenizer_path, *kind, *name, *split_key;
    double validation;
    int64_t shard_tokens;
    sm_tokenizer *tokenizer;
    sm_shard_writer *sets[SETS]; /* only the first without --validation */
    uint64_t tokens[SETS], documents[SETS];
    sm_arena arena;
} config;

typedef struct worker {
    const config *cfg;
    sm_encoder *encoder;
    sm_ids ids;
} worker;

static void *worker_new(void *shared, sm_error *err)
{
    (void)err;
    worker *w = sm_calloc(1, sizeof *w);
    w->cfg = shared;
    w->encoder = sm_encoder_new();
    return w;
}

static void worker_free(void *state)
{
    worker *w = state;
    sm_encoder_free(w->encoder);
    sm_ids_free(&w->ids);
    sm_free(w);
}

/* What map leaves for commit: the document as the writer wants it, and its side of the division. */
typedef struct encoded {
    sm_shard_doc doc;
    int set;
} encoded;

static int encode_one(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    worker *w = state;
    const sm_message *messages = NULL;
    if (sm_doc_messages(doc, &messages)) return sm_doc_drop(doc, "not-a-text", 0, 0);
    const sm_span text = sm_doc_text(doc);
    w->ids.n = 0;
    sm_tokenizer_encode(w->cfg->tokenizer, w->encoder, text, &w->ids);
    uint32_t *ids = sm_arena_alloc(doc->arena, w->ids.n * sizeof *ids);
    if (w->ids.n) memcpy(ids, w->ids.p, w->ids.n * sizeof *ids);

    encoded *e = sm_arena_zalloc(doc->arena, 1, sizeof *e);
    e->doc = (sm_shard_doc){.id = sm_doc_id(doc),
                            .ids = ids,
                            .n = w->ids.n,
                            .text_bytes = text.n,
                            .characters = sm_utf8_count(text)};
    if (sm_split_is_validation(sm_split_key(doc, w->cfg->split_key), w->cfg->validation))
        e->set = VALID;
    doc->user = e;
    return SM_KEEP;
}

static int append_one(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    const encoded *e = doc->user;
    cfg->tokens[e->set] += e->doc.n + 1;
    cfg->documents[e->set]++;
    return sm_shard_writer_append(cfg->sets[e->set], &e->doc, err);
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    for (int i = 0; i < SETS && cfg->sets[i]; i++) {
        sm_json_key(json, set_names[i]);
        sm_json_open(json, '{');
        sm_json_put_uint(json, "documents", cfg->documents[i]);
        sm_json_put_uint(json, "tokens", cfg->tokens[i]);
        sm_json_close(json, '}');
    }
}

/* The last part of a path, for the manifest: where a tokenizer lies is nobody's business. */
static const char *base_name(config *cfg, const char *path)
{
    sm_span s = sm_span_of(path);
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    size_t at = s.n;
    while (at && s.p[at - 1] != '/')
        at--;
    return sm_arena_copy(&cfg->arena, (sm_span){s.p + at, s.n - at}).p;
}

static sm_span options_json(config *cfg)
{
    sm_buffer json = sm_buffer_make(1 << 16);
    sm_json_open(&json, '{');
    sm_json_put_int(&json, "shard-tokens", cfg->shard_tokens);
    sm_json_put_real(&json, "validation", cfg->validation);
    sm_json_put_text(&json, "split-key", cfg->split_key);
    sm_json_close(&json, '}');
    const sm_span copy = sm_arena_copy(&cfg->arena, sm_buffer_span(&json));
    sm_buffer_free(&json);
    return copy;
}

static int open_sets(config *cfg, const char *dir, sm_error *err)
{
    const uint32_t eot = sm_tokenizer_eot(cfg->tokenizer);
    const uint32_t pad = sm_tokenizer_find(cfg->tokenizer, SM_SPAN("<|pad|>"));
    if (eot == SM_NO_TOKEN)
        SM_FAIL(err, SM_EFORMAT, "%s: no token that ends a document", cfg->tokenizer_path);
    const sm_shard_options base = {.name = cfg->name,
                                   .kind = cfg->kind,
                                   .vocab_size = (uint32_t)sm_tokenizer_size(cfg->tokenizer),
                                   .eot = eot,
                                   .bos = eot,
                                   .pad = pad == SM_NO_TOKEN ? -1 : (int64_t)pad,
                                   .has_tokenizer = true,
                                   .tokenizer_hash = sm_tokenizer_hash(cfg->tokenizer),
                                   .tokenizer_name = base_name(cfg, cfg->tokenizer_path),
                                   .shard_tokens = cfg->shard_tokens,
                                   .options = options_json(cfg)};
    for (int i = 0; i < (cfg->validation > 0 ? SETS : 1); i++) {
        sm_shard_options o = base;
        o.dir = dir;
        if (cfg->validation > 0)
            o.dir = sm_arena_printf(&cfg->arena, "%s/%s", dir, set_names[i]);
        SM_TRY(sm_shard_writer_open(&cfg->sets[i], &o, err));
    }
    return SM_OK;
}

/* Both manifests, or none: after a failure the writers are only freed. */
static int commit_sets(config *cfg, int status, bool complete, sm_error *err)
{
    for (int i = 0; i < SETS; i++) {
        if (status < 0)
            sm_shard_writer_abort(cfg->sets[i]);
        else if (cfg->sets[i])
            status = sm_shard_writer_commit(cfg->sets[i], complete, err);
    }
    return status;
}

/* The tokenizer goes along: who trains on the shards later needs no other folder. */
static int keep_tokenizer(config *cfg, const char *dir, sm_error *err)
{
    const char *to = sm_arena_printf(&cfg->arena, "%s/tokenizer", dir);
    return sm_tokenizer_files_copy(cfg->tokenizer_path, to, err);
}

static int load_tokenizer(config *cfg, const sm_io *io, sm_error *err)
{
    SM_TRY(sm_tokenizer_load(&cfg->tokenizer, cfg->tokenizer_path, err));
    const char *warning = sm_tokenizer_warning(cfg->tokenizer);
    if (warning && !io->quiet) sm_note(io->usage, "%s: %s", cfg->tokenizer_path, warning);
    return SM_OK;
}

static int run(config *cfg, const sm_io *io, const sm_job *job, sm_stats *stats, sm_error *err)
{
    int status = load_tokenizer(cfg, io, err);
    if (status >= 0) status = open_sets(cfg, io->output, err);
    if (status >= 0) status = sm_run(io, job, stats, err);
    if (status >= 0) status = keep_tokenizer(cfg, io->output, err);
    return commit_sets(cfg, status, stats->complete, err);
}

int main(int argc, char **argv)
{
    config cfg = {
        .kind = "text", .name = "shard", .split_key = "auto", .shard_tokens = 1 << 28};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_STRING('t', "tokenizer", &cfg.tokenizer_path, "PATH",
                         "a directory, tokenizer.json, .model or .tiktoken (needed)"),
        SM_OPTION_CHOICE(0, "kind", &cfg.kind, "text", "what the documents are"),
        SM_OPTION_STRING(0, "name", &cfg.name, "NAME", "beginning of the files' names"),
        SM_OPTION_INT(0, "shard-tokens", &cfg.shard_tokens, 1, INT32_MAX,
                      "most tokens of a shard, which ends with a document"),
        SM_OPTION_REAL(0, "validation", &cfg.validation, 0, 1,
                       "share of the keys that goes to valid/, the rest to train/"),
        SM_OPTION_STRING(0, "split-key", &cfg.split_key, "KEY",
                         "auto, cluster, host, id or a field's path"),
        SM_OPTIONS_IO(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard",
        .operands = "--tokenizer PATH -o DIR [OPTION…] [FILE…]",
        .about = "Encode documents into token shards for training.",
        .more = "-o names a folder that holds no finished set. A document with `messages` is "
                "dropped\n(not-a-text). Keys: auto is the cluster of dedup, else the host of "
                "metadata.url, else the id.\n",
        .formats = "shards 1, rejects 1, stats 1",
    };
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = encode_one,
                        .commit = append_one,
                        .no_output = true,
                        .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.tokenizer_path) return sm_usage_fail(&usage, "--tokenizer is needed");
    if (!io.output) return sm_usage_fail(&usage, "-o is needed: a folder for the shards");
    const int status = run(&cfg, &io, &job, &stats, &err);
    const int left = sm_finish(&io, &job, status, &stats, &err);
    sm_tokenizer_free(cfg.tokenizer);
    sm_arena_free(&cfg.arena);
    return left;
}
