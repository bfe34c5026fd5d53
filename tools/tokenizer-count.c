/* seimai-tokenizer-count: how often each pre-token occurs.
 * Cuts the text of documents into pre-tokens and writes each distinct one with its count, sorted, to a count file:
 * what a tokenizer is trained from, as often as one likes. --merge adds up count files; --tsv prints the
 * readable view. Any number of threads, the same bytes. SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/file.h>
#include <seimai/pretoken.h>
#include <seimai/runner.h>

typedef struct config {
    sm_io io;
    const char *pretoken;
    sm_list reserve;
    bool merge, tsv;
    sm_counts *counts;
    sm_cutter *cutter;
    sm_count_header header;
} config;

enum { VIEW = 1 << 20 }; /* bytes of the view that are written at once */

static int make_cutter(config *cfg, sm_error *err)
{
    sm_span *strings = sm_calloc(cfg->reserve.n, sizeof *strings);
    for (size_t i = 0; i < cfg->reserve.n; i++)
        strings[i] = sm_span_of(cfg->reserve.items[i]);
    const int rc = sm_cutter_new(&cfg->cutter, cfg->pretoken, strings, cfg->reserve.n, err);
    sm_free(strings);
    if (rc == 0) cfg->header.settings = sm_cutter_settings(cfg->cutter);
    return rc;
}

static int read_counts(config *cfg, sm_error *err)
{
    for (size_t i = 0; i < cfg->io.files.n; i++)
        SM_TRY(sm_counts_read(cfg->counts, cfg->io.files.items[i], &cfg->header, err));
    return 0;
}

static int write_view(const config *cfg, sm_error *err)
{
    sm_output *out = NULL;
    sm_buffer text = sm_buffer_make(SIZE_MAX / 2), stored = sm_buffer_make(SIZE_MAX / 2);
    int rc = sm_output_open(&out, cfg->io.output, err);
    for (size_t at = 0; rc == 0 && at < sm_counts_size(cfg->counts);) {
        sm_counts_print(cfg->counts, &at, VIEW, &text);
        sm_output_compress(out, sm_buffer_span(&text), &stored);
        rc = sm_output_write(out, sm_buffer_span(&stored), err);
        sm_buffer_clear(&text);
        sm_buffer_clear(&stored);
    }
    if (rc == 0)
        rc = sm_output_commit(out, err);
    else
        sm_output_abort(out);
    sm_buffer_free(&text);
    sm_buffer_free(&stored);
    return rc;
}

static int write_result(config *cfg, sm_error *err)
{
    sm_counts_sort(cfg->counts);
    if (cfg->tsv) return write_view(cfg, err);
    return sm_counts_write(cfg->counts, cfg->io.output, &cfg->header, err);
}

static int merge_files(config *cfg)
{
    sm_error err = {0};
    int rc = read_counts(cfg, &err);
    if (rc == 0) rc = write_result(cfg, &err);
    return sm_leave(cfg->io.usage, rc, &err);
}

static int count_documents(config *cfg)
{
    sm_error err = {0};
    sm_stats stats = {0};
    sm_counting counting = {.counts = cfg->counts};
    const sm_job job = sm_count_job(&counting);
    int rc = make_cutter(cfg, &err);
    counting.cutter = cfg->cutter;
    if (rc == 0) rc = sm_run(&cfg->io, &job, &stats, &err);
    cfg->header.complete = stats.complete;
    if (rc == 0) rc = write_result(cfg, &err);
    return sm_finish(&cfg->io, &job, rc, &stats, &err);
}

int main(int argc, char **argv)
{
    config cfg = {.pretoken = SM_PRETOKEN_DEFAULT};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "pretoken", &cfg.pretoken, SM_PRETOKEN_CHOICES,
                         "how the text is cut; the tokenizer keeps it"),
        SM_OPTION_LIST(0, "reserve", &cfg.reserve, "STRING",
                       "a string that will be a reserved token; it is not counted"),
        SM_OPTION_FLAG(0, "merge", &cfg.merge, "the operands are count files; add them up"),
        SM_OPTION_FLAG(0, "tsv", &cfg.tsv,
                       "print count, TAB, pre-token (escaped) instead of a count file"),
        SM_OPTIONS_IO(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "tokenizer-count",
        .operands = "[OPTION…] [FILE…]",
        .about = "Count the pre-tokens of documents, for training tokenizers.",
        .more = "A name that ends in .zst is compressed. Every other tool reads either.\n"
                "  seimai tokenizer count -o wiki.counts.zst wiki.jsonl.zst\n"
                "  seimai tokenizer count --merge -o all.counts.zst *.counts.zst\n"
                "  seimai tokenizer count --merge --tsv all.counts.zst | sort -rn | head\n",
        .formats = "counts 1",
    };
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.merge && cfg.io.files.n == 0)
        return sm_usage_fail(&usage, "--merge needs count files");
    cfg.counts = sm_counts_new();
    const int status = cfg.merge ? merge_files(&cfg) : count_documents(&cfg);
    sm_counts_free(cfg.counts);
    sm_cutter_free(cfg.cutter);
    sm_count_header_free(&cfg.header);
    return status;
}
