/* seimai-tokenizer-export: a tokenizer in the files of other engines.
 * Loads a tokenizer and writes it for Hugging Face, SentencePiece, tiktoken, llama.cpp, llama2.c or llm.c, where that
 * engine gives the same ids for every text; else says which rule is broken, with an example, and writes nothing.
 * `seimai tokenizer verify` reads the file back and compares. SPDX-License-Identifier: MIT */
#include <seimai/chat.h>
#include <seimai/options.h>
#include <seimai/tokenizer_export.h>

#include <string.h>

typedef struct config {
    sm_io io;
    const char *format, *template_name;
} config;

/* The chat template goes along where there is a place for one. */
static int export_chat(const config *cfg, const sm_tokenizer *tok, const char *source,
                       sm_error *err)
{
    const char *const out = cfg->io.output;
    sm_buffer jinja = sm_buffer_make(1 << 26);
    int status = SM_OK;
    const bool is_folder = strcmp(cfg->format, "hf") == 0;
    if (is_folder || strcmp(cfg->format, "gguf") == 0)
        status = sm_chat_jinja_for(tok, source, cfg->template_name, &jinja, err);
    if (status == SM_OK)
        status =
            sm_tokenizer_export(tok, source, cfg->format, out, sm_buffer_span(&jinja), err);
    if (status == SM_OK && is_folder)
        status = sm_chat_jinja_add(tok, out, cfg->template_name, err);
    sm_buffer_free(&jinja);
    return status;
}

static int run(const config *cfg)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    const char *source = cfg->io.files.items[0];
    int rc = sm_tokenizer_load(&tok, source, &err);
    if (rc == 0) rc = export_chat(cfg, tok, source, &err);
    const char *caution = rc == 0 ? sm_tokenizer_export_caution(tok, cfg->format) : NULL;
    if (caution && !cfg->io.quiet) sm_note(cfg->io.usage, "%s: %s", cfg->io.output, caution);
    sm_tokenizer_free(tok);
    return sm_leave(cfg->io.usage, rc, &err);
}

static const char more[] =
    "  hf        folder for `tokenizers`, transformers, vLLM; with a chat template\n"
    "  model     SentencePiece: models over characters\n"
    "  tiktoken  ranks, and OUT.json with the pattern and the special tokens\n"
    "  gguf      llama.cpp's vocabulary; with a chat template\n"
    "  llama2c   llama2.c's tokenizer.bin: characters, bytes at 3…258\n"
    "  llmc      llm.c's table for decoding\n"
    "  seimai tokenizer export --to gguf ja32k -o ja32k.gguf\n"
    "  seimai tokenizer verify ja32k ja32k.gguf < held-out.jsonl\n";

int main(int argc, char **argv)
{
    config cfg = {0};
    const sm_option options[] = {
        SM_OPTION_CHOICE(0, "to", &cfg.format, SM_EXPORT_CHOICES, "the format"),
        SM_OPTION_CHOICE(0, "template", &cfg.template_name, SM_CHAT_CHOICES,
                         "of hf and gguf; default: the tokenizer's own, else one that it has "
                         "the tokens of"),
        SM_OPTION_STRING('o', "output", &cfg.io.output, "OUT", "the file, or the folder of hf"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "tokenizer-export",
                            .operands = "--to FORMAT TOKENIZER -o OUT",
                            .about = "Write a tokenizer in the file of another engine.",
                            .more = more};
    sm_options_parse(&usage, options, argc, argv);
    if (cfg.io.files.n != 1) return sm_usage_fail(&usage, "name one tokenizer");
    if (!cfg.format)
        return sm_usage_fail(&usage, "--to FORMAT is missing (" SM_EXPORT_CHOICES ")");
    if (!cfg.io.output) return sm_usage_fail(&usage, "-o OUT is missing");
    return run(&cfg);
}
