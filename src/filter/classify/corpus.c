/* The documents of a training: texts in blocks, labels and split in memory.
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <seimai/parallel.h>

#include <string.h>

bool classify_part_has(const corpus *c, part p, const example *d)
{
    if (p.all) return true;
    const bool inside = p.folds ? ((uint64_t)d->id * p.folds >> 32) == p.fold
                                : d->id < c->options.held_out * 4294967296.0;
    return inside == p.inside;
}

typedef struct walking {
    const corpus *c;
    part p;
    const corpus_walk *walk;
    sm_buffer *scratch; /* [threads] */
} walking;

static int walk_block(void *shared, unsigned worker, size_t i, sm_error *err)
{
    const walking *const w = shared;
    const text_block *const block = &w->c->blocks[i];
    sm_span texts = {NULL, 0};
    SM_TRY(classify_spool_get(w->c->texts, i, &w->scratch[worker], &texts, err));
    size_t at = 0;
    for (size_t d = block->first; d < block->first + block->n; d++) {
        const example *const doc = &w->c->documents[d];
        const sm_span text = {texts.p + at, doc->bytes};
        at += doc->bytes;
        if (!classify_part_has(w->c, w->p, doc)) continue;
        SM_TRY(w->walk->each(w->walk->shared, worker, d, text, err));
    }
    return w->walk->end ? w->walk->end(w->walk->shared, worker, i, err) : SM_OK;
}

int classify_corpus_each(const corpus *c, part p, const corpus_walk *walk, sm_error *err)
{
    const unsigned threads = c->options.threads;
    sm_buffer *const scratch = sm_calloc(threads, sizeof *scratch);
    for (unsigned i = 0; i < threads; i++)
        scratch[i] = sm_buffer_make(SIZE_MAX / 2);
    walking w = {c, p, walk, scratch};
    const int status = sm_parallel(threads, c->n_blocks, walk_block, &w, err);
    for (unsigned i = 0; i < threads; i++)
        sm_buffer_free(&scratch[i]);
    sm_free(scratch);
    return status;
}
