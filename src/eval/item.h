/* item.h - what reading and changing items share. SPDX-License-Identifier: MIT */
#ifndef SEIMAI_EVAL_ITEM_H
#define SEIMAI_EVAL_ITEM_H

#include <seimai/eval.h>

/* The message that asks a question about a passage. */
void sm_eval_item_join(sm_eval_item *item, sm_arena *arena);
void sm_eval_item_hash(sm_eval_item *item);

#endif
