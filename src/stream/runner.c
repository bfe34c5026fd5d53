/* The runner: opens, wires the steps of a job into the pipeline, and closes. See seimai/runner.h.
 * SPDX-License-Identifier: MIT */
#include "pipeline.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCKS_A_THREAD = 4, MAX_STEPS = 6 };

unsigned sm_threads(const sm_io *io)
{
    if (io->threads > 0) return (unsigned)io->threads;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (unsigned)cores : 1;
}

/* ---- the steps as the pipeline calls them --------------------------------------------------- */

static int read_step(void *context, void *item)
{
    run *r = context;
    block *b = item;
    block_clear(b);
    return r->job->source ? records_read(r, b) : doc_reader_next(&r->reader, b);
}

/* Without a single step in between, a document is ready to be written as soon as it is mapped. */
static bool decides_in_map(const sm_job *job)
{
    return !job->order && !job->verify && !job->commit;
}

static int map_step(void *context, void *item, unsigned worker)
{
    run *r = context;
    if (r->job->source)
        records_map(r, item, r->workers[worker]);
    else
        steps_map(r, item, r->workers[worker]);
    if (r->job->source || !decides_in_map(r->job)) return 0;
    steps_serialize(r, item);
    return 0;
}

static int order_step(void *context, void *item, unsigned worker)
{
    run *r = context;
    (void)worker;
    if (!r->halted) steps_each(item, r->job->shared, r->job->order);
    return 0;
}

static int verify_step(void *context, void *item, unsigned worker)
{
    run *r = context;
    steps_each(item, r->workers[worker], r->job->verify);
    return 0;
}

static int commit_step(void *context, void *item, unsigned worker)
{
    run *r = context;
    block *b = item;
    (void)worker;
    if (r->halted) return 0;
    steps_each(b, r->job->shared, r->job->commit);
    if (b->error.code) r->halted = true;
    return 0;
}

static int serialize_step(void *context, void *item, unsigned worker)
{
    (void)worker;
    steps_serialize(context, item);
    return 0;
}

static int pack_step(void *context, void *item, unsigned worker)
{
    (void)worker;
    steps_pack(context, item);
    return 0;
}

static int write_step(void *context, void *item, unsigned worker)
{
    (void)worker;
    return account_block(context, item);
}

