/* Tokenizers: writing and loading, the encoder against merging, lossless for any bytes, what is refused.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/tokenizer.h>
#include <seimai/tokenizer_report.h>

#include <unistd.h>

static const char japanese[] = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつか"
                               "ぬ。何でも薄暗いじめじめした所でニャーニャー泣いて"
                               "いた事だけは記憶している。The quick brown fox jumps over the "
                               "lazy dogs; 12345 times!\n\n  aaaaaaaaaa bbbb "
                               "ああああああ いいいいいい ー・々〇 😀😀";

static char folder[64];
static sm_tokenizer *ours;

static sm_tokenizer *load(const char *path)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    assert_ok(sm_tokenizer_load(&tok, path, &err), &err);
    return tok;
}

/* Trains on a few texts and writes a folder. */
static void train(const char *path, size_t merges, const sm_span *reserve, size_t n_reserve)
{
    sm_error err = {0};
    sm_cutter *cutter = NULL;
    sm_counts *counts = sm_counts_new();
    assert_ok(sm_cutter_new(&cutter, "deepseek-v3", reserve, n_reserve, &err), &err);
    for (size_t i = 0; i < 40; i++)
        sm_counts_add_text(counts, cutter,
                           (sm_span){japanese + 3 * i, sizeof japanese - 1 - 120});
    sm_bpe_options o = sm_bpe_defaults(merges);
    o.min_count = 1;
    o.vetoed = reserve;
    o.n_vetoed = n_reserve;
    sm_merges m = {0};
    assert_ok(sm_bpe_train(counts, &o, &m, &err), &err);
    const sm_vocabulary_options v = {"deepseek-v3", reserve, n_reserve, SM_SPAN("\"made\":1")};
    assert_ok(sm_tokenizer_write(path, &m, &v, &err), &err);
    sm_merges_free(&m);
    sm_counts_free(counts);
    sm_cutter_free(cutter);
}

static void remove_folder(const char *path)
{
    static const char *const files[] = {"tokenizer.json", "tokenizer_config.json",
                                        "special_tokens_map.json", "seimai.json"};
    for (size_t i = 0; i < 4; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s/%s", path, files[i]);
        (void)remove(name);
    }
    (void)remove(path);
}

