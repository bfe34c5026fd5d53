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
    const uintptr_t at = (uintptr_t)memory, first = round_up(at, LARGE);
    const uintptr_t end = (at + bytes) / LARGE * LARGE;
    if (first < end) /* a wish: whether it is granted changes no result */
        (void)madvise((char *)memory + (first - at), end - first, MADV_HUGEPAGE);
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

void *pages_move(pages *p, void *table, size_t bytes)
{
    const size_t room = round_up(bytes, PAGES_LINE);
    char *to = p->next;
    if (room > p->left) sm_out_of_memory(room); /* the caller's sum was wrong */
    memcpy(to, table, bytes);
    sm_free(table);
    p->next += room;
    p->left -= room;
    return to;
}
