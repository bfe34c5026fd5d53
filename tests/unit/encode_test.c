/* The encoder against merging as it is defined: random vocabularies, windows, long runs.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

#include "encode/matcher.h"

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
static void add_units(vocabulary *v, bool by_bytes, size_t n_characters)
{
    for (size_t k = 0; k < n_characters; k++) {
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

static sm_tokenizer *make_of(uint64_t seed, bool by_bytes, const char *pre, bool whole,
                             size_t n_characters)
{
    char path[80];
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    vocabulary v = {.json_tokens = sm_buffer_make(1 << 20),
                    .json_merges = sm_buffer_make(1 << 20)};
    sm_buffer file = sm_buffer_make(1 << 22);
    add_units(&v, by_bytes, n_characters);
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

static sm_tokenizer *make(uint64_t seed, bool by_bytes, const char *pre, bool whole)
{
    return make_of(seed, by_bytes, pre, whole, CHARACTERS);
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
        const word_table words = seed % 2 ? words_build(tok, 0) : (word_table){0};
        tok->matcher->words = words;
        for (uint64_t t = 0; t < 60; t++) {
            random_text(seed * 1000 + t, 1 + t % 30, by_bytes && t % 3 == 0, &text);
            check(tok, e, sm_buffer_span(&text));
        }
        random_text(seed, 400, by_bytes, &text); /* several lanes */
        check(tok, e, sm_buffer_span(&text));
        tok->matcher->words = (word_table){0};
        sm_free(words.lines);
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

/* Two or three letters, and most of what they can form is a token: the longest one from the left is often wrong, and
 * so is what is tried first in its place. */
static void test_few_letters(void **state)
{
    (void)state;
    sm_buffer text = sm_buffer_make(1 << 16);
    for (uint64_t seed = 0; seed < 200; seed++) {
        const size_t letters = 2 + seed % 2;
        sm_tokenizer *tok = make_of(seed, false, "null", false, letters);
        sm_encoder *e = sm_encoder_new();
        for (uint64_t t = 0; t < 10; t++) {
            sm_buffer_clear(&text);
            for (uint64_t i = 0; i < 20 + 60 * t; i++)
                sm_buffer_puts(&text,
                               characters[sm_random_below(25, seed * 10 + t, i, letters)]);
            check(tok, e, sm_buffer_span(&text));
        }
        sm_encoder_free(e);
        sm_tokenizer_free(tok);
    }
    sm_buffer_free(&text);
}

/* Tokens, and bytes that are no UTF-8, a line each: what is taken whole and what is spelt keep their order, in
 * windows with short pre-tokens and in others. */
static void test_whole_and_broken(void **state)
{
    (void)state;
    sm_buffer text = sm_buffer_make(1 << 16);
    for (uint64_t seed = 0; seed < 40; seed++) {
        sm_tokenizer *tok = make(seed, true, BYTE_LEVEL "true}", true);
        sm_encoder *e = sm_encoder_new();
        for (uint64_t t = 0; t < 20; t++) {
            sm_buffer_clear(&text);
            for (uint64_t i = 0; i < 40; i++) {
                const uint64_t r = sm_random_u64(23, seed, t * 40 + i);
                const uint32_t id = 256 + (uint32_t)(r >> 8) % 30;
                if (r % 4) assert_ok(sm_tokenizer_decode(tok, &id, 1, true, &text, NULL), NULL);
                sm_buffer_puts(&text, r % 4 ? "\n" : "\xE3\x81\n");
                if (t % 2) sm_buffer_puts(&text, "漢字漢字漢字\n");
            }
            check(tok, e, sm_buffer_span(&text));
        }
        sm_encoder_free(e);
        sm_tokenizer_free(tok);
    }
    sm_buffer_free(&text);
}

/* ---- the memo ---------------------------------------------------------------------------------- */

static void test_memo_keys(void **state)
{
    (void)state;
    const uint8_t text[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t n = 1; n <= MEMO_BYTES; n++) {
        const memo_key key = memo_key_of(text, n, sizeof text);
        const memo_key tight = memo_key_of(text, n, n); /* where nothing lies behind */
        uint8_t bytes[16] = {0};
        memcpy(bytes, &key, sizeof bytes);
        assert_memory_equal(bytes, text, n);
        assert_int_equal(bytes[15], n);
        for (size_t i = n; i < 15; i++)
            assert_int_equal(bytes[i], 0);
        assert_memory_equal(&key, &tight, sizeof key);
    }
    assert_int_equal(memo_key_of(text, MEMO_BYTES + 1, sizeof text).high, 0);
}

