/* Which documents share a band's key, or their text, with another: one external sort a band.
 * SPDX-License-Identifier: MIT */
#include "match_internal.h"

#include <seimai/file.h>
#include <seimai/sort.h>

#include <string.h>

#define BAND_MAGIC   "seimaibd"
#define BAND_VERSION 1U

static const char *band_path(const sm_match_job *job, int band, sm_arena *arena)
{
    if (band < 0) return match_path(job, band == TEXTS ? "text" : "url", arena);
    return sm_arena_printf(arena, "%s/band-%02d", job->folder, band);
}

static uint64_t n_pages(const sm_match_job *job)
{
    return (job->documents + BITS_DOCUMENTS - 1) / BITS_DOCUMENTS;
}

static void set_bit(unsigned char *pages, uint64_t document, bool later)
{
    const uint64_t at = document % BITS_DOCUMENTS;
    unsigned char *page = pages + document / BITS_DOCUMENTS * PAGE_BYTES;
    page[(later ? BITS_BYTES : 0) + at / 8] |= (unsigned char)(1U << at % 8);
}

static bool get_bit(const unsigned char *page, uint64_t document, bool later)
{
    const uint64_t at = document % BITS_DOCUMENTS;
    return page[(later ? BITS_BYTES : 0) + at / 8] >> at % 8 & 1;
}

/* ---- the head ------------------------------------------------------------------------------- */

static void make_head(const sm_match_job *job, int band, unsigned char *page)
{
    memset(page, 0, PAGE_BYTES);
    memcpy(page, BAND_MAGIC, 8);
    sm_put_u32(page + 8, BAND_VERSION);
    sm_put_u32(page + 12, (uint32_t)(band - URLS));
    sm_put_u64(page + 16, job->identity.lo);
    sm_put_u64(page + 24, job->identity.hi);
    sm_put_u64(page + 32, job->documents);
    page_seal(page, 0);
}

