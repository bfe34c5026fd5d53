/* The reading page: tokens that are no text, markup in tokens, maps.
 * SPDX-License-Identifier: MIT */
#include <seimai/reading_page.h>
#include <seimai/utf8.h>

#include <math.h>

#include "test.h"

enum { MOST = 120 };

typedef struct page {
    sm_span tokens[MOST];
    float surprisal[MOST], entropy[MOST], *attention;
    uint32_t rank[MOST];
    sm_reading_guess guesses[2 * MOST];
    sm_buffer out;
} page;

static const char *draw(page *p, size_t n, sm_language language)
{
    sm_error err = {0};
    for (size_t i = 0; i < n; i++) {
        if (!p->tokens[i].p) p->tokens[i] = SM_SPAN("語");
        p->surprisal[i] = i > 0 ? 1.5F : NAN;
        p->entropy[i] = 2.0F;
        p->guesses[2 * i] = (sm_reading_guess){SM_SPAN("に"), 5, .5};
        p->guesses[2 * i + 1] = (sm_reading_guess){SM_SPAN("<b>"), 6, .25};
    }
    const sm_model_reading reading = {.model = "run/<model>",
                                      .n = n,
                                      .tokens = p->tokens,
                                      .surprisal = p->surprisal,
                                      .entropy = p->entropy,
                                      .rank = p->rank,
                                      .k = 2,
                                      .expected = p->guesses,
                                      .layers = 1,
                                      .heads = 1,
                                      .attention = p->attention};
    sm_buffer_clear(&p->out);
    assert_ok(sm_reading_page(&reading, language, &p->out, &err), &err);
    assert_int_equal(sm_utf8_check(sm_buffer_span(&p->out)), p->out.n);
    sm_buffer_putc(&p->out, '\0');
    return p->out.p;
}

static page page_new(void)
{
    page p = {.out = sm_buffer_make(1 << 22)};
    p.attention = sm_calloc((size_t)MOST * MOST, sizeof *p.attention);
    return p;
}

static void page_free(page *p)
{
    sm_free(p->attention);
    sm_buffer_free(&p->out);
}

static void test_tokens(void **state)
{
    (void)state;
    page p = page_new();
    p.tokens[1] = SM_SPAN("<script>");
    p.tokens[2] = SM_SPAN("\xE5\x85"); /* two bytes of three */
    p.tokens[3] = SM_SPAN(" \n\u3000x");
    const char *const html = draw(&p, 5, SM_ENGLISH);
    assert_null(strstr(html, "<script>"));
    assert_null(strstr(html, "<model>"));
    assert_non_null(strstr(html, "&lt;script&gt;"));
    assert_non_null(strstr(html, "<u>&lt;E5&gt;</u><u>&lt;85&gt;</u>"));
    assert_non_null(strstr(html, "<u>␣</u><u>↵</u><u>□</u>x"));
    assert_non_null(strstr(draw(&p, 5, SM_JAPANESE), "各トークンの意外さ"));
    page_free(&p);
}

/* A token that was the second choice is marked there; one beyond the list stands below it with its rank. */
static void test_rank(void **state)
{
    (void)state;
    page p = page_new();
    p.rank[1] = 1;
    p.rank[2] = 40;
    const char *const html = draw(&p, 3, SM_ENGLISH);
    assert_non_null(strstr(html, "class=\"came\"><span>&lt;b&gt;"));
    assert_non_null(strstr(html, "<ol start=\"41\">"));
    page_free(&p);
}

static void test_maps(void **state)
{
    (void)state;
    page p = page_new();
    p.attention[0] = 1.0F;
    p.attention[3] = 1.0F;           /* place 1 looks at the first */
    p.attention[2 * 3 + 1] = 0.9F;   /* place 2 at the one before, */
    p.attention[2 * 3 + 2] = 0.011F; /* and too little at itself to be drawn */
    const char *const html = draw(&p, 3, SM_ENGLISH);
    assert_non_null(strstr(html, "class=\"a8\" d=\"M0 0h1v1h-1zM0 1h1v1h-1zM1 2h1v1h-1z\""));
    assert_null(strstr(html, "M2 2"));
    assert_non_null(strstr(html, "0.0 one before 90"));
    assert_non_null(strstr(html, "<tspan>▷</tspan>"));
    assert_non_null(strstr(draw(&p, SM_READING_MAPS + 1, SM_ENGLISH), "too long for maps"));
    page_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tokens),
                                       cmocka_unit_test(test_rank),
                                       cmocka_unit_test(test_maps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
