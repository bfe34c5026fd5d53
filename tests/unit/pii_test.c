/* Rules from the shipped file, spans in the original bytes, masking, the prefilter against its oracle.
 * SPDX-License-Identifier: MIT */
#include "pii_fixture.h"
#include "scan/scan_internal.h"

#include <seimai/utf8.h>
#include <time.h>

/* Is this a build with AddressSanitizer? */
static bool slow_build(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

static size_t find(fixture *f, sm_span text, sm_finding **found)
{
    sm_error err = {0};
    size_t n = 0;
    assert_ok(sm_pii_find(f->finder, text, &f->arena, found, &n, &err), &err);
    return n;
}

static sm_span mask(fixture *f, sm_span text, sm_pii_policy policy, size_t *n)
{
    sm_error err = {0};
    sm_pii_masked out = {0};
    const char *const name = sm_pii_policy_name(policy);
    assert_ok(sm_pii_set_policies(f->rules, &name, 1, (sm_span){0}, &err), &err);
    assert_ok(sm_pii_mask(f->finder, text, &f->arena, &out, &err), &err);
    *n = out.n;
    return out.text;
}

/* ---- the examples of the file ------------------------------------------------------------- */

/* Takes the marks ⟦ and ⟧ out of an example, and remembers where they stood; ⏎ becomes a line feed. */
static sm_span read_example(fixture *f, sm_span example, size_t *start, size_t *end)
{
    char *const text = sm_arena_alloc(&f->arena, example.n + 1);
    size_t n = 0;
    *start = *end = 0;
    for (size_t i = 0; i < example.n;) {
        const sm_span rest = {example.p + i, example.n - i};
        const bool opens = sm_span_starts(rest, SM_SPAN("⟦"));
        const bool closes = sm_span_starts(rest, SM_SPAN("⟧"));
        const bool feeds = sm_span_starts(rest, SM_SPAN("⏎"));
        if (opens) *start = n;
        if (closes) *end = n;
        if (feeds) text[n++] = '\n';
        if (!opens && !closes && !feeds) text[n++] = example.p[i];
        i += opens || closes || feeds ? 3 : 1;
    }
    return (sm_span){text, n};
}

static size_t check_found(fixture *f, const sm_pii_rule *rule, sm_span example)
{
    size_t start = 0, end = 0;
    sm_finding *found = NULL;
    const sm_span text = read_example(f, example, &start, &end);
    const size_t n = find(f, text, &found);
    bool right = false;
    for (size_t i = 0; i < n; i++)
        right |= found[i].rule == rule && found[i].start == start && found[i].end == end;
    if (right) return 0;
    print_error("rule %s, not found: %.*s\n", rule->name, (int)example.n, example.p);
    for (size_t i = 0; i < n; i++)
        print_error("  but %s: %.*s\n", found[i].rule->name,
                    (int)(found[i].end - found[i].start), text.p + found[i].start);
    return 1;
}

static size_t check_passed(fixture *f, const sm_pii_rule *rule, sm_span example)
{
    size_t start = 0, end = 0;
    sm_finding *found = NULL;
    const sm_span text = read_example(f, example, &start, &end);
    const size_t n = find(f, text, &found);
    for (size_t i = 0; i < n; i++) {
        if (found[i].rule != rule) continue;
        print_error("rule %s finds %.*s in: %.*s\n", rule->name,
                    (int)(found[i].end - found[i].start), text.p + found[i].start,
                    (int)example.n, example.p);
        return 1;
    }
    return 0;
}

static void examples_of_the_file(void **state)
{
    fixture *const f = *state;
    const sm_pii_rule *rule = NULL;
    size_t wrong = 0;
    for (size_t i = 0; (rule = sm_pii_rule_at(f->rules, i)) != NULL; i++) {
        if (f->rules->rules[i].search == SM_SEARCH_NAME) continue; /* pii_names_test.c */
        if (!rule->n_positives || !rule->n_negatives)
            print_error("%s: no examples\n", rule->name);
        assert_true(rule->n_positives > 0 && rule->n_negatives > 0);
        for (size_t k = 0; k < rule->n_positives; k++)
            wrong += check_found(f, rule, rule->positives[k]);
        for (size_t k = 0; k < rule->n_negatives; k++)
            wrong += check_passed(f, rule, rule->negatives[k]);
    }
    assert_int_equal(wrong, 0);
}

/* ---- spellings ----------------------------------------------------------------------------- */

/* Every digit group with every separator, in half and full width, glued to kana on both sides. */
static void every_separator_and_width(void **state)
{
    fixture *const f = *state;
    static const char *const groups[][3] = {
        {"03", "1234", "5678"}, {"090", "1234", "5678"}, {"0422", "52", "3456"},
        {"0120", "123", "456"}, {"050", "1234", "5678"}, {"04992", "1", "2345"},
    };
    static const char *const separators[][3] = {
        {"", "-", "-"},     {"", "‐", "‐"},   {"", "‑", "‑"},   {"", "‒", "‒"},
        {"", "–", "–"},     {"", "—", "—"},   {"", "―", "―"},   {"", "−", "−"},
        {"", "ー", "ー"},   {"", "ｰ", "ｰ"},   {"", "－", "－"}, {"", "﹣", "﹣"},
        {"", "⁃", "⁃"},     {"", "﹘", "﹘"}, {"", "─", "─"},   {"(", ")", "-"},
        {"（", "）", "－"}, {"", "(", ")"},   {"", "（", "）"}, {"", ".", "."},
        {"", "．", "．"},   {"", " ", " "},   {"", "　", "　"}, {"", "−", "ー"},
    };
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        for (size_t s = 0; s < 2 * sizeof separators / sizeof *separators; s++) {
            char number[128] = "", text[256];
            const char *const *const sep = separators[s / 2];
            for (size_t k = 0; k < 3; k++) {
                strncat(number, sep[k], sizeof number - strlen(number) - 1);
                for (const char *d = groups[g][k]; *d; d++) {
                    const char wide[4] = {'\xEF', '\xBC', (char)(0x90 + (*d - '0')), '\0'};
                    const char narrow[2] = {*d, '\0'};
                    strncat(number, s % 2 ? wide : narrow, sizeof number - strlen(number) - 1);
                }
            }
            (void)snprintf(text, sizeof text, "電話は%sまで", number);
            sm_finding *found = NULL;
            const size_t n = find(f, sm_span_of(text), &found);
            const bool service = strcmp(groups[g][0], "0120") == 0;
            const bool dotted_service =
                service && (sep[1][0] == '.' || strcmp(sep[1], "．") == 0);
            if (dotted_service) continue; /* nobody writes it */
            if (n != 1) print_error("missed: %s\n", text);
            assert_int_equal(n, 1);
            assert_int_equal(found[0].start, strlen("電話は"));
            assert_int_equal(found[0].end, strlen("電話は") + strlen(number));
        }
}

/* What HojiChar 0.9's two rules miss or mangle, as measured in 2026 (29 probes). */
static void probes_that_others_miss(void **state)
{
    fixture *const f = *state;
    static const char *const kinds[][2] = {
        {"0120-123-456", "phone-service"},
        {"0570-012-345", "phone-service"},
        {"(03)1234-5678", "phone"},
        {"03（1234）5678", "phone"},
        {"０３－１２３４－５６７８", "phone"},
        {"０９０－１２３４－５６７８", "phone"},
        {"03−1234−5678", "phone"},
        {"03ー1234ー5678", "phone"},
        {"03‐1234‐5678", "phone"},
        {"090(1234)5678", "phone"},
        {"taro＠example.jp", "email"},
        {"〒100-0001", "postal-code"},
        {"マイナンバー123456789018", "my-number"},
        {"4111111111111111", "card"},
        {"IPアドレス8.8.8.8", "ipv4"},
        {"お問い合わせはtaro@example.jpまで", "email"},
        {"連絡はtaro@example.co.jpまで", "email"},
        {"メールtaro.yamada@example.jpへ", "email"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        sm_finding *found = NULL;
        const size_t n = find(f, sm_span_of(kinds[i][0]), &found);
        if (n != 1) print_error("%s: %zu\n", kinds[i][0], n);
        assert_int_equal(n, 1);
        assert_string_equal(found[0].rule->kind, kinds[i][1]);
    }
}

static void hard_negatives(void **state)
{
    fixture *const f = *state;
    static const char *const texts[] = {
        "JAN 4901234567894の商品",
        "4512345678906",
        "ISBN978-4-10-101001-4",
        "ISBN 4101010013",
        "9784101010014",
        "012345678905",
        "20261122112233",
        "202611221122",
        "2026-11-22 11:22:33",
        "2023-0101-1234",
        "注文番号2023-0101-1234",
        "お問い合わせ番号1234-5678-9018",
        "伝票123456789018",
        "価格は1,234,567円",
        "12,345,678,901,234円",
        "型番ABC-1234-5678",
        "バージョン1.2.3.4と18.1.0",
        "第1.1.1.1節を見よ",
        "1.2.3.4.5",
        "0.0312345678",
        ".0312345678",
        "0x0123456789",
        "550e8400-e29b-41d4-a716-446655440000",
        "北緯35.689487、東経139.691706",
        "円周率3.14159265358979323846",
        "http://www.example.com/a/0312345678/index.html",
        "192.0.2.1と198.51.100.7",
        "types/node@18.1.0",
        "@2x.png",
        "npm i @types/node",
        "アカウントは@userです",
        "平成25年3月31日から令和元年5月1日",
        "昭和22年法律第67号第252条の19第1項",
        "会員数0123456789",
        "1234567890123456789012345678901234567890",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "0123456789abcdef0123456789abcdef",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sm_finding *found = NULL;
        const size_t n = find(f, sm_span_of(texts[i]), &found);
        if (n) print_error("%s in: %s\n", found[0].rule->name, texts[i]);
        assert_int_equal(n, 0);
    }
}

/* ---- masking -------------------------------------------------------------------------------- */

static void masks_by_policy(void **state)
{
    fixture *const f = *state;
    const sm_span text =
        SM_SPAN("電話０３－１２３４－５６７８、\nメールtaro@example.jp。0120-123-456");
    size_t n = 0;
    assert_span(mask(f, text, SM_PII_TAG, &n), "電話<PHONE>、\nメール<EMAIL>。0120-123-456");
    assert_int_equal(n, 2);
    assert_span(mask(f, text, SM_PII_MASK, &n),
                "電話XXXXXXXXXXXX、\nメールXXXXXXXXXXXXXXX。0120-123-456");
    assert_ptr_equal(mask(f, text, SM_PII_REPORT, &n).p, text.p);
    assert_int_equal(n, 2);
    sm_pii_keep_business(f->rules, false);
    assert_span(mask(f, text, SM_PII_TAG, &n), "電話<PHONE>、\nメール<EMAIL>。<PHONE>");
    sm_pii_keep_business(f->rules, true);
}

/* The second number stands too far from its word until the first is masked. */
static void masking_goes_on_until_it_is_stable(void **state)
{
    fixture *const f = *state;
    const sm_span text = SM_SPAN("電話０３－１２３４－５６７８、"
                                 "ああああああああああああああああああああああ0312345678");
    size_t n = 0;
    const sm_span once = mask(f, text, SM_PII_TAG, &n);
    assert_int_equal(n, 2);
    assert_span(mask(f, once, SM_PII_TAG, &n),
                "電話<PHONE>、ああああああああああああああああああああああ<PHONE>");
    assert_int_equal(n, 0);
}

static const char *const pieces[] = {
    "03-1234-5678",
    "０９０",
    "-",
    "ー",
    "1234",
    "5678",
    "taro",
    "@",
    "＠",
    "example.jp",
    "電話",
    "TEL",
    " ",
    "　",
    "\n",
    "〒",
    "100",
    "0001",
    "(",
    ")",
    "マイナンバー",
    "123456789018",
    "カード",
    "4111111111111111",
    "あ",
    "。",
    ".",
    "☆",
    "(at)",
    "0120",
    "\xE2\x80\x8B",
    "+81",
    "8.8.8.8",
    "IP",
    "米",
    "ａｂ",
    "<PHONE>",
    "を@に",
    "口座 ",
    "普通",
    "1234567",
    "保険証 ",
    "記号",
    "番号",
    "記号 12340 番号 12345671",
    "ゆうちょ",
    "会員番号",
    "生年月日",
    "誕生日 ",
    "昭和55年3月3日",
    "昭和",
    "五十",
    "年",
    "月",
    "日",
    "1990",
    "/",
    "生まれ",
    "生",
    "平成元年5月1日",
    "S55.3.3",
    "品川",
    "330",
    "さ",
    "・",
    "12-34",
    "なにわ",
    "2400:4050:1::1",
    "::",
    ":",
    "00:1A:2B:3C:4D:5E",
    "00-1a-2b-3c-4d-5e",
    "AB",
    "CD",
    "12345678",
    "://",
    "taro:Ab3xK9pQ",
    "TK1234567",
    "旅券",
    "在留カード",
    "P<JPNYAMADA<<HANAKO<<<<<<<<<<<<<<<<<<<<<<<<<",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "アット",
    "ットマーク",
    "ドット",
    "[dot]",
    "*",
    "_",
    "=",
    "AKIAQ7T2MPXW4LZJ5NBD",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "eyJhbGciOiJIUzI1NiJ9",
    ".",
    "eyJzdWIiOiIxMjM0NTY3ODkwIn0",
    "password",
    "パスワード",
    "api_key",
    "f3a9B7c1D5e8G2h6J4k0",
    "hT7kq92p",
    "は",
    "「",
    "\"",
    "TK12345671JPN8007016F3004205<<<<<<<<<<<<<<04",
    "年金",
    "1234-567890",
    "雇用保険",
    "内線",
    "A",
};

/* Texts strung together from pieces of all that the rules look for, by a fixed seed. */
static sm_span random_text(fixture *f, uint64_t *seed)
{
    sm_buffer b = sm_buffer_make(1 << 16);
    const size_t count = 5 + *seed % 60 * (1 + *seed % 7);
    for (size_t i = 0; i < count; i++) {
        *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
        sm_buffer_puts(&b, pieces[*seed % (sizeof pieces / sizeof *pieces)]);
    }
    const sm_span text = sm_arena_copy(&f->arena, sm_buffer_span(&b));
    sm_buffer_free(&b);
    return text;
}

/* What lies outside the findings must come out as it went in, in order. */
static void assert_rest_unchanged(sm_span text, sm_span masked, const sm_finding *found,
                                  size_t n)
{
    size_t at = 0, out = 0;
    for (size_t i = 0; i <= n; i++) {
        const size_t end = i < n ? found[i].start : text.n;
        assert_true(end >= at && masked.n - out >= end - at);
        assert_memory_equal(text.p + at, masked.p + out, end - at);
        out += end - at;
        if (i == n) break;
        const sm_span tag = sm_span_of(found[i].rule->tag);
        assert_true(sm_span_starts((sm_span){masked.p + out, masked.n - out}, tag));
        out += tag.n;
        at = found[i].end;
    }
    assert_int_equal(out, masked.n);
}

static void masking_is_idempotent_and_local(void **state)
{
    fixture *const f = *state;
    uint64_t seed = 88172645463325252u;
    size_t total = 0;
    for (int round = 0; round < 4000; round++) {
        sm_error err = {0};
        sm_pii_masked once = {0};
        size_t again = 0;
        const sm_span text = random_text(f, &seed);
        assert_ok(sm_pii_mask(f->finder, text, &f->arena, &once, &err), &err);
        assert_rest_unchanged(text, once.text, once.findings, once.n);
        assert_true(sm_utf8_check(once.text) == once.text.n);
        const sm_span twice = mask(f, once.text, SM_PII_TAG, &again);
        assert_int_equal(again, 0);
        assert_true(sm_span_equal(once.text, twice));
        total += once.n;
        sm_arena_reset(&f->arena);
    }
    assert_true(total > 1000);
}

/* ---- the prefilter ----------------------------------------------------------------------------- */

/* Every path of the machine folds as the oracle does, and leads back to the same bytes. */
static void folding_agrees_with_its_oracle(void **state)
{
    fixture *const f = *state;
    uint64_t seed = 123456789;
    sm_fold fast = {0}, slow = {0};
    for (int round = 0; round < 2000; round++) {
        const sm_span text = random_text(f, &seed);
        sm_pii_fold_slowly(&slow, text);
        const sm_scan_path *path = NULL;
        for (size_t k = 0; (path = sm_scan_path_at(k)) != NULL; k++) {
            sm_pii_fold_by(&fast, path, text);
            assert_true(sm_span_equal(fast.text, slow.text));
            for (size_t i = 0; i <= fast.text.n; i += 1 + i % 3)
                assert_int_equal(sm_fold_origin(&fast, i), sm_fold_origin(&slow, i));
        }
        sm_arena_reset(&f->arena);
    }
    sm_fold_free(&fast);
    sm_fold_free(&slow);
}

/* Blocks of random bytes, by every path. */
static void kernels_agree(void **state)
{
    fixture *const f = *state;
    uint64_t seed = 20260101;
    unsigned char bytes[SM_SCAN_BYTES + SM_SCAN_BEHIND];
    for (int round = 0; round < 20000; round++) {
        static const unsigned char likely[] =
            "0129-_@:=*(<[ aB\xE2\x98\x85\xE3\x83\xBC\x80\xEF\xBC\x90P<番号";
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            bytes[i] =
                seed % 3 ? likely[seed / 3 % (sizeof likely - 1)] : (unsigned char)(seed >> 24);
        }
        const sm_scan_path *path = NULL;
        sm_scan_block want, got;
        sm_scan_portable.classify(bytes, &f->rules->cues, &want);
        for (size_t k = 1; (path = sm_scan_path_at(k)) != NULL; k++) {
            path->classify(bytes, &f->rules->cues, &got);
            assert_true(got.digits == want.digits && got.tokens == want.tokens);
            assert_true(got.marks == want.marks && got.words == want.words);
            assert_true(path->foldable(bytes) == sm_scan_portable.foldable(bytes));
            assert_true(path->words(bytes, &f->rules->cues) == want.words);
        }
    }
}

static void print_findings(const char *who, sm_span text, const sm_finding *found, size_t n)
{
    for (size_t i = 0; i < n; i++)
        print_error("%s %zu %s %s: %.*s\n", who, found[i].start, found[i].rule->name,
                    sm_pii_tier_name(found[i].tier), (int)(found[i].end - found[i].start),
                    text.p + found[i].start);
}

static void assert_same_findings(sm_span text, const sm_finding *fast, size_t n_fast,
                                 const sm_finding *slow, size_t n)
{
    bool same = n_fast == n;
    for (size_t i = 0; same && i < n; i++)
        same = fast[i].start == slow[i].start && fast[i].end == slow[i].end &&
               fast[i].rule == slow[i].rule && fast[i].tier == slow[i].tier;
    if (same) return;
    print_error("%.*s\n", (int)text.n, text.p);
    print_findings("fast", text, fast, n_fast);
    print_findings("slow", text, slow, n);
    fail();
}

/* The whole way: prefilter, windows and places against all rules on the whole text. */
static void finding_agrees_with_its_oracle(void **state)
{
    fixture *const f = *state;
    uint64_t seed = 987654321;
    size_t total = 0;
    for (int round = 0; round < 1000; round++) {
        sm_error err = {0};
        sm_finding *fast = NULL, *slow = NULL;
        size_t n = 0;
        const sm_span text = random_text(f, &seed);
        const sm_scan_path *path = NULL;
        assert_ok(sm_pii_find_slowly(f->finder, text, &f->arena, &slow, &n, &err), &err);
        for (size_t k = 0; (path = sm_scan_path_at(k)) != NULL; k++) {
            sm_pii_finder_use(f->finder, path);
            const size_t n_fast = find(f, text, &fast);
            assert_same_findings(text, fast, n_fast, slow, n);
        }
        total += n;
        sm_arena_reset(&f->arena);
    }
    assert_true(total > 1000);
}

/* Windows must not change what is found: a number at every distance from the next one. */
static void windows_do_not_matter(void **state)
{
    fixture *const f = *state;
    for (size_t gap = 0; gap < 1500; gap += 3) {
        sm_buffer b = sm_buffer_make(1 << 16);
        sm_buffer_puts(&b, "電話03-1234-5678、");
        for (size_t i = 0; i < gap; i++)
            sm_buffer_puts(&b, "あ");
        sm_buffer_puts(&b, "マイナンバー123456789018");
        sm_finding *found = NULL;
        assert_int_equal(find(f, sm_buffer_span(&b), &found), 2);
        sm_buffer_free(&b);
        sm_arena_reset(&f->arena);
    }
}

/* A text of `bytes` bytes of one unit, and an address at its end. */
static sm_span repeated(sm_buffer *b, const char *unit, size_t bytes)
{
    sm_buffer_clear(b);
    while (b->n < bytes)
        sm_buffer_puts(b, unit);
    sm_buffer_puts(b, "。x@example.jp");
    return sm_buffer_span(b);
}

static double seconds_to_find(fixture *f, sm_span text)
{
    sm_finding *found = NULL;
    const clock_t before = clock();
    assert_true(find(f, text, &found) >= 1);
    return (double)(clock() - before) / CLOCKS_PER_SEC;
}

/* No input may be worse than linear: four times as much text of what the rules like most takes about four times
 * as long. The first three have 10 MB, the others 1 MB, and less where sanitizers make all slow. */
static void no_input_is_quadratic(void **state)
{
    fixture *const f = *state;
    static const char *const units[] = {
        "0-",
        "a@",
        "key=",
        "::",
        "@",
        "03-1234-5678 ",
        "a.",
        "(0)",
        "９",
        "+81 ",
        "1.1.",
        "電話",
        "a",
        "taro(at)",
        "〒",
        "0",
        "password=",
        "-",
        "a:",
        "12:",
        "://",
        "http://a:b@",
        "A1",
        "A1-",
        "記号1",
        "番号 ",
        "品川",
        "P<JPN",
        "a☆",
        "a*",
        "アット",
        "ー",
        "1990/1/2,\n",
        "\xE2\x80\x8B",
        "(at",
        "00-11-",
        "AKIA",
        "1 ",
        "昭和",
        "東京都1-1",
        "-----BEGIN PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.",
        "生年月日1990/1/2 ",
        "品川 330 あ 12-34",
        "会員番号 a1b2 ",
        "昭和五年五月五日",
    };
    sm_buffer b = sm_buffer_make(11u << 20);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t large = slow_build() ? 128u << 10 : i < 3 ? 10u << 20 : 1u << 20;
        const double few = seconds_to_find(f, repeated(&b, units[i], large / 4));
        const double many = seconds_to_find(f, repeated(&b, units[i], large));
        if (many > 10 * few + 0.2)
            print_error("%s: %.2f s, then %.2f s\n", units[i], few, many);
        assert_true(many <= 10 * few + 0.2);
        sm_arena_reset(&f->arena);
    }
    sm_buffer_free(&b);
}

