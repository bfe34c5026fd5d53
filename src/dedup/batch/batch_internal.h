/* What the files of src/dedup/batch share: the layout of signatures, and reading them by columns.
 * SPDX-License-Identifier: MIT
 *
 * A file of signatures: a head of 256 bytes, chunks, a foot of 48. Integers are little-endian, hashes XXH3-64.
 *
 *   chunk    head: u32 magic, u32 n, u64 bytes of ids, u64 bytes of payload, u64 hash of the ids, one hash a column,
 *                  hash of all this
 *            columns of n values each: sizes (u32 distinct shingles; 0: short), texts (XXH3-128), urls (XXH3-128; 0:
 *                  none), about (u32 bytes of id, u32 bytes of payload, u64 bytes of text, f64 preference, u64 hash of
 *                  the payload), keys of band 0, 1, …
 *            ids, payload: of all documents, one behind the other
 *
 * The payload of a document is its set of shingles (store/setcode.h) or, for SM_VERIFY_SIGNATURE, its signature (4
 * bytes an entry). */
#ifndef SM_BATCH_INTERNAL_H
#define SM_BATCH_INTERNAL_H

#include <seimai/dedup_batch.h>

#include <string.h>

enum {
    SIG_HEAD = 256,
    SIG_FOOT = 48,
    CHUNK_HEAD = 32, /* without its hashes */
    CHUNK_DOCUMENTS = 4096,
    CHUNK_PAYLOAD = 16 << 20, /* a chunk ends behind the document that reaches it */
    COLUMN_SIZES = 0,
    COLUMN_TEXTS,
    COLUMN_URLS,
    COLUMN_ABOUT,
    COLUMN_KEYS, /* + band */
    BANDS_MAX = SM_MINHASH_MAX
};

#define SIG_MAGIC   "seimaisg"
#define CHUNK_MAGIC 0x4B4E4843U /* "CHNK" */
#define FOOT_MAGIC  0x544F4F46U /* "FOOT" */
#define SIG_VERSION 1U

/* Bytes of a value of a column. */
static inline size_t column_width(unsigned column)
{
    static const unsigned char widths[] = {4, 16, 16, 32};
    return column < COLUMN_KEYS ? widths[column] : 8;
}

/* A double as the bits of an integer, and back: how it lies in a file. */
static inline uint64_t bits_of(double v)
{
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline double real_of(uint64_t bits)
{
    double v = 0;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline void append_u32(sm_buffer *b, uint32_t v)
{
    char p[4];
    sm_put_u32(p, v);
    sm_buffer_put(b, (sm_span){p, sizeof p});
}

static inline void append_u64(sm_buffer *b, uint64_t v)
{
    char p[8];
    sm_put_u64(p, v);
    sm_buffer_put(b, (sm_span){p, sizeof p});
}

/* sig_file: a finished file of signatures, open for reading. */
typedef struct sig_file {
    char *path, *name; /* the name has neither folder nor ".sig" */
    int fd;
    int64_t size;
    uint64_t first;     /* number of its first document in the whole job */
    uint64_t head_hash; /* of options and fingerprint */
    uint64_t urls;      /* documents with one */
    sm_signatures_info info;
} sig_file;

int sig_open(sig_file *f, const char *path, sm_error *err) SM_MUST_USE;
void sig_close(sig_file *f);

/* sig_chunk: where the parts of a chunk lie. */
typedef struct sig_chunk {
    uint32_t n; /* documents */
    unsigned columns;
    uint64_t first; /* number of its first document in the file */
    int64_t at;     /* of the columns */
    uint64_t ids_bytes, payload_bytes;
    uint64_t ids_hash;
    sm_buffer head;
    int64_t next; /* where the next chunk begins */
} sig_chunk;

void sig_chunk_init(sig_chunk *c);
void sig_chunk_fini(sig_chunk *c);
/* sig_chunk_next walks from chunk to chunk (c->next = 0 starts anew): 1, or 0 at the end. */
int sig_chunk_next(const sig_file *f, sig_chunk *c, sm_error *err) SM_MUST_USE;
/* These read a part of the chunk and check its hash. */
int sig_read_column(const sig_file *f, const sig_chunk *c, unsigned column, sm_buffer *into,
                    sm_error *err) SM_MUST_USE;
int sig_read_ids(const sig_file *f, const sig_chunk *c, sm_buffer *into,
                 sm_error *err) SM_MUST_USE;
/* sig_read_payload reads the payload of one document, which stands `at` bytes into the chunk's. */
int sig_read_payload(const sig_file *f, const sig_chunk *c, uint64_t at, size_t bytes,
                     uint64_t hash, sm_buffer *into, sm_error *err) SM_MUST_USE;
/* sig_unpack gives item->set or item->entries, in the arena, of a document with n_set shingles; SM_EFORMAT where
 * the payload is none. */
int sig_unpack(const sig_file *f, sm_span payload, size_t n_set, sm_arena *arena,
               sm_dedup_item *item, sm_error *err) SM_MUST_USE;

/* Bytes of a file at an offset; SM_ETRUNC where it ends before. */
int read_at(int fd, const char *path, int64_t at, char *p, size_t n, sm_error *err) SM_MUST_USE;

#endif
