/* See phrases.h. The words are those that stand on most Japanese sites.
 * SPDX-License-Identifier: MIT */
#include "phrases.h"

#include <string.h>

#include "ascii.h"

/* A line that is one of these. */
static const char *const whole[] = {
    "続きを読む",
    "続きを見る",
    "もっと見る",
    "もっと読む",
    "一覧を見る",
    "一覧へ戻る",
    "一覧に戻る",
    "前の記事",
    "次の記事",
    "前のページ",
    "次のページ",
    "前へ",
    "次へ",
    "トップページ",
    "ホーム",
    "トップ",
    "パンくず",
    "関連記事",
    "関連リンク",
    "関連ニュース",
    "関連キーワード",
    "関連商品",
    "あわせて読みたい",
    "おすすめ",
    "おすすめ記事",
    "オススメ記事",
    "人気記事",
    "人気の記事",
    "新着記事",
    "最新記事",
    "最近の記事",
    "最近の投稿",
    "ランキング",
    "アクセスランキング",
    "カテゴリ",
    "カテゴリー",
    "タグ",
    "アーカイブ",
    "最近のコメント",
    "最近のトラックバック",
    "この記事へのトラックバック",
    "この記事へのコメント",
    "コメントを書く",
    "コメントする",
    "コメントを残す",
    "シェア",
    "シェアする",
    "ツイート",
    "いいね",
    "いいね！",
    "いいね!",
    "はてなブックマーク",
    "lineで送る",
    "pocket",
    "フォロー",
    "フォローする",
    "ログイン",
    "新規登録",
    "会員登録",
    "無料会員登録",
    "マイページ",
    "お問い合わせ",
    "お問合せ",
    "プライバシーポリシー",
    "利用規約",
    "特定商取引法に基づく表記",
    "会社概要",
    "サイトマップ",
    "スポンサーリンク",
    "スポンサードリンク",
    "広告",
    "pr",
    "印刷",
    "印刷する",
    "無断転載禁止",
    "同意する",
    "閉じる",
    "検索",
    "メニュー",
    "目次へ",
    "ページの先頭へ",
    "このページの先頭へ",
    "ページトップへ",
    "トップへ戻る",
    "先頭に戻る",
    "read more",
    "share",
    "tweet",
    "share this",
    "related articles",
    "related posts",
    "recommended",
    "advertisement",
    "sponsored",
    "sponsored links",
    "menu",
    "search",
    "log in",
    "login",
    "sign up",
    "subscribe",
    "next",
    "previous",
    "back to top",
    "skip to content",
    "skip to main content",
    "loading...",
    "comments",
};

/* A line that begins so. */
static const char *const beginnings[] = {
    "copyright", "©", "(c)", "（c）", "powered by", "all rights reserved", "スポンサーリンク",
};

/* Marks that adorn a line: ASCII ones, and the brackets and arrows of Japanese pages. */
static const char *const marks[] = {"【", "】", "［", "］", "■", "●", "▼",  "▲",
                                    "◆",  "◇",  "≫",  "»",  "›", "▶", "►",  "＞",
                                    "：", "・", "→",  "←",  "«", "≪", "＜", "　"};

static bool is_mark(char c)
{
    return sm_is_space(c) || c == '[' || c == ']' || c == '>' || c == '<' || c == ':' ||
           c == '|';
}

/* The length of the mark at an end of s, or 0. */
static size_t mark_length(sm_span s, bool at_end)
{
    if (s.n && is_mark(at_end ? s.p[s.n - 1] : *s.p)) return 1;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const sm_span mark = sm_span_of(marks[i]);
        if (at_end ? sm_span_ends(s, mark) : sm_span_starts(s, mark)) return mark.n;
    }
    return 0;
}

static sm_span without_marks(sm_span s)
{
    size_t n;
    while ((n = mark_length(s, false)) > 0)
        s = (sm_span){s.p + n, s.n - n};
    while ((n = mark_length(s, true)) > 0)
        s.n -= n;
    return s;
}

bool sm_is_furniture_phrase(sm_span line)
{
    const sm_span s = without_marks(line);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (sm_is_word(s, whole[i])) return true;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        const size_t n = strlen(beginnings[i]);
        if (s.n >= n && sm_is_word((sm_span){s.p, n}, beginnings[i])) return true;
    }
    return false;
}
