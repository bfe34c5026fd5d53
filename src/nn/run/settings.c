/* run.yaml: what a run was started with, and whether a resume asks for the same.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/file.h>

#include <string.h>

sm_span run_next_line(sm_span *text)
{
    const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
    const sm_span line = {text->p, end ? (size_t)(end - text->p) : text->n};
    const size_t used = line.n + (end != NULL);
    *text = (sm_span){text->p + used, text->n - used};
    return line;
}

static sm_span key_of(sm_span line)
{
    const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
    return (sm_span){line.p, colon ? (size_t)(colon - line.p) : line.n};
}

static bool has_line(sm_span text, sm_span line)
{
    while (text.n)
        if (sm_span_equal(run_next_line(&text), line)) return true;
    return false;
}

static bool is_free(sm_span key, const char *const *may_change)
{
    for (; may_change && *may_change; may_change++)
        if (sm_span_equal(key, sm_span_of(*may_change))) return true;
    return false;
}

/* Every line of `a` that `b` lacks must be free to change. */
static int compare(sm_span a, sm_span b, const char *const *may_change,
                   const sm_train_hooks *hooks, const char *path, sm_error *err)
{
    while (a.n) {
        const sm_span line = run_next_line(&a), key = key_of(line);
        if (has_line(b, line)) continue;
        if (!is_free(key, may_change))
            SM_FAIL(err, SM_EUSAGE, "%s: '%.*s': the run was started with another value", path,
                    (int)line.n, line.p);
        if (!sm_span_equal(key, SM_SPAN("steps")) || !hooks || !hooks->warn) continue;
        hooks->warn(hooks->state, "other steps than before: the schedule changes with them");
    }
    return SM_OK;
}

static int keep_file(const char *path, sm_span settings, const char *const *may_change,
                     const sm_train_hooks *hooks, sm_error *err)
{
    sm_map map = {0};
    if (!sm_file_exists(path)) return sm_file_write(path, settings, err);
    SM_TRY(sm_map_open(&map, path, err));
    int status = compare(settings, map.bytes, may_change, hooks, path, err);
    if (status >= 0) status = compare(map.bytes, settings, may_change, NULL, path, err);
    const bool same = sm_span_equal(map.bytes, settings);
    sm_map_close(&map);
    return status < 0 || same ? status : sm_file_write(path, settings, err);
}

int settings_keep(const char *run, sm_span settings, const char *const *may_change,
                  const sm_train_hooks *hooks, sm_error *err)
{
    char *path = run_path(run, "run.yaml");
    const int status = keep_file(path, settings, may_change, hooks, err);
    sm_free(path);
    return status;
}
