/* The encoder against merging as it is defined: random vocabularies, windows, long runs.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

#include <unistd.h>

/* Few characters of every length, so that tokens meet; 々 and ゞ share two bytes, é and í one. */
static const char *const characters[] = {"a",  "b",  " ",  "é",  "í", "あ",
                                         "い", "々", "ゞ", "漢", "😀", "😃"};
enum { CHARACTERS = sizeof characters / sizeof *characters };

enum { MOST_TOKENS = 60, LONGEST = 14 };

typedef struct vocabulary {
    struct entry {
        char bytes[LONGEST + 1];
        size_t n;
    } tokens[MOST_TOKENS];
    size_t n;
    sm_buffer json_tokens, json_merges;
} vocabulary;

static size_t find(const vocabulary *v, const struct entry *e)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->tokens[i].n == e->n && memcmp(v->tokens[i].bytes, e->bytes, e->n) == 0) return i;
    return v->n;
}

/* A token as JSON: in the byte alphabet, or as it is. */
static void spell(sm_buffer *out, const struct entry *e, bool by_bytes)
{
    sm_buffer_putc(out, '"');
    for (size_t i = 0; i < e->n; i++) {
        if (by_bytes)
            sm_buffer_printf(out, "\\u%04x", sm_character_of_byte((uint8_t)e->bytes[i]));
        else
            sm_buffer_putc(out, e->bytes[i]);
    }
    sm_buffer_putc(out, '"');
}

/* The units that merging starts from: the bytes of the characters, or they themselves. */
static void add_units(vocabulary *v, bool by_bytes)
{
    for (size_t k = 0; k < CHARACTERS; k++) {
        const size_t length = strlen(characters[k]), step = by_bytes ? 1 : length;
        for (size_t i = 0; i < length; i += step) {
            struct entry e = {{0}, step};
            memcpy(e.bytes, characters[k] + i, step);
            if (find(v, &e) == v->n) v->tokens[v->n++] = e;
        }
    }
}

/* Merges of known tokens, some of them twice or in an order that no training would give. */
static void add_merges(vocabulary *v, uint64_t seed, bool by_bytes)
{
    for (uint64_t i = 0; v->n < MOST_TOKENS && i < 200; i++) {
        const struct entry *x = &v->tokens[sm_random_below(21, seed, 2 * i, v->n)];
        const struct entry *y = &v->tokens[sm_random_below(21, seed, 2 * i + 1, v->n)];
        struct entry joined = {{0}, x->n + y->n};
        if (joined.n > LONGEST) continue;
        memcpy(joined.bytes, x->bytes, x->n);
        memcpy(joined.bytes + x->n, y->bytes, y->n);
        sm_buffer_puts(&v->json_merges, v->json_merges.n ? ",[" : "[");
        spell(&v->json_merges, x, by_bytes);
        sm_buffer_putc(&v->json_merges, ',');
        spell(&v->json_merges, y, by_bytes);
        sm_buffer_putc(&v->json_merges, ']');
        if (find(v, &joined) == v->n) v->tokens[v->n++] = joined;
    }
}

static void put_tokens(vocabulary *v, bool by_bytes)
{
    for (unsigned b = 0; b < 256; b++) {
        const struct entry e = {{(char)b}, 1};
        sm_buffer_puts(&v->json_tokens, b ? "," : "");
        if (by_bytes)
            spell(&v->json_tokens, &e, true);
        else
            sm_buffer_printf(&v->json_tokens, "\"<0x%02X>\"", b);
        sm_buffer_printf(&v->json_tokens, ":%u", b);
    }
    for (size_t i = 0, id = 256; i < v->n; i++) {
        if (by_bytes && v->tokens[i].n == 1) continue;
        sm_buffer_putc(&v->json_tokens, ',');
        spell(&v->json_tokens, &v->tokens[i], by_bytes);
        sm_buffer_printf(&v->json_tokens, ":%zu", id++);
    }
}

static sm_tokenizer *make(uint64_t seed, bool by_bytes, const char *pre, bool whole)
{
    char path[80];
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    vocabulary v = {.json_tokens = sm_buffer_make(1 << 20),
                    .json_merges = sm_buffer_make(1 << 20)};
    sm_buffer file = sm_buffer_make(1 << 22);
    add_units(&v, by_bytes);
    add_merges(&v, seed, by_bytes);
    put_tokens(&v, by_bytes);
    sm_buffer_printf(&file,
                     "{\"pre_tokenizer\":%s,\"model\":{\"type\":\"BPE\",\"ignore_merges\":%s,"
                     "\"byte_fallback\":%s,\"vocab\":{%.*s},\"merges\":[%.*s]}}",
                     pre, whole ? "true" : "false", by_bytes ? "false" : "true",
                     (int)v.json_tokens.n, v.json_tokens.p, (int)v.json_merges.n,
                     v.json_merges.n ? v.json_merges.p : "");
    (void)snprintf(path, sizeof path, "encode_test.%ld.json", (long)getpid());
    assert_ok(sm_file_write(path, sm_buffer_span(&file), &err), &err);
    const int rc = sm_tokenizer_load(&tok, path, &err);
    (void)remove(path);
    assert_ok(rc, &err);
    sm_buffer_free(&file);
    sm_buffer_free(&v.json_tokens);
    sm_buffer_free(&v.json_merges);
    return tok;
}

/* Both ways of encoding give the same. */
static void check(const sm_tokenizer *tok, sm_encoder *e, sm_span text)
{
    sm_ids fast = {0}, naive = {0};
    sm_tokenizer_encode(tok, e, text, &fast);
    sm_tokenizer_encode_naive(tok, e, text, &naive);
    assert_int_equal(fast.n, naive.n);
    if (fast.n) assert_memory_equal(fast.p, naive.p, fast.n * sizeof *fast.p);
    sm_ids_free(&fast);
    sm_ids_free(&naive);
}

