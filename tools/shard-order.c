/* seimai-shard-order: which documents a step of training reads, and at which steps a document is read.
 * Nothing of this was stored: the order is a function of the run's seed, length and batch (seimai/order.h), so the
 * answer needs the shards and these numbers, which run.yaml has. SPDX-License-Identifier: MIT */
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/options.h>
#include <seimai/shard_edit.h>

typedef struct config {
    const char *run, *document;
    int64_t step, count, seed, length, batch, steps;
    /* the run */
    sm_arena arena;
    sm_shards *set;
    sm_sampling sampling;
    sm_buffer line;
    sm_output *out;
} config;

/* ---- the run's numbers ---------------------------------------------------------------------------- */

static int read_run(config *cfg, const char **data, sm_error *err)
{
    sm_config file = {0};
    sm_span dir = {0};
    SM_TRY(sm_config_read(&file, sm_arena_printf(&cfg->arena, "%s/run.yaml", cfg->run), err));
    const sm_value *const root = &file.root;
    int status =
        sm_value_read_int(sm_value_get(root, "seed"), "seed", 0, INT64_MAX, &cfg->seed, err);
    if (status == SM_OK)
        status = sm_value_read_int(sm_value_get(root, "length"), "length", 1, INT32_MAX,
                                   &cfg->length, err);
    if (status == SM_OK)
        status = sm_value_read_int(sm_value_get(root, "batch"), "batch", 1, INT32_MAX,
                                   &cfg->batch, err);
    if (status == SM_OK)
        status = sm_value_read_int(sm_value_get(root, "steps"), "steps", 0, INT64_MAX,
                                   &cfg->steps, err);
    if (status == SM_OK)
        status = sm_value_read_string(sm_value_get(root, "data"), "data", &dir, err);
    if (status == SM_OK && !*data) *data = sm_arena_copy(&cfg->arena, dir).p;
    sm_config_free(&file);
    return status;
}

/* The set itself, or the train/ of a pair. */
static int open_set(config *cfg, const char *data, sm_error *err)
{
    const char *const train = sm_arena_printf(&cfg->arena, "%s/train", data);
    const char *const manifest = sm_arena_printf(&cfg->arena, "%s/manifest.json", data);
    SM_TRY(sm_shards_open(&cfg->set, sm_file_exists(manifest) ? data : train, err));
    const sm_shards_info *const info = sm_shards_about(cfg->set);
    if (info->tokens == 0) SM_FAIL(err, SM_EUSAGE, "%s: holds no tokens", info->dir);
    cfg->sampling = (sm_sampling){(uint64_t)cfg->seed, info->tokens, (uint64_t)cfg->length};
    return SM_OK;
}

/* ---- a step → documents ---------------------------------------------------------------------------- */

/* The documents that targets [first, first + n) of the ring lie in. */
static int put_documents(config *cfg, uint64_t first, uint64_t n, sm_error *err)
{
    const uint64_t tokens = sm_shards_about(cfg->set)->tokens;
    while (n > 0) {
        uint64_t sequence = 0;
        sm_shards_doc doc = {0};
        first %= tokens;
        SM_TRY(sm_shards_find(cfg->set, first, &sequence, err));
        SM_TRY(sm_shards_document(cfg->set, sequence, &doc, err));
        const uint64_t rest = doc.first + doc.n - first;
        const uint64_t here = rest < n ? rest : n;
        sm_json_open(&cfg->line, '{');
        sm_json_put_string(&cfg->line, "id", doc.id);
        sm_json_put_uint(&cfg->line, "from", first - doc.first);
        sm_json_put_uint(&cfg->line, "tokens", here);
        sm_json_close(&cfg->line, '}');
        first += here;
        n -= here;
    }
    return SM_OK;
}

static int put_sample(config *cfg, uint64_t step, uint64_t sample, sm_error *err)
{
    uint64_t epoch = 0;
    sm_windows windows = {0};
    const uint64_t window = sm_sampling_window(&cfg->sampling, sample, &epoch, &windows);
    const uint64_t before = window * windows.length;
    const uint64_t left = windows.tokens - before;
    sm_buffer_clear(&cfg->line);
    sm_json_open(&cfg->line, '{');
    sm_json_put_uint(&cfg->line, "step", step);
    sm_json_put_uint(&cfg->line, "sample", sample);
    sm_json_put_uint(&cfg->line, "epoch", epoch);
    sm_json_key(&cfg->line, "documents");
    sm_json_open(&cfg->line, '[');
    SM_TRY(put_documents(cfg, before + windows.phase,
                         left < windows.length ? left : windows.length, err));
    sm_json_close(&cfg->line, ']');
    sm_json_close(&cfg->line, '}');
    sm_buffer_putc(&cfg->line, '\n');
    return sm_output_write(cfg->out, sm_buffer_span(&cfg->line), err);
}

static int show_steps(config *cfg, sm_error *err)
{
    const uint64_t batch = (uint64_t)cfg->batch;
    for (uint64_t step = (uint64_t)cfg->step; step < (uint64_t)(cfg->step + cfg->count); step++)
        for (uint64_t b = 0; b < batch; b++)
            SM_TRY(put_sample(cfg, step, (step - 1) * batch + b, err));
    return SM_OK;
}

/* ---- a document → steps ------------------------------------------------------------------------------ */

