/* Words by scripts and by MeCab, what is counted of them, their n-grams against the obvious way.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "preset_internal.h"

#include <math.h>
#include <seimai/utf8.h>

static sm_text_stats measured(const sm_filter *filter, const char *text)
{
    sm_text_stats stats = {.filter = filter};
    const sm_subject subject = {.text = sm_span_of(text)};
    sm_text_stats_begin(&stats, &subject);
    sm_text_stats_need(&stats, SM_PART(SM_PART_WORDS));
    assert_int_equal(stats.error.code, 0);
    return stats;
}

/* A division is seen through the ends of its words, in characters but for white space. */
static void assert_words(const sm_filter *filter, const char *text, const char *spaced)
{
    sm_text_stats stats = measured(filter, text);
    const sm_words *const w = stats.words;
    size_t word = 0;
    uint64_t letters = 0;
    for (const char *p = spaced, *end = p + strlen(p); p < end;) {
        const uint32_t c = sm_utf8_next(&p, end);
        letters += c != '|';
        if (c != '|' && p < end) continue;
        if (word >= w->n || w->words[word].end != letters)
            print_error("%s: word %zu\n", spaced, word);
        assert_true(word < w->n);
        assert_int_equal(w->words[word++].end, letters);
    }
    assert_int_equal(word, w->n);
    sm_text_stats_free(&stats);
}

static void words_by_script(void **state)
{
    (void)state;
    assert_words(NULL, "東京都に行きました。", "東京|都|に|行き|まし|た|。");
    assert_words(NULL, "コーヒーを2杯、don't 3.14 ABC！！",
                 "コーヒー|を|2|杯|、|don't|3.14|ABC|！！");
    assert_words(NULL, "1,000円, ２０年", "1,000|円|,|２０|年");
    assert_words(NULL, "한국어 текст", "한국어|текст");
    assert_words(NULL, "　 \n", "");
    assert_words(NULL, "", "");
}

static void counts_of_words(void **state)
{
    (void)state;
    sm_text_stats stats = measured(NULL, "# これは 12 ... … 本。####");
    assert_int_equal(stats.word.hashes, 5);
    assert_int_equal(stats.word.ellipses, 2);
    assert_int_equal(stats.word.words, 9); /* # これ は 12 ... … 本 。 #### */
    assert_int_equal(stats.word.plain, 4); /* これ は 12 本 */
    assert_int_equal(stats.word.alphabetic, 3);
    assert_int_equal(stats.word.plain_letters, 6);
    assert_int_equal(stats.word.longest, 4);
    sm_text_stats_free(&stats);
}

static sm_filter *parse(const char *yaml)
{
    sm_filter *filter = NULL;
    sm_error err = {0};
    assert_ok(sm_filter_parse(&filter, "t.yaml", sm_span_of(yaml), &err), &err);
    return filter;
}

static void stop_words_are_distinct(void **state)
{
    (void)state;
    sm_filter *const f = parse("format: seimai-filter 1\nstop-words: [の, に, を, the]\n"
                               "rules: [{rule: stop-words, min: 2}]\n");
    sm_text_stats stats = measured(f, "本の本の本に the The");
    assert_int_equal(stats.word.stop_words, 3);
    sm_text_stats_free(&stats);
    sm_filter_free(f);
}

static void words_of_mecab(void **state)
{
    (void)state;
    sm_filter *const f = parse(
        "format: seimai-filter 1\nwords: mecab\nrules: [{rule: noun-share, below: 0.8}]\n");
    sm_morph *morph = NULL;
    sm_error err = {0};
    assert_true(sm_filter_wants_morph(f));
    assert_int_equal(sm_filter_ready(f, NULL, NULL, &err), SM_EUSAGE);
    sm_error_clear(&err);
    assert_ok(sm_morph_open(&morph, NULL, &err), &err);
    assert_ok(sm_filter_ready(f, NULL, morph, &err), &err);
    assert_words(f, "すもももももももものうち　です\n東京都",
                 "すもも|も|もも|も|もも|の|うち|です|東京|都");
    sm_text_stats stats = measured(f, "東京、大阪、京都。");
    assert_int_equal(stats.word.nouns, 3);
    assert_int_equal(stats.word.judged, 3);
    sm_text_stats_free(&stats);
    sm_filter_free(f);
    sm_morph_close(morph);
}

