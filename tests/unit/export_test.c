/* Exporting tokenizers: what is written is read back and gives the same ids; what a format cannot carry is refused by its
 * rule. The engines themselves stand in tests/conformance/export_test.py and peers/llama_test.py.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/hash.h>
#include <seimai/json.h>
#include <seimai/random.h>
#include <seimai/tokenizer_export.h>
#include <seimai/tokenizer_verify.h>
#include <seimai/utf8.h>

#include "export/merge_queue.h"

static const char *scratch(const char *name)
{
    static char paths[4][1024];
    static int next;
    char *path = paths[next++ % 4];
    const char *build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, 1024, "%s/scratch/export", build ? build : ".");
    sm_error err = {0};
    assert_ok(sm_directory_make(path, &err), &err);
    (void)snprintf(path + strlen(path), 1024 - strlen(path), "/%s", name);
    return path;
}

/* ---- little tokenizers ------------------------------------------------------------------ */

typedef struct model {
    const char *const *merges; /* "a b", NULL-terminated, by rank */
    const char *const *ids;    /* "ab": the merged tokens by id; NULL: by rank */
    const char *const *tags;   /* strings that are matched in text, from id 2 on */
    const char *pattern;       /* of the pre-tokenizer; NULL: GPT-2's */
    const char *extra;         /* a token that no merge makes, or NULL */
    bool whole;                /* ignore_merges */
} model;

static void put_alphabet(sm_buffer *b, sm_span s)
{
    char spelled[256], *p = spelled;
    for (size_t i = 0; i < s.n; i++)
        p += sm_utf8_put(sm_character_of_byte((uint8_t)s.p[i]), p);
    sm_json_string(b, (sm_span){spelled, (size_t)(p - spelled)});
}

static void put_token(sm_buffer *b, sm_span s, unsigned *id)
{
    put_alphabet(b, s);
    sm_buffer_printf(b, ":%u", (*id)++);
}

static void put_merged(const model *m, sm_buffer *b, unsigned *id)
{
    for (size_t i = 0; m->ids && m->ids[i]; i++)
        put_token(b, sm_span_of(m->ids[i]), id);
    for (size_t i = 0; !m->ids && m->merges[i]; i++) {
        char joined[64];
        const char *blank = strchr(m->merges[i] + 1, ' ');
        (void)snprintf(joined, sizeof joined, "%.*s%s", (int)(blank - m->merges[i]),
                       m->merges[i], blank + 1);
        put_token(b, sm_span_of(joined), id);
    }
    if (m->extra) put_token(b, sm_span_of(m->extra), id);
}

static void put_vocabulary(const model *m, sm_buffer *b)
{
    unsigned id = 0;
    sm_buffer_puts(b, "\"vocab\":{\"<|endoftext|>\":0,\"<|pad|>\":1");
    for (id = 2; m->tags && m->tags[id - 2]; id++) {
        sm_json_key(b, m->tags[id - 2]);
        sm_json_uint(b, id);
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        const char c = (char)byte;
        put_token(b, (sm_span){&c, 1}, &id);
    }
    put_merged(m, b, &id);
    sm_buffer_puts(b, "},\"merges\":[");
    for (size_t i = 0; m->merges[i]; i++) {
        const char *blank = strchr(m->merges[i] + 1, ' ');
        sm_json_open(b, '[');
        put_alphabet(b, (sm_span){m->merges[i], (size_t)(blank - m->merges[i])});
        put_alphabet(b, sm_span_of(blank + 1));
        sm_json_close(b, ']');
    }
    sm_buffer_puts(b, "]");
}

static void put_added(const model *m, sm_buffer *b)
{
    sm_buffer_puts(
        b, "\"added_tokens\":[{\"id\":0,\"content\":\"<|endoftext|>\",\"special\":true},"
           "{\"id\":1,\"content\":\"<|pad|>\",\"special\":true}");
    for (size_t i = 0; m->tags && m->tags[i]; i++) {
        sm_buffer_printf(b, ",{\"id\":%zu,\"special\":false,\"normalized\":false", i + 2);
        sm_json_key(b, "content");
        sm_json_string(b, sm_span_of(m->tags[i]));
        sm_buffer_puts(b, "}");
    }
    sm_buffer_puts(b, "],");
}

