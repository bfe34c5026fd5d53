/* The parts of the store, each against a slow and obvious twin: coded sets, sorting in place, runs, kept documents, and
 * the readers of all of them on damaged files.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "store/run_list.h"
#include "store/setcode.h"
#include "store/slot_sort.h"
#include "store/store.h"

#include <math.h>
#include <seimai/random.h>
#include <unistd.h>

static store_space here = {.folder = "."};

static int order(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t distinct(uint64_t *p, size_t n)
{
    size_t kept = 0;
    qsort(p, n, sizeof *p, order);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || p[kept - 1] != p[i]) p[kept++] = p[i];
    return kept;
}

/* ---- sets ----------------------------------------------------------------------------------- */

static void assert_code(const uint64_t *set, size_t n, size_t most)
{
    unsigned char *code = sm_calloc(1, set_code_bound(n));
    uint64_t *back = sm_malloc((n + 1) * sizeof *back);
    const size_t bytes = set_encode(set, n, code);
    assert_in_range(bytes + SET_CODE_PAD, SET_CODE_PAD, set_code_bound(n));
    assert_true(bytes <= most);
    assert_true(set_decode((sm_span){(char *)code, bytes}, n, back));
    if (n > 0) assert_memory_equal(back, set, n * sizeof *set);
    for (size_t cut = 1; cut < 9 && cut <= bytes; cut++) { /* its end is a hash, not padding */
        const bool whole = set_decode((sm_span){(char *)code, bytes - cut}, n, back);
        assert_true(!whole || n == 0);
    }
    sm_free(code);
    sm_free(back);
}

static void sets_come_back_from_their_code(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    static uint64_t set[MOST];
    for (size_t n = 0; n <= MOST; n = n < 40 ? n + 1 : n * 3 / 2) {
        for (size_t i = 0; i < n; i++)
            set[i] = sm_random_u64(3, n, i);
        const size_t kept = distinct(set, n);
        const double bits = kept ? 64 - log2((double)kept) + 1.9 : 0;
        assert_code(set, kept, kept > 300 ? (size_t)(bits * (double)kept / 8) + 8 : SIZE_MAX);
    }
}

static void clustered_sets_have_a_code_too(void **state)
{
    (void)state;
    enum { N = 700 };
    uint64_t set[N];
    for (size_t i = 0; i < N; i++)
        set[i] = i;
    assert_code(set, N, SIZE_MAX);
    for (size_t i = 0; i < N; i++)
        set[i] = UINT64_MAX - (N - 1 - i);
    assert_code(set, N, SIZE_MAX);
    set[0] = 0; /* one gap that is nearly everything */
    assert_code(set, N, SIZE_MAX);
    const uint64_t ends[2] = {0, UINT64_MAX};
    assert_code(ends, 2, SIZE_MAX);
    assert_code(ends + 1, 1, SIZE_MAX);
}

static void no_bytes_break_the_decoder(void **state)
{
    (void)state;
    unsigned char code[64 + SET_CODE_PAD] = {0};
    uint64_t set[512];
    for (uint64_t round = 0; round < 20000; round++) {
        const size_t bytes = sm_random_below(5, round, 0, 65);
        const size_t n = sm_random_below(5, round, 1, 512);
        for (size_t i = 0; i < bytes; i++)
            code[i] = (unsigned char)sm_random_u64(6, round, i);
        if (!set_decode((sm_span){(char *)code, bytes}, n, set)) continue;
        for (size_t i = 1; i < n; i++)
            assert_true(set[i - 1] < set[i]);
    }
}

/* ---- sorting in place ----------------------------------------------------------------------- */

static unsigned words;

static int slot_order(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    for (unsigned i = 0; i < words; i++) {
        const uint64_t p = i + 1 == words ? (uint32_t)x[i] : x[i];
        const uint64_t q = i + 1 == words ? (uint32_t)y[i] : y[i];
        if (p != q) return p < q ? -1 : 1;
    }
    return 0;
}

static void slots_are_sorted_as_qsort_sorts_them(void **state)
{
    (void)state;
    enum { N = 30000 };
    uint64_t *got = sm_malloc(3 * N * sizeof *got), *want = sm_malloc(3 * N * sizeof *want);
    for (unsigned round = 0; round < 8; round++) {
        words = 2 + round % 2;
        /* few keys (large buckets), or many; numbers of documents all different */
        const uint64_t keys = round < 4 ? 50 : UINT64_MAX;
        for (size_t i = 0; i < N; i++) {
            for (unsigned w = 0; w < words; w++)
                want[i * words + w] = sm_random_u64(round, i, w) % keys;
            want[i * words + words - 1] = (uint32_t)(i * 2654435761U) | (uint64_t)7 << 40;
        }
        memcpy(got, want, words * N * sizeof *got);
        qsort(want, N, words * sizeof *want, slot_order);
        slot_sort(got, N, words);
        assert_memory_equal(got, want, words * N * sizeof *got);
    }
    sm_free(got);
    sm_free(want);
}

