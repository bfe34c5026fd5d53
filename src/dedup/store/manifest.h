/* The manifest of an index, in memory and as text. The format: seimai/dedup_index.h.
 * SPDX-License-Identifier: MIT */
#ifndef SM_MANIFEST_H
#define SM_MANIFEST_H

#include "store.h"

#include <seimai/dedup.h>

enum { INDEX_NAME = 32 }; /* most bytes of a file's name, the NUL included */

typedef struct index_run {
    char name[INDEX_NAME];
    unsigned level;
} index_run;

typedef struct index_runs {
    index_run *items;
    size_t n;
} index_runs;

typedef struct index_state {
    uint32_t documents;
    uint64_t pages;
    int64_t record_bytes;
    kept_extent *extents;
    size_t n_extents;
    index_runs bands, texts;
    doc_ranges removed;
} index_state;

typedef struct index_generation {
    uint64_t number, documents, output_bytes;
    uint32_t first, end;
    sm_span output;
    sm_hash128 output_hash, input_hash;
} index_generation;

/* Its arrays and spans live in its arena. */
typedef struct index_manifest {
    uint64_t generation, next_file;
    sm_dedup_options options; /* folder and memory are not in it */
    char documents_file[INDEX_NAME], records_file[INDEX_NAME];
    index_state now, before;
    bool has_before;
    index_generation *generations;
    size_t n_generations;
    sm_arena arena;
} index_manifest;

/* index_manifest_read: SM_ENOENT; SM_EFORMAT and SM_EHASH with the file's name. Nothing is held on failure. */
int index_manifest_read(index_manifest *m, const char *path, sm_error *err) SM_MUST_USE;
/* manifest_parse is the same from memory. */
int manifest_parse(index_manifest *m, const char *name, sm_span text,
                   sm_error *err) SM_MUST_USE;
/* index_manifest_write writes NAME.part, syncs, renames. */
int index_manifest_write(const index_manifest *m, const char *path, sm_error *err) SM_MUST_USE;
/* manifest_put_json appends the object by itself. */
void manifest_put_json(const index_manifest *m, sm_buffer *json);
void index_manifest_free(index_manifest *m);

/* manifest_names_file tells whether a file is one of those that the manifest refers to. */
bool manifest_names_file(const index_manifest *m, const char *name);
/* Whether a name is KIND-NUMBER, as the store makes them. */
bool manifest_is_file_name(sm_span name);

#endif
