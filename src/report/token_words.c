/* Every word of the tokenizers' page and table, in English and Japanese.
 * SPDX-License-Identifier: MIT */
#include "token_internal.h"

#include <string.h>

static const struct entry {
    const char *key, *text[2];
} words[] = {
    {"lang", {"en", "ja"}},
    {"title", {"Tokenizers compared", "トークナイザの比較"}},
    {"tokenizer", {"tokenizer", "トークナイザ"}},
    {"documents", {"documents", "文書"}},
    {"characters", {"characters", "文字"}},
    {"morphemes", {"morphemes", "形態素"}},
    {"bytes", {"bytes", "バイト"}},
    {"by-mecab", {"by MeCab with", "MeCab・辞書"}},
    {"of-text", {"of text", "の本文"}},
    {"none", {"none", "なし"}},
    {"table.legend",
     {"c/tok, B/tok: characters and bytes a token; t/mor: tokens a morpheme;\n"
      "prec, recall, F1: edges against MeCab's; broken: tokens that cut a character",
      "字・B/ﾄｰｸﾝ: 1トークンの文字数とバイト数、形態素: 1形態素のトークン数、\n"
      "適合率・再現率・F1: MeCabの形態素境界に対して、壊れ: 文字を切るトークン"}},
    {"tokens", {"tokens", "トークン"}},

    /* figures: the long name; with ! the head of a column, with ~ that of the terminal's table */
    {"vocab~", {"ids", "語彙数"}},
    {"vocab", {"vocabulary", "語彙数"}},
    {"chars_per_token~", {"c/tok", "字/ﾄｰｸﾝ"}},
    {"chars_per_token", {"characters per token", "1トークンの文字数"}},
    {"chars_per_token!", {"chars / token", "文字／トークン"}},
    {"bytes_per_token~", {"B/tok", "B/ﾄｰｸﾝ"}},
    {"bytes_per_token", {"bytes per token", "1トークンのバイト数"}},
    {"bytes_per_token!", {"bytes / token", "バイト／トークン"}},
    {"tokens_per_morpheme~", {"t/mor", "形態素"}},
    {"tokens_per_morpheme", {"tokens per morpheme", "1形態素のトークン数"}},
    {"tokens_per_morpheme!", {"tokens / morph.", "トークン／形態素"}},
    {"boundary_precision~", {"prec", "適合率"}},
    {"boundary_precision", {"precision of boundaries", "境界の適合率"}},
    {"boundary_precision!", {"precision", "適合率"}},
    {"boundary_recall~", {"recall", "再現率"}},
    {"boundary_recall", {"recall of boundaries", "境界の再現率"}},
    {"boundary_recall!", {"recall", "再現率"}},
    {"boundary_f1~", {"F1", "F1"}},
    {"boundary_f1", {"F1 of boundaries", "境界のF1"}},
    {"boundary_f1!", {"F1", "F1"}},
    {"broken_share~", {"broken", "壊れ"}},
    {"broken_share", {"broken tokens", "文字が壊れたトークン"}},
    {"broken_share!", {"broken", "壊れ"}},
    {"byte_share", {"byte tokens", "1バイトのトークン"}},
    {"byte_share!", {"byte tokens", "1バイト"}},
    {"renyi_efficiency", {"Rényi efficiency", "レニー効率"}},
    {"used", {"ids used", "使用ID数"}},
    {"relative_tokens~", {"rel", "比"}},
    {"relative_tokens", {"tokens, relative", "トークン数の比"}},
    {"pages_in_context", {"pages in the window", "窓に入る枚数"}},
    {"price_per_million_tokens", {"USD per million tokens", "100万トークンの価格"}},
    {"price_per_million_chars~", {"USD/Mc", "USD/百万字"}},
    {"price_per_million_chars", {"USD per million characters", "100万文字の価格"}},
    {"changed_documents", {"documents changed", "復元できない文書"}},
    {"unused_japanese", {"Japanese tokens unused here", "この本文で未使用の日本語"}},
    {"unreachable", {"tokens that cannot come out", "出てこないトークン"}},

    /* parts of speech and pairs of scripts */
    {"other", {"other", "その他"}},
    {"noun", {"noun", "名詞"}},
    {"proper-noun", {"proper noun", "固有名詞"}},
    {"number", {"number", "数詞"}},
    {"pronoun", {"pronoun", "代名詞"}},
    {"verb", {"verb", "動詞"}},
    {"adjective", {"adject.", "形容詞"}},
    {"adverb", {"adverb", "副詞"}},
    {"adnominal", {"adnom.", "連体詞"}},
    {"conjunction", {"conj.", "接続詞"}},
    {"particle", {"particle", "助詞"}},
    {"auxiliary", {"aux. verb", "助動詞"}},
    {"interjection", {"interj.", "感動詞"}},
    {"prefix", {"prefix", "接頭辞"}},
    {"suffix", {"suffix", "接尾辞"}},
    {"hiragana-hiragana", {"あ|あ", "あ|あ"}},
    {"hiragana-katakana", {"あ|ア", "あ|ア"}},
    {"hiragana-kanji", {"あ|漢", "あ|漢"}},
    {"katakana-hiragana", {"ア|あ", "ア|あ"}},
    {"katakana-katakana", {"ア|ア", "ア|ア"}},
    {"katakana-kanji", {"ア|漢", "ア|漢"}},
    {"kanji-hiragana", {"漢|あ", "漢|あ"}},
    {"kanji-katakana", {"漢|ア", "漢|ア"}},
    {"kanji-kanji", {"漢|漢", "漢|漢"}},

    /* classes of characters */
    {"hiragana", {"hiragana", "ひらがな"}},
    {"katakana", {"katakana", "カタカナ"}},
    {"half-width", {"half-width kana", "半角カナ"}},
    {"kanji-1", {"level 1 kanji", "第1水準"}},
    {"kanji-2", {"level 2 kanji", "第2水準"}},
    {"kanji-3", {"level 3 kanji", "第3水準"}},
    {"kanji-4", {"level 4 kanji", "第4水準"}},
    {"kanji-other", {"beyond JIS", "JIS外の漢字"}},
    {"name-kanji", {"kanji for names", "人名用漢字"}},
    {"full-width", {"full-width", "全角英数"}},
    {"emoji", {"emoji", "絵文字"}},

    /* kinds of tokens */
    {"kind.kanji", {"kanji", "漢字"}},
    {"kind.mixed", {"mixed Japanese", "漢字かな混じり"}},
    {"kind.hiragana", {"hiragana", "ひらがな"}},
    {"kind.katakana", {"katakana", "カタカナ"}},
    {"kind.latin", {"Latin", "ラテン文字"}},
    {"kind.other", {"everything else", "その他"}},

    /* sections */
    {"section.figures", {"At a glance", "概要"}},
    {"note.figures",
     {"Sorted by characters per token. In small print the 95 % interval over documents; the "
      "best of a column is bold. "
      "More characters per token means shorter sequences; precision says how many cuts are "
      "word boundaries, recall how "
      "many word boundaries are cuts.",
      "1トークンの文字数の順。小さな数字は文書を標本とする95 "
      "%区間、太字は列の最良値。文字数が多いほど系列は短い。適合率は"
      "切れ目のうち語の境界であるものの割合、再現率は語の境界のうち切れ目であるものの割合。"}},
    {"section.frontier", {"Compression against words", "圧縮と語の境界"}},
    {"note.frontier",
     {"Up: token boundaries are word boundaries. Right: shorter sequences. A tokenizer without "
      "another one above and to "
      "the right of it is on the frontier.",
      "上ほど切れ目が語の境界に合い、右ほど系列が短い。右上に他のトークナイザがないものが最前線"
      "にある。"}},
    {"chart.recall", {"Precision and recall of boundaries", "境界の適合率と再現率"}},
    {"note.recall",
     {"Filled: precision. Hollow: recall. Low recall with high precision: tokens of several "
      "whole words.",
      "塗りが適合率、白抜きが再現率。再現率が低く適合率が高いものは、複数の語をまるごと1トーク"
      "ンにしている。"}},
    {"section.text", {"The same text, cut", "同じ文の切れ方"}},
    {"note.text",
     {"Each colour change is a token boundary; hold the pointer over a token for its id. Bytes "
      "in a frame are pieces of a "
      "character.",
      "色の変わり目がトークンの境界。トークンにカーソルを置くとIDが出る。枠の中の16進は文字の一"
      "部のバイト。"}},
    {"section.words",
     {"Word boundaries by part of speech and script", "品詞別・文字種別の境界"}},
    {"heat.parts", {"F1 by part of speech", "品詞別のF1"}},
    {"note.parts",
     {"A boundary belongs to the word that begins there, a wrong cut to the word that it cuts. "
      "Hold the pointer over a "
      "cell for precision and recall.",
      "境界はそこから始まる語に、誤った切れ目は切られた語に数える。適合率と再現率はセルにカーソ"
      "ルを置くと出る。"}},
    {"heat.pairs", {"F1 by the scripts on both sides", "前後の文字種別のF1"}},
    {"note.pairs",
     {"あ hiragana, ア katakana, 漢 kanji: 漢|あ is a place with kanji before and hiragana "
      "after it.",
      "漢|あは、漢字の後ろ、ひらがなの前の位置。"}},
    {"section.rare", {"Rare characters", "まれな文字"}},
    {"heat.listed",
     {"Characters that are cut into bytes, % of all there are",
      "文字表のうちバイトに割れる文字（%）"}},
    {"note.listed",
     {"Every character of the class is encoded by itself. Kanji levels of JIS X 0213:2004; 863 "
      "kanji for names.",
      "その種類の全文字を1文字ずつ符号化した。水準はJIS X 0213:2004、人名用漢字は863字。"}},
    {"heat.split",
     {"Characters that are cut into bytes, % of those in this text",
      "この本文でバイトに割れる文字（%）"}},
    {"note.split",
     {"Under the class: how many such characters the text has.", "種類の下は本文中の文字数。"}},
    {"heat.lost", {"Characters that do not come back, %", "復元できない文字（%）"}},
    {"note.lost",
     {"Lost to normalisation and unknown tokens, of those in this text.",
      "正規化や未知語トークンで失われる割合。"}},
    {"section.vocabulary", {"What the vocabularies hold", "語彙の中身"}},
    {"chart.kinds", {"Tokens by script", "文字種別のトークン数"}},
    {"heat.lengths", {"Japanese tokens by length, %", "日本語トークンの長さ（%）"}},
    {"note.lengths",
     {"Characters of a token, share of its Japanese tokens.",
      "文字数ごとの、日本語トークンに占める割合。"}},
    {"junk.unused",
     {"The longest Japanese tokens that this text never needs",
      "この本文で使われない最長の日本語トークン"}},
    {"junk.dead",
     {"The longest tokens that cannot come out", "出てくることのない最長のトークン"}},
    {"note.junk",
     {"Where a vocabulary spends its places. A token that cannot come out is not what its own "
      "text is cut into.",
      "語彙の席の使い道。「出てこない」は、その文字列を符号化しても自身にならないもの。"}},
    {"section.domains", {"By domain", "分野別"}},
    {"heat.domains", {"Characters per token by source", "出典別の1トークンの文字数"}},
    {"note.domains",
     {"The sources of most bytes; each column is shaded by itself.",
      "バイト数の多い出典から。濃淡は列ごと。"}},
    {"section.use", {"In use", "使うときの数字"}},
    {"note.use",
     {"Tokens relative to %s. A page is 400 characters of manuscript paper, the window %s "
      "tokens. Price of a million "
      "characters at the given price of a million tokens.",
      "トークン数は%s比。1枚は400字詰め原稿用紙、窓は%"
      "sトークン。100万文字の価格は、与えられた100万トークンの価格による。"}},
    {"note.use-alone",
     {"A page is 400 characters of manuscript paper, the window %s tokens. Price of a million "
      "characters at the given "
      "price of a million tokens.",
      "1枚は400字詰め原稿用紙、窓は%"
      "sトークン。100万文字の価格は、与えられた100万トークンの価格による。"}},
    {"section.definitions", {"Definitions", "定義"}},
    {"define.cut",
     {"Cuts are token boundaries between two Japanese characters (kana, kanji, 々〆〇ー), and "
      "those inside one, which are "
      "always wrong.",
      "切れ目は、日本語の文字（かな・漢字・々〆〇ー）どうしの間のトークン境界と、1文字の内部の"
      "トークン境界。後者は常に誤りと数える。"}},
    {"define.f1",
     {"Precision: cuts on an edge of MeCab's morphemes ÷ cuts. Recall: cuts on an edge ÷ "
      "edges. F1: their harmonic mean.",
      "適合率は、MeCabの形態素境界に一致する切れ目÷切れ目。再現率は、一致する切れ目÷形態素境界"
      "。F1はその調和平均。"}},
    {"define.broken",
     {"A broken token holds bytes that are not whole characters; a byte token is one byte of a "
      "longer character.",
      "壊れたトークンは、文字として完結しないバイトを含むもの。1バイトのトークンは、多バイト文"
      "字の1バイトだけのもの。"}},
    {"define.interval",
     {"Intervals: 2.5 and 97.5 percentiles of %s Poisson bootstrap resamples of the documents; "
      "the seed is fixed.",
      "区間は、文書をPoissonブートストラップで%s回再標本した2.5 %点と97.5 "
      "%点。乱数の種は固定。"}},
    {"define.changed",
     {"A document that decoding does not give back is judged on the text that came back.",
      "復元できない文書の境界は、復号された本文で判定する。"}},
    {"define.caution",
     {"All of this is diagnosis. What a tokenizer is worth, bits per byte of a model trained "
      "with it tell.",
      "これらは診断であり、トークナイザの価値は、それで学習したモデルのbits per "
      "byteで決まる。"}},
    {"precision", {"precision", "適合率"}},
    {"recall", {"recall", "再現率"}},
    {"edges", {"edges", "境界"}},
    {"more", {"and more", "以上"}},
};

const char *word(sm_language language, const char *key)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].key, key) == 0) return words[i].text[language];
    return key;
}

static const char *word_with(sm_language language, const char *key, const char *mark)
{
    const size_t n = strlen(key);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(words[i].key, key, n) == 0 && strcmp(words[i].key + n, mark) == 0)
            return words[i].text[language];
    return NULL;
}

const char *head_word(sm_language language, const char *key)
{
    const char *found = word_with(language, key, "!");
    return found ? found : word(language, key);
}

const char *terse_word(sm_language language, const char *key)
{
    const char *found = word_with(language, key, "~");
    return found ? found : head_word(language, key);
}

const char *filled_word(sm_arena *arena, sm_language language, const char *key,
                        const char *first, const char *second)
{
    const char *text = word(language, key), *gap = strstr(text, "%s");
    if (!gap) return text;
    const char *rest = gap + 2, *next = strstr(rest, "%s");
    const int before = (int)(gap - text);
    if (!next) return sm_arena_printf(arena, "%.*s%s%s", before, text, first, rest);
    return sm_arena_printf(arena, "%.*s%s%.*s%s%s", before, text, first, (int)(next - rest),
                           rest, second, next + 2);
}
