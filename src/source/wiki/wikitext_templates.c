/* Names of wikitext: templates that leave text, tags, namespaces. See seimai/wikitext.h.
 * SPDX-License-Identifier: MIT
 *
 * The names are those of the Japanese Wikipedia and the commonest English ones. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wikitext_internal.h"

/* ---- templates: sorted by bytes --------------------------------------------------------------------- */

static const template_policy policies[] = {
    {"!", "|", TEMPLATE_TEXT},
    {"!!", "||", TEMPLATE_TEXT},
    {"!-", "|-", TEMPLATE_TEXT},
    {"(", "{", TEMPLATE_TEXT},
    {"(!", "{|", TEMPLATE_TEXT},
    {")", "}", TEMPLATE_TEXT},
    {"0", NULL, TEMPLATE_GONE},
    {"=", "=", TEMPLATE_TEXT},
    {"abbr", NULL, TEMPLATE_FIRST},
    {"abbrlink", NULL, TEMPLATE_FIRST},
    {"as of", NULL, TEMPLATE_FIRST},
    {"aut", NULL, TEMPLATE_FIRST},
    {"basepagename", NULL, TEMPLATE_TITLE},
    {"bdi", NULL, TEMPLATE_FIRST},
    {"big", NULL, TEMPLATE_FIRST},
    {"bigger", NULL, TEMPLATE_FIRST},
    {"blockquote", NULL, TEMPLATE_QUOTE},
    {"bold", NULL, TEMPLATE_FIRST},
    {"center", NULL, TEMPLATE_FIRST},
    {"citation needed span", NULL, TEMPLATE_FIRST},
    {"code", NULL, TEMPLATE_FIRST},
    {"color", NULL, TEMPLATE_SECOND},
    {"colorbox", NULL, TEMPLATE_SECOND},
    {"colors", NULL, TEMPLATE_THIRD},
    {"convert", NULL, TEMPLATE_PAIR},
    {"cp932フォント", NULL, TEMPLATE_FIRST},
    {"csclass", NULL, TEMPLATE_SECOND},
    {"enlink", NULL, TEMPLATE_FIRST},
    {"fb", NULL, TEMPLATE_FIRST},
    {"flag", NULL, TEMPLATE_FIRST},
    {"flagcountry", NULL, TEMPLATE_FIRST},
    {"font", NULL, TEMPLATE_FIRST},
    {"fontcolor", NULL, TEMPLATE_SECOND},
    {"fontsize", NULL, TEMPLATE_SECOND},
    {"formatnum", NULL, TEMPLATE_FIRST},
    {"fullpagename", NULL, TEMPLATE_TITLE},
    {"hilite", NULL, TEMPLATE_FIRST},
    {"ill", NULL, TEMPLATE_FIRST},
    {"ill2", NULL, TEMPLATE_LABEL},
    {"indent", NULL, TEMPLATE_FIRST},
    {"interlang", NULL, TEMPLATE_SECOND},
    {"ipa", NULL, TEMPLATE_FIRST},
    {"ipac", NULL, TEMPLATE_FIRST},
    {"ipafont", NULL, TEMPLATE_FIRST},
    {"italic", NULL, TEMPLATE_FIRST},
    {"jis2004フォント", NULL, TEMPLATE_FIRST},
    {"jis90フォント", NULL, TEMPLATE_FIRST},
    {"kbd", NULL, TEMPLATE_FIRST},
    {"keypress", NULL, TEMPLATE_FIRST},
    {"lang", NULL, TEMPLATE_SECOND},
    {"large", NULL, TEMPLATE_FIRST},
    {"larger", NULL, TEMPLATE_FIRST},
    {"lc", NULL, TEMPLATE_FIRST},
    {"lcfirst", NULL, TEMPLATE_FIRST},
    {"legend", NULL, TEMPLATE_SECOND},
    {"legend2", NULL, TEMPLATE_SECOND},
    {"link-en", NULL, TEMPLATE_FIRST},
    {"link-interwiki", NULL, TEMPLATE_FIRST},
    {"llang", NULL, TEMPLATE_SECOND},
    {"mdash", "—", TEMPLATE_TEXT},
    {"middot", "・", TEMPLATE_TEXT},
    {"mono", NULL, TEMPLATE_FIRST},
    {"nastaliq", NULL, TEMPLATE_FIRST},
    {"nbsp", " ", TEMPLATE_TEXT},
    {"ndash", "–", TEMPLATE_TEXT},
    {"nihongo", NULL, TEMPLATE_FIRST},
    {"nobold", NULL, TEMPLATE_FIRST},
    {"nobr", NULL, TEMPLATE_FIRST},
    {"nowrap", NULL, TEMPLATE_FIRST},
    {"pagename", NULL, TEMPLATE_TITLE},
    {"pinyin", NULL, TEMPLATE_FIRST},
    {"q", NULL, TEMPLATE_FIRST},
    {"quotation", NULL, TEMPLATE_QUOTE},
    {"quote", NULL, TEMPLATE_QUOTE},
    {"rtl-lang", NULL, TEMPLATE_SECOND},
    {"ruby", NULL, TEMPLATE_RUBY},
    {"samp", NULL, TEMPLATE_FIRST},
    {"small", NULL, TEMPLATE_FIRST},
    {"smaller", NULL, TEMPLATE_FIRST},
    {"smallsup", NULL, TEMPLATE_FIRST},
    {"snamei", NULL, TEMPLATE_LAST},
    {"spaces", " ", TEMPLATE_TEXT},
    {"sub", NULL, TEMPLATE_FIRST},
    {"subst:lc", NULL, TEMPLATE_FIRST},
    {"sup", NULL, TEMPLATE_FIRST},
    {"taxon", NULL, TEMPLATE_FIRST},
    {"transl", NULL, TEMPLATE_LAST},
    {"transliteration", NULL, TEMPLATE_LAST},
    {"tt", NULL, TEMPLATE_FIRST},
    {"uc", NULL, TEMPLATE_FIRST},
    {"ucfirst", NULL, TEMPLATE_FIRST},
    {"underline", NULL, TEMPLATE_FIRST},
    {"unicode", NULL, TEMPLATE_FIRST},
    {"vanchor", NULL, TEMPLATE_FIRST},
    {"visible anchor", NULL, TEMPLATE_FIRST},
    {"weight", NULL, TEMPLATE_SECOND},
    {"yen", "¥", TEMPLATE_TEXT},
    {"·", "・", TEMPLATE_TEXT},
    {"•", "・", TEMPLATE_TEXT},
    {"⁄", "⁄", TEMPLATE_TEXT},
    {"いつ範囲", NULL, TEMPLATE_FIRST},
    {"ふりがな", NULL, TEMPLATE_RUBY},
    {"よみがな", NULL, TEMPLATE_RUBY},
    {"ピン音", NULL, TEMPLATE_FIRST},
    {"リンク", NULL, TEMPLATE_FIRST},
    {"ルビ", NULL, TEMPLATE_RUBY},
    {"下線", NULL, TEMPLATE_FIRST},
    {"中央", NULL, TEMPLATE_FIRST},
    {"仮リンク", NULL, TEMPLATE_LABEL},
    {"凡例", NULL, TEMPLATE_SECOND},
    {"凡例2", NULL, TEMPLATE_SECOND},
    {"出典の明記範囲", NULL, TEMPLATE_FIRST},
    {"太字", NULL, TEMPLATE_FIRST},
    {"引用", NULL, TEMPLATE_QUOTE},
    {"引用文", NULL, TEMPLATE_QUOTE},
    {"拡大", NULL, TEMPLATE_FIRST},
    {"拡張漢字", NULL, TEMPLATE_FIRST},
    {"斜体", NULL, TEMPLATE_FIRST},
    {"独自研究範囲", NULL, TEMPLATE_FIRST},
    {"簡体字", NULL, TEMPLATE_FIRST},
    {"縦書き", NULL, TEMPLATE_FIRST},
    {"縮小", NULL, TEMPLATE_FIRST},
    {"繁体字", NULL, TEMPLATE_FIRST},
    {"補助漢字フォント", NULL, TEMPLATE_FIRST},
    {"要出典範囲", NULL, TEMPLATE_FIRST},
    {"要検証範囲", NULL, TEMPLATE_FIRST},
    {"説明なし範囲", NULL, TEMPLATE_FIRST},
    {"読み仮名", NULL, TEMPLATE_RUBY},
    {"読み仮名 ruby不使用", NULL, TEMPLATE_FIRST},
    {"誰範囲", NULL, TEMPLATE_FIRST},
};

