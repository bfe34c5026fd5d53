/* attention_panels.h - the products of attention, for one block of queries of one head.
 * SPDX-License-Identifier: MIT
 *
 * Operands are packed as kern/gemm_kernel.h wants them, keys and values once for all queries that see them. Scores lie
 * key below key, (keys, nr), a panel for nr queries: so they are at once the right operand of the products with
 * values and keys, the softmax of a query runs beside its neighbours' (kern/vec.h), and keys that a panel does not
 * see cost nothing, but for the last few. */
#ifndef SM_NN_OP_ATTENTION_PANELS_H
#define SM_NN_OP_ATTENTION_PANELS_H

#include "kern/gemm_kernel.h"
#include "op/op.h"

enum { SM_QUERIES = 64, SM_PANELS = SM_QUERIES / 8 }; /* of a block, and its panels at most */

/* n rows of one head, (n, HD). */
typedef struct sm_head_rows {
    float *p;
    size_t stride, n;
} sm_head_rows;

/* n queries. Query i sees the keys [first[i], end[i]), counted from the block's first; queries of the last panel that are
 * not there see none. */
typedef struct sm_query_block {
    size_t n, panels;
    size_t base, keys;       /* the block's first key among those packed, and how many */
    size_t until[SM_PANELS]; /* of them, panel by panel, up to the last that it sees */
    int32_t first[SM_QUERIES], end[SM_QUERIES];
} sm_query_block;

/* The room of one thread. */
typedef struct sm_attention_room {
    const sm_gemm_kernel *kernel;
    size_t HD, nr, n_keys;
    float *keys, *values;               /* left operands, by rows: [HD][m] a panel */
    float *keys_turned, *values_turned; /* by columns: [keys][m] a panel */
    float *q, *dout;                    /* right operands [HD][nr] … */
    float *q_turned, *dout_turned;      /* … and [queries][nr] */
    float *scores, *dscores;            /* (keys,nr) a panel */
    float *product, *turned;            /* (HD,nr); that, or some scores, turned */
} sm_attention_room;

/* sm_attention_room_at lays a room for T keys out from `base` on, for forward or backward, and gives its floats;
 * base NULL: only these. */
size_t sm_attention_room_at(sm_attention_room *room, float *base, size_t HD, size_t T,
                            bool back);

/* Left operands: rows of keys or values as they are, and turned. */
void sm_attention_pack_rows(const sm_attention_room *room, float *to, sm_head_rows from);
void sm_attention_pack_turned(const sm_attention_room *room, float *to, sm_head_rows from);
/* Right operands: the queries of a block (or their gradients). */
void sm_attention_pack_queries(const sm_attention_room *room, float *to, sm_head_rows from);
void sm_attention_pack_queries_turned(const sm_attention_room *room, float *to,
                                      sm_head_rows from);

/* S (keys,nr) of panel i ← left (keys,HD) · right (HD,nr). */
void sm_attention_scores(const sm_attention_room *room, const sm_query_block *block, size_t i,
                         const float *left, const float *right, float *scores);
/* turned (nr,HD) ← (left (HD,keys) · S (keys,nr))ᵀ */
void sm_attention_weigh(const sm_attention_room *room, const sm_query_block *block, size_t i,
                        const float *left, const float *scores);
/* to (keys,HD) += S (keys,queries) · right (queries,HD); `to` starts at the block's first key. */
void sm_attention_spread(const sm_attention_room *room, const sm_query_block *block,
                         const float *scores, const float *right, sm_head_rows to);

/* Where panel i of scores starts. */
static inline float *sm_score_panel_at(const sm_attention_room *room,
                                       const sm_query_block *block, float *scores, size_t i)
{
    return scores + i * block->keys * room->nr;
}

#endif
