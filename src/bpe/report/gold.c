/* A text with MeCab's edges: one mark a byte.
 * SPDX-License-Identifier: MIT */
#include <seimai/script.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include "count/japanese.h"
#include "report/marks.h"

#include <string.h>

/* ---- parts of speech ----------------------------------------------------------------------------- */

/* IPADIC's and UniDic's names. A longer one stands before its beginning. */
static const struct part {
    const char *feature, *name;
} parts[] = {
    {"名詞,固有名詞", "proper-noun"},
    {"名詞,数", "number"},
    {"名詞,接尾", "suffix"},
    {"名詞,代名詞", "pronoun"},
    {"名詞", "noun"},
    {"代名詞", "pronoun"},
    {"動詞", "verb"},
    {"形容詞", "adjective"},
    {"形状詞", "adjective"},
    {"副詞", "adverb"},
    {"連体詞", "adnominal"},
    {"接続詞", "conjunction"},
    {"助詞", "particle"},
    {"助動詞", "auxiliary"},
    {"感動詞", "interjection"},
    {"接頭", "prefix"}, /* 接頭詞, 接頭辞 */
    {"接尾", "suffix"}, /* 接尾辞 */
};
static const char *const part_names[PARTS_OF_SPEECH] = {
    "other",        "noun",   "proper-noun", "number",      "pronoun",  "verb",
    "adjective",    "adverb", "adnominal",   "conjunction", "particle", "auxiliary",
    "interjection", "prefix", "suffix",      NULL};

const char *part_name(unsigned part)
{
    return part < PARTS_OF_SPEECH ? part_names[part] : NULL;
}

unsigned part_of_speech(const char *feature)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strncmp(feature, parts[i].feature, strlen(parts[i].feature)) != 0) continue;
        for (unsigned part = 0; part_names[part]; part++)
            if (strcmp(part_names[part], parts[i].name) == 0) return part;
    }
    return 0;
}

/* ---- places ---------------------------------------------------------------------------------------- */

const char *place_name(unsigned place)
{
    static const char *const names[PLACES] = {"none",
                                              "hiragana-hiragana",
                                              "hiragana-katakana",
                                              "hiragana-kanji",
                                              "katakana-hiragana",
                                              "katakana-katakana",
                                              "katakana-kanji",
                                              "kanji-hiragana",
                                              "kanji-katakana",
                                              "kanji-kanji",
                                              "inside"};
    return names[place];
}

static unsigned kana_or_kanji(uint32_t c)
{
    const sm_script script = sm_script_of(c);
    return script == SM_HIRAGANA ? 0 : script == SM_KATAKANA ? 1 : 2;
}

static void make_room(sm_gold *gold, size_t bytes)
{
    if (bytes > gold->cap) {
        sm_free(gold->marks);
        gold->cap = bytes + bytes / 2;
        gold->marks = sm_malloc(gold->cap * sizeof *gold->marks);
    }
    memset(gold->marks, 0, bytes * sizeof *gold->marks);
    memset(gold->classes, 0, sizeof gold->classes);
    gold->n_inner = 0;
    gold->characters = gold->morphemes = gold->inner_edges = 0;
}

/* Which places count: between two Japanese characters, and inside each. */
static void mark_places(sm_gold *gold)
{
    enum { NOT_JAPANESE = 3 };
    unsigned last = NOT_JAPANESE;
    const char *const begin = gold->text.p, *const end = begin + gold->text.n;
    for (const char *p = begin; p < end; gold->characters++) {
        uint16_t *mark = gold->marks + (p - begin);
        const uint32_t c = sm_utf8_next(&p, end);
        gold->classes[sm_char_class_of(c)]++;
        gold->classes[SM_CHAR_NAME] += sm_char_is_name(c);
        const unsigned now = japanese_is(c) ? kana_or_kanji(c) : NOT_JAPANESE;
        if (now != NOT_JAPANESE) {
            mark[1] = mark[2] = PLACE_INSIDE << 1;
            if (last != NOT_JAPANESE) mark[0] = (uint16_t)((PLACE_PAIR + 3 * last + now) << 1);
        }
        last = now;
    }
}

static void mark_morpheme(sm_gold *gold, const sm_morpheme *m)
{
    const unsigned part = part_of_speech(m->feature) << 5;
    for (size_t at = m->begin; at < m->end; at++)
        if (gold->marks[at]) gold->marks[at] |= (uint16_t)part;
    if (gold->marks[m->begin] == 0) return;
    gold->marks[m->begin] |= MARK_EDGE;
    gold->inner_edges++;
}

static void list_inner(sm_gold *gold)
{
    for (size_t at = 0; at < gold->text.n; at++) {
        const unsigned place = mark_place(gold->marks[at]);
        if (place == PLACE_NONE || place == PLACE_INSIDE) continue;
        gold->inner =
            sm_array_grow(gold->inner, gold->n_inner, &gold->inner_cap, sizeof *gold->inner);
        gold->inner[gold->n_inner++] = gold->marks[at];
    }
}

int sm_gold_set(sm_gold *gold, sm_tagger *tagger, sm_span text, sm_error *err)
{
    const sm_morpheme *m = NULL;
    size_t n = 0;
    SM_TRY(sm_tagger_cut(tagger, text, &m, &n, err));
    make_room(gold, text.n);
    gold->text = text;
    gold->morphemes = n;
    mark_places(gold);
    for (size_t i = 0; i < n; i++)
        mark_morpheme(gold, &m[i]);
    list_inner(gold);
    return 0;
}

void sm_gold_free(sm_gold *gold)
{
    sm_free(gold->marks);
    sm_free(gold->inner);
    *gold = (sm_gold){0};
}
