/* MosaicML Streaming's format 2: a sample a document. See seimai/shard_export.h.
 * SPDX-License-Identifier: MIT */
#include "export_internal.h"

#include <stdio.h>

/* What stands in every file and in the index: the columns, in order. Keys are sorted. */
static void mds_columns(sm_buffer *json)
{
    sm_buffer_puts(json,
                   "\"column_encodings\": [\"str\", \"ndarray:uint32\"], "
                   "\"column_names\": [\"id\", \"tokens\"], \"column_sizes\": [null, null], "
                   "\"compression\": null, \"format\": \"mds\", \"hashes\": [], ");
}

/* A sample: the sizes of both columns, the id, the tokens behind their shape (one axis, as few bytes as do). */
static void mds_sample(const export *x, size_t doc, sm_span id, sm_buffer *out)
{
    const extent d = x->docs[doc];
    const unsigned code = d.n < 1U << 8 ? 0 : d.n < 1U << 16 ? 1 : 2;
    char length[4];
    sm_put_u32(length, (uint32_t)d.n);
    add_u32(out, (uint32_t)id.n);
    add_u32(out, (uint32_t)(1 + (1U << code) + 4 * d.n));
    sm_buffer_put(out, id);
    sm_buffer_putc(out, (char)(1 << 2 | code));
    sm_buffer_put(out, (sm_span){length, (size_t)1 << code});
    uint32_t *const ids = sm_malloc((size_t)d.n * sizeof *ids);
    sm_shards_read(x->set, d.first, (size_t)d.n, ids);
    char *const to = sm_buffer_reserve(out, (size_t)d.n * 4);
    for (size_t i = 0; to && i < d.n; i++)
        store_u32(to + 4 * i, ids[i]);
    out->n += to ? (size_t)d.n * 4 : 0;
    sm_free(ids);
}

/* One file: the number of samples, where each begins and the last ends, the columns, the samples. */
typedef struct mds_file {
    sm_buffer offsets; /* u32, from the first sample on */
    sm_buffer samples;
    uint32_t n;
    unsigned number;
} mds_file;

/* The file as it is to lie on disk. */
static void encode_file(const mds_file *f, sm_buffer *file)
{
    sm_buffer config = sm_buffer_make(1 << 16);
    sm_buffer_putc(&config, '{');
    mds_columns(&config);
    sm_buffer_printf(&config, "\"size_limit\": %d, \"version\": 2}", MDS_BYTES);
    const size_t before = 4 + 4 * ((size_t)f->n + 1) + config.n;
    add_u32(file, f->n);
    for (uint32_t i = 0; i < f->n; i++)
        add_u32(file, (uint32_t)before + sm_get_u32(f->offsets.p + 4 * (size_t)i));
    add_u32(file, (uint32_t)(before + f->samples.n));
    sm_buffer_put(file, sm_buffer_span(&config));
    sm_buffer_put(file, sm_buffer_span(&f->samples));
    sm_buffer_free(&config);
}

/* Its entry in index.json. */
static void index_file(const mds_file *f, const char *name, size_t bytes, sm_buffer *index)
{
    sm_buffer_puts(index, f->number ? ", {" : "{");
    mds_columns(index);
    sm_buffer_printf(index,
                     "\"raw_data\": {\"basename\": \"%s\", \"bytes\": %zu, \"hashes\": {}}, "
                     "\"samples\": %u, \"size_limit\": %d, \"version\": 2, \"zip_data\": null}",
                     name, bytes, f->n, MDS_BYTES);
}

static int put_file(export *x, const char *name, const sm_buffer *file, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(export_open(x, name, "", &out, err));
    return export_close(out, sm_output_write(out, sm_buffer_span(file), err), err);
}

static int flush_mds(export *x, mds_file *f, sm_buffer *index, sm_error *err)
{
    char name[32];
    sm_buffer file = sm_buffer_make(SIZE_MAX / 2);
    (void)snprintf(name, sizeof name, "shard.%05u.mds", f->number);
    encode_file(f, &file);
    index_file(f, name, file.n, index);
    const int status = put_file(x, name, &file, err);
    sm_buffer_free(&file);
    sm_buffer_clear(&f->offsets);
    sm_buffer_clear(&f->samples);
    f->n = 0;
    f->number++;
    return status;
}

static int mds_samples(export *x, mds_file *f, sm_buffer *index, sm_error *err)
{
    uint64_t sequence = 0;
    for (size_t i = 0; i < x->n; i++) {
        sm_shards_whole doc;
        SM_TRY(sm_shards_whole_at(x->set, sequence, &doc, err));
        sequence += doc.sequences;
        if (x->docs[i].n == 0)
            continue; /* only in a set without EOT; the format has no empty array */
        add_u32(&f->offsets, (uint32_t)f->samples.n);
        mds_sample(x, i, doc.id, &f->samples);
        SM_TRY(sm_shards_fault(x->set, err));
        f->n++;
        if (f->samples.n >= MDS_BYTES) SM_TRY(flush_mds(x, f, index, err));
    }
    return f->n ? flush_mds(x, f, index, err) : SM_OK;
}

int export_mds(export *x, sm_error *err)
{
    mds_file f = {sm_buffer_make(SIZE_MAX / 2), sm_buffer_make(SIZE_MAX / 2), 0, 0};
    sm_buffer index = sm_buffer_make(SIZE_MAX / 2);
    sm_buffer_puts(&index, "{\"shards\": [");
    int status = mds_samples(x, &f, &index, err);
    sm_buffer_puts(&index, "], \"version\": 2}\n");
    if (status >= 0) status = put_file(x, "index.json", &index, err);
    sm_buffer_free(&f.offsets);
    sm_buffer_free(&f.samples);
    sm_buffer_free(&index);
    return status;
}
