/* Writing NAME.match: the decisions about one input.
 * SPDX-License-Identifier: MIT
 *
 * A head of 64 bytes, blocks of decisions, a foot of 64. A block is u32 magic, u32 bytes, u64 XXH3-64 of the bytes,
 * and decisions that do not cross its end, each: u64 document, 16 bytes XXH3-128 of the text, u32 kind, u32 bytes of
 * the kept id, u32 bytes of the matched id (0: the same), u32 0, u64 size, f64 similarity, the two ids. */
#ifndef SM_DECISIONS_H
#define SM_DECISIONS_H

#include "batch_internal.h"

typedef struct decision_writer decision_writer;

int decisions_create(decision_writer **w, const char *path, const sm_decisions_info *info,
                     sm_error *err) SM_MUST_USE;
/* In ascending order of documents. */
int decisions_add(decision_writer *w, const sm_decision *d, sm_error *err) SM_MUST_USE;
int decisions_commit(decision_writer *w, sm_error *err) SM_MUST_USE;
void decisions_abort(decision_writer *w); /* NULL is allowed */

/* The bytes of a decision, as they stand in a block and in the sorter. */
void decision_encode(const sm_decision *d, sm_buffer *into);
/* decision_decode reads one from the front of *bytes, and moves it; false where it does not fit. */
bool decision_decode(sm_span *bytes, sm_decision *d);

#endif
