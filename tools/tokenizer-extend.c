/* seimai-tokenizer-extend: grow a tokenizer that a model already knows.
 * Reads documents, or count files made of them, cuts them as the base does, and learns merges on top: old ids and old
 * merges stay, and text without kana and kanji keeps its ids. Writes the base's file with the new tokens, and which old ids
 * stood for each of them, for the start of their embeddings. SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/json.h>
#include <seimai/runner.h>
#include <seimai/tokenizer_extend.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *base_path;
    int64_t vocab_size, multiple, min_count, max_chars;
    const char *only, *align, *dictionary, *user, *pretoken;
    double weight;
    sm_tokenizer *base;
    sm_counts *counts;
    sm_count_header header;
} config;

/* ---- learning ---------------------------------------------------------------------------------- */

static sm_extend_options options_of(const config *cfg)
{
    const bool any = strcmp(cfg->only, "any") == 0;
    const uint64_t unit = cfg->header.thousandths ? 1000 : 1;
    const size_t base = sm_tokenizer_size(cfg->base), size = (size_t)cfg->vocab_size;
    return (sm_extend_options){.vocab_size = size,
                               .multiple = (size_t)cfg->multiple,
                               .only = any ? SM_EXTEND_ANY : SM_EXTEND_JAPANESE,
                               .weight = cfg->weight,
                               .aligned =
                                   sm_aligned_share(cfg->align, size > base ? size - base : 0),
                               .min_count = (uint64_t)cfg->min_count * unit,
                               .max_chars = (size_t)cfg->max_chars};
}

/* MeCab, unless the counts were tagged in context or nothing asks for edges. */
static int tag(config *cfg, const sm_extend_options *o, sm_error *err)
{
    sm_morph *morph = NULL;
    if (sm_counts_is_tagged(cfg->counts) || o->weight <= 0 || o->aligned <= 0) return 0;
    SM_TRY(sm_morph_open_with(&morph, cfg->dictionary, cfg->user, err));
    const int rc = sm_counts_tag(cfg->counts, morph, sm_threads(&cfg->io), err);
    sm_morph_close(morph);
    return rc;
}

static int write_folder(const config *cfg, const sm_extension *x, const sm_extend_options *o,
                        sm_hash128 counted, sm_error *err)
{
    char hex[SM_HASH_HEX + 1];
    sm_buffer notes = sm_buffer_make(1 << 16);
    sm_hash128_hex(counted, hex);
    sm_json_put_text(&notes, "only", cfg->only);
    sm_json_put_real(&notes, "boundary_weight", o->weight);
    sm_json_put_real(&notes, "aligned", o->aligned);
    sm_json_key(&notes, "complete"); /* no input was cut or missing */
    sm_json_bool(&notes, cfg->header.complete);
    sm_json_put_text(&notes, "counts_hash", hex);
    const int rc = sm_extend_write(x, cfg->base, cfg->base_path, cfg->io.output,
                                   sm_buffer_span(&notes), err);
    sm_buffer_free(&notes);
    return rc;
}

static int extend(config *cfg, sm_error *err)
{
    const sm_extend_options o = options_of(cfg);
    sm_extension x = {0};
    const sm_hash128 counted = sm_counts_hash(cfg->counts);
    SM_TRY(tag(cfg, &o, err));
    int rc = sm_extend_learn(cfg->base, cfg->counts, &o, &x, err);
    if (rc == 0) rc = write_folder(cfg, &x, &o, counted, err);
    if (rc == 0 && x.n_base + x.n < o.vocab_size && !cfg->io.quiet)
        sm_note(cfg->io.usage, "%s: %zu new tokens of the %zu asked for: no pair is left",
                cfg->io.output, x.n, o.vocab_size - x.n_base);
    sm_extension_free(&x);
    return rc;
}

/* ---- the two inputs ------------------------------------------------------------------------------ */

/* Standard input cannot be looked at beforehand: it holds documents. */
static bool only_count_files(const config *cfg)
{
    size_t n = 0;
    for (size_t i = 0; i < cfg->io.files.n; i++)
        n += sm_count_file_is(cfg->io.files.items[i]);
    return n > 0 && n == cfg->io.files.n;
}

/* A base that cuts text itself needs counts that were cut in the same way. */
static int check_pretoken(const config *cfg, sm_error *err)
{
    const char *own = sm_tokenizer_pretoken_name(cfg->base);
    const bool matters = own && strcmp(own, cfg->pretoken) == 0;
    if (!matters || strcmp(cfg->header.settings.p, cfg->pretoken) == 0) return 0;
    SM_FAIL(err, SM_EUSAGE, "%s: counted with --pretoken %s, where the base cuts with %s",
            cfg->io.files.items[0], cfg->header.settings.p, cfg->pretoken);
}

