/* The external sorter: memory, runs, and what comes out.
 * SPDX-License-Identifier: MIT
 *
 * Fixed sizes: one block of memory, records in its first half, the second half is scratch for sorting. Any size:
 * records from the block's beginning, their entries from its end down, and room for as many entries again
 * between them. */
#include "sort_internal.h"

enum {
    MEMORY_MIN = 1 << 20,
    FAN_IN = 256,          /* runs that are merged at once */
    READ_BUFFER = 1 << 16, /* least bytes for each of them */
    FIXED_MAX = 256        /* larger fixed records are handled as those of any size */
};

struct sm_sorter {
    sm_sort_options set;
    bool fixed;
    char *block;
    size_t n;      /* records in the block */
    size_t bytes;  /* used at its beginning */
    size_t next;   /* record of the block that comes out next */
    run_file runs; /* open if spilled */
    bool spilled;
    run_merge *merge;
    sm_sort_stats stats;
};

sm_sorter *sm_sorter_new(const sm_sort_options *options)
{
    sm_sorter *s = sm_calloc(1, sizeof *s);
    s->set = *options;
    s->runs.fd = -1;
    if (s->set.memory < MEMORY_MIN) s->set.memory = MEMORY_MIN;
    s->set.memory &= ~(size_t)15; /* entries are aligned */
    const size_t width = options->key + options->value;
    s->fixed = width > 0 && width <= FIXED_MAX;
    return s;
}

void sm_sorter_free(sm_sorter *s)
{
    if (!s) return;
    merge_free(s->merge);
    runs_close(&s->runs);
    sm_free(s->block);
    sm_free(s);
}

sm_sort_stats sm_sorter_stats(const sm_sorter *s)
{
    return s->stats;
}

/* ---- the block ------------------------------------------------------------------------------ */

static size_t width(const sm_sorter *s)
{
    return s->set.key + s->set.value;
}

static char *entries(const sm_sorter *s)
{
    return s->block + s->set.memory - s->n * ENTRY;
}

static bool fits(const sm_sorter *s, size_t bytes)
{
    const size_t scratch = s->fixed ? s->bytes + bytes : 2 * ENTRY * (s->n + 1);
    return s->bytes + bytes + scratch <= s->set.memory;
}

static void sort_block(sm_sorter *s)
{
    if (s->n == 0) return;
    if (s->fixed) {
        radix_sort(s->block, s->block + s->set.memory / 2, s->n, width(s), s->set.key,
                   s->set.threads);
        return;
    }
    /* Entries were put down from the end: turn them round, so that equal keys stay in order. */
    char *const list = entries(s), *const scratch = list - s->n * ENTRY;
    for (size_t i = 0; i < s->n; i++)
        memcpy(scratch + i * ENTRY, list + (s->n - 1 - i) * ENTRY, ENTRY);
    memcpy(list, scratch, s->n * ENTRY);
    entries_sort(list, scratch, s->n, s->block, s->set.threads);
}

static sort_record record_at(const sm_sorter *s, size_t i)
{
    if (s->fixed) {
        const char *p = s->block + i * width(s);
        return (sort_record){{p, s->set.key}, {p + s->set.key, s->set.value}};
    }
    const char *p = s->block + entry_place(entries(s) + i * ENTRY);
    const size_t key = sm_get_u32(p), value = sm_get_u32(p + 4);
    return (sort_record){{p + RECORD_HEAD, key}, {p + RECORD_HEAD + key, value}};
}

static int spill(sm_sorter *s, sm_error *err)
{
    if (s->n == 0) return 0;
    if (!s->spilled) {
        s->spilled = true;
        SM_TRY(runs_open(&s->runs, &s->set, err));
    }
    sort_block(s);
    runs_begin(&s->runs);
    for (size_t i = 0; i < s->n; i++)
        SM_TRY(runs_put(&s->runs, record_at(s, i), err));
    SM_TRY(runs_end(&s->runs, err));
    s->stats.runs++;
    s->stats.spilled = (uint64_t)s->runs.size;
    s->n = s->bytes = 0;
    return 0;
}

