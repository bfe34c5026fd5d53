/* Opening a job of matching: all signatures in their order, checked against each other.
 * SPDX-License-Identifier: MIT */
#include "match_internal.h"

#include <seimai/file.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the list of files ---------------------------------------------------------------------- */

typedef struct path_list {
    char **paths;
    size_t n, cap;
} path_list;

static void add_path(path_list *list, const char *folder, const char *name)
{
    sm_buffer b = sm_buffer_make(1 << 16);
    sm_buffer_printf(&b, "%s%s%s", folder, *folder ? "/" : "", name);
    list->paths = sm_array_grow(list->paths, list->n, &list->cap, sizeof *list->paths);
    list->paths[list->n++] = sm_strdup(sm_buffer_span(&b));
    sm_buffer_free(&b);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_folder(path_list *list, const char *folder, sm_error *err)
{
    const size_t before = list->n;
    DIR *dir = opendir(folder);
    if (!dir) SM_FAIL(err, SM_EIO, "%s: %s", folder, strerror(errno));
    for (const struct dirent *e; (e = readdir(dir));) {
        if (sm_span_ends(sm_span_of(e->d_name), SM_SPAN(".sig")))
            add_path(list, folder, e->d_name);
    }
    (void)closedir(dir);
    if (list->n == before) SM_FAIL(err, SM_ENOENT, "%s: holds no signatures (*.sig)", folder);
    qsort(list->paths + before, list->n - before, sizeof *list->paths, by_bytes);
    return SM_OK;
}

static int list_paths(path_list *list, const char *const *paths, size_t n, sm_error *err)
{
    for (size_t i = 0; i < n; i++) {
        struct stat info;
        if (stat(paths[i], &info) == 0 && S_ISDIR(info.st_mode))
            SM_TRY(add_folder(list, paths[i], err));
        else
            add_path(list, "", paths[i]);
    }
    return SM_OK;
}

/* ---- what must agree ------------------------------------------------------------------------ */

static int check_same(const sig_file *a, const sig_file *b, sm_error *err)
{
    const sm_dedup_options *x = &a->info.options, *y = &b->info.options;
    const bool same = x->bands == y->bands && x->rows == y->rows && x->shingle == y->shingle &&
                      x->view == y->view && x->verify == y->verify &&
                      x->exact_only == y->exact_only && x->normalized == y->normalized &&
                      x->url == y->url && x->seed == y->seed && x->words == y->words &&
                      a->info.preference.by == b->info.preference.by &&
                      sm_span_equal(a->info.preference.field, b->info.preference.field);
    if (same) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s, %s: signed with different options", a->path, b->path);
}

static int by_name(const void *a, const void *b)
{
    const sig_file *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int check_names(const sm_match_job *job, sm_error *err)
{
    const sig_file **sorted = sm_calloc(job->n_files, sizeof *sorted);
    int status = SM_OK;
    for (size_t i = 0; i < job->n_files; i++)
        sorted[i] = &job->files[i];
    qsort(sorted, job->n_files, sizeof *sorted, by_name);
    for (size_t i = 1; i < job->n_files && status == SM_OK; i++) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            status = sm_error_set(err, SM_EUSAGE, "%s, %s: two inputs of one name",
                                  sorted[i - 1]->path, sorted[i]->path);
    }
    sm_free(sorted);
    return status;
}

/* The job prefers what was noted when the files were signed. */
static int check_preference(const sm_match_job *job, sm_error *err)
{
    const sm_preference *asked = &job->options.preference;
    const sm_preference *noted = &job->files[0].info.preference;
    if (asked->by == SM_PREFER_FIRST || asked->by == SM_PREFER_LONGEST) return SM_OK;
    if (asked->by == noted->by && sm_span_equal(asked->field, noted->field)) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "%s: was not signed with this --keep", job->files[0].path);
}

static void settle(sm_match_job *job)
{
    const sm_match_options *o = &job->options;
    job->settled = job->files[0].info.options;
    if (o->threshold > 0) job->settled.threshold = o->threshold;
    if (o->bucket_cap > 0) job->settled.bucket_cap = o->bucket_cap;
    job->settled.memory = o->memory;
    job->bands = job->settled.exact_only ? 0 : job->settled.bands;
}

/* ---- opening -------------------------------------------------------------------------------- */

static int open_files(sm_match_job *job, const path_list *list, sm_error *err)
{
    sm_hasher *identity = sm_hasher_new();
    int status = SM_OK;
    job->files = sm_calloc(list->n, sizeof *job->files);
    for (size_t i = 0; i < list->n && status == SM_OK; i++) {
        sig_file *f = &job->files[i];
        status = sig_open(f, list->paths[i], err);
        if (status < 0) break;
        job->n_files++;
        f->first = job->documents;
        job->documents += f->info.documents;
        job->urls += f->urls;
        char piece[24];
        sm_put_u64(piece, f->head_hash);
        sm_put_u64(piece + 8, f->info.documents);
        sm_put_u64(piece + 16, f->info.text_bytes);
        sm_hasher_add(identity, (sm_span){piece, sizeof piece});
        status = check_same(&job->files[0], f, err);
    }
    job->identity = sm_hasher_value(identity);
    sm_hasher_free(identity);
    return status;
}

static int open_job(sm_match_job *job, const path_list *list, sm_error *err)
{
    SM_TRY(open_files(job, list, err));
    SM_TRY(check_names(job, err));
    SM_TRY(check_preference(job, err));
    settle(job);
    return sm_directory_make(job->folder, err);
}

int sm_match_open(sm_match_job **job, const char *const *paths, size_t n_paths,
                  const char *folder, const sm_match_options *options, sm_error *err)
{
    sm_match_job *j = sm_calloc(1, sizeof *j);
    path_list list = {0};
    j->options = *options;
    j->folder = sm_strdup(sm_span_of(folder));
    int status = list_paths(&list, paths, n_paths, err);
    if (status == SM_OK && list.n == 0)
        status = sm_error_set(err, SM_EUSAGE, "no signatures to match");
    if (status == SM_OK) status = open_job(j, &list, err);
    for (size_t i = 0; i < list.n; i++)
        sm_free(list.paths[i]);
    sm_free(list.paths);
    *job = status < 0 ? NULL : j;
    if (status < 0) sm_match_close(j);
    return status;
}

void sm_match_close(sm_match_job *job)
{
    if (!job) return;
    for (size_t i = 0; i < job->n_files; i++)
        sig_close(&job->files[i]);
    sm_free(job->files);
    sm_free(job->folder);
    sm_free(job);
}

unsigned sm_match_bands(const sm_match_job *job)
{
    return job->bands;
}

const char *match_path(const sm_match_job *job, const char *name, sm_arena *arena)
{
    return sm_arena_printf(arena, "%s/%s", job->folder, name);
}
