/* How a tool ends: --stats, the summary, the exit status.
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <seimai/json.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATS_MAX = 64 << 20 };

static const char version[] = SEIMAI_VERSION;

static void put_tally(sm_buffer *json, const char *key, sm_tally t)
{
    sm_json_key(json, key);
    sm_json_open(json, '{');
    sm_json_put_uint(json, "documents", t.documents);
    sm_json_put_uint(json, "bytes", t.bytes);
    sm_json_close(json, '}');
}

static void put_counts(sm_buffer *json, const char *key, const sm_count *counts, size_t n)
{
    sm_json_key(json, key);
    sm_json_open(json, '{');
    for (size_t i = 0; i < n; i++)
        put_tally(json, counts[i].name, counts[i].tally);
    sm_json_close(json, '}');
}

static void put_faults(sm_buffer *json, const sm_stats *s)
{
    sm_json_key(json, "errors");
    sm_json_open(json, '[');
    for (size_t i = 0; i < s->n_faults; i++) {
        sm_json_open(json, '{');
        sm_json_put_text(json, "file", s->faults[i].file);
        sm_json_put_int(json, "offset", s->faults[i].offset);
        sm_json_put_text(json, "what", s->faults[i].what);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
}

static void put_run(sm_buffer *json, const sm_stats *s)
{
    sm_json_key(json, "run");
    sm_json_open(json, '{');
    sm_json_put_real(json, "seconds", s->seconds);
    sm_json_put_real(json, "cpu_seconds", s->cpu_seconds);
    sm_json_put_uint(json, "threads", s->threads);
    sm_json_put_uint(json, "peak_rss", s->peak_rss);
    sm_json_close(json, '}');
}

static void put_stats(sm_buffer *json, const sm_io *io, const sm_job *job, const sm_stats *s)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "tool", io->usage->name);
    sm_json_put_text(json, "version", version);
    sm_json_put_bool(json, "complete", s->complete);
    put_faults(json, s);
    put_tally(json, "in", s->in);
    put_tally(json, "kept", s->kept);
    put_counts(json, "dropped", s->dropped, s->n_dropped);
    put_counts(json, "bad", s->bad, s->n_bad);
    put_tally(json, "out", s->out);
    sm_json_put_uint(json, "blank", s->blank);
    sm_json_put_uint(json, "boms", s->boms);
    sm_json_put_uint(json, "no_final_newline", s->no_final_newline);
    if (job->report) {
        sm_json_key(json, io->usage->name);
        sm_json_open(json, '{');
        job->report(job->shared, json);
        sm_json_close(json, '}');
    }
    put_run(json, s);
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
}

static void print_summary(const sm_io *io, const sm_stats *s)
{
    uint64_t dropped = 0, bad = 0;
    for (size_t i = 0; i < s->n_dropped; i++)
        dropped += s->dropped[i].tally.documents;
    for (size_t i = 0; i < s->n_bad; i++)
        bad += s->bad[i].tally.documents;
    fprintf(stderr,
            "seimai-%s: %" PRIu64 " documents in, %" PRIu64 " kept, %" PRIu64
            " dropped, %" PRIu64 " bad; %.1f MB in %.2f s = %.1f MB/s; peak %.0f MB%s\n",
            io->usage->name, s->in.documents, s->kept.documents, dropped, bad,
            (double)s->in.bytes / 1e6, s->seconds, (double)s->in.bytes / 1e6 / s->seconds,
            (double)s->peak_rss / 1e6, s->complete ? "" : "; NOT COMPLETE");
    for (size_t i = 0; io->verbose && i < s->n_dropped; i++)
        fprintf(stderr, "  dropped %-28s %10" PRIu64 "\n", s->dropped[i].name,
                s->dropped[i].tally.documents);
    for (size_t i = 0; io->verbose && i < s->n_bad; i++)
        fprintf(stderr, "  bad     %-28s %10" PRIu64 "\n", s->bad[i].name,
                s->bad[i].tally.documents);
}

static int write_stats(const sm_io *io, const sm_job *job, const sm_stats *s, sm_error *err)
{
    sm_buffer json = sm_buffer_make(STATS_MAX);
    put_stats(&json, io, job, s);
    const int rc = sm_file_write(io->stats, sm_buffer_span(&json), err);
    sm_buffer_free(&json);
    return rc;
}

void sm_stats_free(sm_stats *s)
{
    sm_free(s->dropped);
    sm_free(s->bad);
    sm_free(s->faults);
    sm_arena_free(&s->arena);
}

int sm_finish(const sm_io *io, const sm_job *job, int status, sm_stats *stats,
              const sm_error *err)
{
    sm_error late = {0};
    int exit_status = sm_leave(io->usage, status, err);
    if (status < 0) stats->complete = false; /* the tool may have failed after the run */
    const bool ran = status != SM_EPIPE && status != SM_EUSAGE;
    if (io->stats && ran && write_stats(io, job, stats, &late) < 0) {
        const int failed = sm_leave(io->usage, late.code, &late);
        if (exit_status == 0) exit_status = failed;
    }
    const bool bad = stats->n_bad > 0 && !io->rejects;
    if (exit_status == 0 && (bad || stats->n_faults > 0)) exit_status = 1;
    const bool watched = io->progress || io->verbose || (bad && exit_status == 1);
    if (watched && !io->quiet && exit_status != 141) print_summary(io, stats);
    sm_stats_free(stats);
    return exit_status;
}
