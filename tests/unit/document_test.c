/* Documents: what is read, what is refused, and that writing changes nothing but what was set.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/document.h>
#include <seimai/hash.h>

static sm_arena arena;

static sm_doc read_good(const char *json)
{
    sm_doc doc = {.record = sm_span_of(json), .arena = &arena};
    const char *kind = NULL;
    size_t at = 0;
    if (!sm_doc_parse(&doc, "text", &kind, &at)) print_error("%s: %s at %zu\n", json, kind, at);
    assert_null(kind);
    return doc;
}

static void assert_written(sm_doc *doc, const char *want)
{
    sm_buffer out = sm_buffer_make(1 << 20);
    sm_doc_write(doc, &out);
    assert_true(out.n > 0 && out.p[out.n - 1] == '\n');
    assert_span(((sm_span){out.p, out.n - 1}), want);
    sm_buffer_free(&out);
}

static int setup(void **state)
{
    (void)state;
    sm_arena_reset(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sm_arena_free(&arena);
    return 0;
}

static void fields_are_read(void **state)
{
    (void)state;
    sm_doc doc = read_good(" {\"id\" : \"a\\u0031\", \"x\":[1,{}], \"text\":\"精米\\n\", "
                           "\"metadata\":{\"url\":\"http:\\/\\/a\",\"n\":{\"k\":2}}} ");
    assert_span(sm_doc_id(&doc), "a1");
    assert_span(sm_doc_text(&doc), "精米\n");
    assert_span(sm_doc_field(&doc, "metadata.n.k"), "2");
    assert_span(sm_doc_field(&doc, "x"), "[1,{}]");
    assert_int_equal(sm_doc_field(&doc, "metadata.none").n, 0);
    sm_span url;
    assert_true(sm_doc_field_string(&doc, "metadata.url", &url));
    assert_span(url, "http://a");
    assert_false(sm_doc_field_string(&doc, "metadata.n", &url));
    assert_false(sm_doc_is_changed(&doc));
}

static void a_document_without_id_is_named_by_its_text(void **state)
{
    (void)state;
    char hex[SM_HASH_HEX + 1];
    sm_doc doc = read_good("{\"text\":\"精米\"}");
    sm_hash128_hex(sm_hash128_of(SM_SPAN("精米")), hex);
    assert_span(sm_doc_id(&doc), hex);
    assert_written(&doc, "{\"text\":\"精米\"}");
    sm_doc numbered = read_good("{\"id\":-12.50,\"text\":\"\"}");
    assert_span(sm_doc_id(&numbered), "-12.50");
}

static void bad_records_have_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *json, *kind;
    } cases[] = {
        {"[1]", "not-an-object"},
        {"{\"text\":\"a\"", "bad-json"},
        {"{\"text\":\"a\",}", "bad-json"},
        {"{\"text\":\"a\"} x", "bad-json"},
        {"{\"text\":\"a\x01\"}", "bad-json"},
        {"{\"text\":\"\xE7\xB2\"}", "bad-utf8"},
        {"{\"text\":\"\xED\xA0\x80\"}", "bad-utf8"},
        {"{\"text\":\"\\ud800\"}", "lone-surrogate"},
        {"{\"text\":\"\\udc00\\ud800\"}", "lone-surrogate"},
        {"{\"text\":\"a\",\"x\":\"\\ud800\"}", "lone-surrogate"},
        {"{\"text\":\"a\",\"te\\u0078t\":\"b\"}", "duplicate-key"},
        {"{\"text\":\"a\",\"metadata\":{\"a\":1,\"a\":2}}", "duplicate-key"},
        {"{\"id\":\"a\"}", "no-text"},
        {"{\"text\":null}", "bad-text"},
        {"{\"text\":[\"a\"]}", "bad-text"},
        {"{\"id\":null,\"text\":\"a\"}", "bad-id"},
        {"{\"text\":\"a\",\"metadata\":[]}", "bad-metadata"},
        {"{\"messages\":\"a\"}", "bad-messages"},
        {"{\"messages\":[]}", "bad-messages"},
        {"{\"messages\":[{\"role\":\"user\"}]}", "bad-messages"},
        {"{\"messages\":[{\"role\":1,\"content\":\"a\"}]}", "bad-messages"},
        {"{\"messages\":[1]}", "bad-messages"},
        {"{\"text\":\"a\",\"messages\":[{\"role\":\"u\",\"content\":\"c\"}]}",
         "text-and-messages"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_doc doc = {.record = sm_span_of(cases[i].json), .arena = &arena};
        const char *kind = NULL;
        size_t at = 0;
        assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 0);
        if (strcmp(kind, cases[i].kind) != 0) print_error("%s\n", cases[i].json);
        assert_string_equal(kind, cases[i].kind);
        assert_true(at <= doc.record.n);
    }
}

static void a_fault_is_located(void **state)
{
    (void)state;
    sm_doc doc = {.record = SM_SPAN("{\"text\":\"abc\",\"x\":tru}"), .arena = &arena};
    const char *kind = NULL;
    size_t at = 0;
    assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 0);
    assert_int_equal(at, 18);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char json[2000];
    for (int depth = 511; depth <= 512; depth++) {
        int n = snprintf(json, sizeof json, "{\"text\":\"\",\"x\":");
        for (int i = 0; i < depth; i++)
            json[n++] = '[';
        for (int i = 0; i < depth; i++)
            json[n++] = ']';
        json[n++] = '}';
        sm_doc doc = {.record = {json, (size_t)n}, .arena = &arena};
        const char *kind = NULL;
        size_t at = 0;
        assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), depth == 511);
        if (depth == 512) assert_string_equal(kind, "too-deep");
    }
}

static void many_keys_are_checked_for_duplicates(void **state)
{
    (void)state;
    char *json = malloc(400000);
    int n = sprintf(json, "{\"text\":\"a\"");
    for (int i = 0; i < 20000; i++)
        n += sprintf(json + n, ",\"k%d\":1", i);
    json[n] = '}';
    sm_doc doc = {.record = {json, (size_t)n + 1}, .arena = &arena};
    const char *kind = NULL;
    size_t at = 0;
    assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 1);
    n += sprintf(json + n, ",\"k7\":1}");
    doc.record.n = (size_t)n;
    assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 0);
    assert_string_equal(kind, "duplicate-key");
    free(json);
}

static void changes_touch_nothing_else(void **state)
{
    (void)state;
    sm_doc doc = read_good(
        "{\"a\" : 1.50, \"text\":\"x\",\"metadata\": {\"k\":[1], \"z\":2 },\"b\":\"\\u0041\"}");
    sm_doc_set_text(&doc, SM_SPAN("x"));
    assert_false(sm_doc_is_changed(&doc));
    sm_doc_set_text(&doc, SM_SPAN("精\n\"米"));
    sm_doc_set_meta(&doc, "z", SM_SPAN("{\"new\":true}"));
    sm_doc_set_meta(&doc, "y", SM_SPAN("3"));
    sm_doc_set_meta(&doc, "y", SM_SPAN("4"));
    char want[300], hex[SM_HASH_HEX + 1];
    sm_hash128_hex(sm_hash128_of(SM_SPAN("x")), hex);
    (void)snprintf(
        want, sizeof want,
        "{\"id\":\"%s\",\"a\" : 1.50, \"text\":\"精\\n\\\"米\",\"metadata\": {\"k\":[1], "
        "\"z\":{\"new\":true} ,\"y\":4},\"b\":\"\\u0041\"}",
        hex);
    assert_written(&doc, want);
}

static void metadata_may_stand_first_or_be_missing(void **state)
{
    (void)state;
    sm_doc first = read_good("{\"metadata\":{},\"id\":\"i\",\"text\":\"x\"}");
    sm_doc_set_meta(&first, "k", SM_SPAN("1"));
    sm_doc_set_text(&first, SM_SPAN("y"));
    assert_written(&first, "{\"metadata\":{\"k\":1},\"id\":\"i\",\"text\":\"y\"}");
    sm_doc none = read_good("{\"id\":\"i\",\"text\":\"x\" }");
    sm_doc_set_meta(&none, "k", SM_SPAN("\"v\""));
    sm_doc_set_meta(&none, "l", SM_SPAN("2"));
    assert_written(&none, "{\"id\":\"i\",\"text\":\"x\" ,\"metadata\":{\"k\":\"v\",\"l\":2}}");
}

static void messages_are_joined_and_changed_one_by_one(void **state)
{
    (void)state;
    sm_doc doc = read_good("{\"id\":1,\"messages\":[{\"role\":\"user\",\"content\":\"問い\"},"
                           "{\"content\":\"答え\",\"role\":\"assistant\",\"x\":0}]}");
    const sm_message *messages = NULL;
    assert_span(sm_doc_text(&doc), "問い\n答え");
    assert_int_equal(sm_doc_messages(&doc, &messages), 2);
    assert_span(messages[1].role, "assistant");
    sm_doc_set_message(&doc, 1, SM_SPAN("別の答え"));
    sm_doc_set_meta(&doc, "pii", SM_SPAN("{}"));
    assert_written(&doc, "{\"id\":1,\"messages\":[{\"role\":\"user\",\"content\":\"問い\"},"
                         "{\"content\":\"別の答え\",\"role\":\"assistant\",\"x\":0}],"
                         "\"metadata\":{\"pii\":{}}}");
}

static void another_field_can_take_the_texts_place(void **state)
{
    (void)state;
    sm_doc doc = read_good("{\"id\":\"a\", \"text\" : \"x\", \"k\":1}");
    sm_doc_replace_text(&doc, "ids", SM_SPAN("[1,2]"));
    assert_written(&doc, "{\"id\":\"a\", \"ids\" : [1,2], \"k\":1}");
    sm_doc chat = read_good("{\"id\":\"a\",\"messages\":[{\"role\":\"u\",\"content\":\"x\"}]}");
    sm_doc_replace_text(&chat, "ids", SM_SPAN("[3]"));
    assert_written(&chat, "{\"id\":\"a\",\"ids\":[3]}");
}

static void the_text_may_stand_deeper(void **state)
{
    (void)state;
    const char *kind = NULL;
    size_t at = 0;
    sm_doc doc = {.record = SM_SPAN("{\"id\":\"a\",\"page\":{\"n\":1,\"body\":\"本文\"}}"),
                  .arena = &arena};
    assert_int_equal(sm_doc_parse(&doc, "page.body", &kind, &at), 1);
    assert_span(sm_doc_text(&doc), "本文");
    sm_doc_set_text(&doc, SM_SPAN("文"));
    assert_written(&doc, "{\"id\":\"a\",\"page\":{\"n\":1,\"body\":\"文\"}}");
}

static sm_doc read_at(const char *json, const char *text_key)
{
    sm_doc doc = {.record = sm_span_of(json), .arena = &arena};
    const char *kind = NULL;
    size_t at = 0;
    assert_int_equal(sm_doc_parse(&doc, text_key, &kind, &at), 1);
    return doc;
}

static void keys_are_compared_decoded_at_every_depth(void **state)
{
    (void)state;
    sm_doc deep = read_at("{\"id\":1,\"p\":{\"b\\u006fdy\":\"x\"}}", "p.body");
    assert_span(sm_doc_text(&deep), "x");
    assert_span(sm_doc_field(&deep, "p.body"), "\"x\"");
    sm_doc_set_text(&deep, SM_SPAN("y"));
    assert_written(&deep, "{\"id\":1,\"p\":{\"b\\u006fdy\":\"y\"}}");
    sm_doc quoted = read_at("{\"id\":1,\"a\\\"\\\\\\\"b\" : \"x\"}", "a\"\\\"b");
    sm_doc_replace_text(&quoted, "ids", SM_SPAN("[1]"));
    assert_written(&quoted, "{\"id\":1,\"ids\" : [1]}");
}

static void a_text_that_stands_twice_is_refused(void **state)
{
    (void)state;
    static const char *const records[] = {
        "{\"p\":{\"body\":\"mine\",\"b\\u006fdy\":\"theirs\"}}",
        "{\"p\":{\"x\":1,\"body\":\"mine\",\"z\":[],\"body\":null}}"};
    for (size_t i = 0; i < 2; i++) {
        sm_doc doc = {.record = sm_span_of(records[i]), .arena = &arena};
        const char *kind = NULL;
        size_t at = 0;
        assert_int_equal(sm_doc_parse(&doc, "p.body", &kind, &at), 0);
        assert_string_equal(kind, "duplicate-key");
    }
}

static void the_text_follows_a_changed_message(void **state)
{
    (void)state;
    static const char *const records[] = {"{\"id\":1,\"messages\":[{\"role\":\"u\",\"content\":"
                                          "\"a\"},{\"role\":\"a\",\"content\":\"b\"}]}",
                                          "{\"messages\":[{\"role\":\"u\",\"content\":\"a\"},{"
                                          "\"role\":\"a\",\"content\":\"b\"}]}"};
    char hex[SM_HASH_HEX + 1];
    sm_hash128_hex(sm_hash128_of(SM_SPAN("a\nb")), hex);
    for (int asked_before = 0; asked_before < 2; asked_before++)
        for (size_t i = 0; i < 2; i++) {
            sm_doc doc = read_good(records[i]);
            if (asked_before) assert_span(sm_doc_text(&doc), "a\nb");
            sm_doc_set_message(&doc, 0, SM_SPAN("c"));
            assert_span(sm_doc_text(&doc), "c\nb");
            sm_doc_set_message(&doc, 1, SM_SPAN("d"));
            assert_span(sm_doc_text(&doc), "c\nd");
            assert_span(sm_doc_id(&doc), i ? hex : "1"); /* of the text as it was read */
        }
}

