/* Vectors of floats: see seimai/net.h.
 * SPDX-License-Identifier: MIT
 *
 * A product reads its operands across rows, a page or more apart: on pages of 4 KiB the walks through the page table cost
 * as much as the packing itself. Linux gives pages of 2 MiB where a process asks for them; elsewhere, and where there
 * are none, nothing is different but the time. What is left behind the last whole one stays on small pages, so that no
 * memory is taken that the vector does not have. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <seimai/net.h>

enum { LINE = 64, LARGE_PAGE = 2 << 20 };

static void ask_for_large_pages(char *at, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    if (bytes >= LARGE_PAGE) /* a wish: whether it is granted changes no result */
        (void)madvise(at, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#else
    (void)at;
    (void)bytes;
#endif
}

/* The block is larger than asked for, and the pointer to free stands before the vector. */
float *sm_vector_new(size_t n)
{
    const size_t bytes = (n * sizeof(float) + LINE) / LINE * LINE;
    const size_t align = bytes >= LARGE_PAGE ? LARGE_PAGE : LINE;
    char *const block = sm_malloc(bytes + align + sizeof(void *));
    const size_t skip = sizeof(void *) + align - 1;
    char *const aligned = (char *)(((uintptr_t)block + skip) / align * align);
    memcpy(aligned - sizeof(void *), &block, sizeof block);
    ask_for_large_pages(aligned, bytes);
    memset(aligned, 0, bytes);
    return (float *)(void *)aligned;
}

void sm_vector_free(float *v)
{
    if (!v) return;
    void *block;
    memcpy(&block, (const char *)v - sizeof(void *), sizeof block);
    sm_free(block);
}
