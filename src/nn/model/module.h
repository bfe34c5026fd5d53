/* module.h - modules (linear maps, as PEFT counts them) by name.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_MODEL_MODULE_H
#define SM_NN_MODEL_MODULE_H

#include <seimai/base.h>

/* sm_module_of gives the module of a parameter: its name without ".weight" or ".bias". */
sm_span sm_module_of(const char *param);
/* sm_module_fits tells whether a module is called `name`, or "….name". */
bool sm_module_fits(sm_span module, const char *name);

#endif
