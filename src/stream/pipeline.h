/* pipeline.h - the engine of the runner: blocks through steps, in parallel, in order where it matters.
 * SPDX-License-Identifier: MIT
 *
 * A fixed set of blocks circulates: read fills a free one, each step works on it in turn, then it is free
 * again. Parallel steps run on any thread; an ordered step takes the blocks in the order in which they were
 * read, one at a time. With one thread everything runs inline in the caller. */
#ifndef SEIMAI_PIPELINE_H
#define SEIMAI_PIPELINE_H

#include <seimai/base.h>

typedef struct pipeline_step {
    bool ordered;
    /* < 0 ends the pipeline once all earlier blocks are through; only an ordered step may fail. */
    int (*run)(void *context, void *block, unsigned worker);
} pipeline_step;

typedef struct pipeline {
    unsigned threads;
    size_t n_blocks;
    void **blocks;
    const pipeline_step *steps;
    size_t n_steps;
    /* 1: the block is filled; 0: there is no more; one call at a time. */
    int (*read)(void *context, void *block);
    void *context;
} pipeline;

/* pipeline_run returns 0 or the failure of the earliest block. */
int pipeline_run(const pipeline *p) SM_MUST_USE;

#endif
