/* Allocation, arenas, buffers and little-endian integers: see seimai/base.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 256 << 10, ARENA_KEEP = 4 << 20, ALIGNMENT = 16 };

/* ---- the heap --------------------------------------------------------------------------- */

static void die_of_oom(size_t bytes)
{
    fprintf(stderr, "seimai: out of memory (%zu bytes)\n", bytes);
    exit(1);
}

static void (*oom)(size_t bytes) = die_of_oom;

void sm_on_oom(void (*handler)(size_t bytes))
{
    oom = handler;
}

void sm_out_of_memory(size_t bytes)
{
    oom(bytes);
    abort(); /* the handler's contract is not to return */
}

static void *checked(void *p, size_t bytes)
{
    if (!p) sm_out_of_memory(bytes);
    return p;
}

void *sm_malloc(size_t bytes)
{
    return checked(malloc(bytes ? bytes : 1), bytes);
}

void *sm_calloc(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size ? size : 1), n);
}

void *sm_realloc(void *p, size_t bytes)
{
    return checked(realloc(p, bytes ? bytes : 1), bytes);
}

char *sm_strdup(sm_span s)
{
    char *copy = sm_malloc(s.n + 1);
    if (s.n) memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return copy;
}

void sm_free(void *p)
{
    free(p);
}

void *sm_array_grow(void *array, size_t n, size_t *cap, size_t size)
{
    size_t bytes = 0;
    if (n < *cap) return array;
    *cap = *cap ? *cap * 2 : 16;
    if (__builtin_mul_overflow(*cap, size, &bytes)) sm_out_of_memory(SIZE_MAX);
    return sm_realloc(array, bytes);
}

/* ---- arenas ----------------------------------------------------------------------------- */

struct sm_arena_chunk {
    struct sm_arena_chunk *older;
    size_t size; /* bytes of data */
    _Alignas(ALIGNMENT) char data[];
};

void *sm_arena_alloc(sm_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2) sm_out_of_memory(bytes);
    const size_t need = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!arena->chunk || arena->chunk->size - arena->used < need) {
        /* Chunks double with the arena, so that a large batch costs few of them. */
        size_t size = arena->total > CHUNK_BYTES ? arena->total : CHUNK_BYTES;
        if (size < need) size = need;
        struct sm_arena_chunk *fresh = sm_malloc(sizeof *fresh + size);
        fresh->older = arena->chunk;
        fresh->size = size;
        arena->chunk = fresh;
        arena->used = 0;
    }
    void *p = arena->chunk->data + arena->used;
    arena->used += need;
    arena->total += need;
    return p;
}

void *sm_arena_zalloc(sm_arena *arena, size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes)) sm_out_of_memory(SIZE_MAX);
    return memset(sm_arena_alloc(arena, bytes), 0, bytes);
}

sm_span sm_arena_copy(sm_arena *arena, sm_span s)
{
    char *copy = sm_arena_alloc(arena, s.n + 1);
    if (s.n) memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return (sm_span){copy, s.n};
}

char *sm_arena_printf(sm_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    const size_t bytes = n < 0 ? 1 : (size_t)n + 1;
    char *text = sm_arena_alloc(arena, bytes);
    va_start(args, format);
    (void)vsnprintf(text, bytes, format, args);
    va_end(args);
    return text;
}

static void free_chunks(struct sm_arena_chunk *chunk)
{
    while (chunk) {
        struct sm_arena_chunk *older = chunk->older;
        sm_free(chunk);
        chunk = older;
    }
}

void sm_arena_reset(sm_arena *arena)
{
    struct sm_arena_chunk *newest = arena->chunk;
    arena->used = arena->total = 0;
    if (!newest) return;
    free_chunks(newest->older);
    newest->older = NULL;
    if (newest->size <= ARENA_KEEP) return;
    sm_free(newest);
    arena->chunk = NULL;
}

void sm_arena_free(sm_arena *arena)
{
    free_chunks(arena->chunk);
    *arena = (sm_arena){0};
}

/* ---- buffers ---------------------------------------------------------------------------- */

sm_buffer sm_buffer_make(size_t max)
{
    return (sm_buffer){.max = max};
}

void sm_buffer_free(sm_buffer *b)
{
    sm_free(b->p);
    *b = sm_buffer_make(b->max);
}

void sm_buffer_clear(sm_buffer *b)
{
    b->n = 0;
    b->overflow = false;
}

char *sm_buffer_reserve(sm_buffer *b, size_t bytes)
{
    if (bytes > b->max - b->n) {
        b->overflow = true;
        return NULL;
    }
    if (b->cap - b->n < bytes) {
        size_t cap = b->cap < 128 ? 128 : b->cap;
        while (cap < b->n + bytes)
            cap = cap > b->max / 2 ? b->max : cap * 2;
        b->p = sm_realloc(b->p, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void sm_buffer_put(sm_buffer *b, sm_span s)
{
    if (s.n == 0) return;
    char *to = sm_buffer_reserve(b, s.n);
    if (!to) return;
    memcpy(to, s.p, s.n);
    b->n += s.n;
}

void sm_buffer_putc(sm_buffer *b, char c)
{
    sm_buffer_put(b, (sm_span){&c, 1});
}

void sm_buffer_puts(sm_buffer *b, const char *string)
{
    sm_buffer_put(b, sm_span_of(string));
}

void sm_buffer_printf(sm_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) return;
    char *to = sm_buffer_reserve(b, (size_t)n + 1);
    if (!to) return;
    va_start(args, format);
    (void)vsnprintf(to, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}

sm_span sm_buffer_span(const sm_buffer *b)
{
    return (sm_span){b->p, b->n};
}

/* ---- little-endian integers ------------------------------------------------------------- */

static uint64_t get_bytes(const void *p, unsigned n)
{
    const unsigned char *byte = p;
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v |= (uint64_t)byte[i] << (8 * i);
    return v;
}

static void put_bytes(void *p, uint64_t v, unsigned n)
{
    unsigned char *byte = p;
    for (unsigned i = 0; i < n; i++)
        byte[i] = (unsigned char)(v >> (8 * i));
}

uint16_t sm_get_u16(const void *p)
{
    return (uint16_t)get_bytes(p, 2);
}
uint32_t sm_get_u32(const void *p)
{
    return (uint32_t)get_bytes(p, 4);
}
uint64_t sm_get_u64(const void *p)
{
    return get_bytes(p, 8);
}
void sm_put_u16(void *p, uint16_t v)
{
    put_bytes(p, v, 2);
}
void sm_put_u32(void *p, uint32_t v)
{
    put_bytes(p, v, 4);
}
void sm_put_u64(void *p, uint64_t v)
{
    put_bytes(p, v, 8);
}
