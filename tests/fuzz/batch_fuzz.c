/* Files of signatures and of decisions: whatever the bytes, reading ends, and what fails says why. The first byte chooses
 * the kind, the rest is the file. Its hashes are set right first, wherever they can be found, so that mutations
 * reach what lies behind them.
 * SPDX-License-Identifier: MIT */
#include <seimai/dedup_batch.h>
#include <seimai/hash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* As in src/dedup/batch/batch_internal.h. */
enum { SIG_HEAD = 256, SIG_FOOT = 48, CHUNK_HEAD = 32, MATCH_ENDS = 64, BLOCK_HEAD = 16 };

static void expect(bool holds)
{
    if (!holds) abort();
}

static void seal(char *p, size_t n)
{
    sm_put_u64(p + n - 8, sm_hash64((sm_span){p, n - 8}));
}

static void put_hash(char *at, const char *p, size_t n)
{
    sm_put_u64(at, sm_hash64((sm_span){p, n}));
}

static size_t width(size_t column)
{
    static const size_t widths[] = {4, 16, 16, 32};
    return column < 4 ? widths[column] : 8;
}

/* Hashes of the documents' payloads, which stand in the column `about`. */
static void seal_payloads(char *about, size_t documents, char *payload, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < documents; i++) {
        const size_t bytes = sm_get_u32(about + 32 * i + 4);
        if (bytes > n - at) return;
        put_hash(about + 32 * i + 24, payload + at, bytes);
        at += bytes;
    }
}

/* A chunk at p, of which n bytes are there; returns its length, 0 where it does not fit. */
static size_t seal_chunk(char *p, size_t n, size_t columns)
{
    const size_t head = CHUNK_HEAD + 8 * (columns + 1);
    if (n < head) return 0;
    const uint64_t documents = sm_get_u32(p + 4), ids = sm_get_u64(p + 8);
    const uint64_t payload = sm_get_u64(p + 16);
    char *at = p + head, *about = NULL;
    for (size_t c = 0; c < columns; c++) {
        if (documents > 4096 || documents * width(c) > n - (size_t)(at - p)) return 0;
        if (c == 3) about = at;
        at += documents * width(c);
    }
    const size_t left = n - (size_t)(at - p);
    if (ids > left || payload > left - ids) return 0;
    seal_payloads(about, documents, at + ids, payload);
    put_hash(p + 24, at, ids);
    at = p + head;
    for (size_t c = 0; c < columns; c++) {
        put_hash(p + CHUNK_HEAD + 8 * c, at, documents * width(c));
        at += documents * width(c);
    }
    seal(p, head);
    return (size_t)(at - p) + ids + payload;
}

static void seal_signatures(char *p, size_t n)
{
    if (n < SIG_HEAD + SIG_FOOT) return;
    seal(p, SIG_HEAD);
    seal(p + n - SIG_FOOT, SIG_FOOT);
    const size_t bands = sm_get_u32(p + 36) & 1 ? 0 : sm_get_u32(p + 12);
    if (bands > 64) return;
    for (size_t at = SIG_HEAD, step = 1; step > 0 && at < n - SIG_FOOT; at += step)
        step = seal_chunk(p + at, n - SIG_FOOT - at, 4 + bands);
}

static void seal_decisions(char *p, size_t n)
{
    if (n < 2 * MATCH_ENDS) return;
    seal(p, MATCH_ENDS);
    seal(p + n - MATCH_ENDS, MATCH_ENDS);
    const size_t end = n - MATCH_ENDS;
    for (size_t at = MATCH_ENDS; end - at >= BLOCK_HEAD;) {
        const size_t bytes = sm_get_u32(p + at + 4);
        if (bytes > end - at - BLOCK_HEAD) return;
        put_hash(p + at + 8, p + at + BLOCK_HEAD, bytes);
        at += BLOCK_HEAD + bytes;
    }
}

static int read_decisions(const char *path, sm_error *err)
{
    sm_decisions *d = NULL;
    sm_decision now;
    int status = 0;
    SM_TRY(sm_decisions_open(&d, path, err));
    while ((status = sm_decisions_next(d, &now, err)) == 1)
        expect(now.document < sm_decisions_about(d)->documents);
    sm_decisions_close(d);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[64];
    sm_error err = {0};
    if (n < 1) return 0;
    sm_arena arena = {0};
    const sm_span copy = sm_arena_copy(&arena, (sm_span){(const char *)data + 1, n - 1});
    char *bytes = sm_arena_alloc(&arena, n);
    memcpy(bytes, copy.p, copy.n);
    if (data[0] & 2 && data[0] & 1) seal_signatures(bytes, n - 1);
    if (data[0] & 2 && !(data[0] & 1)) seal_decisions(bytes, n - 1);
    (void)snprintf(path, sizeof path, "batch-fuzz-%ld", (long)getpid());
    FILE *file = fopen(path, "wb");
    expect(file && fwrite(bytes, 1, n - 1, file) == n - 1 && fclose(file) == 0);
    const int status =
        data[0] & 1 ? sm_signatures_verify(path, &err) : read_decisions(path, &err);
    expect((status == 0) == (err.text[0] == '\0'));
    (void)unlink(path);
    sm_arena_free(&arena);
    return 0;
}
