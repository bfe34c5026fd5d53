/* Words by scripts: a division for counting, without a dictionary.
 * SPDX-License-Identifier: MIT
 *
 * Kanji are cut in twos, as most Sino-Japanese words are; a run of katakana, of letters or of digits is a word; a mark is one. In hiragana
 * particles, auxiliaries and the commonest words are found by longest match; what is left clings to the kanji before it (its
 * okurigana) or is a word of its own. Meant for thresholds on numbers of words, not for reading: measured against
 * MeCab with IPADIC by tests/conformance/datatrove_filters_test.py. */
#include "words_internal.h"

#include <string.h>
#include <uchar.h>

enum { OPENER_FIRST = 0x3041, OPENERS = 96, PARTICLE_MAX = 6 };

/* Sorted by the first character; of one first character the longest first. */
static const char32_t particles[][PARTICLE_MAX] = {
    U"あそこ",   U"あっ",     U"あの",   U"あり",     U"ある",     U"あれ",     U"いただき",
    U"いただ",   U"いう",     U"いえ",   U"いく",     U"いっ",     U"いる",     U"い",
    U"うち",     U"う",       U"おり",   U"おる",     U"から",     U"か",       U"が",
    U"ください", U"くださる", U"くらい", U"くる",     U"ぐらい",   U"けれども", U"けれど",
    U"けど",     U"ここ",     U"こと",   U"この",     U"これ",     U"させ",     U"さん",
    U"さ",       U"しかし",   U"しまい", U"しまう",   U"しまっ",   U"しか",     U"しよ",
    U"し",       U"すべて",   U"する",   U"すれ",     U"せる",     U"せ",       U"そして",
    U"そこ",     U"その",     U"それ",   U"ただし",   U"たい",     U"たく",     U"ため",
    U"たら",     U"たり",     U"た",     U"だけ",     U"だっ",     U"だり",     U"だろ",
    U"だ",       U"て",       U"できる", U"でしょ",   U"でき",     U"でし",     U"です",
    U"では",     U"でも",     U"で",     U"といった", U"という",   U"ところ",   U"として",
    U"とき",     U"とは",     U"とも",   U"と",       U"どこ",     U"どの",     U"どれ",
    U"なかっ",   U"ながら",   U"ない",   U"なく",     U"なっ",     U"など",     U"なら",
    U"なり",     U"なる",     U"な",     U"において", U"における", U"について", U"によって",
    U"により",   U"による",   U"には",   U"にも",     U"に",       U"ね",       U"ので",
    U"のに",     U"の",       U"は",     U"ばかり",   U"ば",       U"へ",       U"ほか",
    U"ほど",     U"まし",     U"ます",   U"ませ",     U"また",     U"まで",     U"みる",
    U"み",       U"もし",     U"もの",   U"も",       U"や",       U"ゆく",     U"よう",
    U"より",     U"よ",       U"られる", U"られ",     U"れる",     U"れ",       U"を",
    U"ん",
};

enum { PARTICLES = sizeof particles / sizeof *particles };

static bool is_hiragana(uint32_t c)
{
    return c >= 0x3041 && c <= 0x3096;
}

/* openers[c]: one more than the first particle that begins with c; 0 where none does. */
void sm_words_openers(uint8_t openers[96])
{
    memset(openers, 0, OPENERS);
    for (size_t i = PARTICLES; i-- > 0;)
        openers[particles[i][0] - OPENER_FIRST] = (uint8_t)(i + 1);
}

/* The length of the longest particle that begins here; 0 for none. */
static size_t particle_at(const uint8_t *openers, const uint32_t *c, size_t n)
{
    const size_t first = openers[c[0] - OPENER_FIRST];
    for (size_t i = first; i > 0 && i <= PARTICLES && particles[i - 1][0] == c[0]; i++) {
        size_t length = 1;
        while (length < n && particles[i - 1][length] && particles[i - 1][length] == c[length])
            length++;
        if (particles[i - 1][length] == 0) return length;
    }
    return 0;
}

