/* What holds for every policy: nothing outside the findings changes, a second run changes nothing.
 * SPDX-License-Identifier: MIT */
#include "pii_mask_fixture.h"

#include <seimai/utf8.h>

static const char *const policies[] = {"tag", "mask", "hash", "fake", "drop-line", "report"};
enum { POLICIES = sizeof policies / sizeof *policies };

/* Between findings, and before the first and behind the last, the text is what it was. */
static void assert_rest_unchanged(sm_span text, const sm_pii_masked *m)
{
    size_t out = 0, at = 0;
    for (size_t i = 0; i < m->n; i++) {
        const sm_finding *const f = &m->findings[i];
        const size_t kept = f->start - at;
        assert_true(f->start >= at && f->end > f->start && f->end <= text.n);
        assert_true(out + kept <= m->text.n);
        assert_memory_equal(m->text.p + out, text.p + at, kept);
        at = f->end;
        const sm_span next = {text.p + at,
                              (i + 1 < m->n ? m->findings[i + 1].start : text.n) - at};
        out += kept;
        while (out + next.n <= m->text.n && memcmp(m->text.p + out, next.p, next.n) != 0)
            out++;
        assert_true(out + next.n <= m->text.n);
    }
    if (m->n == 0) assert_true(sm_span_equal(m->text, text));
}

/* The lines that are left stood in the text, in that order. */
static void assert_lines_left(sm_span text, sm_span left)
{
    size_t at = 0;
    for (size_t i = 0; i < left.n;) {
        size_t end = i, from = at;
        while (end < left.n && left.p[end] != '\n')
            end++;
        for (;; at++) {
            size_t stop = at;
            while (stop < text.n && text.p[stop] != '\n')
                stop++;
            assert_true(at <= text.n);
            if (stop - at == end - i && memcmp(text.p + at, left.p + i, end - i) == 0) break;
            at = stop;
        }
        assert_true(at >= from);
        at += end - i + 1;
        i = end + 1;
    }
}

static void check(fixture *f, sm_span text, const char *policy)
{
    USE(f, policy);
    const sm_pii_masked once = mask(f, text);
    assert_int_equal(sm_utf8_check(once.text), once.text.n);
    if (strcmp(policy, "drop-line") == 0)
        assert_lines_left(text, once.text);
    else
        assert_rest_unchanged(text, &once);
    const sm_pii_masked twice = mask(f, once.text);
    if (!sm_span_equal(once.text, twice.text) || (twice.n && strcmp(policy, "report") != 0))
        print_error("%s\n'%.*s'\n'%.*s'\n'%.*s'\n", policy, (int)text.n, text.p,
                    (int)once.text.n, once.text.p, (int)twice.text.n, twice.text.p);
    assert_true(sm_span_equal(once.text, twice.text));
    if (strcmp(policy, "report") != 0) assert_int_equal(twice.n, 0);
}

static void random_text_is_masked_once(void **state)
{
    fixture *const f = *state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        const sm_span text = random_text(f, seed);
        for (size_t i = 0; i < POLICIES; i++)
            check(f, text, policies[i]);
        sm_arena_reset(&f->arena);
    }
}

static void random_text_with_names_is_masked_once(void **state)
{
    fixture *const f = *state;
    sm_error err = {0};
    assert_ok(sm_pii_use_names(f->rules, true, NULL, &err), &err);
    for (uint64_t seed = 5000; seed < 6000; seed++) {
        const sm_span text = random_text(f, seed);
        for (size_t i = 0; i < POLICIES; i++)
            check(f, text, policies[i]);
        sm_arena_reset(&f->arena);
    }
}

/* Kinds under policies of their own, drawn by the seed. */
static void mixed_policies_are_stable(void **state)
{
    static const char *const kinds[] = {"phone", "email",     "address",    "name",
                                        "card",  "my-number", "postal-code"};
    fixture *const f = *state;
    for (uint64_t seed = 9000; seed < 10500; seed++) {
        const char *list[9] = {"tag"};
        for (size_t i = 0; i < 7; i++)
            list[i + 1] = sm_arena_printf(&f->arena, "%s=%s", kinds[i],
                                          policies[sm_random_below(seed, 2, i, POLICIES)]);
        use(f, list);
        const sm_pii_masked once = mask(f, random_text(f, seed));
        const sm_pii_masked twice = mask(f, once.text);
        assert_true(sm_span_equal(once.text, twice.text));
        sm_arena_reset(&f->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_text_is_masked_once),
        cmocka_unit_test(random_text_with_names_is_masked_once),
        cmocka_unit_test(mixed_policies_are_stable),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
