/* The part of an address behind its municipality: town, block number, building, room.
 * SPDX-License-Identifier: MIT
 *
 * A town is a run of Han and katakana, of hiragana that stand in the names of towns, and of numbers that belong
 * to its name (北24条西, 14号北, 三番町). Behind it stand the numbers: 丁目, 番地, 番, 号, or hyphens and の
 * between them. A building is a word that ends as buildings do, a room a number with its unit.
 * At most REACH characters are read, so that a text costs a constant for each municipality in it. */
#include "words_internal.h"

#include <seimai/utf8.h>
#include <string.h>

enum {
    REACH = 96,
    TOWN_MAX = 20,
    DIGITS_MAX = 5,
    BUILDING_MAX = 28,
    KANA_MAX = 6,
    BLANKS_MAX = 2
};

/* The characters behind the municipality, folded; c[n] is 0. */
typedef struct reader {
    const sm_places *places;
    sm_span text;
    uint32_t c[REACH + 1];
    size_t at[REACH + 1]; /* byte offsets */
    size_t n;
    size_t town;     /* characters of the town's name so far */
    uint32_t before; /* the last character of that name */
    bool is_chome;   /* a 丁目 was read */
    sm_block block;
    size_t end; /* characters up to the end of the block number; 0 while there is none */
} reader;

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* 〇 一 … 九 十 百 千 */
static bool is_numeral(uint32_t c)
{
    static const uint32_t numerals[] = {0x3007, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D,
                                        0x4E03, 0x516B, 0x4E5D, 0x5341, 0x767E, 0x5343};
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        if (c == numerals[i]) return true;
    return false;
}

/* Up to the end of the line, or of the cell of a table that holds a number. */
static void decode(reader *r, size_t from)
{
    bool has_digit = false;
    const char *p = r->text.p + from;
    const char *const end = r->text.p + r->text.n;
    while (p < end && r->n < REACH) {
        const size_t at = (size_t)(p - r->text.p);
        const uint32_t raw = sm_utf8_next(&p, end);
        const uint32_t c = sm_pii_is_long_vowel(raw) ? raw : sm_pii_fold_char(raw);
        if (raw == '\n' || (raw == '\t' && has_digit)) break;
        if (c == 0) continue;
        has_digit |= is_digit(c);
        r->c[r->n] = c;
        r->at[r->n++] = at;
    }
    r->c[r->n] = 0;
    r->at[r->n] = (size_t)(p - r->text.p);
    for (size_t i = 1; i + 1 < r->n; i++) /* ー is a hyphen only between digits */
        if (sm_pii_is_long_vowel(r->c[i]) && is_digit(r->c[i - 1]) && is_digit(r->c[i + 1]))
            r->c[i] = '-';
}

