/* Tokenizer files of others, made by hand: tokenizer.json with ▁, normalizers and unknown patterns, .tiktoken,
 * how a format is recognised, what is refused, and damaged files.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/tokenizer.h>

#include <unistd.h>

static char path[64];

/* ---- helpers ----------------------------------------------------------------------------------------- */

static int load_text(sm_tokenizer **tok, const char *text, sm_error *err)
{
    assert_ok(sm_file_write(path, sm_span_of(text), err), err);
    return sm_tokenizer_load(tok, path, err);
}

static sm_tokenizer *load_ok(const char *text)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    assert_ok(load_text(&tok, text, &err), &err);
    return tok;
}

static void assert_refused(const char *text, int status, const char *why)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    assert_int_equal(load_text(&tok, text, &err), status);
    assert_contains(err.text, why);
    assert_null(tok);
}

/* The pieces of a text with | between them, by both encoders, and what they decode to. */
static void assert_encoded(const sm_tokenizer *tok, const char *text, const char *want,
                           const char *back)
{
    sm_error err = {0};
    sm_ids ids = {0}, slow = {0};
    sm_buffer got = sm_buffer_make(1 << 16), decoded = sm_buffer_make(1 << 16);
    sm_encoder *e = sm_encoder_new();
    sm_tokenizer_encode(tok, e, sm_span_of(text), &ids);
    sm_tokenizer_encode_naive(tok, e, sm_span_of(text), &slow);
    assert_int_equal(ids.n, slow.n);
    if (ids.n) assert_memory_equal(ids.p, slow.p, ids.n * sizeof *ids.p);
    for (size_t i = 0; i < ids.n; i++) {
        if (i > 0) sm_buffer_putc(&got, '|');
        sm_buffer_put(&got, sm_tokenizer_bytes(tok, ids.p[i]));
    }
    assert_span(sm_buffer_span(&got), want);
    assert_ok(sm_tokenizer_decode(tok, ids.p, ids.n, false, &decoded, &err), &err);
    assert_span(sm_buffer_span(&decoded), back);
    sm_encoder_free(e);
    sm_ids_free(&ids);
    sm_ids_free(&slow);
    sm_buffer_free(&got);
    sm_buffer_free(&decoded);
}

/* ---- tokenizer.json with ▁ ------------------------------------------------------------------------------ */

#define PIECES                                                                                 \
    "\"<unk>\":0,\"▁\":1,\"a\":2,\"b\":3,\"▁a\":4,\"ab\":5,\"▁ab\":6,\"か\":7,\"が\":8"
#define MERGES "[\"▁\",\"a\"],[\"a\",\"b\"],[\"▁a\",\"b\"]"
#define MODEL(options)                                                                         \
    "\"model\":{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"fuse_unk\":true," options           \
    "\"vocab\":{" PIECES "},\"merges\":[" MERGES "]}"
#define LLAMA                                                                                  \
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\","            \
    "\"prepend\":\"▁\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"               \
    "\"content\":\"▁\"}]},"
#define STRIP                                                                                  \
    "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":"      \
    "{\"String\":\"▁\"},\"content\":\" \"},{\"type\":\"Fuse\"},{\"type\":\"Strip\","         \
    "\"content\":\" \",\"start\":1,\"stop\":0}]},"
#define METASPACE(more)                                                                        \
    "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"▁\"," more "},"

static void test_marks(void **state)
{
    (void)state;
    sm_tokenizer *tok = load_ok("{" LLAMA STRIP MODEL("") "}");
    assert_encoded(tok, "ab a", " ab| a", "ab a");
    assert_encoded(tok, "▁ab", " | ab", " ab"); /* ▁ is a space */
    assert_encoded(tok, "漢字b", " |<unk>|b", "<unk>b");
    assert_encoded(tok, "", "", "");
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSY);
    sm_tokenizer_free(tok);
    tok = load_ok("{" METASPACE("\"prepend_scheme\":\"first\",\"split\":true")
                      STRIP MODEL("") "}");
    assert_encoded(tok, "ab  ab", " ab| | ab", "ab  ab");
    assert_encoded(tok, " ab", " ab", "ab"); /* not twice */
    sm_tokenizer_free(tok);
    tok = load_ok("{" METASPACE("\"prepend_scheme\":\"never\",\"split\":false") MODEL("") "}");
    assert_encoded(tok, "ab ab", "ab| ab", "ab ab");
    sm_tokenizer_free(tok);
}

