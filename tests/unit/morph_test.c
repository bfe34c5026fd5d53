/* Morphemes: places, white space, long texts, several threads over one model.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/morph.h>
#include <seimai/parallel.h>
#include <seimai/random.h>
#include <seimai/utf8.h>

#include <unistd.h>

static sm_morph *morph;

static int open_morph(void **state)
{
    (void)state;
    sm_error err = {0};
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    return 0;
}

static int close_morph(void **state)
{
    (void)state;
    sm_morph_close(morph);
    return 0;
}

/* The morphemes of a text, joined by '|'. */
static void cut(sm_tagger *tagger, sm_span text, sm_buffer *out)
{
    sm_error err = {0};
    const sm_morpheme *m = NULL;
    size_t n = 0;
    assert_ok(sm_tagger_cut(tagger, text, &m, &n, &err), &err);
    sm_buffer_clear(out);
    for (size_t i = 0; i < n; i++) {
        if (i) sm_buffer_putc(out, '|');
        sm_buffer_put(out, (sm_span){text.p + m[i].begin, m[i].end - m[i].begin});
    }
}

/* Expected values: `mecab -Owakati` of mecab-ipadic-utf8 2.7.0. */
static void test_known_sentences(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"すもももももももものうち", "すもも|も|もも|も|もも|の|うち"},
        {"吾輩は猫である。名前はまだ無い。", "吾輩|は|猫|で|ある|。|名前|は|まだ|無い|。"},
        {"  東京 に\t行く \n", "東京|に|行く"},
        {"", ""},
        {" ", ""},
    };
    sm_tagger *tagger = sm_tagger_new(morph);
    sm_buffer out = sm_buffer_make(1 << 20);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cut(tagger, sm_span_of(known[i][0]), &out);
        assert_span(sm_buffer_span(&out), known[i][1]);
    }
    sm_buffer_free(&out);
    sm_tagger_free(tagger);
}

/* Morphemes ascend, hold no cut character, and leave out white space only. */
static void check_cover(sm_span text, const sm_morpheme *m, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i <= n; i++) {
        const size_t next = i < n ? m[i].begin : text.n;
        assert_true(next >= at);
        for (size_t k = at; k < next; k++)
            assert_non_null(memchr(" \t\r\n\v\f", text.p[k], 6));
        if (i == n) break;
        assert_true(m[i].end > m[i].begin && m[i].end <= text.n);
        assert_true(((unsigned char)text.p[m[i].begin] & 0xC0) != 0x80);
        at = m[i].end;
    }
}

static void test_long_texts_are_covered(void **state)
{
    (void)state;
    static const char *const parts[] = {"長い文章が続く。", "漢", "abc ", " ", "改行\n"};
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        sm_error err = {0};
        sm_buffer text = sm_buffer_make(1 << 22);
        const sm_morpheme *m = NULL;
        size_t n = 0;
        while (text.n < 200000)
            sm_buffer_puts(&text, parts[p]);
        sm_tagger *tagger = sm_tagger_new(morph);
        assert_ok(sm_tagger_cut(tagger, sm_buffer_span(&text), &m, &n, &err), &err);
        check_cover(sm_buffer_span(&text), m, n);
        sm_tagger_free(tagger);
        sm_buffer_free(&text);
    }
}

/* A long text is cut at 。, so that its sentences come out as they do alone. */
static void test_long_equals_short(void **state)
{
    (void)state;
    const sm_span sentence = SM_SPAN("彼女は図書館で新しい本を借りて帰った。");
    sm_error err = {0};
    sm_tagger *tagger = sm_tagger_new(morph);
    const sm_morpheme *m = NULL;
    size_t alone = 0, together = 0;
    enum { TIMES = 3000 };
    sm_buffer text = sm_buffer_make(1 << 22);
    for (int i = 0; i < TIMES; i++)
        sm_buffer_put(&text, sentence);
    assert_ok(sm_tagger_cut(tagger, sentence, &m, &alone, &err), &err);
    assert_ok(sm_tagger_cut(tagger, sm_buffer_span(&text), &m, &together, &err), &err);
    assert_int_equal(together, alone * TIMES);
    sm_buffer_free(&text);
    sm_tagger_free(tagger);
}

typedef struct shared_texts {
    sm_tagger *taggers[4];
    size_t found[64];
} shared_texts;

static int cut_one(void *shared, unsigned worker, size_t i, sm_error *err)
{
    shared_texts *s = shared;
    const sm_morpheme *m = NULL;
    return sm_tagger_cut(s->taggers[worker], SM_SPAN("隣の客はよく柿食う客だ"), &m,
                         &s->found[i], err);
}

static void test_threads_share_a_model(void **state)
{
    (void)state;
    sm_error err = {0};
    shared_texts s = {0};
    for (size_t i = 0; i < 4; i++)
        s.taggers[i] = sm_tagger_new(morph);
    assert_ok(sm_parallel(4, 64, cut_one, &s, &err), &err);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(s.found[i], s.found[0]);
    for (size_t i = 0; i < 4; i++)
        sm_tagger_free(s.taggers[i]);
}