static int set_up(void **state)
{
    (void)state;
    const sm_span reserve[] = {SM_SPAN("[電話]"), SM_SPAN("[電話番号]"), SM_SPAN("fox")};
    (void)snprintf(folder, sizeof folder, "bpe_test.%ld", (long)getpid());
    train(folder, 150, reserve, 3);
    ours = load(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sm_tokenizer_free(ours);
    remove_folder(folder);
    return 0;
}

/* ---- our own tokenizers ----------------------------------------------------------------------- */

static void test_layout(void **state)
{
    (void)state;
    assert_int_equal(sm_tokenizer_size(ours), 128 + 256 + 150);
    assert_int_equal(sm_vocabulary_reserved(0), 128);
    assert_int_equal(sm_vocabulary_reserved(60), 128);
    assert_int_equal(sm_vocabulary_reserved(61), 192);
    assert_int_equal(sm_tokenizer_find(ours, SM_SPAN("<|endoftext|>")), SM_TOKEN_EOT);
    assert_int_equal(sm_tokenizer_find(ours, SM_SPAN("<|im_end|>")), SM_TOKEN_IM_END);
    assert_int_equal(sm_tokenizer_find(ours, SM_SPAN("<extra_id_63>")), 67);
    assert_int_equal(sm_tokenizer_find(ours, SM_SPAN("[電話]")), 68);
    assert_int_equal(sm_tokenizer_find(ours, SM_SPAN("nothing")), SM_NO_TOKEN);
    assert_int_equal(sm_tokenizer_eot(ours), SM_TOKEN_EOT);
    assert_true(sm_tokenizer_is_special(ours, 67));
    assert_false(sm_tokenizer_is_special(ours, 68));
    assert_true(sm_tokenizer_is_special(ours, 71)); /* a spare */
    assert_span(sm_tokenizer_bytes(ours, 128), "!");
    assert_string_equal(sm_tokenizer_pretoken_name(ours), "deepseek-v3");
}

static void encode(const sm_tokenizer *tok, sm_span text, sm_ids *ids)
{
    sm_encoder *e = sm_encoder_new();
    ids->n = 0;
    sm_tokenizer_encode(tok, e, text, ids);
    sm_encoder_free(e);
}

/* Specials in a text are text; --reserve strings are found, the longest first. */
static void test_reserved_strings(void **state)
{
    (void)state;
    sm_ids ids = {0};
    encode(ours, SM_SPAN("[電話番号][電話]foxfo<|pad|>"), &ids);
    assert_int_equal(ids.p[0], 69);
    assert_int_equal(ids.p[1], 68);
    assert_int_equal(ids.p[2], 70);
    for (size_t i = 3; i < ids.n; i++)
        assert_true(ids.p[i] >= 128);
    sm_ids_free(&ids);
}

/* Both ways of encoding give the same, and the text comes back. */
static void check_text(const sm_tokenizer *tok, sm_encoder *e, sm_span text)
{
    sm_error err = {0};
    sm_ids fast = {0}, naive = {0};
    sm_buffer back = sm_buffer_make(1 << 22);
    sm_tokenizer_encode(tok, e, text, &fast);
    sm_tokenizer_encode_naive(tok, e, text, &naive);
    assert_int_equal(fast.n, naive.n);
    if (fast.n) assert_memory_equal(fast.p, naive.p, fast.n * sizeof *fast.p);
    assert_ok(sm_tokenizer_decode(tok, fast.p, fast.n, false, &back, &err), &err);
    assert_true(sm_span_equal(sm_buffer_span(&back), text));
    sm_ids_free(&fast);
    sm_ids_free(&naive);
    sm_buffer_free(&back);
}

/* Pieces of the training text, single bytes and repeats, put together at random. */
static size_t random_text(uint64_t seed, char *out, size_t most)
{
    size_t n = 0;
    const size_t want = sm_random_below(3, seed, 0, most / 2);
    for (uint64_t i = 1; n < want; i++) {
        const uint64_t r = sm_random_u64(3, seed, i);
        const size_t length = r % 16 + 1, from = (r >> 8) % (sizeof japanese - 17);
        if (n + 16 > most) break;
        switch (r >> 32 & 3) {
        case 0: out[n++] = (char)(r >> 40); break;
        case 1:
            memset(out + n, japanese[from], length);
            n += length;
            break;
        default: memcpy(out + n, japanese + from, length); n += length;
        }
    }
    return n;
}

static void check_random(const sm_tokenizer *tok, uint64_t texts)
{
    sm_encoder *e = sm_encoder_new();
    for (uint64_t seed = 0; seed < texts; seed++) {
        char text[512];
        const size_t n = random_text(seed, text, sizeof text);
        check_text(tok, e, (sm_span){text, n});
    }
    check_text(tok, e, sm_span_of(japanese));
    sm_encoder_free(e);
}

static void test_equals_merging(void **state)
{
    (void)state;
    check_random(ours, 3000);
}

/* Long runs: the work is linear, so a megabyte of one character is nothing. */
static void test_long_runs(void **state)
{
    (void)state;
    static const char *const runs[] = {"a", "あ", "漢", "ab", " ", "\xE3"};
    enum { BYTES = 1 << 20 };
    sm_error err = {0};
    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        sm_buffer text = sm_buffer_make(2 * BYTES), back = sm_buffer_make(2 * BYTES);
        sm_ids ids = {0};
        while (text.n < BYTES)
            sm_buffer_puts(&text, runs[k]);
        encode(ours, sm_buffer_span(&text), &ids);
        assert_ok(sm_tokenizer_decode(ours, ids.p, ids.n, true, &back, &err), &err);
        assert_true(sm_span_equal(sm_buffer_span(&text), sm_buffer_span(&back)));
        sm_ids_free(&ids);
        sm_buffer_free(&text);
        sm_buffer_free(&back);
    }
}

static void test_decoding(void **state)
{
    (void)state;
    sm_error err = {0};
    const uint32_t ids[] = {SM_TOKEN_EOT, 128, 68, SM_TOKEN_PAD}, wrong[] = {128, 100000};
    sm_buffer out = sm_buffer_make(64), small = sm_buffer_make(3);
    assert_ok(sm_tokenizer_decode(ours, ids, 4, false, &out, &err), &err);
    assert_span(sm_buffer_span(&out), "![電話]");
    sm_buffer_clear(&out);
    assert_ok(sm_tokenizer_decode(ours, ids, 4, true, &out, &err), &err);
    assert_span(sm_buffer_span(&out), "<|endoftext|>![電話]<|pad|>");
    assert_int_equal(sm_tokenizer_decode(ours, wrong, 2, true, &out, &err), SM_EFORMAT);
    sm_error_clear(&err);
    assert_int_equal(sm_tokenizer_decode(ours, ids, 4, true, &small, &err), SM_ELIMIT);
    sm_buffer_free(&out);
    sm_buffer_free(&small);
}

