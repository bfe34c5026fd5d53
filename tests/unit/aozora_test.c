/* Works of Aozora Bunko: their parts, ruby, notes, gaiji, accents, and what is broken.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/aozora.h>

static sm_aozora_counts met;

static void assert_html_with(const char *text, sm_aozora_options options, const char *want)
{
    sm_buffer out = sm_buffer_make(1 << 20);
    met = (sm_aozora_counts){0};
    sm_aozora_html(sm_span_of(text), &options, &out, &met);
    assert_span(sm_buffer_span(&out), want);
    sm_buffer_free(&out);
}

/* One line, which becomes one paragraph. */
static void assert_line(const char *text, const char *want)
{
    char html[1024];
    (void)snprintf(html, sizeof html, "%s%s%s", *want ? "<p>" : "", want,
                   *want ? "</p>\n" : "");
    assert_html_with(text, (sm_aozora_options){0}, html);
}

#define R(base, reading) "<ruby>" base "<rt>" reading "</rt></ruby>"

static void ruby_finds_its_base(void **state)
{
    (void)state;
    assert_line("吾輩《わがはい》は", R("吾輩", "わがはい") "は");
    assert_line("一｜猫《ねこ》", "一" R("猫", "ねこ"));
    assert_line("｜あの人《ひと》と三ヶ月《さんかげつ》",
                R("あの人", "ひと") "と" R("三ヶ月", "さんかげつ"));
    assert_line("人々《ひとびと》、〇《れい》仝《どう》",
                R("人々", "ひとびと") "、" R("〇", "れい") R("仝", "どう"));
    assert_line("はテスト《test》のABC《えいびーしー》",
                "は" R("テスト", "test") "の" R("ABC", "えいびーしー"));
    assert_line("漢《かん》字《じ》", R("漢", "かん") R("字", "じ"));
    assert_int_equal(met.ruby, 2);
}

static void marks_that_are_printed_stay(void **state)
{
    (void)state;
    assert_line("、《あ》", "、《あ》");
    assert_line("《あ》い", "《あ》い");
    assert_line("字《じ", "字《じ");
    assert_line("字《》", "字《》");
    assert_line("｜a｜", "｜a｜");
    assert_line("｜a｜b《c》", "｜a" R("b", "c"));
    assert_line("※ 注", "※ 注");
    assert_line("〔角〕／斜", "〔角〕／斜");
    assert_line("a<b&c", "a&lt;b&amp;c");
}

static void gaiji_are_found(void **state)
{
    (void)state;
    assert_line("※［＃「口＋堯」、第3水準1-15-18］", "嘻");
    assert_line("※［＃二の字点、1-2-22］※［＃「木＋念」、第4水準2-14-64］", "〻桅");
    assert_line("※［＃「魚＋師のつくり」、U+9C24、12-3］", "鰤");
    assert_line("※［＃小書き片仮名カ゜、1-6-88］", "ㇷ゚");
    assert_line("※［＃「口＋咨」、132-12］歎", "〓歎");
    assert_int_equal(met.gaiji_unknown, 1);
    assert_line("※［＃「口＋堯」、第3水準1-15-18］字《よみ》", R("嘻字", "よみ"));
    assert_line(
        "※［＃変体仮名え、11-一-18］※［＃濁点付き片仮名ア、418-18］※［＃感嘆符三つ、1-2］",
        "えア\u3099！！！");
    assert_line("※［＃「候」のくずし字、161-10］", "候");
    assert_html_with("※［＃「口＋咨」、132-12］",
                     (sm_aozora_options){.gaiji = SM_GAIJI_DESCRIPTION},
                     "<p>［「口＋咨」］</p>\n");
}

static void jisx0213_has_its_characters(void **state)
{
    (void)state;
    char utf8[8];
    size_t n, known = 0;
    for (unsigned plane = 0; plane < 4; plane++)
        for (unsigned row = 0; row < 100; row++)
            for (unsigned cell = 0; cell < 100; cell++)
                known += sm_jisx0213(plane, row, cell, utf8, &n);
    assert_int_equal(known, 11233);
    assert_true(
        sm_jisx0213(1, 4, 87, utf8, &n)); /* か with a half-voiced mark: two code points */
    assert_int_equal(n, 6);
}

static void notes_are_read_and_dropped(void **state)
{
    (void)state;
    assert_line("あ［＃「あ」に傍点］い［＃「空［＃（ラ）］」は底本では「空」］う", "あいう");
    assert_int_equal(met.notes, 2);
    assert_line("甲［＃割り注］乙［＃割り注終わり］丙", "甲（乙）丙");
    assert_line("甲［＃割り注］（乙）［＃割り注終わり］", "甲（乙）");
    assert_line("読［＃レ］書［＃二］", "読書");
    assert_line("［＃ここから2字下げ］", "");
    assert_line("あ［＃い", "あい");
    assert_html_with("あの［＃「あの」に傍点］", (sm_aozora_options){.emphasis = true},
                     "<p><em>あの</em></p>\n");
}

