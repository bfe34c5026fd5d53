/* seimai/eval_session.h - several models answer the same items, each beside a base: what `seimai eval` does.
 * SPDX-License-Identifier: MIT
 *
 * Models are opened one after the other, answer all items, are scored and compared, and forgotten; so the memory is that of
 * one. The base is a model's folder, which answers too, or a file that sm_eval_run_write wrote.
 *
 * Ownership: all pointers are borrowed. Threads: one at a time; nets open their own. */
#ifndef SEIMAI_EVAL_SESSION_H
#define SEIMAI_EVAL_SESSION_H

#include <seimai/eval_reply.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_eval_session {
    sm_eval_items *items;  /* read; their `reports` get what --stats tells */
    sm_list models;        /* folders; not of SM_EVAL_SCORE */
    const char *tokenizer; /* NULL: in the model's folder */
    const char *bos;       /* one of SM_EVAL_BOS_CHOICES */
    const char *baseline;  /* NULL: none */
    sm_eval_choice metrics;
    const sm_phrases *phrases; /* for abstention */
    sm_eval_reply_options reply;
    sm_reader_options reader; /* length 0: the model's */
    sm_bootstrap bootstrap;
    sm_eval_gate gate;
    size_t shown; /* items named that got worse */
    const char *
        record; /* scores go to each model's lineage.json as RECORD.METRIC; NULL: they do not */
} sm_eval_session;

/* sm_eval_session_run appends tables to `said` and writes runs to `out` (NULL: none); *failed tells whether a gate was
 * not met. SM_EFORMAT where there is no item. */
SM_API int sm_eval_session_run(const sm_eval_session *session, sm_buffer *said, sm_output *out,
                               bool *failed, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
