/* arena.h - the memory plan: values whose lives do not overlap share room.
 * SPDX-License-Identifier: MIT
 *
 * A piece lives in [birth, death], in the tape's time; what is recomputed lives twice, at the same place.
 * sm_arena_plan gives each a place such that two pieces that live at the same time do not overlap: the largest first,
 * each at the lowest place that is free. Where the gradient lies in the arena (options.own_gradient) it comes first, each parameter
 * at its place, from the step that writes it to the end; what dies before that step may lie there. */
#ifndef SM_NN_NET_ARENA_H
#define SM_NN_NET_ARENA_H

#include "net/tape.h"

typedef struct sm_life {
    size_t birth, death; /* SM_NOWHERE, 0: none */
} sm_life;

typedef struct sm_piece {
    const char *name, *what; /* "value", "gradient", "kept", "scratch" */
    uint32_t width;          /* floats a row; 0 for scratch */
    size_t floats;
    sm_life life[2];
    size_t *at; /* where its place is to be written … */
    bool fixed; /* … or stands already */
} sm_piece;

/* sm_arena_pieces lists what a tape needs under its plan, with lives; *pieces is the caller's (sm_free). It also
 * decides which backward adds and which writes. */
size_t sm_arena_pieces(sm_tape *tape, sm_piece **pieces);
/* sm_arena_gradients lists the trained parameters, fixed, and returns how many there are; *pieces has room for them. */
size_t sm_arena_gradients(sm_tape *tape, sm_piece *pieces);
/* sm_arena_plan places n pieces and returns the size of the arena in floats. */
size_t sm_arena_plan(sm_piece *pieces, size_t n);

#endif