/* Added tokens: as written, or in the normalised text; a special one is never read out of a text. */
static void test_added_tokens(void **state)
{
    (void)state;
    sm_tokenizer *tok = load_ok(
        "{\"added_tokens\":[{\"id\":9,\"content\":\"[x]\",\"special\":false,\"normalized\":"
        "false},{\"id\":10,\"content\":\"が\",\"special\":false,\"normalized\":true},"
        "{\"id\":11,\"content\":\"<s>\",\"special\":true,\"normalized\":false}],"
        "\"normalizer\":{\"type\":\"NFC\"}," METASPACE("\"prepend_scheme\":\"never\"")
            MODEL("") "}");
    assert_encoded(tok, "a[x]b", "a|[x]|b", "a[x]b");
    assert_encoded(tok, "aか\xE3\x82\x99", "a|が", "aが");
    assert_encoded(tok, "<s>a", "<unk>|a", "<unk>a");
    assert_int_equal(sm_tokenizer_find(tok, SM_SPAN("<s>")), 11);
    sm_tokenizer_free(tok);
}

static void test_unigram(void **state)
{
    (void)state;
    sm_tokenizer *tok = load_ok("{" METASPACE(
        "\"prepend_scheme\":\"always\"") "\"decoder\":{\"type\":\"Metaspace\","
                                         "\"prepend_scheme\":\"always\"},\"normalizer\":{"
                                         "\"type\":\"NFKC\"},"
                                         "\"added_tokens\":[{\"id\":1,\"content\":\"</"
                                         "s>\",\"special\":true}],"
                                         "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
                                         "\"vocab\":[[\"<unk>\",0],[\"</s>\",0],"
                                         "[\"▁\",-2],[\"東\",-3],[\"東京\",-4],[\"京都\",-2.5],"
                                         "[\"a\",-1]]}}");
    assert_int_equal(sm_tokenizer_eot(tok), 1);
    assert_encoded(tok, "東京都", " |東|京都", "東京都");
    assert_encoded(tok, "ａ 漢字 </s>", " |a| |<unk>| |<unk>", "a <unk> <unk>");
    sm_tokenizer_free(tok);
}

/* ---- byte level ------------------------------------------------------------------------------------------- */

/* A byte-level tokenizer.json of the 256 bytes and `tokens`. */
static void byte_json(sm_buffer *b, const char *head, const char *tokens, const char *merges)
{
    static const struct {
        unsigned from, to;
    } runs[] = {{0x21, 0x7E}, {0xA1, 0xAC}, {0xAE, 0x143}};
    size_t id = 0;
    sm_buffer_printf(b, "{%s\"model\":{\"type\":\"BPE\",\"vocab\":{", head);
    for (size_t k = 0; k < 3; k++)
        for (unsigned c = runs[k].from; c <= runs[k].to; c++)
            sm_buffer_printf(b, "%s\"\\u%04x\":%zu", id ? "," : "", c, id), id++;
    sm_buffer_printf(b, "%s},\"merges\":[%s]}}", tokens, merges);
    sm_buffer_putc(b, '\0');
}

#define LEVEL "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}"
#define SPLIT(regex, behavior)                                                                 \
    "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" regex "\"},\"behavior\":\"" behavior "\"}"
#define SEQUENCE(steps)                                                                        \
    "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" steps "," LEVEL "]},"

static void check_split(const char *head, const char *text, const char *want, bool warns)
{
    sm_buffer b = sm_buffer_make(1 << 20);
    byte_json(&b, head, ",\"aa\":256,\"aaa\":257,\"-a\":258,\"a-\":259",
              "[\"a\",\"a\"],[\"aa\",\"a\"],[\"-\",\"a\"],[\"a\",\"-\"]");
    sm_tokenizer *tok = load_ok(b.p);
    assert_encoded(tok, text, want, text);
    assert_int_equal(sm_tokenizer_warning(tok) != NULL, warns);
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSLESS);
    sm_tokenizer_free(tok);
    sm_buffer_free(&b);
}

