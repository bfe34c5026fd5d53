/* seimai-shard: documents to token shards, the form that training reads.
 * Map makes the ids of a document: of a text, a dialogue, a pair of answers, or a source and its target. What it is the first
 * document decides, or --kind. Commit appends the ids, in input order or shuffled, to the shards of a folder: Megatron-LM's
 * .bin and .idx, our .meta beside them, and manifest.json. With --validation the folder holds two sets, train/ and
 * valid/, divided by a key that keeps together what belongs together, however the corpus grows. SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/runner.h>
#include <seimai/shard_sets.h>

enum { BY_FIRST = -1 };

typedef struct config {
    const char *tokenizer_path, *kind_name, *template_name, *name, *split_key, *compress;
    bool messages;
    double validation;
    int64_t shard_tokens, max_tokens, seed; /* seed -1: the order of the input */
    sm_shard_weights weights;
    const sm_io *io;
    sm_tokenizer *tokenizer;
    sm_chat *chat;       /* NULL: the tokenizer has none of the template's tokens … */
    sm_error no_chat;    /* … and this says so */
    int kind;            /* sm_chat_kind, or BY_FIRST */
    sm_shard_sets *sets; /* opened for the first document, as … */
    sm_chat_kind set_kind;
    sm_shard_counts counts[2]; /* train or the only one, valid */
    bool divided;
    sm_arena arena;
} config;

typedef struct worker {
    const config *cfg;
    sm_encoder *encoder;
    sm_chat_ids ids;
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
    sm_chat_ids_free(&w->ids);
    sm_free(w);
}

static bool needs_chat(sm_chat_kind kind)
{
    return kind == SM_CHAT_DIALOG || kind == SM_CHAT_PAIR;
}

/* ---- a document --------------------------------------------------------------------------------- */

/* What a record must have to be a document at all. */
static bool is_document(sm_doc *doc)
{
    return sm_chat_kind_of(doc) != SM_CHAT_TEXT || sm_doc_text(doc).p;
}

/* What map leaves for commit: the document as the writer wants it, and its side of the division. */
typedef struct encoded {
    sm_chat_kind kind;
    const char *
        rule; /* why it is dropped, or NULL; commit drops, for the first document is one all the same */
    double value, threshold;
    sm_shard_doc doc;
    bool validation;
    uint64_t copies;
} encoded;

static const char *make_ids(worker *w, sm_doc *doc, encoded *e)
{
    const config *const cfg = w->cfg;
    if (needs_chat(e->kind) && !cfg->chat) return "no-template";
    const char *const rule =
        sm_chat_encode(cfg->chat, cfg->tokenizer, w->encoder, doc, e->kind, &w->ids, &e->value);
    if (rule) return rule;
    e->value = (double)w->ids.ids.n;
    e->threshold = (double)cfg->max_tokens;
    if (cfg->max_tokens && w->ids.ids.n > (uint64_t)cfg->max_tokens) return "too-long";
    e->doc = sm_shard_doc_make(doc, &w->ids, e->kind == SM_CHAT_TEXT);
    return NULL;
}

static int encode_one(void *state, sm_doc *doc, sm_error *err)
{
    (void)err;
    worker *w = state;
    const config *const cfg = w->cfg;
    encoded *e = sm_arena_zalloc(doc->arena, 1, sizeof *e);
    const int kept = sm_shard_weigh(&cfg->weights, doc, &e->copies);
    if (kept != SM_KEEP) return kept;
    e->kind = cfg->kind == BY_FIRST ? sm_chat_kind_of(doc) : (sm_chat_kind)cfg->kind;
    e->rule = make_ids(w, doc, e);
    e->validation = sm_split_is_validation(sm_split_key(doc, cfg->split_key), cfg->validation);
    doc->user = e;
    return SM_KEEP;
}

/* ---- the sets ----------------------------------------------------------------------------------- */

static sm_span options_json(config *cfg, sm_chat_kind kind)
{
    sm_buffer json = sm_buffer_make(1 << 16);
    sm_json_open(&json, '{');
    sm_json_put_int(&json, "shard-tokens", cfg->shard_tokens);
    if (cfg->max_tokens) sm_json_put_int(&json, "max-tokens", cfg->max_tokens);
    if (needs_chat(kind)) sm_json_put_text(&json, "template", sm_chat_name(cfg->chat));
    sm_json_put_real(&json, "validation", cfg->validation);
    sm_json_put_text(&json, "split-key", cfg->split_key);
    if (cfg->seed >= 0) sm_json_put_int(&json, "seed", cfg->seed);
    sm_shard_weights_tell(&cfg->weights, &json);
    sm_json_close(&json, '}');
    const sm_span copy = sm_arena_copy(&cfg->arena, sm_buffer_span(&json));
    sm_buffer_free(&json);
    return copy;
}