/* 1 if the open file is this job's. */
static int check_head(const sm_match_job *job, int band, const store_file *f, sm_error *err)
{
    unsigned char page[PAGE_BYTES], want[PAGE_BYTES];
    SM_TRY(page_read(f, 0, page, err));
    make_head(job, band, want);
    if (memcmp(page, want, 16) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: no result of this version for this band", f->name);
    if (memcmp(page, want, PAGE_BYTES) == 0) return 1;
    SM_FAIL(err, SM_EUSAGE, "%s: made of other signatures; use another folder", f->name);
}

static int open_band(const sm_match_job *job, int band, store_file *f, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = band_path(job, band, &arena);
    int status = store_file_open(f, job->folder, path + strlen(job->folder) + 1, false, err);
    if (status == SM_OK) status = check_head(job, band, f, err);
    sm_arena_free(&arena);
    return status;
}

int sm_match_has_band(const sm_match_job *job, int band, sm_error *err)
{
    sm_arena arena = {0};
    store_file f = {0};
    const bool exists = sm_file_exists(band_path(job, band, &arena));
    sm_arena_free(&arena);
    if (!exists) return 0;
    const int status = open_band(job, band, &f, err);
    store_file_close(&f);
    return status;
}

/* ---- sorting -------------------------------------------------------------------------------- */

/* A text without shingles has no keys, and not every document has a URL. */
static bool has_key(unsigned column, const char *size, const char *key)
{
    static const char none[16];
    if (column == COLUMN_TEXTS) return true;
    if (column == COLUMN_URLS) return memcmp(key, none, sizeof none) != 0;
    return sm_get_u32(size) != 0;
}

static int add_chunk(sm_sorter *sorter, const sig_file *f, const sig_chunk *c, unsigned column,
                     sm_buffer *sizes, sm_buffer *keys, sm_error *err)
{
    const size_t width = column_width(column);
    SM_TRY(sig_read_column(f, c, COLUMN_SIZES, sizes, err));
    SM_TRY(sig_read_column(f, c, column, keys, err));
    for (uint32_t i = 0; i < c->n; i++) {
        const char *key = keys->p + i * width;
        if (!has_key(column, sizes->p + (size_t)4 * i, key)) continue;
        char document[8];
        sm_put_u64(document, f->first + c->first + i);
        SM_TRY(sm_sorter_add(sorter, (sm_span){key, width},
                             (sm_span){document, sizeof document}, err));
    }
    return SM_OK;
}

static int add_file(sm_sorter *sorter, const sig_file *f, unsigned column, sm_error *err)
{
    sm_buffer sizes = sm_buffer_make(1 << 20), keys = sm_buffer_make(1 << 20);
    sig_chunk c;
    sig_chunk_init(&c);
    int status = 1;
    while (status >= 0 && (status = sig_chunk_next(f, &c, err)) == 1)
        status = add_chunk(sorter, f, &c, column, &sizes, &keys, err);
    sig_chunk_fini(&c);
    sm_buffer_free(&sizes);
    sm_buffer_free(&keys);
    return status;
}

/* Equal keys follow each other in the order of the documents. */
static int mark_groups(sm_sorter *sorter, size_t width, unsigned char *pages, sm_error *err)
{
    char last[16] = {0};
    uint64_t first = 0;
    bool any = false;
    sm_span key, value;
    int status = 0;
    while ((status = sm_sorter_next(sorter, &key, &value, err)) == 1) {
        const uint64_t document = sm_get_u64(value.p);
        const bool same = any && memcmp(last, key.p, width) == 0;
        if (same) {
            set_bit(pages, first, false);
            set_bit(pages, document, false);
            set_bit(pages, document, true);
            continue;
        }
        memcpy(last, key.p, width);
        first = document;
        any = true;
    }
    return status;
}

static unsigned column_of(int band)
{
    if (band < 0) return band == TEXTS ? COLUMN_TEXTS : COLUMN_URLS;
    return COLUMN_KEYS + (unsigned)band;
}

static int sort_band(const sm_match_job *job, int band, unsigned char *pages, sm_error *err)
{
    const unsigned column = column_of(band);
    const sm_sort_options set = {.key = column_width(column),
                                 .value = 8,
                                 .memory = job->options.memory / job->options.threads,
                                 .folder = job->folder,
                                 .threads = 1};
    sm_sorter *sorter = sm_sorter_new(&set);
    int status = SM_OK;
    const size_t n_files = band == URLS && job->urls == 0 ? 0 : job->n_files;
    for (size_t i = 0; i < n_files && status >= 0; i++)
        status = add_file(sorter, &job->files[i], column, err);
    if (status >= 0) status = sm_sorter_sort(sorter, err);
    if (status >= 0) status = mark_groups(sorter, set.key, pages, err);
    sm_sorter_free(sorter);
    return status;
}

/* ---- the file ------------------------------------------------------------------------------- */

static int write_band(const sm_match_job *job, int band, unsigned char *pages, sm_error *err)
{
    unsigned char head[PAGE_BYTES];
    sm_arena arena = {0};
    sm_output *out = NULL;
    make_head(job, band, head);
    for (uint64_t i = 0; i < n_pages(job); i++)
        page_seal(pages + i * PAGE_BYTES, i + 1);
    int status = sm_output_open(&out, band_path(job, band, &arena), err);
    sm_arena_free(&arena);
    SM_TRY(status);
    status = sm_output_write(out, (sm_span){(const char *)head, sizeof head}, err);
    const sm_span body = {(const char *)pages, n_pages(job) * PAGE_BYTES};
    if (status == SM_OK) status = sm_output_write(out, body, err);
    if (status == SM_OK) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

int sm_match_band(sm_match_job *job, int band, bool *done, sm_error *err)
{
    const int there = sm_match_has_band(job, band, err);
    *done = there == 1;
    if (there != 0) return there < 0 ? there : SM_OK;
    unsigned char *pages = sm_calloc(n_pages(job) + 1, PAGE_BYTES);
    int status = sort_band(job, band, pages, err);
    if (status >= 0) status = write_band(job, band, pages, err);
    sm_free(pages);
    return status;
}

/* ---- reading all of them -------------------------------------------------------------------- */

static unsigned n_files(const sm_match_job *job)
{
    return job->bands + 2; /* URLS, TEXTS, 0, 1, … */
}

int flags_open(flags *f, const sm_match_job *job, sm_error *err)
{
    *f = (flags){.job = job};
    f->files = sm_calloc(n_files(job), sizeof *f->files);
    f->pages = sm_calloc(n_files(job), PAGE_BYTES);
    for (unsigned i = 0; i < n_files(job); i++) {
        const int band = (int)i + URLS;
        const int has = sm_match_has_band(job, band, err);
        SM_TRY(has);
        if (!has && band < 0) SM_FAIL(err, SM_EUSAGE, "equal texts are not matched yet");
        if (!has) SM_FAIL(err, SM_EUSAGE, "band %d is not matched yet", band);
        SM_TRY(open_band(job, band, &f->files[i], err));
    }
    return SM_OK;
}

void flags_close(flags *f)
{
    for (unsigned i = 0; f->files && i < n_files(f->job); i++)
        store_file_close(&f->files[i]);
    sm_free(f->files);
    sm_free(f->pages);
    *f = (flags){0};
}

int flags_get(flags *f, uint64_t document, bool *flagged, bool *later, sm_error *err)
{
    const uint64_t page = document / BITS_DOCUMENTS + 1;
    *flagged = *later = false;
    for (unsigned i = 0; i < n_files(f->job); i++) {
        unsigned char *bits = f->pages + (size_t)i * PAGE_BYTES;
        if (page != f->page) SM_TRY(page_read(&f->files[i], page, bits, err));
        *flagged |= get_bit(bits, document, false);
        *later |= get_bit(bits, document, true);
    }
    f->page = page;
    return SM_OK;
}
