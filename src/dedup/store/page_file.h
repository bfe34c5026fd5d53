/* Files of the store: read and written at positions, in pages that carry their own checksum.
 * SPDX-License-Identifier: MIT
 *
 * A page is 4,096 bytes: 4,088 of content, and their XXH3-64, seeded with the page's number in the file, so that a
 * page which lies in the wrong place is noticed as one that was changed. Integers are little-endian.
 *
 * Nouns
 *   space   where files are made: without names in a folder for temporary files, with names in an index
 *   stream  writes items of one size page by page, none across two pages
 *
 * Reading is pread: any number of threads may read a file while one writes behind what they read. A memory map
 * would be shorter, but what it holds counts into the resident size that --memory is measured by. */
#ifndef SM_PAGE_FILE_H
#define SM_PAGE_FILE_H

#include <seimai/base.h>

enum { PAGE_BYTES = 4096, PAGE_CONTENT = 4088 };

/* Items of a size that go into a page. */
#define PAGE_ITEMS(size) ((uint64_t)PAGE_CONTENT / (size))

typedef struct store_file {
    int fd;
    char *name; /* for messages; NULL: closed, or never opened */
    bool fresh; /* named and made by this process: nobody misses it before the commit */
} store_file;

typedef struct store_space {
    const char *folder; /* NULL: nothing may be written */
    bool named;
    uint64_t next; /* number of the next named file */
} store_space;

/* store_file_make makes a file in the space; named ones are KIND-NUMBER. SM_EIO; SM_ELIMIT without a folder. */
int store_file_make(store_file *f, store_space *space, const char *kind,
                    sm_error *err) SM_MUST_USE;
/* store_file_open opens DIR/NAME for reading, or for both; SM_ENOENT, SM_EIO. */
int store_file_open(store_file *f, const char *folder, const char *name, bool writing,
                    sm_error *err) SM_MUST_USE;
void store_file_close(store_file *f);
/* store_file_discard closes, and removes a fresh file. */
void store_file_discard(store_file *f);
/* Exactly n bytes at a position. SM_EIO; SM_ETRUNC for a file that ends before. */
int store_file_read(const store_file *f, void *p, size_t n, int64_t at,
                    sm_error *err) SM_MUST_USE;
int store_file_write(const store_file *f, const void *p, size_t n, int64_t at,
                     sm_error *err) SM_MUST_USE;
int store_file_sync(const store_file *f, sm_error *err) SM_MUST_USE;

/* page_seal writes the checksum of page `number`; page_read reads a page and compares (SM_EHASH). */
void page_seal(unsigned char *page, uint64_t number);
int page_read(const store_file *f, uint64_t number, unsigned char *page,
              sm_error *err) SM_MUST_USE;
/* page_read_many reads n pages that follow each other. */
int page_read_many(const store_file *f, uint64_t number, size_t n, unsigned char *pages,
                   sm_error *err) SM_MUST_USE;

typedef struct page_stream {
    const store_file *file;
    unsigned char *pages; /* a few, so that one write takes several */
    uint64_t next;        /* number of the first of them */
    size_t full, at;      /* whole pages; bytes in the one behind them */
} page_stream;

void page_stream_init(page_stream *s, const store_file *file, uint64_t first_page);
void page_stream_fini(page_stream *s);
int page_stream_put(page_stream *s, const void *item, size_t size, sm_error *err) SM_MUST_USE;
/* page_stream_flush writes what is there, the last page filled up with zeros. */
int page_stream_flush(page_stream *s, sm_error *err) SM_MUST_USE;

#endif
