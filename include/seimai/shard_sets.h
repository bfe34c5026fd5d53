/* seimai/shard_sets.h - what one run of `shard` writes: one set, or train/ and valid/ beside each other.
 * SPDX-License-Identifier: MIT
 *
 * The writers of both (seimai/shard.h) and the order of documents before them (seimai/shard_intake.h). Both sets are
 * finished together or not at all.
 *
 * Ownership: open gives, commit or abort takes back, in every case. Threads: one. */
#ifndef SEIMAI_SHARD_SETS_H
#define SEIMAI_SHARD_SETS_H

#include <seimai/chat.h>
#include <seimai/shard_intake.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_shard_sets sm_shard_sets;

/* sm_shard_options_bind fills what a tokenizer decides: vocabulary, hash, pad, its name (the last part of `path`, in the
 * arena), and eot and bos. SM_EFORMAT where eot is SM_NO_TOKEN. */
SM_API int sm_shard_options_bind(sm_shard_options *set, const sm_tokenizer *tokenizer,
                                 const char *path, uint32_t eot, sm_arena *arena,
                                 sm_error *err) SM_MUST_USE;

/* What was added to one set: EOT and copies counted, `repeated` being the copies beyond the first. */
typedef struct sm_shard_counts {
    uint64_t documents, repeated, tokens;
} sm_shard_counts;

/* sm_shard_counts_tell appends the members documents, repeated and tokens to a JSON object. */
SM_API void sm_shard_counts_tell(const sm_shard_counts *counts, sm_buffer *json);

/* sm_shard_sets_open opens the set of set->dir, or, if it is divided, dir/train and dir/valid. What
 * sm_shard_writers_open returns; *sets is NULL then. The strings of both options must live as long, and so must counts:
 * of train/ or the only set, and of valid/, both zeroed, which are kept up to date. */
SM_API int sm_shard_sets_open(sm_shard_sets **sets, const sm_shard_options *set, bool divided,
                              const sm_shard_intake_options *intake, sm_shard_counts counts[2],
                              sm_error *err) SM_MUST_USE;
/* sm_shard_sets_add takes a document `copies` times; for valid/ once, since what is validated on counts once. The set
 * must be divided for that. */
SM_API int sm_shard_sets_add(sm_shard_sets *sets, bool validation, const sm_shard_doc *doc,
                             uint64_t copies, sm_error *err) SM_MUST_USE;
/* sm_shard_doc_make gives a document with rendered ids as the writer wants it, in the document's arena; the mask and the
 * parts of a text are left out. */
SM_API sm_shard_doc sm_shard_doc_make(sm_doc *doc, const sm_chat_ids *ids, bool is_text);
/* sm_shard_sets_commit writes what was shuffled, then both manifests, or none: the first failure. */
SM_API int sm_shard_sets_commit(sm_shard_sets *sets, bool complete, sm_error *err) SM_MUST_USE;
SM_API void sm_shard_sets_abort(sm_shard_sets *sets); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
