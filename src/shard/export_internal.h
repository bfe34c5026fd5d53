/* What the forms of an export share: see export.c. SPDX-License-Identifier: MIT */
#ifndef SEIMAI_EXPORT_INTERNAL_H
#define SEIMAI_EXPORT_INTERNAL_H

#include "shard_internal.h"

#include <seimai/shard_edit.h>
#include <seimai/shard_export.h>

enum {
    MDS_BYTES = 1 << 26, /* of a file, one document more at most … */
    MDS_DOCUMENT =
        1 << 29 /* … of so many tokens: its offsets, of 32 bits, still reach the end */
};

/* A document as the index has it: tokens of the set, the EOT among them. */
typedef struct extent {
    uint64_t first, n;
} extent;

typedef struct export
{
    const sm_shards *set;
    const sm_shards_info *info;
    const sm_shards_export_options *options;
    const char *name;
    extent *docs;
    size_t n, cap;
    sm_arena paths;
}
export;

/* export_open opens DIR/NAME followed by `ending`, which must not exist: what is there belongs to somebody.
 * export_close commits the file, or aborts it where `status` is a failure, which it returns. */
int export_open(export *x, const char *name, const char *ending, sm_output **out,
                sm_error *err);
int export_close(sm_output *out, int status, sm_error *err);

int export_mds(export *x, sm_error *err);

#endif
