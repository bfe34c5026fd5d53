/* What a report on tokenizers counts: places, parts of speech, classes of characters, resamples.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include "report/bootstrap.h"
#include "report/marks.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static sm_morph *morph;

/* ---- characters ---------------------------------------------------------------------------------- */

static size_t members(sm_char_class cls)
{
    size_t n = 0;
    for (uint32_t c = 0; (c = sm_char_class_next(cls, c)) != 0;)
        n++;
    return n;
}

/* The sizes that JIS X 0213:2004 and the ordinance state. */
static void test_lists(void **state)
{
    (void)state;
    assert_int_equal(members(SM_CHAR_KANJI_1), 2965);
    assert_int_equal(members(SM_CHAR_KANJI_2), 3390);
    assert_int_equal(members(SM_CHAR_KANJI_3), 1259);
    assert_int_equal(members(SM_CHAR_KANJI_4), 2436);
    assert_int_equal(members(SM_CHAR_NAME), 863);
    assert_int_equal(members(SM_CHAR_EMOJI), 0);
    for (int cls = SM_CHAR_KANJI_1; cls <= SM_CHAR_KANJI_4; cls++)
        for (uint32_t c = 0; (c = sm_char_class_next((sm_char_class)cls, c)) != 0;)
            assert_int_equal(sm_char_class_of(c), cls);
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        sm_char_class cls;
        bool name;
    } cases[] = {
        {"あ", SM_CHAR_HIRAGANA, false},    {"ー", SM_CHAR_KATAKANA, false},
        {"ｱ", SM_CHAR_HALF_WIDTH, false},   {"亜", SM_CHAR_KANJI_1, false},
        {"弌", SM_CHAR_KANJI_2, false},     {"髙", SM_CHAR_KANJI_OTHER, false},
        {"俱", SM_CHAR_KANJI_3, true},      {"𠂉", SM_CHAR_KANJI_4, false},
        {"𠮷", SM_CHAR_KANJI_OTHER, false}, {"鷗", SM_CHAR_KANJI_3, true},
        {"也", SM_CHAR_KANJI_1, true},      {"渚", SM_CHAR_KANJI_1, true},
        {"Ａ", SM_CHAR_FULL_WIDTH, false},  {"々", SM_CHAR_PUNCTUATION, false},
        {"。", SM_CHAR_PUNCTUATION, false}, {"a", SM_CHAR_ASCII, false},
        {"😀", SM_CHAR_EMOJI, false},        {"é", SM_CHAR_OTHER, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *p = cases[i].text;
        const uint32_t c = sm_utf8_next(&p, p + strlen(p));
        if (sm_char_class_of(c) != cases[i].cls) print_error("%s\n", cases[i].text);
        assert_int_equal(sm_char_class_of(c), cases[i].cls);
        assert_int_equal(sm_char_is_name(c), cases[i].name);
    }
}

/* ---- marks --------------------------------------------------------------------------------------- */

static void test_parts(void **state)
{
    (void)state;
    assert_string_equal(part_name(part_of_speech("名詞,固有名詞,地域,一般")), "proper-noun");
    assert_string_equal(part_name(part_of_speech("名詞,数,*,*")), "number");
    assert_string_equal(part_name(part_of_speech("名詞,数詞,*,*")), "number");
    assert_string_equal(part_name(part_of_speech("名詞,一般")), "noun");
    assert_string_equal(part_name(part_of_speech("助動詞,*")), "auxiliary");
    assert_string_equal(part_name(part_of_speech("助詞,格助詞")), "particle");
    assert_string_equal(part_name(part_of_speech("接尾辞,名詞的")), "suffix");
    assert_string_equal(part_name(part_of_speech("記号,句点")), "other");
    assert_string_equal(part_name(part_of_speech("")), "other");
}

