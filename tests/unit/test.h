/* What every unit test includes: cmocka and a few comparisons of spans.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_TEST_H
#define SEIMAI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <seimai/base.h>

/* A span against a string literal, both shown when they differ. */
#define assert_span(span, string) assert_span_at((span), (string), __FILE__, __LINE__)
static inline void assert_span_at(sm_span s, const char *want, const char *file, int line)
{
    if (s.n == strlen(want) && (s.n == 0 || memcmp(s.p, want, s.n) == 0)) return;
    print_error("%s:%d: got  '%.*s'\n%s:%d: want '%s'\n", file, line, (int)s.n, s.n ? s.p : "",
                file, line, want);
    fail();
}

/* A status of 0, with the error's text shown otherwise. */
#define assert_ok(call, err) assert_ok_at((call), (err), __FILE__, __LINE__)
static inline void assert_ok_at(int status, const sm_error *err, const char *file, int line)
{
    if (status >= 0) return;
    print_error("%s:%d: status %d: %s\n", file, line, status, err ? err->text : "");
    fail();
}

#define assert_contains(text, part)                                                            \
    do {                                                                                       \
        if (!strstr((text), (part))) print_error("'%s' lacks '%s'\n", (text), (part));         \
        assert_non_null(strstr((text), (part)));                                               \
    } while (0)

/* The folder of the real data (SEIMAI_DATA, else ../shared/data beside the source), or NULL: a test
 * that needs it then calls skip(). */
static inline const char *test_data(void)
{
    static char path[1024];
    const char *named = getenv("SEIMAI_DATA");
    const char *source = getenv("SEIMAI_SOURCE");
    if (named) (void)snprintf(path, sizeof path, "%s", named);
    if (!named) (void)snprintf(path, sizeof path, "%s/../shared/data", source ? source : ".");
    char probe[1100];
    (void)snprintf(probe, sizeof probe, "%s/README.md", path);
    FILE *file = fopen(probe, "rb");
    if (!file) return NULL;
    (void)fclose(file);
    return path;
}

#endif
