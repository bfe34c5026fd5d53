/* Loading a tokenizer: which file, and what kind of file it is, by its content.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/tokenizer.h>

#include "files/load_internal.h"

#include <string.h>

#include <sys/stat.h>

enum { MAX_FILE = 1 << 28 };

/* Where to read: the file, and what was named behind it. */
typedef struct place {
    const char *folder; /* NULL: the path is a file */
    const char *file, *pretoken;
} place;

/* ---- which file ---------------------------------------------------------------------------- */

/* FILE:NAME, where FILE:NAME itself does not exist. */
static void split_name(place *at, const char *path, sm_arena *arena)
{
    const char *colon = strrchr(path, ':');
    if (!colon || sm_file_exists(path)) return;
    const char *file = sm_arena_printf(arena, "%.*s", (int)(colon - path), path);
    if (!sm_file_exists(file)) return;
    at->file = file;
    at->pretoken = colon + 1;
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static place find_file(const char *path, sm_arena *arena)
{
    static const char *const names[] = {"tokenizer.json", "tokenizer.model", "spiece.model",
                                        "sentencepiece.bpe.model", "tokenizer.tiktoken"};
    place at = {.file = path};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *file = sm_arena_printf(arena, "%s/%s", path, names[i]);
        if (!sm_file_exists(file)) continue;
        return (place){.folder = path, .file = file};
    }
    split_name(&at, path, arena);
    if (is_folder(path)) at.file = sm_arena_printf(arena, "%s/%s", path, names[0]);
    return at;
}

/* ---- which format -------------------------------------------------------------------------- */

static bool is_json(sm_span file)
{
    while (file.n > 0 && strchr(" \t\r\n", *file.p)) {
        file.p++;
        file.n--;
    }
    return file.n > 0 && *file.p == '{';
}

/* Its first line is base64, a space and digits. */
static bool is_tiktoken(sm_span file)
{
    const char *end = memchr(file.p, '\n', file.n < LOAD_MAX_TOKEN ? file.n : LOAD_MAX_TOKEN);
    const char *blank = end ? memchr(file.p, ' ', (size_t)(end - file.p)) : NULL;
    if (!blank) return false;
    sm_buffer bytes = sm_buffer_make(LOAD_MAX_TOKEN);
    const bool coded = load_base64((sm_span){file.p, (size_t)(blank - file.p)}, &bytes);
    sm_buffer_free(&bytes);
    return coded && blank[1] >= '0' && blank[1] <= '9';
}

/* A message that begins with a piece. */
static bool is_spiece(sm_span file)
{
    return file.n > 2 && file.p[0] == '\n' && (size_t)(uint8_t)file.p[1] < file.n;
}

static int load_as_json(sm_tokenizer *tok, const char *path, sm_span file, sm_error *err)
{
    sm_config config = {0};
    SM_TRY(sm_config_parse_json(&config, path, file, err));
    const int rc = load_json(tok, &config.root, err);
    sm_config_free(&config);
    return rc;
}

static int load_by_content(sm_tokenizer *tok, const place *at, sm_span file, sm_error *err)
{
    if (file.n == 0) SM_FAIL(err, SM_ETRUNC, "%s: an empty file", at->file);
    if (is_tiktoken(file)) return load_tiktoken(tok, at->file, file, at->pretoken, err);
    if (at->pretoken)
        SM_FAIL(err, SM_EUSAGE, "%s: only a .tiktoken file takes the name of a pre-tokenizer",
                at->file);
    if (is_json(file)) return load_as_json(tok, at->file, file, err);
    if (is_spiece(file)) return load_spiece(tok, at->file, file, err);
    SM_FAIL(err, SM_EFORMAT,
            "%s: neither a tokenizer.json nor a SentencePiece .model nor a .tiktoken file",
            at->file);
}

/* ---- the end of a document ------------------------------------------------------------------- */

/* eos_token is a string, or an added token with its content. A missing or odd file says nothing. */
static uint32_t eot_from_config(const sm_tokenizer *tok, const char *path)
{
    sm_config config = {0};
    sm_error ignored = {0};
    uint32_t id = SM_NO_TOKEN;
    if (!sm_file_exists(path) || sm_config_read(&config, path, &ignored) < 0) return id;
    const sm_value *eos = sm_value_get(&config.root, "eos_token");
    if (eos && eos->kind == SM_MAP) eos = sm_value_get(eos, "content");
    if (eos && eos->kind == SM_STRING) id = sm_tokenizer_find(tok, eos->as.string);
    sm_config_free(&config);
    return id;
}

static void find_eot(sm_tokenizer *tok, const char *folder)
{
    static const char *const names[] = {"<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"};
    sm_arena scratch = {0};
    const uint32_t own = tok->eot;
    tok->eot = SM_NO_TOKEN;
    if (folder)
        tok->eot =
            eot_from_config(tok, sm_arena_printf(&scratch, "%s/tokenizer_config.json", folder));
    if (tok->eot == SM_NO_TOKEN) tok->eot = own;
    for (size_t i = 0; tok->eot == SM_NO_TOKEN && i < sizeof names / sizeof *names; i++) {
        const uint32_t id = sm_tokenizer_find(tok, sm_span_of(names[i]));
        if (id != SM_NO_TOKEN && sm_tokenizer_is_special(tok, id)) tok->eot = id;
    }
    sm_arena_free(&scratch);
}

/* ---- loading ----------------------------------------------------------------------------------- */

static sm_tokenizer *tokenizer_new(void)
{
    sm_tokenizer *tok = sm_calloc(1, sizeof *tok);
    tok->unk = SM_NO_TOKEN;
    tok->eot = SM_NO_TOKEN;
    return tok;
}

int sm_tokenizer_load(sm_tokenizer **out, const char *path, sm_error *err)
{
    sm_arena scratch = {0};
    sm_buffer file = sm_buffer_make(MAX_FILE);
    sm_tokenizer *tok = tokenizer_new();
    const place at = find_file(path, &scratch);
    *out = NULL;
    int rc = sm_file_read(at.file, &file, err);
    if (rc >= 0) rc = load_by_content(tok, &at, sm_buffer_span(&file), err);
    if (rc >= 0) {
        find_eot(tok, at.folder);
        *out = tok;
    } else {
        sm_tokenizer_free(tok);
    }
    sm_buffer_free(&file);
    sm_arena_free(&scratch);
    return rc < 0 ? rc : 0;
}
