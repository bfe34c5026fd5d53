/* Reading all of a set: checksums, the index, every id. See sm_shards_verify in seimai/shard.h.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/parallel.h>
#include <seimai/shard.h>

#include <string.h>

/* What a block says about its tokens, in loops that become vector code. */
typedef struct block_facts {
    uint32_t largest, ends; /* tokens that are the EOT */
} block_facts;

static block_facts facts_of_u16(sm_span block, uint32_t eot)
{
    enum { RUN = 32768 }; /* a count of 16 bits cannot overflow in it */
    uint16_t largest = 0;
    block_facts f = {0};
    for (size_t at = 0; at + 2 <= block.n; at += 2 * (size_t)RUN) {
        const size_t n = (block.n - at) / 2 < RUN ? (block.n - at) / 2 : RUN;
        uint16_t ends = 0;
        for (size_t i = 0; i < n; i++) {
            const uint16_t id = load_u16(block.p + at + 2 * i);
            largest = id > largest ? id : largest;
            ends = (uint16_t)(ends + (id == (uint16_t)eot));
        }
        f.ends += ends;
    }
    f.largest = largest;
    return f;
}

static block_facts facts_of_u32(sm_span block, uint32_t eot)
{
    block_facts f = {0};
    for (size_t i = 0; i + 4 <= block.n; i += 4) {
        const uint32_t id = load_u32(block.p + i);
        f.largest = id > f.largest ? id : f.largest;
        f.ends += id == eot;
    }
    return f;
}

/* The walk through the tokens of a shard, block by block. */
typedef struct walk {
    const shard *s;
    char *plain;       /* a block of a compressed shard */
    uint64_t sequence; /* the one whose end comes next … */
    uint64_t end;      /* … and the token behind it */
    uint64_t ends;     /* end tokens so far */
    uint64_t closed;   /* sequences so far that end a document */
} walk;

static uint32_t sequence_length(const shard *s, uint64_t i)
{
    return sm_get_u32(s->maps[FILE_IDX].bytes.p + IDX_HEADER + 4 * i);
}

static int read_block(const walk *w, uint64_t at, size_t n, sm_span *block, sm_error *err)
{
    *block = (sm_span){w->plain, n};
    if (w->plain)
        return sm_frames_decode(&w->s->frames, (uint32_t)(at / SM_SHARD_BLOCK), w->plain, err);
    block->p = w->s->maps[FILE_BIN].bytes.p + at;
    return SM_OK;
}

static int verify_block(walk *w, sm_span block, uint64_t at, sm_error *err)
{
    const meta *m = &w->s->meta;
    const char *const path = w->s->paths[FILE_BIN];
    const unsigned long long first = at, last = at + block.n - 1;
    const char *const hashes = m->sections[SECTION_BLOCKS].p;
    const uint32_t eot = m->eot < 0 ? UINT32_MAX : (uint32_t)m->eot;
    if (sm_hash64(block) != sm_get_u64(hashes + at / SM_SHARD_BLOCK * 8))
        SM_FAIL(err, SM_EHASH, "%s: bytes %llu … %llu: the checksum does not match", path,
                first, last);
    const block_facts f =
        m->token_bytes == 2 ? facts_of_u16(block, eot) : facts_of_u32(block, eot);
    if (f.largest >= m->vocab_size)
        SM_FAIL(err, SM_EFORMAT, "%s: bytes %llu … %llu: id %u in a vocabulary of %u", path,
                first, last, f.largest, m->vocab_size);
    w->ends += f.ends;
    return SM_OK;
}

/* The sequences that end in a block, whose first token is `token`, end with the EOT. */
static int verify_ends(walk *w, sm_span block, uint64_t token, sm_error *err)
{
    const meta *m = &w->s->meta;
    const unsigned size = m->token_bytes;
    const uint64_t behind = token + block.n / size;
    for (; w->sequence < m->sequences && w->end <= behind; w->closed++) {
        uint32_t last = 0;
        tokens_unpack(block.p + (w->end - 1 - token) * size, size, 1, &last);
        const bool open = w->sequence + 1 == m->sequences && m->flags & FLAG_CONTINUED;
        if (open) return SM_OK;
        if (last != m->eot)
            SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu does not end with the end token",
                    w->s->paths[FILE_BIN], (unsigned long long)w->sequence);
        if (++w->sequence < m->sequences) w->end += sequence_length(w->s, w->sequence);
    }
    return SM_OK;
}