/* ---- runs ----------------------------------------------------------------------------------- */

enum { ENTRIES = 20000, KEYS = 9000 };

static run_entry *make_entries(uint64_t seed, bool wide, uint32_t first)
{
    run_entry *e = sm_calloc(ENTRIES, sizeof *e);
    words = 3;
    for (uint32_t i = 0; i < ENTRIES; i++) {
        const uint64_t key = sm_random_below(seed, i, 0, KEYS);
        e[i] = (run_entry){sm_random_u64(99, key, 0), wide ? key % 3 : 0, first + i};
    }
    qsort(e, ENTRIES, sizeof *e, slot_order); /* key, rest, document */
    return e;
}

static sorted_run *write_run(const run_entry *entries, size_t n, bool wide, uint32_t first,
                             store_space *space)
{
    store_file file;
    run_writer w;
    sorted_run *run = NULL;
    sm_error err = {0};
    assert_ok(store_file_make(&file, space, "bands", &err), &err);
    run_writer_init(&w, &file, wide, n);
    for (size_t i = 0; i < n; i++)
        assert_ok(run_writer_put(&w, &entries[i], &err), &err);
    assert_ok(run_writer_end(&w, first, first + ENTRIES, &err), &err);
    run_writer_fini(&w);
    assert_ok(sorted_run_open(&run, &file, &err), &err);
    return run;
}

static void assert_found(const sorted_run *run, const run_entry *entries, uint64_t key,
                         uint64_t rest)
{
    unsigned char page[PAGE_BYTES];
    sm_lsh_hits hits = {0};
    sm_error err = {0};
    size_t n = 0;
    assert_ok(sorted_run_find(run, key, rest, page, &hits, &err), &err);
    for (size_t i = 0; i < ENTRIES; i++) {
        if (entries[i].key != key || entries[i].rest != rest) continue;
        assert_true(n < hits.n && hits.documents[n] == entries[i].document);
        n++;
    }
    assert_int_equal(n, hits.n);
    sm_lsh_hits_free(&hits);
}

static void a_run_finds_what_a_list_finds(void **state)
{
    (void)state;
    sm_error err = {0};
    for (int round = 0; round < 6; round++) {
        const bool wide = round % 2;
        run_entry *entries = make_entries(17, wide, 5);
        sorted_run *run = write_run(entries, ENTRIES, wide, 5, &here);
        if (round >= 2) assert_ok(sorted_run_load(run, &err), &err);
        if (round >= 4) { /* as of a run that is too large for all its fences */
            run->stride = 4;
            for (size_t i = 0; i << 4 < run->n_fences; i++)
                run->fences[i] = run->fences[i << 4];
            run->n_fences = (run->n_fences + 15) / 16;
        }
        for (uint64_t key = 0; key < KEYS + 500; key += 7) /* present ones, and absent ones */
            for (uint64_t rest = 0; rest < 3; rest++)
                assert_found(run, entries, sm_random_u64(99, key, 0), rest);
        assert_found(run, entries, 0, 0);
        assert_found(run, entries, UINT64_MAX, 0);
        assert_ok(sorted_run_check(run, &err), &err);
        sorted_run_close(run, true);
        sm_free(entries);
    }
}

static void the_filter_errs_as_rarely_as_it_says(void **state)
{
    (void)state;
    run_entry *entries = make_entries(17, false, 0);
    sorted_run *run = write_run(entries, ENTRIES, false, 0, &here);
    sm_error err = {0};
    unsigned char page[PAGE_BYTES];
    sm_lsh_hits hits = {0};
    size_t passed = 0;
    assert_ok(sorted_run_load(run, &err), &err);
    const int fd = run->file.fd;
    run->file.fd = -1; /* whatever passes the filter wants to read */
    for (uint64_t i = 0; i < 100000; i++) {
        sm_error_clear(&err);
        passed += sorted_run_find(run, sm_random_u64(100, i, 0), 0, page, &hits, &err) < 0;
    }
    run->file.fd = fd;
    assert_in_range(passed, 1, 100000 / 80);
    sorted_run_close(run, true);
    sm_free(entries);
}

