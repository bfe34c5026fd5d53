/* seimai-tokenizer-count: how often each pre-token occurs.
 * Cuts the text of documents into pre-tokens and writes each distinct one with its count, sorted, to a count file:
 * what a tokenizer is trained from, as often as one likes. What does not fit into --memory goes through sorted runs on
 * disk. --merge adds up count files; --mecab tags every occurrence in its sentence; --tsv prints the
 * readable view. Any number of threads, any memory, the same bytes. SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/file.h>
#include <seimai/pretoken.h>
#include <seimai/runner.h>

#include <math.h>
#include <string.h>

typedef struct config {
    sm_io io;
    const char *pretoken, *dictionary, *user, *folder;
    sm_list reserve, weights;
    double sample;
    int64_t seed;
    bool merge, tsv, mecab, documents;
    sm_counting counting;
    sm_count_reader *reader;
    sm_arena arena;
} config;

/* ---- what the options mean --------------------------------------------------------------------- */

/* SOURCE=W, with up to three decimals; the last = counts, since a source may hold one. */
static bool parse_weight(const char *text, sm_count_weight *w)
{
    enum { DECIMALS = 3, MOST = 1000000 };
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text || !equals[1]) return false;
    uint64_t value = 0;
    int decimals = -1; /* digits behind the point; -1 before it */
    for (const char *p = equals + 1; *p; p++) {
        if (*p == '.' && decimals < 0 && p[1]) {
            decimals = 0;
            continue;
        }
        if (*p < '0' || *p > '9' || decimals == DECIMALS || value > MOST * 1000) return false;
        value = value * 10 + (uint64_t)(*p - '0');
        decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < DECIMALS; i++)
        value *= 10;
    *w = (sm_count_weight){{text, (size_t)(equals - text)}, value};
    return value <= (uint64_t)MOST * 1000;
}

static int take_weights(config *cfg, sm_error *err)
{
    sm_count_weight *list = sm_arena_zalloc(&cfg->arena, cfg->weights.n, sizeof *list);
    for (size_t i = 0; i < cfg->weights.n; i++)
        if (!parse_weight(cfg->weights.items[i], &list[i]))
            SM_FAIL(err, SM_EUSAGE,
                    "--weight %s: SOURCE=W is wanted, W in [0, 1000000], at most 3 decimals",
                    cfg->weights.items[i]);
    cfg->counting.weights = list;
    cfg->counting.n_weights = cfg->weights.n;
    return 0;
}

static int make_cutter(const config *cfg, sm_cutter **cutter, sm_error *err)
{
    sm_span *strings = sm_calloc(cfg->reserve.n, sizeof *strings);
    for (size_t i = 0; i < cfg->reserve.n; i++)
        strings[i] = sm_span_of(cfg->reserve.items[i]);
    const int rc = sm_cutter_new(cutter, cfg->pretoken, strings, cfg->reserve.n, err);
    sm_free(strings);
    return rc;
}

/* ---- the two inputs -------------------------------------------------------------------------------- */

static int write_result(const config *cfg, sm_error *err)
{
    const unsigned threads = sm_threads(&cfg->io);
    if (cfg->tsv) return sm_count_write_view(cfg->reader, cfg->io.output, threads, err);
    return sm_count_write(cfg->reader, cfg->io.output, threads, err);
}

static int merge_files(config *cfg)
{
    sm_error err = {0};
    const sm_count_files files = {
        cfg->io.files.items, cfg->io.files.n, (size_t)cfg->io.memory,
        sm_temporary_folder(cfg->folder, cfg->io.output, &cfg->arena)};
    int rc = sm_count_reader_open(&cfg->reader, &files, &err);
    if (rc == 0) rc = write_result(cfg, &err);
    return sm_leave(cfg->io.usage, rc, &err);
}

static int open_mecab(const config *cfg, sm_morph **morph, sm_count_header *header,
                      sm_error *err)
{
    if (!cfg->mecab) return 0;
    SM_TRY(sm_morph_open_with(morph, cfg->dictionary, cfg->user, err));
    return sm_morph_hash(*morph, &header->dictionary, err);
}