static int walk_blocks(walk *w, sm_error *err)
{
    const meta *m = &w->s->meta;
    const uint64_t bytes = m->tokens * m->token_bytes;
    if (m->sequences) w->end = sequence_length(w->s, 0);
    for (uint64_t at = 0; at < bytes; at += SM_SHARD_BLOCK) {
        const size_t n = bytes - at < SM_SHARD_BLOCK ? (size_t)(bytes - at) : SM_SHARD_BLOCK;
        sm_span block;
        SM_TRY(read_block(w, at, n, &block, err));
        SM_TRY(verify_block(w, block, at, err));
        if (m->eot >= 0) SM_TRY(verify_ends(w, block, at / m->token_bytes, err));
    }
    if (m->eot < 0 || w->ends == w->closed) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: the end token stands inside a document",
            w->s->paths[FILE_BIN]);
}

static int verify_tokens(const shard *s, bool compressed, sm_error *err)
{
    walk w = {.s = s, .plain = compressed ? sm_malloc(SM_SHARD_BLOCK) : NULL};
    const int status = walk_blocks(&w, err);
    sm_free(w.plain);
    return status;
}

/* Sequences follow each other without a gap; with an end token none is empty. */
static int verify_index(const shard *s, sm_error *err)
{
    const meta *m = &s->meta;
    const uint64_t n = m->sequences;
    const char *offsets = s->maps[FILE_IDX].bytes.p + IDX_HEADER + 4 * n;
    const char *documents = offsets + 8 * n;
    uint64_t token = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t length = sequence_length(s, i);
        if (sm_get_u64(offsets + 8 * i) != token * m->token_bytes ||
            sm_get_u64(documents + 8 * i) != i || length > m->tokens - token ||
            (length == 0 && m->eot >= 0))
            SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu does not follow the one before",
                    s->paths[FILE_IDX], (unsigned long long)i);
        token += length;
    }
    if (token == m->tokens && sm_get_u64(documents + 8 * n) == n) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: the sequences do not add up to the tokens",
            s->paths[FILE_IDX]);
}

static int verify_file(const shard *s, const shard_record *record, int kind, sm_error *err)
{
    const sm_hash128 got = sm_hash128_of(s->maps[kind].bytes);
    if (sm_hash128_equal(got, record->files[kind].xxh3)) return SM_OK;
    SM_FAIL(err, SM_EHASH, "%s: the checksum in manifest.json does not match", s->paths[kind]);
}

static int verify_documents(const sm_shards *set, const shard *s, const shard_record *record,
                            sm_error *err)
{
    uint64_t documents = 0, text_bytes = 0, characters = 0;
    for (uint64_t i = 0; i < s->meta.sequences; i++) {
        sm_shards_doc doc;
        SM_TRY(sm_shards_document(set, s->first_sequence + i, &doc, err));
        documents += !doc.continues;
        text_bytes += doc.text_bytes;
        characters += doc.characters;
        if (doc.source && doc.source >= set->manifest.info.n_sources)
            SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu: there is no source %u",
                    s->paths[FILE_META], (unsigned long long)i, doc.source);
    }
    if (documents == record->documents && text_bytes == record->text_bytes &&
        characters == record->characters)
        return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: its documents do not add up to what manifest.json says",
            s->paths[FILE_META]);
}

static int verify_shard(const sm_shards *set, size_t i, sm_error *err)
{
    const shard *s = &set->shards[i];
    const shard_record *record = &set->manifest.shards[i];
    const bool compressed = set->manifest.info.compressed;
    SM_TRY(meta_verify(s->maps[FILE_META].bytes, s->paths[FILE_META], err));
    SM_TRY(verify_file(s, record, FILE_META, err));
    SM_TRY(verify_file(s, record, FILE_IDX, err));
    if (compressed)
        SM_TRY(verify_file(s, record, FILE_BIN, err)); /* else .meta has its blocks */
    SM_TRY(verify_index(s, err));
    SM_TRY(verify_tokens(s, compressed, err));
    return verify_documents(set, s, record, err);
}

typedef struct work {
    const sm_shards *set;
    sm_error *faults;
} work;

/* Each shard keeps its own fault, so that one bad shard does not hide another. */
static int verify_item(void *shared, unsigned worker, size_t i, sm_error *err)
{
    work *w = shared;
    (void)worker, (void)err;
    (void)verify_shard(w->set, i, &w->faults[i]);
    return SM_OK;
}

int sm_shards_verify(const sm_shards *set, unsigned threads, sm_error *faults)
{
    work w = {set, faults};
    SM_TRY(sm_parallel(threads, set->manifest.info.n_shards, verify_item, &w, NULL));
    for (size_t i = 0; i < set->manifest.info.n_shards; i++)
        SM_TRY(faults[i].code);
    return SM_OK;
}
