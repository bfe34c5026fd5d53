/* NG words: styles, classes of ends, dresses, exceptions, cues, files, rewriting. SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/ng.h>

/* A search over one list, and what it finds in a text: "word word", by the entries' words. */
typedef struct bench {
    sm_ng *ng;
    sm_morph *morph;
    sm_ng_scanner *scanner;
    const sm_ng_counts *counts;
    char found[512];
} bench;

static void put(sm_ng *ng, const char *name, const char *text, sm_ng_match match)
{
    sm_error err = {0};
    assert_ok(sm_ng_add_text(ng, name, "list.tsv", sm_span_of(text), match, &err), &err);
}

static bench bench_of(sm_ng *ng, bool mecab)
{
    sm_error err = {0};
    bench b = {.ng = ng};
    assert_ok(sm_ng_compile(ng, &err), &err);
    if (mecab) assert_ok(sm_morph_open(&b.morph, NULL, &err), &err);
    b.scanner = sm_ng_scanner_new(ng, b.morph);
    return b;
}

static bench bench_make(const char *text, sm_ng_match match)
{
    sm_ng *const ng = sm_ng_new();
    put(ng, "list", text, match);
    return bench_of(ng, false);
}

static void bench_free(bench *b)
{
    sm_ng_scanner_free(b->scanner);
    if (b->morph) sm_morph_close(b->morph);
    sm_ng_free(b->ng);
}

static const char *find(bench *b, const char *text)
{
    sm_error err = {0};
    assert_ok(sm_ng_scan(b->scanner, sm_span_of(text), &b->counts, &err), &err);
    size_t n = 0, at = 0;
    const sm_ng_hit *const hits = sm_ng_hits(b->scanner, &n);
    b->found[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const sm_span word = sm_ng_word(b->ng, hits[i].entry);
        at += (size_t)snprintf(b->found + at, sizeof b->found - at, "%s%.*s", i ? " " : "",
                               (int)word.n, word.p);
    }
    return b->found;
}

#define OURS "# seimai-ng 1\n"

static void test_plain(void **state)
{
    (void)state;
    bench b = bench_make("スケ\nアスパラ\n死\nアス\n\n  sm \r\n", SM_NG_PLAIN);
    assert_string_equal(find(&b, "スケジュールとアスパラガス"),
                        "スケ アスパラ"); /* the first of the list */
    assert_string_equal(find(&b, "必死のsmall、アス"), "死 sm アス");
    assert_string_equal(find(&b, "ＳＭ SM ｱｽ"), ""); /* nothing is folded */
    assert_int_equal(b.counts[0].hits, 0);
    assert_string_equal(find(&b, "死死"), "死 死");
    assert_int_equal(b.counts[0].hits, 2);
    assert_int_equal(b.counts[0].types, 1);
    assert_int_equal(b.counts[0].letters, 2);
    bench_free(&b);
}

static void test_katakana(void **state)
{
    (void)state;
    bench b = bench_make("バイ\nバイト先\nイト\n", SM_NG_KATAKANA);
    assert_string_equal(find(&b, "アルバイト先"), "バイト先");
    assert_string_equal(find(&b, "バイク、バイー"), "");
    assert_string_equal(find(&b, "「バイ」とイト"), "バイ イト");
    assert_string_equal(find(&b, "バイヽﾊﾞｲ"), "バイ"); /* neither is in [ァ-ヴー] */
    bench_free(&b);
}

static void test_longest(void **state)
{
    (void)state;
    bench b = bench_make("ab\nabc\nbcd\ncd\n", SM_NG_LONGEST);
    assert_string_equal(find(&b, "abcd"), "abc");
    assert_string_equal(find(&b, "xbcdcd"), "bcd cd");
    assert_int_equal(b.counts[0].letters, 5);
    bench_free(&b);
}

