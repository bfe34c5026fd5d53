/* metrics.jsonl, TensorBoard and the clocks of a run: see seimai/train.h.
 * SPDX-License-Identifier: MIT */
#include "run/run_internal.h"

#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/train.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The values of a line, in its order; the last three are not reproducible. */
static const struct {
    const char *key;
    size_t at;         /* in sm_metrics */
    const char *curve; /* in TensorBoard; NULL for none */
} values[] = {
    {"loss", offsetof(sm_metrics, loss), "loss/train"},
    {"lr", offsetof(sm_metrics, lr), "lr"},
    {"grad_norm", offsetof(sm_metrics, grad_norm), "grad_norm"},
    {"val_loss", offsetof(sm_metrics, val_loss), "loss/validation"},
    {"val_bpb", offsetof(sm_metrics, val_bpb), "bits_per_byte/validation"},
    {"tok_s", offsetof(sm_metrics, tok_s), "speed/tokens_per_second"},
    {"gflops", offsetof(sm_metrics, gflops), "speed/gflops"},
    {"wall", offsetof(sm_metrics, wall), NULL},
};
enum { VALUES = sizeof values / sizeof *values, TIMES = VALUES - 3 };

static double value_of(const sm_metrics *m, size_t i)
{
    double v;
    memcpy(&v, (const char *)m + values[i].at, sizeof v);
    return v;
}

static void put_watch(const sm_metrics *m, sm_buffer *json)
{
    if (m->n_watch == 0) return;
    sm_json_key(json, "watch");
    sm_json_open(json, '{');
    for (size_t i = 0; i < m->n_watch; i++) {
        sm_json_key(json, m->watch[i].name);
        sm_json_open(json, '{');
        sm_json_put_real(json, "loss", m->watch[i].loss);
        sm_json_put_real(json, "bpb", m->watch[i].bpb);
        sm_json_close(json, '}');
    }
    sm_json_close(json, '}');
}

void sm_metrics_write(const sm_metrics *m, sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_put_uint(json, "step", m->step);
    sm_json_put_uint(json, "tokens", m->tokens);
    sm_json_put_uint(json, "bytes", m->bytes);
    for (size_t i = 0; i < VALUES; i++) {
        if (i == TIMES) put_watch(m, json);
        sm_json_put_real(json, values[i].key, value_of(m, i));
    }
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
}

double wall_clock(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double run_clock(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the file ---------------------------------------------------------------------------------- */

/* Where line number `lines` ends; -1 where the file has fewer. */
static int64_t end_of_line(sm_span text, uint64_t lines)
{
    size_t at = 0;
    for (; lines; lines--) {
        const char *end = at < text.n ? memchr(text.p + at, '\n', text.n - at) : NULL;
        if (!end) return -1;
        at = (size_t)(end - text.p) + 1;
    }
    return (int64_t)at;
}

/* Lines after the checkpoint belong to steps that will be done again. */
static int cut_to(const char *path, uint64_t lines, sm_error *err)
{
    sm_map map = {0};
    if (!sm_file_exists(path)) {
        if (lines == 0) return SM_OK;
        SM_FAIL(err, SM_EFORMAT, "%s: missing, though the run has %llu lines", path,
                (unsigned long long)lines);
    }
    SM_TRY(sm_map_open(&map, path, err));
    const int64_t end = end_of_line(map.bytes, lines);
    sm_map_close(&map);
    if (end < 0)
        SM_FAIL(err, SM_EFORMAT, "%s: fewer than the %llu lines of the checkpoint", path,
                (unsigned long long)lines);
    if (truncate(path, end) == 0) return SM_OK;
    SM_FAIL(err, SM_EIO, "%s: %s", path, strerror(errno));
}

static int open_board(metrics_log *log, const char *run, uint64_t step, sm_error *err)
{
    char *dir = run_path(run, "tb");
    int status = sm_directory_make(dir, err);
    if (status >= 0) status = sm_tensorboard_open(&log->board, dir, wall_clock(), err);
    sm_free(dir);
    SM_TRY(status);
    if (step == 0) return SM_OK;
    return sm_tensorboard_restart(log->board, wall_clock(), (int64_t)step + 1, err);
}

int metrics_open(metrics_log *log, const char *run, uint64_t lines, uint64_t step,
                 sm_error *err)
{
    *log = (metrics_log){.fd = -1, .path = run_path(run, "metrics.jsonl"), .lines = lines};
    SM_TRY(cut_to(log->path, lines, err));
    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (log->fd < 0) SM_FAIL(err, SM_EIO, "%s: %s", log->path, strerror(errno));
    return open_board(log, run, step, err);
}

static int append(const metrics_log *log, sm_span line, sm_error *err)
{
    while (line.n) {
        const ssize_t n = write(log->fd, line.p, line.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) SM_FAIL(err, SM_EIO, "%s: %s", log->path, strerror(errno));
        line = (sm_span){line.p + n, line.n - (size_t)n};
    }
    return SM_OK;
}

static int draw_watch(const metrics_log *log, const sm_metrics *m, sm_error *err)
{
    for (size_t i = 0; i < m->n_watch; i++) {
        const sm_watch_score *const score = m->watch + i;
        const bool bits = isfinite(score->bpb);
        sm_arena arena = {0};
        const char *const curve =
            sm_arena_printf(&arena, "%s/%s", bits ? "bits_per_byte" : "loss", score->name);
        const int status = sm_tensorboard_scalar(log->board, wall_clock(), (int64_t)m->step,
                                                 curve, bits ? score->bpb : score->loss, err);
        sm_arena_free(&arena);
        SM_TRY(status);
    }
    return SM_OK;
}

int metrics_add(metrics_log *log, const sm_metrics *m, sm_error *err)
{
    sm_buffer line = sm_buffer_make(1 << 20);
    sm_metrics_write(m, &line);
    const int status = append(log, sm_buffer_span(&line), err);
    sm_buffer_free(&line);
    SM_TRY(status);
    log->lines++;
    for (size_t i = 0; i < VALUES; i++) {
        const double v = value_of(m, i);
        if (!values[i].curve || !isfinite(v)) continue;
        SM_TRY(sm_tensorboard_scalar(log->board, wall_clock(), (int64_t)m->step,
                                     values[i].curve, v, err));
    }
    return draw_watch(log, m, err);
}

int metrics_close(metrics_log *log, sm_error *err)
{
    int status = SM_OK;
    if (log->fd >= 0 && close(log->fd) < 0)
        status = sm_error_set(err, SM_EIO, "%s: close: %s", log->path, strerror(errno));
    const int board = sm_tensorboard_close(log->board, err);
    sm_free(log->path);
    *log = (metrics_log){.fd = -1};
    return status < 0 ? status : board;
}
