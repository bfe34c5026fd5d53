/* seimai-tokenizer-train: a BPE tokenizer that knows where Japanese words end.
 * Reads documents, or count files made of them, lets MeCab cut each distinct pre-token once (or a sample of them),
 * learns merges that avoid joining two words, and writes a Hugging Face directory. Encoding needs no MeCab. The
 * result depends on the counts alone: any order, any number of threads. SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/json.h>
#include <seimai/pretoken.h>
#include <seimai/runner.h>

#include <string.h>

typedef struct config {
    sm_io io;
    int64_t vocab_size, min_count, max_chars, min_documents;
    const char *pretoken, *alphabet, *align, *compat, *dictionary, *user, *veto, *dicts;
    sm_list reserve, require;
    double weight, aligned, coverage, tag_sample;
    bool split_digits;
    sm_counts *counts;
    sm_cutter *cutter;
    sm_count_header header;
    sm_span *reserved; /* the strings in the cutter's settings */
    size_t n_reserved;
    sm_arena arena;
} config;

/* ---- counts ----------------------------------------------------------------------------------- */

static int make_cutter(config *cfg, sm_error *err)
{
    sm_span *strings = sm_arena_zalloc(&cfg->arena, cfg->reserve.n, sizeof *strings);
    for (size_t i = 0; i < cfg->reserve.n; i++)
        strings[i] = sm_span_of(cfg->reserve.items[i]);
    return sm_cutter_new(&cfg->cutter, cfg->pretoken, strings, cfg->reserve.n, err);
}

/* The settings are names that end with NUL: the pre-tokenizer, then what was left out. */
static void take_settings(config *cfg, sm_span settings)
{
    size_t n = 0;
    for (size_t i = 0; i < settings.n; i++)
        n += settings.p[i] == '\0';
    cfg->reserved = sm_arena_zalloc(&cfg->arena, n, sizeof *cfg->reserved);
    const char *p = settings.p;
    for (size_t i = 0; i < n; i++) {
        const sm_span s = sm_arena_copy(&cfg->arena, sm_span_of(p));
        if (i == 0) cfg->pretoken = s.p;
        if (i > 0) cfg->reserved[cfg->n_reserved++] = s;
        p += s.n + 1;
    }
}

/* Standard input cannot be looked at beforehand: it holds documents. */
static bool only_count_files(const config *cfg)
{
    size_t n = 0;
    for (size_t i = 0; i < cfg->io.files.n; i++)
        n += strcmp(cfg->io.files.items[i], "-") != 0 &&
             sm_count_file_is(cfg->io.files.items[i]);
    return n > 0 && n == cfg->io.files.n;
}

static int read_count_files(config *cfg, sm_error *err)
{
    if (cfg->reserve.n > 0)
        SM_FAIL(err, SM_EUSAGE,
                "--reserve belongs to `tokenizer count`: count files say what "
                "was left out");
    for (size_t i = 0; i < cfg->io.files.n; i++)
        SM_TRY(sm_counts_read(cfg->counts, cfg->io.files.items[i], &cfg->header, err));
    take_settings(cfg, cfg->header.settings);
    return 0;
}

/* ---- options ---------------------------------------------------------------------------------- */

/* What the tokenizer calls its other tokens, and what --veto lists. */
static int read_vetoes(config *cfg, sm_bpe_options *o, sm_error *err)
{
    sm_span *names = NULL, *listed = NULL;
    size_t n_listed = 0;
    const size_t n =
        sm_vocabulary_names(cfg->reserved, cfg->n_reserved, o->alphabet, &cfg->arena, &names);
    if (cfg->veto) SM_TRY(sm_bpe_read_vetoes(cfg->veto, &cfg->arena, &listed, &n_listed, err));
    sm_span *all = sm_arena_zalloc(&cfg->arena, n + n_listed, sizeof *all);
    memcpy(all, names, n * sizeof *all);
    if (n_listed) memcpy(all + n, listed, n_listed * sizeof *all);
    o->vetoed = all;
    o->n_vetoed = n + n_listed;
    return 0;
}

