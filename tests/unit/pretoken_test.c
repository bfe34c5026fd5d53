/* Pre-tokenizers: known cuts, PCRE2 as the oracle, no gap in any bytes.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "split/pretoken_internal.h"

#include <seimai/category.h>
#include <seimai/pattern.h>
#include <seimai/pretoken.h>
#include <seimai/random.h>
#include <seimai/utf8.h>

static const char *const names[] = {"deepseek-v3", "llama3", "qwen",   "o200k",
                                    "gpt2",        "runs",   "script", "none"};
enum { NAMES = sizeof names / sizeof *names };

static sm_pretokenizer *make(const char *name)
{
    sm_error err = {0};
    sm_pretokenizer *p = NULL;
    assert_ok(sm_pretokenizer_new(&p, name, &err), &err);
    return p;
}

static void join(const sm_pretokenizer *p, sm_span text, sm_buffer *out)
{
    sm_buffer_clear(out);
    for (size_t at = 0; at < text.n;) {
        const size_t end = sm_pretoken_end(p, text, at);
        assert_true(end > at && end <= text.n);
        if (at) sm_buffer_putc(out, '|');
        sm_buffer_put(out, (sm_span){text.p + at, end - at});
        at = end;
    }
}

/* Expected values: `tokenizers` 0.23.3. */
static void test_known_cuts(void **state)
{
    (void)state;
    static const char *const known[][3] = {
        {"deepseek-v3", "吾輩は猫である。12345 Hello, world!\n\n  x",
         "吾輩は猫である|。|123|45| Hello|,| world|!\n\n| | x"},
        {"deepseek-v3", "カ・キ゛々〇", "カ|・|キ|゛|々|〇"},
        {"deepseek-v3", "it's .com a  ", "it|'s| .|com| a|  "},
        {"deepseek-v3", "\xE3\x82\x97か  漢", "\xE3\x82\x97か|  |漢"},
        {"llama3", "I'LL 1234 go\r\n x", "I|'LL| |123|4| go|\r\n| x"},
        {"llama3", "猫である。です", "猫である|。です"},
        {"gpt2", "I'LL don't 1234  x", "I|'|LL| don|'t| 1234| | x"},
    };
    sm_buffer out = sm_buffer_make(1 << 16);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        sm_pretokenizer *p = make(known[i][0]);
        join(p, sm_span_of(known[i][1]), &out);
        assert_span(sm_buffer_span(&out), known[i][2]);
        sm_pretokenizer_free(p);
    }
    sm_buffer_free(&out);
}

/* ---- the oracle: the same patterns in PCRE2, one Split after the other ------------------------- */

typedef struct oracle {
    sm_pattern *patterns[4];
    size_t n;
    sm_matcher *matcher;
    size_t *ends;
    size_t n_ends, cap;
} oracle;

static void found(oracle *o, size_t end)
{
    o->ends = sm_array_grow(o->ends, o->n_ends, &o->cap, sizeof *o->ends);
    o->ends[o->n_ends++] = end;
}

static void split(oracle *o, size_t level, sm_span text, size_t offset)
{
    if (text.n == 0) return;
    if (level == o->n || level == sizeof o->patterns / sizeof *o->patterns) {
        found(o, offset + text.n);
        return;
    }
    size_t at = 0;
    for (;;) {
        sm_span group[SM_GROUPS];
        size_t n = 0;
        sm_error err = {0};
        const int rc =
            sm_pattern_find(o->patterns[level], o->matcher, text, at, group, &n, &err);
        assert_ok(rc, &err);
        const size_t from = rc ? (size_t)(group[0].p - text.p) : text.n;
        split(o, level + 1, (sm_span){text.p + at, from - at}, offset + at);
        if (!rc) return;
        split(o, level + 1, group[0], offset + from);
        at = from + group[0].n;
    }
}