static int count_documents(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    sm_count_header header = {0};
    sm_cutter *cutter = NULL;
    sm_morph *morph = NULL;
    int rc = take_weights(cfg, &err);
    if (rc == 0) rc = make_cutter(cfg, &cutter, &err);
    if (rc == 0) rc = open_mecab(cfg, &morph, &header, &err);
    cfg->counting.cutter = cutter;
    cfg->counting.morph = morph;
    const sm_job job = sm_count_job(&cfg->counting);
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    header.complete = stats.complete;
    if (rc == 0) rc = sm_counting_reader(&cfg->counting, &header, &cfg->reader, &err);
    if (rc == 0) rc = write_result(cfg, &err);
    const int status = sm_finish(&cfg->io, &job, rc, &stats, &err);
    sm_count_reader_close(cfg->reader);
    sm_counting_free(&cfg->counting);
    sm_morph_close(morph);
    sm_cutter_free(cutter);
    return status;
}

static void settle(config *cfg)
{
    cfg->counting.with_documents = cfg->documents;
    cfg->counting.sampled = cfg->sample < 1;
    cfg->counting.sample = cfg->sample;
    cfg->counting.seed = (uint64_t)cfg->seed;
    cfg->counting.memory = (size_t)cfg->io.memory;
    cfg->counting.threads = sm_threads(&cfg->io);
    cfg->counting.folder = sm_temporary_folder(cfg->folder, cfg->io.output, &cfg->arena);
}

static const char more[] =
    "A name that ends in .zst is compressed. Every other tool reads either. Runs that do not\n"
    "fit into --memory take as many bytes of disk as the text, at most.\n"
    "  seimai tokenizer count -o wiki.counts.zst wiki.jsonl.zst\n"
    "  seimai tokenizer count --weight wiki=2 --weight forum=0.25 -o c.zst mixed.jsonl.zst\n"
    "  seimai tokenizer count --merge -o all.counts.zst *.counts.zst\n"
    "  seimai tokenizer count --merge --tsv all.counts.zst | sort -rn | head\n";

int main(int argc, char **argv)
{
    config cfg = {.pretoken = SM_PRETOKEN_DEFAULT, .sample = 1};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "pretoken", &cfg.pretoken, SM_PRETOKEN_CHOICES,
                         "how the text is cut; the tokenizer keeps it"),
        SM_OPTION_LIST(0, "reserve", &cfg.reserve, "STRING",
                       "a string that will be a reserved token; it is not counted"),
        SM_OPTION_REAL(0, "sample", &cfg.sample, 0, 1,
                       "count this share of the documents, chosen by their hash"),
        SM_OPTION_INT(0, "seed", &cfg.seed, 0, 1e15, "another seed, another sample"),
        SM_OPTION_LIST(0, "weight", &cfg.weights, "SOURCE=W",
                       "what an occurrence counts where metadata.source is SOURCE; else 1"),
        SM_OPTION_FLAG(0, "documents", &cfg.documents,
                       "also count the documents that hold each pre-token"),
        SM_OPTION_FLAG(0, "mecab", &cfg.mecab,
                       "let MeCab tag every occurrence in its sentence (5 MB/s a core)"),
        SM_OPTION_STRING(0, "mecab-dic", &cfg.dictionary, "DIR",
                         "MeCab's dictionary; the IPADIC of the build where not given"),
        SM_OPTION_STRING(0, "mecab-user", &cfg.user, "FILE",
                         "a user dictionary, compiled by mecab-dict-index"),
        SM_OPTION_FLAG(0, "merge", &cfg.merge, "the operands are count files; add them up"),
        SM_OPTION_FLAG(0, "tsv", &cfg.tsv,
                       "print count, TAB, pre-token (escaped) instead of a count file"),
        SM_OPTION_STRING(0, "tmp", &cfg.folder, "DIR",
                         "where runs go; the output's folder where not given"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "tokenizer-count",
        .operands = "[OPTION…] [FILE…]",
        .about = "Count the pre-tokens of documents, for training tokenizers.",
        .more = more,
        .formats = "counts 2",
    };
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.merge && cfg.io.files.n == 0)
        return sm_usage_fail(&usage, "--merge needs count files");
    if ((cfg.dictionary || cfg.user) && !cfg.mecab)
        return sm_usage_fail(&usage, "--mecab-dic and --mecab-user go with --mecab");
    settle(&cfg);
    const int status = cfg.merge ? merge_files(&cfg) : count_documents(&cfg);
    if (cfg.merge) sm_count_reader_close(cfg.reader);
    sm_arena_free(&cfg.arena);
    return status;
}