static void headings_have_levels(void **state)
{
    (void)state;
    const sm_aozora_options o = {0};
    assert_html_with("［＃３字下げ］一　章［＃「一　章」は大見出し］\nあ", o,
                     "<h2>一　章</h2>\n<p>あ</p>\n");
    assert_html_with("［＃中見出し］二［＃中見出し終わり］", o, "<h3>二</h3>\n");
    assert_html_with("［＃ここから小見出し］\n三\n四\n［＃ここで小見出し終わり］\n五", o,
                     "<h4>三</h4>\n<h4>四</h4>\n<p>五</p>\n");
    assert_html_with("六［＃「六」は同行中見出し］　文", o, "<p>六　文</p>\n");
}

static void lines_stay_lines(void **state)
{
    (void)state;
    const sm_aozora_options o = {0};
    assert_html_with("　あ\r\n　い\r\n\r\nう", o, "<p>　あ<br>\n　い</p>\n<p>う</p>\n");
    assert_html_with("あ\n［＃改ページ］\nい\rう", o, "<p>あ</p>\n<p>い<br>\nう</p>\n");
}

static void accents_and_iteration_marks(void **state)
{
    (void)state;
    assert_line("〔fari`a, ae& oe& s& !@〕", "farìa, æ œ ß ¡");
    assert_line("どん／＼どん／″＼／", "どん〱どん〲／");
    assert_line("〔Zu:rich〕《チューリヒ》", R("Zürich", "チューリヒ"));
    assert_line("〔a.m.〕", "〔a.m.〕");
    assert_line("〔Je m'y re'signe, c'est c,a〕", "Je m'y résigne, c'est ça");
}

#define RULE "-------------------------------------------------------\r\n"

static void parts_are_found(void **state)
{
    (void)state;
    sm_aozora w;
    sm_arena arena = {0};
    const char text[] = "猫《ねこ》\r\n（副題）\r\n夏目漱石\r\n誰か訳\r\n\r\n" RULE
                        "【テキスト中に現れる記号について】\r\n《》：ルビ\r\n" RULE
                        "\r\n本文\r\n底本では\r\n\r\n底本：「全集」出版社\r\n入力：某\r\n";
    sm_aozora_parts(sm_span_of(text), &w);
    assert_span(sm_aozora_plain(w.title, &arena), "猫");
    assert_span(w.subtitle, "（副題）");
    assert_span(w.author, "夏目漱石");
    assert_span(w.translator, "誰か訳");
    assert_span(w.body, "\r\n本文\r\n底本では\r\n\r\n");
    assert_span(w.edition, "「全集」出版社");
    assert_span(w.footer, "底本：「全集」出版社\r\n入力：某\r\n");
    sm_aozora_parts(SM_SPAN("題\n\n本文"), &w);
    assert_span(w.title, "題");
    assert_span(w.body, "本文");
    sm_aozora_parts(SM_SPAN("一つの段落だけ"), &w);
    assert_span(w.title, "");
    assert_span(w.body, "一つの段落だけ");
    sm_aozora_parts((sm_span){0}, &w);
    assert_span(w.body, "");
    sm_arena_free(&arena);
}

static void hostile_text_is_linear(void **state)
{
    (void)state;
    static const char *const units[] = {"［＃",   "《",       "｜",    "字《",
                                        "｜《》", "〔",       "※［＃", "｜、｜",
                                        "、《、", "字《じ》", "［",    "〔a`"};
    enum { BYTES = 1 << 20 };
    char *text = sm_malloc(BYTES);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t n = strlen(units[i]), whole = BYTES / n * n;
        for (size_t at = 0; at < whole; at++)
            text[at] = units[i][at % n];
        sm_buffer out = sm_buffer_make(16 * (size_t)BYTES + 1024);
        const sm_aozora_options options = {0};
        sm_aozora_counts counts = {0};
        sm_aozora_html((sm_span){text, whole}, &options, &out, &counts);
        assert_false(out.overflow);
        sm_buffer_free(&out);
    }
    sm_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ruby_finds_its_base),
        cmocka_unit_test(marks_that_are_printed_stay),
        cmocka_unit_test(gaiji_are_found),
        cmocka_unit_test(jisx0213_has_its_characters),
        cmocka_unit_test(notes_are_read_and_dropped),
        cmocka_unit_test(headings_have_levels),
        cmocka_unit_test(lines_stay_lines),
        cmocka_unit_test(accents_and_iteration_marks),
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(hostile_text_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
