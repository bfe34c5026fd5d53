/* ng_edges.c - may a hit begin and end here? By the scripts beside it, by MeCab, or by the particles around it.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/script.h>
#include <seimai/utf8.h>

#include <string.h>

enum {
    SENTENCE_MAX = 4096, /* bytes each way: MeCab's work for a place is bounded */
    TAIL_MAX = 14        /* characters of hiragana behind a word that are looked at */
};

/* Hiragana that may stand between the beginning of its run and an NG word: determiners, particles, copulas. */
static const char *const openers[] = {
    "の",       "は",     "が",     "を",     "に",     "で",       "と",     "も",
    "や",       "か",     "な",     "お",     "この",   "その",     "あの",   "どの",
    "こんな",   "そんな", "あんな", "どんな", "まじで", "ほんと",   "ただの", "という",
    "みたいな", "だけの", "では",   "には",   "とか",   "って",     "から",   "だから",
    "ほど",     "より",   "まで",   "した",   "する",   "している", "いる",   "ある",
    "です",     "ます",   "だ",
};

/* Hiragana that may follow: a word is good if these, one behind the other, make up the rest of its run. */
static const char *const closers[] = {
    "は",     "が",       "を",       "に",     "で",     "と",     "も",       "の",
    "や",     "な",       "だ",       "か",     "よ",     "ね",     "ぞ",       "さ",
    "し",     "って",     "です",     "だろ",   "だろう", "でしょ", "でしょう", "じゃ",
    "じゃん", "じゃない", "じゃねえ", "なの",   "なんだ", "なん",   "とか",     "から",
    "ので",   "のに",     "けど",     "だけ",   "しか",   "まで",   "より",     "など",
    "なら",   "ども",     "たち",     "さん",   "ちゃん", "みたい", "みたいな", "みたいに",
    "らしい", "だった",   "である",   "であり", "では",   "には",   "とは",     "という",
    "する",   "して",     "した",     "しろ",   "すぎ",   "すぎる", "くさい",   "っぽい",
    "め",     "めが",     "わ",       "w",      "やん",   "やろ",   "やで",     "やな",
    "なのか", "なんて",   "かよ",     "かな",   "ない",   "さに",   "さを",     "しい",
    "しく",
};

static bool is_closed(uint32_t c)
{
    return c == NG_CLOSED;
}

/* ---- neighbours ------------------------------------------------------------------------- */

static uint32_t before(sm_span text, size_t at)
{
    if (at == 0) return '\n';
    size_t i = at - 1;
    while (i > 0 && ((unsigned char)text.p[i] & 0xC0) == 0x80)
        i--;
    const char *p = text.p + i;
    return sm_utf8_next(&p, text.p + text.n);
}

static uint32_t behind(sm_span text, size_t at)
{
    const char *p = text.p + at;
    return at < text.n ? sm_utf8_next(&p, text.p + text.n) : '\n';
}

static bool is_latin(sm_script script)
{
    return script == SM_LATIN || script == SM_DIGIT;
}

/* HojiChar's class [ァ-ヴー] */
static bool is_guard(uint32_t c)
{
    return c == 0x30FC || (c >= 0x30A1 && c <= 0x30F4);
}

/* The answer of the neighbour alone: 1 good, 0 not, -1 ask for morphemes. */
static int neighbour(ng_end end, uint32_t c, bool at_begin)
{
    if (end == NG_GUARD) return !is_guard(c);
    if (is_closed(c)) return 0;
    if (end == NG_FREE) return 1;
    const sm_script script = sm_script_of(c);
    if (end == NG_KATAKANA) return script != SM_KATAKANA;
    if (end == NG_LATIN) return !is_latin(script) && c != '_';
    if (end == NG_HAN) return script == SM_HAN ? -1 : 1;
    if (script == SM_HIRAGANA || (at_begin && script == SM_HAN)) return -1;
    return at_begin || c != 0x30FC; /* ばかー */
}

