/* Rules of the shipped file and a finder: what the tests of pii share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PII_FIXTURE_H
#define SEIMAI_PII_FIXTURE_H

#include "test.h"

#include "pii_internal.h"

typedef struct fixture {
    sm_pii_rules *rules;
    sm_pii_finder *finder;
    sm_arena arena;
} fixture;

static inline int set_up(void **state)
{
    static fixture f;
    char path[1200];
    const char *source = getenv("SEIMAI_SOURCE");
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/dicts/pii.yaml", source ? source : ".");
    if (sm_pii_load(&f.rules, path, &err) < 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    f.finder = sm_pii_finder_new(f.rules);
    *state = &f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *const f = *state;
    sm_pii_finder_free(f->finder);
    sm_pii_rules_free(f->rules);
    sm_arena_free(&f->arena);
    return 0;
}

#endif
