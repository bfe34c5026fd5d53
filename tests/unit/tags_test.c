/* The perfect hashes of tags and of the words of class and id: every name is found, and nothing else.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "tags.h"
#include "trait_words.h"

static void every_tag_is_found(void **state)
{
    (void)state;
    assert_true(sm_n_tags > 100 && sm_n_tags <= UINT8_MAX);
    for (size_t i = 1; i < sm_n_tags; i++) {
        assert_int_equal(sm_tag_of(sm_span_of(sm_tags[i].name)), i);
        assert_true(sm_tag_is((uint16_t)i, sm_tags[i].name));
    }
}

static void nothing_else_is_a_tag(void **state)
{
    (void)state;
    static const char *const others[] = {"",
                                         "aa",
                                         "dib",
                                         "divv",
                                         "di",
                                         "blockquot",
                                         "blockquotf",
                                         "blockquotes",
                                         "DIV",
                                         "x-div",
                                         "annotation-xml",
                                         "a-name-of-more-than-sixteen-bytes"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(sm_tag_of(sm_span_of(others[i])), 0);
    char name[256]; /* lengths that wrap in a key */
    memset(name, 'b', sizeof name);
    for (size_t n = 2; n < sizeof name; n++)
        assert_int_equal(sm_tag_of((sm_span){name, n}), 0);
}

/* Every one-byte change of a name gives another tag or none. */
static void near_names_differ(void **state)
{
    (void)state;
    for (size_t i = 1; i < sm_n_tags; i++) {
        char name[32] = {0};
        const size_t n = strlen(sm_tags[i].name);
        memcpy(name, sm_tags[i].name, n);
        for (size_t at = 0; at < n; at++) {
            for (int byte = 1; byte < 256; byte++) {
                name[at] = (char)byte;
                const uint16_t found = sm_tag_of((sm_span){name, n});
                assert_true(found == 0 || strcmp(sm_tags[found].name, name) == 0);
            }
            name[at] = sm_tags[i].name[at];
        }
    }
}

static uint64_t key_of(const char *word)
{
    uint64_t key = 0;
    for (size_t i = 0; word[i]; i++)
        key = sm_trait_key(key, i, (unsigned)(word[i] - 'a' + 1));
    return key;
}

static void every_word_has_its_traits(void **state)
{
    (void)state;
    for (size_t i = 1; i < sm_n_trait_words; i++) {
        assert_true(sm_trait_words[i].traits != 0);
        assert_int_equal(sm_traits_of_key(key_of(sm_trait_words[i].word)),
                         sm_trait_words[i].traits);
    }
    static const char *const others[] = {"", "a", "nave", "na", "sidebars", "foo", "comm"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(sm_traits_of_key(key_of(others[i])), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tag_is_found),
        cmocka_unit_test(nothing_else_is_a_tag),
        cmocka_unit_test(near_names_differ),
        cmocka_unit_test(every_word_has_its_traits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