static void merged_runs_hold_what_all_of_them_held(void **state)
{
    (void)state;
    enum { RUNS = 5 };
    run_list l = {0};
    run_entry *all = sm_calloc((size_t)RUNS * ENTRIES, sizeof *all);
    sm_error err = {0};
    doc_ranges removed = {0};
    sorted_run *merged = NULL;
    for (uint32_t r = 0; r < RUNS; r++) {
        run_entry *entries = make_entries(20 + r, false, r * ENTRIES);
        memcpy(all + (size_t)r * ENTRIES, entries, ENTRIES * sizeof *all);
        sorted_run *run = write_run(entries, ENTRIES, false, r * ENTRIES, &here);
        assert_ok(run_list_add(&l, run, 30000, &err), &err);
        sm_free(entries);
    }
    assert_non_null(l.runs[0]->filter); /* one fits into 30,000 bytes */
    assert_null(l.runs[1]->filter);
    assert_int_equal(run_list_mergeable(&l), RUNS);
    doc_ranges_add(&removed, (doc_range){ENTRIES - 50, ENTRIES + 10});
    assert_ok(run_list_merge(&l, RUNS, &here, &removed, &merged, &err), &err);
    assert_ok(run_list_replace(&l, RUNS, merged, 0, &err), &err);
    assert_int_equal(l.n, 1);
    assert_int_equal(merged->level, 1);
    assert_int_equal(merged->entries, RUNS * ENTRIES - 60);
    assert_ok(sorted_run_check(merged, &err), &err);
    words = 3;
    qsort(all, (size_t)RUNS * ENTRIES, sizeof *all, slot_order);
    run_cursor c;
    assert_ok(run_cursor_init(&c, merged, &err), &err);
    for (size_t i = 0; i < (size_t)RUNS * ENTRIES; i++) {
        if (doc_ranges_hold(&removed, all[i].document)) continue;
        assert_false(c.at_end);
        assert_int_equal(run_entry_order(&c.entry, &all[i]), 0);
        assert_ok(run_cursor_next(&c, &err), &err);
    }
    assert_true(c.at_end);
    run_cursor_fini(&c);
    run_list_fini(&l);
    sm_free(removed.items);
    sm_free(all);
}

static void ranges_hold_what_was_added(void **state)
{
    (void)state;
    enum { NUMBERS = 200 };
    for (uint64_t round = 0; round < 300; round++) {
        bool in[NUMBERS] = {false};
        doc_ranges ranges = {0};
        for (uint64_t i = 0; i < 12; i++) {
            const uint32_t first = (uint32_t)sm_random_below(31, round, 2 * i, NUMBERS - 20);
            const uint32_t end =
                first + 1 + (uint32_t)sm_random_below(31, round, 2 * i + 1, 15);
            doc_ranges_add(&ranges, (doc_range){first, end});
            for (uint32_t d = first; d < end; d++)
                in[d] = true;
            for (uint32_t d = 0; d < NUMBERS; d++)
                assert_int_equal(doc_ranges_hold(&ranges, d), in[d]);
        }
        for (size_t i = 1; i < ranges.n; i++)
            assert_true(ranges.items[i - 1].end < ranges.items[i].first);
        sm_free(ranges.items);
    }
}

/* ---- kept documents ------------------------------------------------------------------------- */

enum { KEPT = 3000, SET_MAX = 40 };

static kept_view make_kept(uint32_t document, char *id, uint64_t *set)
{
    const size_t n = sm_random_below(41, document, 0, SET_MAX);
    for (size_t i = 0; i < n; i++)
        set[i] = sm_random_u64(42, document, i);
    const int bytes = snprintf(id, 24, "%.*s%u", (int)(document % 5), "文書", document);
    return (kept_view){{id, (size_t)bytes}, set, (uint32_t)distinct(set, n)};
}

static void assert_kept(const kept_docs *k, uint32_t document, kept_scratch *s)
{
    char id[24];
    uint64_t set[SET_MAX];
    uint32_t n_set = 0;
    sm_error err = {0};
    kept_view got = {0};
    const kept_view want = make_kept(document, id, set);
    assert_ok(kept_docs_size(k, document, s, &n_set, &err), &err);
    assert_int_equal(n_set, want.n_set);
    assert_ok(kept_docs_read(k, document, s, &got, &err), &err);
    assert_true(sm_span_equal(got.id, want.id));
    assert_int_equal(got.n_set, want.n_set);
    if (want.n_set > 0)
        assert_memory_equal(got.payload, want.payload, want.n_set * sizeof(uint64_t));
}

