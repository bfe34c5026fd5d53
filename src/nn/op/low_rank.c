/* LoRA beside a linear (seimai/lora.h): y += s·U·Bᵀ with U = drop(x)·Aᵀ. All A of a node lie one under the other, so that one
 * product gives U (BT,R) for all its weights; each has its own columns of U, its own B and its own columns of y.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "op/op.h"

/* Floats of n rows of a width, up to a cache line. */
static size_t floats_of(size_t rows, size_t width)
{
    return (rows * width + 15) / 16 * 16;
}

static bool may_drop(const sm_tape *tape, const sm_node *node)
{
    return node->dropout > 0.0 && tape->options.plan == SM_PLAN_TRAIN;
}

/* Backward: dU, and with dropout x as it was dropped and what is to be dropped of its gradient; forward: the dropped x. */
size_t sm_low_rank_scratch(const sm_tape *tape, const sm_node *node, bool backward)
{
    const size_t rows = (size_t)tape->options.B * tape->options.T;
    const size_t x =
        may_drop(tape, node) ? floats_of(rows, tape->tensors[node->in[0]].width) : 0;
    return backward ? floats_of(rows, node->adapter->rank) + 2 * x : x;
}

size_t sm_low_rank_room(const sm_tape *tape, const sm_node *node)
{
    const size_t rows = (size_t)tape->options.B * tape->options.T, R = node->adapter->rank;
    const size_t C = tape->tensors[node->in[0]].width, N = tape->tensors[node->out].width;
    const size_t shapes[][3] = {{rows, R, C}, {rows, N, R}, {rows, R, N},
                                {N, R, rows}, {R, C, rows}, {rows, C, R}};
    size_t most = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t n =
            sm_matmul_room(tape->options.threads, shapes[i][0], shapes[i][1], shapes[i][2]);
        most = n > most ? n : most;
    }
    return most;
}

static void drop(const sm_run *run, const sm_dropout *d, sm_rows x, size_t i)
{
    const size_t T = run->batch->T;
    sm_dropout_row(d, run, i / T, (uint32_t)(i % T), x.p + i * x.stride, x.width);
}

/* drop(x), in `copy` where something is dropped. */
static sm_rows dropped(const sm_node *node, const sm_run *run, float *copy)
{
    const sm_rows x = sm_value_rows(run, node->in[0]);
    sm_dropout d;
    if (!sm_dropout_of(node, run, &d)) return x;
    const sm_rows to = {copy, x.width, x.width};
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, x.width))
    for (size_t i = 0; i < run->rows; i++) {
        memcpy(to.p + i * to.stride, x.p + i * x.stride, x.width * sizeof(float));
        drop(run, &d, to, i);
    }
    return to;
}

void sm_low_rank_forward(const sm_node *node, const sm_run *run, float *room)
{
    const sm_low_ranks *const a = node->adapter;
    const sm_rows u = sm_value_rows(run, node->aux); // (BT,R)
    const sm_rows y = sm_value_rows(run, node->out); // (BT,N)
    const sm_rows x = dropped(node, run, run->arena + node->scratch_at);
    const bool by_rows = run->cache != NULL;
    sm_matmul(run->threads, &(sm_gemm){.tb = true, // U = drop(x)·Aᵀ
                                       .M = run->rows,
                                       .N = a->rank,
                                       .K = x.width,
                                       .A = x.p,
                                       .lda = x.stride,
                                       .B = run->w + a->A,
                                       .ldb = x.width,
                                       .C = u.p,
                                       .ldc = u.stride,
                                       .room = room,
                                       .alpha = 1.0F,
                                       .by_rows = by_rows});
    for (const sm_low_rank *r = a->items; r < a->items + a->n; r++)
        sm_matmul(run->threads, &(sm_gemm){.tb = true, // y += s·U·Bᵀ
                                           .M = run->rows,
                                           .N = r->width,
                                           .K = r->rank,
                                           .A = u.p + r->first,
                                           .lda = u.stride,
                                           .B = run->w + r->B,
                                           .ldb = r->rank,
                                           .C = y.p + r->column,
                                           .ldc = y.stride,
                                           .room = room,
                                           .alpha = r->scale,
                                           .beta = 1.0F,
                                           .by_rows = by_rows});
}

