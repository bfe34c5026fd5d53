/* Reading sorted runs: by key, and from end to end. See sorted_run.h.
 * SPDX-License-Identifier: MIT */
#include "run_layout.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { CURSOR_PAGES = 16, FENCES_MAX = 1 << 20 };

/* ---- opening -------------------------------------------------------------------------------- */

static int bad_head(const sorted_run *r, const char *what, sm_error *err)
{
    SM_FAIL(err, SM_EFORMAT, "%s: offset 0: %s", r->file.name, what);
}

/* What the head says must fit the file, since sizes of memory follow from it. */
static int check_head(const sorted_run *r, uint32_t key_bytes, sm_error *err)
{
    struct stat info;
    if (key_bytes != 8 && key_bytes != 16)
        return bad_head(r, "no run: wrong size of keys", err);
    if (fstat(r->file.fd, &info) != 0) return bad_head(r, "its size cannot be asked for", err);
    const uint64_t pages = (uint64_t)info.st_size / PAGE_BYTES;
    if (r->first > r->end || r->pages > pages || r->fence_page > pages ||
        r->filter_page > pages || r->pages >= r->fence_page || r->fence_page > r->filter_page ||
        r->filter_page - r->fence_page < run_pages_of(r->pages, FENCE_BYTES) ||
        r->lines > pages * PAGE_ITEMS(LINE_BYTES) ||
        r->filter_page + run_pages_of(r->lines, LINE_BYTES) > pages ||
        (r->entries > 0 && r->lines == 0))
        return bad_head(r, "its head does not fit its size", err);
    return SM_OK;
}

static int read_head(sorted_run *r, sm_error *err)
{
    unsigned char head[PAGE_BYTES];
    SM_TRY(page_read(&r->file, 0, head, err));
    if (sm_get_u64(head) != RUN_MAGIC) return bad_head(r, "no sorted run", err);
    if (sm_get_u32(head + 8) != RUN_VERSION) return bad_head(r, "an unknown version", err);
    const uint32_t key_bytes = sm_get_u32(head + 12);
    r->wide = key_bytes == 16;
    r->entries = sm_get_u64(head + 16);
    r->first = sm_get_u32(head + 24);
    r->end = sm_get_u32(head + 28);
    r->fence_page = sm_get_u64(head + 32);
    r->filter_page = sm_get_u64(head + 40);
    r->lines = sm_get_u64(head + 48);
    if (r->entries > UINT64_MAX / 64) return bad_head(r, "its head does not fit its size", err);
    r->pages = run_pages_of(r->entries, run_entry_bytes(r->wide));
    return check_head(r, key_bytes, err);
}

/* Keeps each 2^stride-th fence. */
static int read_fences(sorted_run *r, sm_error *err)
{
    unsigned char page[PAGE_BYTES];
    while (r->pages >> r->stride > FENCES_MAX) {
        r->stride++;
    }
    r->fences = sm_malloc(((r->pages >> r->stride) + 1) * sizeof *r->fences);
    for (uint64_t i = 0; i < r->pages; i++) {
        const uint64_t at = i % PAGE_ITEMS(FENCE_BYTES);
        if (at == 0)
            SM_TRY(page_read(&r->file, r->fence_page + i / PAGE_ITEMS(FENCE_BYTES), page, err));
        const uint64_t key = sm_get_u64(page + at * FENCE_BYTES);
        if (i % ((uint64_t)1 << r->stride) == 0) r->fences[r->n_fences++] = key;
    }
    return SM_OK;
}

int sorted_run_open(sorted_run **run, store_file *file, sm_error *err)
{
    sorted_run *r = sm_calloc(1, sizeof *r);
    *run = NULL;
    r->file = *file;
    *file = (store_file){.fd = -1};
    int status = read_head(r, err);
    if (status == SM_OK) status = read_fences(r, err);
    if (status == SM_OK) *run = r;
    if (status != SM_OK) sorted_run_close(r, false);
    return status;
}

static uint64_t pieces_of(const sorted_run *r)
{
    return (r->lines + PIECE_LINES - 1) / PIECE_LINES;
}

static void drop_filter(sorted_run *r)
{
    for (uint64_t i = 0; r->filter && i < pieces_of(r); i++)
        sm_free(r->filter[i]);
    sm_free(r->filter);
    r->filter = NULL;
}

