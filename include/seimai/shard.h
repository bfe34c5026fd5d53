/* seimai/shard.h - token shards: what training reads, and the specification of its files.
 * SPDX-License-Identifier: MIT
 *
 * A set of shards is a folder:
 *
 *     NAME-00000.bin    tokens, nothing else                    as Megatron-LM has it
 *                       or .bin.zst: the same in zstd frames (seimai/frames.h), each with 1 MiB of it
 *     NAME-00000.idx    where documents begin                   as Megatron-LM has it
 *     NAME-00000.meta   what Megatron-LM's pair cannot say: ids, text bytes, masks, checksums
 *     manifest.json     what the set is, and whether it is whole
 *
 * On disk stands d1 EOT d2 EOT … As a target an EOT closes its document; as an input the same EOT opens the
 * next one; the first document's is the last of the set (all shards form one ring). The EOT id stands at
 * the ends of documents and nowhere else: the writer refuses it inside a document, so a reader
 * finds the documents of a window by looking for it. In a set without EOT (eot = -1) the tokens are
 * one document, and the first of them is an input only.
 *
 * Files, little-endian:
 *   .bin   tokens of u16 where vocab_size < 65500, else of i32.
 *   .idx   9 bytes "MMIDIDX\0\0"; u64 version = 1; u8 dtype (8 = u16, 4 = i32); u64 S sequences; u64 S + 1;
 *          i32 length[S] in tokens, the EOT counted; i64 byte offset[S] into .bin; i64 0, 1, … S.
 *          34 bytes stand before the arrays, which are therefore not aligned.
 *   .meta  a header of 128 bytes, a table of sections, the sections; each begins at a multiple of 64, what
 *          lies between is 0:
 *            0  8 bytes "SMSHARD\0"        32  u32 bytes of a token (2, 4)    56  u64 tokens
 *            8  u32 version = 1            36  u32 vocab_size                 64  u64 sequences
 *           12  u32 flags (see below)      40  i64 eot, -1 for none           72  u64 bytes of this file
 *           16  tokenizer hash, 16 bytes   48  u32 number of sections N       80  u64 XXH3-64 of the header and
 *               (big-endian, as in hex)    52  u32 0                              the table, this field being 0
 *           88  zeros up to 128; then N × {u32 kind, u32 0, i64 offset, i64 bytes, u64 XXH3-64 of the bytes}
 *          flags: 1 = sequence 0 continues the last document of the shard before; 2 = the last sequence is
 *          continued in the next shard; 4 = a tokenizer hash is there.
 *          Sections (a reader skips kinds that it does not know; kinds marked * may be missing):
 *            1  blocks      u64 XXH3-64 of each 1 MiB of .bin, the last one shorter
 *            2  text bytes  u64 of each sequence: UTF-8 bytes of its text; 0 in a continuation
 *            3  characters  u64 of each sequence: code points of its text; 0 in a continuation
 *            4  id ends     u64 of each sequence: where its id ends in section 5
 *            5  ids         UTF-8, one after the other
 *            6 *sources     u32 of each sequence: an index into the manifest's "sources"
 *            7 *part ends   u64 of each sequence: how many parts (section 8) it and those before it have
 *            8 *parts       {u32 kind (sm_part_kind), u32 start: token in the document}
 *            9 *targets     1 bit a token (token t: bit t % 8 of byte t / 8): 1 = it counts in the loss
 *   manifest.json  one JSON object and LF: format ("seimai-shards 1"), kind, complete, name, tokenizer ({name, hash} or
 *          null), vocab_size, eot, bos, pad (null for none), dtype, tokens, documents, text_bytes, characters,
 *          sources, options, shards: [{name, tokens, documents, sequences, text_bytes, characters, bin, idx, meta: each
 *          {bytes, xxh3}}], and last xxh3: the XXH3-128 of the file's bytes before `,"xxh3"`. Where tokens are stored
 *          as .bin.zst, "storage": "zstd" stands behind dtype, and bin is that file.
 *          It is written anew whenever a shard is finished, then with complete: false and "unfinished":
 *          {"shard_tokens": N} behind it: a run that dies leaves whole shards, and the same run again goes on.
 *
 * Nouns
 *   document   ids with an id string; ends with EOT where the set has one
 *   sequence   a document, or the piece of it that stands in one shard (documents longer than a shard only)
 *   target     a token that counts in the loss; without section 9 every token does
 *
 * Ownership: open and close pair up; spans live as long as the set. Threads: a writer belongs to one
 * thread; an opened set is read-only and may be shared. */
