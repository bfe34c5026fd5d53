/* A product whose rows do not know of each other, on several threads: see kern/decode.h.
 * SPDX-License-Identifier: MIT */
#include <omp.h>

#include "kern/decode.h"
#include "op/op.h"

enum {
    STEP = 48, /* columns: a multiple of what a tile of either kernel takes */
    ROWS = 64, /* of A that stay near while a part of B goes by */
    PARTS = 8, /* for each thread: so that a thread that was held up does not hold up all */
    WORTH_IT = 1 << 15,   /* M·N·K above which threads are woken */
    MOST_FLOATS = 1 << 18 /* of B in a part: 1 MiB */
};

static size_t columns_of(int threads, const sm_gemm *g)
{
    size_t steps = g->N / STEP / (PARTS * (size_t)threads);
    while (steps > 1 && steps * STEP * g->K > MOST_FLOATS)
        steps--;
    return steps > 0 ? steps * STEP : STEP;
}

/* A part of a B that is kept in fewer bits, as floats: `room` has STEP·K of them. */
static void expand(sm_gemm *part, float *room)
{
    const size_t rows = part->tb ? part->N : part->K, width = part->tb ? part->K : part->N;
    sm_stored_rows(part->stored, part->at, part->ldb, rows, width, room);
    part->B = room;
    part->ldb = width;
}

static void columns(const sm_gemm *g, const sm_decode *kernel, size_t first, size_t n,
                    float *room)
{
    const size_t at = g->tb ? first * g->ldb : first;
    sm_gemm part = *g;
    part.C += first;
    part.N = g->N - first < n ? g->N - first : n;
    if (g->stored) {
        part.at += at;
        expand(&part, room);
    } else {
        part.B += at;
    }
    for (size_t row = 0; row < g->M; row += ROWS) {
        sm_gemm rows = part;
        rows.A += row * g->lda;
        rows.C += row * g->ldc;
        rows.M = g->M - row < ROWS ? g->M - row : ROWS;
        (g->tb ? kernel->dots : kernel->chains)(&rows);
    }
}

void sm_matmul_rows(int threads, const sm_gemm *g)
{
    const sm_decode *const kernel = sm_decode_choose();
    const size_t n = g->stored ? STEP : columns_of(threads, g), floats = STEP * g->K;
    const bool large = g->M * g->N * g->K >= WORTH_IT;
    float *const room = g->stored ? sm_malloc((size_t)threads * floats * sizeof *room) : NULL;
#pragma omp parallel for num_threads(threads) schedule(dynamic) if (large)
    for (size_t first = 0; first < g->N; first += n)
        columns(g, kernel, first, n,
                room ? room + (size_t)omp_get_thread_num() * floats : NULL);
    sm_free(room);
}