/* ---- sentences -------------------------------------------------------------------------- */

void ng_edges_start(ng_edges *edges)
{
    edges->begin = edges->end = 0;
    edges->cut = false;
    edges->cue = -1;
}

/* Is the character that begins at p the end of a sentence? Its length, or 0. */
static size_t stop_at(const char *p, const char *end)
{
    if (*p == '\n' || *p == '!' || *p == '?') return 1;
    if (end - p < 3) return 0;
    if (memcmp(p, "。", 3) == 0 || memcmp(p, "！", 3) == 0 || memcmp(p, "？", 3) == 0) return 3;
    return 0;
}

static size_t sentence_end(sm_span text, size_t at)
{
    const char *const end = text.p + text.n;
    size_t i = at;
    while (i < text.n && (i - at < SENTENCE_MAX || ((unsigned char)text.p[i] & 0xC0) == 0x80)) {
        const size_t stop = stop_at(text.p + i, end);
        if (stop) return i + stop;
        i++;
    }
    return i;
}

/* Moves on to the sentence around a byte. Sentences never overlap, so that no byte is cut by MeCab twice. */
static void move_to(ng_edges *edges, sm_span text, size_t at)
{
    if (at < edges->end) return;
    const size_t low = at - edges->end > SENTENCE_MAX ? at - SENTENCE_MAX : edges->end;
    size_t begin = at;
    while (begin > low && !(stop_at(text.p + begin - 1, text.p + text.n) == 1) &&
           !(begin >= low + 3 && stop_at(text.p + begin - 3, text.p + text.n) == 3))
        begin--;
    while (begin < at && ((unsigned char)text.p[begin] & 0xC0) == 0x80)
        begin++;
    edges->begin = begin;
    edges->end = sentence_end(text, at);
    edges->cut = false;
    edges->cue = -1;
}

static bool has_word(const ng_trie *trie, const ng_fold *fold, sm_span text)
{
    const char *const end = text.p + text.n;
    for (const char *at = text.p; at < end; (void)sm_utf8_next(&at, end)) {
        uint32_t node = NG_ROOT;
        for (const char *p = at; p < end && node != NG_NONE;) {
            node = ng_trie_step(trie, node, ng_fold_next(fold, &p, end));
            if (node != NG_NONE && trie->accept[node]) return true;
        }
    }
    return false;
}

bool ng_edges_excuse(ng_edges *edges, sm_span text, size_t begin)
{
    move_to(edges, text, begin);
    const sm_span sentence = {text.p + edges->begin, edges->end - edges->begin};
    if (edges->cue < 0)
        edges->cue = has_word(&edges->ng->cues, &edges->ng->folded.fold, sentence);
    return edges->cue == 1;
}

/* ---- with MeCab ------------------------------------------------------------------------- */

static void put_edge(ng_edges *edges, size_t at)
{
    if (edges->n && edges->edges[edges->n - 1] == at) return;
    edges->edges = sm_array_grow(edges->edges, edges->n, &edges->cap, sizeof *edges->edges);
    edges->edges[edges->n++] = at;
}

static int cut_sentence(ng_edges *edges, sm_span text, sm_error *err)
{
    const sm_span sentence = {text.p + edges->begin, edges->end - edges->begin};
    const sm_morpheme *m = NULL;
    size_t n = 0;
    SM_TRY(sm_tagger_cut(edges->tagger, sentence, &m, &n, err));
    edges->n = 0;
    for (size_t i = 0; i < n; i++) {
        put_edge(edges, edges->begin + m[i].begin);
        put_edge(edges, edges->begin + m[i].end);
    }
    edges->cut = true;
    return 0;
}

