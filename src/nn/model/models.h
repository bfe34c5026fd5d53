/* models.h - the models as tapes; names are those of transformers.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_MODEL_MODELS_H
#define SM_NN_MODEL_MODELS_H

#include "net/tape.h"

/* sm_llama_build appends a whole model of the Llama family (…ForCausalLM). */
void sm_llama_build(sm_tape *tape, const sm_model_config *config);
/* sm_gpt2_build appends a whole GPT-2 (GPT2LMHeadModel). */
void sm_gpt2_build(sm_tape *tape, const sm_model_config *config);
/* sm_lora_attach gives the linear maps of a built model the adapters of options.lora (NULL: none). SM_EUSAGE for numbers
 * that are out of range and for targets that fit no module. */
int sm_lora_attach(sm_tape *tape, sm_error *err) SM_MUST_USE;

#endif
