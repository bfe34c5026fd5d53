/* Training: the fast trainer against the naive one, order of input, vetoes, the byte alphabet.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/random.h>
#include <seimai/utf8.h>

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

/* Words over a few characters of one to four bytes, whose bytes repeat; some bytes are no UTF-8. */
static sm_counts *random_characters(uint64_t seed, size_t words)
{
    static const char *const pieces[] = {"あ", "い", "ア", "a",  "漢",   "字",   "0",
                                         "１", "é",  "𠮷", "か", "\xE3", "\x81", "7"};
    const unsigned n_pieces = sizeof pieces / sizeof *pieces - (seed % 2 ? 0 : 4);
    sm_counts *c = sm_counts_new();
    for (uint64_t w = 0; w < words; w++) {
        sm_buffer s = sm_buffer_make(1000);
        const size_t n = sm_random_below(seed, w, 0, 9) + 1;
        for (size_t i = 0; i < n; i++)
            sm_buffer_puts(&s, pieces[sm_random_below(seed, w, i + 1, n_pieces)]);
        sm_counts_add(c, sm_buffer_span(&s), sm_random_below(seed, w, 99, 5) + 1);
        sm_buffer_free(&s);
    }
    return c;
}

/* Every alphabet, with and without its options. */
static void test_alphabets_equal_naive(void **state)
{
    (void)state;
    static const uint32_t required[] = {'a', 0x3042, 0x4E9C, 0x4E9D, 0x20BB7};
    for (uint64_t seed = 0; seed < 240; seed++) {
        sm_counts *c = random_characters(seed, 4 + seed % 30);
        sm_bpe_options o = sm_bpe_defaults(60 + seed % 50);
        o.alphabet = (sm_alphabet)(seed % 3);
        o.min_count = 1 + seed % 4;
        o.digits_apart = seed % 5 == 0;
        o.max_chars = seed % 7 ? 0 : 3;
        o.coverage = seed % 4 ? .9 : 1;
        o.floor = seed % 11; /* lowered on the way */
        o.required = required;
        o.n_required = o.alphabet == SM_ALPHABET_ANY_BYTES ? 0 : seed % 6;
        compare(c, &o);
        sm_counts_free(c);
    }
}

/* Each required character is one token, however few symbols there are. */
static void test_required_are_reached(void **state)
{
    (void)state;
    static const uint32_t required[] = {'a', 0xE9, 0x3042, 0x4E9C, 0x4E9D, 0x20BB7};
    sm_error err = {0};
    sm_counts *c = random_characters(2, 200);
    for (size_t merges = 8; merges < 60; merges++) {
        sm_bpe_options o = sm_bpe_defaults(merges);
        sm_merges m = {0};
        size_t found = 0;
        o.required = required;
        o.n_required = sizeof required / sizeof *required;
        const int rc = sm_bpe_train(c, &o, &m, &err);
        if (rc == SM_EUSAGE && merges < 12)
            continue; /* they take 1 + 2 + 2 + 1 + 2 + 3 at most */
        assert_ok(rc, &err);
        for (size_t r = 1; r < o.n_required; r++)
            for (uint32_t i = 0; i < m.n; i++) {
                sm_buffer s = sm_buffer_make(1000);
                char bytes[4];
                sm_merges_spell(&m, 256 + i, &s);
                found += sm_span_equal(sm_buffer_span(&s),
                                       (sm_span){bytes, sm_utf8_put(required[r], bytes)});
                sm_buffer_free(&s);
            }
        assert_int_equal(found, o.n_required - 1);
        assert_true(m.n <= merges);
        compare(c, &o);
        sm_merges_free(&m);
    }
    sm_counts_free(c);
}

