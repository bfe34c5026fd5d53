/* The tables of the searches without a pattern, and the searches as rules.
 * SPDX-License-Identifier: MIT */
#include "words_internal.h"

#include <seimai/hash.h>
#include <stdlib.h>
#include <string.h>

struct sm_vocabulary {
    bool has_places;
    sm_places places;
    bool has_name_words;
    sm_name_words name_words;
    sm_morph *morph; /* NULL: names are not searched for */
    bool names_everywhere;
};

enum { CACHE = 1024, CACHED_HITS = 6 };

/* The names of a piece of text, which depend on its bytes alone: a text is searched again after each round of masks,
 * and most of its lines are the same. */
typedef struct known_piece {
    sm_hash128 hash;
    size_t length; /* 0: free */
    size_t n;
    sm_wordhit hits[CACHED_HITS]; /* offsets from the piece's start */
} known_piece;

struct sm_wordfinder {
    const sm_pii_rules *rules;
    sm_wordhit *hits;
    size_t n, cap;
    sm_name_list near;  /* what was found before names, in order */
    sm_tagger *tagger;  /* made where the first cue is found */
    sm_name_list names; /* of one piece */
    known_piece *cache; /* by hash; made with the tagger */
};

/* ---- tables ------------------------------------------------------------------------------------- */

/* The folder "pii" beside a file. */
static char *folder_beside(sm_arena *arena, const char *path)
{
    const char *const slash = strrchr(path, '/');
    return sm_arena_printf(arena, "%.*spii", slash ? (int)(slash - path) + 1 : 0, path);
}

int sm_vocabulary_need(sm_vocabulary **vocabulary, sm_search search, const char *path,
                       sm_error *err)
{
    if (!*vocabulary) *vocabulary = sm_calloc(1, sizeof **vocabulary);
    sm_vocabulary *const v = *vocabulary;
    if (search == SM_SEARCH_ADDRESS && !v->has_places) {
        v->has_places = true;
        return sm_places_load(&v->places, folder_beside(&v->places.arena, path), err);
    }
    if (search == SM_SEARCH_NAME && !v->has_name_words) {
        v->has_name_words = true;
        return sm_name_words_load(&v->name_words, folder_beside(&v->name_words.arena, path),
                                  err);
    }
    return SM_OK;
}

void sm_vocabulary_free(sm_vocabulary *vocabulary)
{
    if (!vocabulary) return;
    sm_places_free(&vocabulary->places);
    sm_name_words_free(&vocabulary->name_words);
    sm_morph_close(vocabulary->morph);
    sm_free(vocabulary);
}

int sm_pii_use_names(sm_pii_rules *rules, bool everywhere, const char *dictionary,
                     sm_error *err)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->rules[i].search != SM_SEARCH_NAME) continue;
        rules->vocabulary->names_everywhere = everywhere;
        if (rules->vocabulary->morph) return SM_OK;
        return sm_morph_open(&rules->vocabulary->morph, dictionary, err);
    }
    SM_FAIL(err, SM_EUSAGE, "names: no rule searches for them (search: name)");
}

/* ---- searches -------------------------------------------------------------------------------------- */

sm_wordfinder *sm_wordfinder_new(const sm_pii_rules *rules)
{
    sm_wordfinder *const finder = sm_calloc(1, sizeof *finder);
    finder->rules = rules;
    return finder;
}

void sm_wordfinder_free(sm_wordfinder *finder)
{
    if (!finder) return;
    sm_tagger_free(finder->tagger);
    sm_free(finder->names.hits);
    sm_free(finder->near.hits);
    sm_free(finder->cache);
    sm_free(finder->hits);
    sm_free(finder);
}

static void add_hit(sm_wordfinder *finder, sm_wordhit hit)
{
    finder->hits = sm_array_grow(finder->hits, finder->n, &finder->cap, sizeof hit);
    finder->hits[finder->n++] = hit;
}

/* Words of context raise a hit as they raise that of a pattern. */
static void weigh_hit(sm_wordfinder *finder, sm_span text, const sm_rule *rule, sm_wordhit hit)
{
    if (sm_pii_before(&rule->unless, text, hit.start, rule->window)) return;
    if (sm_pii_near(rule, text, hit.start, hit.end)) hit.tier = SM_PII_CONTEXT;
    if (hit.tier >= rule->public.minimum) add_hit(finder, hit);
}

static void find_addresses(sm_wordfinder *finder, sm_span text, const sm_rule *rule)
{
    const sm_places *const places = &finder->rules->vocabulary->places;
    sm_wordhit hit = {0};
    for (size_t at = 0; sm_address_next(places, text, at, &hit); at = hit.end) {
        hit.rule = rule->public.index;
        weigh_hit(finder, text, rule, hit);
    }
}

/* ---- names ------------------------------------------------------------------------------------------ */

static void add_near(sm_name_list *near, const sm_wordhit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        near->hits = sm_array_grow(near->hits, near->n, &near->cap, sizeof *hits);
        near->hits[near->n++] = hits[i];
    }
}

