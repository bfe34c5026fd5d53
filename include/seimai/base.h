/* seimai/base.h - the ground under every room: spans, errors, memory.
 * SPDX-License-Identifier: MIT
 *
 * Nouns
 *   span    borrowed bytes {pointer, length}; never NUL-terminated, valid as long as its owner says
 *   error   a code and one line of text, owned by the caller and passed down
 *   arena   memory that is given back all at once: one per batch, one per run
 *   buffer  bytes that grow up to a maximum which its maker had to name
 *
 * Conventions: a function returns 0 or a negative SM_E… code, and gives counts through pointers.
 * Readers return 1 for a document and 0 for a clean end; maps return SM_KEEP or SM_DROP. The
 * library neither prints nor exits; the one exception is running out of memory (sm_on_oom).
 *
 * Threads: a span, error, arena or buffer belongs to one thread at a time. */
#ifndef SEIMAI_BASE_H
#define SEIMAI_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SM_API       __attribute__((visibility("default")))
#define SM_MUST_USE  __attribute__((warn_unused_result))
#define SM_PRINTF(f) __attribute__((format(printf, f, (f) + 1)))

/* ---- spans ------------------------------------------------------------------------------ */

/* sm_span is a borrowed run of bytes. An empty span may have p == NULL. */
typedef struct sm_span {
    const char *p;
    size_t n; /* bytes */
} sm_span;

#define SM_SPAN(literal) ((sm_span){"" literal, sizeof(literal) - 1})

/* sm_span_of makes a span of a NUL-terminated string, which must outlive it. */
SM_API sm_span sm_span_of(const char *string);
SM_API bool sm_span_equal(sm_span a, sm_span b);
/* sm_span_order compares bytes as memcmp does; a prefix comes first. */
SM_API int sm_span_order(sm_span a, sm_span b);
SM_API bool sm_span_starts(sm_span s, sm_span prefix);
SM_API bool sm_span_ends(sm_span s, sm_span suffix);
/* sm_span_find gives the first place of a mark, which is not empty; NULL if there is none. */
SM_API const char *sm_span_find(sm_span s, sm_span mark);
/* sm_span_from gives what stands behind the first n bytes, of which there are at least n. */
static inline sm_span sm_span_from(sm_span s, size_t n)
{
    const sm_span rest = {s.p + n, s.n - n};
    return rest;
}
/* sm_span_to_i64 reads a whole decimal integer; false on anything else, overflow among it. */
SM_API bool sm_span_to_i64(sm_span s, int64_t *value);

/* ---- errors ----------------------------------------------------------------------------- */

/* Stable numbers, with gaps for later ones. The exit status of a tool follows from them. */
enum {
    SM_OK = 0,
    SM_KEEP = 0,       /* a map: the document goes on */
    SM_DROP = 1,       /* a map: the document ends here, with its reason */
    SM_EUSAGE = -10,   /* wrong option, rule file or configuration        exit 2 */
    SM_EIO = -20,      /* the system refused a read or a write            exit 1 */
    SM_ENOENT = -21,   /* a file is missing                               exit 1 */
    SM_EPIPE = -22,    /* the reader of our output is gone                exit 141 */
    SM_EFORMAT = -30,  /* bytes that are not what they should be          exit 1 */
    SM_ETRUNC = -31,   /* an input that ends too early                    exit 1 */
    SM_EHASH = -32,    /* a checksum does not match                       exit 1 */
    SM_ELIMIT = -40,   /* a stated maximum was reached                    exit 1 */
    SM_ENOSUP = -41,   /* known, but not built in                         exit 1 */
    SM_ENUMERIC = -50, /* NaN or infinity in a computation                exit 1 */
    SM_EGATE = -60     /* a threshold that the user set was not met       exit 3 */
};

/* sm_status_name gives "SM_EIO" and so on; "unknown status" for other numbers. */
SM_API const char *sm_status_name(int status);

/* sm_error: the first failure, as a line without a newline: "FILE:LINE: what: why". */
typedef struct sm_error {
    int code;
    char text[500];
} sm_error;

/* sm_error_set stores code and text, and returns code. err may be NULL. Text that is too long is
 * cut at a character. An error that is already set stays: the first one is the cause. */
SM_API int sm_error_set(sm_error *err, int code, const char *format, ...) SM_PRINTF(3);
/* sm_error_prefix puts "…: " before the text of a set error: the place that the callee did not know. */
SM_API void sm_error_prefix(sm_error *err, const char *format, ...) SM_PRINTF(2);
SM_API void sm_error_clear(sm_error *err);