static void oracle_init(oracle *o, const sm_pretokenizer *p)
{
    *o = (oracle){.matcher = sm_matcher_new()};
    for (size_t i = 0; sm_pretokenizer_pattern(p, i); i++) {
        sm_error err = {0};
        sm_buffer source = sm_buffer_make(4096);
        sm_buffer_puts(&source, "(*UCP)"); /* \s as in Unicode */
        sm_buffer_puts(&source, sm_pretokenizer_pattern(p, i));
        assert_ok(sm_pattern_compile(&o->patterns[o->n++], "split", sm_buffer_span(&source),
                                     false, &err),
                  &err);
        sm_buffer_free(&source);
    }
}

static void oracle_fini(oracle *o)
{
    for (size_t i = 0; i < o->n; i++)
        sm_pattern_free(o->patterns[i]);
    sm_matcher_free(o->matcher);
    sm_free(o->ends);
}

static void compare(const sm_pretokenizer *p, oracle *o, sm_cuts *cuts, sm_span text)
{
    o->n_ends = 0;
    split(o, 0, text, 0);
    sm_pretoken_cut(p, text, cuts);
    size_t at = 0;
    for (size_t i = 0; at < text.n; i++) {
        at = sm_pretoken_end(p, text, at);
        if (i >= o->n_ends || o->ends[i] != at)
            print_error("%s: %.*s at %zu\n", sm_pretokenizer_name(p), (int)text.n, text.p, at);
        assert_true(i < o->n_ends && i < cuts->n);
        assert_int_equal(at, o->ends[i]);
        assert_int_equal(at, cuts->end[i]);
    }
    assert_int_equal(cuts->n, o->n_ends);
}

/* Characters of every kind that a pattern tells apart. All are older than PCRE2's and ICU's Unicode. */
static const char alphabet[] =
    "a Z ' s S d t ſ ll RE 0 9 ① Ⅳ 〇 々 ー ・ ゛ ゠ ぁ カ 漢 龥 龦 é ́ ゙ 。 ！ ? . _ - $ 　   "
    "\xE3\x81\x80 \xE3\x82\x97 \x01 \xC2\xA0 \xE2\x80\x8B \xC2\xAD \xEE\x80\x80 😀 ก ั ½";

static size_t random_text(uint64_t seed, char *out, size_t most)
{
    const sm_span from = {alphabet, sizeof alphabet - 1};
    size_t n = 0, pieces = sm_random_below(1, seed, 0, 30) + 1;
    for (uint64_t i = 1; i <= pieces; i++) {
        const uint64_t r = sm_random_u64(1, seed, i);
        if (r % 4 == 0) {
            static const char white[] = " \n\r\t";
            out[n++] = white[r / 4 % 4];
            continue;
        }
        const char *p = from.p + r / 4 % from.n;
        while (((unsigned char)*p & 0xC0) == 0x80)
            p--;
        const char *q = p;
        (void)sm_utf8_next(&q, from.p + from.n);
        if (n + 4 > most) break;
        memcpy(out + n, p, (size_t)(q - p));
        n += (size_t)(q - p);
    }
    return n;
}

static void test_equals_the_patterns(void **state)
{
    (void)state;
    for (size_t k = 0; k < NAMES; k++) {
        sm_pretokenizer *p = make(names[k]);
        oracle o;
        sm_cuts cuts = {0};
        oracle_init(&o, p);
        for (uint64_t seed = 0; seed < 4000; seed++) {
            char text[256];
            const size_t n = random_text(seed, text, sizeof text);
            compare(p, &o, &cuts, (sm_span){text, n});
        }
        sm_cuts_free(&cuts);
        oracle_fini(&o);
        sm_pretokenizer_free(p);
    }
}

static void test_any_bytes(void **state)
{
    (void)state;
    for (size_t k = 0; k < NAMES; k++) {
        sm_pretokenizer *p = make(names[k]);
        for (uint64_t seed = 0; seed < 2000; seed++) {
            char bytes[64];
            const size_t n = sm_random_below(2, seed, 0, sizeof bytes) + 1;
            for (size_t i = 0; i < n; i++)
                bytes[i] = (char)sm_random_u64(2, seed, i + 1);
            for (size_t at = 0; at < n;) {
                const size_t end = sm_pretoken_end(p, (sm_span){bytes, n}, at);
                assert_true(end > at && end <= n);
                at = end;
            }
        }
        sm_pretokenizer_free(p);
    }
}