static int open_sets(config *cfg, sm_chat_kind kind, sm_error *err)
{
    if (needs_chat(kind) && !cfg->chat)
        SM_FAIL(err, cfg->no_chat.code, "%s: %s", cfg->tokenizer_path, cfg->no_chat.text);
    const uint32_t eot =
        needs_chat(kind) ? sm_chat_document(cfg->chat) : sm_tokenizer_eot(cfg->tokenizer);
    sm_shard_options set = {.dir = cfg->io->output,
                            .name = cfg->name,
                            .kind = sm_chat_kind_name(kind),
                            .shard_tokens = cfg->shard_tokens,
                            .options = options_json(cfg, kind),
                            .compress = cfg->compress};
    SM_TRY(sm_shard_options_bind(&set, cfg->tokenizer, cfg->tokenizer_path, eot, &cfg->arena,
                                 err));
    const sm_shard_intake_options intake = {.shuffle = cfg->seed >= 0,
                                            .seed = (uint64_t)cfg->seed,
                                            .memory = (size_t)cfg->io->memory,
                                            .folder = cfg->io->output,
                                            .threads = sm_threads(cfg->io)};
    cfg->set_kind = kind;
    return sm_shard_sets_open(&cfg->sets, &set, cfg->divided, &intake, cfg->counts, err);
}

/* The first document says what all are. */
static int append_one(void *shared, sm_doc *doc, sm_error *err)
{
    config *cfg = shared;
    const encoded *e = doc->user;
    if (!cfg->sets) SM_TRY(open_sets(cfg, e->kind, err));
    if (e->kind != cfg->set_kind) return sm_doc_drop(doc, "other-kind", 0, 0);
    if (e->rule) return sm_doc_drop(doc, e->rule, e->value, e->threshold);
    return sm_shard_sets_add(cfg->sets, e->validation, &e->doc, e->copies, err);
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    for (int i = 0; i <= cfg->divided; i++) {
        sm_json_key(json, i ? "valid" : "train");
        sm_json_open(json, '{');
        sm_shard_counts_tell(&cfg->counts[i], json);
        sm_json_close(json, '}');
    }
}

/* A template that was asked for must be possible; one that nobody asked for need not be. */
static int load_tokenizer(config *cfg, sm_error *err)
{
    const char *const path = cfg->tokenizer_path;
    SM_TRY(sm_tokenizer_load(&cfg->tokenizer, path, err));
    const char *warning = sm_tokenizer_warning(cfg->tokenizer);
    if (warning && !cfg->io->quiet) sm_note(cfg->io->usage, "%s: %s", path, warning);
    const int status =
        sm_chat_open_in(&cfg->chat, cfg->template_name, path, cfg->tokenizer, &cfg->no_chat);
    if (status == SM_OK || (!cfg->template_name && !needs_chat((sm_chat_kind)cfg->kind)))
        return SM_OK;
    SM_FAIL(err, status, "%s: %s", path, cfg->no_chat.text);
}

/* The tokenizer goes along, with the template: who trains on the shards later needs no other folder. */
static int keep_tokenizer(config *cfg, sm_error *err)
{
    const char *to = sm_arena_printf(&cfg->arena, "%s/tokenizer", cfg->io->output);
    SM_TRY(sm_tokenizer_files_copy(cfg->tokenizer_path, to, err));
    return needs_chat(cfg->set_kind) ? sm_chat_jinja_write(cfg->chat, to, err) : SM_OK;
}

static int read_all(config *cfg, const sm_job *job, sm_stats *stats, sm_error *err)
{
    SM_TRY(load_tokenizer(cfg, err));
    if (cfg->kind != BY_FIRST) SM_TRY(open_sets(cfg, (sm_chat_kind)cfg->kind, err));
    SM_TRY(sm_run(cfg->io, job, stats, err));
    if (!cfg->sets) SM_TRY(open_sets(cfg, SM_CHAT_TEXT, err)); /* no document */
    return keep_tokenizer(cfg, err);
}

static int run(config *cfg, const sm_job *job, sm_stats *stats, sm_error *err)
{
    const int status = read_all(cfg, job, stats, err);
    if (status >= 0) return sm_shard_sets_commit(cfg->sets, stats->complete, err);
    sm_shard_sets_abort(cfg->sets);
    return status;
}

static int kind_of_name(const config *cfg)
{
    sm_chat_kind kind = SM_CHAT_DIALOG;
    return cfg->messages || sm_chat_kind_named(cfg->kind_name, &kind) ? (int)kind : BY_FIRST;
}