#ifndef SEIMAI_SHARD_H
#define SEIMAI_SHARD_H

#include <seimai/document.h>
#include <seimai/hash.h>
#include <seimai/order.h>
#include <seimai/part.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SM_SHARD_U16_LIMIT =
        65500,               /* vocabularies below it are stored as u16 (Megatron-LM's rule) */
    SM_SHARD_BLOCK = 1 << 20 /* bytes of .bin under one checksum */
};

SM_API const char *sm_part_name(sm_part_kind kind); /* "prompt" … */

/* ---- writing ------------------------------------------------------------------------------ */

typedef struct sm_shard_doc {
    sm_span id; /* UTF-8 */
    const uint32_t *ids;
    size_t n;            /* tokens, EOT not counted; may be 0 */
    uint64_t text_bytes; /* of the text before normalisation */
    uint64_t characters;
    const uint8_t *targets; /* n bits, or NULL; the EOT counts if the last token does */
    const sm_shard_part *parts;
    size_t n_parts;
    uint32_t source;     /* index into the options' sources */
    bool end_is_context; /* the EOT is no target even if the last token is one */
} sm_shard_doc;

/* What a set is. Strings must live as long as the writer. */
typedef struct sm_shard_options {
    const char *dir;  /* made if need be */
    const char *name; /* NAME of the files; NULL: "shard" */
    const char
        *kind; /* "text", "chat", "pair", "seq2seq"; all but text need targets. NULL: "text" */
    uint32_t vocab_size;
    int64_t eot, bos, pad; /* -1: none */
    bool has_tokenizer;
    sm_hash128 tokenizer_hash;
    const char *tokenizer_name; /* NULL: none */
    int64_t
        shard_tokens; /* the most tokens of a shard, 1 … 2^31 - 1; it ends at a document end */
    const char *const *sources; /* names, NULL-terminated; NULL: none */
    sm_span options;            /* a JSON object with the options of the run; may be empty */
    const char *compress;       /* "zstd": tokens as .bin.zst; "none" or NULL: as .bin */
} sm_shard_options;

typedef struct sm_shard_writer sm_shard_writer;

/* sm_shard_writer_open makes the folder. SM_EUSAGE where it holds a finished set (none is ever overwritten), an unfinished
 * one with other options, or an option is out of range; SM_EIO; what sm_shards_open says of shards that are damaged.
 * Where the run that wrote it died, its shards stay, and the documents that are in them are compared with what is
 * appended, not written again: SM_EFORMAT, with id and place, where they differ. What comes out is, byte for byte, what an
 * undisturbed run writes. */
SM_API int sm_shard_writer_open(sm_shard_writer **writer, const sm_shard_options *options,
                                sm_error *err) SM_MUST_USE;
/* The same for n sets that one run writes: they are refused as finished if all are, since a run may die between two
 * commits. On failure none is open. */
SM_API int sm_shard_writers_open(sm_shard_writer *writers[], const sm_shard_options options[],
                                 size_t n, sm_error *err) SM_MUST_USE;
/* sm_shard_writer_append adds a document and its EOT. Memory: 8 … 40 bytes and the id for each document of the
 * current shard. SM_EFORMAT, with id and position, for an id >= vocab_size, an EOT inside, or a document
 * without a target in a set that has them; SM_EIO. A failed writer can only be aborted. */
SM_API int sm_shard_writer_append(sm_shard_writer *writer, const sm_shard_doc *doc,
                                  sm_error *err) SM_MUST_USE;
/* The same in three steps, for documents that do not fit in memory: begin (doc->ids is not read, doc->n is the
 * whole length), put until n ids are there, end. Sets without targets only. */
SM_API int sm_shard_writer_begin(sm_shard_writer *writer, const sm_shard_doc *doc,
                                 sm_error *err) SM_MUST_USE;
SM_API int sm_shard_writer_put(sm_shard_writer *writer, const uint32_t *ids, size_t n,
                               sm_error *err) SM_MUST_USE;
SM_API int sm_shard_writer_end(sm_shard_writer *writer, sm_error *err) SM_MUST_USE;
/* sm_shard_writer_commit ends the last shard and writes the manifest; frees the writer in every case. `complete`
 * is false where an input was cut: the manifest then says so, and readers refuse the set.
 * SM_EFORMAT where a set with targets has no token that is not one: a mask was forgotten. */
SM_API int sm_shard_writer_commit(sm_shard_writer *writer, bool complete,
                                  sm_error *err) SM_MUST_USE;
