/* Intervals by bootstrap: quantiles by hand, coverage, the same for any number of threads, pairs.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/eval_interval.h>
#include <seimai/random.h>

#include <math.h>

static double mean(const double *sums, size_t n)
{
    return sums[0] / (double)n;
}

static double ratio(const double *sums, size_t n)
{
    (void)n;
    return sums[0] / sums[1];
}

static void quantiles(void **state)
{
    (void)state;
    const double p[] = {1, 2, 4, 8}; /* numpy.quantile(p, q) */
    assert_true(fabs(sm_quantile(p, 4, 0) - 1) < 1e-12);
    assert_true(fabs(sm_quantile(p, 4, 1) - 8) < 1e-12);
    assert_true(fabs(sm_quantile(p, 4, 0.5) - 3) < 1e-12);
    assert_true(fabs(sm_quantile(p, 4, 0.975) - 7.7) < 1e-12);
    assert_true(fabs(sm_quantile(p, 1, 0.3) - 1) < 1e-12);
}

static sm_eval_interval interval_of(const double *values, size_t n, uint64_t seed,
                                    unsigned threads)
{
    const sm_bootstrap how = {1000, 0.95, seed, threads};
    const sm_eval_sample sample = {values, n, 1, 1, mean};
    sm_eval_interval out;
    sm_error err = {0};
    assert_ok(sm_bootstrap_score(&how, &sample, &out, &err), &err);
    return out;
}

/* The mean of n coins is binomial: the interval is that of the normal approximation, and covers the truth about as often
 * as it says. */
static void coins(void **state)
{
    (void)state;
    static double values[400];
    int covered = 0;
    for (uint64_t round = 0; round < 200; round++) {
        for (size_t i = 0; i < 400; i++)
            values[i] = sm_random_unit(9, round, i) < 0.3;
        const sm_eval_interval v = interval_of(values, 400, round, 2);
        const double wide = 2 * 1.96 * sqrt(v.value * (1 - v.value) / 400);
        assert_true(fabs((v.high - v.low) / wide - 1) < 0.2);
        covered += v.low <= 0.3 && 0.3 <= v.high;
    }
    assert_in_range(covered, 180, 198); /* 190 of 200 are expected */
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    static double values[500];
    for (size_t i = 0; i < 500; i++)
        values[i] = sm_random_unit(3, 0, i);
    const sm_eval_interval one = interval_of(values, 500, 1, 1);
    const sm_eval_interval seven = interval_of(values, 500, 1, 7);
    const sm_eval_interval other = interval_of(values, 500, 2, 1);
    assert_memory_equal(&one, &seven, sizeof one);
    assert_true(one.low < other.low || one.low > other.low);
}

/* The plain way to do it: rows drawn one by one into a copy. */
static void against_copies(void **state)
{
    (void)state;
    enum { N = 37, R = 50 };
    double values[N][2], scores[R];
    for (size_t i = 0; i < N; i++) {
        values[i][0] = sm_random_unit(5, 0, i);
        values[i][1] = 1 + sm_random_unit(5, 1, i);
    }
    for (uint64_t r = 0; r < R; r++) {
        double above = 0, below = 0;
        for (uint64_t i = 0; i < N; i++) {
            const size_t row = (size_t)sm_random_below(11, r, i, N);
            above += values[row][0];
            below += values[row][1];
        }
        size_t at = r; /* kept in order by insertion */
        for (; at > 0 && scores[at - 1] > above / below; at--)
            scores[at] = scores[at - 1];
        scores[at] = above / below;
    }
    const sm_bootstrap how = {R, 0.9, 11, 3};
    const sm_eval_sample sample = {values[0], N, 2, 2, ratio};
    sm_eval_interval out;
    sm_error err = {0};
    assert_ok(sm_bootstrap_score(&how, &sample, &out, &err), &err);
    assert_true(fabs(out.low - sm_quantile(scores, R, 0.05)) < 1e-12);
    assert_true(fabs(out.high - sm_quantile(scores, R, 0.95)) < 1e-12);
}

/* A constant step between two noisy models: the pairs see it exactly, whatever the noise. */
static void pairs(void **state)
{
    (void)state;
    static double a[100], b[100];
    for (size_t i = 0; i < 100; i++) {
        b[i] = 100 * sm_random_unit(7, 0, i);
        a[i] = b[i] + 0.5;
    }
    const sm_bootstrap how = {500, 0.95, 0, 2};
    const sm_eval_sample x = {a, 100, 1, 1, mean}, y = {b, 100, 1, 1, mean};
    sm_eval_interval out;
    sm_error err = {0};
    assert_ok(sm_bootstrap_difference(&how, &x, &y, &out, &err), &err);
    assert_true(fabs(out.value - 0.5) < 1e-9 && fabs(out.low - 0.5) < 1e-9 &&
                fabs(out.high - 0.5) < 1e-9);
}

static void few_items(void **state)
{
    (void)state;
    const double one[] = {0.25};
    const sm_eval_interval none = interval_of(one, 0, 0, 1), single = interval_of(one, 1, 0, 1);
    assert_true(isnan(none.value) && isnan(none.low));
    assert_true(fabs(single.value - 0.25) < 1e-12 && isnan(single.low) && isnan(single.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quantiles),
                                       cmocka_unit_test(coins),
                                       cmocka_unit_test(threads_do_not_matter),
                                       cmocka_unit_test(against_copies),
                                       cmocka_unit_test(pairs),
                                       cmocka_unit_test(few_items)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
