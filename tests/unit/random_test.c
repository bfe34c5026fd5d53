/* Philox against the known answers that its authors publish, and the shape of what is drawn from it.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/random.h>

/* Random123's known answers for philox4x32-10. */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0}, {0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        sm_philox(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void normals_have_mean_0_and_variance_1(void **state)
{
    (void)state;
    enum { N = 100000 };
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < N; i++) {
        const double x = sm_random_normal(1, 2, i);
        sum += x;
        squares += x * x;
    }
    assert_true(fabs(sum / N) < 5 / sqrt(N));
    assert_true(fabs(squares / N - 1) < 5 * sqrt(2.0 / N));
}

static void numbers_below_n_cover_it_evenly(void **state)
{
    (void)state;
    unsigned count[7] = {0};
    for (uint64_t i = 0; i < 70000; i++)
        count[sm_random_below(9, i, 0, 7)]++;
    for (int k = 0; k < 7; k++)
        assert_in_range(count[k], 9500, 10500);
    for (uint64_t i = 0; i < 1000; i++) {
        const double u = sm_random_unit(3, i, i);
        assert_true(u >= 0 && u < 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(normals_have_mean_0_and_variance_1),
        cmocka_unit_test(numbers_below_n_cover_it_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
