/* Configuration: the same tree from JSON and YAML, and complaints that name the line.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/config.h>

static void json_and_yaml_give_the_same_tree(void **state)
{
    (void)state;
    sm_config json, yaml;
    sm_error err = {0};
    memset(&json, 0, sizeof json);
    memset(&yaml, 0, sizeof yaml);
    assert_ok(
        sm_config_parse_json(&json, "a.json",
                             SM_SPAN("{\"n\": 3,\n \"list\": [1.5, \"x:\\\"\",\n  true, null],"
                                     "\n\"sub\": {\n\"k\": \"米\"}}"),
                             &err),
        &err);
    assert_ok(sm_config_parse_yaml(
                  &yaml, "a.yaml",
                  SM_SPAN("n: 3\nlist: [1.5, 'x:\"',\n true, ~]\nsub:\n  k: 米 # rice\n"),
                  &err),
              &err);
    const sm_value *roots[] = {&json.root, &yaml.root};
    for (int i = 0; i < 2; i++) {
        int64_t n = 0;
        double real = 0;
        sm_span k = {0};
        assert_ok(sm_value_read_int(sm_value_get(roots[i], "n"), "n", 0, 9, &n, &err), &err);
        assert_int_equal(n, 3);
        const sm_value *list = sm_value_get(roots[i], "list");
        assert_int_equal(list->n, 4);
        assert_ok(sm_value_read_real(&list->items[0], "x", 0, 2, &real, &err), &err);
        assert_true(real == 1.5);
        assert_span(list->items[1].as.string, "x:\"");
        assert_int_equal(list->items[2].line, 3);
        assert_int_equal(list->items[3].kind, SM_NULL);
        const sm_value *sub = sm_value_get(roots[i], "sub");
        assert_ok(sm_value_read_string(sm_value_get(sub, "k"), "k", &k, &err), &err);
        assert_span(k, "米");
        assert_int_equal(sm_value_get(sub, "k")->line, 5);
        assert_null(sm_value_get(sub, "none"));
    }
    sm_config_free(&json);
    sm_config_free(&yaml);
}

static void yaml_scalars_follow_the_core_schema(void **state)
{
    (void)state;
    sm_config c = {0};
    sm_error err = {0};
    assert_ok(sm_config_parse_yaml(
                  &c, "t", SM_SPAN("[no, '3', -4, +5, 1e3, .5, 1.2.3, e, null, '', -]"), &err),
              &err);
    const sm_kind want[] = {SM_STRING, SM_STRING, SM_INT,  SM_INT,    SM_REAL,  SM_REAL,
                            SM_STRING, SM_STRING, SM_NULL, SM_STRING, SM_STRING};
    assert_int_equal(c.root.n, sizeof want / sizeof *want);
    for (size_t i = 0; i < c.root.n; i++)
        assert_int_equal(c.root.items[i].kind, want[i]);
    sm_config_free(&c);
}

static void complaints_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        bool json;
        const char *text, *message;
    } cases[] = {
        {true, "{\"a\": 1,\n \"a\": 2}", "f:2: "},
        {true, "{\"a\": 1,\n", "f:"},
        {true, "", "f:1: "},
        {false, "a: 1\nb: [1, 2\nc: 3\n", "f:"},
        {false, "a: 1\na: 2\n", "f:2: key 'a' stands twice"},
        {false, "a: &x 1\nb: *x\n", "f:1: anchors"},
        {false, "a: 1\n---\nb: 2\n", "f:2: more than one document"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_config c = {0};
        sm_error err = {0};
        const sm_span text = sm_span_of(cases[i].text);
        assert_int_equal(cases[i].json ? sm_config_parse_json(&c, "f", text, &err)
                                       : sm_config_parse_yaml(&c, "f", text, &err),
                         SM_EUSAGE);
        assert_contains(err.text, cases[i].message);
        sm_config_free(&c);
    }
}

static void typed_readers_check(void **state)
{
    (void)state;
    static const char *const known[] = {"n", "s", NULL};
    sm_config c = {0};
    sm_error err = {0};
    int64_t n = 7;
    assert_ok(sm_config_parse_yaml(&c, "r.yaml", SM_SPAN("n: 30\ns: x\n\ntypo: 1\n"), &err),
              &err);
    assert_ok(sm_value_read_int(sm_value_get(&c.root, "absent"), "absent", 0, 1, &n, &err),
              &err);
    assert_int_equal(n, 7);
    assert_int_equal(sm_value_read_int(sm_value_get(&c.root, "n"), "n", 0, 20, &n, &err),
                     SM_EUSAGE);
    assert_string_equal(err.text, "r.yaml:1: n: 30 is outside 0…20");
    sm_error_clear(&err);
    assert_int_equal(sm_value_read_int(sm_value_get(&c.root, "s"), "s", 0, 20, &n, &err),
                     SM_EUSAGE);
    assert_contains(err.text, "r.yaml:2: s: wanted integer, found string");
    sm_error_clear(&err);
    assert_int_equal(sm_value_only(&c.root, known, &err), SM_EUSAGE);
    assert_string_equal(err.text, "r.yaml:4: unknown key 'typo'");
    sm_config_free(&c);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    char text[400] = "";
    sm_config c = {0};
    sm_error err = {0};
    for (int i = 0; i < 100; i++)
        text[i] = '[', text[199 - i] = ']';
    assert_int_equal(sm_config_parse_json(&c, "f", sm_span_of(text), &err), SM_EUSAGE);
    sm_config_free(&c);
    sm_error_clear(&err);
    assert_int_equal(sm_config_parse_yaml(&c, "f", sm_span_of(text), &err), SM_EUSAGE);
    sm_config_free(&c);
}

static void the_words_of_the_core_schema_have_three_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        sm_kind kind;
        bool value;
    } cases[] = {
        {"true", SM_BOOL, true},    {"True", SM_BOOL, true},    {"TRUE", SM_BOOL, true},
        {"false", SM_BOOL, false},  {"False", SM_BOOL, false},  {"FALSE", SM_BOOL, false},
        {"tRUE", SM_STRING, false}, {"yes", SM_STRING, false},  {"\"true\"", SM_STRING, false},
        {"Null", SM_NULL, false},   {"nULL", SM_STRING, false}, {"~", SM_NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_config config = {0};
        sm_error err = {0};
        assert_ok(sm_config_parse_yaml(&config, "t", sm_span_of(cases[i].yaml), &err), &err);
        assert_int_equal(config.root.kind, cases[i].kind);
        if (cases[i].kind == SM_BOOL) assert_int_equal(config.root.as.boolean, cases[i].value);
        sm_config_free(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_and_yaml_give_the_same_tree),
        cmocka_unit_test(yaml_scalars_follow_the_core_schema),
        cmocka_unit_test(complaints_name_file_and_line),
        cmocka_unit_test(typed_readers_check),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(the_words_of_the_core_schema_have_three_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
