/* Extending: against a naive trainer on the base's ids; what stays as it was; the files; what is refused.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/tokenizer_extend.h>
#include <seimai/utf8.h>

#include <unistd.h>

static const char *const english = "The quick brown fox jumps over the lazy dog; 12345 times! "
                                   "the thing that they think is there. 日本の本 日本";
static const char *const japanese[] = {
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。",
    "吾輩はここで始めて人間というものを見た。しかもあとで聞くとそれは書生という人間だった。",
    "この書生というのは時々我々を捕えて煮て食うという話である。the cat 猫 です。",
    "しかしその当時は何という考もなかったから別段恐しいとも思わなかった。ああああああ々々"};

static char base_folder[64], folder[64];
static sm_tokenizer *base;
static sm_counts *counts;

static void count(sm_counts *c, const char *pretoken, const char *text)
{
    sm_error err = {0};
    sm_cutter *cutter = NULL;
    assert_ok(sm_cutter_new(&cutter, pretoken, NULL, 0, &err), &err);
    sm_counts_add_text(c, cutter, sm_span_of(text));
    sm_cutter_free(cutter);
}

static int set_up(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_counts *few = sm_counts_new();
    sm_merges m = {0};
    const sm_span reserve = SM_SPAN("[電話]");
    (void)snprintf(base_folder, sizeof base_folder, "extend_test.%ld", (long)getpid());
    (void)snprintf(folder, sizeof folder, "extend_test.%ld.new", (long)getpid());
    count(few, "deepseek-v3", english);
    sm_bpe_options o = sm_bpe_defaults(60);
    o.min_count = 1;
    o.weight = 0;
    assert_ok(sm_bpe_train(few, &o, &m, &err), &err);
    const sm_vocabulary_options v = {
        .pretoken = "deepseek-v3", .reserve = &reserve, .n_reserve = 1};
    assert_ok(sm_tokenizer_write(base_folder, &m, &v, &err), &err);
    assert_ok(sm_tokenizer_load(&base, base_folder, &err), &err);
    counts = sm_counts_new();
    for (size_t i = 0; i < sizeof japanese / sizeof *japanese; i++)
        count(counts, "deepseek-v3", japanese[i]);
    sm_merges_free(&m);
    sm_counts_free(few);
    return 0;
}

static void remove_folder(const char *path)
{
    static const char *const files[] = {"tokenizer.json", "tokenizer_config.json",
                                        "extend-map.jsonl", "special_tokens_map.json",
                                        "seimai.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s/%s", path, files[i]);
        (void)remove(name);
    }
    (void)remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    sm_tokenizer_free(base);
    sm_counts_free(counts);
    remove_folder(base_folder);
    remove_folder(folder);
    return 0;
}

/* ---- the oracle: count all pairs of ids, merge the best that is allowed, begin again -------------- */

enum { NEW = 120, MAX_CHARS = 5 };

typedef struct oracle {
    uint32_t *words[400]; /* ids of each pre-token */
    size_t length[400], n_words;
    uint64_t count[400];
    uint32_t left[NEW], right[NEW];
    sm_buffer bytes[NEW];
    uint64_t made[NEW];
    size_t n;
} oracle;

static sm_span bytes_of(const oracle *o, uint32_t id)
{
    const size_t n = sm_tokenizer_size(base);
    return id < n ? sm_tokenizer_bytes(base, id) : sm_buffer_span(&o->bytes[id - n]);
}

static bool is_kana_or_kanji(uint32_t c)
{
    return (c >= 0x3005 && c <= 0x3007) || (c >= 0x3041 && c <= 0x3096) ||
           (c >= 0x309D && c <= 0x309F) || (c >= 0x30A1 && c <= 0x30FA) ||
           (c >= 0x30FC && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF);
}

static bool exists(const oracle *o, sm_span s)
{
    for (uint32_t id = 0; id < sm_tokenizer_size(base) + o->n; id++)
        if (sm_span_equal(bytes_of(o, id), s)) return true;
    return false;
}

