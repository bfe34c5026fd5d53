/* Asking for large pages: see pages.h.
 * SPDX-License-Identifier: MIT */
#include "pages.h"

#include <string.h>
#include <sys/mman.h>

#define LARGE ((size_t)2 << 20)

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static void ask(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    /* All its pages, also where no large one fits: a mapping of two kinds cannot grow by moving (mremap(2)). It is a
     * wish: whether it is granted changes no result. */
    enum { PAGE = 4096 };
    const uintptr_t at = (uintptr_t)memory, first = at / PAGE * PAGE;
    (void)madvise((char *)memory - (at - first), round_up(at + bytes, PAGE) - first,
                  MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

pages pages_open(size_t bytes)
{
    const bool large = bytes >= LARGE / 2; /* small tables would waste most of a page */
    const size_t align = large ? LARGE : PAGES_LINE, room = round_up(bytes, align);
    void *memory = sm_malloc(room + align);
    const uintptr_t at = (uintptr_t)memory;
    pages p = {memory, (char *)memory + (round_up(at, align) - at), room};
    if (large) ask(p.next, room);
    return p;
}

/* Linux aligns what is as large as a large page by itself; elsewhere it is mapped with room to spare, and that is
 * given back. */
static char *map_aligned(size_t bytes)
{
    const int use = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS;
    char *p = mmap(NULL, bytes, use, kind, -1, 0);
    if (p == MAP_FAILED) sm_out_of_memory(bytes);
    if ((uintptr_t)p % LARGE == 0) return p;
    (void)munmap(p, bytes);
    p = mmap(NULL, bytes + LARGE, use, kind, -1, 0);
    if (p == MAP_FAILED) sm_out_of_memory(bytes);
    const size_t before = round_up((uintptr_t)p, LARGE) - (uintptr_t)p;
    if (before) (void)munmap(p, before);
    (void)munmap(p + before + bytes, LARGE - before);
    return p + before;
}

void *pages_map(size_t bytes)
{
    if (bytes < LARGE) return sm_calloc(bytes, 1);
    const size_t room = round_up(bytes, LARGE);
    char *const p = map_aligned(room);
    ask(p, room);
    return p;
}

void pages_unmap(void *table, size_t bytes)
{
    if (bytes < LARGE)
        sm_free(table);
    else if (table)
        (void)munmap(table, round_up(bytes, LARGE));
}

void *pages_realloc(void *p, size_t bytes)
{
    /* The allocator's, at most: with it a mapping is whole large pages, and begins at one. */
    enum { HEAD = 64 };
    if (bytes < 2 * LARGE) return sm_realloc(p, bytes);
    const size_t room = round_up(bytes + HEAD, LARGE) - HEAD;
    p = sm_realloc(p, room);
    ask(p, room);
    return p;
}

void *pages_move(pages *p, void *table, size_t bytes)
{
    const size_t room = round_up(bytes, PAGES_LINE);
    char *to = p->next;
    if (room > p->left) sm_out_of_memory(room); /* the caller's sum was wrong */
    if (bytes) memcpy(to, table, bytes);        /* an empty table has no address */
    sm_free(table);
    p->next += room;
    p->left -= room;
    return to;
}