/* dU (BT,r) = s·dy·B, and dB (N,r) = s·dyᵀ·U. */
static void through_B(const sm_node *node, const sm_run *run, const sm_low_rank *r, sm_rows du,
                      float *room)
{
    const sm_rows u = sm_value_rows(run, node->aux), dy = sm_grad_rows(run, node->out);
    sm_matmul(run->threads, &(sm_gemm){.M = run->rows,
                                       .N = r->rank,
                                       .K = r->width,
                                       .A = dy.p + r->column,
                                       .lda = dy.stride,
                                       .B = run->w + r->B,
                                       .ldb = r->rank,
                                       .C = du.p + r->first,
                                       .ldc = du.stride,
                                       .room = room,
                                       .alpha = r->scale});
    if (r->dB == SM_NOWHERE) return;
    sm_matmul(run->threads, &(sm_gemm){.ta = true,
                                       .M = r->width,
                                       .N = r->rank,
                                       .K = run->rows,
                                       .A = dy.p + r->column,
                                       .lda = dy.stride,
                                       .B = u.p + r->first,
                                       .ldb = u.stride,
                                       .C = run->g + r->dB,
                                       .ldc = r->rank,
                                       .room = room,
                                       .alpha = r->scale});
}

/* dA (r,C) = dUᵀ·drop(x). */
static void to_A(const sm_run *run, const sm_part *part, sm_rows du, sm_rows x, float *room)
{
    sm_matmul(run->threads, &(sm_gemm){.ta = true,
                                       .M = part->width,
                                       .N = x.width,
                                       .K = run->rows,
                                       .A = du.p + part->column,
                                       .lda = du.stride,
                                       .B = x.p,
                                       .ldb = x.stride,
                                       .C = run->g + part->gradient,
                                       .ldc = x.width,
                                       .room = room,
                                       .alpha = 1.0F});
}

/* dx += drop(dU·A): the linear's own share is there already. */
static void to_input(const sm_node *node, const sm_run *run, sm_rows du, float *copy,
                     float *room)
{
    const sm_rows dx = sm_grad_rows(run, node->in[0]);
    sm_dropout d;
    const bool drops = sm_dropout_of(node, run, &d);
    const sm_rows to = drops ? (sm_rows){copy, dx.width, dx.width} : dx;
    sm_matmul(run->threads, &(sm_gemm){.M = run->rows,
                                       .N = dx.width,
                                       .K = du.width,
                                       .A = du.p,
                                       .lda = du.stride,
                                       .B = run->w + node->adapter->A,
                                       .ldb = dx.width,
                                       .C = to.p,
                                       .ldc = to.stride,
                                       .room = room,
                                       .alpha = 1.0F,
                                       .beta = drops ? 0.0F : 1.0F});
    if (!drops) return;
#pragma omp parallel for num_threads(run->threads)                                             \
    schedule(dynamic, SM_ROWS_AT_ONCE) if (sm_is_large(run, dx.width))
    for (size_t i = 0; i < run->rows; i++) {
        float *const row = dx.p + i * dx.stride;
        drop(run, &d, to, i);
        run->vec->add(row, row, to.p + i * to.stride, dx.width);
    }
}

void sm_low_rank_backward(const sm_node *node, const sm_run *run, float *room)
{
    const sm_low_ranks *const a = node->adapter;
    const size_t C = run->tape->tensors[node->in[0]].width;
    float *const scratch = run->arena + node->scratch_back_at;
    const sm_rows du = {scratch, a->rank, a->rank}; // (BT,R)
    float *const copy = scratch + floats_of(run->rows, a->rank);
    float *const other = copy + floats_of(run->rows, C);
    for (uint32_t i = 0; i < a->n; i++)
        through_B(node, run, a->items + i, du, room);
    if (a->dA.n > 0) {
        const sm_rows x = dropped(node, run, copy);
        for (uint32_t i = 0; i < a->dA.n; i++)
            to_A(run, a->dA.items + i, du, x, room);
    }
    if (node->wants_in[0]) to_input(node, run, du, other, room);
}

void sm_low_rank_merge(const sm_tape *tape, const sm_node *node, float *w)
{
    const sm_low_ranks *const a = node->adapter;
    const size_t C = tape->tensors[node->in[0]].width, ld = node->weight_columns;
    for (const sm_low_rank *r = a->items; r < a->items + a->n; r++) {
        const float *const A = w + a->A + r->first * C, *const B = w + r->B; // (r,C), (N,r)
        const sm_gemm plain = {.M = r->width,
                               .N = C,
                               .A = B,
                               .lda = r->rank,
                               .B = A,
                               .ldb = C,
                               .C = w + node->weight + r->column * ld};
        const sm_gemm turned = {.ta = true,
                                .tb = true,
                                .M = C,
                                .N = r->width,
                                .A = A,
                                .lda = C,
                                .B = B,
                                .ldb = r->rank,
                                .C = w + node->weight + r->column};
        sm_gemm product = node->is_conv1d ? turned : plain;
        product.K = r->rank;
        product.ldc = ld;
        product.alpha = r->scale;
        product.beta = 1.0F;
        sm_matmul((int)tape->options.threads, &product);
    }
}
