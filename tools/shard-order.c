/* seimai-shard-order: which documents a step of training reads, and at which steps a document is read.
 * Nothing of this was stored: the order is a function of the run's seed, length and batch (seimai/order.h), so the
 * answer needs the shards and these numbers, which run.yaml has. SPDX-License-Identifier: MIT */
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/options.h>
#include <seimai/packing.h>
#include <seimai/shard_edit.h>

typedef struct config {
    const char *run, *document;
    int64_t step, count, seed, length, batch, steps;
    /* the run */
    sm_arena arena;
    sm_list data; /* as given: DIR or DIR=WEIGHT */
    sm_pack pack; /* of its documents */
    sm_shard_sources from;
    sm_shards *sets[SM_MIXTURE_MOST];
    sm_mixture mixture;
    sm_buffer line;
    sm_output *out;
} config;

/* ---- the run's numbers ---------------------------------------------------------------------------- */

static void add_data(config *cfg, const char *given)
{
    cfg->data.items =
        sm_array_grow(cfg->data.items, cfg->data.n, &cfg->data.cap, sizeof *cfg->data.items);
    cfg->data.items[cfg->data.n++] = given;
}

/* A set, or a list of sets. */
static int read_data(config *cfg, const sm_value *data, sm_error *err)
{
    if (!data) SM_FAIL(err, SM_EUSAGE, "%s/run.yaml: data: missing", cfg->run);
    const sm_value *const items = data->kind == SM_LIST ? data->items : data;
    const size_t n = data->kind == SM_LIST ? data->n : 1;
    for (size_t i = 0; i < n; i++) {
        sm_span given = {0};
        SM_TRY(sm_value_read_string(items + i, "data", &given, err));
        add_data(cfg, sm_arena_copy(&cfg->arena, given).p);
    }
    return SM_OK;
}

static int read_run(config *cfg, sm_error *err)
{
    sm_config file = {0};
    SM_TRY(sm_config_read(&file, sm_arena_printf(&cfg->arena, "%s/run.yaml", cfg->run), err));
    const sm_value *const root = &file.root;
    const struct {
        const char *name;
        int64_t min, max, *value;
    } numbers[] = {{"seed", 0, INT64_MAX, &cfg->seed},
                   {"length", 1, INT32_MAX, &cfg->length},
                   {"batch", 1, INT32_MAX, &cfg->batch},
                   {"steps", 0, INT64_MAX, &cfg->steps}};
    int status = SM_OK;
    for (int i = 0; i < 4 && status == SM_OK; i++)
        status = sm_value_read_int(sm_value_get(root, numbers[i].name), numbers[i].name,
                                   numbers[i].min, numbers[i].max, numbers[i].value, err);
    sm_span pack = SM_SPAN("windows");
    if (status == SM_OK)
        status = sm_value_read_string(sm_value_get(root, "pack"), "pack", &pack, err);
    if (status == SM_OK && !sm_pack_parse(pack.p, &cfg->pack))
        status = sm_error_set(err, SM_EUSAGE, "%s/run.yaml: pack: '%s'", cfg->run, pack.p);
    if (status == SM_OK && cfg->data.n == 0)
        status = read_data(cfg, sm_value_get(root, "data"), err);
    sm_config_free(&file);
    return status;
}

/* The sets themselves, or the train/ of pairs. */
static int open_sets(config *cfg, sm_error *err)
{
    uint64_t tokens[SM_MIXTURE_MOST];
    sm_shard_sources_find(&cfg->from, cfg->data.items, cfg->data.n, &cfg->arena);
    for (uint32_t i = 0; i < cfg->from.n && i < SM_MIXTURE_MOST; i++) {
        SM_TRY(sm_shards_open(cfg->sets + i, cfg->from.items[i].dir, err));
        tokens[i] = sm_shards_about(cfg->sets[i])->tokens;
        if (tokens[i] == 0)
            SM_FAIL(err, SM_EUSAGE, "%s: holds no tokens", cfg->from.items[i].dir);
        if (sm_pack_for(cfg->pack, cfg->sets[i]) != SM_PACK_WINDOWS)
            SM_FAIL(err, SM_ENOSUP, "%s: a run that packs whole documents is not told of",
                    cfg->from.items[i].dir);
    }
    return sm_shard_sources_mix(&cfg->from, tokens, &cfg->mixture, err);
}

