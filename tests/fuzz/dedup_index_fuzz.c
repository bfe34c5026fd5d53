/* The files of an index: whatever their bytes, reading ends, with an error or with what can be read, and never beyond
 * the file. The first byte chooses the reader; checksums are mended first, since random bytes would not get past them.
 * SPDX-License-Identifier: MIT */
#include "../../src/dedup/store/kept_docs.h"
#include "../../src/dedup/store/manifest.h"
#include "../../src/dedup/store/setcode.h"
#include "../../src/dedup/store/sorted_run.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { MOST = 1 << 16, SET_MAX = 4096 };

static void expect(bool holds)
{
    if (!holds) abort();
}

/* An unnamed file of these bytes; in pages, each sealed. */
static store_file make_file(const uint8_t *data, size_t n, bool paged)
{
    store_space space = {.folder = "."};
    store_file f;
    unsigned char page[PAGE_BYTES];
    expect(store_file_make(&f, &space, "bands", NULL) == SM_OK);
    if (!paged && n > 0) expect(store_file_write(&f, data, n, 0, NULL) == SM_OK);
    for (size_t i = 0; paged && i * PAGE_CONTENT < n; i++) {
        const size_t left = n - i * PAGE_CONTENT;
        memset(page, 0, sizeof page);
        memcpy(page, data + i * PAGE_CONTENT, left < PAGE_CONTENT ? left : PAGE_CONTENT);
        page_seal(page, i);
        expect(store_file_write(&f, page, PAGE_BYTES, (int64_t)(i * PAGE_BYTES), NULL) ==
               SM_OK);
    }
    return f;
}

static void read_manifest(const uint8_t *data, size_t n)
{
    char hex[SM_HASH_HEX + 1];
    sm_buffer text = sm_buffer_make(2 * MOST);
    index_manifest m;
    const sm_span json = {(const char *)data, n};
    sm_hash128_hex(sm_hash128_of(json), hex);
    sm_buffer_printf(&text, "seimai-dedup-index 1 %s\n", hex);
    sm_buffer_put(&text, json);
    if (manifest_parse(&m, "fuzz", sm_buffer_span(&text), NULL) == SM_OK) {
        sm_buffer again = sm_buffer_make(4 * MOST);
        manifest_put_json(&m, &again);
        expect(again.n > 0);
        sm_buffer_free(&again);
        index_manifest_free(&m);
    }
    sm_buffer_free(&text);
}

static void read_run(const uint8_t *data, size_t n)
{
    unsigned char page[PAGE_BYTES];
    sorted_run *run = NULL;
    sm_lsh_hits hits = {0};
    store_file f = make_file(data, n, true);
    if (sorted_run_open(&run, &f, NULL) != SM_OK) return;
    for (uint64_t i = 0; i < 40; i++) {
        const uint64_t key = i * 0x0666666666666667U;
        hits.n = 0;
        if (i == 20 && sorted_run_load(run, NULL) != SM_OK) break;
        if (sorted_run_find(run, key, i % 2, page, &hits, NULL) != SM_OK) continue;
        for (size_t k = 0; k < hits.n; k++)
            expect(hits.documents[k] >= run->first && hits.documents[k] < run->end);
    }
    (void)sorted_run_check(run, NULL);
    sm_lsh_hits_free(&hits);
    sorted_run_close(run, true);
}

/* Entries in the first page, records behind: both as they come. */
static void read_documents(const uint8_t *data, size_t n)
{
    static const kept_extent all = {0, 0};
    const size_t paged = n < PAGE_CONTENT ? n : PAGE_CONTENT;
    store_space space = {.folder = "."};
    kept_scratch *s = calloc(1, sizeof *s);
    kept_docs k;
    expect(s != NULL);
    kept_docs_init(&k, n % 2 ? PAYLOAD_SET : PAYLOAD_SIGNATURE, 4, 1024, &space);
    kept_docs_open(&k, make_file(data, paged, true), make_file(data + paged, n - paged, false),
                   200, &all, 1, 1, (int64_t)(n - paged));
    for (uint32_t i = 0; i < 200; i++) {
        kept_view view = {0};
        if (kept_docs_read(&k, i, s, &view, NULL) == SM_OK) expect(view.id.n < MOST);
    }
    kept_scratch_fini(s);
    kept_docs_fini(&k);
    free(s);
}

static void read_set(const uint8_t *data, size_t n)
{
    static uint64_t set[SET_MAX];
    unsigned char *code = calloc(1, n + SET_CODE_PAD);
    const size_t count = n % SET_MAX;
    expect(code != NULL);
    memcpy(code, data, n);
    if (set_decode((sm_span){(char *)code, n}, count, set))
        for (size_t i = 1; i < count; i++)
            expect(set[i - 1] < set[i]);
    free(code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > MOST) return 0;
    switch (data[0] % 4) {
    case 0: read_manifest(data + 1, n - 1); break;
    case 1: read_run(data + 1, n - 1); break;
    case 2: read_documents(data + 1, n - 1); break;
    default: read_set(data + 1, n - 1); break;
    }
    return 0;
}
