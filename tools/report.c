/* seimai-report: one HTML page about a corpus, a tokenizer and a model.
 * Reads what the other tools leave behind: the --stats files of a chain in its order, the report of the tokenizer,
 * the metrics of a training run, samples of generated text. Each is optional; the page holds what there is,
 * loads nothing, and opens in any browser. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/filter_page.h>
#include <seimai/options.h>
#include <seimai/report.h>

typedef struct config {
    sm_io io;
    const char *output, *title, *subtitle, *tokenizer, *run, *samples, *filter, *language;
    int64_t most;
    sm_list charts;
} config;

static int draw(const config *cfg, sm_page *page, sm_error *err)
{
    if (cfg->io.files.n > 0)
        SM_TRY(sm_report_pipeline(page, cfg->io.files.items, cfg->io.files.n, err));
    if (cfg->tokenizer) SM_TRY(sm_report_tokenizer(page, cfg->tokenizer, err));
    if (cfg->run) SM_TRY(sm_report_run(page, cfg->run, err));
    for (size_t i = 0; i < cfg->charts.n; i++)
        SM_TRY(sm_report_chart(page, cfg->charts.items[i], err));
    if (cfg->samples) SM_TRY(sm_report_samples(page, cfg->samples, (size_t)cfg->most, err));
    return sm_page_close(page, err);
}

/* The account of a filter has a page of its own. */
static int draw_filter(const config *cfg, sm_buffer *html, sm_error *err)
{
    sm_config stats = {0};
    sm_buffer text = sm_buffer_make((size_t)256 << 20);
    int status = sm_file_read(cfg->filter, &text, err);
    if (status == SM_OK)
        status = sm_config_parse_json(&stats, cfg->filter, sm_buffer_span(&text), err);
    if (status == SM_OK)
        status = sm_filter_page(&stats.root, *cfg->language == 'j' ? SM_JAPANESE : SM_ENGLISH,
                                cfg->title, html, err);
    sm_config_free(&stats);
    sm_buffer_free(&text);
    return status;
}

static int draw_page(const config *cfg, sm_buffer *html, sm_error *err)
{
    if (cfg->filter) return draw_filter(cfg, html, err);
    sm_page page = sm_page_open(html, cfg->title ? cfg->title : "seimai report", cfg->subtitle);
    return draw(cfg, &page, err);
}

static int write_page(const config *cfg, sm_span page, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, cfg->output, err));
    const int status = sm_output_write(out, page, err);
    if (status >= 0) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.language = "en", .most = 20};
    const sm_option options[] = {
        SM_OPTION_STRING('o', "output", &cfg.output, "FILE",
                         "the page; standard output if not given"),
        SM_OPTION_STRING(0, "title", &cfg.title, "TEXT", "heading of the page"),
        SM_OPTION_STRING(0, "subtitle", &cfg.subtitle, "TEXT", "a line below it"),
        SM_OPTION_STRING(0, "filter", &cfg.filter, "FILE",
                         "a page of the account of seimai filter --account --stats FILE"),
        SM_OPTION_CHOICE(0, "language", &cfg.language, "en|ja", "of that page"),
        SM_OPTION_STRING(0, "tokenizer", &cfg.tokenizer, "FILE",
                         "JSON of seimai tokenizer report"),
        SM_OPTION_STRING(0, "run", &cfg.run, "FOLDER", "a training run with its metrics.jsonl"),
        SM_OPTION_LIST(0, "chart", &cfg.charts, "FILE",
                       "a table to be drawn: names, then numbers, with TAB between"),
        SM_OPTION_STRING(0, "samples", &cfg.samples, "FILE",
                         "generated texts: JSON lines of prompt and text"),
        SM_OPTION_INT(0, "max-samples", &cfg.most, 0, 1000, "samples that are shown"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "report",
                            .operands = "[OPTION…] [STATS.json…]",
                            .about = "Draw a page of what the tools' statistics say.",
                            .formats = "HTML page 1"};
    sm_error err = {0};
    sm_buffer html = sm_buffer_make((size_t)256 << 20);

    sm_options_parse(&usage, options, argc, argv);
    const bool others =
        cfg.io.files.n > 0 || cfg.tokenizer || cfg.run || cfg.samples || cfg.charts.n > 0;
    if (!others && !cfg.filter)
        return sm_usage_fail(
            &usage,
            "nothing to report: name --stats files, --filter, --tokenizer, --run or --chart");
    if (others && cfg.filter)
        return sm_usage_fail(&usage, "--filter draws a page of its own: leave the others out");
    int status = draw_page(&cfg, &html, &err);
    if (status >= 0) status = write_page(&cfg, sm_buffer_span(&html), &err);
    sm_buffer_free(&html);
    return sm_leave(&usage, status, &err);
}