static void odd_inputs(void **state)
{
    fixture *const f = *state;
    sm_finding *found = NULL;
    assert_int_equal(find(f, SM_SPAN(""), &found), 0);
    assert_int_equal(find(f, (sm_span){0}, &found), 0);
    assert_int_equal(find(f, SM_SPAN("@"), &found), 0);
    assert_int_equal(find(f, SM_SPAN("\0電話03-1234-5678\0"), &found), 1);
    assert_int_equal(found[0].start, 7);
    assert_int_equal(find(f, SM_SPAN("電話03-1234\xE2\x80\x8B-5678"), &found), 1);
    assert_int_equal(found[0].end, 6 + 15);
}

/* ---- the file ------------------------------------------------------------------------------------ */

static void wrong_files_are_named_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *complaint;
    } cases[] = {
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: '('}", "t.yaml:3:"},
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: '%{x}'}", "no part \"x\""},
        {"{rule: a, kind: a, tag: <A>, trigger: hat, pattern: a}", "t.yaml:3: trigger"},
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: a, check: b}", "no check \"b\""},
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: a, minimum: b}", "minimum"},
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: a, class: b}", "class"},
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: a, context: b}", "under words"},
        {"{rule: a, kind: a, tag: <A>, trigger: at}", "no pattern"},
        {"{kind: a, tag: <A>, trigger: at, pattern: a}", "no rule"},
        {"{rule: a, kind: a, tag: <A>, trigger: at, pattern: a, window: 99}", "window"},
        {"{rule: a, king: a}", "t.yaml:3"},
        {"a", "expected a map"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char yaml[400];
        sm_pii_rules *rules = NULL;
        sm_error err = {0};
        (void)snprintf(yaml, sizeof yaml, "format: seimai-pii 1\nrules:\n  - %s\n",
                       cases[i].rule);
        assert_int_equal(sm_pii_parse(&rules, "t.yaml", sm_span_of(yaml), &err), SM_EUSAGE);
        assert_contains(err.text, cases[i].complaint);
        assert_contains(err.text, "t.yaml:3");
        assert_null(rules);
    }
}