/* sm_shard_writer_abort frees the writer; the set stays unfinished. NULL is allowed. */
SM_API void sm_shard_writer_abort(sm_shard_writer *writer);

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct sm_shards sm_shards;

typedef struct sm_shards_info {
    const char *dir;
    const char *kind, *name;
    bool complete;
    bool unfinished; /* its writer has not committed: these are the shards so far */
    bool has_tokenizer;
    sm_hash128 tokenizer_hash;
    const char *tokenizer_name; /* NULL: none */
    uint32_t vocab_size;
    int64_t eot, bos, pad; /* -1: none */
    unsigned token_bytes;  /* 2 or 4 */
    bool compressed;       /* .bin.zst */
    bool has_targets;
    uint64_t tokens; /* EOT counted */
    uint64_t documents, sequences;
    uint64_t text_bytes, characters;
    size_t n_shards, n_sources;
} sm_shards_info;

/* sm_shards_open maps a set and checks what can be checked without reading the tokens: the manifest and its
 * hash, the length of every file, headers, versions, seek tables, and that all of them agree. SM_ENOENT without a
 * manifest (no shard is finished), SM_EFORMAT, SM_ETRUNC, SM_EHASH; the message names file and field.
 * Memory: of a compressed set up to 32 MiB, for frames that are decoded. */
SM_API int sm_shards_open(sm_shards **set, const char *dir, sm_error *err) SM_MUST_USE;
SM_API void sm_shards_close(sm_shards *set); /* NULL is allowed */
SM_API const sm_shards_info *sm_shards_about(const sm_shards *set);

/* sm_shards_expect refuses a set that was made with another tokenizer (SM_EHASH, with both hashes) or without
 * one, or that is not complete (SM_ETRUNC). sm_shards_complete refuses the last alone. */
SM_API int sm_shards_complete(const sm_shards *set, sm_error *err) SM_MUST_USE;
SM_API int sm_shards_expect(const sm_shards *set, sm_hash128 tokenizer,
                            sm_error *err) SM_MUST_USE;

/* sm_shards_read gives n tokens from token `first` on, across shards. The range must lie inside. O(log shards).
 * Of a compressed set it decodes a frame where that is not in the cache. If the frame is damaged, the tokens are the
 * EOT (0 without one), and the set remembers it: */
SM_API void sm_shards_read(const sm_shards *set, uint64_t first, size_t n, uint32_t *ids);
/* sm_shards_fault tells the first failure of all reads so far, or SM_OK; as with ferror, a caller may ask once for many
 * reads, when the threads that read have joined. A set that is not compressed has none. */
SM_API int sm_shards_fault(const sm_shards *set, sm_error *err) SM_MUST_USE;
/* sm_shards_window gives window s (seimai/order.h) as w->length inputs, targets and weights: 1, or 0 for a surplus
 * target, a token that is no target, and the first token of a set without EOT. Arrays of w->length. */
SM_API void sm_shards_window(const sm_shards *set, const sm_windows *w, uint64_t s,
                             uint32_t *input, uint32_t *target, float *weight);
/* sm_shards_targets counts the weights of window s that are 1, without reading the tokens where it can. */
SM_API uint64_t sm_shards_targets(const sm_shards *set, const sm_windows *w, uint64_t s);

/* A sequence as it stands in the set. */
typedef struct sm_shards_doc {
    sm_span id;
    uint64_t first, n; /* tokens; the EOT is the last of them where the document ends here */
    uint64_t text_bytes, characters;
    uint32_t source;
    bool continues, continued; /* a piece: not the first, not the last */
} sm_shards_doc;

/* sm_shards_document gives sequence i < info.sequences; SM_EFORMAT where the files contradict each other. */
SM_API int sm_shards_document(const sm_shards *set, uint64_t i, sm_shards_doc *doc,
                              sm_error *err) SM_MUST_USE;
/* sm_shards_find gives the sequence that holds a token. O(log sequences). */
SM_API int sm_shards_find(const sm_shards *set, uint64_t token, uint64_t *sequence,
                          sm_error *err) SM_MUST_USE;
/* sm_shards_source gives the name of source i; sm_shards_name that of the files of shard i, without ending. */
SM_API sm_span sm_shards_source(const sm_shards *set, size_t i);
SM_API const char *sm_shards_name(const sm_shards *set, size_t shard);

/* sm_shards_verify reads everything: the checksum of every block and section, the index, every id below
 * vocab_size, EOT at the ends of documents and nowhere else. faults[i] (info.n_shards of them, zeroed) tells the first
 * fault of shard i, with file and place. Returns 0, or the code of the first faulty shard. */
