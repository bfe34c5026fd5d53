/* EPUB books: see seimai/source.h. The archive is libzip's; what the book says about itself is read in epub_package.c.
 * SPDX-License-Identifier: MIT
 *
 * A record is a book: its chapters, one behind the other, in the order in which it is read, and where each begins. With
 * items, a record is a chapter. Only entries that hold chapters are inflated, so that pictures and fonts cost
 * nothing. What cannot seek (a pipe) is held in memory, up to the largest document. */
#include <string.h>

#include "container_internal.h"

#ifdef SM_EPUB
#include <zip.h>

#include "epub.h"

enum { PACKAGE_MAX = 64 << 20 };

typedef struct book {
    zip_t *zip;
    sm_arena arena;
    epub_package package;
    const char *refused; /* a bad record: its kind */
    const char *why;
    size_t next; /* of the spine */
} book;

/* ---- the archive ------------------------------------------------------------------------------- */

static int not_opened(zip_error_t *error, sm_error *err)
{
    (void)sm_error_set(err, SM_EFORMAT, "the ZIP archive is cut or damaged: %s",
                       zip_error_strerror(error));
    zip_error_fini(error);
    return SM_EFORMAT;
}

/* The archive in the window, all of it. */
static int open_in_memory(sm_container *c, book *b, sm_error *err)
{
    zip_error_t error;
    const size_t n = window_want(&c->window, c->max + 1);
    SM_TRY(window_end(&c->window, err));
    if (n > c->max) SM_FAIL(err, SM_ELIMIT, "a book from a pipe is longer than --max-document");
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(window_view(&c->window).p, n, 0, &error);
    b->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!b->zip && source) zip_source_free(source);
    if (!b->zip) return not_opened(&error, err);
    zip_error_fini(&error);
    return 0;
}

/* The archive on disk. False where the file is none as it lies there: it is compressed once more, or cut. */
static bool open_on_disk(const sm_container *c, book *b)
{
    int code = 0;
    if (sm_input_size(c->window.in) < 0 || strcmp(c->file, "-") == 0) return false;
    b->zip = zip_open(c->file, ZIP_RDONLY, &code);
    return b->zip;
}

/* Finds an entry; some writers get the case of names wrong. */
static bool find_entry(const book *b, const char *path, zip_stat_t *info)
{
    zip_int64_t at = zip_name_locate(b->zip, path, 0);
    if (at < 0) at = zip_name_locate(b->zip, path, ZIP_FL_NOCASE);
    if (at < 0 || zip_stat_index(b->zip, (zip_uint64_t)at, 0, info) != 0) return false;
    return info->valid & ZIP_STAT_SIZE && info->valid & ZIP_STAT_INDEX;
}

static bool is_locked(const zip_stat_t *info)
{
    return info->valid & ZIP_STAT_ENCRYPTION_METHOD && info->encryption_method != ZIP_EM_NONE;
}

/* Inflates an entry to p, which has room for its size and one byte; false where it is damaged or longer than it says. */
static bool inflate_entry(const book *b, const zip_stat_t *info, char *p)
{
    zip_file_t *file = zip_fopen_index(b->zip, info->index, 0);
    zip_uint64_t n = 0;
    zip_int64_t got = file ? 1 : 0;
    while (got > 0 && n <= info->size) {
        got = zip_fread(file, p + n, info->size + 1 - n);
        if (got > 0) n += (zip_uint64_t)got;
    }
    const bool whole = file && got == 0 && n == info->size;
    return file && zip_fclose(file) == 0 && whole;
}

/* A small entry into the book's arena: 1, or 0 where there is none that can be read. */
static int read_entry(book *b, const char *path, sm_span *content)
{
    zip_stat_t info;
    if (!find_entry(b, path, &info) || info.size > PACKAGE_MAX) return 0;
    char *p = sm_arena_alloc(&b->arena, info.size + 1);
    if (!inflate_entry(b, &info, p)) return 0;
    *content = (sm_span){p, info.size};
    return 1;
}

/* ---- opening ----------------------------------------------------------------------------------- */

static int read_package(book *b, sm_error *err)
{
    sm_span xml = {0};
    const char *path = NULL;
    if (!read_entry(b, "META-INF/container.xml", &xml))
        SM_FAIL(err, SM_ENOSUP, "a ZIP archive that is no EPUB is not read");
    SM_TRY(epub_find_package(xml, &b->arena, &path, err));
    if (!read_entry(b, path, &xml)) SM_FAIL(err, SM_EFORMAT, "%s cannot be read", path);
    SM_TRY(epub_read_package(xml, path, &b->arena, &b->package, err));
    if (read_entry(b, "META-INF/encryption.xml", &xml) && epub_is_encrypted(xml)) {
        b->refused = "encrypted";
        b->why = "the book is encrypted";
    }
    return 0;
}

