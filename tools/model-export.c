/* seimai-model-export: a trained model in the file of another engine.
 * llama.cpp's holds the tokenizer too: it is exported first, with all its rules, beside the output, and taken over
 * from there. SPDX-License-Identifier: MIT */
#include <seimai/chat.h>
#include <seimai/file.h>
#include <seimai/model_export.h>
#include <seimai/options.h>
#include <seimai/tokenizer_export.h>

#include <string.h>
#include <unistd.h>

typedef struct config {
    const char *to, *tokenizer;
    sm_io io;
} config;

static int export_with(const config *cfg, const char *dir, const char *vocabulary,
                       sm_error *err)
{
    const char *const source = cfg->tokenizer ? cfg->tokenizer : dir;
    sm_tokenizer *tok = NULL;
    SM_TRY(sm_tokenizer_load(&tok, source, err));
    sm_buffer jinja = sm_buffer_make(1 << 26);
    int status = sm_chat_jinja_for(tok, source, NULL, &jinja, err);
    if (status == SM_OK)
        status =
            sm_tokenizer_export(tok, source, cfg->to, vocabulary, sm_buffer_span(&jinja), err);
    sm_buffer_free(&jinja);
    const char *const caution =
        status == SM_OK ? sm_tokenizer_export_caution(tok, cfg->to) : NULL;
    if (caution && !cfg->io.quiet) sm_note(cfg->io.usage, "%s: %s", cfg->io.output, caution);
    sm_tokenizer_free(tok);
    if (status == SM_OK) status = sm_model_export_gguf(dir, vocabulary, cfg->io.output, err);
    (void)unlink(vocabulary);
    return status;
}

static int export_gguf(const config *cfg, const char *dir, sm_error *err)
{
    sm_arena arena = {0};
    const char *const vocabulary = sm_arena_printf(&arena, "%s.vocabulary", cfg->io.output);
    const int status = export_with(cfg, dir, vocabulary, err);
    sm_arena_free(&arena);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.to = "gguf"};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "to", &cfg.to, "gguf|llmc",
                         "the format: llama.cpp's, or llm.c's checkpoint (GPT-2 only)"),
        SM_OPTION_STRING('o', "output", &cfg.io.output, "FILE", "the file (needed)"),
        SM_OPTION_STRING('t', "tokenizer", &cfg.tokenizer, "PATH",
                         "for gguf; default: the one in the model's folder"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "model-export",
        .operands = "MODEL -o FILE [OPTION…]",
        .about = "Write a model in the file of another engine.",
        .more = "  seimai model export run/model -o ja.gguf\n"
                "  llama-cli -m ja.gguf -p 昔々\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n != 1) return sm_usage_fail(&usage, "name one model");
    if (!cfg.io.output) return sm_usage_fail(&usage, "-o is needed: the file");
    const char *const model = cfg.io.files.items[0];
    const int status = strcmp(cfg.to, "llmc") == 0
                           ? sm_model_export_llmc(model, cfg.io.output, &err)
                           : export_gguf(&cfg, model, &err);
    return sm_leave(&usage, status, &err);
}