static const char *write_model(const model *m)
{
    static const char level[] =
        "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":";
    const char *path = scratch("made.json");
    sm_buffer b = sm_buffer_make(1 << 20);
    sm_buffer_puts(&b, "{");
    put_added(m, &b);
    sm_buffer_puts(&b, "\"pre_tokenizer\":");
    if (m->pattern) {
        sm_buffer_puts(&b, "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\","
                           "\"pattern\":{\"Regex\":");
        sm_json_quote(&b, sm_span_of(m->pattern));
        sm_buffer_puts(&b, "},\"behavior\":\"Isolated\",\"invert\":false},");
    }
    sm_buffer_printf(&b, "%s%s}%s", level, m->pattern ? "false" : "true",
                     m->pattern ? "]}" : "");
    sm_buffer_printf(&b, ",\"model\":{\"type\":\"BPE\",\"ignore_merges\":%s,",
                     m->whole ? "true" : "false");
    put_vocabulary(m, &b);
    sm_buffer_puts(&b, "}}");
    assert_ok(sm_file_write(path, sm_buffer_span(&b), NULL), NULL);
    sm_buffer_free(&b);
    return path;
}

static sm_tokenizer *load(const char *path)
{
    sm_tokenizer *tok = NULL;
    sm_error err = {0};
    assert_ok(sm_tokenizer_load(&tok, path, &err), &err);
    return tok;
}

/* The status of exporting a model; the error's text is kept. */
static int export_as(const model *m, const char *format, const char *path, sm_error *err)
{
    const char *source = write_model(m);
    sm_tokenizer *tok = load(source);
    *err = (sm_error){0};
    const int status = sm_tokenizer_export(tok, source, format, path, (sm_span){0}, err);
    sm_tokenizer_free(tok);
    return status;
}

static const char *const merges[] = {"a b",       "ab c",          "b c", "a a", "aa aa",
                                     "\xE3 \x81", "\xE3\x81 \x82", "  a", NULL};
static const char *const tags[] = {"<tag>", "[電話]", NULL};
static const model plain = {.merges = merges, .tags = tags};

/* ---- the queue -------------------------------------------------------------------------- */

/* Ranks of strings of a and b, by hash: any table will do. */
static bool join_by_hash(const void *seed, sm_span text, const symbol *a, const symbol *b,
                         double *priority, uint32_t *made)
{
    const sm_span joined = {text.p + a->at, a->n + b->n};
    const uint64_t h = sm_hash64_seeded(joined, *(const uint64_t *)seed);
    *priority = -(double)(h >> 8 & 7);
    *made = (uint32_t)joined.n;
    return joined.n < 6 && h % 3 > 0;
}

/* The definition: the best pair, the leftmost of equals, again and again. */
static size_t merge_naively(sm_span text, uint64_t seed, size_t *at, size_t n)
{
    for (;;) {
        double best = -100, priority = 0;
        size_t where = n;
        uint32_t made = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            const symbol a = {.at = at[i], .n = at[i + 1] - at[i]},
                         b = {.at = at[i + 1], .n = at[i + 2] - at[i + 1]};
            if (!join_by_hash(&seed, text, &a, &b, &priority, &made) || priority <= best)
                continue;
            best = priority;
            where = i;
        }
        if (where == n) return n;
        memmove(at + where + 1, at + where + 2, (n - where - 1) * sizeof *at);
        n--;
    }
}

static void the_merge_queue_runs_as_defined(void **state)
{
    (void)state;
    enum { ROUNDS = 300, LONGEST = 80 };
    merge_queue q = {0};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        char text[LONGEST];
        size_t at[LONGEST + 1], n = 1 + (size_t)sm_random_below(7, round, 0, LONGEST - 1),
                                left = 0;
        merge_queue_clear(&q);
        for (size_t i = 0; i < n; i++) {
            text[i] = sm_random_below(7, round, i + 1, 2) ? 'a' : 'b';
            at[i] = i;
            merge_queue_add(&q, i, 1, 0);
        }
        at[n] = n;
        merge_queue_run(&q, (sm_span){text, n}, join_by_hash, &round);
        const size_t want = merge_naively((sm_span){text, n}, round, at, n);
        for (size_t i = 0; i < q.n_symbols; i++)
            if (q.symbols[i].n) assert_int_equal(q.symbols[i].at, at[left++]);
        assert_int_equal(left, want);
    }
    merge_queue_free(&q);
}

/* ---- there and back --------------------------------------------------------------------- */

static const char *const odd[] = {"",
                                  "abc",
                                  "aaaaa abcabc  a",
                                  "<tag>ab<|endoftext|>[電話]あ",
                                  "it's 12345\n\n\tああ漢 😀",
                                  "<tag><tag> <ta g>\r\n"};

