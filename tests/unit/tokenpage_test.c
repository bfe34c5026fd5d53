/* The page and the table of a comparison, from JSON.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/config.h>
#include <seimai/token_page.h>
#include <seimai/utf8.h>

#include "token_internal.h"

/* Two tokenizers, the worse one first, with a name and a token that look like markup. */
static const char report[] =
    "{\"text\":{\"documents\":12,\"bytes\":3600,\"characters\":1200,\"morphemes\":700,"
    "\"inner_edges\":500,\"dictionary\":\"ipadic\"},\"classes\":{\"kanji-1\":300,\"emoji\":0},"
    "\"context\":4096,\"resamples\":1000,\"reference\":\"<q>\",\"tokenizers\":["
    "{\"name\":\"<q>\",\"vocab\":1000,\"chars_per_token\":1.25,\"bytes_per_token\":3.5,"
    "\"boundary_precision\":0.5,\"boundary_recall\":0.75,\"boundary_f1\":0.6,"
    "\"broken_share\":0.0123,\"intervals\":{\"chars_per_token\":[1.2,1.3]},"
    "\"relative_tokens\":1.0,\"pages_in_context\":12.8,\"price_per_million_chars\":null,"
    "\"parts_of_speech\":{\"verb\":{\"edges\":10,\"precision\":0.5,\"recall\":0.25,"
    "\"f1\":0.333}},\"classes\":{\"kanji-1\":{\"split\":30,\"lost\":0,\"listed\":2965,"
    "\"listed_split\":1}},\"ids_by_kind\":{\"kanji\":100,\"mixed-japanese\":50,\"hiragana\":20,"
    "\"katakana\":10,\"latin\":400},\"japanese_by_length\":[90,60,30,0,0,0,0,0,0,0],"
    "\"longest_unused\":[[7,\"a<s>\"]],\"unused_japanese\":3},"
    "{\"name\":\"良い\",\"vocab\":2000,\"chars_per_token\":1.5,\"bytes_per_token\":4.5,"
    "\"boundary_precision\":0.9,\"boundary_recall\":0.8,\"boundary_f1\":0.847,"
    "\"broken_share\":0.0,\"relative_tokens\":0.9,\"pages_in_context\":15.4}],"
    "\"sentences\":[{\"text\":\"a 猫\",\"cuts\":[[[1,\"a\"],[2,\" \"],[3,{\"hex\":\"E78C\"}],"
    "[4,{\"hex\":\"AB\"}]],[[5,\"a 猫\"]]]}]}";

static sm_config parsed;
static sm_buffer out;

static const char *draw(bool page, sm_language language)
{
    sm_error err = {0};
    sm_buffer_clear(&out);
    assert_ok(page ? sm_token_page(&parsed.root, language, NULL, &out, &err)
                   : sm_token_table(&parsed.root, language, &out, &err),
              &err);
    assert_int_equal(sm_utf8_check(sm_buffer_span(&out)), out.n);
    sm_buffer_putc(&out, '\0');
    return out.p;
}

static void test_table(void **state)
{
    (void)state;
    const char *text = draw(false, SM_ENGLISH);
    const char *best = strstr(text, "良い"), *other = strstr(text, "<q>");
    assert_true(best && other && best < other); /* sorted */
    assert_contains(text, "1.500  4.500");
    assert_contains(text, "1.23 %");
    assert_contains(text, "<q>       a| |<E7><8C>|<AB>\n");
    assert_contains(text, "良い      a 猫\n");
    assert_null(strstr(text, "USD")); /* nobody gave a price */
    assert_contains(draw(false, SM_JAPANESE), "適合率");
}

static void test_page(void **state)
{
    (void)state;
    const char *page = draw(true, SM_ENGLISH);
    assert_contains(page, "<html lang=\"en\">");
    assert_contains(page, "12 documents, 1,200 characters (3.60 kB), 700 morphemes");
    assert_contains(page, "<i>1</i>良い</td><td class=\"best\">1.500</td>");
    assert_contains(page, "<i>2</i>&lt;q&gt;</td><td>1.250<small>1.200–1.300</small></td>");
    assert_null(strstr(page, "<q>"));
    assert_null(strstr(page, "a<s>"));
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "http"));
    assert_contains(page, "<span class=\"t0\" title=\"id 5\">a<u>␣</u>猫</span>");
    assert_contains(page, "<span class=\"t2 hex\" title=\"id 3\">E78C</span>");
    assert_contains(page, "title=\"precision 0.500, recall 0.250, 10 edges\"");
    assert_contains(page, "Tokens relative to &lt;q&gt;. A page is");
    assert_contains(page, "window 4,096 tokens");
    assert_contains(page, "1,000 Poisson bootstrap resamples");
    assert_null(strstr(page, "%s"));
    assert_null(strstr(page, "nan"));
}

