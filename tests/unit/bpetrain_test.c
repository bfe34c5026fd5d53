/* Training: the fast trainer against the naive one, order of input, vetoes, the byte alphabet.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/random.h>

static void assert_merges(const sm_merges *a, const sm_merges *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        if (a->p[i].left == b->p[i].left && a->p[i].right == b->p[i].right &&
            a->counts[i] == b->counts[i])
            continue;
        print_error("merge %zu: (%u, %u) x %llu, want (%u, %u) x %llu\n", i, a->p[i].left,
                    a->p[i].right, (unsigned long long)a->counts[i], b->p[i].left,
                    b->p[i].right, (unsigned long long)b->counts[i]);
        fail();
    }
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_aligned, b->n_aligned);
}

static void compare(const sm_counts *counts, const sm_bpe_options *o)
{
    sm_error err = {0};
    sm_merges fast = {0}, naive = {0};
    assert_ok(sm_bpe_train(counts, o, &fast, &err), &err);
    assert_ok(sm_bpe_train_naive(counts, o, &naive, &err), &err);
    assert_merges(&fast, &naive);
    sm_merges_free(&fast);
    sm_merges_free(&naive);
}

/* Words over few letters, so that runs, overlaps and ties are everywhere. */
static sm_counts *random_counts(uint64_t seed, size_t words, unsigned letters)
{
    sm_counts *c = sm_counts_new();
    for (uint64_t w = 0; w < words; w++) {
        char s[24];
        const size_t n = sm_random_below(seed, w, 0, sizeof s) + 1;
        for (size_t i = 0; i < n; i++)
            s[i] = (char)('a' + sm_random_below(seed, w, i + 1, letters));
        sm_counts_add(c, (sm_span){s, n}, sm_random_below(seed, w, 99, 5) + 1);
    }
    return c;
}

static void test_plain_equals_naive(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 150; seed++) {
        sm_counts *c = random_counts(seed, 5 + seed, (unsigned)(1 + seed % 5));
        sm_bpe_options o = sm_bpe_defaults(80);
        o.min_count = 1 + seed % 3;
        o.max_chars = seed % 4 ? 0 : 6;
        compare(c, &o);
        sm_counts_free(c);
    }
}

/* Japanese sentences, whose edges MeCab gives; the table is read back from a file with other crossings too. */
static sm_counts *japanese_counts(bool tagged)
{
    static const char text[] = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつか"
                               "ぬ。何でも薄暗いじめじめした所でニャーニャー"
                               "泣いていた事だけは記憶している。吾輩はここで始めて人間というも"
                               "のを見た。しかもあとで聞くとそれは書生という"
                               "人間中で一番獰悪な種族であったそうだ。この書生というのは時々我"
                               "々を捕えて煮て食うという話である。";
    sm_error err = {0};
    sm_cutter *cutter = NULL;
    sm_morph *morph = NULL;
    sm_counts *c = sm_counts_new();
    assert_ok(sm_cutter_new(&cutter, "deepseek-v3", NULL, 0, &err), &err);
    sm_counts_add_text(c, cutter, sm_span_of(text));
    sm_counts_add_text(c, cutter, sm_span_of(text + 60));
    sm_counts_add(c, SM_SPAN("人間というもの"), 20);
    if (tagged) {
        assert_ok(sm_morph_open(&morph, NULL, &err), &err);
        assert_ok(sm_counts_tag(c, morph, 1, &err), &err);
        sm_morph_close(morph);
    }
    sm_cutter_free(cutter);
    return c;
}

static void test_soft_equals_naive(void **state)
{
    (void)state;
    static const double weights[] = {0.5, 1.5, 3}, shares[] = {0.3, 0.95, 1};
    sm_counts *c = japanese_counts(true), *sum = sm_counts_new();
    sm_counts_merge(sum, c);                          /* crossings as a list of their own */
    sm_counts_add(sum, SM_SPAN("人間というもの"), 7); /* … and fewer than the count */
    for (size_t w = 0; w < 3; w++)
        for (size_t s = 0; s < 3; s++) {
            sm_bpe_options o = sm_bpe_defaults(250);
            o.weight = weights[w];
            o.aligned = shares[s];
            o.min_count = 1 + s;
            compare(c, &o);
            compare(sum, &o);
        }
    sm_counts_free(sum);
    sm_counts_free(c);
}

