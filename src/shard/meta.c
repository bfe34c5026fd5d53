/* The .meta file: its layout is in seimai/shard.h. Written, opened and verified in one place.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <string.h>

/* Bytes of an entry, counted per sequence; 0 where the length depends on something else. */
static const struct {
    const char *name;
    unsigned per_sequence;
    bool optional;
} sections[SECTION_COUNT] = {
    [SECTION_BLOCKS] = {"blocks", 0, false},
    [SECTION_TEXT_BYTES] = {"text bytes", 8, false},
    [SECTION_CHARACTERS] = {"characters", 8, false},
    [SECTION_ID_ENDS] = {"id ends", 8, false},
    [SECTION_IDS] = {"ids", 0, false},
    [SECTION_SOURCES] = {"sources", 4, true},
    [SECTION_PART_ENDS] = {"part ends", 8, true},
    [SECTION_PARTS] = {"parts", 0, true},
    [SECTION_TARGETS] = {"targets", 0, true},
};

static void put_hash128(char *p, sm_hash128 h)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (char)(h.hi >> (56 - 8 * i));
        p[8 + i] = (char)(h.lo >> (56 - 8 * i));
    }
}

static sm_hash128 get_hash128(const char *p)
{
    sm_hash128 h = {0};
    for (int i = 0; i < 8; i++) {
        h.hi = h.hi << 8 | (uint8_t)p[i];
        h.lo = h.lo << 8 | (uint8_t)p[8 + i];
    }
    return h;
}

static size_t aligned(size_t n)
{
    return (n + META_ALIGN - 1) / META_ALIGN * META_ALIGN;
}