/* 私は東京に行く。: edges before は, 東京, に, 行く. */
static void test_gold(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_gold gold = {0};
    sm_tagger *tagger = sm_tagger_new(morph);
    assert_ok(sm_gold_set(&gold, tagger, SM_SPAN("私は東京に行く。ok"), &err), &err);
    assert_int_equal(gold.characters, 10);
    assert_int_equal(gold.inner_edges, 4);
    assert_int_equal(gold.n_inner, 6);
    assert_int_equal(gold.classes[SM_CHAR_KANJI_1], 4);
    assert_int_equal(gold.classes[SM_CHAR_ASCII], 2);
    const unsigned wa = gold.marks[3], kyo = gold.marks[9], inside = gold.marks[4];
    assert_true(wa & MARK_EDGE);
    assert_string_equal(place_name(mark_place(wa)), "kanji-hiragana");
    assert_string_equal(part_name(mark_part(wa)), "particle");
    assert_false(kyo & MARK_EDGE);
    assert_string_equal(place_name(mark_place(kyo)), "kanji-kanji");
    assert_string_equal(part_name(mark_part(kyo)), "proper-noun");
    assert_int_equal(mark_place(inside), PLACE_INSIDE);
    assert_int_equal(gold.marks[21], 0); /* before 。 */
    assert_ok(sm_gold_set(&gold, tagger, SM_SPAN(""), &err), &err);
    assert_int_equal(gold.characters + gold.inner_edges + gold.n_inner, 0);
    sm_gold_free(&gold);
    sm_tagger_free(tagger);
}

/* ---- resamples ----------------------------------------------------------------------------------- */

/* The standard error of a mean of n numbers is known: the interval is as wide as it says. */
static void test_bootstrap(void **state)
{
    (void)state;
    enum { N = 2000 };
    bootstrap b = bootstrap_make(2), other = bootstrap_make(2);
    double sum = 0, squares = 0, interval[2];
    for (uint64_t i = 0; i < N; i++) {
        const double x = floor(100 * sm_random_unit(7, i, 0));
        sum += x;
        squares += x * x;
        bootstrap_add(i % 3 ? &b : &other, i * 77777, (const double[]){x, 1});
    }
    bootstrap_merge(&b, &other);
    bootstrap_interval(&b, &(ratio){0, 1, SIZE_MAX, 1}, interval);
    const double mean = sum / N, error = sqrt((squares / N - mean * mean) / N);
    assert_true(interval[0] < mean && mean < interval[1]);
    assert_true(fabs((interval[1] - interval[0]) / (2 * 1.96 * error) - 1) < .1);
    double total = 0; /* the mean weight is 1 */
    for (size_t r = 0; r < RESAMPLES; r++)
        total += b.sums[2 * r + 1];
    assert_true(fabs(total / RESAMPLES / N - 1) < .003);
    bootstrap_free(&b);
    bootstrap_free(&other);
}

/* ---- a report ------------------------------------------------------------------------------------ */

static sm_tokenizer *byte_tokenizer(void)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    const char *json =
        "{\"added_tokens\":[],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\","
        "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true},"
        "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,"
        "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,\"fuse_unk\":false,"
        "\"byte_fallback\":false,\"vocab\":{";
    sm_buffer b = sm_buffer_make(1 << 20);
    sm_buffer_puts(&b, json);
    for (unsigned i = 0; i < 256; i++) {
        const bool plain = (i >= 33 && i < 127) || (i >= 161 && i != 173);
        unsigned letter = i;
        if (!plain) letter = 256 + (i < 33 ? i : i < 161 ? i - 127 + 33 : 67);
        char utf8[4];
        const size_t n = sm_utf8_put(letter, utf8);
        if (i) sm_buffer_putc(&b, ',');
        sm_buffer_putc(&b, '"');
        if (letter == '"' || letter == '\\') sm_buffer_putc(&b, '\\');
        sm_buffer_put(&b, (sm_span){utf8, n});
        sm_buffer_printf(&b, "\":%u", i);
    }
    sm_buffer_puts(&b, "},\"merges\":[]}}");
    char folder[] = "tallyXXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    (void)snprintf(path, sizeof path, "%s/tokenizer.json", folder);
    assert_ok(sm_file_write(path, sm_buffer_span(&b), &err), &err);
    assert_ok(sm_tokenizer_load(&tok, path, &err), &err);
    (void)unlink(path);
    (void)rmdir(folder);
    sm_buffer_free(&b);
    return tok;
}

static double at(const sm_value *v, const char *a, const char *b, const char *c)
{
    v = sm_value_get(v, a);
    if (b) v = sm_value_get(v, b);
    if (c) v = sm_value_get(v, c);
    assert_non_null(v);
    return v->kind == SM_INT ? (double)v->as.integer : v->as.real;
}