/* lang-XX and lang-XX-short, whose text begins with the language's name. */
static const template_policy languages[] = {
    {"ar", "アラビア語: ", TEMPLATE_AFTER},     {"bg", "ブルガリア語: ", TEMPLATE_AFTER},
    {"ca", "カタルーニャ語: ", TEMPLATE_AFTER}, {"cs", "チェコ語: ", TEMPLATE_AFTER},
    {"da", "デンマーク語: ", TEMPLATE_AFTER},   {"de", "ドイツ語: ", TEMPLATE_AFTER},
    {"el", "ギリシア語: ", TEMPLATE_AFTER},     {"en", "英語: ", TEMPLATE_AFTER},
    {"es", "スペイン語: ", TEMPLATE_AFTER},     {"et", "エストニア語: ", TEMPLATE_AFTER},
    {"fa", "ペルシア語: ", TEMPLATE_AFTER},     {"fi", "フィンランド語: ", TEMPLATE_AFTER},
    {"fr", "フランス語: ", TEMPLATE_AFTER},     {"he", "ヘブライ語: ", TEMPLATE_AFTER},
    {"hi", "ヒンディー語: ", TEMPLATE_AFTER},   {"hu", "ハンガリー語: ", TEMPLATE_AFTER},
    {"id", "インドネシア語: ", TEMPLATE_AFTER}, {"is", "アイスランド語: ", TEMPLATE_AFTER},
    {"it", "イタリア語: ", TEMPLATE_AFTER},     {"km", "クメール語: ", TEMPLATE_AFTER},
    {"ko", "朝鮮語: ", TEMPLATE_AFTER},         {"la", "ラテン語: ", TEMPLATE_AFTER},
    {"lt", "リトアニア語: ", TEMPLATE_AFTER},   {"lv", "ラトビア語: ", TEMPLATE_AFTER},
    {"mn", "モンゴル語: ", TEMPLATE_AFTER},     {"nl", "オランダ語: ", TEMPLATE_AFTER},
    {"no", "ノルウェー語: ", TEMPLATE_AFTER},   {"pl", "ポーランド語: ", TEMPLATE_AFTER},
    {"pt", "ポルトガル語: ", TEMPLATE_AFTER},   {"qu", "ケチュア語: ", TEMPLATE_AFTER},
    {"ro", "ルーマニア語: ", TEMPLATE_AFTER},   {"ru", "ロシア語: ", TEMPLATE_AFTER},
    {"sa", "サンスクリット: ", TEMPLATE_AFTER}, {"sk", "スロバキア語: ", TEMPLATE_AFTER},
    {"sr", "セルビア語: ", TEMPLATE_AFTER},     {"sv", "スウェーデン語: ", TEMPLATE_AFTER},
    {"th", "タイ語: ", TEMPLATE_AFTER},         {"tr", "トルコ語: ", TEMPLATE_AFTER},
    {"uk", "ウクライナ語: ", TEMPLATE_AFTER},   {"vi", "ベトナム語: ", TEMPLATE_AFTER},
    {"zh", "中国語: ", TEMPLATE_AFTER},
};

