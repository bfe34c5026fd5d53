/* Languages by scripts, characters and triples of letters. See seimai/language.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/language.h>

#include <math.h>
#include <string.h>

#include <seimai/script.h>
#include <seimai/utf8.h>

#include "character_internal.h"
#include "language_internal.h"

/* A longer line is judged in pieces, so that a page without line ends is seen as mixed where it is. */
enum { LINE_MAX_BYTES = 960 };

static const char *const codes[SM_LANGS] = {
    [SM_LANG_JA] = "ja",    [SM_LANG_ZH_HANS] = "zh-Hans", [SM_LANG_ZH_HANT] = "zh-Hant",
    [SM_LANG_KO] = "ko",    [SM_LANG_EN] = "en",           [SM_LANG_OTHER] = "und",
    [SM_LANG_NONE] = "zxx",
};

const char *sm_lang_code(sm_lang lang)
{
    return (unsigned)lang < SM_LANGS ? codes[lang] : codes[SM_LANG_OTHER];
}

/* ---- lines ------------------------------------------------------------------------------------- */

typedef struct line_counts {
    uint32_t kana, han, hangul, latin, other;
} line_counts;

/* Takes the next line, or piece of a long one, off the front of the text. */
static sm_span next_line(sm_span *text)
{
    const size_t most = text->n < LINE_MAX_BYTES ? text->n : LINE_MAX_BYTES;
    const char *const end = memchr(text->p, '\n', most);
    size_t n = end ? (size_t)(end - text->p) : most;
    while (!end && n < text->n && ((unsigned char)text->p[n] & 0xC0) == 0x80)
        n--; /* a piece ends between characters */
    const sm_span line = {text->p, n};
    n += end != NULL;
    *text = (sm_span){text->p + n, text->n - n};
    return line;
}

static line_counts count(sm_span line)
{
    uint32_t of[SM_CHAR_SCRIPT + 1] = {0};
    const uint8_t *p = (const uint8_t *)line.p, *const end = p + line.n;
    while (p < end)
        of[sm_character_next(&p) & SM_CHAR_SCRIPT]++;
    return (line_counts){.kana = of[SM_HIRAGANA] + of[SM_KATAKANA],
                         .han = of[SM_HAN],
                         .hangul = of[SM_HANGUL],
                         .latin = of[SM_LATIN],
                         .other = of[SM_OTHER_LETTER]};
}

/* About the bytes of its letters. */
static double weight_of(const line_counts *n)
{
    return 3.0 * (n->kana + n->han + n->hangul) + n->latin + 2.0 * n->other;
}

/* ---- evidence ---------------------------------------------------------------------------------- */

/* Log-ratios in quarters of a nat, as the tables have them. */
typedef struct evidence {
    int against[2];
} evidence;

static void add(evidence *sum, sm_weights w)
{
    sum->against[0] += w.of[0];
    sum->against[1] += w.of[1];
}

static void add_pair(evidence *sum, uint32_t first, uint32_t second)
{
    const uint32_t pair = first << 16 | second;
    for (uint32_t slot = sm_pair_slot(pair); sm_pair_table[slot].pair;
         slot = (slot + 1) % SM_PAIR_SLOTS) {
        if (sm_pair_table[slot].pair != pair) continue;
        add(sum, sm_pair_table[slot].weights);
        return;
    }
}

/* Kana in a line that is nearly without speak for Japanese, but Chinese uses の and names Japanese things. */
static evidence weigh_han(sm_span line, const line_counts *n)
{
    enum { A_KANA = 8 };
    evidence sum = {{A_KANA * (int)n->kana, A_KANA * (int)n->kana}};
    const char *p = line.p, *const end = line.p + line.n;
    uint32_t before = 0;
    while (p < end) {
        uint32_t c = sm_utf8_next(&p, end);
        if (c > SM_HAN_LAST || sm_script_of(c) != SM_HAN) c = 0;
        if (c) add(&sum, sm_han_weights[c - SM_HAN_FIRST]);
        if (c && before) add_pair(&sum, before, c);
        before = c;
    }
    return sum;
}