static size_t plan_steps(const sm_job *job, pipeline_step steps[MAX_STEPS])
{
    size_t n = 0;
    steps[n++] = (pipeline_step){false, map_step};
    if (job->order) steps[n++] = (pipeline_step){true, order_step};
    if (job->verify) steps[n++] = (pipeline_step){false, verify_step};
    if (job->commit) steps[n++] = (pipeline_step){true, commit_step};
    if (!job->source && !decides_in_map(job))
        steps[n++] = (pipeline_step){false, serialize_step};
    return n;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static int start_workers(run *r)
{
    r->n_workers = sm_threads(r->io);
    r->workers = sm_calloc(r->n_workers, sizeof *r->workers);
    for (unsigned i = 0; i < r->n_workers; i++) {
        r->workers[i] = r->job->shared;
        if (!r->job->worker_new) continue;
        r->workers[i] = r->job->worker_new(r->job->shared, r->err);
        if (r->err->code) return r->err->code;
    }
    return 0;
}

static void stop_workers(run *r)
{
    for (unsigned i = 0; r->workers && i < r->n_workers; i++)
        if (r->job->worker_free && r->workers[i]) r->job->worker_free(r->workers[i]);
    sm_free(r->workers);
}

static bool is_single(const char *name)
{
    struct stat info;
    return !strcmp(name, "-") || stat(name, &info) != 0 || S_ISREG(info.st_mode);
}

/* Two of them under one name would write over each other, and what is left would look whole. Devices
 * may be named twice. */
static int check_outputs(const run *r)
{
    const sm_io *io = r->io;
    const char *output = io->output ? io->output : "-";
    const struct {
        const char *name, *option;
    } list[] = {{output, "the output"}, {io->rejects, "--rejects"}, {io->stats, "--stats"}};
    for (size_t i = r->job->no_output && !io->output; i < 2; i++)
        for (size_t k = i + 1; list[i].name && k < 3; k++)
            if (list[k].name && !strcmp(list[i].name, list[k].name) && is_single(list[i].name))
                SM_FAIL(r->err, SM_EUSAGE, "%s: %s and %s cannot both be written there",
                        list[i].name, list[i].option, list[k].option);
    return 0;
}

static int open_outputs(run *r)
{
    SM_TRY(check_outputs(r));
    if (strncmp(r->io->text_key, "metadata.", 9) == 0)
        SM_FAIL(r->err, SM_EUSAGE, "--text-key %s: metadata cannot hold the text",
                r->io->text_key);
    if (!r->job->no_output) SM_TRY(sm_output_open(&r->out, r->io->output, r->err));
    if (r->io->rejects) SM_TRY(sm_output_open(&r->rejects, r->io->rejects, r->err));
    if (r->io->end_record && !r->job->no_output) r->out_hasher = sm_hasher_new();
    return 0;
}

static int commit_output(sm_output **out, sm_error *err)
{
    sm_output *o = *out;
    *out = NULL;
    return o ? sm_output_commit(o, err) : 0;
}

static int finish_outputs(run *r)
{
    SM_TRY(account_end(r));
    if (r->job->finish) SM_TRY(r->job->finish(r->job->shared, r->stats, r->err));
    SM_TRY(commit_output(&r->rejects, r->err));
    return commit_output(&r->out, r->err);
}

static int run_blocks(run *r)
{
    pipeline_step steps[MAX_STEPS + 1];
    const size_t n_blocks = r->n_workers > 1 ? (size_t)BLOCKS_A_THREAD * r->n_workers : 1;
    size_t n = plan_steps(r->job, steps);
    block *blocks = sm_calloc(n_blocks, sizeof *blocks);
    void **items = sm_calloc(n_blocks, sizeof *items);
    for (size_t i = 0; i < n_blocks; i++) {
        block_init(&blocks[i], (size_t)r->io->max_document);
        items[i] = &blocks[i];
    }
    steps[n++] = (pipeline_step){false, pack_step};
    steps[n++] = (pipeline_step){true, write_step};
    const pipeline p = {r->n_workers, n_blocks, items, steps, n, read_step, r};
    const int rc = pipeline_run(&p);
    for (size_t i = 0; i < n_blocks; i++)
        block_free(&blocks[i]);
    sm_free(blocks);
    sm_free(items);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const sm_count *)a)->name, ((const sm_count *)b)->name);
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static void close_stats(run *r, int rc)
{
    sm_stats *s = r->stats;
    struct rusage usage;
    s->seconds = progress_now() - r->progress.started;
    s->threads = r->n_workers;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        s->peak_rss = (uint64_t)usage.ru_maxrss * 1024;
        s->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    if (rc < 0) s->complete = false;
    s->dropped = r->dropped.items;
    s->n_dropped = r->dropped.n;
    s->bad = r->bad.items;
    s->n_bad = r->bad.n;
    if (s->n_dropped) qsort(s->dropped, s->n_dropped, sizeof *s->dropped, by_name);
    if (s->n_bad) qsort(s->bad, s->n_bad, sizeof *s->bad, by_name);
}

int sm_run(const sm_io *io, const sm_job *job, sm_stats *stats, sm_error *err)
{
    run r = {.io = io, .job = job, .stats = stats, .err = err};
    *stats = (sm_stats){.complete = true};
    doc_reader_init(&r.reader, io);
    r.end.hasher = sm_hasher_new();
    progress_start(&r);
    int rc = open_outputs(&r);
    if (rc == 0) rc = start_workers(&r);
    if (rc == 0) rc = run_blocks(&r);
    progress_clear(&r);
    if (rc == 0) rc = finish_outputs(&r);
    if (r.source_open) job->source->close(job->shared);
    sm_free(r.source_file);
    sm_output_abort(r.out);
    sm_output_abort(r.rejects);
    stop_workers(&r);
    close_stats(&r, rc);
    sm_hasher_free(r.end.hasher);
    sm_hasher_free(r.out_hasher);
    doc_reader_free(&r.reader);
    return rc;
}
