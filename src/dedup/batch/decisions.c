/* The decisions about one input: written, and read again by apply. The layout is in decisions.h.
 * SPDX-License-Identifier: MIT */
#include "decisions.h"

#include <seimai/file.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DECISIONS_MAGIC "seimaimt"
#define BLOCK_MAGIC     0x4B4C4244U /* "DBLK" */

enum {
    VERSION = 1,
    HEAD = 64,
    FOOT = 64,
    BLOCK_HEAD = 16,
    BLOCK_TARGET = 1 << 16,
    FIXED = 56, /* bytes of a decision before its ids */
    ID_MAX = 1 << 30
};

/* ---- one decision --------------------------------------------------------------------------- */

void decision_encode(const sm_decision *d, sm_buffer *into)
{
    const bool same = sm_span_equal(d->kept, d->by);
    const size_t n_by = same ? 0 : d->by.n;
    char *p = sm_buffer_reserve(into, FIXED + d->kept.n + n_by);
    sm_put_u64(p, d->document);
    sm_put_u64(p + 8, d->text.lo);
    sm_put_u64(p + 16, d->text.hi);
    sm_put_u32(p + 24, (uint32_t)d->kind);
    sm_put_u32(p + 28, (uint32_t)d->kept.n);
    sm_put_u32(p + 32, (uint32_t)n_by);
    sm_put_u32(p + 36, 0);
    sm_put_u64(p + 40, d->size);
    sm_put_u64(p + 48, bits_of(d->similarity));
    into->n += FIXED;
    sm_buffer_put(into, d->kept);
    sm_buffer_put(into, (sm_span){d->by.p, n_by});
}

bool decision_decode(sm_span *bytes, sm_decision *d)
{
    const char *p = bytes->p;
    if (bytes->n < FIXED) return false;
    const size_t n_kept = sm_get_u32(p + 28), n_by = sm_get_u32(p + 32);
    const uint32_t kind = sm_get_u32(p + 24);
    if (n_kept > ID_MAX || n_by > ID_MAX || kind > SM_MATCH_URL) return false;
    if (bytes->n - FIXED < n_kept + n_by) return false;
    *d = (sm_decision){.document = sm_get_u64(p),
                       .text = {sm_get_u64(p + 8), sm_get_u64(p + 16)},
                       .kind = (sm_match_kind)kind,
                       .size = sm_get_u64(p + 40),
                       .similarity = real_of(sm_get_u64(p + 48)),
                       .kept = {p + FIXED, n_kept}};
    d->by = n_by == 0 ? d->kept : (sm_span){p + FIXED + n_kept, n_by};
    const size_t n = FIXED + n_kept + n_by;
    *bytes = (sm_span){p + n, bytes->n - n};
    return true;
}

/* ---- writing -------------------------------------------------------------------------------- */

struct decision_writer {
    sm_output *out;
    sm_buffer block;
    uint64_t n, dropped;
};

static int write_sealed(decision_writer *w, char *p, size_t n, sm_error *err)
{
    sm_put_u64(p + n - 8, sm_hash64((sm_span){p, n - 8}));
    return sm_output_write(w->out, (sm_span){p, n}, err);
}

static int write_head(decision_writer *w, const sm_decisions_info *info, sm_error *err)
{
    char head[HEAD] = DECISIONS_MAGIC;
    sm_put_u32(head + 8, VERSION);
    sm_put_u32(head + 12, (uint32_t)info->cluster | (uint32_t)info->normalized << 8);
    sm_put_u64(head + 16, info->fingerprint.lo);
    sm_put_u64(head + 24, info->fingerprint.hi);
    sm_put_u64(head + 32, info->documents);
    sm_put_u64(head + 40, bits_of(info->threshold));
    return write_sealed(w, head, sizeof head, err);
}

int decisions_create(decision_writer **writer, const char *path, const sm_decisions_info *info,
                     sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, path, err));
    decision_writer *w = sm_calloc(1, sizeof *w);
    w->out = out;
    w->block = sm_buffer_make(SIZE_MAX / 2);
    *writer = w;
    const int status = write_head(w, info, err);
    if (status == SM_OK) return SM_OK;
    decisions_abort(w);
    *writer = NULL;
    return status;
}

static int flush(decision_writer *w, sm_error *err)
{
    char head[BLOCK_HEAD];
    sm_put_u32(head, BLOCK_MAGIC);
    sm_put_u32(head + 4, (uint32_t)w->block.n);
    sm_put_u64(head + 8, sm_hash64(sm_buffer_span(&w->block)));
    SM_TRY(sm_output_write(w->out, (sm_span){head, sizeof head}, err));
    SM_TRY(sm_output_write(w->out, sm_buffer_span(&w->block), err));
    sm_buffer_clear(&w->block);
    return SM_OK;
}

int decisions_add(decision_writer *w, const sm_decision *d, sm_error *err)
{
    if (d->kept.n > ID_MAX || d->by.n > ID_MAX)
        SM_FAIL(err, SM_ELIMIT, "an id of more than 1 GiB");
    decision_encode(d, &w->block);
    w->n++;
    w->dropped += d->kind != SM_MATCH_NONE;
    return w->block.n < BLOCK_TARGET ? SM_OK : flush(w, err);
}

static int finish(decision_writer *w, sm_error *err)
{
    char foot[FOOT] = "";
    if (w->block.n > 0) SM_TRY(flush(w, err));
    sm_put_u32(foot, FOOT_MAGIC);
    sm_put_u64(foot + 8, w->n);
    sm_put_u64(foot + 16, w->dropped);
    return write_sealed(w, foot, sizeof foot, err);
}