static const char more[] =
    "-o names a folder that holds no finished set. Kinds: text; chat: messages; pair: prompt,\n"
    "chosen, rejected; seq2seq: source and target, or prompt and response (or completion), or\n"
    "instruction, output, perhaps input (with --kind chat: a user's and an assistant's "
    "message).\n"
    "What counts in the loss: the assistant's content and the token that ends it, both "
    "answers\n"
    "of a pair, the target. Dropped: other-kind, no-target, role-order, unknown-role, "
    "too-long.\n"
    "Split keys: auto is the cluster of dedup, else the host of metadata.url, else the id.\n"
    "A weight of 2.5 writes each document twice and half of them a third time, .1 one of ten;\n"
    "--repeat-by metadata.dedup.size as often as it was found. valid/ has each document once.\n"
    "The same command goes on behind the whole shards of a run that was killed.\n";

int main(int argc, char **argv)
{
    config cfg = {.kind_name = "auto",
                  .name = "shard",
                  .split_key = "auto",
                  .shard_tokens = 1 << 28,
                  .compress = "none",
                  .seed = -1,
                  .weights.repeat_most = 10};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_STRING('t', "tokenizer", &cfg.tokenizer_path, "PATH",
                         "a directory, tokenizer.json, .model or .tiktoken (needed)"),
        SM_OPTION_CHOICE(0, "kind", &cfg.kind_name, "auto|text|chat|pair|seq2seq",
                         "what the documents are; auto: as the first one"),
        SM_OPTION_FLAG(0, "messages", &cfg.messages, "the same as --kind chat"),
        SM_OPTION_CHOICE(0, "template", &cfg.template_name, SM_CHAT_CHOICES,
                         "of chat and pair; default: the tokenizer's own, else chatml"),
        SM_OPTION_INT(0, "max-tokens", &cfg.max_tokens, 0, INT32_MAX,
                      "drop longer documents (too-long); 0: none"),
        SM_OPTION_STRING(0, "name", &cfg.name, "NAME", "beginning of the files' names"),
        SM_OPTION_INT(0, "shard-tokens", &cfg.shard_tokens, 1, INT32_MAX,
                      "most tokens of a shard, which ends with a document"),
        SM_OPTION_REAL(0, "validation", &cfg.validation, 0, 1,
                       "share of the keys that goes to valid/, the rest to train/"),
        SM_OPTION_STRING(0, "split-key", &cfg.split_key, "KEY",
                         "auto, cluster, host, id or a field's path"),
        SM_OPTION_INT(0, "seed", &cfg.seed, -1, INT32_MAX,
                      "shuffle the documents by this seed; -1: keep their order"),
        SM_OPTION_STRING(0, "repeat-by", &cfg.weights.repeat_by, "KEY",
                         "field whose number multiplies a document's weight"),
        SM_OPTION_REAL(0, "repeat-most", &cfg.weights.repeat_most, 0, 1e6,
                       "… and counts at most so much"),
        SM_OPTION_CHOICE(0, "compress", &cfg.compress, "none|zstd",
                         "zstd: tokens in frames of 1 MiB, which training reads directly"),
        SM_OPTIONS_IO(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard",
        .operands = "--tokenizer PATH -o DIR [OPTION…] [FILE[=WEIGHT]…]",
        .about = "Encode documents into token shards for training.",
        .more = more,
        .formats = "shards 1, rejects 1, stats 1",
    };
    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.tokenizer_path) return sm_usage_fail(&usage, "--tokenizer is needed");
    if (!io.output) return sm_usage_fail(&usage, "-o is needed: a folder for the shards");
    cfg.io = &io;
    cfg.kind = kind_of_name(&cfg);
    cfg.divided = cfg.validation > 0;
    if (cfg.seed >= 0) cfg.weights.seed = (uint64_t)cfg.seed;
    const sm_job job = {.shared = &cfg,
                        .worker_new = worker_new,
                        .worker_free = worker_free,
                        .map = encode_one,
                        .commit = append_one,
                        .no_output = true,
                        .any_record = cfg.kind != SM_CHAT_TEXT,
                        .accepts = is_document,
                        .report = report};
    sm_error err = {0};
    sm_stats stats = {0};
    int status = sm_shard_weights_read(&cfg.weights, &io.files, &cfg.arena, &err);
    if (status >= 0) status = run(&cfg, &job, &stats, &err);
    const int left = sm_finish(&io, &job, status, &stats, &err);
    sm_chat_free(cfg.chat);
    sm_tokenizer_free(cfg.tokenizer);
    sm_arena_free(&cfg.arena);
    return left;
}