static int order_hits(const void *left, const void *right)
{
    const sm_wordhit *const a = left, *const b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* Does one of the hits begin in [from, to)? *i goes on with the places. */
static bool has_hit(const sm_name_list *near, size_t *i, size_t from, size_t to)
{
    while (*i < near->n && near->hits[*i].start < from)
        ++*i;
    return *i < near->n && near->hits[*i].start < to;
}

static void move_names(sm_name_list *names, size_t by)
{
    for (size_t i = 0; i < names->n; i++) {
        names->hits[i].start += by;
        names->hits[i].end += by;
    }
}

/* The names of the piece [from, to), from the cache or by MeCab. */
static int read_piece(sm_wordfinder *finder, sm_span text, size_t from, size_t to,
                      sm_error *err)
{
    const sm_vocabulary *const v = finder->rules->vocabulary;
    const sm_span piece = {text.p + from, to - from};
    sm_name_list *const names = &finder->names;
    if (!finder->tagger) finder->tagger = sm_tagger_new(v->morph);
    if (!finder->cache) finder->cache = sm_calloc(CACHE, sizeof *finder->cache);
    const sm_hash128 hash = sm_hash128_of(piece);
    known_piece *const known = &finder->cache[hash.lo % CACHE];
    names->n = 0;
    if (known->length == piece.n && sm_hash128_equal(known->hash, hash)) {
        add_near(names, known->hits, known->n);
        move_names(names, from);
        return SM_OK;
    }
    SM_TRY(sm_names_find(&v->name_words, finder->tagger, piece, names, err));
    if (names->n <= CACHED_HITS) {
        *known = (known_piece){.hash = hash, .length = piece.n, .n = names->n};
        if (names->n > 0) memcpy(known->hits, names->hits, names->n * sizeof *known->hits);
    }
    move_names(names, from);
    return SM_OK;
}

/* A piece that holds the rule's tag, <NAME> or <NAME:…>, was searched when that was written: MeCab is too dear to be
 * asked again after each round. */
static bool was_searched(const sm_rule *rule, sm_span piece)
{
    const sm_span tag = sm_span_of(rule->public.tag);
    const size_t n = tag.n - sm_span_ends(tag, SM_SPAN(">"));
    const char *const end = piece.p + piece.n;
    for (const char *p = piece.p; (p = memchr(p, tag.p[0], (size_t)(end - p))); p++) {
        if ((size_t)(end - p) <= n) return false;
        if (memcmp(p, tag.p, n) == 0 && (n == tag.n || p[n] == '>' || p[n] == ':')) return true;
    }
    return false;
}

/* Piece by piece, where a cue or another kind of finding stands in it. */
static int find_names(sm_wordfinder *finder, sm_span text, const sm_rule *rule, sm_error *err)
{
    const sm_vocabulary *const v = finder->rules->vocabulary;
    size_t hit = 0;
    for (size_t from = 0, to = 0; from < text.n; from = to) {
        to = sm_morph_piece(text, from);
        const sm_span piece = {text.p + from, to - from};
        if (!v->names_everywhere && !has_hit(&finder->near, &hit, from, to) &&
            !sm_name_cue(&v->name_words, piece))
            continue;
        if (was_searched(rule, piece)) continue;
        SM_TRY(read_piece(finder, text, from, to, err));
        for (size_t i = 0; i < finder->names.n; i++) {
            finder->names.hits[i].rule = rule->public.index;
            weigh_hit(finder, text, rule, finder->names.hits[i]);
        }
    }
    return SM_OK;
}

/* ---- ages ------------------------------------------------------------------------------------------- */

/* Behind names, and behind what rules of the kind birth-date found. */
static void find_ages(sm_wordfinder *finder, sm_span text, const sm_rule *rule)
{
    const sm_pii_rules *const rules = finder->rules;
    const sm_vocabulary *const v = rules->vocabulary;
    const sm_name_words *const words = v && v->has_name_words ? &v->name_words : NULL;
    const size_t n = finder->near.n;
    add_near(&finder->near, finder->hits, finder->n);
    for (size_t i = 0; i < finder->near.n; i++) {
        const sm_wordhit *const base = &finder->near.hits[i];
        const sm_rule *const found = &rules->rules[base->rule];
        const bool is_birth = i < n && strcmp(found->public.kind, "birth-date") == 0;
        sm_wordhit hit = {0};
        if (found->search != SM_SEARCH_NAME && !is_birth) continue;
        if (!sm_age_behind(words, text, base->end, &hit)) continue;
        hit.rule = rule->public.index;
        weigh_hit(finder, text, rule, hit);
    }
}

int sm_wordfinder_run(sm_wordfinder *finder, sm_span text, const sm_wordhit *near,
                      size_t n_near, const sm_wordhit **hits, size_t *n, sm_error *err)
{
    const sm_pii_rules *const rules = finder->rules;
    finder->n = 0;
    for (size_t i = 0; i < rules->n; i++)
        if (!rules->rules[i].is_off && rules->rules[i].search == SM_SEARCH_ADDRESS)
            find_addresses(finder, text, &rules->rules[i]);
    finder->near.n = 0;
    add_near(&finder->near, finder->hits, finder->n);
    add_near(&finder->near, near, n_near);
    if (finder->near.n > 1) qsort(finder->near.hits, finder->near.n, sizeof *near, order_hits);
    for (size_t i = 0; i < rules->n; i++)
        if (!rules->rules[i].is_off && rules->rules[i].search == SM_SEARCH_NAME &&
            rules->vocabulary->morph)
            SM_TRY(find_names(finder, text, &rules->rules[i], err));
    for (size_t i = 0; i < rules->n; i++)
        if (!rules->rules[i].is_off && rules->rules[i].search == SM_SEARCH_AGE)
            find_ages(finder, text, &rules->rules[i]);
    *hits = finder->hits;
    *n = finder->n;
    return SM_OK;
}
