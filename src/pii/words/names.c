/* Names of persons among morphemes.
 * SPDX-License-Identifier: MIT
 *
 * MeCab's dictionary says which words are family names and given names; alone it is right four times in ten, since
 * places, companies and common words have the same names. So a name counts only as a whole (a family name with a
 * given name behind it), before an honorific or a role (山田さん, 安倍首相), behind a label (氏名：山田), or, of foreign
 * names, as parts joined by ・ of which the first is a known given name. */
#include "words_internal.h"

#include <seimai/utf8.h>
#include <string.h>

typedef enum part { NOT_A_NAME, FAMILY, GIVEN, OTHER_NAME } part;

/* The morphemes of one piece. */
typedef struct piece {
    const sm_name_words *words;
    sm_span text;
    const sm_morpheme *m;
    size_t n;
} piece;

/* ---- morphemes ------------------------------------------------------------------------------------- */

static bool has_feature(const sm_morpheme *m, const char *head)
{
    const char *f = m->feature;
    while (*head && *f == *head) /* nearly always ended by the first bytes */
        f++, head++;
    return !*head;
}

static part part_of(const sm_morpheme *m)
{
    static const char head[] = "名詞,固有名詞,人名,";
    if (!has_feature(m, head)) return NOT_A_NAME;
    const char *const sort = m->feature + sizeof head - 1;
    if (strncmp(sort, "姓", 3) == 0) return FAMILY;
    return strncmp(sort, "名", 3) == 0 ? GIVEN : OTHER_NAME;
}

static sm_span surface(const piece *p, size_t i)
{
    return (sm_span){p->text.p + p->m[i].begin, p->m[i].end - p->m[i].begin};
}

static unsigned bits_at(const piece *p, size_t i)
{
    return i < p->n ? sm_wordset_get(&p->words->words, surface(p, i)) : 0;
}

static bool touches(const piece *p, size_t i)
{
    return i > 0 && i < p->n && p->m[i].begin == p->m[i - 1].end;
}

/* Does morpheme i follow the one before, or is there one blank between them (山田 太郎)? */
static bool follows(const piece *p, size_t i)
{
    if (touches(p, i)) return true;
    if (i == 0 || i >= p->n) return false;
    const sm_span gap = {p->text.p + p->m[i - 1].end, p->m[i].begin - p->m[i - 1].end};
    return gap.n == 1 && (*gap.p == ' ' || *gap.p == '\t');
}

/* An honorific or a role right behind: さん, 氏, 首相. */
static bool is_honoured(const piece *p, size_t i)
{
    if (!touches(p, i)) return false;
    return has_feature(&p->m[i], "名詞,接尾,人名") ||
           (bits_at(p, i) & (SM_NAME_HONORIFIC | SM_NAME_ROLE)) != 0;
}

/* All characters are of one kind. */
static bool is_all(sm_span s, bool is_kind(uint32_t))
{
    for (const char *q = s.p; q < s.p + s.n;)
        if (!is_kind(sm_utf8_next(&q, s.p + s.n))) return false;
    return s.n > 0;
}

static bool is_dot(uint32_t c)
{
    return c == 0x30FB || c == 0xFF65 || c == 0xFF1D || c == '=';
}

static bool is_dot_at(const piece *p, size_t i)
{
    return i < p->n && is_dot(sm_char_at(p->text, p->m[i].begin));
}

static void add(sm_name_list *list, size_t begin, size_t end, sm_pii_tier tier)
{
    list->hits = sm_array_grow(list->hits, list->n, &list->cap, sizeof *list->hits);
    list->hits[list->n++] = (sm_wordhit){.start = begin, .end = end, .tier = tier};
}

/* ---- Japanese names ----------------------------------------------------------------------------------- */

/* Morphemes [first, end) that are parts of names and touch; a blank may stand behind a family name. */
static size_t run_of_parts(const piece *p, size_t first)
{
    size_t end = first;
    while (end < p->n && part_of(&p->m[end]) != NOT_A_NAME) {
        const bool joins = end == first || touches(p, end) ||
                           (follows(p, end) && part_of(&p->m[end - 1]) == FAMILY &&
                            part_of(&p->m[end]) == GIVEN);
        if (!joins) break;
        end++;
    }
    return end;
}

/* The given name may go on in characters that the dictionary does not take for one: 晋|太郎, 龍|馬. Gives the end of
 * the name in morphemes: one of Han is taken, of at most three characters with what stands before, if no other
 * noun follows. */
