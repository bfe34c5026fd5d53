/* seimai/lora.h - low-rank adapters: a frozen model, and a few small matrices beside its own.
 * SPDX-License-Identifier: MIT
 *
 * LoRA (Hu et al.: "LoRA: low-rank adaptation of large language models", ICLR 2022): a linear map with the weight
 * W (out, in) becomes
 *
 *     y = x·Wᵀ + s·drop(x)·Aᵀ·Bᵀ        A (r, in), B (out, r), s = alpha / r
 *
 * A starts evenly distributed in ±1/√in, B at 0, so that training begins at the model as it is. With rsLoRA (Kalajdzievski:
 * "A rank stabilization scaling factor for fine-tuning with LoRA", 2023) s = alpha / √r.
 *
 * Nouns
 *   module   a linear map by its name in transformers: "model.layers.0.self_attn.q_proj"
 *   target   a module that gets an adapter. A name fits the modules that end with it: "q_proj", "mlp.up_proj"
 *
 * Where one product serves several weights (q, k, v), each that is a target has its own A and B; what dropout
 * drops of the input is the same for all of them.
 *
 * Threads: plain data; who holds it only reads. */
#ifndef SEIMAI_LORA_H
#define SEIMAI_LORA_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Modules whose rank or alpha is not the adapter's (PEFT's rank_pattern and alpha_pattern). */
typedef struct sm_lora_exception {
    const char *module; /* as targets are named */
    uint32_t rank;      /* 0: the adapter's */
    double alpha;       /* 0: the adapter's */
} sm_lora_exception;

/* What an adapter is. Lists end with NULL; a list that is NULL is empty. */
typedef struct sm_lora {
    uint32_t rank; /* r, 1 … SM_LORA_RANKS */
    double alpha;
    double dropout; /* share of the input that is dropped, in training only */
    bool rslora;
    const char *const *targets; /* names, or "all-linear": every module but the head */
    const char *const
        *saved;             /* modules that are trained whole beside the adapter ("lm_head") */
    const uint32_t *layers; /* targets in these blocks only … */
    size_t n_layers;        /* … so many; 0: in all */
    const sm_lora_exception
        *exceptions; /* the first that fits and names a rank, or an alpha, counts */
    size_t n_exceptions;
} sm_lora;

enum { SM_LORA_RANKS = 1024 }; /* the largest rank */

/* sm_lora_scale is s for a module of that rank and alpha. */
SM_API double sm_lora_scale(const sm_lora *lora, uint32_t rank, double alpha);

#ifdef __cplusplus
}
#endif
#endif
