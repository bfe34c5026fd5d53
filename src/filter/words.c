/* Words: from MeCab or by scripts, and what the recipes count of each.
 * SPDX-License-Identifier: MIT
 *
 * Gopher's counts follow datatrove 0.10 (gopher_quality_filter.py): a word made of punctuation only is none where words are
 * counted and measured, but is one where shares of words are taken. */
#include "words_internal.h"

#include <seimai/category.h>
#include <seimai/utf8.h>
#include <string.h>

/* ---- hashes ------------------------------------------------------------------------------------- */

uint64_t sm_words_hash(const uint32_t *c, size_t n)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < n; i++)
        hash = hash * SM_HASH_BASE + c[i] + 1;
    return hash;
}

static uint64_t power_of(const sm_words *w, size_t n)
{
    uint64_t power = w->powers[n % SM_POWERS];
    for (size_t i = n / SM_POWERS; i > 0; i--) /* a word that long is a rarity */
        power *= w->powers[SM_POWERS - 1] * SM_HASH_BASE;
    return power;
}

/* ---- one word ----------------------------------------------------------------------------------- */

/* Kana and the common kanji are letters, and no punctuation: nearly every word is decided by its first character. */
static bool is_common_letter(uint32_t c)
{
    return (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) ||
           (c >= 0x4E00 && c <= 0x9FA5);
}

static bool is_plain(const uint32_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_common_letter(c[i]) || !sm_is_word_punctuation(c[i])) return true;
    return false;
}

static bool has_letter(const uint32_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_common_letter(c[i]) || sm_category_in(c[i], SM_IN_L)) return true;
    return false;
}

/* The parts of speech begin the feature: 名詞,一般,… */
static bool is_class(const char *feature, const char *class)
{
    const size_t n = strlen(class);
    return strncmp(feature, class, n) == 0 && (feature[n] == ',' || feature[n] == '\0');
}

static void keep(sm_words *w, uint64_t hash, size_t n)
{
    const uint64_t before = w->n ? w->words[w->n - 1].end : 0;
    w->words = sm_array_grow(w->words, w->n, &w->cap, sizeof *w->words);
    w->words[w->n++] = (sm_word){.hash = hash, .power = power_of(w, n), .end = before + n};
}

/* Features lie all over the dictionary, out of reach of the caches: what the last ones were is kept at hand. */
static void count_class(sm_words *w, const char *feature, sm_word_stats *out)
{
    if (!feature || !w->mark) return;
    sm_class *const known = &w->classes[(uintptr_t)feature / 4 % SM_CLASSES];
    if (known->feature != feature)
        *known = (sm_class){.feature = feature,
                            .is_mark = is_class(feature, w->mark),
                            .is_noun = is_class(feature, "名詞")};
    out->judged += !known->is_mark;
    out->nouns += known->is_noun;
}

static void count_word(sm_text_stats *stats, const uint32_t *c, size_t n, uint64_t hash)
{
    sm_word_stats *const out = &stats->word;
    const bool plain = is_plain(c, n);
    const int stop = stats->filter ? sm_filter_stop_word(stats->filter, hash) : -1;
    out->words++;
    out->plain += plain;
    out->plain_letters += plain ? n : 0;
    out->alphabetic += has_letter(c, n);
    if (n > out->longest) out->longest = n;
    if (stop >= 0) stats->words->found |= (uint64_t)1 << stop;
}

/* MeCab calls U+3000 a word; datatrove strips words, and drops those of which nothing is left. */
void sm_words_put(sm_text_stats *stats, const uint32_t *c, size_t n, const char *feature)
{
    count_class(stats->words, feature, &stats->word);
    while (n > 0 && sm_is_white(c[n - 1]))
        n--;
    while (n > 0 && sm_is_white(*c))
        c++, n--;
    if (n == 0) return;
    const uint64_t hash = sm_words_hash(c, n);
    keep(stats->words, hash, n);
    count_word(stats, c, n, hash);
}

