/* A tokenizer into another engine's file: which writer, and how it refuses.
 * SPDX-License-Identifier: MIT */
#include "export/token_file.h"
#include "export_internal.h"

#include <seimai/file.h>
#include <seimai/tokenizer_export.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*write)(exporter *x);
} formats[] = {
    {"hf", export_hf},     {"model", export_model},     {"tiktoken", export_tiktoken},
    {"gguf", export_gguf}, {"llama2c", export_llama2c}, {"llmc", export_llmc},
};

int export_refuse(exporter *x, const char *format, ...)
{
    char text[sizeof x->err->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    SM_FAIL(x->err, SM_ENOSUP, "%s: cannot carry %s: %s", x->path, x->source, text);
}

int export_write(exporter *x, const char *path, const sm_buffer *content)
{
    if (content->overflow) SM_FAIL(x->err, SM_ELIMIT, "%s: larger than 2 GiB", path);
    return sm_file_write(path, sm_buffer_span(content), x->err);
}

int export_copy(exporter *x, const char *from, const char *to)
{
    sm_buffer content = sm_buffer_make(EXPORT_MAX);
    int status = sm_file_read(from, &content, x->err);
    if (status == 0) status = export_write(x, to, &content);
    sm_buffer_free(&content);
    return status;
}

const char *export_source_file(exporter *x, const char *name)
{
    const char *in_folder = sm_arena_printf(&x->arena, "%s/%s", x->source, name);
    if (sm_file_exists(in_folder)) return in_folder;
    const bool same_kind = sm_span_ends(sm_span_of(x->source), sm_span_of(strrchr(name, '.')));
    return same_kind ? x->source : NULL;
}

const char *sm_tokenizer_export_caution(const sm_tokenizer *tok, const char *format)
{
    const bool is_gguf = strcmp(format, "gguf") == 0;
    const bool by_case = is_gguf && tok->kind == MODEL_BYTES && tok->pre &&
                         strcmp(sm_pretokenizer_name(tok->pre), "o200k") == 0;
    if (strcmp(format, "llama2c") == 0)
        return puts_space_first(tok)
                   ? "llama2.c takes U+2581 in a text as it is, not for a space"
                   : "llama2.c puts a space before every text";
    if (by_case)
        return "llama.cpp's gpt-4o cuts otherwise at combining marks and letters beyond ASCII "
               "that have case";
    if (tok->kind == MODEL_CHARS && (is_gguf || strcmp(format, "model") == 0) &&
        !(tok->front && tok->front->swap_mark))
        return "the engine takes U+2581 in a text for a space";
    return NULL;
}

int sm_tokenizer_export(const sm_tokenizer *tok, const char *source, const char *format,
                        const char *path, sm_span chat_template, sm_error *err)
{
    exporter x = {
        .tok = tok, .source = source, .path = path, .chat_template = chat_template, .err = err};
    int status = SM_EUSAGE;
    x.rank = sm_calloc(tok->n, sizeof *x.rank);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, format) == 0) status = formats[i].write(&x);
    if (status == SM_EUSAGE)
        (void)sm_error_set(err, SM_EUSAGE, "unknown format '%s' (known: %s)", format,
                           SM_EXPORT_CHOICES);
    sm_free(x.rank);
    sm_arena_free(&x.arena);
    return status;
}
