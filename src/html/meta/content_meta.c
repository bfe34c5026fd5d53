/* What is gathered about the page: values by slot and rank, elements whose text says it. See content_meta.h.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "content_internal.h"

enum {
    VALUE_BYTES = 4 << 10,
    NAME_BYTES = 120,    /* a longer author is a sentence */
    JSON_BYTES = 1 << 20 /* of one script */
};

void sm_meta_init(page_meta *m)
{
    m->json = sm_buffer_make(JSON_BYTES);
}

void sm_meta_free(page_meta *m)
{
    sm_buffer_free(&m->json);
}

void sm_meta_reset(page_meta *m)
{
    const sm_buffer json = m->json;
    *m = (page_meta){.json = json};
    sm_buffer_clear(&m->json);
}

/* ---- values ------------------------------------------------------------------------------- */

/* On one line, blanks single, cut at a character. */
static sm_span one_line(sm_content *c, sm_span text)
{
    size_t end = text.n < VALUE_BYTES ? text.n : VALUE_BYTES, n = 0;
    while (end < text.n && end && ((unsigned char)text.p[end] & 0xC0) == 0x80)
        end--;
    char *line = sm_arena_alloc(&c->kept, end + 1);
    for (size_t i = 0; i < end; i++) {
        const bool space = (unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7F;
        if (space && (n == 0 || line[n - 1] == ' ')) continue;
        line[n++] = space ? ' ' : text.p[i];
    }
    return sm_trim((sm_span){line, n});
}

static bool is_wanted(const sm_content *c, meta_slot slot, meta_rank rank)
{
    const meta_rank have = c->meta.values[slot].rank;
    return have == RANK_NONE || rank < have;
}

static void set_value(sm_content *c, meta_slot slot, meta_rank rank, sm_span text)
{
    text = sm_trim(text);
    if (text.n && is_wanted(c, slot, rank))
        c->meta.values[slot] = (meta_value){one_line(c, text), rank};
}

static void note_date(sm_content *c, meta_rank rank, sm_span text)
{
    char date[32];
    if (is_wanted(c, META_DATE, rank) && sm_date_find(text, date))
        set_value(c, META_DATE, rank, sm_span_of(date));
}

static bool is_address(sm_span s)
{
    return sm_span_starts(s, SM_SPAN("http")) || sm_span_starts(s, SM_SPAN("//")) ||
           sm_span_starts(s, SM_SPAN("@"));
}

static bool holds(sm_span all, sm_span part)
{
    for (size_t i = 0; i + part.n <= all.n; i++)
        if (memcmp(all.p + i, part.p, part.n) == 0) return true;
    return false;
}

/* What stands before a name, in lower case. */
static sm_span without_prefix(sm_span name)
{
    static const char *const prefixes[] = {"view all posts by ",
                                           "published by ",
                                           "written by ",
                                           "posted by ",
                                           "post author",
                                           "author:",
                                           "author ",
                                           "by: ",
                                           "by ",
                                           "von: ",
                                           "von ",
                                           "vom ",
                                           "autor: ",
                                           "par ",
                                           "文：",
                                           "文/",
                                           "文・",
                                           "文＝",
                                           "文／",
                                           "著者：",
                                           "著者:",
                                           "執筆：",
                                           "執筆者：",
                                           "執筆者:",
                                           "筆者：",
                                           "記者：",
                                           "作者：",
                                           "投稿者：",
                                           "投稿者:",
                                           "取材・文：",
                                           "取材・文／"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const size_t n = strlen(prefixes[i]);
        if (name.n > n && sm_is_word((sm_span){name.p, n}, prefixes[i]))
            name = sm_trim((sm_span){name.p + n, name.n - n});
    }
    return name;
}

/* Words in the place of a name, and by-lines that go on with a date. */
static bool is_no_name(sm_span name)
{
    static const char *const words[] = {"by",   "author", "the author", "name", "undefined",
                                        "null", "admin",  "comment",    "von",  "editor",
                                        "著者", "投稿者", "執筆者"};
    char date[32];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sm_is_word(name, words[i])) return true;
    return sm_date_find(name, date);
}

static void note_author(sm_content *c, meta_rank rank, sm_span name)
{
    meta_value *have = &c->meta.values[META_AUTHOR];
    name = without_prefix(sm_trim(name));
    if (!name.n || name.n > NAME_BYTES || is_address(name) || is_no_name(name)) return;
    if (have->rank != rank) {
        set_value(c, META_AUTHOR, rank, name);
        return;
    }
    if (holds(have->text, name) || have->text.n + name.n > VALUE_BYTES) return;
    const sm_span both = sm_span_of(sm_arena_printf(&c->kept, "%.*s; %.*s", (int)have->text.n,
                                                    have->text.p, (int)name.n, name.p));
    have->text = one_line(c, both);
}

void sm_meta_note(sm_content *c, meta_slot slot, meta_rank rank, sm_span text)
{
    if (slot == META_AUTHOR)
        note_author(c, rank, text);
    else if (slot == META_DATE)
        note_date(c, rank, text);
    else
        set_value(c, slot, rank, text);
}

/* ---- elements whose text says it ------------------------------------------------------------ */

void sm_meta_open(sm_content *c, uint32_t element, meta_slot slot, meta_rank rank)
{
    page_meta *m = &c->meta;
    if (m->n_captures == CAPTURES || !element) return;
    sm_stack_top(c)->captured = true;
    m->captures[m->n_captures++] = (capture){element, slot, rank, c->text.n, SIZE_MAX};
}

void sm_meta_close(sm_content *c, uint32_t element)
{
    for (size_t i = c->meta.n_captures; i-- > 0;) {
        capture *cap = &c->meta.captures[i];
        if (cap->element == element && cap->to == SIZE_MAX) cap->to = c->text.n;
    }
}

/* ---- the end of the page -------------------------------------------------------------------- */

/* The text of a capture, up to the end of the block that it begins in. */
static sm_span captured_text(const sm_content *c, const capture *cap)
{
    size_t to = cap->to < c->text.n ? cap->to : c->text.n;
    size_t low = 0, high = c->page.n_blocks;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->starts[middle] <= cap->from)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < c->page.n_blocks && c->starts[low] < to) to = c->starts[low];
    return to > cap->from ? (sm_span){c->text.p + cap->from, to - cap->from} : (sm_span){0};
}

/* Where others are named: comments, lists of other pages, forms. */
enum {
    NOT_ABOUT_PAGE = SM_TRAIT_COMMENT | SM_TRAIT_RELATED | SM_TRAIT_FORM | SM_TRAIT_FOOTER |
                     SM_TRAIT_NAV | SM_TRAIT_AD | SM_TRAIT_DIALOG
};

void sm_meta_finish(sm_content *c)
{
    page_meta *m = &c->meta;
    sm_meta_json(c, sm_buffer_span(&m->json));
    for (size_t i = 0; i < m->n_captures; i++) {
        const capture *cap = &m->captures[i];
        if (c->elements[cap->element].traits & NOT_ABOUT_PAGE) continue;
        if (is_wanted(c, cap->slot, cap->rank))
            sm_meta_note(c, cap->slot, cap->rank, captured_text(c, cap));
    }
}