/* The hash is of the tokenizer, not of the file: reading and writing it anew changes nothing. */
static void test_hash(void **state)
{
    (void)state;
    char other[80];
    (void)snprintf(other, sizeof other, "%s.other", folder);
    train(other, 149, NULL, 0);
    sm_tokenizer *again = load(folder), *tok = load(other);
    assert_true(sm_hash128_equal(sm_tokenizer_hash(ours), sm_tokenizer_hash(again)));
    assert_false(sm_hash128_equal(sm_tokenizer_hash(ours), sm_tokenizer_hash(tok)));
    sm_tokenizer_free(again);
    sm_tokenizer_free(tok);
    remove_folder(other);
}

static void test_writing_refuses(void **state)
{
    (void)state;
    sm_error err = {0};
    const sm_merges none = {0};
    const sm_span twice[] = {SM_SPAN("x"), SM_SPAN("x")}, taken[] = {SM_SPAN("<|pad|>")};
    sm_vocabulary_options v = {"gpt2", twice, 2, {0}};
    assert_int_equal(sm_tokenizer_write("never", &none, &v, &err), SM_EUSAGE);
    sm_error_clear(&err);
    v = (sm_vocabulary_options){"gpt2", taken, 1, {0}};
    assert_int_equal(sm_tokenizer_write("never", &none, &v, &err), SM_EUSAGE);
    assert_contains(err.text, "<|pad|>");
    assert_false(sm_file_exists("never"));
}

/* ---- tokenizers of others ------------------------------------------------------------------------ */

/* A tokenizer.json with all bytes, the given tokens (from id 256 on) and merges, both as JSON. */
static int load_json(sm_tokenizer **tok, const char *tokens, const char *merges,
                     const char *head, const char *pre, sm_error *err)
{
    char path[80];
    (void)snprintf(path, sizeof path, "%s.json", folder);
    sm_buffer b = sm_buffer_make(1 << 20);
    sm_buffer_printf(&b, "{%s\"pre_tokenizer\":%s,\"model\":{\"type\":\"BPE\",\"vocab\":{",
                     head, pre);
    for (uint32_t i = 0; i < 256; i++) {
        const uint32_t c = sm_character_of_byte((uint8_t)i);
        sm_buffer_printf(&b, "%s\"\\u%04x\":%u", i ? "," : "", c, i);
    }
    sm_buffer_printf(&b, "%s},\"merges\":[%s]}}", tokens, merges);
    assert_ok(sm_file_write(path, sm_buffer_span(&b), err), err);
    sm_buffer_free(&b);
    const int rc = sm_tokenizer_load(tok, path, err);
    (void)remove(path);
    return rc;
}

static const char byte_level[] =
    "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":true}";

/* abc may be made of a+bc, where bc comes later than abc's own rule: a tangled token. And one of no use: cd is
 * never made, since bc takes the c. */
