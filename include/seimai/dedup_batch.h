/* seimai/dedup_batch.h - duplicates in three stages over many files and machines: sign, match, apply.
 * SPDX-License-Identifier: MIT
 *
 * What seimai/dedup.h does in one pass, taken apart. Files are signed, each by itself; signatures are sorted by
 * each band, each band by itself; what shares nothing with anything is kept without a look, the rest is decided in
 * order; and each file is filtered by its list of decisions. With the default order of preference the decisions
 * are those of the one pass over the same files, to the byte.
 *
 *     FILE ──sign──► NAME.sig ──┬─ text, band-00, band-01, … ──┐
 *     FILE ──sign──► NAME.sig ──┤   (a file each: which        ├──decide──► NAME.match ──apply──► documents
 *     FILE ──sign──► NAME.sig ──┘    documents share a key)  ──┘           (one a file)
 *
 * Every file is written as NAME.part and renamed: one that bears its name is whole, and a stage that is run again
 * skips it. Every file is checked by hashes and refused by name where it is damaged or belongs to other inputs.
 *
 * Nouns
 *   signature    of a document: XXH3-128 of its text, its band keys, and what verification needs
 *   signatures   the file of an input's signatures, in chunks of columns, so that a band is read by itself
 *   fingerprint  XXH3-128 of a file's size and of 256 pieces of 4 KiB spread evenly over it: whether an input is still
 *                the one that was signed, without reading all of it
 *   preference   which of several duplicates stays: a number a document, the greatest first, ties by input order
 *   flagged      a document that shares its text or a band key with another one; no other can have a duplicate
 *   decision     what became of a flagged document
 *
 * Disk a document: 68 bytes, its id, 8 a band, and about 6.8 a distinct shingle (SM_VERIFY_SIGNATURE: 4 a permutation).
 * Memory of matching: two bits a document, the sorter's runs, and the store of seimai/dedup.h for the flagged documents.
 * Ownership: open and create give, close, commit and abort take back. Threads: a handle belongs to one. */
#ifndef SEIMAI_DEDUP_BATCH_H
#define SEIMAI_DEDUP_BATCH_H

#include <seimai/dedup.h>
#include <seimai/document.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- preference ----------------------------------------------------------------------------- */

typedef enum sm_prefer {
    SM_PREFER_FIRST,   /* input order alone */
    SM_PREFER_LONGEST, /* most bytes of text */
    SM_PREFER_NEWEST, /* latest date in a field: ISO 8601, YYYYMMDD…, or seconds since 1970 */
    SM_PREFER_BEST    /* greatest number in a field */
} sm_prefer;

typedef struct sm_preference {
    sm_prefer by;
    sm_span field; /* dotted path, at most SM_FIELD_MAX bytes; empty for FIRST and LONGEST */
} sm_preference;

enum { SM_FIELD_MAX = 152 };

/* sm_preference_parse reads "first", "longest", "newest=FIELD" or "best=FIELD"; SM_EUSAGE on anything else. The
 * field points into the string. */
SM_API int sm_preference_parse(const char *string, sm_preference *preference,
                               sm_error *err) SM_MUST_USE;
/* sm_preference_value is the number that decides for a document; −infinity where the field is missing or holds
 * nothing that can be read so. */
SM_API double sm_preference_value(const sm_preference *preference, sm_doc *doc) SM_MUST_USE;
/* sm_date_read gives the seconds since 1970 of a date (UTC unless it names its zone); false on anything else. */
SM_API bool sm_date_read(sm_span date, double *seconds) SM_MUST_USE;

/* ---- signing -------------------------------------------------------------------------------- */

/* sm_file_fingerprint reads at most 1 MiB of a regular file. SM_ENOENT, SM_EIO, SM_EUSAGE for what has no size. */
SM_API int sm_file_fingerprint(const char *path, sm_hash128 *fingerprint,
                               sm_error *err) SM_MUST_USE;

/* What a file of signatures says about itself. */
typedef struct sm_signatures_info {
    sm_dedup_options options; /* settled; memory is 0 */
    sm_preference preference; /* the field lies in `name` */
    sm_hash128 fingerprint;   /* of the input */
    uint64_t reading;         /* a number for how it was read, as create was given it */
    uint64_t documents, short_texts;
    uint64_t text_bytes; /* of all texts together */
    char name[SM_FIELD_MAX + 1];
} sm_signatures_info;

typedef struct sm_signatures sm_signatures; /* being written */

SM_API int sm_signatures_create(sm_signatures **s, const char *path,
                                const sm_dedup_options *settled,
                                const sm_preference *preference, sm_hash128 fingerprint,
                                uint64_t reading, sm_error *err) SM_MUST_USE;

/* A document to be appended. */
typedef struct sm_signed {
    sm_dedup_item item; /* by sm_dedup_sign */
    sm_span payload;    /* by sm_signed_pack */
    sm_span id;
    size_t text_bytes;
    double preference;
} sm_signed;

