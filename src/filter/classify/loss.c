/* The regularised loss of a linear model over the rows of a matrix, and its gradient.
 *
 *     f(w) = 1/N Σ loss(score(row), label) + 1/(2·C·N) ‖w‖²      the biases are not in ‖w‖
 *
 * loss is −log of the probability of the truth: by a logistic function a column where labels are independent or two,
 * by softmax over the columns otherwise. Blocks of rows belong to fixed groups, each with a gradient of its own that is
 * added up in order: the sum does not know how many threads there were. Several columns are padded to whole vectors; a
 * row only adds, so that wider vectors give the same bits. SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/parallel.h>

#include <math.h>
#include <string.h>

enum { STEPS_MOST = 500, LANES = 8 };

typedef struct row_kernel {
    void (*gather)(const uint32_t *row, const double *w, size_t stride, double *sums);
    void (*scatter)(const uint32_t *row, const double *slopes, size_t stride, double *to);
} row_kernel;

typedef struct fitting {
    const matrix *m;
    const corpus *c;
    part p;
    size_t columns, stride, groups, n; /* n: all weights and biases, [features + 1][stride] */
    bool softmax;
    row_kernel kernel;
    const double *w;
    double *gradients;  /* [groups][n] */
    double *losses;     /* [groups] */
    sm_buffer *scratch; /* [threads] */
} fitting;

static double sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* log(1 + exp(x)), without overflow. */
static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* Turns scores into what the loss's slope is for each, and gives the loss. */
static double slopes_logistic(double *scores, size_t columns, uint64_t labels)
{
    double loss = 0;
    for (size_t k = 0; k < columns; k++) {
        const double truth = (double)(labels >> k & 1);
        loss += softplus(scores[k]) - truth * scores[k];
        scores[k] = sigmoid(scores[k]) - truth;
    }
    return loss;
}

static double slopes_softmax(double *scores, size_t columns, uint64_t labels)
{
    double most = scores[0], sum = 0, loss = 0;
    for (size_t k = 1; k < columns; k++)
        most = fmax(most, scores[k]);
    for (size_t k = 0; k < columns; k++)
        sum += exp(scores[k] - most);
    const double all = most + log(sum);
    for (size_t k = 0; k < columns; k++) {
        const double truth = (double)(labels >> k & 1);
        loss += truth * (all - scores[k]);
        scores[k] = exp(scores[k] - all) - truth;
    }
    return loss;
}

/* sums[k] += Σ w[feature][k] over a row. */
#define INLINE __attribute__((always_inline)) static inline

INLINE void gather_row(const uint32_t *row, const double *w, size_t stride, double *sums)
{
    if (stride == 1) {
        for (uint32_t i = 1; i <= row[0]; i++)
            sums[0] += w[row[i]];
        return;
    }
    for (size_t c = 0; c < stride; c += LANES) {
        double lanes[LANES] = {0};
        for (uint32_t i = 1; i <= row[0]; i++)
            for (size_t k = 0; k < LANES; k++)
                lanes[k] += w[row[i] * stride + c + k];
        memcpy(sums + c, lanes, sizeof lanes);
    }
}

/* to[feature][k] += slopes[k] over a row. */
INLINE void scatter_row(const uint32_t *row, const double *slopes, size_t stride, double *to)
{
    if (stride == 1) {
        for (uint32_t i = 1; i <= row[0]; i++)
            to[row[i]] += slopes[0];
        return;
    }
    for (uint32_t i = 1; i <= row[0]; i++)
        for (size_t c = 0; c < stride; c += LANES)
            for (size_t k = 0; k < LANES; k++)
                to[row[i] * stride + c + k] += slopes[c + k];
}

#define ROW_KERNEL(name, attribute)                                                            \
    attribute static void gather_##name(const uint32_t *row, const double *w, size_t stride,   \
                                        double *sums)                                          \
    {                                                                                          \
        gather_row(row, w, stride, sums);                                                      \
    }                                                                                          \
    attribute static void scatter_##name(const uint32_t *row, const double *slopes,            \
                                         size_t stride, double *to)                            \
    {                                                                                          \
        scatter_row(row, slopes, stride, to);                                                  \
    }

ROW_KERNEL(portable, )
#ifdef __x86_64__
ROW_KERNEL(avx2, __attribute__((target("avx2"))))
ROW_KERNEL(avx512, __attribute__((target("avx512f"))))
#endif

static row_kernel best_kernel(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) return (row_kernel){gather_avx512, scatter_avx512};
    if (__builtin_cpu_supports("avx2")) return (row_kernel){gather_avx2, scatter_avx2};
#endif
    return (row_kernel){gather_portable, scatter_portable};
}

