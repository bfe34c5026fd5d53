/* models.h - the models as tapes; names are those of transformers.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_MODEL_MODELS_H
#define SM_NN_MODEL_MODELS_H

#include "net/tape.h"

/* sm_llama_build appends a whole model of the Llama family (…ForCausalLM). */
void sm_llama_build(sm_tape *tape, const sm_model_config *config);
/* sm_gpt2_build appends a whole GPT-2 (GPT2LMHeadModel). */
void sm_gpt2_build(sm_tape *tape, const sm_model_config *config);

#endif
