/* The products of attention: see attention_panels.h.
 * SPDX-License-Identifier: MIT */
#include "op/attention_panels.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- the room --------------------------------------------------------------------------------- */

static float *take(float *base, size_t *at, size_t n)
{
    float *const p = base ? base + *at : NULL;
    *at += (n + SM_GEMM_SLACK + 15) / 16 * 16;
    return p;
}

size_t sm_attention_room_at(sm_attention_room *room, float *base, size_t HD, size_t T,
                            bool back)
{
    const sm_gemm_kernel *const chosen = sm_gemm_kernel_choose(SM_F32);
    const sm_gemm_kernel *const kernel = chosen ? chosen : sm_gemm_kernel_path(SM_F32, 0);
    const size_t nr = kernel->nr, wide = (HD + nr - 1) / nr * nr;
    const size_t left = T * HD, right = SM_QUERIES * HD, turned = SM_QUERIES * wide;
    const size_t scores = SM_QUERIES * (T + 2 * kernel->mr), small = SM_QUERIES * HD;
    size_t at = 0;
    *room = (sm_attention_room){.kernel = kernel, .HD = HD, .nr = nr};
    room->keys = take(base, &at, left);
    room->values_turned = take(base, &at, back ? 0 : left);
    room->values = take(base, &at, back ? left : 0);
    room->keys_turned = take(base, &at, back ? left : 0);
    room->q = take(base, &at, right);
    room->dout = take(base, &at, back ? right : 0);
    room->q_turned = take(base, &at, back ? turned : 0);
    room->dout_turned = take(base, &at, back ? turned : 0);
    room->scores = take(base, &at, scores);
    room->dscores = take(base, &at, back ? scores : 0);
    room->product = take(base, &at, small);
    room->turned = take(base, &at, small + SM_QUERIES * kernel->mr + T);
    return at;
}

/* ---- packing ---------------------------------------------------------------------------------- */

/* A packer writes a little over the end of its panel: the next one comes after it. */
void sm_attention_pack_rows(const sm_attention_room *room, float *to, sm_head_rows from)
{
    const size_t mr = room->kernel->mr;
    for (size_t i = 0; i < from.n; i += mr) {
        const size_t m = smaller(mr, from.n - i);
        const sm_gemm_source source = {from.p + i * from.stride, from.stride, true, m,
                                       room->HD};
        room->kernel->pack(to + i * room->HD, m, &source);
    }
}

/* Columns in panels of equal width, give or take one. */
static size_t first_column(const sm_attention_room *room, size_t i, size_t panels)
{
    return i * room->HD / panels;
}

static size_t column_panels(const sm_attention_room *room)
{
    return (room->HD + room->kernel->mr - 1) / room->kernel->mr;
}

void sm_attention_pack_turned(const sm_attention_room *room, float *to, sm_head_rows from)
{
    const size_t panels = column_panels(room);
    for (size_t i = 0; i < panels; i++) {
        const size_t c = first_column(room, i, panels);
        const size_t m = first_column(room, i + 1, panels) - c;
        const sm_gemm_source source = {from.p + c, from.stride, false, m, from.n};
        room->kernel->pack(to + c * from.n, m, &source);
    }
}

void sm_attention_pack_queries(const sm_attention_room *room, float *to, sm_head_rows from)
{
    for (size_t i = 0; i < from.n; i += room->nr) {
        const size_t n = smaller(room->nr, from.n - i);
        const sm_gemm_source source = {from.p + i * from.stride, from.stride, true, n,
                                       room->HD};
        room->kernel->pack(to + i * room->HD, room->nr, &source);
    }
}

void sm_attention_pack_queries_turned(const sm_attention_room *room, float *to,
                                      sm_head_rows from)
{
    for (size_t c = 0; c < room->HD; c += room->nr) {
        const size_t n = smaller(room->nr, room->HD - c);
        const sm_gemm_source source = {from.p + c, from.stride, false, n, from.n};
        room->kernel->pack(to + c * from.n, room->nr, &source);
    }
}

/* ---- products --------------------------------------------------------------------------------- */

/* The block's first key begins a panel of keys. */
void sm_attention_scores(const sm_attention_room *room, const sm_query_block *block, size_t i,
                         const float *left, const float *right, float *scores)
{
    const size_t mr = room->kernel->mr, nr = room->nr;
    for (size_t key = 0; key < block->until[i]; key += mr)
        room->kernel->micro(&(sm_gemm_micro){.m = smaller(mr, room->n_keys - block->base - key),
                                             .n = nr,
                                             .k = room->HD,
                                             .a = left + (block->base + key) * room->HD,
                                             .b = right + i * nr * room->HD,
                                             .c = scores + key * nr,
                                             .ldc = nr,
                                             .alpha = 1.0F});
}

void sm_attention_weigh(const sm_attention_room *room, const sm_query_block *block, size_t i,
                        const float *left, const float *scores)
{
    const size_t panels = column_panels(room), nr = room->nr;
    for (size_t j = 0; j < panels; j++) {
        const size_t c = first_column(room, j, panels);
        const size_t m = first_column(room, j + 1, panels) - c;
        room->kernel->micro(&(sm_gemm_micro){.m = m,
                                             .n = nr,
                                             .k = block->until[i],
                                             .a = left + c * room->n_keys + block->base * m,
                                             .b = scores,
                                             .c = room->product + c * nr,
                                             .ldc = nr,
                                             .alpha = 1.0F});
    }
    const sm_gemm_source source = {room->product, nr, true, room->HD, nr};
    room->kernel->pack(room->turned, room->HD, &source);
}

/* The scores of m keys, all panels of queries, turned to [queries][m]. */
static void turn_scores(const sm_attention_room *room, const sm_query_block *block,
                        const float *scores, size_t key, size_t m)
{
    const size_t nr = room->nr;
    for (size_t i = 0; i < block->panels; i++) {
        const float *const panel = scores + (i * block->keys + key) * nr;
        const sm_gemm_source source = {panel, nr, true, m, smaller(nr, block->n - i * nr)};
        room->kernel->pack(room->turned + i * nr * m, m, &source);
    }
}

void sm_attention_spread(const sm_attention_room *room, const sm_query_block *block,
                         const float *scores, const float *right, sm_head_rows to)
{
    const size_t mr = room->kernel->mr, nr = room->nr;
    for (size_t key = 0; key < block->keys; key += mr) {
        const size_t m = smaller(mr, block->keys - key);
        turn_scores(room, block, scores, key, m);
        for (size_t c = 0; c < room->HD; c += nr)
            room->kernel->micro(&(sm_gemm_micro){.m = m,
                                                 .n = smaller(nr, room->HD - c),
                                                 .k = block->n,
                                                 .a = room->turned,
                                                 .b = right + c * block->n,
                                                 .c = to.p + key * to.stride + c,
                                                 .ldc = to.stride,
                                                 .alpha = 1.0F,
                                                 .beta = 1.0F});
    }
}