/* encode on a record that was encoded before: one "ids" comes out, wherever the old one stood. */
static void a_replaced_text_takes_the_name_for_itself(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want;
    } cases[] = {
        {"{\"id\":1,\"text\":\"x\",\"ids\":[9]}", "{\"id\":1,\"ids\":[1]}"},
        {"{\"ids\" : [9] , \"id\":1,\"text\":\"x\"}", "{ \"id\":1,\"ids\":[1]}"},
        {"{\"id\":1, \"i\\u0064s\": {\"a\":\",\"} ,\"k\":\"},\",\"text\":\"x\"}",
         "{\"id\":1 ,\"k\":\"},\",\"ids\":[1]}"},
        {"{\"id\":1,\"metadata\":{\"ids\":2},\"text\":\"x\" ,\n \"ids\":[9]}",
         "{\"id\":1,\"metadata\":{\"ids\":2,\"m\":1},\"ids\":[1] }"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_doc doc = read_good(cases[i].json);
        if (i == 3) sm_doc_set_meta(&doc, "m", SM_SPAN("1"));
        sm_doc_replace_text(&doc, "ids", SM_SPAN("[1]"));
        assert_written(&doc, cases[i].want);
    }
    sm_doc deep = read_at("{\"id\":1,\"ids\":0,\"p\":{\"ids\":9,\"t\":\"x\"}}", "p.t");
    sm_doc_replace_text(&deep, "ids", SM_SPAN("[1]"));
    assert_written(&deep, "{\"id\":1,\"ids\":0,\"p\":{\"ids\":[1]}}");
    char hex[SM_HASH_HEX + 1], want[100];
    sm_hash128_hex(sm_hash128_of(SM_SPAN("x")), hex);
    (void)snprintf(want, sizeof want, "{\"id\":\"%s\",\"ids\":[1]}", hex);
    sm_doc nameless = read_good("{\"ids\":9,\"text\":\"x\"}");
    sm_doc_replace_text(&nameless, "ids", SM_SPAN("[1]"));
    assert_written(&nameless, want);
}