static int find_document(config *cfg, sm_shards_whole *doc, sm_error *err)
{
    const uint64_t n = sm_shards_about(cfg->set)->sequences;
    for (uint64_t i = 0; i < n; i += doc->sequences) {
        SM_TRY(sm_shards_whole_at(cfg->set, i, doc, err));
        if (sm_span_equal(doc->id, sm_span_of(cfg->document))) return SM_OK;
    }
    SM_FAIL(err, SM_ENOENT, "%s: no document '%s'", sm_shards_about(cfg->set)->dir,
            cfg->document);
}

/* Every window of an epoch that holds some of the document, in the order of its tokens. */
static int show_epoch(config *cfg, const sm_shards_whole *doc, uint64_t epoch, sm_error *err)
{
    const uint64_t end = doc->first + doc->n + (sm_shards_about(cfg->set)->eot >= 0);
    const uint64_t length = cfg->sampling.length;
    const uint64_t phase = sm_order_phase(cfg->sampling.seed, epoch, length);
    for (uint64_t at = doc->first, next = 0; at < end; at = next) {
        const uint64_t k = (at + cfg->sampling.tokens - phase) % cfg->sampling.tokens;
        const uint64_t sample = sm_sampling_sample(&cfg->sampling, epoch, at);
        const uint64_t step = sample / (uint64_t)cfg->batch + 1;
        const uint64_t in_window = length - k % length, in_ring = cfg->sampling.tokens - k;
        next = at + (in_window < in_ring ? in_window : in_ring);
        if (next > end) next = end;
        if (step > (uint64_t)cfg->steps) continue;
        sm_buffer_clear(&cfg->line);
        sm_json_open(&cfg->line, '{');
        sm_json_put_string(&cfg->line, "id", doc->id);
        sm_json_put_uint(&cfg->line, "step", step);
        sm_json_put_uint(&cfg->line, "sample", sample);
        sm_json_put_uint(&cfg->line, "epoch", epoch);
        sm_json_put_uint(&cfg->line, "from", at - doc->first);
        sm_json_put_uint(&cfg->line, "tokens", next - at);
        sm_json_close(&cfg->line, '}');
        sm_buffer_putc(&cfg->line, '\n');
        SM_TRY(sm_output_write(cfg->out, sm_buffer_span(&cfg->line), err));
    }
    return SM_OK;
}

static int show_document(config *cfg, sm_error *err)
{
    sm_shards_whole doc = {0};
    sm_windows windows = {0};
    uint64_t last = 0;
    SM_TRY(find_document(cfg, &doc, err));
    (void)sm_sampling_window(&cfg->sampling, (uint64_t)(cfg->steps * cfg->batch) - 1, &last,
                             &windows);
    for (uint64_t epoch = 0; epoch <= last; epoch++)
        SM_TRY(show_epoch(cfg, &doc, epoch, err));
    return SM_OK;
}

/* ---- the program ---------------------------------------------------------------------------------------- */

static int show(config *cfg, const char *data, sm_error *err)
{
    if (cfg->run) SM_TRY(read_run(cfg, &data, err));
    if (cfg->length < 1 || cfg->batch < 1)
        SM_FAIL(err, SM_EUSAGE, "--run, or --length and --batch are needed");
    if (cfg->document && cfg->steps < 1)
        SM_FAIL(err, SM_EUSAGE, "--document needs --steps: how far the run goes");
    SM_TRY(open_set(cfg, data, err));
    SM_TRY(sm_output_open(&cfg->out, NULL, err));
    const int status = cfg->document ? show_document(cfg, err) : show_steps(cfg, err);
    if (status >= 0) return sm_output_commit(cfg->out, err);
    sm_output_abort(cfg->out);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.count = 1, .seed = 1};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_STRING(0, "run", &cfg.run, "DIR", "take data and numbers from its run.yaml"),
        SM_OPTION_INT(0, "step", &cfg.step, 1, INT64_MAX / 2, "show what this step reads"),
        SM_OPTION_INT('n', "count", &cfg.count, 1, 1 << 30, "and so many steps from it on"),
        SM_OPTION_STRING(0, "document", &cfg.document, "ID", "show which steps read it"),
        SM_OPTION_INT(0, "steps", &cfg.steps, 0, INT64_MAX / 2,
                      "of --document: the run's length"),
        SM_OPTION_INT(0, "seed", &cfg.seed, 0, INT64_MAX, "of the run"),
        SM_OPTION_INT(0, "length", &cfg.length, 0, INT32_MAX, "tokens of a sequence"),
        SM_OPTION_INT(0, "batch", &cfg.batch, 0, INT32_MAX, "sequences of a step"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-order",
        .operands = "(--step N | --document ID) [OPTION…] [SET]",
        .about = "Tell which documents a training step reads, and the reverse.",
        .more =
            "The numbers of the run come from --run, or from --length and --batch.\n"
            "A line of JSON a sequence; steps count from 1, as in metrics.jsonl. `from` is\n"
            "the first of the document's tokens that is a target there, `tokens` how many\n"
            "are.\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if ((cfg.step > 0) == (cfg.document != NULL))
        return sm_usage_fail(&usage, "one of --step and --document is needed");
    if (io.files.n > 1 || (io.files.n == 0 && !cfg.run))
        return sm_usage_fail(&usage, "one folder of shards is needed, or --run");
    cfg.line = sm_buffer_make(1 << 28);
    const int status = show(&cfg, io.files.n ? io.files.items[0] : NULL, &err);
    sm_shards_close(cfg.set);
    sm_buffer_free(&cfg.line);
    sm_arena_free(&cfg.arena);
    return sm_leave(&usage, status, &err);
}