static void test_ends(void **state)
{
    (void)state;
    bench b = bench_make("エロ\nsex\nばか\n援助\n死\n強姦\tC\n", SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "強姦"),
                        ""); /* not a file of ours: the whole line is the word */
    assert_string_equal(find(&b, "イエロー、エロス、エロい、エロ"), "エロ エロ");
    assert_string_equal(find(&b, "essex sex, Sex! sex_t sexy"), "sex sex");
    assert_string_equal(find(&b, "学校援助、援助する"), "援助"); /* kanji beside */
    assert_string_equal(find(&b, "死、必死"), "");               /* one kanji never counts */
    bench_free(&b);
    b = bench_make(OURS "強姦\tC\n死\tany\nクソ\tK\t1\t>\n", SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "集団強姦罪"), "強姦");
    assert_string_equal(find(&b, "必死"), "死");
    assert_string_equal(find(&b, "クソゲー、ジャクソン"), "クソ");
    bench_free(&b);
}

/* Without MeCab: particles, and nothing else, may stand beside hiragana. */
static void test_hiragana(void **state)
{
    (void)state;
    bench b = bench_make("ばか\n", SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "ばか。"), "ばか");
    assert_string_equal(find(&b, "「ばかだから」"), "ばか");
    assert_string_equal(find(&b, "この、ばかじゃないのか"), "ばか");
    assert_string_equal(find(&b, "お前はばかですか"), "ばか");
    assert_string_equal(find(&b, "それだけばかり"), "");
    assert_string_equal(find(&b, "10分ばかり"), "");
    assert_string_equal(find(&b, "たばかる"), "");
    assert_string_equal(find(&b, "人目をはばかる"), "");
    bench_free(&b);
}

static void test_mecab(void **state)
{
    (void)state;
    sm_ng *const ng = sm_ng_new();
    put(ng, "list", "ばか\n援助\n", SM_NG_BOUNDARIES);
    bench b = bench_of(ng, true);
    assert_string_equal(find(&b, "あいつはばかだ。"), "ばか");
    assert_string_equal(find(&b, "着いたばかりだ。それはばかだ。"), "ばか");
    assert_string_equal(find(&b, "資金援助を受けた"), "援助"); /* an edge inside the compound */
    bench_free(&b);
}

static void test_dress(void **state)
{
    (void)state;
    bench b = bench_make("セックス\nガーグル\nヴァギナ\nblow job\n", SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "ｾｯｸｽ、セツクス、セ\u200Bックス"),
                        "セックス セックス セックス");
    assert_string_equal(find(&b, "ｶﾞーグル カ\u3099ｰクﾞル ガ－グル"),
                        "ガーグル ガーグル ガーグル");
    assert_string_equal(find(&b, "ｳﾞｧｷﾞﾅ、バギナ、ヴアギナ"), "ヴァギナ ヴァギナ ヴァギナ");
    assert_string_equal(find(&b, "ＢＬＯＷ　ＪＯＢ, Blow_Job"), "blow job blow job");
    assert_string_equal(find(&b, "せっくす、セ○クス、セ・ッ・ク・ス"), "");
    bench_free(&b);
    b = bench_make(OURS "セックス\t-\t1\tkms\nfuck\tL\t1\tm\nばか\tH\t1\tk\n",
                   SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "せっくす、セ○クス、○ックス、セ・ッ・ク・ス、せ　っ　く　す"),
                        "セックス セックス セックス セックス セックス");
    assert_string_equal(find(&b, "セ○○ス、セ・ックス、○○クス"), "");
    assert_string_equal(find(&b, "f*ck, *uck, fuc*"), "fuck");
    assert_string_equal(find(&b, "バカ、バカンス"),
                        "ばか ばか"); /* class H holds in the other kana too */
    bench_free(&b);
}