static void test_memo_keeps(void **state)
{
    (void)state;
    memo m = {0};
    const sm_hash128 a = {1, 2}, b = {1, 3};
    const memo_key key = memo_key_of((const uint8_t *)"word", 4, 4);
    const memo_key zero = memo_key_of((const uint8_t *)"word\0", 5, 5);
    const uint32_t ids[] = {1, (1 << MEMO_ID_BITS) - 1, 0, 4, 5, 6, 7},
                   large = 1 << MEMO_ID_BITS;
    uint32_t out[MEMO_IDS];
    memo_open(&m, a);
    memo_put(&m, key, ids, 0);
    memo_put(&m, key, ids, MEMO_IDS + 1);
    memo_put(&m, key, &large, 1);
    assert_int_equal(memo_get(&m, key, out), 0);
    for (size_t n = 1; n <= MEMO_IDS; n++) {
        memo_put(&m, key, ids, n);
        assert_int_equal(memo_get(&m, key, out), n);
        assert_memory_equal(out, ids, n * sizeof *ids);
        assert_int_equal(memo_get(&m, zero, out), 0);
        memo_open(&m, b);
        assert_int_equal(memo_get(&m, key, out), 0);
        memo_open(&m, a);
    }
    memo_free(&m);
}

/* Of three keys of one set the first gives way. */
static void test_memo_gives_way(void **state)
{
    (void)state;
    memo m = {0};
    memo_key same[3];
    size_t n = 0;
    uint32_t out[MEMO_IDS];
    memo_open(&m, (sm_hash128){1, 2});
    for (uint32_t i = 0; n < 3; i++) {
        same[n] = memo_key_of((const uint8_t *)&i, sizeof i, sizeof i);
        n += n == 0 || memo_set_of(&m, same[n]) == memo_set_of(&m, same[0]);
    }
    for (uint32_t i = 0; i < 3; i++) {
        memo_put(&m, same[i], &i, 1);
        for (uint32_t k = 0; k < 3; k++)
            assert_int_equal(memo_get(&m, same[k], out), k <= i && k + 2 > i);
        assert_int_equal(memo_get(&m, same[i], out), 1);
        assert_int_equal(out[0], i);
    }
    memo_free(&m);
}

/* ---- the words ----------------------------------------------------------------------------------- */

static bool is_alive_ascii(const token *t)
{
    for (size_t i = 0; i < t->bytes.n; i++)
        if ((unsigned char)t->bytes.p[i] >= 0x80) return false;
    return t->flags & TOKEN_ALIVE && t->bytes.n <= MEMO_BYTES;
}

/* Every short token of ASCII is found, also where lines are full, and nothing else is. The i-th token may be spelt as
 * its neighbour is. */
static void test_words(void **state)
{
    (void)state;
    enum { N = 9999, ROOM = 24 };
    char *bytes = sm_malloc(N * ROOM);
    token *tokens = sm_calloc(N, sizeof *tokens);
    size_t full = 0;
    for (size_t i = 0; i < N; i++) {
        const int n = snprintf(bytes + i * ROOM, ROOM, "%.*s%zu", (int)(i % 17),
                               i % 5 ? "            " : "ééééééé", i / 2);
        tokens[i].bytes = (sm_span){bytes + i * ROOM, (size_t)n};
        tokens[i].flags = i % 3 ? TOKEN_ALIVE : TOKEN_MODEL;
    }
    const sm_tokenizer tok = {.tokens = tokens, .n = N};
    assert_null(words_build(&tok, N).lines);
    const word_table w = words_build(&tok, 0);
    for (size_t i = 0; i < N; i++) {
        const sm_span s = tokens[i].bytes;
        const memo_key key = memo_key_of((const uint8_t *)s.p, s.n, s.n);
        const word_line *line = words_line(&w, key);
        const uint32_t id = words_find(line, key);
        const token *other = &tokens[(i ^ 1) < N ? i ^ 1 : i];
        const bool twin = is_alive_ascii(other) && sm_span_equal(other->bytes, s);
        assert_int_equal(id < N, is_alive_ascii(&tokens[i]) || twin);
        assert_true(id < N ? sm_span_equal(tokens[id].bytes, s) : id == SM_NO_TOKEN);
        full += id < N && line->keys[WORDS_IN_LINE - 1].high != 0;
    }
    assert_true(full > 100);
    sm_free(w.lines);
    sm_free(tokens);
    sm_free(bytes);
}

