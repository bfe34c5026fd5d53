/* Steps that take lines out of a text.
 * SPDX-License-Identifier: MIT */
#include "rewrite_internal.h"

#include <seimai/category.h>
#include <seimai/utf8.h>
#include <string.h>

/* ---- lines one by one ---------------------------------------------------------------------------- */

/* Leaves the lines for which `keeps` says 1, joined by LF; 0 cuts, less than 0 is an error. */
static int keep_lines(sm_rewriting *r, int (*keeps)(sm_rewriting *, sm_span, sm_error *),
                      sm_error *err)
{
    const sm_span text = r->subject.text;
    sm_cut cut = {.text = text, .arena = r->arena};
    bool last_is_cut = false;
    for (size_t at = 0, next = 0; at <= text.n; at = next) {
        const sm_span line = sm_line_at(text, at, &next);
        const int kept = keeps(r, line, err);
        SM_TRY(kept);
        if (!kept) sm_cut_put(&cut, at, next <= text.n ? next : text.n, (sm_span){0});
        r->lines += !kept;
        last_is_cut = !kept;
    }
    r->subject.text = sm_cut_end(&cut);
    if (last_is_cut && r->subject.text.n > 0) r->subject.text.n--; /* the LF before it */
    return SM_OK;
}

static int rules_keep(sm_rewriting *r, sm_span line, sm_error *err)
{
    const sm_subject subject = {.text = line, .url = r->subject.url};
    if (sm_is_blank(line)) return 1;
    const int verdict = sm_judge_line(r->judge, &subject, err);
    return verdict < 0 ? verdict : verdict == SM_KEEP;
}

int sm_step_lines(sm_rewriting *r, sm_error *err)
{
    return keep_lines(r, rules_keep, err);
}

/* Unicode's scripts Hiragana and Katakana, and ー. */
static bool is_kana(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0x3041, 0x3096},   {0x309D, 0x309F},   {0x30A1, 0x30FA},   {0x30FC, 0x30FF},
        {0x31F0, 0x31FF},   {0x32D0, 0x32FE},   {0x3300, 0x3357},   {0xFF66, 0xFF6F},
        {0xFF71, 0xFF9D},   {0x1AFF0, 0x1AFF3}, {0x1AFF5, 0x1AFFB}, {0x1AFFD, 0x1AFFE},
        {0x1B000, 0x1B128}, {0x1B132, 0x1B132}, {0x1B150, 0x1B152}, {0x1B155, 0x1B155},
        {0x1B164, 0x1B168}, {0x1F200, 0x1F200}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && c >= ranges[i][0]; i++)
        if (c <= ranges[i][1]) return true;
    return false;
}

static int has_kana(sm_rewriting *r, sm_span line, sm_error *err)
{
    (void)r, (void)err;
    const char *p = line.p;
    const char *const end = p + line.n;
    while (p < end)
        if (is_kana(sm_utf8_next(&p, end))) return 1;
    return 0;
}

int sm_step_kana_lines(sm_rewriting *r, sm_error *err)
{
    return keep_lines(r, has_kana, err);
}

int sm_step_join_lines(sm_rewriting *r, sm_error *err)
{
    (void)err;
    const sm_span text = r->subject.text;
    sm_cut cut = {.text = text, .arena = r->arena};
    for (size_t at = 0, next = 0; at <= text.n; at = next) {
        (void)sm_line_at(text, at, &next);
        if (next <= text.n) sm_cut_put(&cut, next - 1, next, (sm_span){0});
    }
    r->subject.text = sm_cut_end(&cut);
    return SM_OK;
}

/* ---- tables -------------------------------------------------------------------------------------- */

static bool is_bars(sm_span line)
{
    bool any = false;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != '|' && line.p[i] != ' ') return false;
        any |= line.p[i] == '|';
    }
    return any;
}

/* datatrove's SymbolLinesFormatter puts a line that is itself an LF in the place of a run of such lines. */
int sm_step_symbol_lines(sm_rewriting *r, sm_error *err)
{
    (void)err;
    const sm_span text = r->subject.text;
    sm_cut cut = {.text = text, .arena = r->arena};
    size_t begin = SIZE_MAX, end = 0; /* of the run, its last LF not counted */
    for (size_t at = 0, next = 0; at <= text.n; at = next) {
        const sm_span line = sm_line_at(text, at, &next);
        if (is_bars(line)) {
            if (begin == SIZE_MAX) begin = at;
            end = at + line.n;
            r->lines++;
        } else if (begin != SIZE_MAX) {
            sm_cut_put(&cut, begin, end, SM_SPAN("\n"));
            begin = SIZE_MAX;
        }
    }
    if (begin != SIZE_MAX) sm_cut_put(&cut, begin, end, SM_SPAN("\n"));
    r->subject.text = sm_cut_end(&cut);
    return SM_OK;
}

/* ---- the end of a page --------------------------------------------------------------------------- */

/* Cuts the text before the line that begins at `at`, and the LF before it. */
static void cut_from(sm_rewriting *r, size_t at)
{
    const sm_span rest = {r->subject.text.p + at, r->subject.text.n - at};
    r->lines++;
    for (size_t i = 0; i < rest.n; i++)
        r->lines += rest.p[i] == '\n';
    r->subject.text.n = at > 0 ? at - 1 : 0;
}

