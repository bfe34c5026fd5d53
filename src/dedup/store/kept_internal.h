/* What the two halves of kept_docs.h share. SPDX-License-Identifier: MIT */
#ifndef SM_KEPT_INTERNAL_H
#define SM_KEPT_INTERNAL_H

#include "kept_docs.h"
#include "setcode.h"

enum { ENTRY_BYTES = 20, RECORD_HEAD = 8, SEGMENT_DOCS = 4096 };

typedef struct kept_entry {
    int64_t offset;
    uint32_t bytes, id_bytes, n_set;
} kept_entry;

/* Documents that follow each other, in a block that never moves: readers hold pointers into it. */
typedef struct kept_segment {
    uint32_t first, n;
    size_t used, cap;
    char *block;
    kept_view *docs;     /* [SEGMENT_DOCS] */
    kept_entry *written; /* [n] once the records are on disk */
} kept_segment;

size_t kept_payload_bytes(const kept_docs *k, uint32_t n_set);
void kept_segment_free(kept_segment *s);
size_t kept_segment_bytes(const kept_segment *s);
void kept_docs_drop_spare(kept_docs *k);

#endif
