/* The files that operands name, with those in folders: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/source.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A folder on the way down: its names, sorted, and how far we are. */
typedef struct level {
    char *folder;
    char **names;
    size_t n, cap, next;
} level;

struct sm_walk {
    const char *const *operands;
    size_t n_operands, next;
    sm_container_counts *counts;
    level *levels;
    size_t n_levels, cap_levels;
    char *path; /* what was given last */
};

sm_walk *sm_walk_new(const char *const *operands, size_t n, sm_container_counts *counts)
{
    static const char *const standard[] = {"-"};
    sm_walk *w = sm_malloc(sizeof *w);
    *w = (sm_walk){
        .operands = n ? operands : standard, .n_operands = n ? n : 1, .counts = counts};
    return w;
}

static void close_level(sm_walk *w)
{
    level *l = &w->levels[--w->n_levels];
    for (size_t i = 0; i < l->n; i++)
        sm_free(l->names[i]);
    sm_free(l->names);
    sm_free(l->folder);
}

void sm_walk_free(sm_walk *w)
{
    if (!w) return;
    while (w->n_levels)
        close_level(w);
    sm_free(w->levels);
    sm_free(w->path);
    sm_free(w);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(sm_walk *w, level *l, sm_error *err)
{
    DIR *folder = opendir(l->folder);
    if (!folder) SM_FAIL(err, SM_EIO, "%s: %s", l->folder, strerror(errno));
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) break;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        w->counts->hidden += *name == '.';
        if (*name == '.') continue;
        l->names = sm_array_grow(l->names, l->n, &l->cap, sizeof *l->names);
        l->names[l->n++] = sm_strdup(sm_span_of(name));
    }
    const int failed = errno;
    (void)closedir(folder);
    if (failed) SM_FAIL(err, SM_EIO, "%s: %s", l->folder, strerror(failed));
    if (l->n) qsort(l->names, l->n, sizeof *l->names, by_bytes);
    return 0;
}

static int open_level(sm_walk *w, const char *folder, sm_error *err)
{
    w->levels = sm_array_grow(w->levels, w->n_levels, &w->cap_levels, sizeof *w->levels);
    level *l = &w->levels[w->n_levels++];
    *l = (level){.folder = sm_strdup(sm_span_of(folder))};
    const int rc = read_names(w, l, err);
    if (rc < 0) close_level(w);
    return rc;
}

static void set_path(sm_walk *w, const char *folder, const char *name)
{
    const size_t n = strlen(folder), m = strlen(name);
    const bool slash = n && folder[n - 1] != '/';
    sm_free(w->path);
    w->path = sm_malloc(n + slash + m + 1);
    memcpy(w->path, folder, n);
    if (slash) w->path[n] = '/';
    memcpy(w->path + n + slash, name, m + 1);
}

/* The next name of the innermost folder: 1 a file, 0 look again, or a failure. Links to folders could lead back
 * to where we are, and devices never end: both are passed over. */
static int next_name(sm_walk *w, sm_error *err)
{
    struct stat info;
    level *l = &w->levels[w->n_levels - 1];
    if (l->next == l->n) {
        close_level(w);
        return 0;
    }
    set_path(w, l->folder, l->names[l->next++]);
    const bool link = lstat(w->path, &info) == 0 && S_ISLNK(info.st_mode);
    if (stat(w->path, &info) != 0) SM_FAIL(err, SM_EIO, "%s: %s", w->path, strerror(errno));
    if (S_ISDIR(info.st_mode) && !link) return open_level(w, w->path, err);
    const bool file = S_ISREG(info.st_mode);
    w->counts->files += file;
    w->counts->hidden += !file;
    return file;
}

/* Operands may be anything that can be opened. */
static int next_operand(sm_walk *w, sm_error *err)
{
    struct stat info;
    const char *operand = w->operands[w->next++];
    set_path(w, "", operand);
    const bool folder =
        strcmp(operand, "-") != 0 && stat(operand, &info) == 0 && S_ISDIR(info.st_mode);
    return folder ? open_level(w, operand, err) : 1;
}

int sm_walk_next(sm_walk *w, const char **path, sm_error *err)
{
    int rc = 0;
    while (rc == 0) {
        *path = NULL;
        if (!w->n_levels && w->next == w->n_operands) return 0;
        rc = w->n_levels ? next_name(w, err) : next_operand(w, err);
    }
    *path = w->path;
    return rc;
}
