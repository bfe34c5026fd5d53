/* net_internal.h - what sm_net holds.
 * SPDX-License-Identifier: MIT */
#ifndef SM_NN_NET_NET_INTERNAL_H
#define SM_NN_NET_NET_INTERNAL_H

#include "net/arena.h"
#include "net/tape.h"

struct sm_net {
    sm_model_config config;
    sm_tape tape;
    sm_params params;
    sm_piece *pieces; /* the plan, for its table */
    size_t n_pieces, arena_floats;
    float *arena, *cache;
    uint32_t *active;      /* (BT) */
    float *nll;            /* (BT) */
    sm_run last;           /* of the last forward: its values are still there for the logits */
    const sm_stored *base; /* the caller's, or NULL */
    bool check, plain;     /* look for NaN; leave adapters out */
};

/* sm_net_plan lays out a tape that is built: places, arena, cache. SM_ELIMIT. For sm_net_build, and for tests
 * of operators. */
int sm_net_plan(sm_net *net, sm_error *err) SM_MUST_USE;
/* sm_net_walk runs the tape of a run forward and, with run->g, backward. */
int sm_net_walk(const sm_net *net, const sm_run *run, sm_error *err) SM_MUST_USE;
/* sm_net_clear_padding makes 0 of what lies between the parameters of the net's own gradient. */
void sm_net_clear_padding(const sm_net *net);
/* sm_net_run_of prepares a run over a batch. */
sm_run sm_net_run_of(sm_net *net, const float *w, const sm_batch *batch);

#endif
