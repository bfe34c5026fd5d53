/* Opening an index: the lock, what a killed run left, the options. See seimai/dedup_index.h.
 * SPDX-License-Identifier: MIT */
#include "index_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <seimai/file.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *index_path(sm_dedup_index *x, const char *name)
{
    return sm_arena_printf(&x->arena, "%s/%s", x->folder, name);
}

/* ---- files ---------------------------------------------------------------------------------- */

int index_hash_file(const char *path, uint64_t *bytes, sm_hash128 *hash, sm_error *err)
{
    enum { PIECE = 1 << 16 };
    char *piece = sm_malloc(PIECE);
    sm_hasher *h = sm_hasher_new();
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 0;
    *bytes = 0;
    while (fd >= 0 && ((n = read(fd, piece, PIECE)) > 0 || (n < 0 && errno == EINTR))) {
        if (n < 0) continue;
        sm_hasher_add(h, (sm_span){piece, (size_t)n});
        *bytes += (uint64_t)n;
    }
    const int why = errno;
    if (fd >= 0) (void)close(fd);
    *hash = sm_hasher_value(h);
    sm_hasher_free(h);
    sm_free(piece);
    if (n == 0) return SM_OK;
    SM_FAIL(err, why == ENOENT ? SM_ENOENT : SM_EIO, "%s: cannot be read: %s", path,
            strerror(why));
}

int index_output_is(const char *path, uint64_t bytes, sm_hash128 hash, sm_error *err)
{
    uint64_t found_bytes = 0;
    sm_hash128 found = {0, 0};
    if (!sm_file_exists(path)) return 0;
    SM_TRY(index_hash_file(path, &found_bytes, &found, err));
    return found_bytes == bytes && sm_hash128_equal(found, hash);
}

void index_sync_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd); /* where a folder cannot be synced, nothing is lost */
    (void)close(fd);
}

void index_clean(const char *folder, const index_manifest *m)
{
    DIR *dir = opendir(folder);
    if (!dir) return;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (!manifest_is_file_name(sm_span_of(e->d_name))) continue;
        if (m && manifest_names_file(m, e->d_name)) continue;
        (void)unlinkat(dirfd(dir), e->d_name, 0); /* what stays costs room, nothing else */
    }
    (void)closedir(dir);
}

/* ---- the lock, and what was left ------------------------------------------------------------ */

