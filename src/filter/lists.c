/* Lists of words, phrases and hosts: their values, loading them, finding them in a text.
 * SPDX-License-Identifier: MIT */
#include "preset_internal.h"

#include <math.h>
#include <seimai/file.h>
#include <seimai/options.h>
#include <seimai/utf8.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PHRASES = 1 << 20 /* bytes of a file */ };

/* ---- lists and their values ----------------------------------------------------------------------- */

static const struct {
    sm_list_kind kind;
    int field;
    const char *prefix, *suffix; /* of the name */
    const char *about;
} fields[] = {
    {SM_LIST_NG, SM_LIST_HITS, "ng-", "-hits", "how many words of the list"},
    {SM_LIST_NG, SM_LIST_TYPES, "ng-", "-types", "distinct words of the list"},
    {SM_LIST_NG, SM_LIST_SHARE, "ng-", "-share",
     "letters in words of the list, of Japanese letters (Swallow's)"},
    {SM_LIST_NG, SM_LIST_SCORE, "ng-", "-score", "weights of the words, per 1,000 characters"},
    {SM_LIST_PHRASES, SM_LIST_HITS, "phrases-", "-hits", "how many phrases of the list"},
    {SM_LIST_PHRASES, SM_LIST_LINES, "phrases-", "-lines",
     "lines that hold a phrase of the list, of filled lines"},
    {SM_LIST_URL, SM_LIST_HOST, "url-", "", "1: the URL is on the list"},
};

sm_word_list *sm_lists_find(const sm_filter *filter, sm_span name)
{
    for (size_t i = 0; i < filter->n_lists; i++)
        if (sm_span_equal(name, sm_span_of(filter->lists[i]->name))) return filter->lists[i];
    return NULL;
}

sm_word_list *sm_lists_add(sm_filter *filter, sm_span name, sm_list_kind kind)
{
    sm_arena *const arena = &filter->arena;
    sm_word_list *const list = sm_arena_zalloc(arena, 1, sizeof *list);
    list->name = sm_arena_copy(arena, name).p;
    list->kind = kind;
    list->ng = SIZE_MAX;
    if (kind == SM_LIST_PHRASES) list->match = SM_NG_PLAIN;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].kind != kind) continue;
        sm_filter_value *const value = &list->values[fields[i].field];
        value->name =
            sm_arena_printf(arena, "%s%s%s", fields[i].prefix, list->name, fields[i].suffix);
        value->about = fields[i].about;
    }
    filter->lists =
        sm_array_grow(filter->lists, filter->n_lists, &filter->cap_lists, sizeof list);
    filter->lists[filter->n_lists++] = list;
    return list;
}

/* ---- loading -------------------------------------------------------------------------------------- */

static int by_letters_falling(const void *a, const void *b)
{
    const sm_span *const x = a, *const y = b;
    const size_t n = sm_utf8_count(*x), m = sm_utf8_count(*y);
    if (n != m) return n < m ? 1 : -1;
    return x->p < y->p ? -1 : x->p > y->p; /* as in the file */
}

/* One phrase a line; the longest come first, as footers are cut. */
static int read_phrases(sm_filter *f, sm_word_list *list, const char *path, sm_error *err)
{
    sm_buffer file = sm_buffer_make(MAX_PHRASES);
    size_t cap = 0;
    const int status = sm_file_read(path, &file, err);
    const sm_span text = sm_arena_copy(&f->arena, sm_buffer_span(&file));
    sm_buffer_free(&file);
    SM_TRY(status);
    for (size_t start = 0, end = 0; start < text.n; start = end + 1) {
        const char *const feed = memchr(text.p + start, '\n', text.n - start);
        end = feed ? (size_t)(feed - text.p) : text.n;
        const sm_span phrase = {text.p + start, end - start};
        if (phrase.n == 0 || *phrase.p == '#') continue;
        list->phrases =
            sm_array_grow(list->phrases, list->n_phrases, &cap, sizeof *list->phrases);
        list->phrases[list->n_phrases++] = phrase;
        const char *p = phrase.p;
        const uint32_t first = sm_utf8_next(&p, p + phrase.n);
        list->first[first / 8 % sizeof list->first] |= (uint8_t)(1u << first % 8);
    }
    if (list->n_phrases > 1)
        qsort(list->phrases, list->n_phrases, sizeof *list->phrases, by_letters_falling);
    return SM_OK;
}

static int add_words(sm_filter *f, sm_word_list *list, const char *path, sm_error *err)
{
    if (!f->ng) f->ng = sm_ng_new();
    list->ng = sm_ng_lists(f->ng);
    return sm_ng_add(f->ng, list->name, path, list->match, err);
}

static bool has_rule(const sm_filter *f, const sm_rules *set, const sm_word_list *list)
{
    for (size_t i = 0; i < set->n; i++)
        if (sm_filter_list_of(f, set->values[i]) == list) return true;
    return false;
}

static bool has_step(const sm_filter *f, const sm_word_list *list)
{
    for (size_t i = 0; i < f->n_steps; i++)
        if (f->steps[i].list == list) return true;
    return false;
}

