/* Spans, errors, arenas, buffers, integers, hashes.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/hash.h>

static void spans_compare_bytes(void **state)
{
    (void)state;
    assert_true(sm_span_equal(SM_SPAN("精米"), sm_span_of("精米")));
    assert_false(sm_span_equal(SM_SPAN("a"), SM_SPAN("ab")));
    assert_true(sm_span_order(SM_SPAN("a"), SM_SPAN("ab")) < 0);
    assert_true(sm_span_order(SM_SPAN("b"), SM_SPAN("ab")) > 0);
    assert_int_equal(sm_span_order((sm_span){0}, SM_SPAN("")), 0);
    assert_true(sm_span_starts(SM_SPAN("abc"), SM_SPAN("ab")));
    assert_true(sm_span_ends(SM_SPAN("x.json"), SM_SPAN(".json")));
}

static void integers_are_whole_and_bounded(void **state)
{
    (void)state;
    int64_t v = 0;
    assert_true(sm_span_to_i64(SM_SPAN("-9223372036854775808"), &v));
    assert_true(v == INT64_MIN);
    assert_true(sm_span_to_i64(SM_SPAN("9223372036854775807"), &v));
    assert_true(v == INT64_MAX);
    assert_false(sm_span_to_i64(SM_SPAN("9223372036854775808"), &v));
    assert_false(sm_span_to_i64(SM_SPAN("99999999999999999999999"), &v));
    assert_false(sm_span_to_i64(SM_SPAN("12x"), &v));
    assert_false(sm_span_to_i64(SM_SPAN("-"), &v));
    assert_false(sm_span_to_i64(SM_SPAN(""), &v));
}

static void the_first_error_stays(void **state)
{
    (void)state;
    sm_error err = {0};
    assert_int_equal(sm_error_set(&err, SM_EIO, "disk %d", 7), SM_EIO);
    assert_int_equal(sm_error_set(&err, SM_EFORMAT, "later"), SM_EFORMAT);
    assert_string_equal(err.text, "disk 7");
    sm_error_prefix(&err, "%s:%d", "f.jsonl", 3);
    assert_string_equal(err.text, "f.jsonl:3: disk 7");
    assert_int_equal(err.code, SM_EIO);
    assert_string_equal(sm_status_name(SM_ETRUNC), "SM_ETRUNC");
    assert_string_equal(sm_status_name(-999), "unknown status");
}

static void a_long_error_is_cut_at_a_character(void **state)
{
    (void)state;
    sm_error err = {0};
    char text[600] = "";
    for (int i = 0; i < 180; i++)
        memcpy(text + 3 * i, "米", 4);
    sm_error_set(&err, SM_EIO, "x%s", text);
    assert_int_equal((strlen(err.text) - 1) % 3, 0);
    assert_true(strlen(err.text) > 490);
}

static void arenas_give_aligned_memory_and_take_it_back(void **state)
{
    (void)state;
    sm_arena arena = {0};
    for (size_t n = 0; n < 3000; n += 7) {
        char *p = sm_arena_alloc(&arena, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 0x5A, n);
    }
    char *big = sm_arena_alloc(&arena, 5 << 20);
    memset(big, 1, 5 << 20);
    assert_span(sm_arena_copy(&arena, SM_SPAN("米")), "米");
    assert_string_equal(sm_arena_printf(&arena, "%d%s", 4, "x"), "4x");
    sm_arena_reset(&arena);
    assert_int_equal(arena.total, 0);
    const char *zero = sm_arena_zalloc(&arena, 10, 10);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zero[i], 0);
    sm_arena_free(&arena);
}

static void buffers_stop_at_their_maximum(void **state)
{
    (void)state;
    sm_buffer b = sm_buffer_make(300);
    for (int i = 0; i < 30; i++)
        sm_buffer_puts(&b, "0123456789");
    assert_false(b.overflow);
    assert_int_equal(b.n, 300);
    sm_buffer_putc(&b, 'x');
    assert_true(b.overflow);
    assert_int_equal(b.n, 300);
    sm_buffer_clear(&b);
    sm_buffer_printf(&b, "%s-%d", "a", 5);
    assert_span(sm_buffer_span(&b), "a-5");
    assert_false(b.overflow);
    sm_buffer_free(&b);
}

static void integers_are_little_endian(void **state)
{
    (void)state;
    unsigned char bytes[9] = {0};
    sm_put_u32(bytes + 1, 0x01020304);
    assert_int_equal(bytes[1], 4);
    assert_int_equal(sm_get_u32(bytes + 1), 0x01020304);
    sm_put_u64(bytes + 1, 0x0102030405060708);
    assert_true(sm_get_u64(bytes + 1) == 0x0102030405060708);
    sm_put_u16(bytes, 0xABCD);
    assert_int_equal(sm_get_u16(bytes), 0xABCD);
}

/* Values of xxhsum 0.8.1 (-H2): the empty input and "abc". */
static void hashes_are_xxh3(void **state)
{
    (void)state;
    char hex[SM_HASH_HEX + 1];
    sm_hash128_hex(sm_hash128_of(SM_SPAN("")), hex);
    assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
    sm_hash128_hex(sm_hash128_of(SM_SPAN("abc")), hex);
    assert_string_equal(hex, "06b05ab6733a618578af5f94892f3950");
    sm_hasher *h = sm_hasher_new();
    sm_hasher_add(h, SM_SPAN("a"));
    sm_hasher_add(h, SM_SPAN("bc"));
    assert_true(sm_hash128_equal(sm_hasher_value(h), sm_hash128_of(SM_SPAN("abc"))));
    sm_hasher_free(h);
    sm_hash128 back;
    assert_true(sm_hash128_parse(sm_span_of(hex), &back));
    assert_true(sm_hash128_equal(back, sm_hash128_of(SM_SPAN("abc"))));
    assert_false(sm_hash128_parse(SM_SPAN("06b05a"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_compare_bytes),
        cmocka_unit_test(integers_are_whole_and_bounded),
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(a_long_error_is_cut_at_a_character),
        cmocka_unit_test(arenas_give_aligned_memory_and_take_it_back),
        cmocka_unit_test(buffers_stop_at_their_maximum),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(hashes_are_xxh3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
