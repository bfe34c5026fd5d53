/* The proof that a pause changes nothing: see sm_train_verify in seimai/train.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/file.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- folders ------------------------------------------------------------------------------------ */

static bool is_folder(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Removes a file, or a folder with all that is in it; what cannot be removed stays. */
static void remove_all(const char *path)
{
    DIR *const dir = is_folder(path) ? opendir(path) : NULL;
    const struct dirent *entry = NULL;
    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char *const inside = run_path(path, entry->d_name);
        remove_all(inside);
        sm_free(inside);
    }
    if (dir) (void)closedir(dir);
    if (dir)
        (void)rmdir(path);
    else
        (void)unlink(path);
}

/* ---- three runs ---------------------------------------------------------------------------------- */

typedef struct proof {
    sm_train_options o;
    const char *folder;
    uint64_t n;
    sm_arena arena;
} proof;

static int session_to(proof *p, const char *name, uint64_t step, unsigned threads,
                      sm_error *err)
{
    p->o.output = sm_arena_printf(&p->arena, "%s/%s", p->folder, name);
    p->o.stop_after = step;
    p->o.threads = threads;
    SM_TRY(sm_train(&p->o, NULL, err));
    if (!p->o.stop || !*p->o.stop) return SM_OK;
    SM_FAIL(err, SM_EIO, "the proof was interrupted");
}

/* ---- comparing ------------------------------------------------------------------------------------ */

static bool has_line(sm_span text, sm_span line)
{
    while (text.n)
        if (sm_span_equal(run_next_line(&text), line)) return true;
    return false;
}

/* Lines of metrics.jsonl up to their times. */
static bool same_logs(sm_span a, sm_span b)
{
    while (a.n && b.n) {
        sm_span x = run_next_line(&a);
        const sm_span y = run_next_line(&b);
        const char *const end = sm_span_find(x, SM_SPAN(",\"tok_s\""));
        if (!end) return false;
        x.n = (size_t)(end - x.p);
        if (!sm_span_starts(y, x)) return false;
    }
    return a.n == b.n;
}

static sm_span last_word(sm_span line)
{
    size_t at = line.n;
    while (at > 0 && line.p[at - 1] != ' ')
        at--;
    return sm_span_from(line, at);
}

/* Lines of two MANIFESTs, a file each: hash, bytes, name. */
static bool same_manifests(sm_span a, sm_span b, sm_buffer *report)
{
    bool same = true;
    while (a.n) {
        const sm_span line = run_next_line(&a), name = last_word(line);
        const bool equal = has_line(b, line);
        sm_buffer_printf(report, "%.*s%s, ", (int)name.n, name.p, equal ? "" : " DIFFERS");
        same = same && equal;
    }
    return same;
}

static int open_pair(const proof *p, const char *name, const char *file, sm_map *a, sm_map *b,
                     sm_error *err)
{
    sm_arena arena = {0};
    const char *const whole = sm_arena_printf(&arena, "%s/whole/%s", p->folder, file);
    const char *const other = sm_arena_printf(&arena, "%s/%s/%s", p->folder, name, file);
    int status = sm_map_open(a, whole, err);
    if (status >= 0) status = sm_map_open(b, other, err);
    sm_arena_free(&arena);
    return status;
}

/* Compares a run with the whole one; *same turns false where they differ. */
static int compare(const proof *p, const char *name, sm_buffer *report, bool *same,
                   sm_error *err)
{
    sm_map a = {0}, b = {0}, c = {0}, d = {0};
    int status = open_pair(p, name, "model/MANIFEST", &a, &b, err);
    if (status >= 0) status = open_pair(p, name, "metrics.jsonl", &c, &d, err);
    if (status >= 0) {
        const bool files = same_manifests(a.bytes, b.bytes, report);
        const bool logs = same_logs(c.bytes, d.bytes);
        sm_buffer_printf(report, "metrics.jsonl%s: %s\n", logs ? "" : " DIFFERS",
                         files && logs ? "the same" : "NOT the same");
        *same = *same && files && logs;
    }
    sm_map_close(&a);
    sm_map_close(&b);
    sm_map_close(&c);
    sm_map_close(&d);
    return status;
}

/* ---- the proof ------------------------------------------------------------------------------------ */

static int prove(proof *p, unsigned threads, sm_buffer *report, sm_error *err)
{
    const unsigned others = threads > 1 ? 1 : 2;
    const struct {
        const char *name;
        unsigned threads;
    } runs[] = {{"parts", threads}, {"threads", others}};
    bool same = true;
    SM_TRY(session_to(p, "whole", 2 * p->n, threads, err));
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const unsigned j = runs[i].threads;
        SM_TRY(session_to(p, runs[i].name, p->n, j, err));
        SM_TRY(session_to(p, runs[i].name, 2 * p->n, j, err));
        sm_buffer_printf(report,
                         "%llu steps in one session (-j %u), %llu + %llu in two (-j %u):\n  ",
                         (unsigned long long)(2 * p->n), threads, (unsigned long long)p->n,
                         (unsigned long long)p->n, j);
        SM_TRY(compare(p, runs[i].name, report, &same, err));
    }
    if (same) return SM_OK;
    SM_FAIL(err, SM_EGATE, "a run that was resumed ended otherwise than one that was not");
}

int sm_train_verify(const sm_train_options *options, const char *scratch, uint64_t n,
                    sm_buffer *report, sm_error *err)
{
    proof p = {.o = *options, .n = n};
    char *const folder = sm_arena_printf(&p.arena, "%s/verify-XXXXXX", scratch);
    int status = sm_directory_make(scratch, err);
    if (status >= 0 && !mkdtemp(folder))
        status = sm_error_set(err, SM_EIO, "%s: %s", scratch, strerror(errno));
    p.folder = folder;
    if (p.o.steps > 0 && p.o.steps < 2 * n) p.o.steps = 2 * n;
    p.o.keep = p.o.save_every = p.o.patience = 0;
    p.o.log_every = 1;
    p.o.eval_every = n;
    if (status >= 0) {
        status = prove(&p, options->threads, report, err);
        remove_all(folder);
        (void)rmdir(scratch); /* where nothing else is in it */
    }
    sm_arena_free(&p.arena);
    return status;
}
