/* seimai/shard_export.h - sets of shards in the forms that other trainers read.
 * SPDX-License-Identifier: MIT
 *
 * Documents stand in their order, each with its end token; nothing is shuffled, cropped or padded. What a form
 * cannot hold is refused before anything is written, and named: ids beyond its tokens, a mask where it has none.
 *
 *   megatron   DIR/NAME.bin, .idx: Megatron-LM's pair for the whole set (version d98e8a6); u16 below 65,500
 *              entries, else i32. One sequence a document; one of 2^31 tokens or more is refused
 *   datatrove  DIR/NAME.ds (u16, above 65,536 entries u32), .ds.index (u64: where documents end, in tokens), .ds.metadata
 *              (tokenizer|bytes a token, tokens, the same for people), and .ds.loss (a byte a token) where there is a
 *              mask: what datatrove and nanotron read
 *   nanogpt    DIR/NAME.bin: bare u16 tokens
 *   llmc       DIR/NAME_000000.bin …: 256 × i32 (20240520, 1, tokens, zeros), u16 tokens; a file ends with a document
 *              and below 2^30 tokens, since llm.c seeks with an int
 *   numpy      DIR/NAME.npy (format 1.0, u16 or u32, one axis) and NAME.ends.npy (i64: where documents end)
 *   mds        DIR/shard.00000.mds …, index.json: MosaicML Streaming's format 2, a sample a document, with the columns
 *              id (str) and tokens (ndarray:uint32); files of 64 MiB and one document more at most
 *
 * Only datatrove's form has a mask; for the others a set with one is refused unless `drop_mask` is true. */
#ifndef SEIMAI_SHARD_EXPORT_H
#define SEIMAI_SHARD_EXPORT_H

#include <seimai/shard.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_shards_export_options {
    const char *to;   /* "megatron", "datatrove", "nanogpt", "llmc", "numpy", "mds" */
    const char *dir;  /* made if need be */
    const char *name; /* NULL: that of the set's files */
    bool drop_mask;
    uint64_t file_tokens; /* llmc: most tokens of a file; 0: 2^30 - 1 */
} sm_shards_export_options;

/* sm_shards_export writes a complete set. SM_EUSAGE for an unknown form, what it cannot hold, or a file that
 * exists; SM_ETRUNC for a set whose input was cut; SM_EIO. Memory: 16 bytes a document, and the largest document. */
SM_API int sm_shards_export(const sm_shards *set, const sm_shards_export_options *options,
                            sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
