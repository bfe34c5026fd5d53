/* The external sort against qsort, in memory and with many runs.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/random.h>
#include <seimai/sort.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct record {
    char key[40];
    size_t n;
    uint32_t number; /* in the order of adding: the value */
} record;

static int by_key(const void *a, const void *b)
{
    const record *x = a, *y = b;
    const int order = sm_span_order((sm_span){x->key, x->n}, (sm_span){y->key, y->n});
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "sort-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static size_t files_in_folder(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* fails if anything was left in it */
}

typedef void (*fill_fn)(record *r, uint64_t i); /* the key of the i-th record */

static void fill_fixed(record *r, uint64_t i)
{
    r->n = 8;
    sm_put_u64(r->key, sm_random_u64(7, 0, i) & UINT64_C(0xFF00FFFF00FF00FF)); /* many ties */
}

/* Few letters, zero bytes among them, lengths around the 8 bytes of an entry. */
static void fill_any(record *r, uint64_t i)
{
    r->n = sm_random_below(7, 1, i, sizeof r->key);
    for (size_t at = 0; at < r->n; at++)
        r->key[at] = (char)(at < 9 ? 7 : sm_random_below(8, i, at, 3));
}

static void fill_same(record *r, uint64_t i)
{
    (void)i;
    r->n = 33;
    memset(r->key, 'x', sizeof r->key);
}

static void check(const sm_sort_options *o, fill_fn fill, size_t n, bool spills)
{
    sm_error err = {0};
    record *all = sm_calloc(n, sizeof *all);
    sm_sorter *s = sm_sorter_new(o);
    for (size_t i = 0; i < n; i++) {
        fill(&all[i], i);
        all[i].number = (uint32_t)i;
        const sm_span value = {(const char *)&all[i].number, sizeof all[i].number};
        assert_ok(sm_sorter_add(s, (sm_span){all[i].key, all[i].n}, value, &err), &err);
    }
    assert_ok(sm_sorter_sort(s, &err), &err);
    assert_int_equal(files_in_folder(), 0); /* runs have no name */
    qsort(all, n, sizeof *all, by_key);
    sm_span key, value;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sm_sorter_next(s, &key, &value, &err), 1);
        assert_int_equal(key.n, all[i].n);
        assert_memory_equal(key.p, all[i].key, key.n);
        assert_int_equal(value.n, 4);
        assert_memory_equal(value.p, &all[i].number, 4);
    }
    assert_int_equal(sm_sorter_next(s, &key, &value, &err), 0);
    assert_int_equal(sm_sorter_stats(s).records, n);
    assert_int_equal(sm_sorter_stats(s).runs > 0, spills);
    sm_sorter_free(s);
    sm_free(all);
}

static void test_in_memory(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        const sm_sort_options fixed = {8, 4, 64 << 20, threads, NULL};
        const sm_sort_options any = {0, 0, 64 << 20, threads, NULL};
        check(&fixed, fill_fixed, 100000, false);
        check(&any, fill_any, 100000, false);
        check(&any, fill_same, 40000, false);
        check(&fixed, fill_fixed, 1, false);
        check(&any, fill_any, 0, false);
    }
}

static void test_runs(void **state)
{
    (void)state;
    const sm_sort_options fixed = {8, 4, 1 << 20, 2, folder};
    const sm_sort_options any = {0, 0, 1 << 20, 2, folder};
    check(&fixed, fill_fixed, 300000, true);
    check(&any, fill_any, 100000, true);
    check(&any, fill_same, 100000, true);
}

/* More runs than are merged at once: 1 MiB of memory merges 16. */
static void test_two_passes(void **state)
{
    (void)state;
    const sm_sort_options fixed = {8, 4, 1 << 20, 1, folder};
    check(&fixed, fill_fixed, 1000000, true);
}

/* Keys that agree for long, and are prefixes of each other. */
static void test_long_keys(void **state)
{
    (void)state;
    enum { N = 64, LENGTH = 20000 };
    const sm_sort_options o = {0, 0, 64 << 20, 1, NULL};
    sm_error err = {0};
    sm_span key, value;
    char *text = sm_malloc(LENGTH);
    memset(text, 'a', LENGTH);
    sm_sorter *s = sm_sorter_new(&o);
    for (size_t i = 0; i < N; i++) {
        const size_t n = LENGTH - i * 7 % N * 100;
        assert_ok(sm_sorter_add(s, (sm_span){text, n}, SM_SPAN(""), &err), &err);
    }
    assert_ok(sm_sorter_sort(s, &err), &err);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(sm_sorter_next(s, &key, &value, &err), 1);
        assert_int_equal(key.n, LENGTH - (N - 1 - i) * 100);
    }
    sm_sorter_free(s);
    sm_free(text);
}

static int add_until_full(const char *where, sm_error *err)
{
    const sm_sort_options o = {8, 0, 1 << 20, 1, where};
    sm_sorter *s = sm_sorter_new(&o);
    int rc = 0;
    for (size_t i = 0; i < 200000 && rc == 0; i++)
        rc = sm_sorter_add(s, SM_SPAN("12345678"), (sm_span){0}, err);
    sm_sorter_free(s);
    return rc;
}

static void test_failures(void **state)
{
    (void)state;
    sm_error err = {0};
    assert_int_equal(add_until_full(NULL, &err), SM_ELIMIT);
    assert_contains(err.text, "--memory");
    err = (sm_error){0};
    assert_int_equal(add_until_full("no-such-folder", &err), SM_EIO);
    assert_contains(err.text, "no-such-folder");

    err = (sm_error){0};
    const sm_sort_options any = {0, 0, 1 << 20, 1, folder};
    sm_sorter *s = sm_sorter_new(&any);
    char *giant = sm_calloc(2, 1 << 20);
    assert_int_equal(sm_sorter_add(s, (sm_span){giant, 2 << 20}, (sm_span){0}, &err),
                     SM_ELIMIT);
    sm_sorter_free(s);
    sm_free(giant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_memory),  cmocka_unit_test(test_runs),
        cmocka_unit_test(test_two_passes), cmocka_unit_test(test_long_keys),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests_name("sort", tests, make_folder, drop_folder);
}
