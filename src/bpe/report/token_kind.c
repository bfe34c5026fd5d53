/* What tokens are made of.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

static const char *const kind_names[SM_TOKEN_KINDS] = {
    "reserved",       "broken", "hiragana", "katakana",    "kanji",
    "mixed-japanese", "latin",  "digit",    "punctuation", "other"};

const char *sm_token_kind_name(sm_token_kind kind)
{
    return kind_names[kind];
}

static sm_token_kind kind_of_script(sm_script script)
{
    switch (script) {
    case SM_HIRAGANA: return SM_TOKEN_HIRAGANA;
    case SM_KATAKANA: return SM_TOKEN_KATAKANA;
    case SM_HAN: return SM_TOKEN_KANJI;
    case SM_LATIN: return SM_TOKEN_LATIN;
    case SM_DIGIT: return SM_TOKEN_DIGIT;
    case SM_SPACE:
    case SM_JA_PUNCT:
    case SM_PUNCT:
    case SM_SYMBOL: return SM_TOKEN_PUNCTUATION;
    case SM_HANGUL:
    case SM_OTHER_LETTER:
    case SM_OTHER:
    case SM_SCRIPTS: break;
    }
    return SM_TOKEN_OTHER;
}

static bool is_japanese_kind(sm_token_kind kind)
{
    return kind >= SM_TOKEN_HIRAGANA && kind <= SM_TOKEN_MIXED_JAPANESE;
}

static sm_token_kind join_kinds(sm_token_kind a, sm_token_kind b)
{
    if (a == b || b == SM_TOKEN_PUNCTUATION) return a;
    if (a == SM_TOKEN_PUNCTUATION) return b;
    return is_japanese_kind(a) && is_japanese_kind(b) ? SM_TOKEN_MIXED_JAPANESE
                                                      : SM_TOKEN_OTHER;
}

sm_token_kind sm_token_kind_of(const sm_tokenizer *tok, uint32_t id)
{
    const sm_span s = sm_tokenizer_bytes(tok, id);
    sm_token_kind kind = SM_TOKEN_PUNCTUATION;
    if (sm_tokenizer_is_reserved(tok, id)) return SM_TOKEN_RESERVED;
    if (s.n == 0 || sm_utf8_check(s) < s.n) return SM_TOKEN_BROKEN;
    for (const char *p = s.p, *end = s.p + s.n; p < end;)
        kind = join_kinds(kind, kind_of_script(sm_script_of(sm_utf8_next(&p, end))));
    return kind;
}