static int settle_options(config *cfg, sm_bpe_options *o, sm_error *err)
{
    const size_t fixed = sm_vocabulary_reserved(cfg->n_reserved) + 256;
    if ((uint64_t)cfg->vocab_size < fixed)
        SM_FAIL(err, SM_EUSAGE, "--vocab-size %lld is below the %zu reserved tokens and bytes",
                (long long)cfg->vocab_size, fixed);
    *o = sm_bpe_defaults((size_t)cfg->vocab_size - fixed);
    o->min_count = (uint64_t)cfg->min_count * (cfg->header.thousandths ? 1000 : 1);
    o->threads = sm_threads(&cfg->io);
    if (strcmp(cfg->compat, "hf") == 0) {
        o->weight = o->aligned = 0;
        o->max_chars = 0;
        o->alphabet = SM_ALPHABET_ANY_BYTES;
        return 0;
    }
    o->alphabet = sm_alphabet_of(cfg->alphabet);
    o->weight = cfg->weight;
    o->aligned = cfg->aligned < 0 ? sm_aligned_share(cfg->align, o->merges) : cfg->aligned;
    o->coverage = cfg->coverage;
    o->max_chars = (size_t)cfg->max_chars;
    o->digits_apart = cfg->split_digits;
    o->min_documents = (uint64_t)cfg->min_documents;
    SM_TRY(sm_bpe_read_characters(&cfg->require, cfg->dicts, &cfg->arena, o, err));
    return read_vetoes(cfg, o, err);
}

/* ---- training --------------------------------------------------------------------------------- */

/* MeCab, unless the counts were tagged in context or nothing asks for edges. */
static int tag(config *cfg, const sm_bpe_options *o, sm_error *err)
{
    sm_morph *morph = NULL;
    if (sm_counts_is_tagged(cfg->counts) || o->weight <= 0 || o->aligned <= 0) return 0;
    SM_TRY(sm_morph_open_with(&morph, cfg->dictionary, cfg->user, err));
    int rc = sm_morph_hash(morph, &cfg->header.dictionary, err);
    if (rc == 0)
        rc = sm_counts_tag_share(cfg->counts, morph, cfg->tag_sample, sm_threads(&cfg->io),
                                 &cfg->header.tagged_share, err);
    sm_morph_close(morph);
    return rc;
}

static void put_notes(config *cfg, const sm_bpe_options *o, sm_hash128 counted, sm_buffer *b)
{
    sm_json_put_uint(b, "vocab_size_asked", (uint64_t)cfg->vocab_size);
    sm_json_key(b, "complete"); /* no input was cut or missing */
    sm_json_bool(b, cfg->header.complete);
    sm_bpe_describe(cfg->counts, o, b);
    sm_json_put_hash(b, "counts_hash", counted);
    if (cfg->header.thousandths) {
        sm_json_key(b, "thousandths"); /* of an occurrence: the unit of all counts above */
        sm_json_bool(b, true);
    }
    if (o->weight <= 0 || o->aligned <= 0) return;
    sm_json_put_hash(b, "dictionary_hash", cfg->header.dictionary);
    sm_json_put_real(b, "tagged_share", cfg->header.tagged_share * 1e-6);
}

static int write_tokenizer(config *cfg, const sm_bpe_options *o, const sm_merges *merges,
                           sm_hash128 counted, sm_error *err)
{
    sm_buffer notes = sm_buffer_make(1 << 16);
    put_notes(cfg, o, counted, &notes);
    const sm_vocabulary_options v = {cfg->pretoken, cfg->reserved, cfg->n_reserved,
                                     sm_buffer_span(&notes)};
    const int rc = sm_tokenizer_write(cfg->io.output, merges, &v, err);
    sm_buffer_free(&notes);
    return rc;
}

static int train(config *cfg, sm_error *err)
{
    sm_bpe_options o;
    sm_merges merges = {0};
    SM_TRY(settle_options(cfg, &o, err));
    const sm_hash128 counted = sm_counts_hash(cfg->counts);
    SM_TRY(tag(cfg, &o, err));
    int rc = sm_bpe_train(cfg->counts, &o, &merges, err);
    if (rc == 0) rc = write_tokenizer(cfg, &o, &merges, counted, err);
    if (rc == 0 && merges.n_chars + merges.n < o.merges && !cfg->io.quiet)
        sm_note(cfg->io.usage, "%s: %zu merges of the %zu asked for: no pair is left",
                cfg->io.output, merges.n, o.merges - merges.n_chars);
    sm_merges_free(&merges);
    return rc;
}

/* ---- the two inputs --------------------------------------------------------------------------- */

static int from_count_files(config *cfg)
{
    sm_error err = {0};
    int rc = read_count_files(cfg, &err);
    if (rc == 0) rc = train(cfg, &err);
    return sm_leave(cfg->io.usage, rc, &err);
}

static int from_documents(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    sm_counting counting = {.counts = cfg->counts, .with_documents = cfg->min_documents > 0};
    int rc = make_cutter(cfg, &err);
    counting.cutter = cfg->cutter;
    counting.threads = sm_threads(&cfg->io);
    const sm_job job = sm_count_job(&counting);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    cfg->header.complete = stats.complete;
    if (rc == 0) {
        take_settings(cfg, sm_cutter_settings(cfg->cutter));
        rc = train(cfg, &err);
    }
    rc = sm_finish(&cfg->io, &job, rc, &stats, &err);
    sm_counting_free(&counting); /* its report has been written */
    return rc;
}