static size_t rest_of_given(const piece *p, size_t end)
{
    if (!touches(p, end) || is_honoured(p, end) || bits_at(p, end)) return end;
    const sm_span given = surface(p, end - 1), rest = surface(p, end);
    const size_t characters = sm_utf8_count(given) + sm_utf8_count(rest);
    if (!is_all(given, sm_is_han) || !is_all(rest, sm_is_han) || characters > 3) return end;
    if (!has_feature(&p->m[end], "名詞,")) return end;
    const bool goes_on =
        touches(p, end + 1) && has_feature(&p->m[end + 1], "名詞,") && !is_honoured(p, end + 1);
    return goes_on ? end : end + 1;
}

/* A label stands before, with a colon or blanks between: 氏名：, 担当 . */
static bool is_labelled(const piece *p, size_t first)
{
    size_t i = first;
    while (i > 0 && i + 3 > first) {
        const uint32_t c = sm_pii_fold_char(sm_char_at(p->text, p->m[i - 1].begin));
        if (c != ':' && c != '/' && c != '(' && c != ')' && c != 0x2026) break;
        i--;
    }
    if (i == 0 || (i == first && touches(p, first))) return false;
    if (bits_at(p, i - 1) & SM_NAME_LABEL) return true;
    const sm_span before = {p->text.p, p->m[i - 1].end}; /* 代表|者 */
    for (size_t n = 2; n <= 3 && i >= n; n++) {
        const size_t start = p->m[i - n].begin;
        const sm_span word = {before.p + start, before.n - start};
        if (sm_wordset_get(&p->words->words, word) & SM_NAME_LABEL) return true;
    }
    return false;
}

static bool is_full(const piece *p, size_t first, size_t end)
{
    if (end - first < 2 || part_of(&p->m[end - 1]) != GIVEN) return false;
    for (size_t i = first; i + 1 < end; i++)
        if (part_of(&p->m[i]) == FAMILY) return true;
    return false;
}

/* What a run of parts is: the tier of a name, or none. */
static sm_pii_tier weigh(const piece *p, size_t first, size_t *end)
{
    const size_t begin = p->m[first].begin, stop = p->m[*end - 1].end;
    const sm_span name = {p->text.p + begin, stop - begin};
    const bool is_kana = is_all(name, sm_is_katakana);
    const bool is_joined = is_dot_at(p, *end) || (first > 0 && is_dot_at(p, first - 1));
    const size_t characters = sm_utf8_count(name);
    if (is_kana && is_joined) return SM_PII_NONE;
    if (is_honoured(p, *end)) {
        const bool may_be = part_of(&p->m[first]) != GIVEN || characters >= 2;
        const bool is_stop = sm_wordset_get(&p->words->words, name) & SM_NAME_STOP;
        return may_be && !is_stop ? SM_PII_CONTEXT : SM_PII_NONE;
    }
    if (is_labelled(p, first)) return SM_PII_CONTEXT;
    if (is_kana || characters < 3 || !is_full(p, first, *end)) return SM_PII_NONE;
    *end = rest_of_given(p, *end);
    return touches(p, *end) && (bits_at(p, *end) & SM_NAME_NO_NAME) ? SM_PII_NONE
                                                                    : SM_PII_CHECKED;
}

static void find_japanese(const piece *p, sm_name_list *list)
{
    for (size_t i = 0; i < p->n;) {
        size_t end = run_of_parts(p, i);
        if (end == i) {
            i++;
            continue;
        }
        const sm_pii_tier tier = weigh(p, i, &end);
        if (tier != SM_PII_NONE) add(list, p->m[i].begin, p->m[end - 1].end, tier);
        i = end;
    }
}

/* ---- foreign names --------------------------------------------------------------------------------------- */

enum { PARTS_MAX = 4 };

/* A run of katakana joined by dots. */
typedef struct dotted {
    size_t begin, end; /* bytes of the piece */
    sm_span parts[PARTS_MAX];
    size_t n; /* parts; PARTS_MAX + 1: too many */
} dotted;

static bool is_name_char(uint32_t c)
{
    return sm_is_katakana(c) || (c >= 'A' && c <= 'Z') || c == '.';
}

/* Reads the run that begins at byte `begin` of the piece. */
static void read_dotted(sm_span piece_text, size_t begin, dotted *d)
{
    *d = (dotted){.begin = begin, .end = begin};
    for (size_t at = begin;;) {
        size_t end = at;
        for (uint32_t c = 0; (c = sm_char_at(piece_text, end)) != 0 && is_name_char(c);) {
            const char *q = piece_text.p + end;
            (void)sm_utf8_next(&q, piece_text.p + piece_text.n);
            end = (size_t)(q - piece_text.p);
        }
        if (end == at) break;
        if (d->n < PARTS_MAX) d->parts[d->n] = (sm_span){piece_text.p + at, end - at};
        d->n += d->n <= PARTS_MAX;
        d->end = end;
        if (!is_dot(sm_char_at(piece_text, end))) break;
        const char *q = piece_text.p + end;
        (void)sm_utf8_next(&q, piece_text.p + piece_text.n);
        at = (size_t)(q - piece_text.p);
    }
}