/* The bit sets of every path that this machine has are the portable ones. */
static void test_paths(void **state)
{
    (void)state;
    enum { MOST = 300, BYTES = MOST / 8 + 32 };
    for (uint64_t seed = 0; seed < 300; seed++) {
        uint8_t groups[MOST + 64], portable[SETS][BYTES], other[SETS][BYTES];
        uint8_t *want[SETS], *got[SETS];
        const size_t n = sm_random_below(4, seed, 0, MOST);
        for (size_t i = 0; i < sizeof groups; i++)
            groups[i] = i < n ? (uint8_t)sm_random_below(4, seed, i + 1, GROUPS) : GROUP_END;
        for (size_t k = 0; k < SETS; k++) {
            want[k] = portable[k];
            got[k] = other[k];
        }
        bits_fill_by(0, &scan_o200k, groups, n, want);
        for (size_t path = 1; bits_path(path); path++) {
            bits_fill_by(path, &scan_o200k, groups, n, got);
            for (size_t k = 0; k < SETS; k++)
                assert_memory_equal(want[k], got[k], bits_bytes(n));
        }
    }
}

/* Words side by side, blanks between them, in texts longer than a word of bits. */
static size_t random_words(uint64_t seed, char *out, size_t most)
{
    static const char *const words[] = {"a",    "The",   "cat", "iPhone", "X",    "of",
                                        "é",    "naïve", "'s",  "don't",  "漢字", "12",
                                        "3456", "-",     ".",   "É"};
    static const char *const between[] = {" ", " ", " ", " ", "  ", ", ", "\n", ""};
    size_t n = 0;
    for (uint64_t i = 0; n + 16 < most; i++) {
        const uint64_t r = sm_random_u64(5, seed, i);
        const char *const word = words[r % (r >> 32 & 3 ? 6 : 16)], *gap = between[r >> 8 & 7];
        memcpy(out + n, word, strlen(word));
        n += strlen(word);
        memcpy(out + n, gap, strlen(gap));
        n += strlen(gap);
    }
    return n;
}