/* Patterns that have no scanner run on PCRE2, behaviours and all; \s and \p{Han} mean what they mean there. */
static void test_unknown_patterns(void **state)
{
    (void)state;
    check_split(SEQUENCE(SPLIT("-", "Isolated")), "aaa-aa", "aaa|-|aa", true);
    check_split(SEQUENCE(SPLIT("-", "MergedWithPrevious")), "aa-aa", "aa|-|aa", true);
    check_split(SEQUENCE(SPLIT("-", "MergedWithNext")), "a-a-", "a|-a|-", true);
    check_split(SEQUENCE(SPLIT("-", "Contiguous")), "a--a", "a|-|-|a", true);
    check_split(SEQUENCE(SPLIT("aa", "Isolated") "," SPLIT("a-", "Isolated")), "aaa-a",
                "aa|a-|a", true);
    check_split(SEQUENCE(SPLIT("[^\\\\s]+", "Isolated")),
                "aaa\xE3\x80\x80"
                "aa",
                "aaa|\xE3|\x80|\x80|aa", true);
    check_split(SEQUENCE(SPLIT("[\\\\p{L}&&[^b]]+", "Isolated")), "aaab", "aaa|b", true);
    check_split("\"pre_tokenizer\":" LEVEL ",", "aaaa", "aa|aa", false);
}

static void test_byte_level_normalizer(void **state)
{
    (void)state;
    sm_buffer b = sm_buffer_make(1 << 20);
    byte_json(&b, "\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":" LEVEL ",", "", "");
    sm_tokenizer *tok = load_ok(b.p);
    assert_encoded(tok, "か\xE3\x82\x99\xFF", "\xE3|\x81|\x8C|\xFF", "が\xFF");
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSY);
    sm_tokenizer_free(tok);
    sm_buffer_clear(&b);
    byte_json(&b, "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},", "", "");
    tok = load_ok(b.p);
    assert_encoded(tok, "a", " |a", " a");
    assert_encoded(tok, " a", " |a", " a");
    sm_tokenizer_free(tok);
    sm_buffer_free(&b);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"model\":{\"type\":\"WordPiece\"}}", SM_ENOSUP,
                   "neither BPE nor Unigram");
    assert_refused("{\"normalizer\":{\"type\":\"Lowercase\"}," MODEL("") "}", SM_ENOSUP,
                   "normalizer");
    assert_refused("{\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}," MODEL("") "}",
                   SM_ENOSUP, "pre-tokenizer");
    assert_refused("{" LLAMA MODEL("\"byte_fallback\":true,") "}", SM_ENOSUP, "every byte");
    assert_refused("{" LLAMA "\"model\":{\"type\":\"BPE\",\"vocab\":{\"▁\":0},\"merges\":[]}}",
                   SM_ENOSUP, "vanish");
    assert_refused("{" LLAMA "\"pre_tokenizer\":" LEVEL "," MODEL("") "}", SM_ENOSUP,
                   "ByteLevel");
    assert_refused("{" SEQUENCE(SPLIT("^a", "Isolated")) MODEL("") "}", SM_ENOSUP, "pattern");
    assert_refused("{" SEQUENCE(SPLIT("\\\\bword", "Isolated")) MODEL("") "}", SM_ENOSUP,
                   "pattern");
    assert_refused("{" SEQUENCE(SPLIT("a", "Removed")) MODEL("") "}", SM_ENOSUP, "removes");
    assert_refused("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]}}", SM_ENOSUP,
                   "unk_id");
    assert_refused("{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\"]]}}",
                   SM_EFORMAT, "entry");
    assert_refused(
        "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"*\"}," MODEL(
            "") "}",
        SM_EFORMAT, "base64");
    assert_refused("{\"model\":{\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}}", SM_EFORMAT,
                   "twice");
}

/* ---- .tiktoken --------------------------------------------------------------------------------------------- */

static void ranks(sm_buffer *b, const char *more)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned i = 0; i < 256; i++)
        sm_buffer_printf(b, "%c%c== %u\n", digits[i >> 2], digits[(i & 3) << 4], i);
    sm_buffer_puts(b, more);
}

