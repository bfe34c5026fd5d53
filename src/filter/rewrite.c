/* Rewriting: the table of steps, and the walk through those of a preset.
 * SPDX-License-Identifier: MIT */
#include "rewrite_internal.h"

#include <seimai/utf8.h>
#include <string.h>

static const struct {
    const char *name, *about;
    bool wants_list;
    int (*run)(sm_rewriting *r, sm_error *err);
} steps[] = {
    {"lines", "cut the lines that a rule on lines refuses", false, sm_step_lines},
    {"punctuation", "，．in Japanese become 、。where they are the text's habit (Swallow)",
     false, sm_step_punctuation},
    {"footer",
     "cut the page's end, from the first of the last ten lines made of the list's phrases",
     true, sm_step_footer},
    {"kana-lines", "keep the lines with kana (llm-jp)", false, sm_step_kana_lines},
    {"urls", "cut http://… and the letters that follow (llm-jp)", false, sm_step_urls},
    {"ascii-runs", "cut runs of 100 ASCII characters or more in a line (llm-jp)", false,
     sm_step_ascii_runs},
    {"join-lines", "take the line feeds out (llm-jp)", false, sm_step_join_lines},
    {"wikipedia-notes", "cut from the first heading 脚注, 関連項目, 外部リンク … (llm-jp)",
     false, sm_step_notes},
    {"empty-parentheses", "take out （、）and what templates leave in them (llm-jp)", false,
     sm_step_parentheses},
    {"symbol-lines", "a run of lines made of | becomes blank (FineWeb2)", false,
     sm_step_symbol_lines},
    {"citations", "take out [12], [edit], [citation needed] (C4)", false, sm_step_citations},
};

enum { STEPS = sizeof steps / sizeof *steps };

const char *sm_filter_step_name(size_t i)
{
    return i < STEPS ? steps[i].name : NULL;
}

const char *sm_filter_step_about(size_t i)
{
    return i < STEPS ? steps[i].about : NULL;
}

bool sm_steps_find(sm_span name, size_t *kind)
{
    for (*kind = 0; *kind < STEPS; ++*kind)
        if (sm_span_equal(name, sm_span_of(steps[*kind].name))) return true;
    return false;
}

bool sm_steps_want_list(size_t kind)
{
    return steps[kind].wants_list;
}

size_t sm_steps_lines(void)
{
    return 0;
}

/* ---- means -------------------------------------------------------------------------------------- */

static void copy(sm_cut *cut, sm_span bytes)
{
    if (bytes.n > 0) memcpy(cut->out + cut->n_out, bytes.p, bytes.n);
    cut->n_out += bytes.n;
}

void sm_cut_put(sm_cut *cut, size_t begin, size_t end, sm_span bytes)
{
    if (!cut->out) cut->out = sm_arena_alloc(cut->arena, cut->text.n);
    copy(cut, (sm_span){cut->text.p + cut->taken, begin - cut->taken});
    copy(cut, bytes);
    cut->taken = end;
}

sm_span sm_cut_end(sm_cut *cut)
{
    if (!cut->out) return cut->text;
    copy(cut, (sm_span){cut->text.p + cut->taken, cut->text.n - cut->taken});
    return (sm_span){cut->out, cut->n_out};
}

sm_span sm_line_at(sm_span text, size_t at, size_t *next)
{
    const char *const feed = memchr(text.p + at, '\n', text.n - at);
    const size_t end = feed ? (size_t)(feed - text.p) : text.n;
    *next = end + 1;
    return (sm_span){text.p + at, end - at};
}

bool sm_is_blank(sm_span text)
{
    const char *p = text.p;
    const char *const end = text.n ? p + text.n : p;
    while (p < end)
        if (!sm_is_white(sm_utf8_next(&p, end))) return false;
    return true;
}

/* ---- the walk ----------------------------------------------------------------------------------- */

bool sm_filter_rewrites(const sm_filter *filter, sm_filter_when when)
{
    for (size_t i = 0; i < filter->n_steps; i++)
        if (filter->steps[i].when == when) return true;
    return false;
}

static int run_step(sm_rewriting *r, const sm_step *step, sm_filter_edits *edits, sm_error *err)
{
    const sm_span before = r->subject.text;
    r->list = step->list;
    r->lines = 0;
    if (before.n == 0) return SM_OK;
    SM_TRY(steps[step->kind].run(r, err));
    const sm_span after = r->subject.text;
    if (after.p == before.p && after.n == before.n) return SM_OK;
    edits->texts[step->kind]++;
    edits->lines[step->kind] += r->lines;
    edits->bytes[step->kind] += before.n - after.n;
    return SM_OK;
}

int sm_filter_rewrite(sm_filter_judge *judge, sm_filter_when when, const sm_subject *subject,
                      sm_arena *arena, sm_span *out, sm_filter_edits *edits, sm_error *err)
{
    const sm_filter *const f = sm_judge_filter(judge);
    sm_rewriting r = {.judge = judge, .subject = *subject, .arena = arena};
    *out = subject->text;
    for (size_t i = 0; i < f->n_steps; i++)
        if (f->steps[i].when == when) SM_TRY(run_step(&r, &f->steps[i], edits, err));
    *out = r.subject.text;
    const bool changed = out->p != subject->text.p || out->n != subject->text.n;
    return changed && sm_is_blank(*out) && !sm_is_blank(subject->text) ? SM_DROP : SM_KEEP;
}
