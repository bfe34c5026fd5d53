/* What the files of the index share. The protocol: seimai/dedup_index.h.
 * SPDX-License-Identifier: MIT */
#ifndef SM_INDEX_INTERNAL_H
#define SM_INDEX_INTERNAL_H

#include "../dedup_core.h"
#include "manifest.h"

#include <seimai/dedup_index.h>

struct sm_dedup_index {
    char *folder;
    int lock;             /* descriptor; −1: none */
    index_manifest m;     /* as committed; generation 0: nothing yet */
    index_manifest next;  /* what PENDING says */
    sm_dedup_options set; /* settled */
    bool repeat, prepared;
    sm_dedup *dedup; /* of the run; owns its store */
    sm_arena arena;  /* paths */
};

/* index_path gives FOLDER/NAME. */
const char *index_path(sm_dedup_index *x, const char *name);
/* index_open locks the folder, mends it, and reads MANIFEST: 1, or 0 where there is none. On failure the index must
 * still be closed. */
int index_open(sm_dedup_index **index, const char *folder, sm_error *err) SM_MUST_USE;
/* The same for an index that must be there. */
int index_open_existing(sm_dedup_index **index, const char *folder, size_t memory,
                        sm_error *err) SM_MUST_USE;
/* index_attach makes a store of a state's files; what is added goes behind all that was committed. */
int index_attach(sm_dedup_index *x, const index_state *state, store **s,
                 sm_error *err) SM_MUST_USE;
/* index_detach notes the state of a store that was flushed, and index_sync has its new files written. */
void index_detach(const store *s, index_manifest *m);
int index_sync(const store *s, sm_error *err) SM_MUST_USE;
/* index_sync_folder makes renames last. */
void index_sync_folder(const char *folder);
/* index_clean removes the files that a manifest does not name (NULL: all of them). */
void index_clean(const char *folder, const index_manifest *m);
/* index_output_is: 1 if a file has this size and hash, 0 if not or not there; SM_EIO. */
int index_output_is(const char *path, uint64_t bytes, sm_hash128 hash,
                    sm_error *err) SM_MUST_USE;
int index_hash_file(const char *path, uint64_t *bytes, sm_hash128 *hash,
                    sm_error *err) SM_MUST_USE;

#endif
