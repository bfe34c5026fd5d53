/* seimai/lineage.h - where a model comes from: lineage.json beside its weights.
 * SPDX-License-Identifier: MIT
 *
 * What made a model (`train`, `model merge`), from which parents, on which data, with which options and seed, and how well it
 * did. The entries of its parents are copied into its own file, so that the line of descent stays whole when their folders
 * are gone. A model that was made elsewhere has no such file; as a parent it is known by the hash of its weights.
 *
 *     {"format": "seimai-lineage 1", "models": [ENTRY, ENTRY …]}
 *
 * The first entry is the model itself, then its ancestors, each once, nearer ones first:
 *
 *     weights      XXH3-128 of model.safetensors (of a model in several files: of their index; of an adapter: of its file).
 *                  It is a model's name in `parents`
 *     by           "train", "merge" …
 *     step tokens seed kernels        of a run
 *     tokenizer    its hash, or null
 *     data         [{dir, share, hash (XXH3-128 of manifest.json), tokens, documents, text_bytes}]
 *     validation   one of these, or null
 *     settings     {option: value} as resolved, but those that change no number (output, threads …)
 *     scores       {name: number or null}: val_loss, val_bpb …; later what `eval --record NAME` adds: NAME.acc …
 *     parents      [{dir, weights}]
 *
 * Nouns
 *   entry    what is known of one model
 *
 * Nothing in it depends on the clock, the machine's names or the number of threads. Threads: free functions. */
#ifndef SEIMAI_LINEAGE_H
#define SEIMAI_LINEAGE_H

#include <seimai/config.h>
#include <seimai/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct sm_lineage_set {
    const char *dir;
    double share; /* of the samples, 0 … 1 */
    sm_hash128 hash;
    uint64_t tokens, documents, text_bytes;
} sm_lineage_set;

typedef struct sm_lineage_score {
    const char *name;
    double value; /* NaN: not known */
} sm_lineage_score;

typedef struct sm_lineage {
    const char *by;
    uint64_t step, tokens, seed;
    const char *kernels; /* NULL: no run made it, and step, tokens and seed mean nothing */
    bool has_tokenizer;
    sm_hash128 tokenizer;
    const sm_lineage_set *data; /* (n_data) */
    size_t n_data;
    const sm_lineage_set *validation; /* NULL: none */
    sm_span settings;                 /* lines "key: value"; may be empty */
    const sm_lineage_score *scores;   /* (n_scores) */
    size_t n_scores;
    const char *const *parents; /* directories (n_parents) */
    size_t n_parents;
} sm_lineage;

/* sm_lineage_write makes DIR/lineage.json for the model whose weights lie in DIR. SM_ENOENT where a parent or the weights are
 * missing, SM_EFORMAT for a parent's file that cannot be read. */
SM_API int sm_lineage_write(const sm_lineage *lineage, const char *dir,
                            sm_error *err) SM_MUST_USE;

/* sm_lineage_record sets scores of the model in DIR, new ones and those of the same name, and leaves everything else as
 * it is; a model without lineage.json gets one ("by": "elsewhere"). The file is replaced whole, so that it is the old or
 * the new one whenever the process dies. SM_EHASH where it tells of other weights than those in DIR. */
SM_API int sm_lineage_record(const char *dir, const sm_lineage_score *scores, size_t n,
                             sm_error *err) SM_MUST_USE;

/* ---- reading -------------------------------------------------------------------------------- */

/* sm_lineage_read gives the list of entries in *models (valid as long as `file`, which the caller frees in every case).
 * Returns 1, or 0 for a directory without lineage.json. SM_EFORMAT for one of another format. */
SM_API int sm_lineage_read(sm_config *file, const sm_value **models, const char *dir,
                           sm_error *err) SM_MUST_USE;
/* sm_lineage_weights is the hash by which a model is known: SM_ENOENT for a directory without weights. */
SM_API int sm_lineage_weights(const char *dir, sm_hash128 *hash, sm_error *err) SM_MUST_USE;

/* sm_lineage_log appends the line of descent, newest first, as text of up to 80 columns (file names may be longer).
 * A model without lineage is told by its weights alone. */
SM_API int sm_lineage_log(const char *dir, sm_buffer *text, sm_error *err) SM_MUST_USE;

/* ---- differences ------------------------------------------------------------------------------ */

/* One thing that two models differ in. */
typedef struct sm_lineage_change {
    const char *what,
        *key;          /* "config", "hidden_size"; what: config, model, data, option, score */
    const char *a, *b; /* as text; NULL where a model does not have it */
} sm_lineage_change;

/* sm_lineage_diff lists in what two models differ: sizes (config.json), tokenizer, data, options, scores, in this order.
 * The list and its texts are of the arena. */
SM_API int sm_lineage_diff(const char *a, const char *b, sm_arena *arena,
                           const sm_lineage_change **changes, size_t *n,
                           sm_error *err) SM_MUST_USE;

/* How far the weights of two models of one shape are apart. */
typedef struct sm_weight_change {
    sm_span name;    /* of a tensor; lives as long as the arena */
    double distance; /* ‖b − a‖ / ‖a‖ */
} sm_weight_change;

/* sm_lineage_distance compares the tensors that both have with equal shapes, the most changed first; *whole is the
 * distance of all of them together (NaN where there is none). Adapters are compared as they are. */
SM_API int sm_lineage_distance(const char *a, const char *b, sm_arena *arena,
                               sm_weight_change **tensors, size_t *n, double *whole,
                               sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
