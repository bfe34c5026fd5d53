/* ref.h - every operator once more: plain loops in double, to be read beside the definition.
 * SPDX-License-Identifier: MIT
 *
 * The oracle of the fast operators (tests/unit/ops_test.c): backward is checked by finite differences of
 * forward, and the fast ones against both. All share one signature, so that the test is one loop too.
 * Threads: pure. */
#ifndef SM_NN_OP_REF_REF_H
#define SM_NN_OP_REF_REF_H

#include <seimai/batch.h>

enum { SM_REF_INPUTS = 3 };

/* Arrays are dense, (rows, width). forward writes y; backward writes dx and dw (what an operator has not is NULL). */
typedef struct sm_ref {
    const sm_batch *batch;
    size_t rows;                 /* B·T */
    size_t width[SM_REF_INPUTS]; /* of the inputs */
    size_t out;                  /* width of y */
    size_t head_dim;             /* rope, attention; rmsnorm of heads, else 0 */
    size_t window;               /* attention: keys a query sees at most; 0: all */
    double eps, theta;           /* norms; rope */
    double z_loss;               /* head */
    const double *x[SM_REF_INPUTS], *w, *b, *dy; /* b: (out) or NULL */
    double *y, *dx[SM_REF_INPUTS], *dw, *db;
    /* Dropout: what each value is multiplied by; of attention (rows, heads, T). NULL: 1. */
    const double *keep;
    size_t weight_rows; /* w is (weight_rows, width[0]); of embedding and norms (·, out) */
} sm_ref;

typedef struct sm_ref_op {
    const char *name;
    void (*forward)(const sm_ref *r);
    void (*backward)(const sm_ref *r);
} sm_ref_op;

extern const sm_ref_op sm_ref_embedding, sm_ref_positions, sm_ref_rmsnorm, sm_ref_layernorm,
    sm_ref_linear, sm_ref_conv1d, sm_ref_rope, sm_ref_attention, sm_ref_swiglu, sm_ref_gelu,
    sm_ref_dropout, sm_ref_add;
/* y (rows,1) = weight·(−log p(target) + z_loss·lse²) of logits x·wᵀ. */
extern const sm_ref_op sm_ref_head;

#endif