enum { OPENER_BITS = 12, OPENERS = 1 << OPENER_BITS };

/* The first two characters of a phrase, or the only one and 0, by hash: below OPENERS. */
static unsigned opener(uint32_t first, uint32_t second)
{
    return ((first * 0x9E3779B1u) ^ (second * 0x85EBCA6Bu)) >> (32 - OPENER_BITS);
}

static unsigned opener_of(sm_span phrase)
{
    const char *p = phrase.p;
    const char *const end = p + phrase.n;
    const uint32_t first = sm_utf8_next(&p, end);
    return opener(first, p < end ? sm_utf8_next(&p, end) : 0);
}

static const char *find(sm_span text, sm_span what)
{
    const char *const end = text.p + text.n;
    for (const char *p = text.p; (size_t)(end - p) >= what.n; p++) {
        p = memchr(p, what.p[0], (size_t)(end - p) - what.n + 1);
        if (!p) return NULL;
        if (memcmp(p, what.p, what.n) == 0) return p;
    }
    return NULL;
}

/* str.replace(phrase, ''): takes all out of the line, in place. */
static void take_out(char *line, size_t *n, sm_span phrase)
{
    size_t left = 0, at = 0;
    const char *p = NULL;
    while ((p = find((sm_span){line + at, *n - at}, phrase)) != NULL) {
        const size_t before = (size_t)(p - line) - at;
        memmove(line + left, line + at, before);
        left += before;
        at += before + phrase.n;
    }
    memmove(line + left, line + at, *n - at);
    *n = left + *n - at;
}

/* Which phrases may stand in a line: those whose first two characters do. Few characters open one at all. */
static void note_openers(const sm_word_list *list, sm_span line, bool opens[OPENERS])
{
    const char *p = line.p;
    const char *const end = p + line.n;
    uint32_t before = 0;
    while (p < end) {
        const uint32_t c = sm_utf8_next(&p, end);
        if (before) opens[opener(before, c)] = true;
        const bool begins = list->first[c / 8 % sizeof list->first] >> c % 8 & 1;
        if (begins) opens[opener(c, 0)] = true;
        before = begins ? c : 0;
    }
}

/* Swallow's measure: phrases are taken out of the line one after the other, the longest first, and found again where the
 * line has grown together; more than .3 of its letters must go. */
static bool is_footer(const sm_word_list *list, sm_span line, sm_arena *arena)
{
    bool opens[OPENERS] = {false};
    size_t n = line.n;
    char *left = NULL;
    note_openers(list, line, opens);
    for (size_t i = 0; i < list->n_phrases && n > 0; i++) {
        const size_t before = n;
        if (!opens[opener_of(list->phrases[i])]) continue;
        if (!left) left = memcpy(sm_arena_alloc(arena, n), line.p, n);
        take_out(left, &n, list->phrases[i]);
        if (n < before) note_openers(list, (sm_span){left, n}, opens);
    }
    if (n == line.n) return false;
    const size_t all = sm_utf8_count(line);
    const size_t matched = all - sm_utf8_count((sm_span){left, n});
    return 0.3 < (double)matched / (double)all;
}

int sm_step_footer(sm_rewriting *r, sm_error *err)
{
    enum { LAST_LINES = 10 };
    (void)err;
    const sm_span text = r->subject.text;
    size_t at = text.n;
    for (int lines = 0; at > 0; at--) /* to the start of the tenth line from the end */
        if (text.p[at - 1] == '\n' && ++lines == LAST_LINES) break;
    for (size_t next = 0; at <= text.n; at = next) {
        const sm_span line = sm_line_at(text, at, &next);
        if (!is_footer(r->list, line, r->arena)) continue;
        cut_from(r, at);
        return SM_OK;
    }
    return SM_OK;
}

/* ---- Wikipedia ----------------------------------------------------------------------------------- */

static sm_span strip_end(sm_span line)
{
    size_t end = 0; /* behind the last character that is no white space */
    const char *p = line.p;
    while (p < line.p + line.n)
        if (!sm_is_white_space(sm_utf8_next(&p, line.p + line.n))) end = (size_t)(p - line.p);
    return (sm_span){line.p, end};
}

static bool is_notes_heading(sm_span line)
{
    static const char *const names[] = {
        "脚注",      "関連項目",        "日本国内の関連項目", "出典",           "出典・脚注",
        "参照",      "外部リンク",      "参考文献",           "その他関連事項", "Footnotes",
        "See also",  "Further reading", "Bibliography",       "References",     "Notes",
        "Citations", "Sources",         "External links"};
    const sm_span stripped = strip_end(line);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sm_span_equal(stripped, sm_span_of(names[i]))) return true;
    return false;
}

/* A heading stands between two line feeds: neither on the first line nor on one that ends the text. */
int sm_step_notes(sm_rewriting *r, sm_error *err)
{
    (void)err;
    const sm_span text = r->subject.text;
    for (size_t at = 0, next = 0; at < text.n; at = next) {
        const sm_span line = sm_line_at(text, at, &next);
        if (at == 0 || next > text.n || !is_notes_heading(line)) continue;
        cut_from(r, at);
        return SM_OK;
    }
    return SM_OK;
}