static void test_words(void **state)
{
    (void)state;
    for (size_t k = 0; k < NAMES; k++) {
        sm_pretokenizer *p = make(names[k]);
        oracle o;
        sm_cuts cuts = {0};
        oracle_init(&o, p);
        for (uint64_t seed = 0; seed < 400; seed++) {
            char text[256];
            const size_t n = random_words(seed, text, 32 + seed % 200);
            compare(p, &o, &cuts, (sm_span){text, n});
        }
        sm_cuts_free(&cuts);
        oracle_fini(&o);
        sm_pretokenizer_free(p);
    }
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Bytes of every kind that UTF-8 tells apart, whole characters most often. */
static size_t random_utf8(uint64_t seed, uint8_t *out, size_t most)
{
    static const char *const parts[] = {
        "a", " ", "The words ", "é", "ＡＢ", "漢字", "ひらがな", "😀", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xE0\xA0\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xC2\x80",
        /* none */
        "\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE3\x81", "\xE3",
        "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF"};
    enum { PARTS = sizeof parts / sizeof *parts, GOOD = 14 };
    const uint64_t kinds[] = {3, GOOD, GOOD, PARTS, 256};
    const uint64_t kind = kinds[seed % 5];
    size_t n = 0;
    for (uint64_t i = 0; n < most; i++) {
        const uint64_t r = sm_random_u64(6, seed, i);
        const char byte = (char)(r >> 8);
        const char *const part = kind > PARTS ? &byte : parts[r % kind];
        const size_t length = kind > PARTS ? 1 : strlen(part), room = most - n;
        memcpy(out + n, part, length < room ? length : room);
        n += length < room ? length : room;
    }
    return n;
}

/* What unpacking is by definition: one character after the other. */
static void check_columns(const unpack_table *t, const uint8_t *p, size_t stop, size_t n,
                          const unpacked *u)
{
    size_t at = 0, i = 0;
    bool bad = false;
    for (; at < stop; i++) {
        const character c = character_at(p + at, p + n);
        const bool wide = !c.bad && c.c >= CELL_BAD;
        const uint32_t group =
            wide ? t->group_of(c.c, classes_of(t->classes, c.c)) : t->cells[c.c] >> CELL_GROUP;
        assert_true(i < u->n);
        assert_int_equal(u->at[i], at);
        assert_int_equal(u->codes[i], wide ? 0 : t->cells[c.c] & 0xFFFF);
        assert_int_equal(u->groups[i], group);
        bad |= c.bad;
        at += c.n;
    }
    assert_int_equal(u->n, i);
    assert_int_equal(u->at[i], at);
    assert_int_equal(u->groups[i], GROUP_END);
    assert_int_equal(u->bad, bad);
}

/* Both ways of unpacking, in memory that ends where the text does. */
static void test_columns(void **state)
{
    (void)state;
    sm_pretokenizer *p = make("o200k");
    unpack_table table = p->table;
    unpacked u = {0};
    table.cells = sm_malloc(CELLS * sizeof *table.cells);
    for (uint32_t i = 0; i < CELLS; i++) /* codes, so that they are seen to be right */
        table.cells[i] = p->table.cells[i] | (i * 40503u & 0xFFFF);
    if (!unpack_has_blocks()) print_message("no AVX-512 here: one way of unpacking only\n");
    for (uint64_t seed = 0; seed < 20000; seed++) {
        const size_t n = sm_random_below(7, seed, 0, 330) + 1, from = seed % 67;
        uint8_t *text = sm_malloc(from + n);
        (void)random_utf8(seed, text + from, n);
        const size_t stop = seed % 3 ? n : sm_random_below(7, seed, 1, n) + 1;
        for (int blocks = 0; blocks <= unpack_has_blocks(); blocks++) {
            unpack_by(blocks, &table, text + from, text + from + stop, text + from + n, &u);
            check_columns(&table, text + from, stop, n, &u);
        }
        sm_free(text);
    }
    unpacked_free(&u);
    sm_free(table.cells);
    sm_pretokenizer_free(p);
}

static void test_names(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_pretokenizer *none = NULL;
    assert_int_equal(sm_pretokenizer_new(&none, "gpt9", &err), SM_EUSAGE);
    assert_contains(err.text, "gpt9");
    for (size_t k = 0; k < NAMES; k++) {
        sm_pretokenizer *p = make(names[k]);
        sm_span patterns[4];
        size_t n = 0;
        for (; sm_pretokenizer_pattern(p, n); n++)
            patterns[n] = sm_span_of(sm_pretokenizer_pattern(p, n));
        assert_string_equal(sm_pretokenizer_by_patterns(patterns, n), names[k]);
        if (n > 1) assert_null(sm_pretokenizer_by_patterns(patterns, n - 1));
        sm_pretokenizer_free(p);
    }
}

static void test_categories(void **state)
{
    (void)state;
    assert_int_equal(sm_category_of('A'), SM_LU);
    assert_int_equal(sm_category_of(0x6F22), SM_LO);
    assert_int_equal(sm_category_of(0x3005), SM_LM);
    assert_int_equal(sm_category_of(0x3007), SM_NL);
    assert_int_equal(sm_category_of(0x30FB), SM_PO);
    assert_int_equal(sm_category_of(0x110000), SM_CN);
    assert_true(sm_is_white_space(0x3000));
    assert_false(sm_is_white_space(0x200B));
    assert_int_equal(sm_unicode_age(0x6F22), 101);
    assert_int_equal(sm_unicode_age(0x110000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_cuts), cmocka_unit_test(test_equals_the_patterns),
        cmocka_unit_test(test_any_bytes),  cmocka_unit_test(test_paths),
        cmocka_unit_test(test_words),      cmocka_unit_test(test_columns),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_categories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
