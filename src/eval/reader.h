/* reader.h - what the two ways of reading requests share. SPDX-License-Identifier: MIT */
#ifndef SEIMAI_EVAL_READER_H
#define SEIMAI_EVAL_READER_H

#include <seimai/eval_choice.h>

/* Neighbouring requests with one context. */
typedef struct sm_request_group {
    sm_request *requests;
    size_t n;
} sm_request_group;

/* Reads groups of one or two requests, each at most config->max_position_embeddings + 1 ids, in passes of a net in the
 * eval plan that holds many of them side by side. */
int sm_reader_pack(const sm_model_config *config, const float *w, unsigned threads,
                   const sm_request_group *groups, size_t n, sm_error *err);

#endif
