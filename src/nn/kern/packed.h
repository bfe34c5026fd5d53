/* packed.h - a matrix product by packed panels, in phases that threads share.
 * SPDX-License-Identifier: MIT
 *
 * C is worked off in blocks of columns, and these in blocks of K. For each block, first op(B) is packed, once for all:
 * in units that any threads may do; then come its tiles, each of which packs its rows of op(A) for
 * itself. op/matmul.c has the loop, no thread is started here.
 *
 * Several threads share one list of all that there is to do, the packing of a block in the middle of the tiles of the one
 * before it: so panels have two rooms in turn, and who takes the next thing from the list finds what it needs done long ago,
 * as a rule. Nobody waits for a thread that was held up, but at the end.
 * How C is cut depends on the number of threads, its bits do not (gemm_kernel.h). */
#ifndef SM_NN_KERN_PACKED_H
#define SM_NN_KERN_PACKED_H

#include "kern/gemm.h"
#include "kern/gemm_kernel.h"

typedef struct sm_packed {
    const sm_gemm *g;
    const sm_gemm_kernel *kernel;
    size_t kc, nc;        /* a block: so much of K, so many columns … */
    size_t blocks;        /* … the last ones smaller */
    size_t mt, nt;        /* a tile of it */
    size_t rows, columns; /* of tiles in a block */
    size_t slots;         /* rooms for a block's panels: 2 for several threads */
    float *right, *left;  /* panels of the block; of a tile, a room for each thread */
} sm_packed;

/* sm_packed_cut decides on all but the room for panels, sm_packed_floats; sm_packed_use takes it, aligned as floats are. */
sm_packed sm_packed_cut(const sm_gemm *g, const sm_gemm_kernel *kernel, int threads);
size_t sm_packed_floats(const sm_packed *p, int threads);
void sm_packed_use(sm_packed *p, float *room);
/* sm_packed_most is enough for any product of at most M, N and K; never above some MB. */
size_t sm_packed_most(size_t M, size_t N, size_t K, int threads);

/* A thing to do: unit or tile i of a block; not before all things of the list that stand before `after` are done. */
typedef struct sm_packed_item {
    bool packs;
    size_t block, i, after;
} sm_packed_item;

/* Where a thread is in the list: in the tiles of a block, which begin at `first`, those of the block before at `before`. */
typedef struct sm_packed_cursor {
    size_t block, before, first;
} sm_packed_cursor;

/* sm_packed_item_at gives thing number n of the list; false past the end. A cursor starts as {0} and only goes forward. */
bool sm_packed_item_at(const sm_packed *p, sm_packed_cursor *c, size_t n, sm_packed_item *item);

/* The units of packing block b, and one of them packed. */
size_t sm_packed_units(const sm_packed *p, size_t b);
void sm_packed_pack(const sm_packed *p, size_t b, size_t unit);
/* Tile i < rows·columns of block b; thread: whose room it may use. */
void sm_packed_tile(const sm_packed *p, size_t b, size_t i, int thread);

#endif