static uint32_t latin_symbol(unsigned char c)
{
    const unsigned char lower = c | 0x20;
    if (lower >= 'a' && lower <= 'z') return lower - 'a' + 1u;
    if (c >= 0x80) return SM_LATIN_OTHER;
    return c >= '0' && strchr("0123456789_#$%&*+/<=>@\\^`{|}[]", c) ? SM_LATIN_CODE
                                                                    : SM_LATIN_BLANK;
}

static evidence weigh_latin(sm_span line)
{
    evidence sum = {{0, 0}};
    uint32_t triple = SM_LATIN_BLANK, last = SM_LATIN_BLANK;
    for (size_t i = 0; i <= line.n; i++) {
        const unsigned char c = i < line.n ? (unsigned char)line.p[i] : ' ';
        if ((c & 0xC0) == 0x80) continue; /* a character counts once, by its first byte */
        const uint32_t symbol = latin_symbol(c);
        if (symbol == SM_LATIN_BLANK && last == SM_LATIN_BLANK) continue;
        triple = (triple * SM_LATIN_SYMBOLS + symbol) % SM_LATIN_TRIPLES;
        if (i > 0) add(&sum, sm_latin_weights[triple]);
        last = symbol;
    }
    return sum;
}

/* Chances of three languages from two log-ratios of the first against the others. Characters of a line do not
 * come independently: half of what they say is believed. */
static void chances(const evidence *e, const double prior[3], double p[3])
{
    const double quarter = .25, belief = .5;
    const double logs[3] = {prior[0], prior[1] - belief * quarter * e->against[0],
                            prior[2] - belief * quarter * e->against[1]};
    const double top = fmax(logs[0], fmax(logs[1], logs[2]));
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += p[i] = exp(logs[i] - top);
    for (int i = 0; i < 3; i++)
        p[i] /= sum;
}

/* ---- one line ---------------------------------------------------------------------------------- */

/* What a line is. HAN: Han characters that must be weighed. */
typedef enum line_kind { DECIDED, HAN, LATIN } line_kind;

/* A Latin letter says a sixth of what a kana or kanji does. Of Han and kana, a fifth kana is Japanese. */
static line_kind look(const line_counts *n, sm_lang *lang)
{
    const uint32_t east = n->kana + n->han + n->hangul;
    *lang = SM_LANG_NONE;
    if (east == 0 && n->latin == 0 && n->other == 0) return DECIDED;
    *lang = SM_LANG_OTHER;
    if (n->other > n->latin && n->other > 3 * east) return DECIDED;
    if (6 * east < n->latin) return LATIN;
    *lang = SM_LANG_KO;
    if (n->hangul > n->kana + n->han) return DECIDED;
    *lang = SM_LANG_JA;
    return 5 * n->kana >= n->kana + n->han ? DECIDED : HAN;
}

static const double no_prior[3] = {0, 0, 0};

/* Shares of a Latin line: English, another language, no language. A line with a few kana in code is theirs. */
static void judge_latin(sm_span line, const line_counts *n, double share[SM_LANGS])
{
    static const double prior[3] = {0, 0, 1};
    double p[3];
    const evidence e = weigh_latin(line);
    chances(&e, prior, p);
    share[SM_LANG_EN] = p[0];
    share[SM_LANG_OTHER] = p[1];
    share[n->kana > 0 ? SM_LANG_JA : SM_LANG_NONE] = p[2];
}

