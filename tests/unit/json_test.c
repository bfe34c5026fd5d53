/* The JSON writer: commas, escapes, numbers that read back.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/json.h>

static void commas_stand_between_values(void **state)
{
    (void)state;
    sm_buffer b = sm_buffer_make(1 << 10);
    sm_json_open(&b, '{');
    sm_json_key(&b, "a");
    sm_json_open(&b, '[');
    sm_json_int(&b, -1);
    sm_json_string(&b, SM_SPAN("x,"));
    sm_json_bool(&b, true);
    sm_json_null(&b);
    sm_json_open(&b, '{');
    sm_json_close(&b, '}');
    sm_json_close(&b, ']');
    sm_json_key(&b, "b");
    sm_json_raw(&b, SM_SPAN("[1]"));
    sm_json_close(&b, '}');
    assert_span(sm_buffer_span(&b), "{\"a\":[-1,\"x,\",true,null,{}],\"b\":[1]}");
    sm_buffer_free(&b);
}

static void strings_escape_what_json_asks(void **state)
{
    (void)state;
    sm_buffer b = sm_buffer_make(1 << 10);
    sm_json_string(&b, (sm_span){"\"\\\n\t\r\b\f\0\x1f/米\x7f", 14});
    assert_span(sm_buffer_span(&b), "\"\\\"\\\\\\n\\t\\r\\b\\f\\u0000\\u001f/米\x7f\"");
    sm_buffer_free(&b);
}

static void members_are_keys_with_values(void **state)
{
    (void)state;
    sm_buffer b = sm_buffer_make(1 << 10);
    sm_json_open(&b, '{');
    sm_json_put_string(&b, "s", SM_SPAN("米\n"));
    sm_json_put_text(&b, "t", "白");
    sm_json_put_int(&b, "i", INT64_MIN);
    sm_json_put_uint(&b, "u", UINT64_MAX);
    sm_json_put_real(&b, "r", 0.5);
    sm_json_put_bool(&b, "b", false);
    sm_json_put_hash(&b, "h", sm_hash128_of(SM_SPAN("")));
    sm_json_close(&b, '}');
    assert_span(sm_buffer_span(&b), "{\"s\":\"米\\n\",\"t\":\"白\",\"i\":-9223372036854775808,"
                                    "\"u\":18446744073709551615,\"r\":0.5,\"b\":false,"
                                    "\"h\":\"99aa06d3014798d86001c324468d497f\"}");
    sm_buffer_free(&b);
}

static void reals_read_back(void **state)
{
    (void)state;
    const double values[] = {0.1, 1.0 / 3, 1e300, -2.5e-8, 3, 0.30000000000000004};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        sm_buffer b = sm_buffer_make(64);
        sm_json_real(&b, values[i]);
        sm_buffer_putc(&b, '\0');
        assert_true(strtod(b.p, NULL) == values[i]);
        sm_buffer_free(&b);
    }
    sm_buffer b = sm_buffer_make(64);
    sm_json_real(&b, 0.1);
    sm_json_real(&b, (double)NAN);
    assert_span(sm_buffer_span(&b), "0.1,null");
    sm_buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values),
        cmocka_unit_test(strings_escape_what_json_asks),
        cmocka_unit_test(members_are_keys_with_values),
        cmocka_unit_test(reals_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