static int load_list(sm_filter *f, sm_word_list *list, const char *dicts, sm_error *err)
{
    const bool in_rule = has_rule(f, &f->rules, list) || has_rule(f, &f->lines, list);
    const bool in_step = has_step(f, list);
    const char *path = list->file;
    if (!in_rule && !in_step && (list->kind != SM_LIST_NG || list->left_out)) return SM_OK;
    if (!path)
        SM_FAIL(err, SM_EUSAGE,
                "the preset asks for a list \"%s\": give --list %s=FILE, or --without %s",
                list->name, list->name, list->name);
    if (list->in_dicts) SM_TRY(sm_dicts_path(dicts, list->file, &f->arena, &path, err));
    if (list->kind == SM_LIST_URL) return sm_hosts_load(&list->hosts, path, err);
    if (in_step) SM_TRY(read_phrases(f, list, path, err));
    if (list->kind == SM_LIST_NG || in_rule) SM_TRY(add_words(f, list, path, err));
    return SM_OK;
}

/* Words that hide one of a list, for all lists that are matched by boundaries. */
static int add_exceptions(sm_filter *f, const char *dicts, sm_error *err)
{
    const char *path = NULL;
    bool any = false;
    for (size_t i = 0; i < f->n_lists; i++)
        any |= f->lists[i]->ng != SIZE_MAX && f->lists[i]->match == SM_NG_BOUNDARIES;
    if (!any) return SM_OK;
    SM_TRY(sm_dicts_path(dicts, "ng/exceptions.tsv", &f->arena, &path, err));
    return sm_ng_except(f->ng, path, err);
}

int sm_filter_ready(sm_filter *filter, const char *dicts, const sm_morph *morph, sm_error *err)
{
    for (size_t i = 0; i < filter->n_lists; i++)
        SM_TRY(load_list(filter, filter->lists[i], dicts, err));
    SM_TRY(add_exceptions(filter, dicts, err));
    if (filter->ng) SM_TRY(sm_ng_compile(filter->ng, err));
    if (sm_filter_wants_nouns(filter) && !filter->by_morph)
        SM_FAIL(err, SM_EUSAGE, "noun-share: parts of speech are MeCab's: give --words mecab");
    if (sm_filter_wants_morph(filter) && !morph)
        SM_FAIL(err, SM_EUSAGE, "words of MeCab: no dictionary was opened");
    filter->morph = morph;
    return SM_OK;
}

void sm_filter_free(sm_filter *filter)
{
    if (!filter) return;
    for (size_t i = 0; i < filter->n_lists; i++) {
        sm_hosts_free(filter->lists[i]->hosts);
        sm_free(filter->lists[i]->phrases);
    }
    sm_ng_free(filter->ng);
    sm_rules_free(&filter->rules);
    sm_rules_free(&filter->lines);
    sm_free(filter->lists);
    sm_arena_free(&filter->arena);
    sm_free(filter);
}

const sm_ng *sm_filter_ng(const sm_filter *filter)
{
    return filter->ng;
}

/* ---- in a text ------------------------------------------------------------------------------------ */

void sm_text_stats_lists(sm_text_stats *stats)
{
    static const sm_ng_counts nothing[SM_NG_MAX_LISTS];
    stats->lists = nothing;
    if (!stats->filter->ng) return;
    if (!stats->scanner)
        stats->scanner = sm_ng_scanner_new(stats->filter->ng, stats->filter->morph);
    if (sm_ng_scan(stats->scanner, stats->subject.text, &stats->lists, &stats->error) < 0)
        stats->lists = nothing;
}

/* Lines in which a hit of the list begins. */
static uint64_t lines_hit(const sm_text_stats *stats, size_t list)
{
    size_t n = 0, next_line = 0;
    uint64_t lines = 0;
    const sm_span text = stats->subject.text;
    const sm_ng_hit *const hits = sm_ng_hits(stats->scanner, &n);
    for (size_t i = 0; i < n; i++) {
        if (hits[i].list != list || hits[i].begin < next_line) continue;
        const char *const feed = memchr(text.p + hits[i].begin, '\n', text.n - hits[i].begin);
        next_line = feed ? (size_t)(feed - text.p) + 1 : text.n;
        lines++;
    }
    return lines;
}

static double share_of_lines(sm_text_stats *stats, size_t list)
{
    sm_text_stats_need(stats, SM_PART(SM_PART_LINES));
    const uint64_t filled = stats->lines.filled;
    return filled ? (double)lines_hit(stats, list) / (double)filled : (double)NAN;
}

static double share_of_letters(sm_text_stats *stats, const sm_ng_counts *counts)
{
    sm_text_stats_need(stats, SM_PART(SM_PART_LETTERS));
    const uint64_t letters = stats->letters.all;
    return letters ? (double)counts->letters / (double)letters : 0.0;
}

double sm_lists_value(const sm_filter *filter, size_t list, size_t field, sm_text_stats *stats)
{
    const sm_word_list *const l = filter->lists[list];
    if (l->kind == SM_LIST_URL)
        return stats->subject.url.n == 0 ? (double)NAN
                                         : (double)sm_hosts_has(l->hosts, stats->subject.url);
    sm_text_stats_need(stats, SM_PART(SM_PART_LISTS));
    if (stats->error.code < 0 || l->ng == SIZE_MAX) return (double)NAN;
    const sm_ng_counts *const counts = &stats->lists[l->ng];
    switch (field) {
    case SM_LIST_TYPES: return (double)counts->types;
    case SM_LIST_SHARE: return share_of_letters(stats, counts);
    case SM_LIST_SCORE: return counts->score;
    case SM_LIST_LINES: return share_of_lines(stats, l->ng);
    default: return (double)counts->hits;
    }
}