/* ---- n-grams ------------------------------------------------------------------------------------ */

enum { WORDS = 60 };

/* Words of one or two letters between spaces: a text whose words are known. */
static size_t make_text(uint64_t *seed, char *text, char words[WORDS][4], size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
        (void)snprintf(words[i], sizeof words[i], "%s",
                       *seed % 5 == 0   ? "ab"
                       : *seed % 5 == 1 ? "a"
                       : *seed % 5 == 2 ? "b"
                       : *seed % 5 == 3 ? "ba"
                                        : "c");
        at += (size_t)snprintf(text + at, 8, "%s ", words[i]);
    }
    text[at] = '\0';
    return at;
}

static void join(char *out, char words[WORDS][4], size_t from, size_t n, const char *between)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, 8, "%s%s", i ? between : "", words[from + i]);
}

/* The most frequent n-gram, the first of equals: its length times its count. */
static uint64_t top_slowly(char words[WORDS][4], size_t n_words, size_t n)
{
    uint64_t best = 0, best_count = 0;
    for (size_t i = 0; i + n <= n_words; i++) {
        char mine[64], other[64];
        uint64_t count = 0;
        join(mine, words, i, n, " ");
        for (size_t j = 0; j + n <= n_words; j++) {
            join(other, words, j, n, " ");
            count += strcmp(mine, other) == 0;
        }
        if (count > best_count) best_count = count, best = count * strlen(mine);
    }
    return best;
}

static uint64_t repeated_slowly(char words[WORDS][4], size_t n_words, size_t n)
{
    char seen[WORDS][64];
    size_t n_seen = 0, i = 0;
    uint64_t letters = 0;
    while (i + n <= n_words) {
        char mine[64];
        bool was_there = false;
        join(mine, words, i, n, "");
        for (size_t k = 0; k < n_seen; k++)
            was_there |= strcmp(seen[k], mine) == 0;
        if (!was_there) (void)snprintf(seen[n_seen++], sizeof mine, "%s", mine);
        letters += was_there ? strlen(mine) : 0;
        i += was_there ? n : 1;
    }
    return letters;
}

static void ngrams_agree_with_the_oracle(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    char text[WORDS * 8], words[WORDS][4];
    for (size_t round = 0; round < 120; round++) {
        const size_t n_words = round % WORDS;
        (void)make_text(&seed, text, words, n_words);
        sm_text_stats stats = measured(NULL, text);
        assert_int_equal(stats.word.words, n_words);
        for (int n = 10; n >= 2; n--) { /* lengths may be asked for in any order */
            const uint64_t bound = sm_words_bound(&stats, n);
            sm_text_stats_need(&stats, SM_PART(SM_PART_WORD_NGRAM + n));
            const uint64_t want =
                (n <= SM_TOP_MAX ? top_slowly : repeated_slowly)(words, n_words, (size_t)n);
            const uint64_t got = n <= SM_TOP_MAX ? stats.word.top[n] : stats.word.repeated[n];
            assert_int_equal(got, want);
            assert_true(bound >= want);
        }
        sm_text_stats_free(&stats);
    }
}

static void sevens_of_words(void **state)
{
    (void)state;
    sm_text_stats stats = measured(NULL, "a b c d e f g a b c d e f g h");
    sm_text_stats_need(&stats, SM_PART(SM_PART_WORD_REPEAT));
    assert_int_equal(stats.word.seven, 9);
    assert_int_equal(stats.word.seven_repeated, 2);
    sm_text_stats_free(&stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_by_script),
        cmocka_unit_test(counts_of_words),
        cmocka_unit_test(stop_words_are_distinct),
        cmocka_unit_test(words_of_mecab),
        cmocka_unit_test(ngrams_agree_with_the_oracle),
        cmocka_unit_test(sevens_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
