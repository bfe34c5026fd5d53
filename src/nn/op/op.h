/* op.h - the operators: each appends a node to the tape and returns the tensor that it makes.
 * SPDX-License-Identifier: MIT
 *
 * Forward and backward of an operator stand side by side in the file of its name; op/ref/ref.h holds each once
 * more as plain loops in double. Shapes: BT rows, C the width of the input. Names of weights follow the
 * tape's scope. Sums over rows run in the order of the rows, whoever computes them. What dropout drops is a function of
 * (seed, node, sample, place), so that it is the same in backward, and for any number of threads. */
#ifndef SM_NN_OP_OP_H
#define SM_NN_OP_OP_H

#include "kern/gemm.h"
#include "net/tape.h"

/* The weight of a node as operand B of a product: floats, or NULL and the stored base. */
static inline const float *sm_weight_of(const sm_node *node, const sm_run *run)
{
    return node->is_stored ? NULL : run->w + node->weight;
}

static inline const sm_stored *sm_base_of(const sm_node *node, const sm_run *run)
{
    return node->is_stored ? run->base : NULL;
}

/* Rows that a thread takes at a time, where rows do not know of each other: few enough that nobody waits long for a thread that
 * was held up. */
enum { SM_ROWS_AT_ONCE = 64 };

/* A weight by its name and the rows (outputs) that it has; a list ends with a name of NULL. */
typedef struct sm_weight {
    const char *name;
    uint32_t rows;
} sm_weight;

#define SM_WEIGHTS(...)                                                                        \
    (const sm_weight[])                                                                        \
    {                                                                                          \
        __VA_ARGS__,                                                                           \
        {                                                                                      \
            NULL, 0                                                                            \
        }                                                                                      \
    }

/* ids → rows of the (rows, width) matrix `name`. */
sm_id sm_op_embedding(sm_tape *tape, const char *name, uint32_t rows, uint32_t width);
/* pos → rows of a matrix of learned positions. */
sm_id sm_op_positions(sm_tape *tape, const char *name, uint32_t rows, uint32_t width);
/* x / √(mean(x²) + eps) · w                                                          (BT,C) → (BT,C) */
sm_id sm_op_rmsnorm(sm_tape *tape, sm_id x, const char *name, double eps);
/* The same of each head by itself, with one w (head_dim) for all. */
sm_id sm_op_head_rmsnorm(sm_tape *tape, sm_id x, const char *name, uint32_t head_dim,
                         double eps);
/* (x − mean(x)) / √(var(x) + eps) · w + b                                            (BT,C) → (BT,C) */
sm_id sm_op_layernorm(sm_tape *tape, sm_id x, const char *name, double eps);
/* x·[W1; W2; …]ᵀ [+ b]: the outputs of the weights side by side                      (BT,C) → (BT,ΣN) */
sm_id sm_op_linear(sm_tape *tape, sm_id x, const sm_weight weights[], bool bias);
/* x·W + b with W (C,N), as GPT-2 stores it; fresh weights have the given deviation   (BT,C) → (BT,N) */
sm_id sm_op_conv1d(sm_tape *tape, sm_id x, const char *name, uint32_t columns,
                   double deviation);
/* The adapter of a linear: it adds to y, and then its share to dx. Its aux, U = drop(x)·Aᵀ, is kept. `room` is for the panels
 * of its products, sm_low_rank_room floats. */
void sm_low_rank_forward(const sm_node *node, const sm_run *run, float *room);
void sm_low_rank_backward(const sm_node *node, const sm_run *run, float *room);
size_t sm_low_rank_room(const sm_tape *tape, const sm_node *node);
/* sm_low_rank_merge adds it to the weights themselves: W += s·B·A. */
void sm_low_rank_merge(const sm_tape *tape, const sm_node *node, float *w);
size_t sm_low_rank_scratch(const sm_tape *tape, const sm_node *node, bool backward);
/* Rotary positions, rotate-half: pairs (j, j + head_dim/2) of each head; in place. */
sm_id sm_op_rope(sm_tape *tape, sm_id x, uint32_t head_dim);
typedef struct sm_attention {
    uint32_t head_dim;
    uint32_t window; /* of the keys [lo, hi) a query sees the last so many; 0: all */
    double dropout;  /* share of the probabilities that is dropped */
} sm_attention;
/* softmax(q·kᵀ/√head_dim over the keys seen)·v for each head; query heads share key heads in groups.
 *                                                  (BT,NH·HD), 2 × (BT,NKV·HD) → (BT,NH·HD) */
sm_id sm_op_attention(sm_tape *tape, sm_id q, sm_id k, sm_id v, const sm_attention *how);
/* What the decode plan takes in its place: keys and values go to the cache, and queries read them there. */
extern const sm_op sm_attention_decode;
/* sm_attention_cache_copy gives sequence `to` the first n keys and values of `from`, of one node. */
void sm_attention_cache_copy(const sm_tape *tape, const sm_node *node, float *cache,
                             uint32_t from, uint32_t to, uint32_t n);
/* silu(gate)·up of x = [gate, up]                                                    (BT,2F) → (BT,F) */
sm_id sm_op_swiglu(sm_tape *tape, sm_id x);
/* ½x·(1 + tanh(√(2/π)·(x + .044715x³)))                                              (BT,F) → (BT,F) */
sm_id sm_op_gelu(sm_tape *tape, sm_id x);
/* x / (1 − rate) or, with the probability `rate`, 0; in place, in the train plan only. Rate 0 gives x itself. */
sm_id sm_op_dropout(sm_tape *tape, sm_id x, double rate);
/* x + y; takes y's memory. */
sm_id sm_op_add(sm_tape *tape, sm_id x, sm_id y);
/* The end of the tape: logits x·Wᵀ in chunks of rows, cross-entropy, and with run->g at once the gradients of
 * x and W: no more than a chunk of logits exists at any time. */
void sm_op_head(sm_tape *tape, sm_id x, const char *name, uint32_t rows);
/* The logits (n, V) of some rows, after a run. */
void sm_op_head_logits(const sm_node *head, const sm_run *run, const uint32_t *rows, size_t n,
                       float *logits);

/* sm_column_sums writes or adds the sums over all rows of each column: the gradient of a bias. */
void sm_column_sums(const sm_run *run, sm_rows rows, float *sums, bool adds);
/* What a norm kept of its input, for backward: of head h of row i, mean and rstd stand at (i·heads + h)·step. */
typedef struct sm_normed {
    sm_rows x;         // (BT,heads·width)
    const float *mean; // NULL: 0
    const float *rstd;
    size_t step;
} sm_normed;
/* sm_normed_column_sums sums rows·(x − mean)·rstd over rows and heads of `width`: the gradient of a norm's weight. */
void sm_normed_column_sums(const sm_run *run, sm_rows rows, const sm_normed *normed,
                           size_t width, float *sums, bool adds);
/* sm_matmul computes a product on `threads` threads: the tiles of kern/gemm.h. */
void sm_matmul(int threads, const sm_gemm *g);
/* sm_matmul_room gives the floats of sm_gemm.room for products of at most (M, N, K). */
size_t sm_matmul_room(unsigned threads, size_t M, size_t N, size_t K);
/* sm_matmul_rows is what sm_matmul does with by_rows: columns are spread over the threads. */
void sm_matmul_rows(int threads, const sm_gemm *g);

#endif
