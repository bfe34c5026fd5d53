/* See spool.h. SPDX-License-Identifier: MIT */
#include "spool.h"

#include <seimai/file.h>
#include <seimai/hash.h>

#include <unistd.h>

enum { PENDING = 1 << 18, WINDOW = 1 << 14 };

int spool_open(spool *s, const char *folder, bool texts, sm_error *err)
{
    *s = (spool){.fd = -1, .folder = folder, .texts = texts, .document = SIZE_MAX};
    s->pending = sm_buffer_make(SIZE_MAX / 2);
    s->window = sm_buffer_make(SIZE_MAX / 2);
    return sm_temporary_open(folder, &s->fd, err);
}

void spool_close(spool *s)
{
    if (s->fd >= 0) (void)close(s->fd);
    sm_free(s->at);
    sm_buffer_free(&s->pending);
    sm_buffer_free(&s->window);
    *s = (spool){.fd = -1};
}

/* ---- writing -------------------------------------------------------------------------------- */

int spool_flush(spool *s, sm_error *err)
{
    SM_TRY(sm_temporary_write(s->fd, s->folder, sm_buffer_span(&s->pending), err));
    sm_buffer_clear(&s->pending);
    return 0;
}

int spool_add(spool *s, sm_span id, sm_span text, sm_error *err)
{
    char head[SPOOL_HEAD];
    sm_put_u32(head, (uint32_t)id.n);
    sm_put_u32(head + 4, (uint32_t)text.n);
    sm_put_u64(head + 8, sm_hash64(text));
    s->at = sm_array_grow(s->at, s->n, &s->cap, sizeof *s->at);
    s->at[s->n++] = s->size;
    s->size += (int64_t)(SPOOL_HEAD + id.n + (s->texts ? text.n : 0));
    sm_buffer_put(&s->pending, (sm_span){head, SPOOL_HEAD});
    sm_buffer_put(&s->pending, id);
    if (s->texts) sm_buffer_put(&s->pending, text);
    return s->pending.n < PENDING ? 0 : spool_flush(s, err);
}

/* ---- reading -------------------------------------------------------------------------------- */

static int read_at(const spool *s, char *p, size_t n, int64_t at, sm_error *err)
{
    return sm_temporary_read(s->fd, s->folder, p, n, at, err);
}

int spool_head_of(const spool *s, size_t document, spool_head *head, sm_error *err)
{
    char bytes[SPOOL_HEAD];
    SM_TRY(read_at(s, bytes, SPOOL_HEAD, s->at[document], err));
    *head = (spool_head){sm_get_u32(bytes), sm_get_u32(bytes + 4), sm_get_u64(bytes + 8)};
    return 0;
}

int spool_id(const spool *s, size_t document, sm_arena *arena, sm_span *id, sm_error *err)
{
    spool_head head;
    SM_TRY(spool_head_of(s, document, &head, err));
    char *p = sm_arena_alloc(arena, head.id);
    *id = (sm_span){p, head.id};
    return read_at(s, p, head.id, s->at[document] + SPOOL_HEAD, err);
}

int spool_text(const spool *s, size_t document, sm_buffer *text, sm_error *err)
{
    spool_head head;
    SM_TRY(spool_head_of(s, document, &head, err));
    sm_buffer_clear(text);
    char *p = sm_buffer_reserve(text, head.text);
    text->n = head.text;
    return read_at(s, p, head.text, s->at[document] + SPOOL_HEAD + head.id, err);
}

/* Has the window begin at `at`, with the n bytes that are wanted and some of the `left` behind. */
static int move_window(spool *s, int64_t at, size_t n, size_t left, sm_error *err)
{
    const size_t ahead = left < WINDOW ? left : WINDOW, wanted = n > ahead ? n : ahead;
    sm_buffer_clear(&s->window);
    SM_TRY(read_at(s, sm_buffer_reserve(&s->window, wanted), wanted, at, err));
    s->window.n = wanted;
    s->window_at = at;
    return 0;
}

int spool_part(spool *s, size_t document, uint32_t begin, size_t n, sm_span *part,
               sm_error *err)
{
    *part = (sm_span){0};
    if (s->document != document) SM_TRY(spool_head_of(s, document, &s->head, err));
    s->document = document;
    if (begin > s->head.text || n > s->head.text - begin) return 0;
    const int64_t at = s->at[document] + SPOOL_HEAD + s->head.id + begin;
    if (at < s->window_at || at + (int64_t)n > s->window_at + (int64_t)s->window.n)
        SM_TRY(move_window(s, at, n, s->head.text - begin, err));
    *part = (sm_span){s->window.p + (at - s->window_at), n};
    return 0;
}