static unsigned char *line_at(const sorted_run *r, uint64_t line)
{
    return r->filter[line / PIECE_LINES] + line % PIECE_LINES * LINE_BYTES;
}

void sorted_run_close(sorted_run *r, bool discard)
{
    if (!r) return;
    if (discard)
        store_file_discard(&r->file);
    else
        store_file_close(&r->file);
    drop_filter(r);
    sm_free(r->fences);
    sm_free(r);
}

size_t sorted_run_filter_bytes(const sorted_run *r)
{
    return (size_t)r->lines * LINE_BYTES;
}

size_t sorted_run_bytes(const sorted_run *r)
{
    return sizeof *r + r->n_fences * sizeof *r->fences +
           (r->filter ? sorted_run_filter_bytes(r) : 0);
}

/* Copies the lines of one page to their places. */
static int load_page(sorted_run *r, uint64_t line, sm_error *err)
{
    unsigned char page[PAGE_BYTES];
    const uint64_t in_page = PAGE_ITEMS(LINE_BYTES);
    const uint64_t left = r->lines - line, n = left < in_page ? left : in_page;
    SM_TRY(page_read(&r->file, r->filter_page + line / in_page, page, err));
    for (uint64_t i = 0; i < n; i++)
        memcpy(line_at(r, line + i), page + i * LINE_BYTES, LINE_BYTES);
    return SM_OK;
}

int sorted_run_load(sorted_run *r, sm_error *err)
{
    int status = SM_OK;
    r->filter = sm_calloc(pieces_of(r), sizeof(unsigned char *));
    for (uint64_t i = 0; i < pieces_of(r); i++) {
        const uint64_t left = r->lines - i * PIECE_LINES;
        r->filter[i] = sm_malloc((left < PIECE_LINES ? left : PIECE_LINES) * LINE_BYTES);
    }
    for (uint64_t line = 0; status == SM_OK && line < r->lines; line += PAGE_ITEMS(LINE_BYTES))
        status = load_page(r, line, err);
    if (status != SM_OK) drop_filter(r);
    return status;
}

/* ---- looking up ----------------------------------------------------------------------------- */

void sorted_run_prefetch(const sorted_run *r, uint64_t key)
{
    if (r->filter) __builtin_prefetch(line_at(r, run_line_of(key, r->lines)));
}

/* 1 where the filter says that the key may be there, 0 where it says that it is not. */
static int may_hold(const sorted_run *r, uint64_t key, unsigned char *page, sm_error *err)
{
    const uint64_t line = run_line_of(key, r->lines);
    const unsigned char *bits = NULL;
    if (r->filter) {
        bits = line_at(r, line);
    } else {
        const uint64_t in_page = PAGE_ITEMS(LINE_BYTES);
        SM_TRY(page_read(&r->file, r->filter_page + line / in_page, page, err));
        bits = page + line % in_page * LINE_BYTES;
    }
    uint64_t probes = run_probes_of(key);
    unsigned all = 1;
    for (int i = 0; i < FILTER_PROBES; i++, probes <<= 9)
        all &= (unsigned)bits[probes >> 58] >> (probes >> 55 & 7);
    return (int)(all & 1);
}

