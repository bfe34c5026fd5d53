/* Text as it comes: whole characters, stop strings across borders; many prompts against one by one.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include <seimai/completion.h>

#include "nn_fixture.h"
#include "text_stream.h"

/* ---- a tokenizer of bytes ------------------------------------------------------------------------ */

/* id = byte, 256 = the end token: no merges, so that every border inside a character occurs. */
static void write_tokenizer(const char *dir)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/tokenizer.json", dir);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(
        file,
        "{\"version\":\"1.0\",\"added_tokens\":[{\"id\":256,\"content\":\"<|endoftext|>\","
        "\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,"
        "\"special\":true}],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\","
        "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true},"
        "\"decoder\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\",\"vocab\":{");
    uint32_t high = 256;
    for (uint32_t b = 0; b < 256; b++) { /* GPT-2's letters for bytes */
        const bool shown = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
        const uint32_t c = shown ? b : high++;
        (void)fprintf(file, "%s\"\\u%04x\":%u", b > 0 ? "," : "", c, b);
    }
    (void)fprintf(file, "},\"merges\":[]}}\n");
    assert_int_equal(fclose(file), 0);
}

static sm_tokenizer *load_tokenizer(void)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    char dir[] = "/tmp/seimai-completion-XXXXXX", path[600];
    assert_non_null(mkdtemp(dir));
    write_tokenizer(dir);
    assert_ok(sm_tokenizer_load(&tok, dir, &err), &err);
    (void)snprintf(path, sizeof path, "%s/tokenizer.json", dir);
    (void)unlink(path);
    (void)rmdir(dir);
    return tok;
}

/* ---- the stream ------------------------------------------------------------------------------------ */

/* Feeds bytes one by one; what is released must always be valid and never grow into the stop. */
static void streams_to(const sm_tokenizer *tok, const char *bytes, const char *stop,
                       const char *want)
{
    sm_error err = {0};
    sm_text_stream s;
    const sm_span stops[] = {sm_span_of(stop), SM_SPAN("never there")};
    int stopped = 0;
    sm_text_stream_init(&s, tok, stops, 2, SM_NO_TOKEN);
    for (const char *p = bytes; *p && !stopped; p++) {
        stopped = sm_text_stream_put(&s, (unsigned char)*p, &err);
        assert_ok(stopped, &err);
        assert_true(s.text.n <= strlen(want));
        assert_memory_equal(s.text.p ? s.text.p : "", want, s.text.n);
    }
    assert_int_equal(stopped, strstr(bytes, stop) != NULL);
    if (!stopped) sm_text_stream_end(&s);
    assert_int_equal(s.text.n, strlen(want));
    assert_memory_equal(s.text.p ? s.text.p : "", want, s.text.n);
    sm_text_stream_fini(&s);
}

static void test_stream(void **state)
{
    (void)state;
    sm_tokenizer *const tok = load_tokenizer();
    streams_to(tok, "今日は。終", "###", "今日は。終");
    streams_to(tok, "今日は###終", "###", "今日は");
    streams_to(tok, "今日は##終", "###", "今日は##終");
    streams_to(tok, "ああああい", "あああい",
               "あ"); /* the stop begins inside what looked like one */
    streams_to(tok, "ababac!", "abac", "ab");
    streams_to(tok, "##", "###", "##");
    streams_to(tok, "🐕と\xe3\x81", "X", "🐕と\xef\xbf\xbd");
    streams_to(tok,
               "a\xff\xfe"
               "b",
               "X",
               "a\xef\xbf\xbd\xef\xbf\xbd"
               "b");
    streams_to(tok,
               "\xe3"
               "A",
               "X",
               "\xef\xbf\xbd"
               "A");
    sm_tokenizer_free(tok);
}

/* Whatever a text is, nothing half is released: each prefix of the ids. */
static void test_whole_characters(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_tokenizer *const tok = load_tokenizer();
    const char text[] = "é日本🐕語です";
    sm_text_stream s;
    sm_text_stream_init(&s, tok, NULL, 0, SM_NO_TOKEN);
    for (const char *p = text; *p; p++) {
        assert_ok(sm_text_stream_put(&s, (unsigned char)*p, &err), &err);
        const size_t left = (size_t)(p + 1 - text) - s.text.n;
        assert_true(left <= 3);
        assert_true(((unsigned char)text[s.text.n] & 0xC0) != 0x80); /* a border */
    }
    assert_int_equal(s.text.n, strlen(text));
    sm_text_stream_fini(&s);
    sm_tokenizer_free(tok);
}

/* ---- many prompts ------------------------------------------------------------------------------------ */

enum { PROMPTS = 23, VOCABULARY = 97, TEXT = 4096 };

typedef struct bench {
    fixture f;
    sm_causal_lm lm;
    sm_completer *c;
} bench;