/* ---- MeCab -------------------------------------------------------------------------------------- */

static void put_morpheme(sm_text_stats *stats, sm_span text, const sm_morpheme *m)
{
    uint32_t *const c = stats->words->morpheme;
    size_t n = 0;
    const char *p = text.p + m->begin;
    const char *const end = text.p + m->end;
    while (p < end && n < SM_MORPHEME_MAX)
        c[n++] = sm_utf8_next(&p, end);
    sm_words_put(stats, c, n, m->feature);
}

/* What MeCab takes at once is cut, counted and forgotten. */
static void cut_by_morph(sm_text_stats *stats)
{
    const sm_span text = stats->subject.text;
    for (size_t start = 0, end = 0; start < text.n; start = end) {
        const sm_morpheme *found = NULL;
        size_t n = 0;
        end = sm_morph_piece(text, start);
        const sm_span piece = {text.p + start, end - start};
        if (sm_tagger_cut(stats->words->tagger, piece, &found, &n, &stats->error) < 0) return;
        for (size_t i = 0; i < n; i++)
            put_morpheme(stats, piece, &found[i]);
    }
}

/* IPADIC calls punctuation 記号, UniDic 補助記号 (its 記号 are letters): the dictionary itself is asked. */
static const char *mark_class(sm_tagger *tagger)
{
    static const char unidic[] = "補助記号", ipadic[] = "記号";
    const sm_morpheme *found = NULL;
    sm_error err = {0};
    size_t n = 0;
    if (sm_tagger_cut(tagger, SM_SPAN("。"), &found, &n, &err) < 0 || n == 0) return ipadic;
    return is_class(found[0].feature, unidic) ? unidic : ipadic;
}

/* ---- all words ----------------------------------------------------------------------------------- */

static sm_words *words_new(const sm_filter *filter)
{
    sm_words *const w = sm_calloc(1, sizeof *w);
    const sm_morph *const morph = filter ? sm_filter_morph(filter) : NULL;
    w->powers[0] = 1;
    for (size_t i = 1; i < SM_POWERS; i++)
        w->powers[i] = w->powers[i - 1] * SM_HASH_BASE;
    if (morph) w->tagger = sm_tagger_new(morph);
    if (morph && sm_filter_wants_nouns(filter)) w->mark = mark_class(w->tagger);
    sm_words_openers(w->openers);
    return w;
}

void sm_words_free(sm_words *w)
{
    if (!w) return;
    sm_tagger_free(w->tagger);
    sm_free(w->words);
    sm_free(w->grams);
    sm_free(w->tallies);
    sm_free(w->bits);
    sm_free(w->sums);
    sm_free(w);
}

/* How often `what` stands in a text, without overlap, as str.count has it. */
static uint64_t count_of(sm_span text, sm_span what)
{
    uint64_t n = 0;
    const char *p = text.p;
    const char *const end = text.n ? p + text.n : p;
    while (p < end && (p = memchr(p, what.p[0], (size_t)(end - p))) != NULL) {
        const bool found = (size_t)(end - p) >= what.n && memcmp(p, what.p, what.n) == 0;
        p += found ? what.n : 1;
        n += found;
    }
    return n;
}

static void count_symbols(sm_text_stats *stats)
{
    const sm_span text = stats->subject.text;
    stats->word.hashes = count_of(text, SM_SPAN("#"));
    stats->word.ellipses = count_of(text, SM_SPAN("...")) + count_of(text, SM_SPAN("…"));
}

void sm_text_stats_words(sm_text_stats *stats)
{
    if (!stats->words) stats->words = words_new(stats->filter);
    stats->word = (sm_word_stats){0};
    stats->words->n = 0;
    stats->words->length = 0;
    stats->words->found = 0;
    if (stats->words->tagger)
        cut_by_morph(stats);
    else
        sm_words_by_script(stats);
    stats->word.stop_words = (uint64_t)__builtin_popcountll(stats->words->found);
    count_symbols(stats);
}
