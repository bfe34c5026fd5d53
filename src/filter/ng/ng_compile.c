/* ng_compile.c - entries become patterns: their dresses, the class of each end, the pairs of the gate.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/script.h>

#include <string.h>

enum {
    CHARACTERS_MAX = 1 << 24, /* of all patterns together */
    MASKED_MAX = 12           /* characters of a word that may be written with masks */
};

/* A word in folded characters. */
typedef struct dress {
    uint32_t c[NG_PATTERN_MAX];
    size_t n;
} dress;

/* Where an entry's dresses go: first they are counted, then put into the trie. */
typedef struct maker {
    sm_ng *ng;
    ng_search *search;
    const ng_entry *entry;
    uint32_t id;
    const ng_forms *forms; /* NULL in the first pass */
    size_t characters;
} maker;

/* ---- ends ------------------------------------------------------------------------------- */

static ng_end end_of(const ng_entry *entry, uint32_t c)
{
    switch ((ng_class)entry->class) {
    case NG_K: return NG_KATAKANA;
    case NG_L: return NG_LATIN;
    case NG_H: return NG_HIRAGANA;
    case NG_M: return NG_HAN;
    case NG_C:
    case NG_ANY: return NG_FREE;
    case NG_AUTO: break;
    }
    const sm_script script = sm_script_of(c);
    if (script == SM_KATAKANA) return NG_KATAKANA;
    if (script == SM_HIRAGANA) return NG_HIRAGANA;
    if (script == SM_HAN) return NG_HAN;
    return script == SM_LATIN || script == SM_DIGIT ? NG_LATIN : NG_FREE;
}

/* HojiChar's [ァ-ヴー]+ */
static bool is_guarded(const dress *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->c[i] != 0x30FC && (d->c[i] < 0x30A1 || d->c[i] > 0x30F4)) return false;
    return true;
}

/* The first character that is no mask tells the class of the beginning, the last one that of the end. */
static uint32_t first_real(const dress *d)
{
    size_t i = 0;
    while (i + 1 < d->n && d->c[i] == NG_MASK)
        i++;
    return d->c[i];
}

static uint32_t last_real(const dress *d)
{
    size_t i = d->n - 1;
    while (i > 0 && d->c[i] == NG_MASK)
        i--;
    return d->c[i];
}

static ng_pattern pattern_of(const maker *m, const dress *d)
{
    const ng_entry *const entry = m->entry;
    const sm_ng_match match = m->ng->lists[entry->list].match;
    ng_pattern p = {
        .entry = m->id, .list = (uint8_t)entry->list, .begin = NG_FREE, .end = NG_FREE};
    p.rank = match == SM_NG_PLAIN || match == SM_NG_KATAKANA ? entry->order
                                                             : UINT32_MAX - (uint32_t)d->n;
    if (match == SM_NG_KATAKANA && is_guarded(d)) {
        p.begin = p.end = NG_GUARD;
        p.rank |= 1u << 31;
    }
    if (match != SM_NG_BOUNDARIES) return p;
    if (!(entry->flags & NG_FLAG_BEGIN)) p.begin = (uint8_t)end_of(entry, first_real(d));
    if (!(entry->flags & NG_FLAG_END)) p.end = (uint8_t)end_of(entry, last_real(d));
    return p;
}

static void put(maker *m, const dress *d)
{
    m->characters += d->n;
    if (!m->forms) return;
    sm_ng *const ng = m->ng;
    const uint32_t node = ng_trie_put(&m->search->trie, d->c, d->n);
    for (uint32_t i = m->search->trie.accept[node]; i; i = ng->patterns[i - 1].next)
        if (ng->patterns[i - 1].entry == m->id) return; /* two dresses that fold to one */
    ng_pattern p = pattern_of(m, d);
    p.next = m->search->trie.accept[node];
    ng->patterns = sm_array_grow(ng->patterns, ng->n_patterns, &ng->cap_patterns, sizeof p);
    ng->patterns[ng->n_patterns++] = p;
    m->search->trie.accept[node] = (uint32_t)ng->n_patterns;
    ng_gate_open(&m->search->gate, m->forms, d->c, d->n, p.begin != NG_LATIN);
}

/* ---- dresses ---------------------------------------------------------------------------- */

/* Masks at places `first`, `first` + step, … up to `last`. */
static void put_mask(maker *m, const dress *word, uint32_t mask, size_t first, size_t last,
                     size_t step)
{
    dress d = *word;
    for (size_t i = first; i <= last; i += step)
        d.c[i] = mask;
    put(m, &d);
}

static bool is_kana(const dress *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->c[i] < 0x3041 || d->c[i] > 0x30FC) return false;
    return true;
}

/* One mask, every second character, or two in a word of six or more; at least two real characters stay. The ends stay
 * where the mask is a letter or the word is not all kana: *ex is a pattern of file names, *処理 begins an item. */
static void put_masked(maker *m, const dress *word)
{
    static const uint32_t masks[] = {NG_MASK, 'x', 'o'};
    const size_t n = word->n;
    if (n < 3 || n > MASKED_MAX) return;
    for (size_t k = 0; k < 3; k++) {
        const size_t edge = k > 0 || !is_kana(word);
        if (k > 0 && word->c[0] < 128) return;
        for (size_t i = edge; i + edge < n; i++)
            put_mask(m, word, masks[k], i, i, 1);
        put_mask(m, word, masks[k], 1, n - 1 - edge, 2);
        for (size_t i = edge; k == 0 && n >= 6 && i + edge < n; i++)
            for (size_t j = i + 1; j + edge < n; j++)
                put_mask(m, word, masks[k], i, j, j - i);
    }
}