/* The hash of header and table, the hash's own field being 0. */
static uint64_t head_hash(const char *file, size_t n)
{
    static const char zeros[8];
    sm_buffer head = sm_buffer_make(n);
    sm_buffer_put(&head, (sm_span){file, AT_HASH});
    sm_buffer_put(&head, (sm_span){zeros, sizeof zeros});
    sm_buffer_put(&head, (sm_span){file + AT_HASH + 8, n - AT_HASH - 8});
    const uint64_t hash = sm_hash64(sm_buffer_span(&head));
    sm_buffer_free(&head);
    return hash;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put_header(const meta *m, uint32_t n_sections, size_t file_bytes, char *p)
{
    memcpy(p, META_MAGIC, 8);
    sm_put_u32(p + AT_VERSION, META_VERSION);
    sm_put_u32(p + AT_FLAGS, m->flags);
    put_hash128(p + AT_TOKENIZER, m->tokenizer_hash);
    sm_put_u32(p + AT_TOKEN_BYTES, m->token_bytes);
    sm_put_u32(p + AT_VOCAB, m->vocab_size);
    sm_put_u64(p + AT_EOT, (uint64_t)m->eot);
    sm_put_u32(p + AT_SECTIONS, n_sections);
    sm_put_u64(p + AT_TOKENS, m->tokens);
    sm_put_u64(p + AT_SEQUENCES, m->sequences);
    sm_put_u64(p + AT_FILE_BYTES, file_bytes);
}

void meta_encode(const meta *m, sm_buffer *out)
{
    uint32_t n = 0;
    for (int k = 1; k < SECTION_COUNT; k++)
        n += m->sections[k].p != NULL;
    const size_t head = META_HEADER + (size_t)n * META_ENTRY;
    size_t end = aligned(head);
    for (int k = 1; k < SECTION_COUNT; k++)
        end += aligned(m->sections[k].n);
    char *p = sm_buffer_reserve(out, end);
    if (!p) return;
    memset(p, 0, end);
    out->n += end;

    put_header(m, n, end, p);
    char *entry = p + META_HEADER;
    size_t at = aligned(head);
    for (uint32_t k = 1; k < SECTION_COUNT; k++) {
        const sm_span s = m->sections[k];
        if (!s.p) continue;
        sm_put_u32(entry, k);
        sm_put_u64(entry + 8, at);
        sm_put_u64(entry + 16, s.n);
        sm_put_u64(entry + 24, sm_hash64(s));
        if (s.n) memcpy(p + at, s.p, s.n);
        at += aligned(s.n);
        entry += META_ENTRY;
    }
    sm_put_u64(p + AT_HASH, head_hash(p, head));
}

/* ---- opening --------------------------------------------------------------------------------- */

static int check_header(sm_span file, const char *path, sm_error *err)
{
    if (file.n < META_HEADER)
        SM_FAIL(err, SM_ETRUNC, "%s: header: %zu bytes of %d", path, file.n, META_HEADER);
    if (memcmp(file.p, META_MAGIC, 8) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: header: this is no .meta file", path);
    if (sm_get_u32(file.p + AT_VERSION) != META_VERSION)
        SM_FAIL(err, SM_EFORMAT, "%s: header: version %u, %d is expected", path,
                sm_get_u32(file.p + AT_VERSION), META_VERSION);
    const uint64_t want = sm_get_u64(file.p + AT_FILE_BYTES);
    if (file.n < want)
        SM_FAIL(err, SM_ETRUNC, "%s: %zu bytes of %llu", path, file.n,
                (unsigned long long)want);
    const uint64_t head = META_HEADER + (uint64_t)sm_get_u32(file.p + AT_SECTIONS) * META_ENTRY;
    if (file.n != want || head > file.n)
        SM_FAIL(err, SM_EFORMAT, "%s: header: lengths do not fit the file of %zu bytes", path,
                file.n);
    if (head_hash(file.p, (size_t)head) != sm_get_u64(file.p + AT_HASH))
        SM_FAIL(err, SM_EHASH, "%s: header: its checksum does not match", path);
    return SM_OK;
}

static void get_header(meta *m, const char *p)
{
    m->flags = sm_get_u32(p + AT_FLAGS);
    m->tokenizer_hash = get_hash128(p + AT_TOKENIZER);
    m->token_bytes = sm_get_u32(p + AT_TOKEN_BYTES);
    m->vocab_size = sm_get_u32(p + AT_VOCAB);
    m->eot = (int64_t)sm_get_u64(p + AT_EOT);
    m->tokens = sm_get_u64(p + AT_TOKENS);
    m->sequences = sm_get_u64(p + AT_SEQUENCES);
}

static int get_section(meta *m, sm_span file, const char *entry, const char *path,
                       sm_error *err)
{
    const uint32_t kind = sm_get_u32(entry);
    const uint64_t at = sm_get_u64(entry + 8), n = sm_get_u64(entry + 16);
    if (at % META_ALIGN || at > file.n || n > file.n - at)
        SM_FAIL(err, SM_EFORMAT, "%s: section %u lies outside the file", path, kind);
    if (kind == 0 || kind >= SECTION_COUNT) return SM_OK; /* a later version's */
    if (m->sections[kind].p)
        SM_FAIL(err, SM_EFORMAT, "%s: section %s comes twice", path, sections[kind].name);
    m->sections[kind] = (sm_span){file.p + at, (size_t)n};
    return SM_OK;
}

/* The bytes that a section must have; UINT64_MAX where any number will do. */
static uint64_t section_bytes(const meta *m, int kind)
{
    if (sections[kind].per_sequence) return m->sequences * sections[kind].per_sequence;
    const uint64_t bin = m->tokens * m->token_bytes;
    if (kind == SECTION_BLOCKS) return (bin + SM_SHARD_BLOCK - 1) / SM_SHARD_BLOCK * 8;
    if (kind == SECTION_TARGETS) return (m->tokens + 7) / 8;
    return UINT64_MAX;
}

static int check_sections(const meta *m, const char *path, sm_error *err)
{
    for (int k = 1; k < SECTION_COUNT; k++) {
        const uint64_t want = section_bytes(m, k);
        if (!m->sections[k].p && sections[k].optional) continue;
        if (!m->sections[k].p)
            SM_FAIL(err, SM_EFORMAT, "%s: section %s is missing", path, sections[k].name);
        if (want != UINT64_MAX && m->sections[k].n != want)
            SM_FAIL(err, SM_EFORMAT, "%s: section %s: %zu bytes, %llu are expected", path,
                    sections[k].name, m->sections[k].n, (unsigned long long)want);
    }
    return SM_OK;
}

int meta_decode(meta *m, sm_span file, const char *path, sm_error *err)
{
    SM_TRY(check_header(file, path, err));
    *m = (meta){0};
    get_header(m, file.p);
    const uint32_t n = sm_get_u32(file.p + AT_SECTIONS);
    for (uint32_t i = 0; i < n; i++)
        SM_TRY(get_section(m, file, file.p + META_HEADER + (size_t)i * META_ENTRY, path, err));
    const uint64_t limit = INT64_MAX / 64;
    if ((m->token_bytes != 2 && m->token_bytes != 4) || m->tokens > limit ||
        m->sequences > limit)
        SM_FAIL(err, SM_EFORMAT, "%s: header: impossible sizes", path);
    return check_sections(m, path, err);
}

int meta_verify(sm_span file, const char *path, sm_error *err)
{
    const uint32_t n = sm_get_u32(file.p + AT_SECTIONS);
    size_t at = META_HEADER + (size_t)n * META_ENTRY;
    for (uint32_t i = 0; i < n; i++) {
        const char *entry = file.p + META_HEADER + (size_t)i * META_ENTRY;
        const uint32_t kind = sm_get_u32(entry);
        const sm_span s = {file.p + sm_get_u64(entry + 8), (size_t)sm_get_u64(entry + 16)};
        for (; at < (size_t)(s.p - file.p); at++) /* what lies between */
            if (file.p[at]) SM_FAIL(err, SM_EHASH, "%s: byte %zu is not 0", path, at);
        at = (size_t)(s.p - file.p) + s.n;
        if (sm_hash64(s) != sm_get_u64(entry + 24))
            SM_FAIL(err, SM_EHASH, "%s: section %s: its checksum does not match", path,
                    kind < SECTION_COUNT ? sections[kind].name : "of a later version");
    }
    for (; at < file.n; at++)
        if (file.p[at]) SM_FAIL(err, SM_EHASH, "%s: byte %zu is not 0", path, at);
    return SM_OK;
}