static int from_count_files(config *cfg)
{
    sm_error err = {0};
    int rc = 0;
    for (size_t i = 0; i < cfg->io.files.n && rc == 0; i++)
        rc = sm_counts_read(cfg->counts, cfg->io.files.items[i], &cfg->header, &err);
    if (rc == 0) rc = check_pretoken(cfg, &err);
    if (rc == 0) rc = extend(cfg, &err);
    return sm_leave(cfg->io.usage, rc, &err);
}

static int from_documents(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    sm_cutter *cutter = NULL;
    int rc = sm_cutter_new(&cutter, cfg->pretoken, NULL, 0, &err);
    sm_counting counting = {
        .counts = cfg->counts, .cutter = cutter, .threads = sm_threads(&cfg->io)};
    const sm_job job = sm_count_job(&counting);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    cfg->header.complete = stats.complete;
    if (rc == 0) rc = extend(cfg, &err);
    const int status = sm_finish(&cfg->io, &job, rc, &stats, &err);
    sm_counting_free(&counting);
    sm_cutter_free(cutter);
    return status;
}

static int run(config *cfg)
{
    sm_error err = {0};
    const int rc = sm_tokenizer_load(&cfg->base, cfg->base_path, &err);
    if (rc < 0) return sm_leave(cfg->io.usage, rc, &err);
    const char *warning = sm_tokenizer_warning(cfg->base);
    if (warning && !cfg->io.quiet) sm_note(cfg->io.usage, "%s: %s", cfg->base_path, warning);
    cfg->pretoken = sm_extend_pretoken(cfg->base);
    cfg->counts = sm_counts_new();
    const int status = only_count_files(cfg) ? from_count_files(cfg) : from_documents(cfg);
    sm_counts_free(cfg->counts);
    sm_count_header_free(&cfg->header);
    sm_tokenizer_free(cfg->base);
    return status;
}

static const char more[] =
    "FILE holds documents, or counts made by `seimai tokenizer count --pretoken P`, P being "
    "how\n"
    "the base cuts. --vocab-size counts every id, old and new. -o gets the base's "
    "tokenizer.json\n"
    "or .model with the new tokens, and extend-map.jsonl: the old ids that each one was.\n"
    "  seimai tokenizer extend --base llama3/ --vocab-size 144000 -o llama3-ja "
    "corpus.jsonl.zst\n";

int main(int argc, char **argv)
{
    config cfg = {.multiple = 64,
                  .min_count = 2,
                  .max_chars = 16,
                  .weight = 1.5,
                  .only = "japanese",
                  .align = "compact"};
    const sm_option options[] = {
        SM_OPTION_STRING('b', "base", &cfg.base_path, "TOKENIZER",
                         "a folder, tokenizer.json or .model: BPE"),
        SM_OPTION_INT('V', "vocab-size", &cfg.vocab_size, 0, 1000000, "ids in all"),
        SM_OPTION_INT(0, "multiple", &cfg.multiple, 1, 1 << 20,
                      "round the ids in all up to a multiple, with spares where pairs run out"),
        SM_OPTION_CHOICE(0, "only", &cfg.only, SM_EXTEND_CHOICES,
                         "new tokens of kana and kanji, or of any script"),
        SM_OPTION_CHOICE(0, "align", &cfg.align, SM_ALIGN_CHOICES,
                         "how many merges avoid joining words: all, 95 %, 75 to 66 %, none"),
        SM_OPTION_REAL(0, "boundary-weight", &cfg.weight, 0, 1000,
                       "what an occurrence across a word boundary costs a merge"),
        SM_OPTION_INT(0, "min-count", &cfg.min_count, 1, 1e15, "never merge a rarer pair"),
        SM_OPTION_INT(0, "max-token-chars", &cfg.max_chars, 0, 1 << 20,
                      "longest new token in characters; 0: no limit"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTION_STRING(0, "mecab-user", &cfg.user, "FILE",
                         "a user dictionary, compiled by mecab-dict-index"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "tokenizer-extend",
                            .operands = "--base TOKENIZER -V N -o FOLDER [OPTION…] [FILE…]",
                            .about = "Grow a tokenizer with Japanese tokens; old ids stay.",
                            .more = more,
                            .formats = "tokenizer 1, extend-map 1"};
    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.base_path) return sm_usage_fail(&usage, "--base TOKENIZER is missing");
    if (!cfg.io.output) return sm_usage_fail(&usage, "-o FOLDER is missing");
    if (cfg.vocab_size == 0) return sm_usage_fail(&usage, "--vocab-size N is missing");
    return run(&cfg);
}