static void put_spaced(maker *m, const dress *word)
{
    if (word->n < 2 || 2 * word->n - 1 > NG_PATTERN_MAX) return;
    dress d = {.n = 0};
    for (size_t i = 0; i < word->n; i++) {
        if (i) d.c[d.n++] = NG_SEPARATOR;
        d.c[d.n++] = word->c[i];
    }
    put(m, &d);
}

static void put_dress(maker *m, const dress *d)
{
    put(m, d);
    if (m->entry->flags & NG_FLAG_MASK) put_masked(m, d);
    if (m->entry->flags & NG_FLAG_SPACED) put_spaced(m, d);
}

static void put_kana(maker *m, const dress *d)
{
    put_dress(m, d);
    dress other = {.n = d->n};
    if ((m->entry->flags & NG_FLAG_KANA) && ng_other_kana(d->c, d->n, other.c))
        put_dress(m, &other);
}

/* ヴァ, which is folded to ブア, is also バ; so are ヴィ, ヴェ and ヴォ. The word with those, or an empty one. */
static sm_span with_b(sm_arena *mem, sm_span word)
{
    static const char *const from[] = {"ヴァ", "ヴィ", "ヴェ", "ヴォ"};
    static const char *const to[] = {"バ", "ビ", "ベ", "ボ"};
    char *const out = sm_arena_alloc(mem, word.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < word.n;) {
        const sm_span rest = {word.p + i, word.n - i};
        size_t b = 0;
        while (b < 4 && !sm_span_starts(rest, sm_span_of(from[b])))
            b++;
        memcpy(out + n, b < 4 ? to[b] : rest.p, b < 4 ? 3 : 1);
        n += b < 4 ? 3 : 1;
        i += b < 4 ? 6 : 1;
    }
    return (sm_span){out, n == word.n ? 0 : n};
}

static void make_entry(maker *m)
{
    const bool ours = m->ng->lists[m->entry->list].match == SM_NG_BOUNDARIES;
    dress d = {.n = 0};
    d.n = ng_fold_word(&m->search->fold, m->entry->word, d.c);
    if (d.n == 0 || d.n > NG_PATTERN_MAX) return;
    if (!ours) {
        put(m, &d);
        return;
    }
    if (d.n == 1 && m->entry->class != NG_ANY) return;
    if ((m->entry->flags & NG_FLAG_OLD) && m->ng->literature) return;
    put_kana(m, &d);
    d.n = ng_fold_word(&m->search->fold, with_b(&m->ng->arena, m->entry->word), d.c);
    if (d.n > 0) put_kana(m, &d);
}

/* ---- all together ------------------------------------------------------------------------ */

static bool is_of(const sm_ng *ng, const ng_entry *entry, const ng_search *search)
{
    if (entry->kind != NG_WORD) return false;
    return (ng->lists[entry->list].match == SM_NG_BOUNDARIES) == (search == &ng->folded);
}

static size_t make_entries(sm_ng *ng, ng_search *search, const ng_forms *forms)
{
    maker m = {.ng = ng, .search = search, .forms = forms};
    for (size_t i = 0; i < ng->n_entries; i++) {
        if (!is_of(ng, &ng->entries[i], search)) continue;
        m.entry = &ng->entries[i];
        m.id = (uint32_t)i;
        make_entry(&m);
    }
    return m.characters;
}

static int compile_search(sm_ng *ng, ng_search *search, bool exact, sm_error *err)
{
    ng_fold_init(&search->fold, exact);
    const size_t characters = make_entries(ng, search, NULL);
    if (characters > CHARACTERS_MAX)
        SM_FAIL(err, SM_ELIMIT, "NG words: more than %d characters in all patterns",
                CHARACTERS_MAX);
    search->used = characters > 0;
    if (!search->used) return 0;
    ng_trie_init(&search->trie, characters);
    ng_gate_init(&search->gate, &search->fold);
    const ng_forms forms = ng_forms_make(&search->fold);
    (void)make_entries(ng, search, &forms);
    ng_forms_free(forms);
    return 0;
}

/* Exceptions and cues: words of one dress, folded. */
static void compile_words(const sm_ng *ng, ng_kind kind, ng_trie *trie)
{
    uint32_t word[NG_PATTERN_MAX];
    size_t characters = 0;
    for (size_t i = 0; i < ng->n_entries; i++)
        if (ng->entries[i].kind == kind) characters += ng->entries[i].word.n;
    if (characters == 0) return;
    ng_trie_init(trie, characters);
    for (size_t i = 0; i < ng->n_entries; i++) {
        if (ng->entries[i].kind != kind) continue;
        const size_t n = ng_fold_word(&ng->folded.fold, ng->entries[i].word, word);
        if (n > 0 && n <= NG_PATTERN_MAX) trie->accept[ng_trie_put(trie, word, n)] = 1;
    }
}

int sm_ng_compile(sm_ng *ng, sm_error *err)
{
    SM_TRY(compile_search(ng, &ng->folded, false, err));
    SM_TRY(compile_search(ng, &ng->exact, true, err));
    compile_words(ng, NG_EXCEPTION, &ng->exceptions);
    compile_words(ng, NG_CUE, &ng->cues);
    ng->compiled = true;
    return 0;
}