static void test_tangled_and_dead_tokens(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    const char *tokens =
        ",\"ab\":256,\"abc\":257,\"bc\":258,\"abcd\":259,\"dab\":260,\"zzz\":261";
    const char *merges = "\"ab c\",\"b c\",\"a b\",\"abc d\",[\"d\",\"ab\"]";
    assert_ok(load_json(&tok, tokens, merges, "", byte_level, &err), &err);
    sm_encoder *e = sm_encoder_new();
    for (uint64_t seed = 0; seed < 5000; seed++) {
        char text[32];
        const size_t n = sm_random_below(5, seed, 0, sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = "abcdz"[sm_random_below(5, seed, i + 1, 5)];
        check_text(tok, e, (sm_span){text, n});
    }
    sm_encoder_free(e);
    sm_tokenizer_free(tok);
}

/* Any merges at all, in any order: the encoder still equals merging. */
static void test_random_rules(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        char names[40][40] = {"a", "b", "c"};
        size_t n = 3;
        sm_buffer tokens = sm_buffer_make(1 << 16), merges = sm_buffer_make(1 << 16);
        for (uint64_t i = 0; n < 40 && i < 200; i++) {
            char joined[80];
            const char *x = names[sm_random_below(8, seed, 2 * i, n)];
            const char *y = names[sm_random_below(8, seed, 2 * i + 1, n)];
            (void)snprintf(joined, sizeof joined, "%s%s", x, y);
            bool known = false;
            for (size_t k = 0; k < n; k++)
                known |= strcmp(names[k], joined) == 0;
            if (strlen(joined) > 12) continue;
            sm_buffer_printf(&merges, "%s\"%s %s\"", merges.n ? "," : "", x, y);
            if (known) continue;
            memcpy(names[n], joined, strlen(joined) + 1);
            sm_buffer_printf(&tokens, ",\"%s\":%zu", joined, 253 + n++);
        }
        sm_buffer_putc(&tokens, '\0');
        sm_buffer_putc(&merges, '\0');
        sm_error err = {0};
        sm_tokenizer *tok = NULL;
        assert_ok(load_json(&tok, tokens.p, merges.p, "", byte_level, &err), &err);
        sm_encoder *e = sm_encoder_new();
        for (uint64_t t = 0; t < 200; t++) {
            char text[40];
            const size_t length = sm_random_below(9, seed * 1000 + t, 0, sizeof text);
            for (size_t i = 0; i < length; i++)
                text[i] = "abc"[sm_random_below(9, seed * 1000 + t, i + 1, 3)];
            check_text(tok, e, (sm_span){text, length});
        }
        sm_encoder_free(e);
        sm_tokenizer_free(tok);
        sm_buffer_free(&tokens);
        sm_buffer_free(&merges);
    }
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *tokens, *merges, *head, *pre, *why;
        int status;
    } cases[] = {
        {"", "", "\"normalizer\":{\"type\":\"NFD\"},", byte_level, "normalizer", SM_ENOSUP},
        {"", "", "", "null", "without a token", SM_ENOSUP},
        {"", "", "", "{\"type\":\"Whitespace\"}", "pre-tokenizer", SM_ENOSUP},
        {"", "\"a b\"", "", byte_level, "not in the vocabulary", SM_EFORMAT},
        {"", "\"ab\"", "", byte_level, "pair", SM_EFORMAT},
        {",\"ab\":-1", "", "", byte_level, "range", SM_EFORMAT},
        {",\"ab\":65", "", "", byte_level, "twice", SM_EFORMAT},
        {"", "",
         "\"added_tokens\":[{\"id\":300,\"content\":\"x\",\"lstrip\":true,\"special\":false}],",
         byte_level, "lstrip", SM_ENOSUP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error err = {0};
        sm_tokenizer *tok = NULL;
        const int rc = load_json(&tok, cases[i].tokens, cases[i].merges, cases[i].head,
                                 cases[i].pre, &err);
        assert_int_equal(rc, cases[i].status);
        assert_contains(err.text, cases[i].why);
        assert_null(tok);
    }
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    assert_int_equal(sm_tokenizer_load(&tok, "no-such-folder", &err), SM_ENOENT);
}

/* ---- the report -------------------------------------------------------------------------------- */

static void test_report(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_morph *morph = NULL;
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    sm_tagger *tagger = sm_tagger_new(morph);
    sm_gold gold = {0};
    sm_token_tally tally;
    const sm_span text = SM_SPAN("猫である。 dog");
    assert_ok(sm_gold_set(&gold, tagger, text, &err), &err);
    assert_int_equal(gold.characters, 9);
    assert_int_equal(gold.morphemes, 5);   /* 猫|で|ある|。|dog */
    assert_int_equal(gold.inner_edges, 2); /* 猫|で|ある */
    sm_token_tally_init(&tally, ours);
    sm_ids bytes = {0};
    for (size_t i = 0; i < text.n; i++) /* one token a byte */
        sm_ids_put(&bytes, 128 + sm_symbol_of_byte((uint8_t)text.p[i]));
    sm_token_tally_add(&tally, &gold, ours, bytes.p, bytes.n);
    assert_int_equal(tally.tokens, text.n);
    assert_int_equal(tally.cuts, 3 + 8); /* between 4 Japanese characters, and inside them */
    assert_int_equal(tally.right_cuts, 2);
    assert_int_equal(tally.broken, 15);
    const sm_figures f = sm_token_tally_figures(&tally);
    assert_true(f.boundary_recall == 1 && f.boundary_precision == 2.0 / 11);
    assert_true(f.boundary_f1 == 4.0 / 13 && f.tokens_per_morpheme == (double)text.n / 5);
    assert_int_equal(sm_token_kind_of(ours, 128 + sm_symbol_of_byte('a')), SM_TOKEN_LATIN);
    assert_int_equal(sm_token_kind_of(ours, 128 + sm_symbol_of_byte(0xE3)), SM_TOKEN_BROKEN);
    assert_int_equal(sm_token_kind_of(ours, 0), SM_TOKEN_RESERVED);
    sm_ids_free(&bytes);
    sm_token_tally_free(&tally);
    sm_gold_free(&gold);
    sm_tagger_free(tagger);
    sm_morph_close(morph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),          cmocka_unit_test(test_reserved_strings),
        cmocka_unit_test(test_equals_merging),  cmocka_unit_test(test_long_runs),
        cmocka_unit_test(test_decoding),        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_writing_refuses), cmocka_unit_test(test_tangled_and_dead_tokens),
        cmocka_unit_test(test_random_rules),    cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_report),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