static size_t fences_below(const sorted_run *r, uint64_t key)
{
    size_t low = 0, high = r->n_fences;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (r->fences[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first entry page that can hold the key: the last one that begins below it, or page 0. */
static int locate(const sorted_run *r, uint64_t key, unsigned char *page, uint64_t *found,
                  sm_error *err)
{
    const size_t below = fences_below(r, key);
    *found = 0;
    if (below == 0) return SM_OK;
    uint64_t low = (uint64_t)(below - 1) << r->stride;
    uint64_t high = (uint64_t)below << r->stride;
    if (high > r->pages) high = r->pages;
    while (high - low > 1) { /* page `low` begins below the key, page `high` does not */
        const uint64_t middle = low + (high - low) / 2;
        SM_TRY(page_read(&r->file, 1 + middle, page, err));
        if (sm_get_u64(page) < key)
            low = middle;
        else
            high = middle;
    }
    *found = low;
    return SM_OK;
}

/* Entries of an entry page. */
static uint64_t entries_in(const sorted_run *r, uint64_t page)
{
    const uint64_t in_page = PAGE_ITEMS(run_entry_bytes(r->wide));
    const uint64_t left = r->entries - page * in_page;
    return left < in_page ? left : in_page;
}

/* The place of the first entry in a page that is not below the key. */
static uint64_t entries_below(const sorted_run *r, const unsigned char *page, uint64_t n,
                              uint64_t key, uint64_t rest)
{
    const size_t size = run_entry_bytes(r->wide);
    uint64_t low = 0, high = n;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const run_entry e = run_get_entry(page + middle * size, r->wide);
        if (e.key < key || (e.key == key && e.rest < rest))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int wrong_document(const sorted_run *r, uint32_t document, sm_error *err)
{
    SM_FAIL(err, SM_EFORMAT, "%s: document %" PRIu32 " is not of this run", r->file.name,
            document);
}

int sorted_run_find(const sorted_run *r, uint64_t key, uint64_t rest, unsigned char *page,
                    sm_lsh_hits *hits, sm_error *err)
{
    const size_t size = run_entry_bytes(r->wide);
    uint64_t at = 0;
    if (r->entries == 0) return SM_OK;
    const int maybe = may_hold(r, key, page, err);
    if (maybe <= 0) return maybe;
    SM_TRY(locate(r, key, page, &at, err));
    for (; at < r->pages; at++) {
        const uint64_t n = entries_in(r, at);
        SM_TRY(page_read(&r->file, 1 + at, page, err));
        for (uint64_t i = entries_below(r, page, n, key, rest); i < n; i++) {
            const run_entry e = run_get_entry(page + i * size, r->wide);
            if (e.key != key || e.rest != rest) return SM_OK;
            if (e.document < r->first || e.document >= r->end)
                return wrong_document(r, e.document, err);
            sm_lsh_hits_add(hits, e.document);
        }
    }
    return SM_OK;
}

/* ---- from end to end ------------------------------------------------------------------------ */

int run_entry_order(const run_entry *a, const run_entry *b)
{
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    if (a->rest != b->rest) return a->rest < b->rest ? -1 : 1;
    return (a->document > b->document) - (a->document < b->document);
}

int run_cursor_init(run_cursor *c, const sorted_run *run, sm_error *err)
{
    *c = (run_cursor){.run = run};
    c->pages = sm_malloc((size_t)CURSOR_PAGES * PAGE_BYTES);
    return run_cursor_next(c, err);
}

void run_cursor_fini(run_cursor *c)
{
    sm_free(c->pages);
    c->pages = NULL;
}

static int cursor_fill(run_cursor *c, uint64_t page, sm_error *err)
{
    const uint64_t left = c->run->pages - page;
    const uint64_t n = left < CURSOR_PAGES ? left : CURSOR_PAGES;
    c->page = page;
    c->end = page + n;
    return page_read_many(&c->run->file, 1 + page, n, c->pages, err);
}

int run_cursor_next(run_cursor *c, sm_error *err)
{
    const size_t size = run_entry_bytes(c->run->wide);
    c->at_end = c->next == c->run->entries;
    if (c->at_end) return SM_OK;
    const uint64_t page = c->next / PAGE_ITEMS(size);
    if (page >= c->end) SM_TRY(cursor_fill(c, page, err));
    const uint64_t at = (page - c->page) * PAGE_BYTES + c->next % PAGE_ITEMS(size) * size;
    c->entry = run_get_entry(c->pages + at, c->run->wide);
    c->next++;
    return SM_OK;
}

static int check_entries(run_cursor *c, sm_error *err)
{
    const sorted_run *r = c->run;
    while (!c->at_end) {
        const run_entry last = c->entry;
        if (last.document < r->first || last.document >= r->end)
            return wrong_document(r, last.document, err);
        SM_TRY(run_cursor_next(c, err));
        if (!c->at_end && run_entry_order(&last, &c->entry) >= 0)
            SM_FAIL(err, SM_EFORMAT, "%s: entry %" PRIu64 ": out of order", r->file.name,
                    c->next - 1);
    }
    return SM_OK;
}

int sorted_run_check(const sorted_run *r, sm_error *err)
{
    run_cursor c;
    unsigned char page[PAGE_BYTES];
    int status = run_cursor_init(&c, r, err);
    if (status == SM_OK) status = check_entries(&c, err);
    for (uint64_t i = 0; status == SM_OK && i < run_pages_of(r->lines, LINE_BYTES); i++)
        status = page_read(&r->file, r->filter_page + i, page, err);
    run_cursor_fini(&c);
    return status;
}
