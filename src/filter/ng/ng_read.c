/* ng_read.c - list files: a word a line, or our rows of word, class, weight and flags.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/category.h>
#include <seimai/utf8.h>

#include <stdlib.h>
#include <string.h>

static const char HEAD[] = "# seimai-ng 1";

typedef struct reader {
    sm_ng *ng;
    const char *file;
    int line;
    uint32_t list, order;
    bool ours;
    sm_error *err;
} reader;

static const struct {
    const char *name;
    ng_kind kind;
    ng_class class;
} classes[] = {
    {"-", NG_WORD, NG_AUTO}, {"", NG_WORD, NG_AUTO},   {"K", NG_WORD, NG_K},
    {"L", NG_WORD, NG_L},    {"H", NG_WORD, NG_H},     {"C", NG_WORD, NG_C},
    {"M", NG_WORD, NG_M},    {"any", NG_WORD, NG_ANY}, {"ok", NG_EXCEPTION, NG_ANY},
    {"cue", NG_CUE, NG_ANY},
};

static const struct {
    char letter;
    uint8_t flag;
} flags[] = {{'k', NG_FLAG_KANA},   {'m', NG_FLAG_MASK}, {'s', NG_FLAG_SPACED},
             {'e', NG_FLAG_EXCUSE}, {'o', NG_FLAG_OLD},  {'<', NG_FLAG_BEGIN},
             {'>', NG_FLAG_END}};

/* Cuts white space of any kind at both ends, as Python's strip. */
static sm_span trim(sm_span s)
{
    const char *p = s.p, *const end = s.p + s.n;
    const char *begin = end, *last = s.p;
    while (p < end) {
        const char *const at = p;
        if (sm_is_white_space(sm_utf8_next(&p, end))) continue;
        if (begin == end) begin = at;
        last = p;
    }
    return begin == end ? (sm_span){begin, 0} : (sm_span){begin, (size_t)(last - begin)};
}

/* Takes the part before the next `stop` off the front. */
static sm_span cut(sm_span *rest, char stop)
{
    const char *const at = rest->n ? memchr(rest->p, stop, rest->n) : NULL;
    const sm_span part = {rest->p, at ? (size_t)(at - rest->p) : rest->n};
    const size_t skip = part.n + (at != NULL);
    *rest = (sm_span){rest->p + skip, rest->n - skip};
    return part;
}

static int read_class(const reader *r, sm_span text, ng_entry *entry)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (sm_span_equal(text, sm_span_of(classes[i].name))) {
            entry->kind = (uint8_t)classes[i].kind;
            entry->class = (uint8_t)classes[i].class;
            return 0;
        }
    SM_FAIL(r->err, SM_EUSAGE, "%s:%d: class '%.*s': K, L, H, C, M, any, ok, cue or -", r->file,
            r->line, (int)text.n, text.p);
}

static int read_weight(const reader *r, sm_span text, double *weight)
{
    *weight = 1;
    if (text.n == 0 || sm_span_equal(text, SM_SPAN("-"))) return 0;
    char number[32];
    if (text.n >= sizeof number)
        SM_FAIL(r->err, SM_EUSAGE, "%s:%d: weight: too long a number", r->file, r->line);
    memcpy(number, text.p, text.n);
    number[text.n] = 0;
    char *end = number;
    *weight = strtod(number, &end);
    if (*end == 0 && *weight > 0 && *weight <= 100) return 0;
    SM_FAIL(r->err, SM_EUSAGE, "%s:%d: weight '%s': a number above 0, at most 100", r->file,
            r->line, number);
}

static int read_flags(const reader *r, sm_span text, uint8_t *set)
{
    for (size_t i = 0; i < text.n && text.p[0] != '-'; i++) {
        size_t k = 0;
        while (k < sizeof flags / sizeof *flags && flags[k].letter != text.p[i])
            k++;
        if (k == sizeof flags / sizeof *flags)
            SM_FAIL(r->err, SM_EUSAGE, "%s:%d: flag '%c': k, m, s, e, o, < or >", r->file,
                    r->line, text.p[i]);
        *set |= flags[k].flag;
    }
    return 0;
}

static int check_word(const reader *r, sm_span word)
{
    if (sm_utf8_count(word) > SM_NG_MAX_WORD)
        SM_FAIL(r->err, SM_EUSAGE, "%s:%d: a word of more than %d characters", r->file, r->line,
                SM_NG_MAX_WORD);
    for (const char *p = word.p; p < word.p + word.n;)
        if (sm_utf8_next(&p, word.p + word.n) >= NG_CODES)
            SM_FAIL(r->err, SM_EUSAGE, "%s:%d: a character beyond U+2FFFF", r->file, r->line);
    return 0;
}

static void append(sm_ng *ng, ng_entry entry)
{
    entry.word = sm_arena_copy(&ng->arena, entry.word);
    ng->entries = sm_array_grow(ng->entries, ng->n_entries, &ng->cap_entries, sizeof entry);
    ng->entries[ng->n_entries++] = entry;
}

static int read_row(reader *r, sm_span line)
{
    ng_entry entry = {.weight = 1, .list = r->list, .order = r->order};
    sm_span rest = line;
    entry.word = trim(r->ours ? cut(&rest, '\t') : line);
    if (entry.word.n == 0) return 0;
    SM_TRY(check_word(r, entry.word));
    if (r->ours) {
        SM_TRY(read_class(r, trim(cut(&rest, '\t')), &entry));
        SM_TRY(read_weight(r, trim(cut(&rest, '\t')), &entry.weight));
        SM_TRY(read_flags(r, trim(cut(&rest, '\t')), &entry.flags));
    }
    if (trim(rest).n && r->ours)
        SM_FAIL(r->err, SM_EUSAGE, "%s:%d: more than word, class, weight, flags", r->file,
                r->line);
    if (r->list == SM_NG_MAX_LISTS && entry.kind == NG_WORD)
        SM_FAIL(r->err, SM_EUSAGE, "%s:%d: only rows of class ok and cue belong here", r->file,
                r->line);
    append(r->ng, entry);
    r->order++;
    return 0;
}

int ng_read_list(sm_ng *ng, uint32_t list, const char *file, sm_span text, sm_error *err)
{
    reader r = {.ng = ng, .file = file, .list = list, .err = err};
    if (sm_span_starts(text, SM_SPAN("\xEF\xBB\xBF"))) text = (sm_span){text.p + 3, text.n - 3};
    r.ours = sm_span_starts(text, sm_span_of(HEAD));
    while (text.n) {
        r.line++;
        const sm_span line = cut(&text, '\n');
        if (sm_utf8_check(line) != line.n)
            SM_FAIL(err, SM_EUSAGE, "%s:%d: not UTF-8", file, r.line);
        if (r.ours && sm_span_starts(line, SM_SPAN("#"))) continue;
        SM_TRY(read_row(&r, line));
    }
    if (r.order == 0) SM_FAIL(err, SM_EUSAGE, "%s: a list without words", file);
    return 0;
}