/* What the dictionary says of a part that stands alone; a part that it cuts is none of its words. */
static int look_up(sm_tagger *tagger, sm_span word, part *found, bool *is_unknown,
                   sm_error *err)
{
    const sm_morpheme *m = NULL;
    size_t n = 0;
    SM_TRY(sm_tagger_cut(tagger, word, &m, &n, err));
    *found = n == 1 ? part_of(m) : NOT_A_NAME;
    /* Words of the dictionary have nine features, those that it guesses at seven. */
    size_t commas = 0;
    for (const char *c = n == 1 ? m->feature : ""; *c; c++)
        commas += *c == ',';
    *is_unknown = n == 1 && commas < 8;
    return SM_OK;
}

/* A given name before anything; an unknown word before a family name. */
static int weigh_dotted(const piece *p, sm_tagger *tagger, const dotted *d, bool honoured,
                        sm_pii_tier *tier, sm_error *err)
{
    part first = NOT_A_NAME, last = NOT_A_NAME;
    bool first_unknown = false, last_unknown = false;
    *tier = SM_PII_NONE;
    if (d->n < 2 || d->n > PARTS_MAX) return SM_OK;
    for (size_t i = 0; i < d->n; i++)
        if (sm_wordset_get(&p->words->words, d->parts[i]) & SM_NAME_NO_PART) return SM_OK;
    if (honoured) {
        *tier = SM_PII_CONTEXT;
        return SM_OK;
    }
    SM_TRY(look_up(tagger, d->parts[0], &first, &first_unknown, err));
    SM_TRY(look_up(tagger, d->parts[d->n - 1], &last, &last_unknown, err));
    const bool is_western = first == GIVEN || (first == OTHER_NAME && last_unknown) ||
                            (first_unknown && (last == FAMILY || last == OTHER_NAME));
    if (is_western && d->parts[0].n >= 6) *tier = SM_PII_CHECKED;
    return SM_OK;
}

/* The honorific or word behind a place of the piece. */
static unsigned word_behind(const piece *p, sm_span text, size_t at)
{
    static const unsigned behind = SM_NAME_HONORIFIC | SM_NAME_ROLE | SM_NAME_NO_NAME;
    unsigned found = 0;
    for (size_t n = 3; n <= 15 && at + n <= text.n; n += 3)
        found |= sm_wordset_get(&p->words->words, (sm_span){text.p + at, n}) & behind;
    return found;
}

/* Is there a dot at all? By the last two bytes of ・ ･ ＝, or =. */
static bool may_have_dot(sm_span text)
{
    const unsigned char *const t = (const unsigned char *)text.p;
    unsigned char any = 0;
    for (size_t i = 1; i < text.n; i++)
        any |= (unsigned char)(((t[i - 1] == 0x83) & (t[i] == 0xBB)) | (t[i] == '=') |
                               ((t[i - 1] == 0xBD) & (t[i] == 0xA5)) |
                               ((t[i - 1] == 0xBC) & (t[i] == 0x9D)));
    return any;
}

/* Foreign names of the piece; the tagger's morphemes of it are gone behind this. */
static int find_foreign(const piece *p, sm_tagger *tagger, sm_name_list *list, sm_error *err)
{
    const sm_span text = p->text;
    for (size_t at = 0; at < text.n;) {
        const char *q = text.p + at;
        const uint32_t c = sm_utf8_next(&q, text.p + text.n);
        if (!sm_is_katakana(c) && !is_dot(c)) {
            at = (size_t)(q - text.p);
            continue;
        }
        dotted d;
        read_dotted(text, at, &d);
        const unsigned behind = word_behind(p, text, d.end);
        const bool honoured = behind & (SM_NAME_HONORIFIC | SM_NAME_ROLE);
        sm_pii_tier tier = SM_PII_NONE;
        if (honoured || !(behind & SM_NAME_NO_NAME))
            SM_TRY(weigh_dotted(p, tagger, &d, honoured, &tier, err));
        if (tier != SM_PII_NONE) add(list, d.begin, d.end, tier);
        at = d.end > at ? d.end : (size_t)(q - text.p);
    }
    return SM_OK;
}

/* ---- a piece ------------------------------------------------------------------------------------------------ */

int sm_names_find(const sm_name_words *words, sm_tagger *tagger, sm_span text,
                  sm_name_list *list, sm_error *err)
{
    piece p = {.words = words, .text = text};
    SM_TRY(sm_tagger_cut(tagger, text, &p.m, &p.n, err));
    find_japanese(&p, list);
    return !may_have_dot(text) ? SM_OK : find_foreign(&p, tagger, list, err);
}
