/* Policies by kind, keyed hashes against the vectors of the standards, fakes and their reserves.
 * SPDX-License-Identifier: MIT */
#include "pii_mask_fixture.h"

/* ---- HMAC-SHA-256: RFC 4231, test cases 1, 2, 3 and 6; python3 -c "import hmac…" for the lengths around a block -- */

static void check_hmac(sm_span key, sm_span message, const char *hex)
{
    unsigned char digest[SM_SHA256_BYTES];
    char got[2 * SM_SHA256_BYTES + 1];
    sm_hmac_sha256(key, message, digest);
    for (size_t i = 0; i < SM_SHA256_BYTES; i++)
        (void)snprintf(got + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(got, hex);
}

static void hmac_agrees_with_the_rfc(void **state)
{
    (void)state;
    char ones[131], text[64];
    memset(ones, 0x0b, 20);
    check_hmac((sm_span){ones, 20}, SM_SPAN("Hi There"),
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    check_hmac(SM_SPAN("Jefe"), SM_SPAN("what do ya want for nothing?"),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(ones, 0xaa, sizeof ones);
    memset(text, 0xdd, 50);
    check_hmac((sm_span){ones, 20}, (sm_span){text, 50},
               "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    check_hmac((sm_span){ones, 131},
               SM_SPAN("Test Using Larger Than Block-Size Key - Hash Key First"),
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* ---- policies ----------------------------------------------------------------------------------------- */

static const char text[] = "電話03-1234-5678\nメールtaro@foo.co.jp";

static void each_policy_writes_its_own(void **state)
{
    fixture *const f = *state;
    USE(f, "tag");
    assert_string_equal(masked(f, text), "電話<PHONE>\nメール<EMAIL>");
    USE(f, "mask");
    assert_string_equal(masked(f, text), "電話XXXXXXXXXXXX\nメールXXXXXXXXXXXXXX");
    USE(f, "report");
    assert_ptr_equal(mask(f, sm_span_of(text)).text.p, text);
    assert_int_equal(mask(f, sm_span_of(text)).n, 2);
    USE(f, "email=tag", "mask"); /* a kind goes before all, wherever it stands */
    assert_string_equal(masked(f, text), "電話XXXXXXXXXXXX\nメール<EMAIL>");
    USE(f, "email=report");
    assert_string_equal(masked(f, text), "電話<PHONE>\nメールtaro@foo.co.jp");
}

static void lines_are_dropped(void **state)
{
    fixture *const f = *state;
    USE(f, "phone=drop-line");
    const sm_pii_masked m = mask(f, SM_SPAN("一\n電話03-1234-5678とtaro@foo.co.jp\n二\n"));
    assert_span(m.text, "一\n二\n");
    assert_int_equal(m.lines, 1);
    assert_int_equal(m.n, 2);
    assert_string_equal(masked(f, "電話03-1234-5678"), "");
    assert_string_equal(masked(f, "電話03-1234-5678\n\n二"), "\n二");
}

/* A list of numbers under one word of context: the line that goes brings the next one nearer. */
static void a_cascade_of_lines_ends(void **state)
{
    fixture *const f = *state;
    sm_buffer list = sm_buffer_make(1 << 20);
    USE(f, "drop-line");
    sm_buffer_puts(&list, "電話\n");
    for (int i = 0; i < 1000; i++)
        sm_buffer_puts(&list, "0312345678\n");
    const sm_pii_masked once = mask(f, sm_buffer_span(&list));
    assert_true(once.lines > 0);
    const sm_pii_masked twice = mask(f, once.text);
    assert_int_equal(twice.n, 0);
    assert_true(sm_span_equal(once.text, twice.text));
    sm_buffer_free(&list);
}

static void wrong_policies_are_named(void **state)
{
    fixture *const f = *state;
    static const char *const wrong[][2] = {{"blank", "blank"},
                                           {"fax=mask", "fax=mask: no such kind"},
                                           {"=mask", "no such kind"},
                                           {"email=", "expected tag, mask"},
                                           {"hash", "a salt of at least 16"},
                                           {"email=fake", "a salt of at least 16"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sm_error err = {0};
        assert_int_equal(
            sm_pii_set_policies(f->rules, &wrong[i][0], 1, SM_SPAN("fifteen bytes.."), &err),
            SM_EUSAGE);
        assert_contains(err.text, wrong[i][1]);
    }
}

/* ---- hashes ---------------------------------------------------------------------------------------------- */

/* The letters of HMAC-SHA-256("sixteen bytes or more of salt", "phone\0" "0312345678"), by Python's hmac. */
static void a_hash_is_the_persons(void **state)
{
    static const char *const same[] = {"電話03-1234-5678", "電話０３（１２３４）５６７８",
                                       "電話+81-3-1234-5678", "電話0312345678",
                                       "電話 03.1234.5678"};
    fixture *const f = *state;
    USE(f, "hash");
    const char *const first = strchr(masked(f, same[0]), '<');
    assert_string_equal(first, "<PHONE:lcohnlndfmdandjk>");
    for (size_t i = 1; i < sizeof same / sizeof *same; i++)
        assert_string_equal(strchr(masked(f, same[i]), '<'), first);
    assert_string_not_equal(strchr(masked(f, "電話03-1234-5679"), '<'), first);
    assert_string_equal(masked(f, "住所：東京都港区赤坂1丁目2番3号") + strlen("住所："),
                        masked(f, "住所：東京都港区赤坂１－２－３") + strlen("住所："));
}

/* ---- fakes ------------------------------------------------------------------------------------------------- */

static void check_fake(fixture *f, const char *before, const char *value, const char *head)
{
    char source[512];
    (void)snprintf(source, sizeof source, "%s%s", before, value);
    const char *const once = masked(f, source);
    const char *const fake = once + strlen(before);
    if (strncmp(fake, head, strlen(head)) != 0) print_error("%s: %s\n", source, once);
    assert_int_equal(strncmp(fake, head, strlen(head)), 0);
    assert_string_not_equal(fake, value);
    assert_string_equal(masked(f, source), once);
    assert_string_equal(masked(f, once), once);
}

static void fakes_keep_their_shape(void **state)
{
    fixture *const f = *state;
    USE(f, "fake");
    check_fake(f, "電話", "03-1234-5678", "03-0");
    check_fake(f, "電話", "０３（１２３４）５６７８", "０３（０");
    check_fake(f, "電話", "090-1234-5678", "090-0");
    check_fake(f, "電話", "+81-90-1234-5678", "+81-90-0");
    check_fake(f, "電話", "042-212-3456", "000-000-0000"); /* 042-0 would be 04-20 */
    check_fake(f, "", "〒107-0052 東京都", "〒107-0000");
    check_fake(f, "住所は", "東京都港区赤坂1-2-3", "東京都架空市見本町");
    check_fake(f, "カード", "4111-1111-1111-1111", "4");
    check_fake(f, "IPアドレス", "8.8.8.8", "192.0.2.");
    check_fake(f, "生年月日：", "昭和60年12月4日", "昭和60年01月1日");
    const char *const mail = masked(f, "taro.yamada@foo.co.jp");
    assert_int_equal(strlen(mail), strlen("taro.yamada@example.jp"));
    assert_true(mail[4] == '.' && strstr(mail, "@example.jp"));
}

/* Whatever the kind and the value, a fake's fake is itself. */
static void a_fake_is_its_own_fake(void **state)
{
    fixture *const f = *state;
    USE(f, "fake");
    for (uint64_t seed = 0; seed < 2000; seed++) {
        const sm_span value = random_text(f, seed);
        for (size_t i = 0; sm_pii_rule_at(f->rules, i); i++) {
            sm_buffer once = sm_buffer_make(1 << 20), twice = sm_buffer_make(1 << 20);
            sm_pii_fake(f->rules, sm_pii_rule_at(f->rules, i), value, &once);
            sm_pii_fake(f->rules, sm_pii_rule_at(f->rules, i), sm_buffer_span(&once), &twice);
            assert_true(sm_span_equal(sm_buffer_span(&once), sm_buffer_span(&twice)));
            sm_buffer_free(&once);
            sm_buffer_free(&twice);
        }
        sm_arena_reset(&f->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_agrees_with_the_rfc),
        cmocka_unit_test(each_policy_writes_its_own),
        cmocka_unit_test(lines_are_dropped),
        cmocka_unit_test(a_cascade_of_lines_ends),
        cmocka_unit_test(wrong_policies_are_named),
        cmocka_unit_test(a_hash_is_the_persons),
        cmocka_unit_test(fakes_keep_their_shape),
        cmocka_unit_test(a_fake_is_its_own_fake),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