/* One row: adds its loss's gradient, gives its loss. row[0] is the number of features. */
static double row_loss(const fitting *f, const uint32_t *row, uint64_t labels, double *gradient)
{
    const size_t columns = f->columns, biases = f->m->n * f->stride;
    const double scale = row[0] ? 1 / sqrt(row[0]) : 0;
    double scores[SM_CLASSIFIER_LABELS] = {0};
    f->kernel.gather(row, f->w, f->stride, scores);
    for (size_t k = 0; k < columns; k++)
        scores[k] = scores[k] * scale + f->w[biases + k];
    const double loss = f->softmax ? slopes_softmax(scores, columns, labels)
                                   : slopes_logistic(scores, columns, labels);
    for (size_t k = 0; k < columns; k++) {
        gradient[biases + k] += scores[k];
        scores[k] *= scale;
    }
    f->kernel.scatter(row, scores, f->stride, gradient);
    return loss;
}

static int block_loss(fitting *f, unsigned worker, size_t group, size_t block, sm_error *err)
{
    const text_block *const b = &f->c->blocks[block];
    double *const gradient = f->gradients + group * f->n;
    const bool binary = !f->softmax && f->columns < f->c->n_labels; /* the column of label 1 */
    sm_span rows;
    SM_TRY(classify_spool_get(f->m->rows, block, &f->scratch[worker], &rows, err));
    const uint32_t *row = (const void *)rows.p;
    for (size_t d = b->first; d < b->first + b->n; d++) {
        const example *const doc = &f->c->documents[d];
        if (!classify_part_has(f->c, f->p, doc)) continue;
        f->losses[group] += row_loss(f, row, binary ? doc->labels >> 1 : doc->labels, gradient);
        row += row[0] + 1;
    }
    return SM_OK;
}

static int group_loss(void *shared, unsigned worker, size_t group, sm_error *err)
{
    fitting *const f = shared;
    const size_t n = f->c->n_blocks;
    memset(f->gradients + group * f->n, 0, f->n * sizeof *f->gradients);
    f->losses[group] = 0;
    for (size_t b = group * n / f->groups; b < (group + 1) * n / f->groups; b++)
        SM_TRY(block_loss(f, worker, group, b, err));
    return SM_OK;
}

static int value(void *context, const double *w, double *loss, double *gradient, sm_error *err)
{
    fitting *const f = context;
    const double per_row = 1 / (double)f->m->n_rows, ridge = per_row / f->c->options.cost;
    const size_t n_weights = f->m->n * f->stride;
    f->w = w;
    SM_TRY(sm_parallel(f->c->options.threads, f->groups, group_loss, f, err));
    memset(gradient, 0, f->n * sizeof *gradient);
    *loss = 0;
    for (size_t g = 0; g < f->groups; g++) {
        *loss += f->losses[g] * per_row;
        for (size_t i = 0; i < f->n; i++)
            gradient[i] += f->gradients[g * f->n + i];
    }
    for (size_t i = 0; i < f->n; i++)
        gradient[i] *= per_row;
    for (size_t i = 0; i < n_weights; i++) {
        *loss += ridge / 2 * w[i] * w[i];
        gradient[i] += ridge * w[i];
    }
    return SM_OK;
}

/* The caller's weights have no padding. */
static void copy_weights(const fitting *f, const double *from, double *w)
{
    for (size_t i = 0; i <= f->m->n; i++)
        memcpy(w + i * f->columns, from + i * f->stride, f->columns * sizeof *w);
}

int classify_fit(const matrix *m, const corpus *c, part p, double *w, unsigned *steps,
                 sm_error *err)
{
    const size_t columns = classify_columns_of(c->n_labels, c->options.independent);
    const size_t stride = columns == 1 ? 1 : (columns + LANES - 1) / LANES * LANES;
    const unsigned threads = c->options.threads;
    fitting f = {.m = m,
                 .c = c,
                 .p = p,
                 .columns = columns,
                 .stride = stride,
                 .groups = columns <= 2 ? 16 : 4,
                 .n = (m->n + 1) * stride,
                 .softmax = !c->options.independent && columns > 1,
                 .kernel = best_kernel()};
    double *const padded = sm_calloc(f.n, sizeof *padded);
    f.gradients = sm_malloc(f.groups * f.n * sizeof *f.gradients);
    f.losses = sm_calloc(f.groups, sizeof *f.losses);
    f.scratch = sm_calloc(threads, sizeof *f.scratch);
    for (unsigned i = 0; i < threads; i++)
        f.scratch[i] = sm_buffer_make(SIZE_MAX / 2);
    const problem loss = {f.n, value, &f};
    const int status =
        classify_solve(&loss, padded, c->options.tolerance, STEPS_MOST, steps, err);
    copy_weights(&f, padded, w);
    for (unsigned i = 0; i < threads; i++)
        sm_buffer_free(&f.scratch[i]);
    sm_free(padded);
    sm_free(f.scratch);
    sm_free(f.losses);
    sm_free(f.gradients);
    return status;
}
