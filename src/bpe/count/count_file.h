/* The layout of a count file: what its reader and its writer share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_COUNT_FILE_H
#define SM_BPE_COUNT_FILE_H

#include <seimai/count.h>

enum { COUNT_HEADER = 56, COUNT_SETTINGS_MAX = 1 << 20 };
extern const char count_magic[8];

/* The flags of a header, as the file has them. */
unsigned count_flags(const sm_count_header *h);
/* Adds all that a reader gives, and what its header says. */
int counts_add_all(sm_counts *counts, sm_count_reader *reader, sm_error *err);

#endif
