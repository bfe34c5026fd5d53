/* Writing a sorted run: entries, fences and filter grow side by side, the head comes last. See sorted_run.h.
 * SPDX-License-Identifier: MIT */
#include "run_layout.h"

#include <string.h>

void run_writer_init(run_writer *w, store_file *file, bool wide, uint64_t expected)
{
    const uint64_t pages = run_pages_of(expected, run_entry_bytes(wide));
    *w = (run_writer){.file = file, .wide = wide, .expected = expected};
    w->fence_page = 1 + pages;
    w->filter_page = w->fence_page + run_pages_of(pages, FENCE_BYTES);
    w->lines = (expected * FILTER_BITS + LINE_BITS - 1) / LINE_BITS;
    page_stream_init(&w->out, file, 1);
    page_stream_init(&w->fences, file, w->fence_page);
    page_stream_init(&w->filter, file, w->filter_page);
}

void run_writer_fini(run_writer *w)
{
    page_stream_fini(&w->out);
    page_stream_fini(&w->fences);
    page_stream_fini(&w->filter);
}

/* Lines before `line` are complete, since keys ascend. */
static int reach_line(run_writer *w, uint64_t line, sm_error *err)
{
    for (; w->line < line; w->line++) {
        SM_TRY(page_stream_put(&w->filter, w->bits, LINE_BYTES, err));
        memset(w->bits, 0, LINE_BYTES);
    }
    return SM_OK;
}

static int put_filter(run_writer *w, uint64_t key, sm_error *err)
{
    SM_TRY(reach_line(w, run_line_of(key, w->lines), err));
    uint64_t probes = run_probes_of(key);
    for (int i = 0; i < FILTER_PROBES; i++, probes <<= 9)
        w->bits[probes >> 58] |= (unsigned char)(1U << (probes >> 55 & 7));
    return SM_OK;
}

int run_writer_put(run_writer *w, const run_entry *entry, sm_error *err)
{
    unsigned char bytes[24];
    const size_t size = run_entry_bytes(w->wide);
    if (w->entries % PAGE_ITEMS(size) == 0) {
        sm_put_u64(bytes, entry->key);
        SM_TRY(page_stream_put(&w->fences, bytes, FENCE_BYTES, err));
    }
    w->entries++;
    SM_TRY(put_filter(w, entry->key, err));
    run_put_entry(bytes, entry, w->wide);
    return page_stream_put(&w->out, bytes, size, err);
}

int run_writer_end(run_writer *w, uint32_t first, uint32_t end, sm_error *err)
{
    unsigned char head[PAGE_BYTES] = {0};
    SM_TRY(reach_line(w, w->lines, err));
    SM_TRY(page_stream_flush(&w->out, err));
    SM_TRY(page_stream_flush(&w->fences, err));
    SM_TRY(page_stream_flush(&w->filter, err));
    sm_put_u64(head, RUN_MAGIC);
    sm_put_u32(head + 8, RUN_VERSION);
    sm_put_u32(head + 12, w->wide ? 16 : 8);
    sm_put_u64(head + 16, w->entries);
    sm_put_u32(head + 24, first);
    sm_put_u32(head + 28, end);
    sm_put_u64(head + 32, w->fence_page);
    sm_put_u64(head + 40, w->filter_page);
    sm_put_u64(head + 48, w->lines);
    page_seal(head, 0);
    return store_file_write(w->file, head, sizeof head, 0, err);
}