/* By default no token holds a part of a character beside anything else; with any bytes some do. */
static void test_tokens_are_whole(void **state)
{
    (void)state;
    sm_error err = {0};
    static const char *const words[] = {"丄あ", "億ア", "怄ツ",
                                        "瀄い"}; /* 84|E3 in all of them */
    sm_counts *c = sm_counts_new();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        sm_counts_add(c, sm_span_of(words[i]), 10);
    size_t broken[2] = {0};
    for (int any = 0; any < 2; any++) {
        sm_bpe_options o = sm_bpe_defaults(300);
        sm_merges m = {0};
        o.alphabet = any ? SM_ALPHABET_ANY_BYTES : SM_ALPHABET_BYTES;
        assert_ok(sm_bpe_train(c, &o, &m, &err), &err);
        for (uint32_t i = 0; i < m.n; i++) {
            sm_buffer s = sm_buffer_make(1000);
            sm_merges_spell(&m, 256 + i, &s);
            size_t begins = 0;
            for (size_t k = 0; k < s.n; k++)
                begins += (s.p[k] & 0xC0) != 0x80;
            broken[any] += sm_utf8_check(sm_buffer_span(&s)) != s.n &&
                           (begins > 1 || (begins == 1 && (s.p[0] & 0xC0) == 0x80));
            sm_buffer_free(&s);
        }
        sm_merges_free(&m);
    }
    assert_int_equal(broken[0], 0);
    assert_true(broken[1] > 0);
    sm_counts_free(c);
}

static void test_plain_equals_naive(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 150; seed++) {
        sm_counts *c = random_counts(seed, 5 + seed, (unsigned)(1 + seed % 5));
        sm_bpe_options o = sm_bpe_defaults(80);
        o.min_count = 1 + seed % 3;
        o.max_chars = seed % 4 ? 0 : 6;
        o.floor = seed % 9;
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
            for (o.alphabet = SM_ALPHABET_BYTES; o.alphabet <= SM_ALPHABET_CHARACTERS;
                 o.alphabet++)
                for (o.floor = 1; o.floor < 20; o.floor *= 4) {
                    compare(c, &o);
                    compare(sum, &o);
                }
        }
    sm_counts_free(sum);
    sm_counts_free(c);
}

/* MeCab has seen some of the pre-tokens: the others' crossings are estimated. */
static void test_sample_equals_naive(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_morph *morph = NULL;
    uint32_t seen = 0;
    sm_counts *c = japanese_counts(false);
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    for (int tenth = 0; tenth < 10; tenth += 3) {
        assert_ok(sm_counts_tag_share(c, morph, tenth / 10.0, 1, &seen, &err), &err);
        sm_bpe_options o = sm_bpe_defaults(250);
        for (o.alphabet = SM_ALPHABET_BYTES; o.alphabet <= SM_ALPHABET_CHARACTERS; o.alphabet++)
            compare(c, &o);
    }
    sm_morph_close(morph);
    sm_counts_free(c);
}

/* So many places that merges are divided between threads. */
static void test_threads_equal_naive(void **state)
{
    (void)state;
    sm_counts *c = random_counts(11, 30000, 2);
    sm_bpe_options o = sm_bpe_defaults(12);
    for (o.threads = 1; o.threads <= 8; o.threads *= 2)
        compare(c, &o);
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
    sm_counts_add(c, SM_SPAN("あいう"), UINT64_C(7000000000));
    compare(c, &o);
    sm_counts_add(c, SM_SPAN("ef"), UINT64_C(1) << 53);
    assert_int_equal(sm_bpe_train(c, &o, &m, &err), SM_ELIMIT);
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
    const uint32_t surrogate[] = {0xD800}, fine[] = {0x3042};
    const sm_bpe_options wrong[] = {
        {.min_count = 1, .aligned = 2},
        {.min_count = 1, .weight = -1},
        {.min_count = 0},
        {.min_count = 1, .coverage = 1.5},
        {.min_count = 1, .required = surrogate, .n_required = 1},
        {.min_count = 1, .required = fine, .n_required = 1, .alphabet = SM_ALPHABET_ANY_BYTES},
        {.min_count = 1, .required = fine, .n_required = 1, .merges = 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sm_error_clear(&err);
        assert_int_equal(sm_bpe_train(c, &wrong[i], &m, &err), SM_EUSAGE);
        assert_true(err.text[0] != '\0');
    }
    sm_counts_add(c, SM_SPAN("ab"), 1);
    o.min_documents = 2; /* this table does not know its documents */
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
        cmocka_unit_test(test_alphabets_equal_naive),
        cmocka_unit_test(test_required_are_reached),
        cmocka_unit_test(test_tokens_are_whole),
        cmocka_unit_test(test_soft_equals_naive),
        cmocka_unit_test(test_sample_equals_naive),
        cmocka_unit_test(test_threads_equal_naive),
        cmocka_unit_test(test_edges_matter),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_vetoes),
        cmocka_unit_test(test_counts_beyond_32_bits),
        cmocka_unit_test(test_nothing_and_wrong_options),
        cmocka_unit_test(test_byte_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
