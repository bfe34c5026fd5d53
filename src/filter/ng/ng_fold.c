/* ng_fold.c - one form for the dresses of a character: width, case, small kana, dashes, masks, separators.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/utf8.h>

#include <string.h>

enum { NO_CHARACTER = 0xFFFF }; /* what NUL folds to: 0 says that nothing is left */

/* What folds to what beyond the rules of fold_code: pairs by character. */
static const struct {
    const char *from, *to; /* UTF-8, as many characters in each; or one in `to` for all */
} folds[] = {
    {"ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ"},
    {"ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ"},
    {"ｧｨｩｪｫｯｬｭｮ", "アイウエオツヤユヨ"},
    {"ｦｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝｰ",
     "ヲアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロ"
     "ワンー"},
    {"ヴゔヷ", "ブぶワ"},
    {"-－‐‑‒–—―−─━〜～", "ー"},
    {"○〇◯●◎＊*×✕✖✗☓⭕⚪⚫■□", "○"},
    {" \t\u3000\u00a0・･.．_＿/／", " "},
};

/* Characters without width: soft hyphen, joiners, directions, BOM, variation selectors. */
static const struct {
    uint32_t first, last;
} without_width[] = {{0xAD, 0xAD},     {0x34F, 0x34F},   {0x200B, 0x200F}, {0x202A, 0x202E},
                     {0x2060, 0x2064}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};

/* Full-width ASCII becomes ASCII, and letters small. */
static uint32_t fold_code(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFF01 - 0x21;
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static void fold_row(uint32_t *table, const char *from, const char *to)
{
    const char *const from_end = from + strlen(from), *const to_end = to + strlen(to);
    uint32_t into = 0;
    while (from < from_end) {
        if (to < to_end) into = sm_utf8_next(&to, to_end);
        table[sm_utf8_next(&from, from_end)] = into;
    }
}

void ng_fold_init(ng_fold *fold, bool exact)
{
    fold->to = NULL;
    if (exact) return;
    fold->to = sm_malloc(NG_CODES * sizeof *fold->to);
    for (uint32_t c = 0; c < NG_CODES; c++)
        fold->to[c] = fold_code(c);
    fold->to[0] = NO_CHARACTER;
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
        fold_row(fold->to, folds[i].from, folds[i].to);
    for (size_t i = 0; i < sizeof without_width / sizeof *without_width; i++)
        for (uint32_t c = without_width[i].first; c <= without_width[i].last; c++)
            fold->to[c] = NG_SKIP;
}

void ng_fold_fini(ng_fold *fold)
{
    sm_free(fold->to);
}

/* The blocks of hiragana and katakana lie 0x60 apart, and a voiced kana follows its plain one. */
uint32_t ng_voiced(uint32_t kana, uint32_t mark)
{
    const uint32_t k = kana >= 0x30A1 ? kana - 0x60 : kana;
    const bool half = mark == 0x309A || mark == 0x309C || mark == 0xFF9F;
    const bool full = mark == 0x3099 || mark == 0x309B || mark == 0xFF9E;
    if (!half && !full) return 0;
    if (k >= 0x306F && k <= 0x307B && (k - 0x306F) % 3 == 0) return kana + (half ? 2 : 1);
    if (half) return 0;
    if (k == 0x3046) return kana == k ? 0x3076 : 0x30D6; /* う゛ is ゔ, which folds to ぶ */
    if (k >= 0x304B && k <= 0x3061 && (k & 1)) return kana + 1;
    return k == 0x3064 || k == 0x3066 || k == 0x3068 ? kana + 1 : 0;
}

bool ng_is_mark(const char *p, const char *end)
{
    if (end - p < 3) return false;
    const unsigned char a = (unsigned char)p[0], b = (unsigned char)p[1],
                        c = (unsigned char)p[2];
    return (a == 0xE3 && b == 0x82 && c >= 0x99 && c <= 0x9C) ||
           (a == 0xEF && b == 0xBE && (c == 0x9E || c == 0x9F));
}

bool ng_is_skipped(const ng_fold *fold, const char *p, const char *end)
{
    const uint32_t c = sm_utf8_next(&p, end);
    return fold->to && c < NG_CODES && fold->to[c] == NG_SKIP;
}

uint32_t ng_fold_next(const ng_fold *fold, const char **p, const char *end)
{
    uint32_t c = 0;
    while (*p < end && c == 0) {
        const uint32_t raw = sm_utf8_next(p, end);
        if (!fold->to) return raw ? raw : NO_CHARACTER;
        c = raw < NG_CODES ? fold->to[raw] : raw;
    }
    if (!ng_is_mark(*p, end)) return c;
    const char *after = *p;
    const uint32_t voiced = ng_voiced(c, sm_utf8_next(&after, end));
    if (voiced == 0) return c;
    *p = after;
    return voiced;
}

size_t ng_fold_word(const ng_fold *fold, sm_span word, uint32_t out[NG_PATTERN_MAX])
{
    const char *p = word.p, *const end = word.p + word.n;
    size_t n = 0;
    while (p < end) {
        const uint32_t c = ng_fold_next(fold, &p, end);
        if (c == 0) break;
        if (n == NG_PATTERN_MAX) return NG_PATTERN_MAX + 1;
        out[n++] = c;
    }
    return n;
}

bool ng_other_kana(const uint32_t *word, size_t n, uint32_t *out)
{
    size_t hiragana = 0, katakana = 0;
    for (size_t i = 0; i < n; i++) {
        const bool h = word[i] >= 0x3041 && word[i] <= 0x3096;
        const bool k = word[i] >= 0x30A1 && word[i] <= 0x30F6;
        hiragana += h;
        katakana += k;
        out[i] = h ? word[i] + 0x60 : k ? word[i] - 0x60 : word[i];
    }
    return (hiragana == 0) != (katakana == 0);
}