static bool is_edge(const ng_edges *edges, size_t at)
{
    size_t low = 0, high = edges->n;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (edges->edges[mid] < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < edges->n && edges->edges[low] == at;
}

static int ask_mecab(ng_edges *edges, sm_span text, size_t begin, size_t at, sm_error *err)
{
    move_to(edges, text, begin);
    if (!edges->cut) SM_TRY(cut_sentence(edges, text, err));
    return is_edge(edges, at);
}

/* ---- without ---------------------------------------------------------------------------- */

/* The hiragana before a word, back to the beginning of their run, are one opener. */
static bool opens(sm_span text, size_t at)
{
    size_t from = at;
    for (int i = 0; i < TAIL_MAX && from > 0 && sm_script_of(before(text, from)) == SM_HIRAGANA;
         i++)
        from -= 3; /* hiragana are three bytes */
    const sm_span run = {text.p + from, at - from};
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
        if (sm_span_equal(run, sm_span_of(openers[i]))) return true;
    return false;
}

/* The rest of the run is a chain of closers. */
static bool closes(sm_span text, size_t at)
{
    size_t to = at;
    for (int i = 0; i < TAIL_MAX && sm_script_of(behind(text, to)) == SM_HIRAGANA; i++)
        to += 3;
    bool reached[3 * TAIL_MAX + 1] = {true}; /* by bytes from `at` */
    for (size_t i = 0; i < to - at; i += 3) {
        if (!reached[i]) continue;
        const sm_span rest = {text.p + at + i, to - at - i};
        for (size_t k = 0; k < sizeof closers / sizeof *closers; k++) {
            const sm_span closer = sm_span_of(closers[k]);
            if (sm_span_starts(rest, closer)) reached[i + closer.n] = true;
        }
    }
    return reached[to - at];
}

static bool approximate(sm_span text, ng_end end, size_t at, bool at_begin)
{
    if (end != NG_HIRAGANA) return false;
    return at_begin ? opens(text, at) : closes(text, at);
}

/* ---- all together ----------------------------------------------------------------------- */

int ng_edges_ask(ng_edges *edges, sm_span text, const ng_pattern *pattern, size_t begin,
                 size_t end, sm_error *err)
{
    const int first = neighbour(pattern->begin, before(text, begin), true);
    const int last = neighbour(pattern->end, behind(text, end), false);
    if (first == 0 || last == 0) return 0;
    if (!edges->tagger)
        return (first == 1 || approximate(text, pattern->begin, begin, true)) &&
               (last == 1 || approximate(text, pattern->end, end, false));
    const int first_good = first == 1 ? 1 : ask_mecab(edges, text, begin, begin, err);
    if (first_good <= 0) return first_good;
    return last == 1 ? 1 : ask_mecab(edges, text, begin, end, err);
}

static bool is_letter(const ng_fold *fold, const char *p, const char *end)
{
    return !ng_is_mark(p, end) && !ng_is_skipped(fold, p, end);
}

/* The farthest that the exceptions reach from p; NULL where none begins there. */
static const char *longest_exception(const sm_ng *ng, const char *p, const char *end)
{
    const char *reach = NULL;
    for (uint32_t node = NG_ROOT; p < end;) {
        node = ng_trie_step(&ng->exceptions, node, ng_fold_next(&ng->folded.fold, &p, end));
        if (node == NG_NONE) break;
        if (ng->exceptions.accept[node]) reach = p;
    }
    return reach;
}

/* Exceptions that begin at or before a hit and reach its end. */
bool ng_is_exception(const sm_ng *ng, sm_span text, size_t begin, size_t end)
{
    const ng_fold *const fold = &ng->folded.fold;
    const char *at = text.p + begin, *const stop = text.p + text.n;
    for (uint32_t back = 0; back < ng->exceptions.longest;) {
        if (!ng_is_skipped(fold, at, stop)) {
            const char *const reach = longest_exception(ng, at, stop);
            if (reach && reach >= text.p + end) return true;
        }
        if (at == text.p) return false;
        back += is_letter(fold, at, stop);
        do
            at--;
        while (at > text.p && ((unsigned char)*at & 0xC0) == 0x80);
    }
    return false;
}