static int lock_folder(sm_dedup_index *x, sm_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const char *path = index_path(x, "lock");
    x->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (x->lock < 0) SM_FAIL(err, SM_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    if (fcntl(x->lock, F_SETLK, &whole) == 0) return SM_OK;
    if (errno == EACCES || errno == EAGAIN)
        SM_FAIL(err, SM_ELIMIT, "%s: another process writes this index", x->folder);
    SM_FAIL(err, SM_EIO, "%s: cannot be locked: %s", path, strerror(errno));
}

/* A PENDING whose output is there was as good as committed. */
static int mend(sm_dedup_index *x, sm_error *err)
{
    const char *pending = index_path(x, "PENDING");
    index_manifest p;
    if (!sm_file_exists(pending)) return SM_OK;
    SM_TRY(index_manifest_read(&p, pending, err));
    int there = 0;
    if (p.n_generations > 0) {
        const index_generation *last = &p.generations[p.n_generations - 1];
        there = index_output_is(last->output.p, last->output_bytes, last->output_hash, err);
    }
    index_manifest_free(&p);
    SM_TRY(there);
    const char *manifest = index_path(x, "MANIFEST");
    if (there ? rename(pending, manifest) != 0 : unlink(pending) != 0)
        SM_FAIL(err, SM_EIO, "%s: cannot be %s: %s", pending, there ? "renamed" : "removed",
                strerror(errno));
    index_sync_folder(x->folder);
    return SM_OK;
}

int index_open(sm_dedup_index **index, const char *folder, sm_error *err)
{
    sm_dedup_index *x = sm_calloc(1, sizeof *x);
    *index = x;
    x->folder = sm_strdup(sm_span_of(folder));
    x->lock = -1;
    SM_TRY(lock_folder(x, err));
    SM_TRY(mend(x, err));
    const char *path = index_path(x, "MANIFEST");
    const bool there = sm_file_exists(path);
    if (there) SM_TRY(index_manifest_read(&x->m, path, err));
    index_clean(folder, there ? &x->m : NULL);
    return there;
}

void sm_dedup_index_close(sm_dedup_index *x)
{
    if (!x) return;
    sm_dedup_free(x->dedup);
    if (x->dedup && !x->prepared) index_clean(x->folder, x->m.generation ? &x->m : NULL);
    if (x->lock >= 0) (void)close(x->lock); /* unlocks */
    sm_arena_free(&x->next.arena);
    index_manifest_free(&x->m);
    sm_arena_free(&x->arena);
    sm_free(x->folder);
    sm_free(x);
}

/* ---- the options ---------------------------------------------------------------------------- */

/* What was given must be what the index was made with. */
static int check_given(const char *folder, const sm_dedup_options *o, const sm_dedup_given *g,
                       const sm_dedup_options *own, sm_error *err)
{
    const struct {
        const char *name;
        bool differs;
    } checks[] = {
        {"threshold",
         g->threshold && (o->threshold < own->threshold || o->threshold > own->threshold)},
        {"bands and --rows", g->bands && (o->bands != own->bands || o->rows != own->rows)},
        {"shingle", g->shingle && o->shingle != own->shingle},
        {"unit or dictionary", g->words && o->words != own->words},
        {"view", g->view && o->view != own->view},
        {"bucket-cap", g->bucket_cap && o->bucket_cap != own->bucket_cap},
        {"seed", g->seed && o->seed != own->seed},
        {"verify", g->verify && o->verify != own->verify},
        {"exact", g->normalized && o->normalized != own->normalized},
        {"exact-only", g->exact_only && o->exact_only != own->exact_only},
        {"url", g->url && o->url != own->url},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].differs)
            SM_FAIL(err, SM_EUSAGE, "%s: the index was made with another --%s", folder,
                    checks[i].name);
    return SM_OK;
}

static int settle(sm_dedup_index *x, bool there, const sm_dedup_options *options,
                  const sm_dedup_given *given, sm_error *err)
{
    const size_t memory = options->memory;
    if (there) SM_TRY(check_given(x->folder, options, given, &x->m.options, err));
    x->set = there ? x->m.options : *options;
    x->set.memory = memory;
    x->set.morph = options->morph;
    x->set.folder = x->folder;
    return dedup_settle(&x->set, err);
}

int sm_dedup_index_open(sm_dedup_index **index, const char *folder,
                        const sm_dedup_options *options, const sm_dedup_given *given,
                        sm_error *err)
{
    *index = NULL;
    SM_TRY(sm_directory_make(folder, err));
    int status = index_open(index, folder, err);
    if (status >= 0) status = settle(*index, status == 1, options, given, err);
    if (status >= 0) return SM_OK;
    sm_dedup_index_close(*index);
    *index = NULL;
    return status;
}

int index_open_existing(sm_dedup_index **index, const char *folder, size_t memory,
                        sm_error *err)
{
    const sm_dedup_given nothing = {0};
    sm_dedup_options o = sm_dedup_defaults();
    sm_buffer path = sm_buffer_make(1 << 16);
    sm_buffer_printf(&path, "%s/MANIFEST", folder);
    sm_buffer_putc(&path, '\0');
    const bool there = !path.overflow && sm_file_exists(path.p);
    sm_buffer_free(&path);
    *index = NULL;
    if (!there) SM_FAIL(err, SM_ENOENT, "%s: no index: there is no MANIFEST", folder);
    o.memory = memory;
    return sm_dedup_index_open(index, folder, &o, &nothing, err);
}

const sm_dedup_options *sm_dedup_index_options(const sm_dedup_index *x)
{
    return &x->set;
}
