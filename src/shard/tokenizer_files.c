/* The files of a tokenizer, which travel with what was made with it: shards, checkpoints.
 * SPDX-License-Identifier: MIT */
#include <seimai/shard.h>

#include <seimai/file.h>

enum { MAX_BYTES = 1 << 30 };

const char *const sm_tokenizer_files[] = {
    "tokenizer.json",      "tokenizer_config.json", "special_tokens_map.json",
    "chat_template.jinja", "seimai.json",           NULL};

static int copy_file(const char *from, const char *to, sm_error *err)
{
    sm_buffer content = sm_buffer_make(MAX_BYTES);
    int status = sm_file_read(from, &content, err);
    if (status >= 0) status = sm_file_write(to, sm_buffer_span(&content), err);
    sm_buffer_free(&content);
    return status;
}

int sm_tokenizer_files_copy(const char *from, const char *to, sm_error *err)
{
    sm_arena paths = {0};
    const bool is_file = sm_span_ends(sm_span_of(from), SM_SPAN(".json"));
    int status = sm_directory_make(to, err);
    for (size_t i = 0; sm_tokenizer_files[i] && status >= 0; i++) {
        const char *name = sm_tokenizer_files[i];
        const char *path = is_file ? from : sm_arena_printf(&paths, "%s/%s", from, name);
        if (is_file && i > 0) break; /* the first is tokenizer.json itself */
        if (sm_file_exists(path))
            status = copy_file(path, sm_arena_printf(&paths, "%s/%s", to, name), err);
    }
    sm_arena_free(&paths);
    return status;
}
