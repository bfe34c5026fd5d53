/* seimai/part.h - the parts of a fine-tuning document: who says which tokens.
 * SPDX-License-Identifier: MIT
 *
 * A document of kind chat, pair or seq2seq (FORMATS, "Shards") is a run of tokens that is divided into parts.
 * Chat templates make them (seimai/chat.h), shards keep them (seimai/shard.h), trainers read them.
 *
 *   chat      prompt response prompt response …   a dialogue; what counts in the loss stands in responses
 *   pair      prompt chosen rejected              two answers to one prompt, one behind the other
 *   seq2seq   source target                       what is read, and what is to be written
 *
 * A part ends where the next one begins, the last one with the document. The numbers stand on disk. */
#ifndef SEIMAI_PART_H
#define SEIMAI_PART_H

#include <stdint.h>

typedef enum sm_part_kind {
    SM_PART_PROMPT,
    SM_PART_RESPONSE,
    SM_PART_CHOSEN,
    SM_PART_REJECTED,
    SM_PART_SOURCE,
    SM_PART_TARGET,
    SM_PART_COUNT
} sm_part_kind;

typedef struct sm_shard_part {
    sm_part_kind kind;
    uint32_t start; /* token in the document */
} sm_shard_part;

#endif