/* Two readers of one document each give what one reader of both gives. */
static void make_report(sm_tokenizer *tok, bool two, sm_buffer *json)
{
    static const char *const texts[] = {"私は東京に行く。ok", "鷗と😀。"};
    static const char *const sources[] = {"wiki:1", "https://example.jp/a:b"};
    sm_error err = {0};
    const sm_token_subject subject = {"bytes", tok, 2};
    sm_token_report *report = sm_token_report_new(&subject, 1, morph);
    sm_token_reader *reader = sm_token_reader_new(report);
    for (size_t i = 0; i < 2; i++) {
        if (two && i) {
            sm_token_reader_end(reader);
            reader = sm_token_reader_new(report);
        }
        assert_ok(
            sm_token_reader_add(reader, sm_span_of(texts[i]), i, sm_span_of(sources[i]), &err),
            &err);
    }
    sm_token_reader_end(reader);
    const sm_span sentence = SM_SPAN("a猫");
    sm_token_report_json(report, &(sm_token_plan){0, 4000, &sentence, 1}, json);
    sm_token_report_free(report);
}

static void test_report(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_tokenizer *tok = byte_tokenizer();
    sm_buffer one = sm_buffer_make(1 << 20), two = sm_buffer_make(1 << 20);
    make_report(tok, false, &one);
    make_report(tok, true, &two);
    assert_true(sm_span_equal(sm_buffer_span(&one), sm_buffer_span(&two)));
    sm_config read = {0};
    assert_ok(sm_config_parse_json(&read, "report", sm_buffer_span(&one), &err), &err);
    assert_true(at(&read.root, "text", "documents", NULL) == 2);
    assert_true(at(&read.root, "text", "bytes", NULL) == 26 + 13);
    const sm_value *t = sm_value_get(&read.root, "tokenizers")->items;
    assert_true(at(t, "tokens", NULL, NULL) == 39);
    assert_true(at(t, "boundary_recall", NULL, NULL) == 1);
    /* 7 Japanese characters before 。 and 2 in the other: 6 + 1 places between, 14 + 4 inside */
    assert_true(at(t, "boundary_precision", NULL, NULL) == 5.0 / 25);
    assert_true(at(t, "parts_of_speech", "particle", "recall") == 1);
    assert_true(at(t, "script_pairs", "inside", "cuts") == 18);
    assert_true(at(t, "classes", "emoji", "split") == 1);
    assert_true(at(t, "classes", "name-kanji", "split") == 1);
    assert_true(at(t, "classes", "kanji-2", "listed_split") == 3390);
    assert_true(at(t, "price_per_million_chars", NULL, NULL) == 2 * 39.0 / 14);
    assert_true(at(t, "relative_tokens", NULL, NULL) == 1);
    assert_true(fabs(at(t, "pages_in_context", NULL, NULL) - 10 * 14.0 / 39) < 1e-12);
    assert_true(at(t, "domains", "example.jp", "bytes") == 13);
    assert_true(at(t, "domains", "wiki", "bytes_per_token") == 1);
    assert_null(sm_value_get(t, "intervals")); /* two documents say nothing */
    const sm_value *cut = sm_value_get(sm_value_get(&read.root, "sentences")->items, "cuts");
    assert_int_equal(cut->items[0].n, 4);
    assert_span(cut->items[0].items[0].items[1].as.string, "a");
    assert_span(sm_value_get(&cut->items[0].items[1].items[1], "hex")->as.string, "E7");
    sm_config_free(&read);
    sm_buffer_free(&one);
    sm_buffer_free(&two);
    sm_tokenizer_free(tok);
}

static int open_morph(void **state)
{
    (void)state;
    sm_error err = {0};
    return sm_morph_open(&morph, NULL, &err);
}

static int close_morph(void **state)
{
    (void)state;
    sm_morph_close(morph);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),     cmocka_unit_test(test_classes),
        cmocka_unit_test(test_parts),     cmocka_unit_test(test_gold),
        cmocka_unit_test(test_bootstrap), cmocka_unit_test(test_report),
    };
    return cmocka_run_group_tests(tests, open_morph, close_morph);
}