static void documents_are_read_from_memory_and_disk(void **state)
{
    (void)state;
    kept_docs k;
    kept_scratch *s = sm_calloc(1, sizeof *s);
    sm_error err = {0};
    kept_docs_init(&k, PAYLOAD_SET, 0, 8192, &here);
    for (uint32_t i = 0; i < KEPT; i++) {
        char id[24];
        uint64_t set[SET_MAX];
        const kept_view view = make_kept(i, id, set);
        kept_docs_add(&k, &view);
        if (k.n_segments > 3) { /* between write and publish it is still in memory */
            assert_ok(kept_docs_write(&k, &err), &err);
            assert_kept(&k, k.spilled, s);
            assert_ok(kept_docs_publish(&k, &err), &err);
        }
        if (i % 700 == 699) assert_ok(kept_docs_end(&k, &err), &err);
        assert_kept(&k, (uint32_t)sm_random_below(43, i, 0, i + 1), s);
    }
    assert_in_range(k.spilled, KEPT / 2, KEPT - 1);
    for (uint32_t i = 0; i < KEPT; i++)
        assert_kept(&k, i, s);
    kept_scratch_fini(s);
    sm_free(s);
    kept_docs_fini(&k);
}

/* ---- damage --------------------------------------------------------------------------------- */

/* A byte changed anywhere is noticed by whoever reads there, or does not matter. */
static void a_changed_byte_of_a_run_is_noticed(void **state)
{
    (void)state;
    char folder[] = "store-XXXXXX";
    assert_non_null(mkdtemp(folder));
    store_space named = {.folder = folder, .named = true};
    run_entry *entries = make_entries(17, false, 0);
    sorted_run *run = write_run(entries, 3000, false, 0, &named);
    sm_error err = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s/bands-000000", folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    size_t noticed = 0;
    for (long at = 0; at < size; at += 53) {
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        const int old = fgetc(file);
        for (int write = 0; write < 2; write++) {
            assert_int_equal(fseek(file, at, SEEK_SET), 0);
            assert_true(fputc(write ? old : old ^ 0x10, file) != EOF);
            assert_int_equal(fflush(file), 0);
            if (write) break;
            store_file again;
            sorted_run *opened = NULL;
            sm_error_clear(&err);
            assert_ok(store_file_open(&again, folder, "bands-000000", false, &err), &err);
            int status = sorted_run_open(&opened, &again, &err);
            if (status == SM_OK) status = sorted_run_check(opened, &err);
            assert_int_equal(status, SM_EHASH);
            assert_contains(err.text, "bands-000000: offset ");
            sorted_run_close(opened, false);
            noticed++;
        }
    }
    assert_true(noticed > 500);
    (void)fclose(file);
    sorted_run_close(run, true);
    assert_int_equal(rmdir(folder), 0); /* a fresh file is removed with its run */
    sm_free(entries);
}

static void files_that_end_early_are_refused(void **state)
{
    (void)state;
    char folder[] = "store-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    store_space named = {.folder = folder, .named = true};
    run_entry *entries = make_entries(17, false, 0);
    sorted_run *run = write_run(entries, 3000, false, 0, &named);
    (void)snprintf(path, sizeof path, "%s/bands-000000", folder);
    for (long pages = 11; pages >= 0; pages--) {
        store_file file;
        sorted_run *opened = NULL;
        sm_error err = {0};
        assert_int_equal(truncate(path, pages * PAGE_BYTES + 100), 0);
        assert_ok(store_file_open(&file, folder, "bands-000000", false, &err), &err);
        assert_true(sorted_run_open(&opened, &file, &err) < 0);
        assert_contains(err.text, "bands-000000: offset ");
        assert_null(opened);
    }
    sorted_run_close(run, true);
    assert_int_equal(rmdir(folder), 0);
    sm_free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_come_back_from_their_code),
        cmocka_unit_test(clustered_sets_have_a_code_too),
        cmocka_unit_test(no_bytes_break_the_decoder),
        cmocka_unit_test(slots_are_sorted_as_qsort_sorts_them),
        cmocka_unit_test(a_run_finds_what_a_list_finds),
        cmocka_unit_test(the_filter_errs_as_rarely_as_it_says),
        cmocka_unit_test(merged_runs_hold_what_all_of_them_held),
        cmocka_unit_test(ranges_hold_what_was_added),
        cmocka_unit_test(documents_are_read_from_memory_and_disk),
        cmocka_unit_test(a_changed_byte_of_a_run_is_noticed),
        cmocka_unit_test(files_that_end_early_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
