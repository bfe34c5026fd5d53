/* seimai-shard-order: which documents a step of training reads, and at which steps a document is read.
 * Nothing of this was stored: the order is a function of the run's seed, length and batch (seimai/order.h), so the
 * answer needs the shards and these numbers, which run.yaml has. SPDX-License-Identifier: MIT */
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/options.h>
#include <seimai/samples.h>
#include <seimai/shard_edit.h>

typedef struct config {
    const char *run, *document;
    const char *pack; /* SM_PACK_CHOICES */
    int64_t step, count, seed, length, batch, leaf, steps;
    /* the run */
    sm_arena arena;
    sm_list data; /* as given: DIR or DIR=WEIGHT */
    sm_shard_sources from;
    sm_shards *opened[SM_MIXTURE_MOST];
    sm_packing *packed[SM_MIXTURE_MOST];
    const sm_shards *sets[SM_MIXTURE_MOST];
    const sm_packing *packing[SM_MIXTURE_MOST];
    sm_samples samples;
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
                   {"leaf", 1, INT32_MAX, &cfg->leaf},
                   {"steps", 0, INT64_MAX, &cfg->steps}};
    int status = SM_OK;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == SM_OK; i++)
        status = sm_value_read_int(sm_value_get(root, numbers[i].name), numbers[i].name,
                                   numbers[i].min, numbers[i].max, numbers[i].value, err);
    sm_span pack = sm_span_of(cfg->pack);
    if (status == SM_OK)
        status = sm_value_read_string(sm_value_get(root, "pack"), "pack", &pack, err);
    cfg->pack = sm_arena_copy(&cfg->arena, pack).p;
    if (status == SM_OK && cfg->data.n == 0)
        status = read_data(cfg, sm_value_get(root, "data"), err);
    sm_config_free(&file);
    return status;
}

/* As training packs it. */
static int open_set(config *cfg, uint32_t i, sm_pack pack, sm_error *err)
{
    const char *const dir = cfg->from.items[i].dir;
    SM_TRY(sm_shards_open(cfg->opened + i, dir, err));
    cfg->sets[i] = cfg->opened[i];
    if (sm_shards_about(cfg->sets[i])->tokens == 0)
        SM_FAIL(err, SM_EUSAGE, "%s: holds no tokens", dir);
    SM_TRY(sm_samples_pack(&cfg->samples, cfg->sets[i], pack, cfg->packed + i, err));
    cfg->packing[i] = cfg->packed[i];
    return SM_OK;
}

/* The sets themselves, or the train/ of pairs. */
static int open_sets(config *cfg, sm_error *err)
{
    uint64_t tokens[SM_MIXTURE_MOST];
    sm_pack pack = SM_PACK_AUTO;
    if (!sm_pack_parse(cfg->pack, &pack))
        SM_FAIL(err, SM_EUSAGE, "%s/run.yaml: pack: '%s'", cfg->run, cfg->pack);
    cfg->samples = (sm_samples){.sets = cfg->sets,
                                .packing = cfg->packing,
                                .by_leaf = pack == SM_PACK_NONE,
                                .seed = (uint64_t)cfg->seed,
                                .length = (uint32_t)cfg->length,
                                .rows = (uint32_t)cfg->leaf};
    sm_shard_sources_find(&cfg->from, cfg->data.items, cfg->data.n, &cfg->arena);
    for (uint32_t i = 0; i < cfg->from.n && i < SM_MIXTURE_MOST; i++) {
        SM_TRY(open_set(cfg, i, pack, err));
        tokens[i] = sm_shards_about(cfg->sets[i])->tokens;
    }
    return sm_shard_sources_mix(&cfg->from, tokens, &cfg->samples.mixture, err);
}

/* Of several sets, which. */
static void put_set(config *cfg, uint32_t set)
{
    if (cfg->from.n > 1) sm_json_put_text(&cfg->line, "set", cfg->from.items[set].dir);
}

/* ---- a step → documents ---------------------------------------------------------------------------- */

