/* A job of matching: the signatures in their order, and the folder of results.
 * SPDX-License-Identifier: MIT
 *
 * A band's file, or that of equal texts or URLs, is a page (store/page_file.h) with its head and pages of bits. A page of bits
 * covers BITS_DOCUMENTS documents: first one bit for each that shares its key with another, then one for each
 * that shares it with an earlier one. */
#ifndef SM_MATCH_INTERNAL_H
#define SM_MATCH_INTERNAL_H

#include "batch_internal.h"
#include "store/page_file.h"

enum { TEXTS = -1, URLS = -2, BITS_BYTES = PAGE_CONTENT / 2, BITS_DOCUMENTS = 8 * BITS_BYTES };

struct sm_match_job {
    sig_file *files;
    size_t n_files;
    char *folder;
    sm_match_options options;
    sm_dedup_options settled; /* with the threshold and the cap of this job */
    uint64_t documents, urls; /* with a URL */
    sm_hash128 identity;      /* of the signatures in their order */
    unsigned bands;           /* 0: exact only */
};

/* match_path gives FOLDER/NAME in the arena. */
const char *match_path(const sm_match_job *job, const char *name, sm_arena *arena);

/* flags reads the bits of all bands side by side, in the order of the documents. */
typedef struct flags {
    const sm_match_job *job;
    store_file *files;    /* [bands + 2]; equal URLs and texts first */
    unsigned char *pages; /* one a file */
    uint64_t page;        /* which; 0: none yet */
} flags;

int flags_open(flags *f, const sm_match_job *job, sm_error *err) SM_MUST_USE;
void flags_close(flags *f);
/* flags_get, asked for ascending documents, tells whether a document shares its text or a key with another one, and
 * whether with an earlier one. */
int flags_get(flags *f, uint64_t document, bool *flagged, bool *later,
              sm_error *err) SM_MUST_USE;

#endif
