/* seimai-model-log: where models come from: data, options, scores, and the same of their parents.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/lineage.h>
#include <seimai/options.h>

/* lineage.json as it stands; of a model without one, null. */
static int put_json(const char *dir, sm_buffer *out, sm_error *err)
{
    sm_arena arena = {0};
    sm_map map = {0};
    const char *const path = sm_arena_printf(&arena, "%s/lineage.json", dir);
    int status = SM_OK;
    if (sm_file_exists(path))
        status = sm_map_open(&map, path, err);
    else
        sm_buffer_puts(out, "null\n");
    if (status >= 0) sm_buffer_put(out, map.bytes);
    sm_map_close(&map);
    sm_arena_free(&arena);
    return status;
}

static int describe(const char *dir, bool as_json, sm_buffer *out, sm_error *err)
{
    if (as_json) return put_json(dir, out, err);
    sm_buffer_printf(out, "%s\n", dir);
    return sm_lineage_log(dir, out, err);
}

static int describe_all(const sm_list *dirs, bool as_json, sm_error *err)
{
    sm_output *out = NULL;
    sm_buffer text = sm_buffer_make(64 << 20);
    int status = sm_output_open(&out, NULL, err);
    for (size_t i = 0; i < dirs->n && status >= 0; i++) {
        sm_buffer_clear(&text);
        status = describe(dirs->items[i], as_json, &text, err);
        if (status >= 0) status = sm_output_write(out, sm_buffer_span(&text), err);
    }
    if (status >= 0)
        status = sm_output_commit(out, err);
    else
        sm_output_abort(out);
    sm_buffer_free(&text);
    return status;
}

int main(int argc, char **argv)
{
    bool as_json = false;
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_FLAG(0, "json", &as_json, "lineage.json, one line a model"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "model-log",
        .operands = "[OPTION…] MODEL…",
        .about = "Tell where models come from.",
        .more =
            "The model first, then its ancestors: data with the hash of their manifest, seed,\n"
            "options, scores. A model is known by the hash of its weights.\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (io.files.n == 0) return sm_usage_fail(&usage, "a model's folder is needed");
    return sm_leave(&usage, describe_all(&io.files, as_json, &err), &err);
}