enum { NAME_BYTES = 64 };

static int by_name(const void *key, const void *element)
{
    return strcmp(key, ((const template_policy *)element)->name);
}

#define FIND(name, table)                                                                      \
    bsearch((name), (table), sizeof(table) / sizeof *(table), sizeof *(table), by_name)

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The name as the table spells it; false if it is longer than any there. */
static bool fold(sm_span name, char folded[NAME_BYTES])
{
    if (name.n >= NAME_BYTES) return false;
    for (size_t i = 0; i < name.n; i++)
        folded[i] = name.p[i] == '_' ? ' ' : lower(name.p[i]);
    folded[name.n] = '\0';
    return true;
}

static const template_policy *find_language(char *name)
{
    static const template_policy other = {"", NULL, TEMPLATE_FIRST};
    char *code = name + strlen("lang-");
    char *tail = strchr(code, '-');
    if (tail) *tail = '\0';
    const template_policy *found = FIND(code, languages);
    return found ? found : &other;
}

static sm_span without_namespace(sm_span name)
{
    static const char *const spaces[] = {"template:", "テンプレート:"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        const size_t n = strlen(spaces[i]);
        if (name.n > n && strncasecmp(name.p, spaces[i], n) == 0)
            return wiki_trim(sm_span_from(name, n));
    }
    return name;
}

