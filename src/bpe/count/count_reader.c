/* Reading count files, one or many, as one sorted stream.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/file.h>

#include "count_file.h"
#include "records.h"

#include <string.h>
#include <sys/stat.h>

enum { HASHED = 1 << 18, BUFFER_MAX = 0x7fffffff };

struct sm_count_reader {
    source **parts; /* [at, n) are open */
    size_t at, n;
    sm_count_header header;
    sm_hasher *hasher;
    sm_buffer encoded; /* not hashed yet */
};

/* ---- one file ------------------------------------------------------------------------------- */

typedef struct count_file {
    sm_input *in;
    window w;
    sm_count_header header;
} count_file;

static int fill(void *from, char *p, size_t n, size_t *got, sm_error *err)
{
    return sm_input_read(from, p, n, got, err);
}

static void end(void *from)
{
    sm_input_close(from);
}

static int read_header(window *w, sm_count_header *h, sm_error *err)
{
    sm_span s = {0};
    SM_TRY(record_take(w, sizeof count_magic, &s, err));
    if (memcmp(s.p, count_magic, sizeof count_magic) != 0)
        SM_FAIL(err, SM_EFORMAT, "%s: not a count file", w->name);
    SM_TRY(record_take(w, COUNT_HEADER - sizeof count_magic, &s, err));
    const uint32_t flags = sm_get_u32(s.p), settings = sm_get_u32(s.p + 4);
    h->complete = flags & COUNT_COMPLETE;
    h->tagged = flags & COUNT_TAGGED;
    h->with_documents = flags & COUNT_DOCUMENTS;
    h->thousandths = flags & COUNT_THOUSANDTHS;
    h->documents = sm_get_u64(s.p + 8);
    h->bytes = sm_get_u64(s.p + 16);
    h->dictionary = (sm_hash128){.lo = sm_get_u64(s.p + 24), .hi = sm_get_u64(s.p + 32)};
    h->tagged_share = sm_get_u32(s.p + 40);
    if (settings > COUNT_SETTINGS_MAX || settings == 0)
        SM_FAIL(err, SM_EFORMAT, "%s: broken settings", w->name);
    SM_TRY(record_take(w, settings, &s, err));
    h->settings = sm_arena_copy(&h->arena, s);
    return 0;
}

static void close_file(count_file *f)
{
    window_fini(&f->w);
    sm_input_close(f->in);
    sm_count_header_free(&f->header);
}

static int open_file(count_file *f, const char *path, sm_error *err)
{
    *f = (count_file){0};
    SM_TRY(sm_input_open(&f->in, path, err));
    f->w = window_make(fill, f->in, sm_input_name(f->in));
    const int rc = read_header(&f->w, &f->header, err);
    if (rc < 0) close_file(f);
    return rc;
}

/* The file's records; what is open goes over to the source. */
static source *source_of_file(count_file *f, bool thousandths)
{
    const uint64_t unit = thousandths && !f->header.thousandths ? 1000 : 1;
    source *s = source_of_window(&f->w, count_flags(&f->header), unit, end);
    sm_count_header_free(&f->header);
    return s;
}

/* ---- headers ----------------------------------------------------------------------------------- */

unsigned count_flags(const sm_count_header *h)
{
    return (h->complete ? COUNT_COMPLETE : 0u) | (h->tagged ? COUNT_TAGGED : 0u) |
           (h->with_documents ? COUNT_DOCUMENTS : 0u) |
           (h->thousandths ? COUNT_THOUSANDTHS : 0u);
}

void sm_count_header_free(sm_count_header *header)
{
    sm_arena_free(&header->arena);
    *header = (sm_count_header){0};
}

static bool same_settings(const sm_count_header *a, const sm_count_header *b)
{
    return sm_span_equal(a->settings, b->settings) && a->tagged == b->tagged &&
           a->with_documents == b->with_documents && a->tagged_share == b->tagged_share &&
           sm_hash128_equal(a->dictionary, b->dictionary);
}