static void same_ids(const sm_tokenizer *tok, const char *path)
{
    sm_token_file *file = NULL;
    sm_error err = {0};
    assert_ok(sm_token_file_open(&file, path, &err), &err);
    sm_encoder *e = sm_encoder_new();
    sm_token_scratch *s = sm_token_scratch_new();
    sm_token_comparison c = {.file = path};
    sm_ids want = {0}, got = {0};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        want.n = got.n = 0;
        sm_tokenizer_encode(tok, e, sm_span_of(odd[i]), &want);
        sm_token_file_encode(file, s, sm_span_of(odd[i]), &got);
        sm_token_compare(&c, tok, sm_span_of(odd[i]), &want, &got);
    }
    if (c.differences)
        print_error("%s: '%s': %s / %s\n", path, c.first.text, c.first.want, c.first.got);
    assert_int_equal(c.differences, 0);
    assert_int_equal(c.documents, sizeof odd / sizeof *odd);
    assert_true(c.tokens > 20);
    sm_token_comparison_free(&c);
    sm_ids_free(&want);
    sm_ids_free(&got);
    sm_encoder_free(e);
    sm_token_scratch_free(s);
    sm_token_file_close(file);
}

static void what_is_written_gives_the_same_ids(void **state)
{
    (void)state;
    static const struct {
        const char *format, *name;
    } files[] = {{"tiktoken", "back.tiktoken"}, {"gguf", "back.gguf"}, {"hf", "back"}};
    sm_error err = {0};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_ok(export_as(&plain, files[i].format, scratch(files[i].name), &err), &err);
        sm_tokenizer *tok = load(write_model(&plain));
        same_ids(tok, scratch(files[i].name));
        sm_tokenizer_free(tok);
    }
}

static void a_difference_is_shown(void **state)
{
    (void)state;
    sm_tokenizer *tok = load(write_model(&plain));
    sm_encoder *e = sm_encoder_new();
    sm_ids want = {0}, got = {0};
    sm_token_comparison c = {.file = "x.gguf"};
    sm_buffer out = sm_buffer_make(1 << 16);
    const sm_span text = SM_SPAN("abc\naaa");
    sm_tokenizer_encode(tok, e, text, &want); /* abc, LF, aa, a */
    for (size_t i = 0; i + 1 < want.n; i++)
        sm_ids_put(&got, want.p[i]);
    sm_token_compare(&c, tok, text, &want, &want);
    sm_token_compare(&c, tok, text, &want, &got);
    assert_int_equal(c.documents, 2);
    assert_int_equal(c.differences, 1);
    assert_int_equal(c.first.document, 2);
    assert_int_equal(c.first.byte, 6);
    assert_string_equal(c.first.text, "abc<0A>aaa");
    assert_contains(c.first.want, "abc|<0A>|aa|a  [");
    assert_contains(c.first.got, "abc|<0A>|aa  [");
    c.reader = sm_strdup(SM_SPAN("seimai (gguf)"));
    sm_token_comparisons_text(&c, 1, &out);
    sm_token_comparisons_json(&c, 1, &out);
    sm_buffer_putc(&out, '\0');
    assert_contains(out.p, "first in document 2 at byte 6");
    assert_contains(out.p, "\"differences\":1");
    sm_buffer_free(&out);
    sm_token_comparison_free(&c);
    sm_ids_free(&want);
    sm_ids_free(&got);
    sm_encoder_free(e);
    sm_tokenizer_free(tok);
}

/* ---- refusals --------------------------------------------------------------------------- */

static void refused(const model *m, const char *format, const char *says)
{
    const char *path = scratch("refused");
    sm_error err = {0};
    const int status = export_as(m, format, path, &err);
    if (status != SM_ENOSUP)
        print_error("%s: %d %s, want '%s'\n", format, status, err.text, says);
    assert_int_equal(status, SM_ENOSUP);
    assert_contains(err.text, "cannot carry");
    assert_contains(err.text, says);
    assert_false(sm_file_exists(path));
}

static void accepted(const model *m, const char *format)
{
    sm_error err = {0};
    assert_ok(export_as(m, format, scratch("accepted"), &err), &err);
}

static void a_broken_rule_is_named(void **state)
{
    (void)state;
    static const char *const swapped[] = {"abc",      "ab",           "bc", "aa", "aaaa",
                                          "\xE3\x81", "\xE3\x81\x82", " a", NULL};
    static const char *const two_ranks[] = {"a b", "b c", "ab c", "c d", "a bc", NULL};
    static const char *const two_ids[] = {"ab", "bc", "abc", "cd", NULL};
    static const char *const unreachable[] = {"a b", "b c", "a bc", NULL};
    static const char *const begins[] = {"[x]", "[x]y", NULL}, *const overlaps[] = {
                                                                   "ab[", "[cd", NULL};
    const model order = {.merges = merges, .ids = swapped},
                ranks = {.merges = two_ranks, .ids = two_ids};
    const model dead = {.merges = unreachable},
                whole = {.merges = merges, .extra = "zz", .whole = true};
    const model alike = {.merges = merges, .tags = begins},
                over = {.merges = merges, .tags = overlaps};
    refused(&plain, "model", "merges characters");
    refused(&plain, "llama2c", "merges characters");
    refused(&order, "tiktoken", "order of ids");
    accepted(&order, "gguf");
    refused(&ranks, "tiktoken", "one rank: 'abc'");
    refused(&dead, "tiktoken", "differ at token");
    accepted(&dead, "gguf");
    refused(&whole, "gguf", "by this model only");
    accepted(&whole, "tiktoken");
    refused(&alike, "tiktoken", "begin alike");
    accepted(&alike, "gguf");
    refused(&over, "gguf", "overlap in a text");
    accepted(&over, "tiktoken");
    accepted(&plain, "llmc");
}

