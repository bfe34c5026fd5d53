/* A pre-tokenizer and the strings that are left out, together.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/pretoken.h>

#include "cutting.h"
#include "reserved.h"

#include <string.h>

struct sm_cutter {
    sm_pretokenizer *pre;
    reserved reserved;
    sm_buffer settings;
    sm_arena arena;
};

enum { SETTINGS_MAX = 1 << 20 };

static void put_setting(sm_cutter *c, sm_span s)
{
    sm_buffer_put(&c->settings, s);
    sm_buffer_putc(&c->settings, '\0');
}

int sm_cutter_new(sm_cutter **cutter, const char *pretoken, const sm_span *strings, size_t n,
                  sm_error *err)
{
    *cutter = NULL;
    sm_pretokenizer *pre = NULL;
    for (size_t i = 0; i < n; i++)
        if (strings[i].n == 0) SM_FAIL(err, SM_EUSAGE, "a reserved string is empty");
    SM_TRY(sm_pretokenizer_new(&pre, pretoken, err));
    sm_cutter *c = sm_calloc(1, sizeof *c);
    c->pre = pre;
    c->settings = sm_buffer_make(SETTINGS_MAX);
    put_setting(c, sm_span_of(pretoken));
    for (size_t i = 0; i < n; i++) {
        reserved_add(&c->reserved, sm_arena_copy(&c->arena, strings[i]), 0);
        put_setting(c, strings[i]);
    }
    *cutter = c;
    return 0;
}

void sm_cutter_free(sm_cutter *c)
{
    if (!c) return;
    sm_pretokenizer_free(c->pre);
    reserved_free(&c->reserved);
    sm_buffer_free(&c->settings);
    sm_arena_free(&c->arena);
    sm_free(c);
}

sm_span sm_cutter_settings(const sm_cutter *c)
{
    return sm_buffer_span(&c->settings);
}

int sm_cutter_from_settings(sm_cutter **cutter, sm_span settings, sm_error *err)
{
    enum { MAX_STRINGS = 4096 };
    sm_span *strings = sm_calloc(MAX_STRINGS + 1, sizeof *strings);
    size_t n = 0;
    const char *p = settings.p, *end = settings.p + settings.n;
    while (p < end && n <= MAX_STRINGS) {
        const char *nul = memchr(p, '\0', (size_t)(end - p));
        if (!nul) break;
        strings[n++] = (sm_span){p, (size_t)(nul - p)};
        p = nul + 1;
    }
    int rc = 0;
    if (n == 0 || p < end)
        rc = sm_error_set(err, SM_EFORMAT, "the count file's settings are broken");
    else
        rc = sm_cutter_new(cutter, strings[0].p, strings + 1, n - 1, err);
    sm_free(strings);
    return rc;
}

/* Sets the next stretch without a reserved string. */
static void next_stretch(const sm_cutter *c, sm_cut *cut)
{
    const reserved_string *found = NULL;
    cut->at = cut->resume;
    cut->stop = reserved_find(&c->reserved, cut->text, cut->at, &found);
    cut->resume = cut->stop + (found ? found->string.n : 0);
}

int sm_cutter_next(const sm_cutter *c, sm_cut *cut, sm_span *pretoken)
{
    while (cut->at == cut->stop) {
        if (cut->resume == cut->text.n) return 0;
        next_stretch(c, cut);
    }
    const size_t start = cut->at;
    cut->at = sm_pretoken_end(c->pre, (sm_span){cut->text.p, cut->stop}, start);
    *pretoken = (sm_span){cut->text.p + start, cut->at - start};
    return 1;
}

int cutter_next_stretch(const sm_cutter *c, sm_cut *cut, sm_span *stretch)
{
    if (cut->resume == cut->text.n) return 0;
    next_stretch(c, cut);
    *stretch = (sm_span){cut->text.p + cut->at, cut->stop - cut->at};
    return 1;
}

int cutter_each_of_stretch(const sm_cutter *c, sm_span stretch, sm_cuts *cuts, cutter_use use,
                           void *context, sm_error *err)
{
    enum { SOME = 256 };
    sm_span pretokens[SOME];
    sm_pretoken_cut(c->pre, stretch, cuts);
    for (size_t i = 0, at = 0; i < cuts->n;) {
        size_t n = 0;
        for (; n < SOME && i < cuts->n; at = cuts->end[i++])
            pretokens[n++] = (sm_span){stretch.p + at, cuts->end[i] - at};
        SM_TRY(use(context, pretokens, n, err));
    }
    return 0;
}
