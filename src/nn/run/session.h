/* A session: everything that a run holds while it runs.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_SESSION_H
#define SEIMAI_SESSION_H

#include "run/run_internal.h"

#include <seimai/adapter.h>
#include <seimai/kernel.h>

typedef struct session {
    sm_train_options own;        /* the caller's, with the steps that epochs come to */
    const sm_train_options *o;   /* own */
    const sm_train_hooks *hooks; /* never NULL */
    sm_shards *opened[SM_MIXTURE_MOST], *validation; /* validation may be NULL */
    const sm_shards *data[SM_MIXTURE_MOST];          /* the opened ones, for the feed */
    sm_packing *packed[SM_MIXTURE_MOST];             /* NULL: windows */
    const sm_packing *packing[SM_MIXTURE_MOST];
    sm_shards **watched;                /* (o->n_watch) */
    sm_watch_score *scores;             /* (o->n_watch) of the last validation */
    sm_hash128 hashes[SM_MIXTURE_MOST]; /* of the manifests of data */
    double val_loss, val_bpb;           /* of the last validation of this session … */
    uint64_t scored_at;                 /* … and its step */
    sm_feed feed;
    sm_kernels kernels;
    sm_net *net;
    const sm_params *params;
    float *w;                 /* params->total */
    float *m, *v, *muon;      /* params->trainable; muon: its scratch, or NULL */
    sm_pretrained pretrained; /* an adapter that is trained on; {0} otherwise */
    sm_base base;             /* of a run that trains an adapter … */
    sm_adapter_origin origin; /* … and what is said of it */
    sm_tree *tree;
    sm_batch *batch;
    double *sums; /* a leaf's loss each */
    sm_trainer_state state;
    metrics_log log;
    double started; /* run_clock */
} session;

/* session_open opens data, net and run folder, and takes up the newest checkpoint if there is one.
 * session_close frees everything, also after a failure. */
int session_open(session *s, const sm_train_options *o, const sm_train_hooks *hooks,
                 sm_error *err);
int session_close(session *s, sm_error *err);

/* session_step does one update and fills loss, lr, grad_norm, tokens, bytes, tok_s, gflops. */
int session_step(session *s, sm_metrics *m, sm_error *err);
/* session_bytes gives the text bytes of the targets so far: the sets' bytes a token, by the samples drawn from each. */
uint64_t session_bytes(const session *s);
/* session_save writes a checkpoint, with the line of descent. */
int session_save(session *s, sm_error *err);
/* session_data opens all sets, packs them, and resolves the number of steps; session_close_data closes them. */
int session_data(session *s, sm_error *err);
void session_close_data(session *s);
/* session_tell says what will run: sizes, data, and the memory that the plan allocates. */
void session_tell(const session *s);

#endif