/* Every word of the page is there in Japanese: no key and no English is left. */
static void test_japanese(void **state)
{
    (void)state;
    const char *page = draw(true, SM_JAPANESE);
    assert_contains(page, "<html lang=\"ja\">");
    assert_contains(page, "トークナイザの比較");
    assert_null(strstr(page, "section."));
    assert_null(strstr(page, "note."));
    assert_null(strstr(page, "heat."));
    assert_null(strstr(page, "define."));
    assert_null(strstr(page, "chars_per_token"));
    assert_null(strstr(page, "%s"));
}

static void test_words(void **state)
{
    (void)state;
    sm_arena arena = {0};
    assert_string_equal(word(SM_ENGLISH, "verb"), "verb");
    assert_string_equal(word(SM_JAPANESE, "verb"), "動詞");
    assert_string_equal(word(SM_JAPANESE, "no such key"), "no such key");
    assert_string_equal(head_word(SM_ENGLISH, "boundary_f1"), "F1");
    assert_string_equal(terse_word(SM_ENGLISH, "chars_per_token"), "c/tok");
    assert_contains(filled_word(&arena, SM_ENGLISH, "note.use", "A", "B"), "to A. A page");
    sm_arena_free(&arena);
}

static void test_not_a_report(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}", "[]", "3", "{\"tokenizers\":[]}",
                                        "{\"tokenizers\":{}}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sm_error err = {0};
        sm_config config = {0};
        assert_ok(sm_config_parse_json(&config, "x.json", sm_span_of(wrong[i]), &err), &err);
        assert_int_equal(sm_token_page(&config.root, SM_ENGLISH, NULL, &out, &err), SM_EFORMAT);
        assert_int_equal(sm_token_table(&config.root, SM_ENGLISH, &out, NULL), SM_EFORMAT);
        assert_contains(err.text, "x.json: no report on tokenizers");
        sm_config_free(&config);
    }
}

/* Members of another kind than expected are passed over. */
static void test_odd_report(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "{\"tokenizers\":[{}]}", "{\"tokenizers\":[1,\"x\",null]}",
        "{\"tokenizers\":[{\"name\":3,\"chars_per_token\":\"x\",\"intervals\":[1],"
        "\"parts_of_speech\":7,\"ids_by_kind\":[],\"japanese_by_length\":[\"a\",{}],"
        "\"longest_unused\":[1,[2],[3,4],[\"a\",\"b\"]],\"domains\":{\"a\":1,\"b\":[]}}],"
        "\"sentences\":[1,{\"text\":\"a\",\"cuts\":[[1,[1],[1,2]]]},{\"text\":3},"
        "{\"text\":\"a\",\"cuts\":[7]},{\"text\":\"a\",\"cuts\":[[[1,{\"hex\":\"E\"}]]]}]}"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        sm_error err = {0};
        sm_config config = {0};
        assert_ok(sm_config_parse_json(&config, "x.json", sm_span_of(odd[i]), &err), &err);
        sm_buffer_clear(&out);
        assert_ok(sm_token_page(&config.root, SM_JAPANESE, "t", &out, &err), &err);
        assert_ok(sm_token_table(&config.root, SM_ENGLISH, &out, &err), &err);
        sm_config_free(&config);
    }
    sm_buffer small = sm_buffer_make(100);
    sm_error err = {0};
    assert_int_equal(sm_token_page(&parsed.root, SM_ENGLISH, NULL, &small, &err), SM_ELIMIT);
    sm_buffer_free(&small);
}

static int setup(void **state)
{
    (void)state;
    sm_error err = {0};
    out = sm_buffer_make(1 << 20);
    return sm_config_parse_json(&parsed, "report", sm_span_of(report), &err);
}

static int teardown(void **state)
{
    (void)state;
    sm_config_free(&parsed);
    sm_buffer_free(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),        cmocka_unit_test(test_page),
        cmocka_unit_test(test_japanese),     cmocka_unit_test(test_words),
        cmocka_unit_test(test_not_a_report), cmocka_unit_test(test_odd_report),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