/* A boundary weight keeps tokens from joining words: fewer merges cross an edge. */
static void test_edges_matter(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *c = japanese_counts(true);
    sm_bpe_options o = sm_bpe_defaults(2000);
    sm_merges soft = {0}, plain = {0};
    o.aligned = 1;
    assert_ok(sm_bpe_train(c, &o, &soft, &err), &err);
    o.weight = 0;
    assert_ok(sm_bpe_train(c, &o, &plain, &err), &err);
    assert_int_equal(soft.n_aligned, soft.n);
    assert_int_equal(plain.n_aligned, 0);
    assert_true(soft.n < plain.n);
    sm_merges_free(&soft);
    sm_merges_free(&plain);
    sm_counts_free(c);
}

static void test_order_does_not_matter(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *c = random_counts(7, 400, 4), *back = sm_counts_new();
    for (size_t i = sm_counts_size(c); i-- > 0;)
        sm_counts_add(back, sm_counts_get(c, i).bytes, sm_counts_get(c, i).count);
    const sm_bpe_options o = sm_bpe_defaults(300);
    sm_merges a = {0}, b = {0};
    assert_ok(sm_bpe_train(c, &o, &a, &err), &err);
    assert_ok(sm_bpe_train(back, &o, &b, &err), &err);
    assert_merges(&a, &b);
    sm_merges_free(&a);
    sm_merges_free(&b);
    sm_counts_free(c);
    sm_counts_free(back);
}

static void test_vetoes(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *c = sm_counts_new();
    sm_counts_add(c, SM_SPAN("abcabcabc"), 10);
    const sm_span vetoed[] = {SM_SPAN("abc")};
    sm_bpe_options o = sm_bpe_defaults(50);
    o.vetoed = vetoed;
    o.n_vetoed = 1;
    sm_merges m = {0};
    assert_ok(sm_bpe_train(c, &o, &m, &err), &err);
    sm_buffer s = sm_buffer_make(1 << 10);
    for (uint32_t i = 0; i < m.n; i++) {
        sm_buffer_clear(&s);
        sm_merges_spell(&m, 256 + i, &s);
        assert_false(sm_span_equal(sm_buffer_span(&s), vetoed[0]));
    }
    compare(c, &o);
    sm_buffer_free(&s);
    sm_merges_free(&m);
    sm_counts_free(c);
}

static void test_counts_beyond_32_bits(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *c = sm_counts_new();
    sm_counts_add(c, SM_SPAN("ab"), UINT64_C(5000000000));
    sm_counts_add(c, SM_SPAN("cd"), UINT64_C(4999999999));
    const sm_bpe_options o = sm_bpe_defaults(2);
    sm_merges m = {0};
    assert_ok(sm_bpe_train(c, &o, &m, &err), &err);
    assert_int_equal(m.n, 2);
    assert_int_equal(m.counts[0], UINT64_C(5000000000));
    assert_int_equal(m.p[0].left, sm_symbol_of_byte('a'));
    sm_merges_free(&m);
    sm_counts_free(c);
}

static void test_nothing_and_wrong_options(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *c = sm_counts_new();
    sm_merges m = {0};
    sm_bpe_options o = sm_bpe_defaults(10);
    assert_ok(sm_bpe_train(c, &o, &m, &err), &err);
    assert_int_equal(m.n, 0);
    sm_merges_free(&m);
    o.aligned = 2;
    assert_int_equal(sm_bpe_train(c, &o, &m, &err), SM_EUSAGE);
    sm_counts_free(c);
}

/* The alphabet as GPT-2's published function builds it. */
static void test_byte_alphabet(void **state)
{
    (void)state;
    uint32_t extra = 0, symbol = 0;
    for (int round = 0; round < 2; round++)
        for (uint32_t b = 0; b < 256; b++) {
            const bool itself =
                (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE);
            if (itself != (round == 0)) continue;
            assert_int_equal(sm_character_of_byte((uint8_t)b), itself ? b : 256 + extra++);
            assert_int_equal(sm_byte_of_character(sm_character_of_byte((uint8_t)b)), b);
            assert_int_equal(sm_symbol_of_byte((uint8_t)b), symbol);
            assert_int_equal(sm_byte_of_symbol(symbol++), b);
        }
    assert_int_equal(sm_byte_of_character(0xAD), -1);
    assert_int_equal(sm_byte_of_character(0x100 + 68), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_equals_naive),
        cmocka_unit_test(test_soft_equals_naive),
        cmocka_unit_test(test_edges_matter),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_vetoes),
        cmocka_unit_test(test_counts_beyond_32_bits),
        cmocka_unit_test(test_nothing_and_wrong_options),
        cmocka_unit_test(test_byte_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