static void test_tiktoken(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    char named[80];
    sm_buffer b = sm_buffer_make(1 << 16);
    ranks(&b, "YWE= 256\nYWFh 257\n"); /* aa, aaa */
    assert_ok(sm_file_write(path, sm_buffer_span(&b), &err), &err);
    assert_int_equal(sm_tokenizer_load(&tok, path, &err), SM_EUSAGE);
    assert_contains(err.text, "pre-tokenizer");
    sm_error_clear(&err);
    (void)snprintf(named, sizeof named, "%s:llama3", path);
    assert_ok(sm_tokenizer_load(&tok, named, &err), &err);
    assert_string_equal(sm_tokenizer_pretoken_name(tok), "llama3");
    assert_int_equal(sm_tokenizer_eot(tok), SM_NO_TOKEN);
    assert_encoded(tok, "aaaaa aa", "aa|aaa| |aa", "aaaaa aa");
    assert_encoded(tok, "aaa\xFF", "aaa|\xFF", "aaa\xFF");
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSLESS);
    sm_tokenizer_free(tok);
    (void)snprintf(named, sizeof named, "%s:latin", path);
    assert_int_equal(sm_tokenizer_load(&tok, named, &err), SM_EUSAGE);
    sm_error_clear(&err);
    static const struct {
        const char *more, *why;
        int status;
    } wrong[] = {{"YWE= 255\n", "twice", SM_EFORMAT},
                 {"YQ== 256\n", "twice", SM_EFORMAT},
                 {"Y*== 256\n", ":257: not a line", SM_EFORMAT},
                 {"YWE=\n", "not a line", SM_EFORMAT},
                 {"YWE= -1\n", "not a line", SM_EFORMAT},
                 {"YWE= 99999999999\n", "not a line", SM_EFORMAT}};
    (void)snprintf(named, sizeof named, "%s:gpt2", path);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sm_buffer_clear(&b);
        ranks(&b, wrong[i].more);
        assert_ok(sm_file_write(path, sm_buffer_span(&b), &err), &err);
        assert_int_equal(sm_tokenizer_load(&tok, named, &err), wrong[i].status);
        assert_contains(err.text, wrong[i].why);
        sm_error_clear(&err);
    }
    sm_buffer_free(&b);
}

/* FILE.json beside the ranks: pre-tokenizer, special tokens below and above the ranks, and what text may become. */
static void test_beside(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"pretoken\":\"gpt2\",\"special_tokens\":{\"<end>\":300,\"[x]\":258,\"aa\":256},"
        "\"matched_in_text\":[\"[x]\"],\"eot_token\":\"<end>\"}";
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    char beside[80], named[80];
    sm_buffer b = sm_buffer_make(1 << 16);
    ranks(&b, "YWE= 256\n"); /* aa */
    (void)snprintf(beside, sizeof beside, "%s.json", path);
    (void)snprintf(named, sizeof named, "%s:llama3", path);
    assert_ok(sm_file_write(path, sm_buffer_span(&b), &err), &err);
    assert_ok(sm_file_write(beside, sm_span_of(whole), &err), &err);
    assert_ok(sm_tokenizer_load(&tok, path, &err), &err);
    assert_string_equal(sm_tokenizer_pretoken_name(tok), "gpt2");
    assert_int_equal(sm_tokenizer_size(tok), 301);
    assert_int_equal(sm_tokenizer_eot(tok), 300);
    assert_true(sm_tokenizer_is_special(tok, 300) && !sm_tokenizer_is_special(tok, 258));
    assert_true(sm_tokenizer_is_reserved(tok, 256) && !sm_tokenizer_is_reserved(tok, 299));
    assert_encoded(tok, "a[x]a<end>", "a|[x]|a|<|e|n|d|>", "a[x]a<end>");
    sm_tokenizer_free(tok);
    assert_ok(sm_tokenizer_load(&tok, named, &err), &err); /* a name: the file is not read */
    assert_int_equal(sm_tokenizer_size(tok), 257);
    sm_tokenizer_free(tok);
    (void)remove(beside);
    sm_buffer_free(&b);
}