static void test_exceptions(void **state)
{
    (void)state;
    bench b = bench_make(
        OURS "ちんこ\tany\nパチンコ\tok\nもうちんこ\tok\n子宮\tC\n子宮\tok\nチンコ\tany\n",
        SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "ﾊﾟﾁﾝｺとパチンコ、もうちんこ"), "");
    assert_string_equal(find(&b, "うちんこ、チンコ"), "ちんこ チンコ");
    assert_string_equal(find(&b, "子宮"), "");
    assert_string_equal(find(&b, "もうちん、ちんこ"), "ちんこ");
    bench_free(&b);
}

static void test_excused(void **state)
{
    (void)state;
    bench b = bench_make(OURS "つんぼ\tany\t1\teo\n差別用語\tcue\n", SM_NG_BOUNDARIES);
    assert_string_equal(find(&b, "「つんぼ」は差別用語とされる。つんぼ！"), "つんぼ");
    assert_int_equal(b.counts[0].hits, 1);
    assert_int_equal(b.counts[0].excused, 1);
    bench_free(&b);
    sm_ng *const ng = sm_ng_new();
    put(ng, "list", OURS "つんぼ\tany\t1\to\nちび\n", SM_NG_BOUNDARIES);
    sm_ng_set_literature(ng, true);
    b = bench_of(ng, false);
    assert_string_equal(find(&b, "つんぼ、ちび"), "ちび");
    bench_free(&b);
}

static void test_counts(void **state)
{
    (void)state;
    sm_ng *const ng = sm_ng_new();
    put(ng, "a", OURS "エロ\t-\t2\nばか\n", SM_NG_BOUNDARIES);
    put(ng, "b", "エロ\n", SM_NG_PLAIN);
    put(ng, "c", OURS "エロ本\tany\t0.5\n", SM_NG_BOUNDARIES);
    bench b = bench_of(ng, false);
    assert_int_equal(sm_ng_lists(ng), 3);
    assert_string_equal(sm_ng_list_name(ng, 2), "c");
    assert_null(sm_ng_list_name(ng, 3));
    assert_string_equal(find(&b, "エロ本、ばか、エロ"), "エロ エロ エロ本 ばか エロ エロ");
    assert_int_equal(b.counts[0].hits, 3);
    assert_int_equal(b.counts[0].types, 2);
    assert_int_equal(b.counts[0].letters, 6);
    assert_true(b.counts[0].score > 4.999 && b.counts[0].score < 5.001);
    assert_int_equal(b.counts[1].hits, 2);
    assert_int_equal(b.counts[2].hits, 1);
    static char text[3 * 4000 + 64];
    size_t n = (size_t)snprintf(text, sizeof text, "エロ。");
    while (n < 3 * 3998)
        n += (size_t)snprintf(text + n, sizeof text - n, "木");
    (void)find(&b, text); /* 2 for 4,000 characters */
    assert_true(b.counts[0].score > 0.49 && b.counts[0].score < 0.51);
    assert_string_equal(find(&b, ""), "");
    bench_free(&b);
}

static void bad_list(const char *text, const char *message)
{
    sm_error err = {0};
    sm_ng *const ng = sm_ng_new();
    assert_int_equal(
        sm_ng_add_text(ng, "x", "bad.tsv", sm_span_of(text), SM_NG_BOUNDARIES, &err),
        SM_EUSAGE);
    assert_contains(err.text, message);
    assert_int_equal(sm_ng_lists(ng), 0);
    sm_ng_free(ng);
}

