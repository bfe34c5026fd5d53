/* The vector loops over a page's text against the loops over characters, on every path that the machine has.
 * SPDX-License-Identifier: MIT */
#include "text_scan.h"

#include <seimai/random.h>

#include <string.h>

#include "ascii.h"
#include "model/content_features_text.h"
#include "test.h"

enum { TEXTS = 20000, BYTES = 200 };

static size_t throw_dice(uint64_t *thrown, size_t n)
{
    return (size_t)sm_random_below(11, (*thrown)++, 0, n);
}

/* Valid UTF-8 of up to BYTES bytes, of what the loops tell apart. */
static size_t make_text(char text[BYTES], uint64_t *thrown)
{
    static const char *const pieces[] = {
        "a",  "Z",  "word", " ", " ",  "  ",   ".",  "! ",          "?", ", ", ";",
        ":",  "|",  "@",    "~", "\n", "\t",   "1",  "19",          "0", "-",  "$",
        "。", "、", "…",    "»", "・", "円",   "年", "€",           "é", "あ", "ア",
        "漢", "！", "”",    "👍", "①",  "\x7F", "\r", "03-1234-5678"};
    const size_t most = throw_dice(thrown, BYTES - 16);
    const bool plain = throw_dice(thrown, 3) == 0; /* long runs of ASCII */
    size_t n = 0;
    while (n < most) {
        const size_t kinds = plain ? 7 : sizeof pieces / sizeof *pieces;
        const char *piece = pieces[throw_dice(thrown, kinds)];
        memcpy(text + n, piece, strlen(piece));
        n += strlen(piece);
    }
    return n;
}

static bool is_text(char c)
{
    return c >= ' ' && c <= '~';
}

/* The run byte by byte. */
static ascii_run run_slowly(const char *p, size_t n, bool first)
{
    ascii_run r = {0};
    for (size_t i = 0; i < n && i < TEXT_SCAN_BYTES && is_text(p[i]); i++) {
        const bool within = i + 1 < n && i + 1 < TEXT_SCAN_BYTES && p[i + 1] != ' ';
        if (p[i] == ' ' && ((i == 0 && first) || !within || !is_text(p[i + 1]))) break;
        r.bytes++;
        r.blanks += p[i] == ' ';
        r.letters += sm_is_alpha(p[i]) || sm_is_digit(p[i]);
        r.full_stops += p[i] == '.' || p[i] == '!' || p[i] == '?';
        r.commas += p[i] == ',';
    }
    return r;
}

static void assert_scans_agree(const text_scan *scan)
{
    uint64_t thrown = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        char text[BYTES + 64];
        const size_t n = make_text(text, &thrown);
        const bool first = throw_dice(&thrown, 2) == 0;
        char *exact = sm_malloc(n); /* what reads on behind it, ASan sees */
        memcpy(exact, text, n);
        if (n) {
            const ascii_run want = run_slowly(exact, n, first);
            const ascii_run got = scan->run((const unsigned char *)exact, n, first);
            assert_memory_equal(&want, &got, sizeof want);
        }
        const text_facts want = sm_text_facts_by(NULL, (sm_span){exact, n}, (uint32_t)n);
        const text_facts got = sm_text_facts_by(scan, (sm_span){exact, n}, (uint32_t)n);
        assert_int_equal(want.characters, got.characters);
        assert_int_equal(want.wide, got.wide);
        assert_int_equal(want.spaces, got.spaces);
        assert_int_equal(want.stops, got.stops);
        assert_int_equal(want.commas, got.commas);
        assert_int_equal(want.marks, got.marks);
        assert_int_equal(want.ends_stop, got.ends_stop);
        assert_int_equal(want.currency, got.currency);
        assert_int_equal(want.date, got.date);
        assert_int_equal(want.contact, got.contact);
        sm_free(exact);
    }
}

static void paths_agree_with_the_slow_loops(void **state)
{
    (void)state;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) assert_scans_agree(&sm_text_scan_avx2);
    if (__builtin_cpu_supports("avx512bw")) assert_scans_agree(&sm_text_scan_avx512);
#endif
    if (sm_text_scan_best()) assert_scans_agree(sm_text_scan_best());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_agree_with_the_slow_loops)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
