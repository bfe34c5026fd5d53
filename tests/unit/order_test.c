/* The order: a bijection for every n, its inverse, no bias, and the same for any division of the work.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "test.h"

#include <seimai/order.h>

static void it_is_a_bijection_for_every_n(void **state)
{
    (void)state;
    static uint8_t seen[4096];
    for (uint64_t n = 1; n <= 4096; n += n < 600 ? 1 : 7) {
        memset(seen, 0, sizeof seen);
        for (uint64_t i = 0; i < n; i++) {
            const uint64_t x = sm_order_at(42, n % 3, n, i);
            assert_true(x < n && !seen[x]);
            seen[x] = 1;
        }
    }
}

static void the_inverse_finds_the_place(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {
        1, 2, 3, 4096, 4097, 1000000007, 1ULL << 40, (1ULL << 62) - 3, 1ULL << 62};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (uint64_t i = 0; i < 200; i++) {
            const uint64_t n = sizes[k], at = i * (n / 200 + 1) % n;
            assert_int_equal(sm_order_place(7, 3, n, sm_order_at(7, 3, n, at)), at);
            assert_true(sm_order_at(7, 3, n, at) < n);
        }
}

static void epochs_and_seeds_differ(void **state)
{
    (void)state;
    enum { N = 10000 };
    unsigned epoch = 0, seed = 0, fixed = 0;
    for (uint64_t i = 0; i < N; i++) {
        epoch += sm_order_at(1, 0, N, i) == sm_order_at(1, 1, N, i);
        seed += sm_order_at(1, 0, N, i) == sm_order_at(2, 0, N, i);
        fixed += sm_order_at(1, 0, N, i) == i;
    }
    assert_true(epoch < 10 && seed < 10 &&
                fixed < 10); /* 1 is expected of random permutations */
}

/* Where 20 elements of [0, 100) stand over 2000 epochs: chi-square with 99 degrees of freedom, whose 1e-6
 * quantile lies near 175. Neighbours must not stay neighbours either. */
static void places_are_even(void **state)
{
    (void)state;
    enum { N = 100, EPOCHS = 2000 };
    unsigned neighbours = 0;
    for (uint64_t x = 0; x < N; x += 5) {
        unsigned count[N] = {0};
        for (uint64_t e = 0; e < EPOCHS; e++) {
            const uint64_t place = sm_order_place(9, e, N, x);
            count[place]++;
            neighbours += place + 1 == sm_order_place(9, e, N, (x + 1) % N);
        }
        double chi = 0;
        for (int k = 0; k < N; k++) {
            const double d = (double)count[k] - (double)EPOCHS / N;
            chi += d * d / ((double)EPOCHS / N);
        }
        assert_true(chi < 175);
    }
    assert_in_range(neighbours, 300, 500); /* 20 · 2000 / 100 = 400 expected, deviation 20 */
}

static void every_token_is_a_target_once(void **state)
{
    (void)state;
    for (uint64_t tokens = 1; tokens < 40; tokens++)
        for (uint64_t length = 1; length < 45; length++) {
            const sm_windows w = {tokens, length, sm_order_phase(3, tokens, length)};
            assert_true(w.phase < length);
            unsigned seen[40] = {0};
            for (uint64_t s = 0; s < sm_windows_count(&w); s++)
                for (uint64_t t = 0; t < length; t++) {
                    const uint64_t token = sm_windows_target(&w, s, t);
                    if (token == UINT64_MAX) continue;
                    seen[token]++;
                    assert_int_equal(sm_windows_find(&w, token), s);
                }
            for (uint64_t token = 0; token < tokens; token++)
                assert_int_equal(seen[token], 1);
        }
}

/* The order is part of the format: runs are resumed with it. These numbers must never change. */
static void the_order_is_this_one(void **state)
{
    (void)state;
    static const uint64_t want[8] = {974, 689, 121, 408, 842, 662, 266, 307};
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(sm_order_at(1, 2, 1000, i), want[i]);
    assert_int_equal(sm_order_phase(1, 2, 1000), 543);
}

/* ---- mixtures ------------------------------------------------------------------------------- */

/* Every sample belongs to one set, numbers of a set run from 0 without a gap, the inverse finds each, and shares hold
 * after any number of samples. */
static void check_mixture(const double *weight, uint32_t n, uint64_t samples)
{
    sm_mixture m;
    sm_error err = {0};
    uint64_t count[SM_MIXTURE_MOST] = {0}, number;
    double sum = 0.0;
    assert_ok(sm_mixture_make(&m, weight, n, &err), &err);
    for (uint32_t k = 0; k < n; k++)
        sum += weight[k];
    for (uint64_t g = 0; g < samples; g++) {
        const uint32_t k = sm_mixture_source(&m, g, &number);
        assert_true(k < n);
        assert_int_equal(number, count[k]);
        assert_int_equal(sm_mixture_sample(&m, k, number), g);
        count[k]++;
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(sm_mixture_count(&m, i, g + 1), count[i]);
            assert_true(fabs((double)count[i] - (double)(g + 1) * weight[i] / sum) < i + 1.5);
        }
    }
}

static void test_mixture(void **state)
{
    (void)state;
    check_mixture((const double[]){1}, 1, 100);
    check_mixture((const double[]){1, 1}, 2, 1000);
    check_mixture((const double[]){.7, .3}, 2, 10000);
    check_mixture((const double[]){3, 1e-3, 2}, 3, 20000);
    check_mixture((const double[]){.05, .9, .01, .02, .02}, 5, 20000);
}

/* Far out, where doubles would not do. */
static void test_mixture_far(void **state)
{
    (void)state;
    sm_mixture m;
    sm_error err = {0};
    assert_ok(sm_mixture_make(&m, (const double[]){.3, .45, .25}, 3, &err), &err);
    for (uint64_t i = 0; i < 1000; i++) {
        const uint64_t g = ((uint64_t)1 << 61) + i * 1000003;
        uint64_t number;
        const uint32_t k = sm_mixture_source(&m, g, &number);
        assert_int_equal(sm_mixture_sample(&m, k, number), g);
        assert_int_equal(sm_mixture_count(&m, k, g), number);
    }
}

static void test_mixture_refused(void **state)
{
    (void)state;
    sm_mixture m;
    const double bad[][2] = {{1, 0}, {1, -1}, {1, (double)NAN}, {1, HUGE_VAL}, {1, 1e-12}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sm_error err = {0};
        assert_int_equal(sm_mixture_make(&m, bad[i], 2, &err), SM_EUSAGE);
        assert_contains(err.text, "mixture: set");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_bijection_for_every_n),
        cmocka_unit_test(the_inverse_finds_the_place),
        cmocka_unit_test(epochs_and_seeds_differ),
        cmocka_unit_test(places_are_even),
        cmocka_unit_test(every_token_is_a_target_once),
        cmocka_unit_test(the_order_is_this_one),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_mixture_far),
        cmocka_unit_test(test_mixture_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
