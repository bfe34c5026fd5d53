/* Addresses: hard cases by hand, the search for 市 区 町 村 against its oracle, long lines of one character.
 * SPDX-License-Identifier: MIT */
#include "pii_mask_fixture.h"

#include "words/words_internal.h"

#include <time.h>
#include <unistd.h>

static void addresses_are_found(void **state)
{
    /* ⟦ ⟧ stand around what is found; every rule but the address is off */
    static const char *const cases[] = {
        "⟦東京都千代田区丸の内1-1-1⟧", "⟦東京都町田市森野２丁目２番２２号⟧です",
        "⟦四日市市諏訪町1番5号⟧", "⟦千葉県市川市八幡1丁目1番1号⟧", "⟦長野県大町市大町3887番地⟧",
        "⟦新潟県村上市三之町1番1号⟧", "⟦広島県廿日市市下平良一丁目11番1号⟧",
        "⟦奈良県大和郡山市北郡山町248番地4⟧", "⟦京都市中京区寺町通御池上る上本能寺前町488番地⟧",
        "⟦京都市下京区烏丸通塩小路下ル東塩小路町721番地の1⟧",
        "⟦北海道札幌市中央区北3条西6丁目1番地⟧", "⟦北海道上川郡東神楽町14号北1番地⟧",
        "⟦岩手県盛岡市玉山第3地割12番地⟧", "⟦石川県河北郡津幡町字津幡ロ51番地2⟧",
        "⟦大阪府堺市堺区南瓦町3丁3-1⟧", "⟦和歌山県和歌山市7番町19番地⟧",
        "⟦東京都港区麻布十番2丁目21-8⟧", "⟦東京都千代田区三番町2番地4⟧",
        "⟦神奈川県愛甲郡愛川町角田251番地1⟧", "⟦東京都港区赤坂一丁目二番三号⟧に",
        "⟦東京都港区赤坂1-2-3 ミッドタワー 501号室⟧", "⟦東京都港区赤坂1-2-3赤坂ビル10階⟧へ",
        "⟦東京都武蔵野市吉祥寺東町１丁目２３‐２０⟧", "⟦東京都板橋区大原町６ー５⟧",
        "⟦東京都 千代田区 丸の内 1-1-1⟧", "⟦東京都国立市東４丁目２５の１３⟧",
        /* buildings and rooms */
        "⟦千葉県柏市八幡町2-24-18コーポさくら406号室⟧", "⟦青森県弘前市梅ヶ枝町17-22Kビル2F⟧",
        "⟦神奈川県鎌倉市富士見9丁目22-10第二ひまわり荘707号室⟧です。",
        "⟦愛知県豊田市幸町5丁目8番13号パークサイド緑102⟧",
        "⟦北海道函館市桜町4-2-15 シティコート南5F⟧",
        "⟦宮城県仙台市青葉区高砂3-12-8県営旭団地９０１号⟧",
        "⟦岡山県倉敷市弥生217番地3 ハイツみなみ7F⟧",
        "⟦福島県会津若松市八幡町六丁目26番地　ドミール東603⟧　係",
        "⟦東京都三宅島三宅村大字青葉台2881番地1⟧", "⟦千葉県柏市松原６−８−２⟧にあるひまわり荘",
        "⟦千葉県柏市松原6-8-2 赤坂ビル⟧ 2026年", "⟦千葉県柏市松原6-8-2⟧ 佐藤工業株式会社 3F",
        "⟦茨城県水戸市弥生３－１４－５⟧\t070-5479-9335", "⟦千葉県柏市松原6-8-2⟧ カフェ20時開店",
        "⟦千葉県柏市松原6-8-2⟧ トヨタ2026",
        /* none of these is one */
        "京都市は東京都の西", "東京都市大学1-2-3組", "市場町内村上1-2",
        "大阪市中央公会堂 1918年", "横浜市立小学校5年1組", "名古屋市 2-0 で勝った",
        "東京都港区赤坂", "東京都港区赤坂3丁目に行く", "札幌市2026年11月22日",
        "福岡市内で3,000人", "川崎市の第1種", "渋谷区の人口は23万人", "新宿区1日平均",
        "市市市町町町村村村区区区", "町1-2-3", "京都市長選挙 1-2", "港区立第2中学校",
        "大田区民プラザ3階", "水戸市（人口 270,000 人）"};
    fixture *const f = *state;
    sm_error err = {0};
    for (size_t i = 0; sm_pii_rule_at(f->rules, i); i++) {
        const sm_pii_rule *const rule = sm_pii_rule_at(f->rules, i);
        if (strcmp(rule->kind, "address") == 0) continue;
        assert_ok(
            sm_pii_require(f->rules, sm_arena_printf(&f->arena, "%s=off", rule->kind), &err),
            &err);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_buffer plain = sm_buffer_make(1 << 12), want = sm_buffer_make(1 << 12);
        bool is_inside = false;
        for (const char *p = cases[i]; *p;) {
            const bool opens = strncmp(p, "⟦", 3) == 0, closes = strncmp(p, "⟧", 3) == 0;
            if (opens) sm_buffer_puts(&want, "<ADDRESS>");
            is_inside = opens || (is_inside && !closes);
            if (!opens && !closes) {
                sm_buffer_putc(&plain, *p);
                if (!is_inside) sm_buffer_putc(&want, *p);
            }
            p += opens || closes ? 3 : 1;
        }
        sm_buffer_putc(&want, '\0');
        assert_span(mask(f, sm_buffer_span(&plain)).text, want.p);
        sm_buffer_free(&plain);
        sm_buffer_free(&want);
    }
}

