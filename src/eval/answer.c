/* Answers to questions: their form, exact match, F1 of characters, abstention. See seimai/metric.h.
 * SPDX-License-Identifier: MIT */
#include "code_points.h"

#include <seimai/category.h>
#include <seimai/file.h>
#include <seimai/metric.h>
#include <seimai/normalize.h>
#include <seimai/utf8.h>

#include <stdlib.h>

enum { MAX_PHRASES = 1 << 20 }; /* bytes of a list */

static bool is_left_out(uint32_t c)
{
    return sm_is_ascii_punctuation(c) || sm_is_python_space(c) ||
           sm_category_in(c, SM_IN_P | 1U << SM_CF);
}

int sm_metric_form(sm_span text, sm_arena *arena, sm_span *form, sm_error *err)
{
    sm_span nfkc;
    SM_TRY(sm_normalize(SM_FORM_NFKC, text, arena, &nfkc, err));
    /* A lower-case letter may be a byte longer than its capital (U+023A, 2 bytes; U+2C65, 3). */
    char *const out = sm_arena_alloc(arena, 2 * nfkc.n);
    const char *p = nfkc.p, *const end = nfkc.p + nfkc.n;
    *form = (sm_span){out, 0};
    while (p < end) {
        const uint32_t c = sm_utf8_next(&p, end);
        if (!is_left_out(c)) form->n += sm_utf8_put(sm_lower_of(c), out + form->n);
    }
    return SM_OK;
}

bool sm_metric_exact(sm_span answer, sm_span reference)
{
    return sm_span_equal(answer, reference);
}

static sm_characters sorted(sm_span text, sm_arena *arena)
{
    const sm_characters s = sm_characters_of(text, arena);
    qsort(s.p, s.n, sizeof *s.p, sm_order_u32);
    return s;
}

sm_prf sm_metric_f1(sm_span answer, sm_span reference, sm_arena *arena)
{
    const sm_characters a = sorted(answer, arena), b = sorted(reference, arena);
    if (a.n == 0 && b.n == 0) return (sm_prf){1, 1, 1};
    size_t both = 0;
    for (size_t i = 0, j = 0; i < a.n && j < b.n;) {
        both += a.p[i] == b.p[j];
        const bool ahead = a.p[i] <= b.p[j], behind = a.p[i] >= b.p[j];
        i += ahead;
        j += behind;
    }
    if (both == 0) return (sm_prf){0, 0, 0};
    const double precision = (double)both / (double)a.n, recall = (double)both / (double)b.n;
    return (sm_prf){precision, recall, 2 * precision * recall / (precision + recall)};
}

/* ---- abstention ---------------------------------------------------------------------------------- */

/* A line of the list that is no comment, its `=` taken off. */
static int read_phrase(sm_span line, const char *path, int number, sm_arena *arena,
                       sm_span *form, sm_error *err)
{
    if (sm_utf8_check(line) < line.n) SM_FAIL(err, SM_EFORMAT, "%s:%d: no UTF-8", path, number);
    SM_TRY(sm_metric_form(line, arena, form, err));
    if (form->n > 0) return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s:%d: a phrase without a letter", path, number);
}

static sm_span next_line(sm_span *rest)
{
    const char *const end = sm_span_find(*rest, SM_SPAN("\n"));
    sm_span line = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    *rest = sm_span_from(*rest, line.n + (end != NULL));
    if (sm_span_ends(line, SM_SPAN("\r"))) line.n--;
    return line;
}

static size_t count_lines(sm_span text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static int read_phrases(sm_span text, const char *path, sm_arena *arena, sm_phrases *phrases,
                        sm_error *err)
{
    const size_t lines = count_lines(text);
    sm_span *const items = sm_arena_zalloc(arena, lines, sizeof *items);
    bool *const whole = sm_arena_zalloc(arena, lines, sizeof *whole);
    *phrases = (sm_phrases){items, whole, 0};
    for (int number = 1; text.n > 0; number++) {
        sm_span line = next_line(&text);
        if (line.n == 0 || line.p[0] == '#') continue;
        whole[phrases->n] = line.p[0] == '=';
        line = sm_span_from(line, whole[phrases->n]);
        SM_TRY(read_phrase(line, path, number, arena, &items[phrases->n], err));
        phrases->n++;
    }
    if (phrases->n == 0) SM_FAIL(err, SM_EUSAGE, "%s: not one phrase", path);
    return SM_OK;
}

int sm_phrases_read(sm_phrases *phrases, const char *path, sm_arena *arena, sm_error *err)
{
    sm_buffer text = sm_buffer_make(MAX_PHRASES);
    int status = sm_file_read(path, &text, err);
    if (status == SM_OK)
        status = read_phrases(sm_buffer_span(&text), path, arena, phrases, err);
    sm_buffer_free(&text);
    return status;
}

bool sm_metric_abstains(sm_span form, const sm_phrases *phrases)
{
    for (size_t i = 0; i < phrases->n; i++)
        if (phrases->whole[i] ? sm_span_equal(form, phrases->items[i])
                              : sm_span_find(form, phrases->items[i]) != NULL)
            return true;
    return false;
}