/* The first character of a word, of one byte or three; 0 of another. */
static uint32_t first_of(const char *word)
{
    const unsigned char *const p = (const unsigned char *)word;
    if (p[0] < 0x80) return p[0];
    if (p[0] < 0xE0 || p[0] >= 0xF0) return 0;
    return (p[0] & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
}

/* Do the characters of a UTF-8 word stand at i? Gives their number, else 0. */
static size_t has(const reader *r, size_t i, const char *word)
{
    const uint32_t first = first_of(word);
    if (i >= r->n || (first && r->c[i] != first)) return 0; /* nearly always */
    const sm_span s = sm_span_of(word);
    size_t n = 0;
    for (const char *p = s.p; p < s.p + s.n; n++)
        if (i + n >= r->n || r->c[i + n] != sm_utf8_next(&p, s.p + s.n)) return 0;
    return n;
}

/* The longest of the words that stands at i, in characters. Words end with NULL. */
static size_t has_any(const reader *r, size_t i, const char *const *words)
{
    size_t longest = 0;
    for (; *words; words++) {
        const size_t n = has(r, i, *words);
        if (n > longest) longest = n;
    }
    return longest;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* The characters of a number at i: digits, or numerals of Han. */
static size_t number_at(const reader *r, size_t i)
{
    size_t n = 0;
    while (n <= DIGITS_MAX && is_digit(r->c[i + n]))
        n++;
    if (n > DIGITS_MAX) return 0;
    if (n > 0) return n;
    while (n <= 7 && is_numeral(r->c[i + n]))
        n++;
    return n <= 7 ? n : 0;
}

/* -21, の21, ノ21: a joint and the digits behind it. */
static size_t branch_at(const reader *r, size_t i)
{
    size_t joint = 0;
    if (r->c[i] == '-' || r->c[i] == 0x306E || r->c[i] == 0x30CE) joint = 1;
    if (r->c[i] == ' ' && r->c[i + 1] == '-') joint = 2;
    if (joint && r->c[i + joint] == ' ') joint++;
    const size_t n = joint && is_digit(r->c[i + joint]) ? number_at(r, i + joint) : 0;
    return n ? joint + n : 0;
}

/* Behind a number that stands alone: what makes it a count, a date, a score. */
static bool is_counted(const reader *r, size_t i)
{
    static const char *const units[] = {
        "年",   "月",   "日",       "時",   "分",   "秒",       "人",     "円",
        "名",   "個",   "社",       "件",   "台",   "本",       "枚",     "歳",
        "才",   "万",   "億",       "千",   "百",   "メートル", "キロ",   "回",
        "度",   "位",   "戦",       "勝",   "敗",   "点",       "票",     "戸",
        "系",   "形",   "型",       "級",   "期",   "世",       "階建",   "校",
        "店",   "代",   "周",       "区間", "号線", "号車",     "世帯",   "ヘクタール",
        "ha",   "km",   "m",        "k",    "%",    "‰",        "㎡",     "㎢",
        "㎞",   "㍍",   "分の",     "つ",   "割",   "倍",       "匹",     "頭",
        "機",   "隻",   "両",       "頁",   "版",   "章",       "節",     "条",
        "項",   "か所", "カ所",     "ヶ所", "箇所", "か月",     "カ国",   "町",
        "村",   "市",   "区",       "郡",   "県",   "種",       "ページ", "チーム",
        "大会", "地区", "ブロック", "組",   "部",   "〜",       "~",      ".",
        ",",    ":",    "/",        "×",    "+",    "=",        "対",     NULL};
    return has_any(r, i, units) > 0 || is_digit(r->c[i]) || (r->c[i] | 0x20) - 'a' < 26u;
}

/* ---- buildings and rooms ------------------------------------------------------------------------ */

/* Words that buildings end with, or that they begin with; behind the latter stands a name (コーポさくら). */
static const char *const building_words[] = {
    "ビル",         "ビルディング", "マンション", "ハイツ",   "コーポ",         "荘",
    "タワー",       "アパート",     "ハウス",     "プラザ",   "レジデンス",     "会館",
    "センター",     "寮",           "団地",       "メゾン",   "パレス",         "コート",
    "ハイム",       "スクエア",     "住宅",       "ヒルズ",   "庁舎",           "合同庁舎",
    "公舎",         "社宅",         "別館",       "本館",     "新館",           "ホテル",
    "ガーデン",     "ヴィラ",       "テラス",     "シティ",   "ビレッジ",       "ドミール",
    "パークサイド", "シャトー",     "カーサ",     "フラット", "コーポラス",     "ドミトリー",
    "リバーサイド", "マンシオン",   "エステート", "パーク",   "レジデンシャル", NULL};

/* Behind digits in a phrase that goes on: no room. */
static bool goes_on(const reader *r, size_t at)
{
    static const char *const joints[] = {"-", "(", "番", "丁", NULL};
    return is_counted(r, at) || has_any(r, at, joints) > 0;
}

/* A room at i: 301号室, 5階, 10F, A棟; in digits alone (`plain` of them at least) behind the name of a building. */
static size_t room_at(const reader *r, size_t i, size_t plain)
{
    static const char *const units[] = {"号室", "号館", "号棟", "階", "棟",
                                        "F",    "室",   "号",   NULL};
    const size_t blank = r->c[i] == ' ' ? 1 : 0;
    size_t n = blank;
    while (n < 6 && (is_digit(r->c[i + n]) || (r->c[i + n] - 'A' < 26u && r->c[i + n] != 'F')))
        n++;
    if (n == blank) return 0;
    const size_t unit = has_any(r, i + n, units);
    if (unit) return n + unit;
    const bool is_plain = is_digit(r->c[i + n - 1]) && n >= blank + plain &&
                          n <= blank + (plain == 3 ? 3 : 4); /* not 2026 */
    return plain && is_plain && !goes_on(r, i + n) ? n : 0;
}

static bool is_building_char(uint32_t c)
{
    return sm_is_han(c) || sm_is_katakana(c) || is_digit(c) || (c | 0x20) - 'a' < 26u ||
           c == 0x30FB || c == '&' || c == '\'';
}

/* Hiragana in the name of a building: さくら, ひまわり; what begins with a particle goes on with the sentence. */
static size_t building_kana_at(const reader *r, size_t i)
{
    static const char *const particles[] = {"に", "で", "を", "は", "が", "へ",
                                            "の", "と", "も", "か", "や", NULL};
    size_t n = 0;
    while (sm_is_hiragana(r->c[i + n]))
        n++;
    return n < 2 || n > KANA_MAX || has_any(r, i, particles) ? 0 : n;
}

/* How many digits alone make a room behind the name [start, at), which has a word for buildings up to word_end: one right
 * behind that, two further on, three behind other katakana; SIZE_MAX: this is no name. */
static size_t digits_of_room(const reader *r, size_t start, size_t at, size_t word_end)
{
    if (word_end == at) return 1;
    if (word_end) return 2;
    const bool is_kana = at >= start + 3 && sm_is_katakana(r->c[start]) &&
                         sm_is_katakana(r->c[start + 1]) && sm_is_katakana(r->c[start + 2]);
    return is_kana ? 3 : SIZE_MAX;
}

/* The characters of a building's name at i and the room behind it; of the name alone up to the last word for
 * buildings. */
static size_t building_at(const reader *r, size_t i)
{
    const size_t start = i + (r->c[i] == ' ');
    size_t word_end = 0;
    for (size_t k = start, n = 0; k < r->n && k < i + BUILDING_MAX; k += n) {
        const size_t word = has_any(r, k, building_words);
        const size_t plain = is_digit(r->c[k]) && !is_digit(r->c[k - 1])
                                 ? digits_of_room(r, start, k, word_end)
                                 : SIZE_MAX;
        const size_t room = plain < SIZE_MAX ? room_at(r, k, plain) : 0;
        if (room) return k + room - i;
        if (word) word_end = k + word;
        n = word                        ? word
            : is_building_char(r->c[k]) ? 1
            : k > start                 ? building_kana_at(r, k)
                                        : 0;
        if (n == 0) break;
    }
    return word_end ? word_end - i : 0;
}

static void read_building(reader *r)
{
    const size_t building = building_at(r, r->end);
    r->end += building;
    for (size_t n = 0, k = 0; k < 2 && (n = room_at(r, r->end, building > 0)) > 0; k++)
        r->end += n;
}

/* ---- block numbers ------------------------------------------------------------------------------- */

/* Takes the block that ends behind `end` characters, if it says more than the one before. */
static void take(reader *r, size_t end, sm_block block)
{
    if (block < r->block) return;
    r->block = block;
    r->end = end;
}

/* A number with a unit that belongs to the name of a town: 24条, 14号北, 三番町, 3線, 7番丁, 第2地割. */
static size_t town_unit_at(const reader *r, size_t i)
{
    static const char *const units[] = {"条",   "線",   "番町", "番丁", "地割", "号東", "号西",
                                        "号南", "号北", "丁堀", "の町", "ノ町", "の坪", NULL};
    return has_any(r, i, units);
}

static const char *const chome[] = {"丁目", "丁", NULL};

/* Behind 番地: branches of the number, or a number that touches it (20番地4). */
static size_t read_lot(reader *r, size_t at)
{
    for (size_t n = 0; (n = branch_at(r, at)) > 0 || (n = number_at(r, at)) > 0;)
        at += n;
    at += has(r, at, "号");
    take(r, at, SM_BLOCK_STRONG);
    return at;
}

/* From 番 on, and the house behind it: 3番, 3番4号, 3番4-501. */
static size_t read_house(reader *r, size_t at)
{
    const size_t house = number_at(r, at + 1);
    const bool is_house = house && (has(r, at + 1 + house, "号") || is_digit(r->c[at + 1]));
    at += 1 + (is_house ? house : 0);
    for (size_t n = 0; is_house && (n = branch_at(r, at)) > 0;)
        at += n;
    at += is_house ? has(r, at, "号") : 0;
    take(r, at, is_house || r->is_chome ? SM_BLOCK_STRONG : SM_BLOCK_MEDIUM);
    return at;
}

/* A number without unit that ends a phrase: its town has a name, and nothing is counted. */
static bool ends_phrase(const reader *r, size_t at)
{
    static const char *const ends[] = {" ", "、", "。", "，", ",", ")", "」", "（", "(", NULL};
    return r->town > 0 && (at >= r->n || has_any(r, at, ends) > 0);
}

/* Digits with hyphens between them, or alone. */
static size_t read_digits(reader *r, size_t i, size_t at, size_t branches)
{
    if (has(r, at, "号") && !has(r, at, "号線") && (branches || r->is_chome)) {
        take(r, at + 1, SM_BLOCK_STRONG);
        return at + 1;
    }
    if (is_counted(r, at) && !(branches && building_at(r, at))) return i;
    if (branches >= 2 || r->is_chome)
        take(r, at, SM_BLOCK_STRONG);
    else
        take(r, at, branches || ends_phrase(r, at) ? SM_BLOCK_MEDIUM : SM_BLOCK_WEAK);
    return at;
}

/* 番 behind a number, that is no ordinal and does not belong to the name of a town (麻布十番2丁目). */
static bool is_house_unit(const reader *r, size_t at)
{
    static const char *const others[] = {"番目", "番線", "番組", "番手", NULL};
    const size_t behind = at + 1 + number_at(r, at + 1);
    return has(r, at, "番") && !has_any(r, at, others) && !has_any(r, behind, chome);
}

/* The numbers from i on, which a town may precede. Gives where to read on, i where there is none. */
static size_t read_number(reader *r, size_t i)
{
    static const char *const lot[] = {"番地", "番耕地", NULL};
    const bool has_digits = is_digit(r->c[i]);
    size_t at = i + number_at(r, i), branches = 0, n = 0;
    if ((n = town_unit_at(r, at)) > 0) return at + n;
    if ((n = has_any(r, at, chome)) > 0) {
        r->is_chome = true;
        take(r, at + n, SM_BLOCK_WEAK);
        return at + n;
    }
    for (; has_digits && (n = branch_at(r, at)) > 0; branches++)
        at += n;
    if ((n = has_any(r, at, lot)) > 0) return read_lot(r, at + n);
    if (is_house_unit(r, at)) return read_house(r, at);
    return has_digits ? read_digits(r, i, at, branches) : i;
}

/* ---- towns ------------------------------------------------------------------------------------ */

/* Hiragana at i: the characters of the run if it stands in names of towns; る and り of 上る, 下り. */
static size_t kana_at(const reader *r, size_t i)
{
    const uint32_t before = i > 0 ? r->c[i - 1] : 0;
    size_t n = 0;
    while (sm_is_hiragana(r->c[i + n]))
        n++;
    const bool is_way = before == 0x4E0A || before == 0x4E0B || before == 0x5165; /* 上 下 入 */
    if (is_way && n == 1 && (r->c[i] == 0x308B || r->c[i] == 0x308A)) return 1;
    const sm_span run = {r->text.p + r->at[i], r->at[i + n] - r->at[i]};
    if (!sm_wordset_get(&r->places->kana, run)) return 0;
    const bool is_joint = n == 1 && (r->c[i] == 0x306E || r->c[i] == 0x304C); /* の が */
    return is_joint && (i == 0 || !sm_is_han(r->c[i + n])) ? 0 : n;
}

/* The characters of the town's name at i; 0 where something else stands. */
static size_t town_at(const reader *r, size_t i)
{
    const uint32_t c = r->c[i];
    if (sm_is_han(c) || sm_is_katakana(c)) return 1;
    return sm_is_hiragana(c) ? kana_at(r, i) : 0;
}

/* Words behind a municipality that go on to speak of something else: 市立, 区内, 町長. */
static bool is_no_town(const reader *r)
{
    static const char *const words[] = {
        "立",   "内の", "内に", "営",   "長",     "民",   "議",   "政",   "役",
        "制",   "域",   "街地", "史",   "出身",   "在住", "在",   "所在", "周辺",
        "全域", "付近", "人口", "面積", "名誉",   "指定", "交通", "消防", "教育",
        "文化", "体育", "中学", "小学", "高校",   "大学", "観光", "都市", "選挙",
        "国道", "県道", "道路", "鉄道", "地下鉄", "と",   "や",   "第",   NULL};
    return has_any(r, 0, words) > 0;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

/* What a character may be in the name of a town. */
typedef enum town_part { NO_TOWN, TOWN, TOWN_KANA, TOWN_NUMBER } town_part;

static town_part town_part_of(uint32_t c)
{
    if (sm_is_hiragana(c)) return TOWN_KANA;
    if (is_numeral(c)) return TOWN_NUMBER;
    return sm_is_han(c) || sm_is_katakana(c) || c == 0x3000 ? TOWN : NO_TOWN;
}

/* May hiragana at byte `at` stand in the name of a town? *end becomes the byte behind its run. */
static bool may_be_kana(const sm_places *places, sm_span text, size_t at, size_t *end)
{
    size_t behind = at;
    while (text.n - behind >= 3 && sm_is_hiragana(sm_char_at(text, behind)))
        behind += 3;
    const sm_span run = {text.p + at, behind - at};
    *end = behind;
    return sm_wordset_get(&places->kana, run) || sm_span_equal(run, SM_SPAN("る")) ||
           sm_span_equal(run, SM_SPAN("り"));
}

bool sm_block_may_begin(const sm_places *places, sm_span text, size_t from)
{
    for (size_t at = from, n = 0; at < text.n && n < TOWN_MAX + BLANKS_MAX + 1; n++) {
        const unsigned char byte = (unsigned char)text.p[at];
        if (is_digit(byte)) return true;
        if (byte < 0x80 && byte != ' ' && byte != '\t') return byte != '\n' && byte < ' ';
        at++;
        if (byte < 0x80) continue;
        if (byte < 0xE3 || byte >= 0xF0 || byte == 0xEF)
            return true; /* seldom: blanks, wide digits, what is invisible */
        const town_part part = town_part_of(sm_char_at(text, at - 1));
        at += 2;
        if (part == NO_TOWN || part == TOWN_NUMBER) return part == TOWN_NUMBER;
        if (part == TOWN_KANA && !may_be_kana(places, text, at - 3, &at)) return false;
    }
    return false;
}

/* A number stands where the name of a town may end. */
static bool may_end_town(const reader *r)
{
    static const uint32_t no_ends[] = {0x7B2C, 0x7D04, 0x8A08, 0x5168, 0x5404, 0x5E74, 0x6570};
    for (size_t i = 0; i < sizeof no_ends / sizeof *no_ends; i++) /* 第 約 計 全 各 年 数 */
        if (r->before == no_ends[i]) return false;
    return true;
}

static size_t step(reader *r, size_t i)
{
    if (r->c[i] == ' ' && r->c[i + 1] != ' ' && r->c[i + 1] != 0) return 1;
    const size_t number = number_at(r, i);
    const bool may_follow = may_end_town(r) || has(r, i + number, "地割");
    const size_t next = number && may_follow ? read_number(r, i) : i;
    if (next > i) r->before = 0;
    if (next > i) return next - i;
    if (r->block >= SM_BLOCK_MEDIUM || r->town >= TOWN_MAX) return 0;
    if (r->block == SM_BLOCK_WEAK && !r->is_chome) return 0;
    const size_t town = town_at(r, i);
    if (town) r->before = r->c[i + town - 1];
    r->town += town;
    return town;
}

sm_block sm_block_read(const sm_places *places, sm_span text, size_t from, size_t *end)
{
    reader r = {.places = places, .text = text};
    size_t i = 0, n = 0, blanks = 0;
    decode(&r, from);
    while (i < r.n && blanks <= BLANKS_MAX && (n = step(&r, i)) > 0) {
        blanks += r.c[i] == ' ';
        i += n;
    }
    *end = from;
    if (r.end == 0) return SM_BLOCK_NONE;
    if (r.block < SM_BLOCK_STRONG && is_no_town(&r)) return SM_BLOCK_NONE;
    if (r.block >= SM_BLOCK_MEDIUM || r.is_chome) read_building(&r);
    const char *last = text.p + r.at[r.end - 1];
    (void)sm_utf8_next(&last, text.p + text.n);
    *end = (size_t)(last - text.p);
    return r.block;
}