static sm_sampling sampling_of(const config *cfg, uint32_t set)
{
    return (sm_sampling){(uint64_t)cfg->seed, sm_shards_about(cfg->sets[set])->tokens,
                         (uint64_t)cfg->length};
}

/* Of several sets, which. */
static void put_set(config *cfg, uint32_t set)
{
    if (cfg->from.n > 1) sm_json_put_text(&cfg->line, "set", cfg->from.items[set].dir);
}

/* ---- a step → documents ---------------------------------------------------------------------------- */

/* The documents that targets [first, first + n) of the ring lie in. */
static int put_documents(config *cfg, const sm_shards *set, uint64_t first, uint64_t n,
                         sm_error *err)
{
    const uint64_t tokens = sm_shards_about(set)->tokens;
    while (n > 0) {
        uint64_t sequence = 0;
        sm_shards_doc doc = {0};
        first %= tokens;
        SM_TRY(sm_shards_find(set, first, &sequence, err));
        SM_TRY(sm_shards_document(set, sequence, &doc, err));
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
    uint64_t epoch = 0, number = 0;
    sm_windows windows = {0};
    const uint32_t set = sm_mixture_source(&cfg->mixture, sample, &number);
    const sm_sampling sampling = sampling_of(cfg, set);
    const uint64_t window = sm_sampling_window(&sampling, number, &epoch, &windows);
    const uint64_t before = window * windows.length;
    const uint64_t left = windows.tokens - before;
    sm_buffer_clear(&cfg->line);
    sm_json_open(&cfg->line, '{');
    sm_json_put_uint(&cfg->line, "step", step);
    sm_json_put_uint(&cfg->line, "sample", sample);
    put_set(cfg, set);
    sm_json_put_uint(&cfg->line, "epoch", epoch);
    sm_json_key(&cfg->line, "documents");
    sm_json_open(&cfg->line, '[');
    SM_TRY(put_documents(cfg, cfg->sets[set], before + windows.phase,
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

/* Every window of an epoch that holds some of the document, in the order of its tokens. */
static int show_epoch(config *cfg, uint32_t set, const sm_shards_whole *doc, uint64_t epoch,
                      sm_error *err)
{
    const uint64_t end = doc->first + doc->n + (sm_shards_about(cfg->sets[set])->eot >= 0);
    const sm_sampling sampling = sampling_of(cfg, set);
    const uint64_t length = sampling.length;
    const uint64_t phase = sm_order_phase(sampling.seed, epoch, length);
    for (uint64_t at = doc->first, next = 0; at < end; at = next) {
        const uint64_t k = (at + sampling.tokens - phase) % sampling.tokens;
        const uint64_t number = sm_sampling_sample(&sampling, epoch, at);
        const uint64_t sample = sm_mixture_sample(&cfg->mixture, set, number);
        const uint64_t step = sample / (uint64_t)cfg->batch + 1;
        const uint64_t in_window = length - k % length, in_ring = sampling.tokens - k;
        next = at + (in_window < in_ring ? in_window : in_ring);
        if (next > end) next = end;
        if (step > (uint64_t)cfg->steps) continue;
        sm_buffer_clear(&cfg->line);
        sm_json_open(&cfg->line, '{');
        sm_json_put_string(&cfg->line, "id", doc->id);
        sm_json_put_uint(&cfg->line, "step", step);
        sm_json_put_uint(&cfg->line, "sample", sample);
        put_set(cfg, set);
        sm_json_put_uint(&cfg->line, "epoch", epoch);
        sm_json_put_uint(&cfg->line, "from", at - doc->first);
        sm_json_put_uint(&cfg->line, "tokens", next - at);
        sm_json_close(&cfg->line, '}');
        sm_buffer_putc(&cfg->line, '\n');
        SM_TRY(sm_output_write(cfg->out, sm_buffer_span(&cfg->line), err));
    }
    return SM_OK;
}

/* All epochs of a set of which the run draws a sample. */
static int show_in_set(config *cfg, uint32_t set, const sm_shards_whole *doc, sm_error *err)
{
    const uint64_t samples = (uint64_t)(cfg->steps * cfg->batch);
    const uint64_t drawn = sm_mixture_count(&cfg->mixture, set, samples);
    const sm_sampling sampling = sampling_of(cfg, set);
    sm_windows windows = {0};
    uint64_t last = 0;
    if (drawn == 0) return SM_OK;
    (void)sm_sampling_window(&sampling, drawn - 1, &last, &windows);
    for (uint64_t epoch = 0; epoch <= last; epoch++)
        SM_TRY(show_epoch(cfg, set, doc, epoch, err));
    return SM_OK;
}

/* A document that was written several times is told of as often. */
static int show_copies(config *cfg, uint32_t set, bool *found, sm_error *err)
{
    const uint64_t n = sm_shards_about(cfg->sets[set])->sequences;
    sm_shards_whole doc = {0};
    for (uint64_t i = 0; i < n; i += doc.sequences) {
        SM_TRY(sm_shards_whole_at(cfg->sets[set], i, &doc, err));
        if (!sm_span_equal(doc.id, sm_span_of(cfg->document))) continue;
        *found = true;
        SM_TRY(show_in_set(cfg, set, &doc, err));
    }
    return SM_OK;
}

static int show_document(config *cfg, sm_error *err)
{
    bool found = false;
    for (uint32_t set = 0; set < cfg->from.n; set++)
        SM_TRY(show_copies(cfg, set, &found, err));
    if (found) return SM_OK;
    SM_FAIL(err, SM_ENOENT, "%s: no document '%s'", sm_shards_about(cfg->sets[0])->dir,
            cfg->document);
}

/* ---- the program ---------------------------------------------------------------------------------------- */

static int show(config *cfg, sm_error *err)
{
    if (cfg->run) SM_TRY(read_run(cfg, err));
    if (cfg->length < 1 || cfg->batch < 1)
        SM_FAIL(err, SM_EUSAGE, "--run, or --length and --batch are needed");
    if (cfg->document && cfg->steps < 1)
        SM_FAIL(err, SM_EUSAGE, "--document needs --steps: how far the run goes");
    SM_TRY(open_sets(cfg, err));
    SM_TRY(sm_output_open(&cfg->out, NULL, err));
    const int status = cfg->document ? show_document(cfg, err) : show_steps(cfg, err);
    if (status >= 0) return sm_output_commit(cfg->out, err);
    sm_output_abort(cfg->out);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.count = 1, .seed = 1, .pack = SM_PACK_WINDOWS};
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
        .operands = "(--step N | --document ID) [OPTION…] [SET[=WEIGHT]…]",
        .about = "Tell which documents a training step reads, and the reverse.",
        .more =
            "The numbers of the run come from --run, or from --length and --batch.\n"
            "A line of JSON a sequence; steps count from 1, as in metrics.jsonl. `from` is "
            "the\n"
            "first of the document's tokens that is a target there, `tokens` how many are.\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if ((cfg.step > 0) == (cfg.document != NULL))
        return sm_usage_fail(&usage, "one of --step and --document is needed");
    if (io.files.n == 0 && !cfg.run)
        return sm_usage_fail(&usage, "a folder of shards is needed, or --run");
    cfg.line = sm_buffer_make(1 << 28);
    for (size_t i = 0; i < io.files.n; i++)
        add_data(&cfg, io.files.items[i]);
    const int status = show(&cfg, &err);
    for (uint32_t i = 0; i < SM_MIXTURE_MOST; i++)
        sm_shards_close(cfg.sets[i]);
    sm_free((void *)cfg.data.items);
    sm_buffer_free(&cfg.line);
    sm_arena_free(&cfg.arena);
    return sm_leave(&usage, status, &err);
}
