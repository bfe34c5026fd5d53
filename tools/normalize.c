/* seimai-normalize: one form of characters for everything downstream.
 * Rewrites the text of each document, or the content of each of its messages, in the form that --form
 * names; `ja` changes widths, blanks and line ends and leaves every other character alone. Nothing is
 * dropped; a document that is in the form already leaves byte for byte as it came.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/normalize.h>
#include <seimai/runner.h>

typedef struct config {
    const char *form_name;
    sm_form form;
    uint64_t changed; /* documents */
} config;

static int normalize_one(void *worker, sm_doc *doc, sm_error *err)
{
    const config *cfg = worker;
    const sm_message *messages = NULL;
    const size_t n = sm_doc_messages(doc, &messages);
    sm_span form = {0};
    for (size_t i = 0; i < n; i++) {
        SM_TRY(sm_normalize(cfg->form, messages[i].content, doc->arena, &form, err));
        sm_doc_set_message(doc, i, form);
    }
    if (n > 0) return SM_KEEP;
    SM_TRY(sm_normalize(cfg->form, sm_doc_text(doc), doc->arena, &form, err));
    sm_doc_set_text(doc, form);
    return SM_KEEP;
}

static int count_one(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    config *cfg = shared;
    cfg->changed += sm_doc_is_changed(doc);
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const config *cfg = shared;
    sm_json_put_text(json, "form", cfg->form_name);
    sm_json_put_uint(json, "changed", cfg->changed);
}

int main(int argc, char **argv)
{
    config cfg = {.form_name = "ja"};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_CHOICE('f', "form", &cfg.form_name, SM_FORM_NAMES, "form of the characters"),
        SM_OPTIONS_IO(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "normalize",
        .operands = "[OPTION…] [FILE…]",
        .about = "Give the text of every document one form of characters.",
        .more = "Forms: ja (full-width ASCII and half-width kana get their usual width, all "
                "blanks\n"
                "become a space, line ends LF, invisible characters go), twins (〜 and ～, − "
                "and －\n"
                "and the like become one), nfc, nfkc (both of Unicode; nfkc turns ① into 1), "
                "none.\n",
        .formats = "documents 1, rejects 1, stats 1",
    };
    const sm_job job = {
        .shared = &cfg, .map = normalize_one, .commit = count_one, .report = report};
    sm_stats stats = {0};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    (void)sm_form_of(cfg.form_name, &cfg.form); /* the table lets only names of forms pass */
    return sm_finish(&io, &job, sm_run(&io, &job, &stats, &err), &stats, &err);
}
