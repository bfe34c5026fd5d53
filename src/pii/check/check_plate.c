/* Number plates: is the place one that a transport office has?
 * SPDX-License-Identifier: MIT */
#include "../pii_internal.h"

#include <string.h>

static const char *const places[] = {
    "札幌",     "函館",   "旭川",   "室蘭",   "釧路",   "帯広",   "北見",     "知床",
    "苫小牧",   "青森",   "八戸",   "弘前",   "岩手",   "盛岡",   "平泉",     "宮城",
    "仙台",     "秋田",   "山形",   "庄内",   "福島",   "会津",   "郡山",     "白河",
    "いわき",   "茨城",   "水戸",   "土浦",   "つくば", "栃木",   "とちぎ",   "宇都宮",
    "那須",     "群馬",   "前橋",   "高崎",   "埼玉",   "大宮",   "川口",     "所沢",
    "川越",     "熊谷",   "春日部", "越谷",   "千葉",   "成田",   "習志野",   "市川",
    "船橋",     "袖ヶ浦", "袖ケ浦", "市原",   "野田",   "柏",     "松戸",     "品川",
    "世田谷",   "練馬",   "杉並",   "板橋",   "足立",   "江東",   "葛飾",     "八王子",
    "多摩",     "横浜",   "川崎",   "湘南",   "相模",   "神奈川", "山梨",     "富士山",
    "長野",     "松本",   "諏訪",   "安曇野", "南信州", "新潟",   "上越",     "長岡",
    "富山",     "石川",   "金沢",   "福井",   "岐阜",   "飛騨",   "静岡",     "浜松",
    "沼津",     "伊豆",   "愛知",   "名古屋", "豊橋",   "三河",   "岡崎",     "豊田",
    "尾張小牧", "一宮",   "春日井", "三重",   "鈴鹿",   "四日市", "伊勢志摩", "滋賀",
    "京都",     "大阪",   "なにわ", "和泉",   "堺",     "兵庫",   "神戸",     "姫路",
    "奈良",     "飛鳥",   "和歌山", "鳥取",   "島根",   "出雲",   "岡山",     "倉敷",
    "広島",     "福山",   "山口",   "下関",   "徳島",   "香川",   "高松",     "愛媛",
    "高知",     "福岡",   "北九州", "久留米", "筑豊",   "佐賀",   "長崎",     "佐世保",
    "熊本",     "大分",   "宮崎",   "鹿児島", "奄美",   "沖縄",
};

/* Is it written as on a plate, 12-34 or ・・12? A kana that is a particle may join two numbers of a sentence. */
static bool is_plain(sm_span match)
{
    static const char particles[] = "のとにはをもやか";
    if (memchr(match.p, '-', match.n)) return true;
    for (size_t i = 0; i + 3 <= match.n; i++) {
        const sm_span rest = {match.p + i, match.n - i};
        if (sm_span_starts(rest, SM_SPAN("・")) || sm_span_starts(rest, SM_SPAN("･")))
            return true;
    }
    for (size_t i = match.n - 3; i > 0; i--) { /* the kana is the last one */
        if (((unsigned char)match.p[i] & 0xF0) != 0xE0) continue;
        for (size_t k = 0; particles[k] != '\0'; k += 3)
            if (memcmp(match.p + i, particles + k, 3) == 0) return false;
        return true;
    }
    return true;
}

static bool is_place(sm_span name)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (sm_span_equal(name, sm_span_of(places[i]))) return true;
    return false;
}

/* The place is what stands before the first digit or blank. */
sm_pii_tier sm_check_plate(sm_span match, sm_span text)
{
    size_t n = 0;
    (void)text;
    while (n < match.n && (unsigned char)match.p[n] >= 0x80)
        n++;
    if (!is_place((sm_span){match.p, n})) return SM_PII_NONE;
    return is_plain(match) ? SM_PII_CHECKED : SM_PII_PATTERN;
}