/* sm_signed_pack codes what verification needs of the item, in the arena: the costly part, for many threads. */
SM_API void sm_signed_pack(sm_signed *document, const sm_dedup_options *settled,
                           sm_arena *arena);
SM_API int sm_signatures_add(sm_signatures *s, const sm_signed *document,
                             sm_error *err) SM_MUST_USE;
SM_API int sm_signatures_commit(sm_signatures *s, sm_error *err) SM_MUST_USE;
SM_API void sm_signatures_abort(sm_signatures *s); /* NULL is allowed */
/* sm_signatures_read_info reads head and foot of a finished file. SM_EFORMAT, SM_ETRUNC, SM_EHASH by name. */
SM_API int sm_signatures_read_info(const char *path, sm_signatures_info *info,
                                   sm_error *err) SM_MUST_USE;
/* sm_signatures_verify reads all of a file and checks every hash. */
SM_API int sm_signatures_verify(const char *path, sm_error *err) SM_MUST_USE;

/* ---- matching ------------------------------------------------------------------------------- */

typedef enum sm_cluster {
    SM_CLUSTER_GREEDY, /* a document goes if it matches a kept one that is preferred to it */
    SM_CLUSTER_TRANSITIVE /* whoever is linked by a chain of matches is one cluster; one of it stays */
} sm_cluster;

typedef struct sm_match_options {
    sm_preference preference;
    sm_cluster cluster;
    double threshold;    /* 0: as signed */
    unsigned bucket_cap; /* 0: as signed */
    size_t memory;       /* most bytes that are held; 1 GiB */
    unsigned threads;
} sm_match_options;

/* The same for any split of the work, of the memory and of the threads. */
typedef struct sm_match_counts {
    uint64_t documents, flagged;
    uint64_t
        any_band; /* documents that share a key or text with an earlier one: what goes without verification */
    uint64_t kept, exact, near, url; /* their sum is `documents` */
    uint64_t clusters;               /* of two documents and more */
    uint64_t candidates, verified, capped;
} sm_match_counts;

typedef struct sm_match_job sm_match_job;

/* sm_match_open takes the signatures in the order of the documents: files, or folders for their *.sig in byte
 * order of the names. `folder` is made; it gets the results. SM_EUSAGE where files were signed with different options
 * or bear the same name, or where preference or threshold ask for what they do not hold. */
SM_API int sm_match_open(sm_match_job **job, const char *const *paths, size_t n_paths,
                         const char *folder, const sm_match_options *options,
                         sm_error *err) SM_MUST_USE;
SM_API void sm_match_close(sm_match_job *job);
SM_API unsigned sm_match_bands(const sm_match_job *job); /* 0: exact only */

/* sm_match_band finds the flagged documents of a band, of equal texts (band −1) or of equal URLs (−2), and writes them
 * to the folder; *done tells that they were there already. */
SM_API int sm_match_band(sm_match_job *job, int band, bool *done, sm_error *err) SM_MUST_USE;
/* sm_match_has_band tells whether this band's file is there and made of the same signatures; SM_EUSAGE where it
 * was made of others. 1 yes, 0 no. */
SM_API int sm_match_has_band(const sm_match_job *job, int band, sm_error *err) SM_MUST_USE;
/* sm_match_decide needs every band's file; writes NAME.match for each file. */
SM_API int sm_match_decide(sm_match_job *job, sm_match_counts *counts,
                           sm_error *err) SM_MUST_USE;

/* ---- applying ------------------------------------------------------------------------------- */

typedef struct sm_decision {
    uint64_t document; /* its place among the good documents of the file, from 0 */
    sm_hash128 text;
    sm_match_kind kind; /* SM_MATCH_NONE: kept, and others were dropped for it */
    double similarity;  /* with `by` */
    uint64_t size;      /* kept: documents of its cluster, itself among them */
    sm_span kept;       /* id of the cluster's kept document */
    sm_span by;         /* id of the document it matched; greedy: the kept one */
} sm_decision;

/* sm_decisions: reads a NAME.match. */
typedef struct sm_decisions sm_decisions;

typedef struct sm_decisions_info {
    sm_hash128 fingerprint; /* of the input */
    uint64_t documents;     /* of the input */
    uint64_t dropped;
    double threshold;
    sm_cluster cluster;
    bool normalized; /* the decisions' `text` is of the view, not of the text's bytes */
} sm_decisions_info;

SM_API int sm_decisions_open(sm_decisions **d, const char *path, sm_error *err) SM_MUST_USE;
SM_API void sm_decisions_close(sm_decisions *d);
SM_API const sm_decisions_info *sm_decisions_about(const sm_decisions *d);
/* sm_decisions_next gives the next one in order of documents: 1, or 0 at the end; the spans live until the next
 * call. SM_EFORMAT, SM_ETRUNC and SM_EHASH by name. */
SM_API int sm_decisions_next(sm_decisions *d, sm_decision *decision, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
