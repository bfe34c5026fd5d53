/* seimai/optim.h - from leaves of gradient to new weights: the tree, the norm, the schedule, AdamW, Muon.
 * SPDX-License-Identifier: MIT
 *
 * All vectors are flat (seimai/net.h). Sums that span a vector are taken in double by blocks of 64 Ki floats,
 * and the blocks in order; the leaves of a step are added in a fixed binary tree. So no result depends
 * on the number of threads, nor, later, on how leaves are shared among processes.
 *
 *     for each leaf:  sm_net_gradient(net, w, batch, g, …);  sm_tree_add(tree, g, j);
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

/* A tree of 2^k leaves holds at most k vectors, sums of leaves that were added. Leaf i and leaf i + 1 (i even) are added
 * first, then pairs of pairs: the order that N = 2^m processes with aligned parts of the leaves would have. */
typedef struct sm_tree sm_tree;

/* sm_tree_new: `leaves` is a power of two (SM_EUSAGE otherwise), n the floats of a vector. */
SM_API int sm_tree_new(sm_tree **tree, size_t n, uint32_t leaves, sm_error *err) SM_MUST_USE;
SM_API void sm_tree_free(sm_tree *tree);
/* sm_tree_add takes the next leaf, n floats of the caller's, which are overwritten with sums. */
SM_API void sm_tree_add(sm_tree *tree, float *leaf, unsigned threads);
/* sm_tree_sum gives the sum once all leaves were added; the tree is then ready for the next step. It lies in the last
 * leaf's floats. NULL while leaves are missing. */
SM_API const float *sm_tree_sum(const sm_tree *tree);
SM_API size_t sm_tree_floats(const sm_tree *tree); /* that it holds at most */
/* sm_tree_total adds n = 2^k numbers (losses of leaves) in the same tree; n = 0 gives 0. */
SM_API double sm_tree_total(const double *leaf, size_t n);

/* ---- norm and clipping ---------------------------------------------------------------------- */

/* sm_vector_norm is the Euclidean norm; NaN or infinity if the vector holds such. */
SM_API double sm_vector_norm(const float *x, size_t n, unsigned threads);
/* sm_clip is the factor that brings `norm` down to `limit`: 1 below it, or where limit <= 0. It is
 * min(1, limit / (norm + 1e-6)), as in PyTorch's clip_grad_norm_. */
SM_API double sm_clip(double norm, double limit);

/* ---- spikes --------------------------------------------------------------------------------- */

/* The mean and variance of the last SM_SPIKE_WINDOW or so values of a curve: all count alike until there are as many,
 * from then on older ones fade. */
enum { SM_SPIKE_WINDOW = 128 };

typedef struct sm_spike {
    uint64_t n; /* values so far */
    double mean, variance;
} sm_spike;

/* sm_spike_score gives how many standard deviations x lies above the mean (0 while there are fewer than
 * SM_SPIKE_WINDOW values, or no variance), and takes x in. */
SM_API double sm_spike_score(sm_spike *seen, double x);

/* ---- schedule ------------------------------------------------------------------------------- */

typedef enum sm_schedule_kind {
    SM_SCHEDULE_COSINE,
    SM_SCHEDULE_LINEAR,
    SM_SCHEDULE_CONSTANT,
    SM_SCHEDULE_WSD /* warm-up, stable, decay */
} sm_schedule_kind;

typedef struct sm_schedule {
    sm_schedule_kind kind;
    double lr, lr_min; /* after the warm-up, and at the last step */
    uint64_t warmup;   /* steps from 0 to lr: step s has lr·(s + 1)/warmup */
    uint64_t steps;    /* steps in all */
    double cooldown;   /* wsd: the share of the steps, at the end, in which it falls */
} sm_schedule;

/* sm_schedule_lr gives the learning rate of step 0 … steps − 1; with p = (s − warmup)/(steps − 1 − warmup), the
 * cosine is lr_min + ½(lr − lr_min)(1 + cos πp), the line lr + (lr_min − lr)·p. wsd is lr until the cooldown, and in it
 * lr_min + (lr − lr_min)(1 − √q), q from just above 0 to 1 (Hägele et al., NeurIPS 2024). Past the end: lr_min. */
SM_API double sm_schedule_lr(const sm_schedule *schedule, uint64_t step);
/* sm_schedule_parse reads "cosine", "linear", "constant" or "wsd"; false for another name. */
SM_API bool sm_schedule_parse(const char *name, sm_schedule_kind *kind);

/* ---- AdamW ---------------------------------------------------------------------------------- */

/* AdamW (Loshchilov, Hutter: "Decoupled weight decay regularization", ICLR 2019), with bias correction:
 *   m ← β1·m + (1 − β1)·g     v ← β2·v + (1 − β2)·g²     w ← w − lr·(m̂/(√v̂ + ε) + decay·w)
 * where decay applies to parameters of two dimensions only. */
typedef struct sm_adamw {
    double beta1, beta2, epsilon, decay;
    bool spares_matrices; /* SM_PARAM_MATRIX is left alone: Muon's */
} sm_adamw;

/* sm_adamw_update changes w, m and v, with `scale`·g as the gradient (1/targets and clipping together) and
 * t = 1, 2, … the number of the update. One pass over the vectors, block by block. */
SM_API void sm_adamw_update(const sm_adamw *adamw, const sm_params *params, float *w,
                            const float *g, float *m, float *v, double scale, double lr,
                            uint64_t t, unsigned threads);

/* ---- Muon ----------------------------------------------------------------------------------- */

/* Muon (Jordan et al.: "Muon: an optimizer for hidden layers in neural networks", 2024), for SM_PARAM_MATRIX alone; AdamW
 * has the rest. The momentum m ← μ·m + (1 − μ)·g, looked ahead (u = μ·m + (1 − μ)·g), is brought near the closest
 * orthogonal matrix O by five Newton-Schulz steps X ← aX + (bA + cA²)X, A = XXᵀ, (a, b, c) = (3.4445, −4.7750, 2.0315), from
 * X = u / ‖u‖. Then w ← (1 − lr·decay)·w − lr·0.2·√max(rows, columns)·O: the factor gives O the size of AdamW's steps (Liu et
 * al.: "Muon is scalable for LLM training", 2025), so that one learning rate and one decay serve both. */
typedef struct sm_muon {
    double momentum, decay;
} sm_muon;

/* sm_muon_floats is the room that an update needs: of the largest matrix twice, and its smaller side squared twice. */
SM_API size_t sm_muon_floats(const sm_params *params);
/* sm_muon_update changes w and m of all matrices, with `scale`·g as the gradient; `scratch` has sm_muon_floats. All in
 * float32, by products whose bits do not depend on the number of threads. */
SM_API void sm_muon_update(const sm_muon *muon, const sm_params *params, float *w,
                           const float *g, float *m, double scale, double lr, float *scratch,
                           unsigned threads);

#ifdef __cplusplus
}
#endif
#endif
