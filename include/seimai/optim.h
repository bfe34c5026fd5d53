/* seimai/optim.h - from leaves of gradient to new weights: the tree, the norm, the schedule, AdamW.
 * SPDX-License-Identifier: MIT
 *
 * All vectors are flat (seimai/net.h). Sums that span a vector are taken in double by blocks of 64 Ki floats,
 * and the blocks in order; the leaves of a step are added in a fixed binary tree. So no result depends
 * on the number of threads, nor, later, on how leaves are shared among processes.
 *
 *     for each leaf:  sm_net_gradient(net, w, batch, sm_tree_leaf(tree), …);  sm_tree_add(tree, j);
 *     scale = 1 / targets;  norm = scale · sm_vector_norm(sm_tree_sum(tree), n, j);
 *     sm_adamw_update(…, scale · sm_clip(norm, 1.0), lr, t)
 *
 * Threads: free functions on the caller's data; each opens `threads` threads of its own. */
#ifndef SEIMAI_OPTIM_H
#define SEIMAI_OPTIM_H

#include <seimai/net.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SM_VECTOR_BLOCK = 65536
}; /* floats: the unit of norms, of updates, and of sharing state */

/* ---- the gradient of a step: a tree of leaves ----------------------------------------------- */

/* A tree of 2^k leaves holds at most k + 1 vectors. Leaf i and leaf i + 1 (i even) are added first, then
 * pairs of pairs: the order that N = 2^m processes with aligned parts of the leaves would have. */
typedef struct sm_tree sm_tree;

/* sm_tree_new: `leaves` is a power of two (SM_EUSAGE otherwise), n the floats of a vector. */
SM_API int sm_tree_new(sm_tree **tree, size_t n, uint32_t leaves, sm_error *err) SM_MUST_USE;
SM_API void sm_tree_free(sm_tree *tree);
/* sm_tree_leaf gives the vector into which the next leaf's gradient is to be written. */
SM_API float *sm_tree_leaf(sm_tree *tree);
/* sm_tree_add takes what sm_tree_leaf gave as the next leaf. */
SM_API void sm_tree_add(sm_tree *tree, unsigned threads);
/* sm_tree_sum gives the sum once all leaves were added, and makes the tree ready for the next step; valid
 * until the next sm_tree_leaf. NULL while leaves are missing. */
SM_API const float *sm_tree_sum(sm_tree *tree);
/* sm_tree_total adds n = 2^k numbers (losses of leaves) in the same tree; n = 0 gives 0. */
SM_API double sm_tree_total(const double *leaf, size_t n);

/* ---- norm and clipping ---------------------------------------------------------------------- */

/* sm_vector_norm is the Euclidean norm; NaN or infinity if the vector holds such. */
SM_API double sm_vector_norm(const float *x, size_t n, unsigned threads);
/* sm_clip is the factor that brings `norm` down to `limit`: 1 below it, or where limit <= 0. It is
 * min(1, limit / (norm + 1e-6)), as in PyTorch's clip_grad_norm_. */
SM_API double sm_clip(double norm, double limit);

/* ---- schedule ------------------------------------------------------------------------------- */

typedef enum sm_schedule_kind {
    SM_SCHEDULE_COSINE,
    SM_SCHEDULE_LINEAR,
    SM_SCHEDULE_CONSTANT
} sm_schedule_kind;

typedef struct sm_schedule {
    sm_schedule_kind kind;
    double lr, lr_min; /* after the warm-up, and at the last step */
    uint64_t warmup;   /* steps from 0 to lr: step s has lr·(s + 1)/warmup */
    uint64_t steps;    /* steps in all */
} sm_schedule;

/* sm_schedule_lr gives the learning rate of step 0 … steps − 1; with p = (s − warmup)/(steps − 1 − warmup), the
 * cosine is lr_min + ½(lr − lr_min)(1 + cos πp), the line lr + (lr_min − lr)·p. Past the end: lr_min. */
SM_API double sm_schedule_lr(const sm_schedule *schedule, uint64_t step);
/* sm_schedule_parse reads "cosine", "linear" or "constant"; false for another name. */
SM_API bool sm_schedule_parse(const char *name, sm_schedule_kind *kind);

/* ---- AdamW ---------------------------------------------------------------------------------- */

/* AdamW (Loshchilov, Hutter: "Decoupled weight decay regularization", ICLR 2019), with bias correction:
 *   m ← β1·m + (1 − β1)·g     v ← β2·v + (1 − β2)·g²     w ← w − lr·(m̂/(√v̂ + ε) + decay·w)
 * where decay applies to matrices only. */
typedef struct sm_adamw {
    double beta1, beta2, epsilon, decay;
} sm_adamw;

/* sm_adamw_update changes w, m and v, with `scale`·g as the gradient (1/targets and clipping together) and
 * t = 1, 2, … the number of the update. One pass over the vectors, block by block. */
SM_API void sm_adamw_update(const sm_adamw *adamw, const sm_params *params, float *w,
                            const float *g, float *m, float *v, double scale, double lr,
                            uint64_t t, unsigned threads);

#ifdef __cplusplus
}
#endif
#endif
