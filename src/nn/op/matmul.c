/* A product on several threads: see kern/gemm.h and kern/packed.h.
 * SPDX-License-Identifier: MIT */
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>

#include "kern/packed.h"
#include "op/op.h"

/* Tiles by OpenBLAS, where we have no vector kernel. */
static void multiply_tiles(int threads, const sm_gemm *g)
{
    const sm_gemm_grid grid = sm_gemm_cut(g->M, g->N, g->K);
    const size_t n = grid.rows * grid.columns;
#pragma omp parallel for num_threads(threads) schedule(dynamic) if (n > 1)
    for (size_t i = 0; i < n; i++)
        sm_gemm_tile(g, &grid, i);
}

static void multiply_alone(const sm_packed *p)
{
    for (size_t b = 0; b < p->blocks; b++) {
        for (size_t i = 0; i < sm_packed_units(p, b); i++)
            sm_packed_pack(p, b, i);
        for (size_t i = 0; i < p->rows * p->columns; i++)
            sm_packed_tile(p, b, i, 0);
    }
}

/* The list of things to do (kern/packed.h), and how far each thread is: what stands before `at` it has done, or will not do.
 * A thread says so before it takes the next thing: whoever takes a later one has seen it. */
enum { MOST_THREADS = 256, PATIENCE = 1 << 10 };

typedef struct progress {
    _Alignas(64) atomic_size_t at;
} progress;

typedef struct list {
    const sm_packed *packed;
    atomic_size_t next;
    int threads;
    progress progress[MOST_THREADS];
} list;

static bool is_done_before(list *l, size_t n)
{
    for (int i = 0; i < l->threads; i++)
        if (atomic_load_explicit(&l->progress[i].at, memory_order_acquire) < n) return false;
    return true;
}

/* Rarely long; but the thread that is waited for may have lost its processor to somebody else. */
static void wait_for(list *l, size_t n)
{
    for (int i = 0; !is_done_before(l, n); i++)
        if (i > PATIENCE) (void)sched_yield();
}

static void work_off(list *l, int thread)
{
    atomic_size_t *const at = &l->progress[thread].at;
    sm_packed_cursor cursor = {0};
    for (;;) {
        sm_packed_item item;
        atomic_store_explicit(at, atomic_load(&l->next), memory_order_release);
        const size_t n = atomic_fetch_add(&l->next, 1);
        if (!sm_packed_item_at(l->packed, &cursor, n, &item)) break;
        atomic_store_explicit(at, n, memory_order_release);
        wait_for(l, item.after);
        if (item.packs)
            sm_packed_pack(l->packed, item.block, item.i);
        else
            sm_packed_tile(l->packed, item.block, item.i, thread);
    }
    atomic_store_explicit(at, SIZE_MAX, memory_order_release);
}

static void multiply_packed(int threads, const sm_packed *p)
{
    list l = {.packed = p, .threads = threads < MOST_THREADS ? threads : MOST_THREADS};
    for (int i = 0; i < l.threads; i++)
        atomic_init(&l.progress[i].at, SIZE_MAX);
#pragma omp parallel num_threads(l.threads)
    work_off(&l, omp_get_thread_num());
}

size_t sm_matmul_room(unsigned threads, size_t M, size_t N, size_t K)
{
    return sm_packed_most(M, N, K, (int)threads);
}

void sm_matmul(int threads, const sm_gemm *g)
{
    const sm_gemm_kernel *kernel = sm_gemm_kernel_choose(g->precision);
    if (!kernel && g->stored) kernel = sm_gemm_kernel_path(g->precision, 0);
    if (g->by_rows) {
        sm_matmul_rows(threads, g);
        return;
    }
    if (!kernel || g->M == 0 || g->N == 0 || g->K == 0) {
        multiply_tiles(threads, g);
        return;
    }
    sm_packed p = sm_packed_cut(g, kernel, threads);
    float *const own = g->room ? NULL : sm_malloc(sm_packed_floats(&p, threads) * sizeof *own);
    sm_packed_use(&p, own ? own : g->room);
    if (threads > 1 && p.rows * p.columns > 1)
        multiply_packed(threads, &p);
    else
        multiply_alone(&p);
    sm_free(own);
}