const template_policy *template_find(sm_span name, size_t *skip)
{
    char folded[NAME_BYTES];
    *skip = 0;
    const sm_span bare = without_namespace(wiki_trim(name));
    const char *colon = bare.n ? memchr(bare.p, ':', bare.n) : NULL;
    const sm_span head = {bare.p, colon ? (size_t)(colon - bare.p) : bare.n};
    if (!fold(head, folded)) return NULL;
    if (colon) *skip = (size_t)(colon + 1 - name.p);
    if (strncmp(folded, "lang-", 5) == 0) return find_language(folded);
    if (strncmp(folded, "ipa-", 4) == 0) folded[3] = '\0';
    return FIND(folded, policies);
}

/* ---- tags -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    tag_rule rule;
} tags[] = {
    {"abbr", TAG_PASS},
    {"b", TAG_UNWRAP},
    {"bdi", TAG_UNWRAP},
    {"bdo", TAG_UNWRAP},
    {"big", TAG_UNWRAP},
    {"blockquote", TAG_PASS},
    {"br", TAG_PASS},
    {"caption", TAG_PASS},
    {"ce", TAG_MATH},
    {"center", TAG_PASS},
    {"charinsert", TAG_DROP},
    {"chem", TAG_MATH},
    {"cite", TAG_UNWRAP},
    {"code", TAG_PASS},
    {"col", TAG_PASS},
    {"colgroup", TAG_PASS},
    {"dd", TAG_PASS},
    {"del", TAG_PASS},
    {"dfn", TAG_UNWRAP},
    {"div", TAG_PASS},
    {"dl", TAG_PASS},
    {"dt", TAG_PASS},
    {"em", TAG_PASS},
    {"font", TAG_UNWRAP},
    {"gallery", TAG_DROP},
    {"graph", TAG_DROP},
    {"h1", TAG_PASS},
    {"h2", TAG_PASS},
    {"h3", TAG_PASS},
    {"h4", TAG_PASS},
    {"h5", TAG_PASS},
    {"h6", TAG_PASS},
    {"hiero", TAG_DROP},
    {"hr", TAG_PASS},
    {"i", TAG_UNWRAP},
    {"imagemap", TAG_DROP},
    {"includeonly", TAG_DROP},
    {"inputbox", TAG_DROP},
    {"ins", TAG_PASS},
    {"kbd", TAG_UNWRAP},
    {"langconvert", TAG_DROP},
    {"li", TAG_PASS},
    {"mapframe", TAG_DROP},
    {"maplink", TAG_DROP},
    {"mark", TAG_UNWRAP},
    {"math", TAG_MATH},
    {"noinclude", TAG_UNWRAP},
    {"nowiki", TAG_NOWIKI},
    {"ol", TAG_PASS},
    {"onlyinclude", TAG_UNWRAP},
    {"p", TAG_PASS},
    {"poem", TAG_POEM},
    {"pre", TAG_PRE},
    {"q", TAG_PASS},
    {"rb", TAG_PASS},
    {"ref", TAG_REF},
    {"references", TAG_DROP},
    {"rp", TAG_PASS},
    {"rt", TAG_PASS},
    {"rtc", TAG_PASS},
    {"ruby", TAG_PASS},
    {"s", TAG_PASS},
    {"samp", TAG_UNWRAP},
    {"score", TAG_DROP},
    {"section", TAG_UNWRAP},
    {"small", TAG_UNWRAP},
    {"source", TAG_CODE},
    {"span", TAG_PASS},
    {"strike", TAG_PASS},
    {"strong", TAG_PASS},
    {"sub", TAG_PASS},
    {"sup", TAG_PASS},
    {"syntaxhighlight", TAG_CODE},
    {"table", TAG_PASS},
    {"tbody", TAG_PASS},
    {"td", TAG_PASS},
    {"templatedata", TAG_DROP},
    {"tfoot", TAG_PASS},
    {"th", TAG_PASS},
    {"thead", TAG_PASS},
    {"time", TAG_UNWRAP},
    {"timeline", TAG_DROP},
    {"tr", TAG_PASS},
    {"tt", TAG_UNWRAP},
    {"u", TAG_UNWRAP},
    {"ul", TAG_PASS},
    {"var", TAG_UNWRAP},
    {"wbr", TAG_PASS},
};

_Static_assert(sizeof tags / sizeof *tags <= WIKITEXT_TAGS, "WIKITEXT_TAGS is too small");

static bool in_name(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

tag_rule tag_find(sm_span s, size_t *number, size_t *length)
{
    size_t n = 0;
    while (n < s.n && in_name(s.p[n]))
        n++;
    *length = n;
    const size_t count = sizeof tags / sizeof *tags;
    for (size_t i = 0; i < count && n; i++) {
        if (strncasecmp(s.p, tags[i].name, n) != 0 || tags[i].name[n]) continue;
        *number = i;
        return tags[i].rule;
    }
    return TAG_TEXT;
}

/* ---- namespaces -------------------------------------------------------------------------------------- */