/* Whole characters, all Japanese and not too many, or the first two bytes of one. */
static bool may_be(const oracle *o, sm_span s)
{
    const unsigned a = (unsigned char)s.p[0];
    size_t n = 0;
    if (exists(o, s)) return false;
    if (s.n == 2) {
        const unsigned b = (unsigned char)s.p[1], first = (a & 0xF) << 12 | (b & 0x3F) << 6;
        return (a & 0xF0) == 0xE0 && (b & 0xC0) == 0x80 &&
               (is_kana_or_kanji(first + 1) || is_kana_or_kanji(first + 2));
    }
    if (sm_utf8_check(s) != s.n) return false;
    for (const char *p = s.p; p < s.p + s.n; n++)
        if (!is_kana_or_kanji(sm_utf8_next(&p, s.p + s.n))) return false;
    return n <= MAX_CHARS;
}

static uint64_t pair_count(const oracle *o, uint32_t a, uint32_t b)
{
    uint64_t sum = 0;
    for (size_t w = 0; w < o->n_words; w++)
        for (size_t k = 0; k + 1 < o->length[w]; k++)
            if (o->words[w][k] == a && o->words[w][k + 1] == b) sum += o->count[w];
    return sum;
}

static void join(const oracle *o, uint32_t a, uint32_t b, sm_buffer *into)
{
    sm_buffer_clear(into);
    sm_buffer_put(into, bytes_of(o, a));
    sm_buffer_put(into, bytes_of(o, b));
}

static bool best(oracle *o, uint32_t *left, uint32_t *right, uint64_t *most)
{
    sm_buffer joined = sm_buffer_make(1 << 10);
    *most = 0;
    for (size_t w = 0; w < o->n_words; w++)
        for (size_t k = 0; k + 1 < o->length[w]; k++) {
            const uint32_t a = o->words[w][k], b = o->words[w][k + 1];
            const uint64_t n = pair_count(o, a, b);
            const bool smaller = a != *left ? a < *left : b < *right;
            if (n < 2 || n < *most || (n == *most && !smaller)) continue;
            join(o, a, b, &joined);
            if (!may_be(o, sm_buffer_span(&joined))) continue;
            *most = n;
            *left = a;
            *right = b;
        }
    sm_buffer_free(&joined);
    return *most > 0;
}

static void merge(oracle *o, uint32_t a, uint32_t b, uint32_t made)
{
    for (size_t w = 0; w < o->n_words; w++) {
        size_t to = 0;
        for (size_t k = 0; k < o->length[w]; k++, to++) {
            const bool hit =
                k + 1 < o->length[w] && o->words[w][k] == a && o->words[w][k + 1] == b;
            o->words[w][to] = hit ? made : o->words[w][k];
            k += hit;
        }
        o->length[w] = to;
    }
}

static void oracle_init(oracle *o)
{
    sm_encoder *encoder = sm_encoder_new();
    *o = (oracle){.n_words = sm_counts_size(counts)};
    assert_true(o->n_words <= 400);
    for (size_t i = 0; i < o->n_words; i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        sm_ids ids = {0};
        sm_tokenizer_spell(base, encoder, e.bytes, &ids);
        o->words[i] = ids.p;
        o->length[i] = ids.n;
        o->count[i] = e.count;
    }
    sm_encoder_free(encoder);
}

static void oracle_learn(oracle *o)
{
    uint32_t a = 0, b = 0;
    uint64_t n = 0;
    while (o->n < NEW && best(o, &a, &b, &n)) {
        o->bytes[o->n] = sm_buffer_make(1 << 10);
        join(o, a, b, &o->bytes[o->n]);
        o->left[o->n] = a;
        o->right[o->n] = b;
        o->made[o->n] = n;
        merge(o, a, b, (uint32_t)(sm_tokenizer_size(base) + o->n));
        o->n++;
    }
}

static void oracle_fini(oracle *o)
{
    for (size_t i = 0; i < o->n_words; i++)
        sm_free(o->words[i]);
    for (size_t i = 0; i < o->n; i++)
        sm_buffer_free(&o->bytes[i]);
}

