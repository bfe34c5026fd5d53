/* The files of a tokenizer, which travel with what was made with it: shards, checkpoints.
 * SPDX-License-Identifier: MIT
 *
 * What is copied loads as what was named: a folder keeps its names, a single file gets the name that
 * sm_tokenizer_load looks for in a folder, and of FILE:NAME the name goes into the file beside the ranks. */
#include <seimai/shard_edit.h>

#include <seimai/file.h>
#include <seimai/json.h>

#include <string.h>

#include <sys/stat.h>

enum { MAX_BYTES = 1 << 30 };

const char *const sm_tokenizer_files[] = {"tokenizer.json",
                                          "tokenizer_config.json",
                                          "special_tokens_map.json",
                                          "chat_template.jinja",
                                          "seimai.json",
                                          "tokenizer.model",
                                          "spiece.model",
                                          "sentencepiece.bpe.model",
                                          "tokenizer.tiktoken",
                                          "tokenizer.tiktoken.json",
                                          NULL};

static int copy_file(const char *from, const char *to, sm_error *err)
{
    sm_buffer content = sm_buffer_make(MAX_BYTES);
    int status = sm_file_read(from, &content, err);
    if (status >= 0) status = sm_file_write(to, sm_buffer_span(&content), err);
    sm_buffer_free(&content);
    return status;
}

/* The name under which a folder holds such a file: by its first bytes, as loading does. */
static const char *name_for(sm_span content)
{
    size_t blank = 0;
    while (blank < content.n && strchr(" \t\r\n", content.p[blank]))
        blank++;
    if (blank < content.n && content.p[blank] == '{') return "tokenizer.json";
    return content.n > 0 && content.p[0] == '\n' ? "tokenizer.model" : "tokenizer.tiktoken";
}

static int write_pretoken(const char *path, const char *name, sm_error *err)
{
    sm_buffer json = sm_buffer_make(1 << 16);
    sm_json_open(&json, '{');
    sm_json_put_text(&json, "pretoken", name);
    sm_json_close(&json, '}');
    sm_buffer_putc(&json, '\n');
    const int status = sm_file_write(path, sm_buffer_span(&json), err);
    sm_buffer_free(&json);
    return status;
}

/* One file, with what stands beside it; `pretoken` was named behind a colon, or is NULL. */
static int copy_single(const char *from, const char *pretoken, const char *to, sm_arena *paths,
                       sm_error *err)
{
    sm_buffer content = sm_buffer_make(MAX_BYTES);
    int status = sm_file_read(from, &content, err);
    const char *name = name_for(sm_buffer_span(&content));
    const char *target = sm_arena_printf(paths, "%s/%s", to, name);
    if (status >= 0) status = sm_file_write(target, sm_buffer_span(&content), err);
    sm_buffer_free(&content);
    if (status < 0 || strcmp(name, "tokenizer.tiktoken") != 0) return status;
    const char *beside = sm_arena_printf(paths, "%s.json", from);
    target = sm_arena_printf(paths, "%s.json", target);
    if (pretoken) return write_pretoken(target, pretoken, err);
    return sm_file_exists(beside) ? copy_file(beside, target, err) : SM_OK;
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static int copy_folder(const char *from, const char *to, sm_arena *paths, sm_error *err)
{
    for (size_t i = 0; sm_tokenizer_files[i]; i++) {
        const char *path = sm_arena_printf(paths, "%s/%s", from, sm_tokenizer_files[i]);
        const char *target = sm_arena_printf(paths, "%s/%s", to, sm_tokenizer_files[i]);
        if (sm_file_exists(path)) SM_TRY(copy_file(path, target, err));
    }
    return SM_OK;
}

int sm_tokenizer_files_copy(const char *from, const char *to, sm_error *err)
{
    sm_arena paths = {0};
    const char *colon = strrchr(from, ':');
    int status = sm_directory_make(to, err);
    if (status >= 0 && is_folder(from))
        status = copy_folder(from, to, &paths, err);
    else if (status >= 0 && (sm_file_exists(from) || !colon))
        status = copy_single(from, NULL, to, &paths, err);
    else if (status >= 0)
        status = copy_single(sm_arena_printf(&paths, "%.*s", (int)(colon - from), from),
                             colon + 1, to, &paths, err);
    sm_arena_free(&paths);
    return status;
}

int sm_shards_tokenizer_path(const char *dir, sm_arena *arena, const char **path, sm_error *err)
{
    *path = sm_arena_printf(arena, "%s/tokenizer", dir);
    if (sm_file_exists(*path)) return SM_OK;
    *path = sm_arena_printf(arena, "%s/../tokenizer", dir);
    if (sm_file_exists(*path)) return SM_OK;
    SM_FAIL(err, SM_ENOENT, "%s: no tokenizer lies in it or beside it", dir);
}

int sm_shards_tokenizer_along(const char *dir, const char *to, sm_error *err)
{
    sm_arena paths = {0};
    const char *from = NULL;
    int status = SM_OK;
    if (sm_shards_tokenizer_path(dir, &paths, &from, NULL) == SM_OK)
        status =
            sm_tokenizer_files_copy(from, sm_arena_printf(&paths, "%s/tokenizer", to), err);
    sm_arena_free(&paths);
    return status;
}