/* Characters of the vocabulary, others, and, where `broken`, single bytes. */
static void random_text(uint64_t seed, size_t n, bool broken, sm_buffer *out)
{
    static const char *const others[] = {"か", "ê", "🙃", "z", "\n", "々々", "ｱ"};
    sm_buffer_clear(out);
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t r = sm_random_u64(22, seed, i);
        if (broken && r % 16 == 0)
            sm_buffer_putc(out, (char)(r >> 32));
        else if (r % 16 == 1)
            sm_buffer_puts(out, others[(r >> 32) % (sizeof others / sizeof *others)]);
        else
            sm_buffer_puts(out, characters[(r >> 32) % CHARACTERS]);
    }
}

static void check_vocabularies(bool by_bytes, const char *pre, bool whole)
{
    sm_buffer text = sm_buffer_make(1 << 16);
    for (uint64_t seed = 0; seed < 40; seed++) {
        sm_tokenizer *tok = make(seed, by_bytes, pre, whole);
        sm_encoder *e = sm_encoder_new();
        for (uint64_t t = 0; t < 60; t++) {
            random_text(seed * 1000 + t, 1 + t % 30, by_bytes && t % 3 == 0, &text);
            check(tok, e, sm_buffer_span(&text));
        }
        random_text(seed, 400, by_bytes, &text); /* several lanes */
        check(tok, e, sm_buffer_span(&text));
        sm_encoder_free(e);
        sm_tokenizer_free(tok);
    }
    sm_buffer_free(&text);
}

#define BYTE_LEVEL "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":"

/* Tokens that end inside characters, parts merged late, tokens that nothing makes. */
static void test_random_bytes_vocabularies(void **state)
{
    (void)state;
    check_vocabularies(true, BYTE_LEVEL "true}", false);
    check_vocabularies(true, BYTE_LEVEL "false}", false);
}

static void test_ignore_merges(void **state)
{
    (void)state;
    check_vocabularies(true, BYTE_LEVEL "true}", true);
}

static void test_random_character_vocabularies(void **state)
{
    (void)state;
    check_vocabularies(false, "null", false);
}

/* One encoder for many tokenizers: what it remembers of one is not taken for another's. */
static void test_changing_tokenizers(void **state)
{
    (void)state;
    sm_tokenizer *a = make(1, true, BYTE_LEVEL "true}", false);
    sm_tokenizer *b = make(2, true, BYTE_LEVEL "true}", false);
    sm_encoder *e = sm_encoder_new();
    for (int i = 0; i < 4; i++)
        check(i % 2 ? a : b, e, SM_SPAN("ẽ龍漢か龍あ𠮷い"));
    sm_encoder_free(e);
    sm_tokenizer_free(a);
    sm_tokenizer_free(b);
}

/* Texts of several windows, with pre-tokens that lie across their ends, and runs longer than a window. */
static void test_windows(void **state)
{
    (void)state;
    sm_buffer text = sm_buffer_make(1 << 22);
    for (uint64_t seed = 0; seed < 4; seed++) {
        sm_tokenizer *tok = make(seed, true, BYTE_LEVEL "true}", false);
        sm_encoder *e = sm_encoder_new();
        random_text(seed, 40000, seed % 2 == 1, &text);
        check(tok, e, sm_buffer_span(&text));
        sm_buffer_clear(&text);
        for (int i = 0; i < 8000; i++)
            sm_buffer_puts(&text, i == 4000 ? " " : seed % 2 ? "漢" : "あ々");
        check(tok, e, sm_buffer_span(&text));
        sm_encoder_free(e);
        sm_tokenizer_free(tok);
    }
    sm_buffer_free(&text);
}

/* More characters without a code than an encoder keeps. */
static void test_many_strangers(void **state)
{
    (void)state;
    sm_tokenizer *tok = make(3, true, BYTE_LEVEL "true}", false);
    sm_encoder *e = sm_encoder_new();
    sm_buffer text = sm_buffer_make(1 << 22);
    for (uint32_t c = 0x10000; c < 0x1D000; c++) {
        char bytes[4];
        sm_buffer_put(&text, (sm_span){bytes, sm_utf8_put(c * 7 % 0xFFFFF + 0x10000, bytes)});
        if (c % 9 == 0) sm_buffer_puts(&text, "aあ ");
    }
    check(tok, e, sm_buffer_span(&text));
    sm_buffer_free(&text);
    sm_encoder_free(e);
    sm_tokenizer_free(tok);
}

static void test_spell(void **state)
{
    (void)state;
    sm_tokenizer *tok = make(5, true, BYTE_LEVEL "true}", true);
    sm_encoder *e = sm_encoder_new();
    sm_ids ids = {0};
    sm_error err = {0};
    sm_buffer back = sm_buffer_make(1 << 10);
    sm_tokenizer_spell(tok, e, SM_SPAN(""), &ids);
    assert_int_equal(ids.n, 0);
    sm_tokenizer_spell(tok, e, SM_SPAN("a bあ 漢\xE3\x81"), &ids);
    assert_ok(sm_tokenizer_decode(tok, ids.p, ids.n, true, &back, &err), &err);
    assert_span(sm_buffer_span(&back), "a bあ 漢\xE3\x81");
    sm_buffer_free(&back);
    sm_ids_free(&ids);
    sm_encoder_free(e);
    sm_tokenizer_free(tok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes_vocabularies),
        cmocka_unit_test(test_ignore_merges),
        cmocka_unit_test(test_random_character_vocabularies),
        cmocka_unit_test(test_changing_tokenizers),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_many_strangers),
        cmocka_unit_test(test_spell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