sm_lang sm_language_of_line(sm_span line)
{
    sm_lang lang = SM_LANG_NONE;
    double share[SM_LANGS] = {0};
    const line_counts n = count(line);
    const line_kind kind = look(&n, &lang);
    if (kind == DECIDED) return lang;
    lang = SM_LANG_NONE;
    if (kind == LATIN) judge_latin(line, &n, share);
    if (kind == HAN) {
        const evidence e = weigh_han(line, &n);
        chances(&e, no_prior, share + SM_LANG_JA);
    }
    for (int i = 0; i < SM_LANGS; i++)
        if (share[i] > share[lang]) lang = (sm_lang)i;
    return lang;
}

/* ---- a text ------------------------------------------------------------------------------------ */

/* Lines of Han, kept until it is known what the text is otherwise. */
enum { WAITING_MAX = 128 };

typedef struct reading {
    double weight[SM_LANGS];
    double own[3]; /* of the lines of Han by themselves: Japanese, simplified, traditional */
    struct {
        evidence evidence;
        double weight;
    } waiting[WAITING_MAX];
    size_t n_waiting;
} reading;

/* How much the other lines speak for each: at most three nats. */
static void find_prior(const reading *r, double prior[3])
{
    const double unsure = 20, japanese = r->weight[SM_LANG_JA];
    const double sum = r->own[0] + r->own[1] + r->own[2] + japanese + 3 * unsure;
    for (int i = 0; i < 3; i++) {
        const double part = r->own[i] + (i == 0 ? japanese : 0) + unsure;
        prior[i] = fmax(log(part / sum), -3);
    }
}

static void settle(reading *r)
{
    double prior[3], p[3];
    for (size_t i = 0; i < r->n_waiting; i++) {
        chances(&r->waiting[i].evidence, no_prior, p);
        for (int k = 0; k < 3; k++)
            r->own[k] += p[k] * r->waiting[i].weight;
    }
    find_prior(r, prior);
    for (size_t i = 0; i < r->n_waiting; i++) {
        chances(&r->waiting[i].evidence, prior, p);
        for (int k = 0; k < 3; k++)
            r->weight[SM_LANG_JA + k] += p[k] * r->waiting[i].weight;
    }
    r->n_waiting = 0;
}

static void read_line(reading *r, sm_span line)
{
    sm_lang lang = SM_LANG_NONE;
    const line_counts n = count(line);
    const double weight = weight_of(&n);
    const line_kind kind = look(&n, &lang);
    if (kind == DECIDED) r->weight[lang] += weight;
    if (kind == LATIN) {
        double share[SM_LANGS] = {0};
        judge_latin(line, &n, share);
        for (int i = 0; i < SM_LANGS; i++)
            r->weight[i] += share[i] * weight;
    }
    if (kind == HAN) {
        if (r->n_waiting == WAITING_MAX) settle(r);
        r->waiting[r->n_waiting].evidence = weigh_han(line, &n);
        r->waiting[r->n_waiting++].weight = weight;
    }
}

/* Code says nothing, but not quite: below a twentieth of all letters is no language. */
static double language_weight(const reading *r)
{
    const double least = .05;
    double sum = 0;
    for (int i = 0; i < SM_LANG_NONE; i++)
        sum += r->weight[i];
    return sum > least * (sum + r->weight[SM_LANG_NONE]) ? sum : 0;
}

void sm_language_of(sm_span text, sm_language_scores *scores)
{
    reading r = {.n_waiting = 0};
    while (text.n > 0)
        read_line(&r, next_line(&text));
    settle(&r);
    const double sum = language_weight(&r);
    *scores = (sm_language_scores){.best = SM_LANG_NONE};
    scores->share[SM_LANG_NONE] = sum > 0 ? 0 : 1;
    for (int i = 0; sum > 0 && i < SM_LANG_NONE; i++) {
        scores->share[i] = r.weight[i] / sum;
        if (scores->share[i] > scores->share[scores->best]) scores->best = (sm_lang)i;
    }
}

double sm_language_japanese(sm_span text)
{
    sm_language_scores scores;
    sm_language_of(text, &scores);
    return scores.share[SM_LANG_JA];
}
