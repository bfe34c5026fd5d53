/* seimai/shard_edit.h - sets of shards as documents: taken out whole, joined, divided.
 * SPDX-License-Identifier: MIT
 *
 * seimai/shard.h reads tokens and sequences, as training does. Here a document that lies in several shards is one
 * again, with its mask and its parts, and goes into another set by the ordinary writer: what is written is what
 * encoding the same documents once more would write, and every check of the writer is made again.
 *
 * Ownership: nothing is kept between calls. Threads: as the set (shared) and the writer (one thread). */
#ifndef SEIMAI_SHARD_EDIT_H
#define SEIMAI_SHARD_EDIT_H

#include <seimai/shard.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one document ------------------------------------------------------------------------- */

/* A document with all its pieces. */
typedef struct sm_shards_whole {
    sm_span id;
    uint64_t first, n;  /* tokens of the set, without the EOT */
    uint64_t sequences; /* pieces: the next document begins that many sequences further */
    uint64_t text_bytes, characters;
    uint32_t source;
} sm_shards_whole;

/* sm_shards_whole_at gives the document that begins with sequence i. SM_EFORMAT where the files contradict each
 * other, SM_EUSAGE where i is a later piece. */
SM_API int sm_shards_whole_at(const sm_shards *set, uint64_t i, sm_shards_whole *doc,
                              sm_error *err) SM_MUST_USE;
/* sm_shards_is_target tells whether a token counts in the loss (true in a set without masks). */
SM_API bool sm_shards_is_target(const sm_shards *set, uint64_t token);
/* sm_shards_parts_of gives up to `max` parts of the document that begins with sequence i, and how many there are. */
SM_API size_t sm_shards_parts_of(const sm_shards *set, uint64_t i, sm_shard_part *parts,
                                 size_t max);

/* ---- whole sets ---------------------------------------------------------------------------- */

/* sm_shards_append adds a document of a set to another one. Memory: 5 bytes a token where the set has masks, 256 KiB
 * otherwise. `source` is its index in the writer's table. The writer's errors (seimai/shard.h). */
SM_API int sm_shards_append(sm_shard_writer *writer, const sm_shards *set, uint64_t sequence,
                            const sm_shards_whole *doc, uint32_t source,
                            sm_error *err) SM_MUST_USE;

/* sm_shards_alike refuses two sets that cannot become one: another tokenizer, vocabulary, end token or kind
 * (SM_EUSAGE, with the field and both values). */
SM_API int sm_shards_alike(const sm_shards *a, const sm_shards *b, sm_error *err) SM_MUST_USE;

/* How a set that is made from others is stored. */
typedef struct sm_shards_form {
    const char *name; /* of its files; NULL: as in the (first) set that it is made from */
    int64_t shard_tokens;
    const char *compress; /* "none", "zstd"; NULL: as there */
} sm_shards_form;

/* sm_shards_merge writes the documents of n > 0 sets, in order, as one set into the folder `dir`; their tables of sources
 * become one, and the first one's tokenizer goes along. It is complete if all of them are. SM_EUSAGE where they are not
 * alike or `dir` holds a finished set. A run that died goes on, as with sm_shard_writer_open; here and below. */
SM_API int sm_shards_merge(const char *dir, const sm_shards_form *form, sm_shards *const *sets,
                           size_t n, sm_error *err) SM_MUST_USE;

/* How a set is divided: into two by the hash of the id (seimai/shard.h, sm_split_is_validation), or, with parts > 0,
 * into that many, the order kept, each with the documents that begin in its share of the tokens. */
typedef struct sm_shards_division {
    double validation;
    uint32_t parts;
    sm_shards_form form;
} sm_shards_division;

/* sm_shards_split writes DIR/train and DIR/valid, or DIR/part-00000 …, and the tokenizer beside them. */
SM_API int sm_shards_split(const char *dir, const sm_shards *set,
                           const sm_shards_division *division, sm_error *err) SM_MUST_USE;

/* ---- the tokenizer beside a set -------------------------------------------------------------- */

/* sm_shards_tokenizer_path gives where `shard` left the tokenizer of a set: DIR/tokenizer, or DIR/../tokenizer where
 * DIR is train/ or valid/ of a pair. SM_ENOENT where there is none. The path lives in the arena. */
SM_API int sm_shards_tokenizer_path(const char *dir, sm_arena *arena, const char **path,
                                    sm_error *err) SM_MUST_USE;
/* sm_shards_tokenizer_along copies it to TO/tokenizer, for a set that is made from this one; nothing is done
 * where there is none. */
SM_API int sm_shards_tokenizer_along(const char *dir, const char *to,
                                     sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
