/* Operators that work row by row, in double: see ref.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "op/ref/ref.h"

/* ---- embedding ---------------------------------------------------------------------------- */

static void embedding_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows; i++)
        for (size_t c = 0; c < r->out; c++)
            r->y[i * r->out + c] = r->w[r->batch->ids[i] * r->out + c];
}

static void embedding_backward(const sm_ref *r)
{
    memset(r->dw, 0, r->weight_rows * r->out * sizeof *r->dw);
    for (size_t i = 0; i < r->rows; i++)
        for (size_t c = 0; c < r->out; c++)
            r->dw[r->batch->ids[i] * r->out + c] += r->dy[i * r->out + c];
}

const sm_ref_op sm_ref_embedding = {"embedding", embedding_forward, embedding_backward};

/* ---- rmsnorm ------------------------------------------------------------------------------ */

static double rstd_of(const sm_ref *r, size_t i)
{
    const double *const x = r->x[0] + i * r->out;
    double sum = 0.0;
    for (size_t c = 0; c < r->out; c++)
        sum += x[c] * x[c];
    return 1.0 / sqrt(sum / (double)r->out + r->eps);
}

static void rmsnorm_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows; i++)
        for (size_t c = 0; c < r->out; c++)
            r->y[i * r->out + c] = r->x[0][i * r->out + c] * rstd_of(r, i) * r->w[c];
}

static void rmsnorm_backward(const sm_ref *r)
{
    memset(r->dw, 0, r->out * sizeof *r->dw);
    for (size_t i = 0; i < r->rows; i++) {
        const double *const x = r->x[0] + i * r->out, *const dy = r->dy + i * r->out;
        const double rstd = rstd_of(r, i);
        double mean = 0.0;
        for (size_t c = 0; c < r->out; c++)
            mean += dy[c] * r->w[c] * x[c] / (double)r->out;
        for (size_t c = 0; c < r->out; c++) {
            r->dx[0][i * r->out + c] = rstd * (dy[c] * r->w[c] - x[c] * rstd * rstd * mean);
            r->dw[c] += dy[c] * x[c] * rstd;
        }
    }
}

const sm_ref_op sm_ref_rmsnorm = {"rmsnorm", rmsnorm_forward, rmsnorm_backward};

/* ---- linear ------------------------------------------------------------------------------- */

static void linear_forward(const sm_ref *r)
{
    const size_t C = r->width[0];
    for (size_t i = 0; i < r->rows; i++)
        for (size_t n = 0; n < r->out; n++) {
            double sum = 0.0;
            for (size_t c = 0; c < C; c++)
                sum += r->x[0][i * C + c] * r->w[n * C + c];
            r->y[i * r->out + n] = sum;
        }
}

static void linear_backward(const sm_ref *r)
{
    const size_t C = r->width[0];
    memset(r->dx[0], 0, r->rows * C * sizeof *r->dx[0]);
    memset(r->dw, 0, r->out * C * sizeof *r->dw);
    for (size_t i = 0; i < r->rows; i++)
        for (size_t n = 0; n < r->out; n++)
            for (size_t c = 0; c < C; c++) {
                r->dx[0][i * C + c] += r->dy[i * r->out + n] * r->w[n * C + c];
                r->dw[n * C + c] += r->dy[i * r->out + n] * r->x[0][i * C + c];
            }
}

const sm_ref_op sm_ref_linear = {"linear", linear_forward, linear_backward};

/* ---- rope --------------------------------------------------------------------------------- */

static void turn(const sm_ref *r, const double *from, double *to, double sign)
{
    const size_t half = r->head_dim / 2;
    for (size_t i = 0; i < r->rows; i++)
        for (size_t h = 0; h < r->out; h += r->head_dim)
            for (size_t j = 0; j < half; j++) {
                const size_t a = i * r->out + h + j, b = a + half;
                const double angle =
                    sign * (double)r->batch->pos[i] * pow(r->theta, -(double)j / (double)half);
                to[a] = from[a] * cos(angle) - from[b] * sin(angle);
                to[b] = from[b] * cos(angle) + from[a] * sin(angle);
            }
}

static void rope_forward(const sm_ref *r)
{
    turn(r, r->x[0], r->y, 1.0);
}

static void rope_backward(const sm_ref *r)
{
    turn(r, r->dy, r->dx[0], -1.0);
}

const sm_ref_op sm_ref_rope = {"rope", rope_forward, rope_backward};

/* ---- swiglu ------------------------------------------------------------------------------- */

static void swiglu_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows; i++)
        for (size_t f = 0; f < r->out; f++) {
            const double gate = r->x[0][2 * i * r->out + f];
            const double up = r->x[0][(2 * i + 1) * r->out + f];
            r->y[i * r->out + f] = gate / (1.0 + exp(-gate)) * up;
        }
}

static void swiglu_backward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows; i++)
        for (size_t f = 0; f < r->out; f++) {
            const size_t g = 2 * i * r->out + f, u = g + r->out;
            const double gate = r->x[0][g], s = 1.0 / (1.0 + exp(-gate));
            const double dy = r->dy[i * r->out + f];
            r->dx[0][g] = dy * r->x[0][u] * (s + gate * s * (1.0 - s));
            r->dx[0][u] = dy * gate * s;
        }
}

const sm_ref_op sm_ref_swiglu = {"swiglu", swiglu_forward, swiglu_backward};

/* ---- add ---------------------------------------------------------------------------------- */

static void add_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows * r->out; i++)
        r->y[i] = r->x[0][i] + r->x[1][i];
}

static void add_backward(const sm_ref *r)
{
    memcpy(r->dx[0], r->dy, r->rows * r->out * sizeof *r->dy);
    memcpy(r->dx[1], r->dy, r->rows * r->out * sizeof *r->dy);
}

const sm_ref_op sm_ref_add = {"add", add_forward, add_backward};

/* ---- head --------------------------------------------------------------------------------- */

static double logit(const sm_ref *r, size_t i, size_t v)
{
    const size_t C = r->width[0];
    double sum = 0.0;
    for (size_t c = 0; c < C; c++)
        sum += r->x[0][i * C + c] * r->w[v * C + c];
    return sum;
}

static double log_sum_exp(const sm_ref *r, size_t i)
{
    double max = -HUGE_VAL, sum = 0.0;
    for (size_t v = 0; v < r->weight_rows; v++)
        max = fmax(max, logit(r, i, v));
    for (size_t v = 0; v < r->weight_rows; v++)
        sum += exp(logit(r, i, v) - max);
    return max + log(sum);
}

static void head_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows; i++)
        r->y[i] = (double)r->batch->weight[i] *
                  (log_sum_exp(r, i) - logit(r, i, r->batch->target[i]));
}

static void head_backward(const sm_ref *r)
{
    const size_t C = r->width[0];
    memset(r->dx[0], 0, r->rows * C * sizeof *r->dx[0]);
    memset(r->dw, 0, r->weight_rows * C * sizeof *r->dw);
    for (size_t i = 0; i < r->rows; i++) {
        const double lse = log_sum_exp(r, i);
        for (size_t v = 0; v < r->weight_rows; v++) {
            const double p = exp(logit(r, i, v) - lse) - (v == r->batch->target[i] ? 1.0 : 0.0);
            const double d = r->dy[i] * (double)r->batch->weight[i] * p;
            for (size_t c = 0; c < C; c++) {
                r->dx[0][i * C + c] += d * r->w[v * C + c];
                r->dw[v * C + c] += d * r->x[0][i * C + c];
            }
        }
    }
}

const sm_ref_op sm_ref_head = {"head", head_forward, head_backward};
