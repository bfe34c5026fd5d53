/* GGUF: what is written is read back; what is broken is refused by name; a file cut anywhere is an error.
 * The Python package `gguf` and llama.cpp read the same files in tests/conformance.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/gguf.h>

static const char *scratch(const char *name)
{
    static char path[1024];
    const char *build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, sizeof path, "%s/scratch/gguf", build ? build : ".");
    sm_error err = {0};
    assert_ok(sm_directory_make(path, &err), &err);
    (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
    return path;
}

/* The status of opening these bytes as a file. */
static int open_bytes(sm_span bytes, sm_error *err)
{
    sm_gguf *g = NULL;
    *err = (sm_error){0};
    const char *path = scratch("bytes.gguf");
    assert_ok(sm_file_write(path, bytes, NULL), NULL);
    const int status = sm_gguf_open(&g, path, err);
    sm_gguf_close(g);
    return status;
}

static const sm_span words[] = {{"精米", 6}, {"", 0}, {"a\0b", 3}};
static const char sixteen[] = "\x01\x00\xFF\x7F\x00\x80\xFF\xFF";
static const float weights[6] = {1, -2, 3.5F, 0, 0.25F, -0.5F};

static int write_sample(const char *path, sm_error *err)
{
    const sm_gguf_pair pairs[] = {
        {"general.architecture", sm_gguf_string(SM_SPAN("llama"))},
        {"a.u32", sm_gguf_u32(UINT32_MAX)},
        {"a.u64", sm_gguf_u64(UINT64_MAX - 1)},
        {"a.f32", sm_gguf_f32(-0.75F)},
        {"a.bool", sm_gguf_bool(true)},
        {"a.words", sm_gguf_strings(words, 3)},
        {"a.i16", sm_gguf_numbers(SM_GGUF_I16, sixteen, 4)},
        {"a.none", sm_gguf_numbers(SM_GGUF_F64, NULL, 0)},
    };
    static const char block[34 * 2] = {1, 2, 3};
    const sm_gguf_tensor tensors[] = {
        {SM_SPAN("token_embd.weight"), SM_GGML_F32, 2, {3, 2}, {(const char *)weights, 24}},
        {SM_SPAN("blk.0.attn_q.weight"), SM_GGML_Q8_0, 2, {32, 2}, {block, sizeof block}},
        {SM_SPAN("one"), SM_GGML_BF16, 1, {1}, {block, 2}},
    };
    return sm_gguf_write(path, pairs, sizeof pairs / sizeof *pairs, tensors, 3, err);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_gguf *g = NULL;
    const char *path = scratch("round.gguf");
    assert_ok(write_sample(path, &err), &err);
    assert_ok(sm_gguf_open(&g, path, &err), &err);
    assert_int_equal(sm_gguf_pairs(g), 8);
    assert_string_equal(sm_gguf_pair_at(g, 0)->key, "general.architecture");
    assert_span(sm_gguf_text(sm_gguf_find(g, "general.architecture"), 0), "llama");
    assert_int_equal(sm_gguf_integer(sm_gguf_find(g, "a.u32"), 0), UINT32_MAX);
    assert_true(sm_gguf_integer(sm_gguf_find(g, "a.u64"), 0) == UINT64_MAX - 1);
    assert_true(sm_gguf_real(sm_gguf_find(g, "a.f32"), 0) == -0.75);
    assert_int_equal(sm_gguf_integer(sm_gguf_find(g, "a.bool"), 0), 1);
    const sm_gguf_value *v = sm_gguf_find(g, "a.words");
    assert_true(v->is_array && v->n == 3 && v->type == SM_GGUF_STRING);
    for (size_t i = 0; i < 3; i++)
        assert_true(sm_span_equal(sm_gguf_text(v, i), words[i]));
    v = sm_gguf_find(g, "a.i16");
    static const int want[] = {1, 32767, -32768, -1};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal((int64_t)sm_gguf_integer(v, i), want[i]);
        assert_true(sm_gguf_real(v, i) == want[i]);
    }
    assert_int_equal(sm_gguf_find(g, "a.none")->n, 0);
    assert_null(sm_gguf_find(g, "a.nothing"));
    assert_int_equal(sm_gguf_integer(NULL, 0), 0);
    assert_int_equal(sm_gguf_integer(sm_gguf_find(g, "a.words"), 0), 0);
    sm_gguf_close(g);
}