static bool is_one_of(sm_span s, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == s.n && strncasecmp(s.p, names[i], s.n) == 0) return true;
    return false;
}

/* Prefixes of languages: two or three small letters, perhaps a hyphen and more. */
static bool is_language(sm_span s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= 'a' && s.p[n] <= 'z')
        n++;
    if (sm_span_equal(s, SM_SPAN("simple"))) return true;
    if (n != 2 && n != 3) return false;
    if (n == s.n) return true;
    if (s.p[n++] != '-') return false;
    while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '-'))
        n++;
    return n == s.n;
}

link_kind link_kind_of(sm_span target)
{
    static const char *const files[] = {"ファイル", "画像",  "file",
                                        "image",    "media", "メディア"};
    static const char *const gone[] = {"category", "カテゴリ", "cat"};
    enum { LONGEST = 32 };
    const sm_span s = wiki_trim(target);
    const char *colon = s.n ? memchr(s.p, ':', s.n < LONGEST ? s.n : LONGEST) : NULL;
    if (!colon) return LINK_PAGE;
    const sm_span space = wiki_trim((sm_span){s.p, (size_t)(colon - s.p)});
    if (is_one_of(space, files, sizeof files / sizeof *files)) return LINK_FILE;
    if (is_one_of(space, gone, sizeof gone / sizeof *gone)) return LINK_GONE;
    return is_language(space) ? LINK_GONE : LINK_PAGE;
}
