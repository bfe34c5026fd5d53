/* op.h - the operators: each appends a node to the tape and returns the tensor that it makes.
 * SPDX-License-Identifier: MIT
 *
 * Forward and backward of an operator stand side by side in the file of its name; op/ref/ref.h holds each once
 * more as plain loops in double. Shapes: BT rows, C the width of the input. Names of weights follow the
 * tape's scope. Sums over rows run in the order of the rows, whoever computes them. */
#ifndef SM_NN_OP_OP_H
#define SM_NN_OP_OP_H

#include "kern/gemm.h"
#include "net/tape.h"

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
/* x / √(mean(x²) + eps) · w                                                          (BT,C) → (BT,C) */
sm_id sm_op_rmsnorm(sm_tape *tape, sm_id x, const char *name, double eps);
/* x·[W1; W2; …]ᵀ: the outputs of the weights side by side                            (BT,C) → (BT,ΣN) */
sm_id sm_op_linear(sm_tape *tape, sm_id x, const sm_weight weights[]);
/* Rotary positions, rotate-half: pairs (j, j + head_dim/2) of each head; in place. */
sm_id sm_op_rope(sm_tape *tape, sm_id x, uint32_t head_dim);
/* softmax(q·kᵀ/√head_dim over keys [lo, hi))·v for each head; query heads share key heads in groups.
 *                                                  (BT,NH·HD), 2 × (BT,NKV·HD) → (BT,NH·HD) */
sm_id sm_op_attention(sm_tape *tape, sm_id q, sm_id k, sm_id v, uint32_t head_dim);
/* silu(gate)·up of x = [gate, up]                                                    (BT,2F) → (BT,F) */
sm_id sm_op_swiglu(sm_tape *tape, sm_id x);
/* x + y; takes y's memory. */
sm_id sm_op_add(sm_tape *tape, sm_id x, sm_id y);
/* The end of the tape: logits x·Wᵀ in chunks of rows, cross-entropy, and with run->g at once the gradients of
 * x and W: no more than a chunk of logits exists at any time. */
void sm_op_head(sm_tape *tape, sm_id x, const char *name, uint32_t rows);
/* The logits (n, V) of some rows, after a run. */
void sm_op_head_logits(const sm_node *head, const sm_run *run, const uint32_t *rows, size_t n,
                       float *logits);

/* sm_matmul computes a product on `threads` threads: the tiles of kern/gemm.h. */
void sm_matmul(int threads, const sm_gemm *g);

#endif
