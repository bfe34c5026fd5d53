/* What the trainer and its oracle check alike.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_OPTIONS_H
#define SM_BPE_OPTIONS_H

#include <seimai/bpe_train.h>

/* SM_EUSAGE or SM_ELIMIT, as sm_bpe_train says. */
int bpe_check_options(const sm_counts *counts, const sm_bpe_options *o, sm_error *err);

#endif