static void test_naive(void **state)
{
    (void)state;
    sm_error err = {0};
    oracle o;
    sm_extension x = {0};
    const sm_extend_options options = {
        .vocab_size = sm_tokenizer_size(base) + NEW, .min_count = 2, .max_chars = MAX_CHARS};
    oracle_init(&o);
    oracle_learn(&o);
    assert_ok(sm_extend_learn(base, counts, &options, &x, &err), &err);
    assert_true(x.n == o.n && x.n > 60);
    for (size_t i = 0; i < x.n; i++) {
        assert_int_equal(x.tokens[i].left, o.left[i]);
        assert_int_equal(x.tokens[i].right, o.right[i]);
        assert_int_equal(x.tokens[i].count, o.made[i]);
        assert_true(sm_span_equal(x.tokens[i].bytes, sm_buffer_span(&o.bytes[i])));
    }
    sm_extension_free(&x);
    oracle_fini(&o);
}

/* ---- the written tokenizer -------------------------------------------------------------------------- */

static void extend(size_t vocab_size, size_t multiple, sm_extension *x, sm_tokenizer **grown)
{
    sm_error err = {0};
    const sm_extend_options options = {
        .vocab_size = vocab_size, .multiple = multiple, .min_count = 2, .max_chars = 16};
    assert_ok(sm_extend_learn(base, counts, &options, x, &err), &err);
    assert_ok(sm_extend_write(x, base, base_folder, folder, SM_SPAN("\"made\":1"), &err), &err);
    assert_ok(sm_tokenizer_load(grown, folder, &err), &err);
}

static void assert_same_ids(const sm_tokenizer *a, const sm_tokenizer *b, sm_span text,
                            bool same)
{
    sm_encoder *encoder = sm_encoder_new();
    sm_ids x = {0}, y = {0}, naive = {0};
    sm_tokenizer_encode(a, encoder, text, &x);
    sm_tokenizer_encode(b, encoder, text, &y);
    sm_tokenizer_encode_naive(b, encoder, text, &naive);
    const size_t bytes = y.n * sizeof *y.p;
    assert_true(y.n == naive.n && (y.n == 0 || memcmp(y.p, naive.p, bytes) == 0));
    assert_int_equal(x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, bytes) == 0), same);
    sm_ids_free(&x);
    sm_ids_free(&y);
    sm_ids_free(&naive);
    sm_encoder_free(encoder);
}

static void test_written(void **state)
{
    (void)state;
    sm_extension x = {0};
    sm_tokenizer *grown = NULL;
    const size_t n = sm_tokenizer_size(base);
    extend(n + 60, 64, &x, &grown);
    assert_int_equal(x.n_base, n);
    assert_int_equal(sm_tokenizer_size(grown) % 64, 0);
    assert_int_equal(sm_tokenizer_size(grown), n + x.n + x.n_spare);
    for (uint32_t id = 0; id < n; id++) {
        assert_true(sm_span_equal(sm_tokenizer_bytes(base, id), sm_tokenizer_bytes(grown, id)));
        assert_int_equal(sm_tokenizer_is_special(base, id), sm_tokenizer_is_special(grown, id));
    }
    for (uint32_t i = 0; i < x.n; i++)
        assert_true(
            sm_span_equal(x.tokens[i].bytes, sm_tokenizer_bytes(grown, (uint32_t)n + i)));
    for (size_t i = 0; i < sizeof japanese / sizeof *japanese; i++)
        assert_same_ids(base, grown, sm_span_of(japanese[i]), false);
    assert_same_ids(base, grown, SM_SPAN("The lazy dog, [電話] 12345 <|endoftext|>"), true);
    assert_same_ids(base, grown,
                    SM_SPAN("한국어 Ελληνικά русский \xF0\x9F\x8C\xB8 、。「」ＡＢ ﾊﾝｶｸ"),
                    true);
    sm_tokenizer_free(grown);
    sm_extension_free(&x);
}