static void forget(decision_writer *w)
{
    sm_buffer_free(&w->block);
    sm_free(w);
}

int decisions_commit(decision_writer *w, sm_error *err)
{
    int status = finish(w, err);
    if (status < 0)
        sm_output_abort(w->out);
    else
        status = sm_output_commit(w->out, err);
    forget(w);
    return status;
}

void decisions_abort(decision_writer *w)
{
    if (!w) return;
    sm_output_abort(w->out);
    forget(w);
}

/* ---- reading -------------------------------------------------------------------------------- */

struct sm_decisions {
    char *path;
    int fd;
    int64_t at, end; /* of the next block; of the blocks */
    sm_buffer block;
    sm_span left;            /* of the block */
    uint64_t n, given, next; /* decisions in all; given so far; least document that may come */
    sm_decisions_info info;
};

static int bad(const sm_decisions *d, const char *what, sm_error *err)
{
    SM_FAIL(err, SM_EFORMAT, "%s: %s at byte %lld", d->path, what, (long long)d->at);
}

static int read_sealed(const sm_decisions *d, int64_t at, char *p, size_t n, sm_error *err)
{
    SM_TRY(read_at(d->fd, d->path, at, p, n, err));
    if (sm_hash64((sm_span){p, n - 8}) == sm_get_u64(p + n - 8)) return SM_OK;
    SM_FAIL(err, SM_EHASH, "%s: damaged at byte %lld", d->path, (long long)at);
}

static int read_ends(sm_decisions *d, sm_error *err)
{
    char head[HEAD], foot[FOOT];
    SM_TRY(read_at(d->fd, d->path, 0, head, sizeof head, err));
    if (memcmp(head, DECISIONS_MAGIC, 8) != 0 || sm_get_u32(head + 8) != VERSION)
        SM_FAIL(err, SM_EFORMAT, "%s: no decisions of this version", d->path);
    SM_TRY(read_sealed(d, 0, head, sizeof head, err));
    if (d->end < HEAD) SM_FAIL(err, SM_ETRUNC, "%s: ends before its foot", d->path);
    SM_TRY(read_at(d->fd, d->path, d->end, foot, sizeof foot, err));
    if (sm_get_u32(foot) != FOOT_MAGIC)
        SM_FAIL(err, SM_ETRUNC, "%s: ends without its foot", d->path);
    SM_TRY(read_sealed(d, d->end, foot, sizeof foot, err));
    d->info = (sm_decisions_info){.cluster =
                                      head[12] == 0 ? SM_CLUSTER_GREEDY : SM_CLUSTER_TRANSITIVE,
                                  .normalized = head[13] != 0,
                                  .fingerprint = {sm_get_u64(head + 16), sm_get_u64(head + 24)},
                                  .documents = sm_get_u64(head + 32),
                                  .dropped = sm_get_u64(foot + 16),
                                  .threshold = real_of(sm_get_u64(head + 40))};
    d->n = sm_get_u64(foot + 8);
    return SM_OK;
}

int sm_decisions_open(sm_decisions **decisions, const char *path, sm_error *err)
{
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        SM_FAIL(err, errno == ENOENT ? SM_ENOENT : SM_EIO, "%s: %s", path, strerror(errno));
    sm_decisions *d = sm_calloc(1, sizeof *d);
    d->path = sm_strdup(sm_span_of(path));
    d->fd = fd;
    d->at = HEAD;
    d->end = (fstat(fd, &info) == 0 ? (int64_t)info.st_size : 0) - FOOT;
    d->block = sm_buffer_make(SIZE_MAX / 2);
    *decisions = d;
    const int status = read_ends(d, err);
    if (status == SM_OK) return SM_OK;
    sm_decisions_close(d);
    *decisions = NULL;
    return status;
}

void sm_decisions_close(sm_decisions *d)
{
    if (!d) return;
    (void)close(d->fd);
    sm_buffer_free(&d->block);
    sm_free(d->path);
    sm_free(d);
}

const sm_decisions_info *sm_decisions_about(const sm_decisions *d)
{
    return &d->info;
}

static int read_block(sm_decisions *d, sm_error *err)
{
    char head[BLOCK_HEAD];
    if (d->end - d->at < BLOCK_HEAD) return bad(d, "no block", err);
    SM_TRY(read_at(d->fd, d->path, d->at, head, sizeof head, err));
    const size_t n = sm_get_u32(head + 4);
    if (sm_get_u32(head) != BLOCK_MAGIC || n == 0 || (int64_t)n > d->end - d->at - BLOCK_HEAD)
        return bad(d, "no block", err);
    sm_buffer_clear(&d->block);
    SM_TRY(
        read_at(d->fd, d->path, d->at + BLOCK_HEAD, sm_buffer_reserve(&d->block, n), n, err));
    d->block.n = n;
    d->left = sm_buffer_span(&d->block);
    if (sm_hash64(d->left) != sm_get_u64(head + 8))
        SM_FAIL(err, SM_EHASH, "%s: damaged at byte %lld", d->path, (long long)d->at);
    d->at += (int64_t)n + BLOCK_HEAD;
    return SM_OK;
}

int sm_decisions_next(sm_decisions *d, sm_decision *decision, sm_error *err)
{
    if (d->left.n == 0) {
        if (d->at < d->end)
            SM_TRY(read_block(d, err));
        else if (d->given != d->n)
            return bad(d, "fewer decisions than its foot counts", err);
        else
            return 0;
    }
    if (!decision_decode(&d->left, decision)) return bad(d, "no decision before", err);
    if (decision->document < d->next || decision->document >= d->info.documents)
        return bad(d, "a decision out of order before", err);
    d->next = decision->document + 1;
    d->given++;
    return 1;
}