/* Adds a file's header to that of the files before it. */
static int join_headers(sm_count_header *all, const sm_count_header *one, const char *name,
                        sm_error *err)
{
    if (all->settings.n == 0) {
        *all = *one;
        all->arena = (sm_arena){0};
        all->settings = sm_arena_copy(&all->arena, one->settings);
        return 0;
    }
    if (!same_settings(all, one))
        SM_FAIL(err, SM_EUSAGE, "%s: counted with other settings than the files before", name);
    all->complete &= one->complete;
    all->thousandths |= one->thousandths;
    all->documents += one->documents;
    all->bytes += one->bytes;
    return 0;
}

/* ---- many files --------------------------------------------------------------------------------- */

typedef struct opening {
    const sm_count_files *files;
    size_t at_once; /* files that are open at a time */
    sm_count_header all;
    source **sources;
    size_t n;
    run_file store; /* of merged groups */
} opening;

/* A decoder and its window take some 4 MiB; half of the memory is theirs. */
static size_t files_at_once(const sm_count_files *files)
{
    enum { MOST = 64, EACH = 8 << 20 };
    const size_t fit = files->memory ? files->memory / EACH : MOST;
    return fit < 2 ? 2 : fit > MOST ? MOST : fit;
}

/* Too many to be open together: their headers first, since they decide how counts are scaled. */
static int join_all_headers(opening *o, sm_error *err)
{
    for (size_t i = 0; i < o->files->n; i++) {
        count_file f;
        SM_TRY(open_file(&f, o->files->paths[i], err));
        const int rc = join_headers(&o->all, &f.header, f.w.name, err);
        close_file(&f);
        SM_TRY(rc);
    }
    return 0;
}