static void all_changes_together_give_one_object(void **state)
{
    (void)state;
    sm_doc doc =
        read_good("{\"metadata\" : { \"\\u006b\" : 1 ,\"q\":\"\\\"\" } ,\"text\" :\"x\", "
                  "\"id\":\"i\"}");
    sm_doc_set_text(&doc, SM_SPAN("y"));
    sm_doc_set_meta(&doc, "k", SM_SPAN("2"));
    sm_doc_set_meta(&doc, "new\"", SM_SPAN("3"));
    sm_doc_replace_text(&doc, "ids", SM_SPAN("[1]"));
    sm_doc_set_meta(&doc, "k", SM_SPAN("4"));
    assert_written(&doc, "{\"metadata\" : { \"\\u006b\" : 4 ,\"q\":\"\\\"\" ,\"new\\\"\":3} "
                         ",\"ids\" :[1], \"id\":\"i\"}");
}

/* A record of many small messages needs a small multiple of its own size. */
static void messages_share_their_scratch(void **state)
{
    (void)state;
    enum { MESSAGES = 20000 };
    sm_buffer json = sm_buffer_make(4 << 20);
    sm_buffer_puts(&json, "{\"messages\":[");
    for (int i = 0; i < MESSAGES; i++)
        sm_buffer_puts(&json, i ? ",{\"role\":\"u\",\"content\":\"\"}"
                                : "{\"role\":\"u\",\"content\":\"\"}");
    sm_buffer_puts(&json, "]}");
    sm_doc doc = {.record = sm_buffer_span(&json), .arena = &arena};
    const char *kind = NULL;
    size_t at = 0;
    assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 1);
    assert_int_equal(sm_doc_text(&doc).n, MESSAGES - 1);
    assert_true(arena.total < MESSAGES * 4 * sizeof(sm_message));
    sm_buffer_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fields_are_read, setup),
        cmocka_unit_test_setup(a_document_without_id_is_named_by_its_text, setup),
        cmocka_unit_test_setup(bad_records_have_kinds, setup),
        cmocka_unit_test_setup(a_fault_is_located, setup),
        cmocka_unit_test_setup(nesting_is_bounded, setup),
        cmocka_unit_test_setup(many_keys_are_checked_for_duplicates, setup),
        cmocka_unit_test_setup(changes_touch_nothing_else, setup),
        cmocka_unit_test_setup(metadata_may_stand_first_or_be_missing, setup),
        cmocka_unit_test_setup(messages_are_joined_and_changed_one_by_one, setup),
        cmocka_unit_test_setup(another_field_can_take_the_texts_place, setup),
        cmocka_unit_test_setup(the_text_may_stand_deeper, setup),
        cmocka_unit_test_setup(keys_are_compared_decoded_at_every_depth, setup),
        cmocka_unit_test_setup(a_text_that_stands_twice_is_refused, setup),
        cmocka_unit_test_setup(the_text_follows_a_changed_message, setup),
        cmocka_unit_test_setup(a_replaced_text_takes_the_name_for_itself, setup),
        cmocka_unit_test_setup(all_changes_together_give_one_object, setup),
        cmocka_unit_test_setup(messages_share_their_scratch, setup),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