static void append(sm_sorter *s, sm_span key, sm_span value)
{
    char *p = s->block + s->bytes;
    if (!s->fixed) {
        sm_put_u32(p, (uint32_t)key.n);
        sm_put_u32(p + 4, (uint32_t)value.n);
        p += RECORD_HEAD;
    }
    if (key.n > 0) memcpy(p, key.p, key.n);
    if (value.n > 0) memcpy(p + key.n, value.p, value.n);
    s->n++;
    if (!s->fixed) entry_make(entries(s), s->block, s->bytes);
    s->bytes += key.n + value.n + (s->fixed ? 0 : RECORD_HEAD);
}

int sm_sorter_add(sm_sorter *s, sm_span key, sm_span value, sm_error *err)
{
    const size_t bytes = key.n + value.n + (s->fixed ? 0 : RECORD_HEAD);
    if (!s->block) s->block = sm_malloc(s->set.memory);
    if (!fits(s, bytes)) {
        SM_TRY(spill(s, err));
        if (!fits(s, bytes) || key.n > UINT32_MAX || value.n > UINT32_MAX)
            SM_FAIL(err, SM_ELIMIT,
                    "a record of %zu bytes does not fit into %zu MiB (--memory)", bytes,
                    s->set.memory >> 20);
    }
    append(s, key, value);
    s->stats.records++;
    return 0;
}

/* ---- merging -------------------------------------------------------------------------------- */

static size_t fan_in(const sm_sorter *s)
{
    const size_t buffers = s->set.memory / READ_BUFFER;
    return buffers < FAN_IN ? buffers : FAN_IN;
}

static run_merge *merge_of(const sm_sorter *s, size_t first, size_t n)
{
    return merge_new(&s->runs, first, n, s->set.memory / (n + 1));
}

static int merge_group(const sm_sorter *s, size_t first, size_t n, run_file *into,
                       sm_error *err)
{
    sort_record r;
    run_merge *m = merge_of(s, first, n);
    runs_begin(into);
    int rc = 0;
    while ((rc = merge_next(m, &r, err)) == 1 && (rc = runs_put(into, r, err)) == 0) {
    }
    if (rc == 0) rc = runs_end(into, err);
    merge_free(m);
    return rc;
}

/* One pass over the disk: neighbouring runs become one. */
static int merge_pass(sm_sorter *s, sm_error *err)
{
    run_file into;
    int rc = runs_open(&into, &s->set, err);
    for (size_t i = 0; i < s->runs.n && rc == 0; i += fan_in(s)) {
        const size_t left = s->runs.n - i;
        rc = merge_group(s, i, left < fan_in(s) ? left : fan_in(s), &into, err);
    }
    s->stats.spilled += (uint64_t)into.size;
    runs_close(&s->runs);
    s->runs = into;
    return rc;
}

int sm_sorter_sort(sm_sorter *s, sm_error *err)
{
    if (!s->spilled) {
        sort_block(s);
        return 0;
    }
    SM_TRY(spill(s, err));
    sm_free(s->block); /* its memory is for reading now */
    s->block = NULL;
    while (s->runs.n > fan_in(s))
        SM_TRY(merge_pass(s, err));
    s->merge = merge_of(s, 0, s->runs.n);
    return 0;
}

int sm_sorter_next(sm_sorter *s, sm_span *key, sm_span *value, sm_error *err)
{
    sort_record r;
    if (s->spilled) {
        const int rc = merge_next(s->merge, &r, err);
        if (rc != 1) return rc;
    } else {
        if (s->next == s->n) return 0;
        r = record_at(s, s->next++);
    }
    *key = r.key;
    *value = r.value;
    return 1;
}
