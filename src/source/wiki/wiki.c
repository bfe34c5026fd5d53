/* MediaWiki dumps: one <page> a record, split by a scanner that looks for nothing but its ends.
 * SPDX-License-Identifier: MIT
 *
 * All text of a dump is escaped, so the bytes <page> and </page> are those tags wherever they stand. Pages of other
 * namespaces and redirects are passed over here; wikitext is left to the map. */
#include <string.h>

#include "wiki_internal.h"
#include "wikitext_internal.h"

enum { HEAD_BYTES = 16 << 10, SITE_BYTES = 1 << 20, LONGEST_TAG = 16 };

/* What <siteinfo> says. */
typedef struct wiki_state {
    char *base, *name, *lang;
    bool ended; /* </mediawiki> was seen */
} wiki_state;

/* ---- the head of the dump ---------------------------------------------------------------------------- */

/* The bytes between two marks; empty if they are not there. */
static sm_span between(sm_span s, const char *before, const char *after)
{
    const sm_span open = sm_span_of(before);
    const char *from = sm_span_find(s, open);
    if (!from) return (sm_span){0};
    const sm_span rest = sm_span_from(s, (size_t)(from - s.p) + open.n);
    const char *to = sm_span_find(rest, sm_span_of(after));
    return to ? (sm_span){rest.p, (size_t)(to - rest.p)} : (sm_span){0};
}

int wiki_open(sm_container *c, sm_error *err)
{
    (void)err;
    wiki_state *state = sm_calloc(1, sizeof *state);
    const size_t n = window_want(&c->window, HEAD_BYTES);
    sm_span head = {window_view(&c->window).p, n < HEAD_BYTES ? n : HEAD_BYTES};
    const char *page = sm_span_find(head, SM_SPAN("<page>"));
    if (page) head.n = (size_t)(page - head.p);
    state->base = sm_strdup(between(head, "<base>", "</base>"));
    state->name = sm_strdup(between(head, "<sitename>", "</sitename>"));
    state->lang = sm_strdup(between(head, "xml:lang=\"", "\""));
    c->state = state;
    return 0;
}

void wiki_close(sm_container *c)
{
    wiki_state *state = c->state;
    if (!state) return;
    sm_free(state->base);
    sm_free(state->name);
    sm_free(state->lang);
    sm_free(state);
}

/* ---- pages ------------------------------------------------------------------------------------------- */

/* Looks for a mark within the next `max` bytes: where it begins, or SIZE_MAX with *seen bytes without it. */
static size_t look_for(window *w, sm_span mark, size_t max, size_t *seen)
{
    for (*seen = 0;;) {
        const size_t from = *seen > mark.n ? *seen - mark.n : 0;
        const size_t have = window_want(w, *seen + 1);
        const sm_span view = window_view(w);
        const char *p = have > from ? sm_span_find(sm_span_from(view, from), mark) : NULL;
        if (p && (size_t)(p - view.p) + mark.n <= max) return (size_t)(p - view.p);
        if (have <= *seen || have > max) {
            *seen = have;
            return SIZE_MAX;
        }
        *seen = have;
    }
}

/* Takes what lies before a mark; false at the end of the input. */
static bool skip_to(sm_container *c, sm_span mark)
{
    wiki_state *state = c->state;
    for (;;) {
        size_t seen;
        const size_t at = look_for(&c->window, mark, SITE_BYTES, &seen);
        const sm_span before = {window_view(&c->window).p, at == SIZE_MAX ? seen : at};
        if (before.n && sm_span_find(before, SM_SPAN("</mediawiki>"))) state->ended = true;
        if (at != SIZE_MAX) return window_take(&c->window, NULL, at) == at;
        if (seen <= LONGEST_TAG) {
            (void)window_take(&c->window, NULL, seen);
            return false;
        }
        const size_t rest = c->window.ended ? 0 : LONGEST_TAG;
        (void)window_take(&c->window, NULL, seen - rest);
    }
}

/* What a page says before its revision. */
static sm_span page_head(sm_span page)
{
    const char *revision = sm_span_find(page, SM_SPAN("<revision"));
    return revision ? (sm_span){page.p, (size_t)(revision - page.p)} : page;
}

static bool passed_over(sm_container *c, sm_span head)
{
    const sm_span ns = between(head, "<ns>", "</ns>");
    const bool other = ns.n && !sm_span_equal(ns, SM_SPAN("0"));
    const bool redirect = !other && sm_span_find(head, SM_SPAN("<redirect")) != NULL;
    c->counts->other_namespaces += other;
    c->counts->redirects += redirect;
    return other || redirect;
}

static void describe(const sm_container *c, sm_record *record, sm_span head, sm_arena *arena)
{
    const wiki_state *state = c->state;
    const sm_span id = between(head, "<id>", "</id>");
    page_source *source = container_describe(c, record, arena);
    source->url = sm_arena_copy(arena, sm_span_of(state->base));
    source->publisher = sm_arena_copy(arena, sm_span_of(state->name));
    source->lang = sm_arena_copy(arena, sm_span_of(state->lang));
    record->name = sm_span_of(
        id.n ? sm_arena_printf(arena, "%s#%.*s", c->path, (int)id.n, id.p)
             : sm_arena_printf(arena, "%s#%llu", c->path, (unsigned long long)c->items));
}

/* The dump ends within a page, or without its own end. */
static int cut_short(sm_container *c, sm_error *err)
{
    if (c->window.failure < 0) return window_end(&c->window, err);
    return sm_error_set(err, SM_ETRUNC, "%s: the dump ends before </mediawiki>", c->path);
}

static int too_long(sm_container *c, sm_record *record, sm_arena *arena)
{
    container_too_large(c, record, arena);
    (void)window_take(&c->window, NULL, c->max);
    (void)skip_to(c, SM_SPAN("</page>"));
    describe(c, record, (sm_span){0}, arena);
    return 1;
}

int wiki_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err)
{
    const sm_span end = SM_SPAN("</page>");
    window *w = &c->window;
    size_t seen;
    while (skip_to(c, SM_SPAN("<page>"))) {
        record->offset = w->offset;
        c->items++;
        const size_t at = look_for(w, end, c->max, &seen);
        if (at == SIZE_MAX && seen <= c->max) return cut_short(c, err);
        if (at == SIZE_MAX) return too_long(c, record, arena);
        const sm_span page = {window_view(w).p, at + end.n};
        if (passed_over(c, page_head(page))) {
            (void)window_take(w, NULL, page.n);
            continue;
        }
        record->body = sm_arena_copy(arena, page);
        (void)window_take(w, NULL, page.n);
        describe(c, record, page_head(record->body), arena);
        return 1;
    }
    const wiki_state *state = c->state;
    return state->ended ? window_end(w, err) : cut_short(c, err);
}
