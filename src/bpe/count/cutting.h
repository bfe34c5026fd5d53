/* Cutting many pre-tokens at a time.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_CUTTING_H
#define SM_BPE_CUTTING_H

#include <seimai/count.h>
#include <seimai/pretoken.h>

/* The next stretch of the text without a string that is left out: 1 (it may be empty), or 0 at the end. */
int cutter_next_stretch(const sm_cutter *cutter, sm_cut *cut, sm_span *stretch);

typedef int (*cutter_use)(void *context, const sm_span *pretokens, size_t n, sm_error *err);
/* Gives all pre-tokens of a stretch, some at a time, to `use`; its failure ends the walk. */
int cutter_each_of_stretch(const sm_cutter *cutter, sm_span stretch, sm_cuts *cuts,
                           cutter_use use, void *context, sm_error *err);

#endif
