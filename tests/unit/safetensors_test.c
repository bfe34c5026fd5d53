/* safetensors: what is written is read back; what is broken is refused by name.
 * The Python package reads and writes the same files in tests/conformance/safetensors_test.py.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/file.h>
#include <seimai/safetensors.h>

static const char *scratch(const char *name)
{
    static char path[1024];
    const char *build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, sizeof path, "%s/scratch/safetensors", build ? build : ".");
    sm_error err = {0};
    assert_ok(sm_directory_make(path, &err), &err);
    (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
    return path;
}

/* A file of a given header and `n` bytes of data, opened; the status, with the error's text. */
static int open_made(const char *json, size_t n, sm_error *err)
{
    char bytes[4096] = {0};
    const size_t header = strlen(json);
    sm_put_u64(bytes, header);
    memcpy(bytes + 8, json, header);
    const char *path = scratch("made.safetensors");
    assert_ok(sm_file_write(path, (sm_span){bytes, 8 + header + n}, NULL), NULL);
    sm_safetensors *set = NULL;
    *err = (sm_error){0};
    const int status = sm_safetensors_open(&set, path, err);
    sm_safetensors_close(set);
    return status;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static const float weights[6] = {1, -2, 3.5F, 0, INFINITY, -0.0F};
    static const char ids[16] = "abcdefghijklmno";
    const sm_stored_tensor tensors[] = {
        {SM_SPAN("model.w"), SM_DTYPE_F32, 2, {2, 3}, {(const char *)weights, 24}},
        {SM_SPAN("層"), SM_DTYPE_I64, 1, {2}, {ids, 16}},
        {SM_SPAN("empty"), SM_DTYPE_BF16, 2, {0, 7}, {NULL, 0}},
        {SM_SPAN("scalar"), SM_DTYPE_U8, 0, {0}, {ids, 1}},
    };
    const sm_safetensors_note note = {"step", SM_SPAN("12")};
    sm_error err = {0};
    const char *path = scratch("round.safetensors");
    assert_ok(sm_safetensors_write(path, tensors, 4, &note, 1, &err), &err);

    sm_safetensors *set = NULL;
    assert_ok(sm_safetensors_open(&set, path, &err), &err);
    assert_int_equal(sm_safetensors_count(set), 4);
    assert_span(sm_safetensors_metadata(set, "format"), "pt");
    assert_span(sm_safetensors_metadata(set, "step"), "12");
    for (size_t i = 0; i < 4; i++) {
        const sm_stored_tensor *t = sm_safetensors_find(set, tensors[i].name);
        assert_non_null(t);
        assert_int_equal(t->dtype, tensors[i].dtype);
        assert_int_equal(t->n_dims, tensors[i].n_dims);
        assert_memory_equal(t->shape, tensors[i].shape, t->n_dims * sizeof t->shape[0]);
        assert_int_equal(t->bytes.n, tensors[i].bytes.n);
        if (t->bytes.n) assert_memory_equal(t->bytes.p, tensors[i].bytes.p, t->bytes.n);
    }
    assert_null(sm_safetensors_find(set, SM_SPAN("model")));
    assert_int_equal((uintptr_t)sm_safetensors_at(set, 0)->bytes.p % 8, 0);
    sm_safetensors_close(set);
}

static void sixteen_bits_become_floats(void **state)
{
    (void)state;
    static const struct {
        sm_dtype dtype;
        uint16_t bits;
        float want;
    } cases[] = {
        {SM_DTYPE_F16, 0x3C00, 1},           {SM_DTYPE_F16, 0xC000, -2},
        {SM_DTYPE_F16, 0x7BFF, 65504},       {SM_DTYPE_F16, 0x0001, 0x1p-24F},
        {SM_DTYPE_F16, 0x83FF, -0x3FFp-24F}, {SM_DTYPE_F16, 0x0400, 0x1p-14F},
        {SM_DTYPE_F16, 0x7C00, INFINITY},    {SM_DTYPE_BF16, 0x3F80, 1},
        {SM_DTYPE_BF16, 0xC2F7, -123.5F},    {SM_DTYPE_BF16, 0x0001, 0x1p-133F},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[2];
        float got = 0;
        sm_put_u16(bytes, cases[i].bits);
        const sm_stored_tensor t = {
            .dtype = cases[i].dtype, .n_dims = 1, .shape = {1}, .bytes = {bytes, 2}};
        assert_ok(sm_stored_tensor_read(&t, &got, NULL), NULL);
        assert_true(got == cases[i].want);
    }
    const sm_stored_tensor integer = {.dtype = SM_DTYPE_I64, .bytes = {"\0\0\0\0\0\0\0", 8}};
    float f;
    assert_int_equal(sm_stored_tensor_read(&integer, &f, NULL), SM_EFORMAT);
}

