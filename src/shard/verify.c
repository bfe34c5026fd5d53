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

static int verify_bin(const shard *s, uint64_t *ends, sm_error *err)
{
    const meta *m = &s->meta;
    const sm_span bin = s->maps[FILE_BIN].bytes;
    const char *hashes = m->sections[SECTION_BLOCKS].p;
    const uint32_t eot = m->eot < 0 ? UINT32_MAX : (uint32_t)m->eot;
    for (size_t at = 0; at < bin.n; at += SM_SHARD_BLOCK, hashes += 8) {
        const size_t n = bin.n - at < SM_SHARD_BLOCK ? bin.n - at : SM_SHARD_BLOCK;
        const sm_span block = {bin.p + at, n};
        if (sm_hash64(block) != sm_get_u64(hashes))
            SM_FAIL(err, SM_EHASH, "%s: bytes %zu … %zu: the checksum does not match",
                    s->paths[FILE_BIN], at, at + n - 1);
        const block_facts f =
            m->token_bytes == 2 ? facts_of_u16(block, eot) : facts_of_u32(block, eot);
        if (f.largest >= m->vocab_size)
            SM_FAIL(err, SM_EFORMAT, "%s: bytes %zu … %zu: id %u in a vocabulary of %u",
                    s->paths[FILE_BIN], at, at + n - 1, f.largest, m->vocab_size);
        *ends += f.ends;
    }
    return SM_OK;
}

/* Sequences follow each other without a gap; each that ends a document ends with the EOT. */
static int verify_sequences(const shard *s, uint64_t *closed, sm_error *err)
{
    const meta *m = &s->meta;
    const uint64_t n = m->sequences;
    const char *lengths = s->maps[FILE_IDX].bytes.p + IDX_HEADER;
    const char *offsets = lengths + 4 * n, *documents = offsets + 8 * n;
    uint64_t token = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t length = sm_get_u32(lengths + 4 * i);
        if (sm_get_u64(offsets + 8 * i) != token * m->token_bytes ||
            sm_get_u64(documents + 8 * i) != i || length > m->tokens - token)
            SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu does not follow the one before",
                    s->paths[FILE_IDX], (unsigned long long)i);
        token += length;
        const bool open = i + 1 == n && m->flags & FLAG_CONTINUED;
        if (m->eot < 0 || open) continue;
        if (length == 0 || token_at(s, token - 1) != m->eot)
            SM_FAIL(err, SM_EFORMAT, "%s: sequence %llu does not end with the end token",
                    s->paths[FILE_BIN], (unsigned long long)i);
        ++*closed;
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
    uint64_t ends = 0, closed = 0;
    SM_TRY(meta_verify(s->maps[FILE_META].bytes, s->paths[FILE_META], err));
    SM_TRY(verify_file(s, record, FILE_META, err));
    SM_TRY(verify_file(s, record, FILE_IDX, err));
    SM_TRY(verify_bin(s, &ends, err));
    SM_TRY(verify_sequences(s, &closed, err));
    if (s->meta.eot >= 0 && ends != closed)
        SM_FAIL(err, SM_EFORMAT, "%s: the end token stands inside a document",
                s->paths[FILE_BIN]);
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