/* Walking by pieces gives what the whole text gives, and every piece ends where a sentence or a character does. */
static void test_pieces(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_buffer text = sm_buffer_make(1 << 22);
    for (int i = 0; i < 3000; i++)
        sm_buffer_puts(&text, i % 700 == 0   ? "改行が来る\n"
                              : i % 900 == 0 ? "終わり。"
                                             : "長い長い文章");
    const sm_span all = sm_buffer_span(&text);
    sm_tagger *whole = sm_tagger_new(morph), *part = sm_tagger_new(morph);
    const sm_morpheme *m = NULL, *of_piece = NULL;
    size_t n = 0, k = 0, n_piece = 0;
    assert_ok(sm_tagger_cut(whole, all, &m, &n, &err), &err);
    for (size_t start = 0, end = 0; start < all.n; start = end) {
        end = sm_morph_piece(all, start);
        assert_true(end > start && end - start <= 32 << 10);
        assert_int_equal(sm_utf8_check((sm_span){all.p + start, end - start}), end - start);
        const sm_span piece = {all.p + start, end - start};
        assert_ok(sm_tagger_cut(part, piece, &of_piece, &n_piece, &err), &err);
        for (size_t i = 0; i < n_piece; i++, k++) {
            assert_int_equal(m[k].begin, start + of_piece[i].begin);
            assert_int_equal(m[k].end, start + of_piece[i].end);
        }
    }
    assert_int_equal(k, n);
    sm_tagger_free(whole);
    sm_tagger_free(part);
    sm_buffer_free(&text);
}

/* Bytes that are no UTF-8 are cut like anything else: nothing is read behind the text. */
static void test_any_bytes(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_tagger *tagger = sm_tagger_new(morph);
    const sm_morpheme *m = NULL;
    size_t n = 0;
    char *bytes = sm_malloc(40000);
    for (uint64_t seed = 0; seed < 30; seed++) {
        const size_t length = 1 + sm_random_below(seed, 0, 0, seed % 3 ? 50 : 40000);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)sm_random_below(seed, i, 1, seed % 2 ? 256 : 128);
        assert_ok(sm_tagger_cut(tagger, (sm_span){bytes, length}, &m, &n, &err), &err);
        for (size_t i = 0, at = 0; i < n; at = m[i++].end)
            assert_true(m[i].begin >= at && m[i].end <= length);
    }
    sm_free(bytes);
    sm_tagger_free(tagger);
}

/* A dictionary of one word that IPADIC cuts in two; skipped where its compiler is not installed. */
static void test_user_dictionary(void **state)
{
    (void)state;
    static const char compile[] =
        "d=morph_test.$$; printf "
        "'精米機,1285,1285,-20000,名詞,一般,*,*,*,*,精米機,セイマイキ,セイマイキ\n' > $d.csv;"
        "$(mecab-config --libexecdir)/mecab-dict-index -d '%s' -u %s -f utf-8 -t utf-8 $d.csv "
        "> $d.csv.log 2>&1; s=$?; rm -f $d.csv $d.csv.log; exit $s";
    char command[1024], name[64];
    sm_error err = {0};
    sm_morph *with = NULL;
    sm_hash128 a, b;
    (void)snprintf(name, sizeof name, "morph_test.%ld.dic", (long)getpid());
    (void)snprintf(command, sizeof command, compile, sm_morph_dictionary(morph), name);
    if (system(command) != 0) skip();
    assert_ok(sm_morph_open_with(&with, NULL, name, &err), &err);
    sm_tagger *tagger = sm_tagger_new(with);
    sm_buffer out = sm_buffer_make(1 << 10);
    cut(tagger, SM_SPAN("新しい精米機だ"), &out);
    assert_span(sm_buffer_span(&out), "新しい|精米機|だ");
    assert_ok(sm_morph_hash(morph, &a, &err), &err);
    assert_ok(sm_morph_hash(with, &b, &err), &err);
    assert_false(sm_hash128_equal(a, b));
    sm_tagger_free(tagger);
    sm_morph_close(with);
    sm_buffer_free(&out);
    (void)remove(name);
    assert_int_equal(sm_morph_open_with(&with, NULL, name, &err), SM_ENOENT);
    assert_contains(err.text, name);
}

/* Debian's ipadic stands beside ipadic-utf8 and is in EUC-JP. */
static void test_other_charset(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_morph *other = NULL;
    char folder[1024], probe[1100];
    const sm_span utf8 = sm_span_of(sm_morph_dictionary(morph));
    if (!sm_span_ends(utf8, SM_SPAN("-utf8"))) skip();
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(utf8.n - 5), utf8.p);
    (void)snprintf(probe, sizeof probe, "%s/sys.dic", folder);
    if (access(probe, R_OK) != 0) skip();
    assert_int_equal(sm_morph_open(&other, folder, &err), SM_EUSAGE);
    assert_contains(err.text, "EUC-JP");
    assert_null(other);
}

static void test_missing_dictionary(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_morph *none = NULL;
    assert_int_equal(sm_morph_open(&none, "/no/such/folder", &err), SM_ENOENT);
    assert_contains(err.text, "/no/such/folder");
}

static void test_hash_is_stable(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_hash128 a, b;
    assert_ok(sm_morph_hash(morph, &a, &err), &err);
    assert_ok(sm_morph_hash(morph, &b, &err), &err);
    assert_true(sm_hash128_equal(a, b));
    assert_true(a.lo != 0 || a.hi != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_sentences),
        cmocka_unit_test(test_long_texts_are_covered),
        cmocka_unit_test(test_long_equals_short),
        cmocka_unit_test(test_threads_share_a_model),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_user_dictionary),
        cmocka_unit_test(test_other_charset),
        cmocka_unit_test(test_missing_dictionary),
        cmocka_unit_test(test_hash_is_stable),
    };
    return cmocka_run_group_tests(tests, open_morph, close_morph);
}