/* The documents that a piece of a sample lies in: several where it is a window. */
static int put_documents(config *cfg, const sm_shards *set, sm_piece piece, sm_error *err)
{
    while (piece.n > 0) {
        uint64_t sequence = 0;
        sm_shards_doc doc = {0};
        SM_TRY(sm_shards_find(set, piece.first, &sequence, err));
        SM_TRY(sm_shards_document(set, sequence, &doc, err));
        const uint64_t rest = doc.first + doc.n - piece.first;
        const uint32_t here = rest < piece.n ? (uint32_t)rest : piece.n;
        sm_json_open(&cfg->line, '{');
        sm_json_put_string(&cfg->line, "id", doc.id);
        sm_json_put_uint(&cfg->line, "from", piece.first - doc.first);
        sm_json_put_uint(&cfg->line, "tokens", here);
        sm_json_close(&cfg->line, '}');
        piece = (sm_piece){piece.first + here, piece.n - here};
    }
    return SM_OK;
}

static int put_sample(config *cfg, uint64_t step, uint64_t sample, sm_error *err)
{
    const sm_place place = sm_samples_where(&cfg->samples, sample);
    sm_piece piece;
    sm_buffer_clear(&cfg->line);
    sm_json_open(&cfg->line, '{');
    sm_json_put_uint(&cfg->line, "step", step);
    sm_json_put_uint(&cfg->line, "sample", sample);
    put_set(cfg, place.set);
    sm_json_put_uint(&cfg->line, "epoch", place.epoch);
    sm_json_key(&cfg->line, "documents");
    sm_json_open(&cfg->line, '[');
    for (size_t k = 0; sm_samples_piece(&cfg->samples, &place, k, &piece); k++)
        SM_TRY(put_documents(cfg, cfg->sets[place.set], piece, err));
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

/* Every sample of an epoch that holds some of the document, in the order of its tokens. */
static int show_epoch(config *cfg, uint32_t set, const sm_shards_whole *doc, uint64_t epoch,
                      sm_error *err)
{
    const uint64_t end = doc->first + doc->n + (sm_shards_about(cfg->sets[set])->eot >= 0);
    for (uint64_t at = doc->first, n = 0; at < end; at += n) {
        const uint64_t sample = sm_samples_find(&cfg->samples, set, epoch, at, &n);
        if (sample == SM_SAMPLES_NEVER) break; /* its end was cut away */
        const uint64_t step = sample / (uint64_t)cfg->batch + 1;
        if (n > end - at) n = end - at;
        if (step > (uint64_t)cfg->steps) continue;
        sm_buffer_clear(&cfg->line);
        sm_json_open(&cfg->line, '{');
        sm_json_put_string(&cfg->line, "id", doc->id);
        sm_json_put_uint(&cfg->line, "step", step);
        sm_json_put_uint(&cfg->line, "sample", sample);
        put_set(cfg, set);
        sm_json_put_uint(&cfg->line, "epoch", epoch);
        sm_json_put_uint(&cfg->line, "from", at - doc->first);
        sm_json_put_uint(&cfg->line, "tokens", n);
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
    const uint64_t drawn = sm_samples_drawn(&cfg->samples, set, samples);
    const uint64_t in_epoch = sm_samples_epoch_of(&cfg->samples, set);
    for (uint64_t epoch = 0; epoch * in_epoch < drawn; epoch++)
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
    if (cfg->leaf < 1) cfg->leaf = cfg->batch;
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
    config cfg = {.count = 1, .seed = 1, .pack = "auto"};
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
        SM_OPTION_CHOICE(0, "pack", &cfg.pack, SM_PACK_CHOICES,
                         "how documents become sequences"),
        SM_OPTION_INT(0, "leaf", &cfg.leaf, 0, INT32_MAX, "of --pack none; as --batch"),
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
    for (uint32_t i = 0; i < SM_MIXTURE_MOST; i++) {
        sm_packing_free(cfg.packed[i]);
        sm_shards_close(cfg.opened[i]);
    }
    sm_free((void *)cfg.data.items);
    sm_buffer_free(&cfg.line);
    sm_arena_free(&cfg.arena);
    return sm_leave(&usage, status, &err);
}
