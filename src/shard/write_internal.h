/* The writer of shards: what write.c (documents), write_shard.c (files) and resume.c (unfinished sets) share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_WRITE_INTERNAL_H
#define SEIMAI_WRITE_INTERNAL_H

#include "shard_internal.h"

struct sm_shard_writer {
    sm_shard_options options;
    manifest manifest;
    size_t cap; /* of manifest.shards */

    /* the shard under way: none if bin is NULL */
    sm_output *bin;
    sm_hasher *bin_hash;
    sm_buffer block;   /* the last tokens, up to SM_SHARD_BLOCK bytes */
    sm_buffer frame;   /* of a compressed set: the block as it is stored … */
    sm_buffer table;   /* … and the frames of the shard so far */
    sm_buffer lengths; /* i32 a sequence */
    sm_buffer sections[SECTION_COUNT];
    uint64_t n_parts;
    bool has_parts;
    uint32_t flags;
    shard_record shard;

    /* the document under way */
    sm_shard_doc doc;
    char *doc_id;
    uint64_t placed;     /* ids that were put */
    uint64_t left;       /* tokens to come, the EOT counted */
    uint64_t piece_left; /* of them, in this shard */
    bool last_target;
    bool any_context; /* a token that is no target was seen in the set */

    /* what an earlier run left: documents are compared with it until its last one was */
    sm_shards *before;    /* NULL: nothing, or all of it was */
    uint64_t before_next; /* the sequence with which its next document begins */
    bool comparing;       /* the document under way, which begins with token … */
    uint64_t compared_to; /* … of what is there */
};

bool writer_has_targets(const sm_shard_writer *w);
/* What any token tells about the mask of the set and of the document. */
void writer_note_target(sm_shard_writer *w, bool target);

/* ---- write_shard.c ------------------------------------------------------------------------- */

int shard_begin(sm_shard_writer *w, uint32_t flags, sm_error *err);
int shard_flush_block(sm_shard_writer *w, sm_error *err);
int shard_end(sm_shard_writer *w, sm_error *err);
/* shard_add_up adds a finished shard to the manifest, whose it becomes. */
void shard_add_up(sm_shard_writer *w, const shard_record *s);
/* manifest_put writes manifest.json. */
int manifest_put(sm_shard_writer *w, bool complete, bool unfinished, sm_error *err);

/* ---- resume.c ------------------------------------------------------------------------------ */

/* resume_open looks for what an earlier run left in the folder; *finished tells whether that is a whole set, which is
 * compared like an unfinished one. */
int resume_open(sm_shard_writer *w, bool *finished, sm_error *err);
/* The three steps of a document that may be there already: where w->comparing is true after the first, the others
 * compare instead of writing. */
int resume_begin(sm_shard_writer *w, sm_error *err);
int resume_put(sm_shard_writer *w, const uint32_t *ids, size_t n, sm_error *err);
int resume_end(sm_shard_writer *w, sm_error *err);
/* resume_commit: *done where the whole set stands already. */
int resume_commit(sm_shard_writer *w, bool *done, sm_error *err);

#endif