static void tiers_can_be_required(void **state)
{
    fixture *const f = *state;
    sm_error err = {0};
    sm_finding *found = NULL;
    const sm_span text = SM_SPAN("03-1234-5678");
    assert_int_equal(find(f, text, &found), 1);
    assert_int_equal(found[0].tier, SM_PII_CHECKED);
    assert_ok(sm_pii_require(f->rules, "phone=context", &err), &err);
    assert_int_equal(find(f, text, &found), 0);
    assert_ok(sm_pii_require(f->rules, "phone=off", &err), &err);
    assert_int_equal(find(f, SM_SPAN("電話03-1234-5678"), &found), 0);
    assert_ok(sm_pii_require(f->rules, "phone=checked", &err), &err);
    assert_int_equal(find(f, SM_SPAN("電話03-1234-5678"), &found), 1);
    assert_int_equal(found[0].tier, SM_PII_CONTEXT);
    assert_ok(sm_pii_require(f->rules, "phone-spaced=context", &err), &err);
    assert_int_equal(sm_pii_require(f->rules, "fax=context", &err), SM_EUSAGE);
    sm_error_clear(&err);
    assert_int_equal(sm_pii_require(f->rules, "phone=sure", &err), SM_EUSAGE);
    assert_int_equal(sm_pii_require(f->rules, "phone", &err), SM_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_file),
        cmocka_unit_test(every_separator_and_width),
        cmocka_unit_test(probes_that_others_miss),
        cmocka_unit_test(hard_negatives),
        cmocka_unit_test(masks_by_policy),
        cmocka_unit_test(masking_goes_on_until_it_is_stable),
        cmocka_unit_test(masking_is_idempotent_and_local),
        cmocka_unit_test(folding_agrees_with_its_oracle),
        cmocka_unit_test(kernels_agree),
        cmocka_unit_test(finding_agrees_with_its_oracle),
        cmocka_unit_test(windows_do_not_matter),
        cmocka_unit_test(no_input_is_quadratic),
        cmocka_unit_test(odd_inputs),
        cmocka_unit_test(wrong_files_are_named_with_their_line),
        cmocka_unit_test(tiers_can_be_required),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
