/* What writer, reader and verifier of shards share: the layout of seimai/shard.h in constants.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_SHARD_INTERNAL_H
#define SEIMAI_SHARD_INTERNAL_H

#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/frames.h>
#include <seimai/shard.h>

#include <string.h>

#define SHARD_FORMAT "seimai-shards 1"

/* ---- .idx ---------------------------------------------------------------------------------- */

#define IDX_MAGIC "MMIDIDX\0" /* and the NUL of the literal: 9 bytes */

enum {
    IDX_VERSION = 1,
    IDX_HEADER = 34,
    IDX_U16 = 8, /* codes of dtypes */
    IDX_I32 = 4,
    IDX_PER_SEQUENCE = 4 + 8 + 8 /* length, offset, document */
};

/* ---- .meta --------------------------------------------------------------------------------- */

#define META_MAGIC "SMSHARD" /* and the NUL of the literal: 8 bytes */

enum {
    META_VERSION = 1,
    META_HEADER = 128,
    META_ENTRY = 32,
    META_ALIGN = 64,
    /* where the fields of the header stand */
    AT_VERSION = 8,
    AT_FLAGS = 12,
    AT_TOKENIZER = 16,
    AT_TOKEN_BYTES = 32,
    AT_VOCAB = 36,
    AT_EOT = 40,
    AT_SECTIONS = 48,
    AT_TOKENS = 56,
    AT_SEQUENCES = 64,
    AT_FILE_BYTES = 72,
    AT_HASH = 80
};

enum { FLAG_CONTINUES = 1, FLAG_CONTINUED = 2, FLAG_TOKENIZER = 4 };

enum section {
    SECTION_BLOCKS = 1,
    SECTION_TEXT_BYTES,
    SECTION_CHARACTERS,
    SECTION_ID_ENDS,
    SECTION_IDS,
    SECTION_SOURCES,
    SECTION_PART_ENDS,
    SECTION_PARTS,
    SECTION_TARGETS,
    SECTION_COUNT
};

/* What a .meta says, or is to say. An absent section is empty with p == NULL. */
typedef struct meta {
    uint32_t flags, token_bytes, vocab_size;
    int64_t eot;
    sm_hash128 tokenizer_hash;
    uint64_t tokens, sequences;
    sm_span sections[SECTION_COUNT];
} meta;

/* meta_encode appends the whole file to `out`. */
void meta_encode(const meta *m, sm_buffer *out);
/* meta_decode checks the header and the places and lengths of the sections; meta_verify their checksums. */
int meta_decode(meta *m, sm_span file, const char *path, sm_error *err);
int meta_verify(sm_span file, const char *path, sm_error *err);

/* ---- manifest ------------------------------------------------------------------------------ */

typedef struct file_record {
    int64_t bytes;
    sm_hash128 xxh3;
} file_record;

enum { FILE_BIN, FILE_IDX, FILE_META, FILE_KINDS };
extern const char *const file_keys[FILE_KINDS]; /* "bin", "idx", "meta": in the manifest */
/* … and as endings: .bin.zst in a compressed set. */
const char *file_ending(int kind, bool compressed);

typedef struct shard_record {
    char *name; /* NAME-00000 */
    uint64_t tokens, documents, sequences, text_bytes, characters;
    file_record files[FILE_KINDS];
} shard_record;

typedef struct manifest {
    sm_shards_info info; /* its strings lie in `config`, or are the caller's */
    shard_record *shards;
    sm_span *sources;
    sm_span options; /* JSON; of a manifest that was read it lies in … */
    sm_buffer options_text;
    int64_t shard_tokens; /* of an unfinished set */
    sm_config config;
} manifest;

/* manifest_encode appends the file; manifest_read reads and checks one, and its sums. */
void manifest_encode(const manifest *m, sm_buffer *out);
int manifest_read(manifest *m, const char *path, sm_error *err);
void manifest_free(manifest *m);

/* ---- an opened set --------------------------------------------------------------------------- */

typedef struct shard {
    sm_map maps[FILE_KINDS];
    char *paths[FILE_KINDS];
    meta meta;
    sm_frames frames;                                  /* of a compressed set */
    uint64_t first_token, first_sequence, first_frame; /* sums of the shards before */
} shard;

struct sm_shards {
    char *dir, *manifest_path; /* the manifest's messages point to its path */
    manifest manifest;
    shard *shards;
    sm_frame_cache *cache; /* of a compressed set, as is the fault */
    struct read_fault *fault;
};

struct read_fault *read_fault_new(void); /* free with sm_free */
/* tokens_unpack turns n tokens as they lie on disk into ids. */
void tokens_unpack(const char *p, unsigned token_bytes, size_t n, uint32_t *ids);

/* Little-endian loads and stores in place, for the loops over all tokens (those of base.h are calls). */
static inline uint16_t load_u16(const char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap16(v);
}

static inline uint32_t load_u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap32(v);
}

static inline void store_u16(char *p, uint16_t v)
{
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) v = __builtin_bswap16(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_u32(char *p, uint32_t v)
{
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) v = __builtin_bswap32(v);
    memcpy(p, &v, sizeof v);
}

static inline void add_u32(sm_buffer *b, uint32_t v)
{
    char bytes[4];
    store_u32(bytes, v);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

static inline void add_u64(sm_buffer *b, uint64_t v)
{
    add_u32(b, (uint32_t)v);
    add_u32(b, (uint32_t)(v >> 32));
}

/* The shard that holds a token, sequence i. */
const shard *sm_shard_of_token(const sm_shards *set, uint64_t token);
const shard *sm_shard_of_sequence(const sm_shards *set, uint64_t i);

/* path_join gives DIR/NAME or DIR/NAME.ENDING (ending may be NULL); free with sm_free. */
char *path_join(const char *dir, const char *name, const char *ending);

#endif
