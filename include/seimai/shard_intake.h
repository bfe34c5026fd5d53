/* seimai/shard_intake.h - how often documents go into shards, and in which order.
 * SPDX-License-Identifier: MIT
 *
 * Two steps stand between a stream of documents and the writers of seimai/shard.h:
 *
 *     weights   FILE=WEIGHT and a field of the document say how often it is written: 2.5 is twice, and a third
 *               time with probability one half; .1 keeps one document of ten
 *     intake    writes documents in the order in which they come, or in one that a seed draws
 *
 * Both are pure functions of the seed and the documents: a draw of a weight depends on (seed, id), so a document is drawn
 * or not whatever else the corpus holds; a place in the shuffled order depends on (seed, number of the document in the
 * stream, copies counted).
 *
 * Ownership: free what new gave; operands and options must live as long. Threads: weights, once read, are read-only and
 * may be shared; an intake belongs to one thread. */
#ifndef SEIMAI_SHARD_INTAKE_H
#define SEIMAI_SHARD_INTAKE_H

#include <seimai/document.h>
#include <seimai/options.h>
#include <seimai/shard.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- how often ------------------------------------------------------------------------------ */

typedef struct sm_shard_operand {
    const char *path, *shown; /* as it is opened, and as documents name their file */
    double weight;
} sm_shard_operand;

typedef struct sm_shard_weights {
    /* set by the caller */
    uint64_t seed;
    const char
        *repeat_by; /* a field with a number, by which the weight is multiplied; NULL: none */
    double repeat_most; /* … which counts at most so much; > 0 */
    /* set by sm_shard_weights_read */
    sm_shard_operand *operands;
    size_t n;
    bool given; /* an operand has a weight */
} sm_shard_weights;

/* sm_shard_weights_read takes =WEIGHT off the operands, which then name files ("-" for standard input); a file whose
 * name ends like a weight is that file. SM_EUSAGE for a weight that is not above 0, or a file that comes with two. */
SM_API int sm_shard_weights_read(sm_shard_weights *weights, sm_list *operands, sm_arena *arena,
                                 sm_error *err) SM_MUST_USE;
/* sm_shard_weights_tell appends the members "weights", "repeat-by" and "repeat-most" to a JSON object, those that
 * were given: for the options in a manifest. */
SM_API void sm_shard_weights_tell(const sm_shard_weights *weights, sm_buffer *json);
/* sm_shard_weigh tells how often a document is written: SM_KEEP and *copies > 0, or SM_DROP after sm_doc_drop, by the rule
 * `weight` (drawn out: value = its weight, threshold = the draw) or `repeat-by` (the field is no number >= 0). A document
 * without the field counts once. */
SM_API int sm_shard_weigh(const sm_shard_weights *weights, sm_doc *doc, uint64_t *copies);

/* ---- in which order ------------------------------------------------------------------------- */

typedef struct sm_shard_intake_options {
    bool shuffle;
    uint64_t seed;
    size_t memory;      /* that the shuffling may take; beyond it goes to unnamed files … */
    const char *folder; /* … in this folder */
    unsigned threads;
} sm_shard_intake_options;

typedef struct sm_shard_intake sm_shard_intake;

/* sm_shard_intake_new stands before some writers, which it borrows. */
SM_API sm_shard_intake *sm_shard_intake_new(sm_shard_writer *const writers[],
                                            const sm_shard_intake_options *options) SM_MUST_USE;
SM_API void sm_shard_intake_free(sm_shard_intake *intake); /* NULL is allowed */
/* sm_shard_intake_add takes a document `copies` times for writer `set`. Without shuffling it is appended at once, the
 * copies behind each other; otherwise each copy gets a place of its own. What sm_shard_writer_append returns; SM_EIO. */
SM_API int sm_shard_intake_add(sm_shard_intake *intake, size_t set, const sm_shard_doc *doc,
                               uint64_t copies, sm_error *err) SM_MUST_USE;
/* sm_shard_intake_finish appends what was shuffled. Memory: the largest document beside the options' memory. */
SM_API int sm_shard_intake_finish(sm_shard_intake *intake, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
