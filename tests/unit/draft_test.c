/* White space, line joining and counting of text, against the rules a character at a time; on all characters, and
 * on runs of those that the rules tell apart.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/content.h>
#include <seimai/script.h>
#include <seimai/utf8.h>

/* ---- the slow way: one character, one decision ---------------------------------------------------- */

typedef struct slow_draft {
    sm_buffer text;
    sm_block counts;
    uint32_t last; /* 0 at the beginning */
    int gap;       /* 0 none, 1 blank, 2 line end */
} slow_draft;

static bool is_dropped(uint32_t c)
{
    return c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0xAD || c == 0x7F || c < 0x20 ||
           (c >= 0x80 && c <= 0x9F);
}

static int gap_of(uint32_t c)
{
    if (c == ' ' || c == '\t' || c == 0xA0) return 1;
    return c == '\n' || c == '\f' || c == 0x2028 || c == 0x2029 ? 2 : 0;
}

static bool is_one_of(uint32_t c, const char *set)
{
    for (const char *p = set, *end = set + strlen(set); p < end;)
        if (sm_utf8_next(&p, end) == c) return true;
    return false;
}

static void put(sm_buffer *text, uint32_t c)
{
    char utf8[4];
    sm_buffer_put(text, (sm_span){utf8, sm_utf8_put(c, utf8)});
}

static void slow_count(slow_draft *d, uint32_t c)
{
    const sm_script script = sm_script_of(c);
    d->counts.width += c >= 0x1100 && sm_script_is_wide(c) ? 2 : 1;
    d->counts.words += script <= SM_DIGIT;
    d->counts.kana += script == SM_HIRAGANA || script == SM_KATAKANA;
    d->counts.full_stops += is_one_of(c, "。．！？.!?」");
    d->counts.commas += is_one_of(c, "、，,");
    d->last = c;
}

static void slow_flowing(slow_draft *d, uint32_t c)
{
    const int gap = c == 0x3000 && !d->last ? 1 : gap_of(c);
    if (gap > d->gap) d->gap = gap;
    if (gap || is_dropped(c)) return;
    const bool joins = d->gap == 2 && sm_script_is_wide(d->last) && sm_script_is_wide(c);
    if (d->gap && d->last && !joins) put(&d->text, ' ');
    d->gap = 0;
    put(&d->text, c);
    slow_count(d, c);
}

static void slow_verbatim(slow_draft *d, uint32_t c)
{
    if (!gap_of(c) && is_dropped(c)) return;
    put(&d->text, c == 0xA0 ? ' ' : c);
    if (!gap_of(c)) slow_count(d, c);
}

/* ---- both ways ------------------------------------------------------------------------------------ */

/* White space at the end is trimmed, a first line feed of <pre> is none, and text without a character is no
 * block. */
static slow_draft slow_draft_of(sm_span text, bool verbatim)
{
    slow_draft d = {.text = sm_buffer_make(1 << 20)};
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        const bool is_first = p == text.p;
        const uint32_t c = sm_utf8_next(&p, end);
        if (verbatim && is_first && c == '\n') continue;
        if (verbatim)
            slow_verbatim(&d, c);
        else
            slow_flowing(&d, c);
    }
    while (d.text.n && strchr(" \t\n\f\r", d.text.p[d.text.n - 1]))
        d.text.n--;
    if (!d.counts.width) d.text.n = 0;
    return d;
}

static void assert_same(sm_content *c, sm_span text, bool verbatim)
{
    static const char *const open[] = {"<p>", "<pre>"};
    sm_buffer page = sm_buffer_make(1 << 20);
    sm_buffer_puts(&page, open[verbatim]);
    sm_buffer_put(&page, text);
    slow_draft slow = slow_draft_of(text, verbatim);
    const sm_page *parsed = sm_content_parse(c, sm_buffer_span(&page));
    assert_int_equal(parsed->n_blocks, slow.text.n > 0);
    if (slow.text.n) {
        const sm_block *b = &parsed->blocks[0];
        assert_true(sm_span_equal(b->text, sm_buffer_span(&slow.text)));
        assert_int_equal(b->width, slow.counts.width);
        assert_int_equal(b->words, slow.counts.words);
        assert_int_equal(b->kana, slow.counts.kana);
        assert_int_equal(b->full_stops, slow.counts.full_stops);
        assert_int_equal(b->commas, slow.counts.commas);
    }
    sm_buffer_free(&slow.text);
    sm_buffer_free(&page);
}

static bool is_markup(uint32_t c)
{
    return c == '<' || c == '&' || c == '\r' || c == 0;
}

static void every_character(void **state)
{
    (void)state;
    sm_content *c = sm_content_new();
    sm_buffer text = sm_buffer_make(1 << 12);
    for (uint32_t ch = 1; ch < 0x110000;
         ch += ch < 0x3100 || (ch > 0xFE00 && ch < 0x10000) ? 1 : 97) {
        if (is_markup(ch) || (ch >= 0xD800 && ch < 0xE000)) continue;
        sm_buffer_clear(&text);
        for (int i = 0; i < 3; i++) {
            sm_buffer_puts(&text, i == 1 ? "米" : "a ");
            put(&text, ch);
        }
        assert_same(c, sm_buffer_span(&text), false);
        assert_same(c, sm_buffer_span(&text), true);
    }
    sm_buffer_free(&text);
    sm_content_free(c);
}

/* Texts of up to 4,000 characters drawn from those that matter: longer than what is counted at once. */
static void runs_of_characters(void **state)
{
    (void)state;
    static const uint32_t set[] = {'a',     'Z',     '1',    ' ',    ' ',    '\n',   '\t',
                                   '\f',    '.',     ',',    '!',    '-',    0xA0,   0xAD,
                                   0xE9,    0x200B,  0x2028, 0x3000, 0x3001, 0x3002, 0x300D,
                                   0x3042,  0x30A2,  0x7C73, 0xAC00, 0xFEFF, 0xFF01, 0xFF21,
                                   0x1F35A, 0x20000, 0x7F,   0x85};
    sm_content *c = sm_content_new();
    sm_buffer text = sm_buffer_make(1 << 16);
    uint64_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        const size_t n = round % 50 ? (size_t)round % 40 : 4000;
        sm_buffer_clear(&text);
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            /* Long texts are mostly plain, so that a run outlasts a chunk. */
            const size_t at = (size_t)(seed >> 33) % (sizeof set / sizeof *set);
            put(&text, n < 100 || (seed >> 50) % 500 == 0 ? set[at] : set[at % 3 ? 21 : 0]);
        }
        assert_same(c, sm_buffer_span(&text), round & 1);
    }
    sm_buffer_free(&text);
    sm_content_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),
        cmocka_unit_test(runs_of_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