/* Hiragana from `at`, behind a word that began at `start` (at itself where none did): particles go by themselves, what is
 * between them is a word. Gives the end of the hiragana. */
static size_t cut_hiragana(sm_text_stats *stats, size_t start, size_t at)
{
    const uint32_t *const c = stats->chars;
    const size_t n = stats->n_chars;
    while (at < n && is_hiragana(c[at])) {
        const size_t length = particle_at(stats->words->openers, c + at, n - at);
        if (length > 0) {
            if (at > start) sm_words_put(stats, c + start, at - start, NULL);
            sm_words_put(stats, c + at, length, NULL);
            start = at + length;
        }
        at += length ? length : 1;
    }
    if (at > start) sm_words_put(stats, c + start, at - start, NULL);
    return at;
}

static size_t run_end(const sm_text_stats *stats, size_t at, sm_script script)
{
    while (at < stats->n_chars && sm_script_of(stats->chars[at]) == script)
        at++;
    return at;
}

/* Kanji in twos; the last piece takes its okurigana. */
static size_t cut_han(sm_text_stats *stats, size_t at)
{
    const size_t end = run_end(stats, at, SM_HAN);
    const bool goes_on = end < stats->n_chars && is_hiragana(stats->chars[end]);
    for (; end - at > 2; at += 2)
        sm_words_put(stats, stats->chars + at, 2, NULL);
    if (goes_on) return cut_hiragana(stats, at, end);
    sm_words_put(stats, stats->chars + at, end - at, NULL);
    return end;
}

/* 3.14 and 1,000 are one word. */
static size_t number_end(const sm_text_stats *stats, size_t at)
{
    const uint32_t *const c = stats->chars;
    size_t end = run_end(stats, at, SM_DIGIT);
    while (end + 1 < stats->n_chars && (c[end] == '.' || c[end] == ',') &&
           sm_script_of(c[end + 1]) == SM_DIGIT)
        end = run_end(stats, end + 1, SM_DIGIT);
    return end;
}

/* don't is one word. */
static size_t latin_end(const sm_text_stats *stats, size_t at)
{
    const uint32_t *const c = stats->chars;
    size_t end = run_end(stats, at, SM_LATIN);
    while (end + 1 < stats->n_chars && (c[end] == '\'' || c[end] == 0x2019) &&
           sm_script_of(c[end + 1]) == SM_LATIN)
        end = run_end(stats, end + 1, SM_LATIN);
    return end;
}

/* A mark, and what repeats it. */
static size_t mark_end(const sm_text_stats *stats, size_t at)
{
    size_t end = at + 1;
    while (end < stats->n_chars && stats->chars[end] == stats->chars[at])
        end++;
    return end;
}

static size_t plain_end(const sm_text_stats *stats, size_t at, sm_script script)
{
    if (script == SM_LATIN) return latin_end(stats, at);
    if (script == SM_DIGIT) return number_end(stats, at);
    if (script == SM_KATAKANA || script == SM_HANGUL || script == SM_OTHER_LETTER)
        return run_end(stats, at, script);
    return mark_end(stats, at);
}

void sm_words_by_script(sm_text_stats *stats)
{
    sm_text_stats_need(stats, SM_PART(SM_PART_CHARACTERS));
    for (size_t at = 0, end = 0; at < stats->n_chars; at = end) {
        const uint32_t c = stats->chars[at];
        const sm_script script = sm_script_of(c);
        end = at + 1;
        if (script == SM_SPACE) continue;
        if (script == SM_HAN) {
            end = cut_han(stats, at);
        } else if (is_hiragana(c)) {
            end = cut_hiragana(stats, at, at);
        } else {
            end = plain_end(stats, at, script);
            sm_words_put(stats, stats->chars + at, end - at, NULL);
        }
    }
}
