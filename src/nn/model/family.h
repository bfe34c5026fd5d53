/* family.h - the families of models by one table: config.json's names for them and for their sizes.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_MODEL_FAMILY_H
#define SM_NN_MODEL_FAMILY_H

#include <seimai/model.h>

/* Where the biases of attention come from. */
typedef enum sm_bias { SM_BIAS_NEVER, SM_BIAS_QKV, SM_BIAS_BY_KEY, SM_BIAS_ALWAYS } sm_bias;
/* Which layers see a window of keys only. */
typedef enum sm_sliding { SM_SLIDING_NEVER, SM_SLIDING_ALWAYS, SM_SLIDING_LATER } sm_sliding;

typedef struct sm_family {
    const char *type, *architecture, *activation_key, *activation;
    sm_bias bias;
    bool qk_norm;
    sm_sliding sliding;
    sm_model_config defaults; /* 0 where C and NH decide */
} sm_family;

/* One for each sm_model_family. */
extern const sm_family sm_families[SM_MODEL_FAMILIES];

/* A number of a configuration and its key in the Llama family and in GPT-2; NULL where a family has none. */
typedef struct sm_config_key {
    size_t at; /* in sm_model_config */
    const char *key, *gpt2_key;
    bool required;      /* sizes: no default is possible */
    double least, most; /* reals */
} sm_config_key;

extern const sm_config_key sm_config_sizes[],
    sm_config_reals[]; /* end with a NULL in both keys */

static inline const char *sm_config_key_of(const sm_config_key *k, sm_model_family family)
{
    return family == SM_MODEL_GPT2 ? k->gpt2_key : k->key;
}

#endif