int epub_open(sm_container *c, sm_error *err)
{
    book *b = sm_calloc(1, sizeof *b);
    c->state = b;
    if (!open_on_disk(c, b)) SM_TRY(open_in_memory(c, b, err));
    return read_package(b, err);
}

void epub_close(sm_container *c)
{
    book *b = c->state;
    if (!b) return;
    if (b->zip) zip_discard(b->zip);
    sm_arena_free(&b->arena);
    sm_free(b);
}

/* ---- records ----------------------------------------------------------------------------------- */

static page_source *describe(sm_container *c, sm_record *record, sm_arena *arena)
{
    const epub_package *package = &((const book *)c->state)->package;
    page_source *source = container_describe(c, record, arena);
    source->title = sm_arena_copy(arena, package->title);
    source->author = sm_arena_copy(arena, package->author);
    source->lang = sm_arena_copy(arena, package->lang);
    source->published = sm_arena_copy(arena, package->date);
    source->license = sm_arena_copy(arena, package->rights);
    source->publisher = sm_arena_copy(arena, package->publisher);
    source->identifier = sm_arena_copy(arena, package->identifier);
    source->is_fixed = package->is_fixed;
    record->in_bytes = record->body.n;
    return source;
}

static int refuse(sm_container *c, sm_record *record, sm_arena *arena, const char *kind,
                  const char *why)
{
    record->name = sm_arena_copy(arena, sm_span_of(c->path));
    record->bad = kind;
    record->why = why;
    (void)describe(c, record, arena);
    return 1;
}

/* The entries of `n` chapters, as far as they are there, and how long they are together. */
static uint64_t measure(sm_container *c, const epub_item *items, size_t n, zip_stat_t *infos)
{
    const book *b = c->state;
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        infos[i].valid = 0;
        if (!find_entry(b, items[i].path, &infos[i]) || is_locked(&infos[i]))
            infos[i].valid = 0;
        if (!infos[i].valid) continue;
        total = total + infos[i].size + 1 < total ? UINT64_MAX : total + infos[i].size + 1;
    }
    return total;
}

/* Chapters behind each other in the arena. What is missing or damaged is an empty part, and counted. */
static int read_chapters(sm_container *c, const epub_item *items, size_t n, sm_record *record,
                         sm_arena *arena)
{
    const book *b = c->state;
    zip_stat_t *infos = sm_arena_alloc(arena, n * sizeof *infos);
    sm_span *parts = sm_arena_zalloc(arena, n, sizeof *parts);
    const uint64_t total = measure(c, items, n, infos);
    if (total > c->max)
        return refuse(c, record, arena, "too-large", "longer than --max-document");
    char *body = sm_arena_alloc(arena, total + 1);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const bool whole = infos[i].valid && inflate_entry(b, &infos[i], body + at);
        if (!whole) c->counts->missing++;
        if (!whole) continue;
        parts[i] = (sm_span){body + at, infos[i].size};
        at += infos[i].size;
    }
    record->body = (sm_span){body, at};
    page_source *source = describe(c, record, arena);
    source->parts = parts;
    source->n_parts = n;
    if (n && at == 0) return refuse(c, record, arena, "damaged", "no chapter can be read");
    return 1;
}

static int read_book(sm_container *c, sm_record *record, sm_arena *arena)
{
    book *b = c->state;
    c->done = true;
    record->name = sm_arena_copy(arena, sm_span_of(c->path));
    if (b->refused) return refuse(c, record, arena, b->refused, b->why);
    return read_chapters(c, b->package.spine, b->package.n_spine, record, arena);
}

static int read_item(sm_container *c, sm_record *record, sm_arena *arena)
{
    book *b = c->state;
    const epub_item *item = &b->package.spine[b->next++];
    c->done = b->next >= b->package.n_spine;
    record->name = sm_span_of(sm_arena_printf(arena, "%s#%s", c->path, item->id));
    return read_chapters(c, item, 1, record, arena);
}

int epub_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    const book *b = c->state;
    (void)err;
    if (c->done) return 0;
    if (c->by_item && !b->refused && b->package.n_spine) return read_item(c, record, arena);
    return read_book(c, record, arena);
}
#else
int epub_open(sm_container *c, sm_error *err)
{
    (void)c;
    SM_FAIL(err, SM_ENOSUP,
            "EPUB is not read: libzip or expat was not there when this was built");
}

int epub_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    return container_read_file(c, record, arena, err);
}

void epub_close(sm_container *c)
{
    (void)c;
}
#endif