/* The blocks Hiragana, Katakana and kanji, and 々 〆 〇: all that a new token may touch. */
static bool is_of_japanese_block(uint32_t c)
{
    return is_kana_or_kanji(c) || (c >= 0x3040 && c <= 0x30FF);
}

/* Characters at random, but none of these: the ids stay. So they do for bytes that are no UTF-8. */
static void test_other_text_stays(void **state)
{
    (void)state;
    sm_extension x = {0};
    sm_tokenizer *grown = NULL;
    extend(sm_tokenizer_size(base) + 1000, 0, &x, &grown);
    for (uint64_t seed = 0; seed < 300; seed++) {
        sm_buffer text = sm_buffer_make(1 << 12);
        for (uint64_t i = 0; i < 60; i++) {
            char bytes[4];
            uint32_t c = (uint32_t)sm_random_below(seed, i, 0, seed % 3 ? 0x3005 : 0x110000);
            if (is_of_japanese_block(c) || (c >= 0xD800 && c < 0xE000)) c = 'x';
            const size_t n = sm_utf8_put(c, bytes);
            const bool cut = seed % 5 == 0 && n > 1; /* only heads of other scripts */
            sm_buffer_put(&text, (sm_span){bytes, n - (cut && bytes[0] != '\xE3')});
        }
        assert_same_ids(base, grown, sm_buffer_span(&text), true);
        sm_buffer_free(&text);
    }
    sm_tokenizer_free(grown);
    sm_extension_free(&x);
}

/* The old ids of each new token are what the base makes of its bytes, and the token is what the new one makes. */
static void test_map_and_reach(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_extension x = {0};
    sm_tokenizer *grown = NULL;
    extend(sm_tokenizer_size(base) + 1000, 0, &x, &grown);
    sm_encoder *encoder = sm_encoder_new();
    for (uint32_t i = 0; i < x.n; i++) {
        const sm_new_token *t = &x.tokens[i];
        sm_buffer text = sm_buffer_make(1 << 10);
        sm_ids ids = {0};
        assert_ok(sm_tokenizer_decode(base, t->from, t->n_from, true, &text, &err), &err);
        assert_true(sm_span_equal(sm_buffer_span(&text), t->bytes));
        sm_tokenizer_spell(grown, encoder, t->bytes, &ids);
        assert_true(ids.n == 1 && ids.p[0] == x.n_base + i);
        sm_ids_free(&ids);
        sm_buffer_free(&text);
    }
    sm_encoder_free(encoder);
    sm_tokenizer_free(grown);
    sm_extension_free(&x);
}

static void test_refused(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_extension x = {0};
    const sm_extend_options small = {.vocab_size = sm_tokenizer_size(base), .min_count = 1};
    assert_int_equal(sm_extend_learn(base, counts, &small, &x, &err), SM_EUSAGE);
    sm_error_clear(&err);
    sm_extension_free(&x);
    const sm_extend_options one = {.vocab_size = sm_tokenizer_size(base) + 1, .min_count = 1};
    assert_ok(sm_extend_learn(base, counts, &one, &x, &err), &err);
    char other[80];
    (void)snprintf(other, sizeof other, "%s.other", folder);
    assert_ok(sm_file_write(other, SM_SPAN("IQ== 0\nIg== 1\n"), &err), &err);
    assert_int_equal(sm_extend_write(&x, base, other, folder, (sm_span){0}, &err), SM_ENOSUP);
    sm_error_clear(&err);
    assert_ok(sm_file_write(other, SM_SPAN("{\"model\": {\"vocab\": {}}}"), &err), &err);
    assert_int_equal(sm_extend_write(&x, base, other, folder, (sm_span){0}, &err), SM_EFORMAT);
    assert_contains(err.text, "model.merges");
    sm_error_clear(&err);
    assert_ok(sm_file_write(other, SM_SPAN("\n\x7Fxx"), &err), &err);
    assert_int_equal(sm_extend_write(&x, base, other, folder, (sm_span){0}, &err), SM_EFORMAT);
    (void)remove(other);
    sm_extension_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naive),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_other_text_stays),
        cmocka_unit_test(test_map_and_reach),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