static void test_files(void **state)
{
    (void)state;
    bad_list("", "bad.tsv: a list without words");
    bad_list(OURS "# nothing\n\n", "without words");
    bad_list(OURS "語\tX\n", "bad.tsv:2: class 'X'");
    bad_list(OURS "語\t-\t0\n", "bad.tsv:2: weight '0'");
    bad_list(OURS "語\t-\t1e\n", "weight '1e'");
    bad_list(OURS "語\t-\tnan\n", "weight 'nan'");
    bad_list(OURS "語\t-\t1\tz\n", "flag 'z'");
    bad_list(OURS "語\t-\t1\tk\tx\n", "more than word");
    bad_list("よい\n\xFF\n", "bad.tsv:2: not UTF-8");
    bad_list("\U00030000\n", "beyond U+2FFFF");
    char longer[4 * 65];
    memset(longer, 'a', sizeof longer);
    longer[65] = 0;
    bad_list(longer, "more than 64 characters");
    longer[64] = 0;
    bench b = bench_make(longer, SM_NG_PLAIN);
    bench_free(&b);
    sm_error err = {0};
    sm_ng *const ng = sm_ng_new();
    assert_int_equal(sm_ng_add(ng, "x", "no/such/list", SM_NG_PLAIN, &err), SM_ENOENT);
    sm_error_clear(&err);
    put(ng, "x", "\xEF\xBB\xBF# hash is a word here\n", SM_NG_PLAIN);
    assert_int_equal(sm_ng_add_text(ng, "x", "f", SM_SPAN("y"), SM_NG_PLAIN, &err), SM_EUSAGE);
    assert_contains(err.text, "x: a list of this name");
    sm_ng_free(ng);
}

static void test_names(void **state)
{
    (void)state;
    sm_ng_match match = SM_NG_PLAIN;
    sm_ng_action action = SM_NG_TAG;
    assert_true(sm_ng_match_of("longest", &match) && match == SM_NG_LONGEST);
    assert_false(sm_ng_match_of("x", &match));
    assert_true(sm_ng_action_of("drop-line", &action) && action == SM_NG_DROP_LINE);
    assert_false(sm_ng_action_of("", &action));
}

static const char *apply(bench *b, const char *text, const sm_ng_action *actions, sm_arena *mem,
                         sm_ng_edits *edits)
{
    (void)find(b, text);
    size_t n = 0;
    const sm_ng_hit *const hits = sm_ng_hits(b->scanner, &n);
    sm_span out = {0};
    sm_ng_apply(sm_span_of(text), hits, n, actions, mem, &out, edits);
    return sm_arena_copy(mem, out).p;
}

static void test_apply(void **state)
{
    (void)state;
    sm_ng *const ng = sm_ng_new();
    sm_arena mem = {0};
    sm_ng_edits e = {0};
    put(ng, "a", "エロ本\nsex\n", SM_NG_BOUNDARIES);
    put(ng, "b", "本屋\n", SM_NG_PLAIN);
    put(ng, "c", "ばか\n", SM_NG_PLAIN);
    bench b = bench_of(ng, false);
    const sm_ng_action actions[] = {SM_NG_MASK, SM_NG_MASK, SM_NG_DROP_LINE};
    const sm_ng_action tag[] = {SM_NG_TAG, SM_NG_TAG, SM_NG_TAG};
    assert_string_equal(apply(&b, "エロ本、sex、本屋", actions, &mem, &e),
                        "〓〓〓、〓〓〓、〓〓");
    assert_int_equal(e.masked, 8);
    assert_string_equal(apply(&b, "よい\nsexばか\nわるい", actions, &mem, &e), "よい\nわるい");
    assert_int_equal(e.lines, 1);
    assert_int_equal(e.bytes, 10);
    assert_int_equal(e.masked, 8);
    assert_string_equal(apply(&b, "よい\nばか", actions, &mem, &e), "よい\n");
    assert_string_equal(apply(&b, "ばか", actions, &mem, &e), "");
    assert_string_equal(apply(&b, "エロ本ばか", tag, &mem, NULL), "エロ本ばか");
    assert_string_equal(apply(&b, "a\n\nsex\n\nb", actions, &mem, NULL), "a\n\n〓〓〓\n\nb");
    bench_free(&b);
    sm_arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),    cmocka_unit_test(test_katakana),
        cmocka_unit_test(test_longest),  cmocka_unit_test(test_ends),
        cmocka_unit_test(test_hiragana), cmocka_unit_test(test_mecab),
        cmocka_unit_test(test_dress),    cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_excused),  cmocka_unit_test(test_counts),
        cmocka_unit_test(test_files),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_apply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