static void random_word(uint64_t i, sm_buffer *out)
{
    const uint64_t r = sm_random_u64(24, 0, i);
    for (uint64_t k = 0; k < 3 + r % 15; k++)
        sm_buffer_putc(out, "aabz"[r >> 2 * k >> 8 & 3]);
    sm_buffer_putc(out, ' ');
}

/* A third of the words are new, many more than the memo holds; the others return at once or later. */
static void test_full_memo(void **state)
{
    (void)state;
    sm_tokenizer *tok = make(7, true, BYTE_LEVEL "true}", false);
    sm_encoder *e = sm_encoder_new();
    sm_buffer text = sm_buffer_make(1 << 23);
    sm_ids first = {0}, again = {0};
    for (uint64_t i = 0; i < 3 * MEMO_SETS; i++) {
        random_word(i, &text);
        random_word(i % 50, &text);
        random_word(i / 2, &text);
    }
    check(tok, e, sm_buffer_span(&text));
    sm_tokenizer_encode(tok, e, sm_buffer_span(&text),
                        &again); /* the memo is full of the end */
    sm_encoder *fresh = sm_encoder_new();
    sm_tokenizer_encode(tok, fresh, sm_buffer_span(&text), &first);
    assert_int_equal(first.n, again.n);
    assert_memory_equal(first.p, again.p, first.n * sizeof *first.p);
    sm_ids_free(&first);
    sm_ids_free(&again);
    sm_encoder_free(fresh);
    sm_buffer_free(&text);
    sm_encoder_free(e);
    sm_tokenizer_free(tok);
}

/* One encoder for many tokenizers: what it remembers of one is not taken for another's. */
static void test_changing_tokenizers(void **state)
{
    (void)state;
    sm_tokenizer *a = make(1, true, BYTE_LEVEL "true}", false);
    sm_tokenizer *b = make(2, true, BYTE_LEVEL "true}", false);
    sm_encoder *e = sm_encoder_new();
    for (int i = 0; i < 4; i++) {
        check(i % 2 ? a : b, e, SM_SPAN("ẽ龍漢か龍あ𠮷い"));
        check(i % 2 ? a : b, e, SM_SPAN("ab ba aa bb ab ba aabb bbaa abab"));
    }
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

/* ASCII words, most of them new, with words longer than a batch takes and bytes that are no UTF-8 between them. */
static void test_batches(void **state)
{
    (void)state;
    sm_buffer text = sm_buffer_make(1 << 22);
    for (uint64_t seed = 0; seed < 6; seed++) {
        sm_tokenizer *tok = make(seed, true, BYTE_LEVEL "true}", seed % 2);
        sm_encoder *e = sm_encoder_new();
        sm_buffer_clear(&text);
        for (uint64_t i = 0; i < 6000; i++) {
            const uint64_t r = sm_random_u64(23, seed, i);
            const uint64_t n = i % 997 == 5 ? 600 : 1 + (r >> 8) % 9;
            for (uint64_t k = 0; k < n; k++)
                sm_buffer_putc(&text, (char)('a' + (r >> (k % 40)) % 4));
            if (r % 64 == 7) sm_buffer_puts(&text, "\xE6\x97\xFF");
            sm_buffer_puts(&text, r % 32 == 3 ? "日" : " ");
        }
        check(tok, e, sm_buffer_span(&text));
        check(tok, e, sm_buffer_span(&text)); /* now the memo holds them */
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
        cmocka_unit_test(test_whole_and_broken),
        cmocka_unit_test(test_few_letters),
        cmocka_unit_test(test_memo_keys),
        cmocka_unit_test(test_memo_keeps),
        cmocka_unit_test(test_memo_gives_way),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_full_memo),
        cmocka_unit_test(test_random_character_vocabularies),
        cmocka_unit_test(test_changing_tokenizers),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_many_strangers),
        cmocka_unit_test(test_spell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