static void tensors_are_aligned(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_gguf *g = NULL;
    const char *path = scratch("round.gguf");
    assert_ok(write_sample(path, &err), &err);
    assert_ok(sm_gguf_open(&g, path, &err), &err);
    assert_int_equal(sm_gguf_tensors(g), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal((uintptr_t)sm_gguf_tensor_at(g, i)->bytes.p % SM_GGUF_ALIGNMENT, 0);
    const sm_gguf_tensor *t = sm_gguf_tensor_find(g, SM_SPAN("token_embd.weight"));
    assert_int_equal(t->dims[0], 3);
    assert_int_equal(t->dims[1], 2);
    assert_int_equal(t->bytes.n, 24);
    assert_memory_equal(t->bytes.p, weights, 24);
    assert_int_equal(sm_gguf_tensor_find(g, SM_SPAN("blk.0.attn_q.weight"))->bytes.n, 68);
    assert_null(sm_gguf_tensor_find(g, SM_SPAN("blk")));
    sm_gguf_close(g);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_buffer whole = sm_buffer_make(1 << 20);
    const char *path = scratch("round.gguf");
    assert_ok(write_sample(path, &err), &err);
    assert_ok(sm_file_read(path, &whole, &err), &err);
    const size_t data_end =
        whole.n - (SM_GGUF_ALIGNMENT - 2); /* the last tensor has two bytes */
    for (size_t n = 0; n < data_end; n++) {
        const int status = open_bytes((sm_span){whole.p, n}, &err);
        if (status != (n < 4 ? SM_EFORMAT : SM_ETRUNC))
            print_error("cut at %zu: %s\n", n, err.text);
        assert_int_equal(status, n < 4 ? SM_EFORMAT : SM_ETRUNC);
    }
    assert_int_equal(open_bytes(sm_buffer_span(&whole), &err), SM_OK);
    sm_buffer_free(&whole);
}

/* Every byte of the header turned over: no crash, and either an error or a file that can be looked at. */
static void damage_is_survived(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_buffer whole = sm_buffer_make(1 << 20);
    const char *path = scratch("round.gguf");
    assert_ok(write_sample(path, &err), &err);
    assert_ok(sm_file_read(path, &whole, &err), &err);
    size_t refused = 0;
    for (size_t i = 0; i < whole.n; i++) {
        whole.p[i] = (char)~whole.p[i];
        refused += open_bytes(sm_buffer_span(&whole), &err) < 0;
        whole.p[i] = (char)~whole.p[i];
    }
    assert_in_range(refused, 100, whole.n);
    sm_buffer_free(&whole);
}

static void broken_headers_are_named(void **state)
{
    (void)state;
#define BYTES(literal)                                                                         \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }
#define HEAD(tensors, pairs) "GGUF\3\0\0\0" tensors "\0\0\0\0\0\0\0" pairs "\0\0\0\0\0\0\0"
#define KEY                  "\1\0\0\0\0\0\0\0k"
    static const struct {
        sm_span bytes;
        int status;
        const char *says;
    } cases[] = {
        {{HEAD("\0", "\0"), 24}, SM_OK, ""},
        {{"", 0}, SM_EFORMAT, "not a GGUF file"},
        {{"PK\3\4 no gguf at all here", 24}, SM_EFORMAT, "not a GGUF file"},
        {{"GGUF\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24}, SM_ENOSUP, "version 3"},
        {{"GGUF\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24}, SM_ENOSUP, "big-endian"},
        {BYTES(HEAD("\0", "\1") KEY "\x0D\0\0\0"), SM_EFORMAT, "no type 13"},
        {BYTES(HEAD("\0", "\1") KEY "\x09\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0"), SM_ENOSUP,
         "array of arrays"},
        {BYTES(HEAD("\0", "\1") "\0\0\0\0\0\0\0\0\7\0\0\0\1"), SM_EFORMAT, "no proper key"},
        {BYTES(HEAD("\0", "\2") KEY "\7\0\0\0\1" KEY "\7\0\0\0\1"), SM_EFORMAT,
         "'k' comes twice"},
        {BYTES(HEAD("\1", "\0") KEY "\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         SM_EFORMAT, "5 dimensions"},
        {BYTES(HEAD("\1", "\0") KEY "\1\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0"),
         SM_ENOSUP, "type 2"},
        {BYTES(HEAD("\1", "\0") KEY "\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0"),
         SM_EFORMAT, "not aligned"},
        {BYTES(HEAD("\1", "\0") KEY "\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         SM_ETRUNC, "'k' is cut"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        const int status = open_bytes(cases[i].bytes, &err);
        if (status != cases[i].status) print_error("case %zu: %d %s\n", i, status, err.text);
        assert_int_equal(status, cases[i].status);
        assert_contains(err.text, cases[i].says);
    }
}

static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    static const char bytes[64];
    const sm_gguf_pair good = {"a.b_c-1", sm_gguf_u32(1)},
                       odd = {"general.alignment", sm_gguf_u32(12)};
    const sm_gguf_pair twice[] = {good, good}, bad_key = {"A b", sm_gguf_u32(1)};
    const sm_gguf_tensor fine = {SM_SPAN("t"), SM_GGML_F32, 1, {4}, {bytes, 16}};
    const sm_gguf_tensor both[] = {fine, fine};
    const sm_gguf_tensor faulty[] = {
        {SM_SPAN("t"), SM_GGML_F32, 1, {4}, {bytes, 15}},
        {SM_SPAN("t"), SM_GGML_F32, 0, {4}, {bytes, 16}},
        {SM_SPAN("t"), SM_GGML_Q8_0, 1, {31}, {bytes, 34}},
        {SM_SPAN("t"), SM_GGML_F32, 2, {UINT64_MAX, 4}, {bytes, 16}},
        {SM_SPAN("t"), 2, 1, {4}, {bytes, 16}},
        {SM_SPAN(""), SM_GGML_F32, 1, {4}, {bytes, 16}},
        {{bytes, 64}, SM_GGML_F32, 1, {4}, {bytes, 16}},
    };
    const char *path = scratch("refused.gguf");
    sm_error err = {0};
    assert_int_equal(sm_gguf_write(path, twice, 2, NULL, 0, &err), SM_EFORMAT);
    assert_contains(err.text, "key 'a.b_c-1' comes twice");
    assert_int_equal(sm_gguf_write(path, &bad_key, 1, NULL, 0, NULL), SM_EFORMAT);
    assert_int_equal(sm_gguf_write(path, &odd, 1, NULL, 0, NULL), SM_EFORMAT);
    assert_int_equal(sm_gguf_write(path, &good, 1, both, 2, NULL), SM_EFORMAT);
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++)
        assert_int_equal(sm_gguf_write(path, &good, 1, &faulty[i], 1, NULL), SM_EFORMAT);
    assert_false(sm_file_exists(path));
    assert_int_equal(sm_gguf_write("/dev/full", &good, 1, NULL, 0, &err), SM_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(tensors_are_aligned),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(broken_headers_are_named),
        cmocka_unit_test(what_cannot_be_written_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
