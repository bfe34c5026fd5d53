/* Documents on their way to the writers, in their order or shuffled: see seimai/shard_intake.h.
 *
 * Shuffling is sorting by a random key. A document goes to the sorter as bytes, in pieces, so that one that is larger
 * than the sorter's memory passes too; the key is (random number, number of the copy, piece), big-endian.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"

#include <seimai/random.h>
#include <seimai/shard_intake.h>
#include <seimai/sort.h>

enum {
    PIECE = 256 << 10, /* bytes; the least memory of a sorter holds some */
    KEY = 8 + 8 + 4,
    HEAD = 5 * 4 + 3 * 8
};
/* The draws of the order among those that a seed is used for. */
static const uint64_t draw_order = 0x6F72646572000001;

struct sm_shard_intake {
    sm_shard_writer *const *writers;
    uint64_t seed, n;  /* copies so far */
    sm_sorter *sorter; /* NULL: not shuffled */
    sm_buffer bytes;   /* the document under way */
    uint32_t *ids;
    size_t cap_ids;
    sm_shard_part *parts;
    size_t cap_parts;
};

sm_shard_intake *sm_shard_intake_new(sm_shard_writer *const writers[],
                                     const sm_shard_intake_options *o)
{
    sm_shard_intake *const x = sm_calloc(1, sizeof *x);
    x->writers = writers;
    x->seed = o->seed;
    x->bytes = sm_buffer_make(SIZE_MAX / 2);
    if (!o->shuffle) return x;
    const sm_sort_options sort = {
        .memory = o->memory, .threads = o->threads, .folder = o->folder};
    x->sorter = sm_sorter_new(&sort);
    return x;
}

void sm_shard_intake_free(sm_shard_intake *x)
{
    if (!x) return;
    sm_sorter_free(x->sorter);
    sm_buffer_free(&x->bytes);
    sm_free(x->ids);
    sm_free(x->parts);
    sm_free(x);
}

/* ---- a document as bytes: written and read in one place ----------------------------------------- */

/* The bytes of an id: 2 where all of them fit. */
static size_t id_bytes_of(const sm_shard_doc *d)
{
    uint32_t all = 0;
    for (size_t i = 0; i < d->n; i++)
        all |= d->ids[i];
    return all > UINT16_MAX ? 4 : 2;
}

static void encode(sm_buffer *out, size_t set, const sm_shard_doc *d)
{
    const size_t size = id_bytes_of(d);
    sm_buffer_clear(out);
    add_u32(out, (uint32_t)set);
    add_u32(out, d->source);
    add_u32(out, (uint32_t)d->id.n);
    add_u32(out, (uint32_t)d->n_parts);
    add_u32(out, (uint32_t)size << 2 | (uint32_t)d->end_is_context << 1 | (d->targets != NULL));
    add_u64(out, d->n);
    add_u64(out, d->text_bytes);
    add_u64(out, d->characters);
    sm_buffer_put(out, d->id);
    for (size_t i = 0; i < d->n_parts; i++) {
        add_u32(out, d->parts[i].kind);
        add_u32(out, d->parts[i].start);
    }
    if (d->targets) sm_buffer_put(out, (sm_span){(const char *)d->targets, (d->n + 7) / 8});
    char *const p = sm_buffer_reserve(out, size * d->n);
    for (size_t i = 0; size == 2 && i < d->n; i++)
        store_u16(p + 2 * i, (uint16_t)d->ids[i]);
    for (size_t i = 0; size == 4 && i < d->n; i++)
        store_u32(p + 4 * i, d->ids[i]);
    out->n += size * d->n;
}

static const uint32_t *decode_ids(sm_shard_intake *x, const char *p, unsigned size, size_t n)
{
    if (n > x->cap_ids || !x->ids) {
        x->cap_ids = n + n / 2 + 1;
        x->ids = sm_realloc(x->ids, x->cap_ids * sizeof *x->ids);
    }
    tokens_unpack(p, size, n, x->ids);
    return x->ids;
}

static const sm_shard_part *decode_parts(sm_shard_intake *x, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += 8) {
        x->parts = sm_array_grow(x->parts, i, &x->cap_parts, sizeof *x->parts);
        x->parts[i] = (sm_shard_part){(sm_part_kind)sm_get_u32(p), sm_get_u32(p + 4)};
    }
    return x->parts;
}

static sm_shard_doc decode(sm_shard_intake *x, size_t *set)
{
    const char *p = x->bytes.p;
    const uint32_t id_bytes = sm_get_u32(p + 8), how = sm_get_u32(p + 16);
    sm_shard_doc d = {.source = sm_get_u32(p + 4),
                      .n_parts = sm_get_u32(p + 12),
                      .end_is_context = how >> 1 & 1,
                      .n = (size_t)sm_get_u64(p + 20),
                      .text_bytes = sm_get_u64(p + 28),
                      .characters = sm_get_u64(p + 36)};
    *set = sm_get_u32(p);
    p += HEAD;
    d.id = (sm_span){p, id_bytes};
    p += id_bytes;
    d.parts = decode_parts(x, p, d.n_parts);
    p += 8 * d.n_parts;
    if (how & 1) {
        d.targets = (const uint8_t *)p;
        p += (d.n + 7) / 8;
    }
    d.ids = decode_ids(x, p, how >> 2, d.n);
    return d;
}

/* ---- into the sorter and out of it ---------------------------------------------------------------- */

static void put_big_endian(char *p, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (char)(v >> 8 * (bytes - 1 - i));
}

static int sort_in(sm_shard_intake *x, sm_error *err)
{
    char key[KEY];
    put_big_endian(key, sm_random_u64(x->seed, x->n, draw_order), 8);
    put_big_endian(key + 8, x->n++, 8);
    sm_span rest = sm_buffer_span(&x->bytes);
    for (uint32_t piece = 0; rest.n; piece++) {
        const size_t n = rest.n < PIECE ? rest.n : PIECE;
        put_big_endian(key + 16, piece, 4);
        SM_TRY(sm_sorter_add(x->sorter, (sm_span){key, KEY}, (sm_span){rest.p, n}, err));
        rest = (sm_span){rest.p + n, rest.n - n};
    }
    return SM_OK;
}

static int append_sorted(sm_shard_intake *x, sm_error *err)
{
    size_t set = 0;
    if (!x->bytes.n) return SM_OK; /* before the first one */
    const sm_shard_doc doc = decode(x, &set);
    const int status = sm_shard_writer_append(x->writers[set], &doc, err);
    sm_buffer_clear(&x->bytes);
    return status;
}

int sm_shard_intake_add(sm_shard_intake *x, size_t set, const sm_shard_doc *doc,
                        uint64_t copies, sm_error *err)
{
    if (x->sorter && copies) encode(&x->bytes, set, doc);
    for (; copies > 0; copies--)
        SM_TRY(x->sorter ? sort_in(x, err) : sm_shard_writer_append(x->writers[set], doc, err));
    return SM_OK;
}

int sm_shard_intake_finish(sm_shard_intake *x, sm_error *err)
{
    sm_span key, value;
    int more = 0;
    if (!x->sorter) return SM_OK;
    sm_buffer_clear(&x->bytes);
    SM_TRY(sm_sorter_sort(x->sorter, err));
    while ((more = sm_sorter_next(x->sorter, &key, &value, err)) > 0) {
        static const char first[4];
        if (memcmp(key.p + 16, first, 4) == 0) SM_TRY(append_sorted(x, err));
        sm_buffer_put(&x->bytes, value);
    }
    SM_TRY(more);
    return append_sorted(x, err);
}