/* cl100k by its number of ranks and its last one: between the ranks and its special tokens an id is free. */
static void test_known_ranks(void **state)
{
    (void)state;
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    sm_buffer b = sm_buffer_make(1 << 22);
    ranks(&b, "");
    for (unsigned i = 256; i < 100255; i++) {
        const unsigned v = 0xF80000 + i; /* three bytes */
        sm_buffer_printf(&b, "%c%c%c%c %u\n", digits[v >> 18], digits[v >> 12 & 63],
                         digits[v >> 6 & 63], digits[v & 63], i);
    }
    sm_buffer_puts(&b, "IENvbnZleW9y 100255\n"); /* " Conveyor" */
    assert_ok(sm_file_write(path, sm_buffer_span(&b), &err), &err);
    assert_ok(sm_tokenizer_load(&tok, path, &err), &err);
    assert_string_equal(sm_tokenizer_pretoken_name(tok), "llama3");
    assert_int_equal(sm_tokenizer_size(tok), 100277);
    assert_int_equal(sm_tokenizer_eot(tok), 100257);
    assert_int_equal(sm_tokenizer_find(tok, SM_SPAN("<|endofprompt|>")), 100276);
    assert_false(sm_tokenizer_is_reserved(tok, 100256));
    sm_tokenizer_free(tok);
    sm_buffer_free(&b);
}

/* ---- which file it is ------------------------------------------------------------------------------------- */

static void test_recognition(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    char named[80];
    assert_refused("", SM_ETRUNC, "empty");
    assert_refused("hello\n", SM_EFORMAT, "neither");
    assert_refused("\n", SM_EFORMAT, "neither");
    assert_refused("\n\x7F", SM_EFORMAT, "neither");
    assert_refused("{", SM_EUSAGE, path);
    assert_int_equal(sm_tokenizer_load(&tok, "no-such-file.model", &err), SM_ENOENT);
    sm_error_clear(&err);
    sm_tokenizer_free(load_ok("  {" LLAMA MODEL("") "}")); /* whatever its name is */
    (void)snprintf(named, sizeof named, "%s:gpt2", path);
    assert_int_equal(sm_tokenizer_load(&tok, named, &err), SM_EUSAGE);
    assert_contains(err.text, "only a .tiktoken");
}

/* Cut anywhere, or with a byte changed: an error or a tokenizer, never a fall. */
static void check_damage(const char *text, char with)
{
    sm_error err = {0};
    sm_buffer b = sm_buffer_make(1 << 20);
    sm_buffer_puts(&b, text);
    sm_encoder *e = sm_encoder_new();
    for (size_t i = 0; i < 2 * b.n; i++) {
        const bool cuts = i < b.n;
        sm_error damage = {0};
        sm_tokenizer *tok = NULL;
        sm_ids ids = {0};
        const char was = b.p[i % b.n];
        if (!cuts) b.p[i - b.n] = with;
        assert_ok(sm_file_write(path, (sm_span){b.p, cuts ? i : b.n}, &err), &err);
        if (sm_tokenizer_load(&tok, path, &damage) == 0)
            sm_tokenizer_encode(tok, e, SM_SPAN("ab 漢 か\xFF"), &ids);
        else
            assert_contains(damage.text, path);
        sm_tokenizer_free(tok);
        sm_ids_free(&ids);
        b.p[i % b.n] = was;
    }
    sm_encoder_free(e);
    sm_buffer_free(&b);
}

static void test_damage(void **state)
{
    (void)state;
    check_damage("{" LLAMA STRIP MODEL("") "}", '"');
    check_damage(
        "{" METASPACE("\"split\":true") "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
                                        "\"vocab\":[[\"<unk>\",0],[\"▁\",-2],[\"a\",-1]]}}",
        '9');
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "tokfiles_test.%ld", (long)getpid());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)remove(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_added_tokens),
        cmocka_unit_test(test_unigram),
        cmocka_unit_test(test_unknown_patterns),
        cmocka_unit_test(test_byte_level_normalizer),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_tiktoken),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_known_ranks),
        cmocka_unit_test(test_recognition),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
