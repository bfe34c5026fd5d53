/* Operators that work row by row, in double: see ref.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "op/ref/ref.h"

/* ---- embedding ---------------------------------------------------------------------------- */

static void take_rows(const sm_ref *r, const uint32_t *from)
{
    for (size_t i = 0; i < r->rows; i++)
        for (size_t c = 0; c < r->out; c++)
            r->y[i * r->out + c] = r->w[from[i] * r->out + c];
}

static void add_rows(const sm_ref *r, const uint32_t *to)
{
    memset(r->dw, 0, r->weight_rows * r->out * sizeof *r->dw);
    for (size_t i = 0; i < r->rows; i++)
        for (size_t c = 0; c < r->out; c++)
            r->dw[to[i] * r->out + c] += r->dy[i * r->out + c];
}

static void embedding_forward(const sm_ref *r)
{
    take_rows(r, r->batch->ids);
}

static void embedding_backward(const sm_ref *r)
{
    add_rows(r, r->batch->ids);
}

const sm_ref_op sm_ref_embedding = {"embedding", embedding_forward, embedding_backward};

static void positions_forward(const sm_ref *r)
{
    take_rows(r, r->batch->pos);
}

static void positions_backward(const sm_ref *r)
{
    add_rows(r, r->batch->pos);
}

const sm_ref_op sm_ref_positions = {"positions", positions_forward, positions_backward};

/* ---- rmsnorm: a row may be a head of a token -------------------------------------------------- */

static size_t norm_width(const sm_ref *r)
{
    return r->head_dim ? r->head_dim : r->out;
}

static double rstd_of(const sm_ref *r, const double *x)
{
    double sum = 0.0;
    for (size_t c = 0; c < norm_width(r); c++)
        sum += x[c] * x[c];
    return 1.0 / sqrt(sum / (double)norm_width(r) + r->eps);
}

static void rmsnorm_forward(const sm_ref *r)
{
    for (size_t at = 0; at < r->rows * r->out; at += norm_width(r))
        for (size_t c = 0; c < norm_width(r); c++)
            r->y[at + c] = r->x[0][at + c] * rstd_of(r, r->x[0] + at) * r->w[c];
}

static void rmsnorm_backward(const sm_ref *r)
{
    const size_t C = norm_width(r);
    memset(r->dw, 0, C * sizeof *r->dw);
    for (size_t at = 0; at < r->rows * r->out; at += C) {
        const double *const x = r->x[0] + at, *const dy = r->dy + at;
        const double rstd = rstd_of(r, x);
        double mean = 0.0;
        for (size_t c = 0; c < C; c++)
            mean += dy[c] * r->w[c] * x[c] / (double)C;
        for (size_t c = 0; c < C; c++) {
            r->dx[0][at + c] = rstd * (dy[c] * r->w[c] - x[c] * rstd * rstd * mean);
            r->dw[c] += dy[c] * x[c] * rstd;
        }
    }
}

const sm_ref_op sm_ref_rmsnorm = {"rmsnorm", rmsnorm_forward, rmsnorm_backward};

/* ---- layernorm ------------------------------------------------------------------------------ */

static void moments(const sm_ref *r, const double *x, double *mean, double *rstd)
{
    double square = 0.0;
    *mean = 0.0;
    for (size_t c = 0; c < r->out; c++)
        *mean += x[c] / (double)r->out;
    for (size_t c = 0; c < r->out; c++)
        square += (x[c] - *mean) * (x[c] - *mean) / (double)r->out;
    *rstd = 1.0 / sqrt(square + r->eps);
}

static void layernorm_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows; i++) {
        const double *const x = r->x[0] + i * r->out;
        double mean, rstd;
        moments(r, x, &mean, &rstd);
        for (size_t c = 0; c < r->out; c++)
            r->y[i * r->out + c] = (x[c] - mean) * rstd * r->w[c] + r->b[c];
    }
}

/* dx = rstd·(d − mean(d) − x̂·mean(d·x̂)) with d = dy·w. */
static void layernorm_backward(const sm_ref *r)
{
    memset(r->dw, 0, r->out * sizeof *r->dw);
    memset(r->db, 0, r->out * sizeof *r->db);
    for (size_t i = 0; i < r->rows; i++) {
        const double *const x = r->x[0] + i * r->out, *const dy = r->dy + i * r->out;
        double mean, rstd, plain = 0.0, product = 0.0;
        moments(r, x, &mean, &rstd);
        for (size_t c = 0; c < r->out; c++) {
            plain += dy[c] * r->w[c] / (double)r->out;
            product += dy[c] * r->w[c] * (x[c] - mean) * rstd / (double)r->out;
        }
        for (size_t c = 0; c < r->out; c++) {
            const double normal = (x[c] - mean) * rstd;
            r->dx[0][i * r->out + c] = rstd * (dy[c] * r->w[c] - plain - normal * product);
            r->dw[c] += dy[c] * normal;
            r->db[c] += dy[c];
        }
    }
}