/* The two macros of error handling: forward a failure, or set one and leave. */
#define SM_TRY(call)                                                                           \
    do {                                                                                       \
        const int sm_try_status = (call);                                                      \
        if (sm_try_status < 0) return sm_try_status;                                           \
    } while (0)
#define SM_FAIL(err, code, ...) return sm_error_set((err), (code), __VA_ARGS__)

/* ---- memory ----------------------------------------------------------------------------- */

/* sm_on_oom replaces what happens when memory runs out; the handler must not return.
 * Default: one line on stderr and exit status 1. Call it before threads start. */
SM_API void sm_on_oom(void (*handler)(size_t bytes));

/* sm_out_of_memory calls the handler: for libraries whose own allocation failed. */
SM_API void sm_out_of_memory(size_t bytes) __attribute__((noreturn));

/* These never return NULL (nor for 0 bytes). sm_free accepts NULL. n * size is checked. */
SM_API void *sm_malloc(size_t bytes) SM_MUST_USE;
SM_API void *sm_calloc(size_t n, size_t size) SM_MUST_USE;
SM_API void *sm_realloc(void *p, size_t bytes) SM_MUST_USE;
SM_API char *sm_strdup(sm_span s) SM_MUST_USE; /* NUL-terminated copy; free with sm_free */
SM_API void sm_free(void *p);

/* sm_array_grow makes room for one more element in an array with n used and *cap allocated
 * elements of `size` bytes; returns the (moved) array. Doubling, starting at 16. */
SM_API void *sm_array_grow(void *array, size_t n, size_t *cap, size_t size) SM_MUST_USE;

/* sm_arena: init {0}. Allocation is a pointer bump; nothing is freed singly. */
typedef struct sm_arena {
    struct sm_arena_chunk *chunk; /* current chunk, older ones behind it */
    size_t used;                  /* bytes of the current chunk */
    size_t total;                 /* bytes handed out since the last reset */
} sm_arena;

/* sm_arena_alloc gives uninitialised memory, aligned to 16 bytes. */
SM_API void *sm_arena_alloc(sm_arena *arena, size_t bytes) SM_MUST_USE;
SM_API void *sm_arena_zalloc(sm_arena *arena, size_t n, size_t size) SM_MUST_USE;
/* sm_arena_copy copies bytes and adds a NUL that the span does not count. */
SM_API sm_span sm_arena_copy(sm_arena *arena, sm_span s) SM_MUST_USE;
SM_API char *sm_arena_printf(sm_arena *arena, const char *format, ...) SM_PRINTF(2);
/* sm_arena_reset makes all memory reusable and keeps up to 4 MiB of it; what was allocated is gone. */
SM_API void sm_arena_reset(sm_arena *arena);
SM_API void sm_arena_free(sm_arena *arena);

/* sm_buffer: growable bytes. Make it with sm_buffer_make(max); free with sm_buffer_free.
 * Appending past `max` bytes sets `overflow` and appends nothing: check it once at the end. */
typedef struct sm_buffer {
    char *p;
    size_t n, cap, max;
    bool overflow;
} sm_buffer;

SM_API sm_buffer sm_buffer_make(size_t max);
SM_API void sm_buffer_free(sm_buffer *b);
SM_API void sm_buffer_clear(sm_buffer *b); /* n = 0, memory kept, overflow forgotten */
/* sm_buffer_reserve gives room for `bytes` more at p + n, or NULL past the maximum. */
SM_API char *sm_buffer_reserve(sm_buffer *b, size_t bytes);
SM_API void sm_buffer_put(sm_buffer *b, sm_span s);
SM_API void sm_buffer_putc(sm_buffer *b, char c);
SM_API void sm_buffer_puts(sm_buffer *b, const char *string);
SM_API void sm_buffer_printf(sm_buffer *b, const char *format, ...) SM_PRINTF(2);
SM_API sm_span sm_buffer_span(const sm_buffer *b); /* valid until the next append */

/* ---- little-endian integers ------------------------------------------------------------- */

/* On-disk integers are little-endian and may be unaligned. */
SM_API uint16_t sm_get_u16(const void *p);
SM_API uint32_t sm_get_u32(const void *p);
SM_API uint64_t sm_get_u64(const void *p);
SM_API void sm_put_u16(void *p, uint16_t v);
SM_API void sm_put_u32(void *p, uint32_t v);
SM_API void sm_put_u64(void *p, uint64_t v);

#ifdef __cplusplus
}
#endif
#endif