static int open_files(opening *o, size_t from, size_t to, bool join, sm_error *err)
{
    count_file *open = sm_calloc(to - from, sizeof *open);
    size_t n = 0;
    int rc = 0;
    for (size_t i = from; i < to && rc == 0; i++) {
        rc = open_file(&open[n], o->files->paths[i], err);
        n += rc == 0;
        if (rc == 0 && join)
            rc = join_headers(&o->all, &open[n - 1].header, open[n - 1].w.name, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (rc == 0)
            o->sources[o->n++] = source_of_file(&open[i], o->all.thousandths);
        else
            close_file(&open[i]);
    }
    sm_free(open);
    return rc;
}

/* Groups of files become runs, and the runs take the files' place. */
static int open_in_groups(opening *o, sm_error *err)
{
    size_t n_runs = 0;
    const size_t n = o->files->n;
    SM_TRY(join_all_headers(o, err));
    for (size_t from = 0; from < n; from += o->at_once) {
        const size_t to = from + o->at_once < n ? from + o->at_once : n;
        run_file run;
        o->n = n_runs;
        SM_TRY(open_files(o, from, to, false, err));
        source *group = source_merged(o->sources + n_runs, o->n - n_runs);
        o->n = n_runs;
        SM_TRY(run_write(&run, &o->store, o->files->folder, group, count_flags(&o->all), err));
        o->sources[n_runs++] = run_read(&run, count_flags(&o->all));
        o->n = n_runs;
    }
    return 0;
}

int sm_count_reader_open(sm_count_reader **reader, const sm_count_files *files, sm_error *err)
{
    opening o = {.files = files, .at_once = files_at_once(files)};
    o.sources = sm_calloc(files->n + 1, sizeof *o.sources);
    const bool together = files->n <= o.at_once || !files->folder;
    const int rc = together ? open_files(&o, 0, files->n, true, err) : open_in_groups(&o, err);
    *reader = NULL;
    if (rc == 0) {
        source *all = source_merged(o.sources, o.n);
        *reader = count_reader_over(&all, 1, &o.all);
    }
    for (size_t i = 0; rc < 0 && i < o.n; i++)
        o.sources[i]->close(o.sources[i]);
    if (o.store.folder) run_close(&o.store);
    sm_count_header_free(&o.all);
    sm_free(o.sources);
    return rc;
}

/* ---- reading -------------------------------------------------------------------------------------- */

sm_count_reader *count_reader_over(source *const *parts, size_t n, sm_count_header *header)
{
    sm_count_reader *r = sm_malloc(sizeof *r);
    *r = (sm_count_reader){.n = n,
                           .header = *header,
                           .hasher = sm_hasher_new(),
                           .encoded = sm_buffer_make(BUFFER_MAX)};
    r->parts = sm_malloc(n * sizeof *r->parts);
    memcpy(r->parts, parts, n * sizeof *r->parts);
    *header = (sm_count_header){0};
    return r;
}

void sm_count_reader_close(sm_count_reader *r)
{
    if (!r) return;
    for (; r->at < r->n; r->at++)
        r->parts[r->at]->close(r->parts[r->at]);
    sm_free(r->parts);
    sm_count_header_free(&r->header);
    sm_hasher_free(r->hasher);
    sm_buffer_free(&r->encoded);
    sm_free(r);
}

const sm_count_header *sm_count_reader_header(const sm_count_reader *r)
{
    return &r->header;
}

static void hash_encoded(sm_count_reader *r)
{
    sm_hasher_add(r->hasher, sm_buffer_span(&r->encoded));
    sm_buffer_clear(&r->encoded);
}

int sm_count_reader_next(sm_count_reader *r, sm_count_entry *e, sm_error *err)
{
    for (; r->at < r->n; r->at++) {
        source *const part = r->parts[r->at];
        const int rc = part->next(part, e, err);
        SM_TRY(rc);
        if (rc > 0) break;
        part->close(part);
    }
    if (r->at == r->n) return 0;
    r->header.records++;
    record_put(&r->encoded, e, count_flags(&r->header));
    if (r->encoded.n >= HASHED) hash_encoded(r);
    return 1;
}

size_t count_reader_parts(const sm_count_reader *r)
{
    return r->n - r->at;
}

source *count_reader_take(sm_count_reader *r)
{
    return r->at < r->n ? r->parts[r->at++] : NULL;
}

void count_reader_note(sm_count_reader *r, sm_span encoded, uint64_t records)
{
    hash_encoded(r);
    sm_hasher_add(r->hasher, encoded);
    r->header.records += records;
}

sm_hash128 sm_count_reader_hash(sm_count_reader *r)
{
    hash_encoded(r);
    return sm_hasher_value(r->hasher);
}

int sm_counts_read(sm_counts *counts, const char *path, sm_count_header *header, sm_error *err)
{
    sm_count_reader *reader = NULL;
    const sm_count_files one = {.paths = &path, .n = 1};
    SM_TRY(sm_count_reader_open(&reader, &one, err));
    const bool other_unit =
        header->settings.n > 0 && header->thousandths != reader->header.thousandths;
    int rc = join_headers(header, &reader->header, path, err);
    if (rc == 0 && other_unit)
        rc = sm_error_set(err, SM_EUSAGE,
                          "%s: thousandths and whole counts: merge the files first", path);
    if (rc == 0) rc = counts_add_all(counts, reader, err);
    header->records += reader->header.records;
    sm_count_reader_close(reader);
    return rc;
}

bool sm_count_file_is(const char *path)
{
    sm_error ignored = {0};
    sm_input *in = NULL;
    char head[sizeof count_magic];
    size_t n = 0, got = 0;
    struct stat about; /* a pipe must not lose its first bytes to this question */
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) return false;
    if (sm_input_open(&in, path, &ignored) < 0) return false;
    while (n < sizeof head && sm_input_read(in, head + n, sizeof head - n, &got, &ignored) > 0)
        n += got;
    sm_input_close(in);
    return n == sizeof head && memcmp(head, count_magic, sizeof head) == 0;
}
