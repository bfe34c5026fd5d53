/* Regular expressions on PCRE2: see seimai/pattern.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/pattern.h>

#include <pcre2.h>

enum {
    MATCH_LIMIT = 1000000,      /* steps of backtracking from one starting place */
    HEAP_LIMIT = 64 << 10,      /* KiB, without JIT */
    JIT_STACK_START = 32 << 10, /* bytes, with JIT */
    JIT_STACK_LIMIT = 1 << 20
};

struct sm_pattern {
    pcre2_code *code;
    uint32_t groups; /* the whole match among them */
    char *name;
};

struct sm_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* NULL where there is no JIT */
};

/* ---- memory: PCRE2 takes it from us, so that it never fails ------------------------------ */

static void *take(size_t bytes, void *unused)
{
    (void)unused;
    return sm_malloc(bytes);
}

static void give_back(void *p, void *unused)
{
    (void)unused;
    sm_free(p);
}

/* ---- patterns ---------------------------------------------------------------------------- */

static pcre2_code *compile(sm_span source, uint32_t options, int *number, size_t *at)
{
    const PCRE2_SPTR text = (PCRE2_SPTR)(source.n > 0 ? source.p : "");
    pcre2_general_context *memory = pcre2_general_context_create(take, give_back, NULL);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    pcre2_code *code = pcre2_compile(text, source.n, options, number, at, context);
    /* Where JIT cannot be had, or cannot take this pattern, pcre2_match interprets it. */
    if (code) (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    pcre2_compile_context_free(context);
    pcre2_general_context_free(memory);
    return code;
}

static int wrong_pattern(const char *name, int number, size_t at, sm_error *err)
{
    PCRE2_UCHAR words[160];
    (void)pcre2_get_error_message(number, words, sizeof words);
    SM_FAIL(err, SM_EUSAGE, "%s: wrong pattern at offset %zu: %s", name, at,
            (const char *)words);
}

int sm_pattern_compile(sm_pattern **pattern, const char *name, sm_span source, bool caseless,
                       sm_error *err)
{
    int number = 0;
    size_t at = 0;
    uint32_t captures = 0;
    *pattern = NULL;
    const uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
    pcre2_code *code =
        compile(source, caseless ? options | PCRE2_CASELESS : options, &number, &at);
    if (!code) return wrong_pattern(name, number, at, err);
    (void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
    *pattern = sm_malloc(sizeof **pattern);
    **pattern = (sm_pattern){code, captures + 1, sm_strdup(sm_span_of(name))};
    return 0;
}

void sm_pattern_free(sm_pattern *pattern)
{
    if (!pattern) return;
    pcre2_code_free(pattern->code);
    sm_free(pattern->name);
    sm_free(pattern);
}

size_t sm_pattern_group(const sm_pattern *pattern, const char *name)
{
    const int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
    return number > 0 ? (size_t)number : 0;
}

/* ---- searching --------------------------------------------------------------------------- */

sm_matcher *sm_matcher_new(void)
{
    sm_matcher *m = sm_malloc(sizeof *m);
    pcre2_general_context *memory = pcre2_general_context_create(take, give_back, NULL);
    m->data = pcre2_match_data_create(SM_GROUPS, memory);
    m->context = pcre2_match_context_create(memory);
    m->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_LIMIT, memory);
    (void)pcre2_set_match_limit(m->context, MATCH_LIMIT);
    (void)pcre2_set_heap_limit(m->context, HEAP_LIMIT);
    if (m->stack) pcre2_jit_stack_assign(m->context, NULL, m->stack);
    pcre2_general_context_free(memory);
    return m;
}

void sm_matcher_free(sm_matcher *m)
{
    if (!m) return;
    pcre2_jit_stack_free(m->stack);
    pcre2_match_context_free(m->context);
    pcre2_match_data_free(m->data);
    sm_free(m);
}

static int search_failed(const sm_pattern *pattern, int number, sm_error *err)
{
    PCRE2_UCHAR words[160];
    (void)pcre2_get_error_message(number, words, sizeof words);
    SM_FAIL(err, SM_ELIMIT, "%s: search given up: %s", pattern->name, (const char *)words);
}

int sm_pattern_find(const sm_pattern *pattern, sm_matcher *m, sm_span text, size_t start,
                    sm_span group[SM_GROUPS], size_t *n, sm_error *err)
{
    const char *base = text.n > 0 ? text.p : "";
    *n = 0;
    if (start > text.n) return 0;
    const int rc = pcre2_match(pattern->code, (PCRE2_SPTR)base, text.n, start,
                               PCRE2_NO_UTF_CHECK, m->data, m->context);
    if (rc == PCRE2_ERROR_NOMATCH) return 0;
    if (rc < 0) return search_failed(pattern, rc, err);
    const size_t *ends = pcre2_get_ovector_pointer(m->data);
    *n = pattern->groups < SM_GROUPS ? pattern->groups : SM_GROUPS;
    for (size_t i = 0; i < *n; i++) {
        const size_t from = ends[2 * i];
        group[i] = (sm_span){NULL, 0};
        if (from != PCRE2_UNSET) group[i] = (sm_span){base + from, ends[2 * i + 1] - from};
    }
    return 1;
}

size_t sm_pattern_next(sm_span text, sm_span found)
{
    size_t at = text.n > 0 ? (size_t)(found.p - text.p) + found.n : 0;
    if (found.n > 0) return at;
    at++;
    while (at < text.n && ((uint8_t)text.p[at] & 0xC0) == 0x80)
        at++;
    return at;
}