static const char more[] =
    "FILE holds documents, or counts made by `seimai tokenizer count`. --vocab-size counts "
    "every\n"
    "id: 4 special tokens, 64 sentinels and --reserve (filled up to a multiple of 64), 256 "
    "bytes,\n"
    "an alphabet's characters, then the merges.\n"
    "  seimai tokenizer train --vocab-size 32000 -o ja32k corpus.jsonl.zst\n"
    "  seimai tokenizer train --vocab-size 64000 --align words -o ja64k corpus.counts.zst\n"
    "  seimai tokenizer train --alphabet characters --require joyo --require kana -o ja "
    "c.zst\n";

int main(int argc, char **argv)
{
    config cfg = {.vocab_size = 32000,
                  .min_count = 2,
                  .max_chars = 16,
                  .weight = 1.5,
                  .aligned = -1,
                  .coverage = .9995,
                  .tag_sample = 1,
                  .pretoken = SM_PRETOKEN_DEFAULT,
                  .alphabet = "bytes",
                  .align = "compact",
                  .compat = "none"};
    const sm_option options[] = {
        SM_OPTION_INT('V', "vocab-size", &cfg.vocab_size, 1, 1 << 24, "ids in all"),
        SM_OPTION_CHOICE(0, "align", &cfg.align, SM_ALIGN_CHOICES,
                         "how many merges avoid joining words: all, 95 %, 75 to 66 %, none"),
        SM_OPTION_REAL(0, "aligned", &cfg.aligned, -1, 1,
                       "the same as a share of the merges; -1: as --align says"),
        SM_OPTION_REAL(0, "boundary-weight", &cfg.weight, 0, 1000,
                       "what an occurrence across a word boundary costs a merge"),
        SM_OPTION_REAL(
            0, "tag-sample", &cfg.tag_sample, 0, 1,
            "let MeCab see this share of the distinct pre-tokens, the most frequent"),
        SM_OPTION_CHOICE(
            0, "alphabet", &cfg.alphabet, SM_ALPHABET_CHOICES,
            "what merges begin with; any-bytes: tokens may end inside a character"),
        SM_OPTION_REAL(
            0, "coverage", &cfg.coverage, 0, 1,
            "characters: the share of the text whose characters are in the alphabet"),
        SM_OPTION_LIST(0, "require", &cfg.require, "joyo|kana|FILE",
                       "characters that must be one token each, however rare"),
        SM_OPTION_CHOICE(0, "pretoken", &cfg.pretoken, SM_PRETOKEN_CHOICES,
                         "how documents are cut; a count file knows its own"),
        SM_OPTION_LIST(0, "reserve", &cfg.reserve, "STRING",
                       "a string that is one token wherever it stands"),
        SM_OPTION_INT(0, "min-count", &cfg.min_count, 1, 1e15, "never merge a rarer pair"),
        SM_OPTION_INT(0, "max-token-chars", &cfg.max_chars, 0, 1 << 20,
                      "longest token in characters; 0: no limit"),
        SM_OPTION_FLAG(0, "split-digits", &cfg.split_digits,
                       "each digit is a token of its own"),
        SM_OPTION_INT(0, "min-documents", &cfg.min_documents, 0, 1e15,
                      "veto tokens that fewer documents hold; counts need --documents"),
        SM_OPTION_STRING(0, "veto", &cfg.veto, "FILE",
                         "strings, one a line, that no token may be"),
        SM_OPTION_CHOICE(0, "compat", &cfg.compat, "none|hf",
                         "hf: plain BPE, the merges of Hugging Face's trainer"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTION_STRING(0, "mecab-user", &cfg.user, "FILE",
                         "a user dictionary, compiled by mecab-dict-index"),
        SM_OPTION_STRING(0, "dicts", &cfg.dicts, "DIR", "where alphabet/*.txt are"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "tokenizer-train",
                            .operands = "-o FOLDER [OPTION…] [FILE…]",
                            .about = "Learn a tokenizer from documents or counts.",
                            .more = more,
                            .formats = "tokenizer 1"};
    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.io.output) return sm_usage_fail(&usage, "-o FOLDER is missing");
    cfg.counts = sm_counts_new();
    const int status = only_count_files(&cfg) ? from_count_files(&cfg) : from_documents(&cfg);
    sm_counts_free(cfg.counts);
    sm_cutter_free(cfg.cutter);
    sm_count_header_free(&cfg.header);
    sm_arena_free(&cfg.arena);
    return status;
}