static void the_search_for_suffixes_agrees(void **state)
{
    static const char *const pieces[] = {"市", "区", "町", "村", "都", "丂",
                                         "京", "a",  "\n", "éé", "布", "鎺"};
    fixture *const f = *state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        sm_buffer text = sm_buffer_make(1 << 16);
        const bool is_rare = seed % 2;
        for (size_t i = 0; i < sm_random_below(seed, 0, 0, 200); i++)
            sm_buffer_puts(&text, pieces[is_rare ? 4 + sm_random_below(seed, 1, i, 8)
                                                 : sm_random_below(seed, 1, i, 12)]);
        const sm_span s = sm_buffer_span(&text);
        for (size_t at = 0; at <= s.n;) {
            const size_t fast = sm_suffix_next(s, at);
            assert_int_equal(fast, sm_suffix_next_slowly(s, at));
            at = fast + 1;
        }
        sm_buffer_free(&text);
    }
    sm_arena_reset(&f->arena);
}

/* What spares the reading of a block number may refuse only what holds none. */
static void what_is_spared_is_no_block(void **state)
{
    static const char *const parts[] = {
        "1",  "２",           "丁目",         "番地", "-",  "三", "本町", "の", "が丘",
        " ",  "\xE3\x80\x80", "\t",           "\n",   "る", "上", "カナ", "、", "号",
        "ひ", "ばり",         "\xE2\x80\x8B", "の1"};
    enum { PARTS = sizeof parts / sizeof *parts, ROUNDS = 20000 };
    fixture *const f = *state;
    sm_places places = {0};
    sm_error err = {0};
    size_t spared = 0, read = 0;
    const char *const source = getenv("SEIMAI_SOURCE");
    const char *const folder =
        sm_arena_printf(&f->arena, "%s/dicts/pii", source ? source : ".");
    assert_ok(sm_places_load(&places, folder, &err), &err);
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        sm_buffer text = sm_buffer_make(1 << 12);
        for (uint64_t i = 0; i < 1 + seed % 30; i++) {
            const uint64_t k = sm_random_below(seed, 7, i, PARTS + 8);
            sm_buffer_puts(&text, parts[k < PARTS ? k : 6]);
        }
        size_t end = 0;
        const sm_block block = sm_block_read(&places, sm_buffer_span(&text), 0, &end);
        const bool may = sm_block_may_begin(&places, sm_buffer_span(&text), 0);
        assert_true(may || block == SM_BLOCK_NONE);
        spared += !may;
        read += block != SM_BLOCK_NONE;
        sm_buffer_free(&text);
    }
    assert_true(spared > ROUNDS / 20 && read > ROUNDS / 20);
    sm_places_free(&places);
    sm_arena_reset(&f->arena);
}

static void wrong_tables_are_named(void **state)
{
    (void)state;
    static const char *const lines[] = {"東京都", "\t千代田区", "東京都\t", "東京都 千代田区"};
    char folder[] = "/tmp/seimai-pii-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/municipalities.tsv", folder);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        sm_places places = {0};
        sm_error err = {0};
        FILE *const file = fopen(path, "wb");
        assert_non_null(file);
        (void)fprintf(file, "# comment\n%s\n", lines[i]);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(sm_places_load(&places, folder, &err), SM_EUSAGE);
        assert_contains(err.text, "municipalities.tsv:2: expected PREFECTURE");
        sm_places_free(&places);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    sm_places none = {0};
    sm_error err = {0};
    assert_int_equal(sm_places_load(&none, folder, &err), SM_ENOENT);
    sm_places_free(&none);
}

/* Seconds of CPU for a text of `n` copies. */
static double seconds(fixture *f, const char *piece, size_t n)
{
    sm_buffer text = sm_buffer_make(64 << 20);
    for (size_t i = 0; i < n; i++)
        sm_buffer_puts(&text, piece);
    const clock_t start = clock();
    (void)mask(f, sm_buffer_span(&text));
    const double taken = (double)(clock() - start) / CLOCKS_PER_SEC;
    sm_buffer_free(&text);
    sm_arena_reset(&f->arena);
    return taken;
}

/* Eight times the text may cost sixteen times the time, not sixty-four. */
static void long_lines_are_linear(void **state)
{
    static const char *const pieces[] = {
        "市",    "東京都", "千代田区町町町", "市1-1-", "東京都港区1丁目", "北海道札幌市北区北",
        "1丁目", "区の"};
    fixture *const f = *state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const double small = seconds(f, pieces[i], 40000);
        const double large = seconds(f, pieces[i], 320000);
        if (large >= 16 * small + .05) print_error("%s: %f %f\n", pieces[i], small, large);
        assert_true(large < 16 * small + .05);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_found),
        cmocka_unit_test(the_search_for_suffixes_agrees),
        cmocka_unit_test(what_is_spared_is_no_block),
        cmocka_unit_test(wrong_tables_are_named),
        cmocka_unit_test(long_lines_are_linear),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