static void broken_headers_are_refused(void **state)
{
    (void)state;
#define T(name, from, to)                                                                      \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" #from "," #to "]}"
    static const struct {
        const char *json;
        size_t data;
        int status;
        const char *says;
    } cases[] = {
        {"{" T("a", 0, 8) "," T("b", 8, 16) "}", 16, SM_OK, ""},
        {"{" T("a", 0, 8) "," T("b", 8, 16) "}  ", 16, SM_OK, ""},
        {"{}", 0, SM_OK, ""},
        {"{" T("a", 0, 8) "," T("a", 8, 16) "}", 16, SM_EFORMAT, "duplicate"},
        {"{" T("a", 0, 8) "," T("b", 16, 24) "}", 24, SM_EFORMAT, "a hole"},
        {"{" T("a", 0, 8) "," T("b", 4, 12) "}", 12, SM_EFORMAT, "an overlap"},
        {"{" T("a", 4, 12) "}", 12, SM_EFORMAT, "a hole"},
        {"{" T("a", 0, 8) "}", 9, SM_EFORMAT, "1 bytes follow"},
        {"{" T("a", 0, 8) "}", 7, SM_ETRUNC, "cut"},
        {"{" T("a", 0, 4) "}", 4, SM_EFORMAT, "disagree"},
        {"{" T("a", 8, 0) "}", 8, SM_EFORMAT, "backwards"},
        {" {" T("a", 0, 8) "}", 8, SM_EFORMAT, "no JSON object"},
        {"[]", 0, SM_EFORMAT, "no JSON object"},
        {"{\"a\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]}}", 1, SM_ENOSUP, "F4"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
         0, SM_EFORMAT, "disagree"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,0]}}", 0, SM_EFORMAT,
         "no count"},
        {"{\"__metadata__\":{\"a\":1}}", 0, SM_EFORMAT, "map of strings"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"x\":0}}", 1,
         SM_EFORMAT, "unknown key"},
    };
#undef T
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err;
        const int status = open_made(cases[i].json, cases[i].data, &err);
        if (status != cases[i].status)
            print_error("case %zu: %d %s\n", i, status, status < 0 ? err.text : "");
        assert_int_equal(status, cases[i].status);
        if (status < 0) assert_contains(err.text, cases[i].says);
        if (status < 0) assert_contains(err.text, "made.safetensors");
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    static const char data[12] = "0123456789a";
    const sm_stored_tensor t = {SM_SPAN("t"), SM_DTYPE_U8, 1, {12}, {data, 12}};
    assert_ok(sm_safetensors_write(scratch("whole.safetensors"), &t, 1, NULL, 0, NULL), NULL);
    sm_buffer whole = sm_buffer_make(1 << 20);
    assert_ok(sm_file_read(scratch("whole.safetensors"), &whole, NULL), NULL);
    for (size_t n = 0; n < whole.n; n++) {
        const char *path = scratch("cut.safetensors");
        assert_ok(sm_file_write(path, (sm_span){whole.p, n}, NULL), NULL);
        sm_safetensors *set = NULL;
        assert_int_equal(sm_safetensors_open(&set, path, NULL), SM_ETRUNC);
        assert_null(set);
    }
    sm_buffer_free(&whole);
}

static void a_writer_refuses_what_does_not_fit(void **state)
{
    (void)state;
    const sm_stored_tensor twice[] = {
        {SM_SPAN("t"), SM_DTYPE_U8, 1, {2}, {"ab", 2}},
        {SM_SPAN("t"), SM_DTYPE_U8, 1, {2}, {"ab", 2}},
    };
    const sm_stored_tensor shape = {SM_SPAN("t"), SM_DTYPE_F16, 1, {2}, {"ab", 2}};
    const char *path = scratch("refused.safetensors");
    assert_int_equal(sm_safetensors_write(path, twice, 2, NULL, 0, NULL), SM_EFORMAT);
    assert_int_equal(sm_safetensors_write(path, &shape, 1, NULL, 0, NULL), SM_EFORMAT);
    assert_false(sm_file_exists(path));
}

static void an_index_joins_files(void **state)
{
    (void)state;
    const sm_stored_tensor a = {SM_SPAN("a"), SM_DTYPE_U8, 1, {2}, {"xy", 2}};
    const sm_stored_tensor b = {SM_SPAN("b"), SM_DTYPE_U8, 1, {1}, {"z", 1}};
    assert_ok(sm_safetensors_write(scratch("m-1.safetensors"), &a, 1, NULL, 0, NULL), NULL);
    assert_ok(sm_safetensors_write(scratch("m-2.safetensors"), &b, 1, NULL, 0, NULL), NULL);
    const sm_span index = SM_SPAN("{\"metadata\":{\"total_size\":3},\"weight_map\":{"
                                  "\"b\":\"m-2.safetensors\",\"a\":\"m-1.safetensors\"}}");
    const sm_span missing = SM_SPAN("{\"weight_map\":{\"a\":\"m-1.safetensors\","
                                    "\"c\":\"m-2.safetensors\"}}");
    const sm_span away = SM_SPAN("{\"weight_map\":{\"a\":\"../m-1.safetensors\"}}");
    const char *path = scratch("m.safetensors.index.json");
    sm_safetensors *set = NULL;
    sm_error err = {0};
    assert_ok(sm_file_write(path, index, NULL), NULL);
    assert_ok(sm_safetensors_open(&set, path, &err), &err);
    assert_int_equal(sm_safetensors_count(set), 2);
    assert_span(sm_safetensors_find(set, SM_SPAN("a"))->bytes, "xy");
    assert_span(sm_safetensors_find(set, SM_SPAN("b"))->bytes, "z");
    sm_safetensors_close(set);
    assert_ok(sm_file_write(path, missing, NULL), NULL);
    assert_int_equal(sm_safetensors_open(&set, path, &err), SM_EFORMAT);
    assert_contains(err.text, "'c' is in none");
    assert_ok(sm_file_write(path, away, NULL), NULL);
    assert_int_equal(sm_safetensors_open(&set, path, NULL), SM_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(sixteen_bits_become_floats),
        cmocka_unit_test(broken_headers_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_writer_refuses_what_does_not_fit),
        cmocka_unit_test(an_index_joins_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
