/* llama.h - the Llama family as a tape.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_MODEL_LLAMA_H
#define SM_NN_MODEL_LLAMA_H

#include "net/tape.h"

/* sm_llama_build appends the whole model; names are those of transformers' LlamaForCausalLM. */
void sm_llama_build(sm_tape *tape, const sm_model_config *config);

#endif