/* The tiny model has 97 ids: bytes below 97, so that answers are ASCII. */
static void bench_open(bench *b, uint32_t streams, unsigned threads, const sm_span *stops,
                       size_t n_stops)
{
    sm_error err = {0};
    sm_net *net = NULL;
    fixture_open(&b->f, "llama-untied");
    b->lm = (sm_causal_lm){
        .name = sm_strdup(SM_SPAN("m")), .config = b->f.model, .eot = SM_NO_TOKEN};
    b->lm.tokenizer = b->lm.own_tokenizer = load_tokenizer();
    assert_ok(sm_net_build(
                  &net, &b->f.model,
                  &(sm_net_options){.plan = SM_PLAN_EVAL, .B = 1, .T = 1, .threads = 1}, &err),
              &err);
    b->lm.w = b->lm.own_w = sm_vector_new(sm_net_params(net)->total);
    fixture_vector(&b->f, "w.", sm_net_params(net), b->lm.own_w);
    sm_net_free(net);
    const sm_completer_options options = {.streams = streams,
                                          .length = 150,
                                          .threads = threads,
                                          .sampler = {.temperature = 1.0,
                                                      .min_p = 0.01,
                                                      .repetition_penalty = 1.1,
                                                      .vocabulary = VOCABULARY,
                                                      .seed = 7,
                                                      .stop = 5},
                                          .stops = stops,
                                          .n_stops = n_stops};
    assert_ok(sm_completer_new(&b->c, &b->lm, &options, &err), &err);
}

static void bench_close(bench *b)
{
    sm_completer_free(b->c);
    sm_tokenizer_free(b->lm.own_tokenizer);
    sm_vector_free(b->lm.own_w);
    sm_free(b->lm.name);
    fixture_close(&b->f);
}

/* Prompts of 1 to 110 ids; every third begins like the one before. */
static size_t make_prompt(uint32_t i, uint32_t *ids)
{
    const size_t n = 1 + i * 37 % 110;
    for (size_t k = 0; k < n; k++)
        ids[k] = (uint32_t)((i / 3 * 13 + k * 31 + (k > 60 ? i : 0)) % VOCABULARY);
    return n;
}

/* All prompts, three answers each, as one text with the ends. */
static void complete_all(uint32_t streams, unsigned threads, char *out)
{
    sm_error err = {0};
    bench b = {0};
    uint32_t ids[128];
    sm_completion *all[PROMPTS];
    const sm_span stops[] = {SM_SPAN("A"), SM_SPAN("\x10\x11")};
    bench_open(&b, streams, threads, stops, 2);
    for (uint32_t i = 0; i < PROMPTS; i++) {
        const size_t n = make_prompt(i, ids);
        const sm_ask ask = {.ids = ids,
                            .n = n,
                            .tokens = 5 + i % 4 * 9,
                            .answers = 3,
                            .number = i,
                            .stop = SM_NO_STOP};
        assert_ok(sm_completer_ask(b.c, &ask, all + i, &err), &err);
    }
    out[0] = '\0';
    for (uint32_t i = 0; i < PROMPTS; i++) {
        assert_ok(sm_completer_wait(b.c, all[i], &err), &err);
        for (uint32_t k = 0; k < 3; k++) {
            const sm_answer *const a = sm_completion_answer(all[i], k);
            assert_true(a->end != SM_END_NONE && a->tokens <= 5 + i % 4 * 9);
            assert_null(memchr(a->text.p ? a->text.p : "", 'A', a->text.n));
            size_t at = strlen(out);
            for (size_t p = 0; p < a->text.n && at < TEXT * 16; p++)
                at += (size_t)snprintf(out + at, 8, "%02x", (unsigned char)a->text.p[p]);
            (void)snprintf(out + at, 32, " %zu %s\n", a->tokens,
                           sm_generation_end_name(a->end));
        }
        sm_completer_drop(b.c, all[i]);
    }
    assert_int_equal(sm_completer_step(b.c, &err), 0);
    bench_close(&b);
}

static void test_batched_is_one_by_one(void **state)
{
    (void)state;
    static char want[TEXT * 16 + 64], got[TEXT * 16 + 64];
    complete_all(1, 1, want);
    assert_non_null(strstr(want, "stop"));
    assert_non_null(strstr(want, "tokens"));
    const uint32_t streams[] = {2, 7, 32};
    for (size_t i = 0; i < 3; i++) {
        complete_all(streams[i], i == 1 ? 3 : 2, got);
        assert_string_equal(got, want);
    }
}

/* What is dropped half made leaves the others as they are. */
static void test_drop(void **state)
{
    (void)state;
    sm_error err = {0};
    bench b = {0};
    uint32_t ids[128];
    sm_completion *one = NULL, *two = NULL;
    bench_open(&b, 2, 1, NULL, 0);
    const sm_ask ask = {
        .ids = ids, .n = make_prompt(4, ids), .tokens = 20, .answers = 4, .stop = SM_NO_STOP};
    assert_ok(sm_completer_ask(b.c, &ask, &one, &err), &err);
    assert_ok(sm_completer_ask(b.c, &ask, &two, &err), &err);
    assert_int_equal(sm_completer_step(b.c, &err), 1);
    sm_completer_drop(b.c, one);
    assert_ok(sm_completer_wait(b.c, two, &err), &err);
    assert_true(sm_completion_is_done(two));
    sm_completer_drop(b.c, two);
    const sm_ask none = {.ids = ids, .n = 0, .stop = SM_NO_STOP};
    assert_int_equal(sm_completer_ask(b.c, &none, &one, &err), SM_EUSAGE);
    sm_error_clear(&err);
    const sm_ask long_one = {.ids = ids, .n = 150, .stop = SM_NO_STOP};
    assert_int_equal(sm_completer_ask(b.c, &long_one, &one, &err), SM_ELIMIT);
    assert_contains(err.text, "150 tokens");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_whole_characters),
        cmocka_unit_test(test_batched_is_one_by_one),
        cmocka_unit_test(test_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
