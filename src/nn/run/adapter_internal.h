/* What the files about adapters share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_ADAPTER_INTERNAL_H
#define SEIMAI_ADAPTER_INTERNAL_H

#include "run/run_internal.h"

#include <seimai/adapter.h>
#include <seimai/config.h>

#define ADAPTER_PREFIX "base_model.model." /* before the names of the base's parameters */

/* adapter_config_read fills rank, alpha, dropout, rslora, saved and the alphas among the exceptions. Names are copied into the
 * arena. */
int adapter_config_read(const sm_value *root, sm_arena *arena, sm_lora *lora,
                        sm_error *err) SM_MUST_USE;
/* adapter_config_write appends the whole file. */
void adapter_config_write(const sm_lora *lora, const sm_params *params,
                          const sm_adapter_origin *origin, sm_buffer *json);

/* adapter_saves tells whether a parameter of the model is one of a module that is trained whole. */
bool adapter_saves(const sm_lora *lora, const sm_param *p);
/* adapter_net builds the smallest net with the table of a model's parameters, and an adapter's if lora is not NULL. */
int adapter_net(sm_net **net, const sm_model_config *config, const sm_lora *lora,
                sm_error *err) SM_MUST_USE;

#endif
