/* seimai/adapter.h - adapters on disk: directories as PEFT writes and reads them, and models made of base and adapter.
 * SPDX-License-Identifier: MIT
 *
 * An adapter directory holds adapter_config.json and adapter_model.safetensors (A and B of each target, and the modules
 * that were trained whole), and may hold a tokenizer. What has an adapter is what the file of tensors holds, with the ranks
 * that it has there; adapter_config.json gives alpha, rsLoRA and dropout. Where a key asks for something else than LoRA
 * on linear maps (DoRA, PiSSA, biases …), the directory is refused with the key's name.
 *
 * Nouns
 *   base     the model that an adapter belongs to. adapter_config.json names its directory (base_model_name_or_path), as
 *            seen from where we stand, or else from the adapter's directory
 *   identity of a base: XXH3-128 over names and float32 values of its parameters. Adapters written here keep it (in
 *            the notes of the safetensors file, where PEFT passes it over), and a reader then refuses another base
 *
 * Threads: an opened adapter is read-only. */
#ifndef SEIMAI_ADAPTER_H
#define SEIMAI_ADAPTER_H

#include <seimai/hash.h>
#include <seimai/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a model that may be an adapter ------------------------------------------------------------ */

/* What a directory holds: a model (lora is NULL), or an adapter and its base, side by side in w as sm_params of (config, lora)
 * has them. To use such a model without training it on, sm_pretrained_weights is simpler. */
typedef struct sm_pretrained {
    sm_model_config config;
    const sm_lora *lora;
    float *w;
    sm_hash128 base_hash;       /* identity of the base; with lora only */
    char *base_dir;             /* where the base was found; NULL without lora */
    struct sm_adapter *adapter; /* holds what lora points to */
} sm_pretrained;

/* sm_pretrained_open reads a directory of either kind. `base` is the base's directory, NULL where the adapter names it.
 * SM_ENOENT where the base is not found, SM_EHASH where it is not the one that the adapter was trained on, and what
 * sm_adapter_open, sm_adapter_read and sm_model_read say. sm_pretrained_close frees, after a failure too. */
SM_API int sm_pretrained_open(sm_pretrained *model, const char *dir, const char *base,
                              sm_error *err) SM_MUST_USE;
SM_API void sm_pretrained_close(sm_pretrained *model);

/* sm_pretrained_weights reads either kind for use: *w is new (sm_vector_free), of an adapter its base with the adapter
 * added in float32, laid out as the model's parameters are. sm_model_weights (seimai/checkpoint.h) is the same with base NULL. */
SM_API int sm_pretrained_weights(const char *dir, const char *base, sm_model_config *config,
                                 float **w, sm_error *err) SM_MUST_USE;

/* The base of a LoRA run, in the storage that its net was built for. */
typedef struct sm_base {
    sm_stored stored; /* for sm_net_base */
    void *values;     /* NULL where everything lies in w */
    float *scales;
    sm_hash128 hash; /* identity */
} sm_base;

/* sm_base_read reads a model's directory: what is stored into *base, which is made, everything else into w. At no time more
 * than a few rows of a matrix are there as floats beside their stored form. As sm_model_read otherwise. */
SM_API int sm_base_read(sm_base *base, sm_storage type, const sm_params *params, float *w,
                        const char *dir, sm_error *err) SM_MUST_USE;
SM_API void sm_base_free(sm_base *base); /* {0} is allowed */

/* sm_adapter_base tells whether a directory is an adapter's: 1, with its base's directory in `path` (NUL-terminated; `base`
 * where that is not NULL), or 0 with `path` left empty. SM_EFORMAT for an adapter that names none. */
SM_API int sm_adapter_base(const char *dir, const char *base, sm_buffer *path,
                           sm_error *err) SM_MUST_USE;
/* sm_model_hash is the identity of the model's own parameters in w. */
SM_API sm_hash128 sm_model_hash(const sm_params *params, const float *w);

/* ---- reading --------------------------------------------------------------------------------------- */

typedef struct sm_adapter sm_adapter;

/* sm_adapter_open reads the configuration and the table of tensors. SM_ENOSUP with the key for what is not supported;
 * SM_EUSAGE and SM_EFORMAT for broken files, with the line where there is one. */
SM_API int sm_adapter_open(sm_adapter **adapter, const char *dir, sm_error *err) SM_MUST_USE;
SM_API void sm_adapter_close(sm_adapter *adapter); /* NULL is allowed */
/* sm_adapter_lora is what to build a net with; its targets are full names of modules. Lives as long as the adapter. */
SM_API const sm_lora *sm_adapter_lora(const sm_adapter *adapter);
/* sm_adapter_read fills the adapter's part of w, and the modules that were trained whole. SM_EFORMAT for tensors that are
 * missing, have another shape, or belong to no parameter. */
SM_API int sm_adapter_read(const sm_adapter *adapter, const sm_params *params, float *w,
                           sm_error *err) SM_MUST_USE;
/* sm_adapter_check: SM_EHASH where the adapter knows its base's identity, and it is another. */
SM_API int sm_adapter_check(const sm_adapter *adapter, sm_hash128 base,
                            sm_error *err) SM_MUST_USE;

/* ---- writing --------------------------------------------------------------------------------------- */

typedef struct sm_adapter_origin {
    const char *base; /* base_model_name_or_path, or NULL */
    sm_hash128 hash;  /* the base's identity */
    bool conv1d;      /* the base keeps its matrices as (in, out): GPT-2 (fan_in_fan_out) */
} sm_adapter_origin;

/* sm_adapter_write writes both files into a directory, which is made. `params` is of a net built with `lora`. */
SM_API int sm_adapter_write(const sm_lora *lora, const sm_params *params, const float *w,
                            const sm_adapter_origin *origin, const char *dir,
                            sm_error *err) SM_MUST_USE;

/* ---- merging ----------------------------------------------------------------------------------------- */

/* sm_model_merge adds n adapters of one base to it, W += Σ s·B·A in float32, and writes a model directory with a
 * tokenizer: of the last adapter that has one, else of the base. The first of dirs may be the base itself; otherwise it is
 * `base`, or the one that the first adapter names. The modules that an adapter trained whole replace the
 * base's. SM_EUSAGE without an adapter. */
SM_API int sm_model_merge(const char *const dirs[], size_t n, const char *base,
                          const char *output, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