SM_API int sm_shards_verify(const sm_shards *set, unsigned threads,
                            sm_error *faults) SM_MUST_USE;

/* ---- the tokenizer beside them -------------------------------------------------------------- */

/* The names of the files that make a tokenizer directory, NULL at the end; not every one has all. */
SM_API extern const char *const sm_tokenizer_files[];
/* sm_tokenizer_files_copy copies what sm_tokenizer_load reads of `from` into `to`, which is made: of a directory
 * those that are there; a tokenizer.json, .model or .tiktoken (with what is beside it) under the name that a directory
 * has for it. `to` then loads as `from` does; of FILE:NAME the name is kept too. SM_ENOENT. `shard` puts them into tokenizer/ beside the sets, so that training finds them. */
SM_API int sm_tokenizer_files_copy(const char *from, const char *to, sm_error *err) SM_MUST_USE;

/* ---- dividing a corpus -------------------------------------------------------------------- */

/* sm_split_key gives what a document is divided by: with key NULL or "auto" the cluster that dedup noted
 * (metadata.dedup.cluster), else the host of metadata.url, else the id; with "cluster", "host" or "id" that one
 * (the id where it is missing); any other key is a dotted path. The span lives as long as the document. */
SM_API sm_span sm_split_key(sm_doc *doc, const char *key);
/* sm_split_is_validation: XXH3-64 of the key, as a share of 2^64, lies below `share`. The answer for a key never
 * changes when the corpus grows. */
SM_API bool sm_split_is_validation(sm_span key, double share);

/* ---- from other formats ------------------------------------------------------------------- */

/* sm_import_ids appends documents from JSONL: each line an object with `ids`, a list of numbers, and perhaps `id`
 * (else "LINE"), `text_bytes`, `characters`, and `targets`, 0 or 1 for each id, which a set of a kind other than text
 * needs. SM_EFORMAT with file and line. */
SM_API int sm_import_ids(sm_shard_writer *writer, const char *path, sm_error *err) SM_MUST_USE;
/* sm_import_raw appends a file of bare u16 or u32 tokens (token_bytes 2 or 4): cut into documents at each
 * `eot`, which the writer writes again; with eot -1 the file is one document. */
SM_API int sm_import_raw(sm_shard_writer *writer, const char *path, unsigned token_bytes,
                         int64_t eot, sm_error *err) SM_MUST_USE;

/* The same from llm.c's files (a header of 1,024 bytes, which is checked), cut at each `eot`. */
SM_API int sm_import_llmc(sm_shard_writer *writer, const char *path, int64_t eot,
                          sm_error *err) SM_MUST_USE;
/* From datatrove's NAME.ds with .ds.index, .ds.metadata and perhaps .ds.loss beside it, and from Megatron-LM's
 * NAME.bin (or NAME) with .idx: documents as their index has them, numbered from 0. A document's last token is taken for
 * its EOT where it is `eot`; the writer gives every document one. SM_EFORMAT where index and tokens contradict. */
SM_API int sm_import_datatrove(sm_shard_writer *writer, const char *path, int64_t eot,
                               sm_error *err) SM_MUST_USE;
SM_API int sm_import_megatron(sm_shard_writer *writer, const char *path, int64_t eot,
                              sm_error *err) SM_MUST_USE;

/* ---- several sets by name --------------------------------------------------------------------- */

/* A set and its share of the samples, of which only ratios matter. */
typedef struct sm_shard_source {
    const char *dir;
    double weight; /* > 0; or 0 for all sets: in proportion to their tokens */
} sm_shard_source;

typedef struct sm_shard_sources {
    sm_shard_source *items; /* (n) */
    uint32_t n;
    const char *validation, *tokenizer; /* what lies beside them; NULL where there is none */
} sm_shard_sources;

/* sm_shard_sources_find reads DIR or DIR=WEIGHT, n > 0 times; where one has a weight, those without have 1. `shard` leaves
 * the tokenizer beside what it writes, and with --validation train/ and valid/ in one folder: such a DIR means its train/,
 * and the first valid/ and tokenizer/ are found unless they are given. A folder whose name ends like a weight is a
 * folder. Items and names are of the arena. */
SM_API void sm_shard_sources_find(sm_shard_sources *sources, const char *const given[],
                                  size_t n, sm_arena *arena);
/* sm_shard_sources_mix makes the mixture (seimai/order.h) of sets with so many tokens each. SM_EUSAGE for a weight
 * below 0. */
SM_API int sm_shard_sources_mix(const sm_shard_sources *sources, const uint64_t *tokens,
                                sm_mixture *mixture, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
