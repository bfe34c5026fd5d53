/* Attention in double, one query and one key at a time: see ref.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "op/ref/ref.h"

/* One query of one head: where its vectors lie, and the keys that it sees. */
typedef struct query {
    size_t row, at; /* row of the batch; offset of its vector in x[0], y, dy and dx[0] */
    size_t first_row, column; /* of its sequence; column of its key head */
    size_t lo, hi;
    const double *keep; /* NULL: 1 */
} query;

static query query_at(const sm_ref *r, size_t row, size_t head)
{
    const size_t heads = r->out / r->head_dim, kv_heads = r->width[1] / r->head_dim;
    query q = {.row = row,
               .at = row * r->out + head * r->head_dim,
               .first_row = row / r->batch->T * r->batch->T,
               .column = head / (heads / kv_heads) * r->head_dim,
               .lo = r->batch->lo[row],
               .hi = r->batch->hi[row]};
    if (r->window > 0 && q.lo + r->window < q.hi) q.lo = q.hi - r->window;
    q.keep = r->keep ? r->keep + (row * heads + head) * r->batch->T : NULL;
    return q;
}

/* What dropout leaves of the weight of a key; its numbers count from the first key that is seen. */
static double kept(const query *q, size_t key)
{
    return q->keep ? q->keep[key - q->lo] : 1.0;
}

static size_t key_at(const sm_ref *r, const query *q, size_t key)
{
    return (q->first_row + key) * r->width[1] + q->column;
}

static double score(const sm_ref *r, const query *q, size_t key)
{
    double sum = 0.0;
    for (size_t j = 0; j < r->head_dim; j++)
        sum += r->x[0][q->at + j] * r->x[1][key_at(r, q, key) + j];
    return sum / sqrt((double)r->head_dim);
}

static double log_sum_exp(const sm_ref *r, const query *q)
{
    double max = -HUGE_VAL, sum = 0.0;
    for (size_t key = q->lo; key < q->hi; key++)
        max = fmax(max, score(r, q, key));
    for (size_t key = q->lo; key < q->hi; key++)
        sum += exp(score(r, q, key) - max);
    return max + log(sum);
}

static void forward(const sm_ref *r)
{
    memset(r->y, 0, r->rows * r->out * sizeof *r->y);
    for (size_t row = 0; row < r->rows; row++)
        for (size_t head = 0; head < r->out / r->head_dim; head++) {
            const query q = query_at(r, row, head);
            const double lse = log_sum_exp(r, &q);
            for (size_t key = q.lo; key < q.hi; key++) {
                const double p = exp(score(r, &q, key) - lse) * kept(&q, key);
                for (size_t j = 0; j < r->head_dim; j++)
                    r->y[q.at + j] += p * r->x[2][key_at(r, &q, key) + j];
            }
        }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* With p the probabilities and dp = dy·v: ds = p·(dp − Σ p·dp), as for any softmax. */
static void backward_query(const sm_ref *r, const query *q)
{
    const double lse = log_sum_exp(r, q), root = sqrt((double)r->head_dim);
    double mean = 0.0;
    for (size_t key = q->lo; key < q->hi; key++)
        mean += exp(score(r, q, key) - lse) * kept(q, key) *
                dot(r->dy + q->at, r->x[2] + key_at(r, q, key), r->head_dim);
    for (size_t key = q->lo; key < q->hi; key++) {
        const size_t at = key_at(r, q, key);
        const double p = exp(score(r, q, key) - lse);
        const double dp = kept(q, key) * dot(r->dy + q->at, r->x[2] + at, r->head_dim);
        const double ds = p * (dp - mean) / root;
        for (size_t j = 0; j < r->head_dim; j++) {
            r->dx[0][q->at + j] += ds * r->x[1][at + j];
            r->dx[1][at + j] += ds * r->x[0][q->at + j];
            r->dx[2][at + j] += p * kept(q, key) * r->dy[q->at + j];
        }
    }
}

static void backward(const sm_ref *r)
{
    for (int i = 0; i < SM_REF_INPUTS; i++)
        memset(r->dx[i], 0, r->rows * r->width[i] * sizeof *r->dx[i]);
    for (size_t row = 0; row < r->rows; row++)
        for (size_t head = 0; head < r->out / r->head_dim; head++) {
            const query q = query_at(r, row, head);
            backward_query(r, &q);
        }
}

const sm_ref_op sm_ref_attention = {"attention", forward, backward};
