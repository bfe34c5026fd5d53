/* What a run says on standard error: its faults as they come, and a line that is redrawn while a terminal
 * watches.
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const double redraw_seconds = 0.2;

double progress_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Bytes of all operands; -1 where one is a pipe. */
static int64_t total_bytes(const sm_io *io)
{
    int64_t total = io->files.n ? 0 : -1;
    for (size_t i = 0; i < io->files.n; i++) {
        struct stat info;
        if (stat(io->files.items[i], &info) != 0 || !S_ISREG(info.st_mode)) return -1;
        total += info.st_size;
    }
    return total;
}

void progress_start(run *r)
{
    r->progress.started = r->progress.last = progress_now();
    r->progress.total = r->io->progress ? total_bytes(r->io) : -1;
}

void progress_clear(run *r)
{
    if (r->progress.shown) fputs("\r\033[K", stderr);
    r->progress.shown = false;
}

void progress_say(run *r, const char *line)
{
    if (!r->io->usage) return; /* a run that says nothing */
    progress_clear(r);
    fprintf(stderr, "seimai-%s: %s\n", r->io->usage->name, line);
}

void progress_draw(run *r, const block *b)
{
    const double now = progress_now();
    if (!r->io->progress || now - r->progress.last < redraw_seconds) return;
    const double elapsed = now - r->progress.started;
    const sm_stats *s = r->stats;
    r->progress.last = now;
    r->progress.shown = true;
    fprintf(stderr, "\r\033[Kseimai-%s: %" PRIu64 " documents, %" PRIu64 " kept, %.1f MB/s",
            r->io->usage->name, s->in.documents, s->kept.documents,
            (double)s->in.bytes / 1e6 / elapsed);
    const double share = b->consumed > 0 && r->progress.total > 0
                             ? (double)b->consumed / (double)r->progress.total
                             : 0;
    if (share > 0 && share <= 1)
        fprintf(stderr, ", %.0f %%, %.0f s left", 100 * share, elapsed / share - elapsed);
    fflush(stderr);
}
