/* The pipeline: order, parallel steps, failures; run under ThreadSanitizer too.
 * SPDX-License-Identifier: MIT */
#include "pipeline.h"
#include "test.h"

#include <seimai/parallel.h>
#include <seimai/random.h>

enum { BLOCKS = 12, ITEMS = 500 };

typedef struct item {
    int number;
    uint64_t value;
} item;

typedef struct trace {
    int n_read, fail_at;
    int ordered[2][ITEMS];
    int n_ordered[2];
} trace;

static int read_item(void *context, void *block)
{
    trace *t = context;
    item *i = block;
    if (t->n_read == ITEMS) return 0;
    *i = (item){.number = t->n_read++};
    return 1;
}

/* Work of uneven length, so that blocks overtake each other. */
static int work_step(void *context, void *block, unsigned worker)
{
    item *i = block;
    (void)context;
    (void)worker;
    const uint64_t rounds = sm_random_below(5, (uint64_t)i->number, 0, 4000);
    for (uint64_t k = 0; k < rounds; k++)
        i->value += sm_random_u64(6, k, (uint64_t)i->number);
    return 0;
}

static int note(trace *t, int which, const item *i)
{
    t->ordered[which][t->n_ordered[which]++] = i->number;
    return which == 1 && i->number == t->fail_at ? SM_EIO : 0;
}

static int first_ordered(void *context, void *block, unsigned worker)
{
    (void)worker;
    return note(context, 0, block);
}

static int last_ordered(void *context, void *block, unsigned worker)
{
    (void)worker;
    return note(context, 1, block);
}

static int run_with(unsigned threads, size_t blocks, trace *t)
{
    static const pipeline_step steps[] = {
        {false, work_step}, {true, first_ordered}, {false, work_step}, {true, last_ordered}};
    item items[BLOCKS];
    void *pointers[BLOCKS];
    for (size_t i = 0; i < blocks; i++)
        pointers[i] = &items[i];
    const pipeline p = {threads, blocks, pointers, steps, 4, read_item, t};
    return pipeline_run(&p);
}

static void ordered_steps_see_the_order_of_reading(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 8; threads++) {
        trace t = {.fail_at = -1};
        assert_int_equal(run_with(threads, threads == 1 ? 1 : BLOCKS, &t), 0);
        for (int which = 0; which < 2; which++) {
            assert_int_equal(t.n_ordered[which], ITEMS);
            for (int i = 0; i < ITEMS; i++)
                assert_int_equal(t.ordered[which][i], i);
        }
    }
}

static void a_failure_lets_the_earlier_blocks_through(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 8; threads++) {
        trace t = {.fail_at = 137};
        assert_int_equal(run_with(threads, BLOCKS, &t), SM_EIO);
        assert_int_equal(t.n_ordered[1], 138);
        for (int i = 0; i <= 137; i++)
            assert_int_equal(t.ordered[1][i], i);
    }
}

static int square(void *shared, unsigned worker, size_t i, sm_error *err)
{
    uint64_t *out = shared;
    (void)worker;
    out[i] = i * i;
    if (i % 100 == 77) SM_FAIL(err, SM_EFORMAT, "item %zu", i);
    return 0;
}

static void parallel_loops_report_the_first_failure(void **state)
{
    (void)state;
    uint64_t out[300] = {0};
    for (unsigned threads = 1; threads <= 8; threads++) {
        sm_error err = {0};
        assert_int_equal(sm_parallel(threads, 70, square, out, &err), 0);
        for (size_t i = 0; i < 70; i++)
            assert_int_equal(out[i], i * i);
        assert_int_equal(sm_parallel(threads, 300, square, out, &err), SM_EFORMAT);
        assert_string_equal(err.text, "item 77");
    }
    assert_int_equal(sm_parallel(4, 0, square, out, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordered_steps_see_the_order_of_reading),
        cmocka_unit_test(a_failure_lets_the_earlier_blocks_through),
        cmocka_unit_test(parallel_loops_report_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