static void an_unknown_format_is_wrong_usage(void **state)
{
    (void)state;
    sm_error err = {0};
    assert_int_equal(export_as(&plain, "docx", scratch("refused"), &err), SM_EUSAGE);
    assert_contains(err.text, "tiktoken");
}

/* ---- damaged files ---------------------------------------------------------------------- */

static int open_content(const char *name, sm_span content, sm_error *err)
{
    sm_token_file *file = NULL;
    const char *path = scratch(name);
    *err = (sm_error){0};
    assert_ok(sm_file_write(path, content, NULL), NULL);
    const int status = sm_token_file_open(&file, path, err);
    sm_token_file_close(file);
    return status;
}

static void damaged_files_are_named(void **state)
{
    (void)state;
    static const char bin[] = "\x04\0\0\0\0\0\0\0\x03\0\0\0abc\0\0\0\0\x07\0\0\0";
    sm_error err = {0};
    sm_buffer whole = sm_buffer_make(1 << 20);
    assert_ok(export_as(&plain, "tiktoken", scratch("cut.tiktoken"), &err), &err);
    assert_ok(sm_file_read(scratch("cut.tiktoken"), &whole, &err), &err);
    assert_int_equal(open_content("cut.tiktoken", (sm_span){whole.p, whole.n - 1}, &err),
                     SM_ETRUNC);
    assert_contains(err.text, "cut.tiktoken:264: the last line is cut");
    assert_int_equal(open_content("cut.tiktoken", (sm_span){whole.p, 300}, &err), SM_ETRUNC);
    assert_int_equal(open_content("cut.tiktoken", SM_SPAN("AA== 0\nAA== 1\n"), &err),
                     SM_EFORMAT);
    assert_contains(err.text, ":2: a token is listed twice");
    assert_int_equal(open_content("cut.tiktoken", SM_SPAN("A 0\n"), &err), SM_EFORMAT);
    assert_int_equal(open_content("cut.tiktoken", SM_SPAN("AA== 0\n"), &err), SM_EFORMAT);
    assert_contains(err.text, "byte 01 has no rank");
    assert_int_equal(open_content("cut.bin", (sm_span){bin, 2}, &err), SM_ETRUNC);
    assert_int_equal(open_content("cut.bin", (sm_span){bin, 10}, &err), SM_ETRUNC);
    assert_int_equal(open_content("cut.bin", (sm_span){bin, 14}, &err), SM_ETRUNC);
    assert_int_equal(open_content("cut.bin", (sm_span){bin, 15}, &err), SM_EFORMAT);
    assert_contains(err.text, "too few");
    assert_int_equal(open_content("cut.bin", (sm_span){bin, 23}, &err), SM_EFORMAT);
    assert_contains(err.text, "longer than the longest");
    assert_int_equal(open_content("cut.gguf", (sm_span){bin, 23}, &err), SM_EFORMAT);
    assert_int_equal(open_content("cut.gguf", SM_SPAN("GGUF\3\0\0\0"), &err), SM_ETRUNC);
    sm_buffer_free(&whole);
}

/* Any byte turned over gives an error or a file that can be used. */
static void a_damaged_vocabulary_is_survived(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_buffer whole = sm_buffer_make(1 << 20);
    size_t refusals = 0;
    assert_ok(export_as(&plain, "gguf", scratch("flip.gguf"), &err), &err);
    assert_ok(sm_file_read(scratch("flip.gguf"), &whole, &err), &err);
    for (size_t i = 0; i < whole.n; i += 3) {
        whole.p[i] = (char)~whole.p[i];
        refusals += open_content("flip.gguf", sm_buffer_span(&whole), &err) < 0;
        whole.p[i] = (char)~whole.p[i];
    }
    assert_true(refusals > 100);
    sm_buffer_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_merge_queue_runs_as_defined),
        cmocka_unit_test(what_is_written_gives_the_same_ids),
        cmocka_unit_test(a_difference_is_shown),
        cmocka_unit_test(a_broken_rule_is_named),
        cmocka_unit_test(an_unknown_format_is_wrong_usage),
        cmocka_unit_test(damaged_files_are_named),
        cmocka_unit_test(a_damaged_vocabulary_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