const sm_ref_op sm_ref_layernorm = {"layernorm", layernorm_forward, layernorm_backward};

/* ---- linear, and with its weight the other way round ---------------------------------------- */

/* Weight of output n and input c: at n·rows + c·columns. */
static void map_forward(const sm_ref *r, size_t row, size_t column)
{
    const size_t C = r->width[0];
    for (size_t i = 0; i < r->rows; i++)
        for (size_t n = 0; n < r->out; n++) {
            double sum = r->b ? r->b[n] : 0.0;
            for (size_t c = 0; c < C; c++)
                sum += r->x[0][i * C + c] * r->w[n * row + c * column];
            r->y[i * r->out + n] = sum;
        }
}

static void map_backward(const sm_ref *r, size_t row, size_t column)
{
    const size_t C = r->width[0];
    memset(r->dx[0], 0, r->rows * C * sizeof *r->dx[0]);
    memset(r->dw, 0, r->out * C * sizeof *r->dw);
    if (r->b) memset(r->db, 0, r->out * sizeof *r->db);
    for (size_t i = 0; i < r->rows; i++)
        for (size_t n = 0; n < r->out; n++) {
            const double dy = r->dy[i * r->out + n];
            for (size_t c = 0; c < C; c++) {
                r->dx[0][i * C + c] += dy * r->w[n * row + c * column];
                r->dw[n * row + c * column] += dy * r->x[0][i * C + c];
            }
            if (r->b) r->db[n] += dy;
        }
}

static void linear_forward(const sm_ref *r)
{
    map_forward(r, r->width[0], 1);
}

static void linear_backward(const sm_ref *r)
{
    map_backward(r, r->width[0], 1);
}

const sm_ref_op sm_ref_linear = {"linear", linear_forward, linear_backward};

static void conv1d_forward(const sm_ref *r)
{
    map_forward(r, 1, r->out);
}

static void conv1d_backward(const sm_ref *r)
{
    map_backward(r, 1, r->out);
}

const sm_ref_op sm_ref_conv1d = {"conv1d", conv1d_forward, conv1d_backward};

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

/* ---- gelu --------------------------------------------------------------------------------- */

#define GELU_ROOT 0.79788456080286535588 /* √(2/π) */

static void gelu_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows * r->out; i++) {
        const double x = r->x[0][i];
        r->y[i] = 0.5 * x * (1.0 + tanh(GELU_ROOT * (x + 0.044715 * x * x * x)));
    }
}

static void gelu_backward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows * r->out; i++) {
        const double x = r->x[0][i], t = tanh(GELU_ROOT * (x + 0.044715 * x * x * x));
        const double slope = GELU_ROOT * (1.0 + 3.0 * 0.044715 * x * x);
        r->dx[0][i] = r->dy[i] * 0.5 * (1.0 + t + x * (1.0 - t * t) * slope);
    }
}

const sm_ref_op sm_ref_gelu = {"gelu", gelu_forward, gelu_backward};

/* ---- dropout ------------------------------------------------------------------------------ */

static void dropout_forward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows * r->out; i++)
        r->y[i] = r->x[0][i] * r->keep[i];
}

static void dropout_backward(const sm_ref *r)
{
    for (size_t i = 0; i < r->rows * r->out; i++)
        r->dx[0][i] = r->dy[i] * r->keep[i];
}

const sm_ref_op sm_ref_dropout = {"dropout", dropout_forward, dropout_backward};

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
    for (size_t i = 0; i < r->rows; i++) {
        const double lse = log_sum_exp(r, i), z = r->z_loss * lse * lse;
        r->y[i] = (double)r->batch->weight[i] * (lse - logit(r, i, r->batch->target[i]) + z);
    }
}

static void head_backward(const sm_ref *r)
{
    const size_t C = r->width[0];
    memset(r->dx[0], 0, r->rows * C * sizeof *r->dx[0]);
    memset(r->dw, 0, r->weight_rows * C * sizeof *r->dw);
    for (size_t i = 0; i < r->rows; i++) {
        const double lse = log_sum_exp(r, i);
        for (size_t v = 0; v < r->weight_rows; v++) {
            const double p = exp(logit(r, i, v) - lse) * (1.0 + 2.0 * r->z_loss * lse) -
                             (v == r->batch->target[i] ? 1.0 : 0.0);
            const double d = r->dy[i] * (double)r->batch->weight[i] * p;
            for (size_t c = 0; c < C; c++) {
                r->dx[0][i * C + c] += d * r->w[v * C + c];
                r->dw[v * C + c] += d * r->x[0][i * C + c];
            }
        }
    }
}

const sm_ref_op sm_ref_head = {"head", head_forward, head_backward};
