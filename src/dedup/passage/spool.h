/* The corpus of the first pass on disk: ids and texts in an unnamed file, found by the number of their document.
 * SPDX-License-Identifier: MIT */
#ifndef SM_DEDUP_SPOOL_H
#define SM_DEDUP_SPOOL_H

#include <seimai/base.h>

enum {
    SPOOL_HEAD = 16
}; /* u32 bytes of the id, u32 of the text, u64 XXH3-64 of the text; then both */

typedef struct spool_head {
    uint32_t id, text;
    uint64_t hash;
} spool_head;

typedef struct spool {
    int fd;
    const char *folder; /* for messages */
    int64_t *at;        /* [n] where each document begins */
    size_t n, cap;
    int64_t size;
    sm_buffer pending;
    bool texts;       /* false: ids only; a length is noted all the same */
    sm_buffer window; /* what was read last */
    int64_t window_at;
    size_t document; /* of the head that was read last */
    spool_head head;
} spool;

int spool_open(spool *s, const char *folder, bool texts, sm_error *err);
void spool_close(spool *s);
int spool_add(spool *s, sm_span id, sm_span text, sm_error *err);
int spool_flush(spool *s, sm_error *err); /* before anything is read */
int spool_head_of(const spool *s, size_t document, spool_head *head, sm_error *err);
int spool_id(const spool *s, size_t document, sm_arena *arena, sm_span *id, sm_error *err);
/* The whole text, into a buffer that is cleared before. */
int spool_text(const spool *s, size_t document, sm_buffer *text, sm_error *err);
/* n bytes of a text from `begin` on, or an empty span where it has fewer; valid until the next call. Walking
 * through a text reads it once. */
int spool_part(spool *s, size_t document, uint32_t begin, size_t n, sm_span *part,
               sm_error *err);

#endif
