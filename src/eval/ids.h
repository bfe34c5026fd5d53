/* ids.h - which item has this id? A table of open addressing over borrowed spans. SPDX-License-Identifier: MIT */
#ifndef SEIMAI_EVAL_IDS_H
#define SEIMAI_EVAL_IDS_H

#include <seimai/base.h>

#define SM_EVAL_NONE SIZE_MAX

typedef struct sm_eval_ids sm_eval_ids;

sm_eval_ids *sm_eval_ids_new(void);
void sm_eval_ids_free(sm_eval_ids *ids);
/* The place that an id was added with, or SM_EVAL_NONE. */
size_t sm_eval_ids_find(const sm_eval_ids *ids, sm_span id);
/* The id must not be there yet, and outlive the table. */
void sm_eval_ids_add(sm_eval_ids *ids, sm_span id, size_t place);

#endif
