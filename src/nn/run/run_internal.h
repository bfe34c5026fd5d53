/* What the files of src/nn/run share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_RUN_INTERNAL_H
#define SEIMAI_RUN_INTERNAL_H

#include <seimai/checkpoint.h>
#include <seimai/safetensors.h>
#include <seimai/tensorboard.h>
#include <seimai/train.h>

/* run_path gives DIR/NAME; free with sm_free. */
char *run_path(const char *dir, const char *name);
/* run_next_line takes the next line off a text, and gives it without its LF. */
sm_span run_next_line(sm_span *text);
/* lineage_weights_path gives the file of a model's or an adapter's weights (of several: their index); free with sm_free.
 * NULL, with SM_ENOENT, where there is none. */
char *lineage_weights_path(const char *dir, sm_error *err);
/* write_named writes DIR/NAME whole. */
int write_named(const char *dir, const char *name, sm_span content, sm_error *err);
/* tensor_of describes n floats of a parameter, of its weights or of what belongs to them. */
sm_stored_tensor tensor_of(const sm_param *p, sm_span name, const float *values);

/* ---- metrics: metrics.jsonl and tb/ ---------------------------------------------------------- */

typedef struct metrics_log {
    int fd;
    char *path;
    sm_tensorboard *board;
    uint64_t lines;
} metrics_log;

/* metrics_open opens RUN/metrics.jsonl for appending after its first `lines` lines, the rest being cut off,
 * and begins a file in RUN/tb. SM_EFORMAT where there are fewer lines. */
int metrics_open(metrics_log *log, const char *run, uint64_t lines, uint64_t step,
                 sm_error *err);
int metrics_add(metrics_log *log, const sm_metrics *m, sm_error *err);
int metrics_close(metrics_log *log, sm_error *err);

double wall_clock(void); /* seconds since 1970 */
double run_clock(void);  /* seconds of a clock that only goes forward */

/* ---- more ids than the model had: extend.c ------------------------------------------------------ */

/* extend_model fills w from the model in `init`, which has fewer ids, and the rows of new ids by the map (seimai/train.h).
 * SM_EFORMAT where map and models do not fit. */
int extend_model(const sm_params *params, float *w, const char *init, const char *map,
                 sm_error *err);

/* ---- settings: run.yaml ------------------------------------------------------------------------ */

/* settings_keep writes RUN/run.yaml, or compares with the one that is there: a line that differs and whose key
 * is not in `may_change` is SM_EUSAGE. */
int settings_keep(const char *run, sm_span settings, const char *const *may_change,
                  const sm_train_hooks *hooks, sm_error *err);

/* run_model_walk hands the tensor of each of the model's own parameters to `take`, in their order. */
typedef int run_take(void *state, const sm_param *p, const sm_stored_tensor *t, sm_error *err);
int run_model_walk(const sm_params *params, const char *dir, run_take *take, void *state,
                   sm_error *err) SM_MUST_USE;
/* run_model_read reads a model with the smallest net that has the table of its parameters. Both are the caller's to free,
 * after a failure too. */
int run_model_read(const char *dir, sm_model_config *config, sm_net **net, float **w,
                   sm_error *err) SM_MUST_USE;
/* run_transpose turns a (rows, columns) matrix into a (columns, rows) one, in its place. */
void run_transpose(float *matrix, uint64_t rows, uint64_t columns);

#endif
