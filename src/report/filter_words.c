/* Every word of the filter's page, in English and Japanese.
 * SPDX-License-Identifier: MIT */
#include "filter_view.h"

#include <string.h>

static const struct entry {
    const char *key, *text[2];
} words[] = {
    {"lang", {"en", "ja"}},
    {"title", {"What the filter removed", "フィルタが除いたもの"}},
    {"documents", {"documents", "文書"}},
    {"fact.in", {"Documents in", "入力文書"}},
    {"fact.kept", {"Kept", "残した文書"}},
    {"fact.dropped", {"Removed", "除いた文書"}},
    {"fact.share", {"of the documents", "文書のうち"}},
    {"fact.bytes", {"Bytes kept", "残したバイト"}},
    {"fact.single", {"By one rule only", "1規則だけが除外"}},
    {"fact.single-note", {"of what was removed", "除いた文書のうち"}},
    {"fact.rules", {"Rules", "規則"}},
    {"fact.rules-note", {"refused anything", "何かを除いた規則"}},

    {"warn.drops-most",
     {"refuses more than half of all documents", "全文書の半分より多くを拒む"}},
    {"warn.undefined",
     {"is undefined for some documents (too short for it)",
      "値が定まらない文書がある（短すぎる）"}},
    {"warn.same", {"refuse nearly the same documents", "ほぼ同じ文書を拒む"}},

    {"section.rules", {"What each rule removes", "規則ごとの除外"}},
    {"note.rules",
     {"Rules are asked from the top down. A document counts as removed by the first rule that "
      "refuses it; others may refuse it too. What a rule alone refuses is what it costs to "
      "keep "
      "it, or to loosen it.",
      "規則は上から順に問う。文書は最初に拒んだ規則に数えるが、ほかの規則も拒んでいることがある"
      "。"
      "その規則だけが拒む文書の数が、規則を置く（または緩める）ことの代価である。"}},
    {"part.only", {"this rule alone", "この規則だけ"}},
    {"part.first", {"first, others refuse too", "最初に拒み、ほかも拒む"}},
    {"part.later", {"already refused by an earlier rule", "先の規則がすでに拒んだ"}},
    {"chart.refused", {"Documents that a rule refuses", "規則が拒む文書"}},
    {"part.removed", {"removed", "除外"}},
    {"head.rule", {"rule", "規則"}},
    {"head.passes", {"passes", "通る値"}},
    {"head.first", {"removed", "除外"}},
    {"head.bytes", {"MB", "MB"}},
    {"head.would", {"would refuse", "拒む"}},
    {"head.only", {"alone", "単独"}},
    {"head.undefined", {"undefined", "値なし"}},
    {"head.median", {"median", "中央値"}},
    {"head.share", {"share", "割合"}},

    {"section.values", {"Where the thresholds lie", "値の分布としきい値"}},
    {"note.values",
     {"All documents by the value of each rule; what lies beyond the threshold is refused. "
      "Heights "
      "are square roots of counts, so that the few at the edge can be seen. Counts beside the "
      "name: "
      "refused, and refused by this rule alone.",
      "全文書を規則の値で並べた分布。しきい値の外が拒まれる。端の少数が見えるよう、高さは件数の"
      "平方根。"
      "名前の横は、拒んだ文書と、この規則だけが拒んだ文書。"}},
    {"refused", {"refused", "拒む"}},
    {"alone", {"alone", "単独"}},

    {"section.overlap", {"Which rules say the same", "規則の重なり"}},
    {"note.overlap",
     {"Of what the rule of a row refuses, the percentage that the rule of a column refuses "
      "too. Two "
      "rules with high figures both ways do the same work.",
      "行の規則が拒む文書のうち、列の規則も拒む割合（％）。両方向とも高い二つの規則は同じ働きを"
      "している。"}},

    {"section.rewriting", {"What was rewritten", "書き換え"}},
    {"head.step", {"step", "手順"}},
    {"head.texts", {"texts changed", "変えた文書"}},
    {"head.lines", {"lines removed", "除いた行"}},
    {"head.cut", {"bytes removed", "除いたバイト"}},

    {"section.samples", {"What was removed, to read", "除いた文書の例"}},
    {"note.samples",
     {"Drawn by the hash of the document's id, so that any run over the same documents shows "
      "the same.",
      "文書の id のハッシュで選ぶので、同じ文書なら何度でも同じ例になる。"}},
    {"value", {"value", "値"}},

    /* values */
    {"about.characters", {NULL, "文字数"}},
    {"about.kana-share", {NULL, "ひらがな・カタカナの割合"}},
    {"about.japanese-share", {NULL, "かな・漢字・和文記号の割合"}},
    {"about.hiragana-share", {NULL, "ひらがなの割合"}},
    {"about.katakana-share", {NULL, "カタカナの割合"}},
    {"about.latin-share", {NULL, "ラテン文字の割合"}},
    {"about.digit-share", {NULL, "数字の割合"}},
    {"about.symbol-share", {NULL, "記号と絵文字の割合"}},
    {"about.url-share", {NULL, "URL の文字の割合"}},
    {"about.lines", {NULL, "空でない行の数"}},
    {"about.longest-run", {NULL, "同じ文字の連続（最長）"}},
    {"about.short-lines", {NULL, "10字以下の行の割合"}},
    {"about.ellipsis-lines", {NULL, "… で終わる行の割合"}},
    {"about.bullet-lines", {NULL, "箇条書きの行の割合"}},
    {"about.duplicate-lines", {NULL, "前と同じ行の割合"}},
    {"about.duplicate-line-characters", {NULL, "繰り返す行の文字の割合"}},
    {"about.duplicate-sentences", {NULL, "前と同じ文の割合"}},
    {"about.duplicate-sentence-characters", {NULL, "繰り返す文の文字の割合"}},
    {"about.mean-sentence", {NULL, "文の平均文字数"}},
    {"about.longest-sentence", {NULL, "最長の文の文字数"}},
    {"about.ellipsis-sentences", {NULL, "・ か … で終わる文の割合"}},
    {"about.top-2-gram", {NULL, "最も多い文字 2-gram の割合"}},
    {"about.top-3-gram", {NULL, "最も多い文字 3-gram の割合"}},
    {"about.top-4-gram", {NULL, "最も多い文字 4-gram の割合"}},
    {"about.kana-in-50", {NULL, "先頭50字にあるかなの数"}},
    {"about.kuten-share", {NULL, "句点「。」の割合"}},
    {"about.compression", {NULL, "zlib で縮む率"}},
    {"about.bbs-hits", {NULL, "掲示板・レビューらしい語の数"}},
    {"about.special-share", {NULL, "特殊文字と絵文字の割合"}},
    {"about.language-ja", {NULL, "日本語の行が占める割合"}},
    {"about.words", {NULL, "語の数"}},
    {"about.mean-word", {NULL, "語の平均文字数"}},
    {"about.noun-share", {NULL, "名詞の割合"}},
};

static const char *find(const filter_view *v, const char *key)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].key, key) == 0) return words[i].text[v->language == SM_JAPANESE];
    return NULL;
}

const char *filter_word(const filter_view *v, const char *key)
{
    const char *const text = find(v, key);
    return text ? text : key;
}

const char *filter_about(const filter_view *v, const filter_rule *rule)
{
    const char *const text = find(v, sm_arena_printf(v->arena, "about.%s", rule->name));
    return text ? text : rule->about;
}
